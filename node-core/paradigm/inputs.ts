// What comes with a step from outside, checked before the virtual machine sees it: roles, parameters and arguments
// against their declarations, facts against what the chain can know.

import type { Fault, Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type { Paradigm } from './compile.ts';
import type { Field } from './document.ts';
import { FACTS } from './expression.ts';
import { paradigmFault } from './faults.ts';
import type { OpenInput, ParadigmValue } from './types.ts';
import { checkValue, isPlainObject } from './values.ts';

export type Values = Readonly<Record<string, ParadigmValue>>;

/** Exactly the declared roles, each an account. */
export function checkRoles(p: Paradigm, roles: OpenInput['roles']): Fault | undefined {
  const fixed = Object.keys(p.roles).filter((role) => !p.crowds.has(role));
  for (const role of fixed) {
    const account: unknown = Object.hasOwn(roles, role) ? roles[role] : undefined;
    if (!(account instanceof Uint8Array) || account.length !== 20)
      return paradigmFault('paradigm.role.missing', { role });
  }
  const extra = Object.keys(roles).find((role) => !fixed.includes(role));
  return extra === undefined
    ? undefined
    : paradigmFault('paradigm.role.unknown', { role: extra.slice(0, 32) });
}

/** Exactly the declared fields, each within its limits; defaults filled in. */
export function checkFields(
  fields: Readonly<Record<string, Field>>,
  values: Readonly<Record<string, unknown>>,
): Result<Values> {
  const extra = Object.keys(values).find((name) => !Object.hasOwn(fields, name));
  if (extra !== undefined)
    return refuse(paradigmFault('paradigm.param.unknown', { name: extra.slice(0, 64) }));
  const checked: Record<string, ParadigmValue> = {};
  for (const name of Object.keys(fields)) {
    const field = fields[name] as Field;
    const given = Object.hasOwn(values, name) ? values[name] : 'default' in field ? field.default : undefined;
    if (given === undefined) return refuse(paradigmFault('paradigm.param.missing', { name }));
    const result = checkValue(field, given);
    if ('reason' in result)
      return refuse(paradigmFault('paradigm.param.invalid', { name, reason: result.reason }));
    checked[name] = result.value;
  }
  return ok(checked);
}

/** What the chain says where it says nothing. */
export function noFacts(): Values {
  return { quantity: 0n, copiesReported: 0n, copiesFinished: 0n, licenceReleased: false };
}

/** Facts the chain did not state are zero or false, so that no guard can be met by an omission. */
export function checkFacts(facts: unknown): Result<Values> {
  const checked: Record<string, ParadigmValue> = { ...noFacts() };
  if (facts === undefined) return ok(checked);
  if (!isPlainObject(facts))
    return refuse(paradigmFault('paradigm.param.invalid', { name: 'facts', reason: 'it is not a table' }));
  for (const [name, value] of Object.entries(facts)) {
    if (!Object.hasOwn(FACTS, name))
      return refuse(paradigmFault('paradigm.param.unknown', { name: name.slice(0, 64) }));
    const number = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
    const fits = typeof number === typeof checked[name];
    if (!fits)
      return refuse(paradigmFault('paradigm.param.invalid', { name, reason: 'it has the wrong type' }));
    checked[name] = number as bigint | boolean;
  }
  return ok(checked);
}
