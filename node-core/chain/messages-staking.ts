// The messages of delegated stake. A validator is named by its operator's account; the key that signs blocks is
// another one, and can be replaced.

import { z } from 'zod';
import {
  AddressBytes,
  BasisPoints,
  ConsensusKeyField,
  Micro,
  PositiveMicro,
  SignatureBytes,
} from './fields.ts';

const name = z.string().min(1).max(60);

/** The signer becomes the operator of a validator with its first stake. */
export const StakingCreate = z.strictObject({
  type: z.literal('staking.create'),
  name,
  key: ConsensusKeyField,
  /** The consensus key's signature over possessionBytes(chain id, operator): nobody registers another's key. */
  proof: SignatureBytes,
  /** Share of the rewards that the operator keeps, how high it may ever go, and how far it may rise in a day. */
  commission: z.strictObject({
    basisPoints: BasisPoints,
    basisPointsMax: BasisPoints,
    dailyRiseBasisPointsMax: BasisPoints,
  }),
  /** Below this much of the operator's own stake the validator is jailed. Can be raised, never lowered. */
  selfMicroMin: Micro,
  amountMicro: PositiveMicro,
});

export const StakingEdit = z.strictObject({
  type: z.literal('staking.edit'),
  name,
  commissionBasisPoints: BasisPoints,
  selfMicroMin: Micro,
});

/** Replaces the key that signs blocks, from an epoch end on. The old key stays liable. */
export const StakingRotate = z.strictObject({
  type: z.literal('staking.rotate'),
  key: ConsensusKeyField,
  proof: SignatureBytes,
});

export const StakingDelegate = z.strictObject({
  type: z.literal('staking.delegate'),
  validator: AddressBytes,
  amountMicro: PositiveMicro,
});

/** The amount is paid out after the unbonding time. */
export const StakingUndelegate = z.strictObject({
  type: z.literal('staking.undelegate'),
  validator: AddressBytes,
  amountMicro: PositiveMicro,
});

/** Moves stake at once; it stays liable for the validator that it left, for the unbonding time. */
export const StakingRedelegate = z.strictObject({
  type: z.literal('staking.redelegate'),
  from: AddressBytes,
  to: AddressBytes,
  amountMicro: PositiveMicro,
});

/** Pays out the signer's rewards from one validator; its operator gets the commission too. */
export const StakingWithdraw = z.strictObject({
  type: z.literal('staking.withdraw'),
  validator: AddressBytes,
});

/** The operator's validator may be elected again. */
export const StakingUnjail = z.strictObject({ type: z.literal('staking.unjail') });
