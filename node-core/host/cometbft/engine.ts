// The chain engine behind a CometBFT network, reached over the RPC of one of its nodes. It follows the blocks one by one,
// hands transactions in and finds them again, and passes on what nodes say: nothing here is proof, the light node checks
// all of it. A node that is away is waited for; nothing is forgotten and nothing counts twice meanwhile.

import { STATE_PATH } from '../../abci/index.ts';
import type { Bytes, Clock, Log, Result } from '../../base/index.ts';
import { base64, bytesToHex, FaultError, ok, refuse } from '../../base/index.ts';
import type { CommittedBlock, Engine, EngineStatus, StateProof, TxInclusion } from '../../chain/index.ts';
import { chainFault, inclusionsOf } from '../../chain/index.ts';
import type { LightBlock } from '../../comet/index.ts';
import { createRpcProvider } from '../adapters/rpc-provider.ts';
import { nativeSha256 } from '../adapters/system.ts';
import { cometbftFault } from './faults.ts';
import type { FetchedBlock, NodeInfo, QueryAnswer } from './rpc-answers.ts';
import { faultOfLog, parseBlock, parsePeers, parseQuery, parseStatus, parseTxHeight } from './rpc-answers.ts';
import type { RpcClient } from './rpc-client.ts';
import { createRpcClient, readAnswer } from './rpc-client.ts';
import { Submissions } from './submissions.ts';

export type CometOptions = {
  /** RPC addresses of nodes of one network; the first that answers is used. */
  readonly rpcs: readonly string[];
  /** Nodes of another network are refused. */
  readonly chainId: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How long start() waits for a node. Default: START_MS_MAX. */
  readonly startMsMax?: number;
};

const START_MS_MAX = 30_000;
/** Between questions for a new block: while somebody waits for one, and otherwise. */
const POLL_BUSY_MS = 50;
const POLL_IDLE_MS = 500;
const POLL_AWAY_MS = 1000;
const PEERS_EVERY = 20;
const PROOF_TYPE = 'ics23:smt';
const INT64_MAX = 2n ** 63n - 1n;
const EMPTY = new Uint8Array(0);

type Head = { readonly block: CommittedBlock; readonly appHash: Bytes };

export class CometEngine implements Engine {
  readonly #options: CometOptions;
  readonly #rpc: RpcClient;
  readonly #submissions: Submissions;
  readonly #listeners = new Set<(block: CommittedBlock) => void>();
  #head: Head | undefined;
  #peers = 0;
  #stopping: AbortController | undefined;
  #following: Promise<void> = Promise.resolve();
  #wake = new AbortController();

