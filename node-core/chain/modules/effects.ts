// Carries out what a contract step decided: money in and out of the instance's account, licences, events. Checks again
// what the virtual machine promises; where that does not hold the whole step is refused.

import type { Bytes, Result } from '../../base/index.ts';
import { assert, bytesToHex, equalBytes, ok, refuse, taggedHash, u64ToBytes } from '../../base/index.ts';
import type { Address } from '../../identity/keys.ts';
import { sameAddress } from '../../identity/keys.ts';
import type { Effect, ParadigmValue } from '../../paradigm/index.ts';
import { encodeInstance, openInstance } from '../../paradigm/index.ts';
import { parseRecord, QuoteRecord } from '../../records/index.ts';
import { pushDeadline } from '../deadlines.ts';
import { chainFault } from '../faults.ts';
import { mintKey } from '../keys.ts';
import { MintState, NO_QUOTE } from '../records.ts';
import type { State } from '../state.ts';
import { mintTo, moveTokens } from './accounts/index.ts';
import { creditBranches, receiverOf, tellParents } from './branches.ts';
import type { Step, StepContext } from './context.ts';
import {
  compiledParadigm,
  isKnownContract,
  keylessRole,
  linkedAddress,
  listParties,
  newContract,
  strayLink,
  worldOf,
} from './instances.ts';
import { checkParams, checkRoles } from './order-check.ts';
import { schedulePruning, takeDeposit } from './storage.ts';

/** Account of the n-th licence of an instance: last 20 bytes of taggedHash('dipnet/licence/v1', instance ‖ n). */
export function licenceAddress(instance: Address, position: bigint): Address {
  return taggedHash('dipnet/licence/v1', instance, u64ToBytes(position)).slice(12);
}

const refuseEffect = (what: string) => refuse(chainFault('chain.contract.effect', { what }));

/**
 * Executes the effects in order and stores the instance. The caller drops everything where this refuses. Returns the gas
 * that contracts cost which it opened.
 */
export function executeStep(context: StepContext, step: Step): Result<bigint> {
  const { state } = context;
  const { instance, effects } = step.outcome;
  if (step.before === undefined)
    state.putAccount(step.address, { ...state.account(step.address), kind: 'contract' });
  let gas = 0n;
  for (const effect of effects) {
    const executed = executeEffect(context, step, effect);
    if (!executed.ok) return executed;
    gas += executed.value ?? 0n;
  }
  const branches = creditBranches(step.contract.branches, effects);
  // The contract's own books and the chain's must agree. Gifts to the address may make the account hold more.
  if (state.account(step.address).balances.DPN < instance.heldMicro)
    return refuseEffect('more than it holds');
  if (movedMicro(effects) !== instance.heldMicro - (step.before?.heldMicro ?? 0n)) {
    return refuseEffect('money that its books do not show');
  }
  state.putContract(step.address, {
    ...step.contract,
    instance: encodeInstance(instance),
    ...(branches === undefined ? {} : { branches: branches.links }),
    ...(isDisputed(context, step) ? { disputed: true } : {}),
    updatedHeight: context.height,
    updatedS: context.timeS,
  });
  const { deadlineS } = instance;
  if (deadlineS === undefined) schedulePruning(context, step.address);
  if (deadlineS !== undefined && deadlineS !== step.before?.deadlineS) {
    pushDeadline(state, deadlineS, context.nextOrder(), step.address);
  }
  listParties(state, step.address, step.contract, step.before, instance);
  if (branches !== undefined) gas += tellParents(context, step, branches, executeStep);
  return ok(gas);
}

/** Once it came to a dispute it stays counted as one; whoever opens a contract that is a dispute has come to it too. */
function isDisputed(context: StepContext, { contract, outcome }: Step): boolean {
  if (contract.disputed || outcome.disputed) return true;
  return outcome.effects.some(
    (effect) =>
      effect.kind === 'open' && compiledParadigm(context, effect.paradigm)?.opening.dispute === true,
  );
}

function movedMicro(effects: readonly Effect[]): bigint {
  let sumMicro = 0n;
  for (const effect of effects) {
    if (effect.kind === 'hold' || effect.kind === 'return') sumMicro += effect.amountMicro;
    if (effect.kind === 'pay' || effect.kind === 'open' || effect.kind === 'fund')
      sumMicro -= effect.amountMicro;
  }
  return sumMicro;
}

/** Copies that one agreement can license. */
const COPIES_MAX = 1_000_000;

