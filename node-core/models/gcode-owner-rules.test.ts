// The owner's rules: each lets exactly its own finding pass, and none goes beyond what can be allowed.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8ToBytes } from '../base/index.ts';
import type { MachineProfile } from '../records/index.ts';
import { guardRulesOf, inspectGcode, OwnerRule, ruleFor, ruleKey } from './index.ts';

const PROFILE = {
  volumeMm: { x: 220, y: 200, z: 250 },
  nozzleCMax: 260,
  bedCMax: 100,
} as unknown as MachineProfile;
const START = ['G21', 'G90', 'M140 S60', 'M104 S205', 'G28', 'M190 S60', 'M109 S205', 'M83'];
const END = ['M107', 'M104 S0', 'M140 S0'];
const inspect = (rules: readonly OwnerRule[], ...body: readonly string[]) =>
  inspectGcode(
    utf8ToBytes(`${[...START, ...body, 'G1 X50 Y50 E1', ...END].join('\n')}\n`),
    PROFILE,
    guardRulesOf(rules),
  );
const offered = (...body: readonly string[]) => inspect([], ...body).faults.map(ruleFor);

test.each([
  ['M600', { kind: 'command', command: 'M600' }],
  ['m0851 Z-1', { kind: 'command', command: 'M851' }],
  ['G38 Z1', { kind: 'command', command: 'G38' }],
  ['M7777', { kind: 'command', command: 'M7777' }],
  ['G1 Y-12.2', { kind: 'limit', limit: 'overtravelMm', value: 13 }],
  ['G1 X231', { kind: 'limit', limit: 'overtravelMm', value: 11 }],
  ['M104 S280', { kind: 'limit', limit: 'nozzleCMax', value: 280 }],
  ['M140 S110.5', { kind: 'limit', limit: 'bedCMax', value: 111 }],
  ['G1 X60 F90000', { kind: 'finding', finding: 'gcode.guard.too-fast' }],
] as const)('%s is offered one rule, which lets it pass and is named as used', (line, rule) => {
  expect(offered(line)).toEqual([rule]);
  const { faults, report } = inspect([rule], line);
  expect(faults).toEqual([]);
  expect(report.rulesUsed).toEqual([ruleKey(rule)]);
  // The rule alone changes nothing of a file that does not need it.
  expect(inspect([rule]).report.rulesUsed).toEqual([]);
});

test.each([
  'M112',
  'M500',
  'M302 P1',
  'M104 S301',
  'M104 S99999',
  'M140 S121',
  'G1 X500',
  'G1 Z-3',
  'G1 Z251',
  'M203 X99999',
  'M118 A1 action:cancel',
  'T1',
  '@pause',
  'M600.5',
])('%s cannot be allowed', (line) => {
  const rules = offered(line);
  expect(rules.length).toBeGreaterThan(0);
  expect(rules.every((rule) => rule === undefined)).toBe(true);
});

test('whatever a hostile line holds, the rule it is offered names one command and nothing else', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (line) => {
      for (const rule of offered(line)) {
        if (rule === undefined) continue;
        expect(OwnerRule.safeParse(rule).success).toBe(true);
        if (rule.kind === 'command') expect(rule.command).toMatch(/^[GM]\d{1,4}$/);
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});
