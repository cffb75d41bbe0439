// What a machine says of its temperatures: the newest readings, when the host has to ask for them, and what the watch over
// the heaters makes of them. It does nothing about a verdict: the driver does.

import type { HeatLimits } from './job-lines.ts';
import { POLL_TEMPERATURE_MS, STANDSTILL_MS } from './limits.ts';
import { parseTemperatures } from './replies.ts';
import { type ThermalVerdict, ThermalWatch } from './thermal-watch.ts';
import type { Temperatures } from './types.ts';

const UNKNOWN: Temperatures = {
  nozzleC: undefined,
  nozzleTargetC: undefined,
  bedC: undefined,
  bedTargetC: undefined,
};

export class HeatReports {
  latest: Temperatures = UNKNOWN;
  private readonly limits: HeatLimits;
  private readonly slackMs: () => number;
  private watch: ThermalWatch;
  /** By the host's clock: of the newest reading, or of the question for one. */
  private heardAtMs = 0;
  private lookedAtMs = 0;
  private asking = false;

  /** `slackMs`: how far a report may be from machine time when it is read. */
  constructor(limits: HeatLimits, slackMs: () => number) {
    this.limits = limits;
    this.slackMs = slackMs;
    this.watch = new ThermalWatch(limits, slackMs);
  }

  /** A new connection: nothing of before is held against the machine. */
  begin(nowMs: number): void {
    this.watch = new ThermalWatch(this.limits, this.slackMs);
    this.lookedAtMs = nowMs;
  }

  /** True where the line reports temperatures. */
  take(line: string, nowMs: number): boolean {
    const temperatures = parseTemperatures(line, this.latest);
    if (temperatures === undefined) return false;
    this.latest = temperatures;
    this.heardAtMs = nowMs;
    return true;
  }

  /** The watch's word on the newest readings. */
  judge(nowMs: number, machineMs: number): ThermalVerdict | undefined {
    // Reports that piled up while the host stood still all come with the time of now.
    if (nowMs - this.lookedAtMs > STANDSTILL_MS) this.watch.interrupted();
    return this.watch.observe(this.latest, machineMs);
  }

  /** The driver looks at the time, every WATCH_INTERVAL_MS. */
  look(nowMs: number): void {
    this.lookedAtMs = nowMs;
  }

  /** Asks where no report came for a while: of machines without automatic ones, or whose job switched them off. */
  async askWhereSilent(nowMs: number, ask: () => Promise<unknown>): Promise<void> {
    if (this.asking || nowMs - this.heardAtMs < POLL_TEMPERATURE_MS) return;
    this.asking = true;
    this.heardAtMs = nowMs;
    await ask();
    this.asking = false;
  }
}
