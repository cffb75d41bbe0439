import { expect, it } from 'vitest';
import { mayReload } from './reload-after-update.ts';

it('reloads once, and again only after a while', () => {
  expect(mayReload(0, 1_800_000_000_000)).toBe(true);
  expect(mayReload(1_000_000, 1_000_500)).toBe(false);
  expect(mayReload(1_000_000, 1_029_999)).toBe(false);
  expect(mayReload(1_000_000, 1_030_000)).toBe(true);
});

it('is not locked out by a clock that was set back', () => {
  expect(mayReload(2_000_000, 1_000_000)).toBe(true);
  expect(mayReload(Number.NaN, 1_000_000)).toBe(true);
});
