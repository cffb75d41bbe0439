// Where the tree keeps its parts in the key-value store. One byte of kind after the prefix `t`:
// p page by (depth, path, version) · v value by (key hash, version) · f latest value by key · r root by version ·
// s what a version made obsolete · m oldest and latest version.

import type { Bytes } from '../../base/index.ts';
import { concatBytes, u64ToBytes, utf8ToBytes } from '../../base/index.ts';

const PAGE = utf8ToBytes('tp');
const VALUE = utf8ToBytes('tv');
const FLAT = utf8ToBytes('tf');
const ROOT = utf8ToBytes('tr');
const STALE = utf8ToBytes('ts');

export const RANGE_KEY = utf8ToBytes('tm');

/** Writes a u64, big-endian. */
export function writeU64(into: Bytes, offset: number, value: bigint): void {
  const high = Number(value >> 32n);
  const low = Number(value & 0xffff_ffffn);
  for (let i = 0; i < 4; i++) {
    into[offset + i] = (high >>> (24 - 8 * i)) & 255;
    into[offset + 4 + i] = (low >>> (24 - 8 * i)) & 255;
  }
}

/** `depth` nibbles of the key hash name the page; a half-used last byte is cut to its first nibble. */
export function pageKey(keyHash: Bytes, depth: number, version: bigint): Bytes {
  const pathBytes = (depth + 1) >> 1;
  const key = new Uint8Array(3 + pathBytes + 8);
  key.set(PAGE, 0);
  key[2] = depth;
  for (let i = 0; i < pathBytes; i++) key[3 + i] = keyHash[i] ?? 0;
  if (depth % 2 === 1) key[2 + pathBytes] = (key[2 + pathBytes] ?? 0) & 0xf0;
  writeU64(key, 3 + pathBytes, version);
  return key;
}

export function valueKey(keyHash: Bytes, version: bigint): Bytes {
  const key = new Uint8Array(2 + 32 + 8);
  key.set(VALUE, 0);
  key.set(keyHash, 2);
  writeU64(key, 34, version);
  return key;
}

export function flatKey(key: Bytes): Bytes {
  return concatBytes(FLAT, key);
}

export function rootKey(version: bigint): Bytes {
  return concatBytes(ROOT, u64ToBytes(version));
}

export function staleKey(version: bigint): Bytes {
  return concatBytes(STALE, u64ToBytes(version));
}
