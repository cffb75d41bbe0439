// The seams of the chain: what an engine asks of the application, and what the console asks of an engine. The solo
// engine and CometBFT stand behind the same two interfaces.

import type { Bytes, Fault, MerkleProof, Result } from '../base/index.ts';
import type { ConsensusKey, LightBlock, Time, TxResult, Validator } from '../comet/types.ts';
import type {
  MachineDataTerms,
  NameTerms,
  ProviderTerms,
  ReviewTerms,
  StakingParams,
  StorageTerms,
  VestingState,
} from './records.ts';

export type BlockInput = {
  readonly height: bigint;
  readonly time: Time;
  readonly txs: readonly Bytes[];
  readonly proposerAddress: Bytes;
  /** Of its header (ABCI `hash`): the chance that audits are drawn with. Where absent, none is drawn. */
  readonly hash?: Bytes;
  /** Who signed the block before this one, in the order of its validator set (ABCI `decided_last_commit`). */
  readonly lastCommitVotes?: readonly CommitVote[];
  /** Proven offences that the engine put into this block (ABCI `misbehavior`). One validator may appear repeatedly. */
  readonly misbehavior?: readonly Misbehavior[];
};

export type CommitVote = {
  /** The consensus address, 20 bytes. */
  readonly address: Bytes;
  readonly power: bigint;
  /** BlockIDFlag: 1 absent, 2 commit, 3 nil. */
  readonly flag: 1 | 2 | 3;
};

export type Misbehavior = {
  readonly kind: 'duplicate-vote' | 'light-client-attack';
  readonly address: Bytes;
  /** Power at the height of the offence. */
  readonly power: bigint;
  readonly height: bigint;
  readonly time: Time;
  readonly totalPower: bigint;
};

export type ChainEvent = {
  readonly type: string;
  /** Hexadecimal for hashes and addresses, decimal for numbers. Not part of any hash. */
  readonly attributes: Readonly<Record<string, string>>;
};

export type TxOutcome = {
  readonly result: TxResult;
  readonly events: readonly ChainEvent[];
  /** Set where result.code is not 0. */
  readonly fault?: Fault;
};

export type BlockOutcome = {
  readonly outcomes: readonly TxOutcome[];
  /** Events of deadlines and epochs, which no transaction caused. */
  readonly blockEvents: readonly ChainEvent[];
  /** The difference to the set before; power 0 removes. In force two blocks later, as CometBFT's FinalizeBlock has it. */
  readonly validatorUpdates: readonly Validator[];
  readonly appHash: Bytes;
};

/** The deterministic state machine. finalizeBlock computes, commit persists; a crash between leaves the last commit. */
export interface Application {
  info(): { readonly height: bigint; readonly appHash: Bytes };
  initChain(genesis: Genesis): { readonly appHash: Bytes; readonly validators: readonly Validator[] };
  checkTx(tx: Bytes): Result<{ readonly gasWanted: bigint }>;
  /** By the bytes alone, whatever the state is: each is a transaction, and none is there twice. */
  areTxs(txs: readonly Bytes[]): boolean;
  /** Those that the next block admits one after the other. Changes nothing, not even what checkTx has counted. */
  selectTxs(txs: readonly Bytes[]): readonly Bytes[];
  finalizeBlock(block: BlockInput): BlockOutcome;
  /** Persists the finalised block; `extra` entries of the engine's own go into the same atomic batch. */
  commit(extra?: Iterable<readonly [Bytes, Bytes | undefined]>): void;
  /** State value with an ICS23 proof (existence or absence) against the state after `height`'s block. */
  query(key: Bytes, height: bigint): Result<StateProof>;
}

/** A state snapshot as ABCI 2.0 names it. Byte-identical on every node that makes one of this height and format. */
export type SnapshotInfo = {
  readonly height: bigint;
  readonly format: number;
  readonly chunks: number;
  /** Over the whole content; the same on every node. */
  readonly hash: Bytes;
  readonly metadata: Bytes;
};

/** The application's side of state sync (ABCI 2.0 snapshot connection). A hostile snapshot or chunk gets an answer, never a throw. */
export interface SnapshotPort {
  list(): readonly SnapshotInfo[];
  /** Undefined where this node has no such snapshot or chunk. */
  chunk(height: bigint, format: number, index: number): Bytes | undefined;
  /** `appHash` is the light-client-verified root the restored state must have. */
  offer(snapshot: SnapshotInfo, appHash: Bytes): 'accept' | 'reject' | 'reject-format';
  apply(index: number, chunk: Bytes, sender: string): 'accept' | 'retry' | 'reject-snapshot' | 'abort';
}

