// At an epoch end: who makes the blocks. The at most `validatorsMax` validators with the most stake (equal stake: lower
// address first) with one power per whole DPN, as far as churn.ts lets them in; and the difference for the engine.

import { assert, bytesToHex, compareBytes } from '../../../base/index.ts';
import type { ConsensusKey, Validator } from '../../../comet/index.ts';
import { consensusAddress, sortValidators } from '../../../comet/index.ts';
import type { Address } from '../../../identity/keys.ts';
import { sameAddress } from '../../../identity/keys.ts';
import * as keys from '../../keys.ts';
import type { SetMember, SetRangeState, ValidatorSetState } from '../../records.ts';
import type { State } from '../../state.ts';
import type { StepContext } from '../context.ts';
import { type Candidate, nextMembers } from './churn.ts';
import { MICRO_PER_POWER } from './shares.ts';
import { setAt, setRange, validatorOf } from './store.ts';

/** Decides the next set and gives what changes from the present one. */
export function electValidators(context: StepContext): readonly Validator[] {
  const { state } = context;
  const range = setRange(state);
  const current = setAt(state, range.newest).members;
  const { elected } = state.params();
  const members = elected ? nextMembers(churnInput(context, range, current)) : restaked(context, current);
  if (isSame(members, current)) return [];
  const newest = range.newest + 1n;
  const { height, timeS } = context;
  const set: ValidatorSetState = { v: 1, height, timeS, members: [...members] };
  state.write(keys.validatorSetKey(newest), set);
  prune(context, { ...range, newest });
  const updates = difference(current, members);
  for (const { key, power } of updates) {
    context.emit('validators.changed', {
      consensusAddress: bytesToHex(consensusAddress(key)),
      power: power.toString(),
    });
  }
  return updates;
}

/** The first set: its powers are genesis' own. */
export function initialiseSet(state: State, timeS: bigint, members: readonly SetMember[]): void {
  const sorted = members.toSorted((a, b) => compareBytes(a.operator, b.operator));
  state.write(keys.validatorSetKey(0n), {
    v: 1,
    height: 0n,
    timeS,
    members: sorted,
  } satisfies ValidatorSetState);
  state.write(keys.setRangeKey(), { v: 1, oldest: 0n, newest: 0n } satisfies SetRangeState);
}

function churnInput(context: StepContext, range: SetRangeState, current: readonly SetMember[]) {
  const { state, timeS, height } = context;
  const { staking } = state.params();
  const candidates = candidatesOf(state).slice(0, staking.validatorsMax);
  const isOffender = (operator: Address) => validatorOf(state, operator)?.tombstoned === true;
  return {
    current,
    candidates,
    isOffender,
    window: windowOf(state, range, timeS - BigInt(staking.trustingS)),
    membersMax: staking.validatorsMax,
    height,
  };
}

/** Everybody who may be elected, in order. */
function candidatesOf(state: State): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const operator of state.listOf('validators')) {
    const validator = validatorOf(state, operator);
    assert(validator !== undefined, 'a listed validator exists');
    const { key, stakeMicro, stakedHeight, jailed } = validator;
    const power = stakeMicro / MICRO_PER_POWER;
    if (!jailed && power > 0n) candidates.push({ operator, key, power, stakeMicro, stakedHeight });
  }
  return candidates.sort((a, b) => {
    if (a.stakeMicro !== b.stakeMicro) return a.stakeMicro > b.stakeMicro ? -1 : 1;
    return compareBytes(a.operator, b.operator);
  });
}

/** The sets that were in force after `sinceS`: those not yet replaced then. */
function windowOf(state: State, range: SetRangeState, sinceS: bigint): readonly (readonly SetMember[])[] {
  const sets: (readonly SetMember[])[] = [];
  let replacedS: bigint | undefined;
  for (let number = range.newest; number >= range.oldest; number--) {
    if (replacedS !== undefined && replacedS <= sinceS) break;
    const set = setAt(state, number);
    sets.push(set.members);
    replacedS = set.timeS;
  }
  return sets;
}

/** A set that is not elected keeps its powers; the stake behind them is noted all the same. */
function restaked(context: StepContext, current: readonly SetMember[]): readonly SetMember[] {
  return current.map((member) => {
    const validator = validatorOf(context.state, member.operator);
    if (validator === undefined || validator.stakedHeight <= member.stakeHeight) return member;
    return { ...member, stakeMicro: validator.stakeMicro, stakeHeight: context.height };
  });
}

/** A set in which nothing changed, not even the stake behind it, is not written again. */
function isSame(a: readonly SetMember[], b: readonly SetMember[]): boolean {
  return (
    a.length === b.length &&
    a.every((member, place) => {
      const other = b[place];
      return (
        other !== undefined &&
        sameAddress(member.operator, other.operator) &&
        isSameKey(member.key, other.key) &&
        member.power === other.power &&
        member.stakeHeight === other.stakeHeight
      );
    })
  );
}

const isSameKey = (a: ConsensusKey, b: ConsensusKey) =>
  a.type === b.type && compareBytes(a.bytes, b.bytes) === 0;

/** Sets are kept as long as an offence under them can be punished. */
function prune(context: StepContext, range: SetRangeState): void {
  const { state, timeS } = context;
  const sinceS = timeS - BigInt(state.params().staking.unbondingS);
  let { oldest } = range;
  while (oldest < range.newest && setAt(state, oldest + 1n).timeS <= sinceS) {
    state.remove(keys.validatorSetKey(oldest));
    oldest++;
  }
  state.write(keys.setRangeKey(), { ...range, oldest } satisfies SetRangeState);
}

/** What CometBFT must be told: new powers, and 0 for keys that leave. Each key once, in the order of its sets. */
function difference(before: readonly SetMember[], after: readonly SetMember[]): readonly Validator[] {
  const had = (list: readonly SetMember[], key: ConsensusKey) =>
    list.find((member) => isSameKey(member.key, key));
  const removed = before
    .filter(({ key }) => had(after, key) === undefined)
    .map(({ key }) => ({ key, power: 0n }));
  const changed = after.filter(({ key, power }) => had(before, key)?.power !== power);
  return [...sortValidators(changed.map(({ key, power }) => ({ key, power }))), ...removed];
}