function executeEffect(context: StepContext, step: Step, effect: Effect): Result<bigint | undefined> {
  const { state } = context;
  const instance = bytesToHex(step.address);
  switch (effect.kind) {
    case 'hold': {
      const { from, amountMicro, role } = effect;
      if (amountMicro < 0n) return refuseEffect('a negative amount');
      const own = step.sender !== undefined && sameAddress(from, step.sender);
      const payer = step.funder ?? (own ? from : undefined);
      if (payer === undefined) return refuseEffect('money of somebody who did not send the step');
      const held = moveTokens(state, payer, step.address, 'DPN', amountMicro);
      if (!held.ok) return held;
      // Whose account it came from: of a contract that another one pays for, that one's.
      const data = { instance, from: bytesToHex(payer), role, amountMicro: amountMicro.toString() };
      context.emit('contract.held', data);
      return ok(undefined);
    }
    case 'pay': {
      const { amountMicro, role } = effect;
      if (amountMicro < 0n) return refuseEffect('a negative amount');
      const to = receiverOf(context, step.contract.branches, effect);
      const paid = moveTokens(state, step.address, to, 'DPN', amountMicro);
      if (!paid.ok) return refuseEffect('more than it holds');
      const data = { instance, to: bytesToHex(to), role, amountMicro: amountMicro.toString() };
      context.emit('contract.paid', data);
      return ok(undefined);
    }
    case 'licence':
      return issueLicence(context, step, effect);
    case 'move-licence':
      return moveLicence(context, step, effect);
    case 'open':
      return openLinked(context, step, effect);
    case 'mint':
      return mintReward(context, step, effect);
    case 'transfer-model':
      return transferModel(context, step, effect);
    case 'fund':
    case 'return':
      // The other contract's step moves the money; here only the books change.
      return ok(undefined);
    case 'emit':
      context.emit('contract.emitted', { ...attributesOf(effect.data), instance, name: effect.name });
      return ok(undefined);
  }
}

type LicenceEffect = Effect & { readonly kind: 'licence' };

/** Only what the buyer's quote named: this model, this machine, its designer, and not more copies in all. */
function issueLicence(context: StepContext, step: Step, effect: LicenceEffect): Result<undefined> {
  const { state } = context;
  const { contract, address } = step;
  const quote = quoteOf(state, contract.quote);
  const agreed =
    quote === undefined
      ? isLicensable(state, effect)
      : equalBytes(effect.model, contract.designHash) &&
        sameAddress(effect.machine, contract.machine) &&
        sameAddress(effect.licensor, quote.designer);
  if (!agreed) return refuseEffect('a licence for another model, machine or designer');
  const facts = licenceFacts(state, address);
  const inAll = facts.quantity + effect.quantity;
  if (effect.quantity < 1n || inAll > BigInt(quote?.quantity ?? COPIES_MAX))
    return refuseEffect('a licence for more copies');
  putLicence(context, address, effect);
  return ok(undefined);
}

/** Without a quote: a registered model of this designer, on a registered machine. The designer still has to release the key. */
function isLicensable(state: State, { model, licensor, machine }: LicenceEffect): boolean {
  const registered = state.model(model);
  return (
    registered !== undefined &&
    sameAddress(registered.designer, licensor) &&
    state.machine(machine) !== undefined
  );
}

function putLicence(context: StepContext, address: Address, effect: LicenceEffect): void {
  const { state } = context;
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
}

type MoveEffect = Effect & { readonly kind: 'move-licence' };

/** Takes unused copies of this contract's licences for one machine; the designer has to release the key anew for the other. */
function moveLicence(context: StepContext, step: Step, effect: MoveEffect): Result<undefined> {
  const { state } = context;
  if (state.machine(effect.to) === undefined) return refuse(chainFault('chain.machine.unknown'));
  let left = effect.quantity;
  for (const address of state.listOf('licences-of', step.address)) {
    const licence = state.licence(address);
    assert(licence !== undefined, 'a listed licence exists');
    const unused = BigInt(licence.quantity - licence.used);
    if (left === 0n || unused === 0n || !sameAddress(licence.machine, effect.from)) continue;
    const quantity = unused < left ? unused : left;
    left -= quantity;
    state.putLicence(address, { ...licence, quantity: licence.quantity - Number(quantity) });
    const { licensor, designHash: model } = licence;
    putLicence(context, step.address, { kind: 'licence', licensor, machine: effect.to, model, quantity });
  }
  return left === 0n ? ok(undefined) : refuseEffect('copies that it did not license or that are used');
}

