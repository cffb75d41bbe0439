// Service providers of the messenger as pages show them: who there is, how far away, what one costs and earns.

import { z } from 'zod';

const account = z.string().regex(/^0x[0-9a-fA-F]{40}$/);

export const ProviderView = z.object({
  account,
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
  /** Of the acting account, while it waits for its deposit. */
  leavesS: z.number().optional(),
  verifiedHeight: z.number(),
});
export type ProvidersView = z.infer<typeof ProvidersView>;
