// The evidence file of one order: everything a third party needs to check it offline, in one canonical dag-cbor value,
// so that no byte of the file is without meaning. It holds no model, no G-code and no key.

import { z } from 'zod';
import type { Bytes, Result } from '../base/index.ts';
import {
  concatBytes,
  defineFaults,
  encodeCbor,
  equalBytes,
  ok,
  parseCbor,
  refuse,
  sha256,
  utf8ToBytes,
} from '../base/index.ts';
import type { StateProof, TxInclusion } from '../chain/index.ts';

const evidenceFault = defineFaults('evidence', {
  'evidence.form': {
    message: 'This is not an evidence file, or bytes of it were lost or changed.',
    next: 'Get the file again from whoever exported it.',
  },
  'evidence.too-large': {
    message: 'This file is larger than any evidence file.',
    next: 'Check that you chose the right file.',
  },
});

/** A print of weeks has some thousand telemetry entries; this is far above. */
export const EVIDENCE_SIZE_BYTES_MAX = 64 * 1024 * 1024;

const bytes = z.custom<Bytes>((value) => value instanceof Uint8Array, 'bytes');
const hash = bytes.refine((value) => value.length === 32, '32 bytes');
const address = bytes.refine((value) => value.length === 20, '20 bytes');
const height = z.coerce.bigint().min(0n);

const MerkleProofShape = z.strictObject({
  total: z.int(),
  index: z.int(),
  leafHash: hash,
  aunts: z.array(hash).max(100),
});

const Inclusion = z.strictObject({
  hash,
  tx: bytes,
  height,
  index: z.int().min(0),
  result: z.strictObject({
    code: z.int(),
    data: bytes,
    gasWanted: z.coerce.bigint(),
    gasUsed: z.coerce.bigint(),
  }),
  txProof: MerkleProofShape,
  resultProof: MerkleProofShape,
});

const State = z.strictObject({ height, key: bytes, value: bytes, proof: bytes });

/** Of a contract that the order is linked to, or of machine data: also that there was none. */
const LinkedState = z.strictObject({ height, key: bytes, value: z.union([bytes, z.null()]), proof: bytes });

/** One attempt to print one copy. */
const Telemetry = z.strictObject({
  copy: z.int().min(1),
  entries: z.array(bytes).min(1).max(20_000),
  checkpoints: z.array(bytes).min(1).max(20_000),
});

const Evidence = z.strictObject({
  format: z.literal('dipnet-evidence/v1'),
  chainId: z.string().min(1).max(50),
  order: address,
  /** Where the chain of proof begins; what a verifier compares with a source of their own. */
  trust: z.strictObject({ height, hash }),
  /** Canonical light blocks, ascending from the trusted one. */
  blocks: z.array(bytes).min(2).max(10_000),
  /** Every transaction of the order and its licence, in the order of the chain. */
  transactions: z.array(Inclusion).min(1).max(10_000),
  /** Model, machine, paradigm, parameters, contract and licence, all at one height. */
  states: z.array(State).min(1).max(64),
  telemetry: z.array(Telemetry).max(1000),
  /** Only where the order is linked to other contracts, or paid by machine data. */
  linked: z.array(LinkedState).max(20_000).exactOptional(),
  /** Canonical documents of the linked contracts. */
  documents: z.array(bytes).max(64).exactOptional(),
  /** SHA-256 of the tag and the canonical bytes of everything above. */
  seal: hash,
});
export type Evidence = z.infer<typeof Evidence>;
export type EvidenceContent = Omit<Evidence, 'seal' | 'format'>;

const SEAL_TAG = concatBytes(utf8ToBytes('dipnet/evidence/v1'), new Uint8Array(1));

function sealOf(content: Omit<Evidence, 'seal'>): Bytes {
  return sha256(concatBytes(SEAL_TAG, encodeCbor(content)));
}

/** The bytes of the file. */
export function encodeEvidence(content: EvidenceContent): Bytes {
  const unsealed = { format: 'dipnet-evidence/v1' as const, ...content };
  return encodeCbor({ ...unsealed, seal: sealOf(unsealed) });
}

/** Strict: canonical bytes of exactly this shape. The seal is checked apart, so that a broken link is named first. */
export function parseEvidence(file: Bytes): Result<Evidence> {
  if (file.length > EVIDENCE_SIZE_BYTES_MAX) return refuse(evidenceFault('evidence.too-large'));
  const value = parseCbor(file);
  const parsed = value === undefined ? undefined : Evidence.safeParse(value);
  if (parsed?.success !== true || !equalBytes(encodeCbor(parsed.data), file))
    return refuse(evidenceFault('evidence.form'));
  return ok(parsed.data);
}

export function isSealed(evidence: Evidence): boolean {
  const { seal, ...content } = evidence;
  return equalBytes(seal, sealOf(content));
}

/** A transaction as the engine gives it, without what no header proves. */
export function toEvidenceTransaction(inclusion: TxInclusion): Evidence['transactions'][number] {
  const { hash: name, tx, height: at, index, result, txProof, resultProof } = inclusion;
  const proof = ({ total, index: position, leafHash, aunts }: TxInclusion['txProof']) => ({
    total,
    index: position,
    leafHash,
    aunts: [...aunts],
  });
  return {
    hash: name,
    tx,
    height: at,
    index,
    result: { ...result },
    txProof: proof(txProof),
    resultProof: proof(resultProof),
  };
}

/** Of a linked contract; absence is an answer too. */
export function toLinkedState(state: StateProof): NonNullable<Evidence['linked']>[number] {
  return { height: state.height, key: state.key, value: state.value ?? null, proof: state.proof };
}

/** @throws RangeError for a proof of absence: evidence speaks of what exists. */
export function toEvidenceState(state: StateProof): Evidence['states'][number] {
  if (state.value === undefined) throw new RangeError('absent from the state');
  return { height: state.height, key: state.key, value: state.value, proof: state.proof };
}
