// Rules of a document that need no expression: counts, names, texts, limits, the order of names, and that every state
// that is not final has a deadline. The first broken rule ends the reading.

import type { Fault } from '../base/index.ts';
import { type Column, type Field, LOCALES, type ParadigmDocument, type Variable } from './document.ts';
import { paradigmFault } from './faults.ts';
import * as limits from './limits.ts';
import { didYouMean, skeletonOf } from './nearest.ts';
import type { ParadigmValue } from './types.ts';
import { checkValue, isUsableKey, zeroOf } from './values.ts';

/** Carries the first refusal out of the nested walk; compileParadigm turns it into a result. */
export class Refusal extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.code);
    this.fault = fault;
  }
}

export function rule(at: string, reason: string): never {
  throw new Refusal(paradigmFault('paradigm.document.rule', { at, reason }));
}

/** The document with its tables in the order that the author gave. */
export function inOrder(document: ParadigmDocument): ParadigmDocument {
  const { order } = document;
  if (order === undefined) return document;
  return {
    ...document,
    roles: reorder(document.roles, order.roles, 'order.roles'),
    params: reorder(document.params, order.params, 'order.params'),
    vars: reorder(document.vars, order.vars, 'order.vars'),
    states: reorder(document.states, order.states, 'order.states'),
  };
}

function reorder<T>(
  table: Readonly<Record<string, T>>,
  names: readonly string[],
  at: string,
): Record<string, T> {
  const complete = new Set(names).size === names.length && names.length === Object.keys(table).length;
  if (!complete) rule(at, 'it does not name each entry exactly once');
  for (const name of names) mustExist(table, name, 'entry', at);
  return Object.fromEntries(names.map((name) => [name, table[name] as T]));
}

export function checkCounts(document: ParadigmDocument): void {
  const counts: readonly (readonly [keyof ParadigmDocument, number, number])[] = [
    ['roles', Object.keys(document.roles).length, limits.ROLES_MAX],
    ['params', Object.keys(document.params).length, limits.PARAMS_MAX],
    ['vars', Object.keys(document.vars).length, limits.VARS_MAX],
    ['states', Object.keys(document.states).length, limits.STATES_MAX],
  ];
  const { mint } = document;
  if (mint !== undefined && mint.contractCapMicro > mint.capMicro)
    rule('mint.contractCapMicro', 'one contract cannot mint more than all of them together may');
  for (const [at, count, most] of counts)
    if (count > most) rule(at, `there are ${count}; the limit is ${most}`);
  for (const [index, { args = {} }] of document.transitions.entries()) {
    const count = Object.keys(args).length;
    if (count > limits.ARGS_MAX)
      rule(`transitions[${index}].args`, `there are ${count}; the limit is ${limits.ARGS_MAX}`);
  }
  const { roles, params, vars, states } = document;
  for (const [at, names] of Object.entries({ roles, params, vars, states })) {
    for (const name of Object.keys(names)) {
      const reserved = CEL_WORDS.has(name) || (at === 'roles' && STEP_WORDS.has(name));
      if (!isUsableKey(name) || reserved) rule(`${at}.${name}`, 'this name is reserved');
    }
  }
  checkLookAlikes(document);
}

/** Two names, or the labels of two roles, that a reader would take for one another. */
function checkLookAlikes(document: ParadigmDocument): void {
  const { roles, params, vars, states } = document;
  for (const [at, names] of Object.entries({ roles, params, vars, states })) {
    const seen = new Map<string, string>();
    for (const name of Object.keys(names)) {
      const twin = seen.get(skeletonOf(name));
      if (twin !== undefined) rule(`${at}.${name}`, `the name is too easily mistaken for "${twin}"`);
      seen.set(skeletonOf(name), name);
    }
  }
  for (const locale of LOCALES) {
    const seen = new Map<string, string>();
    for (const [role, { label }] of Object.entries(roles)) {
      const twin = seen.get(skeletonOf(label[locale]));
      if (twin !== undefined) rule(`roles.${role}.label.${locale}`, `it reads like the label of "${twin}"`);
      seen.set(skeletonOf(label[locale]), role);
    }
  }
}

/** Steps that no role sends. */
export const STEP_WORDS = new Set(['open', 'deadline']);
const CEL_WORDS = new Set(
  `true false null in as break const continue else for function if import let loop package namespace return var void
  while`.split(/\s+/),
);

/** Latin letters, digits, punctuation and arrows; fixed ranges, so that every node agrees. */
const LATIN =
  /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u024f\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u22ff]*$/;
const LATIN_OR_HAN =
  /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e\u20a0-\u22ff\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]*$/;

