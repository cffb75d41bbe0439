// Files that an owner makes on machines of their own, without an order: kept encrypted, split over a group of machines so
// that all copies are done soonest, moved between them while they wait. Nobody's licence is used up; the record of each
// attempt is signed and kept like every other.

import type { OwnFileView, SpreadView } from '../../api/index.ts';
import type { Bytes, Clock, Random, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, ok, refuse, sha256 } from '../../base/index.ts';
import type { BlockStore, ContentCrypto } from '../../content/index.ts';
import { contentBlocks, storeContent } from '../../content/index.ts';
import {
  COPIES_MAX,
  gramsOf,
  type Job,
  type JobNeed,
  type MachineFacts,
  type Spread,
  spreadCopies,
} from '../../jobs/index.ts';
import { isPrinter, type RegisteredMachine } from '../../records/index.ts';
import type { FileFigures, MeshService } from '../adapters/mesh-service.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { EventBus } from './event-bus.ts';
import type { JobStore } from './job-store.ts';
import type { Keyring } from './keyring.ts';
import type { Machines } from './machines.ts';
import type { Mandate, SealedSource } from './mandate.ts';
import type { Shop } from './shop.ts';
import { weekMinuteOf } from './shop.ts';
import type { Report } from './tasks.ts';

const ownFileFault = defineFaults('files', {
  'files.unknown': {
    message: 'This file is not in your list any more.',
    next: 'Add it again.',
  },
  'files.too-many': {
    message: 'There are {limit} files in your list already.',
    next: 'Remove those that you do not make any more.',
  },
  'files.in-use': {
    message: 'Copies of this file are still in the queue.',
    next: 'Take them out of the queue first.',
  },
  'files.no-machine': {
    message: 'No machine was chosen that can make this file.',
    next: 'Choose a machine of the right kind that is large enough.',
  },
  'files.not-waiting': {
    message: 'No copy of this is waiting any more.',
    next: 'Look at the queue; the copies have begun or are done.',
  },
});

/** Of one owner; each is a print file of up to hundreds of megabytes. */
const FILES_MAX = 500;
/** What filament is wound to, where no machine says otherwise, and what PLA weighs. */
const USUAL_FILAMENT_UM = 1_750;
const USUAL_DENSITY_MG_PER_CM3 = 1_240;

export type OwnFileParts = {
  readonly database: Sqlite;
  readonly blocks: BlockStore;
  readonly crypto: ContentCrypto;
  readonly random: Random;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly keyring: Keyring;
  readonly mesh: MeshService;
  readonly store: JobStore;
  readonly machines: Machines;
  readonly shop: Shop;
  readonly pause: () => Promise<void>;
};

type FileRow = {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly content_id: string;
  readonly gcode_hash: string;
  readonly size_bytes: number;
  readonly figures: string;
  readonly added_ms: number;
};

/** What an owner wants made. */
export type OwnWish = {
  readonly actor: string;
  readonly fileId: string;
  readonly copies: number;
  readonly machineIds: readonly string[];
  /** Empty for a file that cuts. */
  readonly material: string;
  readonly colour: string;
  readonly deadlineMs?: number | undefined;
};

export class OwnFiles {
  readonly #parts: OwnFileParts;

  constructor(parts: OwnFileParts) {
    this.#parts = parts;
  }

  list(owner: string): OwnFileView[] {
    return this.#parts.database
      .prepare<[string], FileRow>('SELECT * FROM own_files WHERE owner = ? ORDER BY added_ms DESC')
      .all(owner)
      .map((row) => ({
        id: row.id,
        name: row.name,
        sizeBytes: row.size_bytes,
        addedMs: row.added_ms,
        ...figuresOf(row),
      }));
  }

  /** Reads the file and keeps it; refused where nothing in it moves. */
  async add(
    owner: string,
    name: string,
    bytes: Bytes,
    signal: AbortSignal,
    report: Report,
  ): Promise<Result<{ readonly resultId: string }>> {
    const { database, blocks, crypto, random, clock, bus, keyring, mesh, pause } = this.#parts;
    if (this.list(owner).length >= FILES_MAX)
      return refuse(ownFileFault('files.too-many', { limit: FILES_MAX }));
    const hash = bytesToHex(sha256(bytes));
    const figures = await mesh.readGcode(bytes, { signal, onProgress: report });
    if (!figures.ok) return figures;
    const key = random.bytes(32);
    const contentId = await storeContent({ file: bytes, key, store: blocks, random, crypto, pause });
    keyring.put(contentId, key);
    const id = bytesToHex(random.bytes(8));
    database
      .prepare('INSERT INTO own_files VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(id, owner, name, contentId, hash, bytes.length, JSON.stringify(figures.value), clock.nowMs());
    bus.changed('jobs');
    return ok({ resultId: id });
  }

  /** Without its key the file can never be read again. */
  remove(owner: string, id: string): Result<void> {
    const row = this.#row(owner, id);
    if (!row.ok) return row;
    const used = this.#parts.store.state.jobs.some(
      (job) => job.own?.fileId === id && (job.endedMs === undefined || job.phase === 'waiting'),
    );
    if (used) return refuse(ownFileFault('files.in-use'));
    this.#parts.keyring.remove(row.value.content_id);
    this.#parts.database.prepare('DELETE FROM own_files WHERE id = ?').run(id);
    this.#parts.bus.changed('jobs');
    return ok(undefined);
  }

