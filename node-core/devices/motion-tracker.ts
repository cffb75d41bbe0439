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
const M82 = commandCode('M', 82);
const M83 = commandCode('M', 83);
const X = 88;
const Y = 89;
const Z = 90;
const E = 69;
const F = 70;
const MM_PER_INCH = 25.4;

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
  homed = false;
  /** Moves (G0 to G3) so far that changed x, y or z, arcs included. */
  moves = 0;
  inches = false;

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
    }
  }

  private move(bytes: Bytes, start: number, end: number, arc: boolean): void {
    const { x, y, z } = this;
    const unit = this.inches ? MM_PER_INCH : 1;
    // One pass over the line: the words of a move are letters that each begin a number.
    for (let at = start + 1; at < end; at++) {
      const byte = bytes[at] ?? 0;
      const letter = byte >= 97 ? byte - 32 : byte;
      if (letter < E || letter > Z) continue;
      if (letter !== X && letter !== Y && letter !== Z && letter !== E && letter !== F) continue;
      const value = lineWord(bytes, at - 1, end, letter) * unit;
      if (Number.isNaN(value)) continue;
      if (letter === X) this.x = this.relative ? this.x + value : value;
      else if (letter === Y) this.y = this.relative ? this.y + value : value;
      else if (letter === Z) this.z = this.relative ? this.z + value : value;
      else if (letter === F) this.feedMmPerMin = value;
      else this.extrude(value);
    }
    if (arc || this.x !== x || this.y !== y || this.z !== z) this.moves++;
  }

  private extrude(value: number): void {
    const target = this.relativeE ? this.e + value : value;
    this.extrudedMm += target - this.e;
    this.e = target;
  }

  private home(bytes: Bytes, start: number, end: number): void {
    const some =
      hasWord(bytes, start, end, X) || hasWord(bytes, start, end, Y) || hasWord(bytes, start, end, Z);
    if (!some || hasWord(bytes, start, end, X)) this.x = 0;
    if (!some || hasWord(bytes, start, end, Y)) this.y = 0;
    if (!some || hasWord(bytes, start, end, Z)) this.z = 0;
    if (!some) this.homed = true;
  }

  private setPosition(bytes: Bytes, start: number, end: number): void {
    const unit = this.inches ? MM_PER_INCH : 1;
    const x = lineWord(bytes, start, end, X) * unit;
    const y = lineWord(bytes, start, end, Y) * unit;
    const z = lineWord(bytes, start, end, Z) * unit;
    const e = lineWord(bytes, start, end, E) * unit;
    // Without an axis it changes nothing (Marlin; the RepRap description would zero all).
    if (!Number.isNaN(x)) this.x = x;
    if (!Number.isNaN(y)) this.y = y;
    if (!Number.isNaN(z)) this.z = z;
    if (!Number.isNaN(e)) this.e = e;
  }
}
