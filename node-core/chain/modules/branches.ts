// Branches on the chain: a contract is filled with money of another one, its parent. What it pays to the role that stands
// for the parent flows back there; when it ends the parent learns it in the same block, whoever ended it. A parent that
// has ended passes on what still comes back, upwards, until somebody can spend it. No circle is possible: a contract gets
// its parents when it is opened or joined, from contracts that have run before.

import type { Bytes, Result } from '../../base/index.ts';
import { assert, bytesToHex, equalBytes, ok, refuse } from '../../base/index.ts';
import type { Address } from '../../identity/keys.ts';
import type { Effect, Field, Instance, Paradigm, ParadigmValue } from '../../paradigm/index.ts';
import { applyBranch, fillBranch, noteBranch } from '../../paradigm/index.ts';
import { chainFault } from '../faults.ts';
import type { BranchRef } from '../messages.ts';
import type { BranchLink, ContractState } from '../records.ts';
import { forkState } from '../state.ts';
import type { ChainEvent } from '../types.ts';
import type { MessageContext, Step, StepContext } from './context.ts';
import { compiledParadigm, instanceOf, worldOf } from './instances.ts';

/** Parents above one another. A product has assemblies, these have parts, and parts have material. */
const DEPTH_MAX = 8;

/** executeStep; handed in, since carrying out a step needs branches too. */
type Execute = (context: StepContext, step: Step) => Result<bigint>;

type Kept = {
  readonly contract: ContractState;
  readonly paradigm: Paradigm;
  readonly instance: Instance;
};

/** Undefined where there is none, or none any more: contracts that have ended, and all below them, are pruned some day. */
function keptAt(context: StepContext, address: Address): Kept | undefined {
  const contract = context.state.contract(address);
  const paradigm = contract && compiledParadigm(context, contract.paradigm);
  return contract && paradigm && { contract, paradigm, instance: instanceOf(contract) };
}

/** A branch that a message wants to fill, before it is known what it costs. */
export type Filling = {
  readonly ref: BranchRef;
  /** In whose name the other contract is agreed. */
  readonly principal: Address;
  /** What documents may bind to: `branch.item` and `branch.quantity`. */
  readonly bound: Readonly<Record<string, ParadigmValue>>;
};

const deny = (reason: string) => refuse(chainFault('chain.contract.branch', { reason }));

/** Finds the branch. Whether the sender may fill it, and for how much, is decided by the parent when the price is known. */
export function findBranch(context: MessageContext, ref: BranchRef): Result<Filling> {
  const parent = keptAt(context, ref.contract);
  if (parent === undefined) return refuse(chainFault('chain.contract.unknown'));
  const { paradigm, instance } = parent;
  const list = paradigm.document.branches?.[ref.list];
  const row = instance.branches?.[ref.list]?.[ref.row];
  const principal = list && instance.roles[list.for];
  if (list === undefined || row === undefined || principal === undefined)
    return deny('the contract has no such branch');
  if (depthOf(context, parent.contract) >= DEPTH_MAX) return deny('too many contracts hang on one another');
  const bound: Record<string, ParadigmValue> = { quantity: BigInt(ref.quantity) };
  if (list.items !== undefined) bound['item'] = row.item;
  return ok({ ref, principal, bound });
}

/** How many parents are above one another, itself counted. */
function depthOf(context: StepContext, contract: ContractState): number {
  let depth = 1;
  let above: readonly BranchLink[] = contract.branches ?? [];
  // A contract with a crowd can have several parents; all were there before it, so the walk ends.
  while (above.length > 0 && depth < DEPTH_MAX) {
    depth++;
    above = above.flatMap((link) => context.state.contract(link.contract)?.branches ?? []);
  }
  return depth;
}

const BOUND = 'branch.';

