// Machine time of a virtual printer: `scale` machine seconds a real second, through the Clock port. Time moves only as
// the work demands, so that a host slower than the scaled machine does not make the print look longer than it is.

import type { Clock } from '../../base/index.ts';

/** Waits shorter than this are jumped over and paid for in the next one; timers are no finer anyway. */
const SLACK_MS = 10;
/** Real time without work that is remembered, so that a pause of the host is not raced through afterwards. */
const CREDIT_MS_MAX = 50;
/** Up to this scale the machine moves on by itself while the host thinks, as a real one does. */
const LIVE_SCALE_MAX = 10;

export class MachineTime {
  nowMs = 0;
  scale: number;
  private readonly clock: Clock;
  private anchorRealMs: number;
  private anchorMs = 0;

  constructor(clock: Clock, scale: number) {
    this.clock = clock;
    this.scale = scale;
    this.anchorRealMs = clock.monotonicMs();
  }

  setScale(scale: number): void {
    this.anchor(this.nowMs);
    this.scale = scale;
  }

  /** Real milliseconds to wait before machine time may be `ms`; 0 where it may be so now. */
  waitMs(ms: number): number {
    const dueMs = this.anchorRealMs + (ms - this.anchorMs) / this.scale;
    const wait = dueMs - this.clock.monotonicMs();
    return wait > SLACK_MS ? wait : 0;
  }

  /** What the machine time would be if it had run all along. */
  get possibleMs(): number {
    return this.anchorMs + (this.clock.monotonicMs() - this.anchorRealMs) * this.scale;
  }

  get live(): boolean {
    return this.scale <= LIVE_SCALE_MAX;
  }

  /** Forgets real time that passed without work. */
  capCredit(): void {
    const credit = this.possibleMs - this.nowMs;
    if (credit > CREDIT_MS_MAX * this.scale) this.anchor(this.nowMs + CREDIT_MS_MAX * this.scale);
  }

  private anchor(ms: number): void {
    this.anchorRealMs = this.clock.monotonicMs();
    this.anchorMs = ms;
  }
}
