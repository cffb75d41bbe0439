// The guard between a file and a machine that cuts (GRBL 1.1): the path fits the travel, the tool never turns or burns
// faster than the machine was registered for, never stands still in the light, never moves in the material at rest, and is
// off at the end. It reads modal words as GRBL does. Where the workpiece lies is the owner's: the file's zero is set there,
// so the guard compares sizes, and the machine's own soft limits compare places.

import type { Bytes, Fault } from '../base/index.ts';
import type { CutterProfile } from '../records/index.ts';
import { cutFault } from './cut-faults.ts';
import { PathBuilder } from './gcode-analysis.ts';
import type { Toolpath } from './toolpath.ts';

const FAULTS_MAX = 100;
const MM_PER_INCH = 25.4;
const ROUNDING_MM = 0.01;
/** What most machines of this kind reach in a rapid move: for the estimate alone. */
const RAPID_MM_PER_MIN = 3_000;
const WORD = /([A-Z])\s*([+-]?(?:\d+\.?\d*|\.\d+))/g;
const AXES = ['X', 'Y', 'Z'] as const;

export type CutReport = {
  readonly lines: number;
  readonly moves: number;
  /** Estimate without acceleration, whole seconds rounded up. */
  readonly seconds: number;
  /** Of the whole path, in the file's own coordinates; zero is part of it, because the tool begins there. */
  readonly sizeMm: { readonly x: number; readonly y: number; readonly z: number };
  readonly toolSMax: number;
  readonly warnings: readonly Fault[];
};
export type CutVerdict = { readonly faults: readonly Fault[]; readonly report: CutReport };

export function inspectCut(bytes: Bytes, profile: CutterProfile): CutVerdict {
  const guard = new CutGuard(profile);
  const lines = new TextDecoder('latin1').decode(bytes).split(/\r\n|[\n\r]/);
  for (const line of lines) if (!guard.push(line)) break;
  return guard.finish();
}

/** The way of the tool for the live view; rapid moves are travels, and there is one layer. */
export function cutToolpath(bytes: Bytes): Toolpath {
  const path = new PathBuilder();
  const guard = new CutGuard(ANY_MACHINE, path);
  for (const line of new TextDecoder('latin1').decode(bytes).split(/\r\n|[\n\r]/)) guard.push(line);
  return path.finish({ starts: [0], heights: [0] }, Float32Array.of(guard.finish().report.seconds));
}

/** The figures of a file before a machine is chosen for it; undefined where nothing in it moves. */
export function readCut(bytes: Bytes): CutReport | undefined {
  const { report } = inspectCut(bytes, ANY_MACHINE);
  return report.moves === 0 ? undefined : report;
}

const ANY_MACHINE: CutterProfile = {
  v: 1,
  name: 'any',
  process: 'cnc',
  firmware: 'grbl',
  volumeMm: { x: 2_000, y: 2_000, z: 2_000 },
  toolSMax: 1_000_000,
  feedMmPerMinMax: 100_000,
  rateMicroPerHour: 0n,
  setupMicro: 0n,
  minimumMicro: 0n,
};
/** Of the path's features: a travel, and everything else. */
const TRAVEL = 0;
const CUT = 1;

class CutGuard {
  readonly #profile: CutterProfile;
  readonly #faults: Fault[] = [];
  readonly #warnings: Fault[] = [];
  readonly #saidOnce = new Set<string>();
  readonly #at: [number, number, number] = [0, 0, 0];
  readonly #min: [number, number, number] = [0, 0, 0];
  readonly #max: [number, number, number] = [0, 0, 0];
  readonly #path: PathBuilder | undefined;
  #line = 0;
  #commands = 0;
  #moves = 0;
  #minutes = 0;
  #motion = 0;
  #absolute = true;
  #scale = 1;
  #feed = 0;
  /** 5 is off; 3 is on; 4 is the other way round, or, for a laser, power that follows the speed. */
  #tool = 5;
  #power = 0;
  #powerMax = 0;

  constructor(profile: CutterProfile, path?: PathBuilder) {
    this.#profile = profile;
    this.#path = path;
  }

  /** False where enough is found. */
  push(text: string): boolean {
    this.#line++;
    const bare = text
      .replace(/\([^)]*\)/g, '')
      .replace(/[;(%].*$/, '')
      .toUpperCase();
    const words = [...bare.matchAll(WORD)].map(([, letter = '', value]): readonly [string, number] => [
      letter,
      Number(value),
    ]);
    if (words.length > 0) {
      this.#commands++;
      this.#apply(words);
    }
    return this.#faults.length < FAULTS_MAX;
  }

