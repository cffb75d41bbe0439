// Where an axis meets its end stop: at a homing of an axis that was homed before and whose motors stayed on since, it
// meets it where it always does unless the belt slipped or the motor lost steps. Only firmware that tells where its end
// stops were hit, or how many steps its motors had made by then, can be watched; Marlin begins to count anew at a homing,
// so its counts say nothing. X and Y alone: Z is homed once, before anything is printed.

import type { Bytes } from '../base/index.ts';
import { commandCode, hasWord, lineCommand } from './gcode-words.ts';
import type { EndstopHit, HomedPlaces, HomingHits } from './types.ts';

const G28 = commandCode('G', 28);
const G92 = commandCode('G', 92);
const M18 = commandCode('M', 18);
const M84 = commandCode('M', 84);
const S = 83;
const AXES = [
  ['x', 88],
  ['y', 89],
] as const;
type Axis = (typeof AXES)[number][0];

const HITS = /endstops hit:/i;
const HIT = /\b([XY]):\s*(-?\d+(?:\.\d+)?)/g;

export class HomingWatch {
  private readonly homed = new Set<Axis>();
  private readonly hit = new Set<Axis>();
  private readonly seen = new Map<Axis, EndstopHit>();
  /** Of firmware that counts steps on: the count at the first homing, and axes homed again whose count was not read yet. */
  private readonly counts = new Map<Axis, number>();
  private readonly due = new Set<Axis>();

  /** Of each axis the newest; undefined where none could be seen. */
  get hits(): HomingHits | undefined {
    return this.seen.size === 0 ? undefined : Object.fromEntries(this.seen);
  }

  /** A line that came while the command was out, and the place from which it began. */
  heard(reply: string, gcode: Bytes, start: number, end: number, from: Readonly<Record<Axis, number>>): void {
    if (!HITS.test(reply) || lineCommand(gcode, start, end) !== G28) return;
    for (const [, letter, text] of reply.matchAll(HIT)) {
      const axis = letter === 'X' ? 'x' : 'y';
      // The first touch; a board touches again, slowly, from beside it.
      if (this.hit.has(axis)) continue;
      this.hit.add(axis);
      if (this.homed.has(axis)) this.seen.set(axis, { hitMm: Number(text), fromMm: from[axis] });
    }
  }

  /** A line of the job was acknowledged. */
  acknowledged(gcode: Bytes, start: number, end: number): void {
    // Nearly all lines are moves.
    const second = gcode[start + 1] ?? 0;
    if (second === 48 || (gcode[start] === 71 && second === 49)) return;
    const command = lineCommand(gcode, start, end);
    if (command === G28) this.home(gcode, start, end);
    else if (command === M84 || command === M18) {
      // With a time it only says when the motors may rest.
      if (!hasWord(gcode, start, end, S)) for (const [axis] of AXES) this.release(axis);
    } else if (command === G92)
      for (const [axis, letter] of AXES) if (hasWord(gcode, start, end, letter)) this.release(axis);
  }

  /** How many steps, in millimetres, the motors had made when they last met their end stops; after the lines so far. */
  counted(placesMm: HomedPlaces): void {
    for (const [axis] of AXES) {
      const placeMm = placesMm[axis];
      const firstMm = this.counts.get(axis);
      if (placeMm === undefined) continue;
      if (firstMm !== undefined && this.due.delete(axis))
        this.seen.set(axis, { hitMm: placeMm - firstMm, fromMm: 0 });
      if (firstMm === undefined && this.homed.has(axis)) this.counts.set(axis, placeMm);
    }
  }

  private release(axis: Axis): void {
    this.homed.delete(axis);
    if (!this.due.has(axis)) this.counts.delete(axis);
  }

  private home(gcode: Bytes, start: number, end: number): void {
    this.hit.clear();
    const all =
      !AXES.some(([, letter]) => hasWord(gcode, start, end, letter)) && !hasWord(gcode, start, end, 90);
    for (const [axis, letter] of AXES) {
      if (!all && !hasWord(gcode, start, end, letter)) continue;
      if (this.homed.has(axis) && this.counts.has(axis)) this.due.add(axis);
      this.homed.add(axis);
    }
  }
}
