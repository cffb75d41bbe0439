// One camera while somebody wants to see it: the newest picture, how often they come, and the way back after a failure.
// Nobody looking, nothing is fetched. Nothing is kept but one picture.

import type { Clock, Fault } from '../../base/index.ts';
import type { Picture } from '../../camera/index.ts';
import type { CameraEnd } from '../adapters/http-camera.ts';

/** Speaks with the camera once: pictures go to the function, until the signal or the end. */
export type CameraTalk = (onPicture: (picture: Picture) => void, signal: AbortSignal) => Promise<CameraEnd>;

export type Shown = { readonly seq: number; readonly picture: Picture; readonly atMs: number };

/** After the last question for a picture. */
const LINGER_MS = 12_000;
/** From one single picture to the next. */
const SINGLE_INTERVAL_MS = 500;
const BACKOFF_MS_MIN = 1_000;
const BACKOFF_MS_MAX = 30_000;
const RATE_WINDOW_MS = 5_000;

export class CameraFeed {
  fault: Fault | undefined;
  private readonly talk: CameraTalk;
  private readonly clock: Clock;
  private latest: Shown | undefined;
  private seq = 0;
  private arrivalsMs: number[] = [];
  private wantedUntilMs = Number.NEGATIVE_INFINITY;
  private readonly waiting = new Set<() => void>();
  private running: AbortController | undefined;
  private closed = false;

  constructor(talk: CameraTalk, clock: Clock) {
    this.talk = talk;
    this.clock = clock;
  }

  get shown(): Shown | undefined {
    return this.latest;
  }

  get state(): 'connecting' | 'live' | 'waiting' {
    if (this.fault !== undefined) return 'waiting';
    return this.latest === undefined ? 'connecting' : 'live';
  }

  get fps(): number {
    const sinceMs = this.clock.monotonicMs() - RATE_WINDOW_MS;
    this.arrivalsMs = this.arrivalsMs.filter((atMs) => atMs >= sinceMs);
    return this.arrivalsMs.length / (RATE_WINDOW_MS / 1000);
  }

  /** Waits for a picture behind `after`, or for news of the camera, at most so long. */
  async next(after: number, waitMs: number, signal?: AbortSignal): Promise<void> {
    this.want();
    if (this.closed || (this.latest !== undefined && this.latest.seq > after)) return;
    const late = new AbortController();
    const stop = () => late.abort();
    signal?.addEventListener('abort', stop, { once: true });
    this.waiting.add(stop);
    await this.clock.sleep(waitMs, late.signal).catch(() => undefined);
    this.waiting.delete(stop);
    signal?.removeEventListener('abort', stop);
  }

  /** A picture taken from now on; undefined where none came in time. */
  async fresh(waitMs: number): Promise<Shown | undefined> {
    const untilMs = this.clock.monotonicMs() + waitMs;
    const after = this.seq;
    while (!this.closed) {
      const leftMs = untilMs - this.clock.monotonicMs();
      if (leftMs <= 0) return undefined;
      await this.next(after, leftMs);
      if (this.latest !== undefined && this.latest.seq > after) return this.latest;
    }
    return undefined;
  }

  close(): void {
    this.closed = true;
    this.running?.abort();
    this.tell();
  }

  private want(): void {
    this.wantedUntilMs = this.clock.monotonicMs() + LINGER_MS;
    if (this.running !== undefined || this.closed) return;
    const running = new AbortController();
    this.running = running;
    void this.run(running).finally(() => {
      this.running = undefined;
      this.arrivalsMs = [];
    });
  }

  private async run(running: AbortController): Promise<void> {
    void this.stopUnwanted(running);
    let backoffMs = BACKOFF_MS_MIN;
    while (!running.signal.aborted) {
      const seen = this.seq;
      const beganMs = this.clock.monotonicMs();
      const end = await this.talk((picture) => this.take(picture), running.signal);
      if (running.signal.aborted) return;
      if (this.seq > seen) backoffMs = BACKOFF_MS_MIN;
      let pauseMs = Math.max(0, beganMs + SINGLE_INTERVAL_MS - this.clock.monotonicMs());
      if (end.kind === 'fault') {
        this.fault = end.fault;
        this.tell();
        pauseMs = backoffMs;
        backoffMs = Math.min(BACKOFF_MS_MAX, 2 * backoffMs);
      }
      await this.clock.sleep(pauseMs, running.signal).catch(() => undefined);
    }
  }

  private async stopUnwanted(running: AbortController): Promise<void> {
    while (!running.signal.aborted) {
      const leftMs = this.wantedUntilMs - this.clock.monotonicMs();
      if (leftMs <= 0) running.abort();
      else await this.clock.sleep(leftMs, running.signal).catch(() => undefined);
    }
  }

  private take(picture: Picture): void {
    const atMs = this.clock.monotonicMs();
    this.latest = { seq: ++this.seq, picture, atMs };
    this.fault = undefined;
    this.arrivalsMs.push(atMs);
    this.tell();
  }

  private tell(): void {
    for (const wake of [...this.waiting]) wake();
  }
}
