// Units through expressions: what each part of a CEL tree measures, from the units that the document declares. It objects
// only where both sides are known to measure different things; a number that is written out fits everything. Conversions
// are by factors that are written out, so a side that has one is compared by what it measures, not by its exact unit.

import type { ASTNode } from '@marcbachmann/cel-js';

/** What a base unit measures. Percent are plain numbers once they are divided by 100. */
const DIMENSIONS: Readonly<Record<string, string | undefined>> = {
  'micro-DPN': 'money',
  second: 'time',
  hour: 'time',
  day: 'time',
  gram: 'mass',
  milligram: 'mass',
  millimetre: 'length',
  percent: undefined,
  'basis-point': undefined,
};

/** Powers of base units; none of them is a plain number, such as a count. */
export type Unit = {
  readonly powers: Readonly<Record<string, number>>;
  /** It has a written factor or divisor, which may have converted it. */
  readonly scaled: boolean;
  /** Unix seconds: a point in time, not a length of it. */
  readonly moment: boolean;
  /** Declared to have no unit: a written factor can make anything of it, such as seconds of a number of days. */
  readonly bare?: true;
};

/** `literal`: written numbers only. Undefined: nothing is known, or it is no number. */
export type Measure = Unit | 'literal' | undefined;

export const NUMBER: Unit = { powers: {}, scaled: false, moment: false };
export const MONEY: Unit = { ...NUMBER, powers: { 'micro-DPN': 1 } };
export const SECONDS: Unit = { ...NUMBER, powers: { second: 1 } };
const MOMENT: Unit = { ...SECONDS, moment: true };

/** Of a declared unit; counts of things are plain numbers. */
export function unitNamed(name: string): Unit {
  if (name === 'unix-second') return MOMENT;
  if (name === 'none') return { ...NUMBER, bare: true };
  return Object.hasOwn(DIMENSIONS, name) ? { ...NUMBER, powers: { [name]: 1 } } : NUMBER;
}

/** What a name such as `params.priceMicro` measures. */
export type UnitOf = (root: string, name: string) => Measure;
type Context = {
  readonly unitOf: UnitOf;
  readonly object: (reason: string) => void;
  readonly item?: { readonly name: string; readonly measure: Measure };
};

/** What the tree yields; tells `object` each sum, difference or comparison of things that do not go together. */
export function measureOf(node: ASTNode, context: Context): Measure {
  const measure = (child: ASTNode) => measureOf(child, context);
  switch (node.op) {
    case 'value':
      return typeof node.args === 'bigint' ? 'literal' : undefined;
    case 'id':
      return node.args === context.item?.name ? context.item.measure : context.unitOf('', node.args);
    case '.':
      return ofField(node.args[0], node.args[1], context);
    case '-_':
      return measure(node.args);
    case '[]':
      return measure(node.args[0]);
    case 'list':
      return node.args.map(measure)[0];
    case '?:':
      measure(node.args[0]);
      return alike(node.args[1], node.args[2], 'both be what it yields', context);
    case 'call':
      for (const child of node.args[1]) measure(child);
      return node.args[0] === 'size' ? NUMBER : undefined;
    case 'rcall':
      return ofMethod(node.args, context);
    case '!_':
      measure(node.args);
      return undefined;
    case '&&':
    case '||':
      for (const child of node.args) measure(child);
      return undefined;
    default:
      return Array.isArray(node.args)
        ? ofBinary(node.op, node.args as [ASTNode, ASTNode], context)
        : undefined;
  }
}

function ofField(base: ASTNode, field: string, { unitOf }: Context): Measure {
  if (base.op === 'id') return unitOf(base.args, field);
  // `branches.parts.spent`
  return base.op === '.' && base.args[0].op === 'id' ? unitOf(base.args[0].args, field) : undefined;
}

function ofMethod([name, receiver, args]: [string, ASTNode, ASTNode[]], context: Context): Measure {
  const over = measureOf(receiver, context);
  const [variable] = args;
  if (name === 'size') return NUMBER;
  if (variable?.op !== 'id' || args.length < 2) return undefined;
  const inside = { ...context, item: { name: variable.args, measure: over } };
  const last = args
    .slice(1)
    .map((body) => measureOf(body, inside))
    .at(-1);
  if (name === 'map') return last;
  return name === 'filter' ? over : undefined;
}

function ofBinary(operator: string, [left, right]: [ASTNode, ASTNode], context: Context): Measure {
  switch (operator) {
    case '*':
    case '/':
      return product(measureOf(left, context), measureOf(right, context), operator === '*' ? 1 : -1);
    case '%':
      measureOf(right, context);
      return measureOf(left, context);
    case '+':
    case '-':
      return sum(operator, left, right, context);
    default:
      alike(left, right, 'be compared', context);
      return undefined;
  }
}

function product(left: Measure, right: Measure, sign: 1 | -1): Measure {
  if (left === undefined || right === undefined) return undefined;
  if (left === 'literal' && right === 'literal') return 'literal';
  if ((left === 'literal' || right === 'literal') && isBare(left === 'literal' ? right : left))
    return undefined;
  const [a, b] = [left, right].map((side) => (side === 'literal' ? { ...NUMBER, scaled: true } : side));
  const powers: Record<string, number> = { ...a?.powers };
  for (const [unit, power] of Object.entries(b?.powers ?? {})) {
    const all = (powers[unit] ?? 0) + sign * power;
    if (all === 0) delete powers[unit];
    else powers[unit] = all;
  }
  return { powers, scaled: a?.scaled === true || b?.scaled === true, moment: false };
}

