// From a document of the right shape to a paradigm that the VM can run: names resolved, expressions compiled, rules
// that protect money enforced. What only exploration can find (conservation, dead states) is the checker's business.

import type { Bytes, Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type {
  Deadline,
  EffectSpec,
  Field,
  Guard,
  ParadigmDocument,
  Role,
  State,
  Variable,
} from './document.ts';
import type { CompiledExpression, ExpressionCompiler, ExpressionType } from './expression.ts';
import { celTypeOf, createCompiler } from './expression.ts';
import { stepGasBound } from './gas.ts';
import * as limits from './limits.ts';
import {
  checkCounts,
  checkFields,
  checkStates,
  checkTexts,
  initialise,
  inOrder,
  mustExist,
  Refusal,
  rule,
  STEP_WORDS,
} from './rules.ts';
import type { ParadigmValue } from './types.ts';
import { isUsableKey } from './values.ts';

export type CompiledGuard = { readonly when: CompiledExpression; readonly otherwise: Guard['otherwise'] };

export type CompiledEffect =
  | { readonly kind: 'hold'; readonly from: string; readonly amount: CompiledExpression }
  | { readonly kind: 'pay'; readonly to: string; readonly amount: CompiledExpression }
  | {
      readonly kind: 'split';
      readonly of: CompiledExpression;
      readonly shares: readonly { readonly to: string; readonly parts: CompiledExpression }[];
      readonly remainder: string;
    }
  | { readonly kind: 'refund'; readonly to: string }
  | {
      readonly kind: 'licence';
      readonly licensor: string;
      readonly machine: string;
      readonly model: CompiledExpression;
      readonly quantity: CompiledExpression;
    }
  | {
      readonly kind: 'emit';
      readonly name: string;
      readonly data: readonly (readonly [string, CompiledExpression])[];
    };

/** One thing that can happen: the opening, a transition, or a deadline. */
export type CompiledStep = {
  /** `open`, the event, or `deadline`. */
  readonly name: string;
  readonly at: string;
  readonly to: string;
  /** Empty for deadlines: nobody sends them. */
  readonly by: readonly string[];
  readonly args: Readonly<Record<string, Field>>;
  readonly guard: CompiledGuard | undefined;
  readonly set: readonly (readonly [string, CompiledExpression])[];
  readonly effects: readonly CompiledEffect[];
  /** Deadline of the state it leads to; undefined where that is final. */
  readonly nextAfter: CompiledExpression | undefined;
  readonly label: State['label'];
  readonly explain: State['explain'];
  readonly gain: State['explain'] | undefined;
  /** No run of this step can cost more. */
  readonly gasMax: bigint;
};

export type CompiledPromise = {
  readonly by: readonly string[];
  readonly when: CompiledExpression | undefined;
  readonly holds: CompiledExpression | undefined;
  readonly receives: ReadonlyMap<string, CompiledExpression> | undefined;
  readonly licences: CompiledExpression | undefined;
};

export type Paradigm = {
  /** SHA-256 of the canonical document. */
  readonly id: Bytes;
  readonly document: ParadigmDocument;
  readonly name: string;
  readonly version: number;
  readonly roles: Readonly<Record<string, Role>>;
  /** Where a parameter has `binds`, the chain compares it with that path of the quote. */
  readonly params: Readonly<Record<string, Field>>;
  readonly vars: Readonly<Record<string, Variable>>;
  readonly states: Readonly<Record<string, State>>;
  readonly initialVars: Readonly<Record<string, ParadigmValue>>;
  readonly opening: CompiledStep;
  /** State, then event, to the step. */
  readonly steps: ReadonlyMap<string, ReadonlyMap<string, CompiledStep>>;
  /** Exactly the states that are not final. */
  readonly deadlines: ReadonlyMap<string, CompiledStep>;
  readonly promises: ReadonlyMap<string, CompiledPromise>;
  /** The most that any step can cost. */
  readonly gasMax: bigint;
};

/** Resolves and compiles; the document's shape must already be right. */
export function compileParadigm(id: Bytes, document: ParadigmDocument): Result<Paradigm> {
  try {
    return ok(build(id, document));
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.fault);
    throw error;
  }
}

