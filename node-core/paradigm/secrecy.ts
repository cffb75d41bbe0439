// Whether a sealed value can be known to somebody who could still seal one. Decided on the graph of states alone, so it
// holds for all values: what is stored before is a salted hash; the value itself appears first in the argument of a step
// that opens it, and from there no way may lead back to sealing.

import type { CompiledStep, Paradigm } from './compile.ts';
import { stepExpressions } from './gas.ts';

export type EarlyOpening = { readonly at: string; readonly message: string };

export function findEarlyOpenings(p: Paradigm): readonly EarlyOpening[] {
  const found: EarlyOpening[] = [];
  const steps = [...p.steps].flatMap(([state, events]) =>
    [...events.values()].map((step) => ({ state, step })),
  );
  const sealing = steps.filter(({ step }) => Object.values(step.args).some(({ type }) => type === 'seal'));
  for (const { step } of sealing) found.push(...tellTales(step));
  for (const { state, step } of steps.filter(({ step: some }) => opens(some))) {
    const later = reachableFrom(p, state);
    const still = sealing.find((seal) => later.has(seal.state));
    if (still === undefined) continue;
    const [now, then] = [p.states[state]?.label.en, p.states[still.state]?.label.en];
    found.push({
      at: step.at,
      message: `A sealed value is opened in "${now}" although another can still be sealed in "${then}": who waits knows it.`,
    });
  }
  return found;
}

function opens(step: CompiledStep): boolean {
  const salted = Object.values(step.args).some(({ type }) => type === 'salt');
  return salted || stepExpressions(step).some(({ reads }) => reads.has('opens'));
}

/** What is sent beside a seal is public, and could be the sealed value. */
function tellTales(step: CompiledStep): readonly EarlyOpening[] {
  return Object.entries(step.args)
    .filter(([, { type }]) => type !== 'seal')
    .map(([name, { label }]) => ({
      at: `${step.at}.args.${name}`,
      message: `"${step.label.en}" takes "${label.en}" in the open beside a seal; whoever sends it tells what should be hidden.`,
    }));
}

/** The state itself and every state that steps and deadlines can lead to from it. */
function reachableFrom(p: Paradigm, start: string): ReadonlySet<string> {
  const reached = new Set([start]);
  for (const state of reached) {
    for (const step of p.steps.get(state)?.values() ?? []) reached.add(step.to);
    const deadline = p.deadlines.get(state);
    if (deadline !== undefined) reached.add(deadline.to);
  }
  return reached;
}
