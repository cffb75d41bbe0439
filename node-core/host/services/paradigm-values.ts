// Values of contracts between the three forms they have: what a form holds, what the wire carries, what people read.

import type { ExampleValues, ParadigmField } from '../../api/index.ts';
import type { Bytes, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, hexToBytes, microToDecimal, ok, refuse } from '../../base/index.ts';
import type { WireValue } from '../../chain/index.ts';
import { addressToText, parseAddress } from '../../identity/index.ts';
import type { Field, Locale, Paradigm, ParadigmValue } from '../../paradigm/index.ts';
import { numberWords } from '../../paradigm/index.ts';
import type { Parties } from './parties.ts';

export const paradigmValueFault = defineFaults('paradigm-value', {
  'paradigm-value.wrong': {
    message: 'The value for “{label}” is missing or not of the right kind.',
    next: 'Correct it and try again.',
  },
});

/** What a form filled in, as the chain takes it; fields that were left out keep their defaults. */
export function toWire(
  fields: Readonly<Record<string, Field>>,
  values: ExampleValues,
  locale: Locale,
): Result<Record<string, WireValue>> {
  const wire: Record<string, WireValue> = {};
  for (const [name, field] of Object.entries(fields)) {
    const given = values[name];
    if (given === undefined && 'default' in field && field.default !== undefined) continue;
    const value = given === undefined ? undefined : wireValue(field, given);
    if (value === undefined)
      return refuse(paradigmValueFault('paradigm-value.wrong', { label: field.label[locale] }));
    wire[name] = value;
  }
  return ok(wire);
}

function wireValue(
  field: { readonly type: Field['type']; readonly of?: Field['type'] },
  given: ExampleValues[string],
): WireValue | undefined {
  switch (field.type) {
    case 'int':
    case 'amount':
    case 'duration':
    case 'time':
      return typeof given === 'bigint' ? given : undefined;
    case 'bool':
      return typeof given === 'boolean' ? given : undefined;
    case 'text':
    case 'choice':
      return typeof given === 'string' ? given : undefined;
    case 'hash':
      return typeof given === 'string' ? readHash(given) : undefined;
    case 'address':
      return typeof given === 'string' ? parseAddress(given.trim()) : undefined;
    case 'list': {
      if (!Array.isArray(given) || field.of === undefined) return undefined;
      const type = field.of;
      const items = given.map((item) => wireValue({ type }, item));
      return items.every((item) => item !== undefined) ? items : undefined;
    }
    default:
      return undefined;
  }
}

/** As people copy it from elsewhere: in capitals, in groups, behind 0x. */
function readHash(text: string): Bytes | undefined {
  const digits = text.replace(/\s/g, '').replace(/^0x/i, '').toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? hexToBytes(digits) : undefined;
}

export function fieldView(name: string, field: Field, fixed: boolean, locale: Locale): ParadigmField {
  const initial = 'default' in field ? field.default : undefined;
  return {
    name,
    label: field.label[locale],
    kind: kindOf(field),
    fromQuote: field.binds !== undefined,
    fixed,
    ...(field.explain === undefined ? {} : { explain: field.explain[locale] }),
    ...('min' in field ? { min: field.min, max: field.max } : {}),
    ...('maxChars' in field ? { maxChars: field.maxChars } : {}),
    ...(field.type === 'list' ? { of: itemKindOf(field), itemsMax: field.maxItems } : {}),
    ...(field.type === 'choice'
      ? { options: field.options.map(({ value, label }) => ({ value, label: label[locale] })) }
      : {}),
    ...(initial === undefined ? {} : { default: initial }),
  };
}

export function kindOf(field: Field): ParadigmField['kind'] {
  switch (field.type) {
    case 'int':
      return field.unit === 'percent' ? 'percent' : 'number';
    case 'amount':
    case 'duration':
    case 'bool':
    case 'text':
    case 'choice':
    case 'hash':
    case 'address':
    case 'time':
      return field.type;
    case 'list':
      return itemKindOf(field) === undefined ? 'other' : 'list';
    default:
      return 'other';
  }
}

function itemKindOf({ of }: Extract<Field, { readonly type: 'list' }>): ParadigmField['of'] {
  if (of === 'bool') return undefined;
  return of === 'int' ? 'number' : of;
}

/** What a contract holds, for people: parameters and variables that say something, in the document's order. */
export function valueLines(
  p: Paradigm,
  values: { readonly params: Values; readonly vars: Values },
  parties: Parties,
  locale: Locale,
): { label: string; text: string }[] {
  const lines: { label: string; text: string }[] = [];
  for (const [name, field] of Object.entries(p.params)) {
    const text = valueText(field, values.params[name], parties, locale);
    if (text !== '') lines.push({ label: field.label[locale], text });
  }
  for (const [name, variable] of Object.entries(p.vars)) {
    const value = values.vars[name];
    // Nothing was written there yet.
    if (value === 0n || value === false) continue;
    const text = valueText(variable, value, parties, locale);
    if (text !== '') lines.push({ label: variable.label[locale], text });
  }
  return lines;
}
type Values = Readonly<Record<string, ParadigmValue>>;

/** A list's items have a type and nothing else. */
type Item = { readonly type: Extract<Field, { readonly type: 'list' }>['of'] };

function valueText(
  field: Field | Paradigm['vars'][string] | Item,
  value: ParadigmValue | undefined,
  parties: Parties,
  locale: Locale,
): string {
  if (Array.isArray(value)) {
    const type = field.type === 'list' && 'of' in field ? field.of : 'text';
    return value.map((item) => valueText({ type }, item, parties, locale)).join(', ');
  }
  if (value instanceof Uint8Array) {
    if (value.every((byte) => byte === 0)) return '';
    if (field.type !== 'address') return bytesToHex(value);
    const { name } = parties.ofBytes(value);
    return name === '' ? addressToText(value) : name;
  }
  if (typeof value === 'boolean') return value ? '✓' : '–';
  if (typeof value === 'string') {
    const option = field.type === 'choice' ? field.options.find((known) => known.value === value) : undefined;
    return option?.label[locale] ?? value;
  }
  if (typeof value !== 'bigint') return '';
  if (field.type === 'amount') return `${microToDecimal(value)} DPN`;
  if (field.type === 'time')
    return new Date(Number(value) * 1000).toISOString().replace('T', ' ').slice(0, 16);
  return 'label' in field && (field.type === 'int' || field.type === 'duration') && 'unit' in field
    ? numberWords(field as Field, value, locale)
    : value.toString();
}
