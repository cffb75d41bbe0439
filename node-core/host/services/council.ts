// The council as people see it: who reviews, what is under review, how it was decided and why. All of it proven.

import type { CouncilView, ReviewView } from '../../api/index.ts';
import type { Bytes, Clock, Result } from '../../base/index.ts';
import { bytesToHex, hexToBytes, ok, refuse } from '../../base/index.ts';
import {
  DEFAULT_REVIEW,
  type Message,
  ParadigmState,
  POOLS,
  paradigmKey,
  ReviewerState,
  ReviewState,
  type ReviewTerms,
  reviewerKey,
  reviewKey,
  reviewVoteKey,
  roundScope,
  VoteState,
} from '../../chain/index.ts';
import type { Address } from '../../identity/index.ts';
import { addressToText, parseAddress, sameAddress } from '../../identity/index.ts';
import type { Locale } from '../../paradigm/index.ts';
import { encodeParadigm, parseParadigm } from '../../paradigm/index.ts';
import type { ChainClient } from './chain-client.ts';
import type { Identities } from './identities.ts';
import { paradigmsFault } from './paradigms.ts';
import type { Parties } from './parties.ts';

export type CouncilParts = {
  readonly chain: ChainClient;
  readonly identities: Identities;
  readonly parties: Parties;
  readonly clock: Clock;
};

type Reviewers = readonly { readonly account: Address; readonly state: ReviewerState }[];
type Frame = {
  readonly actor: Address;
  readonly terms: ReviewTerms;
  readonly reviewers: Reviewers;
  readonly nowS: number;
  readonly locale: Locale;
};

/** Newest reviews that are shown. */
const REVIEWS_SHOWN_MAX = 50;

export class Council {
  readonly #parts: CouncilParts;

  constructor(parts: CouncilParts) {
    this.#parts = parts;
  }

  async view(actor: string, locale: Locale): Promise<Result<CouncilView>> {
    const { chain, identities, parties, clock } = this.#parts;
    const { address } = identities.keyPair(actor);
    const params = await chain.known.params();
    if (!params.ok) return params;
    const reviewers = await this.#reviewers();
    if (!reviewers.ok) return reviewers;
    const own = await chain.known.read(ReviewerState, reviewerKey(address));
    if (!own.ok) return own;
    const bounty = await chain.known.account(POOLS.bounty);
    if (!bounty.ok) return bounty;
    const terms = params.value.review ?? DEFAULT_REVIEW;
    const nowS = Math.floor(clock.nowMs() / 1000);
    const frame = { actor: address, terms, reviewers: reviewers.value, nowS, locale };
    const reviews = await this.#reviews(frame);
    if (!reviews.ok) return reviews;
    const { stakeMicro, feeMicro, appealMicro, bondMicro, bountyMicro, voteS, leaveS } = terms;
    return ok({
      terms: { stakeMicro, feeMicro, appealMicro, bondMicro, bountyMicro, voteS, leaveS },
      reviewers: reviewers.value.map(({ account, state }) => ({
        party: parties.ofBytes(account),
        stakeMicro: state.stakeMicro,
      })),
      bountyMicro: bounty.value.value.balances.DPN,
      ...(own.value === undefined ? {} : { mine: mineOf(own.value.value) }),
      reviews: reviews.value,
    });
  }

