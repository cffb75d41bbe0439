// News of the core, over a real query client: nothing is lost, and nothing starves.

import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, expect, test } from 'vitest';
import { reloadTopics } from './reload.ts';

const client = new QueryClient();
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  client.clear();
});

/** Everything that follows from what happened has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A question that a page looks at, answered when the test says so. */
function ask(queryKey: readonly string[], meta: Record<string, unknown> = {}) {
  const waiting: ((answer: number) => void)[] = [];
  const cancelled: number[] = [];
  let asked = 0;
  const observer = new QueryObserver(client, {
    queryKey,
    meta,
    queryFn: ({ signal }) => {
      const turn = ++asked;
      signal.addEventListener('abort', () => cancelled.push(turn));
      return new Promise<number>((resolve) => waiting.push(resolve));
    },
  });
  stops.push(observer.subscribe(() => undefined));
  return {
    answer: async (value: number) => {
      waiting.shift()?.(value);
      await settle();
    },
    asked: () => asked,
    cancelled,
    shown: () => observer.getCurrentResult().data,
  };
}

/** As the page does it: what is stale is reloaded again, once for all news of a moment. */
let isWaiting = false;
const news = (...topics: string[]): void =>
  reloadTopics(client, new Set(topics), () => {
    if (isWaiting) return;
    isWaiting = true;
    setImmediate(() => {
      isWaiting = false;
      news(...topics);
    });
  });

test('what is at rest is asked again at once', async () => {
  const view = ask(['network', 'view']);
  const other = ask(['orders', 'list']);
  await view.answer(1);
  await other.answer(1);
  news('network');
  await view.answer(2);
  expect([view.asked(), view.shown(), other.asked()]).toEqual([2, 2, 1]);
});

test('news that come faster than the answer neither cancel nor lose it', async () => {
  const view = ask(['network', 'view']);
  await view.answer(1);
  news('network');
  for (let block = 0; block < 5; block++) news('network');
  await settle();
  expect([view.asked(), view.cancelled]).toEqual([2, []]);
  await view.answer(2);
  // Shown although news came meanwhile, and asked once more because of them.
  expect([view.shown(), view.asked()]).toEqual([2, 3]);
  await view.answer(3);
  expect([view.shown(), view.asked(), view.cancelled]).toEqual([3, 3, []]);
});

test('what never changes is not asked again', async () => {
  const mesh = ask(['models', 'mesh'], { immutable: true });
  await mesh.answer(1);
  news('models');
  await settle();
  expect(mesh.asked()).toBe(1);
});
