// How an owner runs a machine: whether the next job begins by itself once somebody cleared the bed, in which hours, what
// is loaded, what it has done in its life, and who else may queue on it or start it. Rights tell the people of one
// console apart; whoever holds the owner's keys can do everything anyway.

import { z } from 'zod';
import type { ShopView, SpoolView } from '../../api/index.ts';
import type { Clock, Random, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, ok, refuse } from '../../base/index.ts';
import type { PrintEnd } from '../../devices/index.ts';
import {
  ALWAYS,
  Counters,
  counted,
  type FilamentState,
  filamentFor,
  gramsOf,
  type Job,
  MACHINE_RIGHTS,
  minutesUntilOpen,
  NO_WORK,
  PrintVitals,
  Spool,
  UPKEEP_TASKS,
  type UpkeepTask,
  upkeepOf,
  used,
  VITALS_MAX,
  WorkingHours,
  wearOf,
} from '../../jobs/index.ts';
import { isPrinter, type RegisteredMachine } from '../../records/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { EventBus } from './event-bus.ts';

export const shopFault = defineFaults('shop', {
  'shop.spool.unknown': {
    message: 'This spool is not in the list any more.',
    next: 'Choose another one, or add it again.',
  },
  'shop.spool.refused': {
    message: 'A spool needs a name, a material, and between 0 and 20 000 grams.',
    next: 'Correct the values.',
  },
  'shop.spools.too-many': {
    message: 'There are {limit} spools already.',
    next: 'Take empty ones out of the list.',
  },
  'shop.resume.off': {
    message: 'The owner of this printer does not want prints gone on with.',
    next: 'Clear the bed, then print this copy again.',
  },
  'shop.right.queue': {
    message: 'You may not change the queue of this printer.',
    next: 'Ask its owner for the right to queue.',
  },
  'shop.right.print': {
    message: 'You may not start prints on this printer.',
    next: 'Ask its owner for the right to print.',
  },
});

/** Spools of one owner. */
const SPOOLS_MAX = 500;
const MS_PER_MINUTE = 60_000;

const Right = z.strictObject({ queue: z.boolean(), print: z.boolean() });
export type RightName = keyof z.infer<typeof Right>;

const ShopRow = z.strictObject({
  autoContinue: z.boolean(),
  /** Whether prints that were cut off may be gone on with. */
  resumes: z.boolean().default(true),
  /** Named lines of G-code. */
  macros: z
    .array(z.strictObject({ name: z.string().trim().min(1).max(40), commands: z.string().max(2000) }))
    .max(20)
    .default([]),
  /** Down to this temperature parts stay on this bed, as its owner knows; null goes by the material. */
  bedHoldsC: z.number().min(0).max(150).nullable().default(null),
  hours: WorkingHours,
  spoolId: z.string().nullable(),
  counters: Counters,
  doneAt: z.partialRecord(z.enum(UPKEEP_TASKS), Counters),
  rights: z.record(z.string(), Right),
  /** What the parties of an order see of its print. */
  sight: z
    .strictObject({ progress: z.boolean(), temperatures: z.boolean() })
    .default({ progress: true, temperatures: false }),
  /** Whether it answers messages, and what which account may ask of it beside its owner. */
  talk: z
    .strictObject({ enabled: z.boolean(), people: z.record(z.string(), z.array(z.enum(MACHINE_RIGHTS))) })
    .default({ enabled: false, people: {} }),
  /** Of the last prints, oldest first. */
  vitals: z.array(PrintVitals).max(VITALS_MAX).default([]),
});
type ShopRow = z.infer<typeof ShopRow>;

const FRESH: ShopRow = {
  autoContinue: false,
  resumes: true,
  bedHoldsC: null,
  macros: [],
  hours: ALWAYS,
  spoolId: null,
  counters: NO_WORK,
  doneAt: {},
  rights: {},
  sight: { progress: true, temperatures: false },
  talk: { enabled: false, people: {} },
  vitals: [],
};

export type ShopParts = {
  readonly database: Sqlite;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly random: Random;
};

export class Shop {
  readonly #parts: ShopParts;

  constructor(parts: ShopParts) {
    this.#parts = parts;
  }

