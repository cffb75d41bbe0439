// The messages of the council: whoever stakes for it reviews paradigms, and judges reports of bugs in them.

import { z } from 'zod';
import { AddressBytes, Hash, Octets, PositiveMicro } from './fields.ts';

/** Said to the author, for everybody to read. */
const reason = z.string().min(1).max(1000);

/** The signer becomes a reviewer, or adds to its stake. Counts in reviews that begin afterwards. */
export const CouncilJoin = z.strictObject({ type: z.literal('council.join'), amountMicro: PositiveMicro });

/** The signer reviews no more; its stake is paid out when nothing that it decided can be held against it. */
export const CouncilLeave = z.strictObject({ type: z.literal('council.leave') });

/** Pays the review fee and asks the council to publish a document. */
export const ParadigmSubmit = z.strictObject({
  type: z.literal('paradigm.submit'),
  /** Canonical paradigm document (dag-cbor). */
  document: Octets,
  /** Account that earns the author's fee; the sender where absent. */
  author: AddressBytes.optional(),
});

/** One vote of a reviewer in the present round of a review. It stands. */
export const CouncilVote = z.strictObject({
  type: z.literal('council.vote'),
  review: AddressBytes,
  approve: z.boolean(),
  reason,
});

/** Whoever submitted a rejected document asks once more, at a higher fee. */
export const ParadigmAppeal = z.strictObject({ type: z.literal('paradigm.appeal'), review: AddressBytes });

/** Its author lets no new contracts begin under a paradigm; running ones are not touched. */
export const ParadigmWithdraw = z.strictObject({ type: z.literal('paradigm.withdraw'), paradigm: Hash });

/** Reports a bug of a published paradigm, with a bond that pays for the review. */
export const ParadigmReport = z.strictObject({
  type: z.literal('paradigm.report'),
  paradigm: Hash,
  /** What goes wrong and how to see it. */
  text: z.string().min(1).max(4000),
});
