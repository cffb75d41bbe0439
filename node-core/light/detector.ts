// Cross-checking: does anybody else see the same block? A different block is not yet an attack; only if the other side
// proves it too, from the same trusted block, did validators sign two histories.
// Source: CometBFT v0.38.25 light/detector.go; spec/light-client/detection.

import type { Clock, Fault } from '../base/index.ts';
import { bytesToHex, equalBytes } from '../base/index.ts';
import type { LightBlock } from '../comet/index.ts';
import { compareTime, consensusAddress, headerHash, timeToNanos } from '../comet/index.ts';
import type { AttackEvidence } from './attack-evidence.ts';
import { buildAttackEvidence, withoutForgedVotes } from './attack-evidence.ts';
import { lightFault } from './faults.ts';
import type { Fetched, LightProvider } from './provider.ts';
import { fetchBlock } from './provider.ts';
import type { SkippingInput, TraceStep } from './skipping.ts';
import { verifySkipping } from './skipping.ts';
import type { AttackSummary } from './trusted-store.ts';
import { shortHash } from './verify.ts';

export type Attack = {
  readonly fault: Fault;
  /** For the witness and everybody else: what the primary's side signed. */
  readonly againstPrimary: AttackEvidence;
  /** For the primary: what the witness's side signed. Undefined where the primary no longer answers for its own side. */
  readonly againstWitness: AttackEvidence | undefined;
};

export type Testimony =
  | { readonly kind: 'confirmed' }
  /** No answer, or nothing that could be compared. */
  | { readonly kind: 'absent' }
  /** It answers, but has not reached the block yet; its newest one is this much older. */
  | { readonly kind: 'lagging'; readonly behindNs: bigint }
  /** It contradicts without being able to prove it. */
  | { readonly kind: 'bad'; readonly fault: Fault }
  | { readonly kind: 'attack'; readonly attack: Attack };

export type Accepted = { readonly from: LightBlock; readonly steps: readonly TraceStep[] };
export type Judge = Pick<SkippingInput, 'options' | 'nowFor'>;
type FetchAt = (height: bigint) => Promise<Fetched>;

/** What witnesses are asked about: a trace that was verified, and the side that it came from. */
export type Claim = {
  readonly accepted: Accepted;
  readonly judge: Judge;
  /** Blocks of the side that gave the trace, to see where the witness's side leaves it. */
  readonly primary: FetchAt;
};

export type Patience = {
  readonly clock: Clock;
  /** How long a witness that lags is waited for: 2 · clock drift + the lag of honest nodes (detector.go). */
  readonly waitMs: number;
  /** Witnesses that were waited for in vain of late: not again, as long as others confirm. */
  readonly isLate: (witness: LightProvider) => boolean;
};

/** The first pause before a lagging witness is asked again, in milliseconds; each next one is twice as long. */
const LAG_PAUSE_MS = 250;

const sameBlock = (a: LightBlock, b: LightBlock) => equalBytes(headerHash(a.header), headerHash(b.header));

const targetOf = ({ from, steps }: Accepted) => steps[steps.length - 1]?.block ?? from;

export type Answer = { readonly witness: LightProvider; readonly testimony: Testimony };

/**
 * Asks all witnesses at once. Those that lag are waited for where fewer than `enough` confirmed, and where they are so
 * close that an honest one will have passed the block's time within the wait: one signed ahead of time is found so.
 */
export async function questionWitnesses(
  witnesses: readonly LightProvider[],
  claim: Claim,
  enough: number,
  patience: Patience,
  signal?: AbortSignal,
): Promise<readonly Answer[]> {
  const first = await Promise.all(
    witnesses.map(async (witness) => ({ witness, testimony: await askWitness(witness, claim, signal) })),
  );
  if (first.some(({ testimony }) => testimony.kind === 'attack')) return first;
  const confirmed = first.filter(({ testimony }) => testimony.kind === 'confirmed').length;
  const nearNs = BigInt(patience.waitMs) * 1_000_000n;
  const isWorthWaiting = ({ witness, testimony }: Answer): boolean =>
    testimony.kind === 'lagging' &&
    (confirmed < enough || (testimony.behindNs <= nearNs && !patience.isLate(witness)));
  return Promise.all(
    first.map(async (answer) => {
      if (!isWorthWaiting(answer)) return answer;
      return { ...answer, testimony: await waitForWitness(answer, claim, patience, signal) };
    }),
  );
}

async function waitForWitness(
  { witness, testimony: first }: Answer,
  claim: Claim,
  { clock, waitMs }: Patience,
  signal: AbortSignal | undefined,
): Promise<Testimony> {
  let restMs = waitMs;
  let testimony = first;
  for (let pauseMs = LAG_PAUSE_MS; restMs > 0; pauseMs *= 2) {
    const thisPauseMs = Math.min(pauseMs, restMs);
    await clock.sleep(thisPauseMs, signal);
    restMs -= thisPauseMs;
    testimony = await askWitness(witness, claim, signal);
    if (testimony.kind !== 'lagging') break;
  }
  return testimony;
}

