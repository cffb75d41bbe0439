// Proof that whoever registers a consensus key has it. Without it, anybody could register another's key first, or
// collect another's votes as their own.

import type { Bytes } from '../../../base/index.ts';
import { concatBytes, utf8ToBytes } from '../../../base/index.ts';
import { type ConsensusKey, nobleSignatures, signVote } from '../../../comet/index.ts';
import type { Address } from '../../../identity/keys.ts';

/** `dipnet/validator/v1` ‖ 0 ‖ chain id ‖ 0 ‖ operator. No vote has this form: votes begin with a protobuf field. */
export function possessionBytes(chainId: string, operator: Address): Bytes {
  const zero = new Uint8Array(1);
  return concatBytes(utf8ToBytes('dipnet/validator/v1'), zero, utf8ToBytes(chainId), zero, operator);
}

/** For StakingCreate.proof and StakingRotate.proof. @throws Error where the secret is no valid key. */
export function signPossession(
  secretKey: Bytes,
  type: ConsensusKey['type'],
  chainId: string,
  operator: Address,
): Bytes {
  return signVote(secretKey, type, possessionBytes(chainId, operator));
}

export function isPossessed(key: ConsensusKey, proof: Bytes, chainId: string, operator: Address): boolean {
  return nobleSignatures.verify(key, possessionBytes(chainId, operator), proof);
}
