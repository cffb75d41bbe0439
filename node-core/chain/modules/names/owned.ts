// What can be done with a name that is somebody's: renewed, pointed, gone by, given away.

import type { z } from 'zod';
import type { Result } from '../../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../../base/index.ts';
import { sameAddress } from '../../../identity/keys.ts';
import { pushDeadline } from '../../deadlines.ts';
import { chainFault } from '../../faults.ts';
import { primaryNameKey } from '../../keys.ts';
import type { NamePoint, NamePrimary, NameRenew, NameTransfer } from '../../messages.ts';
import { NAME_YEAR_S, NAME_YEARS_MAX, type NameState, type PrimaryNameState } from '../../records.ts';
import { moveTokens } from '../accounts/index.ts';
import { done, type MessageContext, type MessageResult } from '../context.ts';
import { nameId } from './form.ts';
import { nameOf, putName, standingOf, termsOf, yearlyMicro } from './store.ts';

const unknown = (name: string) => refuse(chainFault('chain.name.unknown', { name: name.slice(0, 64) }));

export function renewName(context: MessageContext, message: z.infer<typeof NameRenew>): MessageResult {
  const { state, signer, timeS } = context;
  const { name, years } = message;
  const record = nameOf(state, name);
  const terms = termsOf(state);
  if (record === undefined || standingOf(record, terms, timeS) === 'released') return unknown(name);
  if (record.contest !== undefined)
    return refuse(chainFault('chain.name.unsettled', { name, untilS: record.contest.untilS.toString() }));
  const expiresS = record.expiresS + BigInt(years) * NAME_YEAR_S;
  if (expiresS > timeS + BigInt(NAME_YEARS_MAX) * NAME_YEAR_S)
    return refuse(chainFault('chain.name.years', { yearsMax: NAME_YEARS_MAX }));
  const priceMicro = yearlyMicro(name, terms) * BigInt(years);
  const paid = moveTokens(state, signer, state.params().treasury, 'DIMT', priceMicro);
  if (!paid.ok) return paid;
  putName(state, { ...record, expiresS });
  context.emit('name.renewed', {
    name,
    owner: bytesToHex(record.owner),
    payer: bytesToHex(signer),
    priceMicro: priceMicro.toString(),
  });
  return done();
}

export function pointName(context: MessageContext, message: z.infer<typeof NamePoint>): MessageResult {
  const found = ownName(context, message.name);
  if (!found.ok) return found;
  if (context.state.account(message.target).kind === 'contract')
    return refuse(chainFault('chain.name.keyless'));
  putName(context.state, { ...found.value, target: message.target });
  context.emit('name.pointed', { name: message.name, target: bytesToHex(message.target) });
  return done();
}

/** Forward and back must agree: nobody can go by a name that stands for another account. */
export function chooseName(context: MessageContext, message: z.infer<typeof NamePrimary>): MessageResult {
  const { state, signer, timeS } = context;
  const account = message.machine ?? signer;
  if (message.machine !== undefined) {
    const machine = state.machine(message.machine);
    if (machine === undefined || !sameAddress(machine.owner, signer))
      return refuse(chainFault('chain.machine.unknown'));
  }
  const { name } = message;
  if (name === '') state.remove(primaryNameKey(account));
  else {
    const record = nameOf(state, name);
    if (record === undefined || standingOf(record, termsOf(state), timeS) !== 'active') return unknown(name);
    if (!sameAddress(record.target, account)) return refuse(chainFault('chain.name.elsewhere', { name }));
    state.write(primaryNameKey(account), { v: 1, name } satisfies PrimaryNameState);
  }
  context.emit('name.primary', { account: bytesToHex(account), name });
  return done();
}

export function transferName(context: MessageContext, message: z.infer<typeof NameTransfer>): MessageResult {
  const { state, signer, timeS } = context;
  const { name, to } = message;
  const found = ownName(context, name);
  if (!found.ok) return found;
  const { transfer: pending, ...record } = found.value;
  if (sameAddress(to, signer)) {
    if (pending === undefined) return refuse(chainFault('chain.name.no-transfer', { name }));
    putName(state, record);
    context.emit('name.kept', { name, owner: bytesToHex(signer) });
    return done();
  }
  if (record.contest !== undefined)
    return refuse(chainFault('chain.name.unsettled', { name, untilS: record.contest.untilS.toString() }));
  if (state.account(to).kind === 'contract') return refuse(chainFault('chain.name.keyless'));
  const effectiveS = timeS + BigInt(termsOf(state).transferS);
  putName(state, { ...record, transfer: { to, timeS: effectiveS } });
  pushDeadline(state, effectiveS, context.nextOrder(), nameId(name), 'names');
  context.emit('name.transfer', {
    name,
    from: bytesToHex(signer),
    to: bytesToHex(to),
    untilS: effectiveS.toString(),
  });
  return done();
}

function ownName({ state, signer, timeS }: MessageContext, name: string): Result<NameState> {
  const record = nameOf(state, name);
  if (record === undefined || standingOf(record, termsOf(state), timeS) !== 'active') return unknown(name);
  return sameAddress(record.owner, signer)
    ? ok(record)
    : refuse(chainFault('chain.name.not-owner', { name }));
}
