// The host's own watch over the heaters, whatever the firmware believes: heating too slowly, losing heat, running away,
// above the owner's limit, a sensor that cannot be right. It judges reports alone, so it sees no sensor that sticks at
// the right reading. Slower than a sane firmware's own watch, so that an alarm here means that the firmware did nothing.

import type { Fault } from '../base/index.ts';
import { deviceFault } from './faults.ts';
import type { HeatLimits } from './job-lines.ts';
import type { Temperatures } from './types.ts';

export type HeaterName = 'nozzle' | 'bed';

export type ThermalVerdict = {
  readonly heater: HeaterName;
  readonly fault: Fault;
  /** It may burn: stop at once, by the emergency stop where the machine hears it. */
  readonly isRunaway: boolean;
};

type Rules = {
  readonly name: HeaterName;
  /** On the way up it gains at least so much within so long. */
  readonly riseK: number;
  readonly riseMs: number;
  /** Once reached, it is not so far below for so long; a part fan or an open door may do less. */
  readonly droopK: number;
  readonly droopMs: number;
  readonly deepK: number;
  readonly deepMs: number;
  /** Nor so far above for so long without falling: more than a badly tuned controller overshoots. */
  readonly overK: number;
  readonly overMs: number;
  /** Faster than any heater or fan: what moves so is no temperature. */
  readonly rateKPerS: number;
  readonly jumpK: number;
  /** Above the owner's limit by more than an overshoot. */
  readonly tooHotK: number;
  readonly sensorCMax: number;
};

const RULES: Readonly<Record<HeaterName, Rules>> = {
  nozzle: {
    name: 'nozzle',
    riseK: 2,
    riseMs: 30_000,
    droopK: 8,
    droopMs: 60_000,
    deepK: 20,
    deepMs: 20_000,
    overK: 15,
    overMs: 20_000,
    rateKPerS: 15,
    jumpK: 20,
    tooHotK: 15,
    sensorCMax: 550,
  },
  bed: {
    name: 'bed',
    riseK: 1,
    riseMs: 120_000,
    droopK: 6,
    droopMs: 120_000,
    deepK: 15,
    deepMs: 40_000,
    overK: 10,
    overMs: 40_000,
    rateKPerS: 4,
    jumpK: 12,
    tooHotK: 10,
    sensorCMax: 250,
  },
};

/** A broken wire reads about -15 °C; a cold shed does not. */
const SENSOR_C_MIN = -10;
/** So near counts as reached. */
const BAND_K = 3;
/** Heat that a switched-off heater still gains from its block and from its neighbour. */
const AFTERGLOW_K = 15;
const NEIGHBOUR_K = 10;
/** Leaps within this time that make a loose contact; a garbled report is one. */
const LEAPS_MAX = 4;
const LEAPS_WITHIN_MS = 60_000;
/** Firmware reports each second at most; reports in such haste come from a simulation in fast motion. */
const HASTE_MS = 250;
/** However sparse the reports, no verdict rests on fewer. */
const SAMPLES_MIN = 3;

export class ThermalWatch {
  private readonly nozzle: HeaterWatch;
  private readonly bed: HeaterWatch;

  /** `slackMs`: how far a report's own time may be from the time it is given here; 0 but for machines in fast motion. */
  constructor(limits: HeatLimits, slackMs: () => number = () => 0) {
    this.nozzle = new HeaterWatch(RULES.nozzle, limits.nozzleCMax, slackMs);
    this.bed = new HeaterWatch(RULES.bed, limits.bedCMax, slackMs);
  }

  /** Takes in one report; `atMs` never runs back. */
  observe(temperatures: Temperatures, atMs: number): ThermalVerdict | undefined {
    const { nozzleC, nozzleTargetC, bedC, bedTargetC } = temperatures;
    return (
      this.nozzle.observe(nozzleC, nozzleTargetC, atMs, bedC) ??
      this.bed.observe(bedC, bedTargetC, atMs, nozzleC)
    );
  }

  /** The host itself stood still (a suspended laptop, a stopped process): reports come late and in one go. */
  interrupted(): void {
    this.nozzle.forget();
    this.bed.forget();
  }
}

/** `seen`: so many readings in a row agree. */
type Reading = { readonly celsius: number; readonly atMs: number; readonly seen: number };

type Phase = 'unknown' | 'off' | 'heating' | 'holding' | 'cooling';

/** Something that must hold on for a time, and over several reports, to count. */
class Evidence {
  sinceMs = 0;
  fromC = 0;
  private samples = 0;

