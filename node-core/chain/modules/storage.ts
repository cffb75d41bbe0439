// A contract's place in the state: a deposit for it when it is opened, its return when it is pruned, some time after its
// end and not before the contracts that fill its branches, since what these return passes through it. What is pruned is the contract's record and, with its last order, the quote; a small record of the end stays, and so
// do lists, licences and counts: they are about models, machines and people, and prove that nothing was left out.

import type { Bytes, Result } from '../../base/index.ts';
import { assert, bytesToHex, equalBytes, ok, refuse, sha256 } from '../../base/index.ts';
import type { Address } from '../../identity/keys.ts';
import { branchesFilledMax, instanceSizeMaxBytes, type Paradigm } from '../../paradigm/index.ts';
import { encodeRecord } from '../../records/index.ts';
import { popDeadline, pushDeadline } from '../deadlines.ts';
import { chainFault } from '../faults.ts';
import { contractEndKey, quoteKey, quoteOrdersKey } from '../keys.ts';
import {
  type ContractEndState,
  type ContractState,
  IndexLength,
  NO_QUOTE,
  type StorageDeposit,
  type StorageTerms,
} from '../records.ts';
import type { State } from '../state.ts';
import { moveTokens, payFrom } from './accounts/index.ts';
import type { StepContext } from './context.ts';
import { instanceOf } from './instances.ts';
import { POOLS } from './pools.ts';

/** Contracts that one block prunes; more wait for the next, so that no block takes for ever. */
const PRUNINGS_PER_BLOCK_MAX = 500;
/** Of the record around the instance: hashes, addresses, heights, the deposit, and their names. */
const CONTRACT_BYTES = 512;
/** Of the branch that it fills, and of those that members of its crowds may fill. */
const BRANCH_BYTES = 256;

/** What keeping a contract takes: by the most bytes that it can come to have, and those of its quote. */
export function storageDepositMicro(terms: StorageTerms, paradigm: Paradigm, quoteSizeBytes: number): bigint {
  const aroundBytes = CONTRACT_BYTES + branchesFilledMax(paradigm) * BRANCH_BYTES;
  return terms.microPerByte * BigInt(aroundBytes + instanceSizeMaxBytes(paradigm) + quoteSizeBytes);
}

/** Takes the deposit from whoever pays for the transaction. Undefined where there is none to take. */
export function takeDeposit(
  context: StepContext,
  instance: Address,
  paradigm: Paradigm,
  quoteSizeBytes: number,
): Result<StorageDeposit | undefined> {
  const { state, payer } = context;
  const amountMicro = storageDepositMicro(state.params().storage, paradigm, quoteSizeBytes);
  if (payer === undefined || amountMicro === 0n) return ok(undefined);
  const paid = moveTokens(state, payer, POOLS.storage, 'DPN', amountMicro);
  if (!paid.ok) {
    const { balances, lockedMicro } = state.account(payer);
    const freeMicro = balances.DPN - (lockedMicro?.DPN ?? 0n);
    const balanceMicro = (freeMicro > 0n ? freeMicro : 0n).toString();
    const data = { depositMicro: amountMicro.toString(), balanceMicro };
    return refuse(chainFault('chain.contract.deposit', data));
  }
  context.emit('storage.deposited', deposited(instance, { payer, amountMicro }));
  return ok({ payer, amountMicro });
}

const deposited = (instance: Address, { payer, amountMicro }: StorageDeposit) => ({
  instance: bytesToHex(instance),
  payer: bytesToHex(payer),
  amountMicro: amountMicro.toString(),
});

/** Keeps the quote of an order for as long as an order with it is kept. */
export function keepQuote(state: State, hash: Bytes, quote: Bytes): void {
  const { length } = state.read(IndexLength, quoteOrdersKey(hash)) ?? { length: 0n };
  state.putQuote(hash, quote);
  state.write(quoteOrdersKey(hash), { length: length + 1n } satisfies IndexLength);
}

function dropQuote(state: State, hash: Bytes): void {
  if (equalBytes(hash, NO_QUOTE.quote)) return;
  const { length } = state.read(IndexLength, quoteOrdersKey(hash)) ?? { length: 1n };
  if (length > 1n) {
    state.write(quoteOrdersKey(hash), { length: length - 1n } satisfies IndexLength);
    return;
  }
  state.remove(quoteOrdersKey(hash));
  state.remove(quoteKey(hash));
}

/** Once, when the contract has ended. */
export function schedulePruning(context: StepContext, instance: Address): void {
  const { state, timeS } = context;
  const dueS = timeS + BigInt(state.params().storage.keepS);
  pushDeadline(state, dueS, context.nextOrder(), instance, 'prunings');
}

/** Prunes the contracts whose time has come, earliest first. */
export function runPrunings(context: StepContext): void {
  for (let count = 0; count < PRUNINGS_PER_BLOCK_MAX; count++) {
    const due = popDeadline(context.state, context.timeS, 'prunings');
    if (due === undefined) return;
    const contract = context.state.contract(due.instance);
    assert(contract !== undefined, 'an ended contract is kept until it is pruned');
    if (contract.below === undefined) prune(context, due.instance, contract);
    else context.state.putContract(due.instance, { ...contract, due: true });
  }
}

/** Lets go of the contracts above, and prunes those that waited for nothing else. */
function leaveParents(context: StepContext, { branches = [] }: ContractState): void {
  const { state, timeS } = context;
  for (const { contract: address } of branches) {
    const parent = state.contract(address);
    // Contracts that were opened before those below them were counted are pruned in their own time.
    if (parent?.below === undefined) continue;
    const { below, ...rest } = parent;
    state.putContract(address, below === 1 ? rest : { ...rest, below: below - 1 });
    if (below === 1 && parent.due) pushDeadline(state, timeS, context.nextOrder(), address, 'prunings');
  }
}

function prune(context: StepContext, instance: Address, contract: ContractState): void {
  const { state } = context;
  const { below: _below, due: _due, ...record } = contract;
  const end: ContractEndState = {
    v: 1,
    paradigm: contract.paradigm,
    state: instanceOf(contract).state,
    contractHash: sha256(encodeRecord(record)),
    openedHeight: contract.openedHeight,
    endedHeight: contract.updatedHeight,
    endedS: contract.updatedS,
    prunedHeight: context.height,
    ...(contract.disputed === undefined ? {} : { disputed: contract.disputed }),
  };
  state.removeContract(instance);
  state.write(contractEndKey(instance), end);
  leaveParents(context, contract);
  dropQuote(state, contract.quote);
  context.emit('contract.pruned', { instance: bytesToHex(instance), state: end.state });
  const { deposit } = contract;
  if (deposit === undefined) return;
  payFrom(state, POOLS.storage, deposit.payer, 'DPN', deposit.amountMicro);
  context.emit('storage.returned', deposited(instance, deposit));
}
