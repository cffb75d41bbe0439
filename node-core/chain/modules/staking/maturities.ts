// Unbonding stake is paid out, and redelegated stake is free of its first validator, when the unbonding time is over.

import { bytesToHex } from '../../../base/index.ts';
import { popDeadline } from '../../deadlines.ts';
import { payFrom } from '../accounts/index.ts';
import type { StepContext } from '../context.ts';
import { POOLS } from '../pools.ts';
import { countStaked } from '../vesting/index.ts';
import { putRedelegations, putUnbondings, redelegationsOf, unbondingsOf } from './store.ts';

/** Bounds a block's work; what is left is done in the next one. */
const MATURITIES_PER_BLOCK_MAX = 200;

export function runMaturities(context: StepContext): void {
  const { state, timeS } = context;
  for (let count = 0; count < MATURITIES_PER_BLOCK_MAX; count++) {
    const due = popDeadline(state, timeS, 'maturities');
    if (due === undefined) return;
    const delegator = due.instance;
    // An account's entries that are due together are all done at the first of them.
    const redelegations = redelegationsOf(state, delegator);
    const liable = redelegations.filter((entry) => entry.completesS > timeS);
    if (liable.length < redelegations.length) putRedelegations(state, delegator, liable);
    const unbondings = unbondingsOf(state, delegator);
    const waiting = unbondings.filter((entry) => entry.completesS > timeS);
    if (waiting.length === unbondings.length) continue;
    putUnbondings(state, delegator, waiting);
    let paidMicro = 0n;
    for (const entry of unbondings) if (entry.completesS <= timeS) paidMicro += entry.amountMicro;
    payFrom(state, POOLS.stake, delegator, 'DPN', paidMicro);
    countStaked(state, delegator, -paidMicro);
    context.emit('staking.unbonded', { delegator: bytesToHex(delegator), amountMicro: paidMicro.toString() });
  }
}
