// Reviewers: they put up stake, vote with the weight of it, and answer with it for what they approved.

import type { z } from 'zod';
import type { Bytes } from '../../../base/index.ts';
import { bytesToHex, refuse } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import { pushDeadline } from '../../deadlines.ts';
import { chainFault } from '../../faults.ts';
import type { CouncilJoin } from '../../messages.ts';
import type { State } from '../../state.ts';
import { moveTokens, payFrom } from '../accounts/index.ts';
import { done, type MessageContext, type MessageResult, type StepContext } from '../context.ts';
import { POOLS } from '../pools.ts';
import { lesser, putReviewer, reviewerOf, termsOf } from './store.ts';

/** Every one of them may vote in every review: more than this nobody could pay fairly, or count in one step. */
const REVIEWERS_MAX = 200n;

export function joinCouncil(context: MessageContext, message: z.infer<typeof CouncilJoin>): MessageResult {
  const { state, signer, timeS } = context;
  const { stakeMicro: minimumMicro } = termsOf(state);
  const known = reviewerOf(state, signer);
  if (known?.leavesS !== undefined)
    return refuse(chainFault('chain.council.leaving', { untilS: known.leavesS.toString() }));
  const stakeMicro = (known?.stakeMicro ?? 0n) + message.amountMicro;
  if (stakeMicro < minimumMicro)
    return refuse(chainFault('chain.council.stake-low', { minimumMicro: minimumMicro.toString() }));
  if (known === undefined && state.indexLength('reviewers') >= REVIEWERS_MAX)
    return refuse(chainFault('chain.council.full', { reviewersMax: Number(REVIEWERS_MAX) }));
  const paid = moveTokens(state, signer, POOLS.council, 'DPN', message.amountMicro);
  if (!paid.ok) return paid;
  putReviewer(state, signer, { v: 1, stakeMicro, sinceS: timeS });
  state.addToList('reviewers', signer);
  context.emit('council.joined', {
    reviewer: bytesToHex(signer),
    amountMicro: message.amountMicro.toString(),
    stakeMicro: stakeMicro.toString(),
  });
  return done();
}

export function leaveCouncil(context: MessageContext): MessageResult {
  const { state, signer, timeS } = context;
  const known = reviewerOf(state, signer);
  if (known === undefined || known.leavesS !== undefined)
    return refuse(chainFault('chain.council.no-reviewer'));
  const leavesS = timeS + BigInt(termsOf(state).leaveS);
  putReviewer(state, signer, { ...known, leavesS });
  state.removeFromList('reviewers', signer);
  pushDeadline(state, leavesS, context.nextOrder(), signer, 'council');
  context.emit('council.left', { reviewer: bytesToHex(signer), untilS: leavesS.toString() });
  return done();
}

/** Pays out whoever has left and is liable no longer. False where the address is not of such a reviewer. */
export function payOutReviewer(context: StepContext, address: Address): boolean {
  const { state, timeS } = context;
  const reviewer = reviewerOf(state, address);
  if (reviewer?.leavesS === undefined || reviewer.leavesS > timeS) return false;
  putReviewer(state, address, undefined);
  payFrom(state, POOLS.council, address, 'DPN', reviewer.stakeMicro);
  context.emit('council.paid-out', {
    reviewer: bytesToHex(address),
    amountMicro: reviewer.stakeMicro.toString(),
  });
  return true;
}

/** Takes a part of what was put behind a vote, as far as it is still there, into the bounty pool. */
export function slashReviewer(
  context: Pick<StepContext, 'state' | 'emit'>,
  address: Address,
  weightMicro: bigint,
): void {
  const { state } = context;
  const reviewer = reviewerOf(state, address);
  if (reviewer === undefined) return;
  const wantedMicro = (weightMicro * BigInt(termsOf(state).slashBasisPoints)) / 10_000n;
  const amountMicro = lesser(wantedMicro, reviewer.stakeMicro);
  putReviewer(state, address, { ...reviewer, stakeMicro: reviewer.stakeMicro - amountMicro });
  payFrom(state, POOLS.council, POOLS.bounty, 'DPN', amountMicro);
  context.emit('council.slashed', { reviewer: bytesToHex(address), amountMicro: amountMicro.toString() });
}

/** The weight of an account's vote in a review that began then; undefined where it may not vote. */
export function weightOf(state: State, account: Bytes, begunS: bigint): bigint | undefined {
  const reviewer = reviewerOf(state, account);
  if (reviewer === undefined || reviewer.leavesS !== undefined) return undefined;
  // Stake that was put up, or all but slashed away, since then has no say.
  const counts = reviewer.sinceS < begunS && reviewer.stakeMicro * 2n >= termsOf(state).stakeMicro;
  return counts ? reviewer.stakeMicro : undefined;
}
