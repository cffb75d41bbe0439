// The state tree: a binary sparse Merkle tree under the ICS23 SmtSpec, kept in versions. Its root depends on the keys
// and values alone, not on the order they came in. Nothing is written here: `prepare` returns the entries of one
// version, and the caller applies them in one atomic batch with everything else that belongs to the block.

import type { Bytes, KvStore, Result } from '../../base/index.ts';
import {
  assert,
  bytesToHex,
  bytesToU64,
  compareBytes,
  concatBytes,
  decodeVarint,
  encodeVarint,
  equalBytes,
  ok,
  refuse,
  sha256,
  u64ToBytes,
} from '../../base/index.ts';
import { chainFault } from '../faults.ts';
import { type Existence, encodeAbsence, encodeExistence, type ProofStep, siblingStep } from './ics23.ts';
import type { Child, HashFunction, Page } from './page.ts';
import { decodeChild, decodePage, EMPTY_CHILD, encodeChild, nibbleAt } from './page.ts';
import { flatKey, pageKey, RANGE_KEY, rootKey, staleKey, valueKey } from './store-keys.ts';
import { type Change, type TreeUpdate, updateSubtree } from './update.ts';

export type KvOperation = readonly [Bytes, Bytes | undefined];

export type TreeOptions = {
  readonly kv: KvStore;
  /** How many versions stay provable; older ones are pruned as new ones come. */
  readonly versionsKept: number;
  /** SHA-256, where the host has a faster one. */
  readonly hash?: HashFunction;
  /** How many decoded pages stay in memory. */
  readonly pagesCached?: number;
};

export type PreparedVersion = {
  readonly version: bigint;
  readonly root: Bytes;
  readonly operations: readonly KvOperation[];
};

export type TreeProof = { readonly value: Bytes | undefined; readonly proof: Bytes };

export interface StateTree {
  /** Latest committed version and its root; undefined for a new tree. */
  latest(): { readonly version: bigint; readonly root: Bytes } | undefined;
  /** Oldest version that can still be proven. */
  oldest(): bigint | undefined;
  /** Root of a kept version. */
  root(version: bigint): Bytes | undefined;
  /** Value in the latest committed version. */
  get(key: Bytes): Bytes | undefined;
  /** Computes the next version. Later changes of a key win; a value of undefined removes. Values are never empty. */
  prepare(version: bigint, changes: Iterable<readonly [Bytes, Bytes | undefined]>): PreparedVersion;
  /** The value or its absence in `version`, as ICS23 CommitmentProof bytes. */
  prove(key: Bytes, version: bigint): Result<TreeProof>;
}

/** A full page takes about 5 KB of memory. */
const PAGES_CACHED = 8192;
/** Versions pruned in one block at most, so that a shortened window does not stall a block. */
const PRUNED_PER_VERSION_MAX = 16;

export function createStateTree(options: TreeOptions): StateTree {
  assert(options.versionsKept >= 1, 'a tree keeps at least its latest version');
  const { kv } = options;
  const hash = options.hash ?? sha256;
  const reader = createPageCache(kv, hash, options.pagesCached ?? PAGES_CACHED);
  const range = () => readRange(kv);
  const rootChild = (version: bigint): Child | 'empty' | undefined => {
    const stored = kv.get(rootKey(version));
    if (stored === undefined) return undefined;
    return stored.length === 0 ? 'empty' : decodeChild(stored).child;
  };
  const root = (version: bigint) => {
    const child = rootChild(version);
    return child === 'empty' ? EMPTY_CHILD : child?.hash;
  };
  return {
    latest() {
      const kept = range();
      if (kept === undefined) return undefined;
      const latestRoot = root(kept.latest);
      assert(latestRoot !== undefined, 'the latest version has a root');
      return { version: kept.latest, root: latestRoot };
    },
    oldest: () => range()?.oldest,
    root,
    get: (key) => kv.get(flatKey(key)),
    prepare(version, changes) {
      const kept = range();
      assert(kept === undefined || version === kept.latest + 1n, 'versions follow each other');
      const before = kept === undefined ? 'empty' : rootChild(kept.latest);
      assert(before !== undefined, 'the latest version has a root');
      return prepareVersion({ kv, hash, reader, options, kept, version }, before, changes);
    },
    prove(key, version) {
      const kept = range();
      const known = kept !== undefined && version >= kept.oldest && version <= kept.latest;
      const top = known ? rootChild(version) : undefined;
      if (top === undefined) {
        return refuse(chainFault('chain.state.version-gone', { height: version.toString() }));
      }
      // ICS23 cannot prove absence from an empty tree; the chain's state is never empty after genesis.
      if (top === 'empty') return refuse(chainFault('chain.state.empty'));
      return ok(proveKey({ kv, reader, hash, top }, key));
    },
  };
}

