// What a machine's prints tell of its wear, without any added sensor: how fast its heaters heat and what holding costs
// them, how quiet their sensors are, how soon the board answers, how often lines had to be sent again. Each print gives
// one set of figures; a finding needs three prints in a row that differ from what is usual for this very machine, so
// that an open window or one bad hour raises no alarm.

import { z } from 'zod';
import type { EndstopHit, HeaterDuty, MachineEvent, PrintEnd, Temperatures } from '../devices/types.ts';

const figure = z.number().min(0).optional();

/** Absent where the print did not show it. */
export const PrintVitals = z.strictObject({
  /** Heating through a fixed band, degrees a second. */
  nozzleRate: figure,
  bedRate: figure,
  /** Duty that holds the target, in the firmware's measure for each 100 K over the room. */
  nozzleDuty: figure,
  bedDuty: figure,
  /** How much neighbouring readings differ at a steady target: root mean square, degrees. */
  nozzleNoise: figure,
  bedNoise: figure,
  /** Lines sent again, of each thousand. */
  resends: figure,
  /** Median time from a short line to its acknowledgement, milliseconds. */
  answerMs: figure,
  /** 1 where the firmware refused to extrude because the nozzle was too cold, else 0. */
  cold: figure,
  /** Where an axis met its end stop, and how much longer its way there was than it should be: millimetres. */
  xHit: z.number().optional(),
  xWay: z.number().optional(),
  yHit: z.number().optional(),
  yWay: z.number().optional(),
});
export type PrintVitals = z.infer<typeof PrintVitals>;

export const WEAR_CODES = [
  'nozzle-heater',
  'bed-heater',
  'nozzle-duty',
  'bed-duty',
  'nozzle-sensor',
  'bed-sensor',
  'cable',
  'board',
  'cold-nozzle',
  'x-steps',
  'y-steps',
] as const;
export type WearCode = (typeof WEAR_CODES)[number];

export type WearFinding = { readonly code: WearCode; readonly now: number; readonly usual: number };

/** Prints that are remembered; what was usual longer ago says little. */
export const VITALS_MAX = 40;
/** Bands that every print passes, whatever its material: below them all start, above them all end. */
const BANDS = { nozzle: [100, 170], bed: [32, 45] } as const;
/** Readings this long after the target was reached are steady. */
const STEADY_MS = 90_000;
const NEAR_K = 3;
const SAMPLES_MIN = 30;
/** A nozzle's duty is read in the first minutes at the target: the first layer, while the part fan usually rests. */
const DUTY_FROM_MS = 60_000;
const DUTY_UNTIL_MS = { nozzle: 240_000, bed: 3_600_000 } as const;
/** What a room can be, and what is taken for it where the machine was still warm at the start. */
const ROOM_C_MIN = 5;
const ROOM_C_MAX = 35;
const ROOM_C_USUAL = 22;
const COLD = /cold extrusion|extrude below minimum|too cold/i;
const LINES_MIN = 300;

type HeaterName = keyof typeof BANDS;

class HeaterFigures {
  rate: number | undefined;
  private readonly band: readonly [number, number];
  private readonly dutyUntilMs: number;
  private below = false;
  private enteredMs: number | undefined;
  private enteredC = 0;
  private lastC: number | undefined;
  private targetC = 0;
  private reachedMs: number | undefined;
  private squares = 0;
  private samples = 0;
  private dutyTargetC = 0;
  private duties = 0;
  private dutySamples = 0;

  constructor(heater: HeaterName) {
    this.band = BANDS[heater];
    this.dutyUntilMs = DUTY_UNTIL_MS[heater];
  }

  get noise(): number | undefined {
    return this.samples < SAMPLES_MIN ? undefined : Math.sqrt(this.squares / this.samples);
  }

  /** `roomC` is what the air around it is taken to be. */
  duty(roomC: number): number | undefined {
    if (this.dutySamples < SAMPLES_MIN || this.dutyTargetC < roomC + 10) return undefined;
    return (100 * this.duties) / this.dutySamples / (this.dutyTargetC - roomC);
  }

