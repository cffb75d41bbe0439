// Merkle proofs of all leaves of one tree at once: a block's transactions and results are proven to everybody who waits,
// so each hash of the tree is computed once and not once for every leaf.

import type { Bytes, MerkleProof } from '../../base/index.ts';
import { innerHash, leafHash } from '../../base/index.ts';

/** The same proofs as merkleProof(items, 0), merkleProof(items, 1), … */
export function merkleProofs(items: readonly Bytes[]): MerkleProof[] {
  const leaves = items.map(leafHash);
  const aunts: Bytes[][] = leaves.map(() => []);
  if (leaves.length > 0) climb(leaves, aunts, 0, leaves.length);
  return leaves.map((leaf, index) => ({
    total: leaves.length,
    index,
    leafHash: leaf,
    aunts: aunts[index] ?? [],
  }));
}

/** Root of leaves[from … to); adds the sibling to the aunts of each leaf below, which yields them bottom-up. */
function climb(leaves: readonly Bytes[], aunts: readonly Bytes[][], from: number, to: number): Bytes {
  const only = leaves[from];
  if (to - from === 1 && only !== undefined) return only;
  let split = 1;
  while (split * 2 < to - from) split *= 2;
  const middle = from + split;
  const left = climb(leaves, aunts, from, middle);
  const right = climb(leaves, aunts, middle, to);
  for (let index = from; index < middle; index++) aunts[index]?.push(right);
  for (let index = middle; index < to; index++) aunts[index]?.push(left);
  return innerHash(left, right);
}
