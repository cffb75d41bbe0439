// Branches of a contract while it runs: another contract takes one over with money of this one, gives some back, ends.
// Who that other contract is, is the chain's business; here are the rules that protect the money of this one: never more
// pieces than are open, never more money than the row's limit and than is held, and only by the paradigms it names.
//
//   open ── fillBranch ──► running ── ended in success ──► done
//     ▲                       │
//     └──── ended otherwise ──┘

import type { Bytes, Result } from '../base/index.ts';
import { assert, equalBytes, ok, refuse } from '../base/index.ts';
import { leftOf, runningOf } from './branch-rows.ts';
import type { CompiledStep, Paradigm } from './compile.ts';
import { paradigmFault } from './faults.ts';
import { GAS_BRANCH, GAS_BRANCH_NOTE } from './gas.ts';
import { STEPS_MAX } from './limits.ts';
import type { BranchRow, Effect, Instance, StepOutcome, World } from './types.ts';
import { applyBranchStep } from './vm.ts';

export type BranchFilling = {
  readonly list: string;
  /** From 0. */
  readonly row: number;
  readonly quantity: bigint;
  /** What the other contract takes with it. */
  readonly amountMicro: bigint;
  /** Of the other contract. */
  readonly paradigm: Bytes;
  /** Account that asks for it. */
  readonly caller: Bytes;
  readonly timeS: bigint;
};

/** Takes money for a contract that is to make pieces of one branch. The state and its deadline stay as they are. */
export function fillBranch(p: Paradigm, instance: Instance, filling: BranchFilling): Result<StepOutcome> {
  const { list, row, quantity, amountMicro, timeS } = filling;
  const declared = p.document.branches?.[list];
  const found = instance.branches?.[list]?.[row];
  if (declared === undefined || found === undefined)
    return refuse(paradigmFault('paradigm.branch.unknown', { list: list.slice(0, 32), row: row + 1 }));
  const { deadlineS, state, heldMicro } = instance;
  if (deadlineS === undefined) return refuse(paradigmFault('paradigm.event.closed'));
  if (timeS >= deadlineS) return refuse(paradigmFault('paradigm.event.late', { event: list }));
  if (!declared.while.includes(state))
    return refuse(paradigmFault('paradigm.branch.untimely', { list, state }));
  const mayFill = declared.by.some((role) => {
    const account = instance.roles[role];
    return account !== undefined && equalBytes(account, filling.caller);
  });
  if (!mayFill)
    return refuse(paradigmFault('paradigm.branch.unauthorised', { list, roles: declared.by.join(', ') }));
  if (instance.steps >= STEPS_MAX)
    return refuse(paradigmFault('paradigm.event.exhausted', { stepsMax: STEPS_MAX }));
  if (!mayFillWith(instance, declared.paradigms, filling.paradigm))
    return refuse(paradigmFault('paradigm.branch.paradigm', { list }));
  if (quantity < 1n || quantity > found.open) {
    const data = { open: found.open.toString(), quantity: quantity.toString() };
    return refuse(paradigmFault('paradigm.branch.pieces', data));
  }
  const limitMicro = limitOf(found, quantity);
  if (amountMicro < 0n || amountMicro > limitMicro) {
    const data = { limitMicro: limitMicro.toString(), amountMicro: amountMicro.toString() };
    return refuse(paradigmFault('paradigm.branch.price', data));
  }
  if (amountMicro > heldMicro) {
    const data = { amountMicro: amountMicro.toString(), heldMicro: heldMicro.toString() };
    return refuse(paradigmFault('paradigm.amount.overspent', { event: list, ...data }));
  }
  const next = {
    ...found,
    open: found.open - quantity,
    spentMicro: found.spentMicro + amountMicro,
  };
  const effects: Effect[] = [{ kind: 'fund', list, row, quantity, amountMicro }];
  const filled = {
    ...putRow(instance, list, row, next),
    heldMicro: heldMicro - amountMicro,
    steps: instance.steps + 1,
  };
  return ok({ instance: filled, effects, gas: GAS_BRANCH, disputed: false });
}

