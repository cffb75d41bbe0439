// The verifier against the chain's own state tree: every honest proof passes, and no choice of other leaves of the same
// tree can hide a key or make up a neighbourhood.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../base/index.ts';
import { bytesToHex, compareBytes, sha256 } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { createStateTree } from '../chain/index.ts';
import { verifyMembership, verifyNonMembership } from './ics23.ts';
import { SMT_SPEC } from './ics23-ops.ts';
import type { ExistenceProof, InnerOp } from './ics23-proof.ts';
import { encodeCommitmentProof, parseCommitmentProof } from './ics23-proof.ts';

const keys = fc.uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 6 }), {
  minLength: 2,
  maxLength: 24,
  selector: bytesToHex,
});

function plant(present: readonly Bytes[]) {
  const kv = createMemoryKv();
  const tree = createStateTree({ kv, versionsKept: 1 });
  const { operations, root } = tree.prepare(
    1n,
    present.map((key) => [key, sha256(key)] as const),
  );
  kv.apply(operations);
  const prove = (key: Bytes) => {
    const proven = tree.prove(key, 1n);
    if (!proven.ok) throw new Error(proven.fault.message);
    return proven.value.proof;
  };
  const existence = (key: Bytes): ExistenceProof => {
    const parsed = parseCommitmentProof(prove(key));
    if (parsed?.kind !== 'exist') throw new Error('a present key has a proof of existence');
    return parsed.exist;
  };
  return { root, prove, existence };
}

