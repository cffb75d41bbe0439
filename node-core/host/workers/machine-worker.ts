// The worker that drives machines: drivers, their links and virtual printers live here, away from everything that
// could make a print stutter. Entry of a worker thread; talks only through its port (machine-protocol.ts).
// If it fails, it switches heaters off where the links still stand before it ends.

import { parentPort } from 'node:worker_threads';
import type { Bytes, Result } from '../../base/index.ts';
import { equalBytes, ok, refuse } from '../../base/index.ts';
import { loadContent } from '../../content/index.ts';
import type { MachineDriver, MachineEvent, PrintEnd, SerialLink } from '../../devices/index.ts';
import {
  blindHeatersOff,
  blindToolOff,
  createGrblDriver,
  createMarlinDriver,
  deviceFault,
} from '../../devices/index.ts';
import {
  createLinkPair,
  PartShape,
  runVirtualPrinter,
  type VirtualPrinter,
} from '../../devices/virtual/index.ts';
import { TelemetryRecorder } from '../../jobs/index.ts';
import { ArmedMachine } from '../adapters/armed-machine.ts';
import { beatTo } from '../adapters/heartbeat.ts';
import { attendOpenMachine } from '../adapters/left-machine.ts';
import { createNetworkDriver } from '../adapters/network-driver.ts';
import { nativeAead, nativeSha256, systemClock } from '../adapters/system.ts';
import { openTty } from '../adapters/tty-link.ts';
import { WatchFolder } from '../adapters/watch-folder.ts';
import type {
  CallMessage,
  CommandNote,
  JobSource,
  MachineConfig,
  PhotoNote,
  PrintRequest,
  WatchPlace,
  WorkerMessage,
} from './machine-protocol.ts';
import { StreamSource } from './stream-source.ts';

const DEFAULT_BED_MM = { x: 220, y: 220 };
/** At most ten batches a second: more than a person sees, less than a window feels. */
const BATCH_INTERVAL_MS = 100;
const TELEMETRY_INTERVAL_MS = 1_000;
const LINES_PER_BATCH_MAX = 100;
const LAST_PHOTO_TIMEOUT_MS = 4_000;
/** Head of a record that has not begun. */
const NO_RECORD = new Uint8Array(32);
/** Real time by which a virtual printer in fast motion may be ahead of what it reported. */
const FAST_SLACK_MS = 100;

class Machine {
  readonly driver: MachineDriver;
  printer: VirtualPrinter | undefined;
  /** What lies on a virtual bed, across its connections. */
  private shape: PartShape | undefined;
  private readonly config: MachineConfig;
  private readonly post: (message: WorkerMessage) => void;
  private timeScale: number;
  private link: SerialLink | undefined;
  private connecting: AbortController | undefined;
  private armed: ArmedMachine | undefined;
  private events: MachineEvent[] = [];
  private timer: NodeJS.Timeout | undefined;
  private stream: StreamSource | undefined;
  private recording:
    | {
        readonly jobId: string;
        readonly recorder: TelemetryRecorder;
        readonly sinceMs: number;
        takenMs: number;
        /** Called with the last photograph. */
        lastPhoto?: () => void;
        photosOver?: boolean;
      }
    | undefined;

  constructor(config: MachineConfig, post: (message: WorkerMessage) => void) {
    this.config = config;
    this.post = post;
    this.timeScale = config.driver === 'virtual' ? config.timeScale : 1;
    this.driver = this.createDriver(config);
    this.driver.onEvent((event) => this.onEvent(event));
  }

  private createDriver(config: MachineConfig): MachineDriver {
    const open = async () => this.openLink();
    if (config.driver === 'grbl') {
      const { tool = 'spindle' } = config;
      return createGrblDriver({ open, clock: systemClock, tool });
    }
    if ('address' in config) {
      const { machineId } = config;
      return createNetworkDriver(config, systemClock, (pin) => this.post({ type: 'pin', machineId, pin }));
    }
    return createMarlinDriver({
      open,
      clock: systemClock,
      machineTimeMs: () => this.machineTimeMs(),
      machineTimeSlackMs: () => (this.timeScale === 1 ? 0 : this.timeScale * FAST_SLACK_MS),
      ...(config.limits === undefined ? {} : { limits: config.limits }),
      ...(config.volumeMm === undefined ? {} : { volumeMm: config.volumeMm }),
    });
  }

