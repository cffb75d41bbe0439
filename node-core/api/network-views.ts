// What the Network page shows: the chain, who signs it, what this console's own light node verified of it, and how.

import { z } from 'zod';
import { AccountText, FaultView, HashText } from './base-views.ts';

/** What the chain's own state says about a validator, proven. */
export const ValidatorStakeView = z.object({
  operator: AccountText,
  name: z.string(),
  stakeMicro: z.bigint(),
  commissionBasisPoints: z.number(),
  /** elected: signs now · waiting: registered without enough stake · jailed: put out for a time · tombstoned: for ever. */
  state: z.enum(['elected', 'waiting', 'jailed', 'tombstoned']),
  jailedUntilS: z.number().nullable(),
  /** Part of the blocks in the window that it signed, 0 … 1. */
  uptime: z.number(),
});
export type ValidatorStakeView = z.infer<typeof ValidatorStakeView>;

export const ValidatorView = z.object({
  /** Consensus address. */
  address: z.string(),
  keyType: z.enum(['ed25519', 'secp256k1']),
  powerPercent: z.number(),
  /** It signed the newest verified block. */
  signed: z.boolean(),
  /** Undefined where the chain's state names nobody for this key. */
  stake: ValidatorStakeView.optional(),
});
export type ValidatorView = z.infer<typeof ValidatorView>;

export const BlockView = z.object({
  height: z.number(),
  hash: HashText,
  timeS: z.number(),
  /** Null where only its header is known. */
  txs: z.number().nullable(),
  verified: z.boolean(),
  signedPercent: z.number(),
});
export type BlockView = z.infer<typeof BlockView>;

/** A node that the light node asks, and how well it answers. */
export const LightProviderView = z.object({
  id: z.string(),
  /** asked: blocks come from it · witness: they are compared with it · dropped: caught, asked no more. */
  role: z.enum(['asked', 'witness', 'dropped']),
  /** 0 … 100. */
  score: z.number(),
  answers: z.number(),
  failures: z.number(),
  lastSeenMs: z.number().nullable(),
  /** Claimed, not verified. */
  height: z.number().nullable(),
  fault: FaultView.optional(),
});
export type LightProviderView = z.infer<typeof LightProviderView>;

/** How the newest verified block was verified. */
export const VerificationView = z.object({
  method: z.enum(['root', 'adjacent', 'skipping', 'backwards']),
  /** Blocks between that had to be verified on the way, itself included. */
  steps: z.number(),
  signatures: z.number(),
  validators: z.number(),
  signedPercent: z.number(),
  provider: z.string(),
  witnesses: z.number(),
});
export type VerificationView = z.infer<typeof VerificationView>;

/** Validators signed two histories: everything that a person needs to decide. */
export const AttackView = z.object({
  kind: z.enum(['lunatic', 'equivocation', 'amnesia']),
  height: z.string(),
  commonHeight: z.string(),
  primary: z.string(),
  primaryHash: z.string(),
  witness: z.string(),
  witnessHash: z.string(),
  culprits: z.array(z.string()),
  reportedTo: z.array(z.string()),
  seenMs: z.number(),
});
export type AttackView = z.infer<typeof AttackView>;

export const LightView = z.object({
  height: z.number(),
  hash: HashText,
  trustHeight: z.number(),
  trustHash: HashText,
  /** By how many adjacent and skipping steps. */
  headersVerified: z.number(),
  adjacentSteps: z.number(),
  skippingSteps: z.number(),
  proofsVerified: z.number(),
  signaturesVerified: z.number(),
  /** The implementation that checked them. */
  signatureBackend: z.string(),
  /** Milliseconds from a block's time to its verification here, median of the recent ones. */
  finalityLagMs: z.number().nullable(),
  lastVerifiedMs: z.number(),
  /** Time of the newest verified block; null before the first. */
  blockTimeS: z.number().nullable(),
  /** When a fresh checkpoint will be needed; null where trust does not end (a chain that only this computer signs). */
  trustedUntilMs: z.number().nullable(),
  last: VerificationView.optional(),
  providers: z.array(LightProviderView),
  /** Set once verification stopped for good. */
  fault: FaultView.optional(),
  attack: AttackView.optional(),
  /** Why nothing new could be verified just now. */
  problem: FaultView.optional(),
});
export type LightView = z.infer<typeof LightView>;

export const NetworkView = z.object({
  chainId: z.string(),
  engine: z.enum(['solo', 'cometbft']),
  height: z.number(),
  blockTimeS: z.number(),
  /** Between the recent blocks, median; null with fewer than two. */
  blockIntervalMs: z.number().nullable(),
  peers: z.number(),
  validators: z.array(ValidatorView),
  /** Registered but not signing: jailed, or without enough stake. */
  candidates: z.array(ValidatorStakeView),
  light: LightView,
  recentBlocks: z.array(BlockView),
});
export type NetworkView = z.infer<typeof NetworkView>;

const BlockPlace = z.object({ height: z.number(), timeS: z.number() });

/** Pages show what was verified before, not the chain as it is. */
export const StaleView = z.object({
  /** late: a node takes long to answer · offline: nobody answers · expired: a fresh checkpoint is needed · halted: the network was attacked. */
  reason: z.enum(['late', 'offline', 'expired', 'halted']),
  /** The newest verified block; null where nothing was ever verified. */
  newest: BlockPlace.nullable(),
  /** The block of the oldest value that was shown since. */
  oldest: BlockPlace.nullable(),
});
export type StaleView = z.infer<typeof StaleView>;

/** Where a person wants trust to begin: a block that somebody trustworthy named. */
export const CheckpointInput = z.object({
  height: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  hash: HashText,
});

/** The stake of one account, proven. */
export const StakeView = z.object({
  /** The set follows the stake. Where it is fixed, staking secures nothing and earns nothing. */
  isElected: z.boolean(),
  /** How long stake that is taken back stays liable and unpaid. */
  unbondingS: z.number(),
  availableMicro: z.bigint(),
  delegations: z.array(
    z.object({ operator: AccountText, name: z.string(), amountMicro: z.bigint(), rewardsMicro: z.bigint() }),
  ),
  unbondings: z.array(z.object({ operator: AccountText, amountMicro: z.bigint(), completesS: z.number() })),
  verifiedHeight: z.number(),
});
export type StakeView = z.infer<typeof StakeView>;
