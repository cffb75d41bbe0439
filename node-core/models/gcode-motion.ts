// Follows the coordinates that a G-code file commands: absolute and relative modes, inches, G92 shifts, homing, arcs.
// Positions are machine coordinates in millimetres; G92 moves the zero of later words, never the machine.

import type { GcodeReader } from './gcode-reader.ts';

const LETTER_G = 71;
const LETTER_M = 77;
const MM_PER_INCH = 25.4;
/** Chords of an arc stay this close to it, in millimetres. */
const ARC_TOLERANCE_MM = 0.02;
const ARC_CHORDS_MAX = 720;

export type MotionKind = 'none' | 'move' | 'home';

const AXES = ['X', 'Y', 'Z'] as const;

export class GcodeMotion {
  /** Machine position in millimetres. */
  readonly at: [number, number, number] = [0, 0, 0];
  /** Where the last move began. */
  readonly from: [number, number, number] = [0, 0, 0];
  readonly homed: [boolean, boolean, boolean] = [false, false, false];
  /** Filament that the last move pushed, in millimetres; negative for a retraction. */
  extruded = 0;
  /** Nominal speed in mm/s. */
  speed = 25;
  /** Ends of the chords of the last move, x, y, z each: one for a straight move. */
  readonly chords: number[] = [];
  #absolute = true;
  #absoluteE = true;
  #scale = 1;
  #e = 0;
  readonly #shift: [number, number, number] = [0, 0, 0];
  #speedPercent = 100;
  #feed = 25;

  /** Applies the reader's current line. */
  apply(reader: GcodeReader): MotionKind {
    if (reader.letter === LETTER_M) {
      if (reader.code === 82) this.#absoluteE = true;
      else if (reader.code === 83) this.#absoluteE = false;
      else if (reader.code === 220) this.#speedPercent = reader.word('S') ?? this.#speedPercent;
      return 'none';
    }
    if (reader.letter !== LETTER_G) return 'none';
    switch (reader.code) {
      case 0:
      case 1:
      case 2:
      case 3:
        this.#move(reader);
        return 'move';
      case 20:
        this.#scale = MM_PER_INCH;
        return 'none';
      case 21:
        this.#scale = 1;
        return 'none';
      case 28:
        this.#home(reader);
        return 'home';
      case 90:
      case 91:
        // In Marlin these set the extruder's mode too; M82 and M83 set it alone.
        this.#absolute = reader.code === 90;
        this.#absoluteE = this.#absolute;
        return 'none';
      case 92:
        this.#setPosition(reader);
        return 'none';
      default:
        return 'none';
    }
  }

  /** All axes, by a macro of the machine's own; where the nozzle stands is its affair. */
  homeAll(): void {
    this.homed.fill(true);
  }

  #move(reader: GcodeReader): void {
    const feed = reader.word('F');
    if (feed !== undefined && feed > 0) this.#feed = (feed * this.#scale) / 60;
    this.speed = (this.#feed * this.#speedPercent) / 100;
    for (const [axis, letter] of AXES.entries()) {
      this.from[axis] = this.at[axis] as number;
      const word = reader.word(letter);
      if (word === undefined) continue;
      const value = word * this.#scale;
      this.at[axis] = (this.#absolute ? (this.#shift[axis] as number) : (this.at[axis] as number)) + value;
    }
    const e = reader.word('E');
    this.extruded = 0;
    if (e !== undefined) {
      const value = e * this.#scale;
      this.extruded = this.#absoluteE ? value - this.#e : value;
      this.#e = this.#absoluteE ? value : this.#e + value;
    }
    this.chords.length = 0;
    if (reader.code >= 2) this.#cutArc(reader);
    this.chords.push(this.at[0], this.at[1], this.at[2]);
  }

  #home(reader: GcodeReader): void {
    const some = AXES.some((letter) => reader.has(letter));
    for (const [axis, letter] of AXES.entries()) {
      if (some && !reader.has(letter)) continue;
      this.at[axis] = 0;
      this.#shift[axis] = 0;
      this.homed[axis] = true;
    }
  }

  #setPosition(reader: GcodeReader): void {
    const any = AXES.some((letter) => reader.has(letter)) || reader.has('E');
    for (const [axis, letter] of AXES.entries()) {
      const word = any ? reader.word(letter) : 0;
      if (word !== undefined) this.#shift[axis] = (this.at[axis] as number) - word * this.#scale;
    }
    const e = any ? reader.word('E') : 0;
    if (e !== undefined) this.#e = e * this.#scale;
  }

  /** Chords of G2 (clockwise) and G3 in the XY plane, by centre offset or radius; all but the last. */
  #cutArc(reader: GcodeReader): void {
    const centre = this.#arcCentre(reader);
    if (centre === undefined) return;
    const [cx, cy] = centre;
    const [fromX, fromY, fromZ] = this.from;
    const [toX, toY, toZ] = this.at;
    const radius = Math.hypot(fromX - cx, fromY - cy);
    if (!(radius > 0)) return;
    const start = Math.atan2(fromY - cy, fromX - cx);
    let sweep = Math.atan2(toY - cy, toX - cx) - start;
    if (reader.code === 2 && sweep >= 0) sweep -= 2 * Math.PI;
    if (reader.code === 3 && sweep <= 0) sweep += 2 * Math.PI;
    const step = 2 * Math.acos(Math.max(0, 1 - ARC_TOLERANCE_MM / radius));
    const count = Math.min(ARC_CHORDS_MAX, Math.max(1, Math.ceil(Math.abs(sweep) / step)));
    for (let i = 1; i < count; i++) {
      const angle = start + (sweep * i) / count;
      const z = fromZ + ((toZ - fromZ) * i) / count;
      this.chords.push(cx + radius * Math.cos(angle), cy + radius * Math.sin(angle), z);
    }
  }

  #arcCentre(reader: GcodeReader): readonly [number, number] | undefined {
    const [fromX, fromY] = this.from;
    const radius = reader.word('R');
    if (radius === undefined) {
      if (!reader.has('I') && !reader.has('J')) return undefined;
      return [fromX + (reader.word('I') ?? 0) * this.#scale, fromY + (reader.word('J') ?? 0) * this.#scale];
    }
    const dx = this.at[0] - fromX;
    const dy = this.at[1] - fromY;
    const chord = Math.hypot(dx, dy);
    if (chord === 0) return undefined;
    const r = radius * this.#scale;
    const height = Math.sqrt(Math.max(0, r * r - (chord * chord) / 4));
    // Marlin: the centre is to the left of the chord for G3 with positive radius, mirrored by either sign.
    const side = (reader.code === 3) === r > 0 ? 1 : -1;
    return [fromX + dx / 2 - (side * height * dy) / chord, fromY + dy / 2 + (side * height * dx) / chord];
  }
}
