// What a step may cost: counted while it runs, within a bound that is known before, and undone beyond it.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import { readParadigm } from './codec.ts';
import type { CompiledStep, Paradigm } from './compile.ts';
import { applyEvent, openInstance } from './vm.ts';

const URL_OF_PURCHASE = new URL('../../assets/paradigms/group-purchase.yaml', import.meta.url);
const p = unwrap(readParadigm(readFileSync(URL_OF_PURCHASE, 'utf8'))).paradigm;
const account = (byte: number) => new Uint8Array(20).fill(byte);

/** The same paradigm with another bound for one event, as a wrong computation of bounds would give it. */
function withBound(event: string, gasMax: bigint): Paradigm {
  const steps = [...p.steps].map(([state, events]) => {
    const changed = [...events].map(([name, step]): [string, CompiledStep] => [
      name,
      name === event ? { ...step, gasMax } : step,
    ]);
    return [state, new Map(changed)] as const;
  });
  return { ...p, steps: new Map(steps) };
}

test('a step that would cost more than its bound is refused whole, at the expression that exceeds it', () => {
  const supplier = account(1);
  const opening = { roles: { supplier }, params: { article: 'x' }, caller: supplier, timeS: 1n };
  const { instance } = unwrap(openInstance(p, opening));
  const before = structuredClone(instance);
  const join = { event: 'join', caller: account(2), args: { items: 1n }, timeS: 2n };
  const { gas } = unwrap(applyEvent(p, instance, join));
  expect(gas).toBeLessThanOrEqual(p.steps.get('collecting')?.get('join')?.gasMax ?? 0n);
  expect(applyEvent(withBound('join', gas), instance, join).ok).toBe(true);
  for (const bound of [0n, 400n, gas / 2n]) {
    const refused = applyEvent(withBound('join', bound), instance, join);
    expect(refused).toMatchObject({ ok: false, fault: { code: 'paradigm.gas.exceeded' } });
  }
  expect(instance).toEqual(before);
});
