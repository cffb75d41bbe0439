// Contract instances: opened from a quote, moved on by events of their parties and by deadlines. The paradigm's virtual
// machine decides; this module checks who and what, carries out the effects, and keeps the lists.

import type { z } from 'zod';
import type { Result } from '../../base/index.ts';
import { assert, bytesToHex, ok, refuse } from '../../base/index.ts';
import type { Address } from '../../identity/keys.ts';
import type { Instance, Paradigm, ParadigmValue } from '../../paradigm/index.ts';
import {
  applyDeadline,
  applyEvent,
  instanceAddress,
  openInstance,
  takesBranches,
} from '../../paradigm/index.ts';
import { popDeadline, pushDeadline } from '../deadlines.ts';
import { chainFault } from '../faults.ts';
import type { ContractEvent, ContractOpen } from '../messages.ts';
import { type BranchLink, type ContractState, NO_QUOTE } from '../records.ts';
import { bindArgs, type Filler, type Filling, fill, findBranch, isAbout } from './branches.ts';
import { done, type MessageContext, type MessageResult, type StepContext } from './context.ts';
import { executeStep, licenceFacts } from './effects.ts';
import {
  compiledParadigm,
  instanceOf,
  isKnownContract,
  keylessRole,
  newContract,
  strayLink,
  worldOf,
} from './instances.ts';
import { type CheckedQuote, checkParams, checkQuoteOf, checkRoles, toParadigmValue } from './order-check.ts';
import { keepQuote, takeDeposit } from './storage.ts';

/** Deadlines that one block lets act; more wait for the next block, so that no block takes for ever. */
const DEADLINES_PER_BLOCK_MAX = 1000;
/** When a deadline that could not act is tried again. */
const DEADLINE_RETRY_S = 3600n;

export function openContract(context: MessageContext, message: z.infer<typeof ContractOpen>): MessageResult {
  const { state, signer, timeS } = context;
  const published = state.paradigm(message.paradigm);
  const paradigm = compiledParadigm(context, message.paradigm);
  if (published === undefined || paradigm === undefined) {
    return refuse(chainFault('chain.paradigm.unknown'));
  }
  if (published.closed !== undefined) return refuse(chainFault('chain.paradigm.closed'));
  const quote = checkQuoteOf(context, message.quote);
  if (!quote.ok) return quote;
  const branch = findFilling(context, message);
  if (!branch.ok) return branch;
  const filling = branch.value;
  const record = quote.value?.record;
  if (filling !== undefined && !isAbout(filling, paradigm.params, record))
    return refuse(chainFault('chain.contract.branch', { reason: 'it asks for something else' }));
  const caller = filling?.principal ?? signer;
  const order = record === undefined ? undefined : { buyer: caller, quote: record };
  const roles = checkRoles(context, paradigm, published, order, message.roles);
  if (!roles.ok) return roles;
  const { chainId } = state.params();
  const address = instanceAddress({ chainId, paradigm: message.paradigm, opener: signer, seq: context.seq });
  assert(!isKnownContract(state, address), 'an instance address is used once');
  const keyless = keylessRole(state, address, roles.value);
  if (keyless !== undefined) return refuse(chainFault('chain.contract.role-keyless', { role: keyless }));
  const params = checkParams(paradigm, quote.value, message.params, filling);
  if (!params.ok) return params;
  const stray = strayLink(context, paradigm, params.value);
  if (stray !== undefined) return refuse(chainFault('chain.contract.link', { link: stray }));
  const opened = openInstance(paradigm, {
    roles: roles.value,
    params: params.value,
    caller,
    timeS,
    world: worldOf(context, address),
  });
  if (!opened.ok) return opened;
  const deposit = takeDeposit(context, address, paradigm, message.quote.length);
  if (!deposit.ok) return deposit;
  if (quote.value !== undefined) keepQuote(state, quote.value.hash, message.quote);
  const about = quote.value === undefined ? NO_QUOTE : aboutQuote(quote.value);
  const role = paradigm.opening.by[0] ?? '';
  const filler = { address, paradigm: message.paradigm, role, effects: opened.value.effects };
  const taken = fillFor(context, filling, filler);
  if (!taken.ok) return taken;
  const contract = {
    ...newContract(context, message.paradigm, about, deposit.value),
    ...taken.value.links([]),
  };
  const { funder, gas } = taken.value;
  const step = { address, contract, before: undefined, outcome: opened.value, sender: caller, ...funder };
  const executed = executeStep(context, step);
  if (!executed.ok) return executed;
  context.emit('contract.opened', {
    instance: bytesToHex(address),
    paradigm: bytesToHex(message.paradigm),
    quote: bytesToHex(contract.quote),
    state: opened.value.instance.state,
    buyer: bytesToHex(caller),
  });
  return done(address, opened.value.gas + gas + executed.value);
}

function findFilling(
  context: MessageContext,
  { parent }: Pick<z.infer<typeof ContractOpen>, 'parent'>,
): Result<Filling | undefined> {
  return parent === undefined ? ok(undefined) : findBranch(context, parent);
}