/** Every text that people read, wherever it is: letters of another script could pass for those of its own. */
export function checkTexts(node: unknown, at: string): void {
  if (typeof node === 'string') {
    const admitted = at.endsWith('.zh-Hans') ? LATIN_OR_HAN : LATIN;
    if (admitted.test(node)) return;
    const strange = [...node].find((character) => !admitted.test(character)) ?? '';
    const code = (strange.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    rule(at, `the text has a character of another script, a picture or an invisible one (U+${code})`);
  }
  if (typeof node !== 'object' || node === null) return;
  for (const [key, child] of Object.entries(node)) checkTexts(child, at === '' ? key : `${at}.${key}`);
}

export function checkFields(fields: Readonly<Record<string, Field>>, at: string): void {
  for (const [name, field] of Object.entries(fields)) {
    if (!isUsableKey(name) || name === 'facts' || CEL_WORDS.has(name))
      rule(`${at}.${name}`, 'this name is reserved');
    if ('min' in field && field.min > field.max) rule(`${at}.${name}`, 'its minimum is above its maximum');
    if (!('default' in field) || field.default === undefined) continue;
    const checked = checkValue(field, field.default);
    if ('reason' in checked) rule(`${at}.${name}.default`, checked.reason);
  }
}

export function initialise(vars: ParadigmDocument['vars']): Record<string, ParadigmValue> {
  const initial: [string, ParadigmValue][] = [];
  for (const [name, variable] of Object.entries(vars)) {
    checkUnit(variable, `vars.${name}`);
    const checked = checkValue(variable, variable.initial ?? zeroOf(variable.type));
    if ('reason' in checked) rule(`vars.${name}.initial`, checked.reason);
    initial.push([name, checked.value]);
  }
  return Object.fromEntries(initial);
}

/** The units of other types are fixed: amounts are micro-DPN, times Unix seconds. */
function checkUnit({ type, unit }: Pick<Variable | Column, 'type' | 'unit'>, at: string): void {
  if (unit !== undefined && type !== 'int') rule(`${at}.unit`, 'only a whole number (int) has a unit');
}

/** Roles that the chain fills in by itself: whoever published the document, and the treasury. */
const FILLED_ROLES: ReadonlySet<string> = new Set(['author', 'network']);

/** An author who is a party of every contract, under whatever label, is nobody that the parties chose. */
export function checkFilledRoles({ roles }: ParadigmDocument): void {
  for (const [name, { kind }] of Object.entries(roles))
    if (FILLED_ROLES.has(name) && kind !== 'account')
      rule(`roles.${name}`, 'the chain fills in this role itself, so it can only be of the kind account');
}

/** Crowds, and only they, say how many may join. */
export function checkCrowds(document: ParadigmDocument): void {
  for (const [name, { kind, membersMax, columns }] of Object.entries(document.roles)) {
    const at = `roles.${name}`;
    if (kind === 'crowd' && membersMax === undefined)
      rule(at, 'a crowd must say how many may join: membersMax');
    if (kind !== 'crowd' && (membersMax !== undefined || columns !== undefined))
      rule(at, 'only a crowd has membersMax and columns');
    const names = Object.keys(columns ?? {});
    if (names.length > limits.COLUMNS_MAX)
      rule(`${at}.columns`, `there are ${names.length}; the limit is ${limits.COLUMNS_MAX}`);
    for (const [column, declared] of Object.entries(columns ?? {}))
      checkUnit(declared, `${at}.columns.${column}`);
    const reserved = names.find(
      (column) => column === 'index' || column === 'account' || !isUsableKey(column),
    );
    if (reserved !== undefined) rule(`${at}.columns.${reserved}`, 'this name is reserved');
  }
}

/** A parameter fixes which contract each link means. */
export function checkLinks(document: ParadigmDocument): void {
  const links = Object.entries(document.links ?? {});
  if (links.length > limits.LINKS_MAX)
    rule('links', `there are ${links.length}; the limit is ${limits.LINKS_MAX}`);
  for (const [name, link] of links) {
    const at = `links.${name}`;
    if (!isUsableKey(name) || CEL_WORDS.has(name)) rule(at, 'this name is reserved');
    const [param, type] = 'contract' in link ? [link.contract, 'address'] : [link.opens, 'hash'];
    mustExist(document.params, param, 'parameter', at);
    if (document.params[param]?.type !== type) rule(at, `the parameter ${param} must be of type ${type}`);
  }
}

/** Lists of branches: roles and states that exist, and parameters that say the rows. */
export function checkBranches(document: ParadigmDocument): void {
  const lists = Object.entries(document.branches ?? {});
  // A contract that is opened for a branch has nothing below it yet; one that is joined could stand above itself.
  const joined = document.transitions.find(
    ({ join, args = {} }) => join && Object.values(args).some(({ binds }) => binds?.startsWith('branch.')),
  );
  if (lists.length > 0 && joined !== undefined)
    rule('branches', `${joined.event} joins for branches of others, so it cannot have branches of its own`);
  if (lists.length > limits.BRANCH_LISTS_MAX)
    rule('branches', `there are ${lists.length}; the limit is ${limits.BRANCH_LISTS_MAX}`);
  for (const [name, list] of lists) {
    const at = `branches.${name}`;
    if (!isUsableKey(name) || CEL_WORDS.has(name) || STEP_WORDS.has(name)) rule(at, 'this name is reserved');
    if (Object.hasOwn(document.roles, name)) rule(at, 'a role has the same name');
    for (const role of [list.for, ...list.by]) {
      mustExist(document.roles, role, 'role', at);
      if (document.roles[role]?.kind !== 'person') rule(at, `${role} is not one person`);
    }
    // Whoever paid is the one who accepts the work and to whom late money goes.
    if (!payersOf(document).has(list.for)) rule(`${at}.for`, `${list.for} never pays into the contract`);
    for (const state of list.while) {
      mustExist(document.states, state, 'state', `${at}.while`);
      if (document.states[state]?.final !== undefined) rule(`${at}.while`, `the state ${state} is final`);
    }
    const rows = [
      checkListParam(document, list.quantities, 'int', `${at}.quantities`),
      checkListParam(document, list.units, 'amount', `${at}.units`),
      ...(list.items === undefined ? [] : [checkListParam(document, list.items, 'hash', `${at}.items`)]),
    ];
    checkListParam(document, list.paradigms, 'hash', `${at}.paradigms`);
    const designs = lists.some(([, other]) => other.items === list.paradigms);
    if (designs) rule(`${at}.paradigms`, `the parameter ${list.paradigms} lists designs`);
    if (new Set(rows).size > 1) rule(at, 'the parameters of its rows must have the same maxItems');
  }
}

function payersOf({ open, transitions }: ParadigmDocument): ReadonlySet<string> {
  const effects = [open, ...transitions].flatMap((step) => step.effects);
  return new Set(effects.flatMap((effect) => (effect.do === 'hold' ? [effect.from] : [])));
}

/** The most items that it may have. */
function checkListParam(document: ParadigmDocument, name: string, of: string, at: string): number {
  mustExist(document.params, name, 'parameter', at);
  const field = document.params[name];
  if (field?.type !== 'list' || field.of !== of)
    return rule(at, `the parameter ${name} must be a list of type ${of}`);
  return field.maxItems;
}

/** What is known to all from the beginning cannot be sealed or measured. */
export function checkNoSecrets(params: ParadigmDocument['params']): void {
  for (const [name, { type }] of Object.entries(params)) {
    if (type === 'seal' || type === 'salt' || type === 'measured')
      rule(`params.${name}`, `only the argument of a step can be of type ${type}`);
  }
}

export function checkMeasured(
  document: ParadigmDocument,
  args: Readonly<Record<string, Field>>,
  at: string,
): void {
  for (const [name, field] of Object.entries(args)) {
    if (field.type !== 'measured') continue;
    mustExist(document.roles, field.machine, 'role', `${at}.${name}`);
    if (document.roles[field.machine]?.kind !== 'machine')
      rule(`${at}.${name}`, `${field.machine} is not a machine`);
  }
}

export function checkStates(document: ParadigmDocument): void {
  for (const [name, state] of Object.entries(document.states)) {
    const at = `states.${name}`;
    if (state.final === undefined && state.deadline === undefined) {
      rule(at, 'it is not final and has no deadline, so money could be trapped in it');
    }
    if (state.final !== undefined && state.deadline !== undefined)
      rule(at, 'it is final and yet has a deadline');
    if (state.final === undefined && state.promise.receives !== undefined) {
      rule(`${at}.promise.receives`, 'only a final state says what everybody received in all');
    }
    if (state.final !== undefined && state.promise.receives === undefined) {
      rule(`${at}.promise`, 'a final state must say what each role received in all');
    }
    for (const by of state.promise.by) {
      const known = by === 'deadline' || by === 'open' || Object.hasOwn(document.branches ?? {}, by);
      if (!known) mustExist(document.roles, by, 'role', `${at}.promise.by`);
    }
  }
  checkSilence(document);
}

/** Where nobody acts any more, deadlines alone lead to an end: none of them has a condition, so this is all there is. */
function checkSilence({ states }: ParadigmDocument): void {
  for (const first of Object.keys(states)) {
    const passed: string[] = [first];
    for (let name = first; ; ) {
      const next: string | undefined = states[name]?.deadline?.to;
      // A deadline that stays where it is, or leads nowhere, is refused for that.
      if (next === undefined || next === name) break;
      if (next === first) {
        const circle = [...passed, first].join(' → ');
        rule(`states.${first}.deadline.to`, `deadlines lead in a circle (${circle}) and never to an end`);
      }
      if (passed.includes(next)) break;
      passed.push(next);
      name = next;
    }
  }
}

export function mustExist(names: object, name: string, kind: string, at: string): void {
  if (!Object.hasOwn(names, name)) {
    const hint = didYouMean(name, Object.keys(names));
    throw new Refusal(paradigmFault('paradigm.document.reference', { at, kind, name, hint }));
  }
}
