// The way back to where an earlier print was cut off: its lines are counted without being sent, then the machine is led to
// the place (resume.ts made the commands). Nothing of the job is sent here.

import type { MarlinChannel } from './marlin-channel.ts';
import type { PrintRun } from './print-run.ts';
import type { ResumeOrder } from './types.ts';

export type ComeBackHooks = {
  /** Lines up to here are behind; a job that comes in pieces may send for more. */
  passed(lines: number): void;
  /** Resolves when more lines of such a job are there. */
  more(): Promise<void>;
  /** False once somebody has ended the print. */
  goesOn(): boolean;
};

/** False where it does not come to that. */
export async function comeBack(
  run: PrintRun,
  channel: MarlinChannel,
  resume: ResumeOrder,
  hooks: ComeBackHooks,
): Promise<boolean> {
  for (let line = 0; line < resume.line; ) {
    const here = Math.min(resume.line, run.job.count);
    while (line < here) run.acknowledge(line++);
    hooks.passed(line);
    if (line === resume.line) break;
    await Promise.race([hooks.more(), run.done]);
    if (run.ended) return false;
  }
  run.passed();
  for (const command of resume.preamble) {
    if (run.ended || !hooks.goesOn()) return false;
    const done = await channel.command(command);
    if (!done.ok) return false;
  }
  return true;
}
