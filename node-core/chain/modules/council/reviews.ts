// Reviews: a document or a bug report is put to the reviewers, who vote within a fixed time. The fee pays whoever voted,
// whatever the verdict, so that money never speaks for one.

import type { z } from 'zod';
import type { Bytes } from '../../../base/index.ts';
import { bytesToHex, refuse } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import { sameAddress } from '../../../identity/keys.ts';
import { paradigmAddress, paradigmId, parseParadigm } from '../../../paradigm/index.ts';
import { pushDeadline } from '../../deadlines.ts';
import { chainFault } from '../../faults.ts';
import type { ParadigmAppeal, ParadigmReport, ParadigmSubmit, ParadigmWithdraw } from '../../messages.ts';
import type { ReviewState } from '../../records.ts';
import { moveTokens } from '../accounts/index.ts';
import { done, type MessageContext, type MessageResult } from '../context.ts';
import { checkName } from '../paradigms.ts';
import { POOLS } from '../pools.ts';
import { bugAddress, putReview, reviewOf, termsOf, totalStake } from './store.ts';

type Subject = Pick<ReviewState, 'subject' | 'paradigm' | 'author' | 'document' | 'text'>;

export function submitParadigm(
  context: MessageContext,
  message: z.infer<typeof ParadigmSubmit>,
): MessageResult {
  const { state, signer } = context;
  const parsed = parseParadigm(message.document);
  if (!parsed.ok) return parsed;
  const id = paradigmId(message.document);
  if (state.paradigm(id) !== undefined) return refuse(chainFault('chain.paradigm.exists'));
  const author = message.author ?? signer;
  const named = checkName(state, parsed.value.name, parsed.value.version, author);
  if (!named.ok) return named;
  const review = paradigmAddress(id);
  const known = reviewOf(state, review);
  if (known?.status === 'open') return refuse(chainFault('chain.review.open'));
  const subject = { subject: 'paradigm', paradigm: id, author, document: message.document } as const;
  return beginRound(context, review, subject, termsOf(state).feeMicro, (known?.round ?? -1) + 1, false);
}

export function appealReview(
  context: MessageContext,
  { review: address }: z.infer<typeof ParadigmAppeal>,
): MessageResult {
  const { state, signer, timeS } = context;
  const review = reviewOf(state, address);
  if (review === undefined || review.subject !== 'paradigm')
    return refuse(chainFault('chain.review.unknown'));
  const terms = termsOf(state);
  const inTime = timeS <= review.endsS + BigInt(terms.appealS);
  const may =
    review.status === 'rejected' && !review.appealed && sameAddress(review.sender, signer) && inTime;
  if (!may) return refuse(chainFault('chain.review.no-appeal'));
  return beginRound(context, address, review, terms.appealMicro, review.round + 1, true);
}

export function reportBug(context: MessageContext, message: z.infer<typeof ParadigmReport>): MessageResult {
  const { state, signer } = context;
  const published = state.paradigm(message.paradigm);
  if (published === undefined) return refuse(chainFault('chain.paradigm.unknown'));
  if (published.closed?.reason === 'suspended') return refuse(chainFault('chain.paradigm.closed'));
  const subject = {
    subject: 'bug',
    paradigm: message.paradigm,
    author: published.author,
    text: message.text,
  } as const;
  const address = bugAddress(message.paradigm, signer, context.seq);
  return beginRound(context, address, subject, termsOf(state).bondMicro, 0, false);
}

export function withdrawParadigm(
  context: MessageContext,
  message: z.infer<typeof ParadigmWithdraw>,
): MessageResult {
  const { state, signer } = context;
  const published = state.paradigm(message.paradigm);
  if (published === undefined) return refuse(chainFault('chain.paradigm.unknown'));
  if (!sameAddress(published.author, signer)) return refuse(chainFault('chain.paradigm.not-author'));
  if (published.closed !== undefined) return refuse(chainFault('chain.paradigm.closed'));
  closeParadigm(context, message.paradigm, 'withdrawn');
  return done();
}

/** No contract begins under it any more; those that run go on as they were agreed. */
export function closeParadigm(
  context: Pick<MessageContext, 'state' | 'emit' | 'timeS'>,
  id: Bytes,
  reason: 'withdrawn' | 'suspended',
): void {
  const { state, timeS } = context;
  const published = state.paradigm(id);
  if (published === undefined) return;
  state.putParadigm(id, { ...published, closed: { reason, timeS } });
  context.emit('paradigm.closed', { paradigm: bytesToHex(id), reason });
}

function beginRound(
  context: MessageContext,
  address: Address,
  { subject, paradigm, author, document, text }: Subject,
  feeMicro: bigint,
  round: number,
  appealed: boolean,
): MessageResult {
  const { state, signer, timeS } = context;
  const totalMicro = totalStake(state);
  if (totalMicro === 0n) return refuse(chainFault('chain.council.empty'));
  const paid = moveTokens(state, signer, POOLS.reviews, 'DPN', feeMicro);
  if (!paid.ok) return paid;
  const endsS = timeS + BigInt(termsOf(state).voteS);
  const first = reviewOf(state, address) === undefined;
  putReview(state, address, {
    v: 1,
    subject,
    paradigm,
    author,
    ...(document === undefined ? {} : { document }),
    ...(text === undefined ? {} : { text }),
    sender: signer,
    feeMicro,
    round,
    appealed,
    begunS: timeS,
    endsS,
    totalMicro,
    yesMicro: 0n,
    noMicro: 0n,
    status: 'open',
  });
  if (first) state.appendIndex('reviews', address);
  pushDeadline(state, endsS, context.nextOrder(), address, 'council');
  context.emit('review.begun', {
    review: bytesToHex(address),
    paradigm: bytesToHex(paradigm),
    subject,
    sender: bytesToHex(signer),
    feeMicro: feeMicro.toString(),
    round: String(round),
    endsS: endsS.toString(),
  });
  return done(address);
}
