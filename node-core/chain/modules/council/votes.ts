// Votes: one for each reviewer in each round, weighed by stake that was there before the round began.

import type { z } from 'zod';
import { bytesToHex, refuse } from '../../../base/index.ts';
import { sameAddress } from '../../../identity/keys.ts';
import { chainFault } from '../../faults.ts';
import { reviewVoteKey, roundScope } from '../../keys.ts';
import type { CouncilVote } from '../../messages.ts';
import type { ReviewState, VoteState } from '../../records.ts';
import { done, type MessageContext, type MessageResult } from '../context.ts';
import { weightOf } from './reviewers.ts';
import { putReview, reviewOf, voteOf } from './store.ts';
import { endRound } from './verdict.ts';

export function voteInReview(context: MessageContext, message: z.infer<typeof CouncilVote>): MessageResult {
  const { state, signer, timeS } = context;
  const review = reviewOf(state, message.review);
  if (review === undefined) return refuse(chainFault('chain.review.unknown'));
  if (review.status !== 'open' || timeS >= review.endsS) return refuse(chainFault('chain.review.ended'));
  // Nobody judges their own work, nor their own report.
  if (sameAddress(review.author, signer) || sameAddress(review.sender, signer))
    return refuse(chainFault('chain.review.own'));
  const weightMicro = weightOf(state, signer, review.begunS);
  if (weightMicro === undefined) return refuse(chainFault('chain.council.no-reviewer'));
  if (voteOf(state, message.review, review.round, signer) !== undefined)
    return refuse(chainFault('chain.review.voted'));
  const { approve, reason } = message;
  const vote: VoteState = { v: 1, approve, weightMicro, reason, votedS: timeS };
  state.write(reviewVoteKey(message.review, review.round, signer), vote);
  state.appendIndex('votes-in', signer, roundScope(message.review, review.round));
  const counted: ReviewState = {
    ...review,
    yesMicro: review.yesMicro + (approve ? weightMicro : 0n),
    noMicro: review.noMicro + (approve ? 0n : weightMicro),
  };
  putReview(state, message.review, counted);
  context.emit('review.voted', {
    review: bytesToHex(message.review),
    reviewer: bytesToHex(signer),
    approve: String(approve),
  });
  // Votes stand: where all have voted, waiting would change nothing.
  if (counted.yesMicro + counted.noMicro === review.totalMicro) endRound(context, message.review, counted);
  return done();
}
