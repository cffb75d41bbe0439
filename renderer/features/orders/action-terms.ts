// What an action asks for and how serious it is. Pure.

import type { OrderView } from '../../../node-core/api/index.ts';

export type Action = OrderView['actions'][number];
type Argument = Action['args'][number];

/** Actions that say "something is wrong": they are kept apart from the ordinary next step. */
const TROUBLE = new Set(['dispute', 'fail', 'decline', 'cancel']);

/** The expected next steps first, then the ways out. */
export function splitActions(actions: readonly Action[]): { forward: Action[]; out: Action[] } {
  return {
    forward: actions.filter(({ event }) => !TROUBLE.has(event)),
    out: actions.filter(({ event }) => TROUBLE.has(event)),
  };
}

/** Kinds of trouble a buyer can name, so that the owner knows at once what to look at. */
export const PROBLEM_KINDS = ['missing', 'broken', 'wrong', 'quality', 'fit', 'other'] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

export function isAmount(argument: Argument): boolean {
  return argument.name.endsWith('Micro');
}

/** Arguments with a text of their own; the longest kinds get room. */
export function isLongText(argument: Argument): boolean {
  return argument.name === 'reason';
}

export type ArgumentProblem = 'missing' | 'not-an-amount';

/**
 * The texts to send, or what is wrong with each. Amounts become plain decimals, whatever the language's decimal mark.
 */
export function checkArguments(
  args: readonly Argument[],
  texts: Readonly<Record<string, string>>,
  parseMicro: (text: string) => bigint | undefined,
):
  | { readonly ok: true; readonly args: Record<string, string> }
  | { readonly ok: false; readonly problems: Readonly<Record<string, ArgumentProblem>> } {
  const checked: Record<string, string> = {};
  const problems: Record<string, ArgumentProblem> = {};
  for (const argument of args) {
    const text = texts[argument.name]?.trim() ?? '';
    if (text === '') {
      if (argument.required) problems[argument.name] = 'missing';
      continue;
    }
    if (!isAmount(argument)) {
      checked[argument.name] = text;
      continue;
    }
    const micro = parseMicro(text);
    if (micro === undefined) problems[argument.name] = 'not-an-amount';
    else checked[argument.name] = plainDecimal(micro);
  }
  return Object.keys(problems).length === 0 ? { ok: true, args: checked } : { ok: false, problems };
}

const MICRO_PER_TOKEN = 1_000_000n;

/** `12.5` for 12 500 000 micro-units: digits and a point, as the core reads it. */
export function plainDecimal(micro: bigint): string {
  const fraction = (micro % MICRO_PER_TOKEN).toString().padStart(6, '0').replace(/0+$/, '');
  const whole = (micro / MICRO_PER_TOKEN).toString();
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
