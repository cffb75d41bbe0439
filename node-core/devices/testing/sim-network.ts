// A network in memory between a driver and a simulated print host, with what networks do: cuts, answers that are lost on
// their way, and peers that answer whatever they like.

import type { Bytes, Clock, Result } from '../../base/index.ts';
import { concatBytes, ok, refuse } from '../../base/index.ts';
import { deviceFault } from '../faults.ts';
import type { HttpRequest, HttpResponse, NetworkPort, SocketRequest, TextSocket } from '../network/index.ts';
import { printhostFault } from '../network/index.ts';
import type { FedPrinter } from './fed-printer.ts';

export type SimRequest = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Bytes;
};

export type SimResponse = {
  readonly status: number;
  readonly body: Bytes | string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** The server's end of a socket. */
export type SimPeer = {
  readonly send: (text: string) => void;
  readonly close: () => void;
};
export type SimSocketHandler = { text(text: string): void; closed(): void };

/** A print host as far as the wire goes; the same object serves memory and real loopback sockets. */
export interface SimServer {
  handle(request: SimRequest): Promise<SimResponse>;
  /** Undefined where there is no socket at this path. */
  accept(path: string, peer: SimPeer): SimSocketHandler | undefined;
}

/** A simulated print host, with what its tests need to see and to do. */
export interface SimPrintHost extends SimServer {
  readonly fed: FedPrinter;
  readonly files: Map<string, Bytes>;
  /** Every start that was asked for, by file. */
  readonly starts: readonly string[];
  /** Somebody else's doing, on the host's own page. */
  startElsewhere(file: string, gcode: Bytes): void;
  cancelElsewhere(): Promise<void>;
}

export class SimNetwork implements NetworkPort {
  server: SimServer;
  /** Requests that reached the server, as `METHOD path`. */
  readonly seen: string[] = [];
  /** Nothing gets through, and what is open breaks. */
  private down = false;
  private readonly clock: Clock;
  private readonly breakers = new Set<() => void>();
  private readonly lost: RegExp[] = [];

  constructor(server: SimServer, clock: Clock) {
    this.server = server;
    this.clock = clock;
  }

  cut(): void {
    this.down = true;
    for (const breakOff of [...this.breakers]) breakOff();
  }

  restore(): void {
    this.down = false;
  }

  /** The next request or socket message that matches arrives, and its answer does not: the connection breaks first. */
  loseAnswer(of: RegExp): void {
    this.lost.push(of);
  }

  private loses(what: string): boolean {
    const index = this.lost.findIndex((pattern) => pattern.test(what));
    if (index >= 0) this.lost.splice(index, 1);
    return index >= 0;
  }

  async request(request: HttpRequest): Promise<Result<HttpResponse>> {
    const { method, path, headers = {}, body = [], timeoutMs, signal } = request;
    const host = 'simulated';
    if (signal?.aborted === true) return refuse(deviceFault('device.aborted'));
    if (this.down) return refuse(printhostFault('printhost.unreachable', { host, reason: 'no route' }));
    this.seen.push(`${method} ${path}`);
    const answer = this.server.handle({ method, path, headers, body: concatBytes(...body) });
    const over = new AbortController();
    const cut = new Promise<Result<never>>((resolve) => {
      const reason = 'the connection was cut';
      const breakOff = () => resolve(refuse(printhostFault('printhost.unreachable', { host, reason })));
      this.breakers.add(breakOff);
      signal?.addEventListener('abort', () => resolve(refuse(deviceFault('device.aborted'))), { once: true });
      over.signal.addEventListener('abort', () => this.breakers.delete(breakOff), { once: true });
    });
    const late = this.clock.sleep(timeoutMs, over.signal).then(
      () => refuse(printhostFault('printhost.timeout', { host })),
      () => refuse(printhostFault('printhost.timeout', { host })),
    );
    const text = body.length > 1 ? '' : new TextDecoder().decode(concatBytes(...body));
    const arrived = this.loses(`${method} ${path} ${text}`)
      ? new Promise<never>(() => undefined)
      : answer.then((it) => ok(toResponse(it)));
    const result = await Promise.race([arrived, cut, late]);
    over.abort();
    return result;
  }

  async openSocket({ path }: SocketRequest): Promise<Result<TextSocket>> {
    const reason = 'no route';
    const refused = refuse(printhostFault('printhost.unreachable', { host: 'simulated', reason }));
    if (this.down) return refused;
    const end = new MemorySocket();
    const peer: SimPeer = { send: (text) => end.deliver(text), close: () => end.end() };
    const handler = this.server.accept(path, peer);
    if (handler === undefined) return refused;
    const breakOff = () => end.end();
    this.breakers.add(breakOff);
    end.toServer = (text) =>
      queueMicrotask(() => {
        handler.text(text);
        if (this.loses(text)) end.end();
      });
    end.onEnd = () => {
      this.breakers.delete(breakOff);
      handler.closed();
    };
    return ok(end);
  }
}

class MemorySocket implements TextSocket {
  toServer: (text: string) => void = () => undefined;
  onEnd: () => void = () => undefined;
  private readonly textListeners: ((text: string) => void)[] = [];
  private readonly closeListeners: (() => void)[] = [];
  private closed = false;

  send(text: string): void {
    if (!this.closed) this.toServer(text);
  }
  onText(listener: (text: string) => void): void {
    this.textListeners.push(listener);
  }
  onClose(listener: () => void): void {
    this.closeListeners.push(listener);
    if (this.closed) listener();
  }
  close(): void {
    this.end();
  }
  deliver(text: string): void {
    queueMicrotask(() => {
      if (!this.closed) for (const listener of this.textListeners) listener(text);
    });
  }
  end(): void {
    if (this.closed) return;
    this.closed = true;
    this.onEnd();
    for (const listener of this.closeListeners) listener();
  }
}

function toResponse({ status, body, headers = {} }: SimResponse): HttpResponse {
  return {
    status,
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    header: (name) => headers[name],
  };
}

/** The file and the fields of a multipart form, as a server reads them. */
export function readForm(
  contentType: string,
  body: Bytes,
): { readonly fields: ReadonlyMap<string, string>; readonly name: string; readonly content: Bytes } {
  const boundary = /boundary=(\S+)/.exec(contentType)?.[1] ?? '';
  // Latin-1 keeps one character a byte, so offsets in the text are offsets in the bytes.
  const text = Array.from({ length: Math.ceil(body.length / 8192) }, (_, i) =>
    String.fromCharCode(...body.subarray(i * 8192, (i + 1) * 8192)),
  ).join('');
  const fields = new Map<string, string>();
  let name = '';
  let content = new Uint8Array();
  let at = 0;
  for (const part of text.split(`--${boundary}`)) {
    const head = part.indexOf('\r\n\r\n');
    const field = /name="([^"]*)"/.exec(part)?.[1];
    const file = /filename="([^"]*)"/.exec(part)?.[1];
    if (head >= 0 && file !== undefined) {
      name = file;
      content = body.slice(at + head + 4, at + part.length - 2);
    } else if (head >= 0 && field !== undefined) {
      fields.set(field, part.slice(head + 4, -2));
    }
    at += part.length + boundary.length + 2;
  }
  return { fields, name, content };
}
