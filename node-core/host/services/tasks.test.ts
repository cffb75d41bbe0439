import { expect, test } from 'vitest';
import type { Result } from '../../base/index.ts';
import { FaultError, ok, refuse } from '../../base/index.ts';
import { systemClock } from '../adapters/system.ts';
import { createEventBus } from './event-bus.ts';
import { createTasks, isCancelled, stopFault, taskFault } from './tasks.ts';

function start() {
  const bus = createEventBus();
  const logged: string[] = [];
  const tasks = createTasks(systemClock, bus, (_level, action) => void logged.push(action));
  return { bus, tasks, logged };
}

/** Work that ends when it is told to. */
const obedient = (signal: AbortSignal) =>
  new Promise<Result<object>>((resolve) => {
    signal.addEventListener('abort', () => resolve(refuse(taskFault('task.crashed'))));
  });

test('a task goes from waiting to done, with what it made', async () => {
  const { tasks } = start();
  const id = tasks.start('quote', 'hook', async (_signal, report) => {
    report('slicing', 0.5);
    return ok({ resultId: 'q1' });
  });
  expect(tasks.list()).toMatchObject([{ id, state: 'running', phase: 'waiting', cancellable: true }]);
  expect(await tasks.finished(id)).toMatchObject({
    state: 'done',
    phase: 'slicing',
    progress: 1,
    resultId: 'q1',
    cancellable: false,
  });
  expect(tasks.cancel(id)).toMatchObject({ ok: false, fault: { code: 'task.not-cancellable' } });
});

test('a refusal is shown as it is; a bug is logged and named as one; a full disk is named by the host', async () => {
  const { tasks, logged, bus } = start();
  const refused = tasks.start('quote', 's', async () => refuse(taskFault('task.unknown')));
  expect((await tasks.finished(refused))?.fault?.code).toBe('task.unknown');
  const thrown = tasks.start('quote', 's', async () => {
    throw new FaultError(taskFault('task.unknown'));
  });
  expect((await tasks.finished(thrown))?.fault?.code).toBe('task.unknown');
  expect(logged).toEqual([]);
  const crashed = tasks.start('quote', 's', async () => {
    throw new Error('a bug');
  });
  expect(await tasks.finished(crashed)).toMatchObject({ state: 'failed', fault: { code: 'task.crashed' } });
  expect(logged).toEqual(['task.crashed']);
  const named = createTasks(
    systemClock,
    bus,
    () => undefined,
    () => taskFault('task.unknown'),
  );
  const full = named.start('quote', 's', async () => {
    throw new Error('ENOSPC');
  });
  expect((await named.finished(full))?.fault?.code).toBe('task.unknown');
});

test('cancelled work ends as cancelled, unless it was done already', async () => {
  const { tasks } = start();
  const id = tasks.start('analyse', 's', (signal) => obedient(signal));
  await Promise.resolve();
  expect(tasks.cancel(id)).toEqual(ok(undefined));
  expect(await tasks.finished(id)).toMatchObject({ state: 'cancelled', fault: { code: 'task.cancelled' } });
  const quick = tasks.start('analyse', 's', async (signal) => {
    tasks.cancel(quick);
    expect(isCancelled(signal)).toBe(true);
    return ok({ resultId: 'made' });
  });
  expect(await tasks.finished(quick)).toMatchObject({ state: 'done', resultId: 'made' });
  expect(tasks.cancel('nothing')).toMatchObject({ fault: { code: 'task.unknown' } });
});

test('work that cannot be taken back is not cancelled', async () => {
  const { tasks } = start();
  let aborted = false;
  let finish: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const id = tasks.start(
    'publish',
    's',
    async (signal) => {
      await gate;
      aborted = signal.aborted;
      return ok({});
    },
    false,
  );
  expect(tasks.cancel(id)).toMatchObject({ fault: { code: 'task.not-cancellable' } });
  finish();
  expect((await tasks.finished(id))?.state).toBe('done');
  expect(aborted).toBe(false);
});

test('a console that closes stops its work, which is not the same as cancelling it', async () => {
  const { tasks } = start();
  let reason: AbortSignal | undefined;
  const id = tasks.start('analyse', 's', (signal) => {
    reason = signal;
    return obedient(signal);
  });
  await Promise.resolve();
  await tasks.close();
  expect(tasks.list().find((task) => task.id === id)?.fault?.code).toBe('task.stopped');
  expect(reason === undefined ? '' : [isCancelled(reason), stopFault(reason).code]).toEqual([
    false,
    'task.stopped',
  ]);
});

test('pages hear of steps worth showing, not of every thousandth', async () => {
  const { bus, tasks } = start();
  let heard = 0;
  bus.listen(() => heard++);
  const id = tasks.start('quote', 's', async (_signal, report) => {
    for (let i = 0; i <= 100_000; i++) report('slicing', i / 100_000);
    report('pricing', null);
    report('pricing', null);
    return ok({});
  });
  await tasks.finished(id);
  expect(heard).toBeGreaterThan(90);
  expect(heard).toBeLessThan(120);
});

test('finished tasks are forgotten, running ones never', async () => {
  const { tasks } = start();
  const held = tasks.start('quote', 'held', (signal) => obedient(signal));
  const last = Array.from({ length: 300 }, () => tasks.start('quote', 's', async () => ok({})));
  for (const id of last) await tasks.finished(id);
  expect(tasks.list().length).toBeLessThanOrEqual(200);
  expect(tasks.list().some(({ id }) => id === held)).toBe(true);
  await tasks.close();
});
