// What is known of the file of a job, for the owner of its machine: what it is made under, the guard's word, the path of the
// nozzle, the way back into a print that was cut off. The file itself is opened in memory, and shown to nobody.

import type { GuardVerdictView, ResumeView } from '../../api/index.ts';
import type { Bytes, Clock, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { ContentCrypto } from '../../content/index.ts';
import { loadContent } from '../../content/index.ts';
import { deviceFault, dialectOf, isNetworkKind, releaseC } from '../../devices/index.ts';
import type { Job } from '../../jobs/index.ts';
import { decide } from '../../jobs/index.ts';
import { ruleFor } from '../../models/index.ts';
import { parseRecord, TelemetryEntry } from '../../records/index.ts';
import type { GcodeInspection, InspectionRules, MeshService } from '../adapters/mesh-service.ts';
import type { Mandate } from './mandate.ts';
import type { OrderMandateParts } from './order-mandate.ts';
import { OrderMandate } from './order-mandate.ts';
import type { OpenOrder, Orders } from './orders.ts';
import type { OwnFiles } from './own-files.ts';
import { productionFault } from './production-faults.ts';
import type { RemotePrints } from './remote-prints.ts';
import { type Shop, shopFault } from './shop.ts';
import { faultView } from './tasks.ts';

export type JobFileParts = OrderMandateParts & {
  readonly orders: Orders;
  readonly files: OwnFiles;
  readonly remotes: Pick<RemotePrints, 'of'>;
  readonly shop: Shop;
  readonly mesh: MeshService;
  readonly crypto: ContentCrypto;
  readonly clock: Clock;
};

export type ResumeInput = { readonly from: 'line' | 'layer'; readonly nozzleHeightMm?: number | undefined };

export class JobFiles {
  readonly #parts: JobFileParts;

  constructor(parts: JobFileParts) {
    this.#parts = parts;
  }

  /** How a print that was cut off would be gone on with; refused, with the reason, where it must not be. */
  async resumePlan(jobId: string, wish: ResumeInput): Promise<Result<ResumeView>> {
    const { store, machines, shop, clock, mesh } = this.#parts;
    const job = store.job(jobId);
    const nowMs = clock.nowMs();
    const allowed = decide(store.state, { type: 'resume-print', jobId, nowMs, expiresMs: nowMs });
    if (!allowed.ok) return allowed;
    const row = machines.row(job.machineId);
    if (!row.ok) return row;
    const { resumes, bedHoldsC } = shop.resuming(job.machineId);
    if (!resumes) return refuse(shopFault('shop.resume.off'));
    if (row.value.driver !== 'serial' && row.value.driver !== 'virtual')
      return refuse(deviceFault('device.resume.unsupported'));
    const live = machines.live(job.machineId);
    const ready = live.readyToPrint();
    if (!ready.ok) return ready;
    const linesReached = this.#linesReached(job);
    const gcode = await this.#ownGcode(job);
    if (!gcode.ok)
      return gcode.fault.code === 'production.file-elsewhere'
        ? refuse(productionFault('production.resume.file-elsewhere'))
        : gcode;
    const under = await this.rulesFor(job);
    if (!under.ok) return under;
    const plan = await mesh.planResume(gcode.value, under.value, {
      linesReached,
      ...wish,
    });
    if (!plan.ok) return plan;
    const bedC = live.handle?.temperatures.bedC ?? 0;
    const holdsC = bedHoldsC ?? releaseC(job.material, plan.value.bedC);
    if (bedC < holdsC)
      return refuse(
        deviceFault('device.resume.cold', { bedC: Math.round(bedC), releaseC: Math.round(holdsC) }),
      );
    const { line, preamble, ...facts } = plan.value;
    return ok({ ...facts, line: line + 1, lines: linesReached, preamble: [...preamble] });
  }

  /** The furthest that is known of the attempt that was cut off. */
  #linesReached({ id, attempt }: Job): number {
    const { store } = this.#parts;
    const place = store.place(id, attempt);
    const last = store.lastEntry(id, attempt);
    const entry = last === undefined ? undefined : parseRecord(TelemetryEntry, 'telemetry', last);
    const recorded = entry?.ok === true && entry.value.event.type === 'end' ? entry.value.event : undefined;
    return Math.max(place?.line ?? 0, recorded?.linesAcknowledged ?? 0);
  }

  /** The path of the nozzle for the live view, for the machine's owner. */
  async toolpath(jobId: string): Promise<Result<Bytes>> {
    const { store, mesh, remotes } = this.#parts;
    const gcode = await this.#ownGcode(store.job(jobId));
    if (gcode.ok) return mesh.toolpath(gcode.value);
    // Of a file elsewhere, as much as was released to this print.
    const released = remotes.of(jobId)?.path ?? [];
    return gcode.fault.code === 'production.file-elsewhere' && released.length > 0
      ? mesh.joinToolpath([...released])
      : gcode;
  }

  /** What stops the job's file on its machine under the rules of now, line by line, and what would let it pass. */
  async verdict(jobId: string): Promise<Result<GuardVerdictView>> {
    const inspected = await this.inspect(this.#parts.store.job(jobId));
    if (!inspected.ok) {
      const elsewhere = inspected.fault.code === 'production.file-elsewhere';
      const nothing = { findings: [], warnings: [], rulesUsed: [], lines: 0, elsewhere: true };
      return elsewhere ? ok(nothing) : inspected;
    }
    const { verdict, lines } = inspected.value;
    const { faults, report } = verdict;
    return ok({
      elsewhere: false,
      findings: [...faults, ...(lines.ok || faults.length > 0 ? [] : [lines.fault])].map((fault) => {
        const rule = ruleFor(fault);
        return { fault: faultView(fault), ...(rule === undefined ? {} : { rule }) };
      }),
      warnings: report.warnings.map(faultView),
      rulesUsed: [...report.rulesUsed],
      lines: report.lines,
    });
  }

  async inspect(job: Job): Promise<Result<GcodeInspection>> {
    const gcode = await this.#ownGcode(job);
    if (!gcode.ok) return gcode;
    const under = await this.rulesFor(job);
    return under.ok ? this.#parts.mesh.inspectGcode(gcode.value, under.value) : under;
  }

  /** What its file is held against. */
  async rulesFor({ machineId }: Job): Promise<Result<InspectionRules>> {
    const { machines } = this.#parts;
    const profile = await machines.profile(machineId);
    if (!profile.ok) return profile;
    const row = machines.row(machineId);
    if (!row.ok) return row;
    const rules = machines.guard.rulesOf(machineId);
    const limits = machines.heatLimits(machineId, profile.value);
    const dialect = dialectOf(row.value.driver, machines.live(machineId).firmware);
    const onCable = !isNetworkKind(row.value.driver);
    return ok({ profile: profile.value, rules, limits, dialect, onCable });
  }

  /** What the job is made under. */
  async mandate(job: Job): Promise<Result<Mandate>> {
    if (job.own !== undefined) return this.#parts.files.mandate(job.own.fileId);
    const order = await this.#parts.orders.open(job.orderId);
    return order.ok ? ok(this.orderMandate(order.value)) : order;
  }

  orderMandate(order: OpenOrder): Mandate {
    return new OrderMandate(this.#parts, order);
  }

  /** The job's G-code in memory, for the owner of its machine. */
  async #ownGcode(job: Job): Promise<Result<Bytes>> {
    const { machines, blocks, crypto } = this.#parts;
    if (!machines.row(job.machineId).ok) return refuse(productionFault('production.toolpath.not-yours'));
    const mandate = await this.mandate(job);
    if (!mandate.ok) return mandate;
    const source = await mandate.value.source();
    if (!source.ok) return source;
    if (source.value.kind === 'remote') return refuse(productionFault('production.file-elsewhere'));
    return loadContent(source.value.contentId, source.value.key, blocks, crypto);
  }
}
