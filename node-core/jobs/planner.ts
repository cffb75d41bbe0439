// Which job could go on which machine, and when everything would be done. Pure and deterministic. It plans and explains;
// it never starts anything, and a plan is only as good as its estimates.

import { type FilamentNeed, filamentFor, type Spool } from './filament.ts';
import { minutesUntilOpen, type WorkingHours } from './working-hours.ts';

export type JobNeed = FilamentNeed & {
  readonly id: string;
  readonly process: string;
  readonly sizeUm?: { readonly x: number; readonly y: number; readonly z: number };
  readonly nozzleUm?: number;
  readonly plate?: string;
  readonly seconds: number;
  /** Higher goes first. */
  readonly priority: number;
  readonly deadlineMs?: number;
  readonly createdMs: number;
  /** Only one of these may print it; undefined: any that fits. */
  readonly machines?: readonly string[];
};

export type MachineFacts = {
  readonly id: string;
  readonly process: string;
  readonly volumeMm: { readonly x: number; readonly y: number; readonly z: number };
  readonly nozzleUm: number;
  readonly plate?: string;
  readonly spool?: Spool;
  /** Connected and in order. */
  readonly ready: boolean;
  /** When what it prints now is done. */
  readonly freeMs: number;
  /** Machine seconds a second; 1 but for virtual printers. */
  readonly pace: number;
  readonly rateMicroPerHour: bigint;
  readonly hours: WorkingHours;
};

const MISMATCHES = [
  'not-allowed',
  'process',
  'volume',
  'nozzle',
  'plate',
  'none-loaded',
  'other-material',
  'other-colour',
  'too-little',
  'not-ready',
  'never-open',
] as const;
export type Mismatch = (typeof MISMATCHES)[number];

/** Everything that keeps the job from the machine; nothing where it can print it as it stands. */
export function mismatches(job: JobNeed, machine: MachineFacts, weekMinute = 0): Mismatch[] {
  const found: Mismatch[] = [];
  if (job.machines !== undefined && !job.machines.includes(machine.id)) found.push('not-allowed');
  if (job.process !== machine.process) found.push('process');
  const { volumeMm } = machine;
  const fits = (axis: 'x' | 'y' | 'z') => (job.sizeUm?.[axis] ?? 0) <= volumeMm[axis] * 1000;
  if (!fits('x') || !fits('y') || !fits('z')) found.push('volume');
  if (job.nozzleUm !== undefined && job.nozzleUm !== machine.nozzleUm) found.push('nozzle');
  if (job.plate !== undefined && job.plate !== machine.plate) found.push('plate');
  // What cuts has no spool.
  const filament = machine.process === 'fdm' ? filamentFor(machine.spool, job) : 'ok';
  if (filament !== 'ok') found.push(filament);
  if (!machine.ready) found.push('not-ready');
  if (minutesUntilOpen(machine.hours, weekMinute) === undefined) found.push('never-open');
  return found;
}

export type Placed = {
  readonly jobId: string;
  readonly machineId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Done after its deadline. */
  readonly late: boolean;
};
export type Plan = {
  readonly placed: readonly Placed[];
  /** Jobs that no machine can print now, with what stands against it on the machine that comes closest. */
  readonly unplaced: readonly { readonly jobId: string; readonly reasons: readonly Mismatch[] }[];
};

const MS_PER_MINUTE = 60_000;

/** Urgent first: by priority, then by deadline, then by age; the id settles ties, so that a plan never wavers. */
function byUrgency(a: JobNeed, b: JobNeed): number {
  return (
    b.priority - a.priority ||
    (a.deadlineMs ?? Number.MAX_SAFE_INTEGER) - (b.deadlineMs ?? Number.MAX_SAFE_INTEGER) ||
    a.createdMs - b.createdMs ||
    (a.id < b.id ? -1 : 1)
  );
}

type Lane = { readonly machine: MachineFacts; freeMs: number; gramsLeft: number };

/**
 * Gives each job, in order of urgency, to the machine that would have it done first; of equal ones to the cheapest.
 * Filament that a job takes is gone for the next, and prints begin in working hours only.
 */
export function planJobs(
  jobs: readonly JobNeed[],
  machines: readonly MachineFacts[],
  nowMs: number,
  weekMinuteAt: (ms: number) => number,
): Plan {
  const lanes = machines.map(
    (machine): Lane => ({
      machine,
      freeMs: Math.max(nowMs, machine.freeMs),
      gramsLeft: machine.spool?.gramsLeft ?? 0,
    }),
  );
  const placed: Placed[] = [];
  const unplaced: { jobId: string; reasons: readonly Mismatch[] }[] = [];
  for (const job of jobs.toSorted(byUrgency)) {
    const choice = bestLane(job, lanes, weekMinuteAt);
    if (choice.lane === undefined) {
      unplaced.push({ jobId: job.id, reasons: choice.reasons });
      continue;
    }
    const { lane, startMs, endMs } = choice;
    lane.freeMs = endMs;
    lane.gramsLeft -= job.milligrams / 1000;
    const late = job.deadlineMs !== undefined && endMs > job.deadlineMs;
    placed.push({ jobId: job.id, machineId: lane.machine.id, startMs, endMs, late });
  }
  return { placed, unplaced };
}

type Choice =
  | { readonly lane: Lane; readonly startMs: number; readonly endMs: number }
  | { readonly lane: undefined; readonly reasons: readonly Mismatch[] };

function bestLane(job: JobNeed, lanes: readonly Lane[], weekMinuteAt: (ms: number) => number): Choice {
  let best: Extract<Choice, { readonly startMs: number }> | undefined;
  let closest: readonly Mismatch[] | undefined;
  for (const lane of lanes) {
    const { machine } = lane;
    const spool = machine.spool === undefined ? undefined : { ...machine.spool, gramsLeft: lane.gramsLeft };
    const now = { ...machine, ...(spool === undefined ? {} : { spool }) };
    const against = mismatches(job, now, weekMinuteAt(lane.freeMs));
    if (against.length > 0) {
      if (closest === undefined || against.length < closest.length) closest = against;
      continue;
    }
    const waitMinutes = minutesUntilOpen(machine.hours, weekMinuteAt(lane.freeMs)) ?? 0;
    const startMs = lane.freeMs + waitMinutes * MS_PER_MINUTE;
    const endMs = startMs + (job.seconds * 1000) / machine.pace;
    const sooner = best === undefined || endMs < best.endMs;
    const cheaper =
      best !== undefined &&
      endMs === best.endMs &&
      machine.rateMicroPerHour < best.lane.machine.rateMicroPerHour;
    if (sooner || cheaper) best = { lane, startMs, endMs };
  }
  return best ?? { lane: undefined, reasons: closest ?? [] };
}

/** "N on this group": as many jobs of one kind, each for any machine of the group. */
export function copiesOn(group: readonly string[], job: JobNeed, copies: number): JobNeed[] {
  return Array.from({ length: copies }, (_, index) => ({
    ...job,
    id: `${job.id}.${index + 1}`,
    machines: group,
  }));
}
