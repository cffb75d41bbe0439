// From a trusted block to a far one: try the whole jump, and where too few known validators signed, a block in between.
// Source: CometBFT v0.38.25 light/client.go verifySkipping.

import type { Fault } from '../base/index.ts';
import type { LightBlock, Time } from '../comet/index.ts';
import type { Tally } from './commit.ts';
import { lightFault } from './faults.ts';
import type { Fetched } from './provider.ts';
import type { VerifyOptions } from './verify.ts';
import { verifyBackwards, verifyStep } from './verify.ts';

/** Bounds work and memory that a liar can cause (a hundred validators take 40 KB a step). Only a chain that replaces most
 * validators at every block needs more; it can be followed in shorter stretches. */
const SKIPPING_STEPS_MAX = 2_000;
/** One header at a time is kept, so this bounds only the time. */
const BACKWARDS_STEPS_MAX = 10_000;
const PIVOT_NUMERATOR = 9n;
const PIVOT_DENOMINATOR = 16n;

export type TraceStep = { readonly block: LightBlock; readonly tally: Tally; readonly adjacent: boolean };

export type Walk =
  /** `steps` end with the target; `from` is the trusted block that they start at. */
  | { readonly kind: 'verified'; readonly from: LightBlock; readonly steps: readonly TraceStep[] }
  | { readonly kind: 'missing'; readonly fault: Fault }
  | { readonly kind: 'bad'; readonly fault: Fault };

export type SkippingInput = {
  readonly trusted: LightBlock;
  readonly target: LightBlock;
  readonly options: VerifyOptions;
  /** The time at which the step between two blocks is judged. */
  readonly nowFor: (trusted: LightBlock, untrusted: LightBlock) => Time;
  readonly fetch: (height: bigint) => Promise<Fetched>;
};

export async function verifySkipping(input: SkippingInput): Promise<Walk> {
  const { target, options, nowFor, fetch } = input;
  const pending = [target];
  const steps: TraceStep[] = [];
  let { trusted } = input;
  for (let count = 0; count < SKIPPING_STEPS_MAX; count++) {
    const candidate = pending[pending.length - 1];
    if (candidate === undefined) return { kind: 'verified', from: input.trusted, steps };
    const verdict = verifyStep(trusted, candidate, options, nowFor(trusted, candidate));
    if (verdict.kind === 'invalid') return { kind: 'bad', fault: verdict.fault };
    if (verdict.kind === 'success') {
      const adjacent = candidate.header.height === trusted.header.height + 1n;
      steps.push({ block: candidate, tally: verdict.tally, adjacent });
      trusted = candidate;
      pending.pop();
      continue;
    }
    const low = trusted.header.height;
    const distance = candidate.header.height - low;
    const fetched = await fetch(low + (distance * PIVOT_NUMERATOR) / PIVOT_DENOMINATOR);
    if (fetched.kind !== 'block') return fetched;
    pending.push(fetched.block);
  }
  const data = { height: String(target.header.height), steps: SKIPPING_STEPS_MAX };
  return { kind: 'missing', fault: lightFault('light.steps.exceeded', data) };
}

export type BackwardsWalk =
  | { readonly kind: 'verified'; readonly block: LightBlock }
  | Exclude<Walk, { kind: 'verified' }>;

/** From a trusted block down to a lower height by hashes alone, one block at a time. */
export async function walkBackwards(
  trusted: LightBlock,
  height: bigint,
  chainId: string,
  fetch: (height: bigint) => Promise<Fetched>,
): Promise<BackwardsWalk> {
  if (trusted.header.height - height > BigInt(BACKWARDS_STEPS_MAX)) {
    const data = { height: String(height), steps: BACKWARDS_STEPS_MAX };
    return { kind: 'missing', fault: lightFault('light.steps.exceeded', data) };
  }
  let block = trusted;
  while (block.header.height > height) {
    const fetched = await fetch(block.header.height - 1n);
    if (fetched.kind !== 'block') return fetched;
    const linked = verifyBackwards(block.header, fetched.block.header, chainId);
    if (!linked.ok) return { kind: 'bad', fault: linked.fault };
    block = fetched.block;
  }
  return { kind: 'verified', block };
}
