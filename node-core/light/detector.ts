// Cross-checking: does anybody else see the same block? A different block is not yet an attack; only if the other side
// proves it too, from the same trusted block, did validators sign two histories.
// Source: CometBFT v0.38.25 light/detector.go; spec/light-client/detection.

import type { Fault } from '../base/index.ts';
import { equalBytes } from '../base/index.ts';
import type { LightBlock } from '../comet/index.ts';
import { compareTime, headerHash } from '../comet/index.ts';
import type { AttackEvidence } from './attack-evidence.ts';
import { buildAttackEvidence } from './attack-evidence.ts';
import { lightFault } from './faults.ts';
import type { LightProvider } from './provider.ts';
import { fetchBlock } from './provider.ts';
import type { SkippingInput, TraceStep } from './skipping.ts';
import { verifySkipping } from './skipping.ts';
import { shortHash } from './verify.ts';

export type Attack = {
  readonly fault: Fault;
  /** For the witness and everybody else: what the primary's side signed. */
  readonly againstPrimary: AttackEvidence;
  /** For the primary: what the witness's side signed. */
  readonly againstWitness: AttackEvidence;
};

export type Testimony =
  | { readonly kind: 'confirmed' }
  /** No answer, or it does not have the block yet. */
  | { readonly kind: 'absent' }
  /** It contradicts without being able to prove it. */
  | { readonly kind: 'bad'; readonly fault: Fault }
  | { readonly kind: 'attack'; readonly attack: Attack };

export type Accepted = { readonly from: LightBlock; readonly steps: readonly TraceStep[] };
export type Judge = Pick<SkippingInput, 'options' | 'nowFor'>;

const sameBlock = (a: LightBlock, b: LightBlock) => equalBytes(headerHash(a.header), headerHash(b.header));

/** Asks one witness about the last block of `accepted`. */
export async function askWitness(
  witness: LightProvider,
  accepted: Accepted,
  judge: Judge,
  signal?: AbortSignal,
): Promise<Testimony> {
  const target = accepted.steps[accepted.steps.length - 1]?.block ?? accepted.from;
  const fetched = await fetchBlock(witness, target.header.height, signal);
  if (fetched.kind === 'bad') return fetched;
  if (fetched.kind === 'block') {
    if (sameBlock(fetched.block, target)) return { kind: 'confirmed' };
    return examine(witness, accepted, judge, signal);
  }
  // It may only lag behind. If its newest block is not older than the target, the target was signed ahead of its time.
  const latest = await fetchBlock(witness, 'latest', signal);
  if (latest.kind !== 'block') return { kind: 'absent' };
  const { header } = latest.block;
  const ahead = header.height < target.header.height && compareTime(header.time, target.header.time) >= 0;
  return ahead ? examineForward(witness, latest.block, accepted, judge, signal) : { kind: 'absent' };
}

/** Walks the accepted trace on the witness's side, to the first block on which the two differ. */
async function examine(
  witness: LightProvider,
  accepted: Accepted,
  judge: Judge,
  signal: AbortSignal | undefined,
): Promise<Testimony> {
  let common = accepted.from;
  const start = await fetchBlock(witness, common.header.height, signal);
  if (start.kind === 'missing') return { kind: 'absent' };
  if (start.kind === 'bad') return start;
  if (!sameBlock(start.block, common)) return { kind: 'bad', fault: otherChain(common) };
  for (const { block } of accepted.steps) {
    const fetched = await fetchBlock(witness, block.header.height, signal);
    if (fetched.kind === 'missing') return { kind: 'absent' };
    if (fetched.kind === 'bad') return fetched;
    const walk = await verifySkipping({
      ...judge,
      trusted: common,
      target: fetched.block,
      fetch: (height) => fetchBlock(witness, height, signal),
    });
    if (walk.kind === 'missing') return { kind: 'absent' };
    if (walk.kind === 'bad') return walk;
    if (!sameBlock(fetched.block, block)) return attackBetween(block, fetched.block, common);
    common = block;
  }
  // Asked again it agreed: the first answer was wrong.
  return { kind: 'bad', fault: otherChain(common) };
}

/** The witness's chain is shorter but not older: provable only if its newest block verifies from the common one. */
async function examineForward(
  witness: LightProvider,
  latest: LightBlock,
  accepted: Accepted,
  judge: Judge,
  signal: AbortSignal | undefined,
): Promise<Testimony> {
  const lower = [accepted.from, ...accepted.steps.map(({ block }) => block)].filter(
    ({ header }) => header.height < latest.header.height,
  );
  const common = lower[lower.length - 1];
  const target = accepted.steps[accepted.steps.length - 1]?.block;
  if (common === undefined || target === undefined) return { kind: 'absent' };
  const walk = await verifySkipping({
    ...judge,
    trusted: common,
    target: latest,
    fetch: (height) => fetchBlock(witness, height, signal),
  });
  if (walk.kind === 'missing') return { kind: 'absent' };
  return walk.kind === 'bad' ? walk : attackBetween(target, latest, common);
}

function attackBetween(primary: LightBlock, witness: LightBlock, common: LightBlock): Testimony {
  const fault = lightFault('light.attack.detected', {
    height: String(primary.header.height),
    first: shortHash(headerHash(primary.header)),
    second: shortHash(headerHash(witness.header)),
  });
  const againstPrimary = buildAttackEvidence(primary, witness, common);
  const againstWitness = buildAttackEvidence(witness, primary, common);
  return { kind: 'attack', attack: { fault, againstPrimary, againstWitness } };
}

function otherChain(common: LightBlock): Fault {
  return lightFault('light.link.broken', { height: String(common.header.height) });
}