  see(
    celsius: number | undefined,
    targetC: number | undefined,
    duty: number | undefined,
    atMs: number,
  ): void {
    if (celsius === undefined || targetC === undefined) return;
    if (targetC !== this.targetC) {
      this.targetC = targetC;
      this.reachedMs = undefined;
    }
    this.heat(celsius, targetC, atMs);
    if (Math.abs(celsius - targetC) < NEAR_K) this.reachedMs ??= atMs;
    this.hold(celsius, targetC, duty, atMs);
    const steady = targetC > 0 && this.reachedMs !== undefined && atMs - this.reachedMs >= STEADY_MS;
    if (steady && this.lastC !== undefined) {
      this.squares += (celsius - this.lastC) ** 2;
      this.samples++;
    }
    this.lastC = celsius;
  }

  private hold(celsius: number, targetC: number, duty: number | undefined, atMs: number): void {
    const heldMs = this.reachedMs === undefined ? 0 : atMs - this.reachedMs;
    if (duty === undefined || targetC === 0 || heldMs < DUTY_FROM_MS || heldMs > this.dutyUntilMs) return;
    if (Math.abs(celsius - targetC) >= NEAR_K) return;
    // Another target holds by another duty: the first one of the print counts.
    if (this.dutySamples > 0 && targetC !== this.dutyTargetC) return;
    this.dutyTargetC = targetC;
    this.duties += duty;
    this.dutySamples++;
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
  private looked = false;
  private roomC: number | undefined;

  /** `atMs` is machine time. */
  record(event: MachineEvent, atMs: number): void {
    if (event.type === 'temperatures') this.see(event.temperatures, event.duty, atMs);
  }

  finish({ outcome, progress, fault, signs }: Omit<PrintEnd, 'filamentUm'>): PrintVitals {
    const { linesAcknowledged, resends } = progress;
    const { roomC } = this;
    const wasCold = COLD.test(fault?.message ?? '');
    const extruded = outcome === 'finished' || linesAcknowledged >= LINES_MIN;
    const all = {
      nozzleRate: this.nozzle.rate,
      bedRate: this.bed.rate,
      nozzleDuty: this.nozzle.duty(roomC ?? ROOM_C_USUAL),
      // A few degrees of the room are much to a bed, and little to a nozzle.
      bedDuty: roomC === undefined ? undefined : this.bed.duty(roomC),
      nozzleNoise: this.nozzle.noise,
      bedNoise: this.bed.noise,
      resends: linesAcknowledged < LINES_MIN ? undefined : (1000 * resends) / linesAcknowledged,
      answerMs: signs?.answerMs,
      xHit: signs?.homingHits?.x?.hitMm,
      xWay: wayOf(signs?.homingHits?.x),
      yHit: signs?.homingHits?.y?.hitMm,
      yWay: wayOf(signs?.homingHits?.y),
      cold: wasCold ? 1 : extruded ? 0 : undefined,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  }

  private see(
    { nozzleC, nozzleTargetC, bedC, bedTargetC }: Temperatures,
    duty: HeaterDuty | undefined,
    atMs: number,
  ): void {
    this.lookRound(Math.min(nozzleC ?? Infinity, bedC ?? Infinity));
    this.nozzle.see(nozzleC, nozzleTargetC, duty?.nozzle, atMs);
    this.bed.see(bedC, bedTargetC, duty?.bed, atMs);
  }

  /** The coldest part of the machine is as warm as the room, unless it has just printed. */
  private lookRound(coldestC: number): void {
    if (this.looked || coldestC === Infinity) return;
    this.looked = true;
    if (coldestC >= ROOM_C_MIN && coldestC <= ROOM_C_MAX) this.roomC = coldestC;
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
/** Holding costs so much more: rooms, draughts and filaments make less of a difference. */
const DEARER = 1.2;
/** Answers take so much longer, and not just by a hair. */
const LATER = 2;
const LATER_MS_MIN = 3;
/** Half a millimetre shows in a part; where homing is rough, so much of its own spread. */
const STEPS_LOST_MM = 0.5;
const SPREADS = 6;
/** What spreads more than this from print to print is not how this board counts. */
const HOMING_SPREAD_MM_MAX = 1;
/** A loose contact comes and goes: three of so many prints. */
const COLD_PRINTS = 6;

type Rule = {
  readonly code: WearCode;
  /** Where there are several, each that can be judged has to agree. */
  readonly figures: readonly (keyof PrintVitals)[];
  readonly isWorn: (now: number, usual: number, spread: number) => boolean;
  /** A figure that is usually spread more widely than this is not judged. */
  readonly spreadMax?: number;
  /** Prints among the last of which RECENT must agree; all of RECENT where it is left out. */
  readonly among?: number;
  /** It is a fault on any machine: nothing need be known of what is usual. */
  readonly always?: boolean;
};
const slower = (now: number, usual: number) => now < usual * SLOWER;
const dearer = (now: number, usual: number) => usual > 0 && now > usual * DEARER;
const later = (now: number, usual: number) => now > usual * LATER && now > usual + LATER_MS_MIN;
const elsewhere = (now: number, usual: number, spread: number) =>
  Math.abs(now - usual) > STEPS_LOST_MM + SPREADS * spread;
const noisier = (now: number, usual: number) => now > NOISE_C_MIN && now > usual * NOISIER;
const RULES: readonly Rule[] = [
  { code: 'nozzle-heater', figures: ['nozzleRate'], isWorn: slower },
  { code: 'bed-heater', figures: ['bedRate'], isWorn: slower },
  { code: 'nozzle-duty', figures: ['nozzleDuty'], isWorn: dearer },
  { code: 'bed-duty', figures: ['bedDuty'], isWorn: dearer },
  { code: 'nozzle-sensor', figures: ['nozzleNoise'], isWorn: noisier },
  { code: 'bed-sensor', figures: ['bedNoise'], isWorn: noisier },
  { code: 'cable', figures: ['resends'], isWorn: (now) => now > RESENDS_MAX },
  { code: 'board', figures: ['answerMs'], isWorn: later },
  { code: 'cold-nozzle', figures: ['cold'], isWorn: (now) => now > 0, among: COLD_PRINTS, always: true },
  { code: 'x-steps', figures: ['xHit', 'xWay'], isWorn: elsewhere, spreadMax: HOMING_SPREAD_MM_MAX },
  { code: 'y-steps', figures: ['yHit', 'yWay'], isWorn: elsewhere, spreadMax: HOMING_SPREAD_MM_MAX },
];

/** What the machine's last prints say; oldest first. */
export function wearOf(history: readonly PrintVitals[]): WearFinding[] {
  return RULES.flatMap((rule) => {
    const judged = rule.figures.flatMap((figure) => judge(rule, figure, history) ?? []);
    const [first] = judged;
    if (first === undefined || judged.some(({ worn }) => worn.length < RECENT)) return [];
    const { worn, usual } = first;
    return [{ code: rule.code, now: rule.always === true ? worn.length : medianOf(worn), usual }];
  });
}

/** The values among the last that are worn; undefined where too little is known to say. */
function judge(
  { isWorn, spreadMax = Infinity, among = RECENT, always = false }: Rule,
  figure: keyof PrintVitals,
  history: readonly PrintVitals[],
): { readonly worn: readonly number[]; readonly usual: number } | undefined {
  const values = history.flatMap((vitals) => vitals[figure] ?? []);
  const earlier = values.slice(0, -among);
  if (!always && earlier.length < USUAL_MIN) return undefined;
  const usual = medianOf(earlier);
  const spread = medianOf(earlier.map((value) => Math.abs(value - usual)));
  if (spread > spreadMax) return undefined;
  // One bad print is no trend.
  return { worn: values.slice(-among).filter((value) => isWorn(value, usual, spread)), usual };
}

/** The way that the axis really went to its end stop, less the way that it should have gone. */
function wayOf(hit: EndstopHit | undefined): number | undefined {
  return hit === undefined ? undefined : Math.abs(hit.hitMm) - Math.abs(hit.fromMm);
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2;
}
