// What is remembered between visits, and which tasks are kept.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TaskView } from '../../node-core/api/index.ts';
import { parseRemembered, withTask } from './store.ts';

describe('parseRemembered', () => {
  it('takes good values one by one', () => {
    const text = JSON.stringify({
      locale: 'zh-Hans',
      theme: 'purple',
      role: 'owner',
      welcomed: true,
      more: 1,
    });
    expect(parseRemembered(text, 'en-GB')).toEqual({
      locale: 'zh-Hans',
      theme: 'auto',
      role: 'owner',
      welcomed: true,
    });
  });

  it('starts in the browser’s language', () => {
    expect(parseRemembered(null, 'zh-CN').locale).toBe('zh-Hans');
    expect(parseRemembered(null, 'de').locale).toBe('en');
  });

  it('survives anything in the storage', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(['en', 'zh-Hans']).toContain(parseRemembered(text, 'en').locale);
      }),
    );
  });
});

describe('withTask', () => {
  const task = (id: string, state: TaskView['state'], startedMs: number): TaskView => ({
    id,
    kind: 'quote',
    subject: 'part',
    phase: 'slicing',
    progress: null,
    state,
    cancellable: true,
    startedMs,
  });

  it('replaces by id', () => {
    const tasks = withTask(withTask({}, task('a', 'running', 1)), task('a', 'done', 1));
    expect(Object.values(tasks).map(({ state }) => state)).toEqual(['done']);
  });

  it('forgets the oldest finished ones, never a running one', () => {
    let tasks = withTask({}, task('first', 'running', 0));
    for (let count = 1; count <= 100; count++) tasks = withTask(tasks, task(`t${count}`, 'done', count));
    expect(tasks['first']?.state).toBe('running');
    expect(tasks['t1']).toBeUndefined();
    expect(tasks['t100']).toBeDefined();
    expect(Object.keys(tasks).length).toBeLessThanOrEqual(41);
  });
});