  /** @throws TypeError where an address is no URL. */
  constructor(options: CometOptions) {
    this.#options = options;
    this.#rpc = createRpcClient(options.rpcs);
    this.#submissions = new Submissions({
      rpc: this.#rpc,
      clock: options.clock,
      followTo: (height, signal) => this.#followTo(height, signal),
      inclusionAt: (height, hash) => this.#inclusionAt(height, hash),
      findHeight: (hash) => this.#findHeight(hash),
      onBusy: () => this.#wake.abort(),
    });
  }

  /**
   * Resolves when the first block was seen, or without it after `startMsMax`: a node may come later. @throws FaultError
   * where the node belongs to another network.
   */
  async start(): Promise<void> {
    if (this.#stopping !== undefined) return;
    const { clock, startMsMax = START_MS_MAX } = this.#options;
    const stopping = new AbortController();
    this.#stopping = stopping;
    const deadlineMs = clock.monotonicMs() + startMsMax;
    while (this.#head === undefined && clock.monotonicMs() < deadlineMs && !stopping.signal.aborted) {
      const begun = await this.#advance(stopping.signal);
      if (!begun.ok && begun.fault.code === 'cometbft.chain.other') {
        this.#stopping = undefined;
        throw new FaultError(begun.fault);
      }
      if (this.#head === undefined) await clock.sleep(POLL_BUSY_MS * 2);
    }
    await this.#countPeers();
    this.#submissions.open();
    this.#following = this.#follow(stopping.signal);
  }

  async stop(): Promise<void> {
    this.#submissions.close();
    this.#stopping?.abort(new Error('stopped'));
    this.#stopping = undefined;
    this.#wake.abort();
    await this.#following;
    this.#rpc.close();
  }

  status(): EngineStatus {
    const { chainId } = this.#options;
    const { block, appHash } = this.#head ?? {};
    return {
      engine: 'cometbft',
      chainId,
      height: block?.height ?? 0n,
      time: block?.time ?? { seconds: 0n, nanos: 0 },
      appHash: appHash ?? EMPTY,
      peers: this.#peers,
    };
  }

  submit(tx: Bytes, signal?: AbortSignal): Promise<Result<TxInclusion>> {
    return this.#submissions.submit(tx, signal);
  }

  async lightBlock(height: bigint): Promise<Result<LightBlock>> {
    if (height < 1n || height > INT64_MAX) return this.#unknownHeight(height);
    const found = await createRpcProvider(this.#rpc.address).lightBlock(height);
    const isAhead = !found.ok && found.fault.code === 'light.height.ahead';
    return isAhead ? this.#unknownHeight(height) : found;
  }

  async blockAt(height: bigint): Promise<Result<CommittedBlock>> {
    if (height < 1n || height > this.status().height) return this.#unknownHeight(height);
    if (height === this.#head?.block.height) return ok(this.#head.block);
    const found = await this.#fetchBlock(height);
    return found.ok ? ok(found.value.block) : found;
  }

  async query(key: Bytes, height?: bigint): Promise<Result<StateProof>> {
    if (key.length === 0) return refuse(chainFault('chain.state.key'));
    const provable = this.status().height - 1n;
    const at = height ?? provable;
    if (at < 0n || at > provable) return this.#unknownHeight(at);
    const params = { path: STATE_PATH, data: bytesToHex(key), height: String(at), prove: true };
    const answer = readAnswer(this.#rpc, await this.#rpc.call('abci_query', params), parseQuery);
    return answer.ok ? toStateProof(answer.value, key, at) : answer;
  }

  async txByHash(hash: Bytes): Promise<Result<TxInclusion>> {
    const height = this.#submissions.heightOf(hash) ?? (await this.#findHeight(hash));
    if (height === undefined) return refuse(chainFault('chain.tx.unknown'));
    if (height >= this.status().height) return refuse(chainFault('chain.tx.unproven'));
    return this.#inclusionAt(height, hash);
  }

  onBlock(listener: (block: CommittedBlock) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #unknownHeight(height: bigint) {
    const data = { height: height.toString(), latest: this.status().height.toString() };
    return refuse(chainFault('chain.height.unknown', data));
  }

  async #nodeInfo(): Promise<Result<NodeInfo>> {
    const info = readAnswer(this.#rpc, await this.#rpc.call('status', {}), parseStatus);
    if (!info.ok || info.value.chainId === this.#options.chainId) return info;
    const data = { found: info.value.chainId, wanted: this.#options.chainId };
    return refuse(cometbftFault('cometbft.chain.other', data));
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    let isAway = false;
    for (let round = 1; !signal.aborted; round++) {
      this.#wake = new AbortController();
      const advanced = await this.#advance(signal);
      if (!advanced.ok !== isAway) {
        isAway = !advanced.ok;
        log(isAway ? 'warn' : 'info', isAway ? 'engine.away' : 'engine.back', { address: this.#rpc.address });
      }
      if (round % PEERS_EVERY === 0) await this.#countPeers();
      const pauseMs = isAway ? POLL_AWAY_MS : this.#submissions.isBusy() ? POLL_BUSY_MS : POLL_IDLE_MS;
      // stop() wakes it too.
      await clock.sleep(pauseMs, this.#wake.signal).catch(() => undefined);
    }
  }

  /** Every block up to the node's latest, in order. */
  async #advance(signal: AbortSignal): Promise<Result<void>> {
    const info = await this.#nodeInfo();
    if (!info.ok) return info;
    while (!signal.aborted) {
      // It begins with the latest; what came before is asked for by height.
      const next = this.#head === undefined ? info.value.height : this.#head.block.height + 1n;
      if (next > info.value.height || next < 1n) break;
      // Blocks that the node no longer keeps cannot be told any more; whoever needs them asks an older node.
      const height = next < info.value.earliest ? info.value.earliest : next;
      const found = await this.#fetchBlock(height);
      if (!found.ok) return found;
      this.#accept(found.value);
    }
    return ok(undefined);
  }

  #accept(found: FetchedBlock): void {
    this.#head = found;
    this.#submissions.onBlock(found.block);
    for (const listener of this.#listeners) {
      try {
        listener(found.block);
      } catch (error) {
        this.#options.log('error', 'engine.listener', { error });
      }
    }
  }

  /** Resolves when the node's height of this moment was followed; false where the engine was stopped before. */
  async #followTo(height: bigint, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted && this.status().height < height) {
      this.#wake.abort();
      await this.#options.clock.sleep(POLL_BUSY_MS, signal).catch(() => undefined);
    }
    return !signal.aborted;
  }

  async #fetchBlock(height: bigint): Promise<Result<FetchedBlock>> {
    const at = { height: String(height) };
    const [block, results] = await Promise.all([
      this.#rpc.call('block', at),
      this.#rpc.call('block_results', at),
    ]);
    if (results.kind !== 'result') return readAnswer(this.#rpc, results, () => neverRead());
    return readAnswer(this.#rpc, block, (json) => parseBlock(json, results.value, height));
  }

  async #countPeers(): Promise<void> {
    const peers = readAnswer(this.#rpc, await this.#rpc.call('net_info', {}), parsePeers);
    if (peers.ok) this.#peers = peers.value;
  }

  /** By the node's index; undefined where no block has it, or the node keeps no index. */
  async #findHeight(hash: Bytes): Promise<bigint | undefined> {
    if (hash.length !== 32) return undefined;
    const answer = await this.#rpc.call('tx', { hash: base64.encode(hash), prove: false });
    const height = readAnswer(this.#rpc, answer, parseTxHeight);
    // A block far ahead of those that were seen is not waited for: the node may only claim that there is one.
    return height.ok && height.value <= this.status().height + 1n ? height.value : undefined;
  }

  async #inclusionAt(height: bigint, hash: Bytes): Promise<Result<TxInclusion>> {
    const block = await this.blockAt(height);
    if (!block.ok) return block;
    const name = bytesToHex(hash);
    const index = block.value.txs.findIndex(({ tx }) => bytesToHex(nativeSha256(tx)) === name);
    const inclusion = index < 0 ? undefined : inclusionsOf(block.value)[index];
    return inclusion === undefined ? refuse(chainFault('chain.tx.unknown')) : ok(inclusion);
  }
}

function neverRead(): never {
  throw new Error('an answer that is no result is not read');
}

function toStateProof(answer: QueryAnswer, key: Bytes, height: bigint): Result<StateProof> {
  if (answer.code !== 0) return refuse(faultOfLog(answer.code, answer.log));
  const proof = answer.proofOps?.ops.find(({ type }) => type === PROOF_TYPE)?.data;
  if (proof === undefined) return refuse(chainFault('chain.state.version-gone', { height: String(height) }));
  const value = answer.value ?? EMPTY;
  return ok({ height: answer.height, key, value: value.length === 0 ? undefined : value, proof });
}
