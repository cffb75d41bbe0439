// One verification step of the light client: does trust in one header carry over to another? Pure.
// Promises what the specification promises: if more than two thirds of the trusted header's validators are correct for
// the trusting period, an accepted header is of the chain. Fetching, bisection and witnesses are block-syncer.ts.
// Source: CometBFT v0.38.25 light/verifier.go; spec/light-client/verification.

import type { Bytes, Fault, Result } from '../base/index.ts';
import { equalBytes, ok, refuse } from '../base/index.ts';
import type { Header, LightBlock, SignatureBackend, Time, ValidatorSet } from '../comet/index.ts';
import { compareTime, headerHash, timeToNanos, timeToText } from '../comet/index.ts';
import { checkHeader, checkLightBlock } from './basic.ts';
import type { CheckSignature, Tally, TrustLevel } from './commit.ts';
import { countByAddress, countByIndex, createSignatureCheck, ONE_THIRD, TWO_THIRDS } from './commit.ts';
import { lightFault } from './faults.ts';

export const CLOCK_DRIFT_NS = 10_000_000_000n;
/**
 * Two weeks: two thirds of the three weeks for which stake stays bonded after leaving. The chain refuses parameters under
 * which this would be too long (TRUSTING_S_MIN in chain/records-staking.ts).
 */
export const TRUSTING_PERIOD_NS = 14n * 24n * 3600n * 1_000_000_000n;

export type VerifyOptions = {
  readonly chainId: string;
  readonly trustLevel: TrustLevel;
  readonly trustingPeriodNs: bigint;
  readonly clockDriftNs: bigint;
  readonly signatures: SignatureBackend;
};

/** The usual options: trust level 1/3, two weeks, ten seconds. */
export function defaultVerifyOptions(chainId: string, signatures: SignatureBackend): VerifyOptions {
  return {
    chainId,
    trustLevel: ONE_THIRD,
    trustingPeriodNs: TRUSTING_PERIOD_NS,
    clockDriftNs: CLOCK_DRIFT_NS,
    signatures,
  };
}

export type TrustedState = {
  readonly header: Header;
  /** A set whose hash is the header's validatorsHash or nextValidatorsHash; the caller has checked that. */
  readonly validators: ValidatorSet;
};

export type Verdict =
  | { readonly kind: 'success'; readonly tally: Tally }
  /** Too few known validators signed: verify a block in between first. Not a sign of a bad header. */
  | { readonly kind: 'not-enough-trust'; readonly fault: Fault }
  | { readonly kind: 'invalid'; readonly fault: Fault };

const invalid = (fault: Fault): Verdict => ({ kind: 'invalid', fault });

/** @throws RangeError where the level is not within [1/3, 1]: a mistake of the program. */
export function assertTrustLevel(level: TrustLevel): void {
  const { numerator, denominator } = level;
  const sane = denominator > 0n && numerator * 3n >= denominator && numerator <= denominator;
  if (!sane) throw new RangeError('a trust level lies between 1/3 and 1');
}

/** True once `header` is too old for its validators to be trusted. */
export function isExpired(header: Header, trustingPeriodNs: bigint, now: Time): boolean {
  return timeToNanos(header.time) + trustingPeriodNs <= timeToNanos(now);
}

/** True where `header` claims a time that lies further ahead of `now` than clocks may differ. */
export function isFuture(header: Header, clockDriftNs: bigint, now: Time): boolean {
  return timeToNanos(header.time) >= timeToNanos(now) + clockDriftNs;
}

/** Verifies `untrusted` from `trusted`, adjacent or skipping, at the time `now`. */
export function verifyStep(
  trusted: TrustedState,
  untrusted: LightBlock,
  options: VerifyOptions,
  now: Time,
): Verdict {
  assertTrustLevel(options.trustLevel);
  const { header } = trusted;
  if (isExpired(header, options.trustingPeriodNs, now)) {
    const time = timeToText(header.time);
    return invalid(lightFault('light.trust.expired', { height: String(header.height), time }));
  }
  const consistent = checkLightBlock(untrusted, options.chainId);
  if (!consistent.ok) return invalid(consistent.fault);
  const ordered = checkOrder(header, untrusted.header, options.clockDriftNs, now);
  if (!ordered.ok) return invalid(ordered.fault);
  const check = createSignatureCheck(options.chainId, untrusted.commit, options.signatures);
  if (untrusted.header.height === header.height + 1n) {
    if (!equalBytes(untrusted.header.validatorsHash, header.nextValidatorsHash)) {
      return invalid(lightFault('light.validators.next', { height: String(untrusted.header.height) }));
    }
  } else {
    const refused = checkTrust(trusted, untrusted, check, options.trustLevel);
    if (refused !== undefined) return refused;
  }
  // Last, since it is the most work that a liar can cause.
  return checkOwnSet(untrusted, check);
}

