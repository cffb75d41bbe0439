// Validator sets: addresses, order, power and hash. Addresses and proposer priorities are not hashed; an address is
// always derived from its key.
// Source: CometBFT v0.38.25 types/{validator,validator_set}.go, crypto/{ed25519,secp256k1}.

import type { Bytes } from '../base/index.ts';
import { assert, compareBytes, concatBytes, merkleRoot, ripemd160, sha256 } from '../base/index.ts';
import type { ConsensusKey, Validator, ValidatorSet } from './types.ts';
import { bytesField, messageField, varintField } from './wire.ts';

/** MaxTotalVotingPower: (2^63-1) / 8, so that no sum of powers overflows an int64. */
export const TOTAL_POWER_MAX = 1_152_921_504_606_846_975n;
export const KEY_SIZE_BYTES = { ed25519: 32, secp256k1: 33 } as const;
/** Field of the key's type in tendermint.crypto.PublicKey. */
const KEY_FIELD = { ed25519: 1, secp256k1: 2 } as const;

/** One block's verification needs each address several times; keys are immutable and go away with their set. */
const addresses = new WeakMap<ConsensusKey, Bytes>();

/** 20 bytes: SHA-256 truncated for ed25519, RIPEMD-160 of SHA-256 for secp256k1. Remembered; not to be changed. */
export function consensusAddress(key: ConsensusKey): Bytes {
  const known = addresses.get(key);
  if (known !== undefined) return known;
  const digest = sha256(key.bytes);
  const address = key.type === 'ed25519' ? digest.slice(0, 20) : ripemd160(digest);
  addresses.set(key, address);
  return address;
}

export function totalPower(validators: ValidatorSet): bigint {
  let total = 0n;
  for (const validator of validators) total += validator.power;
  return total;
}

/** A copy in the order of the set hash and of commits: power descending, then address ascending. */
export function sortValidators(validators: readonly Validator[]): ValidatorSet {
  return validators
    .map((validator) => ({ validator, address: consensusAddress(validator.key) }))
    .sort((a, b) => {
      const { power } = a.validator;
      if (power !== b.validator.power) return power > b.validator.power ? -1 : 1;
      return compareBytes(a.address, b.address);
    })
    .map(({ validator }) => validator);
}

/** validators_hash and next_validators_hash. The set must be in its order (sortValidators). */
export function validatorSetHash(validators: ValidatorSet): Bytes {
  return merkleRoot(validators.map(encodeSimpleValidator));
}

function encodeSimpleValidator(validator: Validator): Bytes {
  const { key, power } = validator;
  assert(key.bytes.length === KEY_SIZE_BYTES[key.type], 'a consensus key has the size of its type');
  const publicKey = bytesField(KEY_FIELD[key.type], key.bytes);
  return concatBytes(messageField(1, publicKey), varintField(2, power));
}
