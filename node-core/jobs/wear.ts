// What a machine's prints tell of its wear, without any added sensor: how fast its heaters heat, how quiet its sensors
// are, how often lines had to be sent again. Each print gives one set of figures; a finding needs three prints in a row
// that differ from what is usual for this very machine, so that an open window or one bad hour raises no alarm.

import { z } from 'zod';
import type { MachineEvent, PrintEnd, Temperatures } from '../devices/types.ts';

const figure = z.number().min(0).optional();

/** Absent where the print did not show it. */
export const PrintVitals = z.strictObject({
  /** Heating through a fixed band, degrees a second. */
  nozzleRate: figure,
  bedRate: figure,
  /** How much neighbouring readings differ at a steady target: root mean square, degrees. */
  nozzleNoise: figure,
  bedNoise: figure,
  /** Lines sent again, of each thousand. */
  resends: figure,
});
export type PrintVitals = z.infer<typeof PrintVitals>;

export const WEAR_CODES = ['nozzle-heater', 'bed-heater', 'nozzle-sensor', 'bed-sensor', 'cable'] as const;
export type WearCode = (typeof WEAR_CODES)[number];

export type WearFinding = { readonly code: WearCode; readonly now: number; readonly usual: number };

/** Prints that are remembered; what was usual longer ago says little. */
export const VITALS_MAX = 40;
/** Bands that every print passes, whatever its material: below them all start, above them all end. */
const BANDS = { nozzle: [100, 170], bed: [32, 45] } as const;
/** Readings this long after the target was reached are steady. */
const STEADY_MS = 90_000;
const SAMPLES_MIN = 30;
const LINES_MIN = 300;

type HeaterName = keyof typeof BANDS;

class HeaterFigures {
  rate: number | undefined;
  private readonly band: readonly [number, number];
  private below = false;
  private enteredMs: number | undefined;
  private enteredC = 0;
  private lastC: number | undefined;
  private targetC = 0;
  private reachedMs: number | undefined;
  private squares = 0;
  private samples = 0;

  constructor(heater: HeaterName) {
    this.band = BANDS[heater];
  }

  get noise(): number | undefined {
    return this.samples < SAMPLES_MIN ? undefined : Math.sqrt(this.squares / this.samples);
  }

  see(celsius: number | undefined, targetC: number | undefined, atMs: number): void {
    if (celsius === undefined || targetC === undefined) return;
    if (targetC !== this.targetC) {
      this.targetC = targetC;
      this.reachedMs = undefined;
    }
    this.heat(celsius, targetC, atMs);
    if (Math.abs(celsius - targetC) < 3) this.reachedMs ??= atMs;
    const steady = targetC > 0 && this.reachedMs !== undefined && atMs - this.reachedMs >= STEADY_MS;
    if (steady && this.lastC !== undefined) {
      this.squares += (celsius - this.lastC) ** 2;
      this.samples++;
    }
    this.lastC = celsius;
  }

  private heat(celsius: number, targetC: number, atMs: number): void {
    const [low, high] = this.band;
    // A target close above the band is approached slowly.
    if (this.rate !== undefined || targetC < high + 5) return;
    if (celsius < low) this.below = true;
    else if (this.below && this.enteredMs === undefined) {
      this.enteredMs = atMs;
      this.enteredC = celsius;
    } else if (this.enteredMs !== undefined && celsius >= high && atMs > this.enteredMs)
      this.rate = (1000 * (celsius - this.enteredC)) / (atMs - this.enteredMs);
  }
}

/** Gathers the figures of one print from what the machine tells. */
export class VitalsCollector {
  private readonly nozzle = new HeaterFigures('nozzle');
  private readonly bed = new HeaterFigures('bed');

  /** `atMs` is machine time. */
  record(event: MachineEvent, atMs: number): void {
    if (event.type === 'temperatures') this.see(event.temperatures, atMs);
  }

  finish({ progress }: Pick<PrintEnd, 'progress'>): PrintVitals {
    const { linesAcknowledged, resends } = progress;
    const all = {
      nozzleRate: this.nozzle.rate,
      bedRate: this.bed.rate,
      nozzleNoise: this.nozzle.noise,
      bedNoise: this.bed.noise,
      resends: linesAcknowledged < LINES_MIN ? undefined : (1000 * resends) / linesAcknowledged,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  }

  private see({ nozzleC, nozzleTargetC, bedC, bedTargetC }: Temperatures, atMs: number): void {
    this.nozzle.see(nozzleC, nozzleTargetC, atMs);
    this.bed.see(bedC, bedTargetC, atMs);
  }
}

/** Prints that must agree before anything is said. */
const RECENT = 3;
/** Prints before those, to know what is usual. */
const USUAL_MIN = 6;
/** A heater that lost this much of its speed. */
const SLOWER = 0.85;
/** Readings so much less quiet than usual, and not just by a hair. */
const NOISIER = 3;
const NOISE_C_MIN = 0.5;
/** One line in a hundred sent again. */
const RESENDS_MAX = 10;

type Rule = {
  readonly code: WearCode;
  readonly figure: keyof PrintVitals;
  readonly isWorn: (now: number, usual: number) => boolean;
};
const slower = (now: number, usual: number) => now < usual * SLOWER;
const noisier = (now: number, usual: number) => now > NOISE_C_MIN && now > usual * NOISIER;
const RULES: readonly Rule[] = [
  { code: 'nozzle-heater', figure: 'nozzleRate', isWorn: slower },
  { code: 'bed-heater', figure: 'bedRate', isWorn: slower },
  { code: 'nozzle-sensor', figure: 'nozzleNoise', isWorn: noisier },
  { code: 'bed-sensor', figure: 'bedNoise', isWorn: noisier },
  { code: 'cable', figure: 'resends', isWorn: (now) => now > RESENDS_MAX },
];

/** What the machine's last prints say; oldest first. */
export function wearOf(history: readonly PrintVitals[]): WearFinding[] {
  return RULES.flatMap(({ code, figure, isWorn }) => {
    const values = history.flatMap((vitals) => vitals[figure] ?? []);
    const recent = values.slice(-RECENT);
    const earlier = values.slice(0, -RECENT);
    if (recent.length < RECENT || earlier.length < USUAL_MIN) return [];
    const usual = medianOf(earlier);
    // All of them: one bad print among them is no trend.
    return recent.every((value) => isWorn(value, usual)) ? [{ code, now: medianOf(recent), usual }] : [];
  });
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2;
}
