// The guard between a print file and a machine: only commands known to be safe, inside the build volume, within the heat
// limits, homed and heated first, at speeds and amounts that make sense, switched off at the end. It reads what the
// firmware would do, not what comments say, in pieces of any size and in bounded memory.

import type { Bytes, Fault, Result } from '../base/index.ts';
import { concatBytes, ok, refuse } from '../base/index.ts';
import type { GcodeDialect, MachineProfile } from '../records/index.ts';
import { GCODE_BYTES_MAX } from './gcode-analysis.ts';
import {
  COMMAND_CHARS_MAX,
  DIALECT_RULES,
  type DialectRules,
  namedEffect,
  parseNamed,
} from './gcode-dialects.ts';
import { gcodeFault } from './gcode-faults.ts';
import { GcodeMotion } from './gcode-motion.ts';
import { GcodeReader } from './gcode-reader.ts';
import { ALLOWED_G, ALLOWED_M, FORBIDDEN_M, type GuardRules, RuleBook, STRICT_RULES } from './gcode-rules.ts';

/** Positions are compared with a little room for the rounding of five-decimal words. */
const POSITION_SLACK_MM = 0.01;
const FAULTS_MAX = 100;
const LETTER_G = 71;
const LETTER_M = 77;
const LETTER_T = 84;
/** What the macros that begin a print call their temperatures. */
const NOZZLE_WORDS = [
  'EXTRUDER',
  'EXTRUDER_TEMP',
  'HOTEND',
  'HOTEND_TEMP',
  'NOZZLE',
  'NOZZLE_TEMP',
  'TOOL_TEMP',
];
const BED_WORDS = ['BED', 'BED_TEMP'];
/** Faster than any printer; firmware would cap it, and the file is damaged or not meant for one. */
const SPEED_MM_PER_S_MAX = 1_000;
/** Marlin refuses to push more in one move, and says ok all the same. */
const EXTRUDE_MM_MAX = 200;
/** Below this nothing is soft; Marlin refuses and says ok all the same. */
const EXTRUDE_C_MIN = 170;
/** Filament for each millimetre of travel: 25 times a wide line. So much, over and over, is a mode mixed up. */
const THICK_MM_PER_MM = 1;
const THICK_TRAVEL_MM_MIN = 5;
const THICK_MOVES_MAX = 3;
/** A line that does not end within this many bytes is no G-code. */
const LINE_BYTES_MAX = 4_096;
/** Speed and flow in percent, accelerations and speed limits that a job may set. */
const PERCENT_RANGE = [10, 300] as const;
const MOTION_LIMITS_MAX: ReadonlyMap<number, number> = new Map([
  [201, 100_000],
  [203, SPEED_MM_PER_S_MAX],
  [204, 100_000],
  [205, 200],
]);

export type GuardReport = {
  readonly lines: number;
  readonly commands: number;
  readonly nozzleCMax: number;
  readonly bedCMax: number;
  /** What the owner should know, though it endangers nothing. */
  readonly warnings: readonly Fault[];
  /** Keys of the owner's rules without which the file would be stopped, sorted. */
  readonly rulesUsed: readonly string[];
};

/** Everything found, for a page that shows the whole list; checkGcode refuses with the first. */
export type GuardVerdict = { readonly faults: readonly Fault[]; readonly report: GuardReport };

/** What is known of a file besides its bytes. */
export type FileFacts = {
  /** What reads it; Marlin where nobody says. */
  readonly dialect?: GcodeDialect;
  /** Of the nozzle as the file begins, told by a person; such a file homes X and Y alone. */
  readonly knownHeightMm?: number;
};

export function inspectGcode(
  bytes: Bytes,
  profile: MachineProfile,
  rules: GuardRules = STRICT_RULES,
  about: FileFacts = {},
): GuardVerdict {
  const guard = new GcodeGuard(profile, rules, about);
  guard.push(bytes);
  return guard.finish();
}

