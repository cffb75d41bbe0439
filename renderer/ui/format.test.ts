// Numbers for people: exact where money is concerned, and read back as they were written.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  durationParts,
  formatAmount,
  formatBytes,
  formatDuration,
  formatMass,
  formatMillimetres,
  formatVolume,
  parseAmount,
  relativeParts,
  shorten,
} from './format.ts';

const LOCALES = ['en', 'en-IN', 'en-ZA', 'zh-Hans', 'de', 'fr', 'pt-BR'];

describe('formatAmount', () => {
  it('shows two decimals at least and every micro-unit there is', () => {
    expect(formatAmount(12_500_000n, 'en')).toBe('12.50');
    expect(formatAmount(1n, 'en')).toBe('0.000001');
    expect(formatAmount(0n, 'en')).toBe('0.00');
    expect(formatAmount(-1_234_567_890_123n, 'en')).toBe('-1,234,567.890123');
    expect(formatAmount(100_000_000_000_000_001n, 'de')).toBe('100.000.000.000,000001');
  });

  it('signs only when asked, and never zero', () => {
    expect(formatAmount(2_000_000n, 'en', { signed: true })).toBe('+2.00');
    expect(formatAmount(-2_000_000n, 'en', { signed: true })).toBe('-2.00');
    expect(formatAmount(0n, 'en', { signed: true })).toBe('0.00');
  });

  it('is exact: what is shown is read back, in every locale', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), fc.constantFrom(...LOCALES), (micro, locale) => {
        expect(parseAmount(formatAmount(micro, locale), locale)).toBe(micro);
      }),
    );
  });
});

describe('parseAmount', () => {
  it.each([
    ['2', 2_000_000n],
    [' 2.50 ', 2_500_000n],
    ['1,234.5', 1_234_500_000n],
    ['0.000001', 1n],
    ['0', 0n],
  ])('reads %j', (text, micro) => {
    expect(parseAmount(text, 'en')).toBe(micro);
  });

  it('does not mistake a decimal comma for a thousands separator', () => {
    expect(parseAmount('1,5', 'en')).toBeUndefined();
    expect(parseAmount('1,5', 'de')).toBe(1_500_000n);
    expect(parseAmount('1.5', 'de')).toBeUndefined();
    expect(parseAmount('12,34,567', 'en')).toBeUndefined();
  });

  it('takes a point where it cannot be meant otherwise, and the groups of the region', () => {
    expect(parseAmount('1.5', 'en-ZA')).toBe(1_500_000n);
    expect(parseAmount('1,5', 'en-ZA')).toBe(1_500_000n);
    expect(parseAmount('1.2.3', 'en-ZA')).toBeUndefined();
    expect(parseAmount('1,23,45,678.5', 'en-IN')).toBe(12_345_678_500_000n);
    expect(parseAmount('12,345,678', 'en-IN')).toBeUndefined();
  });

  it.each(['', '-1', '1e3', '0x10', '1.0000001', '1.2.3', 'NaN', '٣', '1,', ',1', '.5', '9'.repeat(16)])(
    'refuses %j',
    (text) => {
      expect(parseAmount(text, 'en')).toBeUndefined();
    },
  );

  it('never throws and never yields a negative amount', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...LOCALES), (text, locale) => {
        const micro = parseAmount(text, locale);
        expect(micro === undefined || micro >= 0n).toBe(true);
      }),
    );
  });
});

describe('durations', () => {
  it('keeps the two units that matter', () => {
    expect(formatDuration(0, 'en')).toBe('0 sec');
    expect(formatDuration(45.9, 'en')).toBe('45 sec');
    expect(formatDuration(125, 'en')).toBe('2 min 5 sec');
    expect(formatDuration(3_725, 'en')).toBe('1 hr 2 min');
    expect(formatDuration(90_000, 'en')).toBe('1 day 1 hr');
    expect(formatDuration(-5, 'en')).toBe('0 sec');
  });

  it('never claims more time than there is', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), (seconds) => {
        const parts = durationParts(seconds);
        const shown = ((parts.days * 24 + parts.hours) * 60 + parts.minutes) * 60 + parts.seconds;
        expect(shown).toBeLessThanOrEqual(seconds);
        expect(parts.hours).toBeLessThan(24);
        expect(parts.minutes).toBeLessThan(60);
      }),
    );
  });

  it('says how long ago in the largest whole unit', () => {
    expect(relativeParts(-30)).toEqual({ value: -30, unit: 'second' });
    expect(relativeParts(-61)).toEqual({ value: -1, unit: 'minute' });
    expect(relativeParts(7_300)).toEqual({ value: 2, unit: 'hour' });
    expect(relativeParts(-3 * 86_400)).toEqual({ value: -3, unit: 'day' });
    expect(relativeParts(-400 * 86_400)).toEqual({ value: -1, unit: 'year' });
  });
});

it('formats masses, lengths, volumes and sizes', () => {
  expect(formatMass(1_234, 'en')).toBe('1.23 g');
  expect(formatMass(34_560, 'en')).toBe('34.6 g');
  expect(formatMass(1_500_000, 'en')).toBe('1.5 kg');
  expect(formatMillimetres(84_512, 'en')).toBe('84.5');
  expect(formatVolume(28_600, 'en')).toBe('28.6');
  expect(formatBytes(999, 'en')).toBe('999 bytes');
  expect(formatBytes(1, 'en')).toBe('1 byte');
  expect(formatBytes(3_084_864, 'en')).toBe('3.1 MB');
});

it('shortens only what is long', () => {
  expect(shorten('0x1234')).toBe('0x1234');
  expect(shorten('0x0123456789abcdef0123456789abcdef01234567')).toBe('0x0123…4567');
});
