// What a reader is told before signing must be what the contract then does: the endings of the bundled paradigms.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/index.ts';
import { encodeParadigm, parseParadigm, workedExample } from './index.ts';

const load = (name: string) =>
  unwrap(
    parseParadigm(
      unwrap(
        encodeParadigm(readFileSync(new URL(`../../assets/paradigms/${name}.json`, import.meta.url), 'utf8')),
      ),
    ),
  );
const DAY_S = 86_400n;

describe('the worked example of the normal order', () => {
  const normal = load('normal');
  const example = unwrap(
    workedExample(normal, { ownerMicro: 7_000_000n, designerMicro: 2_000_000n, acceptS: 2n * DAY_S }),
  );

  it('names every ending that the document has', () => {
    const finals = Object.keys(normal.states).filter((state) => normal.states[state]?.final !== undefined);
    expect(example.endings.map(({ state }) => state)).toEqual(finals);
  });

  it('tells who pays and who receives, to the micro-unit', () => {
    const settled = example.endings.find(({ state }) => state === 'settled');
    const money = Object.fromEntries(settled?.money.map((line) => [line.role, line]) ?? []);
    expect(money['owner']?.receivedMicro).toBe(7_000_000n);
    expect(money['designer']?.receivedMicro).toBe(2_000_000n);
    expect(money['buyer']?.paidMicro).toBe(example.params['totalMicro']);
    for (const ending of example.endings) {
      const sum = ending.money.reduce((net, line) => net + line.paidMicro - line.receivedMicro, 0n);
      expect(sum, ending.state).toBe(0n);
    }
    expect(settled?.steps.map(({ role }) => role)).toEqual(['buyer', 'owner', 'machine', 'owner', 'buyer']);
  });

  it('says how it ends if nobody ever acts', () => {
    expect(example.silence).toEqual({ state: 'expired', afterS: 2n * DAY_S });
  });

  it('says by when each ending has come where everybody takes the whole time', () => {
    const paramS = (name: string) => example.params[name] as bigint;
    const latest = Object.fromEntries(example.endings.map(({ state, latestS }) => [state, latestS]));
    expect(latest['expired']).toBe(2n * DAY_S);
    // Shipping has its own date, counted from the acceptance: printing late does not move it.
    expect(latest['failed']).toBe(2n * DAY_S + paramS('produceS'));
  });

  it('repeats the contract’s own refusal', () => {
    const refused = workedExample(normal, { acceptS: 1n });
    expect(refused.ok ? '' : refused.fault.code).toMatch(/^paradigm\./);
  });
});

describe('the worked example of each bundled paradigm', () => {
  it.each(['normal', 'inspection', 'guarantee'])('%s plays through with nothing filled in', (name) => {
    const p = load(name);
    const example = unwrap(workedExample(p, {}));
    expect(example.endings.length).toBeGreaterThan(2);
    for (const ending of example.endings) expect(ending.latestS, ending.state).toBeGreaterThanOrEqual(0n);
    expect(p.states[example.silence.state]?.final).toBeDefined();
  });
});
