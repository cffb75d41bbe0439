// The embedded engine: one process, one validator, blocks when they are needed, in CometBFT v0.38's own formats, so
// that the light node verifies them by the same code. What differs from CometBFT: a block's time is its proposer's
// clock (strictly growing) and not the median of the previous votes, and there is nobody to disagree with.

import type { Bytes, Clock, KvStore, Result } from '../../base/index.ts';
import { assert, bytesToHex, equalBytes, ok, refuse } from '../../base/index.ts';
import type { BlockId, Commit, ConsensusKey, Header, LightBlock, Time } from '../../comet/index.ts';
import {
  BLOCK_PROTOCOL,
  commitHash,
  compareTime,
  consensusAddress,
  createConsensusKey,
  DEFAULT_CONSENSUS_HASH,
  dataHash,
  EMPTY_EVIDENCE_HASH,
  FLAG_COMMIT,
  headerHash,
  msToTime,
  nanosToTime,
  partSetHeaderOf,
  resultsHash,
  signVote,
  timeToMs,
  timeToNanos,
  validatorSetHash,
  voteSignBytes,
} from '../../comet/index.ts';
import type { ChainApplication } from '../app.ts';
import { chainFault } from '../faults.ts';
import { txHash } from '../tx.ts';
import type { BlockInput, CommittedBlock, Engine, Genesis, TxInclusion } from '../types.ts';
import { encodeBlock } from './block.ts';
import { createBlockStore, HEADERS_KEPT } from './block-store.ts';
import { entryAt, inclusionsOf } from './proofs.ts';

export type SoloOptions = {
  /** The store of the application: blocks go into the same batches as the state. */
  readonly kv: KvStore;
  readonly app: ChainApplication;
  readonly clock: Clock;
  /** Its only validator is this engine's key. */
  readonly genesis: Genesis;
  readonly validatorKey: { readonly type: ConsensusKey['type']; readonly secretKey: Bytes };
  /** A block comes this often even where nothing happens, so that time passes for deadlines. */
  readonly heartbeatMs?: number;
  /** Of how many blocks every header is kept; see BlockStore.thinOut for what is kept of older ones. */
  readonly headersKept?: bigint;
};

/** Version of the application's rules, in every header. */
export const APP_VERSION = 1n;
const HEARTBEAT_MS = 60_000;
/** Bounds the time that one block keeps the process busy. */
const BLOCK_TXS_MAX = 500;
const BLOCK_TXS_BYTES_MAX = 4 * 1024 * 1024;
const WAITING_MAX = 10_000;
const NANOS_PER_MS = 1_000_000n;
const EMPTY = new Uint8Array(0);
const NO_BLOCK_ID: BlockId = { hash: EMPTY, parts: { total: 0, hash: EMPTY } };
const NO_COMMIT: Commit = { height: 0n, round: 0, blockId: NO_BLOCK_ID, signatures: [] };

type Waiting = {
  readonly tx: Bytes;
  /** Hash in hexadecimal. */
  readonly name: string;
  readonly resolve: (result: Result<TxInclusion>) => void;
  readonly reject: (cause: unknown) => void;
};

export class SoloEngine implements Engine {
  readonly #options: SoloOptions;
  readonly #key: ConsensusKey;
  readonly #store: ReturnType<typeof createBlockStore>;
  readonly #listeners = new Set<(block: CommittedBlock) => void>();
  readonly #validatorsHash: Bytes;
  #last: { readonly light: LightBlock; readonly block: CommittedBlock } | undefined;
  #waiting: Waiting[] = [];
  /** Answers to come, by transaction hash: of what waits and of what is still unproven. */
  readonly #pending = new Map<string, Promise<Result<TxInclusion>>>();
  /** Included, but the block that proves the result is still to come. */
  #unproven: Waiting[] = [];
  #scheduled = false;
  #stopping: AbortController | undefined;
  #beating: Promise<void> = Promise.resolve();
  #wake = new AbortController();

