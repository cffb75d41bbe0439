// Typed access to what the council keeps.

import type { Bytes } from '../../../base/index.ts';
import { taggedHash, u64ToBytes } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import * as keys from '../../keys.ts';
import * as records from '../../records.ts';
import type { State } from '../../state.ts';

export const termsOf = (state: State): records.ReviewTerms => state.params().review ?? records.DEFAULT_REVIEW;

export const reviewerOf = (state: State, account: Address) =>
  state.read(records.ReviewerState, keys.reviewerKey(account));
export const reviewOf = (state: State, review: Address) =>
  state.read(records.ReviewState, keys.reviewKey(review));
export function putReview(state: State, review: Address, record: records.ReviewState): void {
  state.write(keys.reviewKey(review), record);
}

export const totalStake = (state: State): bigint =>
  state.read(records.CouncilState, keys.councilKey())?.totalMicro ?? 0n;

/** Writes a reviewer and keeps the sum of all stake right. `undefined` takes the record away. */
export function putReviewer(state: State, account: Address, record: records.ReviewerState | undefined): void {
  const counted = (reviewer: records.ReviewerState | undefined) =>
    reviewer === undefined || reviewer.leavesS !== undefined ? 0n : reviewer.stakeMicro;
  const change = counted(record) - counted(reviewerOf(state, account));
  if (record === undefined) state.remove(keys.reviewerKey(account));
  else state.write(keys.reviewerKey(account), record);
  if (change !== 0n) {
    const totalMicro = totalStake(state) + change;
    state.write(keys.councilKey(), { v: 1, totalMicro } satisfies records.CouncilState);
  }
}

/** Math.min knows no bigint. */
export function lesser(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

export const voteOf = (state: State, review: Address, round: number, reviewer: Address) =>
  state.read(records.VoteState, keys.reviewVoteKey(review, round, reviewer));

/** Account-like name of the review of a bug: last 20 bytes of taggedHash('dipnet/bug/v1', paradigm ‖ reporter ‖ seq). */
export function bugAddress(paradigm: Bytes, reporter: Address, seq: number): Address {
  return taggedHash('dipnet/bug/v1', paradigm, reporter, u64ToBytes(BigInt(seq))).slice(12);
}
