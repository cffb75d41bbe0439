// Transactions on their way into a block. Each is named by the hash of its bytes; whoever hands the same bytes in again
// gets the same answer, and however often a request had to be repeated over a bad line, it counts once.
//
//   handed in ── refused by the check, and in no block ──► the refusal
//       │  ▲
//       ▼  │ not seen for a while, node lost, mempool full: handed in again
//   waiting ── seen in block H ── block H+1 seen ──► the inclusion, now provable

import type { Bytes, Clock, Fault, Result } from '../../base/index.ts';
import { base64, bytesToHex, ok, refuse } from '../../base/index.ts';
import type { CommittedBlock, TxInclusion } from '../../chain/index.ts';
import { chainFault, inclusionsOf } from '../../chain/index.ts';
import { nativeSha256 } from '../adapters/system.ts';
import { cometbftFault } from './faults.ts';
import { parseBroadcast, parseStatus } from './rpc-answers.ts';
import type { RpcClient } from './rpc-client.ts';
import { readAnswer } from './rpc-client.ts';

/** A node may have lost its mempool in a restart: after this long without a block, it is asked again. */
const REPEAT_MS = 5000;
/** Nobody waits longer for an answer; the transaction itself lives until its expiry height. */
const WAIT_MS_MAX = 10 * 60_000;
/** A full mempool is emptied by the next blocks. */
const FULL_PAUSE_MS = 250;
const FULL_MS_MAX = 60_000;
const AWAY_PAUSE_MS = 500;
const AWAY_MS_MAX = 60_000;
const WAITING_MAX = 50_000;
/** Heights of transactions seen lately, so that most questions about them need no index. */
const SEEN_MAX = 100_000;

export type SubmissionParts = {
  readonly rpc: RpcClient;
  readonly clock: Clock;
  /** Resolves to true when this height was seen. */
  readonly followTo: (height: bigint, signal: AbortSignal) => Promise<boolean>;
  readonly inclusionAt: (height: bigint, hash: Bytes) => Promise<Result<TxInclusion>>;
  readonly findHeight: (hash: Bytes) => Promise<bigint | undefined>;
  /** Somebody waits for blocks now. */
  readonly onBusy: () => void;
};

type Waiting = {
  readonly tx: Bytes;
  readonly hash: Bytes;
  readonly name: string;
  /** Resolves when the block after its own was seen. */
  readonly included: Promise<TxInclusion>;
  readonly include: (inclusion: TxInclusion) => void;
  readonly sinceMs: number;
  /** Some node has or may have it. */
  delivered: boolean;
};

type Handed =
  | { readonly kind: 'taken' }
  /** Taken before: it may be in a block already, even in one that was not followed here. */
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly fault: Fault }
  | { readonly kind: 'full'; readonly fault: Fault }
  | { readonly kind: 'away'; readonly fault: Fault };

export class Submissions {
  readonly #parts: SubmissionParts;
  readonly #waiting = new Map<string, Waiting>();
  readonly #answers = new Map<string, Promise<Result<TxInclusion>>>();
  readonly #seen = new Map<string, bigint>();
  /** The latest block, whose results the next one proves. */
  #last: CommittedBlock | undefined;
  /** One request after the other: transactions of one account must arrive in their order. */
  #line: Promise<unknown> = Promise.resolve();
  #open: AbortController | undefined;
  /** Waits that the end cuts short. */
  readonly #pauses = new Set<AbortController>();

  constructor(parts: SubmissionParts) {
    this.#parts = parts;
  }

  open(): void {
    this.#open = new AbortController();
  }

