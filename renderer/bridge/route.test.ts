// Addresses: whatever somebody pastes, a route comes out, and a good one is kept.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { href, parseRoute } from './route.ts';

it('reads path, segments and query', () => {
  const route = parseRoute('#/orders/0xAbC?actor=1&tab=money');
  expect(route.path).toBe('/orders/0xAbC');
  expect(route.segments).toEqual(['orders', '0xAbC']);
  expect(route.query.get('tab')).toBe('money');
});

it.each(['', '#', '#token=abc', '#orders', '#%'])('takes %j for the start page', (hash) => {
  expect(parseRoute(hash)).toMatchObject({ path: '/', segments: [] });
});

it('keeps a damaged escape as it is', () => {
  expect(parseRoute('#/market/%E0%A4%A').segments).toEqual(['market', '%E0%A4%A']);
});

it('finds every segment again in the address made of it', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 4 }), (segments) => {
      const path = `/${segments.map(encodeURIComponent).join('/')}`;
      const route = parseRoute(href(path));
      expect(route.segments).toEqual(segments);
      expect(route.path).toBe(path);
    }),
  );
});

it('never throws', () => {
  fc.assert(
    fc.property(fc.string(), (hash) => {
      expect(parseRoute(`#${hash}`).path.startsWith('/')).toBe(true);
    }),
  );
});