function build(id: Bytes, unordered: ParadigmDocument): Paradigm {
  checkCounts(unordered);
  checkTexts(unordered, '');
  const document = inOrder(unordered);
  checkFields(document.params, 'params');
  const initialVars = initialise(document.vars);
  checkStates(document);
  const opening = compileOpening(document);
  const steps = compileTransitions(document);
  const deadlines = compileDeadlines(document);
  const promises = compilePromises(document);
  const all = [
    opening,
    ...[...steps.values()].flatMap((events) => [...events.values()]),
    ...deadlines.values(),
  ];
  const gasMax = all.reduce((most, step) => (step.gasMax > most ? step.gasMax : most), 0n);
  return {
    id,
    document,
    name: document.name,
    version: document.version,
    roles: document.roles,
    params: document.params,
    vars: document.vars,
    states: document.states,
    initialVars,
    opening,
    steps,
    deadlines,
    promises,
    gasMax,
  };
}

type StepSource = {
  readonly name: string;
  readonly at: string;
  readonly to: string;
  readonly by: readonly string[];
  readonly args: Readonly<Record<string, Field>>;
  readonly guard?: Guard | undefined;
  readonly set?: Readonly<Record<string, string>> | undefined;
  readonly effects: readonly EffectSpec[];
  readonly label: State['label'];
  readonly explain: State['explain'];
  readonly gain?: State['explain'] | undefined;
};

function compileOpening(document: ParadigmDocument): CompiledStep {
  const { by, ...opening } = document.open;
  return compileStep(document, { ...opening, name: 'open', at: 'open', by: [by], args: {} });
}

function compileTransitions(document: ParadigmDocument): Map<string, Map<string, CompiledStep>> {
  const steps = new Map<string, Map<string, CompiledStep>>();
  for (const name of Object.keys(document.states)) steps.set(name, new Map());
  document.transitions.forEach((transition, index) => {
    const { event, from, args = {}, ...rest } = transition;
    const at = `transitions[${index}]`;
    if (STEP_WORDS.has(event) || !isUsableKey(event)) rule(`${at}.event`, 'this name is reserved');
    checkFields(args, `${at}.args`);
    const step = compileStep(document, { ...rest, args, name: event, at });
    for (const state of from) {
      mustExist(document.states, state, 'state', `${at}.from`);
      if (document.states[state]?.final !== undefined) rule(`${at}.from`, `the state ${state} is final`);
      const events = steps.get(state);
      if (events?.has(event)) rule(`${at}.event`, `the state ${state} already has an event of this name`);
      events?.set(event, step);
    }
  });
  return steps;
}

function compileDeadlines(document: ParadigmDocument): Map<string, CompiledStep> {
  const deadlines = new Map<string, CompiledStep>();
  for (const [name, state] of Object.entries(document.states)) {
    if (state.deadline === undefined) continue;
    const { after: _after, ...rest } = state.deadline;
    const at = `states.${name}.deadline`;
    if (rest.to === name) rule(`${at}.to`, 'a deadline must leave its state');
    deadlines.set(name, compileStep(document, { ...rest, name: 'deadline', at, by: [], args: {} }));
  }
  return deadlines;
}

function compileStep(document: ParadigmDocument, source: StepSource): CompiledStep {
  const { at } = source;
  mustExist(document.states, source.to, 'state', `${at}.to`);
  for (const by of source.by) {
    mustExist(document.roles, by, 'role', `${at}.by`);
    if (document.roles[by]?.kind === 'account') rule(`${at}.by`, `${by} is an account that only receives`);
  }
  const compile = compilerFor(document, source.args);
  const guard = source.guard;
  const step = {
    name: source.name,
    at,
    to: source.to,
    by: source.by,
    args: source.args,
    guard: guard && { when: compile(guard.when, 'bool', `${at}.guard`), otherwise: guard.otherwise },
    set: compileAssignments(document, source, compile),
    effects: source.effects.map((effect, index) =>
      compileEffect(document, source, compile, effect, `${at}.effects[${index}]`),
    ),
    nextAfter: compileNextAfter(document, source.to),
    label: source.label,
    explain: source.explain,
    gain: source.gain,
  };
  const gasMax = stepGasBound(step, document);
  if (gasMax > limits.GAS_STEP_MAX)
    rule(at, `it could cost ${gasMax} gas; the limit is ${limits.GAS_STEP_MAX}`);
  return { ...step, gasMax };
}

type Compile = (source: string, type: ExpressionType, at: string) => CompiledExpression;

/** Compilers without arguments are the same for the whole document and costly to make. */
const plainCompilers = new WeakMap<ParadigmDocument, Compile>();