type KeptRange = { readonly oldest: bigint; readonly latest: bigint };

function readRange(kv: KvStore): KeptRange | undefined {
  const stored = kv.get(RANGE_KEY);
  if (stored === undefined) return undefined;
  return { oldest: bytesToU64(stored.subarray(0, 8)), latest: bytesToU64(stored.subarray(8, 16)) };
}

type PageCache = {
  read(key: Bytes, expected: Bytes): Page;
  /** Remembers a page that was just made, whether or not it will be applied. */
  keep(key: Bytes, page: Page): void;
};

/**
 * The pages used last. Pages never change once written; one that was prepared but never applied may leave another under
 * its key, so what is handed out always has the hash that was asked for.
 */
function createPageCache(kv: KvStore, hash: HashFunction, pagesMax: number): PageCache {
  const pages = new Map<string, Page>();
  const keep = (name: string, page: Page) => {
    pages.delete(name);
    pages.set(name, page);
    if (pages.size <= pagesMax) return;
    for (const oldest of pages.keys()) {
      pages.delete(oldest);
      break;
    }
  };
  return {
    keep: (key, page) => keep(bytesToHex(key), page),
    read(key, expected) {
      const name = bytesToHex(key);
      const cached = pages.get(name);
      const top = cached?.levels[1];
      if (cached !== undefined && top !== undefined && equalBytes(top.hash, expected)) {
        keep(name, cached);
        return cached;
      }
      const stored = kv.get(key);
      assert(stored !== undefined, 'a page that is referred to exists');
      const page = decodePage(hash, stored, expected);
      keep(name, page);
      return page;
    },
  };
}

type PrepareContext = {
  readonly kv: KvStore;
  readonly hash: HashFunction;
  readonly reader: PageCache;
  readonly options: TreeOptions;
  readonly kept: KeptRange | undefined;
  readonly version: bigint;
};

function prepareVersion(
  context: PrepareContext,
  before: Child | 'empty',
  changes: Iterable<readonly [Bytes, Bytes | undefined]>,
): PreparedVersion {
  const { version, hash, reader } = context;
  const update: TreeUpdate = {
    version,
    hash,
    readPage: (key, expected) => reader.read(key, expected),
    keepPage: (key, page) => reader.keep(key, page),
    written: [],
    stale: [],
  };
  const sorted = sortChanges(hash, changes);
  const after = updateSubtree(update, before === 'empty' ? undefined : before, 0, sorted);
  const operations: KvOperation[] = [...update.written];
  for (const change of sorted) operations.push([flatKey(change.key), change.value]);
  operations.push([rootKey(version), after === undefined ? new Uint8Array(0) : encodeChild(after)]);
  if (update.stale.length > 0) operations.push([staleKey(version), encodeKeys(update.stale)]);
  const oldest = pruneOperations(context, operations);
  operations.push([RANGE_KEY, concatBytes(u64ToBytes(oldest), u64ToBytes(version))]);
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
    const keyHash = hash(key);
    byKey.set(bytesToHex(keyHash), { keyHash, key, value });
  }
  return [...byKey.values()].sort((a, b) => compareBytes(a.keyHash, b.keyHash));
}

/** Adds the removals of versions that leave the window; returns the oldest version then kept. */
function pruneOperations(context: PrepareContext, operations: KvOperation[]): bigint {
  const { kv, kept, version, options } = context;
  let oldest = kept?.oldest ?? version;
  const target = version - BigInt(options.versionsKept) + 1n;
  for (let pruned = 0; oldest < target && pruned < PRUNED_PER_VERSION_MAX; pruned++) {
    operations.push([rootKey(oldest), undefined]);
    oldest++;
    const key = staleKey(oldest);
    const stale = kv.get(key);
    if (stale !== undefined) {
      for (const gone of decodeKeys(stale)) operations.push([gone, undefined]);
      operations.push([key, undefined]);
    }
  }
  return oldest;
}

function encodeKeys(keys: readonly Bytes[]): Bytes {
  return concatBytes(...keys.flatMap((key) => [encodeVarint(key.length), key]));
}

function decodeKeys(bytes: Bytes): Bytes[] {
  const keys: Bytes[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const length = decodeVarint(bytes, offset);
    assert(length !== undefined, 'a stored list of keys is well formed');
    keys.push(bytes.slice(length.next, length.next + Number(length.value)));
    offset = length.next + Number(length.value);
  }
  return keys;
}

