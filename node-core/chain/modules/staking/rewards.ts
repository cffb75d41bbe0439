// Rewards in constant work per validator: each validator carries the reward of one share since it exists, each
// delegation the value up to which it was paid (F1 distribution over shares, which slashing leaves as they are).
// What is owed rounds down, so the pool always holds at least every claim; the rest goes to the treasury when the last
// share is gone.

import { assert, type Bytes, bytesToHex, hexToBytes } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import * as keys from '../../keys.ts';
import { type DelegationState, RewardsState } from '../../records.ts';
import type { State } from '../../state.ts';
import type { CommitVote } from '../../types.ts';
import { payFrom } from '../accounts/index.ts';
import type { BookContext } from '../context.ts';
import { POOLS } from '../pools.ts';
import { delegationOf, keyOwner, validatorOf } from './store.ts';

/** Rewards per share are kept in 1/10^24 micro-DPN: a block's rounding loses less than a micro-unit per validator. */
const REWARD_SCALE = 10n ** 24n;
const WIDE_SIZE_BYTES = 32;
const BASIS = 10_000n;

const toWide = (value: bigint): Bytes => {
  assert(value >= 0n && value < 1n << 256n, 'a reward per share fits its field');
  return hexToBytes(value.toString(16).padStart(2 * WIDE_SIZE_BYTES, '0'));
};
const fromWide = (bytes: Bytes): bigint => BigInt(`0x${bytesToHex(bytes)}`);

const NO_REWARDS: RewardsState = {
  v: 1,
  perShare: toWide(0n),
  delegatorsMicro: 0n,
  commissionMicro: 0n,
};

export const rewardsOf = (state: State, operator: Address): RewardsState =>
  state.read(RewardsState, keys.rewardsKey(operator)) ?? NO_REWARDS;

const putRewards = (state: State, operator: Address, record: RewardsState) =>
  state.write(keys.rewardsKey(operator), record);

/** What a delegation could withdraw now. */
export function owedMicro(rewards: RewardsState, delegation: DelegationState): bigint {
  const since = fromWide(rewards.perShare) - fromWide(delegation.perShare);
  return (delegation.shares * since) / REWARD_SCALE;
}

/** Where a new delegation's rewards begin. */
export const rewardsStart = (state: State, operator: Address): Bytes => rewardsOf(state, operator).perShare;

/** Books a reward for a validator; its money is in the pool already. False where nobody shares it. */
function bookReward(state: State, operator: Address, amountMicro: bigint): boolean {
  const validator = validatorOf(state, operator);
  if (validator === undefined || validator.shares === 0n || validator.tombstoned) return false;
  // A genesis validator without an operator's key could never withdraw.
  if (state.account(operator).kind === 'contract') return false;
  const rewards = rewardsOf(state, operator);
  const commissionMicro = (amountMicro * BigInt(validator.commission.basisPoints)) / BASIS;
  const sharedMicro = amountMicro - commissionMicro;
  const rise = (sharedMicro * REWARD_SCALE) / validator.shares;
  putRewards(state, operator, {
    v: 1,
    perShare: toWide(fromWide(rewards.perShare) + rise),
    delegatorsMicro: rewards.delegatorsMicro + sharedMicro,
    commissionMicro: rewards.commissionMicro + commissionMicro,
  });
  return true;
}

/** Pays a delegation what it is owed, and lets it begin anew. */
export function settleDelegation(context: BookContext, delegator: Address, operator: Address): bigint {
  const { state } = context;
  const delegation = delegationOf(state, delegator, operator);
  if (delegation === undefined) return 0n;
  const rewards = rewardsOf(state, operator);
  const paidMicro = owedMicro(rewards, delegation);
  state.write(keys.delegationKey(delegator, operator), { ...delegation, perShare: rewards.perShare });
  if (paidMicro === 0n) return 0n;
  assert(paidMicro <= rewards.delegatorsMicro, 'claims never exceed what was booked');
  putRewards(state, operator, { ...rewards, delegatorsMicro: rewards.delegatorsMicro - paidMicro });
  payOut(context, operator, delegator, paidMicro, 'reward');
  return paidMicro;
}

export function settleCommission(context: BookContext, operator: Address): bigint {
  const { state } = context;
  const rewards = rewardsOf(state, operator);
  const paidMicro = rewards.commissionMicro;
  if (paidMicro === 0n) return 0n;
  putRewards(state, operator, { ...rewards, commissionMicro: 0n });
  payOut(context, operator, operator, paidMicro, 'commission');
  return paidMicro;
}

function payOut(
  context: BookContext,
  operator: Address,
  to: Address,
  amountMicro: bigint,
  what: 'reward' | 'commission',
): void {
  payFrom(context.state, POOLS.rewards, to, 'DPN', amountMicro);
  context.emit('staking.rewarded', {
    validator: bytesToHex(operator),
    to: bytesToHex(to),
    what,
    amountMicro: amountMicro.toString(),
  });
}

/** The last share is gone: commission to the operator, what rounding left to the treasury. */
export function closeRewards(context: BookContext, operator: Address): void {
  const { state } = context;
  settleCommission(context, operator);
  const { delegatorsMicro } = rewardsOf(state, operator);
  payFrom(state, POOLS.rewards, state.params().treasury, 'DPN', delegatorsMicro);
  state.remove(keys.rewardsKey(operator));
}

/**
 * Divides the fees of a block at its end. The validators' share: to the proposer its part, in proportion to the votes
 * that it included; the rest by power to those who voted. Everything that falls to nobody goes to the treasury.
 */
export function distributeFees(
  context: BookContext,
  proposerAddress: Bytes,
  votes: readonly CommitVote[],
): void {
  const { state } = context;
  const feesMicro = state.account(POOLS.fees).balances.DPN;
  if (feesMicro === 0n) return;
  const { treasury, staking } = state.params();
  const sharedMicro = (feesMicro * BigInt(staking.validatorsBasisPoints)) / BASIS;
  let bookedMicro = 0n;
  for (const { address, amountMicro } of sharesOfFees(
    sharedMicro,
    staking.proposerBasisPoints,
    votes,
    proposerAddress,
  )) {
    const owner = keyOwner(state, address);
    if (owner !== undefined && bookReward(state, owner.operator, amountMicro)) bookedMicro += amountMicro;
  }
  payFrom(state, POOLS.fees, POOLS.rewards, 'DPN', bookedMicro);
  payFrom(state, POOLS.fees, treasury, 'DPN', feesMicro - bookedMicro);
}

type FeeShare = { readonly address: Bytes; readonly amountMicro: bigint };

function sharesOfFees(
  sharedMicro: bigint,
  proposerBasisPoints: number,
  votes: readonly CommitVote[],
  proposerAddress: Bytes,
): readonly FeeShare[] {
  let [totalPower, signedPower] = [0n, 0n];
  for (const { power, flag } of votes) {
    totalPower += power;
    if (flag !== 1) signedPower += power;
  }
  if (totalPower === 0n) return [{ address: proposerAddress, amountMicro: sharedMicro }];
  const bonusMicro = (sharedMicro * BigInt(proposerBasisPoints) * signedPower) / (BASIS * totalPower);
  const restMicro = sharedMicro - bonusMicro;
  const signed = votes.filter(({ flag }) => flag !== 1);
  return [
    { address: proposerAddress, amountMicro: bonusMicro },
    ...signed.map(({ address, power }) => ({ address, amountMicro: (restMicro * power) / totalPower })),
  ];
}
