// What a provider may claim for its users, as the light node proves it. Errs downwards: what a user could still take away
// between a claim and its opening is left out, since a claim that is too high costs a part of the deposit.

import type { Bytes, Result } from '../../base/index.ts';
import { bytesToHex, equalBytes, ok } from '../../base/index.ts';
import type { Holdings, ParamsState } from '../../chain/index.ts';
import {
  ChosenProviderState,
  chosenProviderKey,
  DEFAULT_NAMES,
  DEFAULT_PROVIDERS,
  DELEGATIONS_COUNTED_MAX,
  DelegationState,
  delegationKey,
  homeOn,
  NameState,
  nameId,
  nameKey,
  RECEIPTS_MAX,
  UnbondingsState,
  unbondingsKey,
  ValidatorState,
  validatorKey,
  weightOfHoldings,
  worthOf,
} from '../../chain/index.ts';
import { sameAddress } from '../../identity/index.ts';
import type { KeptReceipt, ServedLeaf, ServedUser } from '../dimp/service-ledger.ts';
import type { ChainReader } from './chain-reader.ts';

export type WeighParts = {
  readonly chain: Pick<ChainReader, 'read' | 'list'>;
  readonly params: ParamsState;
  readonly provider: Bytes;
  readonly day: bigint;
  /** What is on its way back to its owner before then is not counted. */
  readonly safeUntilS: bigint;
};

/** Weighs users of one day; who chose a provider is asked once for each sender. */
export function createWeigher(parts: WeighParts) {
  const { chain, params, provider, day } = parts;
  const choosers = new Map<string, boolean>();

  async function hasChosen(sender: Bytes): Promise<Result<boolean>> {
    const name = bytesToHex(sender);
    const known = choosers.get(name);
    if (known !== undefined) return ok(known);
    const chosen = await chain.read(ChosenProviderState, chosenProviderKey(sender));
    if (!chosen.ok) return chosen;
    choosers.set(name, chosen.value !== undefined);
    return ok(chosen.value !== undefined);
  }

  async function counted(receipts: readonly KeptReceipt[]): Promise<Result<readonly KeptReceipt[]>> {
    const right: KeptReceipt[] = [];
    for (const receipt of receipts) {
      if (right.length === RECEIPTS_MAX) break;
      if (right.some(({ message }) => equalBytes(message, receipt.message))) continue;
      const chosen = await hasChosen(receipt.sender);
      if (!chosen.ok) return chosen;
      if (chosen.value) right.push(receipt);
    }
    return ok(right);
  }

  return {
    /** The user's leaf; undefined where the user counts for nothing, or for another provider. */
    async leafOf(served: ServedUser): Promise<Result<ServedLeaf | undefined>> {
      const { user, publicKey } = served;
      const chosen = await chain.read(ChosenProviderState, chosenProviderKey(user));
      if (!chosen.ok) return chosen;
      const home = homeOn(chosen.value?.value, day);
      if (home === undefined || !sameAddress(home, provider)) return ok(undefined);
      const receipts = await counted(served.receipts);
      if (!receipts.ok) return receipts;
      const holdings = await holdingsOf(parts, user, served.name);
      if (!holdings.ok) return holdings;
      const terms = {
        providers: params.providers ?? DEFAULT_PROVIDERS,
        names: params.names ?? DEFAULT_NAMES,
      };
      const whole = weightOfHoldings(user, holdings.value, day, terms);
      const weight = (whole * BigInt(receipts.value.length)) / BigInt(RECEIPTS_MAX);
      if (weight === 0n) return ok(undefined);
      // A name that adds nothing is not claimed with: its owner may change.
      const name = holdings.value.name === undefined ? '' : served.name;
      return ok({ user, publicKey, name, receipts: receipts.value, weight });
    },
  };
}

async function holdingsOf(
  { chain, safeUntilS }: WeighParts,
  user: Bytes,
  name: string,
): Promise<Result<Holdings>> {
  const unbonding = await chain.read(UnbondingsState, unbondingsKey(user));
  if (!unbonding.ok) return unbonding;
  let stakedMicro = (unbonding.value?.value.entries ?? [])
    .filter(({ completesS }) => completesS > safeUntilS)
    .reduce((sum, { amountMicro }) => sum + amountMicro, 0n);
  const operators = await chain.list('delegations-of', user);
  if (!operators.ok) return operators;
  // With more validators than are looked at, moving stake would move it out of sight.
  const isInSight = BigInt(operators.value.length) < DELEGATIONS_COUNTED_MAX;
  for (const operator of isInSight ? operators.value : []) {
    const validator = await chain.read(ValidatorState, validatorKey(operator));
    if (!validator.ok) return validator;
    const delegation = await chain.read(DelegationState, delegationKey(user, operator));
    if (!delegation.ok) return delegation;
    if (validator.value !== undefined && delegation.value !== undefined)
      stakedMicro += worthOf(validator.value.value, delegation.value.value.shares);
  }
  if (name === '') return ok({ stakedMicro });
  const record = await chain.read(NameState, nameKey(nameId(name)));
  if (!record.ok) return record;
  const state = record.value?.value;
  const isKept = state !== undefined && sameAddress(state.owner, user) && state.transfer === undefined;
  return ok({ stakedMicro, ...(isKept && state.contest === undefined ? { name: state } : {}) });
}