/** The most that so many pieces of the row may take now. */
export function limitOf(row: BranchRow, quantity: bigint): bigint {
  const leftMicro = leftOf(row);
  const wholeMicro = row.unitMicro * quantity;
  if (leftMicro < wholeMicro) return leftMicro;
  return wholeMicro;
}

function mayFillWith(instance: Instance, param: string, paradigm: Bytes): boolean {
  const named = instance.params[param];
  return Array.isArray(named) && named.some((id) => id instanceof Uint8Array && equalBytes(id, paradigm));
}

function putRow(instance: Instance, list: string, row: number, next: BranchRow): Instance {
  const rows = instance.branches?.[list]?.map((old, index) => (index === row ? next : old)) ?? [];
  return { ...instance, branches: { ...instance.branches, [list]: rows } };
}

/** Whether a joining step is for branches of other contracts: it says what it does with their pieces. */
export function takesBranches({ join, args }: CompiledStep): boolean {
  return join && Object.values(args).some(({ binds }) => binds === 'branch.quantity');
}

/** How many branches of others a contract can come to fill: one as a whole, or one with each member of such a crowd. */
export function branchesFilledMax(p: Paradigm): number {
  const joining = [...p.steps.values()].flatMap((steps) => [...steps.values()]).filter(takesBranches);
  const crowds = new Set(joining.map(({ crowd }) => crowd));
  let branches = 1;
  for (const [role, { membersMax }] of p.crowds) if (crowds.has(role)) branches += membersMax;
  return branches;
}

/** What the chain tells a contract of one that fills its branch. */
export type BranchNews = {
  readonly list: string;
  readonly row: number;
  readonly returnedMicro: bigint;
  /** Where it has ended: how many pieces it was to make, and whether they are made. */
  readonly ended?: { readonly quantity: bigint; readonly done: boolean };
};

/** Notes it. Never refused: nobody can keep a branch from ending by what this contract says. */
export function noteBranch(instance: Instance, news: BranchNews): StepOutcome {
  const { list, row, returnedMicro, ended } = news;
  const found = instance.branches?.[list]?.[row];
  assert(found !== undefined && returnedMicro >= 0n, 'only what was filled gives news');
  assert(ended === undefined || ended.quantity <= runningOf(found), 'each piece ends once');
  const pieces = ended?.quantity ?? 0n;
  const next = {
    ...found,
    open: found.open + (ended?.done === false ? pieces : 0n),
    done: found.done + (ended?.done === true ? pieces : 0n),
    spentMicro: found.spentMicro - returnedMicro,
  };
  const noted = { ...putRow(instance, list, row, next), heldMicro: instance.heldMicro + returnedMicro };
  const effects: Effect[] =
    returnedMicro === 0n ? [] : [{ kind: 'return', list, row, amountMicro: returnedMicro }];
  return { instance: noted, effects, gas: GAS_BRANCH_NOTE, disputed: false };
}

/** Steps of the present state that endings in this list cause, in the order in which they are tried. */
export function branchSteps(p: Paradigm, instance: Instance, list: string): readonly CompiledStep[] {
  return [...(p.steps.get(instance.state)?.values() ?? [])].filter((step) => step.list === list);
}

/** The first of these steps whose condition holds; undefined where none is possible now. */
export function applyBranch(
  p: Paradigm,
  instance: Instance,
  list: string,
  timeS: bigint,
  world?: World,
): { readonly event: string; readonly outcome: StepOutcome } | undefined {
  for (const step of branchSteps(p, instance, list)) {
    const outcome = applyBranchStep(p, step, instance, timeS, world);
    if (outcome.ok) return { event: step.name, outcome: outcome.value };
  }
  return undefined;
}
