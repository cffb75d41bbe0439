// What a party sees of a running contract: which steps are open to whom, and what happens if nobody acts. Derived by
// asking the virtual machine itself, so the screen cannot promise what the contract would refuse.

import { equalBytes } from '../base/index.ts';
import type { Address } from '../identity/keys.ts';
import { takesBranches } from './branches.ts';
import type { CompiledStep, Paradigm } from './compile.ts';
import type { Field, LocalText } from './document.ts';
import type { Effect, Instance } from './types.ts';
import { applyDeadline } from './vm.ts';

export type LegalEvent = {
  readonly event: string;
  readonly label: LocalText;
  readonly explain: LocalText;
  /** What the sender fills in. */
  readonly args: Readonly<Record<string, Field>>;
  readonly to: string;
  /** Said to the sender where the step's condition is not met; undefined where it has none. */
  readonly condition: LocalText | undefined;
};

/** Steps that `role` may send in the current state, in the document's order. Empty for final states. */
export function legalEvents(p: Paradigm, instance: Instance, role: string): readonly LegalEvent[] {
  const steps = p.steps.get(instance.state);
  if (steps === undefined) return [];
  return [...steps.values()].filter((step) => step.by.includes(role) && !step.join).map(toLegalEvent);
}

function toLegalEvent(step: CompiledStep): LegalEvent {
  const { name, label, explain, args, to, guard } = step;
  return { event: name, label, explain, args, to, condition: guard?.otherwise };
}

/** Roles that `account` has in the instance. */
export function rolesOf(instance: Instance, account: Address): readonly string[] {
  const crowds = Object.entries(instance.crowds ?? {}).filter(([, members]) =>
    members.some((member) => equalBytes(member.account, account)),
  );
  return [
    ...Object.keys(instance.roles).filter((role) =>
      equalBytes(instance.roles[role] ?? new Uint8Array(0), account),
    ),
    ...crowds.map(([crowd]) => crowd),
  ];
}

/** Steps with which `account` could join now, although it has no part in the contract yet. */
export function joinableEvents(p: Paradigm, instance: Instance, account: Address): readonly LegalEvent[] {
  const mine = rolesOf(instance, account);
  const steps = [...(p.steps.get(instance.state)?.values() ?? [])];
  // What is for branches of other contracts is joined in their name.
  const open = steps.filter(
    (step) => step.join && step.crowd !== undefined && !mine.includes(step.crowd) && !takesBranches(step),
  );
  return open.map(toLegalEvent);
}

/** Roles that can act now: whose turn it is. */
export function rolesToAct(p: Paradigm, instance: Instance): readonly string[] {
  const roles = new Set<string>();
  for (const { by, list } of p.steps.get(instance.state)?.values() ?? [])
    if (list === undefined) for (const role of by) roles.add(role);
  return [...roles];
}

export type IfNobodyActs = {
  /** Unix seconds. */
  readonly atS: bigint;
  readonly label: LocalText;
  readonly explain: LocalText;
  readonly to: string;
  /** What the deadline pays, in the order in which it pays. */
  readonly pays: readonly (Effect & { readonly kind: 'pay' })[];
};

/** What the deadline of the current state will do; undefined for final states. */
export function ifNobodyActs(p: Paradigm, instance: Instance): IfNobodyActs | undefined {
  const step = p.deadlines.get(instance.state);
  if (step === undefined || instance.deadlineS === undefined) return undefined;
  const outcome = applyDeadline(p, instance, instance.deadlineS);
  const effects = outcome.ok ? outcome.value.effects : [];
  const pays = effects.filter((effect) => effect.kind === 'pay');
  return { atS: instance.deadlineS, label: step.label, explain: step.explain, to: step.to, pays };
}
