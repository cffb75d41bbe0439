// The published ICS23 vectors (vectors/README.md) and properties: a changed proof never verifies, no bytes ever throw.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../base/index.ts';
import { base64, bytesToHex, hexToBytes, sha256, utf8ToBytes } from '../base/index.ts';
import {
  leftBranchesAreEmpty,
  rightBranchesAreEmpty,
  verifyMembership,
  verifyNonMembership,
} from './ics23.ts';
import type { ProofSpec } from './ics23-ops.ts';
import {
  applyInner,
  applyLeaf,
  checkExistence,
  checkLeaf,
  existenceRoot,
  hashBytes,
  IAVL_SPEC,
  isSoundSpec,
  SMT_SPEC,
  TENDERMINT_SPEC,
} from './ics23-ops.ts';
import type { ExistenceProof, InnerOp, LeafOp } from './ics23-proof.ts';
import { encodeCommitmentProof, parseCommitmentProof } from './ics23-proof.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`./vectors/ics23/${name}.json`, import.meta.url), 'utf8'));

// Go's JSON: bytes in base64, zero values left out.
type Json = Record<string, unknown>;
const bytesOf = (value: unknown) => base64.decode((value as string | null | undefined) ?? '');
const numberOf = (value: unknown) => (value as number | undefined) ?? 0;
const leafOf = (json: Json): LeafOp => ({
  hash: numberOf(json['hash']),
  prehashKey: numberOf(json['prehash_key']),
  prehashValue: numberOf(json['prehash_value']),
  length: numberOf(json['length']),
  prefix: bytesOf(json['prefix']),
});
const innerOf = (json: Json): InnerOp => ({
  hash: numberOf(json['hash']),
  prefix: bytesOf(json['prefix']),
  suffix: bytesOf(json['suffix']),
});
const existenceOf = (json: Json): ExistenceProof => ({
  key: bytesOf(json['key']),
  value: bytesOf(json['value']),
  leaf: json['leaf'] === undefined ? undefined : leafOf(json['leaf'] as Json),
  path: ((json['path'] as Json[] | undefined) ?? []).map(innerOf),
});
const specOf = (json: Json): ProofSpec => {
  const inner = json['inner_spec'] as Json;
  return {
    leaf: leafOf(json['leaf_spec'] as Json),
    inner: {
      childOrder: inner['child_order'] as number[],
      childSizeBytes: numberOf(inner['child_size']),
      prefixLengthMin: numberOf(inner['min_prefix_length']),
      prefixLengthMax: numberOf(inner['max_prefix_length']),
      emptyChild: bytesOf(inner['empty_child']),
      hash: numberOf(inner['hash']),
    },
    depthMin: numberOf(json['min_depth']),
    depthMax: numberOf(json['max_depth']),
    prehashKeyBeforeComparison: json['prehash_key_before_comparison'] === true,
  };
};
const cases = (name: string) => Object.entries(read(name) as Record<string, Json>);
const hexOrNothing = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : bytesToHex(bytes));
const expected = (json: Json) => (json['IsErr'] === true ? undefined : bytesToHex(bytesOf(json['Expected'])));

describe('unit vectors', () => {
  test.each(cases('TestLeafOpData'))('leaf: %s', (_name, json) => {
    const hash = applyLeaf(leafOf(json['Op'] as Json), bytesOf(json['Key']), bytesOf(json['Value']));
    expect(hexOrNothing(hash)).toBe(expected(json));
  });

  test.each(cases('TestInnerOpData'))('inner: %s', (_name, json) => {
    expect(hexOrNothing(applyInner(innerOf(json['Op'] as Json), bytesOf(json['Child'])))).toBe(
      expected(json),
    );
  });

  test.each(cases('TestDoHashData'))('hash: %s', (_name, json) => {
    const preimage = utf8ToBytes((json['Preimage'] ?? json['PreImage']) as string);
    expect(hexOrNothing(hashBytes(numberOf(json['HashOp']), preimage))).toBe(json['ExpectedHash']);
  });

  test.each(cases('TestExistenceProofData'))('existence root: %s', (_name, json) => {
    expect(hexOrNothing(existenceRoot(existenceOf(json['Proof'] as Json)))).toBe(expected(json));
  });

  test.each(cases('TestCheckLeafData'))('leaf against specification: %s', (_name, json) => {
    const fits = checkLeaf(leafOf(json['Leaf'] as Json), leafOf(json['Spec'] as Json));
    expect(fits).toBe(json['IsErr'] !== true);
  });

  test.each(cases('TestCheckAgainstSpecData'))('against specification: %s', (_name, json) => {
    expect(checkExistence(existenceOf(json['Proof'] as Json), specOf(json['Spec'] as Json))).toBe(
      json['Err'] === '',
    );
  });

  test.each((read('TestEmptyBranchData') as Json[]).map((json, i) => [i, json] as const))(
    'empty branch %i',
    (_index, json) => {
      const [spec, op] = [specOf(json['Spec'] as Json).inner, innerOf(json['Op'] as Json)];
      expect([leftBranchesAreEmpty(spec, op), rightBranchesAreEmpty(spec, op)]).toEqual([
        json['IsLeft'],
        json['IsRight'],
      ]);
    },
  );
});

