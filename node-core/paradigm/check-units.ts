// Where units belong in a document: amounts are money, deadlines are durations, copies are counts, and a variable keeps
// one unit for ever. Whole numbers that declare no unit take the one that steps write into them.

import type { CompiledStep, Paradigm } from './compile.ts';
import type { CompiledEffect } from './compile-effects.ts';
import type { Column, Field, Variable } from './document.ts';
import type { CompiledExpression } from './expression.ts';
import {
  type Measure,
  MONEY,
  measureOf,
  misfit,
  NUMBER,
  SECONDS,
  type Unit,
  unitNamed,
  unitWords,
} from './units.ts';

export type UnitFinding = { readonly at: string; readonly message: string };

type Columns = Readonly<Record<string, Column>>;
type Scope = {
  readonly args: Readonly<Record<string, Field>>;
  readonly mine: string | undefined;
  readonly member: string | undefined;
};
/** An expression, where it is evaluated, and what it should measure: a unit, or what a variable holds. */
type Site = {
  readonly expression: CompiledExpression;
  readonly at: string;
  readonly scope: Scope;
  readonly wanted?: Unit;
  /** `vars.x` or `crowd.column`. */
  readonly into?: string;
};

/** Deterministic, and independent of any values. */
export function findUnitClashes(p: Paradigm): readonly UnitFinding[] {
  const sites = sitesOf(p);
  const inferred = infer(p, sites);
  const found = new Map<string, UnitFinding>();
  for (const site of sites) {
    const object = (message: string) => {
      if (!found.has(`${site.at} ${message}`)) found.set(`${site.at} ${message}`, { at: site.at, message });
    };
    const measure = measureOf(site.expression.ast, { unitOf: unitsIn(p, site.scope, inferred), object });
    const wanted = site.wanted ?? (site.into === undefined ? undefined : targetUnit(p, site.into, inferred));
    const advice = misfit(measure, wanted);
    if (advice === undefined || typeof measure !== 'object' || typeof wanted !== 'object') continue;
    const source = site.expression.source.slice(0, 80);
    object(`"${source}" is ${unitWords(measure)}; wanted here: ${unitWords(wanted)}. ${advice}`);
  }
  return [...found.values()];
}

/** What a declaration says that a value measures. */
function declaredUnit(field: Field | Variable | Column): Measure {
  switch (field.type) {
    case 'amount':
      return MONEY;
    case 'duration':
      return SECONDS;
    case 'time':
      return unitNamed('unix-second');
    case 'int':
    case 'measured':
      return field.unit === undefined ? undefined : unitNamed(field.unit);
    case 'list':
    case 'map':
      return field.of === 'amount' ? MONEY : undefined;
    default:
      return undefined;
  }
}

function columnsOf(p: Paradigm, crowd: string | undefined): Columns {
  return (crowd === undefined ? undefined : p.crowds.get(crowd)?.columns) ?? {};
}

function targetUnit(p: Paradigm, into: string, inferred: ReadonlyMap<string, Measure>): Measure {
  const [table = '', name = ''] = into.split('.');
  const declared = (table === 'vars' ? p.vars : columnsOf(p, table))[name];
  return (declared && declaredUnit(declared)) ?? inferred.get(into);
}

const COUNTS = new Set(['facts', 'count', 'branches']);

function unitsIn(p: Paradigm, scope: Scope, inferred: ReadonlyMap<string, Measure>) {
  const row = (crowd: string | undefined, name: string) =>
    name === 'index' ? NUMBER : crowd === undefined ? undefined : targetUnit(p, `${crowd}.${name}`, inferred);
  return (root: string, name: string): Measure => {
    if (root === '') return name === 'held' ? MONEY : name === 'time' ? unitNamed('unix-second') : undefined;
    if (root === 'vars') return targetUnit(p, `vars.${name}`, inferred);
    if (root === 'mine') return row(scope.mine, name);
    if (root === 'member') return row(scope.member, name);
    if (root === 'branches' && (name === 'budget' || name === 'spent')) return MONEY;
    if (COUNTS.has(root)) return NUMBER;
    const field = root === 'params' ? p.params[name] : root === 'args' ? scope.args[name] : undefined;
    return field && declaredUnit(field);
  };
}

