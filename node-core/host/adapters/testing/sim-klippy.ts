// A simulated Klipper host on its API socket (Klipper's documentation, API_Server: JSON objects that end with 0x03), for a
// real Moonraker to connect to. Its machine is the virtual printer.

import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../../base/index.ts';
import { SimMoonraker } from '../../../devices/testing/index.ts';
import type { VirtualPrinterOptions } from '../../../devices/virtual/index.ts';

const ETX = '\x03';
const UPDATE_MS = 250;

export type SimKlippyOptions = {
  readonly clock: Clock;
  /** Moonraker's data folder, below which `gcodes` lies. */
  readonly folder: string;
  readonly printer?: Partial<VirtualPrinterOptions>;
};

type Request = { readonly id?: number; readonly method: string; readonly params?: Record<string, unknown> };
type Template = Readonly<Record<string, unknown>>;

export async function serveKlippy(
  path: string,
  { clock, folder, printer = {} }: SimKlippyOptions,
): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const gcodes = join(folder, 'gcodes');
  const sim = new SimMoonraker({ clock, key: '', printer });
  const klippy = sim.klipper(folder, (file) => new Uint8Array(readFileSync(join(gcodes, file))));
  const server = createServer((socket) => {
    sockets.add(socket);
    serve(socket, klippy, clock);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy();
      sim.fed.printer.stop();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Klippy = ReturnType<SimMoonraker['klipper']>;

function serve(socket: Socket, klippy: Klippy, clock: Clock): void {
  const send = (message: object) => socket.write(JSON.stringify(message) + ETX);
  let status: Template | undefined;
  let output: Template | undefined;
  klippy.onOutput((text) => {
    if (output !== undefined) send({ ...output, params: { response: text } });
  });
  const updates = async () => {
    for (let before = ''; !socket.destroyed; ) {
      await clock.sleep(UPDATE_MS);
      const now = JSON.stringify(klippy.objects());
      if (status === undefined || now === before) continue;
      before = now;
      send({ ...status, params: { eventtime: 1, status: JSON.parse(now) } });
    }
  };
  void updates();
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString();
    const messages = text.split(ETX);
    text = messages.pop() ?? '';
    for (const message of messages) void answer(JSON.parse(message) as Request);
  });
  const answer = async ({ id, method, params = {} }: Request) => {
    const template = params['response_template'] as Template | undefined;
    if (method === 'objects/subscribe') status = template;
    if (method === 'gcode/subscribe_output') output = template;
    const result = await klippy.call(method, params).then(
      (value) => ({ result: value }),
      (error: unknown) => ({ error: { error: 'WebRequestError', message: String(error) } }),
    );
    if (id !== undefined) send({ id, ...result });
  };
}