type ProveContext = {
  readonly kv: KvStore;
  readonly reader: PageCache;
  readonly hash: HashFunction;
  readonly top: Child;
};

function proveKey(context: ProveContext, key: Bytes): TreeProof {
  const keyHash = context.hash(key);
  const found = existenceAt(context, keyHash);
  if (found !== undefined) return { value: found.value, proof: encodeExistence(found) };
  const left = neighbour(context, context.top, 0, keyHash, 'left');
  const right = neighbour(context, context.top, 0, keyHash, 'right');
  const leftProof = left === undefined ? undefined : existenceAt(context, left.keyHash);
  const rightProof = right === undefined ? undefined : existenceAt(context, right.keyHash);
  assert(leftProof !== undefined || rightProof !== undefined, 'a tree that is not empty has a neighbour');
  return { value: undefined, proof: encodeAbsence(keyHash, leftProof, rightProof) };
}

function existenceAt(context: ProveContext, keyHash: Bytes): Existence | undefined {
  const down: ProofStep[][] = [];
  let child: Child | undefined = context.top;
  for (let depth = 0; child?.kind === 'page'; depth++) {
    const page: Page = context.reader.read(pageKey(keyHash, depth, child.version), child.hash);
    const slot = nibbleAt(keyHash, depth);
    down.push(stepsInPage(page, slot));
    child = page.slots[slot];
  }
  if (child === undefined || !equalBytes(child.keyHash, keyHash)) return undefined;
  const stored = context.kv.get(valueKey(keyHash, child.version));
  const length = stored === undefined ? undefined : decodeVarint(stored);
  assert(stored !== undefined && length !== undefined, 'a leaf has its value');
  const split = length.next + Number(length.value);
  const path = down.reverse().flat();
  return { key: stored.slice(length.next, split), value: stored.slice(split), path };
}

/** Siblings from a slot to the page's top; a leaf alone in its subtree stands higher, without steps below. */
function stepsInPage(page: Page, slot: number): ProofStep[] {
  const steps: ProofStep[] = [];
  for (let node = 16 + slot; node > 1; node >>= 1) {
    const sibling = page.levels[node ^ 1];
    const collapsed = sibling === undefined && page.levels[node]?.leaf === true;
    if (!collapsed) steps.push(siblingStep(node % 2 === 0 ? 'right' : 'left', sibling));
  }
  return steps;
}

type Side = 'left' | 'right';
type Leaf = Child & { readonly kind: 'leaf' };

/** Nearest leaf strictly before (left) or after (right) a key hash that is not in the tree. */
function neighbour(
  context: ProveContext,
  child: Child | undefined,
  depth: number,
  keyHash: Bytes,
  side: Side,
): Leaf | undefined {
  if (child === undefined) return undefined;
  if (child.kind === 'leaf') {
    const order = compareBytes(child.keyHash, keyHash);
    return side === 'left' ? (order < 0 ? child : undefined) : order > 0 ? child : undefined;
  }
  const page = context.reader.read(pageKey(keyHash, depth, child.version), child.hash);
  const slot = nibbleAt(keyHash, depth);
  const inside = neighbour(context, page.slots[slot], depth + 1, keyHash, side);
  if (inside !== undefined) return inside;
  const next = nearestSlot(page, slot, side);
  if (next === undefined) return undefined;
  return outermost(context, page.slots[next], depth + 1, withNibble(keyHash, depth, next), side);
}

function nearestSlot(page: Page, slot: number, side: Side): number | undefined {
  const step = side === 'left' ? -1 : 1;
  for (let at = slot + step; at >= 0 && at < 16; at += step) {
    if (page.slots[at] !== undefined) return at;
  }
  return undefined;
}

/** The last leaf of a subtree (for a left neighbour) or the first (for a right one). */
function outermost(
  context: ProveContext,
  child: Child | undefined,
  depth: number,
  path: Bytes,
  side: Side,
): Leaf | undefined {
  if (child === undefined || child.kind === 'leaf') return child;
  const page = context.reader.read(pageKey(path, depth, child.version), child.hash);
  const next = nearestSlot(page, side === 'left' ? 16 : -1, side);
  assert(next !== undefined, 'a page is not empty');
  return outermost(context, page.slots[next], depth + 1, withNibble(path, depth, next), side);
}

function withNibble(path: Bytes, depth: number, nibble: number): Bytes {
  const changed = Uint8Array.from(path);
  const at = depth >> 1;
  const byte = changed[at] ?? 0;
  changed[at] = depth % 2 === 0 ? (nibble << 4) | (byte & 15) : (byte & 0xf0) | nibble;
  return changed;
}
