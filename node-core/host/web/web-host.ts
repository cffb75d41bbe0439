// The console for a browser on this machine: the pages and the API from one HTTP server on the loopback address. Every
// request must name this host (against DNS rebinding), every one that changes or connects must come from its own pages
// (Origin), and the API answers only a browser that exchanged the one-time token. It promises to survive any request.

import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import type { AnyRouter, Context } from '@orpc/server';
import type { Log } from '../../base/index.ts';
import { FaultError } from '../../base/index.ts';
import { webFault } from './faults.ts';
import type { Pages } from './pages.ts';
import { cacheControl, contentSecurityPolicy, loadPages, securityHeaders } from './pages.ts';
import type { Sessions } from './sessions.ts';
import { createSessions, readCookie } from './sessions.ts';
import type { Sockets } from './sockets.ts';
import { createSockets } from './sockets.ts';

export type WebHostOptions = {
  readonly router: AnyRouter;
  /** Handed to every procedure. */
  readonly context?: Context;
  /** The built pages. */
  readonly staticDir: string;
  /** Address to listen on; loopback unless `allowRemote`. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port?: number;
  /** First one-time token; random where left out. */
  readonly token?: string;
  /** Lets other machines in, without transport encryption: for a network of one's own, or behind a TLS proxy. */
  readonly allowRemote?: boolean;
  /** Further names by which browsers reach this host, such as `farm.local:8080`. */
  readonly names?: readonly string[];
  /** What a name stands for, as JSON; public like the chain it comes from. Undefined while the console opens again. */
  readonly nameJson?: (name: string) => Promise<string | undefined>;
  readonly log: Log;
};

export type WebHost = {
  /** Address of the start page with a token that works once. */
  readonly url: string;
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** A new address with a new token, for another browser; an unused one from before stops working. */
  issueUrl(): string;
  /** Serves another router from now on; none while the console opens again. Sessions stay, connections end. */
  serve(router: AnyRouter | undefined): void;
  close(): Promise<void>;
};

const API_PATH = '/api';
const SESSION_PATH = '/session';
/** Followed by a name. */
const NAMES_PATH = '/names/';
const BODY_SIZE_BYTES_MAX = 1024;
const HEADERS_SIZE_BYTES_MAX = 16 * 1024;
/** A request's head must be here within this time, all of it within the next (against slow senders). */
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;
const CONNECTIONS_MAX = 128;

type State = {
  readonly options: WebHostOptions;
  readonly pages: Pages;
  readonly sessions: Sessions;
  readonly sockets: Sockets;
  readonly cookieName: string;
  readonly hostNames: ReadonlySet<string>;
};

/** @throws FaultError where the address cannot be listened on. */
export async function createWebHost(options: WebHostOptions): Promise<WebHost> {
  const host = options.host ?? '127.0.0.1';
  if (!isLoopback(host)) {
    if (options.allowRemote !== true) throw new FaultError(webFault('web.host.remote', { host }));
    options.log('warn', 'web.remote', { host, risk: 'other machines can reach this console, unencrypted' });
  }
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: HEADERS_SIZE_BYTES_MAX,
    requireHostHeader: true,
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.timeout = IDLE_TIMEOUT_MS;
  const port = await listen(server, host, options.port ?? 0);
  const token = options.token ?? randomBytes(32).toString('base64url');
  const state: State = {
    options,
    pages: loadPages(options.staticDir),
    sessions: createSessions(token),
    sockets: createSockets(options.router, options.context ?? {}, options.log),
    cookieName: `dipnet-${port}`,
    hostNames: hostNamesOf(host, port, options.names ?? []),
  };
  const connections = followConnections(server);
  server.on('request', (request, response) => void answer(state, request, response));
  server.on('upgrade', (request, socket, head) => upgrade(state, request, socket, head));
  server.on('clientError', (_error, socket) => refuseSocket(socket, 400));
  const origin = `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const urlWith = (text: string) => `${origin}/#token=${text}`;
  return {
    url: urlWith(token),
    origin,
    serve: (router) => state.sockets.serve(router),
    issueUrl: () => urlWith(state.sessions.issueToken()),
    close: () =>
      new Promise((resolve) => {
        state.sockets.close();
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      }),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** What the Host header may say. Port 80 is left out of it by browsers. */
function hostNamesOf(host: string, port: number, names: readonly string[]): ReadonlySet<string> {
  const own = isIP(host) === 6 ? `[${host}]` : host;
  const bare = isLoopback(host) ? [own, 'localhost'] : [own, 'localhost', '127.0.0.1'];
  const withPort = bare.map((name) => `${name}:${port}`);
  return new Set([...withPort, ...(port === 80 ? bare : []), ...names].map((name) => name.toLowerCase()));
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') {
        reject(new FaultError(webFault('web.port.taken', { host, port }), { cause: error }));
      } else reject(new FaultError(webFault('web.host.unknown', { host }), { cause: error }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function followConnections(server: Server): ReadonlySet<Duplex> {
  const connections = new Set<Duplex>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    // A reset by the other side is its own business.
    socket.on('error', () => undefined);
  });
  return connections;
}

/** Why a request is refused before anybody looks at what it wants; undefined where it may go on. */
function refusalOf(state: State, request: IncomingMessage, needsOrigin: boolean): number | undefined {
  const host = request.headers.host?.toLowerCase();
  if (host === undefined || !state.hostNames.has(host)) return 421;
  const { origin } = request.headers;
  if (needsOrigin && origin !== `http://${host}` && origin !== `https://${host}`) return 403;
  return undefined;
}

function hasSession(state: State, request: IncomingMessage): boolean {
  return state.sessions.isSession(readCookie(request.headers.cookie, state.cookieName));
}

type Reply = { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => undefined);
  try {
    const reply = await replyTo(state, request, response);
    if (reply !== undefined) end(response, reply);
  } catch (error) {
    state.options.log('error', 'web.request.failed', { reason: String(error) });
    end(response, { status: 500 });
  }
}

/** The short answer to a request; undefined where a page was sent instead. */
async function replyTo(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Reply | undefined> {
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const refusal = refusalOf(state, request, !reads);
  if (refusal !== undefined) return { status: refusal };
  const pathname = (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
  if (pathname === SESSION_PATH) return replyToSession(state, request);
  if (!reads) return { status: 405, headers: { Allow: 'GET, HEAD' } };
  if (pathname.startsWith(NAMES_PATH)) return answerName(state, pathname.slice(NAMES_PATH.length), response);
  return answerPage(state, pathname, request, response);
}

/** POST exchanges the token for a session; GET says whether there is one. */
async function replyToSession(state: State, request: IncomingMessage): Promise<Reply> {
  if (request.method === 'GET') return { status: hasSession(state, request) ? 204 : 401 };
  if (request.method !== 'POST') return { status: 405, headers: { Allow: 'GET, POST' } };
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim();
  if (type !== 'application/json') return { status: 415 };
  const body = await readBody(request);
  if (body === undefined) return { status: 413, headers: { Connection: 'close' } };
  const token = parseToken(body);
  if (token === undefined) return { status: 400 };
  const secret = state.sessions.redeem(token);
  if (secret === undefined) {
    state.options.log('warn', 'web.token.refused', {});
    return { status: 401 };
  }
  const cookie = `${state.cookieName}=${secret}; Path=/; HttpOnly; SameSite=Strict`;
  return { status: 204, headers: { 'Set-Cookie': cookie } };
}

/** undefined where it is larger than any token; the rest is then read and dropped until the request times out. */
function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on('error', reject);
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= BODY_SIZE_BYTES_MAX) chunks.push(chunk);
      else resolve(undefined);
    });
  });
}

