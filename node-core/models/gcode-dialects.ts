// Where firmwares differ from Marlin: words of their own, words that mean something else, and how long a line may be.
// From the firmwares' own documentation (Klipper G-Codes and Extended commands, Repetier-Firmware, Prusa-Firmware-Buddy).

import type { GcodeDialect } from '../records/index.ts';

export type DialectRules = {
  /** Longest line that is read, as characters; undefined where there is no bound. */
  readonly charsMax: number | undefined;
  readonly allowedM: ReadonlySet<number>;
  /** Allowed elsewhere, with why not here. */
  readonly forbiddenM: ReadonlyMap<number, string>;
  /** Lines that begin with a name are commands too. */
  readonly hasNames: boolean;
};

/** Marlin's MAX_CMD_SIZE 96, less the number and checksum that the host adds: what is longer loses its checksum. */
export const COMMAND_CHARS_MAX = 80;

const PLAIN: DialectRules = {
  charsMax: COMMAND_CHARS_MAX,
  allowedM: new Set(),
  forbiddenM: new Map(),
  hasNames: false,
};

export const DIALECT_RULES: Readonly<Record<GcodeDialect, DialectRules>> = {
  marlin: PLAIN,
  // Checks of nozzle, model and firmware before the print; area, weight, input shaping and pressure advance.
  prusa: { ...PLAIN, allowedM: new Set([74, 142, 555, 572, 593, 862]) },
  // M202 and M207 are its travel acceleration and jerk; what is an acceleration elsewhere tunes its heaters.
  repetier: {
    ...PLAIN,
    allowedM: new Set([202, 207]),
    forbiddenM: new Map([[204, 'it changes the heater control']]),
  },
  smoothie: PLAIN,
  klipper: { ...PLAIN, charsMax: undefined, hasNames: true },
};

/** What a named command does to the machine, as far as the guard follows it. */
export type NamedEffect = 'none' | 'starts' | 'ends' | 'heats' | 'waits' | 'pauses';

const NAMED: ReadonlyMap<string, NamedEffect> = new Map<string, NamedEffect>([
  ...names('none', [
    'EXCLUDE_OBJECT',
    'EXCLUDE_OBJECT_DEFINE',
    'EXCLUDE_OBJECT_START',
    'EXCLUDE_OBJECT_END',
    'SET_PRINT_STATS_INFO',
    'SET_VELOCITY_LIMIT',
    'SET_PRESSURE_ADVANCE',
    'SET_RETRACTION',
    'SET_FAN_SPEED',
    'SET_DISPLAY_TEXT',
    'BED_MESH_CALIBRATE',
    'BED_MESH_CLEAR',
    'QUAD_GANTRY_LEVEL',
    'Z_TILT_ADJUST',
    'SAVE_GCODE_STATE',
    'RESTORE_GCODE_STATE',
    'TIMELAPSE_TAKE_FRAME',
    'TIMELAPSE_RENDER',
  ]),
  // Macros of the owner's that nearly every set-up has under one of these names: they home and heat, and switch off.
  ...names('starts', ['START_PRINT', 'PRINT_START']),
  ...names('ends', ['END_PRINT', 'PRINT_END', 'TURN_OFF_HEATERS']),
  ...names('heats', ['SET_HEATER_TEMPERATURE']),
  ...names('waits', ['TEMPERATURE_WAIT']),
  ...names('pauses', ['PAUSE']),
]);

function names(effect: NamedEffect, list: readonly string[]): [string, NamedEffect][] {
  return list.map((name) => [name, effect]);
}

/** Undefined for a name that the guard does not know. */
export function namedEffect(name: string): NamedEffect | undefined {
  return NAMED.get(name);
}

/** What no rule of an owner's allows: it would break the console's own promises, or run anything at all. */
const NEVER_NAMED: ReadonlySet<string> = new Set([
  'SAVE_CONFIG',
  'RESTART',
  'FIRMWARE_RESTART',
  'RUN_SHELL_COMMAND',
  'SDCARD_PRINT_FILE',
  'SDCARD_RESET_FILE',
  'CANCEL_PRINT',
  'RESUME',
  'CLEAR_PAUSE',
  'RESPOND',
  'FORCE_MOVE',
  'SET_KINEMATIC_POSITION',
  'SET_STEPPER_ENABLE',
]);

const COMMAND_NAME = /^[A-Z_][A-Z_][A-Z0-9_]{0,38}$/;

/** Whether an owner may allow the name: a macro of their own. */
export function isAllowableName(name: string): boolean {
  return COMMAND_NAME.test(name) && !NEVER_NAMED.has(name) && !NAMED.has(name);
}

export type NamedCommand = {
  readonly name: string;
  /** Of the words `NAME=value`; of one that stands twice the last counts. */
  value(word: string): string | undefined;
};

/** A line that begins with a name; undefined for G, M and T commands. Names and words are read in any case. */
export function parseNamed(line: string): NamedCommand | undefined {
  const text = line.trim().toUpperCase();
  const name = /^[A-Z_][A-Z_][A-Z0-9_]*(?=\s|$)/.exec(text)?.[0];
  if (name === undefined) return undefined;
  const words = new Map(
    [...text.slice(name.length).matchAll(/([A-Z_][A-Z0-9_]*)\s*=\s*("[^"]*"|\S+)/g)].map(
      ([, word = '', value = '']): [string, string] => [word, value.replaceAll('"', '')],
    ),
  );
  return { name, value: (word) => words.get(word) };
}
