// How the tree is stored: pages of four binary levels each, and buckets, which hold a whole small subtree, so that a
// block reads and writes few entries. Neither shows in any hash: roots and proofs are those of the binary tree, in which
// a lone leaf stands at its shortest unique prefix.

import type { Bytes } from '../../base/index.ts';
import { assert, equalBytes } from '../../base/index.ts';
import { PLACE_SIZE_BYTES, type Place } from './store-keys.ts';

export type HashFunction = (bytes: Bytes) => Bytes;

/** ICS23 SmtSpec: an empty child hashes to 32 zero bytes. */
export const EMPTY_CHILD = new Uint8Array(32);
export const LEAF_PREFIX = Uint8Array.of(0);
export const INNER_PREFIX = Uint8Array.of(1);

/** A leaf as it is stored: hash of the key, hash of the leaf, place of the value. */
export type LeafRecord = Bytes;
export const LEAF_SIZE_BYTES = 32 + 32 + PLACE_SIZE_BYTES;

export const keyHashOf = (leaf: LeafRecord): Bytes => leaf.subarray(0, 32);
export const leafHashOf = (leaf: LeafRecord): Bytes => leaf.subarray(32, 64);
export const placeOfLeaf = (leaf: LeafRecord): Place => leaf.subarray(64, LEAF_SIZE_BYTES);

