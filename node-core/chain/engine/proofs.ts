// Merkle proofs of all leaves of one tree at once: a block's transactions and results are proven to everybody who waits,
// so each hash of the tree is computed once and not once for every leaf.

import type { Bytes, MerkleProof } from '../../base/index.ts';
import { assert, innerHash, leafHash } from '../../base/index.ts';
import { encodeTxResult } from '../../comet/index.ts';
import { txHash } from '../tx.ts';
import type { CommittedBlock, TxInclusion } from '../types.ts';

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

/** Every transaction of a block with its proofs. */
export function inclusionsOf(block: CommittedBlock): TxInclusion[] {
  const hashes = block.txs.map(({ tx }) => txHash(tx));
  const txProofs = merkleProofs(hashes);
  const resultProofs = merkleProofs(block.txs.map(({ outcome }) => encodeTxResult(outcome.result)));
  return block.txs.map(({ tx, outcome: { result, events, fault } }, index) => ({
    hash: entryAt(hashes, index),
    tx,
    height: block.height,
    index,
    result,
    txProof: entryAt(txProofs, index),
    resultProof: entryAt(resultProofs, index),
    events,
    ...(fault === undefined ? {} : { fault }),
  }));
}

/** An entry that must be there. @throws Error where it is not. */
export function entryAt<T>(entries: readonly T[], index: number): T {
  const entry = entries[index];
  assert(entry !== undefined, 'every transaction has its entry');
  return entry;
}
