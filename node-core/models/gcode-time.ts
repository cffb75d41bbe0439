// How long a job takes: trapezoidal speeds with look-ahead, as the firmware's planner runs them. Limits are those of a
// common bed-moving printer unless the file sets its own (M204). Heating and homing are not counted.

/** mm/s², mm/s; the defaults of Marlin-class machines that slicers estimate with. */
const PRINT_ACCELERATION = 1250;
const TRAVEL_ACCELERATION = 1250;
const RETRACT_ACCELERATION = 1500;
const JERK_XY = 8;
const JERK_Z = 0.4;
const SPEED_Z_MAX = 12;
const SPEED_E_MAX = 60;

/** Seconds of one move from and to given speeds under one acceleration and one top speed. */
function trapezoidSeconds(
  length: number,
  entry: number,
  top: number,
  exit: number,
  acceleration: number,
): number {
  const up = (top * top - entry * entry) / (2 * acceleration);
  const down = (top * top - exit * exit) / (2 * acceleration);
  if (up + down <= length) {
    return (top - entry) / acceleration + (top - exit) / acceleration + (length - up - down) / top;
  }
  const peak = Math.sqrt(Math.max(acceleration * length + (entry * entry + exit * exit) / 2, 0));
  return Math.max(0, (2 * peak - entry - exit) / acceleration);
}

/** Collects moves and pauses, then plans them all at once. */
export class TimeEstimator {
  printAcceleration = PRINT_ACCELERATION;
  travelAcceleration = TRAVEL_ACCELERATION;
  #count = 0;
  #lengths = new Float32Array(1024);
  #speeds = new Float32Array(1024);
  /** Highest speed at which the corner into the move may be taken; 0 after a stop. */
  #entries = new Float32Array(1024);
  #accelerations = new Float32Array(1024);
  /** Pauses before a move: retractions and dwells. */
  readonly #pauses = new Map<number, number>();
  #direction: readonly [number, number, number] | undefined;
  #lastSpeed = 0;

  get count(): number {
    return this.#count;
  }

  addMove(dx: number, dy: number, dz: number, speedAsked: number, extruding: boolean): void {
    if (this.#count === this.#lengths.length) this.#grow();
    const length = Math.hypot(dx, dy, dz);
    const direction = [dx / length, dy / length, dz / length] as const;
    const vertical = Math.abs(direction[2]);
    const speed = Math.max(0.1, vertical > 1e-6 ? Math.min(speedAsked, SPEED_Z_MAX / vertical) : speedAsked);
    const at = this.#count++;
    this.#lengths[at] = length;
    this.#speeds[at] = speed;
    this.#accelerations[at] = extruding ? this.printAcceleration : this.travelAcceleration;
    this.#entries[at] = this.#cornerSpeed(direction, Math.min(speed, this.#lastSpeed));
    this.#direction = direction;
    this.#lastSpeed = speed;
  }

  #cornerSpeed(direction: readonly [number, number, number], speed: number): number {
    const before = this.#direction;
    if (before === undefined) return 0;
    let factor = 1;
    for (let axis = 0; axis < 3; axis++) {
      const change = Math.abs((direction[axis] as number) - (before[axis] as number)) * speed;
      const jerk = axis === 2 ? JERK_Z : JERK_XY;
      if (change > jerk) factor = Math.min(factor, jerk / change);
    }
    return speed * factor;
  }

  /** The extruder alone: the machine stands still meanwhile. */
  addRetraction(length: number, speedAsked: number): void {
    const speed = Math.max(0.1, Math.min(speedAsked, SPEED_E_MAX));
    this.addPause(trapezoidSeconds(Math.abs(length), 0, speed, 0, RETRACT_ACCELERATION));
  }

  addPause(seconds: number): void {
    this.#pauses.set(this.#count, (this.#pauses.get(this.#count) ?? 0) + seconds);
    this.#direction = undefined;
  }

  #grow(): void {
    const grow = (old: Float32Array<ArrayBuffer>) => {
      const grown = new Float32Array(old.length * 2);
      grown.set(old);
      return grown;
    };
    this.#lengths = grow(this.#lengths);
    this.#speeds = grow(this.#speeds);
    this.#entries = grow(this.#entries);
    this.#accelerations = grow(this.#accelerations);
  }

  /** Seconds of all, and of the moves from each of these ascending starts to the next. */
  finish(starts: ArrayLike<number>): { readonly seconds: number; readonly parts: Float32Array } {
    this.#limitEntries();
    const parts = new Float32Array(starts.length);
    let seconds = 0;
    let part = -1;
    for (let move = 0; move <= this.#count; move++) {
      while (part + 1 < starts.length && move >= (starts[part + 1] as number)) part++;
      let spent = this.#pauses.get(move) ?? 0;
      if (move < this.#count) {
        spent += trapezoidSeconds(
          this.#lengths[move] as number,
          this.#entries[move] as number,
          this.#speeds[move] as number,
          this.#exit(move),
          this.#accelerations[move] as number,
        );
      }
      seconds += spent;
      if (part >= 0) parts[part] = (parts[part] as number) + spent;
    }
    return { seconds, parts };
  }

  #exit(move: number): number {
    return move + 1 < this.#count ? (this.#entries[move + 1] as number) : 0;
  }

  /** Backward: no corner faster than can be braked from. Forward: none faster than can be reached. */
  #limitEntries(): void {
    const reach = (speed: number, move: number) =>
      Math.sqrt(speed * speed + 2 * (this.#accelerations[move] as number) * (this.#lengths[move] as number));
    for (let move = this.#count - 1; move >= 0; move--) {
      const limit = Math.min(this.#speeds[move] as number, reach(this.#exit(move), move));
      if ((this.#entries[move] as number) > limit) this.#entries[move] = limit;
    }
    for (let move = 1; move < this.#count; move++) {
      const limit = reach(this.#entries[move - 1] as number, move - 1);
      if ((this.#entries[move] as number) > limit) this.#entries[move] = limit;
    }
  }
}
