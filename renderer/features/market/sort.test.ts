import { expect, it } from 'vitest';
import type { ModelView } from '../../../node-core/api/index.ts';
import { sortModels } from './sort.ts';

const model = (title: string, more: Partial<ModelView>): ModelView => ({
  id: 'a'.repeat(64),
  title,
  description: '',
  designer: { address: '0x00000000000000000000000000000000000000aa', name: '' },
  licence: 'print-per-copy',
  priceMicroPerCopy: 0n,
  sizeUm: { x: 1, y: 1, z: 1 },
  volumeMm3: 1,
  triangles: 1,
  watertight: true,
  contentId: '',
  hasPreview: false,
  mine: false,
  acquired: false,
  copiesPrinted: 0,
  earnedMicro: 0n,
  registered: { truth: 'verified', timeS: 0 },
  ...more,
});

const models = [
  model('old dear', {
    registered: { truth: 'verified', timeS: 10 },
    priceMicroPerCopy: 9_007_199_254_740_993n,
  }),
  model('new cheap', { registered: { truth: 'verified', timeS: 20 }, priceMicroPerCopy: 1n, volumeMm3: 3 }),
  model('unsent', {
    registered: { truth: 'local' },
    priceMicroPerCopy: 9_007_199_254_740_992n,
    volumeMm3: 2,
    copiesPrinted: 4,
  }),
];
const titles = (sort: Parameters<typeof sortModels>[1]) => sortModels(models, sort).map(({ title }) => title);

it('orders by each key, and leaves the list alone', () => {
  expect(titles('newest')).toEqual(['unsent', 'new cheap', 'old dear']);
  expect(titles('popular')).toEqual(['unsent', 'old dear', 'new cheap']);
  expect(titles('smallest')).toEqual(['old dear', 'unsent', 'new cheap']);
  expect(models[0]?.title).toBe('old dear');
});

it('compares prices beyond the precision of floating point', () => {
  expect(titles('cheapest')).toEqual(['new cheap', 'unsent', 'old dear']);
});
