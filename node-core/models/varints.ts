// Small integers as varints in a growing buffer, for the compact pictures of meshes and toolpaths. Reading is strict:
// numbers have one encoding, and a reader that met anything wrong says so instead of throwing.

import type { Bytes } from '../base/index.ts';

/** Little-endian varints into a growing buffer. Values stay within 2^53, most within one byte. */
export class VarintWriter {
  #bytes: Uint8Array;
  #at = 0;

  constructor(bytesExpected: number) {
    this.#bytes = new Uint8Array(Math.max(64, bytesExpected));
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + count));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  word(value: number): void {
    this.#reserve(4);
    for (let shift = 0; shift < 32; shift += 8) this.#bytes[this.#at++] = (value >>> shift) & 255;
  }

  unsigned(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  signed(value: number): void {
    this.unsigned(value < 0 ? -value * 2 - 1 : value * 2);
  }

  ascending(values: Uint32Array): void {
    let last = 0;
    for (const value of values) {
      this.unsigned(value - last);
      last = value;
    }
  }

  bytes(values: Uint8Array): void {
    this.#reserve(values.length);
    this.#bytes.set(values, this.#at);
    this.#at += values.length;
  }

  finish(): Bytes {
    return this.#bytes.slice(0, this.#at);
  }
}

/** Reads what VarintWriter wrote; after anything wrong, `failed` stays true and values are 0. */
export class VarintReader {
  failed = false;
  readonly #bytes: Bytes;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  word(): number {
    if (this.#at + 4 > this.#bytes.length) return this.#fail();
    let value = 0;
    for (let shift = 0; shift < 32; shift += 8) value |= (this.#bytes[this.#at++] as number) << shift;
    return value >>> 0;
  }

  unsigned(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 7; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return this.#fail();
      value += (byte & 127) * scale;
      // A last byte of zero is a longer way to write the same number.
      if (byte < 128) return byte === 0 && i > 0 ? this.#fail() : value;
      scale *= 128;
    }
    return this.#fail();
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  ascending(count: number, max: number): Uint32Array {
    const values = new Uint32Array(count);
    let last = 0;
    for (let i = 0; i < count && !this.failed; i++) {
      last += this.unsigned();
      if (last > max) this.#fail();
      values[i] = last;
    }
    return values;
  }

  bytes(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) {
      this.#fail();
      return new Uint8Array(0);
    }
    this.#at += count;
    return this.#bytes.slice(this.#at - count, this.#at);
  }

  #fail(): number {
    this.failed = true;
    this.#at = this.#bytes.length + 1;
    return 0;
  }
}
