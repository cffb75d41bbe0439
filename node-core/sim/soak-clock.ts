// A clock that jumps from sleeper to sleeper, for days with hundreds of them: a heap where devices/virtual sorts a list.

import type { Clock } from '../base/index.ts';

type Sleeper = { readonly atMs: number; readonly order: number; wake: (() => void) | undefined };

export type SoakClock = Clock & {
  /** Wakes sleepers in order until the time has come. `settle` resolves after every pending callback has run. */
  run(untilMs: number, settle: () => Promise<void>): Promise<void>;
};

export function createSoakClock(startMs = 1_800_000_000_000): SoakClock {
  const heap: Sleeper[] = [];
  let nowMs = 0;
  let order = 0;
  const sleep = (delayMs: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const sleeper: Sleeper = { atMs: nowMs + Math.max(0, delayMs), order: order++, wake: undefined };
      const abort = () => {
        // It stays in the heap, woken by nobody: taking it out would cost more.
        sleeper.wake = undefined;
        reject(signal?.reason);
      };
      sleeper.wake = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      signal?.addEventListener('abort', abort, { once: true });
      push(heap, sleeper);
    });
  const run = async (untilMs: number, settle: () => Promise<void>): Promise<void> => {
    await settle();
    for (let next = heap[0]; next !== undefined && next.atMs <= untilMs; next = heap[0]) {
      pop(heap);
      if (next.wake === undefined) continue;
      nowMs = Math.max(nowMs, next.atMs);
      next.wake();
      await settle();
    }
    nowMs = Math.max(nowMs, untilMs);
  };
  return { nowMs: () => startMs + nowMs, monotonicMs: () => nowMs, sleep, run };
}

function before(a: Sleeper, b: Sleeper): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Sleeper[], sleeper: Sleeper): void {
  let at = heap.length;
  heap.push(sleeper);
  while (at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up];
    if (parent === undefined || !before(sleeper, parent)) break;
    heap[at] = parent;
    at = up;
  }
  heap[at] = sleeper;
}

function pop(heap: Sleeper[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    let least = heap[child];
    if (least === undefined) break;
    const right = heap[child + 1];
    if (right !== undefined && before(right, least)) {
      least = right;
      child++;
    }
    if (!before(least, last)) break;
    heap[at] = least;
    at = child;
  }
  heap[at] = last;
}
