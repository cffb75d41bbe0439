// The published ICS23 vectors (vectors/README.md) and properties: a changed proof never verifies, no bytes ever throw.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../base/index.ts';
import { bytesToHex, hexToBytes, sha256, utf8ToBytes } from '../base/index.ts';
import { verifyMembership, verifyNonMembership } from './ics23.ts';
import { checkExistence, IAVL_SPEC, isSoundSpec, SMT_SPEC, TENDERMINT_SPEC } from './ics23-ops.ts';
import type { InnerOp } from './ics23-proof.ts';
import { encodeCommitmentProof, parseCommitmentProof } from './ics23-proof.ts';
import {
  ICS23_SPECS,
  ICS23_UNIT_KINDS,
  ics23Holds,
  parseIcs23Vector,
  runIcs23Units,
} from './testing/ics23-suites.ts';
import type { SampleEntry } from './testing/sample-trees.ts';
import { buildSampleTree } from './testing/sample-trees.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`./vectors/ics23/${name}.json`, import.meta.url), 'utf8'));

describe('unit vectors', () => {
  const units = Object.keys(ICS23_UNIT_KINDS).flatMap((kind) =>
    runIcs23Units(kind, read(kind)).map(({ name, ...verdicts }) => [`${kind}: ${name}`, verdicts] as const),
  );

  test('all seven kinds are there', () => {
    expect(units.length).toBe(57);
  });

  test.each(units)('%s', (_name, { expected, found }) => {
    expect(found).toBe(expected);
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
    .sort();
}

// A further copy of the published data, in a folder outside the project (vectors/README.md).
const further = process.env['ICS23_VECTORS'];
if (further !== undefined) {
  describe('further vectors', () => {
    const files = filesBelow(further);
    const units = files.filter((file) => basename(file, '.json') in ICS23_UNIT_KINDS);
    test.each(units)('%s', (file) => {
      const cases = runIcs23Units(basename(file, '.json'), JSON.parse(readFileSync(file, 'utf8')));
      expect(cases.map(({ found }) => found)).toEqual(cases.map(({ expected }) => expected));
    });

    // Batch and compressed proofs were given up upstream, and are not supported here.
    const proofs = files.filter((file) => /^(exist|nonexist)_/.test(basename(file)));
    test.each(proofs)('%s', (file) => {
      const spec = ICS23_SPECS[basename(dirname(file))];
      if (spec === undefined) throw new Error('the folder names no tree');
      expect(ics23Holds(spec, parseIcs23Vector(JSON.parse(readFileSync(file, 'utf8'))))).toBe(true);
    });
  });
}

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

describe('own trees of the other specifications, through files in the published form', () => {
  const entries = Array.from(
    { length: 11 },
    (_, index): SampleEntry => [
      utf8ToBytes(`key ${String(index * 2).padStart(3, '0')}`),
      sha256(Uint8Array.of(index)),
    ],
  );
  const toFile = (key: Bytes, value: Bytes | undefined, root: Bytes, proof: Bytes) => ({
    key: bytesToHex(key),
    value: value === undefined ? '' : bytesToHex(value),
    root: bytesToHex(root),
    proof: bytesToHex(proof),
  });

  test.each(['iavl', 'tendermint'] as const)('%s: each key, and each gap', (kind) => {
    const spec = ICS23_SPECS[kind];
    if (spec === undefined) throw new Error('the folder names no tree');
    for (let size = 1; size <= entries.length; size++) {
      const tree = buildSampleTree(kind, entries.slice(0, size));
      for (let place = -1; place < size * 2; place++) {
        const key = utf8ToBytes(`key ${place < 0 ? '' : String(place).padStart(3, '0')}`);
        const value = place >= 0 && place % 2 === 0 ? entries[place / 2]?.[1] : undefined;
        const proof = encodeCommitmentProof(tree.prove(key));
        const file = JSON.parse(JSON.stringify(toFile(key, value, tree.root, proof)));
        const vector = parseIcs23Vector(file);
        expect(ics23Holds(spec, vector), `${size} ${place}`).toBe(true);
        expect(ics23Holds(spec, { ...vector, value: sha256(key) })).toBe(false);
        expect(ics23Holds(spec, { ...vector, root: sha256(tree.root) })).toBe(false);
        expect(ics23Holds(spec, { ...vector, key: utf8ToBytes('other') })).toBe(false);
        for (const [name, other] of Object.entries(ICS23_SPECS))
          if (name !== kind && size > 1) expect(ics23Holds(other, vector), name).toBe(false);
      }
    }
  });

  test.each(['iavl', 'tendermint'] as const)('%s: neighbours that leave a key out prove nothing', (kind) => {
    const tree = buildSampleTree(kind, entries);
    const proofOf = (index: number) => {
      const proof = tree.prove((entries[index] as SampleEntry)[0]);
      if (proof.kind !== 'exist') throw new Error('the key is there');
      return proof.exist;
    };
    for (let left = -1; left < entries.length; left++) {
      for (let right = left + 2; right <= entries.length; right++) {
        const [hidden] = entries[left + 1] as SampleEntry;
        const nonexist = {
          key: hidden,
          left: left < 0 ? undefined : proofOf(left),
          right: right === entries.length ? undefined : proofOf(right),
        };
        const proof = encodeCommitmentProof({ kind: 'nonexist', nonexist });
        expect(ics23Holds(tree.spec, { key: hidden, value: undefined, root: tree.root, proof })).toBe(false);
      }
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
