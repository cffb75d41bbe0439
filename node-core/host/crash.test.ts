import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { closeOnCrash } from './crash.ts';

/** A process that only remembers how it ended. */
class Ending extends EventEmitter {
  readonly codes: number[] = [];
  exit(code: number): void {
    this.codes.push(code);
  }
}

test.each([
  ['closes', () => Promise.resolve()],
  ['cannot close', () => Promise.reject(new Error('worse'))],
])('a console that %s ends with a failure, after it was told to close, once', async (_name, close) => {
  const ending = new Ending();
  const told: unknown[] = [];
  const order: string[] = [];
  closeOnCrash(
    () => {
      order.push('close');
      return close();
    },
    (level, action, data) => told.push([level, action, data?.['error']]),
    ending,
  );
  const bug = new Error('a bug');
  expect(ending.emit('uncaughtException', bug)).toBe(true);
  expect(ending.codes).toEqual([]);
  await new Promise(setImmediate);
  expect([order, told, ending.codes]).toEqual([['close'], [['error', 'crash', bug]], [1]]);
  expect(ending.listenerCount('uncaughtException')).toBe(0);
});
