// The books of stake, added up from the state alone: what must hold after every block, whatever happened. Any
// difference is an error. For tests only.

import { assert, type Bytes, bytesToHex, hexToBytes, TOKENS, type Token } from '../../base/index.ts';
import { sortValidators, type ValidatorSet } from '../../comet/index.ts';
import { owedMicro, POOLS, worthOf } from '../modules/index.ts';
import * as store from '../modules/staking/index.ts';
import type { State } from '../state.ts';

const equal = (a: bigint, b: bigint, what: string) => assert(a === b, `${what}: ${a} and ${b}`);

/** `accounts` are all that can hold money, the pools aside. */
export function auditStakes(state: State, accounts: readonly Bytes[]): void {
  auditSupply(state, accounts);
  const unbonding = auditUnbondings(state, accounts);
  let [staked, rewards] = [0n, 0n];
  for (const operator of state.listOf('validators')) {
    const validator = store.validatorOf(state, operator);
    assert(validator !== undefined, 'a listed validator exists');
    assert(validator.jailed || !validator.tombstoned, 'tombstoned is jailed');
    let [shares, worth, owed] = [0n, 0n, 0n];
    const booked = store.rewardsOf(state, operator);
    for (const delegator of state.listOf('delegators-of', operator)) {
      const delegation = store.delegationOf(state, delegator, operator);
      assert(delegation !== undefined && delegation.shares > 0n, 'a listed delegation exists');
      shares += delegation.shares;
      worth += worthOf(validator, delegation.shares);
      owed += owedMicro(booked, delegation);
      assert(
        state.listOf('delegations-of', delegator).some((id) => bytesToHex(id) === bytesToHex(operator)),
        'a delegation is in both lists',
      );
    }
    equal(shares, validator.shares, 'shares are those of the delegations');
    assert(worth <= validator.stakeMicro, 'claims on stake are covered');
    assert(validator.shares >= validator.stakeMicro, 'a share is never worth more than it was bought for');
    assert(owed <= booked.delegatorsMicro, 'claims on rewards are covered');
    staked += validator.stakeMicro;
    rewards += booked.delegatorsMicro + booked.commissionMicro;
  }
  equal(state.account(POOLS.stake).balances.DPN, staked + unbonding, 'the stake pool is stake and unbonding');
  equal(
    state.account(POOLS.rewards).balances.DPN,
    rewards,
    'the rewards pool is what is owed, with its dust',
  );
  equal(state.account(POOLS.fees).balances.DPN, 0n, 'no fee stays behind');
}

function auditSupply(state: State, accounts: readonly Bytes[]): void {
  const sums = Object.fromEntries(TOKENS.map((token) => [token, 0n])) as Record<Token, bigint>;
  for (const address of [...accounts, ...Object.values(POOLS)]) {
    const { balances, lockedMicro } = state.account(address);
    for (const token of TOKENS) {
      assert(balances[token] >= 0n && (lockedMicro?.[token] ?? 0n) >= 0n, 'nothing is negative');
      sums[token] += balances[token];
    }
  }
  const { totalMicro } = store.supplyOf(state);
  for (const token of TOKENS) equal(sums[token], totalMicro[token], `all ${token} there are`);
}

function auditUnbondings(state: State, accounts: readonly Bytes[]): bigint {
  let unbonding = 0n;
  const listed = new Map<string, number>();
  for (const delegator of accounts) {
    const [unbondings, moved] = [
      store.unbondingsOf(state, delegator),
      store.redelegationsOf(state, delegator),
    ];
    assert(unbondings.length <= 64 && moved.length <= 64, 'entries are bounded');
    for (const entry of unbondings) {
      assert(entry.amountMicro >= 0n && entry.amountMicro <= entry.initialMicro, 'slashing only lowers');
      unbonding += entry.amountMicro;
    }
    const operators = new Set(unbondings.map(({ validator }) => `unbonding-from ${bytesToHex(validator)}`));
    for (const { from } of moved) operators.add(`redelegating-from ${bytesToHex(from)}`);
    for (const name of operators) listed.set(name, (listed.get(name) ?? 0) + 1);
  }
  for (const [name, count] of listed) {
    const [index, operator] = name.split(' ');
    const scope = hexToBytes(operator ?? '');
    const length = state.indexLength(index as 'unbonding-from' | 'redelegating-from', scope);
    equal(length, BigInt(count), `the list ${name}`);
  }
  return unbonding;
}

/** The set that the chain believes it has, in CometBFT's order. */
export const believedSet = (state: State): ValidatorSet =>
  sortValidators(store.currentSet(state).members.map(({ key, power }) => ({ key, power })));
