// What drivers of network printers need of the outer world: requests and one text socket to one address. The real ones
// are in host/adapters (time limits, size limits, no redirects); simulated ones in devices/testing.

import type { Bytes, Result } from '../../base/index.ts';

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Absolute path with its query, below the printer's address. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent one after the other as one body, so that a large file need not be copied. */
  readonly body?: readonly Bytes[];
  /** For the whole exchange, body and answer included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
};

export type HttpResponse = {
  readonly status: number;
  readonly body: Bytes;
  /** Value of a header by its lower-case name. */
  header(name: string): string | undefined;
};

/** A connection that carries whole texts both ways. */
export interface TextSocket {
  /** Never throws; what cannot be sent shows as a close. */
  send(text: string): void;
  onText(listener: (text: string) => void): void;
  /** Called once, also where it was closed before. */
  onClose(listener: () => void): void;
  close(): void;
}

export type SocketRequest = {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
};

/**
 * One network printer's address. Any answer of the peer is a response, whatever its status; faults are what kept an
 * answer from coming: printhost.unreachable, .timeout, .too-large, .redirect, or device.aborted.
 */
export interface NetworkPort {
  request(request: HttpRequest): Promise<Result<HttpResponse>>;
  openSocket(request: SocketRequest): Promise<Result<TextSocket>>;
}
