import { expect, test } from 'vitest';
import type { LegalEvent } from '../../paradigm/index.ts';
import { argumentsFor } from './order-actions.ts';

const event = {
  event: 'dispute',
  args: { reason: { type: 'text', maxChars: 500 }, note: { type: 'text', maxChars: 500, default: '' } },
} as unknown as LegalEvent;

test('text on several lines goes to the contract as one line', () => {
  const given = argumentsFor(event, { reason: ' It broke.\r\n\n\tTwice. ', note: '' });
  expect(given).toEqual({ ok: true, value: { reason: 'It broke. Twice.' } });
});

test('text that is asked for and empty is refused, and so is only white space', () => {
  for (const reason of ['', ' \n\t ']) {
    const given = argumentsFor(event, { reason });
    expect(given.ok ? '' : given.fault.code).toBe('orders.argument');
  }
});
