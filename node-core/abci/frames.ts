// Frames of the ABCI socket: an unsigned LEB128 length and that many bytes of one message. The decoder takes chunks of
// any size and never holds more memory than twice what it received, whatever length was announced.
// Source: CometBFT v0.38.25 libs/protoio, abci/types/messages.go.

import type { Bytes, Fault, Result } from '../base/index.ts';
import { concatBytes, encodeVarint, ok, refuse } from '../base/index.ts';
import { abciFault } from './faults.ts';

/** CometBFT's blocks have at most 100 MiB of encoded bytes; the rest is for votes and the message around it. */
export const FRAME_SIZE_BYTES_MAX = 112 * 1024 * 1024;
/** A length of five bytes holds more than the limit; longer ones are refused as they come. */
const LENGTH_BYTES_MAX = 5;
const BUFFER_SIZE_BYTES_MIN = 4096;

export function encodeFrame(message: Bytes): Bytes {
  return concatBytes(encodeVarint(message.length), message);
}

export class FrameDecoder {
  readonly #sizeBytesMax: number;
  /** What was received and not taken: #buffer[#start … #end). */
  #buffer: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  /** True where #buffer is the caller's chunk, which is read and never written. */
  #isBorrowed = false;
  #fault: Fault | undefined;

  constructor(sizeBytesMax = FRAME_SIZE_BYTES_MAX) {
    this.#sizeBytesMax = sizeBytesMax;
  }

  /** Bytes received and not yet given out. */
  get waitingBytes(): number {
    return this.#end - this.#start;
  }

  /** The chunk must not change until its frames were taken. */
  push(chunk: Bytes): void {
    if (chunk.length === 0 || this.#fault !== undefined) return;
    if (this.waitingBytes === 0) {
      this.#buffer = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#isBorrowed = true;
      return;
    }
    this.#reserve(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next whole frame; undefined where more bytes are needed. Refused once, and for good, at a bad length. */
  next(): Result<Bytes | undefined> {
    if (this.#fault !== undefined) return refuse(this.#fault);
    let [length, factor, at] = [0, 1, this.#start];
    for (;;) {
      if (at - this.#start >= LENGTH_BYTES_MAX) return this.#refuse('a length has at most five bytes');
      if (at >= this.#end) return ok(undefined);
      const byte = this.#buffer[at++] ?? 0;
      length += (byte & 0x7f) * factor;
      factor *= 0x80;
      if (byte < 0x80) break;
    }
    if (length > this.#sizeBytesMax) {
      const data = { sizeBytes: length, sizeBytesMax: this.#sizeBytesMax };
      this.#fault = abciFault('abci.frame.large', data);
      return refuse(this.#fault);
    }
    if (this.#end - at < length) return ok(undefined);
    this.#start = at + length;
    return ok(this.#buffer.subarray(at, at + length));
  }

  #refuse(reason: string) {
    this.#fault = abciFault('abci.frame.malformed', { reason });
    return refuse(this.#fault);
  }

  /** Room for `sizeBytes` more behind #end. Doubles, so that the price of many small chunks stays linear. */
  #reserve(sizeBytes: number): void {
    const needed = this.waitingBytes + sizeBytes;
    if (!this.#isBorrowed && this.#end + sizeBytes <= this.#buffer.length) return;
    // A new buffer each time: frames already given out are views of the old one.
    const grown = new Uint8Array(Math.max(BUFFER_SIZE_BYTES_MIN, needed * 2));
    grown.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = grown;
    this.#end -= this.#start;
    this.#start = 0;
    this.#isBorrowed = false;
  }
}
