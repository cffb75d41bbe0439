// All leaves of a subtree in the order of their keys' hashes, from any point on. Memory: one path of the tree.

import type { Bytes } from '../../base/index.ts';
import { leavesOf } from './bucket.ts';
import { type Child, compareKeyHash, type LeafRecord, nibbleAt } from './leaf.ts';
import type { NodeReader } from './node-cache.ts';
import { childAt, SLOTS } from './page.ts';

/** Leaves whose key hash is greater than `after`, or all. */
export function* walkLeaves(
  nodes: NodeReader,
  child: Child | undefined,
  depth: number,
  after: Bytes | undefined,
): Generator<LeafRecord> {
  if (child === undefined) return;
  if (child.kind === 'page') {
    const page = nodes.page(child);
    const first = after === undefined ? 0 : nibbleAt(after, depth);
    for (let slot = first; slot < SLOTS; slot++) {
      yield* walkLeaves(nodes, childAt(page, slot), depth + 1, slot === first ? after : undefined);
    }
    return;
  }
  const leaves = child.kind === 'leaf' ? [child.leaf] : leavesOf(nodes.bucket(child, depth));
  for (const leaf of leaves) {
    if (after === undefined || compareKeyHash(leaf, after) > 0) yield leaf;
  }
}
