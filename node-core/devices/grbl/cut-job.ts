// A job for a GRBL machine as it is fed: comments and blanks off, every word known to GRBL 1.1, nothing that changes what
// the machine has stored or that the firmware would take for an order in mid-line. Made before anything moves.

import type { Bytes, Result } from '../../base/index.ts';
import { concatBytes, ok, refuse, utf8ToBytes } from '../../base/index.ts';
import { deviceFault } from '../faults.ts';
import type { PreparedJob } from '../job-lines.ts';
import { JOB_BYTES_MAX } from '../limits.ts';
import { grblFault } from './faults.ts';

/** GRBL's LINE_BUFFER_SIZE is 80 with the terminating zero. */
const CUT_LINE_BYTES_MAX = 79;

const codes = (letter: string, ...numbers: readonly number[]) =>
  numbers.map((number) => `${letter}${number}`);
const KNOWN: ReadonlySet<string> = new Set([
  ...codes('G', 0, 1, 2, 3, 4, 17, 18, 19, 20, 21, 28, 30, 38.2, 38.3, 38.4, 38.5, 40, 43.1, 49, 53),
  ...codes('G', 54, 55, 56, 57, 58, 59, 61, 80, 90, 91, 91.1, 92, 92.1, 93, 94),
  ...codes('M', 0, 1, 2, 3, 4, 5, 7, 8, 9, 30, 56),
]);
const STORES = 'it changes what the machine has stored';
const REASONS: Readonly<Record<string, string>> = {
  G10: STORES,
  'G28.1': STORES,
  'G30.1': STORES,
  M6: 'the tool is changed by hand: make one file a tool',
  M104: 'it has no heaters',
  M109: 'it has no heaters',
  M140: 'it has no heaters',
  M190: 'it has no heaters',
  M112: 'it is the emergency stop',
};

/** Taken out of the stream by the firmware wherever they stand. */
const REALTIME = /[!~?]/;
const WORD = /([A-Z])([+-]?(?:\d+\.?\d*|\.\d+))/y;

export function prepareCutJob(gcode: Bytes): Result<PreparedJob> {
  if (gcode.length > JOB_BYTES_MAX)
    return refuse(deviceFault('device.job.too-large', { limit: JOB_BYTES_MAX }));
  const parts: Bytes[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  let line = 0;
  for (const text of new TextDecoder('latin1').decode(gcode).split(/\r\n|[\n\r]/)) {
    line++;
    const plain = plainLine(text, line);
    if (!plain.ok) return plain;
    if (plain.value === '') continue;
    const bytes = utf8ToBytes(`${plain.value}\n`);
    parts.push(bytes);
    starts.push(at);
    at += bytes.length;
    ends.push(at - 1);
  }
  if (starts.length === 0) return refuse(deviceFault('device.job.empty'));
  return ok({
    gcode: concatBytes(...parts),
    count: starts.length,
    starts: Uint32Array.from(starts),
    ends: Uint32Array.from(ends),
    layerStarts: new Uint32Array(),
    pauses: new Uint32Array(),
  });
}

/** The line as it is sent; empty where nothing is. */
function plainLine(text: string, line: number): Result<string> {
  const bare = text
    .replace(/\([^)]*\)/g, '')
    .replace(/[;(].*$/, '')
    .trim()
    .toUpperCase();
  // `%` frames a file, `/` marks a line that may be skipped; GRBL has use for neither.
  if (bare === '' || bare === '%') return ok('');
  const spaced = bare.replace(/^\/\s*/, '').replace(/^N\d+\s*/, '');
  if (spaced === '') return ok('');
  if (!/^[\x20-\x7e\t]*$/.test(spaced)) return refuse(deviceFault('device.job.line-unreadable', { line }));
  const compact = spaced.replace(/\s+/g, '');
  const unknown = (command: string, reason: string) =>
    refuse(grblFault('grbl.file.unknown', { line, command: command.slice(0, 20), reason }));
  if (compact.startsWith('$') || REALTIME.test(compact)) {
    const reason = 'it is an order to the firmware itself';
    return refuse(deviceFault('device.job.forbidden', { line, command: compact.slice(0, 20), reason }));
  }
  if (compact.length > CUT_LINE_BYTES_MAX)
    return refuse(
      deviceFault('device.job.line-too-long', { line, bytes: compact.length, limit: CUT_LINE_BYTES_MAX }),
    );
  WORD.lastIndex = 0;
  for (let at = 0; at < compact.length; at = WORD.lastIndex) {
    const match = WORD.exec(compact);
    if (match === null) return unknown(compact.slice(at), 'it cannot be read');
    const [, letter = '', digits = ''] = match;
    if (letter !== 'G' && letter !== 'M') continue;
    const word = `${letter}${Number(digits)}`;
    const reason = REASONS[word];
    if (reason !== undefined)
      return refuse(deviceFault('device.job.forbidden', { line, command: word, reason }));
    if (!KNOWN.has(word)) return unknown(word, 'GRBL has no such command');
  }
  return ok(spaced.length <= CUT_LINE_BYTES_MAX ? spaced : compact);
}
