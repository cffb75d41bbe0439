// Existence and absence proofs of one version, as ICS23 CommitmentProof bytes.

import type { Bytes, KvStore } from '../../base/index.ts';
import { assert, decodeVarint } from '../../base/index.ts';
import { indexInBucket, leafAt, leavesOf, stepsInBucket } from './bucket.ts';
import { type Existence, encodeAbsence, encodeExistence, type ProofStep } from './ics23.ts';
import {
  type BucketChild,
  type Child,
  compareKeyHash,
  type HashFunction,
  keyHashOf,
  type LeafChild,
  type LeafRecord,
  nibbleAt,
  placeOfLeaf,
} from './leaf.ts';
import type { NodeReader } from './node-cache.ts';
import { childAt, type Page, SLOTS, stepsInPage } from './page.ts';
import { entryKey } from './store-keys.ts';

export type TreeProof = { readonly value: Bytes | undefined; readonly proof: Bytes };

export type ProveContext = {
  readonly kv: KvStore;
  readonly nodes: NodeReader;
  readonly hash: HashFunction;
  readonly top: Child;
};

export function proveKey(context: ProveContext, key: Bytes): TreeProof {
  const keyHash = context.hash(key);
  const found = existenceAt(context, keyHash);
  if (found !== undefined) return { value: found.value, proof: encodeExistence(found) };
  const neighbours = (['left', 'right'] as const).map((side) => {
    const leaf = neighbour(context, context.top, 0, keyHash, side);
    return leaf === undefined ? undefined : existenceAt(context, keyHashOf(leaf));
  });
  const [left, right] = neighbours;
  assert(left !== undefined || right !== undefined, 'a tree that is not empty has a neighbour');
  return { value: undefined, proof: encodeAbsence(keyHash, left, right) };
}

/** The leaf of a key hash, without a proof. */
export function findLeaf(nodes: NodeReader, top: Child | undefined, keyHash: Bytes): LeafRecord | undefined {
  let child = top;
  for (let depth = 0; child !== undefined; depth++) {
    if (child.kind === 'leaf') return compareKeyHash(child.leaf, keyHash) === 0 ? child.leaf : undefined;
    if (child.kind === 'bucket') {
      const bucket = nodes.bucket(child, depth);
      const index = indexInBucket(bucket, keyHash);
      return index < 0 ? undefined : leafAt(bucket, index);
    }
    child = childAt(nodes.page(child), nibbleAt(keyHash, depth));
  }
  return undefined;
}

export type LeafContent = { readonly key: Bytes; readonly value: Bytes };

export function readContent(kv: KvStore, leaf: LeafRecord): LeafContent {
  const stored = kv.get(entryKey(placeOfLeaf(leaf)));
  const length = stored === undefined ? undefined : decodeVarint(stored);
  assert(stored !== undefined && length !== undefined, 'a leaf has its value');
  const split = length.next + Number(length.value);
  // Copied, also where the store hands out a Buffer, whose slice() would share the memory.
  return {
    key: new Uint8Array(stored.subarray(length.next, split)),
    value: new Uint8Array(stored.subarray(split)),
  };
}

function existenceAt(context: ProveContext, keyHash: Bytes): Existence | undefined {
  const found = pathTo(context, keyHash);
  return found === undefined ? undefined : { ...readContent(context.kv, found.leaf), path: found.path };
}

/** A leaf and the siblings on its way from the leaf to the root. */
export function pathTo(
  context: Pick<ProveContext, 'nodes' | 'top'>,
  keyHash: Bytes,
): { readonly leaf: LeafRecord; readonly path: readonly ProofStep[] } | undefined {
  const { nodes } = context;
  const down: ProofStep[][] = [];
  let child: Child | undefined = context.top;
  for (let depth = 0; child?.kind === 'page'; depth++) {
    const page: Page = nodes.page(child);
    const slot = nibbleAt(keyHash, depth);
    down.push(stepsInPage(page, slot));
    child = childAt(page, slot);
  }
  if (child === undefined) return undefined;
  const path = (inBucket: readonly ProofStep[]) => [...inBucket, ...down.reverse().flat()];
  if (child.kind === 'leaf') {
    return compareKeyHash(child.leaf, keyHash) === 0 ? { leaf: child.leaf, path: path([]) } : undefined;
  }
  const bucket = nodes.bucket(child, down.length);
  const index = indexInBucket(bucket, keyHash);
  if (index < 0) return undefined;
  return { leaf: leafAt(bucket, index), path: path(stepsInBucket(bucket, index, down.length)) };
}

type Side = 'left' | 'right';

/** Nearest leaf strictly before (left) or after (right) a key hash that is not in the tree. */
function neighbour(
  context: ProveContext,
  child: Child | undefined,
  depth: number,
  keyHash: Bytes,
  side: Side,
): LeafRecord | undefined {
  if (child === undefined) return undefined;
  if (child.kind !== 'page') return nearestLeaf(leavesBelow(context, child, depth), keyHash, side);
  const page = context.nodes.page(child);
  const slot = nibbleAt(keyHash, depth);
  const inside = neighbour(context, childAt(page, slot), depth + 1, keyHash, side);
  if (inside !== undefined) return inside;
  const next = nearestSlot(page, slot, side);
  return next === undefined ? undefined : outermost(context, childAt(page, next), depth + 1, side);
}

function leavesBelow(
  context: ProveContext,
  child: LeafChild | BucketChild,
  depth: number,
): readonly LeafRecord[] {
  return child.kind === 'leaf' ? [child.leaf] : leavesOf(context.nodes.bucket(child, depth));
}

function nearestLeaf(leaves: readonly LeafRecord[], keyHash: Bytes, side: Side): LeafRecord | undefined {
  return side === 'left'
    ? leaves.findLast((leaf) => compareKeyHash(leaf, keyHash) < 0)
    : leaves.find((leaf) => compareKeyHash(leaf, keyHash) > 0);
}

function nearestSlot(page: Page, slot: number, side: Side): number | undefined {
  const step = side === 'left' ? -1 : 1;
  for (let at = slot + step; at >= 0 && at < SLOTS; at += step) {
    if (childAt(page, at) !== undefined) return at;
  }
  return undefined;
}

/** The last leaf of a subtree (for a left neighbour) or the first (for a right one). */
function outermost(
  context: ProveContext,
  child: Child | undefined,
  depth: number,
  side: Side,
): LeafRecord | undefined {
  if (child === undefined) return undefined;
  if (child.kind !== 'page') return leavesBelow(context, child, depth).at(side === 'left' ? -1 : 0);
  const page = context.nodes.page(child);
  const next = nearestSlot(page, side === 'left' ? SLOTS : -1, side);
  assert(next !== undefined, 'a page is not empty');
  return outermost(context, childAt(page, next), depth + 1, side);
}
