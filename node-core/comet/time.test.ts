import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareTime, msToTime, nanosToTime, parseTime, timeToMs, timeToNanos, timeToText } from './time.ts';

const anyTime = fc.record({
  seconds: fc.bigInt(-62_135_596_800n, 253_402_300_799n),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
});

describe('time', () => {
  test.each([
    ['0001-01-01T00:00:00Z', -62_135_596_800n, 0],
    ['1970-01-01T00:00:00Z', 0n, 0],
    ['1969-12-31T23:59:59.5Z', -1n, 500_000_000],
    ['2000-02-29T12:00:00Z', 951_825_600n, 0],
    ['2019-10-13T16:14:44.000000001Z', 1_570_983_284n, 1],
    ['9999-12-31T23:59:59.999999999Z', 253_402_300_799n, 999_999_999],
  ])('%s', (text, seconds, nanos) => {
    expect(parseTime(text)).toEqual({ seconds, nanos });
    expect(timeToText({ seconds, nanos })).toBe(text);
  });

  test('an offset is applied', () => {
    expect(parseTime('2020-01-01T01:30:00+01:30')).toEqual(parseTime('2020-01-01T00:00:00Z'));
    expect(parseTime('2019-12-31T22:30:00-01:30')).toEqual(parseTime('2020-01-01T00:00:00Z'));
  });

  test.each([
    '',
    '2019-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2019-13-01T00:00:00Z',
    '2019-00-01T00:00:00Z',
    '2019-01-01T24:00:00Z',
    '2019-01-01T00:00:60Z',
    '2019-01-01T00:00:00',
    '2019-01-01T00:00:00.Z',
    '2019-01-01T00:00:00.1234567890Z',
    ' 2019-01-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
  ])('refuses %j', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  test('text and nanoseconds round-trip, and agree with Date', () => {
    fc.assert(
      fc.property(anyTime, (time) => {
        expect(parseTime(timeToText(time))).toEqual(time);
        expect(nanosToTime(timeToNanos(time))).toEqual(time);
        const iso = new Date(Number(time.seconds) * 1000).toISOString();
        expect(timeToText({ ...time, nanos: 0 })).toBe(iso.replace('.000Z', 'Z'));
        expect(compareTime(time, msToTime(timeToMs(time)))).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
