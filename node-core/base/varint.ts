// Unsigned LEB128 of 64-bit values, as protobuf writes them.

import type { Bytes } from './bytes.ts';

/** @throws RangeError outside 0 … 2^64-1. */
export function encodeVarint(value: bigint | number): Bytes {
  if (typeof value === 'number' && value >= 0 && value < 0x80 && Number.isInteger(value)) {
    return Uint8Array.of(value);
  }
  let rest = BigInt(value);
  if (rest < 0n || rest > 0xffff_ffff_ffff_ffffn) throw new RangeError('outside u64');
  const bytes: number[] = [];
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export type DecodedVarint = { readonly value: bigint; readonly next: number };

/** Reads one varint at `offset`; undefined where it is cut off, longer than 10 bytes, above 2^64-1 or not minimal. */
export function decodeVarint(bytes: Bytes, offset = 0): DecodedVarint | undefined {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[offset + i];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) {
      const minimal = i === 0 || byte !== 0;
      if (!minimal || value > 0xffff_ffff_ffff_ffffn) return undefined;
      return { value, next: offset + i + 1 };
    }
  }
  return undefined;
}
