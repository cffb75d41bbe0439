// What a virtual printer is given, what can befall it, and what it knows to be true.

import type { Clock } from '../../base/index.ts';
import type { BodyOptions } from './body.ts';

export type Trouble =
  | 'reset'
  | 'disconnect'
  | 'nozzle-no-power'
  | 'nozzle-weak'
  | 'nozzle-worn'
  | 'nozzle-stuck-on'
  | 'bed-no-power'
  | 'bed-worn'
  | 'bed-stuck-on'
  | 'sensor-loose'
  | 'sensor-jumps'
  | 'sensor-open'
  | 'clog'
  | 'board-slow'
  /** The belt of the X axis jumps a tooth. */
  | 'belt-slips';

export type FirmwareOptions = {
  readonly clock: Clock;
  /** Machine seconds a real second. */
  readonly timeScale: number;
  readonly body: BodyOptions;
  readonly emergencyParser: boolean;
  /** False: a firmware built without its own watch over the heaters. */
  readonly thermalProtection: boolean;
  readonly advancedOk: boolean;
  /** Says where an end stop was hit at a homing, as boards do that watch them all the time. */
  readonly tellsEndstops: boolean;
  /** Reports its position by itself (M154): where it plans to be, or where the steppers are. */
  readonly positionReports: 'none' | 'planned' | 'real';
  readonly rxBytes: number;
  readonly seed: number;
  /** Share of `ok` lines that never leave the board. */
  readonly lostReplies: number;
  /** Trouble that strikes after so many executed commands. */
  readonly troubles: readonly { readonly kind: Trouble; readonly afterCommands: number }[];
  /** Keeps the text of every executed command, for tests. */
  readonly keepLog: boolean;
};

/** What really happened, whatever the host believes. Positions in machine coordinates. */
export type VirtualTruth = {
  readonly timeMs: number;
  readonly commands: number;
  readonly unknownCommands: number;
  /** SHA-256 over the text of every executed command, each with a line feed. */
  readonly logHash: string;
  readonly log: readonly string[];
  readonly positionMm: { readonly x: number; readonly y: number; readonly z: number; readonly e: number };
  /** Where the steppers are; the same as positionMm for a printer that does not follow its nozzle. */
  readonly nozzleMm: { readonly x: number; readonly y: number; readonly z: number };
  readonly homed: boolean;
  readonly extrudedMm: number;
  readonly depositedMm: number;
  readonly coldMoves: number;
  readonly collisions: number;
  readonly bedOccupied: boolean;
  readonly nozzleC: number;
  readonly nozzleTargetC: number;
  readonly bedC: number;
  readonly bedTargetC: number;
  readonly fan: number;
  readonly halted: string | undefined;
  readonly resets: number;
  readonly lineErrors: number;
  readonly overflowBytes: number;
};