type SmtVector = { key: string; value: string; root: string; proof: string };
const load = (name: string) => {
  const vector = read(`smt/${name}`) as SmtVector;
  return {
    key: hexToBytes(vector.key),
    value: hexToBytes(vector.value),
    root: hexToBytes(vector.root),
    proof: hexToBytes(vector.proof),
  };
};
const PRESENT = ['exist_left', 'exist_middle', 'exist_right'];
const ABSENT = ['nonexist_left', 'nonexist_middle', 'nonexist_right'];
const holds = (v: ReturnType<typeof load>) =>
  v.value.length > 0
    ? verifyMembership(SMT_SPEC, v.root, v.proof, v.key, v.value)
    : verifyNonMembership(SMT_SPEC, v.root, v.proof, v.key);

describe('sparse Merkle tree vectors', () => {
  test.each([...PRESENT, ...ABSENT])('%s', (name) => {
    const vector = load(name);
    expect(holds(vector)).toBe(true);
    const parsed = parseCommitmentProof(vector.proof);
    expect(parsed === undefined ? undefined : encodeCommitmentProof(parsed)).toEqual(vector.proof);
  });

  test.each(PRESENT)('%s proves no absence and nothing else', (name) => {
    const { root, proof, key, value } = load(name);
    expect(verifyNonMembership(SMT_SPEC, root, proof, key)).toBe(false);
    expect(verifyMembership(SMT_SPEC, root, proof, utf8ToBytes('other'), value)).toBe(false);
    expect(verifyMembership(SMT_SPEC, root, proof, key, utf8ToBytes('other'))).toBe(false);
    expect(verifyMembership(SMT_SPEC, sha256(root), proof, key, value)).toBe(false);
    expect(verifyMembership(SMT_SPEC, new Uint8Array(0), proof, key, value)).toBe(false);
  });

  test.each(ABSENT)('%s does not prove the absence of a present key', (name) => {
    const { root, proof } = load(name);
    for (const present of PRESENT) {
      expect(verifyNonMembership(SMT_SPEC, root, proof, load(present).key)).toBe(false);
    }
  });

  test.each([...PRESENT, ...ABSENT])('%s: any one changed bit is refused', (name) => {
    const vector = load(name);
    for (let bit = 0; bit < vector.proof.length * 8; bit++) {
      const proof = vector.proof.slice();
      proof[bit >> 3] = (proof[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (holds({ ...vector, proof })) throw new Error(`bit ${bit} may change unnoticed`);
    }
  });

  test.each(ABSENT)('%s: neither neighbour alone, nor the same twice', (name) => {
    const vector = load(name);
    const parsed = parseCommitmentProof(vector.proof);
    if (parsed?.kind !== 'nonexist') throw new Error('the vector is a proof of absence');
    const { left, right, key } = parsed.nonexist;
    const refused = [
      { key, left, right: undefined },
      { key, left: undefined, right },
      { key, left: right, right: left },
      { key, left, right: left },
      { key, left: undefined, right: undefined },
    ].filter((proof) => proof.left !== left || proof.right !== right);
    for (const nonexist of refused) {
      expect(verifyNonMembership(SMT_SPEC, vector.root, { kind: 'nonexist', nonexist }, vector.key)).toBe(
        false,
      );
    }
  });
});

describe('other trees', () => {
  test.each([
    ['iavl', IAVL_SPEC, TENDERMINT_SPEC],
    ['tendermint', TENDERMINT_SPEC, IAVL_SPEC],
  ] as const)('%s: absence, under its own specification only, and no bit may change', (name, spec, other) => {
    const vector = read(`${name}/nonexist_middle`) as SmtVector;
    const [key, root, proof] = [vector.key, vector.root, vector.proof].map(hexToBytes) as [
      Bytes,
      Bytes,
      Bytes,
    ];
    expect(verifyNonMembership(spec, root, proof, key)).toBe(true);
    expect(verifyNonMembership(other, root, proof, key)).toBe(false);
    expect(verifyNonMembership(SMT_SPEC, root, proof, key)).toBe(false);
    expect(
      verifyNonMembership(
        spec,
        root,
        proof,
        key.map((byte) => byte ^ 0xff),
      ),
    ).toBe(false);
    for (let bit = 0; bit < proof.length * 8; bit += 3) {
      const changed = proof.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (verifyNonMembership(spec, root, changed, key)) throw new Error(`bit ${bit} may change unnoticed`);
    }
  });
});

describe('robustness', () => {
  test('bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 40 }), (proof, key) => {
        expect(verifyMembership(SMT_SPEC, sha256(key), proof, key, key)).toBe(false);
        expect(verifyNonMembership(SMT_SPEC, sha256(key), proof, key)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('spliced, cut and repeated proofs never throw and never verify', () => {
    const vectors = [...PRESENT, ...ABSENT].map(load);
    const pick = fc.integer({ min: 0, max: vectors.length - 1 });
    fc.assert(
      fc.property(pick, pick, fc.nat(1200), fc.nat(1200), (a, b, cutA, cutB) => {
        const [one, other] = [vectors[a]!, vectors[b]!];
        const [headLength, tailStart] = [cutA % one.proof.length, cutB % other.proof.length];
        const proof = Uint8Array.of(...one.proof.subarray(0, headLength), ...other.proof.subarray(tailStart));
        fc.pre(bytesToHex(proof) !== bytesToHex(one.proof));
        expect(holds({ ...one, proof })).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('an encoding that is not the one is refused', () => {
    const { proof } = load('exist_left');
    expect(parseCommitmentProof(Uint8Array.of(...proof, 0x1a, 0))).toBeUndefined();
    expect(parseCommitmentProof(Uint8Array.of(...proof, ...proof))).toBeUndefined();
    expect(parseCommitmentProof(hexToBytes('0a021a00'))).toEqual({
      kind: 'exist',
      exist: {
        key: new Uint8Array(0),
        value: new Uint8Array(0),
        leaf: { hash: 0, prehashKey: 0, prehashValue: 0, length: 0, prefix: new Uint8Array(0) },
        path: [],
      },
    });
    for (const hex of ['', '0a', '0a05', '1a00', '2200', '0a021200', '0a030a8000', '0a041a020800', '0a80']) {
      expect(parseCommitmentProof(hexToBytes(hex))).toBeUndefined();
    }
  });
});

describe('soundness rules', () => {
  const proof = (() => {
    const parsed = parseCommitmentProof(load('exist_left').proof);
    if (parsed?.kind !== 'exist') throw new Error('the vector is a proof of existence');
    return parsed.exist;
  })();
  const first = proof.path[0]!;
  const withFirst = (change: Partial<InnerOp>) => ({
    ...proof,
    path: [{ ...first, ...change }, ...proof.path.slice(1)],
  });

  test('the untouched proof passes', () => {
    expect(checkExistence(proof, SMT_SPEC)).toBe(true);
  });

  test.each([
    ['inner prefix that starts like a leaf', { prefix: Uint8Array.of(0) }],
    ['no inner prefix', { prefix: new Uint8Array(0) }],
    ['inner prefix longer than a sibling', { prefix: new Uint8Array(34).fill(1) }],
    ['suffix that is no whole number of children', { suffix: new Uint8Array(31) }],
    ['other hash', { hash: 2 }],
  ])('%s', (_name, change) => {
    expect(checkExistence(withFirst(change), SMT_SPEC)).toBe(false);
  });

  test('a path deeper than the tree', () => {
    const path = Array.from({ length: 257 }, () => first);
    expect(checkExistence({ ...proof, path: path.slice(1) }, SMT_SPEC)).toBe(true);
    expect(checkExistence({ ...proof, path }, SMT_SPEC)).toBe(false);
  });

  test('a specification whose branches overlap', () => {
    const inner = { ...SMT_SPEC.inner, prefixLengthMin: 1, prefixLengthMax: 33 };
    expect(isSoundSpec({ ...SMT_SPEC, inner })).toBe(false);
    expect(isSoundSpec({ ...SMT_SPEC, inner: { ...inner, prefixLengthMax: 32 } })).toBe(true);
    expect(isSoundSpec({ ...SMT_SPEC, inner: { ...SMT_SPEC.inner, childSizeBytes: 0 } })).toBe(false);
    expect(isSoundSpec({ ...SMT_SPEC, inner: { ...SMT_SPEC.inner, childOrder: [0, 0] } })).toBe(false);
  });
});
