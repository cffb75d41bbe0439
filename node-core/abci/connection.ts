// One connection from CometBFT: bytes in, bytes out, one answer for each request in its order. The socket around it
// pulls answers one by one, so that it can stop when the other side does not read.

import type { Bytes, Fault, Log } from '../base/index.ts';
import { abciFault } from './faults.ts';
import { encodeFrame, FrameDecoder } from './frames.ts';
import { AbciFailure, type AbciHandler, AbciStranger } from './handler.ts';
import { encodeResponse, parseRequest } from './messages.ts';

export type AbciEnd = {
  /** True where the node must end; false where only this connection does. */
  readonly isFatal: boolean;
  readonly fault: Fault;
  readonly cause?: unknown;
};

export class AbciConnection {
  readonly #handler: AbciHandler;
  readonly #log: Log;
  readonly #frames: FrameDecoder;
  #end: AbciEnd | undefined;

  constructor(handler: AbciHandler, log: Log, frameSizeBytesMax?: number) {
    this.#handler = handler;
    this.#log = log;
    this.#frames = new FrameDecoder(frameSizeBytesMax);
  }

  /** Set once nothing more is answered: write out what there is, and close. */
  get end(): AbciEnd | undefined {
    return this.#end;
  }

  receive(chunk: Bytes): void {
    if (this.#end !== undefined) return;
    // Of a Buffer, what is cut out would be a Buffer too: slower to make, and slice() would not copy.
    this.#frames.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
  }

  /** The answer to the next request, as a frame; undefined where more bytes are needed, or at the end. */
  answer(): Bytes | undefined {
    if (this.#end !== undefined) return undefined;
    const frame = this.#frames.next();
    if (!frame.ok) return this.#finish({ isFatal: false, fault: frame.fault });
    if (frame.value === undefined) return undefined;
    const request = parseRequest(frame.value);
    if (request === undefined) {
      const fault = abciFault('abci.frame.malformed', { reason: 'it cannot be decoded' });
      return this.#finish({ isFatal: false, fault });
    }
    try {
      return encodeFrame(encodeResponse(this.#handler.handle(request)));
    } catch (cause) {
      // Whoever speaks another protocol is sent away. CometBFT itself ends when that happens to it.
      if (cause instanceof AbciStranger) return this.#finish({ isFatal: false, fault: cause.fault });
      const fault = cause instanceof AbciFailure ? cause.fault : abciFault('abci.failed');
      return this.#finish({ isFatal: true, fault, cause });
    }
  }

  #finish(end: AbciEnd): Bytes {
    this.#end = end;
    const { code, message, next } = end.fault;
    this.#log('error', 'abci.ended', { code, message, cause: end.cause });
    return encodeFrame(
      encodeResponse({ case: 'exception', value: { error: `${message} ${next} (${code})` } }),
    );
  }
}
