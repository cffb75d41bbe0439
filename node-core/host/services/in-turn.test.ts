// Turns of one key: order, failures, and that keys do not wait for each other.

import { expect, test } from 'vitest';
import { createInTurn } from './in-turn.ts';

test('works of one key follow each other, whatever became of the one before; others do not wait', async () => {
  const inTurn = createInTurn();
  const seen: string[] = [];
  let end: (() => void) | undefined;
  const first = inTurn('a', async () => {
    seen.push('first begins');
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    seen.push('first fails');
    throw new Error('first');
  });
  const second = inTurn('a', async () => {
    seen.push('second');
    return 2;
  });
  expect(await inTurn('b', async () => seen.push('other'))).toBe(2);
  end?.();
  await expect(first).rejects.toThrow('first');
  expect(await second).toBe(2);
  expect(seen).toEqual(['first begins', 'other', 'first fails', 'second']);
});
