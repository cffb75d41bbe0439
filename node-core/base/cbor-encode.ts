// The one canonical dag-cbor encoding of a value: shortest heads, keys by length and then bytewise, no floats.
// Source: IPLD DAG-CBOR specification, section "Strictness"; RFC 8949 section 3.

import type { Bytes } from './bytes.ts';
import { u64ToBytes } from './bytes.ts';
import { DEPTH_MAX, MAJOR, SIMPLE } from './cbor-parts.ts';

const SIZE_BYTES_MIN = 1024;
/** A buffer up to this size is kept for the next value. */
const SPARE_SIZE_BYTES_MAX = 64 * 1024;
const UINT64_MAX = 2n ** 64n - 1n;
/** Longer strings are left to the platform's encoder, which is faster for them. */
const SHORT_TEXT = 64;
const UTF8_BYTES_PER_UNIT = 3;
/** Keys are the same few words over and over; those of strangers are forgotten with them. */
const KEYS_KNOWN_MAX = 1024;
const KEY_KNOWN_LENGTH_MAX = 32;

const text = new TextEncoder();
/** Keys with their heads. */
const keysKnown = new Map<string, Bytes>();
/** Taken while a value is being encoded, so that one encoded meanwhile gets its own. */
let spare: Uint8Array | undefined;

/** @throws TypeError for what has no encoding: floats, undefined, integers beyond 64 bits, objects of a class. */
export function encodeCanonical(value: unknown): Bytes {
  const writer = new Writer(spare ?? new Uint8Array(SIZE_BYTES_MIN));
  spare = undefined;
  writer.value(value, 0);
  const { buffer, at } = writer;
  if (buffer.length <= SPARE_SIZE_BYTES_MAX) spare = buffer;
  return buffer.slice(0, at);
}

class Writer {
  buffer: Uint8Array;
  at = 0;

  constructor(buffer: Uint8Array) {
    this.buffer = buffer;
  }

  value(value: unknown, depth: number): void {
    if (depth > DEPTH_MAX) throw new TypeError('nested too deep');
    if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number') this.#integer(value);
    else if (typeof value === 'bigint') this.#bigint(value);
    else if (typeof value === 'boolean') this.#byte(value ? SIMPLE.true : SIMPLE.false);
    else if (value === null) this.#byte(SIMPLE.null);
    else if (value instanceof Uint8Array) this.#bytes(value);
    else if (Array.isArray(value)) this.#array(value, depth);
    else if (typeof value === 'object') this.#map(value, depth);
    else throw new TypeError(`${typeof value} has no encoding`);
  }

  #bytes(value: Bytes): void {
    this.#head(MAJOR.bytes, value.length);
    this.#append(value);
  }

  #array(items: readonly unknown[], depth: number): void {
    this.#head(MAJOR.array, items.length);
    for (const item of items) this.value(item, depth + 1);
  }

  #map(value: object, depth: number): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw new TypeError('an object of a class');
    const record = value as Readonly<Record<string, unknown>>;
    const keys = Object.keys(record);
    this.#head(MAJOR.map, keys.length);
    for (const { name, encoded } of inOrder(keys)) {
      this.#append(encoded);
      this.value(record[name], depth + 1);
    }
  }

  #integer(value: number): void {
    if (!Number.isSafeInteger(value)) throw new TypeError('not an integer');
    if (value >= 0) this.#head(MAJOR.uint, value);
    else this.#head(MAJOR.negative, -1 - value);
  }

  #bigint(value: bigint): void {
    const isNegative = value < 0n;
    const size = isNegative ? -1n - value : value;
    if (size > UINT64_MAX) throw new TypeError('an integer beyond 64 bits');
    const major = isNegative ? MAJOR.negative : MAJOR.uint;
    if (size <= Number.MAX_SAFE_INTEGER) {
      this.#head(major, Number(size));
    } else {
      this.#byte(major | 27);
      this.#append(u64ToBytes(size));
    }
  }

  #text(value: string): void {
    if (value.length <= SHORT_TEXT && this.#ascii(value)) return;
    const encoded = text.encode(value);
    this.#head(MAJOR.text, encoded.length);
    this.#append(encoded);
  }

  /** False, and nothing written, where there is more than ASCII. */
  #ascii(value: string): boolean {
    const { length } = value;
    this.#reserve(length * UTF8_BYTES_PER_UNIT + 2);
    const before = this.at;
    this.#head(MAJOR.text, length);
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) {
        this.at = before;
        return false;
      }
      this.buffer[this.at++] = unit;
    }
    return true;
  }

  /** The shortest head that holds the argument, a safe integer. */
  #head(major: number, argument: number): void {
    this.#reserve(9);
    const { buffer } = this;
    if (argument < 24) {
      buffer[this.at++] = major | argument;
    } else if (argument < 0x100) {
      buffer[this.at++] = major | 24;
      buffer[this.at++] = argument;
    } else if (argument < 0x1_0000) {
      buffer[this.at++] = major | 25;
      buffer[this.at++] = argument >>> 8;
      buffer[this.at++] = argument & 0xff;
    } else {
      const isLong = argument > 0xffff_ffff;
      buffer[this.at++] = major | (isLong ? 27 : 26);
      if (isLong) this.#uint32(Math.floor(argument / 0x1_0000_0000));
      this.#uint32(argument % 0x1_0000_0000);
    }
  }

  #uint32(value: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) this.buffer[this.at++] = (value >>> shift) & 0xff;
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.buffer[this.at++] = value;
  }

  #append(bytes: Bytes): void {
    this.#reserve(bytes.length);
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  #reserve(sizeBytes: number): void {
    if (this.at + sizeBytes <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.at + sizeBytes));
    grown.set(this.buffer.subarray(0, this.at));
    this.buffer = grown;
  }
}

type Key = { readonly name: string; readonly encoded: Bytes };

function inOrder(names: readonly string[]): readonly Key[] {
  return names.map((name) => ({ name, encoded: encodedKey(name) })).sort(byEncoding);
}

function encodedKey(name: string): Bytes {
  const known = keysKnown.get(name);
  if (known !== undefined) return known;
  const writer = new Writer(new Uint8Array(name.length * UTF8_BYTES_PER_UNIT + 9));
  writer.value(name, 0);
  const encoded = writer.buffer.slice(0, writer.at);
  if (name.length <= KEY_KNOWN_LENGTH_MAX) {
    if (keysKnown.size >= KEYS_KNOWN_MAX) keysKnown.clear();
    keysKnown.set(name, encoded);
  }
  return encoded;
}

/** By length, then bytewise; the heads in front of the keys do not change that order. */
function byEncoding({ encoded: a }: Key, { encoded: b }: Key): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