function isBare(measure: Measure): boolean {
  return typeof measure === 'object' && measure.bare === true;
}

/** Of moments: one and a duration make one; the difference of two is a duration; two cannot be added. */
function sum(operator: '+' | '-', left: ASTNode, right: ASTNode, context: Context): Measure {
  const [a, b] = [measureOf(left, context), measureOf(right, context)];
  const does = operator === '+' ? 'be added' : 'be subtracted';
  if (typeof a !== 'object' || typeof b !== 'object') {
    // A written number that is taken from a moment, or added to it, leaves a moment.
    return typeof a === 'object' ? a : typeof b === 'object' ? b : a === b ? a : undefined;
  }
  if (!a.moment && !b.moment) return joined(a, b, left, right, does, context);
  const durations = { ...a, moment: false };
  if (
    misfit(durations, { ...b, moment: false }) !== undefined ||
    (b.moment && (operator === '+' || !a.moment))
  ) {
    context.object(clash(left, a, right, b, does));
    return undefined;
  }
  return a.moment && b.moment ? { ...SECONDS, scaled: false } : MOMENT;
}

function alike(left: ASTNode, right: ASTNode, does: string, context: Context): Measure {
  return joined(measureOf(left, context), measureOf(right, context), left, right, does, context);
}

function joined(
  a: Measure,
  b: Measure,
  left: ASTNode,
  right: ASTNode,
  does: string,
  context: Context,
): Measure {
  if (typeof a !== 'object') return typeof b === 'object' ? b : a === b ? a : undefined;
  if (typeof b !== 'object') return a;
  if (misfit(a, b) === undefined) return a.scaled ? b : a;
  // One objection is enough: what comes of it measures nothing.
  context.object(clash(left, a, right, b, does));
  return undefined;
}

function clash(left: ASTNode, a: Unit, right: ASTNode, b: Unit, does: string): string {
  return `${sourceOf(left)} is ${unitWords(a)} and ${sourceOf(right)} is ${unitWords(b)}: they cannot ${does}. ${misfit(a, b) ?? MOMENTS}`;
}

/** Why an expression that measures `a` cannot stand where `b` belongs, as what to do about it. */
export function misfit(a: Measure, b: Measure): string | undefined {
  if (typeof a !== 'object' || typeof b !== 'object') return undefined;
  if (sameParts(dimensionsOf(a), dimensionsOf(b))) {
    if (a.moment !== b.moment) return MOMENTS;
    if (a.scaled || b.scaled || sameParts(a.powers, b.powers)) return undefined;
    const odd = Object.keys({ ...a.powers, ...b.powers }).find((unit) => a.powers[unit] !== b.powers[unit]);
    const known = [odd, ...Object.keys(a.powers), ...Object.keys(b.powers)].find(
      (unit) => CONVERSIONS[unit ?? ''] !== undefined,
    );
    return CONVERSIONS[known ?? ''] ?? 'Convert one of them first, by a factor.';
  }
  const counted = [a, b].some(({ powers }) => Object.keys(powers).length === 0);
  return counted && [a, b].some(({ powers }) => sameParts(powers, MONEY.powers))
    ? 'A count becomes money by the price of one piece: multiply it.'
    : 'Correct the name, or the unit that is declared for it.';
}

const MOMENTS =
  'A moment plus a duration is a moment, and the difference of two moments is a duration: bring both sides to the same.';

const CONVERSIONS: Readonly<Record<string, string | undefined>> = {
  percent: 'Divide by 100 what was multiplied by percent.',
  'basis-point': 'Divide by 10000 what was multiplied by basis points; 100 of them are one percent.',
  hour: 'Multiply hours by 3600 to get seconds.',
  day: 'Multiply days by 86400 to get seconds.',
  milligram: 'Multiply grams by 1000 to get milligrams.',
};

function dimensionsOf({ powers }: Unit): Record<string, number> {
  const dimensions: Record<string, number> = {};
  for (const [unit, power] of Object.entries(powers)) {
    const dimension = DIMENSIONS[unit];
    if (dimension !== undefined) dimensions[dimension] = (dimensions[dimension] ?? 0) + power;
  }
  return dimensions;
}

function sameParts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  return Object.keys({ ...a, ...b }).every((part) => (a[part] ?? 0) === (b[part] ?? 0));
}

const PLURALS: Readonly<Record<string, string | undefined>> = {
  'micro-DPN': 'micro-DPN',
  percent: 'percent',
  millimetre: 'millimetres',
};

/** `micro-DPN`, `grams per second`, `a plain number`. */
export function unitWords({ powers, moment }: Unit): string {
  if (moment) return 'a moment in Unix seconds';
  const words = (sign: 1 | -1) =>
    Object.entries(powers)
      .filter(([, power]) => power * sign > 0)
      .flatMap(([unit, power]) => Array<string>(Math.abs(power)).fill(PLURALS[unit] ?? `${unit}s`))
      .join(' × ');
  const [over, under] = [words(1), words(-1)];
  if (over === '' && under === '') return 'a plain number';
  return `${over === '' ? 'a number' : over}${under === '' ? '' : ` per ${under}`}`;
}

const SOURCE_CHARS_MAX = 60;

function sourceOf({ input, range }: ASTNode): string {
  const source = input.slice(range.start, range.end).replace(/\s+/g, ' ').trim();
  return `"${source.length > SOURCE_CHARS_MAX ? `${source.slice(0, SOURCE_CHARS_MAX)}…` : source}"`;
}
