// Carries out what a contract step decided: money in and out of the instance's account, licences, events. Checks again
// what the virtual machine promises; where that does not hold the whole step is refused.

import type { Bytes, Result } from '../../base/index.ts';
import { assert, bytesToHex, ok, refuse, taggedHash, u64ToBytes } from '../../base/index.ts';
import type { Address } from '../../identity/keys.ts';
import { sameAddress } from '../../identity/keys.ts';
import type { Effect, Instance, ParadigmValue, StepOutcome } from '../../paradigm/index.ts';
import { encodeInstance } from '../../paradigm/index.ts';
import { parseRecord, QuoteRecord } from '../../records/index.ts';
import { pushDeadline } from '../deadlines.ts';
import { chainFault } from '../faults.ts';
import type { ContractState } from '../records.ts';
import type { State } from '../state.ts';
import { moveTokens } from './accounts.ts';
import type { StepContext } from './context.ts';

type Step = {
  readonly address: Address;
  readonly contract: ContractState;
  readonly before: Instance | undefined;
  readonly outcome: StepOutcome;
  /** Whoever sent the step; undefined for deadlines. Only a sender's own money can be held. */
  readonly sender: Address | undefined;
};

/** Account of the n-th licence of an instance: last 20 bytes of taggedHash('dipnet/licence/v1', instance ‖ n). */
export function licenceAddress(instance: Address, position: bigint): Address {
  return taggedHash('dipnet/licence/v1', instance, u64ToBytes(position)).slice(12);
}

const refuseEffect = (what: string) => refuse(chainFault('chain.contract.effect', { what }));

/** Executes the effects in order and stores the instance. The caller drops everything where this refuses. */
export function executeStep(context: StepContext, step: Step): Result<void> {
  const { state } = context;
  const { instance, effects } = step.outcome;
  for (const effect of effects) {
    const executed = executeEffect(context, step, effect);
    if (!executed.ok) return executed;
  }
  // The contract's own books and the chain's must agree. Gifts to the address may make the account hold more.
  if (state.account(step.address).balances.DPN < instance.heldMicro)
    return refuseEffect('more than it holds');
  if (movedMicro(effects) !== instance.heldMicro - (step.before?.heldMicro ?? 0n)) {
    return refuseEffect('money that its books do not show');
  }
  state.putContract(step.address, {
    ...step.contract,
    instance: encodeInstance(instance),
    updatedHeight: context.height,
    updatedS: context.timeS,
  });
  const { deadlineS } = instance;
  if (deadlineS !== undefined && deadlineS !== step.before?.deadlineS) {
    pushDeadline(state, deadlineS, context.nextOrder(), step.address);
  }
  return ok(undefined);
}

function movedMicro(effects: readonly Effect[]): bigint {
  let sumMicro = 0n;
  for (const effect of effects) {
    if (effect.kind === 'hold') sumMicro += effect.amountMicro;
    if (effect.kind === 'pay') sumMicro -= effect.amountMicro;
  }
  return sumMicro;
}

function executeEffect(context: StepContext, step: Step, effect: Effect): Result<void> {
  const { state } = context;
  const instance = bytesToHex(step.address);
  switch (effect.kind) {
    case 'hold': {
      const { from, amountMicro, role } = effect;
      if (amountMicro < 0n) return refuseEffect('a negative amount');
      const own = step.sender !== undefined && sameAddress(from, step.sender);
      if (!own) return refuseEffect('money of somebody who did not send the step');
      const held = moveTokens(state, from, step.address, 'DPN', amountMicro);
      if (!held.ok) return held;
      const data = { instance, from: bytesToHex(from), role, amountMicro: amountMicro.toString() };
      context.emit('contract.held', data);
      return ok(undefined);
    }
    case 'pay': {
      const { to, amountMicro, role } = effect;
      if (amountMicro < 0n) return refuseEffect('a negative amount');
      const paid = moveTokens(state, step.address, to, 'DPN', amountMicro);
      if (!paid.ok) return refuseEffect('more than it holds');
      const data = { instance, to: bytesToHex(to), role, amountMicro: amountMicro.toString() };
      context.emit('contract.paid', data);
      return ok(undefined);
    }
    case 'licence':
      return issueLicence(context, step, effect);
    case 'emit':
      context.emit('contract.emitted', { ...attributesOf(effect.data), instance, name: effect.name });
      return ok(undefined);
  }
}

