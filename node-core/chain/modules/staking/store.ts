// Typed access to the records of stake, and the lists that go with them.

import { assert } from '../../../base/index.ts';
import type { ConsensusKey } from '../../../comet/index.ts';
import { consensusAddress } from '../../../comet/index.ts';
import type { Address } from '../../../identity/keys.ts';
import { sameAddress } from '../../../identity/keys.ts';
import * as keys from '../../keys.ts';
import * as records from '../../records.ts';
import type { State } from '../../state.ts';

export const validatorOf = (state: State, operator: Address) =>
  state.read(records.ValidatorState, keys.validatorKey(operator));

export function putValidator(state: State, operator: Address, record: records.ValidatorState): void {
  state.write(keys.validatorKey(operator), record);
}

export const keyOwner = (state: State, address: Uint8Array) =>
  state.read(records.ConsensusKeyState, keys.consensusKeyKey(address));

export function claimKey(state: State, operator: Address, key: ConsensusKey): void {
  const record = { v: 1, operator, key, tombstoned: false } satisfies records.ConsensusKeyState;
  state.write(keys.consensusKeyKey(consensusAddress(key)), record);
}

export const delegationOf = (state: State, delegator: Address, operator: Address) =>
  state.read(records.DelegationState, keys.delegationKey(delegator, operator));

export const unbondingsOf = (state: State, delegator: Address) =>
  state.read(records.UnbondingsState, keys.unbondingsKey(delegator))?.entries ?? [];

export const redelegationsOf = (state: State, delegator: Address) =>
  state.read(records.RedelegationsState, keys.redelegationsKey(delegator))?.entries ?? [];

/** Writes what is left of an account's unbondings and keeps the lists of their validators right. */
export function putUnbondings(
  state: State,
  delegator: Address,
  entries: records.UnbondingsState['entries'],
): void {
  const validators = entries.map(({ validator }) => validator);
  const before = unbondingsOf(state, delegator).map(({ validator }) => validator);
  relist(state, 'unbonding-from', delegator, before, validators);
  if (entries.length === 0) state.remove(keys.unbondingsKey(delegator));
  else state.write(keys.unbondingsKey(delegator), { v: 1, entries } satisfies records.UnbondingsState);
}

/** As putUnbondings. */
export function putRedelegations(
  state: State,
  delegator: Address,
  entries: records.RedelegationsState['entries'],
): void {
  const before = redelegationsOf(state, delegator).map(({ from }) => from);
  relist(
    state,
    'redelegating-from',
    delegator,
    before,
    entries.map(({ from }) => from),
  );
  if (entries.length === 0) state.remove(keys.redelegationsKey(delegator));
  else state.write(keys.redelegationsKey(delegator), { v: 1, entries } satisfies records.RedelegationsState);
}

function relist(
  state: State,
  index: 'unbonding-from' | 'redelegating-from',
  delegator: Address,
  before: readonly Address[],
  after: readonly Address[],
): void {
  const isIn = (list: readonly Address[], sought: Address) =>
    list.some((address) => sameAddress(address, sought));
  for (const operator of after) state.addToList(index, delegator, operator);
  for (const operator of before) if (!isIn(after, operator)) state.removeFromList(index, delegator, operator);
}

export function setRange(state: State): records.SetRangeState {
  const range = state.read(records.SetRangeState, keys.setRangeKey());
  assert(range !== undefined, 'genesis wrote the first validator set');
  return range;
}

export function setAt(state: State, number: bigint): records.ValidatorSetState {
  const set = state.read(records.ValidatorSetState, keys.validatorSetKey(number));
  assert(set !== undefined, 'a listed validator set is kept');
  return set;
}

/** The set that was decided last; CometBFT applies it two blocks after it was. */
export const currentSet = (state: State) => setAt(state, setRange(state).newest);

export function epochOf(state: State): records.EpochState {
  const epoch = state.read(records.EpochState, keys.epochKey());
  assert(epoch !== undefined, 'genesis began the first epoch');
  return epoch;
}

export function supplyOf(state: State): records.SupplyState {
  const supply = state.read(records.SupplyState, keys.supplyKey());
  assert(supply !== undefined, 'genesis issued the supply');
  return supply;
}

export const livenessOf = (state: State, operator: Address) =>
  state.read(records.LivenessState, keys.livenessKey(operator));
