// Values to try a paradigm with: boundaries of every limit, numbers and texts that its own conditions mention, and
// distinct amounts so that a share paid to the wrong party shows. Conditions of the form `params.x == …` in the opening
// are solved rather than guessed. Deterministic.

import type { ASTNode } from '@marcbachmann/cel-js';
import { serialize } from '@marcbachmann/cel-js';
import type { Paradigm } from './compile.ts';
import type { Field } from './document.ts';
import type { CompiledExpression, Scope } from './expression.ts';
import { createCompiler } from './expression.ts';
import * as limits from './limits.ts';
import { createPrng, type Prng } from './prng.ts';
import { measuredProof, SAMPLE_SALT } from './sample-world.ts';
import type { Instance, ParadigmValue } from './types.ts';
import { checkValue, isPlainObject } from './values.ts';

/** When contracts are opened that are only tried, in Unix seconds. */
export const T0_S = 1_800_000_000n;
const WEEK_S = 604_800n;

export type Values = Readonly<Record<string, ParadigmValue>>;

/** Accounts for the roles: all different, so that every payment has one owner. */
export function sampleRoles(p: Paradigm): Record<string, Uint8Array> {
  return Object.fromEntries(
    Object.keys(p.roles)
      .filter((role) => !p.crowds.has(role))
      .map((role, index) => [role, new Uint8Array(20).fill(index + 1)]),
  );
}

