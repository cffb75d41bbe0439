// Queues of deadlines, inside the provable state: binary heaps ordered by time, then by the order in which entries
// were set. Entries are never searched for: one whose contract has moved on is dropped when its time comes.

import { assert } from '../base/index.ts';
import type { Address } from '../identity/keys.ts';
import type { QueueName } from './keys.ts';
import type { DeadlineEntry } from './records.ts';
import type { State } from './state.ts';

function isBefore(a: DeadlineEntry, b: DeadlineEntry): boolean {
  return a.timeS === b.timeS ? a.order < b.order : a.timeS < b.timeS;
}

function entryAt(state: State, queue: QueueName, position: bigint): DeadlineEntry {
  const entry = state.queued(queue, position);
  assert(entry !== undefined, 'the heap has no holes');
  return entry;
}

/** `order` must grow with every call on one chain. */
export function pushDeadline(
  state: State,
  timeS: bigint,
  order: bigint,
  instance: Address,
  queue: QueueName = 'deadlines',
): void {
  const added: DeadlineEntry = { timeS, order, instance };
  let position = state.indexLength(queue);
  state.setIndexLength(queue, position + 1n);
  while (position > 0n) {
    const parent = (position - 1n) / 2n;
    const above = entryAt(state, queue, parent);
    if (!isBefore(added, above)) break;
    state.putQueued(queue, position, above);
    position = parent;
  }
  state.putQueued(queue, position, added);
}

export function peekDeadline(state: State, queue: QueueName = 'deadlines'): DeadlineEntry | undefined {
  return state.indexLength(queue) === 0n ? undefined : entryAt(state, queue, 0n);
}

/** Removes the earliest entry where its time has come. */
export function popDeadline(
  state: State,
  nowS: bigint,
  queue: QueueName = 'deadlines',
): DeadlineEntry | undefined {
  const first = peekDeadline(state, queue);
  if (first === undefined || first.timeS > nowS) return undefined;
  const length = state.indexLength(queue) - 1n;
  const last = entryAt(state, queue, length);
  state.removeQueued(queue, length);
  state.setIndexLength(queue, length);
  if (length > 0n) siftDown(state, queue, last, length);
  return first;
}

function siftDown(state: State, queue: QueueName, entry: DeadlineEntry, length: bigint): void {
  let position = 0n;
  for (;;) {
    const left = 2n * position + 1n;
    if (left >= length) break;
    let child = left;
    let below = entryAt(state, queue, left);
    if (left + 1n < length) {
      const right = entryAt(state, queue, left + 1n);
      if (isBefore(right, below)) {
        child = left + 1n;
        below = right;
      }
    }
    if (!isBefore(below, entry)) break;
    state.putQueued(queue, position, below);
    position = child;
  }
  state.putQueued(queue, position, entry);
}
