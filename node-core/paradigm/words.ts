// Paradigms in words: amounts, durations and conditions with the labels that the author gave, in the reader's language.

import type { ASTNode } from '@marcbachmann/cel-js';
import { microToDecimal } from '../base/index.ts';
import type { CompiledStep, Paradigm } from './compile.ts';
import type { Field, Locale } from './document.ts';
import type { BranchTotals, CompiledExpression } from './expression.ts';

type Phrases = {
  readonly held: string;
  readonly now: string;
  readonly sender: string;
  readonly units: Readonly<Record<'day' | 'hour' | 'minute' | 'second', (count: string) => string>>;
  readonly comma: string;
  /** Sums over a list of branches. */
  readonly totals: Readonly<Record<keyof BranchTotals, (list: string) => string>>;
};

const PHRASES: Readonly<Record<Locale, Phrases>> = {
  en: {
    held: 'what is still held',
    now: 'now',
    sender: 'the sender',
    units: {
      day: (count) => `${count} day${count === '1' ? '' : 's'}`,
      hour: (count) => `${count} hour${count === '1' ? '' : 's'}`,
      minute: (count) => `${count} minute${count === '1' ? '' : 's'}`,
      second: (count) => `${count} second${count === '1' ? '' : 's'}`,
    },
    comma: ', ',
    totals: {
      rows: (list) => `number of entries under ${list}`,
      quantity: (list) => `pieces wanted (${list})`,
      open: (list) => `pieces with nobody (${list})`,
      running: (list) => `pieces in work (${list})`,
      done: (list) => `pieces done (${list})`,
      budget: (list) => `price limit of all ${list}`,
      spent: (list) => `spent on ${list}`,
    },
  },
  'zh-Hans': {
    held: '剩余款项',
    now: '当前时间',
    sender: '发起人',
    units: {
      day: (count) => `${count} 天`,
      hour: (count) => `${count} 小时`,
      minute: (count) => `${count} 分钟`,
      second: (count) => `${count} 秒`,
    },
    comma: '，',
    totals: {
      rows: (list) => `${list}的项数`,
      quantity: (list) => `${list}所需件数`,
      open: (list) => `${list}未交出件数`,
      running: (list) => `${list}在制件数`,
      done: (list) => `${list}完成件数`,
      budget: (list) => `${list}价格上限合计`,
      spent: (list) => `${list}已花费`,
    },
  },
};

const UNIT_SECONDS = [
  ['day', 86_400n],
  ['hour', 3_600n],
  ['minute', 60n],
  ['second', 1n],
] as const;

/** `2 days, 4 hours`: exact, at most as many units as needed. */
export function durationWords(seconds: bigint, locale: Locale): string {
  const { units, comma } = PHRASES[locale];
  const parts: string[] = [];
  let rest = seconds;
  for (const [unit, size] of UNIT_SECONDS) {
    if (rest >= size) parts.push(units[unit]((rest / size).toString()));
    rest %= size;
  }
  return parts.length === 0 ? units.second('0') : parts.join(comma);
}

const SYMBOLS: Readonly<Record<string, string | undefined>> = {
  percent: '%',
  gram: 'g',
  milligram: 'mg',
  millimetre: 'mm',
};

/** An integer of this field as a person reads it: DPN, days, percent, grams, copies. */
export function numberWords(field: Field, value: number | bigint, locale: Locale): string {
  const integer = BigInt(value);
  if (field.type === 'duration') return durationWords(integer, locale);
  if (field.type === 'amount') return `${microToDecimal(integer)} DPN`;
  if (field.type !== 'int') return integer.toString();
  const { units } = PHRASES[locale];
  if (field.unit === 'hour' || field.unit === 'day') return units[field.unit](integer.toString());
  const symbol = SYMBOLS[field.unit];
  return symbol === undefined ? integer.toString() : `${integer} ${symbol}`;
}

const OPERATORS: Readonly<Record<string, string>> = { '+': '+', '-': '−', '*': '×', '/': '÷' };

/** An amount or duration in words; falls back to the expression itself where it is more than arithmetic. */
export function expressionWords(p: Paradigm, expression: CompiledExpression, locale: Locale): string {
  return wordsOf(p, expression.ast, locale) ?? expression.source;
}

function wordsOf(p: Paradigm, node: ASTNode, locale: Locale): string | undefined {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'bigint' ? node.args.toString() : undefined;
    case 'id':
      return rootWords(node.args, locale);
    case '.':
      if (node.args[0].op === '.') return branchWords(p, node.args[0], node.args[1], locale);
      return node.args[0].op === 'id' ? nameWords(p, node.args[0].args, node.args[1], locale) : undefined;
    case '+':
    case '-':
    case '*':
    case '/': {
      const [first, second] = node.args;
      // Sums are read from the left: a − b − c needs no brackets.
      const sums = node.op === '+' || node.op === '-';
      const left = sums ? wordsOf(p, first, locale) : operandWords(p, first, locale);
      const right = operandWords(p, second, locale);
      return left === undefined || right === undefined ? undefined : `${left} ${OPERATORS[node.op]} ${right}`;
    }
    default:
      return undefined;
  }
}

/** `branches.parts.spent`: Parts: spent. */
function branchWords(p: Paradigm, node: ASTNode, total: string, locale: Locale): string | undefined {
  if (node.op !== '.' || node.args[0].op !== 'id' || node.args[0].args !== 'branches') return undefined;
  const list = p.document.branches?.[node.args[1]]?.label[locale];
  const words = PHRASES[locale].totals[total as keyof Phrases['totals']];
  return list === undefined || words === undefined ? undefined : words(list);
}

function operandWords(p: Paradigm, node: ASTNode, locale: Locale): string | undefined {
  const words = wordsOf(p, node, locale);
  return words !== undefined && (node.op === '+' || node.op === '-') ? `(${words})` : words;
}

function rootWords(name: string, locale: Locale): string | undefined {
  const phrases = PHRASES[locale];
  if (name === 'held') return phrases.held;
  if (name === 'time') return phrases.now;
  return name === 'caller' ? phrases.sender : undefined;
}

function nameWords(p: Paradigm, root: string, name: string, locale: Locale): string | undefined {
  if (root === 'params') return p.params[name]?.label[locale];
  if (root === 'vars') return p.vars[name]?.label[locale];
  if (root === 'roles' || root === 'count') return p.roles[name]?.label[locale];
  if (root === 'mine' || root === 'member') {
    const columns = [...p.crowds.values()].map((crowd) => crowd.columns[name]);
    return columns.find((column) => column !== undefined)?.label[locale];
  }
  return undefined;
}

export function roleWords(p: Paradigm, role: string, locale: Locale): string {
  return p.roles[role]?.label[locale] ?? p.document.branches?.[role]?.label[locale] ?? role;
}

/** Steps that can be taken in a state, in the document's order; the deadline is not among them. */
export function stepsFrom(p: Paradigm, state: string): readonly CompiledStep[] {
  return [...(p.steps.get(state)?.values() ?? [])];
}

/** Who receives what in a final state: `Buyer: Total price`. */
export function receivesWords(p: Paradigm, state: string, locale: Locale): readonly string[] {
  const receives = p.promises.get(state)?.receives;
  const separator = locale === 'en' ? ': ' : '：';
  const words: string[] = [];
  for (const role of Object.keys(p.roles)) {
    const amount = receives?.get(role);
    if (amount !== undefined)
      words.push(roleWords(p, role, locale) + separator + expressionWords(p, amount, locale));
  }
  return words;
}
