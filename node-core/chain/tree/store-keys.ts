// Where the tree keeps its parts in the key-value store. One byte of kind after the prefix `t`:
// e entry (page, bucket or value) by place · r root by version · s places made obsolete, by version and chunk ·
// q places that are being removed, in their order, by chunk · m oldest and latest version. A place begins with its
// version: what a block writes lies together on the disk.

import type { Bytes } from '../../base/index.ts';
import { bytesToU64, concatBytes, u64ToBytes, utf8ToBytes } from '../../base/index.ts';

/** An entry to write; undefined removes. */
export type KvOperation = readonly [Bytes, Bytes | undefined];

export const ENTRY = utf8ToBytes('te');
export const ROOT = utf8ToBytes('tr');
export const STALE = utf8ToBytes('ts');
export const SWEEP = utf8ToBytes('tq');
export const RANGE_KEY = utf8ToBytes('tm');

/** The version that wrote an entry (u64) and its number within that version (u32), big-endian. */
export type Place = Bytes;
export const PLACE_SIZE_BYTES = 12;
export const ENTRY_KEY_SIZE_BYTES = 2 + PLACE_SIZE_BYTES;

export function placeOf(version: bigint, index: number): Place {
  const place = new Uint8Array(PLACE_SIZE_BYTES);
  place.set(u64ToBytes(version), 0);
  writeU32(place, 8, index);
  return place;
}

export function writeU32(into: Bytes, offset: number, value: number): void {
  for (let i = 0; i < 4; i++) into[offset + i] = (value >>> (24 - 8 * i)) & 255;
}

export function entryKey(place: Place, into: Bytes = new Uint8Array(ENTRY_KEY_SIZE_BYTES)): Bytes {
  into.set(ENTRY, 0);
  into.set(place, 2);
  return into;
}

export function rootKey(version: bigint): Bytes {
  return concatBytes(ROOT, u64ToBytes(version));
}

export function staleKey(version: bigint, chunk: number): Bytes {
  return concatBytes(STALE, placeOf(version, chunk));
}

/** Version of a root's or a stale list's key. */
export function versionOfKey(key: Bytes): bigint {
  return bytesToU64(key.subarray(2, 10));
}

/** Chunk `index` of a sweep that had `length` at first. */
export function sweepKey(length: number, index: number): Bytes {
  const key = new Uint8Array(10);
  key.set(SWEEP, 0);
  writeU32(key, 2, length);
  writeU32(key, 6, index);
  return key;
}

export function sweepLengthOf(key: Bytes): number {
  return [2, 3, 4, 5].reduce((length, at) => length * 256 + (key[at] ?? 0), 0);
}
