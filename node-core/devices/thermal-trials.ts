// Trials of the watch over the heaters: seeded printers of many builds, printing normally or going wrong, reported as
// badly as real ones report. Test support: says how often the watch was right, and how long it took.

import { DEFAULT_HEAT_LIMITS } from './job-lines.ts';
import { type HeaterName, ThermalWatch } from './thermal-watch.ts';
import type { Temperatures } from './types.ts';
import {
  BED_HEATER,
  createSeeded,
  Heater,
  type HeaterModel,
  type HeaterTrouble,
  NOZZLE_HEATER,
  STEP_MS,
} from './virtual/index.ts';

export type TrialFault = {
  readonly heater: HeaterName;
  readonly trouble: Exclude<HeaterTrouble, 'none'>;
  readonly during: 'heating up' | 'printing' | 'off again';
};

export type TrialResult = {
  readonly code: string | undefined;
  readonly heater: HeaterName | undefined;
  /** Before the fault began: a false alarm. */
  readonly isFalse: boolean;
  /** From the beginning of the fault. */
  readonly afterS: number;
  /** Hottest that the faulty heater really was until then. */
  readonly peakC: number;
};

const STEPS_PER_S = 1000 / STEP_MS;
const PRINT_S = 2_400;
const COOL_S = 600;

type Rig = {
  readonly random: () => number;
  readonly nozzle: Heater;
  readonly bed: Heater;
  readonly nozzleC: number;
  readonly bedC: number;
  readonly noiseK: number;
  readonly decimals: number;
  readonly reportSteps: number;
  readonly lost: number;
  readonly garbled: number;
  readonly drafty: boolean;
};

/** One printer, one print of forty minutes and its end. Firmware without any watch of its own. */
export function runTrial(seed: number, fault?: TrialFault): TrialResult {
  const rig = createRig(seed);
  const watch = new ThermalWatch(DEFAULT_HEAT_LIMITS);
  const faultS = fault === undefined ? Number.POSITIVE_INFINITY : beginOf(fault, rig);
  const broken = fault === undefined ? undefined : rig[fault.heater];
  let peakC = 0;
  for (let step = 0; step < (PRINT_S + COOL_S) * STEPS_PER_S; step++) {
    const atS = step / STEPS_PER_S;
    follow(rig, atS);
    if (fault !== undefined && broken !== undefined && atS >= faultS) {
      broken.trouble = fault.trouble;
      peakC = Math.max(peakC, broken.celsius);
    }
    rig.nozzle.step(atS * 1000);
    rig.bed.step(atS * 1000);
    if (step % rig.reportSteps !== 0 || rig.random() < rig.lost) continue;
    const verdict = watch.observe(report(rig), atS * 1000);
    if (verdict === undefined) continue;
    const { heater, fault: said } = verdict;
    return { code: said.code, heater, isFalse: atS < faultS, afterS: atS - faultS, peakC };
  }
  return { code: undefined, heater: undefined, isFalse: false, afterS: Number.POSITIVE_INFINITY, peakC };
}

function createRig(seed: number): Rig {
  const random = createSeeded(seed);
  const between = (low: number, high: number) => low + (high - low) * random();
  const vary = (model: HeaterModel): HeaterModel => ({
    ...model,
    powerW: model.powerW * between(0.7, 1.8),
    heatCapacityJPerK: model.heatCapacityJPerK * between(0.6, 1.8),
    lossWPerK: model.lossWPerK * between(0.7, 1.3),
  });
  const ambientC = between(6, 34);
  const [nozzle, bed] = [new Heater(vary(NOZZLE_HEATER), ambientC), new Heater(vary(BED_HEATER), ambientC)];
  for (const heater of [nozzle, bed]) heater.protection = false;
  const reach = ({ model }: Heater) => ambientC + (0.85 * model.powerW) / model.lossWPerK;
  return {
    random,
    nozzle,
    bed,
    nozzleC: Math.min(between(185, 265), reach(nozzle)),
    bedC: Math.min(between(55, 110), reach(bed)),
    noiseK: between(0, 0.7),
    decimals: random() < 0.2 ? 0 : 2,
    reportSteps: STEPS_PER_S * (1 + Math.floor(random() * 3)),
    lost: between(0, 0.05),
    garbled: random() < 0.3 ? 0.002 : 0,
    drafty: random() < 0.3,
  };
}

function beginOf({ during }: TrialFault, rig: Rig): number {
  if (during === 'heating up') return 8 + rig.random() * 10;
  return during === 'printing' ? 1_000 + rig.random() * 1_000 : PRINT_S + 100 + rig.random() * 100;
}

/** What a normal print does to the heaters: heat-up, fan, changes of target, a pause with a cold nozzle, a draught. */
function follow(rig: Rig, atS: number): void {
  const { nozzle, bed, nozzleC, bedC, drafty } = rig;
  const fan = atS > 700 && atS < PRINT_S && Math.floor(atS / 45) % 3 !== 0;
  nozzle.extraLossWPerK = fan ? 0.03 : 0;
  bed.extraLossWPerK = drafty && atS > 900 && atS < 1_100 ? 0.3 : 0;
  nozzle.ambientC = bed.ambientC + (bed.celsius - bed.ambientC) * 0.2;
  if (atS >= PRINT_S) {
    aim(nozzle, 0, atS);
    aim(bed, 0, atS);
  } else {
    aim(bed, atS > 1_400 ? bedC - 5 : bedC, atS);
    aim(nozzle, atS > 1_600 && atS < 1_750 ? 150 : atS > 800 ? nozzleC - 5 : nozzleC, atS);
  }
}

function aim(heater: Heater, celsius: number, atS: number): void {
  if (Math.abs(heater.targetC - Math.min(celsius, heater.model.targetCMax)) > 1e-9)
    heater.setTarget(celsius, atS * 1000);
}

function report(rig: Rig): Temperatures {
  const { random, nozzle, bed } = rig;
  const read = (heater: Heater): number => {
    const text = (heater.readingC + (random() + random() + random() - 1.5) * rig.noiseK).toFixed(
      rig.decimals,
    );
    // A digit that the line swallowed.
    return Number(random() < rig.garbled ? text.slice(1) : text);
  };
  return { nozzleC: read(nozzle), nozzleTargetC: nozzle.targetC, bedC: read(bed), bedTargetC: bed.targetC };
}
