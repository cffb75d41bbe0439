// Locks on accounts, given at genesis alone. What an account holds and has staked together never falls below what is
// locked, except where stake was slashed: locked coins can be staked and earn, but not be sent, spent or paid as fees.
// Locks are recomputed at epoch ends, so that every amount is a plain number in the provable state.

import { assert, bytesToHex, TOKENS, type Token } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import { vestingKey } from '../../keys.ts';
import { VestingState } from '../../records.ts';
import type { State } from '../../state.ts';
import type { StepContext } from '../context.ts';

export type Grant = VestingState['grants'][number];

/** How much of a grant is locked at `timeS`; what is released rounds down. */
export function lockedAt(grant: Grant, timeS: bigint): bigint {
  if (timeS < grant.cliffS) return grant.amountMicro;
  if (timeS >= grant.endS) return 0n;
  const releasedMicro = (grant.amountMicro * (timeS - grant.startS)) / (grant.endS - grant.startS);
  return grant.amountMicro - releasedMicro;
}

const sumLocked = (grants: readonly Grant[], timeS: bigint) => {
  const sums = Object.fromEntries(TOKENS.map((token) => [token, 0n])) as Record<Token, bigint>;
  for (const grant of grants) sums[grant.token] += lockedAt(grant, timeS);
  return sums;
};

/** @throws Error for grants that cannot be: the account must hold what they lock. Genesis only. */
export function lockAccount(state: State, address: Address, grants: readonly Grant[], timeS: bigint): void {
  const { balances } = state.account(address);
  const grantedMicro = sumLocked(
    grants.map((grant) => ({ ...grant, cliffS: timeS + 1n })),
    timeS,
  );
  for (const token of TOKENS)
    assert(grantedMicro[token] <= balances[token], 'an account holds what it locks');
  for (const { startS, cliffS, endS } of grants) {
    assert(startS <= cliffS && cliffS <= endS && startS < endS, 'a grant starts, has its cliff, and ends');
  }
  assert(state.read(VestingState, vestingKey(address)) === undefined, 'an account is locked once');
  state.addToList('vestings', address);
  putVesting(state, address, {
    v: 1,
    grants: [...grants],
    stakedMicro: 0n,
    lockedMicro: sumLocked(grants, timeS),
  });
}

function putVesting(state: State, address: Address, vesting: VestingState): void {
  state.write(vestingKey(address), vesting);
  const { lockedMicro: granted, stakedMicro } = vesting;
  const lockedDpn = granted.DPN > stakedMicro ? granted.DPN - stakedMicro : 0n;
  const lockedMicro = { ...granted, DPN: lockedDpn };
  const { lockedMicro: _before, ...account } = state.account(address);
  const free = TOKENS.every((token) => lockedMicro[token] === 0n);
  state.putAccount(address, free ? account : { ...account, lockedMicro });
}

/** Counts DPN that are about to be staked (or, negative, that came back) towards the account's lock. */
export function countStaked(state: State, address: Address, changeMicro: bigint): void {
  const vesting = state.read(VestingState, vestingKey(address));
  if (vesting === undefined) return;
  const changedMicro = vesting.stakedMicro + changeMicro;
  putVesting(state, address, { ...vesting, stakedMicro: changedMicro > 0n ? changedMicro : 0n });
}

/** At an epoch end: releases what time has released, and forgets accounts that are free. */
export function releaseLocks(context: StepContext): void {
  const { state, timeS } = context;
  for (const address of state.listOf('vestings')) {
    const vesting = state.read(VestingState, vestingKey(address));
    assert(vesting !== undefined, 'a listed account has locks');
    const lockedMicro = sumLocked(vesting.grants, timeS);
    if (TOKENS.every((token) => lockedMicro[token] === vesting.lockedMicro[token])) continue;
    putVesting(state, address, { ...vesting, lockedMicro });
    context.emit('vesting.released', {
      account: bytesToHex(address),
      ...Object.fromEntries(TOKENS.map((token) => [`lockedMicro${token}`, lockedMicro[token].toString()])),
    });
    if (TOKENS.some((token) => lockedMicro[token] !== 0n)) continue;
    state.removeFromList('vestings', address);
    state.remove(vestingKey(address));
  }
}