  finish(): CutVerdict {
    const { x, y, z } = this.#profile.volumeMm;
    const sides = [x, y, z];
    for (const [axis, name] of AXES.entries()) {
      const size = (this.#max[axis] as number) - (this.#min[axis] as number);
      const limitMm = sides[axis] as number;
      if (size > limitMm + ROUNDING_MM)
        this.#faults.push(cutFault('cut.too-large', { axis: name, sizeMm: round(size), limitMm }));
    }
    if (this.#moves === 0) this.#faults.push(cutFault('cut.nothing'));
    if (this.#tool !== 5) this.#faults.push(cutFault('cut.left-on'));
    const span = (axis: number) => round((this.#max[axis] as number) - (this.#min[axis] as number));
    return {
      faults: this.#faults.slice(0, FAULTS_MAX),
      report: {
        lines: this.#line,
        moves: this.#moves,
        seconds: Math.ceil(this.#minutes * 60),
        sizeMm: { x: span(0), y: span(1), z: span(2) },
        toolSMax: this.#powerMax,
        warnings: this.#warnings,
      },
    };
  }

  #apply(words: readonly (readonly [string, number])[]): void {
    const value = (letter: string) => words.find(([name]) => name === letter)?.[1];
    const codes = new Set(words.filter(([letter]) => letter === 'G').map(([, code]) => code));
    if (codes.has(20)) this.#scale = MM_PER_INCH;
    if (codes.has(21)) this.#scale = 1;
    if (codes.has(90)) this.#absolute = true;
    if (codes.has(91)) this.#absolute = false;
    for (const code of [0, 1, 2, 3]) if (codes.has(code)) this.#motion = code;
    if (codes.has(80)) this.#motion = -1;
    this.#setFeed(value('F'));
    this.#setPower(value('S'));
    for (const [letter, code] of words) if (letter === 'M') this.#machineCode(code);
    if (codes.has(4)) {
      this.#dwell(value('P') ?? 0);
      return;
    }
    // Of these the words are places of another kind: the stored places, the zero, the whole machine.
    if (codes.has(28) || codes.has(30) || codes.has(92) || codes.has(53)) {
      if (codes.has(92)) this.#once('cut.moves-zero');
      return;
    }
    if (AXES.some((letter) => value(letter) !== undefined)) this.#move(value);
  }

  #setFeed(feed: number | undefined): void {
    if (feed === undefined) return;
    this.#feed = feed * this.#scale;
    const limit = this.#profile.feedMmPerMinMax;
    // Written so that NaN is too fast.
    if (!(this.#feed >= 0 && this.#feed <= limit))
      this.#say('cut.too-fast', { feed: round(this.#feed), limit });
  }

  #setPower(power: number | undefined): void {
    if (power === undefined) return;
    this.#power = power;
    this.#powerMax = Math.max(this.#powerMax, power);
    const limit = this.#profile.toolSMax;
    if (!(power >= 0 && power <= limit)) this.#say('cut.too-strong', { power, limit });
  }

  #machineCode(code: number): void {
    if (code === 3 || code === 4 || code === 5) this.#tool = code;
    if (code === 2 || code === 30) this.#tool = 5;
    const laser = this.#profile.process === 'laser';
    if (laser && code === 3 && !this.#saidOnce.has('cut.constant-power')) {
      this.#saidOnce.add('cut.constant-power');
      this.#warn('cut.constant-power');
    }
    if (code === 0 || code === 1) this.#warn('cut.pauses');
  }

  get #isOn(): boolean {
    return this.#tool !== 5 && this.#power > 0;
  }

  #dwell(seconds: number): void {
    this.#minutes += Math.max(0, seconds) / 60;
    // With M4 the power follows the speed, which is none.
    if (this.#profile.process === 'laser' && this.#tool === 3 && this.#power > 0 && seconds > 0)
      this.#say('cut.burns-in-place');
  }

  #move(value: (letter: string) => number | undefined): void {
    const from = [...this.#at];
    for (const [axis, letter] of AXES.entries()) {
      const word = value(letter);
      if (word !== undefined)
        this.#at[axis] = (this.#absolute ? 0 : (this.#at[axis] as number)) + word * this.#scale;
      this.#min[axis] = Math.min(this.#min[axis] as number, this.#at[axis] as number);
      this.#max[axis] = Math.max(this.#max[axis] as number, this.#at[axis] as number);
    }
    if (this.#motion === 2 || this.#motion === 3) this.#bulge(from, value);
    this.#moves++;
    const [dx, dy, dz] = [0, 1, 2].map((axis) => (this.#at[axis] as number) - (from[axis] as number)) as [
      number,
      number,
      number,
    ];
    const rapid = this.#motion <= 0;
    const [x, y, z] = this.#at;
    this.#path?.add(x, y, z, rapid ? TRAVEL : CUT, this.#line, this.#commands);
    if (!rapid && this.#feed === 0) this.#once('cut.no-feed');
    const speed = rapid ? RAPID_MM_PER_MIN : Math.max(1, this.#feed);
    this.#minutes += Math.hypot(dx, dy, dz) / speed;
    if (this.#profile.process === 'cnc') this.#checkCutter(from, rapid, Math.hypot(dx, dy));
  }

  /** Below the file's zero lies the material. */
  #checkCutter(from: readonly number[], rapid: boolean, acrossMm: number): void {
    const depth = Math.min(from[2] as number, this.#at[2]);
    if (depth >= -ROUNDING_MM) return;
    if (!this.#isOn) this.#once('cut.tool-still');
    if (rapid && acrossMm > ROUNDING_MM) this.#once('cut.rapid-in-material');
  }

  /** An arc reaches further than its ends where it passes a quarter of its circle. */
  #bulge(from: readonly number[], value: (letter: string) => number | undefined): void {
    const start = [from[0] as number, from[1] as number] as const;
    const end = [this.#at[0], this.#at[1]] as const;
    const offset = [value('I'), value('J')].map((word) =>
      word === undefined ? undefined : word * this.#scale,
    );
    const centre = arcCentre(start, end, offset, (value('R') ?? 0) * this.#scale, this.#motion === 2);
    if (centre === undefined) return;
    const radius = Math.hypot(start[0] - centre[0], start[1] - centre[1]);
    for (let quarter = 0; quarter < 4; quarter++) {
      const angle = (quarter * Math.PI) / 2;
      if (!passes(angle, start, end, centre, this.#motion === 2)) continue;
      for (const [axis, unit] of [Math.cos(angle), Math.sin(angle)].entries()) {
        const reached = (centre[axis] as number) + radius * unit;
        this.#min[axis] = Math.min(this.#min[axis] as number, reached);
        this.#max[axis] = Math.max(this.#max[axis] as number, reached);
      }
    }
  }

  #say(code: Parameters<typeof cutFault>[0], data: Readonly<Record<string, string | number>> = {}): void {
    this.#faults.push(cutFault(code, { line: this.#line, ...data }));
  }

  #once(code: Parameters<typeof cutFault>[0]): void {
    if (this.#saidOnce.has(code)) return;
    this.#saidOnce.add(code);
    this.#say(code);
  }

  #warn(code: Parameters<typeof cutFault>[0]): void {
    if (this.#warnings.length < FAULTS_MAX) this.#warnings.push(cutFault(code, { line: this.#line }));
  }
}

type Place = readonly [number, number];

/** By its offset from the start, or by its radius; undefined where neither is given. */
function arcCentre(
  start: Place,
  end: Place,
  [i, j]: readonly (number | undefined)[],
  radius: number,
  clockwise: boolean,
): Place | undefined {
  if (i !== undefined || j !== undefined) return [start[0] + (i ?? 0), start[1] + (j ?? 0)];
  const [dx, dy] = [end[0] - start[0], end[1] - start[1]];
  const chord = Math.hypot(dx, dy);
  if (radius === 0 || chord === 0) return undefined;
  const height = Math.sqrt(Math.max(0, radius * radius - (chord * chord) / 4));
  const side = clockwise === radius > 0 ? -1 : 1;
  return [start[0] + dx / 2 - (side * height * dy) / chord, start[1] + dy / 2 + (side * height * dx) / chord];
}

/** Whether the way from start to end around the centre comes by the angle. A whole circle comes by all. */
function passes(angle: number, start: Place, end: Place, centre: Place, clockwise: boolean): boolean {
  const angleOf = ([x, y]: Place) => Math.atan2(y - centre[1], x - centre[0]);
  const turn = (to: number) => {
    const raw = clockwise ? angleOf(start) - to : to - angleOf(start);
    return ((raw % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI);
  };
  const sweep = turn(angleOf(end));
  return turn(angle) <= (sweep < 1e-9 ? 2 * Math.PI : sweep);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
