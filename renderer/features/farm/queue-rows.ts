// The queue as rows to sort and as a plan of the machines. Pure; the plan says what the estimates say, if every print
// starts when the one before it is done.

import type { JobView, MachineView } from '../../../node-core/api/index.ts';
import { BOARD_COLUMNS, type Board, type BoardColumn } from './board-state.ts';

export type QueueRow = {
  readonly id: string;
  readonly title: string;
  readonly copy: { readonly copy: number; readonly copies: number } | undefined;
  readonly machineName: string;
  readonly path: string;
  readonly stage: BoardColumn;
  /** What the order or job calls its state. */
  readonly state: { readonly label: string } | { readonly job: JobView['state'] };
  /** Machine time of a copy; unknown for orders that have no jobs yet. */
  readonly seconds: number | undefined;
  readonly sinceMs: number;
};

export function rowsOf(board: Board): QueueRow[] {
  return BOARD_COLUMNS.flatMap((stage) =>
    board[stage].map((card): QueueRow => {
      if (card.kind === 'order') {
        const { id, title, machineName, stateLabel, openedS } = card.order;
        const common = { id, title, machineName, stage, sinceMs: openedS * 1000 };
        return {
          ...common,
          copy: undefined,
          path: `/orders/${id}`,
          state: { label: stateLabel },
          seconds: undefined,
        };
      }
      const { id, title, copy, copies, machineId, machineName, state, secondsEstimated, createdMs } =
        card.job;
      const common = { id, title, machineName, stage, sinceMs: createdMs };
      return {
        ...common,
        copy: { copy, copies },
        path: `/farm/${machineId}`,
        state: { job: state },
        seconds: secondsEstimated,
      };
    }),
  );
}

export const SORT_KEYS = ['title', 'machine', 'stage', 'time', 'since'] as const;
export type SortKey = (typeof SORT_KEYS)[number];
export type Sorting = { readonly key: SortKey; readonly descending: boolean };

const COMPARE: Readonly<Record<SortKey, (a: QueueRow, b: QueueRow) => number>> = {
  title: (a, b) => a.title.localeCompare(b.title) || (a.copy?.copy ?? 0) - (b.copy?.copy ?? 0),
  machine: (a, b) => a.machineName.localeCompare(b.machineName),
  stage: (a, b) => BOARD_COLUMNS.indexOf(a.stage) - BOARD_COLUMNS.indexOf(b.stage),
  time: (a, b) => (a.seconds ?? 0) - (b.seconds ?? 0),
  since: (a, b) => a.sinceMs - b.sinceMs,
};

/** Rows that are equal by the key keep the order of the queue. */
export function sortRows(rows: readonly QueueRow[], { key, descending }: Sorting): QueueRow[] {
  const compare = COMPARE[key];
  return rows.toSorted((a, b) => (descending ? compare(b, a) : compare(a, b)));
}

export type PlannedJob = {
  readonly job: JobView;
  readonly running: boolean;
  readonly startMs: number;
  readonly endMs: number;
  /** Done after the order wants it. */
  readonly late: boolean;
};
export type MachinePlan = {
  readonly machine: MachineView;
  readonly jobs: readonly PlannedJob[];
  readonly freeMs: number;
};

const RUNNING: ReadonlySet<JobView['state']> = new Set(['starting', 'printing', 'paused']);
const WAITING: ReadonlySet<JobView['state']> = new Set(['queued', 'needs-bed-clear', 'ready']);

/** Which machine works until when: what runs, then what waits in the order of its line. Virtual printers run as much faster as they are set to. */
export function planOf(
  machines: readonly MachineView[],
  jobs: readonly JobView[],
  nowMs: number,
): MachinePlan[] {
  return machines.map((machine) => {
    const own = jobs.filter(({ machineId }) => machineId === machine.id);
    const paced = (machineMs: number): number => machineMs / machine.timeScale;
    let freeMs = nowMs;
    const planned: PlannedJob[] = [];
    const running = own.filter(({ state }) => RUNNING.has(state));
    const waiting = own
      .filter(({ state }) => WAITING.has(state))
      .toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0));
    for (const job of [...running, ...waiting]) {
      const isRunning = RUNNING.has(job.state);
      const doneMs = job.progress?.elapsedMs ?? 0;
      const leftMs = isRunning
        ? (job.progress?.leftMs ?? Math.max(0, job.secondsEstimated * 1000 - doneMs))
        : job.secondsEstimated * 1000;
      const startMs = isRunning ? (job.startedMs ?? nowMs) : freeMs;
      freeMs += paced(leftMs);
      const late = job.deadlineMs !== undefined && freeMs > job.deadlineMs;
      planned.push({ job, running: isRunning, startMs, endMs: freeMs, late });
    }
    return { machine, jobs: planned, freeMs };
  });
}

const MINUTE_MS = 60_000;
const TICK_STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080].map(
  (minutes) => minutes * MINUTE_MS,
);
const TICKS_MAX = 7;

/** Round times of the clock on the wall within a stretch of time; `offsetMs` is what that clock is ahead of UTC. */
export function ticksOf(fromMs: number, spanMs: number, offsetMs: number): number[] {
  const wide = TICK_STEPS_MS.find((stepMs) => spanMs / stepMs < TICKS_MAX);
  const stepMs = wide ?? Math.ceil(spanMs / TICKS_MAX / MINUTE_MS) * MINUTE_MS;
  const ticks: number[] = [];
  const first = Math.ceil((fromMs + offsetMs) / stepMs) * stepMs - offsetMs;
  for (let at = first; at <= fromMs + spanMs; at += stepMs) ticks.push(at);
  return ticks;
}