  /** @throws Error where the genesis names other validators: this engine can only run its own chain. */
  constructor(options: SoloOptions) {
    this.#options = options;
    this.#key = createConsensusKey(options.validatorKey.secretKey, options.validatorKey.type);
    const [only, ...others] = options.genesis.validators;
    const own = only !== undefined && equalBytes(only.key.bytes, this.#key.bytes);
    assert(own && others.length === 0 && only.power > 0n, 'the only validator is this engine');
    this.#validatorsHash = validatorSetHash(options.genesis.validators);
    this.#store = createBlockStore(options.kv);
  }

  async start(): Promise<void> {
    if (this.#stopping !== undefined) return;
    const { app, genesis } = this.#options;
    const { height } = app.info();
    if (height === 0n) {
      app.initChain(genesis);
    } else {
      const [light, block] = [this.#store.light(height), this.#store.block(height)];
      assert(light !== undefined && block !== undefined, 'the last committed block is stored with its state');
      assert(light.header.chainId === genesis.chainId, 'the store belongs to this chain');
      this.#last = { light, block };
    }
    if (this.#last === undefined) this.#produce([]);
    this.#settle();
    this.#stopping = new AbortController();
    this.#beating = this.#beat(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping?.abort();
    this.#stopping = undefined;
    this.#wake.abort();
    await this.#beating;
    const dropped = this.#waiting.splice(0);
    for (const waiting of dropped) {
      this.#pending.delete(waiting.name);
      waiting.resolve(refuse(chainFault('chain.engine.stopped')));
    }
  }

  status() {
    const header = this.#last?.light.header;
    const { chainId, time } = this.#options.genesis;
    return {
      engine: 'solo' as const,
      chainId,
      height: header?.height ?? 0n,
      time: header?.time ?? time,
      appHash: this.#options.app.info().appHash,
      peers: 0,
    };
  }

  async submit(tx: Bytes, signal?: AbortSignal): Promise<Result<TxInclusion>> {
    signal?.throwIfAborted();
    if (this.#stopping === undefined) return refuse(chainFault('chain.engine.stopped'));
    const hash = txHash(tx);
    const name = bytesToHex(hash);
    const pending = this.#pending.get(name);
    // Handed in again, a transaction is not put in again: whoever lost the first answer gets it now.
    if (pending === undefined && this.#store.place(hash) !== undefined) return this.#answered(hash);
    if (pending !== undefined) return waitFor(pending, signal);
    if (this.#waiting.length >= WAITING_MAX) {
      return refuse(chainFault('chain.mempool.full', { waiting: this.#waiting.length }));
    }
    const checked = this.#options.app.checkTx(tx);
    if (!checked.ok) return checked;
    const included = new Promise<Result<TxInclusion>>((resolve, reject) => {
      this.#waiting.push({ tx, name, resolve, reject });
    });
    this.#pending.set(name, included);
    this.#schedule();
    return waitFor(included, signal);
  }

  #answered(hash: Bytes): Result<TxInclusion> {
    const inclusion = this.#inclusion(hash);
    const refused = inclusion.ok ? inclusion.value.fault : undefined;
    return refused === undefined ? inclusion : refuse(refused);
  }

  async lightBlock(height: bigint): Promise<Result<LightBlock>> {
    const light = this.#store.light(height);
    return light === undefined ? this.#unknownHeight(height) : ok(light);
  }

  async blockAt(height: bigint): Promise<Result<CommittedBlock>> {
    const block = this.#store.block(height);
    return block === undefined ? this.#unknownHeight(height) : ok(block);
  }

  async query(key: Bytes, height?: bigint) {
    const provable = this.status().height - 1n;
    const at = height ?? provable;
    if (at < 0n || at > provable) return this.#unknownHeight(at);
    return this.#options.app.query(key, at);
  }

  async txByHash(hash: Bytes): Promise<Result<TxInclusion>> {
    return this.#inclusion(hash);
  }

  #inclusion(hash: Bytes): Result<TxInclusion> {
    const place = this.#store.place(hash);
    const block = place === undefined ? undefined : this.#store.block(place.height);
    if (place === undefined || block === undefined) return refuse(chainFault('chain.tx.unknown'));
    if (place.height >= this.status().height) return refuse(chainFault('chain.tx.unproven'));
    return ok(entryAt(inclusionsOf(block), place.index));
  }

  onBlock(listener: (block: CommittedBlock) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #unknownHeight(height: bigint) {
    const data = { height: height.toString(), latest: this.status().height.toString() };
    return refuse(chainFault('chain.height.unknown', data));
  }

  /** Transactions handed in during the same turn of the event loop share a block. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.#stopping === undefined) return;
      this.#guard(() => {
        while (this.#waiting.length > 0) this.#produce(this.#waiting.splice(0, batchLength(this.#waiting)));
        this.#settle();
      });
      this.#wake.abort();
    });
  }

  /** A failing store or a bug ends the engine: everyone who waits hears of it, and the store keeps the last commit. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.#stopping?.abort();
      this.#stopping = undefined;
      const left = [...this.#unproven.splice(0), ...this.#waiting.splice(0)];
      if (left.length === 0) throw cause;
      for (const waiting of left) waiting.reject(cause);
    }
  }

  /** Makes empty blocks until a header commits to the last state and the last results. */
  #settle(): void {
    for (;;) {
      assert(this.#last !== undefined, 'the first block was made');
      const { light, block } = this.#last;
      const proven = equalBytes(light.header.appHash, this.#options.app.info().appHash);
      if (proven && block.txs.length === 0) return;
      this.#produce([]);
    }
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { clock, heartbeatMs = HEARTBEAT_MS } = this.#options;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      // Never longer than a heartbeat, however far the chain's time is ahead of a clock that was set back.
      const waitMs = Math.min(this.#nextBeatMs() - clock.nowMs(), heartbeatMs);
      if (waitMs > 0) {
        // Woken early by a new block, by the end, or by its time: the loop looks at all three again.
        await clock.sleep(waitMs, this.#wake.signal).catch(() => undefined);
        continue;
      }
      this.#guard(() => {
        this.#produce([]);
        this.#settle();
      });
    }
  }

  #nextBeatMs(): number {
    const { app, genesis, heartbeatMs = HEARTBEAT_MS } = this.#options;
    const lastMs = timeToMs(this.#last?.light.header.time ?? genesis.time);
    const deadlineS = app.nextDeadlineS();
    const beatMs = lastMs + heartbeatMs;
    // A deadline that could not be worked off in the last block is not tried again before time has passed.
    return deadlineS === undefined
      ? beatMs
      : Math.min(beatMs, Math.max(Number(deadlineS) * 1000, lastMs + 1000));
  }

  #produce(batch: readonly Waiting[]): void {
    const { app, genesis } = this.#options;
    const previous = this.#last;
    const height = (previous?.light.header.height ?? 0n) + 1n;
    const time = this.#blockTime();
    const txs = batch.map((waiting) => waiting.tx);
    const proven = this.#unproven;
    this.#unproven = [...proven, ...batch];
    // The header commits to the state before this block.
    const appHash = app.info().appHash;
    const proposerAddress = consensusAddress(this.#key);
    const header = this.#header({ height, time, txs, appHash, proposerAddress });
    const outcome = app.finalizeBlock({ height, time, txs, proposerAddress, hash: headerHash(header) });
    assert(outcome.validatorUpdates.length === 0, 'the solo engine keeps its one validator');
    const commit = this.#sign(header, encodeBlock(header, txs, previous?.light.commit ?? NO_COMMIT));
    const block: CommittedBlock = {
      height,
      time,
      txs: txs.map((tx, index) => ({ tx, outcome: entryAt(outcome.outcomes, index) })),
      blockEvents: outcome.blockEvents,
    };
    const light: LightBlock = { header, commit, validators: genesis.validators };
    const thinned = this.#store.thinOut(height - (this.#options.headersKept ?? HEADERS_KEPT));
    app.commit([...this.#store.entries(light, block), ...thinned]);
    this.#last = { light, block };
    this.#unproven = [...batch];
    if (previous !== undefined) this.#answer(proven, previous.block);
    for (const listener of this.#listeners) queueMicrotask(() => listener(block));
  }

  #header(of: Omit<BlockInput, 'proposerAddress'> & Pick<Header, 'appHash' | 'proposerAddress'>): Header {
    const previous = this.#last;
    const lastCommit = previous?.light.commit ?? NO_COMMIT;
    const lastResults = previous?.block.txs.map(({ outcome: { result } }) => result) ?? [];
    return {
      version: { block: BLOCK_PROTOCOL, app: APP_VERSION },
      chainId: this.#options.genesis.chainId,
      height: of.height,
      time: of.time,
      lastBlockId: lastCommit.blockId,
      lastCommitHash: commitHash(lastCommit),
      dataHash: dataHash(of.txs),
      validatorsHash: this.#validatorsHash,
      nextValidatorsHash: this.#validatorsHash,
      consensusHash: DEFAULT_CONSENSUS_HASH,
      appHash: of.appHash,
      lastResultsHash: resultsHash(lastResults),
      evidenceHash: EMPTY_EVIDENCE_HASH,
      proposerAddress: of.proposerAddress,
    };
  }

  /** Tells everyone whose transaction is in `block`, which the block after it now proves. */
  #answer(batch: readonly Waiting[], block: CommittedBlock): void {
    if (batch.length === 0) return;
    const inclusions = inclusionsOf(block);
    batch.forEach((waiting, index) => {
      const inclusion = entryAt(inclusions, index);
      this.#pending.delete(waiting.name);
      waiting.resolve(inclusion.fault === undefined ? ok(inclusion) : refuse(inclusion.fault));
    });
  }

  #sign(header: Header, blockBytes: Bytes): Commit {
    const { type, secretKey } = this.#options.validatorKey;
    const { chainId, height, time } = header;
    const blockId: BlockId = { hash: headerHash(header), parts: partSetHeaderOf(blockBytes) };
    const signBytes = voteSignBytes(chainId, height, 0, blockId, time);
    const signature = signVote(secretKey, type, signBytes);
    const address = header.proposerAddress;
    return { height, round: 0, blockId, signatures: [{ flag: FLAG_COMMIT, address, time, signature }] };
  }

  /** The clock's time, but always later than the last block's. */
  #blockTime(): Time {
    const now = msToTime(this.#options.clock.nowMs());
    const last = this.#last?.light.header.time;
    if (last === undefined)
      return compareTime(now, this.#options.genesis.time) > 0 ? now : this.#options.genesis.time;
    return compareTime(now, last) > 0 ? now : nanosToTime(timeToNanos(last) + NANOS_PER_MS);
  }
}

/** Leaving does not take the transaction back; it only ends this wait. */
function waitFor<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return answer;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

/** How many of those waiting, from the first, fit one block; at least one. */
function batchLength(waiting: readonly Waiting[]): number {
  let sizeBytes = 0;
  let length = 0;
  for (const { tx } of waiting) {
    sizeBytes += tx.length;
    if (length >= BLOCK_TXS_MAX || (length > 0 && sizeBytes > BLOCK_TXS_BYTES_MAX)) break;
    length++;
  }
  return length;
}
