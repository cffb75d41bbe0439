// What the chain keeps of the messenger's service providers: their terms, deposits and stations, whom each user chose,
// and the claims of the one day that is being settled.

import { z } from 'zod';
import { AddressBytes, BasisPoints, Hash } from './fields.ts';

const micro = z.coerce.bigint().min(0n);
const unixS = z.coerce.bigint();
const height = z.coerce.bigint().min(0n);
const day = z.coerce.bigint().min(0n);
const DAY_S = 86_400;
const MICRO = 1_000_000n;

export const ProviderTerms = z.strictObject({
  /** Locked by each provider, in micro-DIMT; how many there can be. */
  depositMicro: micro,
  placesMax: z.int().min(1).max(1024),
  /** The most that all providers together earn for a day, and the most for each unit of weight that they served. */
  dailyMicro: micro,
  perWeightMicro: micro,
  /** What is counted as a day. */
  dayS: z.int().min(60).max(DAY_S),
  /** How many openings of a claim chance asks for. */
  samples: z.int().min(8).max(32),
  /** Blocks that a claim has at least to be opened before its day is settled. */
  settleBlocks: z.int().min(3).max(10_000),
  /** Lost of the deposit with a claim that is not opened. */
  missBasisPoints: BasisPoints,
  /** How long the deposit stays liable after leaving. */
  leaveS: z
    .int()
    .min(3 * 60)
    .max(365 * DAY_S),
});
export type ProviderTerms = z.infer<typeof ProviderTerms>;

export const DEFAULT_PROVIDERS: ProviderTerms = {
  depositMicro: 5_000_000n * MICRO,
  placesMax: 1024,
  dailyMicro: 1_024_000n * MICRO,
  perWeightMicro: 1_000n,
  dayS: DAY_S,
  samples: 24,
  settleBlocks: 20,
  missBasisPoints: 100,
  leaveS: 30 * DAY_S,
};

export const ProviderState = z.strictObject({
  v: z.literal(1),
  name: z.string(),
  /** Where its stations are: `host:port`, or an address of a WebSocket. The first is preferred. */
  stations: z.array(z.string()),
  depositMicro: micro,
  registeredS: unixS,
  /** When the deposit is paid out; absent while it serves. */
  leavesS: unixS.optional(),
});
export type ProviderState = z.infer<typeof ProviderState>;

/** Whose user an account is, from which day on, and whose before. */
export const ChosenProviderState = z.strictObject({
  v: z.literal(1),
  provider: AddressBytes,
  sinceDay: day,
  previous: AddressBytes.optional(),
});
export type ChosenProviderState = z.infer<typeof ChosenProviderState>;

export const ServiceClaimState = z.strictObject({
  v: z.literal(1),
  root: Hash,
  weight: micro,
  height,
  /** What decides which openings are asked for: from the hash of the block after the claim's. */
  seed: Hash.optional(),
  proven: z.boolean(),
});
export type ServiceClaimState = z.infer<typeof ServiceClaimState>;

/** The day whose claims are being made and opened. Absent where there are none. */
export const ServiceDayState = z.strictObject({ v: z.literal(1), day, lastHeight: height });
export type ServiceDayState = z.infer<typeof ServiceDayState>;
