// What happens by itself in an order, and how a copy is printed. Reconciling looks at the proven state of an order and
// does whatever is this console's to do next: accept by the owner's rule, release the model for the designer, queue the
// copies, report the last one. It can be run again at any time, so a crash anywhere is mended by running it at start.

import type { Clock, Log, Random, Result } from '../../base/index.ts';
import { bytesToHex, FaultError, ok, refuse } from '../../base/index.ts';
import { type ChainEvent, CopyState, copyKey } from '../../chain/index.ts';
import type { BlockStore, ContentCrypto } from '../../content/index.ts';
import type { PrintEnd, ResumeOrder } from '../../devices/index.ts';
import { connectionTraits } from '../../devices/index.ts';
import { addressToText, wrapKey } from '../../identity/index.ts';
import type { AllowedRule, Job, PrintPlace } from '../../jobs/index.ts';
import { decide, jobFault, jobHash, runningJob, VitalsCollector } from '../../jobs/index.ts';
import { legalEvents } from '../../paradigm/index.ts';
import { isPrinter } from '../../records/index.ts';
import type { MachineHandle } from '../adapters/machine-service.ts';
import type { GcodeLines, MeshService } from '../adapters/mesh-service.ts';
import type { PrintRequest, StreamGuard } from '../workers/machine-protocol.ts';
import type { Cameras } from './cameras.ts';
import type { ChainClient } from './chain-client.ts';
import type { EventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import { closeInterruptedLog } from './interrupted-log.ts';
import type { JobFiles, ResumeInput } from './job-files.ts';
import type { JobStore } from './job-store.ts';
import { endJob } from './job-store.ts';
import type { JobStreams } from './job-streams.ts';
import { releaseContext } from './keyring.ts';
import type { Machines } from './machines.ts';
import { machineServiceFault } from './machines.ts';
import type { CopyInBooks, Mandate, RemoteSource, SealedSource } from './mandate.ts';
import type { Models } from './models.ts';
import type { OpenOrder, Orders } from './orders.ts';
import { productionFault } from './production-faults.ts';
import type { Quotes } from './quotes.ts';
import type { RemotePrint, RemotePrints } from './remote-prints.ts';
import { SharedRuns } from './shared-runs.ts';
import type { RightName, Shop } from './shop.ts';

export type ProductionParts = {
  readonly chain: ChainClient;
  readonly identities: Identities;
  readonly machines: Machines;
  readonly models: Models;
  readonly orders: Orders;
  readonly jobFiles: JobFiles;
  readonly quotes: Quotes;
  readonly store: JobStore;
  readonly streams: JobStreams;
  readonly remotes: RemotePrints;
  readonly shop: Shop;
  readonly cameras: Cameras;
  readonly mesh: MeshService;
  readonly blocks: BlockStore;
  readonly crypto: ContentCrypto;
  readonly random: Random;
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

export class Production {
  readonly #parts: ProductionParts;
  readonly #runs: SharedRuns;
  #queue: Promise<void> = Promise.resolve();
  readonly #running = new Set<Promise<void>>();
  /** Orders that wait to be looked at: however much happens in one meanwhile, looking once is enough. */
  readonly #waiting = new Set<string>();
  #closed = false;

  constructor(parts: ProductionParts) {
    this.#parts = parts;
    this.#runs = new SharedRuns(parts);
  }

  /** First call after a restart: what was being printed is closed and reported, then every open order is looked at. */
  async recover(): Promise<void> {
    const { store, clock, log } = this.#parts;
    for (const job of store.state.jobs) {
      if (!this.#isRunning(job)) continue;
      // One damaged job must not keep the console from starting.
      await this.#settleInterrupted(job).catch((error: unknown) => {
        log('error', 'production.recover-failed', { job: job.id, error });
      });
    }
    const places = new Map<string, PrintPlace>();
    for (const job of store.state.jobs) {
      const place = this.#isRunning(job) ? store.place(job.id, job.attempt) : undefined;
      if (place !== undefined) places.set(job.id, place);
    }
    store.run({ type: 'recover', nowMs: clock.nowMs(), places });
    await this.reconcileAll();
  }

  onChainEvent(event: ChainEvent): void {
    const instance = event.attributes['instance'];
    if (instance === undefined || !(event.type.startsWith('contract.') || event.type.startsWith('licence.')))
      return;
    const address = addressToText(Buffer.from(instance, 'hex'));
    if (this.#waiting.has(address)) return;
    this.#waiting.add(address);
    void this.#enqueue(() => {
      this.#waiting.delete(address);
      return this.reconcile(address);
    });
  }

  /** Looks at every order that one of this console's people or machines has a part in. */
  async reconcileAll(): Promise<void> {
    const { chain, identities } = this.#parts;
    const ids = new Set<string>();
    for (const person of identities.people()) {
      const mine = await chain.list('contracts-of', identities.keyPair(person.address).address);
      if (mine.ok) for (const id of mine.value) ids.add(addressToText(id));
    }
    await this.#enqueue(async () => {
      for (const id of ids) await this.reconcile(id);
    });
  }

  async reconcile(id: string): Promise<void> {
    const order = await this.#parts.orders.open(id);
    if (!order.ok || this.#closed) return;
    await this.#acceptByRule(order.value);
    await this.#release(order.value);
    this.#queueCopies(order.value);
    await this.#runs.record(order.value);
    await this.#reportLeftOver(order.value);
    await this.#reportPrinted(order.value);
  }

  confirmBedClear(machineId: string): Result<void> {
    const row = this.#parts.machines.row(machineId);
    if (!row.ok) return row;
    // Whoever confirms a virtual printer's bed has also taken the virtual part off.
    if (row.value.driver === 'virtual') void this.#parts.machines.live(machineId).handle?.clearBed();
    return this.#parts.store.run({ type: 'confirm-bed-clear', machineId, nowMs: this.#parts.clock.nowMs() });
  }

  retry(jobId: string): Result<void> {
    return this.#parts.store.run({ type: 'retry', jobId, nowMs: this.#parts.clock.nowMs() });
  }

  /** Whether the account may do this with the job: its machine's owner may, and whom the owner gave the right. */
  allowed(jobId: string, account: string | undefined, right: RightName): Result<void> {
    const { store, machines, shop } = this.#parts;
    const { machineId } = store.job(jobId);
    const row = machines.row(machineId);
    return row.ok ? shop.allows(machineId, row.value.owner, account, right) : row;
  }

  prefer(jobId: string, priority: number): Result<void> {
    return this.#parts.store.run({ type: 'prefer', jobId, priority, nowMs: this.#parts.clock.nowMs() });
  }

  gather(jobId: string, orderIds: readonly string[]): Result<void> {
    const { store, clock } = this.#parts;
    const gathered = store.run({ type: 'gather', jobId, orderIds, nowMs: clock.nowMs() });
    // Their buyers are told of it by the chain; what is not recorded now is at the next look.
    if (gathered.ok) void this.#enqueue(() => this.reconcile(store.job(jobId).orderId));
    return gathered;
  }

  moveToFront(jobId: string): Result<void> {
    return this.#parts.store.run({ type: 'move-to-front', jobId, nowMs: this.#parts.clock.nowMs() });
  }

  /** Starts the next job on a bed confirmed clear; the print itself runs on. */
  start(jobId: string, expiresMs: number): Result<void> {
    const { store, machines, clock } = this.#parts;
    const job = store.job(jobId);
    const live = machines.live(job.machineId);
    const command = { type: 'start', jobId, nowMs: clock.nowMs(), expiresMs } as const;
    // What the queue says of the job is nearer to the person than what the machine says of itself.
    const allowed = decide(store.state, command);
    if (!allowed.ok) return allowed;
    const ready = live.readyToPrint();
    if (!ready.ok) return ready;
    const started = store.run(command);
    if (!started.ok) return started;
    live.begin(job.secondsEstimated);
    this.#run(store.job(jobId), undefined);
    return ok(undefined);
  }

  #run(job: Job, resume: Resumed | undefined): void {
    const print = this.#print(job, resume).catch((error: unknown) => this.#crashed(job.id, error));
    this.#running.add(print);
    void print.finally(() => this.#running.delete(print));
  }

  /** Goes on with it. Looked at anew: the bed may have cooled since the plan was shown. */
  async resumePrint(jobId: string, wish: ResumeInput, expiresMs: number): Promise<Result<void>> {
    const { store, machines, clock } = this.#parts;
    const plan = await this.#parts.jobFiles.resumePlan(jobId, wish);
    if (!plan.ok) return plan;
    const started = store.run({ type: 'resume-print', jobId, nowMs: clock.nowMs(), expiresMs });
    if (!started.ok) return started;
    const job = store.job(jobId);
    machines.live(job.machineId).begin(job.secondsEstimated);
    const { line, layer, preamble } = plan.value;
    this.#run(job, { line: line - 1, layer, preamble });
    return ok(undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.catch(() => undefined);
    await Promise.allSettled([...this.#running]);
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    const next = this.#queue.then(async () => {
      if (this.#closed) return;
      try {
        await work();
      } catch (error) {
        this.#parts.log('error', 'production.failed', { error });
      }
    });
    this.#queue = next;
    return next;
  }

  async #acceptByRule(order: OpenOrder): Promise<void> {
    const { machines, identities, orders, log } = this.#parts;
    const row = machines.row(addressToText(order.quote.machine));
    const owner = addressToText(order.quote.owner);
    if (!row.ok || !identities.holds(owner)) return;
    // The file would be stored where its designer did not allow it to be.
    const stays = connectionTraits(row.value.driver).keepsFiles;
    if (stays && this.#parts.jobFiles.orderMandate(order).isEntrusted) return;
    const rule = machines.rule(row.value);
    const within = order.quote.payouts.owner >= rule.minimumMicro && order.quote.quantity <= rule.quantityMax;
    const open = legalEvents(order.paradigm, order.instance, 'owner').some(
      (event) => event.event === 'accept',
    );
    if (!rule.enabled || !within || !open) return;
    const accepted = await orders.send(identities.keyPair(owner), order.id, 'accept', {});
    if (!accepted.ok) log('warn', 'rule.accept-refused', { order: order.id, code: accepted.fault.code });
  }

  /** The designer's side: wraps the model's key for the licensed machine, once. */
  async #release(order: OpenOrder): Promise<void> {
    const { licence } = order;
    if (licence === undefined || licence.state.wrappedKey !== null || order.instance.deadlineS === undefined)
      return;
    const { identities, models, machines, chain, random, log } = this.#parts;
    const designer = addressToText(licence.state.licensor);
    if (!identities.holds(designer)) return;
    const model = await models.open(bytesToHex(licence.state.designHash));
    const machine = await machines.state(addressToText(licence.state.machine));
    if (!model.ok || !machine.ok) return;
    // A machine elsewhere gets no key of the file: this console releases it while it prints.
    const isHere = machines.row(addressToText(licence.state.machine)).ok;
    const key = isHere ? model.value.key : random.bytes(32);
    const wrappedKey = wrapKey(key, machine.value.machineKey, releaseContext(licence.address), random);
    const message = { type: 'licence.release', licence: licence.address, wrappedKey } as const;
    const released = await chain.submit(identities.keyPair(designer), message);
    if (!released.ok) log('warn', 'licence.release-refused', { order: order.id, code: released.fault.code });
  }

  #queueCopies(order: OpenOrder): void {
    const { licence, quote, instance, id } = order;
    const { store, machines, clock } = this.#parts;
    const machineId = addressToText(quote.machine);
    if (licence?.state.wrappedKey == null || instance.state !== 'accepted') return;
    if (!machines.row(machineId).ok || store.ofOrder(id).length > 0) return;
    store.run({
      type: 'add',
      nowMs: clock.nowMs(),
      jobs: {
        orderId: id,
        machineId,
        title: `${bytesToHex(quote.designHash).slice(0, 8)}`,
        copies: quote.quantity,
        material: quote.material,
        colour: quote.colour,
        gcodeHash: bytesToHex(quote.slice.gcodeHash),
        secondsEstimated: quote.slice.seconds,
        milligrams: quote.slice.milligrams,
        ...(instance.deadlineS === undefined ? {} : { deadlineMs: Number(instance.deadlineS) * 1000 }),
      },
    });
  }

  /** The machine's word that every copy is done; the contract checks it against the reports on chain. */
  async #reportPrinted(order: OpenOrder): Promise<void> {
    const { licence, quote, instance } = order;
    const machineId = addressToText(quote.machine);
    if (licence === undefined || instance.state !== 'accepted' || licence.state.finished < quote.quantity)
      return;
    const row = this.#parts.machines.row(machineId);
    if (!row.ok) return;
    const sponsor = this.#parts.identities.keyPair(row.value.owner);
    const sent = await this.#parts.orders.send(
      this.#parts.machines.keyPair(machineId),
      order.id,
      'printed',
      {},
      sponsor,
    );
    if (!sent.ok) this.#parts.log('warn', 'printed.refused', { order: order.id, code: sent.fault.code });
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
    if (job.own === undefined) await this.#enqueue(() => this.reconcile(job.orderId));
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
    const copy = await this.#closeCopy(mandate, { ...job, attempt: Math.max(1, job.attempt - 1) });
    if (!copy.ok) endJob(store, job.id, 'failed', clock.nowMs(), copy.fault);
    else if (copy.value === 'finished') endJob(store, job.id, 'finished', clock.nowMs());
    else return false;
    return true;
  }

  async #settleInterrupted(job: Job): Promise<void> {
    const { store, clock } = this.#parts;
    const mandate = await this.#parts.jobFiles.mandate(job);
    if (!mandate.ok) return;
    const copy = await this.#closeCopy(mandate.value, job);
    if (copy.ok && copy.value === 'finished') endJob(store, job.id, 'finished', clock.nowMs());
  }

  /** Copies that ended while the chain could not be told. */
  async #reportLeftOver(order: OpenOrder): Promise<void> {
    const { licence, id } = order;
    if (licence === undefined || licence.state.used <= licence.state.reported) return;
    for (const { id: jobId } of this.#parts.store.ofOrder(id)) {
      // Asked again for each: a print may have begun during the wait before.
      const job = this.#parts.store.job(jobId);
      if (this.#isRunning(job) || !this.#parts.machines.row(job.machineId).ok) continue;
      const attempt = job.phase === 'waiting' ? Math.max(1, job.attempt - 1) : job.attempt;
      await this.#closeCopy(this.#parts.jobFiles.orderMandate(order), { ...job, attempt });
    }
  }

  #isRunning(job: Job): boolean {
    return runningJob(this.#parts.store.state, job.machineId)?.id === job.id;
  }

  /** The copy as the books have it, after a record that was left open was completed from the attempt's log. */
  async #closeCopy(mandate: Mandate, attempt: Job): Promise<Result<CopyInBooks>> {
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
