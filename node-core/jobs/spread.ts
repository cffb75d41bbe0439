// "N on this group": so many copies of one file over several machines, so that they are done soonest. What a machine can
// never do keeps it out; what its owner can put right (switch it on, change the spool) only puts it behind the others.

import { copiesOn, type JobNeed, type MachineFacts, type Mismatch, mismatches, planJobs } from './planner.ts';

const HARD: ReadonlySet<Mismatch> = new Set([
  'not-allowed',
  'process',
  'volume',
  'nozzle',
  'plate',
  'never-open',
]);

export type Share = {
  readonly machineId: string;
  readonly copies: number;
  /** When the last of its copies is done; undefined where it has none. */
  readonly doneMs: number | undefined;
  /** What the owner has to see to before it begins. */
  readonly needs: readonly Mismatch[];
  readonly late: boolean;
};

export type Spread = {
  /** The machine of each copy, in the order of the copies; empty where no machine can make it. */
  readonly places: readonly string[];
  readonly shares: readonly Share[];
  /** Machines that cannot make it, and why. */
  readonly unable: readonly { readonly machineId: string; readonly reasons: readonly Mismatch[] }[];
};

export function spreadCopies(
  need: JobNeed,
  copies: number,
  group: readonly MachineFacts[],
  nowMs: number,
  weekMinuteAt: (ms: number) => number,
): Spread {
  const weekMinute = weekMinuteAt(nowMs);
  const free: JobNeed = { ...need, machines: group.map(({ id }) => id) };
  const against = new Map(group.map((machine) => [machine.id, mismatches(free, machine, weekMinute)]));
  const reasonsOf = (id: string) => against.get(id) ?? [];
  const isHard = (id: string) => reasonsOf(id).some((reason) => HARD.has(reason));
  const able = group.filter(({ id }) => !isHard(id));
  const jobs = copiesOn(
    able.map(({ id }) => id),
    need,
    copies,
  );
  // An owner who keeps no list of spools has the right one on.
  const assumed = able.map((machine) =>
    machine.spool === undefined ? { ...machine, ...loaded(need) } : machine,
  );
  const first = planJobs(jobs, assumed, nowMs, weekMinuteAt);
  const missing = new Set(first.unplaced.map(({ jobId }) => jobId));
  const lastMs = new Map(first.placed.map(({ machineId, endMs }) => [machineId, endMs]));
  const relaxed = able.map((machine) => ({
    ...machine,
    ...loaded(need),
    ready: true,
    freeMs: lastMs.get(machine.id) ?? machine.freeMs,
  }));
  const rest = jobs.filter(({ id }) => missing.has(id));
  const second = planJobs(rest, relaxed, nowMs, weekMinuteAt);
  const placed = [...first.placed, ...second.placed];
  const machineOf = new Map(placed.map(({ jobId, machineId }) => [jobId, machineId]));
  const shares = able.map(({ id }): Share => {
    const own = placed.filter(({ machineId }) => machineId === id);
    const needs = reasonsOf(id).filter((reason) => !HARD.has(reason));
    const doneMs = own.length === 0 ? undefined : Math.max(...own.map(({ endMs }) => endMs));
    return { machineId: id, copies: own.length, doneMs, needs, late: own.some(({ late }) => late) };
  });
  return {
    places: able.length === 0 ? [] : jobs.map(({ id }) => machineOf.get(id) ?? (able[0] as MachineFacts).id),
    shares,
    unable: group
      .filter(({ id }) => isHard(id))
      .map(({ id }) => ({ machineId: id, reasons: reasonsOf(id).filter((reason) => HARD.has(reason)) })),
  };
}

function loaded({ material, colour }: JobNeed): Pick<MachineFacts, 'spool'> {
  const gramsLeft = 20_000;
  return { spool: { id: 'assumed', name: 'assumed', material, colour, gramsFull: gramsLeft, gramsLeft } };
}
