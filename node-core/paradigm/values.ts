// Values of parameters, variables and arguments: checked against their declared type before the VM sees them.
// Integers are bigint inside; safe JavaScript integers, as decoders yield them, are accepted and converted.

import type { Column, Field, Variable } from './document.ts';
import { INT_MAX, INT_MIN, ITEMS_MAX, TEXT_CHARS_MAX, VALUE_BYTES_MAX } from './limits.ts';
import type { ParadigmValue } from './types.ts';

/** The value, or the reason why it does not fit, as the end of a sentence. */
export type Checked = { readonly value: ParadigmValue } | { readonly reason: string };

/** Names that JavaScript objects inherit: as keys they would be mistaken for values. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

export function isUsableKey(key: string): boolean {
  return /^[A-Za-z0-9._-]{1,64}$/.test(key) && !INHERITED.has(key);
}

/**
 * Code points that people cannot see or that reorder what they see: controls, surrogates, format and direction marks,
 * line and paragraph separators, tags. Fixed ranges, since every node must agree whatever Unicode version it has.
 */
const INVISIBLE: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xfff0, 0xfffb],
  [0xe0000, 0xe0fff],
];

const INVISIBLE_PATTERN = new RegExp(
  `[${INVISIBLE.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`).join('')}]`,
  'u',
);

/** True for well-formed text that shows as it is. */
function isPlainText(text: string): boolean {
  return !INVISIBLE_PATTERN.test(text);
}

export function checkValue(field: Field | Variable | Column, value: unknown): Checked {
  switch (field.type) {
    case 'int':
      return checkInteger(
        value,
        'min' in field ? BigInt(field.min) : INT_MIN,
        'max' in field ? BigInt(field.max) : INT_MAX,
      );
    case 'amount':
    case 'duration':
      return checkInteger(
        value,
        'min' in field ? BigInt(field.min) : 0n,
        'max' in field ? BigInt(field.max) : INT_MAX,
      );
    case 'text':
      return checkText(value, 'maxChars' in field ? field.maxChars : TEXT_CHARS_MAX);
    case 'choice': {
      const known = field.options.some((option) => option.value === value);
      return known ? { value: String(value) } : { reason: 'it is none of the options' };
    }
    case 'bytes':
      return checkBytes(value, 0, field.maxBytes);
    case 'measured':
      return checkBytes(value, 1, VALUE_BYTES_MAX);
    case 'list':
      return checkList(field.of, field.maxItems, value);
    case 'map':
      return checkMap(field.of, field.maxItems, value);
    default:
      return checkScalar(field.type, value);
  }
}

type Scalar = 'int' | 'amount' | 'time' | 'bool' | 'text' | 'hash' | 'address' | 'seal' | 'salt';

function checkScalar(type: Scalar, value: unknown): Checked {
  switch (type) {
    case 'int':
      return checkInteger(value, INT_MIN, INT_MAX);
    case 'amount':
    case 'time':
      return checkInteger(value, 0n, INT_MAX);
    case 'bool':
      return typeof value === 'boolean' ? { value } : { reason: 'it is not yes or no' };
    case 'text':
      return checkText(value, TEXT_CHARS_MAX);
    case 'hash':
    case 'seal':
    case 'salt':
      return checkBytes(value, 32, 32);
    case 'address':
      return checkBytes(value, 20, 20);
  }
}

function checkInteger(value: unknown, min: bigint, max: bigint): Checked {
  const integer = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof integer !== 'bigint') return { reason: 'it is not a whole number' };
  if (integer < min || integer > max) return { reason: `it is not between ${min} and ${max}` };
  return { value: integer };
}

function checkText(value: unknown, charsMax: number): Checked {
  if (typeof value !== 'string') return { reason: 'it is not text' };
  if (value.length > charsMax) return { reason: `it is longer than ${charsMax} characters` };
  return isPlainText(value) ? { value } : { reason: 'it contains invisible or control characters' };
}

function checkBytes(value: unknown, lengthMin: number, lengthMax: number): Checked {
  if (!(value instanceof Uint8Array)) return { reason: 'it is not binary data' };
  if (value.length >= lengthMin && value.length <= lengthMax) return { value };
  return {
    reason:
      lengthMin === lengthMax
        ? `it does not have ${lengthMax} bytes`
        : `it is longer than ${lengthMax} bytes`,
  };
}

function checkList(of: Scalar, itemsMax: number, value: unknown): Checked {
  if (!Array.isArray(value)) return { reason: 'it is not a list' };
  if (value.length > Math.min(itemsMax, ITEMS_MAX)) return { reason: `it has more than ${itemsMax} items` };
  const items: ParadigmValue[] = [];
  for (const item of value) {
    const checked = checkScalar(of, item);
    if ('reason' in checked) return { reason: `in an item, ${checked.reason}` };
    items.push(checked.value);
  }
  return { value: items };
}

function checkMap(of: Scalar, itemsMax: number, value: unknown): Checked {
  if (!isPlainObject(value)) return { reason: 'it is not a table' };
  const keys = Object.keys(value);
  if (keys.length > Math.min(itemsMax, ITEMS_MAX)) return { reason: `it has more than ${itemsMax} entries` };
  const entries: [string, ParadigmValue][] = [];
  for (const key of keys) {
    if (!isUsableKey(key)) return { reason: 'an entry has an unusable name' };
    const checked = checkScalar(of, value[key]);
    if ('reason' in checked) return { reason: `in an entry, ${checked.reason}` };
    entries.push([key, checked.value]);
  }
  return { value: Object.fromEntries(entries) };
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What a variable holds before any transition wrote it. */
export function zeroOf(type: Variable['type']): ParadigmValue {
  switch (type) {
    case 'int':
    case 'amount':
    case 'time':
      return 0n;
    case 'bool':
      return false;
    case 'text':
      return '';
    case 'hash':
    case 'seal':
      return new Uint8Array(32);
    case 'address':
      return new Uint8Array(20);
  }
}
