// One step while it runs: what it has changed so far, what its expressions see and what they cost. Private to one call
// of the virtual machine; thrown away when the step is refused.

import type { Bytes, Fault, Result } from '../base/index.ts';
import { assert, ok, refuse } from '../base/index.ts';
import type { CompiledStep, Paradigm } from './compile.ts';
import type { CompiledExpression, Scope } from './expression.ts';
import { paradigmFault } from './faults.ts';
import { expressionGas } from './gas.ts';
import type { Values } from './inputs.ts';
import * as limits from './limits.ts';
import type { Crowds, Effect, Instance, LinkTarget, LinkView, Member, ReadLink } from './types.ts';
import { checkValue } from './values.ts';

export type StepInput = {
  readonly caller: Bytes;
  readonly args: Values;
  readonly facts: Values;
  readonly timeS: bigint;
  /** Size of the values that came with the step, which are charged. */
  readonly sizeBytes: number;
  readonly readLink: ReadLink | undefined;
};

export type Run = {
  readonly p: Paradigm;
  readonly step: CompiledStep;
  readonly instance: Instance;
  readonly input: StepInput;
  vars: Values;
  crowds: Crowds | undefined;
  /** Position of the sender in the step's crowd. */
  mineIndex: number;
  heldMicro: bigint;
  mintedMicro: bigint | undefined;
  gas: bigint;
  readonly links: Readonly<Record<string, LinkView>> | undefined;
  readonly branches: Scope['branches'];
  readonly effects: Effect[];
};

const UNOPENED: LinkView = { opened: false, state: '', outcome: '' };

/** Looks at the contracts of the designated set, and at no other. */
export function readLinks(p: Paradigm, instance: Instance, read: ReadLink | undefined): Run['links'] {
  const { links } = p.document;
  if (links === undefined) return undefined;
  const views = Object.keys(links).map((name) => {
    const target = linkTarget(p, instance, name);
    return [name, read?.(target) ?? UNOPENED] as const;
  });
  return Object.fromEntries(views);
}

/** What the contract's own parameters say a link means. */
export function linkTarget(p: Paradigm, instance: Instance, link: string): LinkTarget {
  const declared = p.document.links?.[link];
  assert(declared !== undefined, 'only declared links are used');
  const value = instance.params['contract' in declared ? declared.contract : declared.opens];
  assert(value instanceof Uint8Array, 'the parameter of a link is an address or a hash');
  return 'contract' in declared ? { link, contract: value } : { link, opens: value };
}

export function membersOf(run: Run, crowd: string): readonly Member[] {
  return run.crowds?.[crowd] ?? [];
}

export function scopeOf(run: Run): Scope {
  const { instance, input, step, p } = run;
  const scope = {
    params: instance.params,
    vars: run.vars,
    args: input.args,
    facts: input.facts,
    roles: instance.roles,
    caller: input.caller,
    held: run.heldMicro,
    time: input.timeS,
  };
  if (p.crowds.size === 0 && run.links === undefined && run.branches === undefined) return scope;
  const count = Object.fromEntries(
    [...p.crowds.keys()].map((name) => [name, BigInt(membersOf(run, name).length)]),
  );
  const own = step.crowd === undefined ? undefined : membersOf(run, step.crowd)[run.mineIndex];
  const mine = own && { ...own.row, index: BigInt(run.mineIndex) };
  return { ...scope, count, mine, links: run.links, branches: run.branches };
}

/** The value, or why it cannot be computed; counts its gas either way. */
export function evaluate(run: Run, scope: Scope, expression: CompiledExpression): Result<unknown> {
  run.gas += expressionGas(expression);
  if (run.gas > run.step.gasMax)
    return refuse(paradigmFault('paradigm.gas.exceeded', { event: run.step.name }));
  try {
    return ok(expression.evaluate(scope));
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error ? String(error.code).replaceAll('_', ' ') : 'it failed';
    return refuse(
      paradigmFault('paradigm.expression.failed', { event: run.step.name, at: expression.at, reason }),
    );
  }
}

/** An integer expression; its compiled type guarantees bigint, its range is checked here. */
export function evaluateInt(run: Run, scope: Scope, expression: CompiledExpression): Result<bigint> {
  const result = evaluate(run, scope, expression);
  if (!result.ok) return result;
  const value = result.value;
  if (typeof value === 'bigint' && value >= limits.INT_MIN && value <= limits.INT_MAX) return ok(value);
  return refuse(overflow(run, expression));
}

export function overflow(run: Run, expression: CompiledExpression): Fault {
  const data = { event: run.step.name, at: expression.at, reason: 'numeric overflow' };
  return paradigmFault('paradigm.expression.failed', data);
}

export function evaluateAmount(run: Run, scope: Scope, expression: CompiledExpression): Result<bigint> {
  const result = evaluateInt(run, scope, expression);
  if (!result.ok || result.value >= 0n) return result;
  return refuse(
    paradigmFault('paradigm.amount.negative', { event: run.step.name, amountMicro: result.value.toString() }),
  );
}

/** New values of some of `fields`, all computed from `scope`, over those of `before`. */
export function computeValues(
  run: Run,
  scope: Scope,
  fields: Readonly<Record<string, Parameters<typeof checkValue>[0]>>,
  assignments: readonly (readonly [string, CompiledExpression])[],
  before: Values,
): Result<Values> {
  const values = { ...before };
  for (const [name, expression] of assignments) {
    const result = evaluate(run, scope, expression);
    if (!result.ok) return result;
    const field = fields[name];
    assert(field !== undefined, 'assignments name what is declared');
    const checked = checkValue(field, result.value);
    if ('reason' in checked)
      return refuse(paradigmFault('paradigm.param.invalid', { name, reason: checked.reason }));
    values[name] = checked.value;
  }
  return ok(values);
}

/** Replaces the row of one member. */
export function putRow(run: Run, crowd: string, index: number, row: Values): void {
  const members = membersOf(run, crowd).map((member, position) =>
    position === index ? { ...member, row } : member,
  );
  run.crowds = { ...run.crowds, [crowd]: members };
}
