// The few protobuf writers that proofs and blocks need. Fields are written in the order of the calls; a zero number
// and an empty byte string are left out, as proto3 does.

import type { Bytes } from '../base/index.ts';
import { concatBytes, encodeVarint, utf8ToBytes } from '../base/index.ts';

const NOTHING = new Uint8Array(0);

export function varintField(field: number, value: bigint | number): Bytes {
  if (BigInt(value) === 0n) return NOTHING;
  return concatBytes(encodeVarint(field * 8), encodeVarint(value));
}

export function bytesField(field: number, value: Bytes): Bytes {
  return value.length === 0 ? NOTHING : messageField(field, value);
}

export function stringField(field: number, value: string): Bytes {
  return bytesField(field, utf8ToBytes(value));
}

/** An embedded message: present even where it is empty. */
export function messageField(field: number, value: Bytes): Bytes {
  return concatBytes(encodeVarint(field * 8 + 2), encodeVarint(value.length), value);
}
