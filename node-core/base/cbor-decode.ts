// The value of canonical dag-cbor, refusing every other encoding of it as it is met: longer heads, keys out of order or
// twice, indefinite lengths, floats, tags, text that is not UTF-8, bytes behind the end.
// Source: IPLD DAG-CBOR specification, section "Strictness"; RFC 8949 section 3.

import type { Bytes } from './bytes.ts';
import { parseUtf8 } from './bytes.ts';
import { DEPTH_MAX, MAJOR, SIMPLE } from './cbor-parts.ts';

/** Undefined where the bytes are not exactly one canonical value. */
export function decodeCanonical(bytes: Bytes): unknown {
  // A Buffer's slice() would share the memory.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const reader = new Reader(plain);
  const value = reader.value(0);
  return reader.at === plain.length ? value : undefined;
}

/** Texts of up to so many bytes are mostly keys and words of the protocol, met over and over. */
const WORD_LENGTH_MAX = 24;
const WORDS_KNOWN = 1024;
type Word = { readonly bytes: Bytes; readonly text: string };
/** By a hash of their bytes; a later one takes the place of an earlier. */
const words: (Word | undefined)[] = new Array<Word | undefined>(WORDS_KNOWN).fill(undefined);

/** Every method gives undefined where the bytes are refused; nothing is read after that. */
class Reader {
  at = 0;
  readonly #bytes: Bytes;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  value(depth: number): unknown {
    if (depth > DEPTH_MAX) return undefined;
    const first = this.#bytes[this.at];
    if (first === undefined) return undefined;
    const major = first & 0xe0;
    if (major > MAJOR.map) return this.#simple(first);
    const argument = this.#argument();
    if (argument === undefined) return undefined;
    if (major === MAJOR.uint) return argument;
    if (major === MAJOR.negative) return negated(argument);
    // A length beyond what is left is refused before anything is made for it.
    if (typeof argument === 'bigint' || argument > this.#bytes.length - this.at) return undefined;
    switch (major) {
      case MAJOR.bytes:
        this.at += argument;
        return this.#bytes.slice(this.at - argument, this.at);
      case MAJOR.text:
        return this.#text(argument);
      case MAJOR.array:
        return this.#array(argument, depth);
      default:
        return this.#map(argument, depth);
    }
  }

  #simple(head: number): boolean | null | undefined {
    this.at++;
    if (head === SIMPLE.null) return null;
    if (head === SIMPLE.true) return true;
    return head === SIMPLE.false ? false : undefined;
  }

  /** A bigint only where it is no safe integer. */
  #argument(): number | bigint | undefined {
    const bytes = this.#bytes;
    const low = (bytes[this.at++] ?? 0) & 0x1f;
    if (low < 24) return low;
    if (low > 27) return undefined;
    const sizeBytes = 1 << (low - 24);
    if (bytes.length - this.at < sizeBytes) return undefined;
    let argument = 0;
    for (let i = 0; i < Math.min(sizeBytes, 4); i++) argument = argument * 0x100 + (bytes[this.at++] ?? 0);
    if (sizeBytes === 1) return argument >= 24 ? argument : undefined;
    if (sizeBytes === 2) return argument >= 0x100 ? argument : undefined;
    if (sizeBytes === 4) return argument >= 0x1_0000 ? argument : undefined;
    let rest = 0;
    for (let i = 0; i < 4; i++) rest = rest * 0x100 + (bytes[this.at++] ?? 0);
    if (argument === 0) return undefined;
    const whole = argument * 0x1_0000_0000 + rest;
    return Number.isSafeInteger(whole) ? whole : (BigInt(argument) << 32n) | BigInt(rest);
  }

  #array(length: number, depth: number): readonly unknown[] | undefined {
    const items: unknown[] = [];
    for (let i = 0; i < length; i++) {
      const item = this.value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }

  #map(size: number, depth: number): Readonly<Record<string, unknown>> | undefined {
    const record: Record<string, unknown> = {};
    let before: number | undefined;
    for (let i = 0; i < size; i++) {
      const start = this.at;
      if (((this.#bytes[start] ?? 0) & 0xe0) !== MAJOR.text) return undefined;
      const key = this.value(depth + 1);
      if (typeof key !== 'string' || !this.#isBehind(before, start, this.at - start)) return undefined;
      // An assignment to it would not make an entry.
      if (key === '__proto__') return undefined;
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      record[key] = value;
      before = start;
    }
    return record;
  }

  /** The key with its head at `start` is behind the one at `before`: longer, or as long and greater bytewise. */
  #isBehind(before: number | undefined, start: number, sizeBytes: number): boolean {
    if (before === undefined) return true;
    const bytes = this.#bytes;
    // Shorter keys have a smaller head, so heads and keys compare bytewise at once.
    for (let i = 0; i < sizeBytes; i++) {
      const difference = (bytes[start + i] ?? 0) - (bytes[before + i] ?? 0);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }

  #text(length: number): string | undefined {
    const start = this.at;
    this.at += length;
    if (length > WORD_LENGTH_MAX) return parseUtf8(this.#bytes.subarray(start, this.at));
    let hash = length;
    for (let i = start; i < this.at; i++) hash = (Math.imul(hash, 31) + (this.#bytes[i] ?? 0)) | 0;
    const place = hash & (WORDS_KNOWN - 1);
    const known = words[place];
    if (known !== undefined && this.#equals(start, known.bytes, length)) return known.text;
    const bytes = this.#bytes.slice(start, this.at);
    const text = parseUtf8(bytes);
    if (text !== undefined) words[place] = { bytes, text };
    return text;
  }

  #equals(start: number, other: Bytes, length: number): boolean {
    if (other.length !== length) return false;
    for (let i = 0; i < length; i++) if (this.#bytes[start + i] !== other[i]) return false;
    return true;
  }
}

/** −1 − argument. */
function negated(argument: number | bigint): number | bigint {
  if (typeof argument === 'number' && argument < Number.MAX_SAFE_INTEGER) return -1 - argument;
  return -1n - BigInt(argument);
}
