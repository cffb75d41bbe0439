// Jobs as the pages show them.

import type { JobView } from '../../api/index.ts';
import type { Job } from '../../jobs/index.ts';
import { lineOf, stateOf } from '../../jobs/index.ts';
import { parseRecord, TelemetryEntry } from '../../records/index.ts';
import type { JobStore } from './job-store.ts';
import type { Machines } from './machines.ts';
import type { RemotePrints } from './remote-prints.ts';
import type { Shop } from './shop.ts';
import { faultView } from './tasks.ts';

export type JobViewParts = {
  readonly store: JobStore;
  readonly machines: Machines;
  readonly shop: Shop;
  readonly remotes: Pick<RemotePrints, 'of'>;
  readonly titleOf: (orderId: string) => Promise<string>;
};

export class JobViews {
  readonly #store: JobStore;
  readonly #machines: Machines;
  readonly #shop: Shop;
  readonly #remotes: Pick<RemotePrints, 'of'>;
  readonly #titleOf: (orderId: string) => Promise<string>;
  readonly #titles = new Map<string, string>();

  constructor(parts: JobViewParts) {
    this.#store = parts.store;
    this.#machines = parts.machines;
    this.#shop = parts.shop;
    this.#remotes = parts.remotes;
    this.#titleOf = parts.titleOf;
  }

  async list(machineId: string | undefined): Promise<JobView[]> {
    const jobs = this.#store.state.jobs.filter(
      (job) => machineId === undefined || job.machineId === machineId,
    );
    const places = new Map<string, number>();
    for (const id of new Set(jobs.map((job) => job.machineId))) this.#line(id, places);
    return Promise.all(jobs.map((job) => this.#view(job, places)));
  }

  /** @throws FaultError job.unknown. */
  job(id: string): Job {
    return this.#store.job(id);
  }

  get(id: string): Promise<JobView> {
    const job = this.#store.job(id);
    return this.#view(job, this.#line(job.machineId, new Map()));
  }

  #line(machineId: string, places: Map<string, number>): ReadonlyMap<string, number> {
    for (const [index, job] of lineOf(this.#store.state, machineId).entries()) places.set(job.id, index + 1);
    return places;
  }

  async #view(job: Job, places: ReadonlyMap<string, number>): Promise<JobView> {
    const progress = this.progress(job);
    const place = places.get(job.id);
    const passed = this.#remotes.of(job.id)?.passed;
    return {
      id: job.id,
      ...(job.own === undefined ? { orderId: job.orderId } : { own: job.own }),
      batch: job.orderId,
      ...(job.group === undefined ? {} : { group: [...job.group] }),
      title: await this.#title(job),
      machineId: job.machineId,
      machineName: await this.#machines.nameOf(job.machineId),
      copy: job.copy,
      copies: job.copies,
      state: stateOf(this.#store.state, job),
      material: job.material,
      colour: job.colour,
      secondsEstimated: job.secondsEstimated,
      part: `${job.gcodeHash} ${job.material} ${job.colour}`,
      ...(job.run === undefined ? {} : { run: job.run }),
      ...(place === undefined ? {} : { place }),
      priority: job.priority ?? 0,
      ...(job.deadlineMs === undefined ? {} : { deadlineMs: job.deadlineMs }),
      ...(job.milligrams === undefined ? {} : { milligrams: job.milligrams }),
      ...(job.phase === 'waiting' ? { filament: this.#shop.filamentFor(job) } : {}),
      createdMs: job.createdMs,
      ...(job.startedMs === undefined ? {} : { startedMs: job.startedMs }),
      ...(job.endedMs === undefined ? {} : { endedMs: job.endedMs }),
      ...(progress === undefined ? {} : { progress }),
      ...(passed === undefined ? {} : { passed }),
      ...(job.fault === undefined ? {} : { fault: faultView(job.fault) }),
    };
  }

  /** Live while it prints; from the signed record once it ended. */
  progress(job: Job): JobView['progress'] {
    if (job.phase === 'starting' || job.phase === 'printing' || job.phase === 'paused') {
      return this.#machines.live(job.machineId).progress(job.secondsEstimated);
    }
    const last = this.#store.lastEntry(job.id, job.attempt);
    const entry = last === undefined ? undefined : parseRecord(TelemetryEntry, 'telemetry', last);
    if (entry?.ok !== true || entry.value.event.type !== 'end') return undefined;
    const { linesAcknowledged, layers, resends, durationMs } = entry.value.event;
    return {
      linesAcknowledged,
      linesTotal: linesAcknowledged,
      layer: layers,
      layersTotal: layers,
      moveIndex: 0,
      positionMm: { x: 0, y: 0, z: 0 },
      resends,
      elapsedMs: durationMs,
      leftMs: 0,
    };
  }

  async #title(job: Job): Promise<string> {
    if (job.own !== undefined) return job.title;
    const known = this.#titles.get(job.orderId);
    if (known !== undefined) return known;
    const title = await this.#titleOf(job.orderId);
    if (title !== '') this.#titles.set(job.orderId, title);
    return title === '' ? job.title : title;
  }
}
