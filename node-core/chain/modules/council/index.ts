// The council: staked reviewers who publish paradigms, and judge reports of bugs in them.

export { joinCouncil, leaveCouncil } from './reviewers.ts';
export { appealReview, reportBug, submitParadigm, voteInReview, withdrawParadigm } from './reviews.ts';
export { bugAddress, reviewerOf, reviewOf, roundScope, termsOf, voteOf } from './store.ts';
export { runCouncil } from './verdict.ts';
