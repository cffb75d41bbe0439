// What the naming service keeps: its terms, who has which name until when, commitments that wait for their reveal, and
// the name by which an account wants to be known.

import { z } from 'zod';
import { AddressBytes, Hash } from './fields.ts';

const micro = z.coerce.bigint().min(0n);
const unixS = z.coerce.bigint();
const height = z.coerce.bigint().min(0n);
const DAY_S = 86_400;
const MICRO = 1_000_000n;

export const NAME_YEAR_S = 365n * 86_400n;
export const NAME_YEARS_MAX = 10;

export const NameTerms = z.strictObject({
  /** For a year, in micro-DIMT: names of three characters, of four, and longer ones. */
  shortMicro: micro,
  fourMicro: micro,
  longMicro: micro,
  /** Put down with a commitment and given back with its reveal; kept by the treasury where none comes. */
  depositMicro: micro,
  /** How long and for how many blocks a commitment must wait; how long it holds. */
  waitS: z.int().min(1).max(3600),
  waitBlocks: z.int().min(2).max(1000),
  holdS: z
    .int()
    .min(600)
    .max(7 * DAY_S),
  /** After expiry: how long only renewal is possible. */
  graceS: z
    .int()
    .min(7 * DAY_S)
    .max(365 * DAY_S),
  /** After that: what a name costs on top at first; half of it after each day, nothing after three weeks. */
  premiumMicro: micro,
  /** How long a transfer can still be taken back. Longer than two days of the service providers' accounting. */
  transferS: z
    .int()
    .min(2 * DAY_S)
    .max(30 * DAY_S),
});
export type NameTerms = z.infer<typeof NameTerms>;

export const PREMIUM_DAYS = 21n;

export const DEFAULT_NAMES: NameTerms = {
  shortMicro: 500n * MICRO,
  fourMicro: 100n * MICRO,
  longMicro: 10n * MICRO,
  depositMicro: MICRO,
  waitS: 10,
  waitBlocks: 2,
  holdS: DAY_S,
  graceS: 90 * DAY_S,
  premiumMicro: 1_000_000n * MICRO,
  transferS: 2 * DAY_S,
};

export const NameState = z.strictObject({
  v: z.literal(1),
  name: z.string(),
  owner: AddressBytes,
  /** The account that the name stands for: the owner's own, or another, such as a machine's. */
  target: AddressBytes,
  registeredS: unixS,
  /** Since when it is this owner's. */
  sinceS: unixS,
  expiresS: unixS,
  /** When it is looked at next whether the name has ended; one such time is queued for each name. */
  queuedS: unixS,
  /** The commitment it was registered with: an earlier one, revealed while this is set, takes the name. */
  contest: z
    .strictObject({
      height,
      hash: Hash,
      untilS: unixS,
      heldMicro: micro,
      /** Of it, what was for a name released a while ago: whoever takes the name pays it too. */
      premiumMicro: micro,
      payer: AddressBytes,
    })
    .optional(),
  transfer: z.strictObject({ to: AddressBytes, timeS: unixS }).optional(),
});
export type NameState = z.infer<typeof NameState>;

/** Which name stands for all that look like it. */
export const NameFormState = z.strictObject({ name: z.string() });
export type NameFormState = z.infer<typeof NameFormState>;

export const NameCommitState = z.strictObject({
  v: z.literal(1),
  hash: Hash,
  owner: AddressBytes,
  height,
  timeS: unixS,
  depositMicro: micro,
});
export type NameCommitState = z.infer<typeof NameCommitState>;

/** The name an account goes by. It counts only where that name stands for this account. */
export const PrimaryNameState = z.strictObject({ v: z.literal(1), name: z.string() });
export type PrimaryNameState = z.infer<typeof PrimaryNameState>;