  close(): void {
    this.#open?.abort(new Error('stopped'));
    this.#open = undefined;
    for (const pause of this.#pauses) pause.abort();
  }

  isBusy(): boolean {
    return this.#waiting.size > 0;
  }

  heightOf(hash: Bytes): bigint | undefined {
    return this.#seen.get(bytesToHex(hash));
  }

  async submit(tx: Bytes, signal?: AbortSignal): Promise<Result<TxInclusion>> {
    signal?.throwIfAborted();
    const open = this.#open?.signal;
    if (open === undefined) return refuse(chainFault('chain.engine.stopped'));
    const hash = nativeSha256(tx);
    const name = bytesToHex(hash);
    let answer = this.#answers.get(name);
    if (answer === undefined) {
      if (this.#waiting.size >= WAITING_MAX)
        return refuse(chainFault('chain.mempool.full', { waiting: this.#waiting.size }));
      answer = this.#work(tx, hash, name, open).finally(() => {
        this.#answers.delete(name);
        this.#waiting.delete(name);
      });
      this.#answers.set(name, answer);
    }
    return waitFor(answer, signal);
  }

  /** Told every block in order. */
  onBlock(block: CommittedBlock): void {
    const before = this.#last;
    this.#last = block;
    if (before !== undefined && before.height + 1n === block.height) this.#answer(before);
    for (const { tx } of block.txs) this.#see(bytesToHex(nativeSha256(tx)), block.height);
  }

  #see(name: string, height: bigint): void {
    // The same bytes may come again and are refused then; the first place is the one that counts.
    if (!this.#seen.has(name)) this.#seen.set(name, height);
    if (this.#seen.size <= SEEN_MAX) return;
    const [oldest] = this.#seen.keys();
    if (oldest !== undefined) this.#seen.delete(oldest);
  }

  #answer(block: CommittedBlock): void {
    if (this.#waiting.size === 0 || block.txs.length === 0) return;
    for (const inclusion of inclusionsOf(block))
      this.#waiting.get(bytesToHex(inclusion.hash))?.include(inclusion);
  }

  async #work(tx: Bytes, hash: Bytes, name: string, open: AbortSignal): Promise<Result<TxInclusion>> {
    const { clock } = this.#parts;
    let include: (inclusion: TxInclusion) => void = () => undefined;
    const included = new Promise<TxInclusion>((resolve) => {
      include = resolve;
    });
    const waiting: Waiting = {
      tx,
      hash,
      name,
      included,
      include,
      sinceMs: clock.monotonicMs(),
      delivered: false,
    };
    this.#waiting.set(name, waiting);
    this.#parts.onBusy();
    const known = this.#seen.get(name);
    if (known !== undefined) return this.#settled(waiting, known, open);
    while (!open.aborted) {
      const handed = await this.#handIn(waiting);
      if (handed.kind === 'refused') return this.#refused(waiting, handed.fault, open);
      const settled = handed.kind === 'known' ? await this.#find(waiting, open) : undefined;
      if (settled !== undefined) return settled;
      const pauseMs = { taken: REPEAT_MS, known: REPEAT_MS, full: FULL_PAUSE_MS, away: AWAY_PAUSE_MS }[
        handed.kind
      ];
      const inclusion = await this.#await(waiting, pauseMs, open);
      if (inclusion !== undefined) return asResult(inclusion);
      const given = this.#giveUp(waiting, handed);
      if (given !== undefined) return refuse(given);
    }
    return refuse(chainFault('chain.engine.stopped'));
  }

  /** Why the wait ends without an answer; undefined where it goes on. */
  #giveUp(waiting: Waiting, handed: Handed): Fault | undefined {
    const waitedMs = this.#parts.clock.monotonicMs() - waiting.sinceMs;
    const limitMs = {
      taken: WAIT_MS_MAX,
      known: WAIT_MS_MAX,
      refused: 0,
      full: FULL_MS_MAX,
      away: AWAY_MS_MAX,
    }[handed.kind];
    if (waitedMs < limitMs) return undefined;
    const isClear = !waiting.delivered && (handed.kind === 'full' || handed.kind === 'away');
    return isClear ? handed.fault : cometbftFault('cometbft.tx.pending');
  }

  /** The inclusion where it comes within the pause. */
  async #await(waiting: Waiting, pauseMs: number, open: AbortSignal): Promise<TxInclusion | undefined> {
    const over = new AbortController();
    if (open.aborted) return undefined;
    this.#pauses.add(over);
    const pause = this.#parts.clock
      .sleep(pauseMs, over.signal)
      .then(() => undefined)
      .catch(() => undefined);
    const inclusion = await Promise.race([waiting.included, pause]);
    this.#pauses.delete(over);
    over.abort();
    return inclusion;
  }

  #handIn(waiting: Waiting): Promise<Handed> {
    const mine = this.#line.then(() => this.#broadcast(waiting));
    this.#line = mine.catch(() => undefined);
    return mine;
  }

