// Sealed values: a party commits to a number with a hash and opens it later. The salt keeps the number from being
// guessed; the account keeps one party from copying another's seal.

import type { Bytes } from '../base/index.ts';
import { concatBytes, equalBytes, taggedHash, u64ToBytes } from '../base/index.ts';
import type { Address } from '../identity/keys.ts';

export const SALT_BYTES = 32;

/**
 * taggedHash('dipnet/seal/v1', account (20) ‖ value (8, big-endian) ‖ salt (32)). All parts have a fixed length.
 * @throws RangeError where the account or the salt has another length, or the value is not in 0 … 2^64-1.
 */
export function sealValue(account: Address, value: bigint, salt: Bytes): Bytes {
  if (account.length !== 20 || salt.length !== SALT_BYTES)
    throw new RangeError('wrong length of a sealed part');
  return taggedHash('dipnet/seal/v1', concatBytes(account, u64ToBytes(value), salt));
}

/** Whether the seal was made of these. False, never an exception, for whatever a stranger sends. */
export function opensSeal(seal: Bytes, account: Address, value: bigint, salt: Bytes): boolean {
  if (account.length !== 20 || salt.length !== SALT_BYTES || value < 0n) return false;
  return equalBytes(seal, sealValue(account, value, salt));
}
