// The tree of a claim: a leaf for each user served, with its weight, at the place that the user's address gives it. So no
// user can stand in two places; the weights add up to the root; and a point of the whole weight, chosen by chance, is
// opened by the way from one leaf to the root.

import type { Bytes } from '../../../base/index.ts';
import {
  assert,
  compareBytes,
  concatBytes,
  equalBytes,
  taggedHash,
  u64ToBytes,
} from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import type { ServiceOpening, ServiceReceipt } from '../../messages.ts';

/** Longer ways have only addresses that somebody ground for the purpose; such a user can be left out. */
const PATH_MAX = 96;

export type Leaf = { readonly user: Address; readonly weight: bigint; readonly content: Bytes };
type Node = { readonly hash: Bytes; readonly weight: bigint };
export type Step = ServiceOpening['path'][number];

/** What a leaf commits to besides user and weight. */
export function leafContent(name: string, receipts: readonly ServiceReceipt[]): Bytes {
  const parts = receipts.map(({ sender, message, signature }) => concatBytes(sender, message, signature));
  return taggedHash(
    'dipnet/service-receipts/v1',
    new TextEncoder().encode(name),
    new Uint8Array(1),
    ...parts,
  );
}

const leafNode = ({ user, weight, content }: Leaf): Node => ({
  hash: taggedHash('dipnet/service-leaf/v1', user, u64ToBytes(weight), content),
  weight,
});

const parentOf = (left: Node, right: Node): Node => ({
  hash: taggedHash(
    'dipnet/service-node/v1',
    left.hash,
    u64ToBytes(left.weight),
    right.hash,
    u64ToBytes(right.weight),
  ),
  weight: left.weight + right.weight,
});

/** Binds the whole weight, which a single leaf's hash would bind too, and an inner node's not. */
const rootOf = ({ hash, weight }: Node): Bytes =>
  taggedHash('dipnet/service-root/v1', hash, u64ToBytes(weight));

/** Bit `depth` of an address, the highest first. */
const bitOf = (address: Address, depth: number): number =>
  ((address[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1;

const EMPTY: Node = { hash: new Uint8Array(32), weight: 0n };

export type ServiceTree = {
  readonly root: Bytes;
  readonly weight: bigint;
  /** The leaf at a point of the weight, and its way up. */
  open(point: bigint): { readonly leaf: Leaf; readonly path: readonly Step[] };
};

/** Leaves in any order, each user once and none without weight. */
export function buildServiceTree(leaves: readonly Leaf[]): ServiceTree {
  const sorted = [...leaves].sort((a, b) => compareBytes(a.user, b.user));
  assert(sorted.length > 0 && sorted.every(({ weight }) => weight > 0n), 'a claim is about somebody');
  const twice = sorted.some(
    (leaf, place) => place > 0 && equalBytes(leaf.user, sorted[place - 1]?.user ?? leaf.content),
  );
  assert(!twice, 'a user is served once');
  const nodeOf = (from: number, to: number, depth: number): Node => {
    const [only] = to - from === 1 ? sorted.slice(from, to) : [];
    if (only !== undefined) return leafNode(only);
    if (to === from) return EMPTY;
    const middle = split(sorted, from, to, depth);
    return parentOf(nodeOf(from, middle, depth + 1), nodeOf(middle, to, depth + 1));
  };
  const top = nodeOf(0, sorted.length, 0);
  return {
    root: rootOf(top),
    weight: top.weight,
    open(point) {
      assert(point >= 0n && point < top.weight, 'a point of the weight');
      const path: Step[] = [];
      let [from, to, depth, left] = [0, sorted.length, 0, point];
      while (to - from > 1) {
        const middle = split(sorted, from, to, depth);
        const [low, high] = [nodeOf(from, middle, depth + 1), nodeOf(middle, to, depth + 1)];
        const goesHigh = left >= low.weight;
        path.unshift(goesHigh ? low : high);
        if (goesHigh) left -= low.weight;
        [from, to, depth] = goesHigh ? [middle, to, depth + 1] : [from, middle, depth + 1];
      }
      const leaf = sorted[from];
      assert(leaf !== undefined, 'every point is in a leaf');
      return { leaf, path };
    },
  };
}

/** Where the addresses with the bit set begin. */
function split(sorted: readonly Leaf[], from: number, to: number, depth: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bitOf(sorted[middle]?.user ?? new Uint8Array(20), depth) === 1) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The points that an opening covers; undefined where it does not lead from this leaf's own place to the root. */
export function openedSpan(
  leaf: Leaf,
  path: readonly Step[],
  root: Bytes,
  weight: bigint,
): { readonly from: bigint; readonly to: bigint } | undefined {
  if (path.length > PATH_MAX) return undefined;
  let node = leafNode(leaf);
  let from = 0n;
  for (const [place, sibling] of path.entries()) {
    const isHigh = bitOf(leaf.user, path.length - 1 - place) === 1;
    if (isHigh) from += sibling.weight;
    // Beyond what the root can say, sums would wrap in their eight bytes.
    if (node.weight + sibling.weight > weight) return undefined;
    node = isHigh ? parentOf(sibling, node) : parentOf(node, sibling);
  }
  if (node.weight !== weight || !equalBytes(rootOf(node), root)) return undefined;
  return { from, to: from + leaf.weight };
}
