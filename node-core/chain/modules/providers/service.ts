// What counts as service, and for how much. A user counts for one provider a day, the one chosen on chain, with what the
// user has at stake or pays for a name; messages are proven by receipts that the user signed. Splitting stake over many
// accounts, or sending more messages, adds nothing.

import type { Bytes } from '../../../base/index.ts';
import {
  compareBytes,
  concatBytes,
  equalBytes,
  taggedHash,
  u64ToBytes,
  utf8ToBytes,
} from '../../../base/index.ts';
import type { Address, KeyPair } from '../../../identity/keys.ts';
import { isPublicKey, publicKeyToAddress, sameAddress, signMessage } from '../../../identity/keys.ts';
import * as keys from '../../keys.ts';
import type { ServiceOpening } from '../../messages.ts';
import * as records from '../../records.ts';
import type { State } from '../../state.ts';
import type { StepContext } from '../context.ts';
import { nameOf, yearlyMicro } from '../names/index.ts';
import { delegationOf, unbondingsOf, validatorOf, worthOf } from '../staking/index.ts';
import { leafContent, openedSpan } from './tree.ts';

/** Receipts of as many different senders give a user's whole weight. */
export const RECEIPTS_MAX = 4;
/**
 * Weight of a name for each DIMT of its yearly fee; a staked DPN weighs 1. With 0.001 DIMT a day for a unit, a name
 * earns 0.73 of its fee back: names that are had only to be served cost more than they bring.
 */
const WEIGHT_PER_DIMT = 2n;
/** Looked at per user; stake with more validators than this counts no more. */
export const DELEGATIONS_COUNTED_MAX = 16n;
const MICRO = 1_000_000n;

export const termsOf = (state: State): records.ProviderTerms =>
  state.params().providers ?? records.DEFAULT_PROVIDERS;
export const dayOf = (timeS: bigint, terms: records.ProviderTerms): bigint => timeS / BigInt(terms.dayS);

export const providerOf = (state: State, address: Address) =>
  state.read(records.ProviderState, keys.providerKey(address));
export const chosenBy = (state: State, user: Address) =>
  state.read(records.ChosenProviderState, keys.chosenProviderKey(user));
export const claimOf = (state: State, provider: Address) =>
  state.read(records.ServiceClaimState, keys.serviceClaimKey(provider));

/** What a user signs for one message that a provider's station delivered. */
export function receiptBytes(
  chainId: string,
  day: bigint,
  provider: Address,
  sender: Address,
  message: Bytes,
): Bytes {
  const zero = new Uint8Array(1);
  const head = concatBytes(utf8ToBytes('dipnet/receipt/v1'), zero, utf8ToBytes(chainId), zero);
  return concatBytes(head, u64ToBytes(day), provider, sender, message);
}

export function signReceipt(user: KeyPair, ...what: Parameters<typeof receiptBytes>): Bytes {
  return signMessage(user.secretKey, receiptBytes(...what));
}

/** What the weight of a user follows from: all its stake, on its way back too, and a name that it may own. */
export type Holdings = { readonly stakedMicro: bigint; readonly name?: records.NameState };

/** Terms that weights follow from. */
export type WeightTerms = { readonly providers: records.ProviderTerms; readonly names: records.NameTerms };

/**
 * What a user counts for: whole staked DPN, those on their way back included, since they cannot be staked elsewhere
 * meanwhile; and the fee of a name that the user had before the day began.
 */
export function weightOfHoldings(
  user: Address,
  { stakedMicro, name }: Holdings,
  day: bigint,
  { providers, names }: WeightTerms,
): bigint {
  const staked = stakedMicro / MICRO;
  if (name === undefined || !sameAddress(name.owner, user)) return staked;
  const dayS = BigInt(providers.dayS);
  if (name.sinceS >= day * dayS || name.expiresS < (day + 1n) * dayS) return staked;
  return staked + (yearlyMicro(name.name, names) / MICRO) * WEIGHT_PER_DIMT;
}

/** The same of what the state holds. `name` is empty where none is to count. */
export function weightOf(state: State, user: Address, name: string, day: bigint): bigint {
  let stakedMicro = unbondingsOf(state, user).reduce((sum, { amountMicro }) => sum + amountMicro, 0n);
  const length = state.indexLength('delegations-of', user);
  for (let place = 0n; place < length && place < DELEGATIONS_COUNTED_MAX; place++) {
    const operator = state.indexEntry('delegations-of', place, user);
    if (operator === undefined) break;
    const validator = validatorOf(state, operator);
    const delegation = delegationOf(state, user, operator);
    if (validator !== undefined && delegation !== undefined)
      stakedMicro += worthOf(validator, delegation.shares);
  }
  const record = name === '' ? undefined : nameOf(state, name);
  const terms = { providers: termsOf(state), names: state.params().names ?? records.DEFAULT_NAMES };
  const holdings = { stakedMicro, ...(record === undefined ? {} : { name: record }) };
  return weightOfHoldings(user, holdings, day, terms);
}

/** Whose user somebody was on a day, by what was last chosen. */
export function homeOn(chosen: records.ChosenProviderState | undefined, day: bigint): Address | undefined {
  if (chosen === undefined) return undefined;
  return chosen.sinceDay <= day ? chosen.provider : chosen.previous;
}

const servedBy = (state: State, user: Address, day: bigint): Address | undefined =>
  homeOn(chosenBy(state, user), day);

export type Audit = {
  readonly day: bigint;
  readonly provider: Address;
  readonly claim: records.ServiceClaimState;
};

/** The points of the claim's weight that an opening rightly covers; undefined where anything about it is wrong. */
export function auditOpening(context: StepContext, audit: Audit, opening: ServiceOpening) {
  const { state } = context;
  const { day, provider, claim } = audit;
  if (!isPublicKey(opening.user)) return undefined;
  const user = publicKeyToAddress(opening.user);
  const home = servedBy(state, user, day);
  if (sameAddress(user, provider) || home === undefined || !sameAddress(home, provider)) return undefined;
  const whole = weightOf(state, user, opening.name, day);
  const allowed = (whole * BigInt(opening.receipts.length)) / BigInt(RECEIPTS_MAX);
  if (opening.weight === 0n || opening.weight > allowed) return undefined;
  if (!receiptsHold(context, audit, user, opening)) return undefined;
  const content = leafContent(opening.name, opening.receipts);
  return openedSpan({ user, weight: opening.weight, content }, opening.path, claim.root, claim.weight);
}

function receiptsHold(
  context: StepContext,
  audit: Audit,
  user: Address,
  { user: key, receipts }: ServiceOpening,
) {
  const { state, verify } = context;
  const { chainId } = state.params();
  const { day, provider } = audit;
  return receipts.every(({ sender, message, signature }, place) => {
    const before = receipts[place - 1];
    if (before !== undefined && compareBytes(before.sender, sender) >= 0) return false;
    if (receipts.some((other, at) => at < place && equalBytes(other.message, message))) return false;
    // One's own traffic is none, and nobody is a sender who never chose a provider.
    if (sameAddress(sender, user) || sameAddress(sender, provider)) return false;
    if (chosenBy(state, sender) === undefined) return false;
    return verify(key, receiptBytes(chainId, day, provider, sender, message), signature);
  });
}

/** The points that chance asks for. */
export function samplePoints(
  seed: Bytes,
  provider: Address,
  weight: bigint,
  samples: number,
): readonly bigint[] {
  return Array.from({ length: samples }, (_, place) => {
    const digest = taggedHash('dipnet/audit/v1', seed, provider, u64ToBytes(BigInt(place)));
    return digest.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) % weight;
  });
}
