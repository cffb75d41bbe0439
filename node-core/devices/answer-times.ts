// How long a board takes to answer lines that wait for nothing. Only a line that went out alone, once, and was answered
// by its own `ok` is timed; whatever was repeated, asked after or reported busy says nothing of the board's speed.

/** The newest ones; a print has thousands. */
const SAMPLES = 256;
const SAMPLES_MIN = 20;
const NONE = -1;

export class AnswerTimes {
  private readonly samples = new Float64Array(SAMPLES);
  private count = 0;
  private timed = NONE;
  private sentMs = 0;

  /** A print begins. */
  clear(): void {
    this.count = 0;
    this.timed = NONE;
  }

  sent(number: number, nowMs: number): void {
    this.timed = number;
    this.sentMs = nowMs;
  }

  /** What is out will not be answered in its own time. */
  spoil(): void {
    this.timed = NONE;
  }

  /** Lines up to `number` are acknowledged by one answer. */
  answered(number: number, nowMs: number): void {
    if (this.timed === NONE || number < this.timed) return;
    if (number === this.timed) this.samples[this.count++ % SAMPLES] = nowMs - this.sentMs;
    this.timed = NONE;
  }

  /** Undefined until enough were timed. */
  get medianMs(): number | undefined {
    if (this.count < SAMPLES_MIN) return undefined;
    const sorted = this.samples.slice(0, Math.min(this.count, SAMPLES)).sort();
    return sorted[sorted.length >> 1];
  }
}
