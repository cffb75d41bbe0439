// The published ICS23 test data in its JSON forms: the seven kinds of unit cases (Go's JSON: bytes in base64, zero values
// left out) and proofs by tree (`key`, `value`, `root`, `proof` in hexadecimal). Each case gives what it expects and
// what was found; both as texts that can be compared.

import type { Bytes } from '../../base/index.ts';
import { base64, bytesToHex, hexToBytes, utf8ToBytes } from '../../base/index.ts';
import {
  leftBranchesAreEmpty,
  rightBranchesAreEmpty,
  verifyMembership,
  verifyNonMembership,
} from '../ics23.ts';
import type { ProofSpec } from '../ics23-ops.ts';
import {
  applyInner,
  applyLeaf,
  checkExistence,
  checkLeaf,
  existenceRoot,
  hashBytes,
  IAVL_SPEC,
  SMT_SPEC,
  TENDERMINT_SPEC,
} from '../ics23-ops.ts';
import type { ExistenceProof, InnerOp, LeafOp } from '../ics23-proof.ts';

/** By the folder names of the published data. */
export const ICS23_SPECS: Readonly<Record<string, ProofSpec>> = {
  iavl: IAVL_SPEC,
  tendermint: TENDERMINT_SPEC,
  smt: SMT_SPEC,
};

type Json = Readonly<Record<string, unknown>>;
const bytesOf = (value: unknown) => base64.decode((value as string | null | undefined) ?? '');
const numberOf = (value: unknown) => (value as number | undefined) ?? 0;
const hexOrRefused = (bytes: Bytes | undefined) => (bytes === undefined ? 'refused' : bytesToHex(bytes));

function leafOf(json: Json): LeafOp {
  return {
    hash: numberOf(json['hash']),
    prehashKey: numberOf(json['prehash_key']),
    prehashValue: numberOf(json['prehash_value']),
    length: numberOf(json['length']),
    prefix: bytesOf(json['prefix']),
  };
}

function innerOf(json: Json): InnerOp {
  return {
    hash: numberOf(json['hash']),
    prefix: bytesOf(json['prefix']),
    suffix: bytesOf(json['suffix']),
  };
}

function existenceOf(json: Json): ExistenceProof {
  const leaf = json['leaf'];
  return {
    key: bytesOf(json['key']),
    value: bytesOf(json['value']),
    leaf: leaf === undefined || leaf === null ? undefined : leafOf(leaf as Json),
    path: ((json['path'] as Json[] | null | undefined) ?? []).map(innerOf),
  };
}

function specOf(json: Json): ProofSpec {
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
}

const hashExpected = (json: Json) =>
  json['IsErr'] === true ? 'refused' : bytesToHex(bytesOf(json['Expected']));
const verdict = (holds: boolean) => (holds ? 'holds' : 'refused');

type Judge = (json: Json) => { readonly expected: string; readonly found: string };

/** By file name, without `.json`. */
export const ICS23_UNIT_KINDS: Readonly<Record<string, Judge>> = {
  TestLeafOpData: (json) => ({
    expected: hashExpected(json),
    found: hexOrRefused(applyLeaf(leafOf(json['Op'] as Json), bytesOf(json['Key']), bytesOf(json['Value']))),
  }),
  TestInnerOpData: (json) => ({
    expected: hashExpected(json),
    found: hexOrRefused(applyInner(innerOf(json['Op'] as Json), bytesOf(json['Child']))),
  }),
  TestDoHashData: (json) => ({
    expected: String(json['ExpectedHash']),
    found: hexOrRefused(
      hashBytes(numberOf(json['HashOp']), utf8ToBytes((json['Preimage'] ?? json['PreImage']) as string)),
    ),
  }),
  TestExistenceProofData: (json) => ({
    expected: hashExpected(json),
    found: hexOrRefused(existenceRoot(existenceOf(json['Proof'] as Json))),
  }),
  TestCheckLeafData: (json) => ({
    expected: verdict(json['IsErr'] !== true),
    found: verdict(checkLeaf(leafOf(json['Leaf'] as Json), leafOf(json['Spec'] as Json))),
  }),
  TestCheckAgainstSpecData: (json) => ({
    expected: verdict((json['Err'] ?? '') === '' && json['IsErr'] !== true),
    found: verdict(checkExistence(existenceOf(json['Proof'] as Json), specOf(json['Spec'] as Json))),
  }),
  TestEmptyBranchData: (json) => {
    const [spec, op] = [specOf(json['Spec'] as Json).inner, innerOf(json['Op'] as Json)];
    return {
      expected: `${json['IsLeft'] === true} ${json['IsRight'] === true}`,
      found: `${leftBranchesAreEmpty(spec, op)} ${rightBranchesAreEmpty(spec, op)}`,
    };
  },
};

export type Ics23Case = { readonly name: string; readonly expected: string; readonly found: string };

/** All cases of one file of unit cases: an object by name, or a list. */
export function runIcs23Units(kind: string, json: unknown): Ics23Case[] {
  const judge = ICS23_UNIT_KINDS[kind];
  if (judge === undefined) throw new Error(`no kind of unit cases: ${kind}`);
  return Object.entries(json as Record<string, Json>).map(([name, entry]) => ({ name, ...judge(entry) }));
}

export type Ics23Vector = {
  readonly key: Bytes;
  /** Undefined for a proof of absence. */
  readonly value: Bytes | undefined;
  readonly root: Bytes;
  readonly proof: Bytes;
};

export function parseIcs23Vector(json: unknown): Ics23Vector {
  const { key, value, root, proof } = json as Record<string, string | null | undefined>;
  return {
    key: hexToBytes(key ?? ''),
    value: value === undefined || value === null || value === '' ? undefined : hexToBytes(value),
    root: hexToBytes(root ?? ''),
    proof: hexToBytes(proof ?? ''),
  };
}

/** The proof shows what its file says. */
export function ics23Holds(spec: ProofSpec, { key, value, root, proof }: Ics23Vector): boolean {
  return value === undefined
    ? verifyNonMembership(spec, root, proof, key)
    : verifyMembership(spec, root, proof, key, value);
}
