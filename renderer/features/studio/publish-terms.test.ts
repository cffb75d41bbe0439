import { expect, it } from 'vitest';
import { parseAmount } from '../../ui/format.ts';
import { checkTerms, type PublishDraft, titleFromFileName } from './publish-terms.ts';

const parse = (text: string): bigint | undefined => parseAmount(text, 'en');
const good: PublishDraft = {
  title: ' Bracket ',
  description: ' for M3 ',
  licence: 'print-per-copy',
  price: '2.50',
};

it('accepts good terms, trimmed', () => {
  expect(checkTerms(good, parse)).toEqual({
    problems: {},
    terms: {
      title: 'Bracket',
      description: 'for M3',
      licence: 'print-per-copy',
      priceMicroPerCopy: 2_500_000n,
    },
  });
});

it('accepts a price of nothing', () => {
  expect(checkTerms({ ...good, price: '0' }, parse).terms?.priceMicroPerCopy).toBe(0n);
});

it('names every problem at once', () => {
  expect(checkTerms({ ...good, title: '  ', price: 'two' }, parse)).toEqual({
    problems: { title: 'title-missing', price: 'price-malformed' },
    terms: undefined,
  });
  expect(checkTerms({ ...good, title: 'x'.repeat(121) }, parse).problems.title).toBe('title-long');
});

it.each([
  ['x-carriage_v2.stl', 'X carriage v2'],
  ['3DBenchy.3mf', '3DBenchy'],
  ['插头.obj', '插头'],
  ['.stl', ''],
  ['no extension', 'No extension'],
])('proposes a title for %j', (fileName, title) => {
  expect(titleFromFileName(fileName)).toBe(title);
});
