// The guard: an honest job passes, everything that could harm a machine is named with its line.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap, utf8ToBytes } from '../base/index.ts';
import type { MachineProfile } from '../records/index.ts';
import { analyseGcode, checkGcode, inspectGcode } from './index.ts';

const lines = (...text: readonly string[]) => utf8ToBytes(`${text.join('\n')}\n`);

const PROFILE: MachineProfile = {
  v: 1,
  name: 'Test',
  process: 'fdm',
  firmware: 'marlin',
  volumeMm: { x: 220, y: 200, z: 250 },
  nozzleUm: 400,
  filamentUm: 1750,
  nozzleCMax: 260,
  bedCMax: 100,
  materials: [],
  rateMicroPerHour: 0n,
  setupMicro: 0n,
  minimumMicro: 0n,
} as MachineProfile;

const START = ['G21', 'G90', 'M140 S60', 'M104 S205', 'G28', 'M190 S60', 'M109 S205', 'M83', 'G92 E0'];
const END = ['M107', 'M104 S0', 'M140 S0', 'G1 X5 Y195 F3000', 'M84'];

describe('guard', () => {
  const check = (...body: readonly string[]) => {
    const checked = checkGcode(lines(...START, ...body, ...END), PROFILE);
    return checked.ok ? 'ok' : `${checked.fault.code}@${checked.fault.data?.['line'] ?? ''}`;
  };
  const whole = (...text: readonly string[]) => {
    const checked = checkGcode(lines(...text), PROFILE);
    return checked.ok ? 'ok' : checked.fault.code;
  };

  test('an honest job passes, with its heat and commands', () => {
    const checked = unwrap(
      checkGcode(lines(...START, 'G1 X10 Y10 Z0.2 F3000', 'G1 X220 Y200 E5', 'M106 S89.25', ...END), PROFILE),
    );
    expect(checked).toMatchObject({ commands: 17, nozzleCMax: 205, bedCMax: 60, warnings: [] });
  });

  test.each([
    ['G1 X220.1 E1', 'gcode.guard.outside@10'],
    ['G1 X-0.5 E1', 'gcode.guard.outside@10'],
    ['G0 Z251', 'gcode.guard.outside@10'],
    ['G1 Y1000000000', 'gcode.guard.outside@10'],
    // What the firmware reads: X300 and E-2, not X3.
    ['G1 X300E-2', 'gcode.guard.outside@10'],
    ['G1 X30 X300', 'gcode.guard.unknown@10'],
    ['G1 X30*20 X300', 'gcode.guard.unknown@10'],
    ['N7 G1 X30*20 X300*3', 'gcode.guard.unknown@10'],
    ['N7 G1 X30*20', 'ok'],
    ['G1X30Y30E1', 'ok'],
    ['G3 X20 Y0 I10 J0 E1', 'gcode.guard.outside@10'],
    ['M104 S261', 'gcode.guard.too-hot@10'],
    ['M109 R300', 'gcode.guard.too-hot@10'],
    ['M140 S101', 'gcode.guard.too-hot@10'],
    ['M104 S-1', 'gcode.guard.too-hot@10'],
    ['M104 T1 S200', 'gcode.guard.forbidden@10'],
    ['M112', 'gcode.guard.forbidden@10'],
    ['N5 M112*33', 'gcode.guard.forbidden@10'],
    ['m500', 'gcode.guard.forbidden@10'],
    ['M502', 'gcode.guard.forbidden@10'],
    ['M28 /evil.g', 'gcode.guard.forbidden@10'],
    ['M30 a.gco', 'gcode.guard.forbidden@10'],
    ['M92 X400', 'gcode.guard.forbidden@10'],
    ['M302 P1', 'gcode.guard.forbidden@10'],
    ['M303 E0', 'gcode.guard.forbidden@10'],
    ['M118 A1 action:cancel', 'gcode.guard.forbidden@10'],
    ['M118 //action:poweroff', 'gcode.guard.forbidden@10'],
    ['M997', 'gcode.guard.forbidden@10'],
    ['M42 P5 S255', 'gcode.guard.forbidden@10'],
    ['M220 S9000', 'gcode.guard.forbidden@10'],
    ['M9999', 'gcode.guard.unknown@10'],
    ['G38.2 Z-10', 'gcode.guard.unknown@10'],
    ['T1', 'gcode.guard.unknown@10'],
    ['hello', 'gcode.guard.unknown@10'],
    ['G1 X10 $$', 'gcode.guard.unknown@10'],
    [`M117 ${'x'.repeat(90)}`, 'gcode.guard.too-long@10'],
  ])('%s', (line, expected) => {
    expect(check(line, 'G1 X50 Y50 E1')).toBe(expected);
  });

  test('offsets do not hide where the machine goes', () => {
    expect(check('G1 X200 Z1', 'G92 X0', 'G1 X30 E1')).toBe('gcode.guard.outside@12');
    expect(check('G91', 'G1 X150', 'G1 X150 E1')).toBe('gcode.guard.outside@12');
    expect(check('G1 X100 Z1', 'G92 X500', 'G1 X520 E1', 'G92 X120')).toBe('ok');
  });

  test('homed and hot first, cold at the end', () => {
    expect(whole('M109 S200', 'M83', 'G1 X10 Y10 E1', 'M104 S0')).toBe('gcode.guard.not-homed');
    expect(whole('G28 X Y', 'M109 S200', 'M83', 'G1 X10 E1', 'M104 S0')).toBe('gcode.guard.not-homed');
    expect(whole('G28', 'M83', 'G1 X10 E1')).toBe('gcode.guard.cold');
    expect(whole('G28', 'M104 S200', 'M83', 'G1 X10 E1', 'M104 S0')).toBe('gcode.guard.cold');
    expect(whole('G28', 'M109 S200', 'M83', 'G1 X10 E1')).toBe('gcode.guard.left-hot');
    expect(whole('G28', 'M140 S50', 'M109 S200', 'M83', 'G1 X10 E1', 'M104 S0')).toBe('gcode.guard.left-hot');
    expect(whole('G28', 'M104 S0')).toBe('gcode.content.none');
  });

  test('a pause is a warning with its line', () => {
    const checked = unwrap(
      checkGcode(lines(...START, 'M0 change the colour; please', 'G1 X9 E1', ...END), PROFILE),
    );
    expect(checked.warnings.map(({ code, data }) => [code, data?.['line']])).toEqual([
      ['gcode.guard.pauses', 10],
    ]);
  });

  test('hidden bytes are refused', () => {
    expect(whole(...START, 'G1 X9 E1\u0000', ...END)).toBe('gcode.content.binary');
  });

  test('whatever passes stays inside: positions in random words', () => {
    const coordinate = fc.integer({ min: -300, max: 300 });
    const step = fc.oneof(
      fc
        .tuple(fc.constantFrom('G0', 'G1'), fc.constantFrom('X', 'Y', 'Z'), coordinate)
        .map(([g, axis, v]) => `${g} ${axis}${v}`),
      fc.tuple(fc.constantFrom('X', 'Y', 'Z'), coordinate).map(([axis, v]) => `G92 ${axis}${v}`),
      fc.constantFrom('G90', 'G91', 'G28', 'G20', 'G21'),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const bytes = lines(...START, 'G1 X50 Y50 Z5 E1', ...steps);
        const { faults } = inspectGcode(bytes, PROFILE);
        const outside = faults.some(({ code }) => code === 'gcode.guard.outside');
        const { path } = unwrap(analyseGcode(bytes));
        const limits = [220, 200, 250];
        const wentOut = path.positions.some(
          (value, i) => value < -0.02 || value > (limits[i % 3] as number) + 0.02,
        );
        expect(outside).toBe(wentOut);
      }),
      { numRuns: 400 },
    );
  });
});

test('any words are inspected without a crash, to the last line', () => {
  const word = fc.constantFrom(
    'G1',
    'M104',
    'S200',
    'M117',
    'X1',
    'E.1',
    'F100',
    '\n',
    '\n',
    ';',
    '(',
    '*',
    'N',
    'T1',
    '\u00e9',
    'Z0.3',
    '1e9',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      const bytes = utf8ToBytes(words.join(' '));
      const { faults, report } = inspectGcode(bytes, PROFILE);
      expect(faults.length).toBeGreaterThan(0);
      expect(report.lines).toBe(
        words.length === 0
          ? 0
          : words
              .join(' ')
              .split('\n')
              .filter((line, i, all) => i < all.length - 1 || line !== '').length,
      );
    }),
    { numRuns: 300 },
  );
});
