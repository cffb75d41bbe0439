// Deterministic dag-cbor, decoded strictly: bytes that are not the one canonical encoding of their value are refused,
// so a hash or signature over the bytes is a hash or signature over the value.
// Source: IPLD DAG-CBOR specification, section "Strictness".

import { decode, encode } from '@ipld/dag-cbor';
import type { Bytes } from './bytes.ts';
import { equalBytes } from './bytes.ts';

/** What a record may hold. No floats: quantities are integers with their unit in the name. */
export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Bytes
  | readonly CborValue[]
  | { readonly [key: string]: CborValue };

/** Canonical bytes. @throws TypeError for a float, undefined or another value outside CborValue. */
export function encodeCbor(value: CborValue): Bytes {
  assertIntegers(value, 0);
  const bytes = encode(value);
  // Under Node the encoder may give a Buffer, whose slice() shares memory where Uint8Array's copies.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The value, or undefined where the bytes are not exactly the canonical encoding of one value without floats. */
export function parseCbor(bytes: Bytes): CborValue | undefined {
  const value = readCbor(bytes);
  try {
    return value !== undefined && equalBytes(encode(value), bytes) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * As parseCbor, but other encodings of the value may pass: for whoever encodes what was made of the value and compares
 * that with the bytes.
 */
export function readCbor(bytes: Bytes): CborValue | undefined {
  try {
    const value = decode(bytes) as CborValue;
    assertIntegers(value, 0);
    return value;
  } catch {
    return undefined;
  }
}

const DEPTH_MAX = 64;

function assertIntegers(value: CborValue, depth: number): void {
  if (depth > DEPTH_MAX) throw new TypeError('nested too deep');
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new TypeError('not an integer');
  if (value === undefined) throw new TypeError('undefined has no encoding');
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  const children = Array.isArray(value) ? value : Object.values(value);
  for (const child of children) assertIntegers(child, depth + 1);
}
