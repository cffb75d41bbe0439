// What the branches of a contract may do, for those who explore or play one: be taken over whole or in part, at the limit
// or for less, by contracts that then succeed, save something, fail, or bring back more than they were given.

import type { Result } from '../base/index.ts';
import { type BranchNews, fillBranch, limitOf, noteBranch } from './branches.ts';
import type { CompiledStep, Paradigm } from './compile.ts';
import type { LocalText } from './document.ts';
import type { Instance, StepOutcome } from './types.ts';

/** A contract that fills a branch and has not ended. */
export type BranchChild = {
  readonly list: string;
  readonly row: number;
  readonly quantity: bigint;
  readonly givenMicro: bigint;
};

export type BranchMove =
  | { readonly kind: 'fill'; readonly child: BranchChild }
  | { readonly kind: 'news'; readonly child: BranchChild; readonly news: BranchNews };

/** Every way in which a branch may be filled now, as far as it makes a difference. */
export function fillsOf(p: Paradigm, instance: Instance): readonly BranchMove[] {
  const moves: BranchMove[] = [];
  for (const [list, declared] of Object.entries(p.document.branches ?? {})) {
    const paradigms = instance.params[declared.paradigms];
    const possible = Array.isArray(paradigms) && paradigms.length > 0;
    if (!possible || !declared.while.includes(instance.state)) continue;
    for (const [row, rowOf] of (instance.branches?.[list] ?? []).entries()) {
      const { open } = rowOf;
      if (open === 0n) continue;
      const whole = { list, row, quantity: open, givenMicro: limitOf(rowOf, open) };
      moves.push({ kind: 'fill', child: whole });
      if (open === 1n) continue;
      const one = limitOf(rowOf, 1n);
      moves.push({
        kind: 'fill',
        child: { list, row, quantity: 1n, givenMicro: one === 0n ? 0n : one - 1n },
      });
    }
  }
  return moves;
}

/** More than it was given: what somebody else stood surety for. */
const SURETY_MICRO = 5n;

/** Every way in which a contract that fills a branch may end; `few` leaves out those that differ from others in a sum only. */
export function endingsOf(child: BranchChild, few: boolean): readonly BranchMove[] {
  const { list, row, quantity, givenMicro } = child;
  const ended = (returnedMicro: bigint, done: boolean): BranchMove => ({
    kind: 'news',
    child,
    news: { list, row, returnedMicro, ended: { quantity, done } },
  });
  const usual = [ended(0n, true), ended(givenMicro + SURETY_MICRO, false)];
  if (few) return usual;
  return [...usual, ended(givenMicro, false), ...(givenMicro > 1n ? [ended(1n, true)] : [])];
}

/** What the move makes of the contract, before the steps that an ending causes. */
export function applyMove(
  p: Paradigm,
  instance: Instance,
  move: BranchMove,
  timeS: bigint,
): Result<StepOutcome> {
  if (move.kind === 'news') return { ok: true, value: noteBranch(instance, move.news) };
  const { givenMicro: amountMicro, ...child } = move.child;
  const declared = p.document.branches?.[child.list];
  const paradigms = instance.params[declared?.paradigms ?? ''];
  const named: unknown = Array.isArray(paradigms) ? paradigms[0] : undefined;
  const paradigm = named instanceof Uint8Array ? named : new Uint8Array(0);
  const caller = instance.roles[declared?.by[0] ?? ''] ?? new Uint8Array(0);
  return fillBranch(p, instance, { ...child, amountMicro, paradigm, caller, timeS });
}

/** The contracts that fill branches after the move. */
export function childrenAfter(children: readonly BranchChild[], move: BranchMove): readonly BranchChild[] {
  if (move.kind === 'fill') return [...children, move.child];
  const index = children.indexOf(move.child);
  return move.news.ended === undefined ? children : children.filter((_child, other) => other !== index);
}

/** The move as a step, for those who tell what happened. It is in no document, and its state stays as it is. */
export function moveAsStep(p: Paradigm, instance: Instance, move: BranchMove): CompiledStep {
  const { list } = move.child;
  const declared = p.document.branches?.[list];
  const label = labelOf(p, move);
  return {
    name: list,
    at: `branches.${list}`,
    to: instance.state,
    by: move.kind === 'fill' ? (declared?.by ?? []) : [list],
    crowd: undefined,
    join: false,
    list,
    args: {},
    guard: undefined,
    set: [],
    mine: [],
    effects: [],
    nextAfter: undefined,
    label,
    explain: label,
    gain: undefined,
    dispute: false,
    gasMax: p.gasMax,
  };
}

function labelOf(p: Paradigm, move: BranchMove): LocalText {
  const { list, row, quantity, givenMicro } = move.child;
  const { en = list, 'zh-Hans': zh = list } = p.document.branches?.[list]?.label ?? {};
  const at = { en: `${en} ${row + 1}, pieces: ${quantity}`, 'zh-Hans': `${zh} ${row + 1}，${quantity} 件` };
  const words = (english: string, chinese: string): LocalText => ({
    en: `${at.en} – ${english}`,
    'zh-Hans': `${at['zh-Hans']} – ${chinese}`,
  });
  if (move.kind === 'fill')
    return words(`given to a contract for ${givenMicro} micro-DPN`, `以 ${givenMicro} micro-DPN 交给合约`);
  const { returnedMicro, ended } = move.news;
  const back = [`${returnedMicro} micro-DPN come back`, `退回 ${returnedMicro} micro-DPN`] as const;
  if (ended === undefined) return words(...back);
  return ended.done
    ? words(`made, ${back[0]}`, `完成，${back[1]}`)
    : words(`not made, ${back[0]}`, `未完成，${back[1]}`);
}
