// CometBFT v0.38 data structures as the light node and the solo engine hold them. Heights, powers and seconds are
// bigint (int64 on the wire); times keep their nanoseconds and never pass through a JavaScript Date.

import type { Bytes } from '../base/index.ts';

export type Time = { readonly seconds: bigint; readonly nanos: number };

export type PartSetHeader = { readonly total: number; readonly hash: Bytes };
export type BlockId = { readonly hash: Bytes; readonly parts: PartSetHeader };

export type Header = {
  readonly version: { readonly block: bigint; readonly app: bigint };
  readonly chainId: string;
  readonly height: bigint;
  readonly time: Time;
  readonly lastBlockId: BlockId;
  readonly lastCommitHash: Bytes;
  readonly dataHash: Bytes;
  readonly validatorsHash: Bytes;
  readonly nextValidatorsHash: Bytes;
  readonly consensusHash: Bytes;
  /** State root after block height-1. */
  readonly appHash: Bytes;
  /** Results root of block height-1. */
  readonly lastResultsHash: Bytes;
  readonly evidenceHash: Bytes;
  readonly proposerAddress: Bytes;
};

export const FLAG_ABSENT = 1;
export const FLAG_COMMIT = 2;
export const FLAG_NIL = 3;

export type CommitSig = {
  readonly flag: 1 | 2 | 3;
  /** 20 bytes; empty when absent. */
  readonly address: Bytes;
  readonly time: Time;
  /** Empty when absent. */
  readonly signature: Bytes;
};

export type Commit = {
  readonly height: bigint;
  readonly round: number;
  readonly blockId: BlockId;
  readonly signatures: readonly CommitSig[];
};

export type ConsensusKey = { readonly type: 'ed25519' | 'secp256k1'; readonly bytes: Bytes };

export type Validator = { readonly key: ConsensusKey; readonly power: bigint };

/** Ordered by power descending, then address ascending, as the set hash requires. */
export type ValidatorSet = readonly Validator[];

export type SignedHeader = { readonly header: Header; readonly commit: Commit };

/** What a full node gives a light node for one height. */
export type LightBlock = SignedHeader & { readonly validators: ValidatorSet };

/** Result of one transaction as it enters last_results_hash. */
export type TxResult = {
  readonly code: number;
  readonly data: Bytes;
  readonly gasWanted: bigint;
  readonly gasUsed: bigint;
};
