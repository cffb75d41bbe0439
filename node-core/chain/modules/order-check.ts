// What an order must agree with before money moves: the quote with the chain, and the contract's roles and parameters
// with the quote. Reads only.

import type { z } from 'zod';
import type { Bytes, CborValue, Result } from '../../base/index.ts';
import { encodeCbor, equalBytes, ok, refuse, sha256 } from '../../base/index.ts';
import type { Address } from '../../identity/keys.ts';
import { sameAddress } from '../../identity/keys.ts';
import type { Paradigm, ParadigmValue } from '../../paradigm/index.ts';
import { verifyQuote } from '../../quote/index.ts';
import { encodeRecord, parseRecord, QuoteRecord } from '../../records/index.ts';
import { chainFault } from '../faults.ts';
import type { ContractOpen as OpenMessage, WireValue } from '../messages.ts';

type ContractOpen = z.infer<typeof OpenMessage>;

import type { ParadigmState } from '../records.ts';
import { branchField, type Filling } from './branches.ts';
import type { MessageContext } from './context.ts';

export type CheckedQuote = { readonly record: QuoteRecord; readonly hash: Bytes };

const mismatch = (what: string) => refuse(chainFault('chain.contract.quote-mismatch', { what }));

/** Parses the quote of an order; an agreement has none. */
export function checkQuoteOf(context: MessageContext, bytes: Bytes): Result<CheckedQuote | undefined> {
  return bytes.length === 0 ? ok(undefined) : checkQuote(context, bytes);
}

/** Parses the quote and compares each copy in it with the original on chain. */
function checkQuote(context: MessageContext, bytes: Bytes): Result<CheckedQuote> {
  const { state } = context;
  const parsed = parseRecord(QuoteRecord, 'quote', bytes);
  if (!parsed.ok) return parsed;
  const quote = parsed.value;
  const params = state.params();
  if (quote.chainId !== params.chainId) {
    return refuse(chainFault('chain.contract.quote-chain', { chain: quote.chainId }));
  }
  if (BigInt(quote.validUntilS) < context.timeS) {
    const data = { validUntilS: quote.validUntilS, timeS: context.timeS.toString() };
    return refuse(chainFault('chain.contract.quote-expired', data));
  }
  const model = state.model(quote.designHash);
  if (model === undefined) return refuse(chainFault('chain.model.unknown'));
  if (!sameAddress(model.designer, quote.designer)) return mismatch('the designer');
  if (model.priceMicroPerCopy !== quote.licenceMicroPerCopy) return mismatch('the licence price');
  const machine = state.machine(quote.machine);
  if (machine === undefined) return refuse(chainFault('chain.machine.unknown'));
  if (!sameAddress(machine.owner, quote.owner)) return mismatch('the owner of the machine');
  if (!equalBytes(machine.profile, encodeRecord(quote.profile))) return mismatch('the machine profile');
  if (quote.authorBasisPoints !== params.authorBasisPoints) return mismatch("the author's fee");
  if (quote.networkBasisPoints !== params.networkBasisPoints) return mismatch('the network fee');
  const verified = verifyQuote(quote);
  return verified.ok ? ok({ record: quote, hash: sha256(bytes) }) : verified;
}

/**
 * The roles of the contract: those that the quote and the chain determine are filled in and may not differ; others are
 * the buyer's to name.
 */
export function checkRoles(
  context: Pick<MessageContext, 'state'>,
  paradigm: Paradigm,
  published: ParadigmState,
  order: { readonly buyer: Address; readonly quote: QuoteRecord } | undefined,
  given: ContractOpen['roles'],
): Result<Readonly<Record<string, Address>>> {
  const fixed = new Map<string, Address>([
    ['author', published.author],
    ['network', context.state.params().treasury],
  ]);
  if (order !== undefined) {
    const { owner, designer, machine } = order.quote;
    for (const [role, address] of Object.entries({ buyer: order.buyer, owner, designer, machine }))
      fixed.set(role, address);
  }
  const roles: Record<string, Address> = {};
  for (const [role, address] of Object.entries(given)) {
    const wanted = fixed.get(role);
    if (wanted !== undefined && !sameAddress(wanted, address)) {
      return refuse(chainFault('chain.contract.role', { role }));
    }
    roles[role] = address;
  }
  for (const role of Object.keys(paradigm.roles)) {
    const wanted = fixed.get(role);
    if (wanted !== undefined) roles[role] = wanted;
  }
  return ok(roles);
}

/** The parameters: bound ones are fields of the quote or the branch and may not differ; others are as given. */
export function checkParams(
  paradigm: Paradigm,
  quote: CheckedQuote | undefined,
  given: ContractOpen['params'],
  filling?: Filling,
): Result<Readonly<Record<string, ParadigmValue>>> {
  const params = new Map<string, ParadigmValue>();
  for (const [name, value] of Object.entries(given)) params.set(name, toParadigmValue(value));
  for (const [name, field] of Object.entries(paradigm.params)) {
    if (field.binds === undefined) continue;
    const ofQuote = quote === undefined ? undefined : quoteField(quote, field.binds);
    const bound = ofQuote ?? branchField(filling, field.binds);
    const value = params.get(name);
    const differs = value !== undefined && bound !== undefined && !sameValue(value, bound);
    if (bound === undefined || differs) return refuse(chainFault('chain.contract.param', { name }));
    params.set(name, bound);
  }
  return ok(Object.fromEntries(params));
}

/** `quote.payouts.owner` and the like; undefined where the quote has no such field. */
function quoteField(quote: CheckedQuote, path: string): ParadigmValue | undefined {
  const [root, ...names] = path.split('.');
  if (root !== 'quote' || names.length === 0) return undefined;
  let value: unknown = { ...quote.record, hash: quote.hash };
  for (const name of names) {
    const open = typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
    if (!open || !Object.hasOwn(value as object, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return toParadigmValue(value as WireValue);
}

function sameValue(a: ParadigmValue, b: ParadigmValue): boolean {
  return equalBytes(encodeCbor(a as CborValue), encodeCbor(b as CborValue));
}

/** Integers become bigint, as the virtual machine has them. */
export function toParadigmValue(value: WireValue): ParadigmValue {
  if (typeof value === 'number') return BigInt(value);
  if (typeof value !== 'object' || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(toParadigmValue);
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, toParadigmValue(child)]));
}
