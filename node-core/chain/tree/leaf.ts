// What the parts of the tree have in common: leaves as they are stored, references to subtrees, and the hashes of the
// ICS23 SmtSpec. Hashes are read and written where they lie, by offsets: an object for each would keep the collector of
// garbage busier than the hash function.

import type { Bytes } from '../../base/index.ts';
import { PLACE_SIZE_BYTES, type Place } from './store-keys.ts';

/** A hash that the caller only looks at for a moment may be put into `into`. */
export type HashFunction = (bytes: Bytes, into?: Bytes) => Bytes;

export const HASH_SIZE_BYTES = 32;
/** ICS23 SmtSpec: an empty child hashes to 32 zero bytes. */
export const EMPTY_CHILD = new Uint8Array(HASH_SIZE_BYTES);
export const LEAF_PREFIX = Uint8Array.of(0);
export const INNER_PREFIX = Uint8Array.of(1);

/** A leaf as it is stored: hash of the key, hash of the leaf, place of the value. */
export type LeafRecord = Bytes;
/** Of the leaf's own hash within the record. */
export const LEAF_HASH_OFFSET = HASH_SIZE_BYTES;
const PLACE_OFFSET = 2 * HASH_SIZE_BYTES;
export const LEAF_SIZE_BYTES = PLACE_OFFSET + PLACE_SIZE_BYTES;

export const keyHashOf = (leaf: LeafRecord): Bytes => leaf.subarray(0, HASH_SIZE_BYTES);
export const leafHashOf = (leaf: LeafRecord): Bytes => leaf.subarray(LEAF_HASH_OFFSET, PLACE_OFFSET);
export const placeOfLeaf = (leaf: LeafRecord): Place => leaf.subarray(PLACE_OFFSET, LEAF_SIZE_BYTES);

/** Order of the key hash at `offset` and another: negative, 0 or positive. */
export function compareKeyHash(bytes: Bytes, keyHash: Bytes, offset = 0): number {
  for (let i = 0; i < HASH_SIZE_BYTES; i++) {
    const difference = (bytes[offset + i] ?? 0) - (keyHash[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function createLeaf(
  keyHash: Bytes,
  hash: Bytes,
  place: Place,
  leaf: Bytes = new Uint8Array(LEAF_SIZE_BYTES),
): LeafRecord {
  leaf.set(keyHash, 0);
  leaf.set(hash, LEAF_HASH_OFFSET);
  leaf.set(place, PLACE_OFFSET);
  return leaf;
}

export type LeafChild = { readonly kind: 'leaf'; readonly hash: Bytes; readonly leaf: LeafRecord };
export type PageChild = { readonly kind: 'page'; readonly hash: Bytes; readonly place: Place };
export type BucketChild = { readonly kind: 'bucket'; readonly hash: Bytes; readonly place: Place };
/** A subtree: one leaf, or what is stored at a place. */
export type Child = LeafChild | PageChild | BucketChild;

export function leafChild(leaf: LeafRecord): LeafChild {
  return { kind: 'leaf', hash: leafHashOf(leaf), leaf };
}

/** Bit `index` (0 = first) of the key hash at `offset`. */
export function bitAt(bytes: Bytes, index: number, offset = 0): number {
  return ((bytes[offset + (index >> 3)] ?? 0) >> (7 - (index & 7))) & 1;
}

/** Nibble `index` (0 = first) of a key's hash: the slot taken at that depth. */
export function nibbleAt(keyHash: Bytes, index: number): number {
  const byte = keyHash[index >> 1] ?? 0;
  return index % 2 === 0 ? byte >> 4 : byte & 15;
}

/** Input of the hash being computed: an allocation would cost as much as the hash. */
const scratch = new Uint8Array(1 + 2 * HASH_SIZE_BYTES);
/** What was computed, until the next hash is. */
const digest = new Uint8Array(HASH_SIZE_BYTES);

/** Where there is nothing: its hash is EMPTY_CHILD. */
export const NOTHING = -1;

function putHash(at: number, from: Bytes, offset: number): void {
  if (offset === NOTHING) scratch.fill(0, at, at + HASH_SIZE_BYTES);
  else for (let i = 0; i < HASH_SIZE_BYTES; i++) scratch[at + i] = from[offset + i] ?? 0;
}

/**
 * Hash of the inner node whose children's hashes lie at these offsets of `bytes`, or are NOTHING. To be used before the
 * next hash is computed.
 */
export function hashInner(hash: HashFunction, bytes: Bytes, left: number, right: number): Bytes {
  scratch[0] = 1;
  putHash(1, bytes, left);
  putHash(1 + HASH_SIZE_BYTES, bytes, right);
  return hash(scratch, digest);
}

export function hashJoined(
  hash: HashFunction,
  prefix: 0 | 1,
  first: Bytes,
  second: Bytes,
  into?: Bytes,
): Bytes {
  scratch[0] = prefix;
  putHash(1, first, 0);
  putHash(1 + HASH_SIZE_BYTES, second, 0);
  return hash(scratch, into);
}

/** To be used before the next hash is computed. */
export function hashLeaf(hash: HashFunction, keyHash: Bytes, value: Bytes): Bytes {
  return hashJoined(hash, 0, keyHash, hash(value, digest), digest);
}
