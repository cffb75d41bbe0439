// No instance is longer than its paradigm's bound says, with the longest values that its fields allow.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import { encodeInstance, readParadigm } from './codec.ts';
import type { Paradigm } from './compile.ts';
import type { BranchList, Column, Field, Variable } from './document.ts';
import { INT_MAX, TEXT_CHARS_MAX } from './limits.ts';
import { instanceSizeMaxBytes } from './storage.ts';
import type { Branches, Instance, ParadigmValue } from './types.ts';

const FOLDER = new URL('../../assets/paradigms/', import.meta.url);
const NAMES = readdirSync(FOLDER).filter((name) => /\.(json|yaml)$/.test(name) && !name.includes('schema'));

/** A value as long as the declaration allows: three bytes a character. */
function longest(field: Field | Variable | Column): ParadigmValue {
  switch (field.type) {
    case 'bool':
      return true;
    case 'text':
      return '漢'.repeat('maxChars' in field ? field.maxChars : TEXT_CHARS_MAX);
    case 'choice':
      return field.options.map(({ value }) => value).sort((a, b) => b.length - a.length)[0] ?? '';
    case 'bytes':
      return new Uint8Array(field.maxBytes);
    case 'hash':
    case 'seal':
    case 'salt':
      return new Uint8Array(32);
    case 'address':
      return new Uint8Array(20);
    case 'list':
      return Array.from({ length: field.maxItems }, () => scalar(field.of));
    case 'map':
      return Object.fromEntries(
        Array.from({ length: field.maxItems }, (_, i) => [String(i).padStart(64, 'k'), scalar(field.of)]),
      );
    default:
      return INT_MAX;
  }
}
const scalar = (type: (Field & { type: 'list' })['of']): ParadigmValue =>
  longest({ type, label: { en: '', 'zh-Hans': '' } } as Variable);

function longestBranches(p: Paradigm, lists: Readonly<Record<string, BranchList>>): Branches {
  const row = { item: new Uint8Array(32), quantity: INT_MAX, open: INT_MAX, done: INT_MAX };
  const rows = Object.entries(lists).map(([name, { quantities }]) => {
    const field = p.params[quantities];
    const length = field?.type === 'list' ? field.maxItems : 0;
    return [name, Array.from({ length }, () => ({ ...row, unitMicro: INT_MAX, spentMicro: -INT_MAX }))];
  });
  return Object.fromEntries(rows);
}

function longestInstance(p: Paradigm): Instance {
  const all = (fields: Readonly<Record<string, Field | Variable | Column>>) =>
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, longest(field)]));
  const roles = Object.keys(p.roles).filter((role) => !p.crowds.has(role));
  const crowds = [...p.crowds].map(([role, { membersMax, columns }]) => [
    role,
    Array.from({ length: membersMax }, () => ({ account: new Uint8Array(20), row: all(columns) })),
  ]);
  return {
    paradigm: p.id,
    state: 'x'.repeat(32),
    roles: Object.fromEntries(roles.map((role) => [role, new Uint8Array(20)])),
    params: all(p.params),
    vars: all(p.vars),
    heldMicro: INT_MAX,
    openedS: INT_MAX,
    deadlineS: INT_MAX,
    steps: 1_000_000,
    crowds: Object.fromEntries(crowds),
    mintedMicro: INT_MAX,
    ...(p.document.branches === undefined ? {} : { branches: longestBranches(p, p.document.branches) }),
  };
}

test.each(NAMES)('%s', (name) => {
  const { paradigm } = unwrap(readParadigm(readFileSync(new URL(name, FOLDER), 'utf8')));
  const sizeBytes = encodeInstance(longestInstance(paradigm)).length;
  const bound = instanceSizeMaxBytes(paradigm);
  expect(sizeBytes).toBeLessThanOrEqual(bound);
  // A bound far above what is possible would only make contracts dear.
  expect(bound).toBeLessThan(2 * sizeBytes);
});

test('every kind of field, at its longest', () => {
  const label = { en: 'x', 'zh-Hans': 'x' };
  const document = readFileSync(new URL('material-supply.yaml', FOLDER), 'utf8');
  const read = unwrap(readParadigm(document)).paradigm;
  const params: Record<string, Field> = {
    l: { type: 'list', of: 'text', maxItems: 64, label },
    m: { type: 'map', of: 'text', maxItems: 64, label },
    n: { type: 'map', of: 'int', maxItems: 64, label },
    b: { type: 'bytes', maxBytes: 4096, label },
    c: { type: 'choice', options: [{ value: 'o'.repeat(32), label }], label },
    h: { type: 'hash', label },
  };
  const p = { ...read, params };
  expect(encodeInstance(longestInstance(p)).length).toBeLessThanOrEqual(instanceSizeMaxBytes(p));
});
