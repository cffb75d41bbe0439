// Protobuf fields as gogoproto writes them: proto3 scalars are omitted at their zero value, messages marked
// non-nullable are always written. Writing only; hashes and signatures cover exactly these bytes.

import type { Bytes } from '../base/index.ts';
import { concatBytes, encodeVarint } from '../base/index.ts';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const NOTHING = new Uint8Array(0);

/** Tags, lengths, flags: mostly one byte, and votes are encoded by the thousand. */
function smallVarint(value: number): Bytes {
  return value < 0x80 ? Uint8Array.of(value) : encodeVarint(value);
}

function tag(field: number, wireType: number): Bytes {
  return smallVarint((field << 3) | wireType);
}

/** int64, uint64, int32, uint32 or enum; a negative value takes its ten-byte two's complement. Omitted when 0. */
export function varintField(field: number, value: bigint | number): Bytes {
  const integer = BigInt(value);
  if (integer === 0n) return NOTHING;
  return concatBytes(tag(field, VARINT), encodeVarint(BigInt.asUintN(64, integer)));
}

/** sfixed64, little-endian. Omitted when 0. */
export function fixed64Field(field: number, value: bigint): Bytes {
  if (value === 0n) return NOTHING;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return concatBytes(tag(field, FIXED64), bytes);
}

/** bytes or string. Omitted when empty. */
export function bytesField(field: number, value: Bytes): Bytes {
  return value.length === 0 ? NOTHING : messageField(field, value);
}

/** An embedded message: written even when it is empty. */
export function messageField(field: number, encoded: Bytes): Bytes {
  return concatBytes(tag(field, LENGTH_DELIMITED), smallVarint(encoded.length), encoded);
}

/** A message behind its own length, as votes are signed. */
export function lengthPrefixed(encoded: Bytes): Bytes {
  return concatBytes(smallVarint(encoded.length), encoded);
}

/** Bytes that the varint of a safe non-negative integer takes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Writes the varint of a safe non-negative integer at `offset`; returns the offset behind it. */
export function writeVarint(target: Bytes, offset: number, value: number): number {
  let [at, rest] = [offset, value];
  while (rest >= 0x80) {
    target[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  target[at++] = rest;
  return at;
}
