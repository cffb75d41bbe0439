// Keeps a streamed job supplied: asks for the next piece as soon as there is room, tells the driver to set the nozzle
// aside where nothing comes in time, to go on once it does, and to end the print where it never comes. Decides nothing
// about the machine itself.

import type { Fault } from '../base/index.ts';
import { deviceFault } from './faults.ts';
import { STREAM_GIVE_UP_MS, STREAM_PATIENCE_MS } from './limits.ts';
import type { StreamedJob } from './streamed-job.ts';
import type { StreamJob } from './types.ts';

export type StreamFeedEvents = {
  /** More lines are there. */
  onMore(): void;
  /** The lines have run out, and none came for a while: aside. False where the machine stands aside for another reason. */
  onDry(): boolean;
  /** The job cannot go on. */
  onFault(fault: Fault): void;
};

export class StreamFeed {
  /** The driver was told to go aside for want of lines, and has not been told to go on. */
  dry = false;
  private readonly source: StreamJob;
  private readonly job: StreamedJob;
  private readonly events: StreamFeedEvents;
  private readonly over = new AbortController();
  private acknowledged = 0;
  private room: (() => void) | undefined;
  private emptySinceMs: number | undefined;

  constructor(source: StreamJob, job: StreamedJob, events: StreamFeedEvents) {
    this.source = source;
    this.job = job;
    this.events = events;
  }

  /** Loads piece after piece until the job is whole or over. */
  async run(): Promise<void> {
    const { job, source, over } = this;
    for (;;) {
      while (!job.hasRoom(this.acknowledged) || this.isFarAhead()) {
        await new Promise<void>((resolve) => {
          this.room = resolve;
        });
        if (over.signal.aborted) return;
      }
      const piece = await source.next(job.done(this.acknowledged), over.signal);
      if (over.signal.aborted) return;
      const fault = !piece.ok
        ? piece.fault
        : piece.value === undefined
          ? job.finish()
          : job.load(piece.value);
      if (fault !== undefined) {
        this.events.onFault(fault);
        return;
      }
      this.emptySinceMs = undefined;
      this.events.onMore();
      if (!job.open) return;
    }
  }

  acknowledge(lines: number): void {
    this.acknowledged = lines;
    const { room } = this;
    this.room = undefined;
    room?.();
  }

  /** Looks at the time. The driver calls it every WATCH_INTERVAL_MS. */
  watch(nowMs: number): void {
    const { job } = this;
    if (!job.open || this.acknowledged < job.count || this.over.signal.aborted) {
      this.emptySinceMs = undefined;
      return;
    }
    this.emptySinceMs ??= nowMs;
    const emptyMs = nowMs - this.emptySinceMs;
    if (emptyMs >= STREAM_GIVE_UP_MS) this.events.onFault(deviceFault('device.stream.lost'));
    // Before its first line the machine has not moved, and waits where it stands.
    else if (emptyMs >= STREAM_PATIENCE_MS && this.acknowledged > 0) this.dry ||= this.events.onDry();
  }

  /** Lines are there again after the nozzle was set aside. */
  get replenished(): boolean {
    return this.dry && this.acknowledged < this.job.count;
  }

  /** The job is over, however it ended: nothing of it stays here. */
  close(): void {
    this.over.abort();
    this.room?.();
    this.job.wipe();
  }

  private isFarAhead(): boolean {
    const { job, source } = this;
    return job.pieceCount - job.done(this.acknowledged) >= source.aheadMax;
  }
}
