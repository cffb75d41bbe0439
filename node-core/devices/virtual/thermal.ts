// Heaters as bodies with one temperature: power in, loss to the room out, a controller in between, and the firmware's
// own watch over all of it (Marlin temperature.cpp: MINTEMP, MAXTEMP, heating failed, thermal runaway).

export type HeaterModel = {
  /** 0 is the nozzle, -1 the bed, as Marlin's Heater_ID counts. */
  readonly id: number;
  readonly powerW: number;
  readonly heatCapacityJPerK: number;
  readonly lossWPerK: number;
  readonly maxC: number;
  /** Highest target that a command can set; Marlin clamps to it without a word. */
  readonly targetCMax: number;
};

/** A 40 W hot end: 3 K/s cold, 215 °C at about 60 % duty. */
export const NOZZLE_HEATER: HeaterModel = {
  id: 0,
  powerW: 40,
  heatCapacityJPerK: 13,
  lossWPerK: 0.125,
  maxC: 290,
  targetCMax: 275,
};
/** A 220 W bed: 60 °C in about two and a half minutes. */
export const BED_HEATER: HeaterModel = {
  id: -1,
  powerW: 220,
  heatCapacityJPerK: 650,
  lossWPerK: 1.6,
  maxC: 135,
  targetCMax: 120,
};

export const STEP_MS = 250;
const MIN_C = 5;
/** Watch of a heat-up: so many degrees within so much time (WATCH_TEMP_INCREASE, WATCH_TEMP_PERIOD). */
const WATCH_INCREASE_K = 2;
const WATCH_PERIOD_MS = { nozzle: 20_000, bed: 60_000 };
/** Runaway: so far below the target for so long (THERMAL_PROTECTION_HYSTERESIS, _PERIOD). */
const RUNAWAY_HYSTERESIS_K = 4;
const RUNAWAY_PERIOD_MS = 40_000;
const GAIN_PER_K = 0.08;

export type HeaterTrouble =
  | 'none'
  | 'no-power'
  /** A third of the power: a bad contact, a sagging supply. */
  | 'weak'
  /** Less power than it was built with, which its controller makes up for. */
  | 'worn'
  | 'stuck-on'
  | 'sensor-open'
  /** Slipped out of its hole: it reads ever nearer to the room. */
  | 'sensor-loose'
  /** A loose contact: every few seconds it reads far off. */
  | 'sensor-jumps';

const POWER_SHARE: Partial<Record<HeaterTrouble, number>> = { weak: 0.3, worn: 0.7 };
const LOOSE_SENSOR_TAU_S = 30;
/** A loose contact: so far off in one look of so many. */
const JUMP_K = 60;
const JUMP_EVERY_STEPS = 24;
const JUMP_STEPS = 6;

export class Heater {
  readonly model: HeaterModel;
  celsius: number;
  targetC = 0;
  trouble: HeaterTrouble = 'none';
  /** 0 … 1 in the last step. */
  duty = 0;
  /** Of the room around it. */
  ambientC: number;
  /** What a fan or an open door takes away besides. */
  extraLossWPerK = 0;
  /** A firmware built without its watch over the heaters: it heats on, whatever it reads. */
  protection = true;
  private looseC: number | undefined;
  private steps = 0;
  private watchUntilMs = 0;
  private watchC = 0;
  private reached = false;
  private belowSinceMs = -1;

  constructor(model: HeaterModel, ambientC: number) {
    this.model = model;
    this.ambientC = ambientC;
    this.celsius = ambientC;
  }

  setTarget(celsius: number, nowMs: number): void {
    this.targetC = Math.max(0, Math.min(celsius, this.model.targetCMax));
    this.reached = false;
    this.belowSinceMs = -1;
    this.startWatch(nowMs);
  }

  get settled(): boolean {
    return this.targetC === 0 && this.trouble === 'none' && Math.abs(this.celsius - this.ambientC) < 0.05;
  }

  /** What the sensor says: a broken one reads far below freezing. */
  get readingC(): number {
    switch (this.trouble) {
      case 'sensor-open':
        return -14;
      case 'sensor-loose':
        return this.looseC ?? this.celsius;
      case 'sensor-jumps':
        return this.celsius + (this.steps % JUMP_EVERY_STEPS < JUMP_STEPS ? JUMP_K : 0);
      default:
        return this.celsius;
    }
  }

  /** One step of STEP_MS; the firmware's reason to kill, where it has one. */
  step(nowMs: number): string | undefined {
    const { model } = this;
    const wanted = this.targetC === 0 ? 0 : this.controlled();
    this.duty = this.trouble === 'stuck-on' ? 1 : this.trouble === 'no-power' ? 0 : wanted;
    const powerW = this.duty * model.powerW * (POWER_SHARE[this.trouble] ?? 1);
    const lossWPerK = model.lossWPerK + this.extraLossWPerK;
    const restC = this.ambientC + powerW / lossWPerK;
    const decay = Math.exp((-STEP_MS / 1000) * (lossWPerK / model.heatCapacityJPerK));
    this.celsius = restC + (this.celsius - restC) * decay;
    this.steps++;
    if (this.trouble === 'sensor-loose') this.slip();
    return this.protection ? this.supervise(nowMs) : undefined;
  }

  private slip(): void {
    const from = this.looseC ?? this.celsius;
    this.looseC = this.ambientC + (from - this.ambientC) * Math.exp(-STEP_MS / 1000 / LOOSE_SENSOR_TAU_S);
  }

  private controlled(): number {
    const hold = ((this.targetC - this.ambientC) * this.model.lossWPerK) / this.model.powerW;
    const settled = this.trouble === 'worn' ? hold / (POWER_SHARE.worn ?? 1) : hold;
    return Math.max(0, Math.min(1, settled + GAIN_PER_K * (this.targetC - this.readingC)));
  }

  private supervise(nowMs: number): string | undefined {
    const reading = this.readingC;
    const { id } = this.model;
    if (reading > this.model.maxC) return `MAXTEMP triggered, system stopped! Heater_ID: ${heaterName(id)}`;
    if (reading < MIN_C) return `MINTEMP triggered, system stopped! Heater_ID: ${heaterName(id)}`;
    if (this.targetC === 0) return undefined;
    if (reading >= this.targetC - 1) this.reached = true;
    if (!this.reached) {
      if (reading >= this.watchC) this.startWatch(nowMs);
      else if (nowMs > this.watchUntilMs)
        return `Heating failed, system stopped! Heater_ID: ${heaterName(id)}`;
      return undefined;
    }
    if (reading >= this.targetC - RUNAWAY_HYSTERESIS_K) this.belowSinceMs = -1;
    else if (this.belowSinceMs < 0) this.belowSinceMs = nowMs;
    else if (nowMs - this.belowSinceMs > RUNAWAY_PERIOD_MS) {
      return `Thermal Runaway, system stopped! Heater_ID: ${heaterName(id)}`;
    }
    return undefined;
  }

  private startWatch(nowMs: number): void {
    const { nozzle, bed } = WATCH_PERIOD_MS;
    this.watchC = Math.min(this.readingC + WATCH_INCREASE_K, this.targetC - 1);
    this.watchUntilMs = nowMs + (this.model.id < 0 ? bed : nozzle);
  }
}

function heaterName(id: number): string {
  return id < 0 ? 'bed' : `E${id}`;
}
