// Ports for tests: a run of free ones on loopback, found by listening on them.

import { createServer, type Server } from 'node:net';

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const LOWEST = 20_000;
const HIGHEST = 30_000;

/** `count` neighbouring ports that nobody listened on a moment ago; below those that systems give out by themselves. */
export async function freePorts(count: number): Promise<number[]> {
  for (;;) {
    const first = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST - count));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const servers = await Promise.all(ports.map(listen));
    const opened = servers.filter((server) => server !== undefined);
    await Promise.all(opened.map((server) => new Promise((resolve) => server.close(resolve))));
    if (opened.length === count) return ports;
  }
}
