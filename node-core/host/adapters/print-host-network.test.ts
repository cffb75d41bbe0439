// The network port against real loopback servers, and each network driver over real HTTP and WebSockets.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { sampleJob } from '../../devices/driver-conformance.ts';
import type { NetworkKind } from '../../devices/index.ts';
import { ANSWER_BYTES_MAX } from '../../devices/index.ts';
import { SimMoonraker, SimOctoPrint, type SimPrintHost, SimPrusaLink } from '../../devices/testing/index.ts';
import { createNetworkDriver } from './network-driver.ts';
import { createNetworkPort, parsePrinterAddress } from './print-host-network.ts';
import { systemClock } from './system.ts';
import { servePrintHost } from './testing/serve-print-host.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen(server: ReturnType<typeof createTcpServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const open = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => open.add(socket));
  closers.push(async () => {
    for (const socket of open) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('addresses', () => {
  test.each([
    ['192.168.1.50', 'http://192.168.1.50'],
    [' printer.local:7125 ', 'http://printer.local:7125'],
    ['https://farm.example/octoprint/', 'https://farm.example/octoprint'],
    ['HTTP://Printer.Local/', 'http://printer.local'],
    ['[fe80::1]:7125', 'http://[fe80::1]:7125'],
  ])('%s is %s', (typed, address) =>
    expect(parsePrinterAddress(typed)).toEqual({ ok: true, value: address }),
  );

  test.each([
    '',
    'http://',
    'ftp://printer',
    'file:///etc/passwd',
    'javascript://x',
    'http://user:key@printer',
    'printer/?apikey=1',
    'printer#x',
    'two words',
    'http://a\\b',
    'x'.repeat(300),
  ])('%s is refused', (typed) =>
    expect(parsePrinterAddress(typed)).toMatchObject({ ok: false, fault: { code: 'printhost.address' } }),
  );
});

describe('requests', () => {
  const ask = (address: string, timeoutMs = 5_000) =>
    createNetworkPort(address).request({ method: 'GET', path: '/x', timeoutMs });

  test('nobody there, silence, half an answer, another protocol: each is said in words', async () => {
    const closed = await listen(createTcpServer());
    await closers.pop()?.();
    expect(await ask(closed)).toMatchObject({
      fault: { code: 'printhost.unreachable', data: { reason: 'the connection is refused' } },
    });
    const silent = await listen(createTcpServer());
    expect(await ask(silent, 50)).toMatchObject({ fault: { code: 'printhost.timeout' } });
    const half = await listen(
      createServer((_request, response) => {
        response.writeHead(200, { 'content-length': '10' });
        response.write('half');
      }),
    );
    expect(await ask(half, 50)).toMatchObject({ fault: { code: 'printhost.timeout' } });
    const other = await listen(createTcpServer((socket) => socket.end('220 mail ready\r\n')));
    expect(await ask(other)).toMatchObject({
      fault: { code: 'printhost.unreachable', data: { reason: 'it does not speak HTTP' } },
    });
  });

  test('a redirect is not followed, and an endless answer is not read to its end', async () => {
    const seen: string[] = [];
    const away = await listen(
      createServer((request, response) => {
        seen.push(request.url ?? '');
        response.writeHead(302, { location: '/elsewhere' }).end();
      }),
    );
    expect(await ask(away)).toMatchObject({ fault: { code: 'printhost.redirect' } });
    expect(seen).toEqual(['/x']);
    const block = Buffer.alloc(1 << 20);
    let sent = 0;
    const endless = await listen(
      createServer((_request, response) => {
        const more = () => {
          while (!response.destroyed && sent < 64 << 20) {
            sent += block.length;
            if (!response.write(block)) return void response.once('drain', more);
          }
        };
        more();
      }),
    );
    expect(await ask(endless)).toMatchObject({ fault: { code: 'printhost.too-large' } });
    expect(sent).toBeLessThan(ANSWER_BYTES_MAX + (32 << 20));
  });

  test('an aborted request ends at once', async () => {
    const silent = await listen(createTcpServer());
    const abort = new AbortController();
    const asked = createNetworkPort(silent).request({
      method: 'POST',
      path: '/',
      body: [new Uint8Array(10)],
      timeoutMs: 60_000,
      signal: abort.signal,
    });
    abort.abort();
    expect(await asked).toMatchObject({ fault: { code: 'device.aborted' } });
  });

  test('a socket that is refused, and one that sends more than any printer', async () => {
    const plain = await listen(createServer((_request, response) => response.writeHead(404).end()));
    const port = createNetworkPort(plain);
    expect(await port.openSocket({ path: '/ws', timeoutMs: 5_000 })).toMatchObject({
      fault: { code: 'printhost.unreachable' },
    });
    const flood = await servePrintHost({
      handle: async () => ({ status: 404, body: '' }),
      accept: (_path, peer) => {
        peer.send('x'.repeat(ANSWER_BYTES_MAX + 1));
        return { text: () => undefined, closed: () => undefined };
      },
    });
    closers.push(() => flood.close());
    const socket = unwrap(
      await createNetworkPort(flood.address).openSocket({ path: '/ws', timeoutMs: 5_000 }),
    );
    await new Promise<void>((resolve) => socket.onClose(resolve));
  });
});

const md5 = (bytes: Uint8Array) => new Uint8Array(createHash('md5').update(bytes).digest());
const clock = systemClock;
const printer = { timeScale: 3_000 };
const KINDS: readonly (readonly [NetworkKind, () => SimPrintHost])[] = [
  ['moonraker', () => new SimMoonraker({ clock, key: 'k3y', printer })],
  ['octoprint', () => new SimOctoPrint({ clock, key: 'k3y', printer })],
  ['prusalink', () => new SimPrusaLink({ clock, user: 'maker', password: 'k3y', md5, printer })],
];

describe.each(KINDS)('%s over loopback', (driver, make) => {
  test('signs in, prints, removes the file; with a wrong key nothing', async () => {
    const host = make();
    const served = await servePrintHost(host);
    closers.push(() => served.close());
    const machine = { machineId: 'm', driver, address: served.address, user: 'maker' };
    const stranger = createNetworkDriver({ ...machine, key: 'wr0ng' }, clock);
    expect(await stranger.connect()).toMatchObject({ fault: { code: 'printhost.key.refused' } });
    const own = createNetworkDriver({ ...machine, key: 'k3y' }, clock);
    unwrap(await own.connect());
    const { gcode, lines } = sampleJob(3);
    const end = unwrap(await own.print({ jobId: 'a', gcode }));
    expect(end).toMatchObject({
      outcome: 'finished',
      progress: { linesAcknowledged: lines.length, layer: 3 },
    });
    expect([host.files.size, host.starts.length, own.state]).toEqual([0, 1, 'idle']);
    await own.disconnect();
    host.fed.printer.stop();
  });
});
