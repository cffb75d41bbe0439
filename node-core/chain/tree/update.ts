// One block's changes applied to the tree: each touched page is read and hashed once, whatever the number of changes
// below it. Pure but for reading pages; the outcome is a list of entries to write and of entries made obsolete.

import type { Bytes } from '../../base/index.ts';
import { assert, concatBytes, encodeVarint, equalBytes } from '../../base/index.ts';
import type { Child, HashFunction, Page } from './page.ts';
import { createPage, encodePage, hashLeaf, nibbleAt, soleLeaf } from './page.ts';
import { pageKey, valueKey } from './store-keys.ts';

/** A change of one key; `value` undefined removes it. */
export type Change = { readonly keyHash: Bytes; readonly key: Bytes; readonly value: Bytes | undefined };

export type PageReader = (key: Bytes, expectedHash: Bytes) => Page;

export type TreeUpdate = {
  readonly version: bigint;
  readonly hash: HashFunction;
  readonly readPage: PageReader;
  readonly keepPage: (key: Bytes, page: Page) => void;
  readonly written: (readonly [Bytes, Bytes])[];
  readonly stale: Bytes[];
};

/** New subtree after `changes`, sorted by key hash without repeats, all of whose hashes share the first `depth` nibbles. */
export function updateSubtree(
  update: TreeUpdate,
  child: Child | undefined,
  depth: number,
  changes: readonly Change[],
): Child | undefined {
  if (changes.length === 0) return child;
  if (child?.kind === 'page') return updatePage(update, child, depth, changes);
  const replaced = child !== undefined && changes.some((change) => equalBytes(change.keyHash, child.keyHash));
  const leaves: Child[] = [];
  for (const change of changes) {
    const leaf = writeLeaf(update, change, child);
    if (leaf !== undefined) leaves.push(leaf);
  }
  if (child !== undefined && !replaced) leaves.push(child);
  if (child !== undefined && replaced && !leaves.includes(child)) {
    update.stale.push(valueKey(child.keyHash, child.version));
  }
  return buildSubtree(update, depth, leaves);
}

function writeLeaf(update: TreeUpdate, change: Change, existing: Child | undefined): Child | undefined {
  if (change.value === undefined) return undefined;
  const hash = hashLeaf(update.hash, change.keyHash, change.value);
  // The same value again is no change: the old leaf stays, and so does the root.
  if (existing !== undefined && equalBytes(existing.hash, hash)) return existing;
  const stored = concatBytes(encodeVarint(change.key.length), change.key, change.value);
  update.written.push([valueKey(change.keyHash, update.version), stored]);
  return { kind: 'leaf', hash, version: update.version, keyHash: change.keyHash };
}

function buildSubtree(update: TreeUpdate, depth: number, leaves: readonly Child[]): Child | undefined {
  if (leaves.length <= 1) return leaves[0];
  assert(depth < 64, 'two keys have different hashes');
  const groups: Child[][] = Array.from({ length: 16 }, () => []);
  for (const leaf of leaves) {
    assert(leaf.kind === 'leaf', 'a subtree is built from leaves');
    groups[nibbleAt(leaf.keyHash, depth)]?.push(leaf);
  }
  const slots = groups.map((group) => buildSubtree(update, depth + 1, group));
  const first = leaves[0];
  assert(first?.kind === 'leaf', 'a subtree has a leaf');
  return writePage(update, first.keyHash, depth, slots);
}

function updatePage(
  update: TreeUpdate,
  child: Child,
  depth: number,
  changes: readonly Change[],
): Child | undefined {
  const path = changes[0]?.keyHash;
  assert(path !== undefined, 'a page is updated by a change');
  const key = pageKey(path, depth, child.version);
  const before = update.readPage(key, child.hash);
  const slots = before.slots.slice();
  let from = 0;
  let changed = false;
  while (from < changes.length) {
    const slot = nibbleAt(changes[from]?.keyHash ?? path, depth);
    let to = from + 1;
    while (to < changes.length && nibbleAt(changes[to]?.keyHash ?? path, depth) === slot) to++;
    const after = updateSubtree(update, slots[slot], depth + 1, changes.slice(from, to));
    changed ||= after !== slots[slot];
    slots[slot] = after;
    from = to;
  }
  if (!changed) return child;
  update.stale.push(key);
  const sole = soleLeaf(slots);
  if (sole === 'none') return undefined;
  return sole === 'several' ? writePage(update, path, depth, slots, before) : sole;
}

function writePage(
  update: TreeUpdate,
  path: Bytes,
  depth: number,
  slots: readonly (Child | undefined)[],
  before?: Page,
): Child {
  const page = createPage(update.hash, slots, before);
  const top = page.levels[1];
  assert(top !== undefined && !top.leaf, 'a page holds two leaves at least');
  const key = pageKey(path, depth, update.version);
  update.written.push([key, encodePage(slots)]);
  update.keepPage(key, page);
  return { kind: 'page', hash: top.hash, version: update.version };
}