type LicenceEffect = Effect & { readonly kind: 'licence' };

/** Only what the buyer's quote named: this model, this machine, its designer, and not more copies in all. */
function issueLicence(context: StepContext, step: Step, effect: LicenceEffect): Result<void> {
  const { state } = context;
  const { contract, address } = step;
  const quote = quoteOf(state, contract.quote);
  const agreed =
    bytesToHex(effect.model) === bytesToHex(contract.designHash) &&
    sameAddress(effect.machine, contract.machine) &&
    sameAddress(effect.licensor, quote.designer);
  if (!agreed) return refuseEffect('a licence for another model, machine or designer');
  const facts = licenceFacts(state, address);
  const inAll = facts.quantity + effect.quantity;
  if (effect.quantity < 1n || inAll > BigInt(quote.quantity))
    return refuseEffect('a licence for more copies');
  const licence = licenceAddress(address, state.indexLength('licences-of', address));
  state.putLicence(licence, {
    v: 1,
    contract: address,
    licensor: effect.licensor,
    machine: effect.machine,
    designHash: effect.model,
    quantity: Number(effect.quantity),
    issuedS: context.timeS,
    wrappedKey: null,
    used: 0,
    reported: 0,
    finished: 0,
  });
  state.appendIndex('licences-of', licence, address);
  state.appendIndex('licences-for', licence, effect.machine);
  context.emit('licence.issued', {
    licence: bytesToHex(licence),
    instance: bytesToHex(address),
    licensor: bytesToHex(effect.licensor),
    machine: bytesToHex(effect.machine),
    designHash: bytesToHex(effect.model),
    quantity: effect.quantity.toString(),
  });
  return ok(undefined);
}

function quoteOf(state: State, hash: Bytes): QuoteRecord {
  const bytes = state.quote(hash);
  assert(bytes !== undefined, 'the quote of a contract is kept');
  const parsed = parseRecord(QuoteRecord, 'quote', bytes);
  assert(parsed.ok, 'a kept quote is well formed');
  return parsed.value;
}

/** What the chain itself knows of a contract's licences: the `facts` of paradigm guards. Nobody can send these. */
export function licenceFacts(state: State, instance: Address) {
  let [quantity, copiesReported, copiesFinished] = [0n, 0n, 0n];
  const length = state.indexLength('licences-of', instance);
  let licenceReleased = length > 0n;
  for (let position = 0n; position < length; position++) {
    const address = state.indexEntry('licences-of', position, instance);
    const licence = address === undefined ? undefined : state.licence(address);
    assert(licence !== undefined, 'a listed licence exists');
    quantity += BigInt(licence.quantity);
    copiesReported += BigInt(licence.reported);
    copiesFinished += BigInt(licence.finished);
    licenceReleased &&= licence.wrappedKey !== null;
  }
  return { quantity, copiesReported, copiesFinished, licenceReleased };
}

function attributesOf(data: Readonly<Record<string, ParadigmValue>>): Record<string, string> {
  const names = Object.keys(data).sort();
  return Object.fromEntries(names.map((name) => [name, attributeText(data[name])]));
}

function attributeText(value: ParadigmValue | undefined): string {
  if (value instanceof Uint8Array) return bytesToHex(value);
  if (value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.map(attributeText).join(',');
  return Object.entries(attributesOf(value as Record<string, ParadigmValue>))
    .map(([name, text]) => `${name}=${text}`)
    .join(',');
}
