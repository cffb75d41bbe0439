// What the light node is asked and what it answers. light-node.ts implements it.

import type { Bytes, Clock, Fault, KvStore, Log, Result } from '../base/index.ts';
import type { StateProof, TxInclusion } from '../chain/types.ts';
import type { LightBlock, Time, TxResult } from '../comet/index.ts';
import type { Tally } from './commit.ts';
import type { Attack } from './detector.ts';
import type { LightProvider } from './provider.ts';
import type { ProviderStatus } from './provider-pool.ts';
import type { AttackSummary } from './trusted-store.ts';
import type { TrustRoot, VerifyOptions } from './verify.ts';

export type LightNodeOptions = {
  readonly root: TrustRoot;
  readonly verify: VerifyOptions;
  readonly clock: Clock;
  readonly store: KvStore;
  /** The first that answers is the primary, the others are its witnesses. */
  readonly providers: readonly LightProvider[];
  /** Witnesses that must confirm each new block: 1 on a network; 0 only where the engine in this process is all there is. */
  readonly witnessesMin: number;
  readonly storedMax?: number;
  /** Values to remember at most. */
  readonly statesMax?: number;
  /** How long one provider may take for one answer. */
  readonly requestTimeoutMs?: number;
  /** How far an honest node may be behind the others; a witness that lags is waited for 2 · clock drift + this. */
  readonly blockLagMs?: number;
  readonly log?: Log;
};

export type VerifiedBlock = {
  readonly height: bigint;
  readonly time: Time;
  readonly hash: Bytes;
  readonly block: LightBlock;
  /** The signatures that were verified, and their part of the voting power. */
  readonly tally: Tally;
};

/** A value, or its absence, as of a verified block. */
export type VerifiedState = {
  readonly key: Bytes;
  readonly value: Bytes | undefined;
  /** The state is the one after this block. */
  readonly height: bigint;
  /** Time of the next block, which carries the state's hash, and how long ago that is. */
  readonly time: Time;
  readonly ageMs: number;
  /** Validators whose signatures carry it: those under the next block, which holds the state's hash. */
  readonly tally: Tally;
};

/** What an earlier block proved: as true as it was then, and older. */
export type RecalledState = Omit<VerifiedState, 'tally'>;

export type VerifiedTx = {
  readonly hash: Bytes;
  readonly tx: Bytes;
  readonly index: number;
  readonly result: TxResult;
  readonly height: bigint;
  readonly time: Time;
  readonly signers: readonly Bytes[];
  readonly tally: Tally;
};

export type LightEvent =
  | {
      readonly type: 'light.verified';
      readonly height: bigint;
      readonly time: Time;
      readonly hash: Bytes;
      readonly method: 'root' | 'adjacent' | 'skipping' | 'backwards';
      readonly tally: Tally;
      readonly provider: string;
      /** Other nodes that showed the same block: of the last step of a trace only. */
      readonly witnesses: number;
      /** Blocks that had to be verified on the way here, itself included. */
      readonly steps: number;
      /** Which implementation checked the signatures. */
      readonly signatures: string;
    }
  | { readonly type: 'light.provider.dropped'; readonly provider: string; readonly fault: Fault }
  | { readonly type: 'light.halted'; readonly fault: Fault; readonly attack: Attack };

export type LightStatus = {
  readonly chainId: string;
  readonly root: TrustRoot;
  readonly latest: { readonly height: bigint; readonly time: Time; readonly hash: Bytes } | undefined;
  /** How old the newest verified block is by this computer's clock. */
  readonly ageMs: number | undefined;
  /** When a fresh checkpoint will be needed, in milliseconds since 1970. */
  readonly trustedUntilMs: number | undefined;
  readonly halted: Fault | undefined;
  /** What led to the halt. */
  readonly attack: AttackSummary | undefined;
  /** Why the last attempt to verify something new failed; undefined where it did not. */
  readonly problem: Fault | undefined;
  readonly stored: number;
  readonly signatures: string;
  readonly providers: readonly ProviderStatus[];
};

export interface LightNode {
  status(): LightStatus;
  /** Verifies up to a height, or to the newest block that the primary has. */
  syncTo(height: bigint | 'latest', signal?: AbortSignal): Promise<Result<VerifiedBlock>>;
  /** A verified block from the store alone: works offline. */
  stored(height: bigint): LightBlock | undefined;
  verifyState(proof: StateProof, signal?: AbortSignal): Promise<Result<VerifiedState>>;
  /**
   * Keeps what verifyState proved, over restarts, in place of older values of the same keys. Those given together are kept
   * together: a list comes back whole or not at all.
   */
  remember(states: readonly VerifiedState[]): void;
  /**
   * The newest value that was remembered under a key, its proof checked again: works offline, and after a halt.
   * Undefined where there is none, or where trust begins at another block since.
   */
  recall(key: Bytes): RecalledState | undefined;
  /** Puts on disk what was remembered last. */
  flush(): void;
  verifyTx(inclusion: TxInclusion, signal?: AbortSignal): Promise<Result<VerifiedTx>>;
  /** Blocks from the root to these heights that verifyLightChain accepts: for evidence files. */
  proofChain(heights: readonly bigint[], signal?: AbortSignal): Promise<Result<readonly LightBlock[]>>;
  /** Begins again at a checkpoint that a person chose; lifts a halt. */
  trust(root: TrustRoot, signal?: AbortSignal): Promise<Result<VerifiedBlock>>;
  onEvent(listener: (event: LightEvent) => void): () => void;
}
