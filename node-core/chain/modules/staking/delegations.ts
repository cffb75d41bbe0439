// Stake going to, from and between validators. Every path ends with the same books: the stake pool holds exactly what
// validators count as stake plus what is unbonding, and a validator's shares are exactly those of its delegations.

import type { z } from 'zod';
import { assert, bytesToHex, ok, type Result, refuse } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import { sameAddress } from '../../../identity/keys.ts';
import { pushDeadline } from '../../deadlines.ts';
import { chainFault } from '../../faults.ts';
import * as keys from '../../keys.ts';
import type {
  StakingDelegate,
  StakingRedelegate,
  StakingUndelegate,
  StakingWithdraw,
} from '../../messages.ts';
import type { DelegationState, ValidatorState } from '../../records.ts';
import { moveTokens } from '../accounts/index.ts';
import {
  type BookContext,
  done,
  type MessageContext,
  type MessageResult,
  type StepContext,
} from '../context.ts';
import { POOLS } from '../pools.ts';
import { countStaked } from '../vesting/index.ts';
import { closeRewards, rewardsStart, settleCommission, settleDelegation } from './rewards.ts';
import { sharesFor, sharesNeeded, worthOf } from './shares.ts';
import {
  delegationOf,
  putRedelegations,
  putUnbondings,
  putValidator,
  redelegationsOf,
  unbondingsOf,
  validatorOf,
} from './store.ts';

/** Smaller delegations would cost the chain more than they secure. */
const DELEGATION_MICRO_MIN = 1_000_000n;
/** Bounds what slashing must look at: entries of one account with one validator, and of one account in all. */
const ENTRIES_PER_PAIR_MAX = 7;
export const ENTRIES_MAX = 64;

const noValidator = () => refuse(chainFault('chain.staking.unknown'));

/** The validator where it may still be given stake. */
function findOpen(context: BookContext, operator: Address): Result<ValidatorState> {
  const validator = validatorOf(context.state, operator);
  if (validator === undefined) return noValidator();
  if (validator.tombstoned) return refuse(chainFault('chain.staking.tombstoned'));
  return ok(validator);
}

/** Credits stake whose money is in the pool already. */
function addStake(
  context: BookContext,
  delegator: Address,
  operator: Address,
  amountMicro: bigint,
): Result<void> {
  const { state } = context;
  const found = findOpen(context, operator);
  if (!found.ok) return found;
  const validator = found.value;
  const shares = sharesFor(validator, amountMicro) ?? 0n;
  if (shares === 0n) return refuse(chainFault('chain.staking.worthless'));
  settleDelegation(context, delegator, operator);
  const before = delegationOf(state, delegator, operator);
  state.write(keys.delegationKey(delegator, operator), {
    v: 1,
    shares: (before?.shares ?? 0n) + shares,
    perShare: rewardsStart(state, operator),
  } satisfies DelegationState);
  state.addToList('delegations-of', operator, delegator);
  state.addToList('delegators-of', delegator, operator);
  putValidator(state, operator, {
    ...validator,
    stakeMicro: validator.stakeMicro + amountMicro,
    shares: validator.shares + shares,
    stakedHeight: context.height,
  });
  return ok(undefined);
}

/** Moves money of an account, locked or not, into the stake pool and credits it. */
export function bondStake(
  context: BookContext,
  delegator: Address,
  operator: Address,
  amountMicro: bigint,
): Result<void> {
  const { state } = context;
  countStaked(state, delegator, amountMicro);
  const moved = moveTokens(state, delegator, POOLS.stake, 'DPN', amountMicro);
  return moved.ok ? addStake(context, delegator, operator, amountMicro) : moved;
}

/** Takes `amountMicro` of stake out of a delegation; its money stays in the pool for the caller to book. */
function takeStake(
  context: StepContext,
  delegator: Address,
  operator: Address,
  amountMicro: bigint,
): Result<void> {
  const { state } = context;
  const validator = validatorOf(state, operator);
  if (validator === undefined) return noValidator();
  const delegation = delegationOf(state, delegator, operator);
  const worthMicro = worthOf(validator, delegation?.shares ?? 0n);
  if (delegation === undefined || amountMicro > worthMicro) {
    const data = { worthMicro: worthMicro.toString(), amountMicro: amountMicro.toString() };
    return refuse(chainFault('chain.staking.too-much', data));
  }
  // Whoever takes everything gives every share: no delegation is left that is worth nothing.
  const all = amountMicro === worthMicro;
  const shares = all ? delegation.shares : sharesNeeded(validator, amountMicro);
  removeShares(context, delegator, operator, shares, amountMicro);
  return ok(undefined);
}

