// How a copy is printed, and how its record is closed. An attempt counts once it is on chain and is fed only what the
// guard passed; whatever ends it, what is known of it is completed, signed and reported.

import { type Clock, FaultError, type Log, ok, type Result, refuse } from '../../base/index.ts';
import { CopyState, copyKey } from '../../chain/index.ts';
import { connectionTraits, type PrintEnd, type ResumeOrder } from '../../devices/index.ts';
import { type AllowedRule, type Job, jobFault, jobHash, VitalsCollector } from '../../jobs/index.ts';
import { isPrinter } from '../../records/index.ts';
import type { MachineHandle } from '../adapters/machine-service.ts';
import type { GcodeLines } from '../adapters/mesh-service.ts';
import type { PrintRequest, StreamGuard } from '../workers/machine-protocol.ts';
import type { Cameras } from './cameras.ts';
import type { ChainClient } from './chain-client.ts';
import type { EventBus } from './event-bus.ts';
import { closeInterruptedLog } from './interrupted-log.ts';
import type { JobFiles } from './job-files.ts';
import { endJob, type JobStore } from './job-store.ts';
import type { JobStreams } from './job-streams.ts';
import { machineServiceFault } from './machine-faults.ts';
import type { Machines } from './machines.ts';
import type { CopyInBooks, Mandate, RemoteSource, SealedSource } from './mandate.ts';
import { productionFault } from './production-faults.ts';
import type { RemotePrint, RemotePrints } from './remote-prints.ts';
import type { Shop } from './shop.ts';

export type CopyPrintingParts = {
  readonly chain: ChainClient;
  readonly machines: Machines;
  readonly jobFiles: JobFiles;
  readonly store: JobStore;
  readonly streams: JobStreams;
  readonly remotes: RemotePrints;
  readonly shop: Shop;
  readonly cameras: Cameras;
  readonly clock: Clock;
  readonly log: Log;
  readonly bus: Pick<EventBus, 'changed'>;
};

/** Leave to print: the rules that it rests on, and where the file's lines are or who releases them. */
type Pass = { readonly allowed: readonly AllowedRule[] } & (
  | { readonly kind: 'sealed'; readonly source: SealedSource; readonly lines: GcodeLines }
  | { readonly kind: 'remote'; readonly print: RemotePrint; readonly guard: StreamGuard }
);

type Resumed = ResumeOrder & { readonly layer: number };

const PLACE_INTERVAL_MS = 1_000;

export class CopyPrinting {
  readonly #parts: CopyPrintingParts;
  readonly #onPrinted: (orderId: string) => Promise<void>;
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  /** `onPrinted` looks at the order of a copy that has ended. */
  constructor(parts: CopyPrintingParts, onPrinted: (orderId: string) => Promise<void>) {
    this.#parts = parts;
    this.#onPrinted = onPrinted;
  }

