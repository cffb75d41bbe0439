// A number that two people compare to be sure that nobody stands between them: 60 digits, made of both IDs and both
// identity keys, the same on both sides. 30 digits of each side, from 5200 rounds of SHA-512 as Signal does it, so that
// making a key with a chosen half costs far more than one hash a try.

import { sha512 } from '@noble/hashes/sha2.js';
import type { Bytes } from '../base/index.ts';
import { compareBytes, concatBytes, utf8ToBytes } from '../base/index.ts';
import type { DimpId } from './ids.ts';
import type { PublicKey } from './keys/index.ts';

const ROUNDS = 5200;
const CHUNKS = 6;

export type SafetyParty = { readonly id: DimpId; readonly identityKey: PublicKey };

/** Twelve groups of five digits. */
export function safetyNumber(a: SafetyParty, b: SafetyParty): string {
  const [first, second] = [digestOf(a), digestOf(b)].sort(compareBytes) as [Bytes, Bytes];
  return [...digits(first), ...digits(second)].join(' ');
}

function digestOf({ id, identityKey }: SafetyParty): Bytes {
  const key = identityKey.algorithm === 'ECC' ? identityKey.compressed : identityKey.pkcs1;
  let digest = concatBytes(utf8ToBytes(`dipnet/dimp/safety/v1\0${id.bare}\0`), key);
  for (let round = 0; round < ROUNDS; round++) digest = sha512(concatBytes(digest, key));
  return digest;
}

/** Five digits of each 5 bytes. */
function digits(digest: Bytes): readonly string[] {
  return Array.from({ length: CHUNKS }, (_, chunk) => {
    const value = digest.subarray(chunk * 5, chunk * 5 + 5).reduce((sum, byte) => sum * 256 + byte, 0);
    return String(value % 100_000).padStart(5, '0');
  });
}
