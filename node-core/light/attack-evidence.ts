// Evidence of a light-client attack: validators signed a block that conflicts with another of the same chain. Full nodes
// recompute everything in it before they punish anybody. Source: CometBFT v0.38.25 light/detector.go, types/evidence.go.

import { bytesToHex, equalBytes } from '../base/index.ts';
import type { CommitSig, Json, LightBlock, Time, Validator } from '../comet/index.ts';
import {
  consensusAddress,
  FLAG_ABSENT,
  FLAG_COMMIT,
  lightBlockToJson,
  sortValidators,
  timeToText,
  totalPower,
  validatorToJson,
  ZERO_TIME,
} from '../comet/index.ts';
import { createSignatureCheck } from './commit.ts';
import type { VerifyOptions } from './verify.ts';

/** lunatic: an invented state; equivocation: two blocks in one round; amnesia: two blocks in different rounds. */
export type AttackKind = 'lunatic' | 'equivocation' | 'amnesia';

export type AttackEvidence = {
  readonly kind: AttackKind;
  readonly conflicting: LightBlock;
  /** Last height on which both sides agree (lunatic), else the height of the conflict. */
  readonly commonHeight: bigint;
  /** Who can be shown to have signed both, or to have invented; nobody for amnesia. */
  readonly byzantine: readonly Validator[];
  readonly totalPower: bigint;
  readonly time: Time;
};

/** `conflicting` against `trusted` of the same height, after both sides agreed on `common`. */
export function buildAttackEvidence(
  conflicting: LightBlock,
  trusted: LightBlock,
  common: LightBlock,
): AttackEvidence {
  const kind = attackKind(conflicting, trusted);
  const base = kind === 'lunatic' ? common : trusted;
  return {
    kind,
    conflicting,
    commonHeight: base.header.height,
    byzantine: sortValidators(byzantineOf(kind, conflicting, trusted, common)),
    totalPower: totalPower(base.validators),
    time: base.header.time,
  };
}

function attackKind(conflicting: LightBlock, trusted: LightBlock): AttackKind {
  const [a, b] = [conflicting.header, trusted.header];
  const sameState =
    equalBytes(a.validatorsHash, b.validatorsHash) &&
    equalBytes(a.nextValidatorsHash, b.nextValidatorsHash) &&
    equalBytes(a.consensusHash, b.consensusHash) &&
    equalBytes(a.appHash, b.appHash) &&
    equalBytes(a.lastResultsHash, b.lastResultsHash);
  if (!sameState) return 'lunatic';
  return conflicting.commit.round === trusted.commit.round ? 'equivocation' : 'amnesia';
}

const NOTHING = new Uint8Array(0);
const ABSENT: CommitSig = { flag: FLAG_ABSENT, address: NOTHING, time: ZERO_TIME, signature: NOTHING };

/**
 * The block with each vote that is not its validator's taken for absent. Verification stops counting at two thirds, but
 * full nodes check every signature of evidence: one forged vote behind the others would make it worthless.
 */
export function withoutForgedVotes(
  block: LightBlock,
  { chainId, signatures }: Pick<VerifyOptions, 'chainId' | 'signatures'>,
): LightBlock {
  const { commit, validators } = block;
  const check = createSignatureCheck(chainId, commit, signatures);
  const isGenuine = (sig: CommitSig, index: number): boolean => {
    const key = validators[index]?.key;
    return key !== undefined && equalBytes(consensusAddress(key), sig.address) && check(index, key);
  };
  const votes = commit.signatures.map((sig, index) =>
    sig.flag !== FLAG_COMMIT || isGenuine(sig, index) ? sig : ABSENT,
  );
  return { ...block, commit: { ...commit, signatures: votes } };
}

function signersOf(block: LightBlock): Set<string> {
  const signed = block.commit.signatures.filter(({ flag }) => flag === FLAG_COMMIT);
  return new Set(signed.map(({ address }) => bytesToHex(address)));
}

function byzantineOf(
  kind: AttackKind,
  conflicting: LightBlock,
  trusted: LightBlock,
  common: LightBlock,
): Validator[] {
  if (kind === 'amnesia') return [];
  const addressOf = ({ key }: Validator) => bytesToHex(consensusAddress(key));
  const signed = signersOf(conflicting);
  if (kind === 'lunatic') return common.validators.filter((validator) => signed.has(addressOf(validator)));
  const signedToo = signersOf(trusted);
  return conflicting.validators.filter((validator) => {
    const address = addressOf(validator);
    return signed.has(address) && signedToo.has(address);
  });
}

/** `params` of `/broadcast_evidence`: the Go field names, as its parser wants them. */
export function attackEvidenceToJson(evidence: AttackEvidence): Json {
  return {
    evidence: {
      type: 'tendermint/LightClientAttackEvidence',
      value: {
        ConflictingBlock: lightBlockToJson(evidence.conflicting),
        CommonHeight: String(evidence.commonHeight),
        ByzantineValidators: evidence.byzantine.map(validatorToJson),
        TotalVotingPower: String(evidence.totalPower),
        Timestamp: timeToText(evidence.time),
      },
    },
  };
}
