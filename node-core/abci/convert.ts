// Between ABCI's messages and the application's types. Byte strings are copied where they outlive the message: a view
// would keep the whole chunk of the socket alive.

import type { Bytes, Fault } from '../base/index.ts';
import { assert } from '../base/index.ts';
import type { BlockInput, ChainEvent, CommitVote, Misbehavior, TxOutcome } from '../chain/index.ts';
import type { ConsensusKey, Time, Validator } from '../comet/index.ts';
import { KEY_SIZE_BYTES } from '../comet/index.ts';
import type { RequestOf } from './messages.ts';

type FinalizeBlock = RequestOf<'finalizeBlock'>;
type WireUpdate = RequestOf<'initChain'>['validators'][number];
type WireVote = NonNullable<FinalizeBlock['decidedLastCommit']>['votes'][number];
type WireMisbehavior = FinalizeBlock['misbehavior'][number];
type WireTime = { readonly seconds: bigint; readonly nanos: number } | undefined;

/** Type of the operation in `proof_ops` whose data is an ICS23 CommitmentProof under the SmtSpec. */
export const PROOF_TYPE = 'ics23:smt';

/** Duplicate vote and light-client attack, as MisbehaviorType numbers them. */
const MISBEHAVIOR = { 1: 'duplicate-vote', 2: 'light-client-attack' } as const;
const EMPTY = new Uint8Array(0);

export function copyTxs(txs: readonly Bytes[]): readonly Bytes[] {
  return txs.map((tx) => tx.slice());
}

export function toTime(time: WireTime): Time {
  return { seconds: time?.seconds ?? 0n, nanos: time?.nanos ?? 0 };
}

/** @throws Error where a vote or an offence is of a kind that CometBFT v0.38 does not have. */
export function toBlockInput(request: FinalizeBlock): BlockInput {
  return {
    height: request.height,
    time: toTime(request.time),
    txs: copyTxs(request.txs),
    proposerAddress: request.proposerAddress.slice(),
    ...(request.hash.length === 0 ? {} : { hash: request.hash.slice() }),
    lastCommitVotes: (request.decidedLastCommit?.votes ?? []).map(toVote),
    misbehavior: request.misbehavior.map(toMisbehavior),
  };
}

function toVote({ validator, blockIdFlag }: WireVote): CommitVote {
  const flag: number = blockIdFlag;
  assert(flag === 1 || flag === 2 || flag === 3, 'a vote is absent, for the block or for none');
  return { address: (validator?.address ?? EMPTY).slice(), power: validator?.power ?? 0n, flag };
}

function toMisbehavior({ type, validator, height, time, totalVotingPower }: WireMisbehavior): Misbehavior {
  const kind = MISBEHAVIOR[type as number as keyof typeof MISBEHAVIOR] as Misbehavior['kind'] | undefined;
  assert(kind !== undefined, 'an offence is a duplicate vote or a light-client attack');
  return {
    kind,
    address: (validator?.address ?? EMPTY).slice(),
    power: validator?.power ?? 0n,
    height,
    time: toTime(time),
    totalPower: totalVotingPower,
  };
}

/** Undefined for a key of a type that this chain does not have. */
export function toValidator({ pubKey, power }: WireUpdate): Validator | undefined {
  const { case: type, value } = pubKey?.sum ?? {};
  if (type === undefined || value === undefined || value.length !== KEY_SIZE_BYTES[type]) return undefined;
  return { key: { type, bytes: value.slice() }, power };
}

export function fromValidator({ key, power }: Validator) {
  return { pubKey: fromConsensusKey(key), power };
}

function fromConsensusKey({ type, bytes }: ConsensusKey) {
  return {
    sum: type === 'ed25519' ? { case: type, value: bytes } : { case: type, value: bytes },
  } as const;
}

/** Attributes are indexed, so that a node's own search finds transactions by them. */
export function fromEvent({ type, attributes }: ChainEvent) {
  return {
    type,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value, index: true })),
  };
}

/** A fault as `log` and `codespace` of a result: neither is part of any hash. */
export function fromFault(fault: Fault) {
  return { log: JSON.stringify(fault), codespace: CODESPACE };
}

const CODESPACE = 'dipnet';

export function fromOutcome({ result, events, fault }: TxOutcome) {
  const { code, data, gasWanted, gasUsed } = result;
  return {
    code,
    data,
    gasWanted,
    gasUsed,
    events: events.map(fromEvent),
    ...(fault === undefined ? {} : fromFault(fault)),
  };
}

export function fromProof(key: Bytes, proof: Bytes) {
  return { ops: [{ type: PROOF_TYPE, key, data: proof }] };
}
