// The end of a round: what was decided, who is paid, what follows from it.

import type { Bytes } from '../../../base/index.ts';
import { assert, bytesToHex } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import { paradigmAddress } from '../../../paradigm/index.ts';
import { popDeadline } from '../../deadlines.ts';
import { roundScope } from '../../keys.ts';
import type { ReviewState } from '../../records.ts';
import { payFrom } from '../accounts/index.ts';
import type { StepContext } from '../context.ts';
import { addParadigm } from '../paradigms.ts';
import { POOLS } from '../pools.ts';
import { payOutReviewer, slashReviewer } from './reviewers.ts';
import { closeParadigm } from './reviews.ts';
import { lesser, putReview, reviewOf, termsOf, voteOf } from './store.ts';

/** Bounded for the same reason as the deadlines of contracts: the rest is next block's work. */
const ENDS_PER_BLOCK_MAX = 50;

/** Ends the rounds, and pays out the reviewers, whose time has come. */
export function runCouncil(context: StepContext): void {
  for (let count = 0; count < ENDS_PER_BLOCK_MAX; count++) {
    const due = popDeadline(context.state, context.timeS, 'council');
    if (due === undefined) return;
    if (payOutReviewer(context, due.instance)) continue;
    const review = reviewOf(context.state, due.instance);
    if (review?.status === 'open' && review.endsS <= context.timeS) endRound(context, due.instance, review);
  }
}

/** Decides a round, pays whoever voted, and does what follows. */
export function endRound(context: StepContext, address: Address, review: ReviewState): void {
  const status = verdictOf(context, review);
  putReview(context.state, address, { ...review, feeMicro: 0n, endsS: context.timeS, status });
  const voters = context.state.listOf('votes-in', roundScope(address, review.round));
  if (status === 'lapsed') {
    payFrom(context.state, POOLS.reviews, review.sender, 'DPN', review.feeMicro);
    context.emit('review.returned', {
      sender: bytesToHex(review.sender),
      amountMicro: review.feeMicro.toString(),
    });
  } else payVoters(context, review.feeMicro, voters);
  if (status === 'approved' && review.subject === 'paradigm') publish(context, review);
  if (status === 'approved' && review.subject === 'bug') confirmBug(context, review);
  context.emit('review.ended', {
    review: bytesToHex(address),
    paradigm: bytesToHex(review.paradigm),
    subject: review.subject,
    status,
  });
}

/** Two thirds of what voted, and enough of what could. */
function verdictOf(
  { state }: StepContext,
  { yesMicro, noMicro, totalMicro }: ReviewState,
): 'approved' | 'rejected' | 'lapsed' {
  const castMicro = yesMicro + noMicro;
  const quorum = BigInt(termsOf(state).quorumBasisPoints);
  if (castMicro === 0n || castMicro * 10_000n < totalMicro * quorum) return 'lapsed';
  return yesMicro * 3n >= castMicro * 2n ? 'approved' : 'rejected';
}

/** In equal parts: the work is the same, whatever is at stake. The bounty pool has its part, and what rounding leaves. */
function payVoters({ state, emit }: StepContext, feeMicro: bigint, voters: readonly Bytes[]): void {
  const poolMicro = (feeMicro * BigInt(termsOf(state).poolBasisPoints)) / 10_000n;
  const eachMicro = (feeMicro - poolMicro) / BigInt(voters.length);
  for (const voter of voters) {
    payFrom(state, POOLS.reviews, voter, 'DPN', eachMicro);
    emit('review.paid', { reviewer: bytesToHex(voter), amountMicro: eachMicro.toString() });
  }
  payFrom(state, POOLS.reviews, POOLS.bounty, 'DPN', feeMicro - eachMicro * BigInt(voters.length));
}

function publish(context: StepContext, review: ReviewState): void {
  const { document, author } = review;
  assert(document !== undefined, 'the review of a paradigm has its document');
  const added = addParadigm(context.state, document, author, context);
  // Its name may have gone to another while it was under review, or the same document was published otherwise.
  if (!added.ok) {
    context.emit('paradigm.not-published', {
      paradigm: bytesToHex(review.paradigm),
      fault: added.fault.code,
    });
    return;
  }
  context.emit('paradigm.published', { paradigm: bytesToHex(review.paradigm), name: added.value.name });
}

function confirmBug(context: StepContext, review: ReviewState): void {
  const { state } = context;
  if (state.paradigm(review.paradigm)?.closed?.reason === 'suspended') return;
  closeParadigm(context, review.paradigm, 'suspended');
  const published = paradigmAddress(review.paradigm);
  const approval = reviewOf(state, published);
  if (approval?.status === 'approved') {
    for (const reviewer of state.listOf('votes-in', roundScope(published, approval.round))) {
      const vote = voteOf(state, published, approval.round, reviewer);
      if (vote?.approve === true) slashReviewer(context, reviewer, vote.weightMicro);
    }
  }
  const { bountyMicro } = termsOf(state);
  const paidMicro = lesser(state.account(POOLS.bounty).balances.DPN, bountyMicro);
  payFrom(state, POOLS.bounty, review.sender, 'DPN', paidMicro);
  context.emit('paradigm.bug', {
    paradigm: bytesToHex(review.paradigm),
    reporter: bytesToHex(review.sender),
    bountyMicro: paidMicro.toString(),
  });
}
