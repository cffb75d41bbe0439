// ICS23 commitment proofs of the SmtSpec as protobuf: proto/cosmos/ics23/v1/proofs.proto of cosmos/ics23. Only the
// encoder is here; the verifier is the light node's and shares no code with it.

import type { Bytes } from '../../base/index.ts';
import { concatBytes } from '../../base/index.ts';
import { bytesField, messageField, varintField } from '../protobuf.ts';
import { INNER_PREFIX, LEAF_PREFIX } from './leaf.ts';

/** One step towards the root: the sibling's hash, and on which side it stands. */
export type ProofStep = { readonly side: 'left' | 'right'; readonly hash: Bytes };

export type Existence = {
  readonly key: Bytes;
  readonly value: Bytes;
  /** From the leaf to the root. */
  readonly path: readonly ProofStep[];
};

const HASH_SHA256 = 1;

/** LeafOp: SHA-256 of key and value each, no length prefix, leaf prefix 00. */
const LEAF_OP = concatBytes(
  varintField(1, HASH_SHA256),
  varintField(2, HASH_SHA256),
  varintField(3, HASH_SHA256),
  bytesField(5, LEAF_PREFIX),
);

function encodeInnerOp(step: ProofStep): Bytes {
  const left = step.side === 'left';
  const prefix = left ? concatBytes(INNER_PREFIX, step.hash) : INNER_PREFIX;
  return concatBytes(
    varintField(1, HASH_SHA256),
    bytesField(2, prefix),
    left ? new Uint8Array(0) : bytesField(3, step.hash),
  );
}

function encodeExistenceProof(existence: Existence): Bytes {
  return concatBytes(
    bytesField(1, existence.key),
    bytesField(2, existence.value),
    messageField(3, LEAF_OP),
    ...existence.path.map((step) => messageField(4, encodeInnerOp(step))),
  );
}

export function encodeExistence(existence: Existence): Bytes {
  return messageField(1, encodeExistenceProof(existence));
}

/** Absence of the key whose hash is `keyHash`, between its neighbours in hash order. */
export function encodeAbsence(
  keyHash: Bytes,
  left: Existence | undefined,
  right: Existence | undefined,
): Bytes {
  const sides = [
    left === undefined ? new Uint8Array(0) : messageField(2, encodeExistenceProof(left)),
    right === undefined ? new Uint8Array(0) : messageField(3, encodeExistenceProof(right)),
  ];
  return messageField(2, concatBytes(bytesField(1, keyHash), ...sides));
}
