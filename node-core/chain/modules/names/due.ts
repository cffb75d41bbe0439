// What happens to names by itself: commitments lapse, payments settle, transfers complete, and what nobody renewed is
// forgotten. A time is queued for each; what has changed since is looked at when the time comes.

import { assert, bytesToHex } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import { popDeadline, pushDeadline } from '../../deadlines.ts';
import { NAME_YEAR_S, type NameState } from '../../records.ts';
import type { State } from '../../state.ts';
import type { StepContext } from '../context.ts';
import { nameFlaw, nameId } from './form.ts';
import { dropCommit, settle } from './register.ts';
import { forgottenS, holderOf, nameById, putName, removeName, termsOf } from './store.ts';

/** The rest is next block's work. */
const DUE_PER_BLOCK_MAX = 50;

export function runNames(context: StepContext): void {
  for (let count = 0; count < DUE_PER_BLOCK_MAX; count++) {
    const due = popDeadline(context.state, context.timeS, 'names');
    if (due === undefined) return;
    if (!dropCommit(context.state, due.instance, context.timeS)) attend(context, due.instance, due.timeS);
  }
}

function attend(context: StepContext, id: Address, dueS: bigint): void {
  const { state, timeS } = context;
  let record = nameById(state, id);
  if (record === undefined) return;
  if (record.contest !== undefined && record.contest.untilS <= timeS) record = settle(state, record);
  if (record.transfer !== undefined && record.transfer.timeS <= timeS) record = handOver(context, record);
  if (record.queuedS !== dueS) return;
  const queuedS = forgottenS(record, termsOf(state));
  if (queuedS <= timeS) {
    removeName(state, record);
    context.emit('name.forgotten', { name: record.name });
    return;
  }
  putName(state, { ...record, queuedS });
  pushDeadline(state, queuedS, context.nextOrder(), id, 'names');
}

function handOver(context: StepContext, record: NameState): NameState {
  const { transfer, ...kept } = record;
  assert(transfer !== undefined, 'a name is handed over to somebody');
  const handed: NameState = { ...kept, owner: transfer.to, target: transfer.to, sinceS: context.timeS };
  putName(context.state, handed);
  context.emit('name.transferred', {
    name: record.name,
    from: bytesToHex(record.owner),
    to: bytesToHex(transfer.to),
  });
  return handed;
}

export type GenesisName = { readonly name: string; readonly owner: Address; readonly years: number };

/** Names that a network begins with: brands, and what its own services are called. Reserved words may be among them. */
export function grantNames(state: State, names: readonly GenesisName[], timeS: bigint): void {
  for (const [place, { name, owner, years }] of names.entries()) {
    assert(
      nameFlaw(name) !== 'form' && holderOf(state, name) === undefined,
      'a genesis name is one, and is alone',
    );
    const expiresS = timeS + BigInt(years) * NAME_YEAR_S;
    const queuedS = forgottenS({ expiresS }, termsOf(state));
    const since = { registeredS: timeS, sinceS: timeS };
    putName(state, { v: 1, name, owner, target: owner, ...since, expiresS, queuedS });
    pushDeadline(state, queuedS, BigInt(place), nameId(name), 'names');
  }
}
