// Refusals of the council and its reviews.

export const COUNCIL = {
  'chain.council.only': {
    number: 15,
    message: 'Only the council may do this.',
    next: 'Propose it to the council.',
  },
  'chain.council.empty': {
    number: 130,
    message: 'Nobody reviews for the council at present.',
    next: 'Try again when reviewers have joined.',
  },
  'chain.council.full': {
    number: 131,
    message: 'The council has {reviewersMax} reviewers, the most it can have.',
    next: 'Try again when one has left.',
  },
  'chain.council.stake-low': {
    number: 132,
    message: 'A reviewer must put up at least {minimumMicro} micro-DPN.',
    next: 'Choose a larger amount.',
  },
  'chain.council.leaving': {
    number: 133,
    message: 'This account is leaving the council; its stake is paid out at {untilS} (Unix seconds).',
    next: 'Join again after that time.',
  },
  'chain.council.no-reviewer': {
    number: 134,
    message: 'This account was no reviewer with enough stake when the review began, or has left since.',
    next: 'Join the council; later reviews are yours to vote in.',
  },
  'chain.review.unknown': {
    number: 135,
    message: 'There is no such review.',
    next: 'Check the address.',
  },
  'chain.review.open': {
    number: 136,
    message: 'This document is under review already.',
    next: 'Wait for the verdict.',
  },
  'chain.review.ended': {
    number: 137,
    message: 'The voting in this review has ended.',
    next: 'Nothing is left to do.',
  },
  'chain.review.own': {
    number: 138,
    message: 'Nobody votes on their own paradigm or report.',
    next: 'Leave it to the other reviewers.',
  },
  'chain.review.voted': {
    number: 139,
    message: 'This account has voted in this round already, and a vote stands.',
    next: 'Nothing is left to do.',
  },
  'chain.review.no-appeal': {
    number: 140,
    message: 'Only whoever submitted a rejected document may appeal, once and in time.',
    next: 'Submit an improved document instead.',
  },
} as const;
