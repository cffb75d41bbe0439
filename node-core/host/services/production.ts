// What happens by itself in an order. Reconciling looks at the proven state of an order and does whatever is this
// console's to do next: accept by the owner's rule, release the model for the designer, queue the copies, report the last
// one. It can be run again at any time, so a crash anywhere is mended by running it at start.

import { bytesToHex, ok, type Random, type Result } from '../../base/index.ts';
import type { ChainEvent } from '../../chain/index.ts';
import { connectionTraits } from '../../devices/index.ts';
import { addressToText, wrapKey } from '../../identity/index.ts';
import { decide, type Job, type PrintPlace, runningJob } from '../../jobs/index.ts';
import { legalEvents } from '../../paradigm/index.ts';
import { CopyPrinting, type CopyPrintingParts } from './copy-printing.ts';
import type { Identities } from './identities.ts';
import type { ResumeInput } from './job-files.ts';
import { releaseContext } from './keyring.ts';
import type { Models } from './models.ts';
import type { OpenOrder, Orders } from './orders.ts';
import { SharedRuns } from './shared-runs.ts';
import type { RightName } from './shop.ts';

export type ProductionParts = CopyPrintingParts & {
  readonly identities: Identities;
  readonly models: Models;
  readonly orders: Orders;
  readonly random: Random;
};

export class Production {
  readonly #parts: ProductionParts;
  readonly #runs: SharedRuns;
  readonly #copies: CopyPrinting;
  #queue: Promise<void> = Promise.resolve();
  /** Orders that wait to be looked at: however much happens in one meanwhile, looking once is enough. */
  readonly #waiting = new Set<string>();
  #closed = false;

  constructor(parts: ProductionParts) {
    this.#parts = parts;
    this.#runs = new SharedRuns(parts);
    this.#copies = new CopyPrinting(parts, (orderId) => this.#enqueue(() => this.reconcile(orderId)));
  }

  /** First call after a restart: what was being printed is closed and reported, then every open order is looked at. */
  async recover(): Promise<void> {
    const { store, clock, log } = this.#parts;
    for (const job of store.state.jobs) {
      if (!this.#isRunning(job)) continue;
      // One damaged job must not keep the console from starting.
      await this.#copies.settleInterrupted(job).catch((error: unknown) => {
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
    this.#copies.begin(store.job(jobId), undefined);
    return ok(undefined);
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
    this.#copies.begin(job, { line: line - 1, layer, preamble });
    return ok(undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#copies.stop();
    await this.#queue.catch(() => undefined);
    await this.#copies.ended();
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

  /** Copies that ended while the chain could not be told. */
  async #reportLeftOver(order: OpenOrder): Promise<void> {
    const { licence, id } = order;
    if (licence === undefined || licence.state.used <= licence.state.reported) return;
    for (const { id: jobId } of this.#parts.store.ofOrder(id)) {
      // Asked again for each: a print may have begun during the wait before.
      const job = this.#parts.store.job(jobId);
      if (this.#isRunning(job) || !this.#parts.machines.row(job.machineId).ok) continue;
      const attempt = job.phase === 'waiting' ? Math.max(1, job.attempt - 1) : job.attempt;
      await this.#copies.closeCopy(this.#parts.jobFiles.orderMandate(order), { ...job, attempt });
    }
  }

  #isRunning(job: Job): boolean {
    return runningJob(this.#parts.store.state, job.machineId)?.id === job.id;
  }
}
