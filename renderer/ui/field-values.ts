// What a person fills into a paradigm's form, and the exact values that it means.

import type { ExampleValues, ParadigmField } from '../../node-core/api/index.ts';
import { formatAmount, parseAmount } from './format.ts';

export const localeOf = (locale: string): 'en' | 'zh-Hans' => (locale.startsWith('zh') ? 'zh-Hans' : 'en');

export type DurationUnit = 'day' | 'hour' | 'minute' | 'second';
const UNIT_S: Readonly<Record<DurationUnit, bigint>> = { day: 86_400n, hour: 3600n, minute: 60n, second: 1n };
export const DURATION_UNITS = Object.keys(UNIT_S) as DurationUnit[];

/** The largest unit in which the duration is a whole number. */
export function unitOf(seconds: bigint): DurationUnit {
  return DURATION_UNITS.find((unit) => seconds !== 0n && seconds % UNIT_S[unit] === 0n) ?? 'second';
}

export function toSeconds(count: bigint, unit: DurationUnit): bigint {
  return count * UNIT_S[unit];
}

export function inUnit(seconds: bigint, unit: DurationUnit): bigint {
  return seconds / UNIT_S[unit];
}

/** Fields that a person decides: the others come from the quote or follow, or are no form's matter. */
export function formFields(fields: readonly ParadigmField[]): readonly ParadigmField[] {
  return fields.filter(({ kind, fixed }) => kind !== 'other' && !fixed);
}

const NAMES: ReadonlySet<ParadigmField['kind']> = new Set(['hash', 'address', 'list', 'time']);

/** Those of them with which a contract can be tried: who is who and what is what makes no difference there. */
export function triedFields(fields: readonly ParadigmField[]): readonly ParadigmField[] {
  return formFields(fields).filter(({ kind }) => !NAMES.has(kind));
}

/** As text in its field. */
export function amountText(micro: bigint, locale: string): string {
  return formatAmount(micro, locale);
}

export type Filled =
  | { readonly value: ExampleValues[string] }
  | { readonly problem: 'number' | 'min' | 'max' | 'items' };

/** A whole number or amount as typed, within its limits. */
export function readNumber(field: ParadigmField, text: string, locale: string): Filled {
  const value = field.kind === 'amount' ? parseAmount(text, locale) : parseWhole(text);
  if (value === undefined) return { problem: 'number' };
  if (field.min !== undefined && value < BigInt(field.min)) return { problem: 'min' };
  if (field.max !== undefined && value > BigInt(field.max)) return { problem: 'max' };
  return { value };
}

function parseWhole(text: string): bigint | undefined {
  const plain = text.trim();
  return /^-?\d{1,18}$/.test(plain) ? BigInt(plain) : undefined;
}

/** Tells unequal values apart. */
export function keyOf(values: ExampleValues): string {
  return Object.entries(values)
    .map(
      ([name, value]) =>
        `${name}=${Array.isArray(value) ? JSON.stringify(value.map(String)) : String(value)}`,
    )
    .sort()
    .join('&');
}

/** What is sent for fields that nobody touches: a switch that was left alone says no, an empty list names nobody. */
export function initialValues(fields: readonly ParadigmField[]): ExampleValues {
  const values: ExampleValues = {};
  for (const { kind, name, fixed, fromQuote, default: initial } of fields) {
    if (fixed || fromQuote) continue;
    if (kind === 'bool') values[name] = initial === true;
    if (kind === 'list') values[name] = [];
  }
  return values;
}

/** With people that were named by their names given as accounts. */
export function withAddresses(
  fields: readonly ParadigmField[],
  values: ExampleValues,
  addressOf: (text: string) => string,
): ExampleValues {
  const accounts = new Set(
    fields.flatMap(({ name, kind, of }) => (kind === 'address' || of === 'address' ? [name] : [])),
  );
  const named = (value: ExampleValues[string]): ExampleValues[string] => {
    if (typeof value === 'string') return addressOf(value.trim());
    if (!Array.isArray(value)) return value;
    return value.map((item) => (typeof item === 'string' ? addressOf(item.trim()) : item));
  };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, accounts.has(name) ? named(value) : value]),
  );
}

/** A list as typed, one item on each line; empty lines count for nothing. */
export function readList(field: ParadigmField, text: string, locale: string): Filled {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length > (field.itemsMax ?? Number.POSITIVE_INFINITY)) return { problem: 'items' };
  if (field.of !== 'number' && field.of !== 'amount') return { value: lines };
  const items = lines.map((line) => (field.of === 'amount' ? parseAmount(line, locale) : parseWhole(line)));
  return items.every((item) => item !== undefined) ? { value: items } : { problem: 'number' };
}

/** What a field holds before anybody types: its default. */
export function initialOf({ kind, default: initial }: ParadigmField): ExampleValues[string] | undefined {
  if (typeof initial === 'number') return BigInt(initial);
  return initial ?? (kind === 'bool' ? false : undefined);
}
