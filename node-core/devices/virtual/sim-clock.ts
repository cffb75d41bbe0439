// A clock that jumps: time passes only when everybody sleeps. For tests and simulations; hours take milliseconds.

import type { Clock } from '../../base/index.ts';

export type SimClock = Clock & {
  /** Runs sleepers in order until `done` settles. @throws Error where all wait for something that is not time. */
  drive<T>(done: Promise<T>): Promise<T>;
};

/** Longer than any wait under test: who is still waiting then waits for ever. */
const PATIENCE_MS = 6 * 3_600_000;

type Sleeper = { readonly atMs: number; readonly order: number; readonly wake: () => void };

/** `settle` resolves after every pending callback has run (in Node: setImmediate). */
export function createSimClock(settle: () => Promise<void>, startMs = 1_800_000_000_000): SimClock {
  let nowMs = 0;
  let order = 0;
  const sleepers: Sleeper[] = [];
  const sleep = (delayMs: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const abort = () => {
        const at = sleepers.indexOf(sleeper);
        if (at >= 0) sleepers.splice(at, 1);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper: Sleeper = { atMs: nowMs + Math.max(0, delayMs), order: order++, wake };
      sleepers.push(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
    });
  const drive = async <T>(done: Promise<T>): Promise<T> => {
    let finished = false;
    const untilMs = nowMs + PATIENCE_MS;
    const mark = () => {
      finished = true;
    };
    done.then(mark, mark);
    for (;;) {
      await settle();
      if (finished) return done;
      sleepers.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      const next = sleepers.shift();
      if (next === undefined) throw new Error('everybody waits, and nobody for time');
      if (next.atMs > untilMs) throw new Error('six hours passed, and still nothing happened');
      nowMs = Math.max(nowMs, next.atMs);
      next.wake();
    }
  };
  return { nowMs: () => startMs + nowMs, monotonicMs: () => nowMs, sleep, drive };
}
