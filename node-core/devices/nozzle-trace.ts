// Where the nozzle is among the moves that the firmware acknowledged, from the positions the machine reports: the report is
// looked for on the path, and between two reports the nozzle goes on at the pace it showed. Never ahead of what was
// acknowledged. Firmware that reports where it plans to be (most of Marlin) is shown there: no better, no worse.

/** Acknowledged moves that are kept; planners hold 8 to 128. A power of two. */
const MOVES_MAX = 256;
const MASK = MOVES_MAX - 1;
/** Off the path by no more than this: levelling and skew move the steppers, not the path. Millimetres. */
const ASIDE_MM_MAX = 1;
const HEIGHT_MM_MAX = 2;
/** Places on the path that fit about as well as the best; among them the expected one counts. Millimetres. */
const ALIKE_MM = 0.1;
/** Without a report that fits for so long, the last acknowledged move is all that is known. */
const STALE_MS = 5_000;
/** What the picture was ahead by no more than this, the nozzle makes up for while the picture waits. */
const WAIT_S = 0.5;
/** A pace is measured over this long: below it is rounding, above it something else happened. */
const PACE_MS_MIN = 300;
const PACE_MS_MAX = 3_000;
const PACE_MAX = 2;
/** Slower than this is standing, at once and not on average. */
const PACE_STANDING = 0.05;
/** Reports in a row that name the end of the newest move, each a newer one: plans, not places. */
const PLANS_MIN = 3;
const DEFAULT_FEED_MM_PER_S = 25;

export type Place = { readonly x: number; readonly y: number; readonly z: number };

/** A place on the path in seconds of the file, and when the nozzle was there. */
type Sight = { readonly atS: number; readonly atMs: number };

type Move = { index: number; from: Place; to: Place; startS: number; endS: number };

export class NozzleTrace {
  private readonly moves: Move[] = [];
  private count = 0;
  /** Duration of all moves so far as the file commands them, in seconds: the axis on which everything is compared. */
  private plannedS = 0;
  private seen: Sight | undefined;
  /** From where the nozzle is thought to go on: the last report, or where it had caught up with its orders since. */
  private base: Sight | undefined;
  private plans = PLANS_MIN;
  private reportedS = 0;
  /** Seconds of the file a second. */
  private pace = 1;
  private shownS = 0;
  private standing = false;

  /** The move `index` was acknowledged. `feedMmPerMin` 0: the file said none yet. */
  moved(index: number, from: Place, to: Place, feedMmPerMin: number, nowMs: number): void {
    const startS = this.plannedS;
    this.standing = false;
    if (this.base !== undefined && this.expectedS(nowMs) >= startS) this.base = { atS: startS, atMs: nowMs };
    this.plannedS += Math.hypot(to.x - from.x, to.y - from.y, to.z - from.z) / speedOf(feedMmPerMin);
    this.moves[this.count++ & MASK] = { index, from, to, startS, endS: this.plannedS };
  }

  /** Filament moved and nothing else. */
  extruded(lengthMm: number, feedMmPerMin: number): void {
    this.plannedS += Math.abs(lengthMm) / speedOf(feedMmPerMin);
  }

  /** All motion has ended. */
  drained(nowMs: number): void {
    this.standing = true;
    this.seen = { atS: this.plannedS, atMs: nowMs };
    this.base = this.seen;
  }

  /** The machine says where it is. */
  report(place: Place, nowMs: number): void {
    const atS = this.find(place, this.expectedS(nowMs));
    if (atS === undefined) return;
    this.judge(atS);
    const { seen } = this;
    const passedMs = seen === undefined ? 0 : nowMs - seen.atMs;
    const waits = atS >= this.plannedS; // for orders: that is not its pace
    if (seen !== undefined && !waits && passedMs >= PACE_MS_MIN && passedMs <= PACE_MS_MAX) {
      const pace = Math.min(PACE_MAX, ((atS - seen.atS) * 1000) / passedMs);
      this.pace = pace < PACE_STANDING ? pace : (this.pace + pace) / 2;
    }
    if (seen === undefined) this.shownS = atS;
    this.seen = { atS, atMs: nowMs };
    this.base = this.seen;
  }

  private judge(atS: number): void {
    if (atS < this.plannedS) this.plans = 0;
    else if (this.plannedS > this.reportedS) this.plans++;
    this.reportedS = this.plannedS;
  }

  /** Moves done by now, the one in motion with the part of it that is done; undefined where no report says. */
  movesDone(nowMs: number): number | undefined {
    if (this.standing) return (this.moves[(this.count - 1) & MASK]?.index ?? -1) + 1;
    if (this.plans >= PLANS_MIN || this.base === undefined) return undefined;
    if (nowMs - this.base.atMs > STALE_MS) return undefined;
    const atS = this.expectedS(nowMs);
    const ahead = this.shownS - atS;
    if (ahead <= 0 || ahead > WAIT_S) this.shownS = atS;
    for (let back = 1; back <= Math.min(this.count, MOVES_MAX); back++) {
      const move = this.moves[(this.count - back) & MASK];
      if (move === undefined || move.startS > this.shownS) continue;
      const lengthS = move.endS - move.startS;
      return move.index + (lengthS > 0 ? Math.min(1, (this.shownS - move.startS) / lengthS) : 1);
    }
    return undefined;
  }

  private expectedS(nowMs: number): number {
    const { base } = this;
    if (base === undefined) return this.plannedS;
    return Math.min(this.plannedS, base.atS + (this.pace * Math.max(0, nowMs - base.atMs)) / 1000);
  }

  /** The place on the path that fits; of several alike the one nearest to `expectedS`. Never behind an earlier report. */
  private find(place: Place, expectedS: number): number | undefined {
    const fits: { readonly atS: number; readonly offMm: number }[] = [];
    let best = Number.POSITIVE_INFINITY;
    for (let back = 1; back <= Math.min(this.count, MOVES_MAX); back++) {
      const move = this.moves[(this.count - back) & MASK];
      if (move === undefined || move.endS < (this.seen?.atS ?? 0)) break;
      const fit = fitOn(move, place, this.seen?.atS ?? 0);
      if (fit === undefined) continue;
      best = Math.min(best, fit.offMm);
      fits.push(fit);
    }
    let found: number | undefined;
    for (const { atS, offMm } of fits) {
      if (offMm > best + ALIKE_MM) continue;
      if (found === undefined || Math.abs(atS - expectedS) < Math.abs(found - expectedS)) found = atS;
    }
    return found;
  }
}

/** The nearest place on a move, from `leastS` on; undefined where it is too far off. */
function fitOn({ from, to, startS, endS }: Move, place: Place, leastS: number) {
  const [dx, dy, dz] = [to.x - from.x, to.y - from.y, to.z - from.z];
  const square = dx * dx + dy * dy + dz * dz;
  const along = (place.x - from.x) * dx + (place.y - from.y) * dy + (place.z - from.z) * dz;
  const least = endS > startS ? (leastS - startS) / (endS - startS) : 0;
  const share = Math.max(0, least, Math.min(1, square > 0 ? along / square : 1));
  const asideMm = Math.hypot(place.x - from.x - dx * share, place.y - from.y - dy * share);
  const heightMm = Math.abs(place.z - from.z - dz * share);
  if (!(asideMm <= ASIDE_MM_MAX && heightMm <= HEIGHT_MM_MAX)) return undefined;
  return { atS: startS + (endS - startS) * share, offMm: asideMm + heightMm };
}

function speedOf(feedMmPerMin: number): number {
  return feedMmPerMin > 0 ? feedMmPerMin / 60 : DEFAULT_FEED_MM_PER_S;
}
