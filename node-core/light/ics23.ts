// ICS23 verification: is (key, value) under this root, or is nothing under this key? Total: any bytes give an answer,
// never an exception. Absence is shown by the two neighbours of the key, which must be next to each other in the tree.
// Source: cosmos/ics23 go/{ics23,proof}.go.

import type { Bytes } from '../base/index.ts';
import { compareBytes, equalBytes } from '../base/index.ts';
import type { InnerSpec, ProofSpec } from './ics23-ops.ts';
import { checkExistence, existenceRoot, keyForComparison } from './ics23-ops.ts';
import type { CommitmentProof, ExistenceProof, InnerOp, NonExistenceProof } from './ics23-proof.ts';
import { parseCommitmentProof } from './ics23-proof.ts';

type ProofInput = Bytes | CommitmentProof;

function asProof(input: ProofInput): CommitmentProof | undefined {
  return input instanceof Uint8Array ? parseCommitmentProof(input) : input;
}

/** True only where `proof` shows that `key` holds `value` under `root`. */
export function verifyMembership(
  spec: ProofSpec,
  root: Bytes,
  proof: ProofInput,
  key: Bytes,
  value: Bytes,
): boolean {
  const parsed = asProof(proof);
  return parsed?.kind === 'exist' && existenceHolds(parsed.exist, spec, root, key, value);
}

/** True only where `proof` shows that nothing is under `key` at `root`. */
export function verifyNonMembership(spec: ProofSpec, root: Bytes, proof: ProofInput, key: Bytes): boolean {
  const parsed = asProof(proof);
  return parsed?.kind === 'nonexist' && absenceHolds(parsed.nonexist, spec, root, key);
}

function existenceHolds(
  proof: ExistenceProof,
  spec: ProofSpec,
  root: Bytes,
  key: Bytes,
  value: Bytes,
): boolean {
  if (!equalBytes(key, proof.key) || !equalBytes(value, proof.value)) return false;
  if (!checkExistence(proof, spec)) return false;
  // Each step must stand at a definite branch: no honest proof has another, and the reference only asks for neighbours.
  if (!proof.path.every((op) => branchOf(spec.inner, op) !== undefined)) return false;
  const computed = existenceRoot(proof, spec);
  return computed !== undefined && root.length > 0 && equalBytes(computed, root);
}

function absenceHolds(proof: NonExistenceProof, spec: ProofSpec, root: Bytes, key: Bytes): boolean {
  const { left, right } = proof;
  const place = keyForComparison(spec, key);
  if (place === undefined || key.length === 0) return false;
  // The key inside the proof decides nothing; it must still name the key, so that no changed byte goes unnoticed.
  if (!equalBytes(proof.key, key) && !equalBytes(proof.key, place)) return false;
  for (const [side, sign] of [
    [left, -1],
    [right, 1],
  ] as const) {
    if (side === undefined) continue;
    if (!existenceHolds(side, spec, root, side.key, side.value)) return false;
    const sidePlace = keyForComparison(spec, side.key);
    if (sidePlace === undefined || Math.sign(compareBytes(sidePlace, place)) !== sign) return false;
  }
  if (left !== undefined && right !== undefined) return areNeighbours(spec.inner, left.path, right.path);
  if (right !== undefined) return isLeftMost(spec.inner, right.path);
  return left !== undefined && isRightMost(spec.inner, left.path);
}

/** Sizes that a step's prefix and suffix have where the child stands at `branch`. */
function paddingOf(spec: InnerSpec, branch: number) {
  const position = spec.childOrder.indexOf(branch);
  const before = position * spec.childSizeBytes;
  return {
    prefixMin: before + spec.prefixLengthMin,
    prefixMax: before + spec.prefixLengthMax,
    suffix: (spec.childOrder.length - 1 - position) * spec.childSizeBytes,
  };
}

/** Which branch the step's child is, or undefined where its padding fits none. */
function branchOf(spec: InnerSpec, op: InnerOp): number | undefined {
  for (let branch = 0; branch < spec.childOrder.length; branch++) {
    const { prefixMin, prefixMax, suffix } = paddingOf(spec, branch);
    const { length } = op.prefix;
    if (length >= prefixMin && length <= prefixMax && op.suffix.length === suffix) return branch;
  }
  return undefined;
}

/** The step's child has siblings left of it, and all of them are the empty child. */
export function leftBranchesAreEmpty(spec: InnerSpec, op: InnerOp): boolean {
  const branch = branchOf(spec, op);
  return branch !== undefined && areEmpty(spec, op, branch, 0, branch);
}

/** The step's child has siblings right of it, and all of them are the empty child. */
export function rightBranchesAreEmpty(spec: InnerSpec, op: InnerOp): boolean {
  const branch = branchOf(spec, op);
  return branch !== undefined && areEmpty(spec, op, branch, branch + 1, spec.childOrder.length);
}

/** Branches `from` … `to`-1 are there and empty. Siblings before the child end the prefix, those after make the suffix. */
function areEmpty(spec: InnerSpec, op: InnerOp, branch: number, from: number, to: number): boolean {
  const size = spec.childSizeBytes;
  if (from >= to || spec.emptyChild.length !== size) return false;
  const own = spec.childOrder.indexOf(branch);
  for (let sibling = from; sibling < to; sibling++) {
    const position = spec.childOrder.indexOf(sibling);
    const bytes = position < own ? op.prefix : op.suffix;
    const start = position < own ? op.prefix.length - (own - position) * size : (position - own - 1) * size;
    if (!equalBytes(bytes.subarray(start, start + size), spec.emptyChild)) return false;
  }
  return true;
}

function isLeftMost(spec: InnerSpec, path: readonly InnerOp[]): boolean {
  return path.every((op) => branchOf(spec, op) === 0 || leftBranchesAreEmpty(spec, op));
}

function isRightMost(spec: InnerSpec, path: readonly InnerOp[]): boolean {
  const last = spec.childOrder.length - 1;
  return path.every((op) => branchOf(spec, op) === last || rightBranchesAreEmpty(spec, op));
}

/** From the root down the paths agree; where they part, left goes one branch left of right, then hugs the gap. */
function areNeighbours(spec: InnerSpec, left: readonly InnerOp[], right: readonly InnerOp[]): boolean {
  let [l, r] = [left.length - 1, right.length - 1];
  for (; l >= 0 && r >= 0; l--, r--) {
    const [a, b] = [left[l], right[r]];
    if (a === undefined || b === undefined) return false;
    if (!equalBytes(a.prefix, b.prefix) || !equalBytes(a.suffix, b.suffix)) break;
  }
  const [topLeft, topRight] = [left[l], right[r]];
  if (topLeft === undefined || topRight === undefined) return false;
  const [leftBranch, rightBranch] = [branchOf(spec, topLeft), branchOf(spec, topRight)];
  if (leftBranch === undefined || rightBranch !== leftBranch + 1) return false;
  return isRightMost(spec, left.slice(0, l)) && isLeftMost(spec, right.slice(0, r));
}
