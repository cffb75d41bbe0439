// What was filled in becomes the bill that is meant, and what is missing is named.

import { expect, test } from 'vitest';
import { type ComposeInput, productItem, toDraft } from './compose.ts';

const MODEL = 'ab'.repeat(32);
const line = { key: 1, item: MODEL, quantity: 2, material: 'PLA', quality: 'standard' as const };
const input: ComposeInput = { title: ' Stand ', description: '', fee: '1,5', lines: [line] };
const parseFee = (text: string) => (text === '1,5' ? 1_500_000n : undefined);

test('models carry how they are printed, products do not, and empty lines are left out', () => {
  const inner = 'cd'.repeat(32);
  const lines = [line, { ...line, item: productItem(inner), quantity: 3 }, { ...line, item: null }];
  expect(toDraft({ ...input, lines }, parseFee).draft).toEqual({
    title: 'Stand',
    description: '',
    feeMicro: 1_500_000n,
    parts: [
      {
        modelId: MODEL,
        quantity: 2,
        material: 'PLA',
        settings: { layerHeightUm: 200, infillPercent: 20, perimeters: 2, supports: false, brim: false },
      },
      { productId: inner, quantity: 3 },
    ],
    services: [],
  });
});

test('names what is missing or wrong', () => {
  const empty = { title: ' ', description: '', fee: 'x', lines: [{ ...line, item: null }] };
  expect(toDraft(empty, parseFee)).toEqual({
    faults: {
      title: 'products.compose.title.missing',
      fee: 'products.compose.fee.wrong',
      lines: 'products.compose.lines.missing',
    },
  });
  expect(toDraft({ ...input, fee: '' }, parseFee).draft?.feeMicro).toBe(0n);
});
