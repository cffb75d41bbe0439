// What is typed into a generated form becomes the values that are meant: lists line by line, people by their names.

import { expect, test } from 'vitest';
import type { ParadigmField } from '../../node-core/api/index.ts';
import { initialValues, readList, triedFields, withAddresses } from './field-values.ts';

const field = (name: string, more: Partial<ParadigmField>): ParadigmField => ({
  ...{ name, label: name, kind: 'list', fromQuote: false, fixed: false },
  ...more,
});

test('a list has one item on each line, no more than it may hold, and numbers where it wants them', () => {
  const texts = field('sizes', { of: 'text', itemsMax: 2 });
  expect(readList(texts, ' small \n\nlarge, or so\n', 'en')).toEqual({ value: ['small', 'large, or so'] });
  expect(readList(texts, 'a\nb\nc', 'en')).toEqual({ problem: 'items' });
  expect(readList(texts, '\n', 'en')).toEqual({ value: [] });
  const amounts = field('prices', { of: 'amount', itemsMax: 8 });
  expect(readList(amounts, '1.5\n2', 'en')).toEqual({ value: [1_500_000n, 2_000_000n] });
  expect(readList(amounts, '1.5\nfree', 'en')).toEqual({ problem: 'number' });
  expect(readList(field('pieces', { of: 'number' }), '3\n-4', 'en')).toEqual({ value: [3n, -4n] });
});

test('people are sent as their accounts, other texts as they are, and a switch that nobody touched says no', () => {
  const fields = [
    field('asked', { of: 'address' }),
    field('by', { kind: 'address' }),
    field('note', { kind: 'text' }),
    field('urgent', { kind: 'bool' }),
    field('loud', { kind: 'bool', default: true }),
  ];
  const addressOf = (text: string) => (text === 'Otto' ? '0x77' : text);
  const values = { asked: ['Otto ', '0x99'], by: 'Otto', note: 'Otto' };
  expect(withAddresses(fields, values, addressOf)).toEqual({
    asked: ['0x77', '0x99'],
    by: '0x77',
    note: 'Otto',
  });
  expect(initialValues(fields)).toEqual({ asked: [], urgent: false, loud: true });
  expect(triedFields(fields).map(({ name }) => name)).toEqual(['note', 'urgent', 'loud']);
});
