// What GRBL 1.1 says, line by line: acknowledgements, alarms, status reports, settings and messages.
// From its interface documentation (gnea/grbl wiki, "Grbl v1.1 Interface", and doc/csv/error_codes, alarm_codes).

export type GrblState =
  | 'Idle'
  | 'Run'
  | 'Hold'
  | 'Jog'
  | 'Alarm'
  | 'Door'
  | 'Check'
  | 'Home'
  | 'Sleep'
  | 'Unknown';

export type Point = { readonly x: number; readonly y: number; readonly z: number };

export type GrblStatus = {
  readonly state: GrblState;
  /** Of Hold: 0 is at rest, 1 still slows down. Of Door: 0 is closed again, 1 open, 2 and 3 on the way. */
  readonly phase: number;
  readonly machine: Point | undefined;
  readonly work: Point | undefined;
  readonly offset: Point | undefined;
  /** Speed of the spindle or power of the laser, as it is now. */
  readonly toolS: number | undefined;
};

export type GrblReply =
  | { readonly type: 'ok' }
  | { readonly type: 'error'; readonly number: number }
  | { readonly type: 'alarm'; readonly number: number }
  | { readonly type: 'status'; readonly status: GrblStatus }
  /** It has just started, or was reset. */
  | { readonly type: 'banner'; readonly version: string }
  | { readonly type: 'setting'; readonly number: number; readonly value: number }
  | { readonly type: 'text' };

export function parseGrblLine(line: string): GrblReply {
  const text = line.trim();
  if (text === 'ok') return { type: 'ok' };
  const error = /^error:\s*(\d+)$/i.exec(text);
  if (error !== null) return { type: 'error', number: Number(error[1]) };
  const alarm = /^ALARM:\s*(\d+)$/i.exec(text);
  if (alarm !== null) return { type: 'alarm', number: Number(alarm[1]) };
  const banner = /^Grbl(?:HAL)?\s+(\S+)\s*\[/i.exec(text);
  if (banner !== null) return { type: 'banner', version: (banner[1] ?? '').slice(0, 20) };
  const setting = /^\$(\d{1,4})=(-?\d+(?:\.\d+)?)/.exec(text);
  if (setting !== null) return { type: 'setting', number: Number(setting[1]), value: Number(setting[2]) };
  const status = text.startsWith('<') ? parseStatus(text) : undefined;
  return status === undefined ? { type: 'text' } : { type: 'status', status };
}

const STATES: ReadonlySet<string> = new Set([
  'Idle',
  'Run',
  'Hold',
  'Jog',
  'Alarm',
  'Door',
  'Check',
  'Home',
  'Sleep',
]);

/** `<Run|MPos:1.000,2.000,0.000|FS:500,8000|WCO:0.000,0.000,0.000>`; undefined for what noise made of one. */
function parseStatus(text: string): GrblStatus | undefined {
  const match = /^<([A-Z][a-z]+)(?::(\d))?((?:\|[^|<>]*)*)>$/.exec(text);
  const name = match?.[1] ?? '';
  if (match === null) return undefined;
  const fields = new Map((match[3] ?? '').split('|').map((field) => cut(field, ':')));
  return {
    state: STATES.has(name) ? (name as GrblState) : 'Unknown',
    phase: Number(match[2] ?? 0),
    machine: parsePoint(fields.get('MPos')),
    work: parsePoint(fields.get('WPos')),
    offset: parsePoint(fields.get('WCO')),
    toolS: parseToolS(fields.get('FS')),
  };
}

/** `FS:<feed>,<speed>`. */
function parseToolS(text: string | undefined): number | undefined {
  const speed = /^-?\d+(?:\.\d+)?,(\d+(?:\.\d+)?)$/.exec(text ?? '')?.[1];
  return speed === undefined ? undefined : Number(speed);
}

function cut(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

function parsePoint(text: string | undefined): Point | undefined {
  const numbers = (text ?? '').split(',');
  if (numbers.length < 3 || !numbers.every((part) => /^-?\d+(?:\.\d+)?$/.test(part))) return undefined;
  const [x = 0, y = 0, z = 0] = numbers.map(Number);
  return { x, y, z };
}

/** Bytes of the line buffer, from `[OPT:V,15,128]`; undefined where the line is another one. */
export function parseBufferBytes(line: string): number | undefined {
  const match = /^\[OPT:[^,\]]*,(\d{1,4}),(\d{1,5})/.exec(line.trim());
  return match === null ? undefined : Number(match[2]);
}

const ALARMS: Readonly<Record<number, string>> = {
  1: 'a limit switch was hit, so the position is lost',
  2: 'a move would have left the machine’s travel',
  3: 'it was reset in motion, so the position is lost',
  4: 'the probe was not in the state it should begin in',
  5: 'the probe did not touch anything',
  6: 'homing failed: it was reset meanwhile',
  7: 'homing failed: the safety door was opened',
  8: 'homing failed: a limit switch did not come free',
  9: 'homing failed: a limit switch was not found',
};

const ERRORS: Readonly<Record<number, string>> = {
  1: 'a word without its letter',
  2: 'a number that cannot be read',
  3: 'a $ command that it does not know',
  4: 'a negative value where none may be',
  5: 'homing is not set up',
  7: 'its stored settings were damaged and have been reset',
  8: 'it is possible at rest only',
  9: 'it is locked by an alarm',
  10: 'soft limits need homing',
  11: 'the line is too long',
  13: 'the safety door is open',
  15: 'the jog leaves the machine’s travel',
  17: 'laser mode needs a spindle output with PWM',
  20: 'a command that it does not know',
  21: 'two commands of the same kind in one line',
  22: 'no feed rate was set',
  23: 'a whole number was expected',
  24: 'two commands that both need the axes',
  25: 'the same word twice',
  26: 'a motion without any axis',
  27: 'a line number that is too large',
  28: 'a value is missing',
  33: 'an arc that cannot be',
  34: 'the radius of an arc that cannot be',
  35: 'an arc without offsets',
  36: 'words that nothing uses',
};

export function alarmReason(number: number): string {
  return ALARMS[number] ?? 'see the manual of its firmware';
}

export function errorReason(number: number): string {
  return ERRORS[number] ?? 'see the manual of its firmware';
}