  /** The print itself runs on; it never throws. */
  begin(job: Job, resume: Resumed | undefined): void {
    const print = this.#print(job, resume).catch((error: unknown) => this.#crashed(job.id, error));
    this.#running.add(print);
    void print.finally(() => this.#running.delete(print));
  }

  /** No attempt begins from now on. */
  stop(): void {
    this.#closed = true;
  }

  async ended(): Promise<void> {
    await Promise.allSettled([...this.#running]);
  }

  /** One copy: use up the licence, print from memory, report. Each step is on disk or on chain before the next. */
  async #print(job: Job, resume: Resumed | undefined): Promise<void> {
    const { store, clock } = this.#parts;
    const fail = (fault: Parameters<typeof endJob>[4]) =>
      endJob(store, job.id, 'failed', clock.nowMs(), fault);
    const opened = await this.#parts.jobFiles.mandate(job);
    if (!opened.ok) return fail(opened.fault);
    const mandate = opened.value;
    if (await this.#settleCopy(mandate, job)) return;
    const pass = await this.#pass(mandate, job);
    if (!pass.ok) return fail(pass.fault);
    try {
      await this.#printPassed(mandate, job, pass.value, resume);
    } finally {
      if (pass.value.kind === 'remote') this.#parts.remotes.end(pass.value.print);
    }
  }

  async #printPassed(mandate: Mandate, job: Job, pass: Pass, resume: Resumed | undefined): Promise<void> {
    const { store, clock, machines } = this.#parts;
    const fail = (fault: Parameters<typeof endJob>[4]) =>
      endJob(store, job.id, 'failed', clock.nowMs(), fault);
    if (this.#closed) return fail(jobFault('job.interrupted'));
    // An attempt counts once it is on chain: not for a machine that was lost since the start was given.
    const ready = machines.live(job.machineId).readyToPrint();
    if (!ready.ok) return fail(ready.fault);
    const used = await mandate.spend(job);
    if (!used.ok) return fail(used.fault);
    const handle = machines.live(job.machineId).handle;
    if (handle === undefined) {
      await this.#closeLog(mandate, job);
      return fail(machineServiceFault('machines.offline'));
    }
    store.run({ type: 'printing', jobId: job.id, nowMs: clock.nowMs() });
    const stopPauses = this.#followPauses(job);
    const stopPlaces = this.#followPlaces(job);
    const vitals = new VitalsCollector();
    const stopVitals = this.#followVitals(job, vitals);
    const stopRecord = handle.onTelemetry((jobId, batch) => {
      if (jobId === job.id) store.appendTelemetry(job.id, job.attempt, batch);
    });
    const ended = await this.#feed(handle, job, pass, resume);
    stopPauses();
    stopPlaces();
    stopVitals();
    if (ended.ok) this.#parts.shop.noteVitals(job.machineId, vitals.finish(ended.value));
    stopRecord();
    await this.#finish(mandate, job, ended);
  }

  /** The guard's word before anything is spent or moves; for a file elsewhere, its designer's that it would be released. */
  async #pass(mandate: Mandate, job: Job): Promise<Result<Pass>> {
    const row = this.#parts.machines.row(job.machineId);
    if (!row.ok) return row;
    const { keepsFiles } = connectionTraits(row.value.driver);
    if (mandate.isEntrusted && keepsFiles) return refuse(productionFault('production.file-would-stay'));
    const source = await mandate.source();
    if (!source.ok) return source;
    if (source.value.kind === 'remote') return this.#remotePass(job, source.value);
    const inspected = await this.#parts.jobFiles.inspect(job);
    if (!inspected.ok) return inspected;
    const { verdict, lines } = inspected.value;
    const [first] = verdict.faults;
    if (first !== undefined) return refuse(first);
    if (!lines.ok) return lines;
    const allowed = this.#parts.machines.guard.recordOf(job.machineId, verdict.report.rulesUsed);
    return ok({ kind: 'sealed', source: source.value, allowed, lines: lines.value });
  }

  /** Which of the owner's rules the file needs shows while it prints: all of them are in the record. */
  async #remotePass(job: Job, source: RemoteSource): Promise<Result<Pass>> {
    const { machines, remotes, chain } = this.#parts;
    const row = machines.row(job.machineId);
    if (!row.ok) return row;
    if (!connectionTraits(row.value.driver).secureStreaming)
      return refuse(productionFault('production.release.unsupported'));
    const under = await this.#parts.jobFiles.rulesFor(job);
    if (!under.ok) return under;
    const { profile, rules, dialect } = under.value;
    if (!isPrinter(profile)) return refuse(productionFault('production.release.unsupported'));
    const copy = await chain.read(CopyState, copyKey(source.licence, job.copy));
    if (!copy.ok) return copy;
    const attempt = (copy.value?.value.attempts ?? 0) + 1;
    const { secretKey } = machines.keyPair(job.machineId);
    const print = remotes.begin(job, source, attempt, secretKey);
    const ready = await print.ready();
    if (!ready.ok) {
      remotes.end(print);
      return ready;
    }
    const keys = machines.guard.list(job.machineId).map(({ key }) => key);
    const allowed = machines.guard.recordOf(job.machineId, keys);
    return ok({ kind: 'remote', print, allowed, guard: { profile, rules, dialect } });
  }

  /** A machine that is fed line by line gets the file as it prints; another one gets it whole, from memory. */
  async #feed(
    handle: MachineHandle,
    job: Job,
    pass: Pass,
    resume: Resumed | undefined,
  ): Promise<Result<PrintEnd>> {
    const { cameras } = this.#parts;
    const resumed = resume === undefined ? {} : { resumed: { line: resume.line, layer: resume.layer } };
    const record = { ...this.#telemetryStart(job), allowed: pass.allowed, ...resumed };
    const stopPhotos = cameras.follow(job, handle);
    const order = resume === undefined ? {} : { resume: { line: resume.line, preamble: resume.preamble } };
    const request = { jobId: job.id, record, photos: stopPhotos !== undefined, ...order };
    try {
      return await (pass.kind === 'remote'
        ? this.#feedRemote(handle, request, pass)
        : this.#feedSealed(handle, job, request, pass));
    } finally {
      stopPhotos?.();
    }
  }

  async #feedSealed(
    handle: MachineHandle,
    job: Job,
    request: Omit<PrintRequest, 'source'>,
    { source, lines }: Extract<Pass, { kind: 'sealed' }>,
  ): Promise<Result<PrintEnd>> {
    const { machines, streams } = this.#parts;
    const row = machines.row(job.machineId);
    if (!row.ok) return row;
    if (!connectionTraits(row.value.driver).secureStreaming) return handle.print({ ...request, source });
    const { contentId, key } = source;
    const machine = machines.keyPair(job.machineId).publicKey;
    const stream = streams.open({ job, contentId, key, lines, machine });
    if (!stream.ok) return stream;
    const { grant, release } = stream.value;
    const ended = await handle.print({ ...request, source: { kind: 'stream', grant } }, release);
    stream.value.close();
    return ended;
  }

  async #feedRemote(
    handle: MachineHandle,
    request: Omit<PrintRequest, 'source'>,
    { print, guard }: Extract<Pass, { kind: 'remote' }>,
  ): Promise<Result<PrintEnd>> {
    const opened = await print.open();
    if (!opened.ok) return opened;
    const { grant, sessionSecret, release } = opened.value;
    const stopParts = handle.onPart((part) => {
      print.note(part);
      this.#parts.bus.changed('jobs', request.jobId);
    });
    const source = { kind: 'stream', grant, remote: { sessionSecret, guard } } as const;
    try {
      return await handle.print({ ...request, source }, release);
    } finally {
      stopParts();
      this.#parts.remotes.end(print);
    }
  }

