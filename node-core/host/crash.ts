// The last act of a process that met a bug nobody caught: machines are told to cool and the folder is let go, within a
// bounded time. It never goes on: what runs it starts anew, and recovery takes up what was left.

import type { Log } from '../base/index.ts';

/** A close that hangs must not keep the process; machines are told first of all. */
export const CLOSE_MS_MAX = 5000;

/** What of the process it needs. */
export type Ending = {
  once(event: 'uncaughtException', listener: (error: unknown) => void): unknown;
  exit(code: number): void;
};

/** Closes the console when a bug reaches the top. Promises that nobody handles come here too. */
export function closeOnCrash(close: () => Promise<void>, log: Log, process: Ending): void {
  process.once('uncaughtException', (error) => {
    log('error', 'crash', { error });
    const end = () => process.exit(1);
    setTimeout(end, CLOSE_MS_MAX).unref();
    close().then(end, end);
  });
}