/** Ok only for a file that this machine may print. The fault names the line. */
export function checkGcode(
  bytes: Bytes,
  profile: MachineProfile,
  rules: GuardRules = STRICT_RULES,
): Result<GuardReport> {
  if (bytes.length > GCODE_BYTES_MAX) {
    return refuse(gcodeFault('gcode.file.too-large', { limitMb: GCODE_BYTES_MAX / (1024 * 1024) }));
  }
  if (bytes.includes(0)) return refuse(gcodeFault('gcode.content.binary'));
  const { faults, report } = inspectGcode(bytes, profile, rules);
  const first = faults[0];
  return first === undefined ? ok(report) : refuse(first);
}

const EMPTY = new Uint8Array(0);

/** Takes a file in pieces: push() each, then finish(). */
export class GcodeGuard {
  #reader = new GcodeReader(EMPTY);
  /** The beginning of a line whose end has not come yet. */
  #rest: Bytes = EMPTY;
  /** In the middle of a line that is too long already. */
  #overlong = false;
  readonly #motion = new GcodeMotion();
  readonly #profile: MachineProfile;
  readonly #rules: RuleBook;
  readonly #dialect: DialectRules;
  readonly #faults: Fault[] = [];
  readonly #warnings: Fault[] = [];
  readonly #saidOnce = new Set<string>();
  #nozzleC = 0;
  #bedC = 0;
  #nozzleCMax = 0;
  #bedCMax = 0;
  #fan = 0;
  #waited = false;
  #extruded = false;
  #filamentMm = 0;
  #thickMoves = 0;
  readonly #knownHeightMm: number | undefined;

  constructor(
    profile: MachineProfile,
    rules: GuardRules = STRICT_RULES,
    { dialect = 'marlin', knownHeightMm }: FileFacts = {},
  ) {
    this.#profile = profile;
    this.#dialect = DIALECT_RULES[dialect];
    this.#rules = new RuleBook(rules);
    this.#knownHeightMm = knownHeightMm;
    if (knownHeightMm === undefined) return;
    this.#motion.homed[2] = true;
    this.#motion.at[2] = knownHeightMm;
  }

