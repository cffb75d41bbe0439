// One block's changes applied to the tree: each touched page or bucket is read and hashed once, whatever the number of
// changes below it. Pure but for reading; the outcome is a list of entries to write and of places made obsolete.

import type { Bytes } from '../../base/index.ts';
import { assert, encodeVarint, equalBytes } from '../../base/index.ts';
import {
  BUCKET_LEAVES_MAX,
  type Bucket,
  createBucket,
  encodeBucket,
  indexInBucket,
  leafAt,
  leavesOf,
  replaceLeaves,
} from './bucket.ts';
import {
  type BucketChild,
  type Child,
  compareKeyHash,
  createLeaf,
  type HashFunction,
  hashLeaf,
  LEAF_SIZE_BYTES,
  type LeafRecord,
  leafChild,
  leafHashOf,
  nibbleAt,
  type PageChild,
  placeOfLeaf,
} from './leaf.ts';
import type { NodeReader } from './node-cache.ts';
import { childAt, createPage, encodePage, leavesOnly, type Page, replaceSlots, SLOTS } from './page.ts';
import {
  ENTRY_KEY_SIZE_BYTES,
  entryKey,
  PLACE_SIZE_BYTES,
  type Place,
  placeOf,
  writeU32,
} from './store-keys.ts';

/** A change of one key; `value` undefined removes it. */
export type Change = { readonly keyHash: Bytes; readonly key: Bytes; readonly value: Bytes | undefined };

export type TreeUpdate = {
  /** The version's first place. */
  readonly versionPlace: Place;
  readonly hash: HashFunction;
  readonly nodes: NodeReader;
  /** Entries of this version that were written before. */
  readonly firstIndex: number;
  readonly written: (readonly [Bytes, Bytes])[];
  readonly stale: Place[];
  /** Memory for what is written and forgotten. */
  readonly take: (sizeBytes: number) => Bytes;
};

const ARENA_BLOCK_BYTES = 256 * 1024;

/** New subtree after `changes`, sorted by key hash without repeats, all of whose hashes share the first `depth` nibbles. */
export function updateSubtree(
  update: TreeUpdate,
  child: Child | undefined,
  depth: number,
  changes: readonly Change[],
): Child | undefined {
  if (changes.length === 0) return child;
  if (child?.kind === 'page') return updatePage(update, child, depth, changes);
  if (child?.kind === 'bucket') return updateBucket(update, child, depth, changes);
  const after = mergeLeaves(update, child === undefined ? [] : [child.leaf], changes);
  return after === undefined ? child : buildSubtree(update, depth, after);
}

function updateBucket(
  update: TreeUpdate,
  child: BucketChild,
  depth: number,
  changes: readonly Change[],
): Child | undefined {
  const before = update.nodes.takeBucket(child, depth);
  const places = changes.map(({ keyHash }) => indexInBucket(before, keyHash));
  const isSameLeaves = changes.every(({ value }, n) => (value === undefined) === (places[n] ?? -1) < 0);
  if (!isSameLeaves) {
    const after = mergeLeaves(update, leavesOf(before), changes);
    if (after === undefined) return keepBucket(update, child, before);
    drop(update, child.place);
    return buildSubtree(update, depth, after);
  }
  const replacements: (readonly [number, LeafRecord])[] = [];
  for (const [n, change] of changes.entries()) {
    const index = places[n] ?? -1;
    if (index < 0) continue;
    const old = leafAt(before, index);
    const leaf = writeLeaf(update, change, old);
    if (leaf !== undefined && leaf !== old) replacements.push([index, leaf]);
  }
  if (replacements.length === 0) return keepBucket(update, child, before);
  drop(update, child.place);
  return writeBucket(update, replaceLeaves(update.hash, before, depth, replacements));
}

/** Unchanged after all. */
function keepBucket(update: TreeUpdate, child: BucketChild, bucket: Bucket): BucketChild {
  update.nodes.keepBucket(child.place, bucket);
  return child;
}

/** A copy of the place is noted: it lies in what is about to change. */
function drop(update: TreeUpdate, place: Place): void {
  const copy = update.take(PLACE_SIZE_BYTES);
  copy.set(place);
  update.stale.push(copy);
}

function writeBucket(update: TreeUpdate, bucket: Bucket): BucketChild {
  const place = write(update, encodeBucket(bucket));
  update.nodes.keepBucket(place, bucket);
  return { kind: 'bucket', hash: bucket.hash.slice(), place };
}

