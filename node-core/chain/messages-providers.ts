// The messages of service providers and of those who choose one.

import { z } from 'zod';
import { AddressBytes, Hash, PublicKeyBytes, SignatureBytes } from './fields.ts';

const label = z.string().min(1).max(60);
const stations = z.array(z.string().max(255)).min(1).max(8);
const u64 = z.coerce
  .bigint()
  .min(0n)
  .max(2n ** 64n - 1n);

/** Locks the deposit. Sent again, it changes name and stations, and makes up for what was lost of the deposit. */
export const ProviderRegister = z.strictObject({
  type: z.literal('provider.register'),
  name: label,
  stations,
});

/** The signer serves no more; its deposit is paid out when it can no longer be lost. */
export const ProviderLeave = z.strictObject({ type: z.literal('provider.leave') });

/** Whose user the signer is from the next day on. */
export const ProviderChoose = z.strictObject({ type: z.literal('provider.choose'), provider: AddressBytes });

/** What the signer says it served yesterday: root and weight of a tree that chance will ask openings of. */
export const ProviderClaim = z.strictObject({
  type: z.literal('provider.claim'),
  day: u64,
  root: Hash,
  weight: u64.refine((weight) => weight > 0n, 'more than nothing'),
});

/** A receipt as it stands in a leaf; user, day and provider are those of the leaf and its claim. */
export const ServiceReceipt = z.strictObject({
  sender: AddressBytes,
  message: Hash,
  signature: SignatureBytes,
});
export type ServiceReceipt = z.infer<typeof ServiceReceipt>;

/** What one user's leaf was made of, and its way to the root. */
export const ServiceOpening = z.strictObject({
  user: PublicKeyBytes,
  /** A name of the user whose fee counts; empty for none. */
  name: z.string().max(64),
  weight: u64,
  /** By ascending sender: no two from one. */
  receipts: z.array(ServiceReceipt).min(1).max(4),
  /** From the leaf upwards. Which side each is on, the user's address says. */
  path: z.array(z.strictObject({ hash: Hash, weight: u64 })).max(96),
});
export type ServiceOpening = z.infer<typeof ServiceOpening>;

export const ProviderProve = z.strictObject({
  type: z.literal('provider.prove'),
  openings: z.array(ServiceOpening).min(1).max(32),
});