/** Whether the values are about what the branch asks for: an order by its quote, an agreement by what it binds. */
export function isAbout(
  filling: Filling,
  fields: Readonly<Record<string, Field>>,
  quote: { readonly designHash: Bytes; readonly quantity: number } | undefined,
): boolean {
  const { item, quantity } = filling.bound;
  if (quote !== undefined)
    return (
      BigInt(quote.quantity) === quantity &&
      (!(item instanceof Uint8Array) || equalBytes(quote.designHash, item))
    );
  return item === undefined || Object.values(fields).some(({ binds }) => binds === `${BOUND}item`);
}

/** What `binds` says of a branch; undefined where it is about none or the branch has no such thing. */
export function branchField(filling: Filling | undefined, path: string): ParadigmValue | undefined {
  return path.startsWith(BOUND) ? filling?.bound[path.slice(BOUND.length)] : undefined;
}

/** Arguments with those filled in that the document binds to the branch. */
export function bindArgs(
  fields: Readonly<Record<string, Field>>,
  args: Readonly<Record<string, ParadigmValue>>,
  filling: Filling | undefined,
): Result<Readonly<Record<string, ParadigmValue>>> {
  let bound = args;
  for (const [name, { binds }] of Object.entries(fields)) {
    if (binds?.startsWith(BOUND) !== true) continue;
    const value = branchField(filling, binds);
    const given = args[name];
    if (value === undefined || (given !== undefined && !isSame(given, value)))
      return refuse(chainFault('chain.contract.param', { name }));
    bound = { ...bound, [name]: value };
  }
  return ok(bound);
}

function isSame(a: ParadigmValue, b: ParadigmValue): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? equalBytes(a, b) : a === b;
}

/** What fills the branch: a contract, or one member of its crowd. */
export type Filler = {
  readonly address: Address;
  readonly paradigm: Bytes;
  readonly role: string;
  readonly member?: number;
  readonly effects: readonly Effect[];
};

/** Lets the parent give what the filler takes. The money itself moves when the filler's step is carried out. */
export function fill(
  context: MessageContext,
  filling: Filling,
  filler: Filler,
  execute: Execute,
): Result<{ readonly link: BranchLink; readonly gas: bigint }> {
  const { ref } = filling;
  const { contract: parent, list, row, quantity } = ref;
  const found = keptAt(context, parent);
  assert(found !== undefined, 'the branch was found');
  const givenMicro = filler.effects.reduce(
    (sum, effect) => (effect.kind === 'hold' ? sum + effect.amountMicro : sum),
    0n,
  );
  const filled = fillBranch(found.paradigm, found.instance, {
    list,
    row,
    quantity: BigInt(quantity),
    amountMicro: givenMicro,
    paradigm: filler.paradigm,
    caller: context.signer,
    timeS: context.timeS,
  });
  if (!filled.ok) return filled;
  const { instance: before } = found;
  const contract = { ...found.contract, below: (found.contract.below ?? 0) + 1 };
  const step = { address: parent, contract, before, outcome: filled.value, sender: undefined };
  const executed = execute(context, step);
  if (!executed.ok) return executed;
  context.state.appendIndex('branches-of', filler.address, parent);
  context.emit('contract.branch-filled', {
    ...aboutBranch(parent, list, row, filler.address),
    quantity: String(quantity),
    amountMicro: givenMicro.toString(),
  });
  const { role, member } = filler;
  const part = member === undefined ? {} : { member };
  const about = { contract: parent, list, row, quantity, role, ...part, returnedMicro: 0n };
  const link = { ...about, principal: filling.principal, givenMicro };
  return ok({ link, gas: filled.value.gas + executed.value });
}

function aboutBranch(parent: Address, list: string, row: number, filler: Address) {
  return { instance: bytesToHex(parent), list, row: String(row), child: bytesToHex(filler) };
}

type Payment = Effect & { readonly kind: 'pay' };

/** The account that a payment goes to: the parent's where the role stands for one, else the party's own. */
export function receiverOf(
  context: StepContext,
  links: readonly BranchLink[] | undefined,
  payment: Payment,
): Address {
  const link = links?.find((candidate) => isPaidBy(candidate, payment));
  return link === undefined ? payment.to : upwards(context, link).account;
}