/** Undefined where nothing changes: the same value again leaves the old leaf, and so the root. */
function mergeLeaves(
  update: TreeUpdate,
  before: readonly LeafRecord[],
  changes: readonly Change[],
): LeafRecord[] | undefined {
  const after: LeafRecord[] = [];
  let changed = false;
  let next = 0;
  for (const change of changes) {
    let old = before[next];
    let order = old === undefined ? 1 : compareKeyHash(old, change.keyHash);
    while (old !== undefined && order < 0) {
      after.push(old);
      old = before[++next];
      order = old === undefined ? 1 : compareKeyHash(old, change.keyHash);
    }
    const replaces = order === 0;
    if (replaces) next++;
    const leaf = writeLeaf(update, change, replaces ? old : undefined);
    if (leaf !== undefined) after.push(leaf);
    if (replaces ? leaf !== old : leaf !== undefined) changed = true;
  }
  return changed ? [...after, ...before.slice(next)] : undefined;
}

function writeLeaf(update: TreeUpdate, change: Change, old: LeafRecord | undefined): LeafRecord | undefined {
  const { keyHash, key, value } = change;
  const hash = value === undefined ? undefined : hashLeaf(update.hash, keyHash, value);
  if (old !== undefined && hash !== undefined && equalBytes(leafHashOf(old), hash)) return old;
  if (old !== undefined) drop(update, placeOfLeaf(old));
  if (hash === undefined || value === undefined) return undefined;
  const place = write(update, contentOf(update, key, value));
  return createLeaf(keyHash, hash, place, update.take(LEAF_SIZE_BYTES));
}

function contentOf(update: TreeUpdate, key: Bytes, value: Bytes): Bytes {
  const length = encodeVarint(key.length);
  const content = update.take(length.length + key.length + value.length);
  content.set(length, 0);
  content.set(key, length.length);
  content.set(value, length.length + key.length);
  return content;
}

function write(update: TreeUpdate, entry: Bytes): Place {
  const key = entryKey(update.versionPlace, update.take(ENTRY_KEY_SIZE_BYTES));
  const place = key.subarray(ENTRY_KEY_SIZE_BYTES - PLACE_SIZE_BYTES);
  writeU32(place, 8, update.firstIndex + update.written.length);
  update.written.push([key, entry]);
  return place;
}

export function createUpdate(
  version: bigint,
  hash: HashFunction,
  nodes: NodeReader,
  firstIndex = 0,
): TreeUpdate {
  const versionPlace = placeOf(version, 0);
  return { hash, nodes, versionPlace, firstIndex, written: [], stale: [], take: createArena() };
}

/** Hands out parts of large blocks: thousands of small allocations outside the heap would cost more than the hashing. */
function createArena(): (sizeBytes: number) => Bytes {
  let block = new Uint8Array(0);
  let used = 0;
  return (sizeBytes) => {
    if (used + sizeBytes > block.length) {
      block = new Uint8Array(Math.max(ARENA_BLOCK_BYTES, sizeBytes));
      used = 0;
    }
    used += sizeBytes;
    return block.subarray(used - sizeBytes, used);
  };
}

/** `leaves` are sorted and their hashes share the first `depth` nibbles. */
function buildSubtree(update: TreeUpdate, depth: number, leaves: readonly LeafRecord[]): Child | undefined {
  const [first] = leaves;
  if (first === undefined) return undefined;
  if (leaves.length === 1) return leafChild(first);
  if (leaves.length <= BUCKET_LEAVES_MAX) {
    return writeBucket(update, createBucket(update.hash, leaves, depth));
  }
  assert(depth < 64, 'two keys have different hashes');
  const slots: (Child | undefined)[] = new Array(SLOTS).fill(undefined);
  let from = 0;
  while (from < leaves.length) {
    const slot = nibbleAt(leaves[from] ?? first, depth);
    let to = from + 1;
    while (to < leaves.length && nibbleAt(leaves[to] ?? first, depth) === slot) to++;
    slots[slot] = buildSubtree(update, depth + 1, leaves.slice(from, to));
    from = to;
  }
  return writePage(update, createPage(update.hash, slots));
}

function updatePage(
  update: TreeUpdate,
  child: PageChild,
  depth: number,
  changes: readonly Change[],
): Child | undefined {
  const before = update.nodes.takePage(child);
  const replacements: (readonly [number, Child | undefined])[] = [];
  let from = 0;
  while (from < changes.length) {
    const slot = nibbleAt(changes[from]?.keyHash ?? child.hash, depth);
    let to = from + 1;
    while (to < changes.length && nibbleAt(changes[to]?.keyHash ?? child.hash, depth) === slot) to++;
    const old = childAt(before, slot);
    const after = updateSubtree(update, old, depth + 1, changes.slice(from, to));
    if (after !== old) replacements.push([slot, after]);
    from = to;
  }
  if (replacements.length === 0) {
    update.nodes.keepPage(child.place, before);
    return child;
  }
  drop(update, child.place);
  const leaves = leavesOnly(before, replacements);
  if (leaves !== undefined) return buildSubtree(update, depth, leaves);
  return writePage(update, replaceSlots(update.hash, before, replacements));
}

function writePage(update: TreeUpdate, page: Page): PageChild {
  const place = write(update, encodePage(page, update.take));
  update.nodes.keepPage(place, page);
  return { kind: 'page', hash: page.hash.slice(), place };
}
