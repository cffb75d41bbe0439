// The queue of deadlines, inside the provable state: a binary heap ordered by time, then by the order in which they
// were set. Entries are never searched for: one whose contract has moved on is dropped when its time comes.

import { assert } from '../base/index.ts';
import type { Address } from '../identity/keys.ts';
import type { DeadlineEntry } from './records.ts';
import type { State } from './state.ts';

function isBefore(a: DeadlineEntry, b: DeadlineEntry): boolean {
  return a.timeS === b.timeS ? a.order < b.order : a.timeS < b.timeS;
}

function entryAt(state: State, position: bigint): DeadlineEntry {
  const entry = state.deadline(position);
  assert(entry !== undefined, 'the heap has no holes');
  return entry;
}

/** `order` must grow with every call on one chain. */
export function pushDeadline(state: State, timeS: bigint, order: bigint, instance: Address): void {
  const added: DeadlineEntry = { timeS, order, instance };
  let position = state.indexLength('deadlines');
  state.setIndexLength('deadlines', position + 1n);
  while (position > 0n) {
    const parent = (position - 1n) / 2n;
    const above = entryAt(state, parent);
    if (!isBefore(added, above)) break;
    state.putDeadline(position, above);
    position = parent;
  }
  state.putDeadline(position, added);
}

export function peekDeadline(state: State): DeadlineEntry | undefined {
  return state.indexLength('deadlines') === 0n ? undefined : entryAt(state, 0n);
}

/** Removes the earliest entry where its time has come. */
export function popDeadline(state: State, nowS: bigint): DeadlineEntry | undefined {
  const first = peekDeadline(state);
  if (first === undefined || first.timeS > nowS) return undefined;
  const length = state.indexLength('deadlines') - 1n;
  const last = entryAt(state, length);
  state.removeDeadline(length);
  state.setIndexLength('deadlines', length);
  if (length > 0n) siftDown(state, last, length);
  return first;
}

function siftDown(state: State, entry: DeadlineEntry, length: bigint): void {
  let position = 0n;
  for (;;) {
    const left = 2n * position + 1n;
    if (left >= length) break;
    let child = left;
    let below = entryAt(state, left);
    if (left + 1n < length) {
      const right = entryAt(state, left + 1n);
      if (isBefore(right, below)) {
        child = left + 1n;
        below = right;
      }
    }
    if (!isBefore(below, entry)) break;
    state.putDeadline(position, below);
    position = child;
  }
  state.putDeadline(position, entry);
}
