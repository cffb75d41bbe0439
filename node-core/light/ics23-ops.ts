// The steps of an ICS23 proof: hashing a leaf and climbing inner nodes, and the rules by which a step may look under a
// tree's specification. The rules are the soundness: without them an inner node could pass for a leaf or the reverse.
// Source: cosmos/ics23 go/ops.go.

import { blake2b, blake2s } from '@noble/hashes/blake2.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { sha512, sha512_256 } from '@noble/hashes/sha2.js';
import type { Bytes } from '../base/index.ts';
import { concatBytes, encodeVarint, equalBytes, keccak_256, ripemd160, sha256 } from '../base/index.ts';
import type { ExistenceProof, InnerOp, LeafOp } from './ics23-proof.ts';
import { HASH_OPS, LENGTH_OPS } from './ics23-proof.ts';

export type InnerSpec = {
  /** Position of each branch among the children, a permutation of 0 … n-1. */
  readonly childOrder: readonly number[];
  readonly childSizeBytes: number;
  readonly prefixLengthMin: number;
  readonly prefixLengthMax: number;
  /** What stands in for a missing child; empty where the tree has none. */
  readonly emptyChild: Bytes;
  readonly hash: number;
};

export type ProofSpec = {
  readonly leaf: LeafOp;
  readonly inner: InnerSpec;
  /** 0 for the default of 128. */
  readonly depthMax: number;
  readonly depthMin: number;
  /** Keys are ordered by their hash. */
  readonly prehashKeyBeforeComparison: boolean;
};

const DEPTH_MAX_DEFAULT = 128;
const NOTHING = new Uint8Array(0);
const EMPTY_32 = new Uint8Array(32);

const PLAIN_LEAF: LeafOp = {
  hash: HASH_OPS.sha256,
  prehashKey: HASH_OPS.none,
  prehashValue: HASH_OPS.sha256,
  length: LENGTH_OPS.varProto,
  prefix: Uint8Array.of(0),
};
const PLAIN_INNER: InnerSpec = {
  childOrder: [0, 1],
  childSizeBytes: 32,
  prefixLengthMin: 1,
  prefixLengthMax: 1,
  emptyChild: NOTHING,
  hash: HASH_OPS.sha256,
};
const PLAIN = { depthMin: 0, depthMax: 0, prehashKeyBeforeComparison: false };

/** Binary sparse Merkle tree over SHA-256 of the key: the state tree of this chain. */
export const SMT_SPEC: ProofSpec = {
  leaf: { ...PLAIN_LEAF, prehashKey: HASH_OPS.sha256, length: LENGTH_OPS.none },
  inner: { ...PLAIN_INNER, emptyChild: EMPTY_32 },
  depthMin: 0,
  depthMax: 256,
  prehashKeyBeforeComparison: true,
};
/** CometBFT's own simple Merkle tree. */
export const TENDERMINT_SPEC: ProofSpec = { ...PLAIN, leaf: PLAIN_LEAF, inner: PLAIN_INNER };
/** The state tree of Cosmos SDK chains. */
export const IAVL_SPEC: ProofSpec = {
  ...PLAIN,
  leaf: PLAIN_LEAF,
  inner: { ...PLAIN_INNER, childSizeBytes: 33, prefixLengthMin: 4, prefixLengthMax: 12 },
};

/** Undefined for `none` and unknown operations. */
export function hashBytes(op: number, preimage: Bytes): Bytes | undefined {
  switch (op) {
    case HASH_OPS.sha256:
      return sha256(preimage);
    case HASH_OPS.sha512:
      return sha512(preimage);
    case HASH_OPS.keccak256:
      return keccak_256(preimage);
    case HASH_OPS.ripemd160:
      return ripemd160(preimage);
    case HASH_OPS.bitcoin:
      return ripemd160(sha256(preimage));
    case HASH_OPS.sha512_256:
      return sha512_256(preimage);
    case HASH_OPS.blake2b_512:
      return blake2b(preimage, { dkLen: 64 });
    case HASH_OPS.blake2s_256:
      return blake2s(preimage, { dkLen: 32 });
    case HASH_OPS.blake3:
      return blake3(preimage);
    default:
      return undefined;
  }
}

