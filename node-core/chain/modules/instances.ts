// What opening a contract and moving it on have in common: the records of instances, who is listed with them, and what
// one contract may know of others.

import type { Bytes } from '../../base/index.ts';
import { assert, bytesToHex, equalBytes, taggedHash, utf8ToBytes } from '../../base/index.ts';
import type { Address } from '../../identity/keys.ts';
import { sameAddress } from '../../identity/keys.ts';
import type { Instance, LinkView, Paradigm, ParadigmValue, World } from '../../paradigm/index.ts';
import { parseInstance } from '../../paradigm/index.ts';
import { type ContractState, NO_QUOTE, type StorageDeposit } from '../records.ts';
import type { State } from '../state.ts';
import type { StepContext } from './context.ts';
import { provenFigures } from './machine-data.ts';

/**
 * Account of a contract that another one opens: last 20 bytes of taggedHash('dipnet/linked-instance/v1', its opener (20) ‖
 * paradigm id (32) ‖ name of the link (ASCII)). Known before it is opened, and used once.
 */
export function linkedAddress(opener: Address, paradigm: Bytes, link: string): Address {
  return taggedHash('dipnet/linked-instance/v1', opener, paradigm, utf8ToBytes(link)).slice(12);
}

/** The instance that a contract's state holds. */
export function instanceOf(contract: ContractState): Instance {
  const instance = parseInstance(contract.instance);
  assert(instance.ok, 'a stored instance is well formed');
  return instance.value;
}

export function compiledParadigm(context: StepContext, id: Bytes): Paradigm | undefined {
  return context.paradigms.get(id, () => context.state.paradigm(id)?.document);
}

export function newContract(
  context: StepContext,
  paradigm: Bytes,
  about: Pick<ContractState, 'quote' | 'designHash' | 'machine'>,
  deposit: StorageDeposit | undefined,
): ContractState {
  const { height, timeS } = context;
  const at = { openedHeight: height, updatedHeight: height, updatedS: timeS };
  const paid = deposit === undefined ? {} : { deposit };
  return { v: 1, paradigm, ...about, instance: new Uint8Array(0), ...paid, ...at };
}

/** A role whose account is a contract's, perhaps this one's: what were paid to it nobody could ever spend. */
export function keylessRole(
  state: State,
  own: Address,
  roles: Readonly<Record<string, Address>>,
): string | undefined {
  return Object.keys(roles).find((role) => {
    const account = roles[role];
    return account !== undefined && (sameAddress(account, own) || state.account(account).kind === 'contract');
  });
}

/** A link to a contract or paradigm that does not exist. None can be to itself: its address is of this transaction. */
export function strayLink(
  context: StepContext,
  paradigm: Paradigm,
  params: Readonly<Record<string, ParadigmValue>>,
): string | undefined {
  const links = Object.entries(paradigm.document.links ?? {});
  const stray = links.find(([, link]) => {
    const value = params['contract' in link ? link.contract : link.opens];
    if (!(value instanceof Uint8Array)) return true;
    const { state } = context;
    return 'contract' in link ? !isKnownContract(state, value) : state.paradigm(value) === undefined;
  });
  if (stray !== undefined) return stray[0];
  const lists = Object.entries(paradigm.document.branches ?? {});
  return lists.find(([, list]) => {
    const ids = params[list.paradigms];
    const known = (id: unknown) => id instanceof Uint8Array && context.state.paradigm(id) !== undefined;
    return !Array.isArray(ids) || !ids.every(known);
  })?.[0];
}

/** That runs, ended, or ended and was pruned. */
export function isKnownContract(state: State, address: Address): boolean {
  return state.contract(address) !== undefined || state.contractEnd(address) !== undefined;
}

/** What the contract at `address` may know: how those stand that its links name, and what machines prove. */
export function worldOf(context: StepContext, address: Address): World {
  return {
    readLink(target) {
      const other =
        'contract' in target ? target.contract : linkedAddress(address, target.opens, target.link);
      return viewOf(context, other);
    },
    machineData: provenFigures(context, () => {
      const contract = context.state.contract(address);
      return contract && instanceOf(contract).openedS;
    }),
  };
}

function viewOf(context: StepContext, address: Address): LinkView {
  const contract = context.state.contract(address);
  const known =
    contract === undefined
      ? context.state.contractEnd(address)
      : { paradigm: contract.paradigm, state: instanceOf(contract).state };
  if (known === undefined) return { opened: false, state: '', outcome: '' };
  const { state } = known;
  const outcome = compiledParadigm(context, known.paradigm)?.states[state]?.final ?? '';
  return { opened: true, state, outcome };
}

/** Lists a new contract, and every contract with those who are new in it. */
export function listParties(
  state: State,
  address: Address,
  contract: ContractState,
  before: Instance | undefined,
  after: Instance,
): void {
  const isOrder = !equalBytes(contract.quote, NO_QUOTE.quote);
  if (before === undefined) {
    state.appendIndex(isOrder ? 'contracts' : 'agreements', address);
    if (isOrder) state.appendIndex('contracts-for', address, contract.designHash);
  } else if (before.crowds === after.crowds) return;
  const known = before === undefined ? new Map<string, Address>() : partiesOf(before);
  const parties = partiesOf(after);
  for (const name of [...parties.keys()].sort()) {
    const party = parties.get(name);
    if (party !== undefined && !known.has(name))
      state.appendIndex(isOrder ? 'contracts-of' : 'agreements-of', address, party);
  }
}

function partiesOf(instance: Instance): Map<string, Address> {
  const parties = new Map<string, Address>();
  for (const party of Object.values(instance.roles)) parties.set(bytesToHex(party), party);
  for (const members of Object.values(instance.crowds ?? {}))
    for (const { account } of members) parties.set(bytesToHex(account), account);
  return parties;
}
