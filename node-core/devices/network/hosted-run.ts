// One print on a print host, from the upload to its end: how far the host says it is, and how it says it ended.

import type { Fault } from '../../base/index.ts';
import type { PreparedJob } from '../job-lines.ts';
import { PrintRun } from '../print-run.ts';
import type { HomedPlaces, PrintEnd, PrintProgress } from '../types.ts';
import { printhostFault } from './faults.ts';
import type { HostStatus } from './types.ts';

export type HostedEnd =
  | { readonly outcome: 'finished' }
  | { readonly outcome: 'failed'; readonly fault: Fault };

export class HostedRun {
  readonly print: PrintRun;
  readonly file: string;
  readonly uploading = new AbortController();
  /** When the host was told to begin. */
  startedMs: number | undefined;
  /** The host has shown this print. */
  seen = false;
  over: HostedEnd | undefined;
  private readonly bytes: number;
  private next = 0;
  private positionMm: PrintProgress['positionMm'] | undefined;
  private homedAtMm: HomedPlaces = {};

  constructor(job: PreparedJob, file: string, machineTimeMs: () => number) {
    this.print = new PrintRun(job, machineTimeMs, 0);
    this.file = file;
    this.bytes = job.gcode.length;
  }

  get ended(): boolean {
    return this.print.ended;
  }

  /** Takes in a report; how it ended, once that is known. */
  take({ phase, reason, job, positionMm, homedAtMm }: HostStatus): HostedEnd | undefined {
    if (this.over !== undefined || this.ended) return this.over;
    const mine = job?.file === this.file;
    const running = phase === 'printing' || phase === 'paused';
    if (mine && (running || job.end !== undefined)) this.seen = true;
    if (!this.seen) return undefined;
    this.positionMm = positionMm;
    this.homedAtMm = homedAtMm ?? {};
    if (mine && job.end === undefined) {
      if (job.byte !== undefined) this.reach(job.byte);
      else if (job.share !== undefined) this.reach(job.share * this.bytes);
      this.print.homing.counted(this.homedAtMm);
    }
    if (mine && job.end === 'complete') this.over = { outcome: 'finished' };
    else if (mine && job.end === 'cancelled') this.over = failed('printhost.ended-elsewhere');
    else if (mine && job.end === 'error')
      this.over = { outcome: 'failed', fault: printhostFault('printhost.print-failed', { reason }) };
    else if (phase === 'ready' || (running && job !== undefined && !mine))
      this.over = failed('printhost.end-unseen');
    return this.over;
  }

  complete(): void {
    this.advance(this.print.job.count);
  }

  progress(): PrintProgress {
    const progress = this.print.progress(0);
    return this.positionMm === undefined ? progress : { ...progress, positionMm: this.positionMm };
  }

  end(outcome: PrintEnd['outcome'], fault?: Fault): void {
    if (this.ended) return;
    const { homing } = this.print;
    homing.counted(this.homedAtMm);
    const homingHits = homing.hits;
    this.print.end(outcome, 0, fault, homingHits === undefined ? {} : { homingHits });
  }

  /** Every line that ends before this byte was read by the host; it never goes back. */
  private reach(byte: number): void {
    const { ends, count } = this.print.job;
    let low = this.next;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] ?? 0) <= byte) low = middle + 1;
      else high = middle;
    }
    this.advance(low);
  }

  private advance(count: number): void {
    for (; this.next < count; this.next++) this.print.acknowledge(this.next);
  }
}

function failed(code: 'printhost.ended-elsewhere' | 'printhost.end-unseen'): HostedEnd {
  return { outcome: 'failed', fault: printhostFault(code) };
}
