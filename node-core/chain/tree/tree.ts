// The state tree: a binary sparse Merkle tree under the ICS23 SmtSpec, kept in versions. Its root depends on the keys
// and values alone, not on the order they came in. Nothing is written here: `prepare` returns the entries of one
// version, and the caller applies them in one atomic batch with everything else that belongs to the block.

import type { Bytes, KvStore, Result } from '../../base/index.ts';
import {
  assert,
  bytesToU64,
  compareBytes,
  concatBytes,
  ok,
  refuse,
  sha256,
  u64ToBytes,
} from '../../base/index.ts';
import { chainFault } from '../faults.ts';
import { nameOf } from '../memory.ts';
import { type Child, EMPTY_CHILD, type HashFunction } from './leaf.ts';
import { createNodeReader, type NodeReader } from './node-cache.ts';
import { decodeChild, encodeChild } from './page.ts';
import { findLeaf, type LeafContent, pathTo, proveKey, readContent, type TreeProof } from './prove.ts';
import { pruneOperations, staleOperations } from './prune.ts';
import { type KvOperation, RANGE_KEY, rootKey } from './store-keys.ts';
import { type Change, createUpdate, updateSubtree } from './update.ts';
import { walkLeaves } from './walk.ts';

export type { LeafContent, TreeProof } from './prove.ts';
export type { KvOperation } from './store-keys.ts';

export type TreeOptions = {
  readonly kv: KvStore;
  /** How many versions stay provable; older ones are pruned as new ones come. */
  readonly versionsKept: number;
  /** SHA-256, where the host has a faster one. */
  readonly hash?: HashFunction;
};

export type PreparedVersion = {
  readonly version: bigint;
  readonly root: Bytes;
  readonly operations: readonly KvOperation[];
};

export interface StateTree {
  /** Latest committed version and its root; undefined for a new tree. */
  latest(): { readonly version: bigint; readonly root: Bytes } | undefined;
  /** Oldest version that can still be proven. */
  oldest(): bigint | undefined;
  /** Root of a kept version. */
  root(version: bigint): Bytes | undefined;
  /** Value in the latest committed version. */
  get(key: Bytes): Bytes | undefined;
  /**
   * Computes the next version. Later changes of a key win; a value of undefined removes. Values are never empty. The
   * operations are written before the next version is prepared, or never; the root stays what it is.
   */
  prepare(version: bigint, changes: Iterable<readonly [Bytes, Bytes | undefined]>): PreparedVersion;
  /** The value or its absence in `version`, as ICS23 CommitmentProof bytes. */
  prove(key: Bytes, version: bigint): Result<TreeProof>;
  /** Entries of a kept version in the order of their keys' hashes, those after the hash `after` where given. */
  entries(version: bigint, after?: Bytes): Iterable<LeafContent>;
  /** The hashes beside the way from an entry of a kept version up to the root. */
  path(key: Bytes, version: bigint): readonly Bytes[];
  /** Keeps this version and those after it, whatever the window, until it is called again; undefined ends it. */
  hold(version: bigint | undefined): void;
}

/** About 2 KB of memory each: 16 MB, and all pages of a tree of two million keys. */
const PAGES_CACHED = 8192;
/** About 2 KB of memory each: 128 MB for all buckets of a tree of a million keys, twice that for larger ones. */
const BUCKETS_CACHED = 131_072;
/** Whoever reads the whole tree must not push out what blocks need. */
const WALK_CACHED = 128;

