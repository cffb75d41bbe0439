// Long work that a person can watch and cancel. A task lives as long as the process; what it made is durable, so a
// restart loses at most the work in progress.

import type { TaskView } from '../../api/index.ts';
import type { Clock, Fault, Log, Result } from '../../base/index.ts';
import { defineFaults, FaultError, ok, refuse } from '../../base/index.ts';
import type { EventBus } from './event-bus.ts';

export const taskFault = defineFaults('task', {
  'task.cancelled': {
    message: 'This was cancelled before it was done.',
    next: 'Start it again whenever you like; nothing was changed.',
  },
  'task.stopped': {
    message: 'This was stopped because the console closed.',
    next: 'Open the console again: checking a file goes on by itself, other work can be started again.',
  },
  'task.crashed': {
    message: 'Something went wrong inside the console while doing this.',
    next: 'Try again; if it happens twice, copy the report and send it to the developers.',
  },
  'task.not-cancellable': {
    message: 'This can no longer be stopped.',
    next: 'Wait until it is done; it takes a moment at most.',
  },
  'task.unknown': {
    message: 'This work is no longer known here; the console was restarted since.',
    next: 'Start it again.',
  },
});

/** How work reports: a phase code and how far it is, 0 … 1 or null while unknown. */
export type Report = (phase: string, progress: number | null) => void;

export type TaskWork = (
  signal: AbortSignal,
  report: Report,
) => Promise<Result<{ readonly resultId?: string }>>;

/** Finished tasks kept for pages that come back to ask. */
const TASKS_KEPT_MAX = 200;

type Entry = { view: TaskView; readonly abort: AbortController; readonly finished: Promise<TaskView> };

export type Tasks = ReturnType<typeof createTasks>;

/** `worldFault` names failures of the outer world (a full disk) in words. */
export function createTasks(
  clock: Clock,
  bus: EventBus,
  log: Log,
  worldFault: (error: unknown) => Fault | undefined = () => undefined,
) {
  const entries = new Map<string, Entry>();
  let counter = 0;

  function update(id: string, change: Partial<TaskView>): TaskView | undefined {
    const entry = entries.get(id);
    if (entry === undefined) return undefined;
    entry.view = { ...entry.view, ...change };
    bus.publish({ type: 'task', task: entry.view });
    return entry.view;
  }

  async function run(id: string, work: TaskWork, signal: AbortSignal): Promise<TaskView> {
    let result: Result<{ readonly resultId?: string }>;
    try {
      result = await work(signal, (phase, progress) => {
        if (isNews(entries.get(id)?.view, phase, progress)) update(id, { phase, progress });
      });
    } catch (error) {
      if (!signal.aborted && !(error instanceof FaultError)) log('error', 'task.crashed', { id, error });
      const fault = error instanceof FaultError ? error.fault : worldFault(error);
      result = refuse(fault ?? taskFault('task.crashed'));
    }
    // Work that was done before it heard of the end is done: to call it cancelled would deny what it left behind.
    if (signal.aborted && !result.ok) result = refuse(stopFault(signal));
    const end = result.ok
      ? {
          state: 'done' as const,
          progress: 1,
          ...(result.value.resultId === undefined ? {} : { resultId: result.value.resultId }),
        }
      : {
          state: signal.aborted ? ('cancelled' as const) : ('failed' as const),
          fault: faultView(result.fault),
        };
    const view = update(id, { ...end, cancellable: false });
    if (view === undefined) throw new Error('a running task is never forgotten');
    forgetOldest();
    return view;
  }

  function forgetOldest(): void {
    for (const [id, entry] of entries) {
      if (entries.size <= TASKS_KEPT_MAX) return;
      if (entry.view.state !== 'running') entries.delete(id);
    }
  }

  bus.addSnapshot(() => [...entries.values()].map(({ view }) => ({ type: 'task', task: view })));
  return {
    /** `cancellable` false for work that cannot be taken back once it began. */
    start(kind: TaskView['kind'], subject: string, work: TaskWork, cancellable = true): string {
      const id = `task-${++counter}-${clock.nowMs().toString(36)}`;
      const abort = new AbortController();
      const view: TaskView = {
        id,
        kind,
        subject,
        phase: 'waiting',
        progress: null,
        state: 'running',
        cancellable,
        startedMs: clock.nowMs(),
      };
      let begin: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const finished = gate.then(() => run(id, work, abort.signal));
      entries.set(id, { view, abort, finished });
      bus.publish({ type: 'task', task: view });
      begin();
      return id;
    },
    list: (): TaskView[] => [...entries.values()].map((entry) => entry.view),
    cancel(id: string): Result<void> {
      const entry = entries.get(id);
      if (entry === undefined) return refuse(taskFault('task.unknown'));
      if (entry.view.state !== 'running' || !entry.view.cancellable)
        return refuse(taskFault('task.not-cancellable'));
      entry.abort.abort(new FaultError(taskFault('task.cancelled')));
      return ok(undefined);
    },
    /** Resolves when the task ended, however it ended. */
    finished: (id: string): Promise<TaskView> | undefined => entries.get(id)?.finished,
    async close(): Promise<void> {
      for (const entry of entries.values()) entry.abort.abort(new FaultError(taskFault('task.stopped')));
      await Promise.allSettled([...entries.values()].map((entry) => entry.finished));
    },
  };
}

/** Work whose result its caller waits for. */
export async function watchTask<T>(
  tasks: Pick<Tasks, 'start' | 'finished'>,
  kind: TaskView['kind'],
  subject: string,
  work: (signal: AbortSignal, report: Report) => Promise<Result<T>>,
): Promise<Result<T>> {
  let result: Result<T> | undefined;
  const id = tasks.start(kind, subject, async (signal, report) => {
    result = await work(signal, report);
    return result.ok ? ok({}) : result;
  });
  const view = await tasks.finished(id);
  if (view?.fault === undefined && result !== undefined) return result;
  return refuse((view?.fault as Fault | undefined) ?? taskFault('task.unknown'));
}

/** A hundred steps a phase are enough for any bar; every event goes to every page. */
function isNews(view: TaskView | undefined, phase: string, progress: number | null): boolean {
  if (view === undefined || view.phase !== phase) return true;
  if (progress === null || view.progress === null) return progress !== view.progress;
  return Math.abs(progress - view.progress) >= 0.01;
}

/** Why the work was told to stop: a person cancelled it, or the console closes. */
export function stopFault(signal: AbortSignal): Fault {
  return signal.reason instanceof FaultError ? signal.reason.fault : taskFault('task.cancelled');
}

/** True where a person does not want the result; a console that closes does not throw work away. */
export function isCancelled(signal: AbortSignal): boolean {
  return signal.aborted && stopFault(signal).code === 'task.cancelled';
}

/** A fault as plain mutable data for the API. */
export function faultView(fault: Fault): NonNullable<TaskView['fault']> {
  const { code, message, next, data } = fault;
  return data === undefined ? { code, message, next } : { code, message, next, data: { ...data } };
}
