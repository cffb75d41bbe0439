// The guard by dialect: what one firmware reads and another does not, and words that mean something else.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8ToBytes } from '../base/index.ts';
import type { GcodeDialect } from '../records/index.ts';
import { guardRulesOf, inspectGcode, OwnerRule, ruleFor, STRICT_RULES } from './index.ts';
import { testProfile } from './testing/profile.ts';

const PROFILE = testProfile();

const BODY = ['M83', 'G1 Z0.2 F600', 'G1 X50 Y50 F3000', 'G1 X90 E2 F1200', 'G1 Y90 E2'];
const MARLIN = [
  'G28',
  'M140 S60',
  'M104 S205',
  'M190 S60',
  'M109 S205',
  ...BODY,
  'M104 S0',
  'M140 S0',
  'M107',
];
const KLIPPER = ['START_PRINT EXTRUDER_TEMP=205 BED_TEMP=60', ...BODY, 'END_PRINT'];

const codes = (dialect: GcodeDialect, lines: readonly string[], rules = STRICT_RULES) =>
  inspectGcode(utf8ToBytes(`${lines.join('\n')}\n`), PROFILE, rules, { dialect }).faults.map(
    ({ code }) => code,
  );

test('a plain file is fine for every dialect', () => {
  for (const dialect of ['marlin', 'prusa', 'repetier', 'smoothie', 'klipper'] as const)
    expect(codes(dialect, MARLIN)).toEqual([]);
});

describe('Klipper', () => {
  test('macros that begin and end a print stand for homing, heating and switching off', () => {
    expect(codes('klipper', KLIPPER)).toEqual([]);
    expect(codes('klipper', ['print_start EXTRUDER=205 BED=60', ...BODY, 'PRINT_END'])).toEqual([]);
    // The same file for a board that has no macros.
    expect(codes('marlin', KLIPPER)).toContain('gcode.guard.unknown');
  });

  test('their temperatures are held against the machine, and none left on', () => {
    expect(codes('klipper', ['START_PRINT EXTRUDER_TEMP=320 BED_TEMP=60', ...BODY, 'END_PRINT'])).toEqual([
      'gcode.guard.too-hot',
    ]);
    const twice = ['START_PRINT EXTRUDER_TEMP=205 EXTRUDER_TEMP=320', ...BODY, 'END_PRINT'];
    expect(codes('klipper', twice)).toEqual(['gcode.guard.too-hot']);
    expect(codes('klipper', ['START_PRINT EXTRUDER_TEMP=2e3', ...BODY, 'END_PRINT'])).toEqual([
      'gcode.guard.too-hot',
    ]);
    expect(codes('klipper', KLIPPER.slice(0, -1))).toEqual(['gcode.guard.left-hot', 'gcode.guard.left-hot']);
    const direct = ['SET_HEATER_TEMPERATURE HEATER=heater_bed TARGET=150', ...KLIPPER];
    expect(codes('klipper', direct)).toEqual(['gcode.guard.too-hot']);
    expect(codes('klipper', ['SET_HEATER_TEMPERATURE HEATER=extruder TARGET=nan', ...KLIPPER])).toEqual([
      'gcode.guard.too-hot',
    ]);
  });

  test('long lines and objects pass; other names ask the owner, dangerous ones nobody', () => {
    const polygon = Array.from({ length: 40 }, (_, i) => `[${i}.125,${i}.25]`).join(',');
    const define = `EXCLUDE_OBJECT_DEFINE NAME=part_1 CENTER=10,10 POLYGON=[${polygon}]`;
    expect(codes('klipper', [define, ...KLIPPER])).toEqual([]);
    expect(codes('marlin', [define, ...MARLIN])).toContain('gcode.guard.too-long');
    const purge = ['LINE_PURGE', ...KLIPPER];
    expect(codes('klipper', purge)).toEqual(['gcode.guard.unknown-macro']);
    const [fault] = inspectGcode(utf8ToBytes(purge.join('\n')), PROFILE, STRICT_RULES, {
      dialect: 'klipper',
    }).faults;
    const rule = fault === undefined ? undefined : ruleFor(fault);
    expect(rule).toEqual({ kind: 'command', command: 'LINE_PURGE' });
    expect(codes('klipper', purge, guardRulesOf(rule === undefined ? [] : [rule]))).toEqual([]);
    for (const command of ['SAVE_CONFIG', 'RUN_SHELL_COMMAND', 'FORCE_MOVE', 'RESPOND']) {
      expect(codes('klipper', [`${command} X=1`, ...KLIPPER])).toEqual(['gcode.guard.unknown-macro']);
      expect(OwnerRule.safeParse({ kind: 'command', command }).success).toBe(false);
    }
  });
});

test('Prusa: checks and input shaping pass there and nowhere else', () => {
  const extras = ['M862.3 P "MK4"', 'M862.1 P0.4', 'M572 S0.036', 'M593 X T2 F50', 'M555 X10 Y10 W20 H20'];
  expect(codes('prusa', [...extras, ...MARLIN])).toEqual([]);
  expect(codes('marlin', [...extras, ...MARLIN])).toHaveLength(5);
});

test('Repetier: M204 tunes its heaters, M201 and M202 are its accelerations', () => {
  expect(codes('repetier', ['M201 X1000 Y1000', 'M202 X1000 Y1000', ...MARLIN])).toEqual([]);
  expect(codes('repetier', ['M204 S1000', ...MARLIN])).toEqual(['gcode.guard.forbidden']);
  expect(codes('smoothie', ['M204 S1000', ...MARLIN])).toEqual([]);
});

test('any line is survived', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (line) => {
      expect(Array.isArray(codes('klipper', [line, ...KLIPPER]))).toBe(true);
    }),
    { seed: 11, numRuns: 300 },
  );
});
