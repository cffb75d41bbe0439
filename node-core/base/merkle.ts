// RFC 6962 Merkle trees over SHA-256, as CometBFT uses them for headers, validator sets, transactions and results.
// Source: RFC 6962 section 2.1; CometBFT v0.38 crypto/merkle (aunts are stored bottom-up).

import type { Bytes } from './bytes.ts';
import { concatBytes, equalBytes } from './bytes.ts';
import { sha256 } from './hash.ts';

const LEAF = Uint8Array.of(0);
const INNER = Uint8Array.of(1);
/** CometBFT's limit: a proof never has more aunts. */
const AUNTS_MAX = 100;

export type MerkleProof = {
  readonly total: number;
  readonly index: number;
  readonly leafHash: Bytes;
  /** Sibling hashes from the leaf to the root. */
  readonly aunts: readonly Bytes[];
};

export function leafHash(item: Bytes): Bytes {
  return sha256(concatBytes(LEAF, item));
}

export function innerHash(left: Bytes, right: Bytes): Bytes {
  return sha256(concatBytes(INNER, left, right));
}

/** Largest power of two strictly less than n (n ≥ 2). */
function splitPoint(n: number): number {
  let split = 1;
  while (split * 2 < n) split *= 2;
  return split;
}

export function merkleRoot(items: readonly Bytes[]): Bytes {
  if (items.length === 0) return sha256(new Uint8Array(0));
  return rootOf(items.map(leafHash));
}

function rootOf(hashes: readonly Bytes[]): Bytes {
  const first = hashes[0];
  if (hashes.length === 1 && first !== undefined) return first;
  const split = splitPoint(hashes.length);
  return innerHash(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

/** Proof that items[index] is under merkleRoot(items). @throws RangeError where the index is outside. */
export function merkleProof(items: readonly Bytes[], index: number): MerkleProof {
  const item = items[index];
  if (item === undefined) throw new RangeError('no such leaf');
  const aunts: Bytes[] = [];
  let hashes = items.map(leafHash);
  let position = index;
  while (hashes.length > 1) {
    const split = splitPoint(hashes.length);
    const inLeft = position < split;
    aunts.push(rootOf(inLeft ? hashes.slice(split) : hashes.slice(0, split)));
    hashes = inLeft ? hashes.slice(0, split) : hashes.slice(split);
    if (!inLeft) position -= split;
  }
  return { total: items.length, index, leafHash: leafHash(item), aunts: aunts.reverse() };
}

/** True only where `item` is leaf `proof.index` of `proof.total` under `root`. */
export function verifyMerkleProof(root: Bytes, item: Bytes, proof: MerkleProof): boolean {
  const { total, index, aunts } = proof;
  if (!Number.isSafeInteger(total) || !Number.isSafeInteger(index)) return false;
  if (total < 1 || index < 0 || index >= total || aunts.length > AUNTS_MAX) return false;
  if (!equalBytes(leafHash(item), proof.leafHash)) return false;
  const computed = climb(total, index, proof.leafHash, aunts);
  return computed !== undefined && equalBytes(computed, root);
}

function climb(total: number, index: number, hash: Bytes, aunts: readonly Bytes[]): Bytes | undefined {
  if (total === 1) return aunts.length === 0 ? hash : undefined;
  const aunt = aunts[aunts.length - 1];
  if (aunt === undefined || aunt.length !== 32) return undefined;
  const rest = aunts.slice(0, -1);
  const split = splitPoint(total);
  if (index < split) {
    const left = climb(split, index, hash, rest);
    return left === undefined ? undefined : innerHash(left, aunt);
  }
  const right = climb(total - split, index - split, hash, rest);
  return right === undefined ? undefined : innerHash(aunt, right);
}
