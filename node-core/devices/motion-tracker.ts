// Where the nozzle is and how much filament left it, as far as the firmware acknowledged: positions in the job's own
// coordinates (after G92), millimetres. Follows what was commanded; it cannot see a skipped step.

import type { Bytes } from '../base/index.ts';
import { commandCode, hasWord, lineCommand, lineWord } from './gcode-words.ts';

const G0 = commandCode('G', 0);
const G2 = commandCode('G', 2);
const G3 = commandCode('G', 3);
const G20 = commandCode('G', 20);
const G21 = commandCode('G', 21);
const G28 = commandCode('G', 28);
const G90 = commandCode('G', 90);
const G91 = commandCode('G', 91);
const G92 = commandCode('G', 92);
const G54 = commandCode('G', 54);
const G59 = commandCode('G', 59);
const M206 = commandCode('M', 206);
const M428 = commandCode('M', 428);
const M82 = commandCode('M', 82);
const M83 = commandCode('M', 83);
const X = 88;
const Y = 89;
const Z = 90;
const E = 69;
const F = 70;
const MM_PER_INCH = 25.4;

/** Probing, wiping, parking, changing filament: the nozzle is left where only the firmware knows. */
const MOVES_ITSELF: ReadonlySet<number> = new Set([
  ...[12, 27, 29, 30, 32, 33, 34, 76].map((number) => commandCode('G', number)),
  ...[48, 125, 600, 701, 702].map((number) => commandCode('M', number)),
]);
const ON_X = 1;
const ON_Y = 2;
const ON_Z = 4;
const ON_ALL = ON_X | ON_Y | ON_Z;

/** Around the ends of every move that put filament down, millimetres. */
export type PrintedBox = { minX: number; maxX: number; minY: number; maxY: number; topMm: number };

export class MotionTracker {
  x = 0;
  y = 0;
  z = 0;
  /** Position of the filament axis in the job's coordinates. */
  e = 0;
  /** Net length since the start; retractions count negative. */
  extrudedMm = 0;
  feedMmPerMin = 0;
  relative = false;
  relativeE = false;
  /** The zero point is no longer the machine's own. */
  originMoved = false;
  /** Undefined until something was printed. */
  printed: PrintedBox | undefined;
  private homedAxes = 0;
  /** Axes that were sent to a place since the machine last moved them by itself: a homed axis may rest anywhere. */
  private placedAxes = 0;
  /** Moves (G0 to G3) so far that changed x, y or z, arcs included. */
  moves = 0;
  inches = false;

  get homed(): boolean {
    return this.homedAxes === ON_ALL;
  }

  /** Whether x, y and z are where the nozzle is. */
  get placed(): boolean {
    return this.placedAxes === ON_ALL;
  }

  /** Takes in one executed line. */
  apply(bytes: Bytes, start: number, end: number): void {
    const command = lineCommand(bytes, start, end);
    if (command >= G0 && command <= G3) {
      this.move(bytes, start, end, command >= G2);
      return;
    }
    switch (command) {
      case G28:
        this.home(bytes, start, end);
        break;
      case G90:
        this.relative = false;
        this.relativeE = false;
        break;
      case G91:
        this.relative = true;
        this.relativeE = true;
        break;
      case G92:
        this.setPosition(bytes, start, end);
        break;
      case M82:
        this.relativeE = false;
        break;
      case M83:
        this.relativeE = true;
        break;
      case G20:
        this.inches = true;
        break;
      case G21:
        this.inches = false;
        break;
      case M206:
      case M428:
        this.originMoved = true;
        break;
      default:
        if (MOVES_ITSELF.has(command)) this.placedAxes = 0;
        else if (command >= G54 && command <= G59) this.originMoved = true;
    }
  }

  private move(bytes: Bytes, start: number, end: number, arc: boolean): void {
    const { x, y, z, extrudedMm } = this;
    const unit = this.inches ? MM_PER_INCH : 1;
    // One pass over the line: the words of a move are letters that each begin a number.
    for (let at = start + 1; at < end; at++) {
      const byte = bytes[at] ?? 0;
      const letter = byte >= 97 ? byte - 32 : byte;
      if (letter < E || letter > Z) continue;
      if (letter !== X && letter !== Y && letter !== Z && letter !== E && letter !== F) continue;
      const value = lineWord(bytes, at - 1, end, letter) * unit;
      if (Number.isNaN(value)) continue;
      if (letter === X) this.x = this.place(ON_X, this.x, value);
      else if (letter === Y) this.y = this.place(ON_Y, this.y, value);
      else if (letter === Z) this.z = this.place(ON_Z, this.z, value);
      else if (letter === F) this.feedMmPerMin = value;
      else this.extrude(value);
    }
    if (!arc && this.x === x && this.y === y && this.z === z) return;
    this.moves++;
    if (this.extrudedMm <= extrudedMm) return;
    this.print(x, y, z);
    this.print(this.x, this.y, this.z);
  }

  private place(axis: number, from: number, value: number): number {
    if (this.relative) return from + value;
    this.placedAxes |= axis;
    return value;
  }

  private print(x: number, y: number, z: number): void {
    this.printed ??= { minX: x, maxX: x, minY: y, maxY: y, topMm: z };
    const { printed } = this;
    if (x < printed.minX) printed.minX = x;
    if (x > printed.maxX) printed.maxX = x;
    if (y < printed.minY) printed.minY = y;
    if (y > printed.maxY) printed.maxY = y;
    if (z > printed.topMm) printed.topMm = z;
  }

  private extrude(value: number): void {
    const target = this.relativeE ? this.e + value : value;
    this.extrudedMm += target - this.e;
    this.e = target;
  }

  private home(bytes: Bytes, start: number, end: number): void {
    const named =
      (hasWord(bytes, start, end, X) ? ON_X : 0) |
      (hasWord(bytes, start, end, Y) ? ON_Y : 0) |
      (hasWord(bytes, start, end, Z) ? ON_Z : 0);
    const axes = named === 0 ? ON_ALL : named;
    if ((axes & ON_X) !== 0) this.x = 0;
    if ((axes & ON_Y) !== 0) this.y = 0;
    if ((axes & ON_Z) !== 0) this.z = 0;
    this.homedAxes |= axes;
    // Z is homed in the middle of many beds, and lifted.
    this.placedAxes = 0;
  }

  private setPosition(bytes: Bytes, start: number, end: number): void {
    const unit = this.inches ? MM_PER_INCH : 1;
    const x = lineWord(bytes, start, end, X) * unit;
    const y = lineWord(bytes, start, end, Y) * unit;
    const z = lineWord(bytes, start, end, Z) * unit;
    const e = lineWord(bytes, start, end, E) * unit;
    // Without an axis it changes nothing (Marlin; the RepRap description would zero all).
    if (!Number.isNaN(x)) this.x = this.call(ON_X, x);
    if (!Number.isNaN(y)) this.y = this.call(ON_Y, y);
    if (!Number.isNaN(z)) this.z = this.call(ON_Z, z);
    if (!Number.isNaN(e)) this.e = e;
  }

  private call(axis: number, value: number): number {
    this.placedAxes |= axis;
    this.originMoved = true;
    return value;
  }
}