/** Removes shares with the stake that goes with them, and draws the consequences for the validator. */
export function removeShares(
  context: StepContext,
  delegator: Address,
  operator: Address,
  shares: bigint,
  amountMicro: bigint,
): void {
  const { state } = context;
  settleDelegation(context, delegator, operator);
  const [validator, delegation] = [validatorOf(state, operator), delegationOf(state, delegator, operator)];
  assert(validator !== undefined && delegation !== undefined, 'a delegation has its validator');
  assert(
    shares <= delegation.shares && amountMicro <= validator.stakeMicro,
    'no more is taken than is there',
  );
  const left = delegation.shares - shares;
  if (left > 0n) {
    state.write(keys.delegationKey(delegator, operator), { ...delegation, shares: left });
  } else {
    state.remove(keys.delegationKey(delegator, operator));
    state.removeFromList('delegations-of', operator, delegator);
    state.removeFromList('delegators-of', delegator, operator);
  }
  const next: ValidatorState = {
    ...validator,
    stakeMicro: validator.stakeMicro - amountMicro,
    shares: validator.shares - shares,
    stakedHeight: context.height,
  };
  assert(next.shares > 0n || next.stakeMicro === 0n, 'no stake is left without an owner');
  if (next.shares === 0n) closeRewards(context, operator);
  if (next.shares === 0n && !next.tombstoned) {
    state.remove(keys.validatorKey(operator));
    state.remove(keys.livenessKey(operator));
    state.removeFromList('validators', operator);
    context.emit('staking.removed', { validator: bytesToHex(operator) });
    return;
  }
  const own = sameAddress(delegator, operator) && worthOf(next, left) < next.selfMicroMin;
  if (own && !next.jailed) {
    context.emit('staking.jailed', { validator: bytesToHex(operator), why: 'own-stake' });
    putValidator(state, operator, { ...next, jailed: true, jailedUntilS: context.timeS });
    return;
  }
  putValidator(state, operator, next);
}

export function delegate(context: MessageContext, message: z.infer<typeof StakingDelegate>): MessageResult {
  const { signer } = context;
  const { validator, amountMicro } = message;
  if (amountMicro < DELEGATION_MICRO_MIN) return tooSmall();
  const open = findOpen(context, validator);
  if (!open.ok) return open;
  const bonded = bondStake(context, signer, validator, amountMicro);
  if (!bonded.ok) return bonded;
  context.emit('staking.delegated', described(signer, validator, amountMicro));
  return done();
}

const tooSmall = () =>
  refuse(chainFault('chain.staking.small', { minimumMicro: DELEGATION_MICRO_MIN.toString() }));

const described = (delegator: Address, validator: Address, amountMicro: bigint) => ({
  delegator: bytesToHex(delegator),
  validator: bytesToHex(validator),
  amountMicro: amountMicro.toString(),
});

function isFull(entries: readonly unknown[], pair: number): boolean {
  return entries.length >= ENTRIES_MAX || pair >= ENTRIES_PER_PAIR_MAX;
}

export function undelegate(
  context: MessageContext,
  message: z.infer<typeof StakingUndelegate>,
): MessageResult {
  const { state, signer, timeS, height } = context;
  const { validator, amountMicro } = message;
  const entries = unbondingsOf(state, signer);
  const pair = entries.filter((entry) => sameAddress(entry.validator, validator)).length;
  if (isFull(entries, pair)) return refuse(chainFault('chain.staking.entries'));
  const taken = takeStake(context, signer, validator, amountMicro);
  if (!taken.ok) return taken;
  const completesS = timeS + BigInt(state.params().staking.unbondingS);
  const entry = { validator, amountMicro, initialMicro: amountMicro, height, completesS };
  putUnbondings(state, signer, [...entries, entry]);
  pushDeadline(state, completesS, context.nextOrder(), signer, 'maturities');
  context.emit('staking.undelegated', {
    ...described(signer, validator, amountMicro),
    completesS: completesS.toString(),
  });
  return done();
}

export function redelegate(
  context: MessageContext,
  message: z.infer<typeof StakingRedelegate>,
): MessageResult {
  const { state, signer, timeS, height } = context;
  const { from, to, amountMicro } = message;
  if (sameAddress(from, to)) return refuse(chainFault('chain.staking.same'));
  if (amountMicro < DELEGATION_MICRO_MIN) return tooSmall();
  const entries = redelegationsOf(state, signer);
  // Stake that moved on again could no longer be found when the first validator is slashed.
  const hop = entries.find((entry) => sameAddress(entry.to, from));
  if (hop !== undefined)
    return refuse(chainFault('chain.staking.hop', { untilS: hop.completesS.toString() }));
  const pair = entries.filter((entry) => sameAddress(entry.from, from) && sameAddress(entry.to, to)).length;
  if (isFull(entries, pair)) return refuse(chainFault('chain.staking.entries'));
  const taken = takeStake(context, signer, from, amountMicro);
  if (!taken.ok) return taken;
  const added = addStake(context, signer, to, amountMicro);
  if (!added.ok) return added;
  const completesS = timeS + BigInt(state.params().staking.unbondingS);
  putRedelegations(state, signer, [...entries, { from, to, initialMicro: amountMicro, height, completesS }]);
  pushDeadline(state, completesS, context.nextOrder(), signer, 'maturities');
  context.emit('staking.redelegated', {
    ...described(signer, to, amountMicro),
    from: bytesToHex(from),
    completesS: completesS.toString(),
  });
  return done();
}

export function withdraw(context: MessageContext, message: z.infer<typeof StakingWithdraw>): MessageResult {
  const { state, signer } = context;
  const { validator } = message;
  const own = sameAddress(validator, signer);
  if (!own && delegationOf(state, signer, validator) === undefined) {
    return refuse(chainFault('chain.staking.no-delegation'));
  }
  if (own) settleCommission(context, validator);
  settleDelegation(context, signer, validator);
  return done();
}
