// One print from its first line to its end: what was acknowledged, where the nozzle is, which layer.
// Pure bookkeeping; the driver decides.

import type { Fault } from '../base/index.ts';
import { HomingWatch } from './homing-watch.ts';
import type { PreparedJob } from './job-lines.ts';
import { MotionTracker } from './motion-tracker.ts';
import { NozzleTrace } from './nozzle-trace.ts';
import type { PrintEnd, PrintProgress, PrintSigns } from './types.ts';

export class PrintRun {
  readonly job: PreparedJob;
  readonly tracker = new MotionTracker();
  readonly homing = new HomingWatch();
  readonly done: Promise<PrintEnd>;
  layer = 0;
  ended = false;
  /** Set while the nozzle stands aside, with what brings it back. */
  parked: readonly string[] | undefined;
  /** Kept where the machine reports positions. */
  trace: NozzleTrace | undefined;
  private readonly resolve: (end: PrintEnd) => void;
  private readonly machineTimeMs: () => number;
  private readonly startedMs: number;
  private readonly resendsBefore: number;
  /** How long the move of the last line lasts by its longest axis and as the file commands it, milliseconds; else 0. */
  moveMs = 0;
  private acknowledged = 0;
  private passedMm = 0;

  constructor(job: PreparedJob, machineTimeMs: () => number, resendsBefore: number, traced = false) {
    this.job = job;
    this.machineTimeMs = machineTimeMs;
    this.startedMs = machineTimeMs();
    this.resendsBefore = resendsBefore;
    if (traced) this.trace = new NozzleTrace();
    let resolve: (end: PrintEnd) => void = () => undefined;
    this.done = new Promise((settle) => {
      resolve = settle;
    });
    this.resolve = resolve;
  }

  /** Takes in the acknowledgement of job line `index`; true where a layer began. */
  acknowledge(index: number): boolean {
    const { job, tracker } = this;
    const { x, y, z, extrudedMm, moves } = tracker;
    this.acknowledged = index + 1;
    if (this.trace === undefined) this.apply(index);
    else this.applyTraced(index, this.trace);
    const alongMm =
      tracker.moves === moves
        ? 0
        : Math.max(Math.abs(tracker.x - x), Math.abs(tracker.y - y), Math.abs(tracker.z - z));
    const longestMm = Math.max(alongMm, Math.abs(tracker.extrudedMm - extrudedMm));
    this.moveMs = tracker.feedMmPerMin > 0 ? (longestMm * 60_000) / tracker.feedMmPerMin : 0;
    const before = this.layer;
    while (this.layer < job.layerStarts.length && (job.layerStarts[this.layer] ?? 0) <= index) this.layer++;
    return this.layer !== before;
  }

  /** The machine said something while the next line was out. */
  heard(reply: string): void {
    const { job, acknowledged: next, tracker } = this;
    if (next < job.count)
      this.homing.heard(reply, job.gcode, job.starts[next] ?? 0, job.ends[next] ?? 0, tracker);
  }

  private apply(index: number): void {
    const { job } = this;
    const [start, end] = [job.starts[index] ?? 0, job.ends[index] ?? 0];
    this.tracker.apply(job.gcode, start, end);
    this.homing.acknowledged(job.gcode, start, end);
  }

  private applyTraced(index: number, trace: NozzleTrace): void {
    const { tracker } = this;
    const { moves, extrudedMm } = tracker;
    const from = { x: tracker.x, y: tracker.y, z: tracker.z };
    this.apply(index);
    if (tracker.moves !== moves)
      trace.moved(
        moves,
        from,
        { x: tracker.x, y: tracker.y, z: tracker.z },
        tracker.feedMmPerMin,
        this.machineTimeMs(),
      );
    else if (tracker.extrudedMm !== extrudedMm)
      trace.extruded(tracker.extrudedMm - extrudedMm, tracker.feedMmPerMin);
  }

  /** Lines up to here were printed before: they count as progress, and their filament does not. */
  passed(): void {
    this.passedMm = this.tracker.extrudedMm;
  }

  progress(resends: number): PrintProgress {
    const { tracker, job } = this;
    return {
      linesAcknowledged: this.acknowledged,
      linesTotal: job.total ?? job.count,
      layer: this.layer,
      layersTotal: job.layerStarts.length,
      moveIndex: this.trace?.movesDone(this.machineTimeMs()) ?? Math.max(0, tracker.moves - 1),
      positionMm: { x: tracker.x, y: tracker.y, z: tracker.z },
      resends: resends - this.resendsBefore,
      elapsedMs: Math.max(0, Math.round(this.machineTimeMs() - this.startedMs)),
    };
  }

  end(outcome: PrintEnd['outcome'], resends: number, fault?: Fault, signs?: PrintSigns): PrintEnd {
    this.ended = true;
    const end: PrintEnd = {
      outcome,
      progress: this.progress(resends),
      filamentUm: Math.round((this.tracker.extrudedMm - this.passedMm) * 1000),
      ...(fault === undefined ? {} : { fault }),
      ...(signs === undefined ? {} : { signs }),
    };
    this.resolve(end);
    return end;
  }
}
