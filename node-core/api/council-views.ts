// Agreements, which are contracts without a quote, and the council that publishes the paradigms they run under.

import { z } from 'zod';
import { AccountText, HashText } from './base-views.ts';
import { ParadigmField } from './paradigm-views.ts';

const Party = z.object({ address: z.string(), name: z.string() });

export const AgreementCard = z.object({
  id: AccountText,
  title: z.string(),
  /** Its first text, such as what is made; empty where it has none. */
  about: z.string(),
  state: z.string(),
  /** How it ended; absent while it runs. */
  ended: z.enum(['success', 'refund', 'compromise']).optional(),
  heldMicro: z.bigint(),
  openedS: z.number(),
  deadlineS: z.number().optional(),
  /** The acting account has a part in it; otherwise it could join. */
  mine: z.boolean(),
  /** The acting account can take a step now. */
  yourTurn: z.boolean(),
});
export type AgreementCard = z.infer<typeof AgreementCard>;

/** What a step would do now, by the contract's own rules. */
export const StepOutlook = z.object({
  refused: z.boolean(),
  /** From the acting account into the agreement. */
  takesMicro: z.bigint(),
});
export type StepOutlook = z.infer<typeof StepOutlook>;

export const AgreementOption = z.object({
  event: z.string(),
  label: z.string(),
  explain: z.string(),
  to: z.string(),
  /** Refused where this holds. */
  onlyIf: z.string().optional(),
  /** As it stands now; absent where that depends on what is filled in, or on other contracts. */
  outlook: StepOutlook.optional(),
  fields: z.array(ParadigmField),
});
export type AgreementOption = z.infer<typeof AgreementOption>;

export const AgreementView = AgreementCard.extend({
  paradigmId: HashText,
  stateExplain: z.string(),
  parties: z.array(z.object({ role: z.string(), party: Party, mine: z.boolean() })),
  crowds: z.array(z.object({ role: z.string(), membersMax: z.number(), members: z.array(Party) })),
  values: z.array(z.object({ label: z.string(), text: z.string() })),
  /** What the acting account can do. */
  options: z.array(AgreementOption),
  /** Other contracts do a part of its work with its money: there is a graph of them. */
  hasBranches: z.boolean(),
  /** What happens at the deadline if nobody acts. */
  silence: z
    .object({
      label: z.string(),
      explain: z.string(),
      to: z.string(),
      pays: z.array(z.object({ who: z.string(), amountMicro: z.bigint() })),
    })
    .optional(),
  steps: z.array(
    z.object({ label: z.string(), by: Party.optional(), timeS: z.number(), height: z.number() }),
  ),
  /** SVG with the present state marked. */
  diagram: z.string(),
  /** Height at which all of this was proven. */
  verifiedHeight: z.number(),
});
export type AgreementView = z.infer<typeof AgreementView>;

export const ReviewView = z.object({
  id: AccountText,
  subject: z.enum(['paradigm', 'bug']),
  paradigmId: HashText,
  title: z.string(),
  version: z.number(),
  author: Party,
  sender: Party,
  /** What was reported; empty for a document. */
  text: z.string(),
  status: z.enum(['open', 'approved', 'rejected', 'lapsed']),
  round: z.number(),
  /** The round is the second and last one, after a rejection. */
  appealed: z.boolean(),
  begunS: z.number(),
  endsS: z.number(),
  yesMicro: z.bigint(),
  noMicro: z.bigint(),
  totalMicro: z.bigint(),
  votes: z.array(
    z.object({ reviewer: Party, approve: z.boolean(), reason: z.string(), weightMicro: z.bigint() }),
  ),
  canVote: z.boolean(),
  canAppeal: z.boolean(),
});
export type ReviewView = z.infer<typeof ReviewView>;

export const CouncilView = z.object({
  terms: z.object({
    stakeMicro: z.bigint(),
    feeMicro: z.bigint(),
    appealMicro: z.bigint(),
    bondMicro: z.bigint(),
    bountyMicro: z.bigint(),
    voteS: z.number(),
    leaveS: z.number(),
  }),
  reviewers: z.array(z.object({ party: Party, stakeMicro: z.bigint() })),
  bountyMicro: z.bigint(),
  /** The acting account's part in it. */
  mine: z.object({ stakeMicro: z.bigint(), leavesS: z.number().optional() }).optional(),
  /** Newest first. */
  reviews: z.array(ReviewView),
});
export type CouncilView = z.infer<typeof CouncilView>;
