// What a header proves: that a value is in the state, that a transaction is in a block and had a result. Pure; the
// headers must have been verified (verifyLightChain, LightNode). State and results of block h are in header h+1.

import type { Fault, Result } from '../base/index.ts';
import { equalBytes, ok, refuse, sha256, verifyMerkleProof } from '../base/index.ts';
import type { StateProof, TxInclusion } from '../chain/types.ts';
import type { Header } from '../comet/index.ts';
import { encodeTxResult, headerHash } from '../comet/index.ts';
import { lightFault } from './faults.ts';
import { verifyMembership, verifyNonMembership } from './ics23.ts';
import { SMT_SPEC } from './ics23-ops.ts';

/**
 * The value, or its absence, is in the state that block `proof.height` left behind.
 * `nextHeader` is the verified header of height+1. The proof proves nothing about other keys.
 */
export function verifyStateProof(nextHeader: Header, proof: StateProof): Result<void> {
  const height = String(proof.height);
  if (nextHeader.height !== proof.height + 1n) {
    const expected = String(nextHeader.height - 1n);
    return refuse(lightFault('light.state.height', { height, expected }));
  }
  const holds =
    proof.value === undefined
      ? verifyNonMembership(SMT_SPEC, nextHeader.appHash, proof.proof, proof.key)
      : verifyMembership(SMT_SPEC, nextHeader.appHash, proof.proof, proof.key, proof.value);
  return holds ? ok(undefined) : refuse(lightFault('light.state.proof', { height }));
}

/**
 * The transaction is number `inclusion.index` of block `inclusion.height` and had `inclusion.result`.
 * Both headers are verified ones, of height and height+1.
 */
export function verifyTxInclusion(header: Header, nextHeader: Header, inclusion: TxInclusion): Result<void> {
  const fault = inclusionFault(header, nextHeader, inclusion);
  return fault === undefined ? ok(undefined) : refuse(fault);
}

function inclusionFault(header: Header, nextHeader: Header, inclusion: TxInclusion): Fault | undefined {
  const { hash, tx, index, txProof, resultProof } = inclusion;
  const height = String(inclusion.height);
  if (header.height !== inclusion.height || nextHeader.height !== inclusion.height + 1n) {
    return lightFault('light.tx.height', { height, found: `${header.height}, ${nextHeader.height}` });
  }
  if (!equalBytes(nextHeader.lastBlockId.hash, headerHash(header))) {
    return lightFault('light.link.broken', { height });
  }
  const digest = sha256(tx);
  if (!equalBytes(digest, hash)) return lightFault('light.tx.hash');
  if (txProof.index !== index || !verifyMerkleProof(header.dataHash, digest, txProof)) {
    return lightFault('light.tx.data', { height });
  }
  const samePlace = resultProof.index === index && resultProof.total === txProof.total;
  const result = encodeTxResult(inclusion.result);
  if (!samePlace || !verifyMerkleProof(nextHeader.lastResultsHash, result, resultProof)) {
    return lightFault('light.tx.result', { height });
  }
  return undefined;
}
