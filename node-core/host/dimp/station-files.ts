// Files of a station over HTTP, on the port of its messages: a connection that begins with one of these requests is given
// to a server for them, any other is left as it is.
//
//   PUT  /files/ID            a block, signed by a user of the station
//   GET  /files/ID            a block
//   POST /files/missing       ids, one a line; answers those that are not here
//   GET  /download/ID[/name]  a whole file, still encrypted, for other programs of the protocol

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import type { Bytes, Fault } from '../../base/index.ts';
import { parseUtf8 } from '../../base/index.ts';
import { FILE_BLOCK_BYTES_MAX, FILE_ID, FILE_IDS_MAX, fileFault } from '../../dimp/files/index.ts';
import type { DimpId } from '../../dimp/index.ts';
import { parseId, parseTransportable } from '../../dimp/index.ts';
import type { FileDepot } from '../../dimp/station/index.ts';
import type { NeighbourBlock, NeighbourFiles } from './neighbour-files.ts';
import { ERRAND_HEADER } from './neighbour-files.ts';
import { PUT_HEADERS } from './station-carrier.ts';

const BEGINNINGS = ['PUT /files/', 'GET /files/', 'POST /files/', 'GET /download/'];
/** An id and an end of line each, and some room. */
const IDS_BYTES_MAX = FILE_IDS_MAX * 104;
/** Without a byte either way for this long, a connection ends. */
const SILENT_MS = 120_000;
const IDLE_MS = 30_000;
const STATUS: Readonly<Record<string, number>> = {
  'transfer.gone': 404,
  'transfer.stranger': 403,
  'transfer.signature': 403,
  'transfer.quota': 507,
  'transfer.store': 507,
};

/** What the first bytes of a connection are: a request for files, something else, or too few to tell. */
export function sniffFileRequest(first: Bytes): 'files' | 'other' | 'more' {
  const text = String.fromCharCode(...first.subarray(0, 16));
  if (BEGINNINGS.some((beginning) => text.startsWith(beginning))) return 'files';
  return BEGINNINGS.some((beginning) => beginning.startsWith(text)) ? 'more' : 'other';
}

type Shelf = { readonly depot: FileDepot; readonly station: DimpId; readonly neighbours: NeighbourFiles };

export type FileServer = {
  /** Takes over a connection; what was read of it is in front of it again. */
  readonly take: (socket: Socket) => void;
  readonly close: () => void;
};

/** What is not in the depot is asked of `neighbours`, unless a station asks. */
export function createFileServer(depot: FileDepot, station: DimpId, neighbours: NeighbourFiles): FileServer {
  const server = createServer({ maxHeaderSize: 8192, keepAliveTimeout: IDLE_MS }, (request, response) => {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    answer(request, response, { depot, station, neighbours }).catch(() => response.destroy());
  });
  // By socket: a server that does not listen itself does not watch how long its requests take.
  server.setTimeout(SILENT_MS);
  // What is no HTTP after all is none of ours.
  server.on('clientError', (_error, socket) => socket.destroy());
  return {
    take(socket) {
      server.emit('connection', socket);
      process.nextTick(() => socket.resume());
    },
    close: () => server.close(),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { depot, station, neighbours }: Shelf,
): Promise<void> {
  const [, place = '', name = ''] = (request.url ?? '').split(/[/?#]/);
  if (request.method === 'GET' && place === 'download') return download(response, depot, name);
  if (request.method === 'POST' && place === 'files' && name === 'missing') {
    const body = await readBody(request, IDS_BYTES_MAX);
    const ids = body === undefined ? undefined : parseUtf8(body)?.split('\n');
    if (ids === undefined || ids.length > FILE_IDS_MAX)
      return refuseWith(response, fileFault('transfer.malformed'));
    const missing = depot.missing(ids.filter((id) => FILE_ID.test(id)));
    return reply(response, 200, Buffer.from(missing.join('\n')));
  }
  if (request.method === 'GET' && place === 'files') {
    const block = depot.get(name) ?? (await fromNeighbours(request, response, name, neighbours));
    // As a line that broke: who asked tries again.
    if (block === 'away') response.destroy();
    else if (block === undefined) refuseWith(response, fileFault('transfer.gone'));
    else reply(response, 200, block);
    return;
  }
  if (request.method === 'PUT' && place === 'files')
    return put(request, response, depot, { station, blockId: name });
  return refuseWith(response, fileFault('transfer.gone'));
}

async function fromNeighbours(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
  neighbours: NeighbourFiles,
): Promise<NeighbourBlock> {
  if (request.headers[ERRAND_HEADER] !== undefined || !FILE_ID.test(id)) return undefined;
  const asking = new AbortController();
  response.once('close', () => asking.abort());
  return neighbours(id, asking.signal);
}

async function put(
  request: IncomingMessage,
  response: ServerResponse,
  depot: FileDepot,
  { station, blockId }: { readonly station: DimpId; readonly blockId: string },
): Promise<void> {
  const header = (name: keyof typeof PUT_HEADERS) => {
    const value = request.headers[PUT_HEADERS[name]];
    return typeof value === 'string' && value.length <= 1024 ? value : '';
  };
  const user = parseId(header('user'));
  const timeS = Number(header('time'));
  const signature = parseTransportable(header('signature'));
  if (!user.ok || !Number.isSafeInteger(timeS) || signature === undefined)
    return refuseWith(response, fileFault('transfer.signature'));
  const block = await readBody(request, FILE_BLOCK_BYTES_MAX);
  if (block === undefined) return refuseWith(response, fileFault('transfer.altered'));
  const taken = depot.put({ user: user.value, station, blockId, timeS, signature }, block);
  return taken.ok ? reply(response, 200, new Uint8Array(0)) : refuseWith(response, taken.fault);
}

/** Chunk by chunk, as the other side takes them. */
async function download(response: ServerResponse, depot: FileDepot, id: string): Promise<void> {
  const whole = depot.whole(id);
  if (whole === undefined) return refuseWith(response, fileFault('transfer.gone'));
  response.writeHead(200, { ...HEADERS, 'Content-Length': whole.sizeBytes });
  for (const chunk of whole.chunks) {
    const block = depot.get(chunk);
    if (block === undefined || response.destroyed) {
      response.destroy();
      return;
    }
    if (!response.write(block))
      await new Promise<void>((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
  }
  response.end();
}

/** Nothing of it is ever a page, whatever a browser thinks of it. */
const HEADERS = {
  'Content-Type': 'application/octet-stream',
  'Content-Disposition': 'attachment',
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
} as const;

function reply(response: ServerResponse, status: number, body: Uint8Array): void {
  response.writeHead(status, { ...HEADERS, 'Content-Length': body.length });
  response.end(body);
}

function refuseWith(response: ServerResponse, { code, message, next, data }: Fault): void {
  const body = Buffer.from(JSON.stringify({ code, message, next, ...(data === undefined ? {} : { data }) }));
  // What was not read of the request is in the way of the next one.
  response.writeHead(STATUS[code] ?? 400, { ...HEADERS, 'Content-Length': body.length, Connection: 'close' });
  response.end(body);
}

/** Undefined where it is longer than it may be. */
async function readBody(request: IncomingMessage, bytesMax: number): Promise<Bytes | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return undefined;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > bytesMax) return undefined;
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}