/** The syntax tree below a node, itself included. */
export function* nodesOf(node: ASTNode): Generator<ASTNode> {
  yield node;
  const pending: unknown[] = [node.args];
  while (pending.length > 0) {
    const item = pending.pop();
    if (Array.isArray(item)) pending.push(...item);
    else if (isNode(item)) yield* nodesOf(item);
  }
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** Integers and texts written in the expressions. */
export function literalsOf(expressions: readonly CompiledExpression[]): readonly ParadigmValue[] {
  const found = new Set<ParadigmValue>();
  for (const { ast } of expressions) {
    for (const node of nodesOf(ast)) {
      if (node.op === 'value' && (typeof node.args === 'bigint' || typeof node.args === 'string'))
        found.add(node.args);
    }
  }
  return [...found];
}

type Solver = {
  readonly fixed: ReadonlySet<string>;
  readonly apply: (params: Record<string, ParadigmValue>, roles: Record<string, Uint8Array>) => void;
};

/** Makes parameters meet the equalities of the opening's condition, where they are of the form `params.x == …`. */
function createSolver(p: Paradigm): Solver {
  const compile = createCompiler({ params: p.params, vars: p.vars, args: {}, roles: Object.keys(p.roles) });
  const equations: { readonly name: string; readonly value: CompiledExpression }[] = [];
  for (const conjunct of conjunctsOf(p.opening.guard?.when.ast)) {
    if (conjunct.op !== '==') continue;
    const [left, right] = conjunct.args;
    const name = parameterName(left) ?? parameterName(right);
    const other = parameterName(left) === undefined ? left : right;
    if (name === undefined) continue;
    const value = compile(serialize(other), 'any', 'open.guard');
    if (value.ok && !value.value.reads.has(`params.${name}`)) equations.push({ name, value: value.value });
  }
  const apply: Solver['apply'] = (params, roles) => {
    const scope: Scope = {
      params,
      roles,
      vars: p.initialVars,
      args: {},
      facts: {},
      caller: new Uint8Array(20),
      held: 0n,
      time: 0n,
    };
    for (const { name, value } of equations) {
      try {
        params[name] = value.evaluate(scope) as ParadigmValue;
      } catch {
        // Not computable with these values: the opening itself will refuse them.
      }
    }
  };
  return { fixed: new Set(equations.map(({ name }) => name)), apply };
}

function conjunctsOf(node: ASTNode | undefined): readonly ASTNode[] {
  if (node === undefined) return [];
  return node.op === '&&' ? [...conjunctsOf(node.args[0]), ...conjunctsOf(node.args[1])] : [node];
}

function parameterName(node: ASTNode): string | undefined {
  return node.op === '.' && node.args[0].op === 'id' && node.args[0].args === 'params'
    ? node.args[1]
    : undefined;
}

/** Unequal, so that a reader sees which is which. */
const ROUND_MICRO = [
  10_000_000n,
  5_000_000n,
  2_000_000n,
  20_000_000n,
  12_000_000n,
  3_000_000n,
  500_000n,
  200_000n,
];

type Choose = (name: string, field: Field, index: number) => ParadigmValue;

export type ParamSampler = {
  /** Parameter sets worth trying, the most ordinary first. Not all of them need to open. */
  sets(randomCount: number): readonly Values[];
  random(prng: Prng): Values;
  /** The given values, and for the rest defaults and round amounts; what the opening's equalities fix follows from them. */
  example(chosen: Values): Values;
  /** Parameters that the opening's equalities fix. */
  readonly fixed: ReadonlySet<string>;
};

export function createParamSampler(p: Paradigm): ParamSampler {
  const solve = createSolver(p);
  const roles = sampleRoles(p);
  const build = (choose: Choose): Values => {
    const params: Record<string, ParadigmValue> = {};
    Object.entries(p.params).forEach(([name, field], index) => {
      params[name] = choose(name, field, index);
    });
    solve.apply(params, roles);
    return params;
  };
  // What describes the rows of branches has to fit together, so it is chosen as a whole.
  const buildFor = (choose: Choose, turn: number, chosen: Values = {}): Values => {
    const rows = sampleRows(p, turn, chosen);
    return build((name, field, index) => rows[name] ?? choose(name, field, index));
  };
  return {
    sets(randomCount) {
      const prng = createPrng(1);
      const choices = [...boundaryChoices(p)];
      for (let i = 0; i < randomCount; i++) choices.push((_name, field) => randomValue(field, prng));
      const sets = choices.map((choose, turn) =>
        buildFor(choose, turn < ROWS.length ? turn : turn % ROWS_FEW),
      );
      return [...new Map(sets.map((set) => [keyOf(set), set])).values()];
    },
    example: (chosen) => buildFor((name, field, index) => chosen[name] ?? round(field, index), 2, chosen),
    fixed: solve.fixed,
    random(prng) {
      const small = prng.below(2) === 0;
      const turn = p.document.branches === undefined ? 0 : prng.below(ROWS.length);
      return buildFor(
        (_name, field) =>
          small && field.type === 'amount'
            ? clamp(field, prng.between(0n, 10_000_000n))
            : randomValue(field, prng),
        turn,
      );
    },
  };
}

/** How many rows the first list of branches has, the second, and so on: all few, since each can do what the others do. */
const ROWS: readonly (readonly number[])[] = [
  [1, 1],
  [2, 0],
  [1, 0],
  [2, 1],
  [1, 2],
  [0, 1],
];

/** Of these the first are for openings that try something else. */
const ROWS_FEW = 3;

/** Parameters that describe rows of branches, as many as it is the turn of; those that were chosen stay as they are. */
function sampleRows(p: Paradigm, turn: number, chosen: Values): Values {
  const values: Record<string, ParadigmValue> = {};
  Object.values(p.document.branches ?? {}).forEach((list, index) => {
    const field = p.params[list.quantities];
    const most = field?.type === 'list' ? field.maxItems : 0;
    const given = chosen[list.quantities];
    const wanted = Array.isArray(given) ? given.length : (ROWS[turn % ROWS.length]?.[index % 2] ?? 0);
    const rows = Array.from({ length: Math.min(wanted, most) }, (_, row) => row);
    const offer = (name: string | undefined, items: readonly ParadigmValue[]) => {
      if (name !== undefined) values[name] = chosen[name] ?? items;
    };
    offer(
      list.quantities,
      rows.map((row) => (row === 0 ? 2n : 1n)),
    );
    // As for amounts: no sum of some of them equals another one.
    offer(
      list.units,
      rows.map((row) => 7_000_001n * 5n ** BigInt(2 * index + row)),
    );
    offer(
      list.items,
      rows.map((row) => new Uint8Array(32).fill(row + 1)),
    );
    offer(list.paradigms, [new Uint8Array(32).fill(0x77)]);
  });
  return values;
}

function* boundaryChoices(p: Paradigm): Generator<Choose> {
  const least: Choose = (_name, field, index) => lowest(field, index);
  const most: Choose = (_name, field, index) => highest(field, index);
  yield typical;
  yield least;
  yield most;
  // Amounts that share the range, since their sum usually has to fit as well.
  const amounts = BigInt(Object.values(p.params).filter((field) => field.type === 'amount').length);
  const shared: Choose = (name, field, index) =>
    field.type === 'amount' ? clamp(field, BigInt(field.max) / amounts) : most(name, field, index);
  yield shared;
  const ofRows = new Set(Object.keys(sampleRows(p, 0, {})));
  for (const chosen of Object.keys(p.params).filter((name) => !ofRows.has(name))) {
    for (const extreme of [least, most]) {
      for (const other of [typical, least, shared]) {
        yield (name, field, index) => (name === chosen ? extreme : other)(name, field, index);
      }
    }
  }
  for (const literal of p.opening.guard === undefined ? [] : literalsOf([p.opening.guard.when])) {
    for (const chosen of Object.keys(p.params)) {
      yield (name, field, index) =>
        name === chosen && fits(field, literal) ? literal : typical(name, field, index);
    }
  }
}

function fits(field: Field, value: ParadigmValue): boolean {
  return 'value' in checkValue(field, value);
}

function clamp(field: Field, value: bigint): bigint {
  const min = 'min' in field ? BigInt(field.min) : 0n;
  const max = 'max' in field ? BigInt(field.max) : limits.INT_MAX;
  return value < min ? min : value > max ? max : value;
}

/** Any text form of a value that tells unequal values apart. */
export function keyOf(value: ParadigmValue): string {
  if (value instanceof Uint8Array) return `b${value.join('.')}`;
  if (typeof value === 'object' && !Array.isArray(value)) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, child]) => `${key}:${keyOf(child)}`).join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(keyOf).join(',')}]`;
  return `${typeof value === 'string' ? JSON.stringify(value) : value}`;
}

/** Amounts are distinct and no sum of some of them equals another one, so a mix-up cannot cancel out. */
function typical(_name: string, field: Field, index: number): ParadigmValue {
  switch (field.type) {
    case 'amount':
      return clamp(field, 1_000_003n * 3n ** BigInt(index % 16));
    case 'duration':
      return field.default === undefined ? clamp(field, 86_400n * BigInt(index + 1)) : BigInt(field.default);
    case 'int':
      return field.default === undefined
        ? clamp(field, 3n + BigInt(index))
        : clamp(field, BigInt(field.default) + 1n);
    case 'bool':
      return field.default ?? true;
    case 'time':
      return T0_S + WEEK_S;
    default:
      return lowest(field, index);
  }
}

/** What a reader follows easily: defaults, else a few whole coins, days or pieces. */
function round(field: Field, index: number): ParadigmValue {
  if ('default' in field && field.default !== undefined)
    return typeof field.default === 'number' ? BigInt(field.default) : field.default;
  if (field.type === 'amount') return clamp(field, ROUND_MICRO[index % ROUND_MICRO.length] ?? 0n);
  if (field.type === 'duration') return clamp(field, 86_400n);
  if (field.type === 'int') return clamp(field, 1n);
  if (field.type === 'time') return T0_S + WEEK_S;
  return lowest(field, index);
}

function lowest(field: Field, index: number): ParadigmValue {
  switch (field.type) {
    case 'int':
    case 'amount':
    case 'duration':
      return BigInt(field.min);
    case 'time':
      return 0n;
    case 'bool':
      return false;
    case 'text':
      return '';
    case 'choice':
      return field.options[0]?.value ?? '';
    case 'bytes':
      return new Uint8Array(0);
    case 'hash':
    case 'seal':
    case 'salt':
      return new Uint8Array(32).fill(index + 1);
    case 'measured':
      return measuredProof(BigInt(field.min));
    case 'address':
      return new Uint8Array(20).fill(index + 1);
    case 'list':
      return [];
    case 'map':
      return {};
  }
}

function highest(field: Field, index: number): ParadigmValue {
  switch (field.type) {
    case 'int':
    case 'amount':
    case 'duration':
      return BigInt(field.max);
    case 'time':
      return limits.INT_MAX;
    case 'bool':
      return true;
    case 'text':
      return 'x'.repeat(field.maxChars);
    case 'choice':
      return field.options.at(-1)?.value ?? '';
    case 'bytes':
      return new Uint8Array(field.maxBytes).fill(255);
    case 'list':
      return Array.from({ length: field.maxItems }, () => scalarOf(field.of, index));
    case 'measured':
      return measuredProof(BigInt(field.max));
    case 'map':
      return Object.fromEntries(
        Array.from({ length: field.maxItems }, (_, i) => [`k${i}`, scalarOf(field.of, i)]),
      );
    default:
      return lowest(field, index + 100);
  }
}

function scalarOf(type: (Field & { type: 'list' })['of'], index: number): ParadigmValue {
  switch (type) {
    case 'int':
    case 'amount':
      return BigInt(index);
    case 'bool':
      return true;
    case 'text':
      return 'x';
    case 'hash':
      return new Uint8Array(32).fill(index % 256);
    case 'address':
      return new Uint8Array(20).fill(index % 256);
  }
}

export function randomValue(field: Field, prng: Prng): ParadigmValue {
  switch (field.type) {
    case 'int':
    case 'amount':
    case 'duration': {
      const [min, max] = [BigInt(field.min), BigInt(field.max)];
      const nearMin = min + (max - min > 1000n ? 1000n : max - min);
      return prng.below(2) === 0 ? prng.between(min, nearMin) : prng.between(min, max);
    }
    case 'time':
      return prng.between(0n, 4_000_000_000n);
    case 'bool':
      return prng.below(2) === 0;
    case 'text':
      return 'text '.repeat(1 + prng.below(3)).slice(0, field.maxChars);
    case 'choice':
      return prng.pick(field.options).value;
    default:
      return prng.below(2) === 0 ? lowest(field, prng.below(50)) : highest(field, prng.below(50));
  }
}

/** What a step's expressions say about where interesting arguments lie. */
export type ArgumentHints = {
  /** Names such as `args.x` whose value can change what happens. */
  readonly reads: ReadonlySet<string>;
  readonly literals: readonly ParadigmValue[];
  /** Values tried for each argument at most. */
  readonly valuesMax: number;
  /** Of the sender: what it may seal, and later open. */
  readonly seals?: readonly Uint8Array[];
};

const COMBINATIONS_MAX = 96;

/** Argument sets to try in one situation. */
export function sampleArgs(
  fields: Readonly<Record<string, Field>>,
  hints: ArgumentHints,
  instance: Instance,
  timeS: bigint,
): readonly Values[] {
  const around = interestingValues(hints, instance, timeS);
  const choices = Object.entries(fields).map(([name, field], index) => {
    if (field.type === 'seal') return [name, hints.seals ?? []] as const;
    if (field.type === 'salt') return [name, [SAMPLE_SALT]] as const;
    const decisive = hints.reads.has(`args.${name}`) || hints.reads.has('args');
    const candidates = decisive
      ? candidatesFor(field, around, index, hints.valuesMax)
      : [typical(name, field, index)];
    return [name, candidates] as const;
  });
  return combine(choices);
}

/** Numbers, texts and bytes that the contract already holds or mentions, and the integers next to them. */
function interestingValues(
  hints: ArgumentHints,
  instance: Instance,
  timeS: bigint,
): readonly ParadigmValue[] {
  const values: ParadigmValue[] = [];
  if (hints.reads.has('held')) values.push(instance.heldMicro);
  if (hints.reads.has('time')) values.push(timeS);
  for (const [root, table] of [
    ['params', instance.params],
    ['vars', instance.vars],
    ['roles', instance.roles],
  ] as const) {
    for (const [name, value] of Object.entries(table))
      if (hints.reads.has(`${root}.${name}`)) values.push(value as ParadigmValue);
  }
  return [...values, ...hints.literals];
}

/** What the contract mentions first, then the limits, then neighbours of what it mentions. */
function candidatesFor(
  field: Field,
  around: readonly ParadigmValue[],
  index: number,
  valuesMax: number,
): readonly ParadigmValue[] {
  const found = new Map<string, ParadigmValue>();
  const offer = (plain: ParadigmValue) => {
    const value = field.type === 'measured' && typeof plain === 'bigint' ? measuredProof(plain) : plain;
    const inside =
      typeof plain !== 'bigint' || field.type !== 'measured' || (plain >= field.min && plain <= field.max);
    if (!inside) return;
    const checked = checkValue(field, value);
    if ('value' in checked && found.size < valuesMax) found.set(keyOf(checked.value), checked.value);
  };
  if (field.type === 'choice') for (const option of field.options) offer(option.value);
  if (field.type === 'bool') for (const value of [true, false]) offer(value);
  for (const value of around) if (!isPlainObject(value)) offer(value);
  for (const value of [highest(field, index), lowest(field, index), typical('', field, index)]) offer(value);
  for (const value of around)
    if (typeof value === 'bigint') for (const near of [value + 1n, value - 1n]) offer(near);
  return [...found.values()];
}

function combine(choices: readonly (readonly [string, readonly ParadigmValue[]])[]): readonly Values[] {
  let sets: Values[] = [{}];
  for (const [name, candidates] of choices) {
    const room = Math.max(1, Math.floor(COMBINATIONS_MAX / sets.length));
    const chosen = candidates.slice(0, room);
    sets = sets.flatMap((set) => chosen.map((value) => ({ ...set, [name]: value })));
  }
  return sets;
}

/** What the chain may say of an order, as far as a condition asks. */
export function sampleFacts(reads: ReadonlySet<string>, instance: Instance): readonly Values[] {
  const quantities = new Set<bigint>([0n, 1n]);
  for (const [name, value] of Object.entries(instance.params)) {
    if (reads.has(`params.${name}`) && typeof value === 'bigint') {
      for (const near of [value, value - 1n]) if (near >= 0n) quantities.add(near);
    }
  }
  const counts = [...quantities].slice(0, 8);
  const choices: (readonly [string, readonly ParadigmValue[]])[] = [];
  for (const name of ['copiesFinished', 'copiesReported', 'quantity']) {
    if (reads.has(`facts.${name}`)) choices.push([name, counts]);
  }
  if (reads.has('facts.licenceReleased')) choices.push(['licenceReleased', [true, false]]);
  return combine(choices);
}
