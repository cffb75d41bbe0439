// Random parties, honest and hostile, play every bundled document; the books balance in every run.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import { encodeParadigm, parseParadigm } from './codec.ts';
import { simulateParadigm } from './simulate.ts';

const FOLDER = new URL('../../assets/paradigms/', import.meta.url);
const bundled = readdirSync(FOLDER).filter(
  (name) => name.endsWith('.json') && !name.endsWith('.schema.json'),
);
const load = (name: string) =>
  unwrap(parseParadigm(unwrap(encodeParadigm(readFileSync(new URL(name, FOLDER), 'utf8')))));

test.each(bundled)('%s conserves money whoever plays, and reaches every end', (name) => {
  const p = load(name);
  const report = simulateParadigm(p, 42, { runs: 3000 });
  expect(report.violations).toEqual([]);
  expect(report.opened).toBeGreaterThan(1000);
  expect(report.refused).toBeGreaterThan(1000);
  const finals = Object.keys(p.states).filter((state) => p.states[state]?.final !== undefined);
  expect(Object.keys(report.finals).sort()).toEqual(finals.sort());
});

test('the same seed plays the same runs, another seed others', () => {
  const p = load('normal.json');
  expect(simulateParadigm(p, 7, { runs: 200 })).toEqual(simulateParadigm(p, 7, { runs: 200 }));
  expect(simulateParadigm(p, 8, { runs: 200 }).finals).not.toEqual(
    simulateParadigm(p, 7, { runs: 200 }).finals,
  );
});

test('notices a deadline that cannot act', () => {
  const document = JSON.parse(readFileSync(new URL('normal.json', FOLDER), 'utf8'));
  document.states.open.deadline.effects = [];
  const report = simulateParadigm(unwrap(parseParadigm(unwrap(encodeParadigm(document)))), 1, { runs: 200 });
  expect(report.ok).toBe(false);
  expect(report.violations[0]?.message).toContain('the deadline of open was refused');
  expect(report.violations[0]?.trace.at(0)).toBe('open → open');
});
