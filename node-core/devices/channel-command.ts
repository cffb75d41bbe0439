// A command on its way through the channel, and what can be told from its text.

import type { Bytes, Result } from '../base/index.ts';
import { utf8ToBytes } from '../base/index.ts';
import { commandCode, lineCommand } from './gcode-words.ts';
import type { PreparedJob } from './job-lines.ts';
import type { Work } from './patience.ts';

export type Command = {
  readonly text: string;
  readonly bytes: Bytes;
  readonly replies: string[];
  readonly work: Work;
  /** Number that the firmware counts on from, for M110. */
  readonly renumberTo: number | undefined;
  settle: ((result: Result<readonly string[]>) => void) | undefined;
};

const LONG_COMMAND =
  /^(?:G4|G28|G29|G30|G32|G33|G34|G76|M0|M1|M48|M109|M190|M191|M226|M303|M400|M600|M701|M702)\b/i;

/** The tuning of a heater reports temperatures and nothing else for many minutes (Marlin M303.cpp). */
const MUTE_COMMAND = /^M303\b/i;

export function workOf(text: string): Work {
  if (MUTE_COMMAND.test(text)) return 'mute';
  return LONG_COMMAND.test(text) ? 'long' : 'short';
}

/** Only moves are known to be short; the rest is looked at in text, which is rare. */
export function mayBeLong(job: PreparedJob, index: number): boolean {
  const start = job.starts[index] ?? 0;
  const second = job.gcode[start + 1] ?? 0;
  const third = job.gcode[start + 2] ?? 0;
  if (job.gcode[start] === 71 && second >= 48 && second <= 51 && (third < 48 || third > 57)) return false;
  let text = '';
  for (let i = start; i < Math.min(start + 5, job.ends[index] ?? 0); i++) {
    text += String.fromCharCode(job.gcode[i] ?? 0);
  }
  return LONG_COMMAND.test(text);
}

const INSTANT: ReadonlySet<number> = new Set([
  ...[90, 91, 92].map((number) => commandCode('G', number)),
  ...[73, 82, 83, 104, 105, 106, 107, 140, 204, 220, 221].map((number) => commandCode('M', number)),
]);

/** Done as soon as it is read: it waits for no motion, no heater and no free place in the planner. */
export function isInstant(gcode: Bytes, start: number, end: number): boolean {
  const second = gcode[start + 1] ?? 0;
  // Moves are nearly all lines: no look at the rest of them.
  if (gcode[start] === 71 && second >= 48 && second <= 51) return false;
  return INSTANT.has(lineCommand(gcode, start, end));
}

/** Line number in `ok N12 P15 B3`, or -1. */
export function statedNumber(rest: string): number {
  if (rest.charCodeAt(0) !== 78) return -1;
  const match = /^N(\d{1,9})\b/.exec(rest);
  return match === null ? -1 : Number(match[1]);
}

export const PROBE_BYTES = utf8ToBytes('M105');

export function createProbe(): Command {
  return {
    text: 'M105',
    bytes: PROBE_BYTES,
    replies: [],
    work: 'short',
    renumberTo: undefined,
    settle: undefined,
  };
}

export function settle(command: Command | number, result: Result<readonly string[]>): void {
  if (typeof command === 'number') return;
  const done = command.settle;
  command.settle = undefined;
  done?.(result);
}
