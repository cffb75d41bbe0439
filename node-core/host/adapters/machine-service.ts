// The main thread's side of the machine worker: opens machines, mirrors their drivers, and looks after them if the
// worker dies (heaters off through a fresh link, jobs failed with a clear fault, a new worker for the next call).

import { Worker } from 'node:worker_threads';
import type { Bytes, Fault, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { type ChunkRequest, type ReleasedChunk, streamFault } from '../../content/index.ts';
import type {
  FirmwareReport,
  MachineEvent,
  MachineState,
  PrintEnd,
  PrintProgress,
  Temperatures,
} from '../../devices/index.ts';
import { blindHeatersOff, blindToolOff, deviceFault } from '../../devices/index.ts';
import type { Trouble, VirtualTruth } from '../../devices/virtual/index.ts';
import type { TelemetryBatch } from '../../jobs/index.ts';
import type {
  CommandNote,
  MachineCalls,
  MachineConfig,
  MachineMethod,
  PhotoNote,
  PrintRequest,
  ReleasedPart,
  WatchPlace,
  WorkerMessage,
} from '../workers/machine-protocol.ts';
import { attendLeftMachine, attendOpenMachine } from './left-machine.ts';
import { claimSerial, openSerial, type PortClaim } from './serial.ts';
import { systemClock } from './system.ts';
import { openTty } from './tty-link.ts';
import { WatchFolder, type WatchReport } from './watch-folder.ts';
import { startWatchdog, type Watchdog, type WatchdogOptions } from './watchdog.ts';

export type {
  JobSource,
  MachineConfig,
  PrintRequest,
} from '../workers/machine-protocol.ts';

export type ReleaseChunk = (request: ChunkRequest) => Promise<Result<ReleasedChunk>>;

/** A machine in the worker, seen from here. `state`, `temperatures` and `progress` are as of the last event. */
export interface MachineHandle {
  readonly machineId: string;
  readonly state: MachineState;
  readonly temperatures: Temperatures;
  /** Of the running print, or of the last one. */
  readonly progress: PrintProgress | undefined;
  onEvent(listener: (event: MachineEvent) => void): () => void;
  /** Pieces of the running print's record, in order, for the store to append. */
  onTelemetry(listener: (jobId: string, batch: TelemetryBatch) => void): () => void;
  /** Parts of a print file that is released elsewhere, as they pass the guard. */
  onPart(listener: (part: ReleasedPart) => void): () => void;
  /** The certificate of a printer that had none pinned yet. */
  onPin(listener: (pin: string) => void): void;
  connect(signal?: AbortSignal): Promise<Result<FirmwareReport>>;
  /**
   * Runs to the print's end. The G-code's buffer moves to the worker and is empty here afterwards; for a stream, `release`
   * is asked for each chunk, and asked again where it cannot answer now (stream.unreachable).
   */
  print(request: PrintRequest, release?: ReleaseChunk): Promise<Result<PrintEnd>>;
  pause(): Promise<Result<void>>;
  resume(): Promise<Result<void>>;
  cancel(): Promise<Result<void>>;
  emergencyStop(): Promise<void>;
  send(command: string): Promise<Result<readonly string[]>>;
  disconnect(): Promise<void>;
  /** Virtual printers only. */
  setTimeScale(scale: number): Promise<Result<void>>;
  clearBed(): Promise<Result<void>>;
  strike(trouble: Trouble): Promise<Result<void>>;
  truth(): Promise<Result<VirtualTruth>>;
  /** What a camera before the virtual printer would see, in RGB. */
  picture(): Promise<Result<Bytes>>;
  /** Puts the hash of a photograph into the record of the running print. */
  photo(note: PhotoNote): Promise<Result<void>>;
  /** Puts into the record of the running print who changes it by message, and how. */
  noteCommand(note: CommandNote): Promise<Result<void>>;
}

export interface MachineService {
  /** Makes the machine known to the worker; connect() opens its link. One handle a machine. */
  open(config: MachineConfig): Promise<Result<MachineHandle>>;
  get(machineId: string): MachineHandle | undefined;
  /** Disconnects (heaters off) and forgets one machine. */
  remove(machineId: string): Promise<void>;
  /** What was done to machines that an earlier console left hot, each told once; waits for what is being done. */
  incidents(): Promise<readonly WatchReport[]>;
  /** Disconnects all machines and ends the worker. */
  close(): Promise<void>;
}

export type MachineServiceOptions = {
  /** The bundled machine-worker.js. */
  readonly workerUrl: URL;
  /** Without it, nobody sees to hot machines when this process dies. Not used on Windows. */
  readonly watch?: WatchdogOptions;
};

const UNKNOWN: Temperatures = {
  nozzleC: undefined,
  nozzleTargetC: undefined,
  bedC: undefined,
  bedTargetC: undefined,
};
/** Long enough for the last bytes to leave a 115 200-baud port. */
const GOODBYE_MS = 200;

export function createMachineService(options: MachineServiceOptions): MachineService {
  return new Service(options);
}

type Pending = { readonly machineId: string; readonly resolve: (result: Result<unknown>) => void };

class Service implements MachineService {
  private readonly workerUrl: URL;
  private worker: Worker | undefined;
  private readonly handles = new Map<string, Handle>();
  private readonly pending = new Map<number, Pending>();
  /** Ports held for the worker, by machine. */
  private readonly claims = new Map<string, PortClaim>();
  /** Ports being let go, by machine: a new claim waits for it. */
  private readonly releases = new Map<string, Promise<void>>();
  private nextId = 1;
  private closing = false;
  private readonly watch: WatchdogOptions | undefined;
  private readonly folder: WatchFolder | undefined;
  private watchdog: Watchdog | undefined;

  constructor({ workerUrl, watch }: MachineServiceOptions) {
    this.workerUrl = workerUrl;
    if (watch === undefined || process.platform === 'win32') return;
    this.watch = watch;
    const folder = new WatchFolder(watch.folder);
    this.folder = folder;
    const parts = { folder, clock: systemClock, by: 'next start', open: openSerial } as const;
    for (const port of folder.armed()) {
      const attended = attendLeftMachine(port, parts).then(
        () => undefined,
        () => undefined,
      );
      this.releases.set(port.machineId, attended);
    }
  }

  async incidents(): Promise<readonly WatchReport[]> {
    await Promise.all(this.releases.values());
    return this.folder?.takeReports() ?? [];
  }

  /** The watchdog listens before the first port is opened. */
  private async place(): Promise<WatchPlace | undefined> {
    if (this.watch === undefined) return undefined;
    this.watchdog ??= startWatchdog(this.watch);
    await this.watchdog.ready();
    return { folder: this.watch.folder, socket: this.watchdog.socket };
  }

  async open(config: MachineConfig): Promise<Result<MachineHandle>> {
    const known = this.handles.get(config.machineId);
    if (known !== undefined) return ok(known);
    const handle = new Handle(
      config,
      (method, args, transfer) => this.call(config.machineId, method, args, transfer),
      (signal) => this.connect(handle, signal),
      () => void this.release(config.machineId),
    );
    this.handles.set(config.machineId, handle);
    const opened = await this.call(config.machineId, 'open', config);
    if (opened.ok) return ok(handle);
    this.handles.delete(config.machineId);
    return opened;
  }

  get(machineId: string): MachineHandle | undefined {
    return this.handles.get(machineId);
  }

  async remove(machineId: string): Promise<void> {
    if (!this.handles.has(machineId)) return;
    await this.call(machineId, 'close', undefined);
    this.handles.delete(machineId);
    await this.release(machineId);
  }

  async close(): Promise<void> {
    this.closing = true;
    if (this.worker !== undefined) {
      await Promise.all(
        [...this.handles.keys()].map((machineId) => this.call(machineId, 'close', undefined)),
      );
      await this.worker?.terminate();
    }
    this.worker = undefined;
    this.handles.clear();
    await Promise.all([...this.claims.keys()].map((machineId) => this.release(machineId)));
    // Where a machine may still be hot, the watchdog stays and sees to it once this process is gone.
    if (this.folder?.armed().length === 0) this.watchdog?.release();
  }

  /** The port is claimed here for as long as the machine is connected: the library that can do so needs this thread. */
  private async connect(handle: Handle, signal: AbortSignal | undefined): Promise<Result<FirmwareReport>> {
    const { config } = handle;
    const { machineId } = config;
    await this.releases.get(machineId);
    if (signal?.aborted === true) return refuse(deviceFault('device.aborted'));
    const cable = config.driver === 'serial' || config.driver === 'grbl' ? config : undefined;
    if (cable !== undefined && !this.claims.has(machineId)) {
      const claimed = await claimSerial(cable);
      if (!claimed.ok) return claimed;
      this.claims.set(machineId, claimed.value);
    }
    const abort = () => void this.call(machineId, 'abortConnect', undefined);
    signal?.addEventListener('abort', abort, { once: true });
    const place = cable === undefined ? undefined : await this.place();
    const connected = await this.call(machineId, 'connect', place);
    signal?.removeEventListener('abort', abort);
    if (!connected.ok && handle.state === 'offline') await this.release(machineId);
    return connected;
  }

  private async release(machineId: string): Promise<void> {
    const claim = this.claims.get(machineId);
    if (claim !== undefined) this.letGo(machineId, claim.release());
    await this.releases.get(machineId);
  }

  private letGo(machineId: string, released: Promise<void>): void {
    this.claims.delete(machineId);
    this.releases.set(machineId, released);
  }

  private call<M extends MachineMethod>(
    machineId: string,
    method: M,
    args: MachineCalls[M]['args'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Result<MachineCalls[M]['value']>> {
    const worker = this.worker ?? this.start();
    const id = this.nextId++;
    return new Promise((resolve) => {
      this.pending.set(id, {
        machineId,
        resolve: resolve as (result: Result<unknown>) => void,
      });
      worker.postMessage({ id, machineId, method, args }, [...transfer]);
    });
  }

  private start(): Worker {
    const worker = new Worker(this.workerUrl, { name: 'machines' });
    this.worker = worker;
    worker.on('message', (message: WorkerMessage) => this.receive(message));
    worker.on('error', () => this.bury(worker));
    worker.on('exit', () => this.bury(worker));
    // A new worker knows no machine yet; the calls below are queued behind these.
    for (const { config } of this.handles.values()) {
      worker.postMessage({ id: 0, machineId: config.machineId, method: 'open', args: config });
    }
    return worker;
  }

  private receive(message: WorkerMessage): void {
    switch (message.type) {
      case 'reply': {
        const pending = this.pending.get(message.id);
        this.pending.delete(message.id);
        pending?.resolve(message.result);
        return;
      }
      case 'events':
        this.handles.get(message.machineId)?.receive(message);
        return;
      case 'chunk': {
        const { machineId, id, request } = message;
        void this.handles
          .get(machineId)
          ?.releaseChunk(request)
          .then((result) => this.call(machineId, 'chunk', { id, result }));
        return;
      }
      case 'part':
        this.handles.get(message.machineId)?.receivePart(message);
        return;
      case 'pin':
        this.handles.get(message.machineId)?.receivePin(message.pin);
        return;
      case 'telemetry':
        this.handles.get(message.machineId)?.receiveTelemetry(message.jobId, message.batch);
        return;
    }
  }

  /** The worker is gone: nothing it drove may stay hot, and nobody may wait for it. */
  private bury(worker: Worker): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    if (this.closing) return;
    const fault = deviceFault('device.worker.died');
    for (const handle of this.handles.values()) {
      const claim = this.claims.get(handle.machineId);
      if (claim !== undefined) this.letGo(handle.machineId, this.takeOver(handle, claim));
      handle.lose(fault);
    }
    for (const [id, pending] of this.pending) {
      this.pending.delete(id);
      pending.resolve(refuse(fault));
    }
  }

  /** Off at once; then, where it was at work, seen to be off and put aside, before anybody else gets the port. */
  private async takeOver({ config }: Handle, claim: PortClaim): Promise<void> {
    await claim.write(config.driver === 'grbl' ? blindToolOff() : blindHeatersOff());
    await new Promise((resolve) => setTimeout(resolve, GOODBYE_MS));
    const left = this.folder?.armed().find(({ machineId }) => machineId === config.machineId);
    if (this.folder !== undefined && left !== undefined)
      await attendOpenMachine(left, this.folder, openTty(left.path));
    await claim.release();
  }
}

type Call = <M extends MachineMethod>(
  method: M,
  args: MachineCalls[M]['args'],
  transfer?: readonly ArrayBuffer[],
) => Promise<Result<MachineCalls[M]['value']>>;

class Handle implements MachineHandle {
  readonly config: MachineConfig;
  state: MachineState = 'offline';
  temperatures: Temperatures = UNKNOWN;
  progress: PrintProgress | undefined;
  private release: ReleaseChunk | undefined;
  private pinListener: (pin: string) => void = () => undefined;
  private readonly call: Call;
  private readonly connectPort: (signal: AbortSignal | undefined) => Promise<Result<FirmwareReport>>;
  private readonly left: () => void;
  private readonly listeners = new Set<(event: MachineEvent) => void>();
  private readonly followers = new Set<(part: ReleasedPart) => void>();
  private readonly recorders = new Set<(jobId: string, batch: TelemetryBatch) => void>();

  /** `left` is told whenever the machine is offline again. */
  constructor(
    config: MachineConfig,
    call: Call,
    connectPort: (signal: AbortSignal | undefined) => Promise<Result<FirmwareReport>>,
    left: () => void,
  ) {
    this.config = config;
    this.call = call;
    this.connectPort = connectPort;
    this.left = left;
  }

  get machineId(): string {
    return this.config.machineId;
  }

  onEvent(listener: (event: MachineEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onTelemetry(listener: (jobId: string, batch: TelemetryBatch) => void): () => void {
    this.recorders.add(listener);
    return () => this.recorders.delete(listener);
  }

  onPart(listener: (part: ReleasedPart) => void): () => void {
    this.followers.add(listener);
    return () => this.followers.delete(listener);
  }

  receivePart({ parts, partsTotal, lines, path }: ReleasedPart): void {
    for (const listener of this.followers) listener({ parts, partsTotal, lines, path });
  }

  onPin(listener: (pin: string) => void): void {
    this.pinListener = listener;
  }

  receivePin(pin: string): void {
    this.pinListener(pin);
  }

  connect(signal?: AbortSignal): Promise<Result<FirmwareReport>> {
    return this.connectPort(signal);
  }

  async print(request: PrintRequest, release?: ReleaseChunk): Promise<Result<PrintEnd>> {
    this.progress = undefined;
    const { source } = request;
    const transfer = source.kind === 'plain' ? buffersOf(source.gcode) : [];
    // A second print is refused by the driver; the one under way keeps its source.
    const streams = source.kind === 'stream' && this.release === undefined;
    if (streams) this.release = release;
    const end = await this.call('print', request, transfer);
    if (streams) this.release = undefined;
    return end;
  }

  async releaseChunk(request: ChunkRequest): Promise<Result<ReleasedChunk>> {
    return this.release === undefined ? refuse(streamFault('stream.closed')) : this.release(request);
  }

  pause(): Promise<Result<void>> {
    return this.call('pause', undefined);
  }

  resume(): Promise<Result<void>> {
    return this.call('resume', undefined);
  }

  cancel(): Promise<Result<void>> {
    return this.call('cancel', undefined);
  }

  async emergencyStop(): Promise<void> {
    await this.call('emergencyStop', undefined);
  }

  send(command: string): Promise<Result<readonly string[]>> {
    return this.call('send', command);
  }

  async disconnect(): Promise<void> {
    await this.call('disconnect', undefined);
  }

  setTimeScale(scale: number): Promise<Result<void>> {
    return this.call('setTimeScale', scale);
  }

  clearBed(): Promise<Result<void>> {
    return this.call('clearBed', undefined);
  }

  strike(trouble: Trouble): Promise<Result<void>> {
    return this.call('strike', trouble);
  }

  truth(): Promise<Result<VirtualTruth>> {
    return this.call('truth', undefined);
  }

  picture(): Promise<Result<Bytes>> {
    return this.call('picture', undefined);
  }

  photo(note: PhotoNote): Promise<Result<void>> {
    return this.call('photo', note);
  }

  noteCommand(note: CommandNote): Promise<Result<void>> {
    return this.call('command', note);
  }

  receive(message: Extract<WorkerMessage, { type: 'events' }>): void {
    this.temperatures = message.temperatures;
    for (const event of message.events) this.deliver(event);
    this.state = message.state;
    if (this.state === 'offline') this.left();
  }

  receiveTelemetry(jobId: string, batch: TelemetryBatch): void {
    for (const listener of this.recorders) listener(jobId, batch);
  }

  lose(fault: Fault): void {
    if (this.state === 'offline') return;
    this.deliver({ type: 'fault', fault });
    this.deliver({ type: 'state', state: 'offline', reason: fault.message });
  }

  private deliver(event: MachineEvent): void {
    if (event.type === 'state') this.state = event.state;
    if (event.type === 'progress') this.progress = event.progress;
    for (const listener of this.listeners) listener(event);
  }
}

/** The buffer to hand over; a view of part of a larger buffer is copied instead. */
function buffersOf(bytes: Bytes): readonly ArrayBuffer[] {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength ? [buffer] : [];
}
