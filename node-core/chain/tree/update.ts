// One block's changes applied to the tree: each touched page or bucket is read and hashed once, whatever the number of
// changes below it. Pure but for reading; the outcome is a list of entries to write and of places made obsolete.

import type { Bytes } from '../../base/index.ts';
import { assert, encodeVarint, equalBytes } from '../../base/index.ts';
import type { NodeReader } from './node-cache.ts';
import type {
  BucketChild,
  Child,
  HashFunction,
  LeafChild,
  LeafRecord,
  Page,
  PageChild,
  Slots,
} from './page.ts';
import {
  compareKeyHash,
  createBucket,
  createLeaf,
  createPage,
  encodeBucket,
  encodePage,
  hashLeaf,
  leafChild,
  leafHashOf,
  nibbleAt,
  placeOfLeaf,
} from './page.ts';
import { ENTRY_KEY_SIZE_BYTES, entryKey, type Place, placeOf, writeU32 } from './store-keys.ts';

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

/**
 * A subtree of so many leaves is one bucket of up to 2.4 KB; a greater one is a page. Buckets of a large random tree are
 * half full on average.
 */
const BUCKET_LEAVES_MAX = 32;

/** New subtree after `changes`, sorted by key hash without repeats, all of whose hashes share the first `depth` nibbles. */
export function updateSubtree(
  update: TreeUpdate,
  child: Child | undefined,
  depth: number,
  changes: readonly Change[],
): Child | undefined {
  if (changes.length === 0) return child;
  if (child?.kind === 'page') return updatePage(update, child, depth, changes);
  const before = leavesOf(update, child, depth);
  const after = mergeLeaves(update, before, changes);
  if (after === undefined) return child;
  if (child?.kind === 'bucket') update.stale.push(child.place);
  return buildSubtree(update, depth, after);
}

function leavesOf(
  update: TreeUpdate,
  child: LeafChild | BucketChild | undefined,
  depth: number,
): readonly LeafRecord[] {
  if (child === undefined) return [];
  if (child.kind === 'leaf') return [child.leaf];
  return update.nodes.bucket(child, depth).leaves;
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
  if (old !== undefined) update.stale.push(placeOfLeaf(old));
  if (hash === undefined || value === undefined) return undefined;
  return createLeaf(keyHash, hash, write(update, contentOf(update, key, value)));
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
  const place = update.versionPlace.slice();
  writeU32(place, 8, update.firstIndex + update.written.length);
  update.written.push([entryKey(place, update.take(ENTRY_KEY_SIZE_BYTES)), entry]);
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
export function buildSubtree(
  update: TreeUpdate,
  depth: number,
  leaves: readonly LeafRecord[],
): Child | undefined {
  const [first] = leaves;
  if (first === undefined) return undefined;
  if (leaves.length === 1) return leafChild(first);
  if (leaves.length <= BUCKET_LEAVES_MAX) {
    const bucket = createBucket(update.hash, leaves, depth);
    const place = write(update, encodeBucket(leaves));
    update.nodes.keepBucket(place, bucket);
    return { kind: 'bucket', hash: bucket.hash, place };
  }
  assert(depth < 64, 'two keys have different hashes');
  const slots: (Child | undefined)[] = new Array(16).fill(undefined);
  let from = 0;
  while (from < leaves.length) {
    const slot = nibbleAt(leaves[from] ?? first, depth);
    let to = from + 1;
    while (to < leaves.length && nibbleAt(leaves[to] ?? first, depth) === slot) to++;
    slots[slot] = buildSubtree(update, depth + 1, leaves.slice(from, to));
    from = to;
  }
  return writePage(update, slots);
}

function updatePage(
  update: TreeUpdate,
  child: PageChild,
  depth: number,
  changes: readonly Change[],
): Child | undefined {
  const before = update.nodes.page(child);
  const slots = before.slots.slice();
  let from = 0;
  let changed = false;
  while (from < changes.length) {
    const slot = nibbleAt(changes[from]?.keyHash ?? child.hash, depth);
    let to = from + 1;
    while (to < changes.length && nibbleAt(changes[to]?.keyHash ?? child.hash, depth) === slot) to++;
    const after = updateSubtree(update, slots[slot], depth + 1, changes.slice(from, to));
    changed ||= after !== slots[slot];
    slots[slot] = after;
    from = to;
  }
  if (!changed) return child;
  update.stale.push(child.place);
  const leaves = leavesOnly(slots);
  return leaves === undefined ? writePage(update, slots, before) : buildSubtree(update, depth, leaves);
}

/** The leaves of slots that hold nothing else: such a page must not exist, they are fewer than a bucket takes. */
function leavesOnly(slots: Slots): LeafRecord[] | undefined {
  const leaves: LeafRecord[] = [];
  for (const child of slots) {
    if (child === undefined) continue;
    if (child.kind !== 'leaf') return undefined;
    leaves.push(child.leaf);
  }
  return leaves;
}

function writePage(update: TreeUpdate, slots: Slots, before?: Page): Child {
  const page = createPage(update.hash, slots, before);
  const place = write(update, encodePage(slots));
  update.nodes.keepPage(place, page);
  return { kind: 'page', hash: page.hash, place };
}
