// Requests as CometBFT v0.38.25 makes them: every message that is not nullable there is set, even where it is empty.

import type { Bytes } from '../../base/index.ts';
import { sha256, utf8ToBytes } from '../../base/index.ts';
import type { BlockInput, Genesis } from '../../chain/index.ts';
import type { Validator } from '../../comet/index.ts';
import { encodeAppState } from '../genesis-document.ts';
import type { RequestInit } from '../messages.ts';

export type RequestSum = Exclude<NonNullable<RequestInit['value']>, { case: undefined }>;

export type RequestFor<C extends RequestSum['case']> = Extract<RequestSum, { case: C }>;

const EMPTY = new Uint8Array(0);

export const FLUSH: RequestFor<'flush'> = { case: 'flush', value: {} };

export const INFO: RequestFor<'info'> = {
  case: 'info',
  value: { version: '0.38.25', blockVersion: 11n, p2pVersion: 8n, abciVersion: '2.0.0' },
};

export const COMMIT: RequestFor<'commit'> = { case: 'commit', value: {} };

export const update = ({ key: { type, bytes }, power }: Validator) => ({
  pubKey: { sum: type === 'ed25519' ? { case: type, value: bytes } : { case: type, value: bytes } },
  power,
});

const DEFAULT_CONSENSUS_PARAMS = {
  block: { maxBytes: 22_020_096n, maxGas: -1n },
  evidence: { maxAgeNumBlocks: 100_000n, maxAgeDuration: { seconds: 172_800n }, maxBytes: 1_048_576n },
  validator: { pubKeyTypes: ['ed25519'] },
  version: {},
  abci: {},
};

export function initChain(genesis: Genesis): RequestFor<'initChain'> {
  return {
    case: 'initChain',
    value: {
      time: genesis.time,
      chainId: genesis.chainId,
      consensusParams: DEFAULT_CONSENSUS_PARAMS,
      validators: genesis.validators.map(update),
      appStateBytes: utf8ToBytes(encodeAppState(genesis)),
      initialHeight: 1n,
    },
  };
}

const MISBEHAVIOR = { 'duplicate-vote': 1, 'light-client-attack': 2 } as const;

/** What ProcessProposal and FinalizeBlock say about a block. */
function blockFields(block: BlockInput) {
  return {
    txs: [...block.txs],
    misbehavior: (block.misbehavior ?? []).map(({ kind, address, power, height, time, totalPower }) => ({
      type: MISBEHAVIOR[kind],
      validator: { address, power },
      height,
      time,
      totalVotingPower: totalPower,
    })),
    hash: sha256(utf8ToBytes(`block ${block.height} of ${block.txs.length}`)),
    height: block.height,
    time: block.time,
    nextValidatorsHash: sha256(EMPTY),
    proposerAddress: block.proposerAddress,
  };
}

function commitInfo(block: BlockInput) {
  const votes = (block.lastCommitVotes ?? []).map(({ address, power, flag }) => ({
    validator: { address, power },
    blockIdFlag: flag,
  }));
  return { round: 0, votes };
}

export function finalizeBlock(block: BlockInput): RequestFor<'finalizeBlock'> {
  const value = { ...blockFields(block), decidedLastCommit: commitInfo(block) };
  return { case: 'finalizeBlock', value };
}

export function processProposal(block: BlockInput): RequestFor<'processProposal'> {
  const value = { ...blockFields(block), proposedLastCommit: commitInfo(block) };
  return { case: 'processProposal', value };
}

export function prepareProposal(block: BlockInput, maxTxBytes: bigint): RequestFor<'prepareProposal'> {
  const { hash: _, ...fields } = blockFields(block);
  const { round, votes } = commitInfo(block);
  return { case: 'prepareProposal', value: { ...fields, maxTxBytes, localLastCommit: { round, votes } } };
}

export function extendVote(block: BlockInput): RequestFor<'extendVote'> {
  const value = { ...blockFields(block), proposedLastCommit: commitInfo(block) };
  return { case: 'extendVote', value };
}

export function verifyVoteExtension(
  block: BlockInput,
  voteExtension: Bytes,
): RequestFor<'verifyVoteExtension'> {
  const { hash, height, proposerAddress: validatorAddress } = blockFields(block);
  return { case: 'verifyVoteExtension', value: { hash, height, validatorAddress, voteExtension } };
}

export const checkTx = (tx: Bytes, type: 0 | 1 = 0): RequestFor<'checkTx'> => ({
  case: 'checkTx',
  value: { tx, type },
});

export const query = (data: Bytes, height: bigint, prove = true, path = '/state'): RequestFor<'query'> => ({
  case: 'query',
  value: { data, path, height, prove },
});