  view(machine: string): ShopView {
    const row = this.#row(machine);
    const { autoContinue, resumes, bedHoldsC, macros, hours, counters, doneAt, rights, sight, vitals } = row;
    const spool = this.spool(machine);
    return {
      autoContinue,
      resumes,
      bedHoldsC,
      sight: { ...sight },
      macros: [...macros],
      hours: { ...hours, days: [...hours.days] },
      open: this.minutesUntilOpen(machine) === 0,
      ...(spool === undefined ? {} : { spool }),
      counters: { ...counters },
      upkeep: upkeepOf(counters, doneAt),
      wear: wearOf(vitals),
      rights: Object.entries(rights).map(([account, right]) => ({ account, ...right })),
    };
  }

  save(
    machine: string,
    change: Partial<Pick<ShopRow, 'autoContinue' | 'hours' | 'resumes' | 'bedHoldsC' | 'macros' | 'sight'>>,
  ): void {
    this.#write(machine, { ...this.#row(machine), ...change });
  }

  /** Another account of this console may queue, or print; the owner always may. */
  grant(machine: string, account: string, right: z.infer<typeof Right>): void {
    const row = this.#row(machine);
    this.#write(machine, { ...row, rights: { ...row.rights, [account.toLowerCase()]: right } });
  }

  allows(machine: string, owner: string, account: string | undefined, right: RightName): Result<void> {
    const who = account?.toLowerCase();
    if (who === undefined || who === owner.toLowerCase()) return ok(undefined);
    const given = this.#row(machine).rights[who]?.[right] === true;
    return given
      ? ok(undefined)
      : refuse(shopFault(right === 'queue' ? 'shop.right.queue' : 'shop.right.print'));
  }