function parseToken(body: string): string | undefined {
  try {
    const { token } = JSON.parse(body) as { token?: unknown };
    return typeof token === 'string' ? token : undefined;
  } catch {
    return undefined;
  }
}

/** Only for programs on this machine that name this host: a page of another origin cannot read it. */
async function answerName(
  { options }: State,
  name: string,
  response: ServerResponse,
): Promise<Reply | undefined> {
  if (!/^[A-Za-z0-9-]{1,64}$/.test(name)) return { status: 400 };
  if (options.nameJson === undefined) return { status: 404 };
  const json = await options.nameJson(name);
  if (json === undefined) return { status: 503 };
  response.writeHead(200, {
    ...securityHeaders(contentSecurityPolicy(undefined, [])),
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
  });
  response.end(json);
  return undefined;
}

function answerPage(
  state: State,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): Reply | undefined {
  if (pathname === '/' || pathname === '/index.html') return answerIndex(state, request, response);
  const asset = state.pages.findAsset(pathname);
  if (asset === undefined) return { status: 404 };
  response.writeHead(200, {
    ...securityHeaders(contentSecurityPolicy(undefined, [])),
    'Content-Type': asset.contentType,
    'Content-Length': asset.sizeBytes,
    'Cache-Control': cacheControl(asset),
  });
  if (request.method === 'HEAD') response.end();
  // A reader that went away, or a file that did: the connection ends short of its announced length.
  else pipeline(createReadStream(asset.path), response, () => undefined);
  return undefined;
}

function answerIndex(state: State, request: IncomingMessage, response: ServerResponse): Reply | undefined {
  const nonce = randomBytes(16).toString('base64');
  const html = state.pages.indexHtml(nonce);
  if (html === undefined) return { status: 503 };
  const body = Buffer.from(html, 'utf8');
  const socketOrigin = `ws://${request.headers.host}`;
  response.writeHead(200, {
    ...securityHeaders(contentSecurityPolicy(nonce, [socketOrigin])),
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': body.length,
    'Cache-Control': cacheControl(undefined),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
  return undefined;
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'This is not a request the console understands.',
  401: 'Open the console with a fresh address from its terminal.',
  403: 'Only the console’s own pages may do this.',
  404: 'There is no such page.',
  405: 'This address cannot be used that way.',
  413: 'The request is too large.',
  415: 'The request must be JSON.',
  421: 'The console does not answer under this name.',
  500: 'The console could not answer; its log says why.',
  503: 'The console cannot answer now. If its pages were never built, run: npm run build',
};

function end(response: ServerResponse, { status, headers = {} }: Reply): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = REASONS[status];
  response.writeHead(status, {
    ...securityHeaders(contentSecurityPolicy(undefined, [])),
    'Cache-Control': 'no-store',
    ...(text === undefined ? {} : { 'Content-Type': 'text/plain; charset=utf-8' }),
    ...headers,
  });
  response.end(text === undefined ? undefined : `${text}\n`);
}

function upgrade(state: State, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const refusal =
    refusalOf(state, request, true) ??
    (request.url === API_PATH ? undefined : 404) ??
    (hasSession(state, request) ? undefined : 401) ??
    (state.sockets.isFull() ? 503 : undefined);
  if (refusal !== undefined) {
    state.options.log('warn', 'web.upgrade.refused', { status: refusal });
    refuseSocket(socket, refusal);
    return;
  }
  state.sockets.server.handleUpgrade(request, socket, head, (webSocket) => state.sockets.accept(webSocket));
}

function refuseSocket(socket: Duplex, status: number): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  );
}