  /** True once `present` for `forMs`. */
  note(present: boolean, atMs: number, celsius: number, forMs: number): boolean {
    if (!present) {
      this.samples = 0;
      return false;
    }
    if (this.samples++ === 0) {
      this.sinceMs = atMs;
      this.fromC = celsius;
    }
    return this.samples >= SAMPLES_MIN && atMs - this.sinceMs >= forMs;
  }
}

class HeaterWatch {
  private readonly rules: Rules;
  private readonly limitC: number;
  private readonly slackMs: () => number;
  private phase: Phase = 'unknown';
  private targetC = 0;
  private last: Reading | undefined;
  /** Where the readings went that `last` cannot explain. */
  private leap: Reading | undefined;
  private leapsMs: number[] = [];
  private absurd = 0;
  private tooHot = 0;
  /** On the way up: where the present period of the rise began. Else: the lowest reading of the phase. */
  private fromC = 0;
  private fromMs = 0;
  private risingSamples = 0;
  private reachedSamples = 0;
  private readonly droop = new Evidence();
  private readonly deep = new Evidence();
  private readonly over = new Evidence();

  constructor(rules: Rules, limitC: number, slackMs: () => number) {
    this.rules = rules;
    this.limitC = limitC;
    this.slackMs = slackMs;
  }

  forget(): void {
    this.last = undefined;
    this.leap = undefined;
    this.leapsMs = [];
    this.phase = 'unknown';
  }

  observe(
    celsius: number | undefined,
    targetC: number | undefined,
    atMs: number,
    neighbourC: number | undefined,
  ): ThermalVerdict | undefined {
    if (celsius === undefined) return undefined;
    const verdict = this.judgeSensor(celsius, atMs);
    if (verdict !== undefined || this.leap !== undefined || this.absurd > 0) return verdict;
    this.last = { celsius, atMs, seen: (this.last?.seen ?? 0) + 1 };
    const { limitC, rules } = this;
    this.tooHot = celsius > limitC + rules.tooHotK ? this.tooHot + 1 : 0;
    if (this.tooHot >= 2)
      return this.say('device.thermal.too-hot', { celsius: round(celsius), limitC }, true);
    if (targetC === undefined) return undefined;
    if (this.phase === 'unknown' || Math.abs(targetC - this.targetC) > 0.5)
      this.begin(celsius, targetC, atMs);
    return this.judgeHeat(celsius, atMs, neighbourC);
  }

  // The sensor

  private judgeSensor(celsius: number, atMs: number): ThermalVerdict | undefined {
    const { rules, last } = this;
    // Written so that NaN is absurd. Once may be a garbled report.
    if (!(celsius > SENSOR_C_MIN && celsius < rules.sensorCMax)) {
      if (++this.absurd < 2) return undefined;
      return this.distrust(`it reads ${round(celsius)} °C`);
    }
    this.absurd = 0;
    if (last === undefined || this.isReachable(last, celsius, atMs)) {
      this.leap = undefined;
      return undefined;
    }
    // A first reading may itself have been the garbled one.
    if (last.seen === 1 || atMs - last.atMs < HASTE_MS) {
      this.last = undefined;
      this.leap = undefined;
      return undefined;
    }
    this.leapsMs = [...this.leapsMs.filter((ms) => atMs - ms < LEAPS_WITHIN_MS), atMs];
    const { leap } = this;
    const seen = leap !== undefined && this.isReachable(leap, celsius, atMs) ? leap.seen + 1 : 1;
    this.leap = { celsius, atMs, seen };
    if (seen >= SAMPLES_MIN) {
      return this.distrust(`it leapt from ${round(last.celsius)} °C to ${round(celsius)} °C`);
    }
    if (this.leapsMs.length < LEAPS_MAX) return undefined;
    return this.distrust(`it leapt ${LEAPS_MAX} times within a minute`);
  }

  private isReachable(from: Reading, celsius: number, atMs: number): boolean {
    const { rateKPerS, jumpK } = this.rules;
    const seconds = (atMs - from.atMs + 2 * this.slackMs()) / 1000;
    return Math.abs(celsius - from.celsius) <= Math.max(jumpK, rateKPerS * seconds);
  }

  private distrust(reason: string): ThermalVerdict {
    return this.say('device.thermal.sensor', { reason }, false);
  }

  // The heat

