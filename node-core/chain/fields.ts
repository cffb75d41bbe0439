// The smallest parts that messages and state records are made of, as strict schemas.

import { z } from 'zod';

export const Octets = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes');
export const sized = (length: number) => Octets.refine((value) => value.length === length, `${length} bytes`);
export const Hash = sized(32);
export const AddressBytes = sized(20);
export const PublicKeyBytes = sized(33);
export const SignatureBytes = sized(64);

/** An amount in a message: no token has more than 10^11 whole units. */
export const Micro = z.coerce
  .bigint()
  .min(0n)
  .max(10n ** 18n);
export const PositiveMicro = Micro.refine((value) => value > 0n, 'more than nothing');
export const BasisPoints = z.int().min(0).max(10_000);

/** The key with which a validator signs blocks. */
export const ConsensusKeyField = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ed25519'), bytes: sized(32) }),
  z.strictObject({ type: z.literal('secp256k1'), bytes: sized(33) }),
]);
