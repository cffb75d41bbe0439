// What was filled in becomes the bill that is meant, and what is missing is named.

import { expect, test } from 'vitest';
import type { ParadigmField } from '../../../node-core/api/index.ts';
import { type ComposeInput, isUnfit, NO_CHOICE, productItem, toDraft } from './compose.ts';

const MODEL = 'ab'.repeat(32);
const line = {
  key: 1,
  item: MODEL,
  quantity: 2,
  material: 'PLA',
  quality: 'standard' as const,
  choice: NO_CHOICE,
};
const input: ComposeInput = { title: ' Stand ', description: '', fee: '1,5', lines: [line], services: [] };
const addressOf = (text: string) => (text === 'Otto' ? '0x77' : text);
const parseFee = (text: string) => (text === '1,5' ? 1_500_000n : undefined);

test('models carry how they are printed, products do not, and empty lines are left out', () => {
  const inner = 'cd'.repeat(32);
  const lines = [line, { ...line, item: productItem(inner), quantity: 3 }, { ...line, item: null }];
  expect(toDraft({ ...input, lines }, parseFee, addressOf).draft).toEqual({
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
  const empty = { title: ' ', description: '', fee: 'x', lines: [{ ...line, item: null }], services: [] };
  expect(toDraft(empty, parseFee, addressOf)).toEqual({
    faults: {
      title: 'products.compose.title.missing',
      fee: 'products.compose.fee.wrong',
      lines: 'products.compose.lines.missing',
    },
  });
  expect(toDraft({ ...input, fee: '' }, parseFee, addressOf).draft?.feeMicro).toBe(0n);
});

test('services and parts carry the contracts that were chosen for them; free roles and defaults are left out', () => {
  const paradigmId = 'ee'.repeat(32);
  const choice = {
    paradigmId,
    roles: { carrier: ' Otto', recipient: ' ' },
    values: { freightMicro: 3_000_000n, fragile: true, parcel: 'A stand', sizes: [1n, 2n], asked: ['0x77'] },
  };
  const contract = {
    paradigmId,
    roles: { carrier: '0x77' },
    terms: { freightMicro: 3_000_000, fragile: true, parcel: 'A stand', sizes: [1, 2], asked: ['0x77'] },
  };
  const services = [1, 2, 3].map((key) => ({
    key,
    kind: key === 2 ? ('material' as const) : ('logistics' as const),
    choice,
  }));
  const lines = [{ ...line, choice }];
  const { draft } = toDraft({ ...input, lines, services }, parseFee, addressOf);
  expect(draft?.parts[0]?.contract).toEqual(contract);
  expect(draft?.services).toEqual([
    { name: 'logistics', kind: 'logistics', contract },
    { name: 'material', kind: 'material', contract },
    { name: 'logistics-2', kind: 'logistics', contract },
  ]);
  const unchosen = { ...input, services: [{ key: 1, kind: 'assembly' as const, choice: NO_CHOICE }] };
  expect(toDraft(unchosen, parseFee, addressOf).faults).toEqual({
    services: 'products.compose.services.missing',
  });
});

test('a contract about something that a bill cannot name is no service', () => {
  const field = { name: 'model', label: 'Model', fixed: false };
  const unfit = (more: Pick<ParadigmField, 'kind' | 'of'>, fromQuote = false) =>
    isUnfit({ fields: [{ ...field, ...more, fromQuote }] });
  expect(unfit({ kind: 'time' })).toBe(true);
  expect(unfit({ kind: 'time' }, true)).toBe(false);
  expect(unfit({ kind: 'other' })).toBe(true);
  for (const kind of ['hash', 'address'] as const) expect(unfit({ kind })).toBe(false);
  expect(unfit({ kind: 'list', of: 'hash' })).toBe(false);
});