  async #broadcast(waiting: Waiting): Promise<Handed> {
    const { rpc } = this.#parts;
    const answer = await rpc.call('broadcast_tx_sync', { tx: base64.encode(waiting.tx) });
    if (answer.kind === 'unreachable') {
      waiting.delivered ||= answer.delivered;
      return { kind: 'away', fault: cometbftFault('cometbft.rpc.unreachable', { address: rpc.address }) };
    }
    if (answer.kind === 'declined') return this.#declined(waiting, answer.text);
    const read = readAnswer(rpc, answer, parseBroadcast);
    if (!read.ok) return { kind: 'away', fault: read.fault };
    if (read.value !== undefined) return { kind: 'refused', fault: read.value };
    waiting.delivered = true;
    return { kind: 'taken' };
  }

  /** The mempool's own refusals: texts of mempool/errors.go. */
  #declined(waiting: Waiting, text: string): Handed {
    if (text.includes('tx already exists in cache')) {
      waiting.delivered = true;
      return { kind: 'known' };
    }
    if (/mempool is (full|still rechecking)/.test(text)) {
      const count = Number(/number of txs (\d+)/.exec(text)?.[1] ?? 0);
      return { kind: 'full', fault: chainFault('chain.mempool.full', { waiting: count }) };
    }
    const large = /Tx too large\. Max size is (\d+)/.exec(text);
    if (large !== null) {
      const data = { sizeBytes: waiting.tx.length, sizeBytesMax: Number(large[1]) };
      return { kind: 'refused', fault: chainFault('chain.tx.large', data) };
    }
    return { kind: 'away', fault: cometbftFault('cometbft.rpc.refused', { reason: text }) };
  }

  /** A refusal counts only where no block has the transaction: its number is used up once it was included. */
  async #refused(waiting: Waiting, fault: Fault, open: AbortSignal): Promise<Result<TxInclusion>> {
    const { rpc, followTo } = this.#parts;
    const info = readAnswer(rpc, await rpc.call('status', {}), parseStatus);
    // What a block had before the refusal is seen once the node's height of now was followed.
    if (info.ok) await followTo(info.value.height, open);
    const settled = await this.#find(waiting, open);
    if (settled !== undefined) return settled;
    return open.aborted ? refuse(chainFault('chain.engine.stopped')) : refuse(fault);
  }

  /** The answer that it has, where a block has it; undefined otherwise. */
  async #find(waiting: Waiting, open: AbortSignal): Promise<Result<TxInclusion> | undefined> {
    const height = this.#seen.get(waiting.name) ?? (await this.#parts.findHeight(waiting.hash));
    return height === undefined ? undefined : this.#settled(waiting, height, open);
  }

  async #settled(waiting: Waiting, height: bigint, open: AbortSignal): Promise<Result<TxInclusion>> {
    if (!(await this.#parts.followTo(height + 1n, open))) return refuse(chainFault('chain.engine.stopped'));
    const inclusion = await this.#parts.inclusionAt(height, waiting.hash);
    return inclusion.ok ? asResult(inclusion.value) : inclusion;
  }
}

function asResult(inclusion: TxInclusion): Result<TxInclusion> {
  return inclusion.fault === undefined ? ok(inclusion) : refuse(inclusion.fault);
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
