// State records of stake, elections, slashing and locks: what stands behind the keys in keys.ts. Light nodes parse
// proven bytes with these, so a change of shape is a change of protocol.

import { z } from 'zod';
import { AddressBytes, BasisPoints, ConsensusKeyField, Octets, sized } from './fields.ts';

const micro = z.coerce.bigint().min(0n);
const unixS = z.coerce.bigint();
const height = z.coerce.bigint().min(0n);
/** 32 bytes, big-endian: see modules/staking/rewards.ts. */
const wide = sized(32);

/**
 * Consoles trust a header for 14 days, whatever the parameters say (light/verify.ts); a day more covers blocks between a
 * decision and its coming into force. No network may let stake go, or replace its validators, faster than that.
 */
export const TRUSTING_S_MIN = 15 * 86_400;

export const StakingParams = z.strictObject({
  /** Blocks in an epoch. The validator set, parameters and locks change at its end and at no other time. */
  epochBlocks: z.int().min(1).max(100_000),
  validatorsMax: z.int().min(1).max(99),
  /** Least of its own that an operator must stake. */
  selfMicroMin: micro,
  /** How long stake stays liable and unpaid after it was taken back. Longer than the trusting time. */
  unbondingS: z
    .int()
    .min(3 * 86_400)
    .max(366 * 86_400),
  /** Light clients that trust a header this old must be able to skip to the newest one: it bounds churn. See TRUSTING_S_MIN. */
  trustingS: z
    .int()
    .min(86_400)
    .max(365 * 86_400),
  /** Of every fee, the validators' share; the treasury gets the rest. */
  validatorsBasisPoints: BasisPoints,
  /** Of the validators' share, what the proposer gets for including everybody's vote. */
  proposerBasisPoints: z.int().min(0).max(5_000),
  /** Burnt of the stake that stood behind the offence. */
  duplicateVoteBasisPoints: z.int().min(1).max(10_000),
  lightAttackBasisPoints: z.int().min(1).max(10_000),
  /** A validator that missed more than `missedBlocksMax` of the last `windowBlocks` is jailed for `jailS`. */
  windowBlocks: z.int().min(10).max(100_000),
  missedBlocksMax: z.int().min(5).max(100_000),
  jailS: z
    .int()
    .min(1)
    .max(30 * 86_400),
});
export type StakingParams = z.infer<typeof StakingParams>;

export const DEFAULT_STAKING: StakingParams = {
  epochBlocks: 600,
  validatorsMax: 99,
  selfMicroMin: 1_000_000n,
  unbondingS: 21 * 86_400,
  trustingS: TRUSTING_S_MIN,
  validatorsBasisPoints: 9_000,
  proposerBasisPoints: 500,
  duplicateVoteBasisPoints: 500,
  lightAttackBasisPoints: 1_000,
  windowBlocks: 1_000,
  missedBlocksMax: 500,
  jailS: 600,
};

/** One validator, by its operator's address. */
export const ValidatorState = z.strictObject({
  v: z.literal(1),
  name: z.string().max(60),
  /** The key that the next election puts into the set. */
  key: ConsensusKeyField,
  rotatedS: unixS,
  commission: z.strictObject({
    basisPoints: BasisPoints,
    basisPointsMax: BasisPoints,
    dailyRiseBasisPointsMax: BasisPoints,
    changedS: unixS,
  }),
  selfMicroMin: micro,
  /** Delegated to it in all, the operator's own included, and the shares that divide it. */
  stakeMicro: micro,
  shares: micro,
  /** The block that last added stake or took some away. */
  stakedHeight: height,
  /** Not elected while jailed. */
  jailed: z.boolean(),
  jailedUntilS: unixS,
  /** Proven to have signed against the chain: jailed for ever. */
  tombstoned: z.boolean(),
  createdHeight: height,
});
export type ValidatorState = z.infer<typeof ValidatorState>;

/** Which operator a consensus address belongs, or belonged, to. Kept for ever: no key is ever used twice. */
export const ConsensusKeyState = z.strictObject({
  v: z.literal(1),
  operator: AddressBytes,
  key: ConsensusKeyField,
  tombstoned: z.boolean(),
});
export type ConsensusKeyState = z.infer<typeof ConsensusKeyState>;

