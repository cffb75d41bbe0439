// The API over WebSocket. One socket is one page. Frames that are not messages end the connection, sends wait until the
// other side reads (so an event stream runs no faster than its page), and a peer that no longer answers is dropped.

import type { AnyRouter, Context } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { CHUNK_SIZE_BYTES_MAX } from '../../api/index.ts';
import type { Log } from '../../base/index.ts';

/** The largest thing sent in one piece is an evidence file to be verified; models come in chunks a sixteenth of it. */
export const FRAME_SIZE_BYTES_MAX = 16 * CHUNK_SIZE_BYTES_MAX;
/** Every message begins with JSON that names its call; more than this before the binary part is not a message. */
const HEAD_SIZE_BYTES_MAX = 64 * 1024;
const HEAD_END = 0xff;
/** Pages open at a time. */
const SOCKETS_MAX = 32;
const PING_INTERVAL_MS = 20_000;

/** Close codes of RFC 6455 section 7.4.1. */
const CLOSE = { goingAway: 1001, policy: 1008, restart: 1012 } as const;

export type Sockets = {
  readonly server: WebSocketServer;
  readonly isFull: () => boolean;
  accept(socket: WebSocket): void;
  /** Ends every connection; new ones are served by this router, or wait outside while there is none. */
  serve(router: AnyRouter | undefined): void;
  close(): void;
};

export function createSockets(router: AnyRouter, context: Context, log: Log): Sockets {
  let handler: RPCHandler<Context> | undefined = new RPCHandler(router);
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: FRAME_SIZE_BYTES_MAX,
    perMessageDeflate: false,
  });
  const alive = new WeakSet<WebSocket>();
  const timer = setInterval(() => {
    for (const socket of server.clients) {
      if (!alive.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, PING_INTERVAL_MS);
  timer.unref();

  return {
    server,
    isFull: () => handler === undefined || server.clients.size >= SOCKETS_MAX,
    accept(socket) {
      alive.add(socket);
      socket.on('pong', () => alive.add(socket));
      // A broken or oversized frame: ws closes the connection with the right code by itself.
      socket.on('error', (error) => log('warn', 'web.socket.error', { reason: error.message }));
      void handler?.upgrade(guardSocket(socket, log), { context });
    },
    serve(next) {
      handler = next === undefined ? undefined : new RPCHandler(next);
      for (const socket of server.clients) socket.close(CLOSE.restart);
    },
    close() {
      clearInterval(timer);
      for (const socket of server.clients) {
        socket.close(CLOSE.goingAway);
        socket.terminate();
      }
      server.close();
    },
  };
}

type Wire = Pick<WebSocket, 'addEventListener' | 'send'>;

/** The socket as the message handler sees it. */
function guardSocket(socket: WebSocket, log: Log): Wire {
  const listen = (type: string, listener: (event: { data: unknown }) => void) => {
    if (type === 'close') socket.on('close', () => listener({ data: undefined }));
    if (type !== 'message') return;
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isMessage(data)) {
        listener({ data: isBinary ? data : data.toString('utf8') });
        return;
      }
      log('warn', 'web.socket.garbage', { sizeBytes: data.length });
      socket.close(CLOSE.policy, 'not a message');
    });
  };
  // The handler awaits each send; it resolves when the bytes have left this process, and never before the event loop
  // had a turn: a stream that is always ready to send must not keep timers and other pages from being served.
  const send = (data: string | Uint8Array) =>
    new Promise<void>((resolve) => {
      const done = () => setImmediate(resolve);
      if (socket.readyState === socket.OPEN) socket.send(data, done);
      else done();
    });
  return {
    addEventListener: listen as unknown as WebSocket['addEventListener'],
    send: send as unknown as WebSocket['send'],
  };
}

/** True for the envelope that every message has: an id, and an object or nothing as payload. */
function isMessage(data: Buffer): boolean {
  const end = data.indexOf(HEAD_END);
  const head = end < 0 ? data : data.subarray(0, end);
  if (head.length > HEAD_SIZE_BYTES_MAX) return false;
  try {
    const message: unknown = JSON.parse(head.toString('utf8'));
    if (typeof message !== 'object' || message === null) return false;
    const { i: id, t: type, p: payload } = message as Record<string, unknown>;
    if (typeof id !== 'string' || id.length > 64) return false;
    if (type === undefined || type === 1) return isRequest(payload, end >= 0);
    return type === 4 || (type === 3 && typeof payload === 'object' && payload !== null);
  } catch {
    return false;
  }
}

function isRequest(payload: unknown, hasBinary: boolean): boolean {
  if (typeof payload !== 'object' || payload === null) return false;
  const { u: url, h: headers = {} } = payload as Record<string, unknown>;
  if (typeof headers !== 'object' || headers === null) return false;
  // A form carries the binary parts of an input; it cannot be in the head alone.
  const { 'content-type': type = '' } = headers as Record<string, unknown>;
  if (typeof type !== 'string' || (!hasBinary && type.startsWith('multipart/'))) return false;
  return typeof url === 'string' && url.startsWith('/') && !url.startsWith('//');
}