/** What a step that fills a branch takes from the parent; nothing where it fills none. */
function fillFor(context: MessageContext, filling: Filling | undefined, filler: Filler) {
  const links = (link: readonly BranchLink[]) => (before: readonly BranchLink[] | undefined) =>
    link.length === 0 ? {} : { branches: [...(before ?? []), ...link] };
  if (filling === undefined) return ok({ links: links([]), funder: {}, gas: 0n });
  const filled = fill(context, filling, filler, executeStep);
  if (!filled.ok) return filled;
  const { link, gas } = filled.value;
  return ok({ links: links([link]), funder: { funder: link.contract }, gas });
}

function aboutQuote({ record, hash }: CheckedQuote): Pick<ContractState, 'quote' | 'designHash' | 'machine'> {
  return { quote: hash, designHash: record.designHash, machine: record.machine };
}

export function sendEvent(context: MessageContext, message: z.infer<typeof ContractEvent>): MessageResult {
  const { state, signer, timeS } = context;
  const found = findContract(context, message.instance);
  if (!found.ok) return found;
  const { contract, paradigm, instance } = found.value;
  if (Object.hasOwn(message.args, 'facts')) {
    return refuse(chainFault('chain.contract.args', { name: 'facts' }));
  }
  const branch = findFilling(context, message);
  if (!branch.ok) return branch;
  const filling = branch.value;
  const taking = paradigm.steps.get(instance.state)?.get(message.event);
  if (
    filling !== undefined &&
    (taking === undefined || !takesBranches(taking) || !isAbout(filling, taking.args, undefined))
  )
    return refuse(
      chainFault('chain.contract.branch', { reason: 'this step does not make what it asks for' }),
    );
  const given: Record<string, ParadigmValue> = {};
  for (const [name, value] of Object.entries(message.args)) given[name] = toParadigmValue(value);
  const bound = bindArgs(taking?.args ?? {}, given, filling);
  if (!bound.ok) return bound;
  const args = { ...bound.value, facts: licenceFacts(state, message.instance) };
  const caller = filling?.principal ?? signer;
  const address = message.instance;
  const world = worldOf(context, address);
  const applied = applyEvent(paradigm, instance, {
    event: message.event,
    caller,
    args,
    timeS,
    world,
  });
  if (!applied.ok) return applied;
  const role = taking?.crowd ?? '';
  const member = (applied.value.instance.crowds?.[role]?.length ?? 0) - 1;
  const { effects } = applied.value;
  const filler = { address, paradigm: contract.paradigm, role, member, effects };
  const taken = fillFor(context, filling, filler);
  if (!taken.ok) return taken;
  const { links, funder, gas } = taken.value;
  const step = {
    address,
    contract: { ...contract, ...links(contract.branches) },
    before: instance,
    outcome: applied.value,
    sender: caller,
    ...funder,
  };
  const executed = executeStep(context, step);
  if (!executed.ok) return executed;
  context.emit('contract.step', {
    instance: bytesToHex(address),
    event: message.event,
    from: instance.state,
    state: applied.value.instance.state,
    sender: bytesToHex(signer),
  });
  return done(new Uint8Array(0), applied.value.gas + gas + executed.value);
}

type FoundContract = {
  readonly contract: ContractState;
  readonly paradigm: Paradigm;
  readonly instance: Instance;
};

function findContract(context: StepContext, address: Address): Result<FoundContract> {
  const contract = context.state.contract(address);
  if (contract === undefined) {
    const ended = context.state.contractEnd(address) !== undefined;
    return refuse(chainFault(ended ? 'chain.contract.pruned' : 'chain.contract.unknown'));
  }
  const paradigm = compiledParadigm(context, contract.paradigm);
  assert(paradigm !== undefined, 'the paradigm of a contract is published');
  return ok({ contract, paradigm, instance: instanceOf(contract) });
}

/** Runs `attempt` on its own overlay and keeps what it wrote only where it succeeds. */
export type Attempt = (attempt: (context: StepContext) => Result<void>) => Result<void>;

/** Lets every deadline act whose time has come, earliest first. Never fails: what cannot act now is tried again. */
export function runDeadlines(context: StepContext, attempt: Attempt): void {
  for (let count = 0; count < DEADLINES_PER_BLOCK_MAX; count++) {
    const due = popDeadline(context.state, context.timeS);
    if (due === undefined) return;
    const ran = attempt((inner) => runDeadline(inner, due.instance));
    if (ran.ok) continue;
    pushDeadline(context.state, context.timeS + DEADLINE_RETRY_S, context.nextOrder(), due.instance);
    context.emit('contract.deadline-failed', {
      instance: bytesToHex(due.instance),
      fault: ran.fault.code,
    });
  }
}

function runDeadline(context: StepContext, address: Address): Result<void> {
  // A contract that moved on may have ended, and been pruned, long before the time of a state that it left.
  if (context.state.contract(address) === undefined) return ok(undefined);
  const found = findContract(context, address);
  assert(found.ok, 'a kept contract is found');
  const { contract, paradigm, instance } = found.value;
  // The contract moved on since this deadline was set: its present state has its own entry.
  if (instance.deadlineS === undefined || instance.deadlineS > context.timeS) return ok(undefined);
  const applied = applyDeadline(paradigm, instance, context.timeS, worldOf(context, address));
  if (!applied.ok) return applied;
  const outcome = applied.value;
  const executed = executeStep(context, { address, contract, before: instance, outcome, sender: undefined });
  if (!executed.ok) return executed;
  context.emit('contract.deadline', {
    instance: bytesToHex(address),
    from: instance.state,
    state: outcome.instance.state,
  });
  return ok(undefined);
}
