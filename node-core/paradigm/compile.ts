// From a document of the right shape to a paradigm that the VM can run: names resolved, expressions compiled, rules
// that protect money enforced. What only exploration can find (conservation, dead states) is the checker's business.

import type { Bytes, Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import { type Compile, type CompiledEffect, compileEffect } from './compile-effects.ts';
import type {
  Column,
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
  checkBranches,
  checkCounts,
  checkCrowds,
  checkFields,
  checkFilledRoles,
  checkLinks,
  checkMeasured,
  checkNoSecrets,
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
import { isUsableKey, zeroOf } from './values.ts';

export type { CompiledEffect } from './compile-effects.ts';

export type CompiledGuard = { readonly when: CompiledExpression; readonly otherwise: Guard['otherwise'] };

/** One thing that can happen: the opening, a transition, or a deadline. */
export type CompiledStep = {
  /** `open`, the event, or `deadline`. */
  readonly name: string;
  readonly at: string;
  readonly to: string;
  /** Empty for deadlines: nobody sends them. */
  readonly by: readonly string[];
  /** The crowd whose members send it; undefined for other steps. With `join` its sender becomes one. */
  readonly crowd: string | undefined;
  readonly join: boolean;
  /** The list of branches whose endings cause it; nobody sends it then. */
  readonly list: string | undefined;
  readonly args: Readonly<Record<string, Field>>;
  readonly guard: CompiledGuard | undefined;
  readonly set: readonly (readonly [string, CompiledExpression])[];
  readonly mine: readonly (readonly [string, CompiledExpression])[];
  readonly effects: readonly CompiledEffect[];
  /** Deadline of the state it leads to; undefined where that is final. */
  readonly nextAfter: CompiledExpression | undefined;
  readonly label: State['label'];
  readonly explain: State['explain'];
  readonly gain: State['explain'] | undefined;
  /** It contests something: the contract counts as disputed from then on. */
  readonly dispute: boolean;
  /** No run of this step can cost more. */
  readonly gasMax: bigint;
};

export type CompiledPromise = {
  readonly by: readonly string[];
  readonly when: CompiledExpression | undefined;
  readonly holds: CompiledExpression | undefined;
  readonly receives: ReadonlyMap<string, CompiledExpression> | undefined;
  /** In all, or by machine. */
  readonly licences: CompiledExpression | ReadonlyMap<string, CompiledExpression> | undefined;
  readonly mints: CompiledExpression | undefined;
  readonly transfers: ReadonlyMap<string, CompiledExpression>;
  readonly funds: ReadonlyMap<string, CompiledExpression>;
};

export type Crowd = {
  readonly membersMax: number;
  readonly columns: Readonly<Record<string, Column>>;
  readonly initialRow: Readonly<Record<string, ParadigmValue>>;
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
  /** Crowds by role, with the row that a new member begins with. */
  readonly crowds: ReadonlyMap<string, Crowd>;
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
  checkNoSecrets(document.params);
  const initialVars = initialise(document.vars);
  checkFilledRoles(document);
  checkCrowds(document);
  checkLinks(document);
  checkBranches(document);
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
    crowds: crowdsOf(document),
    opening,
    steps,
    deadlines,
    promises,
    gasMax,
  };
}

function crowdsOf(document: ParadigmDocument): Map<string, Crowd> {
  const crowds = new Map<string, Crowd>();
  for (const [name, { membersMax, columns = {} }] of Object.entries(document.roles)) {
    if (membersMax === undefined) continue;
    const row = Object.entries(columns).map(([column, { type }]) => [column, zeroOf(type)] as const);
    crowds.set(name, { membersMax, columns, initialRow: Object.fromEntries(row) });
  }
  return crowds;
}

type StepSource = {
  readonly name: string;
  readonly at: string;
  readonly to: string;
  readonly by: readonly string[];
  readonly args: Readonly<Record<string, Field>>;
  readonly guard?: Guard | undefined;
  readonly join?: true | undefined;
  readonly set?: Readonly<Record<string, string>> | undefined;
  readonly mine?: Readonly<Record<string, string>> | undefined;
  readonly effects: readonly EffectSpec[];
  readonly label: State['label'];
  readonly explain: State['explain'];
  readonly gain?: State['explain'] | undefined;
  readonly dispute?: true | undefined;
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
    checkMeasured(document, args, `${at}.args`);
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
  const crowd = checkSenders(document, source);
  const columns = crowd === undefined ? undefined : (document.roles[crowd]?.columns ?? {});
  const compile = compilerFor(document, source.args, columns);
  const guard = source.guard;
  const step = {
    name: source.name,
    at,
    to: source.to,
    by: source.by,
    crowd,
    join: source.join === true,
    list: Object.keys(document.branches ?? {}).find((list) => source.by.includes(list)),
    args: source.args,
    guard: guard && { when: compile(guard.when, 'bool', `${at}.guard`), otherwise: guard.otherwise },
    set: compileAssignments(document.vars, source.set, compile, `${at}.set`),
    mine: compileAssignments(columns ?? {}, source.mine, compile, `${at}.mine`),
    effects: source.effects.map((effect, index) =>
      compileEffect(
        {
          document,
          step: source,
          crowd,
          compile,
          compileEach: (row) => makeCompiler(document, source.args, columns, row),
        },
        effect,
        `${at}.effects[${index}]`,
      ),
    ),
    nextAfter: compileNextAfter(document, source.to),
    label: source.label,
    explain: source.explain,
    gain: source.gain,
    dispute: source.dispute === true,
  };
  const gasMax = stepGasBound(step, document);
  if (gasMax > limits.GAS_STEP_MAX)
    rule(at, `it could cost ${gasMax} gas; the limit is ${limits.GAS_STEP_MAX}`);
  return { ...step, gasMax };
}

/** The crowd that sends the step, if one does: alone, since its sender has a row and others do not. */
function checkSenders(document: ParadigmDocument, source: StepSource): string | undefined {
  const { at, by, join, name } = source;
  const list = by.find((sender) => Object.hasOwn(document.branches ?? {}, sender));
  if (list !== undefined) {
    if (by.length > 1 || name === 'open')
      rule(`${at}.by`, `what the branches ${list} cause is a step of its own`);
    if (join === true || Object.keys(source.args).length > 0)
      rule(at, 'nobody sends it, so it has no arguments and nobody joins with it');
    return undefined;
  }
  for (const role of by) {
    mustExist(document.roles, role, 'role', `${at}.by`);
    if (document.roles[role]?.kind === 'account')
      rule(`${at}.by`, `${role} is an account that only receives`);
  }
  const crowd = by.find((role) => document.roles[role]?.kind === 'crowd');
  if (crowd !== undefined && by.length > 1) rule(`${at}.by`, `only ${crowd} may send a step of a crowd`);
  if (crowd !== undefined && name === 'open')
    rule(`${at}.by`, 'a crowd joins later; it cannot open the contract');
  if (crowd === undefined && join === true) rule(`${at}.join`, 'only a crowd can be joined');
  return crowd;
}

/** Compilers without arguments are the same for the whole document and costly to make. */
const plainCompilers = new WeakMap<ParadigmDocument, Compile>();

type Columns = Readonly<Record<string, Column>>;

function compilerFor(
  document: ParadigmDocument,
  args: Readonly<Record<string, Field>>,
  mine?: Columns,
): Compile {
  if (Object.keys(args).length > 0 || mine !== undefined) return makeCompiler(document, args, mine);
  const known = plainCompilers.get(document) ?? makeCompiler(document, {});
  plainCompilers.set(document, known);
  return known;
}

function makeCompiler(
  document: ParadigmDocument,
  args: Readonly<Record<string, Field>>,
  mine?: Columns,
  member?: Columns,
): Compile {
  const roles = Object.entries(document.roles);
  const isCrowd = ([, { kind }]: (typeof roles)[number]) => kind === 'crowd';
  const compiler: ExpressionCompiler = createCompiler({
    params: document.params,
    vars: document.vars,
    args,
    roles: roles.filter((role) => !isCrowd(role)).map(([name]) => name),
    crowds: roles.filter(isCrowd).map(([name]) => name),
    links: Object.keys(document.links ?? {}),
    branches: Object.keys(document.branches ?? {}),
    mine,
    member,
  });
  return (source, type, at) => {
    const result = compiler(source, type, at);
    if (!result.ok) throw new Refusal(result.fault);
    return result.value;
  };
}

/** Assignments to variables, or to columns of the sender's row. */
function compileAssignments(
  targets: Readonly<Record<string, Variable | Column>>,
  assignments: Readonly<Record<string, string>> = {},
  compile: Compile,
  place: string,
): CompiledStep['set'] {
  return Object.entries(assignments).map(([name, expression]) => {
    const at = `${place}.${name}`;
    mustExist(targets, name, 'variable', at);
    const target = targets[name] as Variable | Column;
    const type = target.type === 'seal' ? 'seal' : (celTypeOf(target) as ExpressionType);
    return [name, compile(expression, type, at)] as const;
  });
}

/** The deadline of the next state is computed where it is entered, with the variables as the step left them. */
function compileNextAfter(document: ParadigmDocument, to: string): CompiledExpression | undefined {
  const deadline: Deadline | undefined = document.states[to]?.deadline;
  return deadline && compilerFor(document, {})(deadline.after, 'int', `states.${to}.deadline.after`);
}

function compilePromises(document: ParadigmDocument): Map<string, CompiledPromise> {
  const compile = compilerFor(document, {});
  const promises = new Map<string, CompiledPromise>();
  for (const [name, { promise }] of Object.entries(document.states)) {
    const at = `states.${name}.promise`;
    const optional = (source: string | undefined, type: ExpressionType, field: string) =>
      source === undefined ? undefined : compile(source, type, `${at}.${field}`);
    const byRole = (counts: Readonly<Record<string, string>>, field: string) => {
      const compiled = new Map<string, CompiledExpression>();
      for (const [role, count] of Object.entries(counts)) {
        mustExist(document.roles, role, 'role', `${at}.${field}`);
        compiled.set(role, compile(count, 'int', `${at}.${field}.${role}`));
      }
      return compiled;
    };
    const funds = new Map<string, CompiledExpression>();
    for (const [link, amount] of Object.entries(promise.funds ?? {})) {
      mustExist(document.links ?? {}, link, 'link', `${at}.funds`);
      funds.set(link, compile(amount, 'int', `${at}.funds.${link}`));
    }
    promises.set(name, {
      by: promise.by,
      when: optional(promise.when, 'bool', 'when'),
      holds: optional(promise.holds, 'int', 'holds'),
      receives: promise.receives && compileReceives(document, promise.receives, `${at}.receives`),
      licences:
        typeof promise.licences === 'object'
          ? byRole(promise.licences, 'licences')
          : optional(promise.licences, 'int', 'licences'),
      mints: optional(promise.mints, 'int', 'mints'),
      transfers: byRole(promise.transfers ?? {}, 'transfers'),
      funds,
    });
  }
  return promises;
}

/** What a crowd receives is said of each of its members. */
function compileReceives(
  document: ParadigmDocument,
  receives: Readonly<Record<string, string>>,
  at: string,
): Map<string, CompiledExpression> {
  const compiled = new Map<string, CompiledExpression>();
  for (const [role, amount] of Object.entries(receives)) {
    mustExist(document.roles, role, 'role', at);
    const { kind, columns = {} } = document.roles[role] as Role;
    const compile =
      kind === 'crowd' ? makeCompiler(document, {}, undefined, columns) : compilerFor(document, {});
    compiled.set(role, compile(amount, 'int', `${at}.${role}`));
  }
  return compiled;
}
