// How many bytes an instance can come to have, from its declaration alone: what a deposit for its place in the state is
// reckoned from. No encoded instance is longer, whatever its parties send.

import type { Paradigm } from './compile.ts';
import type { Column, Field, Variable } from './document.ts';
import { fieldSizeMaxBytes } from './gas.ts';

/** Of a name, or of a value beyond what it is charged by, in dag-cbor: type and length, none above 65 535. */
const HEAD_BYTES = 3;
const ADDRESS_BYTES = 20 + HEAD_BYTES;
/** The longest name of an entry of a table. */
const KEY_BYTES = 64 + HEAD_BYTES;
/** Names of the record's own fields, the paradigm's id, numbers and state: the longest state has 32 characters. */
const RECORD_BYTES = 320;

/** Of one row of a list of branches: the names of its fields, a design, five numbers. */
const BRANCH_ROW_BYTES = 144;

/** The most bytes that encodeInstance gives for any instance of this paradigm. */
export function instanceSizeMaxBytes({ roles, params, vars, crowds, document }: Paradigm): number {
  let sizeBytes = RECORD_BYTES + namedBytes(params) + namedBytes(vars);
  for (const role of Object.keys(roles)) sizeBytes += role.length + HEAD_BYTES + ADDRESS_BYTES;
  for (const { membersMax, columns } of crowds.values()) {
    const names = 'account'.length + 'row'.length + 4 * HEAD_BYTES;
    sizeBytes += HEAD_BYTES + membersMax * (names + ADDRESS_BYTES + namedBytes(columns));
  }
  for (const [name, { quantities }] of Object.entries(document.branches ?? {})) {
    const field = params[quantities];
    const rows = field?.type === 'list' ? field.maxItems : 0;
    sizeBytes += name.length + 2 * HEAD_BYTES + rows * BRANCH_ROW_BYTES;
  }
  return sizeBytes;
}

function namedBytes(fields: Readonly<Record<string, Field | Variable | Column>>): number {
  let sizeBytes = 2 * HEAD_BYTES;
  for (const [name, field] of Object.entries(fields))
    sizeBytes += name.length + HEAD_BYTES + HEAD_BYTES + fieldBytes(field);
  return sizeBytes;
}

function fieldBytes(field: Field | Variable | Column): number {
  const valueBytes = fieldSizeMaxBytes(field);
  switch (field.type) {
    case 'list':
      return valueBytes + field.maxItems * HEAD_BYTES;
    case 'map':
      return valueBytes + field.maxItems * (HEAD_BYTES + KEY_BYTES);
    default:
      return valueBytes;
  }
}
