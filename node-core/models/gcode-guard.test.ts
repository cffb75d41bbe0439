// The guard: an honest job passes, everything that could harm a machine is named with its line.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fault, unwrap, utf8ToBytes } from '../base/index.ts';
import {
  analyseGcode,
  checkGcode,
  GcodeGuard,
  type GuardRules,
  inspectGcode,
  STRICT_RULES,
} from './index.ts';
import { testProfile } from './testing/profile.ts';

const lines = (...text: readonly string[]) => utf8ToBytes(`${text.join('\n')}\n`);

const PROFILE = testProfile({ x: 220, y: 200, z: 250 });

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
    ['M851 Z-1.2', 'gcode.guard.forbidden@10'],
    ['M301 P20', 'gcode.guard.forbidden@10'],
    ['M999', 'gcode.guard.forbidden@10'],
    ['M203 X99999', 'gcode.guard.forbidden@10'],
    ['M205 X-1', 'gcode.guard.forbidden@10'],
    ['G1 X10 F90000', 'gcode.guard.too-fast@10'],
    ['G1 X10 F-5', 'gcode.guard.too-fast@10'],
    ['G1 X10 F0', 'ok'],
    ['G1 X10 Y10 E201', 'gcode.guard.too-much@10'],
    ['G2 I200 E1', 'gcode.guard.outside@10'],
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

  test('cooled down below softness, it is heated and waited for again', () => {
    expect(check('G1 X10 Y10 E1', 'M104 S150', 'G1 X20 E1')).toBe('gcode.guard.cold@12');
    expect(check('G1 X10 Y10 E1', 'M104 S150', 'G1 E-1 F1800', 'M109 S205', 'G1 X20 E1')).toBe('ok');
    expect(check('G1 X10 Y10 E1', 'M104 S150', 'M104 S205', 'G1 X20 E1')).toBe('gcode.guard.cold@13');
  });

  test('absolute and relative mixed up', () => {
    // Absolute words in relative mode: each move pushes the whole length so far.
    const grows = Array.from({ length: 6 }, (_, i) => `G1 X${20 + 10 * i} Y20 E${20 + 20 * i}`);
    expect(check('G1 X10 Y20', ...grows)).toBe('gcode.guard.too-thick@13');
    expect(
      check(
        'M82',
        'G92 E0',
        'G1 X10 Y20',
        ...grows.map((line) => line.replace(/E(\d+)/, (_, e) => `E${Number(e) / 40}`)),
      ),
    ).toBe('ok');
    // Relative words in absolute mode: after the first, nothing more comes out.
    expect(check('M82', 'G1 X10 Y20 E0.5', 'G1 X20 E0.4', 'G1 X30 E0.1', 'G1 X40 E-0.8')).toBe(
      'gcode.guard.pulls-back@19',
    );
    expect(check('G91', 'G1 X100 Y100 E1', 'G1 X150 Y20 E1')).toBe('gcode.guard.outside@12');
  });

  test('the owner allows by rule what endangers nothing else', () => {
    const rules = (over: Partial<GuardRules>): GuardRules => ({ ...STRICT_RULES, ...over });
    const verdict = (line: string, over: Partial<GuardRules>) => {
      const { faults, report } = inspectGcode(
        lines(...START, line, 'G1 X50 Y50 E1', ...END),
        PROFILE,
        rules(over),
      );
      return [...faults, ...report.warnings].map(({ code, data }) => `${code}@${data?.['line']}`);
    };
    expect(verdict('M600', {})).toEqual(['gcode.guard.forbidden@10']);
    expect(verdict('M600', { commands: ['m600'] })).toEqual(['gcode.guard.allowed@10']);
    expect(verdict('M7777', { commands: ['M7777'] })).toEqual(['gcode.guard.allowed@10']);
    expect(verdict('G38 Z1', { commands: ['G38'] })).toEqual(['gcode.guard.allowed@10']);
    for (const command of ['M112', 'M500', 'M302 P1', 'M999', 'M997', 'M108', 'M110 N5', 'M30 a']) {
      const name = command.split(' ')[0] ?? '';
      expect(verdict(command, { commands: [name] })).toEqual(['gcode.guard.forbidden@10']);
    }
    expect(verdict('M118 A1 action:cancel', { commands: ['M118'] })).toEqual(['gcode.guard.forbidden@10']);
    expect(verdict('G1 Y-3', { overtravelMm: 4 })).toEqual([]);
    expect(verdict('G1 Z-3', { overtravelMm: 4 })[0]).toBe('gcode.guard.outside@10');
    expect(verdict('G1 Y-300', { overtravelMm: 9999 })[0]).toBe('gcode.guard.outside@10');
    expect(verdict('G1 X1 F90000', { findings: ['gcode.guard.too-fast'] })).toEqual([
      'gcode.guard.too-fast@10',
    ]);
    expect(
      inspectGcode(
        lines(...START, 'G1 X1 F90000', 'G1 X5 E1', ...END),
        PROFILE,
        rules({ findings: ['gcode.guard.too-fast'] }),
      ).faults,
    ).toEqual([]);
  });

  test('in pieces of any size the verdict is the same, lines too long included', () => {
    const bytes = lines(
      ...START,
      'G1 X221',
      `M117 ${'x'.repeat(9000)}`,
      'G1 X50 Y50 E1 ; a remark',
      'M500',
      ...END,
    );
    const whole = inspectGcode(bytes, PROFILE);
    expect(whole.faults.map(({ code, data }) => `${code}@${data?.['line']}`)).toEqual([
      'gcode.guard.outside@10',
      'gcode.guard.too-long@11',
      'gcode.guard.forbidden@13',
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        const guard = new GcodeGuard(PROFILE);
        let at = 0;
        for (let i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          guard.push(bytes.subarray(at, at + size));
          at += size;
        }
        const { faults, report } = guard.finish();
        const codes = (found: readonly Fault[]) => [
          ...new Set(found.map(({ code, data }) => `${code}@${data?.['line']}`)),
        ];
        expect(codes(faults)).toEqual(codes(whole.faults));
        expect(report).toEqual(whole.report);
      }),
      { numRuns: 60 },
    );
  });

  test('any line ending ends a line', () => {
    const text = [...START, 'G1 X221', 'G1 X5 E1', ...END].join('\r');
    const remarks = Array.from({ length: 400 }, () => '; a remark of some length').join('\r');
    for (const bytes of [utf8ToBytes(`${text}\r${remarks}\r`), utf8ToBytes(text.replaceAll('\r', '\r\n'))]) {
      const guard = new GcodeGuard(PROFILE);
      for (let at = 0; at < bytes.length; at += 7) guard.push(bytes.subarray(at, at + 7));
      expect(guard.finish().faults.map(({ code, data }) => `${code}@${data?.['line']}`)).toEqual([
        'gcode.guard.outside@10',
      ]);
    }
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
