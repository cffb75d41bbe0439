// One machine while the console runs: its driver's handle, what it last said, and the pages that watch it. Keeps a
// bounded history, so that a page opened late still sees the whole print's temperatures.

import type { MachineEventView, MachineView, ProgressView, TemperaturesView } from '../../api/index.ts';
import type { Clock, Fault, Log, Result } from '../../base/index.ts';
import { ok } from '../../base/index.ts';
import type { MachineEvent, MachineState, PrintProgress, Temperatures } from '../../devices/index.ts';
import type { MachineConfig, MachineHandle, MachineService } from '../adapters/machine-service.ts';
import { queued } from './event-bus.ts';
import { faultView } from './tasks.ts';

type Sample = TemperaturesView & { readonly atMs: number };
type Live = Pick<MachineView, 'state' | 'stateReason' | 'fault' | 'temperatures' | 'progress'>;

/** After this many samples every second one is dropped, so a print of days still fits. */
const SAMPLES_MAX = 4000;
const SAMPLE_INTERVAL_MS = 500;
const TERMINAL_LINES_MAX = 500;

export type LiveMachineParts = {
  readonly id: string;
  readonly service: MachineService;
  readonly clock: Clock;
  readonly log: Log;
  readonly changed: () => void;
};

export class LiveMachine {
  readonly #parts: LiveMachineParts;
  readonly #watchers = new Set<(event: MachineEventView) => void>();
  readonly #listeners = new Set<(event: MachineEvent) => void>();
  #handle: MachineHandle | undefined;
  #state: MachineState = 'offline';
  #reason = '';
  #fault: Fault | undefined;
  #temperatures: TemperaturesView = { nozzleC: null, nozzleTargetC: null, bedC: null, bedTargetC: null };
  #progress: PrintProgress | undefined;
  #samples: Sample[] = [];
  #lines: { direction: 'sent' | 'received'; text: string; atMs: number }[] = [];

  constructor(parts: LiveMachineParts) {
    this.#parts = parts;
  }

  get handle(): MachineHandle | undefined {
    return this.#handle;
  }

  get connected(): boolean {
    return this.#handle !== undefined;
  }

  async connect(config: MachineConfig): Promise<Result<void>> {
    if (this.#handle !== undefined) return ok(undefined);
    this.#set('connecting', '');
    const opened = await this.#parts.service.open(config);
    if (!opened.ok) return this.#refused(opened);
    const handle = opened.value;
    const unsubscribe = handle.onEvent((event) => this.#onEvent(event));
    const connected = await handle.connect();
    if (!connected.ok) {
      unsubscribe();
      await this.#parts.service.remove(this.#parts.id);
      return this.#refused(connected);
    }
    this.#fault = undefined;
    this.#handle = handle;
    this.#set(handle.state, '');
    return ok(undefined);
  }

  #refused(refusal: Result<never>): Result<never> {
    if (!refusal.ok) {
      this.#fault = refusal.fault;
      this.#set('offline', refusal.fault.message);
    }
    return refusal;
  }

  async disconnect(): Promise<void> {
    if (this.#handle === undefined) return;
    this.#handle = undefined;
    await this.#parts.service.remove(this.#parts.id);
    this.#set('offline', '');
  }

  /** Called for each event of the driver. */
  onEvent(listener: (event: MachineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A new print begins: its progress and history start empty. */
  begin(): void {
    this.#progress = undefined;
    this.#samples = [];
    this.#fault = undefined;
  }

  view(secondsEstimated: number | undefined, _nowMs: number): Live {
    return {
      state: this.#state,
      stateReason: this.#reason,
      ...(this.#fault === undefined ? {} : { fault: faultView(this.#fault) }),
      temperatures: this.#temperatures,
      ...(this.#progress === undefined ? {} : { progress: progressView(this.#progress, secondsEstimated) }),
    };
  }

  progress(secondsEstimated: number | undefined): ProgressView | undefined {
    return this.#progress === undefined ? undefined : progressView(this.#progress, secondsEstimated);
  }

  temperatureHistory(): Sample[] {
    return [...this.#samples];
  }

  stream(signal: AbortSignal | undefined): AsyncGenerator<MachineEventView> {
    return queued<MachineEventView>((push) => {
      if (this.#lines.length > 0) push({ type: 'lines', lines: [...this.#lines] });
      this.#watchers.add(push);
      return () => void this.#watchers.delete(push);
    }, signal);
  }

  #onEvent(event: MachineEvent): void {
    const atMs = this.#parts.clock.nowMs();
    switch (event.type) {
      case 'state':
        this.#set(event.state, event.reason);
        if (event.state === 'offline' && this.#handle !== undefined) {
          this.#handle = undefined;
          void this.#parts.service.remove(this.#parts.id);
        }
        break;
      case 'temperatures':
        this.#temperatures = temperaturesView(event.temperatures);
        this.#sample(atMs);
        this.#tell({ type: 'temperatures', atMs, temperatures: this.#temperatures });
        break;
      case 'progress':
        this.#progress = event.progress;
        this.#tell({ type: 'progress', atMs, progress: progressView(event.progress, undefined) });
        break;
      case 'line': {
        const line = { direction: event.direction, text: event.text, atMs };
        this.#lines.push(line);
        if (this.#lines.length > TERMINAL_LINES_MAX)
          this.#lines.splice(0, this.#lines.length - TERMINAL_LINES_MAX);
        this.#tell({ type: 'lines', lines: [line] });
        break;
      }
      case 'fault':
        this.#fault = event.fault;
        this.#parts.log('warn', 'machine.fault', { machine: this.#parts.id, code: event.fault.code });
        this.#parts.changed();
        break;
      case 'end':
        this.#progress = event.end.progress;
        break;
    }
    for (const listener of this.#listeners) listener(event);
  }

  #sample(atMs: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && atMs - last.atMs < SAMPLE_INTERVAL_MS) return;
    this.#samples.push({ ...this.#temperatures, atMs });
    if (this.#samples.length > SAMPLES_MAX) this.#samples = this.#samples.filter((_, i) => i % 2 === 0);
  }

  #set(state: MachineState, reason: string): void {
    this.#state = state;
    this.#reason = reason;
    this.#parts.changed();
  }

  #tell(event: MachineEventView): void {
    for (const watcher of this.#watchers) watcher(event);
  }
}

function temperaturesView(temperatures: Temperatures): TemperaturesView {
  const { nozzleC, nozzleTargetC, bedC, bedTargetC } = temperatures;
  return {
    nozzleC: nozzleC ?? null,
    nozzleTargetC: nozzleTargetC ?? null,
    bedC: bedC ?? null,
    bedTargetC: bedTargetC ?? null,
  };
}

/** Time left from the slicer's estimate, scaled by how the print has gone so far. */
function progressView(progress: PrintProgress, secondsEstimated: number | undefined): ProgressView {
  const { linesAcknowledged, linesTotal, layer, layersTotal, moveIndex, positionMm, resends, elapsedMs } =
    progress;
  const share = linesTotal === 0 ? 0 : linesAcknowledged / linesTotal;
  const byEstimateMs =
    secondsEstimated === undefined ? undefined : Math.max(0, secondsEstimated * 1000 - elapsedMs);
  const byPaceMs = share > 0.02 ? (elapsedMs / share) * (1 - share) : undefined;
  const leftMs = share >= 1 ? 0 : (byEstimateMs ?? byPaceMs ?? null);
  return {
    linesAcknowledged,
    linesTotal,
    layer,
    layersTotal,
    moveIndex,
    positionMm: { ...positionMm },
    resends,
    elapsedMs,
    leftMs,
  };
}