/** Units of whole numbers that declare none: the first that is written into each, until no more become known. */
function infer(p: Paradigm, sites: readonly Site[]): ReadonlyMap<string, Measure> {
  const inferred = new Map<string, Measure>();
  const object = () => undefined;
  for (let known = -1; known !== inferred.size; ) {
    known = inferred.size;
    for (const { into, expression, scope } of sites) {
      if (into === undefined || targetUnit(p, into, inferred) !== undefined) continue;
      const measure = measureOf(expression.ast, { unitOf: unitsIn(p, scope, inferred), object });
      if (typeof measure === 'object') inferred.set(into, measure);
    }
  }
  return inferred;
}

function sitesOf(p: Paradigm): readonly Site[] {
  const steps = new Set([
    p.opening,
    ...[...p.steps.values()].flatMap((events) => [...events.values()]),
    ...p.deadlines.values(),
  ]);
  return [...[...steps].flatMap(sitesOfStep), ...sitesOfPromises(p)];
}

function sitesOfStep(step: CompiledStep): readonly Site[] {
  const scope: Scope = { args: step.args, mine: step.crowd, member: undefined };
  const site = (expression: CompiledExpression, rest: Pick<Site, 'wanted' | 'into'> = {}): Site => ({
    expression,
    at: expression.at,
    scope,
    ...rest,
  });
  const after = step.nextAfter;
  return [
    ...(step.guard === undefined ? [] : [site(step.guard.when)]),
    ...step.set.map(([name, expression]) => site(expression, { into: `vars.${name}` })),
    ...step.mine.map(([name, expression]) => site(expression, { into: `${step.crowd}.${name}` })),
    ...step.effects.flatMap((effect) => sitesOfEffect(effect, site)),
    // Evaluated in the state that follows: no arguments, no sender.
    ...(after === undefined
      ? []
      : [{ ...site(after, { wanted: SECONDS }), scope: { args: {}, mine: undefined, member: undefined } }]),
  ];
}

function sitesOfEffect(
  effect: CompiledEffect,
  site: (expression: CompiledExpression, rest?: Pick<Site, 'wanted' | 'into'>) => Site,
): readonly Site[] {
  switch (effect.kind) {
    case 'hold':
    case 'pay':
      return [site(effect.amount, { wanted: MONEY })];
    case 'split':
      return [site(effect.of, { wanted: MONEY }), ...effect.shares.map(({ parts }) => site(parts))];
    case 'each': {
      const { of, when, amount, set } = effect;
      const ofEach = (one: Site): Site => ({ ...one, scope: { ...one.scope, member: of } });
      return [
        ...(when === undefined ? [] : [ofEach(site(when))]),
        ofEach(site(amount, { wanted: MONEY })),
        ...set.map(([name, expression]) => ofEach(site(expression, { into: `${of}.${name}` }))),
      ];
    }
    case 'open':
      return [site(effect.amount, { wanted: MONEY }), ...effect.params.map(([, value]) => site(value))];
    case 'mint':
      return [site(effect.amount)];
    case 'licence':
    case 'moveLicence':
      return [site(effect.quantity, { wanted: NUMBER })];
    case 'emit':
      return effect.data.map(([, value]) => site(value));
    default:
      return [];
  }
}

function sitesOfPromises(p: Paradigm): readonly Site[] {
  const sites: Site[] = [];
  const scope: Scope = { args: {}, mine: undefined, member: undefined };
  for (const promise of p.promises.values()) {
    const add = (expression: CompiledExpression | undefined, wanted?: Unit, member?: string) => {
      if (expression === undefined) return;
      const site: Site = { expression, at: expression.at, scope: { ...scope, member } };
      sites.push(wanted === undefined ? site : { ...site, wanted });
    };
    add(promise.when);
    add(promise.mints);
    add(promise.holds, MONEY);
    for (const [role, amount] of promise.receives ?? [])
      add(amount, MONEY, p.crowds.has(role) ? role : undefined);
    for (const amount of promise.funds.values()) add(amount, MONEY);
    for (const count of promise.transfers.values()) add(count, NUMBER);
    const { licences } = promise;
    if (licences === undefined) continue;
    if ('source' in licences) add(licences, NUMBER);
    else for (const copies of licences.values()) add(copies, NUMBER);
  }
  return sites;
}