  /** How the copies would be split; starts nothing. */
  async plan(wish: OwnWish): Promise<Result<SpreadView>> {
    const spread = await this.#spread(wish);
    if (!spread.ok) return spread;
    const { shares, unable } = spread.value;
    return ok({
      shares: shares.map(({ doneMs, needs, ...share }) => ({
        ...share,
        needs: [...needs],
        ...(doneMs === undefined ? {} : { doneMs }),
      })),
      unable: unable.map(({ machineId, reasons }) => ({ machineId, reasons: [...reasons] })),
    });
  }

  /** Puts the copies in the queues of the machines; each waits there for its clear bed and its start. */
  async queue(wish: OwnWish): Promise<Result<string>> {
    const { store, clock, random } = this.#parts;
    const row = this.#row(wish.actor, wish.fileId);
    if (!row.ok) return row;
    const spread = await this.#spread(wish);
    if (!spread.ok) return spread;
    const { places, shares } = spread.value;
    const [first] = places;
    if (first === undefined) return refuse(ownFileFault('files.no-machine'));
    const batch = `own-${bytesToHex(random.bytes(8))}`;
    const { material, colour, copies, deadlineMs } = wish;
    const figures = figuresOf(row.value);
    const added = store.run({
      type: 'add',
      nowMs: clock.nowMs(),
      places,
      jobs: {
        orderId: batch,
        machineId: first,
        title: row.value.name,
        copies,
        material,
        colour,
        gcodeHash: row.value.gcode_hash,
        secondsEstimated: figures.seconds,
        milligrams: milligramsOf(figures, undefined, material),
        own: { fileId: row.value.id },
        group: shares.map(({ machineId }) => machineId),
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
      },
    });
    return added.ok ? ok(batch) : added;
  }

  /** Splits what still waits of a batch over its group anew, or puts all of it on one machine. */
  async rearrange(actor: string, batch: string, onto: string | undefined): Promise<Result<void>> {
    const { store, clock } = this.#parts;
    const waiting = store.ofOrder(batch).filter(({ phase }) => phase === 'waiting');
    const [job] = waiting;
    if (job?.own === undefined) return refuse(ownFileFault('files.not-waiting'));
    const { fileId } = job.own;
    const { material, colour, deadlineMs, group = [] } = job;
    const machineIds = onto === undefined ? group : group.filter((id) => id === onto);
    const wish = { actor, fileId, copies: waiting.length, machineIds, material, colour, deadlineMs };
    const spread = await this.#spread(wish, new Set(waiting.map(({ id }) => id)));
    if (!spread.ok) return spread;
    if (spread.value.places.length === 0) return refuse(ownFileFault('files.no-machine'));
    for (const [index, { id }] of waiting.entries()) {
      const machineId = spread.value.places[index];
      // One that has begun meanwhile stays where it is.
      if (machineId !== undefined && store.job(id).phase === 'waiting')
        store.run({ type: 'assign', jobId: id, machineId, nowMs: clock.nowMs() });
    }
    return ok(undefined);
  }

