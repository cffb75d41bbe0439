// The light node: keeps a chain of verified blocks, moves it forward with the help of nodes that it does not trust, and
// answers only with what is proved against it. Works offline with what it has; stops for good when it sees an attack.
// How a block is verified is block-syncer.ts.

import type { Bytes, Result } from '../base/index.ts';
import { assert, ok, refuse } from '../base/index.ts';
import type { StateProof, TxInclusion } from '../chain/types.ts';
import type { LightBlock, Time } from '../comet/index.ts';
import { headerHash, timeToMs } from '../comet/index.ts';
import { BlockSyncer } from './block-syncer.ts';
import { lightFault } from './faults.ts';
import { verifyStateProof, verifyTxInclusion } from './inclusion.ts';
import { laterTime } from './light-chain.ts';
import type { Fetched } from './provider.ts';
import { verifySkipping } from './skipping.ts';
import type { ProvenState } from './state-memory.ts';
import { StateMemory } from './state-memory.ts';
import type { TrustedStore } from './trusted-store.ts';
import { createTrustedStore, STORED_BLOCKS_MAX } from './trusted-store.ts';
import type {
  LightEvent,
  LightNode,
  LightNodeOptions,
  LightStatus,
  RecalledState,
  VerifiedBlock,
  VerifiedState,
  VerifiedTx,
} from './types.ts';
import type { TrustRoot } from './verify.ts';

type HandedOut = ProvenState & {
  readonly beginning: number;
  /** Handed to the memory before: pages read the same values again and again. */
  isKept: boolean;
};

export function createLightNode(options: LightNodeOptions): LightNode {
  return new StoredLightNode(options);
}

class StoredLightNode implements LightNode {
  readonly #options: LightNodeOptions;
  readonly #store: TrustedStore;
  readonly #syncer: BlockSyncer;
  readonly #memory: StateMemory;
  /** What stands behind each value that was handed out: only that can be remembered. */
  readonly #proofs = new WeakMap<VerifiedState, HandedOut>();
  /** Counts the roots from which this node began. */
  #beginnings = 0;
  readonly #listeners = new Set<(event: LightEvent) => void>();
  /** Work is done one piece after the other: two syncs at once would verify the same blocks twice. */
  #queue: Promise<unknown> = Promise.resolve();
  #problem: LightStatus['problem'];

  constructor(options: LightNodeOptions) {
    const { root, store, clock, storedMax = STORED_BLOCKS_MAX } = options;
    this.#options = options;
    this.#store = createTrustedStore(store, root.chainId, storedMax);
    this.#syncer = new BlockSyncer(options, this.#store, (event) => this.#emit(event));
    this.#memory = new StateMemory(store, root.chainId, clock, options.statesMax);
  }

  status(): LightStatus {
    const { clock, verify } = this.#options;
    const header = this.#syncer.isRooted ? this.#store.latest()?.header : undefined;
    const timeMs = header === undefined ? undefined : timeToMs(header.time);
    const halt = this.#store.halted();
    return {
      chainId: verify.chainId,
      root: this.#syncer.root,
      latest: header && { height: header.height, time: header.time, hash: headerHash(header) },
      ageMs: timeMs === undefined ? undefined : Math.max(0, clock.nowMs() - timeMs),
      trustedUntilMs:
        timeMs === undefined ? undefined : timeMs + Number(verify.trustingPeriodNs / 1_000_000n),
      halted: halt?.fault,
      attack: halt?.attack,
      problem: this.#problem,
      stored: this.#store.count(),
      signatures: verify.signatures.name,
      providers: this.#syncer.pool.list(),
    };
  }

  stored(height: bigint): LightBlock | undefined {
    return this.#syncer.isRooted ? this.#store.get(height) : undefined;
  }

  onEvent(listener: (event: LightEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  syncTo(height: bigint | 'latest', signal?: AbortSignal): Promise<Result<VerifiedBlock>> {
    return this.#inTurn(() => this.#noting(this.#syncer.sync(height, signal)));
  }

  trust(root: TrustRoot, signal?: AbortSignal): Promise<Result<VerifiedBlock>> {
    return this.#inTurn(async () => {
      const { chainId } = this.#options.verify;
      if (root.chainId !== chainId)
        return refuse(lightFault('light.chain.other', { found: root.chainId, expected: chainId }));
      this.#syncer.pool.forgive();
      return this.#noting(this.#syncer.beginAt(root, signal));
    });
  }