function hashOrPass(op: number, preimage: Bytes): Bytes | undefined {
  return op === HASH_OPS.none ? preimage : hashBytes(op, preimage);
}

/** Big-endian. */
function fixedLength(length: number, sizeBytes: number): Bytes {
  const bytes = new Uint8Array(sizeBytes);
  new DataView(bytes.buffer).setUint32(sizeBytes - 4, length);
  return bytes;
}

function withLength(op: number, data: Bytes): Bytes | undefined {
  switch (op) {
    case LENGTH_OPS.none:
      return data;
    case LENGTH_OPS.varProto:
      return concatBytes(encodeVarint(data.length), data);
    case LENGTH_OPS.fixed32Big:
      return concatBytes(fixedLength(data.length, 4), data);
    case LENGTH_OPS.fixed32Little:
      return concatBytes(fixedLength(data.length, 4).reverse(), data);
    case LENGTH_OPS.fixed64Big:
      return concatBytes(fixedLength(data.length, 8), data);
    case LENGTH_OPS.fixed64Little:
      return concatBytes(fixedLength(data.length, 8).reverse(), data);
    case LENGTH_OPS.require32Bytes:
      return data.length === 32 ? data : undefined;
    case LENGTH_OPS.require64Bytes:
      return data.length === 64 ? data : undefined;
    default:
      return undefined;
  }
}

/** Undefined where key or value is empty or an operation is unknown. */
export function applyLeaf(op: LeafOp, key: Bytes, value: Bytes): Bytes | undefined {
  if (key.length === 0 || value.length === 0) return undefined;
  const hashedKey = hashOrPass(op.prehashKey, key);
  const hashedValue = hashOrPass(op.prehashValue, value);
  if (hashedKey === undefined || hashedValue === undefined) return undefined;
  const keyPart = withLength(op.length, hashedKey);
  const valuePart = withLength(op.length, hashedValue);
  if (keyPart === undefined || valuePart === undefined) return undefined;
  return hashBytes(op.hash, concatBytes(op.prefix, keyPart, valuePart));
}

export function applyInner(op: InnerOp, child: Bytes): Bytes | undefined {
  if (child.length === 0) return undefined;
  return hashBytes(op.hash, concatBytes(op.prefix, child, op.suffix));
}

/** The root that the proof leads to; undefined where it cannot be computed. Says nothing without checkExistence. */
export function existenceRoot(proof: ExistenceProof, spec?: ProofSpec): Bytes | undefined {
  if (proof.leaf === undefined) return undefined;
  let hash = applyLeaf(proof.leaf, proof.key, proof.value);
  for (const step of proof.path) {
    if (hash === undefined) return undefined;
    hash = applyInner(step, hash);
    const childSize = spec?.inner.childSizeBytes ?? 0;
    if (hash !== undefined && childSize >= 32 && hash.length > childSize) return undefined;
  }
  return hash;
}

function startsWith(bytes: Bytes, prefix: Bytes): boolean {
  return bytes.length >= prefix.length && equalBytes(bytes.subarray(0, prefix.length), prefix);
}

/** A specification under which branches cannot be told apart proves nothing. */
export function isSoundSpec(spec: ProofSpec): boolean {
  const { childOrder, childSizeBytes, prefixLengthMin, prefixLengthMax, emptyChild } = spec.inner;
  if (childSizeBytes <= 0 || prefixLengthMin < 0 || childOrder.length === 0) return false;
  if (prefixLengthMax < prefixLengthMin || prefixLengthMax >= prefixLengthMin + childSizeBytes) return false;
  if (emptyChild.length !== 0 && emptyChild.length !== childSizeBytes) return false;
  return [...childOrder].sort((a, b) => a - b).every((branch, index) => branch === index);
}

/** The leaf step is exactly the one of the specification, but for a longer prefix. */
export function checkLeaf(op: LeafOp, spec: LeafOp): boolean {
  return (
    op.hash === spec.hash &&
    op.prehashKey === spec.prehashKey &&
    op.prehashValue === spec.prehashValue &&
    op.length === spec.length &&
    startsWith(op.prefix, spec.prefix)
  );
}

