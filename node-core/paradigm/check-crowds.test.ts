// What only a third member of a crowd reveals, and what documents say that cannot be meant.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkDocument } from './check.ts';

const text = readFileSync(new URL('../../assets/paradigms/group-purchase.yaml', import.meta.url), 'utf8');
const AMOUNT = 'amount: member.items * params.unitMicro }';

test('a name with a letter that only looks right is refused, and the letter named', () => {
  const report = checkDocument(text.replace('name: group-purchase', 'name: gr\u043eup-purchase'));
  expect(report.findings[0]).toMatchObject({ code: 'document', at: 'name', line: 3 });
  expect(report.findings[0]?.message).toContain('"\u043e" (U+043E)');
});

test('a contract that may mint more than all of them together is refused', () => {
  const mint = 'mint: { token: 3DP, capMicro: 10, contractCapMicro: 100 }\nvars:';
  const report = checkDocument(text.replace('vars:', mint));
  expect(report.findings[0]).toMatchObject({ code: 'document', at: 'mint.contractCapMicro' });
  expect(checkDocument(text.replace('vars:', mint.replace('capMicro: 10', 'capMicro: 100'))).ok).toBe(true);
});

test('a share that is right for two members and wrong for three is found', () => {
  expect(text.split(AMOUNT).length).toBeGreaterThan(1);
  const short = '"count.buyer > 2 ? member.items * params.unitMicro - 1 : member.items * params.unitMicro" }';
  const report = checkDocument(text.replace(AMOUNT, `amount: ${short}`));
  expect(report.ok).toBe(false);
  const finding = report.findings.find(({ code }) => code === 'blocked-deadline');
  expect(finding?.message).toContain('still held');
  expect(finding?.trace.filter((line) => /#3|third|Buyer 3/.test(line)).length).toBeGreaterThan(0);
});

test('a condition that shuts the third member out of its right is found', () => {
  // Whoever joins third can never be paid back: what they paid in stays in the contract when it ends.
  const only = 'when: count.buyer < 3 || member.index < 2, amount: member.items * params.unitMicro }';
  const report = checkDocument(text.replace(AMOUNT, only));
  expect(report.findings.map(({ code }) => code)).toContain('blocked-deadline');
});

test('the same with the count in it, but right for any number, has no defect', () => {
  const same = '"count.buyer > 2 ? member.items * params.unitMicro : params.unitMicro * member.items" }';
  expect(checkDocument(text.replace(AMOUNT, `amount: ${same}`)).findings).toEqual([]);
});
