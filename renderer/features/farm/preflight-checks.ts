// What must be true before a print may start. Pure.

import type { GuardVerdictView, JobView, MachineView, OrderView } from '../../../node-core/api/index.ts';

export const CHECKS = [
  'connected',
  'free',
  'material',
  'setup',
  'nozzle',
  'file',
  'guard',
  'order',
  'bed',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** Of no concern to a file of the owner's own. */
const OF_ORDERS: ReadonlySet<CheckName> = new Set(['nozzle', 'file', 'order']);

/** `ask`: a person must look and tick. `later`: looked at while it prints, because the file is elsewhere until then. */
export type CheckState = 'ok' | 'ask' | 'later' | 'failed' | 'unknown';

export type Check = { readonly name: CheckName; readonly state: CheckState };

export type PreflightInput = {
  readonly machine: MachineView;
  readonly job: JobView;
  readonly order: OrderView | undefined;
  readonly verdict: GuardVerdictView | undefined;
  readonly nowS: number;
  /** The owner looked: this material is loaded, or this workpiece clamped. */
  readonly materialTicked: boolean;
};

export function preflightChecks(input: PreflightInput): Check[] {
  const { machine, job, order, nowS } = input;
  const offered = machine.materials.some(
    ({ material, colour }) => material === job.material && colour === job.colour,
  );
  const state: Record<CheckName, CheckState> = {
    connected:
      machine.state === 'offline' || machine.state === 'connecting' || machine.state === 'fault'
        ? 'failed'
        : 'ok',
    free: machine.state === 'idle' ? 'ok' : 'failed',
    // What cuts has a workpiece and a zero that a person sets.
    setup: input.materialTicked ? 'ok' : 'ask',
    material: !offered ? 'failed' : input.materialTicked ? 'ok' : 'ask',
    // The quote was sliced for the machine's own profile, so only another machine could have another nozzle.
    nozzle:
      order === undefined
        ? 'unknown'
        : order.machineId.toLowerCase() === machine.id.toLowerCase()
          ? 'ok'
          : 'failed',
    file: fileState(order, input.verdict),
    guard: guardState(input.verdict),
    order: order === undefined ? 'unknown' : isCurrent(order, nowS) ? 'ok' : 'failed',
    bed: machine.bedClear ? 'ok' : 'ask',
  };
  const cuts = machine.process !== 'fdm';
  const own = job.orderId === undefined;
  const applies = (name: CheckName): boolean => {
    if (name === 'setup') return cuts;
    if (name === 'material') return !cuts;
    return !own || !OF_ORDERS.has(name);
  };
  return CHECKS.filter(applies).map((name) => ({ name, state: state[name] }));
}

/** A file that comes part by part is compared with the order at its end. */
function fileState(order: OrderView | undefined, verdict: GuardVerdictView | undefined): CheckState {
  if (order === undefined) return 'unknown';
  if (order.licence?.released !== true) return 'failed';
  return verdict?.elsewhere === true ? 'later' : 'ok';
}

function guardState(verdict: GuardVerdictView | undefined): CheckState {
  if (verdict === undefined) return 'unknown';
  if (verdict.elsewhere) return 'later';
  return verdict.findings.length === 0 ? 'ok' : 'failed';
}

function isCurrent(order: OrderView, nowS: number): boolean {
  return !order.final && (order.deadlineS === undefined || order.deadlineS > nowS);
}

export function isReadyToStart(checks: readonly Check[]): boolean {
  return checks.every(({ state }) => state === 'ok' || state === 'later');
}

/** The job that is next on the machine: the one that needs least, then the first in line. */
export function nextJob(jobs: readonly JobView[]): JobView | undefined {
  const rank = { ready: 0, 'needs-bed-clear': 1, queued: 2 } as const;
  const rankOf = (job: JobView): number | undefined =>
    job.state === 'ready' || job.state === 'needs-bed-clear' || job.state === 'queued'
      ? rank[job.state]
      : undefined;
  return jobs
    .filter((job) => rankOf(job) !== undefined)
    .sort(
      (a, b) =>
        (rankOf(a) ?? 0) - (rankOf(b) ?? 0) ||
        (a.place ?? 0) - (b.place ?? 0) ||
        a.createdMs - b.createdMs ||
        a.copy - b.copy,
    )[0];
}
