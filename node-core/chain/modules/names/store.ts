// Typed access to what the naming service keeps, and what follows from it at a time.

import { assert, utf8ToBytes } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import { sameAddress } from '../../../identity/keys.ts';
import * as keys from '../../keys.ts';
import * as records from '../../records.ts';
import type { State } from '../../state.ts';
import { nameFormId, nameId } from './form.ts';

export const termsOf = (state: State): records.NameTerms => state.params().names ?? records.DEFAULT_NAMES;

export const nameOf = (state: State, name: string) =>
  state.read(records.NameState, keys.nameKey(nameId(name)));
export const nameById = (state: State, id: Address) => state.read(records.NameState, keys.nameKey(id));

/** Whichever name stands in the place of all that look like this one. */
export function holderOf(state: State, name: string): records.NameState | undefined {
  const form = state.read(records.NameFormState, keys.nameFormKey(nameFormId(name)));
  return form === undefined ? undefined : nameOf(state, form.name);
}

/** Writes a name and keeps the lists of its owners right. */
export function putName(state: State, record: records.NameState): void {
  const { name, owner } = record;
  const before = nameOf(state, name);
  if (before !== undefined && !sameAddress(before.owner, owner))
    state.removeFromList('names-of', utf8ToBytes(name), before.owner);
  if (before !== undefined && !sameAddress(before.target, record.target))
    dropPrimary(state, before.target, name);
  state.addToList('names-of', utf8ToBytes(name), owner);
  state.write(keys.nameFormKey(nameFormId(name)), { name } satisfies records.NameFormState);
  state.write(keys.nameKey(nameId(name)), record);
}

export function removeName(state: State, record: records.NameState): void {
  assert(record.contest === undefined, 'no name ends while money is held for it');
  dropPrimary(state, record.target, record.name);
  state.removeFromList('names-of', utf8ToBytes(record.name), record.owner);
  state.remove(keys.nameFormKey(nameFormId(record.name)));
  state.remove(keys.nameKey(nameId(record.name)));
}

/** An account no longer goes by a name that does not stand for it. */
function dropPrimary(state: State, account: Address, name: string): void {
  const primary = state.read(records.PrimaryNameState, keys.primaryNameKey(account));
  if (primary?.name === name) state.remove(keys.primaryNameKey(account));
}

/**
 * Where a name stands: it works until it expires, then waits for its owner alone, then can be had for a premium. What
 * is read with a proof is judged by the same function.
 */
export function standingOf(
  { expiresS }: Pick<records.NameState, 'expiresS'>,
  terms: records.NameTerms,
  timeS: bigint,
): 'active' | 'grace' | 'released' {
  if (timeS < expiresS) return 'active';
  return timeS < expiresS + BigInt(terms.graceS) ? 'grace' : 'released';
}

/** When the last premium has fallen away, and nothing remembers the name. */
export const forgottenS = ({ expiresS }: Pick<records.NameState, 'expiresS'>, terms: records.NameTerms) =>
  expiresS + BigInt(terms.graceS) + records.PREMIUM_DAYS * 86_400n;

export function yearlyMicro(name: string, terms: records.NameTerms): bigint {
  if (name.length === 3) return terms.shortMicro;
  return name.length === 4 ? terms.fourMicro : terms.longMicro;
}

/** What a name that was released a while ago costs on top: half as much after each day, and nothing at the end. */
export function premiumMicro(
  previous: Pick<records.NameState, 'expiresS'> | undefined,
  terms: records.NameTerms,
  timeS: bigint,
): bigint {
  if (previous === undefined) return 0n;
  const releasedS = previous.expiresS + BigInt(terms.graceS);
  if (timeS < releasedS) return 0n;
  const days = (timeS - releasedS) / 86_400n;
  return days >= records.PREMIUM_DAYS ? 0n : terms.premiumMicro >> days;
}
