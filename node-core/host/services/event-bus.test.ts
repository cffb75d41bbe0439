import { expect, test } from 'vitest';
import type { ConsoleEvent } from '../../api/index.ts';
import { EVENT_TOPICS } from '../../api/index.ts';
import { createEventBus, QUEUE_MAX, queued } from './event-bus.ts';

const changed = (topic: 'orders' | 'jobs'): ConsoleEvent => ({ type: 'changed', topic });

test('gives every event from the moment the stream was asked for, in order', async () => {
  const bus = createEventBus();
  const stream = bus.stream(undefined);
  bus.changed('orders');
  bus.changed('jobs');
  expect([(await stream.next()).value, (await stream.next()).value]).toEqual([
    changed('orders'),
    changed('jobs'),
  ]);
  const later = stream.next();
  bus.changed('orders', 'o1');
  expect((await later).value).toEqual({ type: 'changed', topic: 'orders', id: 'o1' });
});

test('tells a page that fell behind to reload everything, and gives it what cannot be asked again', async () => {
  const bus = createEventBus();
  const task: ConsoleEvent = {
    type: 'task',
    task: {
      id: 't',
      kind: 'quote',
      subject: 's',
      phase: 'slicing',
      progress: null,
      state: 'running',
      cancellable: true,
      startedMs: 0,
    },
  };
  bus.addSnapshot(() => [task]);
  const stream = bus.stream(undefined);
  for (let i = 0; i <= QUEUE_MAX; i++) bus.changed('jobs');
  bus.changed('orders');
  const seen: ConsoleEvent[] = [];
  for (let i = 0; i < EVENT_TOPICS.length + 2; i++) seen.push((await stream.next()).value as ConsoleEvent);
  expect(seen.slice(0, -2)).toEqual(EVENT_TOPICS.map((topic) => ({ type: 'changed', topic })));
  expect(seen.slice(-2)).toEqual([task, changed('orders')]);
});

test('an aborted stream ends, and lets go of its source', async () => {
  let listeners = 0;
  const abort = new AbortController();
  const stream = queued<number>(() => {
    listeners++;
    return () => void listeners--;
  }, abort.signal);
  const waiting = stream.next();
  abort.abort();
  expect(await waiting).toEqual({ value: undefined, done: true });
  expect(await stream.next()).toEqual({ value: undefined, done: true });
  expect(listeners).toBe(0);
});

test('a stream that was left without being read lets go too', async () => {
  let listeners = 0;
  const stream = queued<number>(() => {
    listeners++;
    return () => void listeners--;
  }, undefined);
  expect(listeners).toBe(1);
  await stream.return(undefined);
  expect(listeners).toBe(0);
});

test('one listener more does not hear another stream end', async () => {
  const bus = createEventBus();
  const [first, second] = [bus.stream(undefined), bus.stream(undefined)];
  await first.return(undefined);
  bus.changed('jobs');
  expect((await second.next()).value).toEqual(changed('jobs'));
  expect((await first.next()).done).toBe(true);
});
