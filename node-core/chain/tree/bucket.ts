// A bucket: all leaves of a small subtree, stored one behind the other. In memory the hashes between them stand behind
// the leaves, so that a change of one leaf hashes one path and a proof hashes nothing. They stand in preorder: first the
// subtree's own, then those of its left side, then those of its right; n leaves have n-1 of them, because levels on which
// no leaves part have none of their own.

import type { Bytes } from '../../base/index.ts';
import { assert, equalBytes } from '../../base/index.ts';
import {
  bitAt,
  compareKeyHash,
  EMPTY_CHILD,
  HASH_SIZE_BYTES,
  type HashFunction,
  hashInner,
  LEAF_HASH_OFFSET,
  LEAF_SIZE_BYTES,
  type LeafRecord,
  NOTHING,
} from './leaf.ts';

/** What changes at once in a bucket is a set of bits. */
export const BUCKET_LEAVES_MAX = 32;
const ALL = -1;

/** Two leaves at least, in the order of their keys' hashes. */
export type Bucket = {
  /** The leaves, then the hashes. */
  readonly bytes: Bytes;
  readonly count: number;
  readonly hash: Bytes;
};

export function leafAt({ bytes }: Bucket, index: number): LeafRecord {
  return bytes.subarray(index * LEAF_SIZE_BYTES, (index + 1) * LEAF_SIZE_BYTES);
}

export function leavesOf(bucket: Bucket): LeafRecord[] {
  return Array.from({ length: bucket.count }, (_, index) => leafAt(bucket, index));
}

/** Position of a key's leaf; -1 where it is not here. */
export function indexInBucket({ bytes, count }: Bucket, keyHash: Bytes): number {
  for (let index = 0; index < count; index++) {
    const order = compareKeyHash(bytes, keyHash, index * LEAF_SIZE_BYTES);
    if (order >= 0) return order === 0 ? index : -1;
  }
  return -1;
}

/** What is stored: a view, to be written before the bucket changes. */
export function encodeBucket({ bytes, count }: Bucket): Bytes {
  return bytes.subarray(0, count * LEAF_SIZE_BYTES);
}

/** @throws Error where the stored bytes are damaged. */
export function decodeBucket(hash: HashFunction, stored: Bytes, depth: number, expected: Bytes): Bucket {
  const count = stored.length / LEAF_SIZE_BYTES;
  const isWhole = Number.isInteger(count) && count >= 2 && count <= BUCKET_LEAVES_MAX;
  assert(isWhole, 'a stored bucket is complete');
  const bytes = bucketBytes(count);
  bytes.set(stored);
  const bucket = settle(hash, bytes, count, depth, ALL);
  assert(equalBytes(bucket.hash, expected), 'a stored bucket hashes to what its parent says');
  return bucket;
}

/** The bucket of these leaves, which are alike in the first `depth` nibbles. */
export function createBucket(hash: HashFunction, leaves: readonly LeafRecord[], depth: number): Bucket {
  const count = leaves.length;
  const bytes = bucketBytes(count);
  leaves.forEach((leaf, index) => {
    bytes.set(leaf, index * LEAF_SIZE_BYTES);
  });
  return settle(hash, bytes, count, depth, ALL);
}

/** Gives some leaves other values, by their positions. `before` is changed, and may not be used any more. */
export function replaceLeaves(
  hash: HashFunction,
  before: Bucket,
  depth: number,
  replacements: readonly (readonly [number, LeafRecord])[],
): Bucket {
  const { bytes } = before;
  let touched = 0;
  for (const [index, leaf] of replacements) {
    bytes.set(leaf, index * LEAF_SIZE_BYTES);
    touched |= 1 << index;
  }
  return settle(hash, bytes, before.count, depth, touched);
}

const bucketBytes = (count: number) =>
  new Uint8Array(count * LEAF_SIZE_BYTES + (count - 1) * HASH_SIZE_BYTES);

type Content = Pick<Bucket, 'bytes' | 'count'>;

/** First of the leaves `from` … `to`-1, alike up to `bit`, in which that bit is set; `to` where none is. */
function splitAt({ bytes }: Content, from: number, to: number, bit: number): number {
  assert(bit < 256, 'two keys have different hashes');
  let split = from;
  while (split < to && bitAt(bytes, bit, split * LEAF_SIZE_BYTES) === 0) split++;
  return split;
}

/** Where the hash of the leaves `from` … `to`-1 lies; the hashes of two and more begin at number `inner`. */
function offsetOf({ count }: Content, from: number, to: number, inner: number): number {
  if (from === to) return NOTHING;
  if (to - from === 1) return from * LEAF_SIZE_BYTES + LEAF_HASH_OFFSET;
  return count * LEAF_SIZE_BYTES + inner * HASH_SIZE_BYTES;
}

/** Hashes again the ways from the leaves whose bits are set in `touched` to the top. */
function settle(hash: HashFunction, bytes: Bytes, count: number, depth: number, touched: number): Bucket {
  const content = { bytes, count };
  const settleRange = (from: number, to: number, inner: number, bit: number): number => {
    const at = offsetOf(content, from, to, inner);
    const isTouched = ((touched >>> from) & (ALL >>> (BUCKET_LEAVES_MAX - (to - from)))) !== 0;
    if (to - from < 2 || !isTouched) return at;
    const split = splitAt(content, from, to, bit);
    const isParted = split > from && split < to;
    const left = settleRange(from, split, isParted ? inner + 1 : inner, bit + 1);
    const right = settleRange(split, to, isParted ? inner + split - from : inner, bit + 1);
    bytes.set(hashInner(hash, bytes, left, right), at);
    return at;
  };
  const top = settleRange(0, count, 0, 4 * depth);
  return { bytes, count, hash: bytes.subarray(top, top + HASH_SIZE_BYTES) };
}

/** Siblings from a leaf to the top of a bucket at `depth` nibbles, and on which side they stand. */
export function stepsInBucket(
  bucket: Bucket,
  index: number,
  depth: number,
): { readonly side: 'left' | 'right'; readonly hash: Bytes }[] {
  const steps: { readonly side: 'left' | 'right'; readonly hash: Bytes }[] = [];
  const hashAt = (at: number) =>
    at === NOTHING ? EMPTY_CHILD : bucket.bytes.subarray(at, at + HASH_SIZE_BYTES);
  let [from, to, inner] = [0, bucket.count, 0];
  for (let bit = 4 * depth; to - from > 1; bit++) {
    const split = splitAt(bucket, from, to, bit);
    const isParted = split > from && split < to;
    const [left, right] = isParted ? [inner + 1, inner + split - from] : [inner, inner];
    if (index < split) {
      steps.push({ side: 'right', hash: hashAt(offsetOf(bucket, split, to, right)) });
      [to, inner] = [split, left];
    } else {
      steps.push({ side: 'left', hash: hashAt(offsetOf(bucket, from, split, left)) });
      [from, inner] = [split, right];
    }
  }
  return steps.reverse();
}
