// The printer's body: axes, heaters, fan, plastic on the bed. The interpreter moves it; tests read it as the truth.

import type { PartShape } from './picture.ts';
import type { MotionLimits, Way } from './planner.ts';
import { BLOCK_SLOTS, DEFAULT_MOTION, Planner } from './planner.ts';
import { BED_HEATER, Heater, NOZZLE_HEATER, STEP_MS } from './thermal.ts';

export type BodyOptions = {
  readonly volumeMm: { readonly x: number; readonly y: number; readonly z: number };
  readonly ambientC: number;
  readonly motion: MotionLimits;
  /** Keeps where the nozzle is inside the motion, too; costs time with every move. */
  readonly followsNozzle: boolean;
};

/** A block in motion or just behind it. Machine time. */
type Leg = Way & { readonly startMs: number; readonly endMs: number };
export const DEFAULT_BODY: BodyOptions = {
  volumeMm: { x: 220, y: 220, z: 250 },
  ambientC: 21,
  motion: DEFAULT_MOTION,
  followsNozzle: false,
};

/** Plastic this long on the bed is a part, not a purge line. Millimetres of filament. */
const PART_MM = 60;

export class Body {
  readonly options: BodyOptions;
  readonly nozzle: Heater;
  readonly bed: Heater;
  readonly planner: Planner;
  /** Machine coordinates in millimetres; e is the firmware's filament position. */
  x = 0;
  y = 0;
  z = 0;
  e = 0;
  /** Workspace offsets of G92. */
  offsetX = 0;
  offsetY = 0;
  offsetZ = 0;
  homedX = false;
  homedY = false;
  homedZ = false;
  fan = 0;
  /** Net filament that was commanded and not prevented, and what really came out. */
  extrudedMm = 0;
  depositedMm = 0;
  clogged = false;
  /** How far the carriage is from where the firmware believes it to be. */
  slippedXMm = 0;
  coldMoves = 0;
  /** Prints that ran into a part left on the bed. */
  collisions = 0;
  /** Machine time at which the block in motion ends. */
  motionEndMs = 0;
  /** What lies on the bed, where somebody wants to see it. */
  shape: PartShape | undefined;
  private plasticMm = 0;
  private oldPlasticMm = 0;
  private collided = false;
  private thermalMs = 0;
  private readonly legs: Leg[] = [];

  constructor(options: BodyOptions) {
    this.options = options;
    this.nozzle = new Heater(NOZZLE_HEATER, options.ambientC);
    this.bed = new Heater(BED_HEATER, options.ambientC);
    this.planner = new Planner(options.motion);
  }

  get homed(): boolean {
    return this.homedX && this.homedY && this.homedZ;
  }

  /** A part lies on the bed: from an earlier print, or from this one. */
  get bedOccupied(): boolean {
    return this.plasticMm + this.oldPlasticMm > PART_MM;
  }

  clearBed(): void {
    this.plasticMm = 0;
    this.oldPlasticMm = 0;
    this.collided = false;
    this.shape?.clear();
  }

  /** A part of an earlier print. */
  leavePart(): void {
    this.oldPlasticMm = 2 * PART_MM;
  }

  /** Powered on where and as warm as it was left. */
  standAt({
    positionMm,
    nozzleC,
    bedC,
  }: {
    readonly positionMm: { readonly x: number; readonly y: number; readonly z: number };
    readonly nozzleC: number;
    readonly bedC: number;
  }): void {
    this.x = positionMm.x;
    this.y = positionMm.y;
    this.z = positionMm.z;
    this.nozzle.celsius = nozzleC;
    this.bed.celsius = bedC;
  }

  /** All-axis homing begins a print; what lies on the bed by then is in its way. */
  beginPrint(): void {
    this.oldPlasticMm += this.plasticMm;
    this.plasticMm = 0;
    this.collided = false;
  }

  extrude(lengthMm: number): void {
    this.extrudedMm += lengthMm;
    if (this.clogged) return;
    this.depositedMm += lengthMm;
    this.plasticMm += lengthMm;
    if (lengthMm > 0 && this.z < 1 && this.oldPlasticMm > PART_MM && !this.collided) {
      this.collided = true;
      this.collisions++;
    }
  }

  /** Temperatures up to machine time `ms`; the firmware's reason to stop, where there is one. */
  heat(ms: number): string | undefined {
    if (this.nozzle.settled && this.bed.settled) {
      this.thermalMs = ms;
      return undefined;
    }
    while (this.thermalMs + STEP_MS <= ms) {
      this.thermalMs += STEP_MS;
      const reason = this.nozzle.step(this.thermalMs) ?? this.bed.step(this.thermalMs);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  /** Lets the planner run up to machine time `ms`. */
  move(ms: number): void {
    while (this.planner.length > 0 && this.motionEndMs <= ms) this.take();
  }

  /** Machine time at which all queued motion has ended. */
  settleMotion(): number {
    while (this.planner.length > 0) this.take();
    return this.motionEndMs;
  }

  private take(): void {
    const startMs = this.motionEndMs;
    this.motionEndMs += this.planner.takeMs();
    if (!this.options.followsNozzle) return;
    // As many as were queued are in motion or behind it; older ones nobody asked for.
    if (this.legs.length > 2 * BLOCK_SLOTS) this.legs.shift();
    this.legs.push({ ...this.planner.taken, startMs, endMs: this.motionEndMs });
  }

  /** Where the steppers are: evenly along the block in motion, its acceleration left out. */
  nozzleAt(ms: number): { readonly x: number; readonly y: number; readonly z: number } {
    const { legs } = this;
    // The last one stays until the next block is taken.
    while (legs.length > (this.planner.length > 0 ? 1 : 0) && (legs[0]?.endMs ?? Infinity) <= ms)
      legs.shift();
    const [leg] = legs;
    if (leg === undefined) return { x: this.x, y: this.y, z: this.z };
    const share = Math.max(0, Math.min(1, (ms - leg.startMs) / (leg.endMs - leg.startMs)));
    return {
      x: leg.fromX + (leg.toX - leg.fromX) * share,
      y: leg.fromY + (leg.toY - leg.fromY) * share,
      z: leg.fromZ + (leg.toZ - leg.fromZ) * share,
    };
  }

  /** Motors stop where they are, and nobody knows where that is. */
  stopMotion(nowMs: number): void {
    this.planner.clear();
    this.legs.length = 0;
    this.motionEndMs = nowMs;
    this.homedX = false;
    this.homedY = false;
    this.homedZ = false;
  }

  /** What a stop at once leaves: power off, position unknown. */
  lose(nowMs: number): void {
    this.stopMotion(nowMs);
    this.nozzle.setTarget(0, nowMs);
    this.bed.setTarget(0, nowMs);
    this.fan = 0;
  }
}
