// What people read of a fault: filled in, and with dates for the chain's seconds.

import { expect, test } from 'vitest';
import { fillPlaceholders, withDates } from './fault.tsx';

const format = (date: Date) => date.toISOString().slice(0, 10);

test('a time of the chain is a date, in each language, and its unit goes', () => {
  const data = { untilS: '1797091736' };
  expect(withDates('It is liable until 1797091736 (Unix seconds).', data, format)).toBe(
    'It is liable until 2026-12-12.',
  );
  expect(withDates('在 1797091736（Unix 秒）之前负责。', data, format)).toBe('在 2026-12-12之前负责。');
});

test('several times in one sentence share the unit', () => {
  const text = 'The quote was valid until 1700000000 and it is 1700086400 (Unix seconds) now.';
  expect(withDates(text, { validUntilS: '1700000000', timeS: 1_700_086_400 }, format)).toBe(
    'The quote was valid until 2023-11-14 and it is 2023-11-15 now.',
  );
});

test('spans, amounts and unknown names stay as they are', () => {
  expect(withDates('It took 30 seconds.', { tookS: 30 }, format)).toBe('It took 30 seconds.');
  expect(withDates('1797091736 micro-DPN', { amountMicro: '1797091736' }, format)).toBe(
    '1797091736 micro-DPN',
  );
  expect(withDates('as it is', undefined, format)).toBe('as it is');
  expect(fillPlaceholders('{known} and {unknown}', { known: 1 })).toBe('1 and {unknown}');
});
