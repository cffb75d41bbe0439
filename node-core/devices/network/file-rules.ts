// What a print file may hold that a print host runs by itself: the same rules as for a file that is streamed, and those
// of the host's own words, which could print other files, stop the printer or heat past the machine's limits.

import type { Bytes, Fault, Result } from '../../base/index.ts';
import { concatBytes, ok, refuse, utf8ToBytes } from '../../base/index.ts';
import type { GcodeDialect } from '../../records/index.ts';
import { deviceFault } from '../faults.ts';
import type { HeatLimits, LineRules, PreparedJob } from '../job-lines.ts';
import { MARLIN_RULES, prepareJob } from '../job-lines.ts';
import { printhostFault } from './faults.ts';
import type { PrintHost } from './types.ts';

const OTHER_FILE = 'it prints another file';
const KLIPPER_FORBIDDEN = new Map<string, string>([
  ['SDCARD_PRINT_FILE', OTHER_FILE],
  ['SDCARD_RESET_FILE', OTHER_FILE],
  ['SAVE_CONFIG', "it changes the printer's stored settings"],
  ['RESTART', 'it restarts the printer'],
  ['FIRMWARE_RESTART', 'it restarts the printer'],
  ['RUN_SHELL_COMMAND', 'it runs programs on the computer of the printer'],
  ['CANCEL_PRINT', 'it is reserved for the console'],
  ['RESUME', 'it is reserved for the console'],
  ['CLEAR_PAUSE', 'it is reserved for the console'],
  ['RESPOND', 'it can give orders to the console'],
]);

const KLIPPER_RULES: LineRules = { bytesMax: undefined, asciiOnly: false, judgeExtended: judgeKlipper };
/** `@pause`, `@abort` and the like are orders to OctoPrint itself. */
const OCTOPRINT_RULES: LineRules = { ...MARLIN_RULES, judgeExtended: judgeOctoPrint };

/** What a line may be where the machine reads this dialect. */
export function lineRules(dialect: GcodeDialect): LineRules {
  return dialect === 'klipper' ? KLIPPER_RULES : MARLIN_RULES;
}

/** The lines of a job for this host; its G-code is what must be uploaded. */
export function prepareHostedJob(
  gcode: Bytes,
  limits: HeatLimits,
  host: Pick<PrintHost, 'dialect' | 'pausesAtM0' | 'canPause' | 'pauseLine'>,
): Result<PreparedJob> {
  const { dialect, pausesAtM0, canPause, pauseLine = 'PAUSE' } = host;
  const rules = dialect === 'klipper' ? KLIPPER_RULES : OCTOPRINT_RULES;
  const prepared = prepareJob(gcode, limits, rules);
  if (!prepared.ok || prepared.value.pauses.length === 0 || pausesAtM0) return prepared;
  if (!canPause) return refuse(printhostFault('printhost.no-pause'));
  return prepareJob(withPauses(prepared.value, utf8ToBytes(pauseLine)), limits, rules);
}

/** Klipper and others pass M0 over as unknown, so their own word for it takes the place. */
function withPauses({ gcode, starts, ends, pauses }: PreparedJob, pause: Bytes): Bytes {
  const parts: Bytes[] = [];
  let at = 0;
  for (const index of pauses) {
    parts.push(gcode.subarray(at, starts[index] ?? at), pause);
    at = ends[index] ?? at;
  }
  return concatBytes(...parts, gcode.subarray(at));
}

function judgeOctoPrint(text: string, line: number): Fault | undefined {
  const word = /^@\S*/.exec(text)?.[0];
  if (word === undefined) return undefined;
  const reason = 'it gives orders to OctoPrint';
  return deviceFault('device.job.forbidden', { line, command: word.slice(0, 40), reason });
}

/** Klipper reads the words of a line in any case. Macros of the owner's own configuration are the owner's. */
function judgeKlipper(text: string, line: number, limits: HeatLimits): Fault | undefined {
  const upper = text.toUpperCase();
  const command = /^[A-Z_][A-Z0-9_]*/.exec(upper)?.[0] ?? '';
  const reason = KLIPPER_FORBIDDEN.get(command);
  if (reason !== undefined) return deviceFault('device.job.forbidden', { line, command, reason });
  if (command !== 'SET_HEATER_TEMPERATURE') return undefined;
  // Of a word that stands twice Klipper takes the last; the hottest is what counts here.
  const name = [...upper.matchAll(/\bHEATER\s*=\s*"?(\w+)/g)].at(-1)?.[1] ?? '';
  const targets = [...upper.matchAll(/\bTARGET\s*=\s*"?(-?[\d.]+)/g)].map(([, text]) => Number(text));
  const celsius = Math.max(0, ...targets);
  const heater = name.startsWith('EXTRUDER') ? 'nozzle' : name === 'HEATER_BED' ? 'bed' : 'chamber';
  const limit = { nozzle: limits.nozzleCMax, bed: limits.bedCMax, chamber: limits.chamberCMax }[heater];
  return celsius <= limit
    ? undefined
    : deviceFault('device.temperature.too-high', { line, celsius, limit, heater });
}

/** A single command of the owner's to a Klipper machine; G-code is checked like everybody's. */
export function checkKlipperCommand(text: string, limits: HeatLimits): Result<void> {
  const command = /^[A-Z_][A-Z0-9_]*/.exec(text.toUpperCase())?.[0] ?? '';
  if (command === 'RUN_SHELL_COMMAND' || /[\r\n]/.test(text)) {
    const reason =
      command === '' ? 'it is not a command' : (KLIPPER_FORBIDDEN.get(command) ?? 'it is more than one line');
    return refuse(deviceFault('device.command.refused', { reason }));
  }
  if (command !== 'SET_HEATER_TEMPERATURE') return ok(undefined);
  const fault = judgeKlipper(text, 1, limits);
  return fault === undefined ? ok(undefined) : refuse(fault);
}