  private begin(celsius: number, targetC: number, atMs: number): void {
    this.targetC = targetC;
    this.enter(
      targetC <= 0
        ? 'off'
        : celsius < targetC - BAND_K
          ? 'heating'
          : celsius > targetC + BAND_K
            ? 'cooling'
            : 'holding',
      celsius,
      atMs,
    );
  }

  private enter(phase: Phase, celsius: number, atMs: number): void {
    this.phase = phase;
    this.fromC = celsius;
    this.fromMs = atMs;
    this.risingSamples = 0;
    this.reachedSamples = 0;
    for (const evidence of [this.droop, this.deep, this.over]) evidence.note(false, atMs, celsius, 0);
  }

  private judgeHeat(
    celsius: number,
    atMs: number,
    neighbourC: number | undefined,
  ): ThermalVerdict | undefined {
    switch (this.phase) {
      case 'heating':
        return this.judgeRise(celsius, atMs);
      case 'holding':
        return this.judgeHold(celsius, atMs);
      case 'cooling':
        if (celsius <= this.targetC + BAND_K) this.enter('holding', celsius, atMs);
        return this.judgeIdle(celsius, atMs, this.targetC);
      case 'off':
        // A nozzle over a hot bed warms by itself.
        return this.judgeIdle(celsius, atMs, (neighbourC ?? 0) + NEIGHBOUR_K);
      case 'unknown':
        return undefined;
    }
  }

  private judgeRise(celsius: number, atMs: number): ThermalVerdict | undefined {
    const { rules, targetC } = this;
    if (celsius >= targetC - BAND_K) {
      // One such reading may be garbled.
      if (++this.reachedSamples > 1) this.enter('holding', celsius, atMs);
      return undefined;
    }
    this.reachedSamples = 0;
    if (celsius >= this.fromC + rules.riseK) {
      this.enter('heating', celsius, atMs);
      return undefined;
    }
    // Nearly there, beside a fan, a lazy controller takes its time.
    if (celsius >= targetC - rules.droopK) return undefined;
    const passedMs = atMs - this.fromMs;
    if (++this.risingSamples < SAMPLES_MIN || passedMs < this.patience(rules.riseMs)) return undefined;
    const seconds = Math.round(passedMs / 1000);
    return this.say(
      'device.thermal.slow',
      { fromC: round(this.fromC), celsius: round(celsius), seconds, targetC: round(targetC) },
      false,
    );
  }

  private judgeHold(celsius: number, atMs: number): ThermalVerdict | undefined {
    const { rules, targetC, droop, deep, over } = this;
    const far = celsius - targetC;
    const drooped = droop.note(far < -rules.droopK, atMs, celsius, this.patience(rules.droopMs));
    const sank = deep.note(far < -rules.deepK, atMs, celsius, this.patience(rules.deepMs));
    if (drooped || sank) {
      const seconds = Math.round((atMs - droop.sinceMs) / 1000);
      return this.say(
        'device.thermal.drift',
        { celsius: round(celsius), targetC: round(targetC), seconds },
        false,
      );
    }
    const above = over.note(far > rules.overK, atMs, celsius, this.patience(rules.overMs));
    return above && celsius >= over.fromC - 1 ? this.runaway(celsius) : undefined;
  }

  /** Switched off, or on the way down: it may not heat. */
  private judgeIdle(celsius: number, atMs: number, harmlessC: number): ThermalVerdict | undefined {
    const { rules, over } = this;
    this.fromC = Math.min(this.fromC, celsius);
    const warms = celsius > this.fromC + AFTERGLOW_K && celsius > harmlessC;
    const above = over.note(warms, atMs, celsius, this.patience(rules.overMs));
    return above && celsius >= over.fromC - 1 ? this.runaway(celsius) : undefined;
  }

  private runaway(celsius: number): ThermalVerdict {
    return this.say(
      'device.thermal.runaway',
      { celsius: round(celsius), targetC: round(this.targetC) },
      true,
    );
  }

  private patience(ms: number): number {
    return ms + 2 * this.slackMs();
  }

  /** Says it once: the evidence begins anew, so that what goes on is said again and can be acted on harder. */
  private say(
    code: Parameters<typeof deviceFault>[0],
    data: Readonly<Record<string, string | number>>,
    isRunaway: boolean,
  ): ThermalVerdict {
    const { name } = this.rules;
    this.forget();
    this.absurd = 0;
    this.tooHot = 0;
    return { heater: name, fault: deviceFault(code, { heater: name, ...data }), isRunaway };
  }
}

function round(celsius: number): number {
  return Math.round(celsius);
}