function compilerFor(document: ParadigmDocument, args: Readonly<Record<string, Field>>): Compile {
  if (Object.keys(args).length > 0) return makeCompiler(document, args);
  const known = plainCompilers.get(document) ?? makeCompiler(document, {});
  plainCompilers.set(document, known);
  return known;
}

function makeCompiler(document: ParadigmDocument, args: Readonly<Record<string, Field>>): Compile {
  const compiler: ExpressionCompiler = createCompiler({
    params: document.params,
    vars: document.vars,
    args,
    roles: Object.keys(document.roles),
  });
  return (source, type, at) => {
    const result = compiler(source, type, at);
    if (!result.ok) throw new Refusal(result.fault);
    return result.value;
  };
}

function compileAssignments(
  document: ParadigmDocument,
  source: StepSource,
  compile: Compile,
): CompiledStep['set'] {
  return Object.entries(source.set ?? {}).map(([name, expression]) => {
    const at = `${source.at}.set.${name}`;
    mustExist(document.vars, name, 'variable', at);
    const variable = document.vars[name] as Variable;
    return [name, compile(expression, celTypeOf(variable) as ExpressionType, at)] as const;
  });
}

/** The deadline of the next state is computed where it is entered, with the variables as the step left them. */
function compileNextAfter(document: ParadigmDocument, to: string): CompiledExpression | undefined {
  const deadline: Deadline | undefined = document.states[to]?.deadline;
  return deadline && compilerFor(document, {})(deadline.after, 'int', `states.${to}.deadline.after`);
}

function compileEffect(
  document: ParadigmDocument,
  source: StepSource,
  compile: Compile,
  effect: EffectSpec,
  at: string,
): CompiledEffect {
  const role = (name: string) => {
    mustExist(document.roles, name, 'role', at);
    return name;
  };
  switch (effect.do) {
    case 'hold':
      // Money is taken only from the one who sent the step and therefore agreed to it.
      if (source.by.length !== 1 || source.by[0] !== effect.from)
        rule(at, `only ${effect.from} may send a step that takes money from ${effect.from}`);
      return { kind: 'hold', from: role(effect.from), amount: compile(effect.amount, 'int', at) };
    case 'pay':
      return { kind: 'pay', to: role(effect.to), amount: compile(effect.amount, 'int', at) };
    case 'split':
      return {
        kind: 'split',
        of: compile(effect.of, 'int', `${at}.of`),
        shares: effect.shares.map((share) => ({
          to: role(share.to),
          parts: compile(share.parts, 'int', `${at}.shares`),
        })),
        remainder: role(effect.remainder),
      };
    case 'refund':
      return { kind: 'refund', to: role(effect.to) };
    case 'licence':
      if (document.roles[role(effect.machine)]?.kind !== 'machine')
        rule(at, `${effect.machine} is not a machine`);
      return {
        kind: 'licence',
        licensor: role(effect.licensor),
        machine: effect.machine,
        model: compile(effect.model, 'bytes', `${at}.model`),
        quantity: compile(effect.quantity, 'int', `${at}.quantity`),
      };
    case 'emit':
      return {
        kind: 'emit',
        name: effect.name,
        data: Object.entries(effect.data).map(
          ([key, value]) => [key, compile(value, 'any', `${at}.data.${key}`)] as const,
        ),
      };
  }
}

function compilePromises(document: ParadigmDocument): Map<string, CompiledPromise> {
  const compile = compilerFor(document, {});
  const promises = new Map<string, CompiledPromise>();
  for (const [name, { promise }] of Object.entries(document.states)) {
    const at = `states.${name}.promise`;
    const receives = promise.receives && new Map<string, CompiledExpression>();
    for (const [role, amount] of Object.entries(promise.receives ?? {})) {
      mustExist(document.roles, role, 'role', `${at}.receives`);
      receives?.set(role, compile(amount, 'int', `${at}.receives.${role}`));
    }
    promises.set(name, {
      by: promise.by,
      when: promise.when === undefined ? undefined : compile(promise.when, 'bool', `${at}.when`),
      holds: promise.holds === undefined ? undefined : compile(promise.holds, 'int', `${at}.holds`),
      receives,
      licences:
        promise.licences === undefined ? undefined : compile(promise.licences, 'int', `${at}.licences`),
    });
  }
  return promises;
}
