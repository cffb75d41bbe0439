// Where an axis meets its end stop: at a homing of an axis that was homed before and whose motors stayed on since, it
// meets it where it always does unless the belt slipped or the motor lost steps. Only firmware that tells where its end
// stops were hit can be watched; Marlin begins to count anew at a homing, so its counts say nothing.

import type { Bytes } from '../base/index.ts';
import { commandCode, hasWord, lineCommand } from './gcode-words.ts';
import type { EndstopHit, HomingHits } from './types.ts';

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
      if (!hasWord(gcode, start, end, S)) this.homed.clear();
    } else if (command === G92)
      for (const [axis, letter] of AXES) if (hasWord(gcode, start, end, letter)) this.homed.delete(axis);
  }

  private home(gcode: Bytes, start: number, end: number): void {
    this.hit.clear();
    const all =
      !AXES.some(([, letter]) => hasWord(gcode, start, end, letter)) && !hasWord(gcode, start, end, 90);
    for (const [axis, letter] of AXES) if (all || hasWord(gcode, start, end, letter)) this.homed.add(axis);
  }
}
