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

/** `depth` nibbles of the key hash name the page; a half-used last byte is cut to its first nibble. */
export function pageKey(keyHash: Bytes, depth: number, version: bigint): Bytes {
  // A copy: the slice of a Node Buffer, which hosts may hand in, would share its memory.
  const path = Uint8Array.from(keyHash.subarray(0, (depth + 1) >> 1));
  const last = path.length - 1;
  if (depth % 2 === 1) path[last] = (path[last] ?? 0) & 0xf0;
  return concatBytes(PAGE, Uint8Array.of(depth), path, u64ToBytes(version));
}

export function valueKey(keyHash: Bytes, version: bigint): Bytes {
  return concatBytes(VALUE, keyHash, u64ToBytes(version));
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
