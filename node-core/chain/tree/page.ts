// Pages: four binary levels of the tree stored as one entry, so that a block writes few entries. A page does not show
// in any hash: roots and proofs are those of the binary tree, in which a lone leaf stands at its shortest unique prefix.

import type { Bytes } from '../../base/index.ts';
import { assert, bytesToU64, equalBytes } from '../../base/index.ts';
import { writeU64 } from './store-keys.ts';

export type HashFunction = (bytes: Bytes) => Bytes;

/** ICS23 SmtSpec: an empty child hashes to 32 zero bytes. */
export const EMPTY_CHILD = new Uint8Array(32);
export const LEAF_PREFIX = Uint8Array.of(0);
export const INNER_PREFIX = Uint8Array.of(1);

/** What hangs below one of a page's 16 slots. `version` is the block that wrote it, part of its store key. */
export type Child =
  | { readonly kind: 'leaf'; readonly hash: Bytes; readonly version: bigint; readonly keyHash: Bytes }
  | { readonly kind: 'page'; readonly hash: Bytes; readonly version: bigint };

export type Slots = readonly (Child | undefined)[];

/** Root hash of a binary subtree; `leaf` where it holds exactly one leaf. */
export type Summary = { readonly hash: Bytes; readonly leaf: boolean };

/**
 * `levels` is the page's binary tree as a heap: 1 is the top, 2i and 2i+1 are the children of i, 16 … 31 the slots;
 * undefined for an empty subtree.
 */
export type Page = { readonly slots: Slots; readonly levels: readonly (Summary | undefined)[] };

/** Input of the hash being computed: hashing is most of a block's work, and an allocation would cost more than it. */
const scratch = new Uint8Array(65);

function hashJoined(hash: HashFunction, prefix: number, first: Bytes, second: Bytes): Bytes {
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

/** The page of these slots. With `before`, only subtrees whose slots changed are hashed again. */
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
  return { slots, levels };
}

/** The only child, where it is a leaf: such a page must not exist, the leaf moves up. `several` where it may exist. */
export function soleLeaf(slots: Slots): Child | 'none' | 'several' {
  let sole: Child | undefined;
  for (const child of slots) {
    if (child === undefined) continue;
    if (sole !== undefined || child.kind === 'page') return 'several';
    sole = child;
  }
  return sole ?? 'none';
}

/** Nibble `index` (0 = first) of a key's hash: the slot taken at that depth. */
export function nibbleAt(keyHash: Bytes, index: number): number {
  const byte = keyHash[index >> 1] ?? 0;
  return index % 2 === 0 ? byte >> 4 : byte & 15;
}

const LEAF_SIZE_BYTES = 1 + 8 + 32 + 32;
const PAGE_REFERENCE_SIZE_BYTES = 1 + 8 + 32;

const sizeOf = (child: Child) => (child.kind === 'leaf' ? LEAF_SIZE_BYTES : PAGE_REFERENCE_SIZE_BYTES);

/** Kind, version, hash, and a leaf's key hash. */
function writeChild(into: Bytes, offset: number, child: Child): number {
  into[offset] = child.kind === 'leaf' ? 1 : 2;
  writeU64(into, offset + 1, child.version);
  into.set(child.hash, offset + 9);
  if (child.kind === 'leaf') into.set(child.keyHash, offset + 41);
  return offset + sizeOf(child);
}

export function encodeChild(child: Child): Bytes {
  const bytes = new Uint8Array(sizeOf(child));
  writeChild(bytes, 0, child);
  return bytes;
}

/** Reads one child; its hashes are views of `bytes`. @throws Error where the stored bytes are damaged: that is a bug. */
export function decodeChild(bytes: Bytes, offset = 0): { readonly child: Child; readonly next: number } {
  const kind = bytes[offset];
  assert(kind === 1 || kind === 2, 'a stored tree entry is well formed');
  const next = offset + (kind === 1 ? LEAF_SIZE_BYTES : PAGE_REFERENCE_SIZE_BYTES);
  assert(next <= bytes.length, 'a stored tree entry is complete');
  const version = bytesToU64(bytes.subarray(offset + 1, offset + 9));
  const hash = bytes.subarray(offset + 9, offset + 41);
  if (kind === 2) return { child: { kind: 'page', hash, version }, next };
  return { child: { kind: 'leaf', hash, version, keyHash: bytes.subarray(offset + 41, next) }, next };
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
    const read = decodeChild(bytes, offset);
    slots[slot] = read.child;
    offset = read.next;
  }
  const page = createPage(hash, slots);
  const top = page.levels[1];
  const whole = offset === bytes.length && top !== undefined && equalBytes(top.hash, expected);
  assert(whole, 'a stored page hashes to what its parent says');
  return page;
}