export function createStateTree(options: TreeOptions): StateTree {
  assert(options.versionsKept >= 1, 'a tree keeps at least its latest version');
  const { kv } = options;
  const hash = options.hash ?? sha256;
  const nodes = createNodeReader(kv, hash, PAGES_CACHED, BUCKETS_CACHED);
  let held: bigint | undefined;
  const topOf = (version: bigint) => readTop(kv, version);
  const root = (version: bigint) => {
    const top = topOf(version);
    return top === 'empty' ? EMPTY_CHILD : top?.hash;
  };
  return {
    latest() {
      const kept = readRange(kv);
      if (kept === undefined) return undefined;
      const latestRoot = root(kept.latest);
      assert(latestRoot !== undefined, 'the latest version has a root');
      return { version: kept.latest, root: latestRoot };
    },
    oldest: () => readRange(kv)?.oldest,
    root,
    get(key) {
      const kept = readRange(kv);
      const top = kept === undefined ? undefined : topOf(kept.latest);
      if (top === undefined || top === 'empty') return undefined;
      const leaf = findLeaf(nodes, top, hash(key));
      return leaf === undefined ? undefined : readContent(kv, leaf).value;
    },
    prepare(version, changes) {
      const kept = readRange(kv);
      assert(kept === undefined || version === kept.latest + 1n, 'versions follow each other');
      const window = version - BigInt(options.versionsKept) + 1n;
      const wanted = held !== undefined && held < window ? held : window;
      const oldest = kept === undefined ? version : wanted > kept.oldest ? wanted : kept.oldest;
      const before = kept === undefined ? 'empty' : topOf(kept.latest);
      assert(before !== undefined, 'the latest version has a root');
      return prepareVersion({ kv, hash, nodes, oldest, version }, before, changes);
    },
    prove(key, version) {
      const top = topOf(version);
      if (top === undefined) {
        return refuse(chainFault('chain.state.version-gone', { height: version.toString() }));
      }
      // ICS23 cannot prove absence from an empty tree; the chain's state is never empty after genesis.
      if (top === 'empty') return refuse(chainFault('chain.state.empty'));
      return ok(proveKey({ kv, nodes, hash, top }, key));
    },
    *entries(version, after) {
      const top = topOf(version);
      assert(top !== undefined, 'the version is kept');
      const reader = createNodeReader(kv, hash, WALK_CACHED, WALK_CACHED);
      for (const leaf of walkLeaves(reader, top === 'empty' ? undefined : top, 0, after)) {
        yield readContent(kv, leaf);
      }
    },
    path(key, version) {
      const top = topOf(version);
      assert(top !== undefined && top !== 'empty', 'the version is kept');
      const found = pathTo({ nodes, top }, hash(key));
      assert(found !== undefined, 'the entry exists');
      return found.path.map((step) => step.hash.slice());
    },
    hold(version) {
      held = version;
    },
  };
}

type KeptRange = { readonly oldest: bigint; readonly latest: bigint };

function readRange(kv: KvStore): KeptRange | undefined {
  const stored = kv.get(RANGE_KEY);
  if (stored === undefined) return undefined;
  return { oldest: bytesToU64(stored.subarray(0, 8)), latest: bytesToU64(stored.subarray(8, 16)) };
}

export function rangeEntry(oldest: bigint, latest: bigint): KvOperation {
  return [RANGE_KEY, concatBytes(u64ToBytes(oldest), u64ToBytes(latest))];
}

/** Undefined for a version that is not kept. */
function readTop(kv: KvStore, version: bigint): Child | 'empty' | undefined {
  const kept = readRange(kv);
  if (kept === undefined || version < kept.oldest || version > kept.latest) return undefined;
  const stored = kv.get(rootKey(version));
  assert(stored !== undefined, 'a kept version has a root');
  return stored.length === 0 ? 'empty' : decodeChild(stored);
}

export function rootEntry(version: bigint, top: Child | undefined): KvOperation {
  return [rootKey(version), top === undefined ? new Uint8Array(0) : encodeChild(top)];
}

type PrepareContext = {
  readonly kv: KvStore;
  readonly hash: HashFunction;
  readonly nodes: NodeReader;
  readonly oldest: bigint;
  readonly version: bigint;
};

function prepareVersion(
  context: PrepareContext,
  before: Child | 'empty',
  changes: Iterable<readonly [Bytes, Bytes | undefined]>,
): PreparedVersion {
  const { kv, version, hash, nodes, oldest } = context;
  const update = createUpdate(version, hash, nodes);
  const sorted = sortChanges(hash, changes);
  const after = updateSubtree(update, before === 'empty' ? undefined : before, 0, sorted);
  const operations = [
    ...update.written,
    rootEntry(version, after),
    ...staleOperations(version, update.stale),
    ...pruneOperations(kv, oldest),
    rangeEntry(oldest, version),
  ];
  return { version, root: after?.hash ?? EMPTY_CHILD, operations };
}

function sortChanges(
  hash: HashFunction,
  changes: Iterable<readonly [Bytes, Bytes | undefined]>,
): readonly Change[] {
  const byKey = new Map<string, Change>();
  for (const [key, value] of changes) {
    assert(key.length > 0, 'a state key is not empty');
    assert(value === undefined || value.length > 0, 'a state value is not empty: ICS23 has no proof for it');
    byKey.set(nameOf(key), { keyHash: hash(key), key, value });
  }
  return [...byKey.values()].sort((a, b) => compareBytes(a.keyHash, b.keyHash));
}