  /** Minutes until a print may begin by itself, 0 now; undefined never. */
  minutesUntilOpen(machine: string): number | undefined {
    return minutesUntilOpen(this.#row(machine).hours, weekMinuteOf(this.#parts.clock.nowMs()));
  }

  continues(machine: string): boolean {
    return this.#row(machine).autoContinue;
  }

  /** How the owner wants prints gone on with. */
  resuming(machine: string): Pick<ShopRow, 'resumes' | 'bedHoldsC'> {
    return this.#row(machine);
  }

  /** What the owner shows of prints to the parties of their orders; whether pictures, is the camera's to say. */
  sight(machine: string): ShopRow['sight'] {
    return this.#row(machine).sight;
  }

  /** Who may ask what of the machine by message. */
  talk(machine: string): ShopRow['talk'] {
    return this.#row(machine).talk;
  }

  saveTalk(machine: string, talk: ShopRow['talk']): void {
    this.#write(machine, { ...this.#row(machine), talk });
  }

  // Spools

  spools(owner: string): SpoolView[] {
    const rows = this.#parts.database
      .prepare<[string], { spool: string }>('SELECT spool FROM spools WHERE owner = ? ORDER BY id')
      .all(owner);
    return rows.map(({ spool }) => Spool.parse(JSON.parse(spool)));
  }

  /** Adds the spool, or corrects the one of that id; the id. */
  saveSpool(
    owner: string,
    spool: Omit<SpoolView, 'id'> & { readonly id?: string | undefined },
  ): Result<string> {
    const { database, random, bus } = this.#parts;
    const id = spool.id ?? bytesToHex(random.bytes(6));
    const parsed = Spool.safeParse({ ...spool, id });
    if (!parsed.success) return refuse(shopFault('shop.spool.refused'));
    const known = this.spools(owner);
    if (spool.id !== undefined && !known.some((other) => other.id === id))
      return refuse(shopFault('shop.spool.unknown'));
    if (known.length >= SPOOLS_MAX && spool.id === undefined)
      return refuse(shopFault('shop.spools.too-many', { limit: SPOOLS_MAX }));
    database
      .prepare(
        'INSERT INTO spools (id, owner, spool) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET spool = excluded.spool',
      )
      .run(id, owner, JSON.stringify(parsed.data));
    bus.changed('machines');
    return ok(id);
  }

  removeSpool(owner: string, id: string): void {
    this.#parts.database.prepare('DELETE FROM spools WHERE owner = ? AND id = ?').run(owner, id);
    this.#parts.bus.changed('machines');
  }

  /** Takes the spool to the machine, and off any other; null takes it off. */
  load(machine: string, owner: string, spoolId: string | null): Result<void> {
    if (spoolId !== null && !this.spools(owner).some(({ id }) => id === spoolId))
      return refuse(shopFault('shop.spool.unknown'));
    const others = this.#parts.database
      .prepare<[string], { machine: string }>('SELECT machine FROM shop WHERE machine <> ?')
      .all(machine);
    for (const other of others) {
      const row = this.#row(other.machine);
      if (spoolId !== null && row.spoolId === spoolId) this.#write(other.machine, { ...row, spoolId: null });
    }
    this.#write(machine, { ...this.#row(machine), spoolId });
    return ok(undefined);
  }

  spool(machine: string): SpoolView | undefined {
    const { spoolId } = this.#row(machine);
    if (spoolId === null) return undefined;
    const row = this.#parts.database
      .prepare<[string], { spool: string }>('SELECT spool FROM spools WHERE id = ?')
      .get(spoolId);
    return row === undefined ? undefined : Spool.parse(JSON.parse(row.spool));
  }

  filamentFor(job: Pick<Job, 'machineId' | 'material' | 'colour' | 'milligrams'>): FilamentState {
    const { material, colour, milligrams = 0 } = job;
    // What cuts needs none.
    if (material === '') return 'ok';
    return filamentFor(this.spool(job.machineId), { material, colour, milligrams });
  }

  // What was done

  /** A print has ended: its filament is gone, its hours are worn. */
  count(machine: string, profile: RegisteredMachine, job: Job, end: PrintEnd): void {
    const row = this.#row(machine);
    const { filamentUm, progress, outcome } = end;
    const print = { durationMs: progress.elapsedMs, filamentUm, finished: outcome === 'finished' };
    this.#write(machine, { ...row, counters: counted(row.counters, print) });
    if (!isPrinter(profile)) return;
    const spool = this.spool(machine);
    const offer = profile.materials.find(({ material }) => material === job.material);
    if (spool === undefined || spool.material !== job.material || offer === undefined) return;
    const { densityMgPerCm3 } = offer;
    const left = used(spool, gramsOf(filamentUm, { densityMgPerCm3, filamentUm: profile.filamentUm }));
    this.#parts.database
      .prepare('UPDATE spools SET spool = ? WHERE id = ?')
      .run(JSON.stringify(left), spool.id);
  }

  /** What a print told of the machine's wear. */
  noteVitals(machine: string, vitals: PrintVitals): void {
    const row = this.#row(machine);
    this.#write(machine, { ...row, vitals: [...row.vitals, vitals].slice(-VITALS_MAX) });
  }

  /** Somebody saw to it: what was usual before says nothing of the machine as it is now. */
  wearSeenTo(machine: string): void {
    this.#write(machine, { ...this.#row(machine), vitals: [] });
  }

  upkeepDone(machine: string, task: UpkeepTask): void {
    const row = this.#row(machine);
    this.#write(machine, { ...row, doneAt: { ...row.doneAt, [task]: row.counters } });
  }

  #row(machine: string): ShopRow {
    const row = this.#parts.database
      .prepare<[string], { state: string }>('SELECT state FROM shop WHERE machine = ?')
      .get(machine);
    return row === undefined ? FRESH : ShopRow.parse(JSON.parse(row.state));
  }

  #write(machine: string, row: ShopRow): void {
    this.#parts.database
      .prepare(
        'INSERT INTO shop (machine, state) VALUES (?, ?) ON CONFLICT (machine) DO UPDATE SET state = excluded.state',
      )
      .run(machine, JSON.stringify(row));
    this.#parts.bus.changed('machines', machine);
  }
}

/** Minute of the week by this computer's calendar; Monday begins it. */
export function weekMinuteOf(nowMs: number): number {
  const local = new Date(nowMs);
  const day = (local.getDay() + 6) % 7;
  return day * 24 * 60 + local.getHours() * 60 + local.getMinutes();
}

/** Time until the next full minute, when hours can open. */
export function untilNextMinuteMs(nowMs: number): number {
  return MS_PER_MINUTE - (nowMs % MS_PER_MINUTE);
}
