// One machine while the console runs: its driver's handle, what it last said, and the pages that watch it. Keeps a
// bounded history, so that a page opened late still sees the whole print's temperatures.

import type { MachineEventView, MachineView, ProgressView, TemperaturesView } from '../../api/index.ts';
import type { Clock, Fault, Log, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { MachineEvent, MachineState, PrintProgress, Temperatures } from '../../devices/index.ts';
import { deviceFault } from '../../devices/index.ts';
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
  /** A printer showed its certificate for the first time. */
  readonly onPin: (pin: string) => void;
};

export class LiveMachine {
  readonly #parts: LiveMachineParts;
  readonly #watchers = new Set<(event: MachineEventView) => void>();
  readonly #listeners = new Set<(event: MachineEvent) => void>();
  #handle: MachineHandle | undefined;
  /** One thing at a time: connecting and letting go never overlap. */
  #turn: Promise<unknown> = Promise.resolve();
  #firmware = '';
  #connecting: { readonly abort: AbortController; readonly done: Promise<Result<void>> } | undefined;
  #closed = false;
  #state: MachineState = 'offline';
  #reason = '';
  #fault: Fault | undefined;
  #temperatures: TemperaturesView = { nozzleC: null, nozzleTargetC: null, bedC: null, bedTargetC: null };
  #progress: PrintProgress | undefined;
  /** The slicer's estimate for the running print, in machine seconds. */
  #secondsEstimated: number | undefined;
  #samples: Sample[] = [];
  #lines: { direction: 'sent' | 'received'; text: string; atMs: number }[] = [];

  constructor(parts: LiveMachineParts) {
    this.#parts = parts;
  }

  get handle(): MachineHandle | undefined {
    return this.#handle;
  }

  /** What the firmware called itself when it was last connected; empty before. */
  get firmware(): string {
    return this.#firmware;
  }

  /** Whether a print could begin this moment; where not, why. */
  readyToPrint(): Result<void> {
    if (this.#handle !== undefined && this.#state === 'idle') return ok(undefined);
    if (this.#state === 'fault' && this.#fault !== undefined) return refuse(this.#fault);
    return this.#handle === undefined
      ? refuse(deviceFault('device.not-connected'))
      : refuse(deviceFault('device.busy', { state: this.#state }));
  }

  /** Opens the machine, or one that is in fault again; asked twice at the same time, both get the one answer. */
  connect(config: () => MachineConfig): Promise<Result<void>> {
    if (this.#connecting !== undefined) return this.#connecting.done;
    if (this.#handle !== undefined && this.#state !== 'fault') return Promise.resolve(ok(undefined));
    const abort = new AbortController();
    const done = this.#inTurn(() => this.#connect(config(), abort.signal)).finally(() => {
      this.#connecting = undefined;
    });
    this.#connecting = { abort, done };
    this.#set('connecting', '');
    return done;
  }

  async #connect(config: MachineConfig, signal: AbortSignal): Promise<Result<void>> {
    if (this.#closed) return this.#refused(refuse(deviceFault('device.aborted')));
    const again = this.#handle;
    this.#handle = undefined;
    if (again !== undefined) await this.#parts.service.remove(this.#parts.id);
    const opened = await this.#parts.service.open(config);
    if (!opened.ok) return this.#refused(opened);
    const handle = opened.value;
    handle.onPin(this.#parts.onPin);
    const unsubscribe = handle.onEvent((event) => this.#onEvent(event, handle));
    const connected = await handle.connect(signal);
    if (!connected.ok) {
      unsubscribe();
      await this.#parts.service.remove(this.#parts.id);
      return this.#refused(connected);
    }
    this.#fault = undefined;
    this.#firmware = connected.value.firmware;
    this.#handle = handle;
    this.#set(handle.state, '');
    return ok(undefined);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  #refused(refusal: Result<never>): Result<never> {
    if (!refusal.ok) {
      this.#fault = refusal.fault;
      this.#set('offline', refusal.fault.message);
    }
    return refusal;
  }

  /** Heaters off, then offline; an attempt to connect that is under way is given up. */
  disconnect(): Promise<void> {
    this.#connecting?.abort.abort();
    return this.#inTurn(async () => {
      if (this.#handle === undefined) return;
      this.#handle = undefined;
      await this.#parts.service.remove(this.#parts.id);
      this.#set('offline', '');
    });
  }

  /** Disconnects for good. */
  close(): Promise<void> {
    this.#closed = true;
    return this.disconnect();
  }

  /** Virtual printers only: now where it runs, and from the start where it is about to. */
  async setTimeScale(timeScale: number): Promise<Result<void>> {
    await this.#connecting?.done;
    return this.#handle?.setTimeScale(timeScale) ?? ok(undefined);
  }

  /** Something that happened to the machine while nobody drove it; shown until it is connected. */
  warn(fault: Fault): void {
    if (this.#handle !== undefined) return;
    this.#fault = fault;
    this.#set(this.#state, fault.message);
  }

  /** Called for each event of the driver. */
  onEvent(listener: (event: MachineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A new print begins: its progress and history start empty. */
  begin(secondsEstimated: number): void {
    this.#secondsEstimated = secondsEstimated;
    this.#progress = undefined;
    this.#samples = [];
    this.#fault = undefined;
  }

  view(secondsEstimated: number | undefined): Live {
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

  #onEvent(event: MachineEvent, handle: MachineHandle): void {
    const atMs = this.#parts.clock.nowMs();
    switch (event.type) {
      case 'state':
        // It says so itself before this console holds it: until then nothing can be started on it.
        if (event.state === 'idle' && this.#handle !== handle) break;
        this.#set(event.state, event.reason);
        if (event.state === 'offline' && this.#handle === handle) {
          this.#handle = undefined;
          void this.#inTurn(() => this.#parts.service.remove(this.#parts.id));
        }
        break;
      case 'temperatures':
        this.#temperatures = temperaturesView(event.temperatures);
        this.#sample(atMs);
        this.#tell({ type: 'temperatures', atMs, temperatures: this.#temperatures });
        break;
      case 'progress':
        this.#progress = event.progress;
        this.#tell({
          type: 'progress',
          atMs,
          progress: progressView(event.progress, this.#secondsEstimated),
        });
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

/**
 * Time left: the share of the slicer's estimate that the lines still to come are, whatever the heat-up took; without an
 * estimate, by the pace so far.
 */
export function progressView(progress: PrintProgress, secondsEstimated: number | undefined): ProgressView {
  const { linesAcknowledged, linesTotal, layer, layersTotal, moveIndex, positionMm, resends, elapsedMs } =
    progress;
  const share = linesTotal === 0 ? 0 : linesAcknowledged / linesTotal;
  const byEstimateMs = secondsEstimated === undefined ? undefined : secondsEstimated * 1000 * (1 - share);
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
