// Who signed a block, and is it enough? Two counts over the same signatures: by index against the block's own set (more
// than two thirds), and by address against a set that is already trusted (more than the trust level).
// Source: CometBFT v0.38.25 types/validation.go. Counting stops when the threshold is passed, unless told to check all.

import type { Bytes, Fault } from '../base/index.ts';
import { bytesToHex, equalBytes } from '../base/index.ts';
import type { Commit, ConsensusKey, SignatureBackend, ValidatorSet } from '../comet/index.ts';
import { consensusAddress, createCommitSignBytes, FLAG_COMMIT, totalPower } from '../comet/index.ts';
import { lightFault } from './faults.ts';

/** Part of the voting power, between 1/3 and 1. */
export type TrustLevel = { readonly numerator: bigint; readonly denominator: bigint };
export const ONE_THIRD: TrustLevel = { numerator: 1n, denominator: 3n };
export const TWO_THIRDS: TrustLevel = { numerator: 2n, denominator: 3n };

/** Signatures that were verified, and what they weigh. */
export type Tally = {
  readonly signers: readonly Bytes[];
  readonly signedPower: bigint;
  readonly totalPower: bigint;
};

export type Count =
  | { readonly kind: 'enough'; readonly tally: Tally }
  | { readonly kind: 'too-few'; readonly tally: Tally }
  | { readonly kind: 'invalid'; readonly fault: Fault };

export type CountOptions = {
  readonly level: TrustLevel;
  /** Verify every signature even after the threshold, as evidence needs. */
  readonly all?: boolean;
};

/** Verifies signature `index` of one commit, each at most once per key. */
export type CheckSignature = (index: number, key: ConsensusKey) => boolean;

export function createSignatureCheck(
  chainId: string,
  commit: Commit,
  backend: SignatureBackend,
): CheckSignature {
  const signBytes = createCommitSignBytes(chainId, commit);
  const known = new Map<number, { key: ConsensusKey; valid: boolean }>();
  return (index, key) => {
    const earlier = known.get(index);
    if (earlier !== undefined && earlier.key.type === key.type && equalBytes(earlier.key.bytes, key.bytes)) {
      return earlier.valid;
    }
    const sig = commit.signatures[index];
    const valid = sig !== undefined && backend.verify(key, signBytes(sig.time), sig.signature);
    known.set(index, { key, valid });
    return valid;
  };
}

/** tally > floor(total · level), which for integers is the exact tally / total > level. */
function exceeds(signed: bigint, total: bigint, level: TrustLevel): boolean {
  return signed * level.denominator > total * level.numerator;
}

/** Against the block's own set, by index. The name on each counted signature must be that validator's (CSA-2026-001). */
export function countByIndex(
  validators: ValidatorSet,
  commit: Commit,
  check: CheckSignature,
  options: CountOptions,
): Count {
  const height = String(commit.height);
  if (validators.length !== commit.signatures.length) {
    const counts = { signatures: commit.signatures.length, validators: validators.length };
    return { kind: 'invalid', fault: lightFault('light.commit.size', { height, ...counts }) };
  }
  const total = totalPower(validators);
  const signers: Bytes[] = [];
  let signedPower = 0n;
  for (const [index, validator] of validators.entries()) {
    const sig = commit.signatures[index];
    if (sig?.flag !== FLAG_COMMIT) continue;
    if (!equalBytes(consensusAddress(validator.key), sig.address)) {
      return { kind: 'invalid', fault: lightFault('light.commit.address', { height, index }) };
    }
    if (!check(index, validator.key)) {
      return { kind: 'invalid', fault: lightFault('light.commit.signature', { height, index }) };
    }
    signers.push(sig.address);
    signedPower += validator.power;
    if (options.all !== true && exceeds(signedPower, total, options.level)) break;
  }
  const kind = exceeds(signedPower, total, options.level) ? 'enough' : 'too-few';
  return { kind, tally: { signers, signedPower, totalPower: total } };
}

/** Against another, trusted set, by address; signatures of strangers are skipped, a repeated one is an error. */
export function countByAddress(
  trusted: ValidatorSet,
  commit: Commit,
  check: CheckSignature,
  options: CountOptions,
): Count {
  const height = String(commit.height);
  const byAddress = new Map(
    trusted.map((validator) => [bytesToHex(consensusAddress(validator.key)), validator]),
  );
  const total = totalPower(trusted);
  const signers: Bytes[] = [];
  const seen = new Set<string>();
  let signedPower = 0n;
  for (const [index, sig] of commit.signatures.entries()) {
    if (sig.flag !== FLAG_COMMIT) continue;
    const address = bytesToHex(sig.address);
    const validator = byAddress.get(address);
    if (validator === undefined) continue;
    if (seen.has(address)) {
      return { kind: 'invalid', fault: lightFault('light.commit.twice', { height }) };
    }
    seen.add(address);
    if (!check(index, validator.key)) {
      return { kind: 'invalid', fault: lightFault('light.commit.signature', { height, index }) };
    }
    signers.push(sig.address);
    signedPower += validator.power;
    if (options.all !== true && exceeds(signedPower, total, options.level)) break;
  }
  const kind = exceeds(signedPower, total, options.level) ? 'enough' : 'too-few';
  return { kind, tally: { signers, signedPower, totalPower: total } };
}