describe('proofs of the state tree', () => {
  test('honest ones pass, in their one encoding', () => {
    fc.assert(
      fc.property(keys, (all) => {
        const present = all.slice(0, Math.ceil(all.length / 2));
        const { root, prove } = plant(present);
        for (const key of all) {
          const proof = prove(key);
          const isPresent = present.includes(key);
          expect(verifyMembership(SMT_SPEC, root, proof, key, sha256(key))).toBe(isPresent);
          expect(verifyNonMembership(SMT_SPEC, root, proof, key)).toBe(!isPresent);
          const parsed = parseCommitmentProof(proof);
          expect(parsed === undefined ? undefined : encodeCommitmentProof(parsed)).toEqual(proof);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('absence holds for exactly one pair of neighbours, and for no present key', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 4 }), {
          minLength: 3,
          maxLength: 9,
          selector: bytesToHex,
        }),
        (all) => {
          const present = all.slice(0, -2);
          const { root, existence } = plant(present);
          const sides = [undefined, ...present.map(existence)];
          for (const key of all) {
            const passing = sides.flatMap((left) =>
              sides.filter((right) => {
                const nonexist = { key: sha256(key), left, right };
                return verifyNonMembership(SMT_SPEC, root, { kind: 'nonexist', nonexist }, key);
              }),
            );
            expect(passing.length).toBe(present.includes(key) ? 0 : 1);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('no step may be dropped, repeated, exchanged, moved or turned round', () => {
    const turn = ({ hash, prefix, suffix }: InnerOp): InnerOp =>
      suffix.length > 0
        ? { hash, prefix: Uint8Array.of(1, ...suffix), suffix: new Uint8Array(0) }
        : { hash, prefix: Uint8Array.of(1), suffix: prefix.subarray(1) };
    fc.assert(
      fc.property(keys, fc.nat(), fc.nat(), (present, pick, at) => {
        const { root, existence } = plant(present);
        const key = present[pick % present.length] as Bytes;
        const exist = existence(key);
        const { path } = exist;
        if (path.length === 0) return;
        const index = at % path.length;
        const step = path[index] as InnerOp;
        const [head, tail] = [path.slice(0, index), path.slice(index + 1)];
        const forged = [
          [...head, ...tail],
          [...head, step, step, ...tail],
          [...head, turn(step), ...tail],
          [...tail, step, ...head],
          [],
        ].filter((steps) => JSON.stringify(steps.map(hexOf)) !== JSON.stringify(path.map(hexOf)));
        for (const steps of forged) {
          const proof = { kind: 'exist', exist: { ...exist, path: steps } } as const;
          expect(verifyMembership(SMT_SPEC, root, proof, key, exist.value)).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('an inner node does not pass for a leaf, nor a leaf’s hash for its value', () => {
    const { root, existence } = plant([Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]);
    const exist = existence(Uint8Array.of(2));
    const step = exist.path[0] as InnerOp;
    const disguises = [
      { ...exist, leaf: { ...(exist.leaf ?? fail()), prefix: step.prefix } },
      { ...exist, leaf: { ...(exist.leaf ?? fail()), prehashKey: 0 }, key: sha256(exist.key) },
      { ...exist, leaf: { ...(exist.leaf ?? fail()), prehashValue: 0 }, value: sha256(exist.value) },
      { ...exist, leaf: undefined },
    ];
    for (const disguise of disguises) {
      const proof = { kind: 'exist', exist: disguise } as const;
      expect(verifyMembership(SMT_SPEC, root, proof, disguise.key, disguise.value)).toBe(false);
    }
  });

  test('neighbours are neighbours by hash, not by key', () => {
    const present = [1, 2, 3, 4, 5, 6, 7, 8].map((byte) => Uint8Array.of(byte));
    const byHash = [...present].sort((a, b) => compareBytes(sha256(a), sha256(b)));
    expect(byHash).not.toEqual(present);
    const { root, prove } = plant(present);
    const parsed = parseCommitmentProof(prove(Uint8Array.of(9)));
    if (parsed?.kind !== 'nonexist') throw new Error('an absent key has a proof of absence');
    const place = byHash.filter((key) => compareBytes(sha256(key), sha256(Uint8Array.of(9))) < 0).length;
    expect(parsed.nonexist.left?.key).toEqual(byHash[place - 1]);
    expect(parsed.nonexist.right?.key).toEqual(byHash[place]);
    expect(
      verifyNonMembership({ ...SMT_SPEC, prehashKeyBeforeComparison: false }, root, parsed, Uint8Array.of(9)),
    ).toBe(false);
  });
});

describe('trees that no honest chain has', () => {
  const leaf = { hash: 1, prehashKey: 1, prehashValue: 1, length: 0, prefix: Uint8Array.of(0) };
  const leafHash = (key: Bytes) => sha256(Uint8Array.of(0, ...sha256(key), ...sha256(sha256(key))));
  const proofOf = (key: Bytes, path: readonly InnerOp[]): ExistenceProof => ({
    key,
    value: sha256(key),
    leaf,
    path,
  });
  const asLeft = (sibling: Bytes): InnerOp => ({ hash: 1, prefix: Uint8Array.of(1), suffix: sibling });
  const asRight = (sibling: Bytes): InnerOp => ({
    hash: 1,
    prefix: Uint8Array.of(1, ...sibling),
    suffix: new Uint8Array(0),
  });

  test('two leaves in the wrong order have nothing between them', () => {
    const sorted = [1, 2, 3]
      .map((byte) => Uint8Array.of(byte))
      .sort((a, b) => compareBytes(sha256(a), sha256(b)));
    const [low, middle, high] = sorted as [Bytes, Bytes, Bytes];
    const between = (left: ExistenceProof, right: ExistenceProof, root: Bytes) => {
      const nonexist = { key: sha256(middle), left, right };
      return verifyNonMembership(SMT_SPEC, root, { kind: 'nonexist', nonexist }, middle);
    };
    const right = sha256(Uint8Array.of(1, ...leafHash(low), ...leafHash(high)));
    const inOrder = [
      proofOf(low, [asLeft(leafHash(high))]),
      proofOf(high, [asRight(leafHash(low))]),
    ] as const;
    expect(between(...inOrder, right)).toBe(true);
    const wrong = sha256(Uint8Array.of(1, ...leafHash(high), ...leafHash(low)));
    const reversed = [
      proofOf(low, [asRight(leafHash(high))]),
      proofOf(high, [asLeft(leafHash(low))]),
    ] as const;
    for (const side of reversed) {
      expect(verifyMembership(SMT_SPEC, wrong, { kind: 'exist', exist: side }, side.key, side.value)).toBe(
        true,
      );
    }
    expect(between(...reversed, wrong)).toBe(false);
  });

  test('a node with three children has no place for a leaf', () => {
    const key = Uint8Array.of(1);
    const [before, after] = [sha256(Uint8Array.of(8)), sha256(Uint8Array.of(9))];
    const step = { hash: 1, prefix: Uint8Array.of(1, ...before), suffix: after };
    const root = sha256(Uint8Array.of(1, ...before, ...leafHash(key), ...after));
    const proof = { kind: 'exist', exist: proofOf(key, [step]) } as const;
    expect(verifyMembership(SMT_SPEC, root, proof, key, sha256(key))).toBe(false);
  });
});

const hexOf = (op: InnerOp) => [bytesToHex(op.prefix), bytesToHex(op.suffix)];

function fail(): never {
  throw new Error('a proof of the tree has a leaf step');
}