/** Undefined for an agreement. */
function quoteOf(state: State, hash: Bytes): QuoteRecord | undefined {
  if (equalBytes(hash, NO_QUOTE.quote)) return undefined;
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

type OpenEffect = Effect & { readonly kind: 'open' };

/** The other contract is opened by its own rules; its opening step must take exactly the money that it is given. */
function openLinked(context: StepContext, step: Step, effect: OpenEffect): Result<bigint> {
  const { state, timeS } = context;
  const { link, amountMicro } = effect;
  const deny = (reason: string) => refuse(chainFault('chain.contract.linked', { link, reason }));
  const published = state.paradigm(effect.paradigm);
  const paradigm = compiledParadigm(context, effect.paradigm);
  if (published === undefined || paradigm === undefined) return refuse(chainFault('chain.paradigm.unknown'));
  const address = linkedAddress(step.address, effect.paradigm, link);
  if (isKnownContract(state, address)) return deny('it is open already');
  const roles = checkRoles(context, paradigm, published, undefined, effect.roles);
  if (!roles.ok) return roles;
  const keyless = keylessRole(state, address, roles.value);
  if (keyless !== undefined) return refuse(chainFault('chain.contract.role-keyless', { role: keyless }));
  const params = checkParams(paradigm, undefined, effect.params as Parameters<typeof checkParams>[2]);
  if (!params.ok) return params;
  if (strayLink(context, paradigm, params.value) !== undefined) return deny('its own links lead nowhere');
  const caller = roles.value[paradigm.opening.by[0] ?? ''];
  if (caller === undefined) return deny('nobody is named who opens it');
  const opened = openInstance(paradigm, {
    roles: roles.value,
    params: params.value,
    caller,
    timeS,
    world: worldOf(context, address),
  });
  if (!opened.ok) return opened;
  const { instance, effects, gas, disputed } = opened.value;
  const takes = effects.reduce(
    (sum, { kind, ...rest }) => (kind === 'hold' && 'amountMicro' in rest ? sum + rest.amountMicro : sum),
    0n,
  );
  if (takes !== amountMicro) return deny(`it takes ${takes} micro-DPN and is given ${amountMicro}`);
  const deposit = takeDeposit(context, address, paradigm, 0);
  if (!deposit.ok) return deposit;
  const contract = newContract(context, effect.paradigm, NO_QUOTE, deposit.value);
  const outcome = { instance, effects, gas, disputed };
  const funder = step.address;
  const executed = executeStep(context, {
    address,
    contract,
    before: undefined,
    outcome,
    sender: undefined,
    funder,
  });
  if (!executed.ok) return executed;
  context.emit('contract.opened', {
    instance: bytesToHex(address),
    paradigm: bytesToHex(effect.paradigm),
    quote: bytesToHex(NO_QUOTE.quote),
    state: instance.state,
    buyer: bytesToHex(caller),
    opener: bytesToHex(step.address),
  });
  return ok(gas + executed.value);
}

type MintEffect = Effect & { readonly kind: 'mint' };

/** Within the cap of the paradigm and of the token. Where nothing is left nothing is made, and the step goes on. */
function mintReward(context: StepContext, step: Step, effect: MintEffect): Result<undefined> {
  const { state } = context;
  const { contract } = step;
  const caps = compiledParadigm(context, contract.paradigm)?.document.mint;
  if (caps === undefined || caps.token !== effect.token || effect.amountMicro < 0n)
    return refuseEffect('a reward that its paradigm does not know');
  const before = state.read(MintState, mintKey(contract.paradigm))?.mintedMicro ?? 0n;
  const left = BigInt(caps.capMicro) - before;
  const mintedMicro = mintTo(
    state,
    effect.to,
    effect.token,
    effect.amountMicro < left ? effect.amountMicro : left,
  );
  if (mintedMicro > 0n)
    state.write(mintKey(contract.paradigm), { v: 1, mintedMicro: before + mintedMicro } satisfies MintState);
  context.emit('contract.minted', {
    instance: bytesToHex(step.address),
    to: bytesToHex(effect.to),
    role: effect.role,
    token: effect.token,
    amountMicro: mintedMicro.toString(),
  });
  return ok(undefined);
}

type TransferEffect = Effect & { readonly kind: 'transfer-model' };

/** Contracts that run keep the designer with whom they were opened; what is opened from now on is the new owner's. */
function transferModel(context: StepContext, step: Step, effect: TransferEffect): Result<undefined> {
  const { state } = context;
  const { from, to, model } = effect;
  if (step.sender === undefined || !sameAddress(from, step.sender))
    return refuseEffect('a model of somebody who did not send the step');
  const registered = state.model(model);
  if (registered === undefined) return refuse(chainFault('chain.model.unknown'));
  if (!sameAddress(registered.designer, from)) return refuse(chainFault('chain.model.not-owner'));
  state.putModel({ ...registered, designer: to, updatedS: context.timeS });
  state.removeFromList('models-acquired', model, from);
  state.addToList('models-acquired', model, to);
  context.emit('model.transferred', {
    designHash: bytesToHex(model),
    from: bytesToHex(from),
    to: bytesToHex(to),
    instance: bytesToHex(step.address),
  });
  return ok(undefined);
}
