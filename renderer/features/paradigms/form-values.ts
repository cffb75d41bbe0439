// What a person fills into a paradigm's form, and the exact values that it means.

import type { ExampleValues, ParadigmField } from '../../../node-core/api/index.ts';
import { formatAmount, parseAmount } from '../../ui/index.ts';

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

/** As text in its field. */
export function amountText(micro: bigint, locale: string): string {
  return formatAmount(micro, locale);
}

export type Filled =
  | { readonly value: ExampleValues[string] }
  | { readonly problem: 'number' | 'min' | 'max' };

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
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort()
    .join('&');
}

/** What a field holds before anybody types: its default. */
export function initialOf({ kind, default: initial }: ParadigmField): ExampleValues[string] | undefined {
  if (typeof initial === 'number') return BigInt(initial);
  return initial ?? (kind === 'bool' ? false : undefined);
}
