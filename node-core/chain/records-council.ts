// What the council keeps: its terms, who reviews with how much at stake, the reviews and their votes.

import { z } from 'zod';
import type { Bytes } from '../base/index.ts';
import { AddressBytes, BasisPoints, Hash } from './fields.ts';

const bytes = z.custom<Bytes>((value) => value instanceof Uint8Array, 'bytes');
const micro = z.coerce.bigint().min(0n);
const positive = micro.refine((value) => value > 0n, 'more than nothing');
const unixS = z.coerce.bigint();
const DAY_S = 86_400;

export const ReviewTerms = z.strictObject({
  /** Least stake of a reviewer, in micro-DPN. */
  stakeMicro: positive,
  /** Paid for a review, for an appeal, and with a report of a bug. */
  feeMicro: micro,
  appealMicro: micro,
  bondMicro: micro,
  /** Paid for a confirmed bug, as far as the bounty pool has it. */
  bountyMicro: micro,
  /** How long a round of voting lasts; how long after a rejection it may be appealed. */
  voteS: z
    .int()
    .min(60)
    .max(30 * DAY_S),
  appealS: z
    .int()
    .min(60)
    .max(30 * DAY_S),
  /** How long a reviewer's stake stays liable after leaving. */
  leaveS: z
    .int()
    .min(60)
    .max(365 * DAY_S),
  /** Lost by whoever approved a paradigm in which a bug is confirmed. */
  slashBasisPoints: BasisPoints,
  /** Part of every fee that goes to the bounty pool. */
  poolBasisPoints: BasisPoints,
  /** Part of all stake that must have voted for a round to decide anything. */
  quorumBasisPoints: z.int().min(1).max(10_000),
});
export type ReviewTerms = z.infer<typeof ReviewTerms>;

const DPN = 1_000_000n;
export const DEFAULT_REVIEW: ReviewTerms = {
  stakeMicro: 50_000n * DPN,
  feeMicro: 100n * DPN,
  appealMicro: 300n * DPN,
  bondMicro: 50n * DPN,
  bountyMicro: 1_000n * DPN,
  voteS: 7 * DAY_S,
  appealS: 7 * DAY_S,
  leaveS: 60 * DAY_S,
  slashBasisPoints: 500,
  poolBasisPoints: 1_000,
  quorumBasisPoints: 3_334,
};

/** All stake of reviewers who have not left. */
export const CouncilState = z.strictObject({ v: z.literal(1), totalMicro: micro });
export type CouncilState = z.infer<typeof CouncilState>;

export const ReviewerState = z.strictObject({
  v: z.literal(1),
  stakeMicro: micro,
  /** Since when all of it is there: reviews that began before are not its to vote in. */
  sinceS: unixS,
  /** When it is paid out; absent while it reviews. */
  leavesS: unixS.optional(),
});
export type ReviewerState = z.infer<typeof ReviewerState>;

export const ReviewState = z.strictObject({
  v: z.literal(1),
  /** `paradigm`: whether to publish a document. `bug`: whether a report about a published one is right. */
  subject: z.enum(['paradigm', 'bug']),
  paradigm: Hash,
  /** The document, where one is to be published; what was reported, where it is a bug. */
  document: bytes.optional(),
  text: z.string().optional(),
  author: AddressBytes,
  /** Who paid for it. */
  sender: AddressBytes,
  /** Held for those who vote in the present round. */
  feeMicro: micro,
  /** From 0; each appeal or new submission begins another. */
  round: z.int().min(0),
  appealed: z.boolean(),
  begunS: unixS,
  /** When the round ends; when it ended, once it has. */
  endsS: unixS,
  /** All stake when the round began, and the part of it that voted each way. */
  totalMicro: micro,
  yesMicro: micro,
  noMicro: micro,
  /** `lapsed`: too few voted, and the fee went back. */
  status: z.enum(['open', 'approved', 'rejected', 'lapsed']),
});
export type ReviewState = z.infer<typeof ReviewState>;

export const VoteState = z.strictObject({
  v: z.literal(1),
  approve: z.boolean(),
  weightMicro: micro,
  reason: z.string(),
  votedS: unixS,
});
export type VoteState = z.infer<typeof VoteState>;

/** Whose name of a paradigm this is: the first published author's, and the highest version so far. */
export const ParadigmNameState = z.strictObject({
  v: z.literal(1),
  author: AddressBytes,
  version: z.int().min(1),
  paradigm: Hash,
});
export type ParadigmNameState = z.infer<typeof ParadigmNameState>;