function isPaidBy(link: BranchLink, { role, member }: Payment): boolean {
  return link.role === role && link.member === member;
}

/** Where money for a parent goes: to it while it runs, else to whom it was for, who may stand for a parent as well. */
type Way = {
  readonly account: Address;
  /** The parent that runs, and the link into it; undefined where somebody has the money now. */
  readonly into: { readonly link: BranchLink; readonly parent: Kept } | undefined;
  /** Parents that have ended and pass it on, with the position of the link by which they do. */
  readonly through: readonly { readonly address: Address; readonly position: number }[];
};

function upwards(context: StepContext, from: BranchLink): Way {
  const through: { address: Address; position: number }[] = [];
  for (let link = from; ; ) {
    const parent = keptAt(context, link.contract);
    if (parent === undefined) return { account: link.principal, into: undefined, through };
    const { paradigm, instance, contract } = parent;
    if (instance.deadlineS !== undefined) return { account: link.contract, into: { link, parent }, through };
    const role = paradigm.document.branches?.[link.list]?.for;
    const links = contract.branches ?? [];
    const position = links.findIndex((other) => other.role === role && other.member === undefined);
    const above = links[position];
    if (above === undefined) return { account: link.principal, into: undefined, through };
    through.push({ address: link.contract, position });
    link = above;
  }
}

/** Contracts that pass money on have given it back too. */
function creditPassed(context: StepContext, { through }: Way, returnedMicro: bigint): void {
  for (const { address, position } of through) {
    const contract = context.state.contract(address);
    assert(contract?.branches !== undefined, 'money passes through links');
    const branches = contract.branches.map((link, index) =>
      index === position ? { ...link, returnedMicro: link.returnedMicro + returnedMicro } : link,
    );
    context.state.putContract(address, { ...contract, branches });
  }
}

/** The links of a contract after a step, and what each parent got back by it. */
export type Credits = { readonly links: BranchLink[]; readonly returnedMicro: readonly bigint[] };

export function creditBranches(
  links: readonly BranchLink[] | undefined,
  effects: readonly Effect[],
): Credits | undefined {
  if (links === undefined) return undefined;
  const returnedMicro = links.map((link) =>
    effects.reduce(
      (sum, effect) => (effect.kind === 'pay' && isPaidBy(link, effect) ? sum + effect.amountMicro : sum),
      0n,
    ),
  );
  const credited = links.map((link, index) => ({
    ...link,
    returnedMicro: link.returnedMicro + (returnedMicro[index] ?? 0n),
  }));
  return { links: credited, returnedMicro };
}

/** Tells every parent what came back, and that the contract has ended. Never refused. Returns the gas that it cost. */
export function tellParents(context: StepContext, step: Step, credits: Credits, execute: Execute): bigint {
  const { before, contract, address } = step;
  const { instance } = step.outcome;
  const ended = instance.deadlineS === undefined && (before === undefined || before.deadlineS !== undefined);
  const final = compiledParadigm(context, contract.paradigm)?.states[instance.state]?.final;
  let gas = 0n;
  const ends: Ending[] = [];
  // All books first: what the ending causes in one parent may end another.
  for (const [index, link] of credits.links.entries()) {
    const returnedMicro = credits.returnedMicro[index] ?? 0n;
    if (!ended && returnedMicro === 0n) continue;
    // Whoever gave everything back has made nothing, however it is called.
    const worked = link.givenMicro === 0n || link.returnedMicro < link.givenMicro;
    const done = final === 'success' && worked;
    const news = { returnedMicro, ...(ended ? { ended: { outcome: final ?? '', done } } : {}) };
    const told = tell(context, address, link, news, execute);
    gas += told?.gas ?? 0n;
    if (told?.ending !== undefined) ends.push(told.ending);
  }
  for (const ending of ends) {
    const parent = ends.length === 1 ? ending.parent : keptAt(context, ending.link.contract);
    if (parent?.instance.deadlineS !== undefined) gas += react(context, ending.link, parent, execute);
  }
  return gas;
}