  async call(message: CallMessage): Promise<Result<unknown>> {
    switch (message.method) {
      case 'connect':
        return await this.connect(message.args);
      case 'abortConnect':
        this.connecting?.abort();
        return ok(undefined);
      case 'print':
        return await this.print(message.args);
      case 'chunk':
        this.stream?.answer(message.args);
        return ok(undefined);
      case 'pause':
        return await this.driver.pause();
      case 'resume':
        return await this.driver.resume();
      case 'cancel':
        return await this.driver.cancel();
      case 'emergencyStop':
        await this.driver.emergencyStop();
        return ok(undefined);
      case 'send':
        this.armed?.sending(message.args);
        return await this.driver.send(message.args);
      case 'photo':
        this.notePhoto(message.args);
        return ok(undefined);
      case 'command':
        this.noteCommand(message.args);
        return ok(undefined);
      case 'disconnect':
        await this.disconnect();
        return ok(undefined);
      case 'close':
        await this.disconnect();
        this.printer?.stop();
        return ok(undefined);
      case 'open':
        return ok(undefined);
      default:
        return this.callVirtual(message);
    }
  }

  private async connect(place: WatchPlace | undefined): Promise<Result<unknown>> {
    const { config, driver } = this;
    const connecting = new AbortController();
    this.connecting = connecting;
    if (place !== undefined && (config.driver === 'serial' || config.driver === 'grbl')) {
      const { machineId, path, baudRate } = config;
      const cuts = config.driver === 'grbl' ? { cuts: true as const } : {};
      const port = { machineId, path, baudRate, homed: false, ...cuts };
      const folder = new WatchFolder(place.folder);
      beatTo(place.socket);
      this.armed = new ArmedMachine(folder, port);
      // The link was lost while it was hot: nothing else is done with it before it is safe.
      if (this.armed.isLeft) await attendOpenMachine(port, folder, openTty(path));
      if (connecting.signal.aborted) return refuse(deviceFault('device.aborted'));
      this.armed = new ArmedMachine(folder, port);
    }
    return await driver.connect(connecting.signal);
  }

  private async disconnect(): Promise<void> {
    const { state } = this.driver;
    await this.driver.disconnect();
    this.armed?.disconnected(state);
    this.flush();
  }

  /** Last words to a machine before this thread ends. */
  async abandon(): Promise<void> {
    const last = this.config.driver === 'grbl' ? blindToolOff() : blindHeatersOff();
    await this.link?.write(last).catch(() => undefined);
    await this.link?.close().catch(() => undefined);
  }

  private callVirtual(message: CallMessage): Result<unknown> {
    const { printer } = this;
    if (this.config.driver !== 'virtual') return refuse(deviceFault('device.not-virtual'));
    switch (message.method) {
      case 'setTimeScale':
        this.timeScale = message.args;
        printer?.setTimeScale(message.args);
        return ok(undefined);
      case 'clearBed':
        printer?.clearBed();
        return ok(undefined);
      case 'strike':
        printer?.strike(message.args);
        return ok(undefined);
      case 'truth':
        return printer === undefined ? refuse(deviceFault('device.not-connected')) : ok(printer.truth());
      case 'picture': {
        const picture = printer?.picture();
        return picture === undefined ? refuse(deviceFault('device.not-connected')) : ok(picture);
      }
      default:
        return refuse(deviceFault('device.unknown'));
    }
  }