function checkOrder(trusted: Header, untrusted: Header, clockDriftNs: bigint, now: Time): Result<void> {
  const height = String(untrusted.height);
  const time = timeToText(untrusted.time);
  if (untrusted.height <= trusted.height) {
    return refuse(lightFault('light.header.height', { height, trusted: String(trusted.height) }));
  }
  if (compareTime(untrusted.time, trusted.time) <= 0) {
    return refuse(lightFault('light.header.time', { height, time }));
  }
  if (isFuture(untrusted, clockDriftNs, now)) {
    return refuse(lightFault('light.header.future', { height, time }));
  }
  return ok(undefined);
}

function checkTrust(
  trusted: TrustedState,
  untrusted: LightBlock,
  check: CheckSignature,
  level: TrustLevel,
): Verdict | undefined {
  const count = countByAddress(trusted.validators, untrusted.commit, check, { level });
  if (count.kind === 'invalid') return count;
  if (count.kind === 'enough') return undefined;
  const fault = lightFault('light.trust.power', {
    height: String(untrusted.header.height),
    trusted: String(trusted.header.height),
    signed: String(count.tally.signedPower),
    total: String(count.tally.totalPower),
  });
  return { kind: 'not-enough-trust', fault };
}

function checkOwnSet(block: LightBlock, check: CheckSignature): Verdict {
  const count = countByIndex(block.validators, block.commit, check, { level: TWO_THIRDS });
  if (count.kind === 'invalid') return count;
  if (count.kind === 'enough') return { kind: 'success', tally: count.tally };
  const fault = lightFault('light.commit.power', {
    height: String(block.header.height),
    signed: String(count.tally.signedPower),
    total: String(count.tally.totalPower),
  });
  return invalid(fault);
}

/** More than two thirds of the block's own validators signed it. Meaningful only for a block that is trusted otherwise. */
export function verifyOwnCommit(
  block: LightBlock,
  options: Pick<VerifyOptions, 'chainId' | 'signatures'>,
): Result<Tally> {
  const consistent = checkLightBlock(block, options.chainId);
  if (!consistent.ok) return consistent;
  const verdict = checkOwnSet(block, createSignatureCheck(options.chainId, block.commit, options.signatures));
  return verdict.kind === 'success' ? ok(verdict.tally) : refuse(verdict.fault);
}

/** Where trust begins. The hash came from a person or the program, never from the node that gave the block. */
export type TrustRoot = { readonly chainId: string; readonly height: bigint; readonly hash: Bytes };

/** The block is the one that the root names, is consistent, and more than two thirds of its own validators signed it. */
export function verifyRoot(root: TrustRoot, block: LightBlock, signatures: SignatureBackend): Result<Tally> {
  const mismatch = rootMismatch(root, block.header);
  return mismatch === undefined
    ? verifyOwnCommit(block, { chainId: root.chainId, signatures })
    : refuse(mismatch);
}

function rootMismatch(root: TrustRoot, header: Header): Fault | undefined {
  const hash = headerHash(header);
  if (header.height === root.height && equalBytes(hash, root.hash)) return undefined;
  const found = shortHash(hash);
  return lightFault('light.root.mismatch', {
    height: String(header.height),
    found,
    expected: `${shortHash(root.hash)} (${root.height})`,
  });
}

/** The first eight bytes in hexadecimal, for people to compare. */
export function shortHash(hash: Bytes): string {
  let text = '';
  for (const byte of hash.subarray(0, 8)) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** The header one below a trusted one, by hash alone: no signatures, and only as good as the trusted header. */
export function verifyBackwards(trusted: Header, untrusted: Header, chainId: string): Result<void> {
  const sound = checkHeader(untrusted, chainId);
  if (!sound.ok) return sound;
  const height = String(untrusted.height);
  if (untrusted.height !== trusted.height - 1n) {
    return refuse(lightFault('light.header.height', { height, trusted: String(trusted.height) }));
  }
  if (compareTime(untrusted.time, trusted.time) >= 0) {
    return refuse(lightFault('light.header.time', { height, time: timeToText(untrusted.time) }));
  }
  if (!equalBytes(headerHash(untrusted), trusted.lastBlockId.hash)) {
    return refuse(lightFault('light.link.broken', { height }));
  }
  return ok(undefined);
}
