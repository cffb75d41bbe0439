// The socket to which CometBFT connects: four connections to one application, each answered in order. A connection
// whose other side does not read is not read from either, so that what waits in memory is bounded.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AbciConnection, type AbciEnd, type AbciHandler } from '../../abci/index.ts';
import type { Log } from '../../base/index.ts';
import { FaultError } from '../../base/index.ts';

export type AbciSocketOptions = {
  readonly handler: AbciHandler;
  readonly log: Log;
  /** unix:///path or tcp://127.0.0.1:port (0: any free port). Default: see placeOf. */
  readonly address?: string;
};

export type AbciSocket = {
  /** As `proxy_app` of CometBFT takes it. */
  readonly address: string;
  /** Resolves with the reason when the application cannot go on. */
  readonly failed: Promise<unknown>;
  /** Closes every connection, after what was answered is written. */
  close(): Promise<void>;
};

/** CometBFT opens four. A Unix socket's folder keeps others out, so there is room for whoever looks into a node. */
const CONNECTIONS_MAX = 16;
/** On a port, only CometBFT's own: a stranger that came first is one too many, and the node says that it failed. */
const PORT_CONNECTIONS_MAX = 4;
/** What `sun_path` holds beside its end on macOS; Linux has four bytes more. */
const SOCKET_PATH_BYTES_MAX = 103;
/** As short as a name can be where the system's own folder for passing things is too deep. */
const SHORT_TMP = '/tmp';
/** Answers beyond this wait until the other side has read some. */
const UNREAD_SIZE_BYTES_MAX = 4 * 1024 * 1024;
const CLOSE_MS_MAX = 2000;
/** Answers are gathered to this size before they are handed to the system. */
const GATHER_SIZE_BYTES = 64 * 1024;

/** @throws Error where the address cannot be listened on. */
export async function serveAbci(options: AbciSocketOptions): Promise<AbciSocket> {
  const place = openPlace(placeOf(options.address));
  let fail: (reason: unknown) => void = () => undefined;
  const failed = new Promise<unknown>((resolve) => {
    fail = resolve;
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serveSocket(socket, options, (end) => fail(new FaultError(end.fault, { cause: end.cause })));
  });
  server.maxConnections = place.path === undefined ? PORT_CONNECTIONS_MAX : CONNECTIONS_MAX;
  await listen(server, place);
  if (place.path !== undefined) chmodSync(place.path, 0o600);
  // A listening server that fails (descriptors used up) cannot be reached by CometBFT any more.
  server.on('error', fail);
  return {
    address: addressOf(server, place),
    failed,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroySoon();
      // Whoever does not read what was written to it is not waited for.
      const late = setTimeout(() => sockets.forEach((socket) => void socket.destroy()), CLOSE_MS_MAX);
      await closed;
      clearTimeout(late);
      if (place.folder !== undefined) rmSync(place.folder, { recursive: true, force: true });
    },
  };
}

/** Where to listen: a path, a port, or a fresh folder under `within` for a socket of its own. */
export type AbciPlace =
  | { readonly path: string }
  | { readonly host: string; readonly port: number }
  | { readonly within: string };

type Surroundings = { readonly platform: NodeJS.Platform; readonly tmp: string };

/**
 * Without an address: a Unix socket in a folder of its own that only this user may enter, since ABCI knows no passwords.
 * On Windows a free port of the loopback interface: there Node has named pipes, to which CometBFT cannot connect, and
 * CometBFT has Unix sockets, on which Node cannot listen. Every program of that machine can reach the port until
 * CometBFT has taken its four connections; run a validator on a system with Unix sockets.
 * @throws TypeError for an address that is neither, leaves this machine, or is no place for a socket here.
 */
export function placeOf(
  address: string | undefined,
  { platform, tmp }: Surroundings = { platform: process.platform, tmp: tmpdir() },
): AbciPlace {
  const isWindows = platform === 'win32';
  if (address === undefined) {
    if (isWindows) return { host: '127.0.0.1', port: 0 };
    return { within: fitsSocket(join(tmp, 'dipnet-abci-XXXXXX', SOCKET_NAME)) ? tmp : SHORT_TMP };
  }
  const path = /^unix:\/\/(\/.+)$/.exec(address)?.[1];
  if (path !== undefined && isWindows)
    throw new TypeError('there are no Unix sockets here: give tcp://127.0.0.1:0');
  if (path !== undefined && !fitsSocket(path)) throw new TypeError('the path is too long for a Unix socket');
  if (path !== undefined) return { path };
  const [, host, port] = /^tcp:\/\/(127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})$/.exec(address) ?? [];
  if (host === undefined) throw new TypeError('the address is a Unix socket or a port of this machine');
  return { host: host.replace(/[[\]]/g, ''), port: Number(port) };
}

const SOCKET_NAME = 'app.sock';
const fitsSocket = (path: string) => Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX;

type Place = {
  readonly path?: string;
  readonly port?: number;
  readonly host?: string;
  /** To be removed with the socket. */
  readonly folder?: string;
};

function openPlace(place: AbciPlace): Place {
  if (!('within' in place)) return place;
  const folder = mkdtempSync(join(place.within, 'dipnet-abci-'));
  return { path: join(folder, SOCKET_NAME), folder };
}

function addressOf(server: Server, place: Place): string {
  if (place.path !== undefined) return `unix://${place.path}`;
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server listens on a port');
  return `tcp://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
}

async function listen(server: Server, { path, host, port }: Place): Promise<void> {
  // Left behind by a process that was killed; a living one of this node is excluded by the lock of its folder.
  if (path !== undefined) rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const listening = () => {
      server.off('error', reject);
      resolve();
    };
    if (path !== undefined) server.listen(path, listening);
    else server.listen({ host, port }, listening);
  });
}

function serveSocket(
  socket: Socket,
  { handler, log }: AbciSocketOptions,
  onFatal: (end: AbciEnd) => void,
): void {
  const connection = new AbciConnection(handler, log);
  const work = () => {
    writeAnswers(connection, socket);
    const { end } = connection;
    if (end !== undefined) {
      socket.pause();
      socket.end();
      if (end.isFatal) onFatal(end);
    } else if (isFull(socket)) socket.pause();
    else if (socket.isPaused()) socket.resume();
  };
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    connection.receive(chunk);
    work();
  });
  socket.on('drain', work);
  // CometBFT was killed or lost the connection; its end is its supervisor's to handle.
  socket.on('error', (error) => log('warn', 'abci.socket', { error: error.message }));
}

const isFull = (socket: Socket) => socket.writableLength > UNREAD_SIZE_BYTES_MAX;

/** Answers what was received, until nothing is left or too much is unread. */
function writeAnswers(connection: AbciConnection, socket: Socket): void {
  let [gathered, sizeBytes]: [Uint8Array[], number] = [[], 0];
  const writeOut = () => {
    if (sizeBytes > 0) socket.write(Buffer.concat(gathered, sizeBytes));
    [gathered, sizeBytes] = [[], 0];
  };
  while (!isFull(socket)) {
    const answer = connection.answer();
    if (answer === undefined) break;
    gathered.push(answer);
    sizeBytes += answer.length;
    if (sizeBytes >= GATHER_SIZE_BYTES) writeOut();
  }
  writeOut();
}
