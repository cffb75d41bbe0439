// The guard between a print file and a machine: only commands known to be safe, inside the build volume, within the heat
// limits, homed and heated first, switched off at the end. It reads what the firmware would do, not what comments say.

import type { Bytes, Fault, Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type { MachineProfile } from '../records/index.ts';
import { GCODE_BYTES_MAX } from './gcode-analysis.ts';
import { gcodeFault } from './gcode-faults.ts';
import { GcodeMotion } from './gcode-motion.ts';
import { GcodeReader } from './gcode-reader.ts';

/** Marlin's MAX_CMD_SIZE 96, less the number and checksum that the host adds: what is longer loses its checksum. */
export const COMMAND_CHARS_MAX = 80;
/** Positions are compared with a little room for the rounding of five-decimal words. */
const POSITION_SLACK_MM = 0.01;
const FAULTS_MAX = 100;
const LETTER_G = 71;
const LETTER_M = 77;
const LETTER_T = 84;

/** Motion, planes, units, dwell, retraction, homing, levelling, modes and position. */
const ALLOWED_G = new Set([0, 1, 2, 3, 4, 10, 11, 17, 20, 21, 28, 29, 80, 90, 91, 92]);

/** Heat, fans, motors, modes, progress, display, waiting, speed limits of this job. */
const ALLOWED_M = new Set([
  17, 18, 31, 73, 75, 76, 77, 82, 83, 84, 104, 105, 106, 107, 109, 114, 115, 117, 118, 140, 155, 190, 201,
  203, 204, 205, 220, 221, 400, 420, 486, 900,
]);

/** Known and refused, with the reason that a person is told. */
const FORBIDDEN_M: ReadonlyMap<number, string> = new Map([
  ...reasons('it stops the job until somebody presses a button', [226, 600]),
  ...reasons(
    'it reads or writes the memory card',
    [20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 34, 928],
  ),
  ...reasons('it switches pins or power', [42, 80, 81, 280, 43, 355, 256, 260, 261]),
  ...reasons('it changes how far the motors move', [92, 206, 208, 218, 428, 665, 666, 851]),
  ...reasons('it switches a protection off', [85, 211, 302, 121]),
  ...reasons('it changes the heater control', [301, 303, 304, 305, 306]),
  ...reasons('it changes the settings stored in the machine', [500, 501, 502, 503, 504]),
  ...reasons('it stops the machine', [112, 410, 108, 999]),
  ...reasons('it changes the connection', [110, 111, 113, 575, 16]),
  ...reasons('it changes the motor currents', [906, 907, 908, 909, 910, 913, 914, 350]),
  ...reasons('it replaces the firmware', [997]),
  ...reasons('it runs stored commands', [98, 808, 810, 811, 812, 813, 814, 815, 816, 817, 818, 819]),
]);

function reasons(reason: string, codes: readonly number[]): [number, string][] {
  return codes.map((code) => [code, reason]);
}

export type GuardReport = {
  readonly lines: number;
  readonly commands: number;
  readonly nozzleCMax: number;
  readonly bedCMax: number;
  /** What the owner should know, though it endangers nothing. */
  readonly warnings: readonly Fault[];
};

/** Everything found, for a page that shows the whole list; checkGcode refuses with the first. */
export function inspectGcode(
  bytes: Bytes,
  profile: MachineProfile,
): { readonly faults: readonly Fault[]; readonly report: GuardReport } {
  return new GcodeGuard(bytes, profile).run();
}

/** Ok only for a file that this machine may print. The fault names the line. */
export function checkGcode(bytes: Bytes, profile: MachineProfile): Result<GuardReport> {
  if (bytes.length > GCODE_BYTES_MAX) {
    return refuse(gcodeFault('gcode.file.too-large', { limitMb: GCODE_BYTES_MAX / (1024 * 1024) }));
  }
  if (bytes.includes(0)) return refuse(gcodeFault('gcode.content.binary'));
  const { faults, report } = inspectGcode(bytes, profile);
  const first = faults[0];
  return first === undefined ? ok(report) : refuse(first);
}

class GcodeGuard {
  readonly #reader: GcodeReader;
  readonly #motion = new GcodeMotion();
  readonly #profile: MachineProfile;
  readonly #faults: Fault[] = [];
  readonly #warnings: Fault[] = [];
  #nozzleC = 0;
  #bedC = 0;
  #nozzleCMax = 0;
  #bedCMax = 0;
  #waited = false;
  #extruded = false;
  #coldSaid = false;
  #homedSaid = false;

  constructor(bytes: Bytes, profile: MachineProfile) {
    this.#reader = new GcodeReader(bytes);
    this.#profile = profile;
  }

  run(): { faults: readonly Fault[]; report: GuardReport } {
    const reader = this.#reader;
    while (this.#faults.length < FAULTS_MAX && reader.next()) if (reader.letter !== 0) this.#checkLine();
    this.#checkEnd();
    const report = {
      lines: reader.line,
      commands: reader.command,
      nozzleCMax: this.#nozzleCMax,
      bedCMax: this.#bedCMax,
      warnings: this.#warnings,
    };
    return { faults: this.#faults, report };
  }

  #say(code: Parameters<typeof gcodeFault>[0], data: Readonly<Record<string, string | number>> = {}): void {
    this.#faults.push(gcodeFault(code, { line: this.#reader.line, ...data }));
  }

  #checkEnd(): void {
    if (!this.#extruded && this.#faults.length === 0) this.#faults.push(gcodeFault('gcode.content.none'));
    if (this.#nozzleC > 0) this.#say('gcode.guard.left-hot', { heater: 'nozzle', targetC: this.#nozzleC });
    if (this.#bedC > 0) this.#say('gcode.guard.left-hot', { heater: 'bed', targetC: this.#bedC });
  }

  #checkLine(): void {
    const reader = this.#reader;
    if (reader.textEnd - reader.textStart > COMMAND_CHARS_MAX) {
      this.#say('gcode.guard.too-long', { limit: COMMAND_CHARS_MAX });
    }
    if (reader.malformed || Number.isNaN(reader.code)) {
      this.#say('gcode.guard.unknown', { command: shown(reader.text()) });
      return;
    }
    if (reader.letter === LETTER_G && ALLOWED_G.has(reader.code)) this.#checkMotion();
    else if (reader.letter === LETTER_M) this.#checkMachineCode();
    else if (reader.letter === LETTER_T && reader.code === 0) return;
    else this.#say('gcode.guard.unknown', { command: shown(reader.text()) });
  }

  #checkMotion(): void {
    const motion = this.#motion;
    if (motion.apply(this.#reader) !== 'move') return;
    if (motion.extruded > 0) this.#checkHot();
    if (this.#reader.has('X') || this.#reader.has('Y') || this.#reader.has('Z')) this.#checkPosition();
  }

  #checkHot(): void {
    this.#extruded = true;
    if (this.#waited || this.#coldSaid) return;
    this.#coldSaid = true;
    this.#say('gcode.guard.cold');
  }

  #checkPosition(): void {
    const { motion, profile } = { motion: this.#motion, profile: this.#profile };
    if (!motion.homed.every(Boolean)) {
      if (!this.#homedSaid) this.#say('gcode.guard.not-homed');
      this.#homedSaid = true;
      return;
    }
    const limits = [profile.volumeMm.x, profile.volumeMm.y, profile.volumeMm.z];
    for (let i = 0; i < motion.chords.length; i++) {
      const position = motion.chords[i] as number;
      const limitMm = limits[i % 3] as number;
      // Written so that NaN is outside.
      if (position >= -POSITION_SLACK_MM && position <= limitMm + POSITION_SLACK_MM) continue;
      const axis = ['X', 'Y', 'Z'][i % 3] as string;
      this.#say('gcode.guard.outside', { axis, positionMm: Math.round(position * 100) / 100, limitMm });
      return;
    }
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
      if (this.#warnings.length < FAULTS_MAX) {
        this.#warnings.push(gcodeFault('gcode.guard.pauses', { line: reader.line }));
      }
      return;
    }
    const reason = FORBIDDEN_M.get(code);
    if (reason !== undefined) this.#forbid(reason);
    else if (!ALLOWED_M.has(code)) this.#say('gcode.guard.unknown', { command: `M${code}` });
    else if (code === 104 || code === 109) this.#heatNozzle(code === 109);
    else if (code === 140 || code === 190) this.#heatBed();
    else if ((code === 220 || code === 221) && !isBetween(reader.word('S') ?? 100, 10, 300)) {
      this.#forbid('it changes speed or flow out of reason');
    } else this.#motion.apply(reader);
  }

  #forbid(reason: string): void {
    this.#say('gcode.guard.forbidden', { command: shown(this.#reader.text()), reason });
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
    const limitC = this.#profile.nozzleCMax;
    if (!isBetween(targetC, 0, limitC))
      this.#say('gcode.guard.too-hot', { heater: 'nozzle', targetC, limitC });
    if (wait && targetC > 0) this.#waited = true;
  }

  #heatBed(): void {
    const targetC = this.#reader.word('S') ?? this.#reader.word('R');
    if (targetC === undefined) return;
    this.#bedC = targetC;
    this.#bedCMax = Math.max(this.#bedCMax, targetC);
    const limitC = this.#profile.bedCMax;
    if (!isBetween(targetC, 0, limitC)) this.#say('gcode.guard.too-hot', { heater: 'bed', targetC, limitC });
  }
}

function isBetween(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

/** At most a few words of a hostile line, printable only. */
function shown(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 32);
}
