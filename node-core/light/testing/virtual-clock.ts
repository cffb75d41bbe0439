// Time for tests over providers in memory: it stands still while anything can go on, and jumps to the next sleeper when
// nothing else does. Deadlines and pauses pass at once and in their order. Not for tests with real connections.

import type { Clock } from '../../base/index.ts';

type Sleeper = { readonly atMs: number; readonly wake: () => void };

export type VirtualClock = Clock & { setNow(epochMs: number): void };

/** `turn` lets everything run that can: setImmediate, which comes after all settled promises. */
export function createVirtualClock(startMs: number, turn: (work: () => void) => void): VirtualClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  let isTurning = false;
  const step = () => {
    isTurning = false;
    const [next] = [...sleepers].sort((a, b) => a.atMs - b.atMs);
    if (next === undefined) return;
    sleepers.delete(next);
    nowMs = Math.max(nowMs, next.atMs);
    next.wake();
    schedule();
  };
  const schedule = () => {
    if (isTurning || sleepers.size === 0) return;
    isTurning = true;
    turn(step);
  };
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setNow(epochMs) {
      nowMs = epochMs;
    },
    sleep(delayMs, signal) {
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const sleeper = { atMs: nowMs + delayMs, wake: resolve };
        sleepers.add(sleeper);
        const cancel = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', cancel, { once: true });
        schedule();
      });
    },
  };
}
