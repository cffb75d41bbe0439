// The guard of machines that cut: honest files pass, everything that burns, breaks or runs away is named with its line.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8ToBytes } from '../base/index.ts';
import type { CutterProfile } from '../records/index.ts';
import { inspectCut, readCut } from './index.ts';

const MILL: CutterProfile = {
  v: 1,
  name: 'Mill',
  process: 'cnc',
  firmware: 'grbl',
  volumeMm: { x: 300, y: 180, z: 45 },
  toolSMax: 10_000,
  feedMmPerMinMax: 2_000,
  rateMicroPerHour: 0n,
  setupMicro: 0n,
  minimumMicro: 0n,
};
const LASER: CutterProfile = { ...MILL, process: 'laser', toolSMax: 1_000 };
const START = ['G21 G90', 'M3 S8000', 'G0 Z5', 'G0 X10 Y10', 'G1 Z-1 F300'];
const END = ['G21 G0 Z5', 'M5', 'M30'];

const verdictOf = (profile: CutterProfile, text: readonly string[]) =>
  inspectCut(utf8ToBytes(`${text.join('\r\n')}\r\n`), profile);
const mill = (...body: readonly string[]) =>
  verdictOf(MILL, [...START, ...body, ...END]).faults.map(
    ({ code, data }) => `${code}@${data?.['line'] ?? data?.['axis'] ?? ''}`,
  );
const laser = (...body: readonly string[]) => verdictOf(LASER, ['G21 G90', ...body, 'M5']);

describe('a mill', () => {
  test('an honest job passes, with its size and time', () => {
    const { faults, report } = verdictOf(MILL, [...START, 'G1 X110 Y10 F600', 'Y60', ...END]);
    expect(faults).toEqual([]);
    expect(report).toMatchObject({ moves: 6, sizeMm: { x: 110, y: 60, z: 6 }, toolSMax: 8000, warnings: [] });
    expect(report.seconds).toBeGreaterThanOrEqual(15);
    expect(report.seconds).toBeLessThan(20);
  });

  test.each([
    [['G1 X400 F600'], ['cut.too-large@X']],
    [['G20', 'G1 X14 F20'], ['cut.too-large@X']],
    [['G91', 'G1 Y100 F600', 'Y100'], ['cut.too-large@Y']],
    [['G1 X20 F5000'], ['cut.too-fast@6']],
    [['G20', 'G1 X2 F200'], ['cut.too-fast@7']],
    [['M3 S24000'], ['cut.too-strong@6']],
    [['M5', 'G1 X20 F600'], ['cut.tool-still@7']],
    [['M3 S0', 'G1 X20 F600'], ['cut.tool-still@7']],
    [['G0 X20'], ['cut.rapid-in-material@6']],
    [['X20'], []],
    [['G92 X0'], ['cut.moves-zero@6']],
    [['G53 G0 Z0'], []],
    // Half a circle of 200 mm reaches where its ends do not.
    [['G0 Z5', 'G0 X100 Y0', 'G3 X100 Y170 I0 J85 F600'], []],
    [['G0 Z5', 'G0 X250 Y0', 'G3 X250 Y170 I0 J85 F600'], ['cut.too-large@X']],
    [['G0 Z5', 'G0 X250 Y0', 'G3 X250 Y170 R85 F600'], ['cut.too-large@X']],
    // A flat arc of a large circle stays flat.
    [['G0 Z5', 'G0 X0 Y0', 'G2 X100 Y0 R5000 F600'], []],
  ])('%j', (body, expected) => expect(mill(...body)).toEqual(expected));

  test('a file that leaves the tool on, and one that does nothing', () => {
    expect(verdictOf(MILL, START).faults.map(({ code }) => code)).toEqual(['cut.left-on']);
    expect(verdictOf(MILL, ['(empty)', 'G21']).faults.map(({ code }) => code)).toEqual(['cut.nothing']);
    expect(verdictOf(MILL, ['G1 X5', 'M2']).faults.map(({ code }) => code)).toEqual(['cut.no-feed']);
  });
});

describe('a laser', () => {
  test('power that follows the speed passes; constant power is said', () => {
    expect(laser('M4 S500', 'G1 X10 F600').faults).toEqual([]);
    const constant = laser('M3 S500', 'G1 X10 F600');
    expect(constant.faults).toEqual([]);
    expect(constant.report.warnings.map(({ code }) => code)).toEqual(['cut.constant-power']);
  });

  test('never waits with the light on', () => {
    const codes = (...body: readonly string[]) => laser(...body, 'G1 X1 F60').faults.map(({ code }) => code);
    expect(codes('M3 S500', 'G4 P2')).toEqual(['cut.burns-in-place']);
    expect(codes('M3 S0', 'G4 P2')).toEqual([]);
    expect(codes('M4 S500', 'G4 P2')).toEqual([]);
  });
});

test('words run together, in either case and with remarks, are read as the firmware reads them', () => {
  const text = ['%', 'n10g21g90', '(M3) m3s500;S99999', 'g1x10y10f600', 'g0z5', 'm30', '%'];
  expect(verdictOf(MILL, text)).toMatchObject({ faults: [], report: { moves: 2, toolSMax: 500 } });
});

test('any bytes are survived, and what moves nothing is no file', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const { faults } = inspectCut(bytes, MILL);
      expect(faults.length).toBeLessThanOrEqual(100);
    }),
    { seed: 7, numRuns: 300 },
  );
  expect(readCut(utf8ToBytes('hello\n'))).toBeUndefined();
  expect(readCut(utf8ToBytes('G1 X10 F60\n'))).toMatchObject({ seconds: 10 });
});