/** A branch that has ended, and its parent as it is since then. */
type Ending = { readonly link: BranchLink; readonly parent: Kept };

type News = {
  readonly returnedMicro: bigint;
  readonly ended?: { readonly outcome: string; readonly done: boolean };
};

/** Notes it in the books of whoever has the money now; undefined where no parent runs that has books of it. */
function tell(
  context: StepContext,
  child: Address,
  link: BranchLink,
  news: News,
  execute: Execute,
): { readonly gas: bigint; readonly ending: Ending | undefined } | undefined {
  const about = aboutBranch(link.contract, link.list, link.row, child);
  const { returnedMicro, ended } = news;
  if (ended !== undefined) {
    const { outcome, done } = ended;
    const data = { quantity: String(link.quantity), outcome, done: String(done) };
    context.emit('contract.branch-ended', { ...about, ...data });
  }
  if (returnedMicro > 0n)
    context.emit('contract.branch-returned', { ...about, amountMicro: returnedMicro.toString() });
  const way = upwards(context, link);
  creditPassed(context, way, returnedMicro);
  if (way.into === undefined) return undefined;
  const { link: receiver, parent } = way.into;
  // Once the parent has ended, its own parent's books note the money; that branch is closed already.
  const late = receiver !== link;
  if (late && returnedMicro === 0n) return undefined;
  const pieces = BigInt(link.quantity);
  const noted = noteBranch(parent.instance, {
    list: receiver.list,
    row: receiver.row,
    returnedMicro,
    ...(ended === undefined || late ? {} : { ended: { quantity: pieces, done: ended.done } }),
  });
  const address = receiver.contract;
  const { contract, instance: before } = parent;
  const executed = execute(context, { address, contract, before, outcome: noted, sender: undefined });
  assert(executed.ok, 'noting what came back is never refused');
  const gas = noted.gas + executed.value;
  if (ended === undefined || late) return { gas, ending: undefined };
  return { gas, ending: { link: receiver, parent: { ...parent, instance: noted.instance } } };
}

/** Lets the parent take the step that the ending causes, if it has one. A step that is refused leaves it as it is. */
function react(context: StepContext, link: BranchLink, parent: Kept, execute: Execute): bigint {
  const { contract: address, list } = link;
  const { paradigm, instance: before, contract } = parent;
  const taken = applyBranch(paradigm, before, list, context.timeS, worldOf(context, address));
  if (taken === undefined) return 0n;
  const { event, outcome } = taken;
  const { state, keep } = forkState(context.state);
  const events: (readonly [ChainEvent['type'], ChainEvent['attributes']])[] = [];
  const attempt: StepContext = { ...context, state, emit: (...told) => events.push(told) };
  const executed = execute(attempt, { address, contract, before, outcome, sender: undefined });
  if (!executed.ok) return outcome.gas;
  keep();
  for (const [type, attributes] of events) context.emit(type, attributes);
  const moved = { from: before.state, state: outcome.instance.state };
  context.emit('contract.step', { instance: bytesToHex(address), event, ...moved, sender: '' });
  return outcome.gas + executed.value;
}

/** Pieces of a job that belong to one order: `from` and `to` count the job's pieces from 1, both inclusive. */
export type TracedUnits = {
  readonly from: number;
  readonly to: number;
  readonly parent: Address;
  readonly list: string;
  readonly row: number;
  readonly member?: number;
};

/** Which pieces of a contract belong to which order, in the order in which the orders took them. */
export function traceUnits({ branches = [] }: Pick<ContractState, 'branches'>): readonly TracedUnits[] {
  let to = 0;
  return branches.map(({ contract: parent, list, row, quantity, member }) => {
    const from = to + 1;
    to += quantity;
    return { from, to, parent, list, row, ...(member === undefined ? {} : { member }) };
  });
}
