// Names of the network as pages show them: what a text stands for, what a name costs, whose are one's own.

import { z } from 'zod';
import { AccountText } from './base-views.ts';

/** As typed; longer than any name, so that the console can say what is wrong with it. */
export const NameText = z.string().trim().min(1).max(100);

export const NameView = z.object({
  /** As the network spells it. */
  name: z.string(),
  /** `grace`: expired, and its owner's alone for a while. `released`: for whoever pays the premium. */
  status: z.enum(['active', 'grace', 'released', 'free', 'reserved', 'form']),
  /** Whom it stands for: only while it is active. */
  account: AccountText.optional(),
  owner: AccountText.optional(),
  expiresS: z.number().optional(),
  /** Until then somebody who committed earlier could still claim it. */
  unsettledUntilS: z.number().optional(),
  /** When it becomes somebody else's. */
  transfer: z.object({ to: AccountText, timeS: z.number() }).optional(),
  /** The account says itself that it goes by this name. */
  isPrimary: z.boolean(),
  /** A name that is taken and looks the same; it stands for this account. */
  lookAlike: z.object({ name: z.string(), account: AccountText.optional() }).optional(),
  yearlyMicro: z.bigint(),
  premiumMicro: z.bigint(),
  /** All of this was proven as of this block. */
  verifiedHeight: z.number(),
});
export type NameView = z.infer<typeof NameView>;

/** The naming service for one account. */
export const NamesView = z.object({
  names: z.array(NameView),
  /** By which this account goes; empty where by none. */
  primary: z.string(),
  /** Being registered: with the task that does it, where it runs. */
  pending: z.array(z.object({ name: z.string(), years: z.number() })),
  balanceMicro: z.bigint(),
  prices: z.object({ shortMicro: z.bigint(), fourMicro: z.bigint(), longMicro: z.bigint() }),
  depositMicro: z.bigint(),
  graceDays: z.number(),
  transferDays: z.number(),
});
export type NamesView = z.infer<typeof NamesView>;