  verifyState(proof: StateProof, signal?: AbortSignal): Promise<Result<VerifiedState>> {
    return this.#inTurn(async () => {
      const next = await this.#syncer.sync(proof.height + 1n, signal);
      if (!next.ok) return next;
      const verified = verifyStateProof(next.value.block.header, proof);
      if (!verified.ok) return verified;
      const { time, tally, block } = next.value;
      const { key, value, height } = proof;
      const state: VerifiedState = { key, value, height, time, ageMs: this.#ageMs(time), tally };
      this.#proofs.set(state, { proof, next: block, beginning: this.#beginnings, isKept: false });
      return ok(state);
    });
  }

  remember(states: readonly VerifiedState[]): void {
    const fresh: HandedOut[] = [];
    for (const state of states) {
      const proven = this.#proofs.get(state);
      assert(proven !== undefined, 'only what this light node verified is remembered');
      // Verified from where trust no longer begins, it may be of another history.
      if (proven.beginning !== this.#beginnings) return;
      if (!proven.isKept) fresh.push(proven);
      proven.isKept = true;
    }
    this.#memory.keep(fresh);
  }

  recall(key: Bytes): RecalledState | undefined {
    const known = this.#syncer.isRooted ? this.#memory.recall(key) : undefined;
    if (known === undefined) return undefined;
    const { value, height } = known.proof;
    const { time } = known.header;
    return { key, value, height, time, ageMs: this.#ageMs(time) };
  }

  flush(): void {
    this.#memory.write();
  }

  #ageMs(time: Time): number {
    return Math.max(0, this.#options.clock.nowMs() - timeToMs(time));
  }

  verifyTx(inclusion: TxInclusion, signal?: AbortSignal): Promise<Result<VerifiedTx>> {
    return this.#inTurn(async () => {
      const own = await this.#syncer.sync(inclusion.height, signal);
      if (!own.ok) return own;
      const next = await this.#syncer.sync(inclusion.height + 1n, signal);
      if (!next.ok) return next;
      const verified = verifyTxInclusion(own.value.block.header, next.value.block.header, inclusion);
      if (!verified.ok) return verified;
      this.#store.pin([inclusion.height, inclusion.height + 1n]);
      const { hash, tx, index, result, height } = inclusion;
      const { tally } = next.value;
      return ok({ hash, tx, index, result, height, time: own.value.time, signers: tally.signers, tally });
    });
  }

  proofChain(heights: readonly bigint[], signal?: AbortSignal): Promise<Result<readonly LightBlock[]>> {
    return this.#inTurn(async () => {
      const started = await this.#syncer.ensureRoot(signal);
      if (!started.ok) return started;
      const root = this.#store.get(this.#syncer.root.height);
      if (root === undefined) return refuse(lightFault('light.root.missing'));
      const chain = [root];
      const ascending = [...new Set(heights)].sort((a, b) => (a < b ? -1 : 1));
      for (const height of ascending) {
        if (height <= root.header.height) {
          if (height === root.header.height) continue;
          const data = { height: String(height), trusted: String(root.header.height) };
          return refuse(lightFault('light.header.height', data));
        }
        const target = await this.#syncer.sync(height, signal);
        if (!target.ok) return target;
        const walk = await verifySkipping({
          trusted: chain[chain.length - 1] ?? root,
          target: target.value.block,
          options: this.#options.verify,
          // Ages count from block to block, as for the reader of an old proof.
          nowFor: (trusted, untrusted) => laterTime(trusted.header.time, untrusted.header.time),
          fetch: (pivot) => this.#storedOrSynced(pivot, signal),
        });
        if (walk.kind !== 'verified') return refuse(walk.fault);
        chain.push(...walk.steps.map(({ block }) => block));
      }
      return ok(chain);
    });
  }

  async #storedOrSynced(height: bigint, signal: AbortSignal | undefined): Promise<Fetched> {
    const known = this.#store.get(height);
    if (known !== undefined) return { kind: 'block', block: known };
    const synced = await this.#syncer.sync(height, signal);
    return synced.ok
      ? { kind: 'block', block: synced.value.block }
      : { kind: 'missing', fault: synced.fault };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    // The queue goes on after a failure; whoever asked for the work gets it.
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Remembers for the status whether verification works. */
  async #noting(work: Promise<Result<VerifiedBlock>>): Promise<Result<VerifiedBlock>> {
    const result = await work;
    this.#problem = result.ok ? undefined : result.fault;
    this.#memory.writeIfDue();
    return result;
  }

  #emit(event: LightEvent): void {
    if (event.type === 'light.verified' && event.method === 'root') {
      this.#beginnings++;
      this.#memory.clear();
    }
    for (const listener of this.#listeners) listener(event);
  }
}
