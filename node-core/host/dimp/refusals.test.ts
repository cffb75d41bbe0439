// Refusals of stations in the console's words: each code that our stations give has words of its own, what other stations say
// is kept and shown as it is, and files of before still read.

import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { unwrap } from '../../base/index.ts';
import type { JsonObject } from '../../dimp/index.ts';
import { createCommand, parseContent } from '../../dimp/index.ts';
import { stationFault } from '../../dimp/station/faults.ts';
import { explainRefusal, parseRefusal, readRefusal, refusalToText } from './refusals.ts';

const receipt = (fields: JsonObject) =>
  unwrap(parseContent(createCommand('receipt', fields, { sn: 1, timeS: 1 })));

const shown = (fields: JsonObject) => {
  const read = readRefusal(receipt(fields));
  return read === undefined ? undefined : explainRefusal(parseRefusal(refusalToText(read)), 'Bo');
};

it('has words for everything that a station of this program refuses', () => {
  const prices: Record<string, JsonObject> = {
    'station.price': { stakeMicro: '5000000' },
    'station.stake': { stakeMicro: '5000000' },
  };
  const codes = ['blocked', 'full', 'store', 'price', 'stake', 'circle', 'group', 'sender'] as const;
  const explained = codes.map((name) => {
    const code = `station.${name}` as const;
    const fault = stationFault(code as 'station.full', { receiver: 'x' });
    return shown({ text: fault.message, code, price: prices[code] ?? null });
  });
  expect(explained.map((fault) => fault?.code)).toEqual([
    'refused.blocked',
    'refused.full',
    'refused.store',
    'refused.stake',
    'refused.unproven',
    'refused.circle',
    'refused.group',
    'refused.sender',
  ]);
  expect(explained[1]?.message).toContain('Bo');
  expect(explained[3]?.message).toContain('5 DPN');
  expect(shown({ text: 'No.', code: 'station.price', price: { workBits: 24 } })).toMatchObject({
    code: 'refused.work',
    data: { workBits: '24' },
  });
});

it('keeps what it has no words for, and takes a receipt for none', () => {
  expect(shown({ text: 'Slow down.', code: 'theirs.rate' })).toMatchObject({
    code: 'refused.other',
    data: { said: 'Slow down. (theirs.rate)' },
  });
  expect(shown({ text: 'Message is blocked by "Bo".' })?.code).toBe('refused.blocked');
  expect(shown({ text: 'Message cached.' })).toBeUndefined();
  expect(explainRefusal(parseRefusal('The mailbox is full.'), 'Bo').data).toEqual({
    said: 'The mailbox is full.',
  });
});

it('survives whatever a station says', () =>
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('text', 'code', 'price'), fc.jsonValue()), (fields) => {
      const fault = shown(fields as JsonObject);
      expect(fault === undefined || fault.code.startsWith('refused.')).toBe(true);
    }),
    { seed: 64, numRuns: 300 },
  ));
