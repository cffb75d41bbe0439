// Which line of a job comes next: a cursor over its lines that stops at pauses and at the end, each told once.

import { mayBeLong } from './channel-command.ts';
import type { PreparedJob } from './job-lines.ts';

export type FeedStop = 'pause' | 'end';

export class JobFeed {
  readonly job: PreparedJob;
  /** False while it is held, and once it has stopped. */
  running = true;
  private cursor = 0;
  private nextPause = 0;
  private ended = false;

  /** Begins at line `from`; pauses before it are over. */
  constructor(job: PreparedJob, from = 0) {
    this.job = job;
    this.cursor = from;
    while ((job.pauses[this.nextPause] ?? from) < from) this.nextPause++;
  }

  /** Index of the next line, or why there is none now: `pause` also passes the line that asked for it. */
  next(): { readonly index: number; readonly stop?: FeedStop } | undefined {
    if (!this.running) return undefined;
    if (this.cursor >= this.job.count) {
      if (this.job.open === true) return undefined;
      this.running = false;
      if (this.ended) return undefined;
      this.ended = true;
      return { index: this.job.count, stop: 'end' };
    }
    const index = this.cursor++;
    if (this.job.pauses[this.nextPause] !== index) return { index };
    this.nextPause++;
    this.running = false;
    return { index, stop: 'pause' };
  }

  /** Bytes of the next line where it is sure to be done at once, else 0. */
  get quickBytes(): number {
    const { job, cursor } = this;
    if (!this.running || cursor >= job.count) return 0;
    if (job.pauses[this.nextPause] === cursor || mayBeLong(job, cursor)) return 0;
    return (job.ends[cursor] ?? 0) - (job.starts[cursor] ?? 0);
  }
}
