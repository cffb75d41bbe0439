// How long a line may stay without its answer before the host asks, and how often it asks before the link is called
// dead. Only what the machine says while it works on a line puts the question off: answers, `busy`, the progress of a
// heat-up. Reports that come by themselves, notices and echoes go on beside a lost `ok` as well, so they only show
// that somebody is there.

import { PROBES_MAX, SILENCE_LONG_COMMAND_MS, SILENCE_MS, SILENCE_WITH_BUSY_MS } from './limits.ts';

/** Deadlines in a row that a machine may talk through without ever getting on. */
const TALK_MAX = 40;
/** Accelerations and a feed rate turned down make moves longer than their file says. */
const MOTION_STRETCH = 2;

/** What is known of the line that is out; `mute`: long, and without `busy` where every other command has it. */
export type Work = 'short' | 'long' | 'mute';

export class Patience {
  private sinceMs: number;
  /** Until when a move may be under way that keeps the next one waiting. */
  private motionUntilMs = 0;
  private busySeen = false;
  /** Deadlines passed since the machine got on, those of them without a word, and the questions asked. */
  private deadlines = 0;
  private mute = 0;
  private asked = 0;

  constructor(nowMs: number) {
    this.sinceMs = nowMs;
  }

  /** A line went out. */
  sent(nowMs: number): void {
    this.sinceMs = nowMs;
  }

  /** The machine gets on with what it was given. */
  progress(nowMs: number): void {
    this.sinceMs = nowMs;
    this.deadlines = 0;
    this.mute = 0;
    this.asked = 0;
  }

  busy(nowMs: number): void {
    this.busySeen = true;
    this.progress(nowMs);
  }

  /** It said something that may come whether or not it works. */
  spoke(): void {
    this.mute = 0;
  }

  /** A move was acknowledged that lasts so long: what comes behind it may have to wait for it. */
  expectMotion(durationMs: number, nowMs: number): void {
    this.motionUntilMs = Math.max(this.motionUntilMs, nowMs + MOTION_STRETCH * durationMs);
  }

  /** True where a question may be asked now; counts it. */
  ask(): boolean {
    return this.asked++ < PROBES_MAX;
  }

  /** What to do about a line that is out. */
  judge(nowMs: number, work: Work): 'wait' | 'ask' | 'give-up' {
    const limitMs =
      this.busySeen && work !== 'mute'
        ? SILENCE_WITH_BUSY_MS
        : work === 'short'
          ? SILENCE_MS
          : SILENCE_LONG_COMMAND_MS;
    if (nowMs - Math.max(this.sinceMs, this.motionUntilMs) < limitMs) return 'wait';
    this.sinceMs = nowMs;
    if (this.mute >= PROBES_MAX || this.deadlines >= TALK_MAX) return 'give-up';
    this.mute++;
    this.deadlines++;
    return 'ask';
  }
}