  #telemetryStart(job: Job) {
    const { clock, machines } = this.#parts;
    return {
      job: jobHash(job.id),
      copy: job.copy,
      gcodeHash: Buffer.from(job.gcodeHash, 'hex'),
      startedS: Math.floor(clock.nowMs() / 1000),
      secretKey: machines.keyPair(job.machineId).secretKey,
    };
  }

  async #finish(mandate: Mandate, job: Job, ended: Result<PrintEnd>): Promise<void> {
    const { store, clock } = this.#parts;
    await this.#closeLog(mandate, job);
    if (ended.ok) {
      const profile = await this.#parts.machines.profile(job.machineId);
      if (profile.ok) this.#parts.shop.count(job.machineId, profile.value, job, ended.value);
    }
    const outcome = ended.ok ? ended.value.outcome : 'failed';
    endJob(store, job.id, outcome, clock.nowMs(), ended.ok ? ended.value.fault : ended.fault);
    if (job.own === undefined) await this.#onPrinted(job.orderId);
  }

  /** Pauses and resumes at the machine show in the queue too. */
  #followPauses(job: Job): () => void {
    const { store, machines, clock } = this.#parts;
    return machines.live(job.machineId).onEvent((event) => {
      if (event.type !== 'state') return;
      const { phase } = store.job(job.id);
      if (event.state === 'paused' && phase === 'printing')
        store.run({ type: 'paused', jobId: job.id, nowMs: clock.nowMs() });
      if (event.state === 'printing' && phase === 'paused')
        store.run({ type: 'resumed', jobId: job.id, nowMs: clock.nowMs() });
    });
  }

  /** How far it has come is on disk every second, for whoever comes back after a loss of power. */
  #followPlaces(job: Job): () => void {
    const { store, machines, clock } = this.#parts;
    let notedMs = Number.NEGATIVE_INFINITY;
    return machines.live(job.machineId).onEvent((event) => {
      const nowMs = clock.monotonicMs();
      if (event.type !== 'progress' || nowMs - notedMs < PLACE_INTERVAL_MS) return;
      notedMs = nowMs;
      const { linesAcknowledged: line, layer, layersTotal, positionMm } = event.progress;
      store.notePlace(job.id, job.attempt, { line, layer, layersTotal, heightMm: positionMm.z });
    });
  }

  /** The machine's own time is the clock's, but for virtual printers in fast motion. */
  #followVitals(job: Job, vitals: VitalsCollector): () => void {
    const { machines, clock } = this.#parts;
    const row = machines.row(job.machineId);
    const pace = row.ok && row.value.driver === 'virtual' ? row.value.time_scale : 1;
    // Reports of a machine in fast motion are gathered on their way: their times say nothing of its heaters.
    if (pace !== 1) return () => undefined;
    return machines.live(job.machineId).onEvent((event) => vitals.record(event, clock.monotonicMs()));
  }

  /**
   * A copy that an interrupted attempt left open on chain is closed first; one that the chain has as finished is not
   * printed twice. True where the job ended here.
   */
  async #settleCopy(mandate: Mandate, job: Job): Promise<boolean> {
    const { store, clock } = this.#parts;
    const copy = await this.closeCopy(mandate, { ...job, attempt: Math.max(1, job.attempt - 1) });
    if (!copy.ok) endJob(store, job.id, 'failed', clock.nowMs(), copy.fault);
    else if (copy.value === 'finished') endJob(store, job.id, 'finished', clock.nowMs());
    else return false;
    return true;
  }

  /** After a restart: a copy whose attempt the chain has as finished is finished. */
  async settleInterrupted(job: Job): Promise<void> {
    const { store, clock } = this.#parts;
    const mandate = await this.#parts.jobFiles.mandate(job);
    if (!mandate.ok) return;
    const copy = await this.closeCopy(mandate.value, job);
    if (copy.ok && copy.value === 'finished') endJob(store, job.id, 'finished', clock.nowMs());
  }

  /** The copy as the books have it, after a record that was left open was completed from the attempt's log. */
  async closeCopy(mandate: Mandate, attempt: Job): Promise<Result<CopyInBooks>> {
    const copy = await mandate.copy(attempt);
    if (!copy.ok || copy.value !== 'open') return copy;
    await this.#closeLog(mandate, attempt);
    return mandate.copy(attempt);
  }

  /** Completes an unfinished record with what is known, and reports it. */
  async #closeLog(mandate: Mandate, job: Job): Promise<void> {
    const { store, machines, log } = this.#parts;
    const batch = closeInterruptedLog(store.log(job.id, job.attempt), {
      jobId: job.id,
      copy: job.copy,
      gcodeHash: Buffer.from(job.gcodeHash, 'hex'),
      startedS: Math.floor((job.startedMs ?? job.createdMs) / 1000),
      secretKey: machines.keyPair(job.machineId).secretKey,
      place: store.place(job.id, job.attempt),
    });
    if (!batch.ok) return log('error', 'telemetry.unreadable', { job: job.id });
    store.appendTelemetry(job.id, job.attempt, batch.value);
    const reported = await mandate.report(job);
    if (!reported.ok) log('warn', 'licence.report-refused', { job: job.id, code: reported.fault.code });
  }

  #crashed(jobId: string, error: unknown): void {
    const { store, clock, log } = this.#parts;
    log('error', 'print.crashed', { jobId, error });
    const fault = error instanceof FaultError ? error.fault : undefined;
    store.run({ type: 'ended', jobId, outcome: 'failed', nowMs: clock.nowMs(), fault });
  }
}