/** An inner step has the shape of an inner node and cannot be mistaken for a leaf. */
function checkInner(op: InnerOp, spec: ProofSpec): boolean {
  const { inner } = spec;
  const siblingsSize = (inner.childOrder.length - 1) * inner.childSizeBytes;
  return (
    op.hash === inner.hash &&
    !startsWith(op.prefix, spec.leaf.prefix) &&
    op.prefix.length >= inner.prefixLengthMin &&
    op.prefix.length <= inner.prefixLengthMax + siblingsSize &&
    op.suffix.length % inner.childSizeBytes === 0
  );
}

/** Every step is of the specification, and the path is neither too short nor too long. */
export function checkExistence(proof: ExistenceProof, spec: ProofSpec): boolean {
  if (!isSoundSpec(spec) || proof.leaf === undefined || !checkLeaf(proof.leaf, spec.leaf)) return false;
  const depthMax = spec.depthMax > 0 ? spec.depthMax : DEPTH_MAX_DEFAULT;
  if (proof.path.length < spec.depthMin || proof.path.length > depthMax) return false;
  if (!proof.path.every((op) => checkInner(op, spec))) return false;
  if (sameSpec(spec, IAVL_SPEC)) return isIavl(proof.leaf.prefix, proof.path);
  return !sameSpec(spec, TENDERMINT_SPEC) || proof.path.every(isTendermintInner);
}

function sameSpec(a: ProofSpec, b: ProofSpec): boolean {
  return (
    a.leaf.hash === b.leaf.hash &&
    a.leaf.prehashKey === b.leaf.prehashKey &&
    a.leaf.prehashValue === b.leaf.prehashValue &&
    a.leaf.length === b.leaf.length &&
    a.inner.hash === b.inner.hash &&
    a.inner.prefixLengthMin === b.inner.prefixLengthMin &&
    a.inner.prefixLengthMax === b.inner.prefixLengthMax &&
    a.inner.childSizeBytes === b.inner.childSizeBytes &&
    a.inner.childOrder.length === b.inner.childOrder.length
  );
}

/** IAVL prefixes hold height, size and version; heights grow towards the root, and only the leaf has height 0. */
function isIavl(leafPrefix: Bytes, path: readonly InnerOp[]): boolean {
  if (iavlRest(leafPrefix, 0) !== 0) return false;
  return path.every((op, index) => {
    const rest = iavlRest(op.prefix, index + 1);
    // The length byte of the child alone, or behind a whole left sibling.
    return rest === 1 || rest === 34;
  });
}

/** Bytes left after the three varints, or undefined where one is missing, negative or the height below `heightMin`. */
function iavlRest(prefix: Bytes, heightMin: number): number | undefined {
  let offset = 0;
  for (let field = 0; field < 3; field++) {
    const varint = readZigZag(prefix, offset);
    if (varint === undefined || varint.value < 0n) return undefined;
    if (field === 0 && varint.value < BigInt(heightMin)) return undefined;
    offset = varint.next;
  }
  return prefix.length - offset;
}

/** Go's binary.ReadVarint: up to ten bytes, not necessarily minimal. */
function readZigZag(bytes: Bytes, offset: number): { value: bigint; next: number } | undefined {
  let raw = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[offset + i];
    if (byte === undefined) return undefined;
    raw |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) {
      if (raw > 0xffff_ffff_ffff_ffffn) return undefined;
      return { value: (raw & 1n) === 0n ? raw >> 1n : -((raw + 1n) >> 1n), next: offset + i + 1 };
    }
  }
  return undefined;
}

/** CometBFT's inner nodes are 01 ‖ left ‖ right and nothing else. */
function isTendermintInner(op: InnerOp): boolean {
  const isLeft = op.prefix.length === 1 && op.suffix.length === 32;
  const isRight = op.prefix.length === 33 && op.suffix.length === 0;
  return op.prefix[0] === 1 && (isLeft || isRight);
}

/** The key as the tree orders it. Undefined where the specification's hash is unknown. */
export function keyForComparison(spec: ProofSpec, key: Bytes): Bytes | undefined {
  return spec.prehashKeyBeforeComparison ? hashOrPass(spec.leaf.prehashKey, key) : key;
}
