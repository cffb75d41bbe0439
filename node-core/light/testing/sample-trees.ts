// Small trees of the other ICS23 specifications with their proofs, for tests: CometBFT's simple tree, and an IAVL tree
// as Cosmos SDK chains keep (leaves at the height 0, inner nodes with height, size and version). Never used by the product.

import type { Bytes } from '../../base/index.ts';
import { assert, compareBytes, concatBytes, encodeVarint, sha256 } from '../../base/index.ts';
import type { ProofSpec } from '../ics23-ops.ts';
import { applyLeaf, IAVL_SPEC, TENDERMINT_SPEC } from '../ics23-ops.ts';
import type { CommitmentProof, ExistenceProof, InnerOp, LeafOp } from '../ics23-proof.ts';

export type SampleEntry = readonly [key: Bytes, value: Bytes];
export type SampleTree = {
  readonly spec: ProofSpec;
  readonly root: Bytes;
  /** Of existence, or of absence by the two neighbours. */
  readonly prove: (key: Bytes) => CommitmentProof;
};

type Node = {
  readonly hash: Bytes;
  readonly height: number;
  readonly paths: readonly (readonly InnerOp[])[];
};

/** How a tree writes its nodes. */
type Shape = {
  readonly spec: ProofSpec;
  readonly leaf: LeafOp;
  readonly inner: (height: number, size: number) => Bytes;
  readonly child: (hash: Bytes) => Bytes;
};

const VERSION = 300;
/** Go's signed varint of a number that is not negative. */
const signed = (value: number) => encodeVarint(value * 2);
const iavlPrefix = (height: number, size: number) =>
  concatBytes(signed(height), signed(size), signed(VERSION));

const SHAPES: Readonly<Record<'iavl' | 'tendermint', Shape>> = {
  iavl: {
    spec: IAVL_SPEC,
    leaf: { ...IAVL_SPEC.leaf, prefix: iavlPrefix(0, 1) },
    inner: iavlPrefix,
    child: (hash) => concatBytes(Uint8Array.of(32), hash),
  },
  tendermint: {
    spec: TENDERMINT_SPEC,
    leaf: TENDERMINT_SPEC.leaf,
    inner: () => Uint8Array.of(1),
    child: (hash) => hash,
  },
};

export function buildSampleTree(kind: 'iavl' | 'tendermint', entries: readonly SampleEntry[]): SampleTree {
  const shape = SHAPES[kind];
  const sorted = [...entries].sort(([a], [b]) => compareBytes(a, b));
  const top = buildNode(shape, sorted);
  const existence = (index: number): ExistenceProof | undefined => {
    const entry = sorted[index];
    if (entry === undefined) return undefined;
    return { key: entry[0], value: entry[1], leaf: shape.leaf, path: top.paths[index] ?? [] };
  };
  return {
    spec: shape.spec,
    root: top.hash,
    prove(key) {
      const after = sorted.findIndex(([other]) => compareBytes(other, key) >= 0);
      const place = after < 0 ? sorted.length : after;
      const exist = existence(place);
      if (exist !== undefined && compareBytes(exist.key, key) === 0) return { kind: 'exist', exist };
      const [left, right] = [existence(place - 1), exist];
      return { kind: 'nonexist', nonexist: { key, left, right } };
    },
  };
}

/** Split at the greatest power of two below the size, as RFC 6962; IAVL trees may have any shape, so this one too. */
function buildNode(shape: Shape, entries: readonly SampleEntry[]): Node {
  const [first] = entries;
  assert(first !== undefined, 'a sample tree has entries');
  if (entries.length === 1) {
    const hash = applyLeaf(shape.leaf, ...first);
    assert(hash !== undefined, 'keys and values are not empty');
    return { hash, height: 0, paths: [[]] };
  }
  let split = 1;
  while (split * 2 < entries.length) split *= 2;
  const left = buildNode(shape, entries.slice(0, split));
  const right = buildNode(shape, entries.slice(split));
  const height = Math.max(left.height, right.height) + 1;
  const prefix = shape.inner(height, entries.length);
  const [leftBytes, rightBytes] = [shape.child(left.hash), shape.child(right.hash)];
  // What stands before and after the child's own hash: IAVL's length byte belongs to the prefix.
  const lengthByte = leftBytes.subarray(0, leftBytes.length - left.hash.length);
  const asLeft = { hash: shape.spec.inner.hash, prefix: concatBytes(prefix, lengthByte), suffix: rightBytes };
  const asRight = {
    hash: shape.spec.inner.hash,
    prefix: concatBytes(prefix, leftBytes, lengthByte),
    suffix: new Uint8Array(0),
  };
  return {
    hash: sha256(concatBytes(prefix, leftBytes, rightBytes)),
    height,
    paths: [...left.paths.map((path) => [...path, asLeft]), ...right.paths.map((path) => [...path, asRight])],
  };
}
