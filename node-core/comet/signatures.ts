// Consensus signatures in pure JavaScript: ed25519 under ZIP-215 and low-S ECDSA over secp256k1 and SHA-256, with the
// verdicts of CometBFT. Faster back-ends implement the same interface and must give the same verdicts.

import { ed25519 } from '@noble/curves/ed25519.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { Bytes } from '../base/index.ts';
import type { ConsensusKey } from './types.ts';
import { KEY_SIZE_BYTES } from './validators.ts';

/** 64 bytes for both key types: R‖S. */
export const SIGNATURE_SIZE_BYTES = 64;

export interface SignatureBackend {
  /** For people and logs: which implementation verified. */
  readonly name: string;
  /** Never throws: false for wrong lengths, points off the curve, malleated and wrong signatures alike. */
  verify(key: ConsensusKey, message: Bytes, signature: Bytes): boolean;
}

/** @noble/curves: audited, everywhere the same, slow (about 1 ms a signature). */
export const nobleSignatures: SignatureBackend = {
  name: 'noble',
  verify(key, message, signature) {
    if (signature.length !== SIGNATURE_SIZE_BYTES) return false;
    if (key.bytes.length !== KEY_SIZE_BYTES[key.type]) return false;
    try {
      return key.type === 'ed25519'
        ? ed25519.verify(signature, message, key.bytes, { zip215: true })
        : secp256k1.verify(signature, message, key.bytes, { lowS: true });
    } catch {
      return false;
    }
  },
};

/** The public consensus key of a 32-byte secret. @throws Error where the secret is no valid key. */
export function createConsensusKey(secretKey: Bytes, type: ConsensusKey['type']): ConsensusKey {
  const bytes =
    type === 'ed25519' ? ed25519.getPublicKey(secretKey) : secp256k1.getPublicKey(secretKey, true);
  return { type, bytes };
}

/** Deterministic signature over sign bytes (see voteSignBytes). @throws Error where the secret is no valid key. */
export function signVote(secretKey: Bytes, type: ConsensusKey['type'], signBytes: Bytes): Bytes {
  return type === 'ed25519'
    ? ed25519.sign(signBytes, secretKey)
    : secp256k1.sign(signBytes, secretKey, { lowS: true });
}
