// The byte forms that CometBFT v0.38 hashes and signs: headers, commits, validator sets, votes, transactions, results.
// Pure and total for well-typed input; says nothing about whether the input is valid (that is light/ and basic.ts).
// Source: CometBFT v0.38.25 types/{block,vote,canonical,validator,encoding_helper}.go, crypto/merkle.

import type { Bytes } from '../base/index.ts';
import { concatBytes, hexToBytes, merkleRoot, sha256, utf8ToBytes } from '../base/index.ts';
import type { BlockId, Commit, CommitSig, Header, PartSetHeader, Time, TxResult } from './types.ts';
import {
  bytesField,
  fixed64Field,
  lengthPrefixed,
  messageField,
  varintField,
  varintSize,
  writeVarint,
} from './wire.ts';

/** Version of the block protocol that headers of CometBFT 0.37 to 0.40 carry. */
export const BLOCK_PROTOCOL = 11n;
/** 64 KiB: blocks travel, and are named in a block id, as parts of this size. */
const PART_SIZE_BYTES = 65_536;
export const HASH_SIZE_BYTES = 32;
export const ADDRESS_SIZE_BYTES = 20;
/** Merkle root of nothing: the evidence hash of a block without evidence. */
export const EMPTY_EVIDENCE_HASH: Bytes = merkleRoot([]);
/** Of HashedParams{max_bytes: 22 020 096, max_gas: -1}, the defaults of 0.38: a plain SHA-256, not a tree. */
export const DEFAULT_CONSENSUS_HASH: Bytes = sha256(hexToBytes('088080c00a10ffffffffffffffffff01'));
const PRECOMMIT = 2;

export function encodeTime(time: Time): Bytes {
  const seconds = Number(time.seconds);
  // Zeros are left out and negative numbers take ten bytes: rare enough for the slow way.
  if (seconds <= 0 || seconds > Number.MAX_SAFE_INTEGER || time.nanos <= 0) {
    return concatBytes(varintField(1, time.seconds), varintField(2, time.nanos));
  }
  const bytes = new Uint8Array(2 + varintSize(seconds) + varintSize(time.nanos));
  bytes[0] = 0x08;
  const next = writeVarint(bytes, 1, seconds);
  bytes[next] = 0x10;
  writeVarint(bytes, next + 1, time.nanos);
  return bytes;
}

function encodePartSetHeader(parts: PartSetHeader): Bytes {
  return concatBytes(varintField(1, parts.total), bytesField(2, parts.hash));
}

/** BlockID and CanonicalBlockID have the same bytes. The part set header is non-nullable: nothing encodes as `12 00`. */
export function encodeBlockId(blockId: BlockId): Bytes {
  return concatBytes(bytesField(1, blockId.hash), messageField(2, encodePartSetHeader(blockId.parts)));
}

/** The block id's hash. Empty where the header names no validator set, as CometBFT's nil hash. */
export function headerHash(header: Header): Bytes {
  if (header.validatorsHash.length === 0) return new Uint8Array(0);
  const version = concatBytes(varintField(1, header.version.block), varintField(2, header.version.app));
  return merkleRoot([
    version,
    bytesField(1, utf8ToBytes(header.chainId)),
    varintField(1, header.height),
    encodeTime(header.time),
    encodeBlockId(header.lastBlockId),
    bytesField(1, header.lastCommitHash),
    bytesField(1, header.dataHash),
    bytesField(1, header.validatorsHash),
    bytesField(1, header.nextValidatorsHash),
    bytesField(1, header.consensusHash),
    bytesField(1, header.appHash),
    bytesField(1, header.lastResultsHash),
    bytesField(1, header.evidenceHash),
    bytesField(1, header.proposerAddress),
  ]);
}

export type CanonicalVote = {
  /** 1 prevote, 2 precommit; 0 is omitted. */
  readonly type: number;
  readonly height: bigint;
  readonly round: number;
  /** Undefined for a vote for nil. */
  readonly blockId: BlockId | undefined;
  readonly time: Time;
  readonly chainId: string;
};

/** What a validator signs: the canonical vote behind its length. */
export function encodeCanonicalVote(vote: CanonicalVote): Bytes {
  const { prefix, suffix } = voteFrame(vote);
  return lengthPrefixed(concatBytes(prefix, messageField(5, encodeTime(vote.time)), suffix));
}

function voteFrame(vote: Omit<CanonicalVote, 'time'>): { prefix: Bytes; suffix: Bytes } {
  const { blockId } = vote;
  const isNil = blockId === undefined || (blockId.hash.length === 0 && blockId.parts.hash.length === 0);
  const prefix = concatBytes(
    varintField(1, vote.type),
    fixed64Field(2, vote.height),
    fixed64Field(3, BigInt(vote.round)),
    isNil ? new Uint8Array(0) : messageField(4, encodeBlockId(blockId)),
  );
  return { prefix, suffix: bytesField(6, utf8ToBytes(vote.chainId)) };
}

/** Sign bytes of a precommit; blockId undefined is a vote for nil. */
export function voteSignBytes(
  chainId: string,
  height: bigint,
  round: number,
  blockId: BlockId | undefined,
  time: Time,
): Bytes {
  return encodeCanonicalVote({ type: PRECOMMIT, chainId, height, round, blockId, time });
}

/** Sign bytes of one commit's precommits for its block: only the time differs, so the rest is encoded once. */
export function createCommitSignBytes(chainId: string, commit: Commit): (time: Time) => Bytes {
  const { height, round, blockId } = commit;
  const { prefix, suffix } = voteFrame({ type: PRECOMMIT, chainId, height, round, blockId });
  return (time) => {
    const encoded = encodeTime(time);
    const length = prefix.length + 2 + encoded.length + suffix.length;
    const lengthSize = varintSize(length);
    const bytes = new Uint8Array(lengthSize + length);
    let at = writeVarint(bytes, 0, length);
    bytes.set(prefix, at);
    at += prefix.length;
    bytes[at] = 0x2a;
    bytes[at + 1] = encoded.length;
    bytes.set(encoded, at + 2);
    bytes.set(suffix, at + 2 + encoded.length);
    return bytes;
  };
}

export function encodeCommitSig(sig: CommitSig): Bytes {
  return concatBytes(
    varintField(1, sig.flag),
    bytesField(2, sig.address),
    messageField(3, encodeTime(sig.time)),
    bytesField(4, sig.signature),
  );
}

/** last_commit_hash of the next block. */
export function commitHash(commit: Commit): Bytes {
  return merkleRoot(commit.signatures.map(encodeCommitSig));
}

/** data_hash: each leaf is SHA-256 of the transaction. */
export function dataHash(txs: readonly Bytes[]): Bytes {
  return merkleRoot(txs.map((tx) => sha256(tx)));
}

/** The four deterministic fields of ExecTxResult, as they enter last_results_hash. */
export function encodeTxResult(result: TxResult): Bytes {
  return concatBytes(
    varintField(1, result.code),
    bytesField(2, result.data),
    varintField(5, result.gasWanted),
    varintField(6, result.gasUsed),
  );
}

/** last_results_hash of the next block. */
export function resultsHash(results: readonly TxResult[]): Bytes {
  return merkleRoot(results.map(encodeTxResult));
}

export function partSetHeaderOf(blockBytes: Bytes): PartSetHeader {
  const parts: Bytes[] = [];
  for (let start = 0; start < blockBytes.length; start += PART_SIZE_BYTES) {
    parts.push(blockBytes.subarray(start, start + PART_SIZE_BYTES));
  }
  return { total: parts.length, hash: merkleRoot(parts) };
}
