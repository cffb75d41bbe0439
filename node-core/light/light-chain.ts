// A chain of light blocks from a trust root, verified offline: what an evidence file carries. Pure.
// Whoever holds the root (height and hash) needs no node, no network and no state to check it.

import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type { Header, LightBlock, Time } from '../comet/index.ts';
import { timeToNanos, timeToText } from '../comet/index.ts';
import type { Tally } from './commit.ts';
import { lightFault } from './faults.ts';
import type { TrustRoot, VerifyOptions } from './verify.ts';
import { isExpired, verifyRoot, verifyStep } from './verify.ts';

export type LightChainOptions = VerifyOptions & {
  /**
   * The verifier's clock. Left out, ages are measured from block to block only: right for a proof of the past whose
   * root is known for certain (the genesis of the network, a checkpoint from a trusted source).
   */
  readonly now?: Time;
};

export type VerifiedStep = { readonly header: Header; readonly tally: Tally };
export type VerifiedChain = {
  /** By height. Only what was verified from the root. */
  readonly headers: ReadonlyMap<bigint, Header>;
  readonly steps: readonly VerifiedStep[];
};

/** `blocks` ascend from the root's own block; each is verified from the one before, adjacent or skipping. */
export function verifyLightChain(
  trust: TrustRoot,
  blocks: readonly LightBlock[],
  options: LightChainOptions,
): Result<VerifiedChain> {
  const [first, ...rest] = blocks;
  if (first === undefined) return refuse(lightFault('light.chain.empty'));
  const root = verifyRoot(trust, first, options.signatures);
  if (!root.ok) return root;
  if (options.now !== undefined && isExpired(first.header, options.trustingPeriodNs, options.now)) {
    const data = { height: String(first.header.height), time: timeToText(first.header.time) };
    return refuse(lightFault('light.trust.expired', data));
  }
  const headers = new Map([[first.header.height, first.header]]);
  const steps: VerifiedStep[] = [{ header: first.header, tally: root.value }];
  let trusted = first;
  for (const block of rest) {
    const now = options.now ?? laterTime(trusted.header.time, block.header.time);
    const verdict = verifyStep(trusted, block, options, now);
    if (verdict.kind !== 'success') return refuse(verdict.fault);
    headers.set(block.header.height, block.header);
    steps.push({ header: block.header, tally: verdict.tally });
    trusted = block;
  }
  return ok({ headers, steps });
}

export function laterTime(a: Time, b: Time): Time {
  return timeToNanos(a) > timeToNanos(b) ? a : b;
}