  async #reviewers(): Promise<Result<Reviewers>> {
    const { known } = this.#parts.chain;
    const ids = await known.list('reviewers');
    if (!ids.ok) return ids;
    const found: { account: Address; state: ReviewerState }[] = [];
    for (const account of ids.value) {
      const state = await known.read(ReviewerState, reviewerKey(account));
      if (!state.ok) return state;
      if (state.value !== undefined) found.push({ account, state: state.value.value });
    }
    return ok(found);
  }

  async #reviews(frame: Frame): Promise<Result<ReviewView[]>> {
    const { known } = this.#parts.chain;
    const ids = await known.list('reviews');
    if (!ids.ok) return ids;
    const views: ReviewView[] = [];
    for (const id of ids.value.slice(-REVIEWS_SHOWN_MAX)) {
      const review = await known.read(ReviewState, reviewKey(id));
      if (!review.ok) return review;
      if (review.value === undefined) continue;
      const view = await this.#review(id, review.value.value, frame);
      if (!view.ok) return view;
      views.push(view.value);
    }
    return ok(views.sort((a, b) => b.begunS - a.begunS));
  }

  async #review(id: Address, review: ReviewState, frame: Frame): Promise<Result<ReviewView>> {
    const votes = await this.#votes(id, review.round);
    if (!votes.ok) return votes;
    const document = await this.#document(review);
    if (!document.ok) return document;
    const { parties } = this.#parts;
    const { actor, terms, nowS, locale } = frame;
    const endsS = Number(review.endsS);
    const voted = votes.value.some(({ reviewer }) => reviewer.address === addressToText(actor));
    const reviewer = frame.reviewers.find(({ account }) => sameAddress(account, actor))?.state;
    const own = sameAddress(review.author, actor) || sameAddress(review.sender, actor);
    return ok({
      id: addressToText(id),
      subject: review.subject,
      paradigmId: bytesToHex(review.paradigm),
      title: document.value?.title[locale] ?? '',
      version: document.value?.version ?? 0,
      author: parties.ofBytes(review.author),
      sender: parties.ofBytes(review.sender),
      text: review.text ?? '',
      status: review.status,
      round: review.round,
      appealed: review.appealed,
      begunS: Number(review.begunS),
      endsS,
      yesMicro: review.yesMicro,
      noMicro: review.noMicro,
      totalMicro: review.totalMicro,
      votes: votes.value,
      canVote:
        review.status === 'open' && !voted && !own && (reviewer?.sinceS ?? review.begunS) < review.begunS,
      canAppeal:
        review.subject === 'paradigm' &&
        review.status === 'rejected' &&
        !review.appealed &&
        sameAddress(review.sender, actor) &&
        nowS <= endsS + terms.appealS,
    });
  }

  async #votes(review: Address, round: number): Promise<Result<ReviewView['votes']>> {
    const { known } = this.#parts.chain;
    const voters = await known.list('votes-in', roundScope(review, round));
    if (!voters.ok) return voters;
    const votes: ReviewView['votes'] = [];
    for (const account of voters.value) {
      const vote = await known.read(VoteState, reviewVoteKey(review, round, account));
      if (!vote.ok) return vote;
      if (vote.value === undefined) continue;
      const { approve, reason, weightMicro } = vote.value.value;
      votes.push({ reviewer: this.#parts.parties.ofBytes(account), approve, reason, weightMicro });
    }
    return ok(votes);
  }

  async #document(review: ReviewState) {
    let { document } = review;
    if (document === undefined) {
      const published = await this.#parts.chain.known.read(ParadigmState, paradigmKey(review.paradigm));
      if (!published.ok) return published;
      document = published.value?.value.document;
    }
    const parsed = document === undefined ? undefined : parseParadigm(document);
    return ok(parsed?.ok === true ? parsed.value.document : undefined);
  }

  /** The document under review as text, for whoever checks it. */
  async documentOf(id: string): Promise<Result<Bytes>> {
    const address = parseAddress(id);
    const review =
      address === undefined ? undefined : await this.#parts.chain.known.read(ReviewState, reviewKey(address));
    if (review?.ok === false) return review;
    const document = review?.value?.value.document;
    return document === undefined ? refuse(paradigmsFault('paradigms.unknown')) : ok(document);
  }

  join(actor: string, amountMicro: bigint): Promise<Result<string>> {
    return this.#send(actor, { type: 'council.join', amountMicro });
  }

  leave(actor: string): Promise<Result<string>> {
    return this.#send(actor, { type: 'council.leave' });
  }

  /** Text in JSON or YAML. The one who submits it is its author. */
  async submit(actor: string, text: string): Promise<Result<string>> {
    const document = encodeParadigm(text);
    return document.ok ? this.#send(actor, { type: 'paradigm.submit', document: document.value }) : document;
  }

  vote(actor: string, id: string, approve: boolean, reason: string): Promise<Result<string>> {
    return this.#onReview(actor, id, (review) => ({ type: 'council.vote', review, approve, reason }));
  }

  appeal(actor: string, id: string): Promise<Result<string>> {
    return this.#onReview(actor, id, (review) => ({ type: 'paradigm.appeal', review }));
  }

  withdraw(actor: string, paradigm: string): Promise<Result<string>> {
    return this.#send(actor, { type: 'paradigm.withdraw', paradigm: hexToBytes(paradigm) });
  }

  report(actor: string, paradigm: string, text: string): Promise<Result<string>> {
    return this.#send(actor, { type: 'paradigm.report', paradigm: hexToBytes(paradigm), text });
  }

  async #onReview(actor: string, id: string, message: (review: Address) => Message): Promise<Result<string>> {
    const review = parseAddress(id);
    return review === undefined
      ? refuse(paradigmsFault('paradigms.unknown'))
      : this.#send(actor, message(review));
  }

  async #send(actor: string, message: Message): Promise<Result<string>> {
    const { chain, identities } = this.#parts;
    const sent = await chain.submit(identities.keyPair(actor), message);
    return sent.ok ? ok(bytesToHex(sent.value.hash)) : sent;
  }
}

function mineOf({ stakeMicro, leavesS }: ReviewerState): CouncilView['mine'] {
  return { stakeMicro, ...(leavesS === undefined ? {} : { leavesS: Number(leavesS) }) };
}
