// A version of the tree rebuilt from its entries, which come in the order of their keys' hashes, in parts. Each part is
// checked against the root that is known beforehand, as soon as it comes: after each, all entries up to its last one are
// proven to be exactly those of the tree. Nothing becomes a version before the last part.

import type { Bytes, KvStore } from '../../base/index.ts';
import { assert, compareBytes, equalBytes } from '../../base/index.ts';
import type { ProofStep } from './ics23.ts';
import { bitAt, type Child, EMPTY_CHILD, type HashFunction, hashJoined, leafHashOf } from './leaf.ts';
import { createNodeReader } from './node-cache.ts';
import { findLeaf, type LeafContent, pathTo, readContent } from './prove.ts';
import { ENTRY, entryKey, type KvOperation } from './store-keys.ts';
import { rangeEntry, rootEntry } from './tree.ts';
import { type Change, createUpdate, updateSubtree } from './update.ts';

export interface TreeRestorer {
  /**
   * Takes the next entries. `path` are the hashes beside the way from the last of them up to the root, in the whole
   * tree. False, and nothing taken, unless they are the next ones of the tree with the expected root.
   */
  add(entries: readonly LeafContent[], path: readonly Bytes[]): boolean;
  /** Whether all entries have come. */
  isWhole(): boolean;
  /** A value among what has come. */
  get(key: Bytes): Bytes | undefined;
  /** What makes the whole tree the only version of the store. */
  finish(): readonly KvOperation[];
}

export type RestorerOptions = {
  /** Without a tree. */
  readonly kv: KvStore;
  readonly hash: HashFunction;
  readonly version: bigint;
  readonly root: Bytes;
};

const NODES_CACHED = 4096;
/** More steps than a key's hash has bits are no path. */
const PATH_LENGTH_MAX = 256;

export function createTreeRestorer(options: RestorerOptions): TreeRestorer {
  const { kv, hash, version } = options;
  const nodes = createNodeReader(kv, hash, NODES_CACHED, NODES_CACHED);
  let top: Child | undefined;
  let written = 0;
  let last: Bytes | undefined;
  const isWhole = () => top !== undefined && equalBytes(top.hash, options.root);
  return {
    isWhole,
    add(entries, path) {
      const changes = entries.map(({ key, value }): Change => ({ keyHash: hash(key), key, value }));
      const end = changes.at(-1);
      if (end === undefined || !isAscending(changes, last)) return false;
      const update = createUpdate(version, hash, nodes, written);
      const after = updateSubtree(update, top, 0, changes);
      assert(after !== undefined, 'new entries make a tree');
      const found = pathTo({ nodes, top: after }, end.keyHash);
      assert(found !== undefined, 'an entry just added is in the tree');
      const proof = { path, keyHash: end.keyHash, leafHash: leafHashOf(found.leaf) };
      if (!isPrefix(hash, found.path, proof, options.root)) return false;
      kv.apply([
        ...update.written,
        ...update.stale.map((place): KvOperation => [entryKey(place), undefined]),
      ]);
      written += update.written.length;
      [top, last] = [after, end.keyHash];
      return true;
    },
    get(key) {
      const leaf = findLeaf(nodes, top, hash(key));
      return leaf === undefined ? undefined : readContent(kv, leaf).value;
    },
    finish() {
      assert(isWhole(), 'the tree is whole');
      return [rootEntry(version, top), rangeEntry(version, version)];
    },
  };
}

function isAscending(changes: readonly Change[], after: Bytes | undefined): boolean {
  let before = after;
  for (const { keyHash } of changes) {
    if (before !== undefined && compareBytes(before, keyHash) >= 0) return false;
    before = keyHash;
  }
  return true;
}

type EndProof = { readonly path: readonly Bytes[]; readonly keyHash: Bytes; readonly leafHash: Bytes };

/**
 * Whether a partial tree holds exactly the entries of the whole one up to a leaf: the leaf's path leads to the root, and
 * everything to the left of it is what the partial tree has there. To the right the partial tree is still empty.
 */
function isPrefix(hash: HashFunction, partial: readonly ProofStep[], proof: EndProof, root: Bytes): boolean {
  const { path, keyHash } = proof;
  if (path.length > PATH_LENGTH_MAX || partial.length > path.length) return false;
  let top = proof.leafHash;
  for (const [index, sibling] of path.entries()) {
    if (sibling.length !== 32) return false;
    const bit = path.length - 1 - index;
    if (bitAt(keyHash, bit) === 0) {
      top = hashJoined(hash, 1, top, sibling);
      continue;
    }
    // Below its own path the partial tree has nothing to the left.
    const known = partial[partial.length - 1 - bit]?.hash ?? EMPTY_CHILD;
    if (!equalBytes(sibling, known)) return false;
    top = hashJoined(hash, 1, sibling, top);
  }
  return equalBytes(top, root);
}

const WIPED_AT_ONCE = 1000;

/** Removes what an unfinished restoration left in a store without a tree. */
export function wipeEntries(kv: KvStore): void {
  for (;;) {
    const keys = [...kv.list(ENTRY, { limit: WIPED_AT_ONCE })].map(([key]) => key);
    if (keys.length === 0) return;
    kv.apply(keys.map((key): KvOperation => [key, undefined]));
  }
}