/** Order of a leaf's key hash and another: negative, 0 or positive. */
export function compareKeyHash(leaf: LeafRecord, keyHash: Bytes): number {
  for (let i = 0; i < 32; i++) {
    const difference = (leaf[i] ?? 0) - (keyHash[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function createLeaf(keyHash: Bytes, hash: Bytes, place: Place): LeafRecord {
  const leaf = new Uint8Array(LEAF_SIZE_BYTES);
  leaf.set(keyHash, 0);
  leaf.set(hash, 32);
  leaf.set(place, 64);
  return leaf;
}

export type LeafChild = { readonly kind: 'leaf'; readonly hash: Bytes; readonly leaf: LeafRecord };
export type PageChild = { readonly kind: 'page'; readonly hash: Bytes; readonly place: Place };
export type BucketChild = { readonly kind: 'bucket'; readonly hash: Bytes; readonly place: Place };
/** A subtree: one leaf, or what is stored at a place. */
export type Child = LeafChild | PageChild | BucketChild;

export type Slots = readonly (Child | undefined)[];

/** Root hash of a binary subtree; `leaf` where it holds exactly one leaf. */
export type Summary = { readonly hash: Bytes; readonly leaf: boolean };

/**
 * `levels` is the page's binary tree as a heap: 1 is the top, 2i and 2i+1 are the children of i, 16 … 31 the slots;
 * undefined for an empty subtree.
 */
export type Page = {
  readonly slots: Slots;
  readonly levels: readonly (Summary | undefined)[];
  readonly hash: Bytes;
};

/** Two leaves at least, in the order of their keys' hashes. */
export type Bucket = { readonly leaves: readonly LeafRecord[]; readonly hash: Bytes };

/** Input of the hash being computed: an allocation would cost as much as the hash. */
const scratch = new Uint8Array(65);

export function hashJoined(hash: HashFunction, prefix: 0 | 1, first: Bytes, second: Bytes): Bytes {
  scratch[0] = prefix;
  scratch.set(first, 1);
  scratch.set(second, 33);
  return hash(scratch);
}

export function hashLeaf(hash: HashFunction, keyHash: Bytes, value: Bytes): Bytes {
  const valueHash = hash(value);
  return hashJoined(hash, 0, keyHash, valueHash);
}

function joinSummaries(
  hash: HashFunction,
  left: Summary | undefined,
  right: Summary | undefined,
): Summary | undefined {
  if (left === undefined && (right === undefined || right.leaf)) return right;
  if (right === undefined && left?.leaf === true) return left;
  return { hash: hashJoined(hash, 1, left?.hash ?? EMPTY_CHILD, right?.hash ?? EMPTY_CHILD), leaf: false };
}

function slotSummary(child: Child | undefined): Summary | undefined {
  return child === undefined ? undefined : { hash: child.hash, leaf: child.kind === 'leaf' };
}

/** The page of these slots, two leaves at least. With `before`, only subtrees whose slots changed are hashed again. */
export function createPage(hash: HashFunction, slots: Slots, before?: Page): Page {
  const levels: (Summary | undefined)[] = new Array(32);
  const changed: boolean[] = new Array(32).fill(false);
  for (let slot = 0; slot < 16; slot++) {
    const same = before !== undefined && before.slots[slot] === slots[slot];
    changed[16 + slot] = !same;
    levels[16 + slot] = same ? before.levels[16 + slot] : slotSummary(slots[slot]);
  }
  for (let node = 15; node >= 1; node--) {
    changed[node] = changed[2 * node] === true || changed[2 * node + 1] === true;
    const kept = before !== undefined && changed[node] === false;
    levels[node] = kept ? before.levels[node] : joinSummaries(hash, levels[2 * node], levels[2 * node + 1]);
  }
  const top = levels[1];
  assert(top !== undefined && !top.leaf, 'a page holds two leaves at least');
  return { slots, levels, hash: top.hash };
}

export function createBucket(hash: HashFunction, leaves: readonly LeafRecord[], depth: number): Bucket {
  return { leaves, hash: hashRange(hash, leaves, 0, leaves.length, 4 * depth) };
}

/** Bit `index` (0 = first) of a leaf's key hash. */
export function bitAt(keyHash: Bytes, index: number): number {
  return ((keyHash[index >> 3] ?? 0) >> (7 - (index & 7))) & 1;
}

/** The first of the leaves `from` … `to`-1, sorted and alike up to `bit`, in which that bit is set; `to` where none is. */
export function splitAt(leaves: readonly LeafRecord[], from: number, to: number, bit: number): number {
  let split = from;
  while (split < to && bitAt(leaves[split] ?? EMPTY_CHILD, bit) === 0) split++;
  return split;
}

/** Root of the binary subtree of the leaves `from` … `to`-1, which are alike up to `bit`. */
export function hashRange(
  hash: HashFunction,
  leaves: readonly LeafRecord[],
  from: number,
  to: number,
  bit: number,
): Bytes {
  if (from === to) return EMPTY_CHILD;
  const first = leaves[from];
  assert(first !== undefined && bit < 256, 'two keys have different hashes');
  if (to - from === 1) return leafHashOf(first);
  const split = splitAt(leaves, from, to, bit);
  const left = hashRange(hash, leaves, from, split, bit + 1);
  return hashJoined(hash, 1, left, hashRange(hash, leaves, split, to, bit + 1));
}

/** Nibble `index` (0 = first) of a key's hash: the slot taken at that depth. */
export function nibbleAt(keyHash: Bytes, index: number): number {
  const byte = keyHash[index >> 1] ?? 0;
  return index % 2 === 0 ? byte >> 4 : byte & 15;
}

const KINDS = ['leaf', 'page', 'bucket'] as const;
const REFERENCE_SIZE_BYTES = 32 + PLACE_SIZE_BYTES;

const sizeOf = (child: Child) => 1 + (child.kind === 'leaf' ? LEAF_SIZE_BYTES : REFERENCE_SIZE_BYTES);

/** Kind, then the leaf, or hash and place. */
function writeChild(into: Bytes, offset: number, child: Child): number {
  into[offset] = KINDS.indexOf(child.kind);
  if (child.kind === 'leaf') {
    into.set(child.leaf, offset + 1);
  } else {
    into.set(child.hash, offset + 1);
    into.set(child.place, offset + 33);
  }
  return offset + sizeOf(child);
}

export function encodeChild(child: Child): Bytes {
  const bytes = new Uint8Array(sizeOf(child));
  writeChild(bytes, 0, child);
  return bytes;
}

/** Reads one child; its parts are views of `bytes`. @throws Error where the stored bytes are damaged: that is a bug. */
export function decodeChild(bytes: Bytes, offset = 0): Child {
  const kind = KINDS[bytes[offset] ?? KINDS.length];
  assert(kind !== undefined, 'a stored tree entry is well formed');
  const from = offset + 1;
  const to = from + (kind === 'leaf' ? LEAF_SIZE_BYTES : REFERENCE_SIZE_BYTES);
  assert(to <= bytes.length, 'a stored tree entry is complete');
  if (kind === 'leaf') return leafChild(bytes.subarray(from, to));
  return { kind, hash: bytes.subarray(from, from + 32), place: bytes.subarray(from + 32, to) };
}

export function leafChild(leaf: LeafRecord): LeafChild {
  return { kind: 'leaf', hash: leafHashOf(leaf), leaf };
}

export function encodePage(slots: Slots): Bytes {
  let mask = 0;
  let sizeBytes = 2;
  slots.forEach((child, slot) => {
    if (child === undefined) return;
    mask |= 1 << slot;
    sizeBytes += sizeOf(child);
  });
  const bytes = new Uint8Array(sizeBytes);
  bytes[0] = mask & 255;
  bytes[1] = mask >> 8;
  let offset = 2;
  for (const child of slots) if (child !== undefined) offset = writeChild(bytes, offset, child);
  return bytes;
}

/** @throws Error where the stored bytes are damaged. */
export function decodePage(hash: HashFunction, bytes: Bytes, expected: Bytes): Page {
  const mask = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  const slots: (Child | undefined)[] = new Array(16).fill(undefined);
  let offset = 2;
  for (let slot = 0; slot < 16; slot++) {
    if ((mask & (1 << slot)) === 0) continue;
    const child = decodeChild(bytes, offset);
    slots[slot] = child;
    offset += sizeOf(child);
  }
  const page = createPage(hash, slots);
  const whole = offset === bytes.length && equalBytes(page.hash, expected);
  assert(whole, 'a stored page hashes to what its parent says');
  return page;
}

export function encodeBucket(leaves: readonly LeafRecord[]): Bytes {
  const bytes = new Uint8Array(leaves.length * LEAF_SIZE_BYTES);
  leaves.forEach((leaf, index) => {
    bytes.set(leaf, index * LEAF_SIZE_BYTES);
  });
  return bytes;
}

/** @throws Error where the stored bytes are damaged. */
export function decodeBucket(hash: HashFunction, bytes: Bytes, depth: number, expected: Bytes): Bucket {
  const leaves: LeafRecord[] = [];
  for (let offset = 0; offset < bytes.length; offset += LEAF_SIZE_BYTES) {
    leaves.push(bytes.subarray(offset, offset + LEAF_SIZE_BYTES));
  }
  const bucket = createBucket(hash, leaves, depth);
  assert(equalBytes(bucket.hash, expected), 'a stored bucket hashes to what its parent says');
  return bucket;
}
