// Deterministic dag-cbor, decoded strictly: bytes that are not the one canonical encoding of their value are refused,
// so a hash or signature over the bytes is a hash or signature over the value.
// Source: IPLD DAG-CBOR specification, section "Strictness".

import type { Bytes } from './bytes.ts';
import { decodeCanonical } from './cbor-decode.ts';
import { encodeCanonical } from './cbor-encode.ts';

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
  return encodeCanonical(value);
}

/** The value, or undefined where the bytes are not exactly the canonical encoding of one value of CborValue. */
export function parseCbor(bytes: Bytes): CborValue | undefined {
  return decodeCanonical(bytes) as CborValue | undefined;
}
