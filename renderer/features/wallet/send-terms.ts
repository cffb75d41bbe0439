// What can be sent: the rules that the form checks before anything leaves this page. The core checks again.

import type { AccountView } from '../../../node-core/api/index.ts';

export const TOKENS = ['DPN', '3DP', 'DIMT', 'ITC'] as const;
export type SendToken = (typeof TOKENS)[number];

export type SendDraft = { readonly to: string; readonly token: SendToken; readonly amount: string };
export type SendTerms = { readonly to: string; readonly token: SendToken; readonly amountMicro: bigint };

export type SendProblems = {
  readonly to?: 'address-missing' | 'address-malformed' | 'address-self';
  readonly amount?: 'amount-malformed' | 'amount-zero' | 'amount-too-much';
};

export type CheckedSend =
  | { readonly terms: SendTerms; readonly problems: SendProblems }
  | { readonly terms: undefined; readonly problems: SendProblems };

export function checkSend(
  draft: SendDraft,
  account: Pick<AccountView, 'address' | 'balances'>,
  parse: (text: string) => bigint | undefined,
): CheckedSend {
  const to = draft.to.trim();
  const amountMicro = parse(draft.amount);
  const toProblem = problemOfRecipient(to, account.address);
  const amountProblem = problemOfAmount(amountMicro, account.balances[draft.token] ?? 0n);
  const problems: SendProblems = {
    ...(toProblem === undefined ? {} : { to: toProblem }),
    ...(amountProblem === undefined ? {} : { amount: amountProblem }),
  };
  if (toProblem !== undefined || amountProblem !== undefined || amountMicro === undefined)
    return { terms: undefined, problems };
  return { terms: { to, token: draft.token, amountMicro }, problems };
}

function problemOfRecipient(to: string, own: string): SendProblems['to'] {
  if (to === '') return 'address-missing';
  if (!/^0x[0-9a-fA-F]{40}$/.test(to)) return 'address-malformed';
  if (to.toLowerCase() === own.toLowerCase()) return 'address-self';
  return undefined;
}

function problemOfAmount(amountMicro: bigint | undefined, availableMicro: bigint): SendProblems['amount'] {
  if (amountMicro === undefined) return 'amount-malformed';
  if (amountMicro === 0n) return 'amount-zero';
  if (amountMicro > availableMicro) return 'amount-too-much';
  return undefined;
}