/** A value, or its absence, provable against the app_hash in header `height`+1. */
export type StateProof = {
  readonly height: bigint;
  readonly key: Bytes;
  readonly value: Bytes | undefined;
  /** ICS23 CommitmentProof, protobuf. */
  readonly proof: Bytes;
};

export type GenesisAccount = {
  readonly address: Bytes;
  readonly balances: Readonly<Record<string, bigint>>;
  /** Of the balances, what is locked, and until when: see modules/vesting. */
  readonly locks?: VestingState['grants'];
};

/** A validator of genesis, staked from its operator's balance. */
export type GenesisStake = {
  readonly operator: Bytes;
  readonly key: ConsensusKey;
  readonly name: string;
  /** One power of the first set for each whole DPN. */
  readonly stakeMicro: bigint;
  /** All zero where absent. */
  readonly commission?: {
    readonly basisPoints: number;
    readonly basisPointsMax: number;
    readonly dailyRiseBasisPointsMax: number;
  };
};

export type Genesis = {
  readonly chainId: string;
  readonly time: Time;
  readonly validators: readonly Validator[];
  /**
   * Whose stake the validators' power is, one entry for each of them: stake then elects the set from the first epoch
   * end on. Where absent, the set is fixed, and behind each power stands stake of an account that nobody has a key for.
   */
  readonly stakes?: readonly GenesisStake[];
  /** Keeps the set as it is although it has stakes: a network of one, whose engine knows one key. */
  readonly fixedSet?: boolean;
  readonly accounts: readonly GenesisAccount[];
  /** May publish paradigms until the council exists. */
  readonly council: Bytes;
  /** Receives its part of the fees, and what falls to nobody. */
  readonly treasury: Bytes;
  /** Canonical paradigm documents usable from the first block, with their authors' accounts. */
  readonly paradigms: readonly { readonly document: Bytes; readonly author: Bytes }[];
  /** What differs from DEFAULT_PARAMS. */
  readonly params?: {
    readonly minimumFeeMicro?: bigint;
    readonly authorBasisPoints?: number;
    readonly networkBasisPoints?: number;
    readonly staking?: Partial<StakingParams>;
    readonly review?: ReviewTerms;
    readonly names?: NameTerms;
    readonly storage?: StorageTerms;
    readonly machineData?: MachineDataTerms;
    readonly providers?: ProviderTerms;
  };
  /** Names that the network begins with; reserved words may be among them. */
  readonly names?: readonly { readonly name: string; readonly owner: Bytes; readonly years: number }[];
};

/** A transaction in a block, with what a light node needs to believe it. */
export type TxInclusion = {
  readonly hash: Bytes;
  readonly tx: Bytes;
  readonly height: bigint;
  readonly index: number;
  readonly result: TxResult;
  /** Under header `height`'s data_hash; the leaf is SHA-256(tx). */
  readonly txProof: MerkleProof;
  /** Under header `height`+1's last_results_hash; the leaf is the protobuf of (code, data, gas_wanted, gas_used). */
  readonly resultProof: MerkleProof;
  /** Not proven, for people: what the transaction caused, and why it was refused where result.code is not 0. */
  readonly events: readonly ChainEvent[];
  readonly fault?: Fault;
};

export type EngineStatus = {
  readonly engine: 'solo' | 'cometbft';
  readonly chainId: string;
  readonly height: bigint;
  readonly time: Time;
  readonly appHash: Bytes;
  readonly peers: number;
};

export type CommittedBlock = {
  readonly height: bigint;
  readonly time: Time;
  readonly txs: readonly { readonly tx: Bytes; readonly outcome: TxOutcome }[];
  readonly blockEvents: readonly ChainEvent[];
};

/** What the console asks of whichever engine drives the chain. Nothing it returns is trusted before the light node verified it. */
export interface Engine {
  start(): Promise<void>;
  stop(): Promise<void>;
  status(): EngineStatus;
  /**
   * Checks, includes and waits for the block after it, so that its results are provable. A transaction refused by the
   * check or by its block is the fault here; txByHash shows the one in a block with its (failed) result. Handed in
   * again, a transaction gets the answer it has. Aborting ends the wait and takes nothing back.
   */
  submit(tx: Bytes, signal?: AbortSignal): Promise<Result<TxInclusion>>;
  lightBlock(height: bigint): Promise<Result<LightBlock>>;
  /** A whole committed block with its outcomes, for indexes that catch up after a restart. */
  blockAt(height: bigint): Promise<Result<CommittedBlock>>;
  /** Without a height: the latest state that a header already commits to. */
  query(key: Bytes, height?: bigint): Promise<Result<StateProof>>;
  txByHash(hash: Bytes): Promise<Result<TxInclusion>>;
  onBlock(listener: (block: CommittedBlock) => void): () => void;
}
