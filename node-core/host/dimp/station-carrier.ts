// A station as a place for the blocks of files, over HTTP on the port of its messages; and files of other programs at
// whatever address they name. What comes is bounded while it comes, and believed nowhere: blocks are checked by whoever
// asked for them.

import type { IncomingMessage, RequestOptions } from 'node:http';
import { Agent, request as requestHttp } from 'node:http';
import { request as requestHttps, Agent as TlsAgent } from 'node:https';
import type { Bytes, Clock, Fault, Result } from '../../base/index.ts';
import { ok, parseUtf8, refuse, utf8ToBytes } from '../../base/index.ts';
import type { BlockCarrier } from '../../dimp/files/index.ts';
import { FILE_BLOCK_BYTES_MAX, FILE_IDS_MAX, fileFault, signPut } from '../../dimp/files/index.ts';
import type { Account, DimpCrypto, DimpId } from '../../dimp/index.ts';
import { encodeTransportable, parseJson } from '../../dimp/index.ts';
import type { StationAddress } from './station-address.ts';

/** By which a request to put a block says whose it is. */
export const PUT_HEADERS = { user: 'dimp-user', time: 'dimp-time', signature: 'dimp-signature' } as const;

export type CarrierParts = {
  readonly address: () => StationAddress;
  /** Who puts; without it blocks can only be got. */
  readonly user?: {
    readonly account: Account;
    readonly crypto: DimpCrypto;
    readonly clock: Pick<Clock, 'nowMs'>;
    /** Who the station has proven to be; undefined while this account is not logged in. */
    readonly station: () => DimpId | undefined;
  };
};

export type StationCarrier = BlockCarrier & { readonly close: () => void };

const IDS_BYTES_MAX = FILE_IDS_MAX * 104;
/** Without a byte for this long, a request is given up and made again. */
const SILENT_MS = 30_000;
const FAULT_BYTES_MAX = 4096;

export function createStationCarrier(parts: CarrierParts): StationCarrier {
  const agents = { http: new Agent({ keepAlive: true }), https: new TlsAgent({ keepAlive: true }) };
  const ask = (method: string, path: string, more: Partial<Ask>) => {
    const { host, port, tls } = parts.address();
    return askHttp({
      host,
      port,
      tls: tls === true,
      method,
      path,
      bytesMax: FILE_BLOCK_BYTES_MAX,
      agents,
      ...more,
    });
  };
  return {
    async missing(ids, signal) {
      const body = utf8ToBytes(ids.join('\n'));
      const answer = await ask('POST', '/files/missing', { body, signal, bytesMax: IDS_BYTES_MAX });
      if (!answer.ok) return answer;
      const asked = new Set(ids);
      return ok((parseUtf8(answer.value) ?? '').split('\n').filter((id) => asked.has(id)));
    },
    async put(id, block, signal) {
      const { user } = parts;
      const station = user?.station();
      if (user === undefined || station === undefined) return refuse(away('no connection'));
      const timeS = Math.trunc(user.clock.nowMs() / 1000);
      const signed = signPut({ station, blockId: id, timeS }, user.account, user.crypto);
      if (!signed.ok) return signed;
      const headers = {
        [PUT_HEADERS.user]: user.account.id.bare,
        [PUT_HEADERS.time]: String(timeS),
        [PUT_HEADERS.signature]: encodeTransportable(signed.value),
      };
      const answer = await ask('PUT', `/files/${id}`, { body: block, headers, signal });
      return answer.ok ? ok(undefined) : answer;
    },
    get: (id, signal) => ask('GET', `/files/${id}`, { signal }),
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

export type Ask = {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Bytes;
  /** Of the answer. */
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
  readonly agents?: { readonly http: Agent; readonly https: TlsAgent };
  /** The numeric address to connect to, where the name was looked up before. */
  readonly resolved?: string;
};

/** One request and its answer, in memory. Redirections are not followed. */
export function askHttp(ask: Ask): Promise<Result<Bytes>> {
  const { host, port, tls, method, path, headers = {}, body, signal, agents } = ask;
  return new Promise((resolve) => {
    const fail = (error: unknown) => resolve(refuse(faultOf(error)));
    const length = body === undefined ? {} : { 'Content-Length': String(body.length) };
    const options: RequestOptions = { host, port, method, path, headers: { ...headers, ...length } };
    if (signal !== undefined) options.signal = signal;
    if (ask.resolved !== undefined) {
      options.host = ask.resolved;
      options.headers = { ...options.headers, Host: port === (tls ? 443 : 80) ? host : `${host}:${port}` };
      if (tls) Object.assign(options, { servername: host });
    }
    if (agents !== undefined) options.agent = tls ? agents.https : agents.http;
    try {
      const request = (tls ? requestHttps : requestHttp)(options, (response) => {
        takeAnswer(response, ask).then(resolve, fail);
      });
      request.setTimeout(SILENT_MS, () => request.destroy(new Error('no answer')));
      request.on('error', fail);
      request.end(body);
    } catch (error) {
      fail(error);
    }
  });
}

async function takeAnswer(response: IncomingMessage, { bytesMax }: Ask): Promise<Result<Bytes>> {
  const { statusCode = 0 } = response;
  const isGood = statusCode === 200;
  const limit = isGood ? bytesMax : FAULT_BYTES_MAX;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) {
      response.destroy();
      return refuse(fileFault(isGood ? 'transfer.altered' : 'transfer.unsupported'));
    }
    parts.push(part);
  }
  const bytes = new Uint8Array(Buffer.concat(parts));
  return isGood ? ok(bytes) : refuse(readRefusal(bytes, statusCode));
}

/** Refusals that a station may give; their sentences are ours. */
const REFUSALS = [
  'transfer.gone',
  'transfer.altered',
  'transfer.malformed',
  'transfer.quota',
  'transfer.store',
  'transfer.stranger',
  'transfer.signature',
] as const;

function readRefusal(bytes: Bytes, status: number): Fault {
  const json = parseJson(parseUtf8(bytes) ?? '');
  const said = json.ok && typeof json.value === 'object' && json.value !== null ? json.value : {};
  const { code, data } = said as { readonly code?: unknown; readonly data?: unknown };
  const known = REFUSALS.find((one) => one === code);
  if (known === undefined)
    return status === 404 ? fileFault('transfer.gone') : fileFault('transfer.unsupported');
  if (known !== 'transfer.quota') return fileFault(known);
  const limitMb = (data as { readonly limitMb?: unknown } | undefined)?.limitMb;
  return fileFault(known, { limitMb: typeof limitMb === 'number' ? limitMb : 0 });
}

const away = (reason: string): Fault => fileFault('transfer.away', { reason });

/** What does not answer in HTTP does not keep files; anything else passes. */
function faultOf(error: unknown): Fault {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  return code?.startsWith('HPE_') === true
    ? fileFault('transfer.unsupported')
    : away(code ?? message ?? 'lost');
}