  /** False where enough is found: further pieces change nothing. */
  push(piece: Bytes): boolean {
    if (this.#faults.length >= FAULTS_MAX) return false;
    const end = lastLineEnd(piece);
    if (end < 0) {
      this.#keep(piece);
      return true;
    }
    const whole = piece.subarray(0, end);
    const bytes = this.#rest.length === 0 ? whole : concatBytes(this.#rest, whole);
    this.#rest = EMPTY;
    this.#overlong = false;
    this.#inspect(bytes);
    this.#keep(piece.slice(end));
    return this.#faults.length < FAULTS_MAX;
  }

  /** What was found in the pieces so far. */
  get found(): readonly Fault[] {
    return this.#faults;
  }

  finish(): GuardVerdict {
    if (this.#rest.length > 0 && this.#faults.length < FAULTS_MAX) this.#inspect(this.#rest);
    this.#rest = EMPTY;
    this.#checkEnd();
    const report = {
      lines: this.#reader.line,
      commands: this.#reader.command,
      nozzleCMax: this.#nozzleCMax,
      bedCMax: this.#bedCMax,
      warnings: this.#warnings,
      rulesUsed: [...this.#rules.used].sort(),
    };
    return { faults: this.#faults, report };
  }

  #keep(piece: Bytes): void {
    if (piece.length === 0) return;
    this.#rest = this.#rest.length === 0 ? piece.slice() : concatBytes(this.#rest, piece);
    if (this.#rest.length <= LINE_BYTES_MAX) return;
    if (!this.#overlong) {
      this.#faults.push(
        gcodeFault('gcode.guard.too-long', { line: this.#reader.line + 1, limit: COMMAND_CHARS_MAX }),
      );
    }
    this.#overlong = true;
    this.#rest = this.#rest.slice(0, LINE_BYTES_MAX);
  }

  #inspect(bytes: Bytes): void {
    const reader = new GcodeReader(bytes);
    reader.line = this.#reader.line;
    reader.command = this.#reader.command;
    this.#reader = reader;
    while (this.#faults.length < FAULTS_MAX && reader.next()) if (reader.letter !== 0) this.#checkLine();
  }

  #say(code: Parameters<typeof gcodeFault>[0], data: Readonly<Record<string, string | number>> = {}): void {
    if (this.#rules.waives(code)) this.#warn(code, data);
    else this.#faults.push(gcodeFault(code, { line: this.#reader.line, ...data }));
  }

  #sayOnce(code: Parameters<typeof gcodeFault>[0], data?: Readonly<Record<string, string | number>>): void {
    if (this.#saidOnce.has(code)) return;
    this.#saidOnce.add(code);
    this.#say(code, data);
  }

  #warn(code: Parameters<typeof gcodeFault>[0], data: Readonly<Record<string, string | number>> = {}): void {
    if (this.#warnings.length < FAULTS_MAX)
      this.#warnings.push(gcodeFault(code, { line: this.#reader.line, ...data }));
  }

  #checkEnd(): void {
    if (!this.#extruded && this.#faults.length === 0) this.#faults.push(gcodeFault('gcode.content.none'));
    if (this.#extruded && this.#filamentMm <= 0) this.#say('gcode.guard.pulls-back');
    if (this.#nozzleC > 0) this.#say('gcode.guard.left-hot', { heater: 'nozzle', targetC: this.#nozzleC });
    if (this.#bedC > 0) this.#say('gcode.guard.left-hot', { heater: 'bed', targetC: this.#bedC });
    if (this.#fan > 0) this.#warn('gcode.guard.fan-on');
  }

  #checkLine(): void {
    const reader = this.#reader;
    const { charsMax, hasNames } = this.#dialect;
    if (charsMax !== undefined && reader.textEnd - reader.textStart > charsMax) {
      this.#say('gcode.guard.too-long', { limit: charsMax });
    }
    const { letter, code } = reader;
    if (hasNames && Number.isNaN(code) && this.#checkNamed()) return;
    if (reader.malformed || Number.isNaN(code)) this.#unknown();
    else if (letter === LETTER_G && ALLOWED_G.has(code)) this.#checkMotion();
    else if (letter === LETTER_M) this.#checkMachineCode();
    else if (letter === LETTER_T && code === 0) return;
    else if (letter === LETTER_G && this.#rules.allows('G', code))
      this.#warn('gcode.guard.allowed', this.#shown());
    else this.#unknown();
  }

  /** True where the line begins with a name; Klipper's own commands and the owner's macros. */
  #checkNamed(): boolean {
    const named = parseNamed(this.#reader.lineText());
    if (named === undefined) return false;
    const { name, value } = named;
    const target = (word: string) => {
      const text = value(word);
      return text === undefined ? undefined : Number(text);
    };
    switch (namedEffect(name)) {
      case 'none':
        return true;
      case 'starts':
        this.#heatTo(
          'nozzle',
          NOZZLE_WORDS.map(target).find((celsius) => celsius !== undefined),
        );
        this.#heatTo(
          'bed',
          BED_WORDS.map(target).find((celsius) => celsius !== undefined),
        );
        this.#motion.homeAll();
        this.#waited = true;
        return true;
      case 'ends':
        this.#nozzleC = 0;
        this.#bedC = 0;
        this.#fan = 0;
        return true;
      case 'heats': {
        const heater = value('HEATER') ?? '';
        if (heater.startsWith('EXTRUDER')) this.#heatTo('nozzle', target('TARGET') ?? 0);
        else if (heater === 'HEATER_BED') this.#heatTo('bed', target('TARGET') ?? 0);
        return true;
      }
      case 'waits':
        if ((value('SENSOR') ?? '').startsWith('EXTRUDER') && (target('MINIMUM') ?? 0) >= EXTRUDE_C_MIN)
          this.#waited = true;
        return true;
      case 'pauses':
        this.#warn('gcode.guard.pauses');
        return true;
      case undefined:
        if (this.#rules.allowsName(name)) this.#warn('gcode.guard.allowed', { command: name.slice(0, 32) });
        else this.#say('gcode.guard.unknown-macro', { command: name.slice(0, 40) });
        return true;
    }
  }

  #heatTo(heater: 'nozzle' | 'bed', targetC: number | undefined): void {
    if (targetC === undefined) return;
    if (heater === 'nozzle') {
      this.#nozzleC = targetC;
      this.#nozzleCMax = Math.max(this.#nozzleCMax, targetC);
      if (!(targetC >= EXTRUDE_C_MIN)) this.#waited = false;
    } else {
      this.#bedC = targetC;
      this.#bedCMax = Math.max(this.#bedCMax, targetC);
    }
    this.#checkHeat(heater, targetC);
  }

  #checkMotion(): void {
    const motion = this.#motion;
    if (motion.apply(this.#reader) !== 'move') return;
    if (motion.extruded !== 0) this.#checkFilament();
    const feed = this.#reader.word('F');
    // Written so that NaN is too fast. F0 asks for no speed, and the firmware keeps the last one.
    if (feed !== undefined && !(feed >= 0 && motion.speed <= SPEED_MM_PER_S_MAX)) {
      this.#sayOnce('gcode.guard.too-fast', { speed: Math.round(motion.speed), limit: SPEED_MM_PER_S_MAX });
    }
    if (this.#reader.has('X') || this.#reader.has('Y') || this.#reader.has('Z')) this.#checkPosition();
    else if (this.#reader.code >= 2) this.#checkPosition();
  }

  #checkFilament(): void {
    const { extruded, at, from } = this.#motion;
    this.#filamentMm += extruded;
    if (Math.abs(extruded) > EXTRUDE_MM_MAX) {
      this.#say('gcode.guard.too-much', { lengthMm: Math.round(extruded), limitMm: EXTRUDE_MM_MAX });
    }
    if (extruded < 0) return;
    this.#extruded = true;
    if (!this.#waited) this.#sayOnce('gcode.guard.cold');
    const travelMm = Math.hypot(at[0] - from[0], at[1] - from[1]);
    if (travelMm < THICK_TRAVEL_MM_MIN) return;
    this.#thickMoves = extruded > travelMm * THICK_MM_PER_MM ? this.#thickMoves + 1 : 0;
    if (this.#thickMoves >= THICK_MOVES_MAX) this.#sayOnce('gcode.guard.too-thick');
  }

  #checkPosition(): void {
    const { chords, homed } = this.#motion;
    const upright = this.#knownHeightMm !== undefined && !this.#reader.has('X') && !this.#reader.has('Y');
    if (upright ? !homed[2] : !homed[0] || !homed[1] || !homed[2]) {
      this.#sayOnce('gcode.guard.not-homed');
      return;
    }
    const { x, y, z } = this.#profile.volumeMm;
    const over = this.#rules.limit('overtravelMm', 0) + POSITION_SLACK_MM;
    for (let i = 0; i < chords.length; i += 3) {
      if (!isBetween(chords[i] as number, -over, x + over)) this.#outside('X', chords[i] as number, x);
      else if (!isBetween(chords[i + 1] as number, -over, y + over))
        this.#outside('Y', chords[i + 1] as number, y);
      else if (!isBetween(chords[i + 2] as number, -POSITION_SLACK_MM, z + POSITION_SLACK_MM))
        this.#outside('Z', chords[i + 2] as number, z);
      else {
        const inside = isOnBed(chords[i] as number, x) && isOnBed(chords[i + 1] as number, y);
        if (!inside) this.#rules.noteLimit('overtravelMm');
        continue;
      }
      return;
    }
  }

  #outside(axis: string, positionMm: number, limitMm: number): void {
    this.#say('gcode.guard.outside', { axis, positionMm: Math.round(positionMm * 100) / 100, limitMm });
  }

  #checkMachineCode(): void {
    const reader = this.#reader;
    const { code } = reader;
    if (code === 118 && /action:|\bA1\b|\/\//i.test(reader.text())) {
      this.#forbid('it would pose as a message of the machine');
      return;
    }
    if (code === 0 || code === 1) {
      // The driver turns these into a pause.
      this.#warn('gcode.guard.pauses');
      return;
    }
    const { allowedM, forbiddenM } = this.#dialect;
    const reason = forbiddenM.get(code) ?? (allowedM.has(code) ? undefined : FORBIDDEN_M.get(code));
    const isKnown = ALLOWED_M.has(code) || allowedM.has(code);
    if (reason === undefined && isKnown) this.#checkAllowed(code);
    else if (this.#rules.allows('M', code)) this.#warn('gcode.guard.allowed', this.#shown());
    else if (reason === undefined) this.#unknown();
    else this.#forbid(reason);
  }

  #checkAllowed(code: number): void {
    const reader = this.#reader;
    switch (code) {
      case 104:
      case 109:
        this.#heatNozzle(code === 109);
        return;
      case 140:
      case 190:
        this.#heatBed();
        return;
      case 106:
        this.#fan = reader.word('S') ?? 255;
        return;
      case 107:
        this.#fan = 0;
        return;
      case 220:
      case 221:
        if (!isBetween(reader.word('S') ?? 100, ...PERCENT_RANGE))
          this.#forbid('it changes speed or flow out of reason');
        else this.#motion.apply(reader);
        return;
      default:
        if (this.#isUnreasonableLimit(code)) this.#forbid('it sets a limit of motion out of reason');
        else this.#motion.apply(reader);
    }
  }

  #isUnreasonableLimit(code: number): boolean {
    const limit = MOTION_LIMITS_MAX.get(code);
    if (limit === undefined) return false;
    return ['X', 'Y', 'Z', 'E', 'P', 'R', 'T', 'S'].some(
      (letter) => !isBetween(this.#reader.word(letter) ?? 0, 0, limit),
    );
  }

  #unknown(): void {
    this.#say('gcode.guard.unknown', this.#shown());
  }

  #forbid(reason: string): void {
    this.#say('gcode.guard.forbidden', { ...this.#shown(), reason });
  }

  /** At most a few words of a hostile line, printable only. */
  #shown(): { readonly command: string } {
    return {
      command: this.#reader
        .text()
        .replace(/[^\x20-\x7e]/g, '?')
        .slice(0, 32),
    };
  }

  #heatNozzle(wait: boolean): void {
    const reader = this.#reader;
    if ((reader.word('T') ?? 0) !== 0) {
      this.#forbid('this machine has one nozzle');
      return;
    }
    const targetC = reader.word('S') ?? reader.word('R');
    if (targetC === undefined) return;
    this.#nozzleC = targetC;
    this.#nozzleCMax = Math.max(this.#nozzleCMax, targetC);
    this.#checkHeat('nozzle', targetC);
    if (targetC < EXTRUDE_C_MIN) this.#waited = false;
    else if (wait) this.#waited = true;
  }

  #heatBed(): void {
    const targetC = this.#reader.word('S') ?? this.#reader.word('R');
    if (targetC === undefined) return;
    this.#bedC = targetC;
    this.#bedCMax = Math.max(this.#bedCMax, targetC);
    this.#checkHeat('bed', targetC);
  }

  #checkHeat(heater: 'nozzle' | 'bed', targetC: number): void {
    const name = `${heater}CMax` as const;
    const ownC = this.#profile[name];
    const limitC = this.#rules.limit(name, ownC);
    if (!isBetween(targetC, 0, limitC)) this.#say('gcode.guard.too-hot', { heater, targetC, limitC });
    else if (targetC > ownC) this.#rules.noteLimit(name);
  }
}

/** Written so that NaN is outside. */
function isBetween(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

function isOnBed(positionMm: number, sizeMm: number): boolean {
  return isBetween(positionMm, -POSITION_SLACK_MM, sizeMm + POSITION_SLACK_MM);
}

/** Just behind the last line end; -1 where there is none. A line feed may follow a carriage return at the very end. */
function lastLineEnd(piece: Bytes): number {
  const end = Math.max(piece.lastIndexOf(10), piece.lastIndexOf(13, -2)) + 1;
  return end === 0 ? -1 : end;
}