  private openLink(): Result<SerialLink> {
    const { config } = this;
    if (config.driver === 'serial' || config.driver === 'grbl') {
      const opened = openTty(config.path);
      if (opened.ok) this.link = opened.value;
      return opened;
    }
    if (config.driver !== 'virtual') return refuse(deviceFault('device.not-virtual'));
    const pair = createLinkPair(systemClock);
    this.shape ??= new PartShape(config.volumeMm ?? DEFAULT_BED_MM);
    const before = this.printer?.truth();
    const partOnBed = before?.bedOccupied ?? false;
    this.printer?.stop();
    this.printer = runVirtualPrinter(pair.far, {
      clock: systemClock,
      timeScale: this.timeScale,
      positionReports: 'real',
      partOnBed,
      ...(before === undefined ? {} : { before }),
      shape: this.shape,
      ...(config.volumeMm === undefined ? {} : { volumeMm: config.volumeMm }),
      ...(config.seed === undefined ? {} : { seed: config.seed }),
    });
    this.link = pair.near;
    return ok(pair.near);
  }

  private async print(request: PrintRequest): Promise<Result<PrintEnd>> {
    const { record, source } = request;
    // Another driver would begin at the first line, into the part.
    if (request.resume !== undefined && this.config.driver !== 'serial' && this.config.driver !== 'virtual')
      return refuse(deviceFault('device.resume.unsupported'));
    const run = source.kind === 'stream' ? this.streamRun(request) : this.wholeRun(request);
    if (!run.ok) return run;
    // A refusal below must not have begun a record, so the driver is asked first.
    const idle = this.driver.state === 'idle';
    if (record !== undefined && idle) {
      this.recording = {
        jobId: request.jobId,
        recorder: new TelemetryRecorder(record),
        sinceMs: this.machineTimeMs(),
        takenMs: Date.now(),
      };
    }
    if (idle) this.armed?.beginPrint();
    const result = await run.value();
    if (idle) this.armed?.endPrint(result.ok ? result.value : undefined);
    const { recording } = this;
    if (recording !== undefined && result.ok && request.photos === true) await this.awaitLastPhoto(recording);
    this.recording = undefined;
    if (recording !== undefined && result.ok) {
      recording.recorder.end(result.value, this.machineTimeMs() - recording.sinceMs);
      this.postTelemetry(recording);
    }
    this.flush();
    return result;
  }

  private notePhoto({ jobId, layer, hash, last }: PhotoNote): void {
    const { recording } = this;
    if (recording === undefined || recording.jobId !== jobId) return;
    if (hash !== undefined)
      recording.recorder.photograph(layer, hash, this.machineTimeMs() - recording.sinceMs);
    if (!last) return;
    recording.photosOver = true;
    recording.lastPhoto?.();
  }

  private noteCommand({ jobId, act, by }: CommandNote): void {
    const { recording } = this;
    if (recording?.jobId === jobId)
      recording.recorder.command(act, by, this.machineTimeMs() - recording.sinceMs);
  }

