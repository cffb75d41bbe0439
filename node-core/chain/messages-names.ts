// The messages of the naming service: commit, register with the reveal, and what an owner may do with a name.

import { z } from 'zod';
import { AddressBytes, Hash } from './fields.ts';
import { NAME_YEARS_MAX } from './records-names.ts';

/** What is no name is refused with a sentence, not as a malformed transaction. */
const name = z.string().max(64);
const years = z.int().min(1).max(NAME_YEARS_MAX);

/** Puts down the deposit for a name that is not told yet. */
export const NameCommit = z.strictObject({ type: z.literal('name.commit'), commitment: Hash });

/** Reveals the commitment, pays, and has the name; it stands for the signer's own account at first. */
export const NameRegister = z.strictObject({ type: z.literal('name.register'), name, salt: Hash, years });

/** Anybody may pay for a name to stay whose it is. */
export const NameRenew = z.strictObject({ type: z.literal('name.renew'), name, years });

/** Which account the name stands for from now on. */
export const NamePoint = z.strictObject({ type: z.literal('name.point'), name, target: AddressBytes });

/** The name by which an account goes: the signer's own, or a machine's of the signer. The empty name takes it away. */
export const NamePrimary = z.strictObject({
  type: z.literal('name.primary'),
  name,
  machine: AddressBytes.optional(),
});

/** Gives the name away when the time to take it back is over. To the owner itself: takes a transfer back. */
export const NameTransfer = z.strictObject({ type: z.literal('name.transfer'), name, to: AddressBytes });
