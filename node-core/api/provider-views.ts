// Service providers of the messenger as pages show them: who there is, how far away, what one costs and earns.

import { z } from 'zod';
import { AccountText } from './base-views.ts';

export const ProviderView = z.object({
  account: AccountText,
  /** What it calls itself; its account is what counts. */
  name: z.string(),
  stations: z.array(z.string()),
  depositMicro: z.bigint(),
  registeredS: z.number(),
  mine: z.boolean(),
  /** This console uses its station; the acting account chose it on chain. */
  inUse: z.boolean(),
  chosen: z.boolean(),
  /** How long its first station took to answer; null where it did not; absent where it was not asked. */
  answersMs: z.number().nullable().optional(),
});
export type ProviderView = z.infer<typeof ProviderView>;

/** What a provider said it served on a day, and what came of it, as the blocks told it. */
export const ProviderDayView = z.object({
  provider: AccountText,
  /** When the day began, in seconds. */
  dayS: z.number(),
  weight: z.bigint(),
  /** `claimed`: what chance asks for is not opened yet. `missed`: it never was. */
  state: z.enum(['claimed', 'proven', 'settled', 'missed']),
  rewardMicro: z.bigint().optional(),
});
export type ProviderDayView = z.infer<typeof ProviderDayView>;

export const ProvidersView = z.object({
  providers: z.array(ProviderView),
  /** By itself, the console changes to another provider where this one stays away. */
  automatic: z.boolean(),
  terms: z.object({
    depositMicro: z.bigint(),
    placesMax: z.number(),
    dailyMicro: z.bigint(),
    leaveDays: z.number(),
  }),
  balanceMicro: z.bigint(),
  /** What the acting account signed today for its provider, and how much of it the station has. */
  receipts: z.object({ signed: z.number(), kept: z.number() }),
  /** Users who signed today for the acting account's own station; absent where it does not serve. */
  usersToday: z.number().optional(),
  /** Of the acting account and of the provider it chose, the newest first. */
  days: z.array(ProviderDayView),
  /** Of the acting account, while it waits for its deposit. */
  leavesS: z.number().optional(),
  verifiedHeight: z.number(),
});
export type ProvidersView = z.infer<typeof ProvidersView>;