  /** A camera that does not answer must not keep the record from being closed. */
  private async awaitLastPhoto(recording: NonNullable<Machine['recording']>): Promise<void> {
    if (recording.photosOver === true) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, LAST_PHOTO_TIMEOUT_MS);
      recording.lastPhoto = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }

  private wholeRun({ jobId, source, record, resume }: PrintRequest): Result<() => Promise<Result<PrintEnd>>> {
    const opened = openSource(source);
    if (!opened.ok) return opened;
    const gcode = opened.value;
    if (record !== undefined && !equalBytes(nativeSha256(gcode), record.gcodeHash))
      return refuse(deviceFault('device.job.altered'));
    return ok(() => this.driver.print({ jobId, gcode, ...(resume === undefined ? {} : { resume }) }));
  }

  private streamRun({
    jobId,
    source,
    record,
    resume,
  }: PrintRequest): Result<() => Promise<Result<PrintEnd>>> {
    const { driver } = this;
    if (source.kind !== 'stream' || driver.printStream === undefined)
      return refuse(deviceFault('device.stream.unsupported'));
    if (record === undefined) return refuse(deviceFault('device.job.altered'));
    // The one that prints keeps its source.
    if (driver.state === 'offline') return refuse(deviceFault('device.not-connected'));
    if (driver.state !== 'idle') return refuse(deviceFault('device.busy', { state: driver.state }));
    const { machineId } = this.config;
    const opened = StreamSource.open({
      source,
      record,
      clock: systemClock,
      ask: (id, request) => {
        // What the machine signs away of its record must be on disk by then: the record is compared with it later.
        if (this.recording !== undefined) this.postTelemetry(this.recording);
        this.post({ type: 'chunk', machineId, id, request });
      },
      passed: (part) => this.post({ type: 'part', machineId, ...part }),
      head: () => this.recording?.recorder.head ?? NO_RECORD,
    });
    if (!opened.ok) return opened;
    const stream = opened.value;
    return ok(async () => {
      this.stream = stream;
      const job = { ...stream.jobOf(jobId), ...(resume === undefined ? {} : { resume }) };
      const end = await driver.printStream?.(job);
      stream.close();
      if (this.stream === stream) this.stream = undefined;
      return end ?? refuse(deviceFault('device.stream.unsupported'));
    });
  }

  private machineTimeMs(): number {
    return this.printer?.timeMs ?? systemClock.monotonicMs();
  }

  private onEvent(event: MachineEvent): void {
    const { recording } = this;
    recording?.recorder.record(event, this.machineTimeMs() - recording.sinceMs);
    this.armed?.onEvent(event);
    this.gather(event);
    if (event.type === 'state' || event.type === 'fault' || event.type === 'end') this.flush();
    else this.timer ??= setTimeout(() => this.flush(), BATCH_INTERVAL_MS);
  }

  /** Of progress and temperatures only the newest counts; lines are kept up to a bound. */
  private gather(event: MachineEvent): void {
    if (event.type === 'progress' || event.type === 'temperatures') {
      this.events = this.events.filter((earlier) => earlier.type !== event.type);
    } else if (event.type === 'line') {
      const lines = this.events.reduce((count, earlier) => count + (earlier.type === 'line' ? 1 : 0), 0);
      if (lines >= LINES_PER_BATCH_MAX) return;
    }
    this.events.push(event);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.events.length > 0) {
      const { events, config, driver } = this;
      this.events = [];
      const { machineId } = config;
      this.post({
        type: 'events',
        machineId,
        events,
        state: driver.state,
        temperatures: driver.temperatures,
      });
    }
    const { recording } = this;
    if (recording !== undefined && Date.now() - recording.takenMs >= TELEMETRY_INTERVAL_MS) {
      this.postTelemetry(recording);
    }
  }

  private postTelemetry(recording: NonNullable<Machine['recording']>): void {
    recording.takenMs = Date.now();
    const batch = recording.recorder.take();
    if (batch.entries.length === 0) return;
    this.post({ type: 'telemetry', machineId: this.config.machineId, jobId: recording.jobId, batch });
  }
}

function openSource(source: JobSource): Result<Bytes> {
  if (source.kind === 'plain') return ok(source.gcode);
  if (source.kind === 'stream') return refuse(deviceFault('device.stream.unsupported'));
  const blocks = new Map(source.blocks);
  const store = {
    get: (id: string) => blocks.get(id),
    has: (id: string) => blocks.has(id),
    put: () => undefined,
  };
  return loadContent(source.contentId, source.key, store, { ...nativeAead, sha256: nativeSha256 });
}

function serve(port: NonNullable<typeof parentPort>): void {
  const machines = new Map<string, Machine>();
  const post = (message: WorkerMessage) => port.postMessage(message);
  port.on('message', (message: CallMessage) => {
    const { id, machineId, method } = message;
    if (method === 'open' && !machines.has(machineId))
      machines.set(machineId, new Machine(message.args, post));
    const machine = machines.get(machineId);
    if (machine === undefined) {
      post({ type: 'reply', id, result: refuse(deviceFault('device.unknown')) });
      return;
    }
    // The call begins in this very turn: an emergency stop is on the port before anything else runs.
    void machine.call(message).then((result) => {
      if (method === 'close') machines.delete(machineId);
      post({ type: 'reply', id, result });
    });
  });
  const die = (error: unknown) => {
    const last = Promise.all([...machines.values()].map((machine) => machine.abandon()));
    void last.finally(() => {
      setImmediate(() => {
        throw error;
      });
    });
  };
  process.once('uncaughtException', die);
}

if (parentPort !== null) serve(parentPort);