/** Asks one witness about the last block of the accepted trace. */
export async function askWitness(
  witness: LightProvider,
  claim: Claim,
  signal?: AbortSignal,
): Promise<Testimony> {
  const target = targetOf(claim.accepted);
  const { height, time } = target.header;
  const ask = (asked: bigint | 'latest') => fetchBlock(witness, asked, signal);
  const compare = (block: LightBlock): Testimony | Promise<Testimony> =>
    sameBlock(block, target) ? { kind: 'confirmed' } : examine(ask, block, claim);
  const fetched = await ask(height);
  if (fetched.kind === 'block') return compare(fetched.block);
  if (fetched.kind === 'bad') return fetched;
  if (fetched.fault.code !== 'light.height.ahead') return { kind: 'absent' };
  const latest = await ask('latest');
  if (latest.kind === 'bad') return latest;
  if (latest.kind === 'missing') return { kind: 'absent' };
  const { header } = latest.block;
  if (header.height >= height) {
    // It caught up between the two questions.
    const again = header.height === height ? latest : await ask(height);
    return again.kind === 'block' ? compare(again.block) : { kind: 'absent' };
  }
  // Times grow with heights: a lower block that is not older was signed on another history than the target.
  if (compareTime(header.time, time) >= 0) return examine(ask, latest.block, claim);
  return { kind: 'lagging', behindNs: timeToNanos(time) - timeToNanos(header.time) };
}

/** Walks both sides to the blocks where they part; evidence is built against each from the other's view. */
async function examine(witness: FetchAt, block: LightBlock, claim: Claim): Promise<Testimony> {
  const { accepted, judge, primary } = claim;
  const trace = [accepted.from, ...accepted.steps.map((step) => step.block)];
  const found = await findDivergence(trace, block, witness, judge);
  if (found.kind === 'missing') return { kind: 'absent' };
  if (found.kind === 'bad') return found;
  const { divergent, source, common } = found;
  const back = await findDivergence(found.sourceTrace, divergent, primary, judge);
  const evidence = (conflicting: LightBlock, trusted: LightBlock, agreed: LightBlock) =>
    buildAttackEvidence(
      withoutForgedVotes(conflicting, judge.options),
      withoutForgedVotes(trusted, judge.options),
      agreed,
    );
  const fault = lightFault('light.attack.detected', {
    height: String(divergent.header.height),
    first: shortHash(headerHash(divergent.header)),
    second: shortHash(headerHash(source.header)),
  });
  return {
    kind: 'attack',
    attack: {
      fault,
      againstPrimary: evidence(divergent, source, common),
      againstWitness:
        back.kind === 'diverged' ? evidence(back.divergent, back.source, back.common) : undefined,
    },
  };
}

type Divergence =
  | {
      readonly kind: 'diverged';
      /** The last block on which both sides agree. */
      readonly common: LightBlock;
      /** The first of the trace on which they do not. */
      readonly divergent: LightBlock;
      /** What the other side has there (or, where it ends before, its newest block), verified from the common block. */
      readonly source: LightBlock;
      readonly sourceTrace: readonly LightBlock[];
    }
  | { readonly kind: 'missing'; readonly fault: Fault }
  | { readonly kind: 'bad'; readonly fault: Fault };

/** `examineConflictingHeaderAgainstTrace` of detector.go: where does the source, which has `target`, leave the trace? */
async function findDivergence(
  trace: readonly LightBlock[],
  target: LightBlock,
  fetch: FetchAt,
  judge: Judge,
): Promise<Divergence> {
  let common: LightBlock | undefined;
  for (const traced of trace) {
    const { height } = traced.header;
    const isBeyond = height > target.header.height;
    if (isBeyond && compareTime(traced.header.time, target.header.time) > 0)
      return { kind: 'bad', fault: otherChain(target) };
    const fetched: Fetched =
      isBeyond || height === target.header.height ? { kind: 'block', block: target } : await fetch(height);
    if (fetched.kind !== 'block') return fetched;
    const source = fetched.block;
    if (common === undefined) {
      if (!sameBlock(source, traced)) return { kind: 'bad', fault: otherChain(traced) };
      common = source;
      continue;
    }
    const walk = await verifySkipping({ ...judge, trusted: common, target: source, fetch });
    if (walk.kind !== 'verified') return walk;
    if (isBeyond || !sameBlock(source, traced)) {
      const sourceTrace = [common, ...walk.steps.map((step) => step.block)];
      return { kind: 'diverged', common, divergent: traced, source, sourceTrace };
    }
    common = source;
  }
  // Asked again it agreed: the first answer was wrong.
  return { kind: 'bad', fault: otherChain(target) };
}

function otherChain(block: LightBlock): Fault {
  return lightFault('light.link.broken', { height: String(block.header.height) });
}

/** For people, kept over restarts. `primary` is empty where it was this node's own earlier block. */
export function summaryOf(
  { againstPrimary: evidence, fault }: Attack,
  primary: string,
  witness: string,
  seenMs: number,
): AttackSummary {
  return {
    kind: evidence.kind,
    height: String(evidence.conflicting.header.height),
    commonHeight: String(evidence.commonHeight),
    primary,
    primaryHash: String(fault.data?.['first'] ?? ''),
    witness,
    witnessHash: String(fault.data?.['second'] ?? ''),
    culprits: evidence.byzantine.map(({ key }) => bytesToHex(consensusAddress(key))),
    reportedTo: [],
    seenMs,
  };
}
