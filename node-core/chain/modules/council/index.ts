// The council: staked reviewers who publish paradigms, and judge reports of bugs in them.

export { joinCouncil, leaveCouncil } from './reviewers.ts';
export { appealReview, reportBug, submitParadigm, withdrawParadigm } from './reviews.ts';
export { bugAddress, reviewerOf, reviewOf, termsOf, voteOf } from './store.ts';
export { runCouncil } from './verdict.ts';
export { voteInReview } from './votes.ts';