  /** Takes a copy that waits out of the queue. */
  cancel(jobId: string): Result<void> {
    if (this.#parts.store.job(jobId).own === undefined) return refuse(ownFileFault('files.unknown'));
    return this.#parts.store.run({ type: 'cancel', jobId, nowMs: this.#parts.clock.nowMs() });
  }

  mandate(fileId: string): Result<Mandate> {
    const row = this.#parts.database
      .prepare<[string], FileRow>('SELECT * FROM own_files WHERE id = ?')
      .get(fileId);
    if (row === undefined) return refuse(ownFileFault('files.unknown'));
    return ok(new OwnMandate(this.#parts, row));
  }

  #row(owner: string, id: string): Result<FileRow> {
    const row = this.#parts.database
      .prepare<[string, string], FileRow>('SELECT * FROM own_files WHERE owner = ? AND id = ?')
      .get(owner, id);
    return row === undefined ? refuse(ownFileFault('files.unknown')) : ok(row);
  }

  async #spread(wish: OwnWish, besides: ReadonlySet<string> = new Set()): Promise<Result<Spread>> {
    const row = this.#row(wish.actor, wish.fileId);
    if (!row.ok) return row;
    const figures = figuresOf(row.value);
    const facts: MachineFacts[] = [];
    let printer: RegisteredMachine | undefined;
    for (const id of new Set(wish.machineIds)) {
      const known = this.#parts.machines.row(id);
      if (!known.ok) return known;
      const profile = await this.#parts.machines.profile(id);
      if (!profile.ok) return profile;
      printer ??= profile.value;
      facts.push(
        this.#facts(
          id,
          profile.value,
          known.value.driver === 'virtual' ? known.value.time_scale : 1,
          besides,
        ),
      );
    }
    const { x, y, z } = figures.sizeMm;
    const nowMs = this.#parts.clock.nowMs();
    const cutting = facts.find(({ process }) => process !== 'fdm')?.process ?? 'cnc';
    const need: JobNeed = {
      id: wish.fileId,
      process: figures.process === 'printing' ? 'fdm' : cutting,
      sizeUm: { x: Math.floor(x * 1000), y: Math.floor(y * 1000), z: Math.floor(z * 1000) },
      material: wish.material,
      colour: wish.colour,
      milligrams: milligramsOf(figures, printer, wish.material),
      seconds: figures.seconds,
      priority: 0,
      createdMs: nowMs,
      ...(wish.deadlineMs === undefined ? {} : { deadlineMs: wish.deadlineMs }),
    };
    const copies = Math.min(Math.max(1, wish.copies), COPIES_MAX);
    return ok(spreadCopies(need, copies, facts, nowMs, weekMinuteOf));
  }

  /** The machine as it stands, with what waits for it already; without the jobs that are being moved. */
  #facts(id: string, profile: RegisteredMachine, pace: number, besides: ReadonlySet<string>): MachineFacts {
    const { store, machines, shop, clock } = this.#parts;
    const ahead = store.state.jobs.filter(
      (job) => job.machineId === id && job.endedMs === undefined && !besides.has(job.id),
    );
    const leftMs = ahead.map((job) =>
      job.phase === 'waiting'
        ? job.secondsEstimated * 1000
        : (machines.live(id).progress(job.secondsEstimated)?.leftMs ?? job.secondsEstimated * 1000),
    );
    const { state } = machines.live(id).view(undefined);
    const spool = shop.spool(id);
    return {
      id,
      process: profile.process,
      volumeMm: profile.volumeMm,
      nozzleUm: isPrinter(profile) ? profile.nozzleUm : 0,
      ready: state !== 'offline' && state !== 'fault',
      freeMs: clock.nowMs() + leftMs.reduce((sum, ms) => sum + ms, 0) / pace,
      pace,
      rateMicroPerHour: profile.rateMicroPerHour,
      hours: shop.view(id).hours,
      ...(spool === undefined ? {} : { spool }),
    };
  }
}

/** A file of one's own needs nobody's leave; its books are the record that the console keeps. */
class OwnMandate implements Mandate {
  readonly isEntrusted = false;
  readonly #parts: Pick<OwnFileParts, 'keyring' | 'blocks'>;
  readonly #row: FileRow;

  constructor(parts: Pick<OwnFileParts, 'keyring' | 'blocks'>, row: FileRow) {
    this.#parts = parts;
    this.#row = row;
  }

  async source(): Promise<Result<SealedSource>> {
    const { content_id: contentId } = this.#row;
    const key = this.#parts.keyring.get(contentId);
    if (key === undefined) return refuse(ownFileFault('files.unknown'));
    const sealed = contentBlocks(contentId, this.#parts.blocks);
    return sealed.ok ? ok({ kind: 'sealed', contentId, key, blocks: sealed.value }) : sealed;
  }

  async copy(job: Job): Promise<Result<'untouched' | 'open'>> {
    return ok(
      job.startedMs !== undefined && job.phase !== 'waiting' && job.phase !== 'starting'
        ? 'open'
        : 'untouched',
    );
  }

  async spend(): Promise<Result<void>> {
    return ok(undefined);
  }

  async report(): Promise<Result<void>> {
    return ok(undefined);
  }
}

function figuresOf({ figures }: FileRow): FileFigures {
  return JSON.parse(figures) as FileFigures;
}

function milligramsOf(
  figures: FileFigures,
  machine: RegisteredMachine | undefined,
  material: string,
): number {
  const offer =
    machine !== undefined && isPrinter(machine)
      ? machine.materials.find((known) => known.material === material)
      : undefined;
  const filamentUm = machine !== undefined && isPrinter(machine) ? machine.filamentUm : USUAL_FILAMENT_UM;
  const densityMgPerCm3 = offer?.densityMgPerCm3 ?? USUAL_DENSITY_MG_PER_CM3;
  return Math.round(gramsOf(figures.filamentUm, { densityMgPerCm3, filamentUm }) * 1000);
}
