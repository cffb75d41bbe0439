// Sums and comparisons of things that do not go together are refused with the place, the reason and what to do; the
// documents that ship with the console, and conversions that are written out, are not.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import { checkDocument } from './check.ts';
import { findUnitClashes } from './check-units.ts';
import { readParadigm } from './codec.ts';

const folder = new URL('../../assets/paradigms/', import.meta.url);
const files = readdirSync(folder).filter((name) => /\.(json|yaml)$/.test(name) && !name.includes('schema'));
const source = readFileSync(new URL('group-purchase.yaml', folder), 'utf8');

test.each(files)('no false alarm in %s', (file) => {
  const { paradigm } = unwrap(readParadigm(readFileSync(new URL(file, folder), 'utf8')));
  expect(findUnitClashes(paradigm)).toEqual([]);
});

/** The group purchase with more parameters, and with one text replaced. */
function withChange(from: string, to: string): string {
  const more = [
    'grams: { type: int, unit: gram, min: 1, max: 9, default: 1, label: { en: Mass, zh-Hans: 质量 } }',
    'heightMm: { type: int, unit: millimetre, min: 1, max: 9, default: 1, label: { en: Height, zh-Hans: 高度 } }',
    'days: { type: int, unit: day, min: 1, max: 9, default: 1, label: { en: Days, zh-Hans: 天数 } }',
    'untilS: { type: time, unit: unix-second, label: { en: Until, zh-Hans: 截止 } }',
    'feeBp: { type: int, unit: basis-point, min: 0, max: 9, default: 1, label: { en: Fee, zh-Hans: 费用 } }',
  ];
  expect(source).toContain(from);
  return source
    .replace('\nvars:', `\n${more.map((line) => `  ${line}`).join('\n')}\nvars:`)
    .replace(from, () => to);
}

function clashes(from: string, to: string): readonly string[] {
  const { paradigm } = unwrap(readParadigm(withChange(from, to)));
  return findUnitClashes(paradigm).map(({ message }) => message);
}

const GUARD = 'vars.items >= params.minimum\n      otherwise';
const guard = (condition: string) => clashes(GUARD, `${JSON.stringify(condition)}\n      otherwise`);
const AFTER = 'after: params.collectS';
const HOLD = '- { do: hold, from: buyer, amount: args.items * params.unitMicro }';
const hold = (amount: string) => clashes(HOLD, `- { do: hold, from: buyer, amount: "${amount}" }`);

describe('refused', () => {
  test.each([
    ['params.grams + params.heightMm > 3', 'grams', 'millimetres'],
    ['params.unitMicro > params.minimum', 'micro-DPN', 'a plain number'],
    ['vars.items > params.unitMicro', 'a plain number', 'micro-DPN'],
    ['time > params.collectS', 'a moment in Unix seconds', 'seconds'],
    ['time + params.untilS > 0', 'a moment', 'a moment'],
    ['params.collectS - time > 0', 'seconds', 'a moment'],
    ['params.days > params.collectS', 'days', 'seconds'],
    ['params.complaintPercent > params.feeBp', 'percent', 'basis-points'],
    ['(vars.items > 0 ? params.grams : params.heightMm) > 1', 'grams', 'millimetres'],
    ['params.grams in [params.heightMm]', 'grams', 'millimetres'],
    ['held / params.grams > params.unitMicro', 'micro-DPN per gram', 'micro-DPN'],
    ['[params.grams].exists(g, g > params.heightMm)', 'grams', 'millimetres'],
    ['held > vars.items + vars.paidBackMicro', 'a plain number', 'micro-DPN'],
  ])('%s', (condition, left, right) => {
    const found = guard(condition);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(left);
    expect(found[0]).toContain(right);
  });

  test('amounts, deadlines and counts of another kind', () => {
    expect(hold('args.items * params.minimum')[0]).toMatch(
      /a plain number; wanted here: micro-DPN.*multiply/,
    );
    expect(hold('args.items * params.unitMicro * params.complaintPercent')[0]).toMatch(/Divide by 100/);
    expect(hold('params.collectS')[0]).toMatch(/seconds; wanted here: micro-DPN/);
    expect(clashes(AFTER, 'after: params.untilS')[0]).toMatch(
      /a moment in Unix seconds; wanted here: seconds/,
    );
    expect(clashes(AFTER, 'after: params.days')[0]).toMatch(/Multiply days by 86400/);
    expect(clashes(AFTER, 'after: params.unitMicro')[0]).toMatch(/micro-DPN; wanted here: seconds/);
  });

  test('a variable without a unit keeps the one that is written into it first', () => {
    const found = clashes(
      'set: { items: vars.items + args.items }',
      'set: { items: vars.items + args.items, answeredItems: params.collectS }',
    );
    expect(found.join('\n')).toMatch(/seconds/);
  });

  test('with line and column, as a defect of the report', () => {
    const report = checkDocument(withChange(GUARD, 'params.grams > params.heightMm\n      otherwise'), {
      firstDefectOnly: true,
    });
    const [finding] = report.findings;
    expect(report.ok).toBe(false);
    expect(finding).toMatchObject({ code: 'units', severity: 'defect', at: 'transitions[1].guard' });
    expect(source.split('\n')[(finding?.line ?? 0) - 1 - 5]).toContain('guard:');
    expect(finding?.message).toMatch(/Correct the name, or the unit/);
  });

  test('a declared unit where the type fixes it', () => {
    const changed = source.replace(
      'paidBackMicro: { type: amount,',
      'paidBackMicro: { type: amount, unit: gram,',
    );
    const read = readParadigm(changed);
    expect(read.ok ? '' : read.fault.message).toContain('only a whole number');
  });
});

describe('admitted', () => {
  test('sums and comparisons of the same, and after conversions', () => {
    const conditions = [
      'params.grams * 1000 > params.grams',
      'time - params.untilS > params.collectS',
      'time + params.days * 86400 > params.untilS',
      'params.untilS - 3600 < time',
      'params.collectS / 86400 < params.days',
      'held * 100 >= params.unitMicro * params.complaintPercent',
      'held >= params.unitMicro * (100 - params.complaintPercent) / 100',
      'params.complaintPercent * 100 > params.feeBp',
      'vars.items + 1 > params.minimum * 2',
      'held / params.grams * params.heightMm / params.heightMm > params.unitMicro / params.grams',
      'size([params.grams]) + vars.items > count.buyer',
      '[params.grams, params.grams].map(g, g * params.unitMicro)[0] / params.grams > held',
    ];
    for (const half of [conditions.slice(0, 6), conditions.slice(6)])
      expect(guard(half.join(' && '))).toEqual([]);
  });

  test('amounts and durations that are converted by a factor', () => {
    expect(hold('args.items * params.unitMicro * params.feeBp / 10000')).toEqual([]);
    expect(hold('5000000')).toEqual([]);
    expect(clashes(AFTER, 'after: params.days * 86400')).toEqual([]);
    expect(clashes(AFTER, 'after: params.untilS - time')).toEqual([]);
  });
});
