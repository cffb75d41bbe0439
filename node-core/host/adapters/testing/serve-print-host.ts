// A simulated print host on real loopback sockets.

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { SimServer } from '../../../devices/testing/index.ts';

export type ServedPrintHost = { readonly address: string; close(): Promise<void> };

export async function servePrintHost(host: SimServer): Promise<ServedPrintHost> {
  const server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const answer = await host.handle({
        method: request.method ?? '',
        path: request.url ?? '',
        headers,
        body,
      });
      response.writeHead(answer.status, answer.headers ?? {});
      response.end(answer.body);
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (peer) => {
      const handler = host.accept(request.url ?? '', {
        send: (text) => peer.send(text, () => undefined),
        close: () => peer.close(),
      });
      if (handler === undefined) {
        peer.terminate();
        return;
      }
      peer.on('message', (data) => handler.text(String(data)));
      peer.on('close', () => handler.closed());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        for (const peer of sockets.clients) peer.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return new Uint8Array(Buffer.concat(pieces));
}
