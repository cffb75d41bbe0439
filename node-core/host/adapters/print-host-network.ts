// One network printer's address as a port: HTTP requests and WebSockets with a time limit, a size limit and no redirects.
// Failures of the network become faults here. Keys travel in headers and are never part of a fault or of a log.

import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { WebSocket } from 'ws';
import type { Fault, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type {
  HttpRequest,
  HttpResponse,
  NetworkPort,
  SocketRequest,
  TextSocket,
} from '../../devices/index.ts';
import { ANSWER_BYTES_MAX, deviceFault, printhostFault } from '../../devices/index.ts';
import { readTypedAddress } from './typed-address.ts';

const ADDRESS_CHARS_MAX = 200;

/**
 * What a person types as the address of a printer, as an origin with an optional path: `printer.local`, `10.0.0.7:7125`,
 * `https://farm.example/octoprint`. No user, password, query or fragment: keys have a field of their own.
 */
export function parsePrinterAddress(text: string): Result<string> {
  const wrong = (reason: string) => refuse(printhostFault('printhost.address', { reason }));
  const read = readTypedAddress(text, ADDRESS_CHARS_MAX);
  if (read.url === undefined) return wrong(read.reason);
  const { url } = read;
  if (url.username !== '' || url.password !== '') return wrong('a user or password does not belong into it');
  if (url.search !== '' || url.hash !== '') return wrong('it ends with a question or a fragment');
  return ok(`${url.origin}${url.pathname.replace(/\/+$/, '')}`);
}

/** `address` as parsePrinterAddress gives it. */
export function createNetworkPort(address: string): NetworkPort {
  return new PrinterNetwork(address);
}

class PrinterNetwork implements NetworkPort {
  private readonly address: string;
  private readonly host: string;

  constructor(address: string) {
    this.address = address;
    this.host = new URL(address).host;
  }

  request(request: HttpRequest): Promise<Result<HttpResponse>> {
    const { method, path, headers = {}, body = [], timeoutMs, signal } = request;
    if (signal?.aborted === true) return Promise.resolve(refuse(deviceFault('device.aborted')));
    const { promise, resolve } = settledOnce<HttpResponse>();
    const url = new URL(`${this.address}${path}`);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const length = body.reduce((sum, piece) => sum + piece.length, 0);
    const sized = method === 'GET' ? {} : { 'content-length': String(length) };
    // A connection of its own each time: a kept one that the peer dropped would fail a request that must not be repeated.
    const outgoing = send(url, { method, agent: false, headers: { ...headers, ...sized } });
    const end = (fault: Fault) => {
      resolve(refuse(fault));
      outgoing.destroy();
    };
    const late = setTimeout(() => end(printhostFault('printhost.timeout', { host: this.host })), timeoutMs);
    const abort = () => end(deviceFault('device.aborted'));
    signal?.addEventListener('abort', abort, { once: true });
    void promise.then(() => {
      clearTimeout(late);
      signal?.removeEventListener('abort', abort);
    });
    outgoing.on('error', (error) => end(this.unreachable(error)));
    outgoing.on('response', (incoming) => {
      const status = incoming.statusCode ?? 0;
      if (status >= 300 && status < 400) {
        end(printhostFault('printhost.redirect', { host: this.host }));
        return;
      }
      const pieces: Buffer[] = [];
      let size = 0;
      incoming.on('data', (piece: Buffer) => {
        size += piece.length;
        if (size > ANSWER_BYTES_MAX) end(printhostFault('printhost.too-large', { host: this.host }));
        else pieces.push(piece);
      });
      incoming.on('error', (error) => end(this.unreachable(error)));
      incoming.on('end', () => {
        const header = (name: string) => {
          const value = incoming.headers[name];
          return Array.isArray(value) ? value[0] : value;
        };
        resolve(ok({ status, body: new Uint8Array(Buffer.concat(pieces)), header }));
      });
    });
    for (const piece of body) outgoing.write(piece);
    outgoing.end();
    return promise;
  }

  openSocket({ path, headers = {}, timeoutMs, signal }: SocketRequest): Promise<Result<TextSocket>> {
    if (signal?.aborted === true) return Promise.resolve(refuse(deviceFault('device.aborted')));
    const { promise, resolve } = settledOnce<TextSocket>();
    const url = `${this.address.replace(/^http/, 'ws')}${path}`;
    const socket = new WebSocket(url, {
      headers,
      handshakeTimeout: timeoutMs,
      maxPayload: ANSWER_BYTES_MAX,
      followRedirects: false,
      perMessageDeflate: false,
    });
    const abort = () => {
      resolve(refuse(deviceFault('device.aborted')));
      socket.terminate();
    };
    signal?.addEventListener('abort', abort, { once: true });
    void promise.then(() => signal?.removeEventListener('abort', abort));
    socket.on('error', (error) => resolve(refuse(this.unreachable(error))));
    socket.on('close', () => resolve(refuse(this.unreachable(new Error('it closed the connection')))));
    socket.on('open', () => resolve(ok(new SocketText(socket))));
    return promise;
  }

  private unreachable(error: Error): Fault {
    return printhostFault('printhost.unreachable', { host: this.host, reason: networkReason(error) });
  }
}

class SocketText implements TextSocket {
  private readonly socket: WebSocket;

  constructor(socket: WebSocket) {
    this.socket = socket;
  }

  send(text: string): void {
    this.socket.send(text, () => undefined);
  }

  onText(listener: (text: string) => void): void {
    this.socket.on('message', (data, isBinary) => {
      if (!isBinary) listener(data.toString());
    });
  }

  onClose(listener: () => void): void {
    if (this.socket.readyState === WebSocket.CLOSED) listener();
    else this.socket.once('close', () => listener());
  }

  close(): void {
    this.socket.close();
    // A peer that does not answer the goodbye is not waited for.
    setTimeout(() => this.socket.terminate(), 1_000).unref();
  }
}

/** A promise whose first settlement counts. */
function settledOnce<T>(): {
  readonly promise: Promise<Result<T>>;
  readonly resolve: (result: Result<T>) => void;
} {
  let resolve: (result: Result<T>) => void = () => undefined;
  const promise = new Promise<Result<T>>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ENOTFOUND: 'nobody has this name',
  EAI_AGAIN: 'nobody has this name',
  ETIMEDOUT: 'it does not answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is its own and not known here',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is its own and not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not known here',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is made out for another name',
};

/** Why a connection failed, in words. */
export function networkReason(error: Error): string {
  const { code } = error as { code?: string };
  if (code?.startsWith('HPE_') === true) return 'it does not speak HTTP';
  return (code === undefined ? undefined : REASONS[code]) ?? error.message.slice(0, 100);
}
