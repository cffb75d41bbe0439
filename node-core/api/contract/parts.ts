// What many procedures have in common: the typed error, who acts, what is named, and what a change answers.

import { oc } from '@orpc/contract';
import { z } from 'zod';
import { AccountText, FaultView, HashText } from '../base-views.ts';
import { ChatId } from '../message-views.ts';
import { ParadigmLocale } from '../paradigm-views.ts';

export const base = oc.errors({ FAULT: { status: 422, data: FaultView } });

export const asAccount = z.object({ actor: AccountText });
export const inChat = asAccount.extend({ chat: ChatId });
export const inLocale = z.object({ locale: ParadigmLocale });
export const byId = z.object({ id: z.string().max(100) });
export const binary = z.instanceof(Blob);

export const done = z.object({});
export const taskStarted = z.object({ taskId: z.string() });
export const txSent = z.object({ txHash: HashText });

/** More than all tokens there are; what the chain's messages and records hold at most. */
const AMOUNT_MICRO_MAX = 10n ** 18n;
export const amountMicro = z.bigint().min(0n).max(AMOUNT_MICRO_MAX);
