// What a command writes: results to standard output, everything else to standard error, one rewritten line for
// progress where a terminal can show it.

import type { Fault, Log } from '../../base/index.ts';

export type Terminal = ReturnType<typeof createTerminal>;

const PROGRESS_INTERVAL_MS = 1000;

/** `quiet` sends the story to standard error, so that standard output holds data only. */
export function createTerminal(quiet: boolean) {
  const stream = quiet ? process.stderr : process.stdout;
  let progressShown = false;
  let lastProgressMs = 0;
  const clearProgress = () => {
    if (progressShown) stream.write('\r\u001b[2K');
    progressShown = false;
  };
  return {
    /** False for a file, a pipe, a service manager's journal: there every line stays. */
    isInteractive: stream.isTTY === true,
    line(text: string): void {
      clearProgress();
      stream.write(`${text}\n`);
    },
    progress(text: string, share: number | undefined): void {
      const percent = share === undefined ? '' : ` ${Math.floor(share * 100)} %`;
      if (stream.isTTY) {
        stream.write(`\r\u001b[2K${text}${percent}`);
        progressShown = true;
      } else if (performance.now() - lastProgressMs > PROGRESS_INTERVAL_MS) {
        lastProgressMs = performance.now();
        stream.write(`    ${text}${percent}\n`);
      }
    },
    fault(fault: Fault): void {
      clearProgress();
      process.stderr.write(`${fault.message}\n  ${fault.next}\n  (${fault.code})\n`);
    },
  };
}

/** For the little that must be seen although nobody asked: bugs. */
export const toStandardError: Log = (_level, action, data) => {
  const error = data?.['error'];
  process.stderr.write(`${action}: ${error instanceof Error ? error.stack : String(error)}\n`);
};
