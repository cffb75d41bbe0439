// What a print file may hold: commands known to be safe, those that are refused and why, those that no owner can allow,
// and the rules that an owner makes for a machine of their own.

import { isAllowableName } from './gcode-dialects.ts';

/** Motion, planes, units, dwell, retraction, homing, levelling, modes and position. */
export const ALLOWED_G: ReadonlySet<number> = new Set([
  0, 1, 2, 3, 4, 10, 11, 17, 20, 21, 28, 29, 80, 90, 91, 92,
]);

/** Heat, fans, motors, modes, progress, display, waiting, speed limits of this job. */
export const ALLOWED_M: ReadonlySet<number> = new Set([
  17, 18, 31, 73, 75, 76, 77, 82, 83, 84, 104, 105, 106, 107, 109, 114, 115, 117, 118, 140, 155, 190, 201,
  203, 204, 205, 220, 221, 400, 420, 486, 900,
]);

const SWITCHES_OFF = 'it switches a protection off';
const STORED = 'it changes the settings stored in the machine';
const STOPS = 'it stops the machine';
const CONNECTION = 'it changes the connection';
const CARD = 'it reads or writes the memory card';
const FIRMWARE = 'it replaces the firmware';
const MACROS = 'it runs stored commands';

/** Known and refused, with the reason that a person is told. */
export const FORBIDDEN_M: ReadonlyMap<number, string> = new Map([
  ...reasons('it stops the job until somebody presses a button', [226, 600]),
  ...reasons(CARD, [20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 34, 928]),
  ...reasons('it switches pins or power', [42, 80, 81, 280, 43, 355, 256, 260, 261]),
  ...reasons('it changes how far the motors move', [92, 206, 208, 218, 428, 665, 666, 851]),
  ...reasons(SWITCHES_OFF, [85, 211, 302, 121]),
  ...reasons('it changes the heater control', [301, 303, 304, 305, 306]),
  ...reasons(STORED, [500, 501, 502, 503, 504]),
  ...reasons(STOPS, [112, 410, 108, 524, 876, 999]),
  ...reasons(CONNECTION, [110, 111, 113, 575, 16]),
  ...reasons('it changes the motor currents', [906, 907, 908, 909, 910, 913, 914, 350]),
  ...reasons(FIRMWARE, [997]),
  ...reasons(MACROS, [98, 808, 810, 811, 812, 813, 814, 815, 816, 817, 818, 819]),
]);

function reasons(reason: string, codes: readonly number[]): [number, string][] {
  return codes.map((code) => [code, reason]);
}

/** Reasons that no rule of an owner's outweighs: the host could not keep its own promises. */
const NEVER: ReadonlySet<string> = new Set([SWITCHES_OFF, STORED, STOPS, CONNECTION, CARD, FIRMWARE, MACROS]);

/** Findings that an owner may decide to live with. */
export const WAIVABLE = [
  'gcode.guard.not-homed',
  'gcode.guard.too-fast',
  'gcode.guard.too-thick',
  'gcode.guard.pulls-back',
] as const;

/** What the owner of a machine allows beyond the ordinary. */
export type GuardRules = {
  /** As in a file: `M600`, `M851`. What would switch a protection off, stop or reset the machine stays refused. */
  readonly commands: readonly string[];
  readonly findings: readonly (typeof WAIVABLE)[number][];
  /** How far the nozzle may go beyond the bed's edges in X and Y: a purge strip, a wiper. */
  readonly overtravelMm: number;
  /** Hotter than the registered limit of the machine; 0 leaves that as it is. */
  readonly nozzleCMax: number;
  readonly bedCMax: number;
};

export const STRICT_RULES: GuardRules = {
  commands: [],
  findings: [],
  overtravelMm: 0,
  nozzleCMax: 0,
  bedCMax: 0,
};

/** What no rule of an owner's goes beyond. */
export const RULE_LIMITS_MAX = { overtravelMm: 50, nozzleCMax: 300, bedCMax: 120 } as const;
export type RuleLimit = keyof typeof RULE_LIMITS_MAX;

/** The rules in the form that the guard asks; remembers which of them a file needed. */
export class RuleBook {
  /** Keys (owner-rules) of the rules without which the file would have been stopped. */
  readonly used = new Set<string>();
  readonly #rules: GuardRules;
  readonly #commands: ReadonlySet<string>;
  readonly #findings: ReadonlySet<string>;

  constructor(rules: GuardRules) {
    this.#rules = rules;
    this.#commands = new Set(rules.commands.map((command) => command.trim().toUpperCase()));
    this.#findings = new Set(rules.findings);
  }

  allows(letter: 'G' | 'M', code: number): boolean {
    const command = `${letter}${code}`;
    if (!this.#commands.has(command) || !isAllowable(command)) return false;
    this.used.add(`command ${command}`);
    return true;
  }

  /** A macro of the owner's own machine. */
  allowsName(name: string): boolean {
    if (!this.#commands.has(name) || !isAllowableName(name)) return false;
    this.used.add(`command ${name}`);
    return true;
  }

  waives(finding: string): boolean {
    if (!this.#findings.has(finding) || !WAIVABLE.some((code) => code === finding)) return false;
    this.used.add(`finding ${finding}`);
    return true;
  }

  /** The limit in force: the machine's own, or the owner's higher one. */
  limit(name: RuleLimit, own: number): number {
    const allowed = Math.min(RULE_LIMITS_MAX[name], this.#rules[name]);
    return Math.max(own, allowed);
  }

  /** Notes a value that only the owner's limit let through. */
  noteLimit(name: RuleLimit): void {
    this.used.add(`limit ${name}`);
  }
}

/**
 * Whether a rule for the command can change anything: written as in a file, one letter and a number. A command that is
 * ordinary needs none (it is refused for its values only), and what breaks the host's own promises cannot be allowed.
 */
export function isAllowable(command: string): boolean {
  const match = /^([GM])(0|[1-9]\d{0,3})$/.exec(command);
  if (match === null) return isAllowableName(command);
  const code = Number(match[2]);
  if (match[1] === 'G') return !ALLOWED_G.has(code);
  return !ALLOWED_M.has(code) && !NEVER.has(FORBIDDEN_M.get(code) ?? '');
}
