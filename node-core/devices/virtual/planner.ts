// The motion planner: a short look-ahead queue of straight blocks with trapezoidal speed, junctions limited per axis
// (Marlin planner.cpp, classic jerk). It keeps time, not steps: it says when each block ends.

export const AXES = 4;
/** Block slots, as Marlin's default BLOCK_BUFFER_SIZE for Cartesian machines. */
export const BLOCK_SLOTS = 16;

export type MotionLimits = {
  /** Per axis X Y Z E, millimetres and seconds. */
  readonly speedMmPerS: readonly [number, number, number, number];
  readonly accelerationMmPerS2: readonly [number, number, number, number];
  readonly jerkMmPerS: readonly [number, number, number, number];
  readonly printAccelerationMmPerS2: number;
};

export const DEFAULT_MOTION: MotionLimits = {
  speedMmPerS: [300, 300, 12, 60],
  accelerationMmPerS2: [3000, 3000, 100, 5000],
  jerkMmPerS: [8, 8, 0.4, 5],
  printAccelerationMmPerS2: 1000,
};

type Block = {
  lengthMm: number;
  speed: number;
  acceleration: number;
  /** Speed change per axis for each mm/s along the path. */
  readonly unit: Float64Array;
  /** Highest speed at which the block may be entered, and the planned one. */
  entryMax: number;
  entry: number;
  readonly way: Way;
};

/** Where a block begins and ends, millimetres on X, Y and Z. */
export type Way = {
  fromX: number;
  fromY: number;
  fromZ: number;
  toX: number;
  toY: number;
  toZ: number;
};

export class Planner {
  limits: MotionLimits;
  /** Path speed now, at the end of the last executed block. */
  private exitSpeed = 0;
  /** Of the block that was taken last. */
  taken: Readonly<Way> = createWay();
  private readonly blocks: Block[] = [];
  private readonly spare: Block[] = [];

  constructor(limits: MotionLimits = DEFAULT_MOTION) {
    this.limits = limits;
  }

  get length(): number {
    return this.blocks.length;
  }

  get full(): boolean {
    return this.blocks.length >= BLOCK_SLOTS - 1;
  }

  /** Queues a straight move; false where nothing moves. Speeds in mm/s. `way` where somebody asks for the nozzle. */
  add(dx: number, dy: number, dz: number, de: number, speedMmPerS: number, way?: Way): boolean {
    const travel = Math.sqrt(dx * dx + dy * dy + dz * dz);
    const lengthMm = travel > 1e-6 ? travel : Math.abs(de);
    if (lengthMm < 1e-6) return false;
    const block = this.spare.pop() ?? createBlock();
    block.lengthMm = lengthMm;
    if (way !== undefined) Object.assign(block.way, way);
    const { unit } = block;
    unit[0] = dx / lengthMm;
    unit[1] = dy / lengthMm;
    unit[2] = dz / lengthMm;
    unit[3] = de / lengthMm;
    let speed = Math.max(0.05, speedMmPerS);
    let acceleration = this.limits.printAccelerationMmPerS2;
    for (let axis = 0; axis < AXES; axis++) {
      const share = Math.abs(unit[axis] ?? 0);
      if (share < 1e-9) continue;
      speed = Math.min(speed, (this.limits.speedMmPerS[axis] ?? 1) / share);
      acceleration = Math.min(acceleration, (this.limits.accelerationMmPerS2[axis] ?? 1) / share);
    }
    block.speed = speed;
    block.acceleration = acceleration;
    block.entryMax = this.junctionSpeed(block);
    block.entry = block.entryMax;
    this.blocks.push(block);
    this.lookAhead();
    return true;
  }

  /** Takes the first block and returns how long it lasts, in milliseconds; 0 where there is none. */
  takeMs(): number {
    const block = this.blocks.shift();
    if (block === undefined) return 0;
    const next = this.blocks[0];
    const reachable = Math.sqrt(block.entry * block.entry + 2 * block.acceleration * block.lengthMm);
    const exit = next === undefined ? 0 : Math.min(next.entry, reachable);
    this.exitSpeed = exit;
    const durationMs = trapezoidS(block, exit) * 1000;
    this.taken = block.way;
    this.spare.push(block);
    return durationMs;
  }

  /** Stops at once, as M410 and a kill do. */
  clear(): void {
    this.spare.push(...this.blocks.splice(0));
    this.exitSpeed = 0;
  }

  private junctionSpeed(block: Block): number {
    const previous = this.blocks[this.blocks.length - 1];
    if (previous === undefined) return Math.min(block.speed, this.exitSpeed);
    const shared = Math.min(previous.speed, block.speed);
    let factor = 1;
    for (let axis = 0; axis < AXES; axis++) {
      const change = Math.abs((block.unit[axis] ?? 0) - (previous.unit[axis] ?? 0)) * shared;
      const jerk = this.limits.jerkMmPerS[axis] ?? 1;
      if (change * factor > jerk) factor = jerk / change;
    }
    return shared * factor;
  }

  /** Entry speeds from the back, so that the last block can always come to rest; then forward for what is reachable. */
  private lookAhead(): void {
    const { blocks } = this;
    let exit = 0;
    for (let i = blocks.length - 1; i > 0; i--) {
      const block = blocks[i];
      if (block === undefined) continue;
      const entry = Math.min(
        block.entryMax,
        Math.sqrt(exit * exit + 2 * block.acceleration * block.lengthMm),
      );
      // Nothing in front of an unchanged entry can change.
      if (i < blocks.length - 1 && entry === block.entry) break;
      block.entry = entry;
      exit = entry;
    }
  }
}

function createBlock(): Block {
  return {
    lengthMm: 0,
    speed: 0,
    acceleration: 1,
    unit: new Float64Array(AXES),
    entryMax: 0,
    entry: 0,
    way: createWay(),
  };
}

function createWay(): Way {
  return { fromX: 0, fromY: 0, fromZ: 0, toX: 0, toY: 0, toZ: 0 };
}

function trapezoidS(block: Block, exit: number): number {
  const { entry, speed, acceleration: a, lengthMm } = block;
  const top = Math.max(speed, entry);
  const up = (top * top - entry * entry) / (2 * a);
  const down = (top * top - exit * exit) / (2 * a);
  if (up + down <= lengthMm) return (top - entry) / a + (top - exit) / a + (lengthMm - up - down) / top;
  const peak = Math.max(
    entry,
    exit,
    Math.sqrt(Math.max(0, a * lengthMm + (entry * entry + exit * exit) / 2)),
  );
  return (peak - entry) / a + (peak - exit) / a;
}
