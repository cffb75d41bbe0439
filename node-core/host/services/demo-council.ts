// The reviewers of a demo world: three accounts of this computer that stake for the council and vote as the checker
// finds, so that somebody who tries out publishing sees at once what a real council does in a week.

import type { Result } from '../../base/index.ts';
import { type Bytes, type Clock, hexToBytes, type Log, ok } from '../../base/index.ts';
import {
  type ChainEvent,
  DEFAULT_REVIEW,
  ReviewerState,
  ReviewState,
  type ReviewTerms,
  reviewerKey,
  reviewKey,
} from '../../chain/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import type { ParadigmService } from '../adapters/paradigm-service.ts';
import type { ChainClient } from './chain-client.ts';

/**
 * Minutes for a round instead of a week: time to change roles, read and give a reason. Where all have voted it ends at
 * once. The least stake is what a person here
 * can put up, and beside the three one such vote is enough to decide about a report of a bug, where they do not vote.
 */
export const DEMO_REVIEW: ReviewTerms = {
  ...DEFAULT_REVIEW,
  ...{ voteS: 300, appealS: 600, leaveS: 1_200 },
  stakeMicro: 300_000_000n,
  quorumBasisPoints: 2_000,
};

export type DemoCouncilParts = {
  readonly chain: ChainClient;
  readonly work: ParadigmService;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
};

/** What fails for a moment (a proof that is not there yet, a busy worker) is tried again before the round is over. */
const TRIES = 6;
const PAUSE_MS = 500;

/** Funds the reviewers and puts up their stake, each step looked at before it is done. */
export async function seatDemoCouncil(
  { chain }: Pick<DemoCouncilParts, 'chain'>,
  faucet: KeyPair,
  reviewers: readonly KeyPair[],
): Promise<Result<void>> {
  const { stakeMicro } = DEMO_REVIEW;
  // What a few votes cost is left over.
  const fundsMicro = stakeMicro + 100_000_000n;
  for (const reviewer of reviewers) {
    const seated = await chain.read(ReviewerState, reviewerKey(reviewer.address));
    if (!seated.ok) return seated;
    if (seated.value !== undefined) continue;
    const account = await chain.account(reviewer.address);
    if (!account.ok) return account;
    if (account.value.value.balances.DPN < stakeMicro) {
      const funded = await chain.submit(faucet, {
        type: 'bank.send',
        to: reviewer.address,
        token: 'DPN',
        amountMicro: fundsMicro,
      });
      if (!funded.ok) return funded;
    }
    const joined = await chain.submit(reviewer, { type: 'council.join', amountMicro: stakeMicro });
    if (!joined.ok) return joined;
  }
  return ok(undefined);
}

/** Votes in every review of a document that begins. Reports of bugs are for people to judge. */
export function createDemoCouncil(parts: DemoCouncilParts, reviewers: readonly KeyPair[]) {
  const { chain, work, clock, log } = parts;

  async function again<T>(attempt: () => Promise<Result<T>>): Promise<Result<T>> {
    let result = await attempt();
    for (let tries = 1; tries < TRIES && !result.ok; tries++) {
      await clock.sleep(PAUSE_MS);
      result = await attempt();
    }
    return result;
  }

  async function documentOf(review: Bytes): Promise<Bytes | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) await clock.sleep(PAUSE_MS);
      const found = await chain.read(ReviewState, reviewKey(review));
      const document = found.ok ? found.value?.value.document : undefined;
      if (document !== undefined) return document;
    }
    return undefined;
  }

  async function judge(review: string): Promise<void> {
    const address = hexToBytes(review);
    const document = await documentOf(address);
    if (document === undefined) return log('warn', 'demo-council.not-read', { review });
    const checked = await again(() => work.judge(document));
    if (!checked.ok) return log('warn', 'demo-council.not-checked', { fault: checked.fault.code });
    const { ok: passed, findings, situations } = checked.value;
    const reason = passed
      ? `Explored ${situations} situations and found no defect.`
      : `${findings[0]?.message ?? 'A defect was found.'} (${findings.length} in all)`.slice(0, 1000);
    for (const reviewer of reviewers) {
      const vote = { type: 'council.vote', review: address, approve: passed, reason } as const;
      const voted = await again(() => chain.submit(reviewer, vote));
      if (!voted.ok) log('warn', 'demo-council.not-voted', { fault: voted.fault.code });
    }
  }

  return {
    onChainEvent({ type, attributes }: ChainEvent): void {
      if (type !== 'review.begun' || attributes['subject'] !== 'paradigm') return;
      judge(attributes['review'] ?? '').catch((error: unknown) =>
        log('error', 'demo-council.failed', { error }),
      );
    },
  };
}
