// The queue of print jobs over many machines: (state, command) → events, and events → state. Pure and durable: the
// caller appends the events to its log before it acts on them, and replay() rebuilds the state from the log.
// It promises: one job at a time on a machine; none starts on a bed that was not confirmed clear for exactly that
// start; none starts by itself, and after a restart none starts before the owner has looked; no late command counts.
//
//   queued → needs-bed-clear → ready → starting → printing ⇄ paused → finished | failed | cancelled
//     ↑______________________________ retry ________________________________↵
//
// The first three are places in line, not facts: they follow from the order, the bed and what else runs, and are
// computed (stateOf), so that no event can leave them wrong.

import type { Fault, Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import { jobFault } from './faults.ts';

/** Copies of one order that may be queued at once. */
export const COPIES_MAX = 1000;

export type JobState =
  | 'queued'
  | 'needs-bed-clear'
  | 'ready'
  | 'starting'
  | 'printing'
  | 'paused'
  | 'finished'
  | 'failed'
  | 'cancelled';

export type JobOutcome = 'finished' | 'failed' | 'cancelled';

/** One copy of an order, or of a file of the owner's own, on one machine. */
export type Job = {
  readonly id: string;
  /** The order; for a file of the owner's own, a name that its copies share. */
  readonly orderId: string;
  readonly machineId: string;
  readonly title: string;
  /** 1-based, of `copies`. */
  readonly copy: number;
  readonly copies: number;
  readonly material: string;
  readonly colour: string;
  /** Lower-case hex. */
  readonly gcodeHash: string;
  readonly secondsEstimated: number;
  readonly createdMs: number;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly phase: 'waiting' | 'starting' | 'printing' | 'paused' | JobOutcome;
  readonly startedMs?: number;
  readonly endedMs?: number;
  readonly fault?: Fault;
  /** Higher goes first; 0 where nobody said anything. */
  readonly priority?: number;
  /** When the order wants it done, milliseconds since the epoch. */
  readonly deadlineMs?: number;
  /** Filament of one copy. */
  readonly milligrams?: number;
  /** Set where no order stands behind it: the file that is made. */
  readonly own?: { readonly fileId: string };
  /** Machines that it may be moved between while it waits; an order's licence names one, so its copies stay there. */
  readonly group?: readonly string[];
  /** Shared by copies of the same part for several orders that are printed one after the other. */
  readonly run?: string;
};

/** How far a job can be preferred or put off. */
const PRIORITY_MAX = 2;

export type QueueState = {
  /** In order of printing; ended jobs stay where they were. */
  readonly jobs: readonly Job[];
  /** Machines whose bed was confirmed clear and not used since. */
  readonly clearBeds: ReadonlySet<string>;
};

/** Ends at which the machine stopped where it was, through no fault of the print. */
const RESUMABLE: ReadonlySet<string> = new Set([
  'job.interrupted',
  'job.interrupted.at',
  'device.reset',
  'device.link.lost',
  'device.no-answer',
  'device.worker.died',
]);

export const EMPTY_QUEUE: QueueState = { jobs: [], clearBeds: new Set() };

export type NewJobs = Pick<
  Job,
  | 'orderId'
  | 'machineId'
  | 'title'
  | 'copies'
  | 'material'
  | 'colour'
  | 'gcodeHash'
  | 'secondsEstimated'
  | 'deadlineMs'
  | 'milligrams'
  | 'own'
  | 'group'
>;

export type JobCommand =
  /** All copies, one job each; `places` names the machine of each copy where they are split over several. */
  | {
      readonly type: 'add';
      readonly jobs: NewJobs;
      readonly places?: readonly string[];
      readonly nowMs: number;
    }
  /** Moves a waiting job to another machine of its group. */
  | { readonly type: 'assign'; readonly jobId: string; readonly machineId: string; readonly nowMs: number }
  /** A person at the machine says that nothing lies on the bed. Good for one start. */
  | { readonly type: 'confirm-bed-clear'; readonly machineId: string; readonly nowMs: number }
  /** Somebody touched the machine, or it moved by hand: the confirmation no longer holds. */
  | { readonly type: 'bed-used'; readonly machineId: string; readonly nowMs: number }
  | { readonly type: 'start'; readonly jobId: string; readonly nowMs: number; readonly expiresMs: number }
  /** Goes on with a print that was cut off, on the bed as it was left. */
  | {
      readonly type: 'resume-print';
      readonly jobId: string;
      readonly nowMs: number;
      readonly expiresMs: number;
    }
  | { readonly type: 'move-to-front'; readonly jobId: string; readonly nowMs: number }
  /** Puts the waiting copies of other orders for the same part behind those of this one. */
  | {
      readonly type: 'gather';
      readonly jobId: string;
      readonly orderIds: readonly string[];
      readonly nowMs: number;
    }
  | {
      readonly type: 'prefer';
      readonly jobId: string;
      readonly priority: number;
      readonly nowMs: number;
    }
  /** Takes a waiting job out; a running one is cancelled at its machine, which then reports its end. */
  | { readonly type: 'cancel'; readonly jobId: string; readonly nowMs: number }
  | { readonly type: 'retry'; readonly jobId: string; readonly nowMs: number }
  /** What the machine reports. */
  | { readonly type: 'printing'; readonly jobId: string; readonly nowMs: number }
  | { readonly type: 'paused'; readonly jobId: string; readonly nowMs: number }
  | { readonly type: 'resumed'; readonly jobId: string; readonly nowMs: number }
  | {
      readonly type: 'ended';
      readonly jobId: string;
      readonly outcome: JobOutcome;
      readonly nowMs: number;
      readonly fault?: Fault | undefined;
    }
  /** First command after the console starts; `places` says how far each interrupted job had come, where it is known. */
  | {
      readonly type: 'recover';
      readonly nowMs: number;
      readonly places?: ReadonlyMap<string, PrintPlace>;
    };

/** How far a print has come. */
export type PrintPlace = {
  /** Lines of the job that the machine acknowledged. */
  readonly line: number;
  /** 1-based; 0 before the first. */
  readonly layer: number;
  readonly layersTotal: number;
  readonly heightMm: number;
};

/** Facts, in the past. Plain JSON. */
export type JobEvent =
  | { readonly type: 'job.added'; readonly job: Job }
  | { readonly type: 'bed.cleared'; readonly machineId: string; readonly atMs: number }
  | { readonly type: 'bed.used'; readonly machineId: string; readonly atMs: number }
  | { readonly type: 'job.moved-to-front'; readonly jobId: string; readonly atMs: number }
  | {
      readonly type: 'job.gathered';
      readonly jobId: string;
      readonly orderIds: readonly string[];
      readonly atMs: number;
    }
  | {
      readonly type: 'job.assigned';
      readonly jobId: string;
      readonly machineId: string;
      readonly atMs: number;
    }
  | {
      readonly type: 'job.preferred';
      readonly jobId: string;
      readonly priority: number;
      readonly atMs: number;
    }
  | { readonly type: 'job.starting'; readonly jobId: string; readonly atMs: number }
  | { readonly type: 'job.printing'; readonly jobId: string; readonly atMs: number }
  | { readonly type: 'job.paused'; readonly jobId: string; readonly atMs: number }
  | { readonly type: 'job.resumed'; readonly jobId: string; readonly atMs: number }
  | {
      readonly type: 'job.ended';
      readonly jobId: string;
      readonly outcome: JobOutcome;
      readonly atMs: number;
      readonly fault?: Fault;
    }
  | { readonly type: 'job.retried'; readonly jobId: string; readonly attempt: number; readonly atMs: number };

export function jobIdOf(orderId: string, copy: number): string {
  return `${orderId}.${copy}`;
}

export function findJob(state: QueueState, jobId: string): Job | undefined {
  return state.jobs.find((job) => job.id === jobId);
}

/** The job that occupies the machine: starting, printing or paused. */
export function runningJob(state: QueueState, machineId: string): Job | undefined {
  return state.jobs.find((job) => job.machineId === machineId && isRunning(job));
}

/** The job that would start next on the machine: of the most preferred, the first in line. */
export function nextJob(state: QueueState, machineId: string): Job | undefined {
  let next: Job | undefined;
  for (const job of state.jobs) {
    if (job.machineId !== machineId || job.phase !== 'waiting') continue;
    if (next === undefined || (job.priority ?? 0) > (next.priority ?? 0)) next = job;
  }
  // A licence is used up copy by copy, so that the copies of an order keep their order.
  return state.jobs.find((job) => job.phase === 'waiting' && isOf(job, next)) ?? next;
}

/** The waiting jobs of a machine in the order in which they would start, if none came and none was moved. */
export function lineOf(state: QueueState, machineId: string): Job[] {
  const waiting = state.jobs.filter((job) => job.machineId === machineId && job.phase === 'waiting');
  const line = new Set<Job>();
  for (const next of waiting.toSorted((a, b) => (b.priority ?? 0) - (a.priority ?? 0))) {
    if (line.has(next)) continue;
    // As nextJob: earlier copies of its order go before it, however little preferred.
    for (const job of waiting) {
      if (isOf(job, next)) line.add(job);
      if (job === next) break;
    }
  }
  return [...line];
}

/** Copies of one order on one machine stand in the queue in their order, and are preferred or moved together. */
function isOf(job: Job, other: Job | undefined): boolean {
  return job.orderId === other?.orderId && job.machineId === other.machineId;
}

/** What a person sees. */
export function stateOf(state: QueueState, job: Job): JobState {
  if (job.phase !== 'waiting') return job.phase;
  if (runningJob(state, job.machineId) !== undefined) return 'queued';
  if (nextJob(state, job.machineId)?.id !== job.id) return 'queued';
  return state.clearBeds.has(job.machineId) ? 'ready' : 'needs-bed-clear';
}

/** The events that the command leads to, or why not. Changes nothing. */
export function decide(state: QueueState, command: JobCommand): Result<readonly JobEvent[]> {
  switch (command.type) {
    case 'add':
      return decideAdd(state, command);
    case 'confirm-bed-clear':
      if (runningJob(state, command.machineId) !== undefined) return refuse(jobFault('job.machine.busy'));
      return ok([{ type: 'bed.cleared', machineId: command.machineId, atMs: command.nowMs }]);
    case 'bed-used':
      if (!state.clearBeds.has(command.machineId)) return ok([]);
      return ok([{ type: 'bed.used', machineId: command.machineId, atMs: command.nowMs }]);
    case 'recover':
      return ok(decideRecover(state, command.nowMs, command.places ?? new Map()));
    default:
      return decideForJob(state, command);
  }
}

type CommandForJob = Extract<JobCommand, { readonly jobId: string }>;

function decideForJob(state: QueueState, command: CommandForJob): Result<readonly JobEvent[]> {
  const job = findJob(state, command.jobId);
  if (job === undefined) return refuse(jobFault('job.unknown'));
  const { jobId, nowMs: atMs } = command;
  const wrong = () => refuse(jobFault('job.state.wrong', { state: stateOf(state, job) }));
  switch (command.type) {
    case 'start':
      return decideStart(state, job, command.nowMs, command.expiresMs);
    case 'resume-print':
      return decideResume(state, job, command.nowMs, command.expiresMs);
    case 'move-to-front':
      return job.phase === 'waiting' ? ok([{ type: 'job.moved-to-front', jobId, atMs }]) : wrong();
    case 'gather':
      return job.phase === 'waiting' ? decideGather(state, job, command) : wrong();
    case 'assign':
      return job.phase === 'waiting' ? decideAssign(job, command.machineId, atMs) : wrong();
    case 'prefer': {
      const { priority } = command;
      if (!Number.isSafeInteger(priority) || Math.abs(priority) > PRIORITY_MAX)
        return refuse(jobFault('job.priority.invalid', { limit: PRIORITY_MAX }));
      return job.phase === 'waiting' ? ok([{ type: 'job.preferred', jobId, priority, atMs }]) : wrong();
    }
    case 'cancel':
      return job.phase === 'waiting'
        ? ok([{ type: 'job.ended', jobId, outcome: 'cancelled', atMs }])
        : wrong();
    case 'retry':
      return job.phase === 'failed' || job.phase === 'cancelled'
        ? ok([{ type: 'job.retried', jobId, attempt: job.attempt + 1, atMs }])
        : wrong();
    case 'printing':
      return job.phase === 'starting' ? ok([{ type: 'job.printing', jobId, atMs }]) : wrong();
    case 'paused':
      return job.phase === 'printing' ? ok([{ type: 'job.paused', jobId, atMs }]) : wrong();
    case 'resumed':
      return job.phase === 'paused' ? ok([{ type: 'job.resumed', jobId, atMs }]) : wrong();
    case 'ended': {
      if (!isRunning(job)) return wrong();
      const { outcome, fault } = command;
      return ok([{ type: 'job.ended', jobId, outcome, atMs, ...(fault === undefined ? {} : { fault }) }]);
    }
  }
}

/** The same file in the same material: copies that a printer makes without a change. */
function isSamePart(job: Job, other: Job): boolean {
  return (
    job.machineId === other.machineId &&
    job.gcodeHash === other.gcodeHash &&
    job.material === other.material &&
    job.colour === other.colour
  );
}

function decideGather(
  state: QueueState,
  job: Job,
  { jobId, orderIds, nowMs }: Extract<JobCommand, { readonly type: 'gather' }>,
): Result<readonly JobEvent[]> {
  const others = [...new Set(orderIds)].filter((orderId) => orderId !== job.orderId);
  const waits = (orderId: string) =>
    state.jobs.some(
      (other) => other.orderId === orderId && other.phase === 'waiting' && isSamePart(other, job),
    );
  if (others.length === 0 || !others.every(waits)) return refuse(jobFault('job.gather.other'));
  return ok([{ type: 'job.gathered', jobId, orderIds: others, atMs: nowMs }]);
}

function decideAdd(
  state: QueueState,
  { jobs, places, nowMs }: Extract<JobCommand, { readonly type: 'add' }>,
): Result<readonly JobEvent[]> {
  if (!Number.isSafeInteger(jobs.copies) || jobs.copies < 1 || jobs.copies > COPIES_MAX) {
    return refuse(jobFault('job.copies.invalid', { limit: COPIES_MAX }));
  }
  if (state.jobs.some((job) => job.orderId === jobs.orderId)) return refuse(jobFault('job.exists'));
  const events: JobEvent[] = [];
  for (let copy = 1; copy <= jobs.copies; copy++) {
    const id = jobIdOf(jobs.orderId, copy);
    const machineId = places?.[copy - 1] ?? jobs.machineId;
    const job: Job = { ...jobs, machineId, id, copy, createdMs: nowMs, attempt: 1, phase: 'waiting' };
    events.push({ type: 'job.added', job });
  }
  return ok(events);
}

function decideAssign(job: Job, machineId: string, atMs: number): Result<readonly JobEvent[]> {
  if (job.machineId === machineId) return ok([]);
  return job.group?.includes(machineId) === true
    ? ok([{ type: 'job.assigned', jobId: job.id, machineId, atMs }])
    : refuse(jobFault('job.machine.fixed'));
}

function decideStart(
  state: QueueState,
  job: Job,
  nowMs: number,
  expiresMs: number,
): Result<readonly JobEvent[]> {
  const fresh = checkExpiry(nowMs, expiresMs);
  if (!fresh.ok) return fresh;
  const place = stateOf(state, job);
  if (place === 'ready') return ok([{ type: 'job.starting', jobId: job.id, atMs: nowMs }]);
  if (place === 'needs-bed-clear') return refuse(jobFault('job.bed.not-clear'));
  if (place !== 'queued') return refuse(jobFault('job.state.wrong', { state: place }));
  const busy = runningJob(state, job.machineId) !== undefined;
  return refuse(jobFault(busy ? 'job.machine.busy' : 'job.not-next'));
}

/** Only while the part is sure to lie there as it was left: nothing began since, and nobody cleared the bed. */
function decideResume(
  state: QueueState,
  job: Job,
  atMs: number,
  expiresMs: number,
): Result<readonly JobEvent[]> {
  const fresh = checkExpiry(atMs, expiresMs);
  if (!fresh.ok) return fresh;
  const { id: jobId, machineId } = job;
  if (runningJob(state, machineId) !== undefined) return refuse(jobFault('job.machine.busy'));
  if (job.phase !== 'failed' || !RESUMABLE.has(job.fault?.code ?? ''))
    return refuse(jobFault('job.resume.not-this'));
  const since = job.startedMs ?? 0;
  const later = state.jobs.some(
    (other) => other.machineId === machineId && other.id !== jobId && (other.startedMs ?? 0) >= since,
  );
  if (later || state.clearBeds.has(machineId)) return refuse(jobFault('job.resume.bed-used'));
  return ok([
    { type: 'job.retried', jobId, attempt: job.attempt + 1, atMs },
    { type: 'job.starting', jobId, atMs },
  ]);
}

/** What ran is lost to the console, and no confirmation given before outlives it. */
function decideRecover(state: QueueState, atMs: number, places: ReadonlyMap<string, PrintPlace>): JobEvent[] {
  const ended = state.jobs.filter(isRunning).map((job): JobEvent => {
    const fault = interruptedAt(places.get(job.id));
    return { type: 'job.ended', jobId: job.id, outcome: 'failed', atMs, fault };
  });
  const used = [...state.clearBeds].map((machineId): JobEvent => ({ type: 'bed.used', machineId, atMs }));
  return [...ended, ...used];
}

/** What a person is told of a print that the console lost: where it stands, and what can be done with it. */
function interruptedAt(place: PrintPlace | undefined): Fault {
  if (place === undefined || place.layer === 0) return jobFault('job.interrupted');
  const { line, layer, layersTotal, heightMm } = place;
  return jobFault('job.interrupted.at', {
    line,
    layer,
    layersTotal,
    heightMm: Math.round(heightMm * 100) / 100,
  });
}

/** Refuses a remote command that is carried out after its time. */
export function checkExpiry(nowMs: number, expiresMs: number): Result<void> {
  // Written so that NaN is late.
  return nowMs <= expiresMs ? ok(undefined) : refuse(jobFault('job.command.expired'));
}

/** The state after the event. Total: an event about a job that is not there changes nothing. */
export function evolve(state: QueueState, event: JobEvent): QueueState {
  switch (event.type) {
    case 'job.added':
      return { ...state, jobs: [...state.jobs, event.job] };
    case 'bed.cleared':
      return { ...state, clearBeds: new Set([...state.clearBeds, event.machineId]) };
    case 'bed.used':
      return { ...state, clearBeds: without(state.clearBeds, event.machineId) };
    case 'job.moved-to-front': {
      const job = findJob(state, event.jobId);
      if (job === undefined) return state;
      // In front of the preferred ones, too.
      const priority = Math.max(job.priority ?? 0, nextJob(state, job.machineId)?.priority ?? 0);
      const moved = prefer(state.jobs, job, priority);
      const goes = (other: Job) => other.phase === 'waiting' && isOf(other, job);
      return { ...state, jobs: [...moved.filter(goes), ...moved.filter((other) => !goes(other))] };
    }
    case 'job.gathered': {
      const job = findJob(state, event.jobId);
      return job === undefined ? state : { ...state, jobs: gather(state.jobs, job, event.orderIds) };
    }
    case 'job.preferred': {
      const job = findJob(state, event.jobId);
      return job === undefined ? state : { ...state, jobs: prefer(state.jobs, job, event.priority) };
    }
    case 'job.assigned':
      return update(state, event.jobId, { machineId: event.machineId });
    case 'job.starting': {
      const job = findJob(state, event.jobId);
      const clearBeds = without(state.clearBeds, job?.machineId ?? '');
      return update({ ...state, clearBeds }, event.jobId, { phase: 'starting', startedMs: event.atMs });
    }
    case 'job.printing':
    case 'job.resumed':
      return update(state, event.jobId, { phase: 'printing' });
    case 'job.paused':
      return update(state, event.jobId, { phase: 'paused' });
    case 'job.ended': {
      const fault = event.fault === undefined ? {} : { fault: event.fault };
      return update(state, event.jobId, { phase: event.outcome, endedMs: event.atMs, ...fault });
    }
    case 'job.retried':
      return retried(state, event.jobId, event.attempt);
  }
}

/** The state that a log of events leads to. */
export function replay(events: Iterable<JobEvent>, from: QueueState = EMPTY_QUEUE): QueueState {
  let state = from;
  for (const event of events) state = evolve(state, event);
  return state;
}

function prefer(jobs: readonly Job[], chosen: Job, priority: number): Job[] {
  return jobs.map((job) =>
    job.phase === 'waiting' && isOf(job, chosen) && (job.priority ?? 0) !== priority
      ? { ...job, priority }
      : job,
  );
}

/** They go where the first of them stood, as urgent as the most urgent, order by order. */
function gather(jobs: readonly Job[], first: Job, orderIds: readonly string[]): Job[] {
  const orders = [first.orderId, ...orderIds];
  const goes = (job: Job) =>
    job.phase === 'waiting' && orders.includes(job.orderId) && isSamePart(job, first);
  const gathered = jobs.filter(goes);
  const priority = Math.max(...gathered.map((job) => job.priority ?? 0));
  const run = orders.flatMap((orderId) => gathered.filter((job) => job.orderId === orderId));
  const at = jobs.findIndex(goes);
  const stays = (job: Job) => !goes(job);
  return [
    ...jobs.slice(0, at).filter(stays),
    ...run.map((job) => ({ ...job, priority, run: first.id })),
    ...jobs.slice(at).filter(stays),
  ];
}

function isRunning(job: Job): boolean {
  return job.phase === 'starting' || job.phase === 'printing' || job.phase === 'paused';
}

function retried(state: QueueState, jobId: string, attempt: number): QueueState {
  const jobs = state.jobs.map((job): Job => {
    if (job.id !== jobId) return job;
    const { startedMs: _started, endedMs: _ended, fault: _fault, ...rest } = job;
    return { ...rest, attempt, phase: 'waiting' };
  });
  return { ...state, jobs };
}

function update(state: QueueState, jobId: string, change: Partial<Job>): QueueState {
  return { ...state, jobs: state.jobs.map((job) => (job.id === jobId ? { ...job, ...change } : job)) };
}

function without(set: ReadonlySet<string>, value: string): ReadonlySet<string> {
  const copy = new Set(set);
  copy.delete(value);
  return copy;
}