/** A validator's rewards that are not paid out yet. */
export const RewardsState = z.strictObject({
  v: z.literal(1),
  /** Reward of one share since the validator exists, times REWARD_SCALE. */
  perShare: wide,
  /** Owed to delegators, with what rounding left. */
  delegatorsMicro: micro,
  commissionMicro: micro,
});
export type RewardsState = z.infer<typeof RewardsState>;

export const DelegationState = z.strictObject({
  v: z.literal(1),
  shares: micro,
  /** RewardsState.perShare up to which rewards were paid. */
  perShare: wide,
});
export type DelegationState = z.infer<typeof DelegationState>;

/** Everything that one account is taking back: complete in one record. */
export const UnbondingsState = z.strictObject({
  v: z.literal(1),
  entries: z.array(
    z.strictObject({
      validator: AddressBytes,
      /** What will be paid; slashing lowers it. */
      amountMicro: micro,
      initialMicro: micro,
      height,
      completesS: unixS,
    }),
  ),
});
export type UnbondingsState = z.infer<typeof UnbondingsState>;

/** Everything that one account moved between validators and that is still liable for the first of them. */
export const RedelegationsState = z.strictObject({
  v: z.literal(1),
  entries: z.array(
    z.strictObject({
      from: AddressBytes,
      to: AddressBytes,
      initialMicro: micro,
      height,
      completesS: unixS,
    }),
  ),
});
export type RedelegationsState = z.infer<typeof RedelegationsState>;

/** Blocks of the window that a validator missed. Absent while it missed none. */
export const LivenessState = z.strictObject({
  v: z.literal(1),
  missed: z.int().min(0),
  /** One bit per block of the window, at height modulo its length. */
  bitmap: Octets,
});
export type LivenessState = z.infer<typeof LivenessState>;

/** A validator set from the end of block `height` on; CometBFT applies it from `height` + 2 (at genesis from 1). */
export const ValidatorSetState = z.strictObject({
  v: z.literal(1),
  height,
  timeS: unixS,
  members: z.array(
    z.strictObject({
      operator: AddressBytes,
      key: ConsensusKeyField,
      power: micro,
      /** The stake that stands behind this power, as it was at the end of block `stakeHeight`. */
      stakeMicro: micro,
      stakeHeight: height,
    }),
  ),
});
export type ValidatorSetState = z.infer<typeof ValidatorSetState>;
export type SetMember = ValidatorSetState['members'][number];

/** Which numbered validator sets are kept: the newest is the present one. */
export const SetRangeState = z.strictObject({ v: z.literal(1), oldest: height, newest: height });
export type SetRangeState = z.infer<typeof SetRangeState>;

export const EpochState = z.strictObject({
  v: z.literal(1),
  number: z.coerce.bigint().min(0n),
  startedS: unixS,
  /** The last block of the epoch. */
  endsHeight: height,
});
export type EpochState = z.infer<typeof EpochState>;

/** What of an account is locked, and how it is released. */
export const VestingState = z.strictObject({
  v: z.literal(1),
  grants: z.array(
    z.strictObject({
      token: z.enum(['DPN', '3DP', 'DIMT', 'ITC']),
      amountMicro: micro,
      /** Nothing is released before the cliff, everything at the end, and between them in proportion since the start. */
      startS: unixS,
      cliffS: unixS,
      endS: unixS,
    }),
  ),
  /** DPN of this account that is staked or unbonding: it counts towards the lock. */
  stakedMicro: micro,
  /** Locked by the grants as of the last epoch end. */
  lockedMicro: z.strictObject({ DPN: micro, '3DP': micro, DIMT: micro, ITC: micro }),
});
export type VestingState = z.infer<typeof VestingState>;

/** What exists of each token: issued at genesis less what was burnt. Equals the sum of all balances. */
export const SupplyState = z.strictObject({
  v: z.literal(1),
  totalMicro: z.strictObject({ DPN: micro, '3DP': micro, DIMT: micro, ITC: micro }),
  burntMicro: micro,
});
export type SupplyState = z.infer<typeof SupplyState>;
