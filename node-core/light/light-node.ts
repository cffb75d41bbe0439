// The light node: keeps a chain of verified blocks, moves it forward with the help of nodes that it does not trust, and
// answers only with what is proved against it. Works offline with what it has; stops for good when it sees an attack.
// Source: CometBFT v0.38.25 light/client.go. Pure steps are verify.ts, skipping.ts and detector.ts.

import type { Fault, Result } from '../base/index.ts';
import { equalBytes, ok, refuse } from '../base/index.ts';
import type { StateProof, TxInclusion } from '../chain/types.ts';
import type { LightBlock, Time } from '../comet/index.ts';
import { headerHash, msToTime, timeToMs, timeToText } from '../comet/index.ts';
import { checkLightBlock } from './basic.ts';
import type { Tally } from './commit.ts';
import type { Accepted, Attack } from './detector.ts';
import { askWitness } from './detector.ts';
import { lightFault } from './faults.ts';
import { verifyStateProof, verifyTxInclusion } from './inclusion.ts';
import { laterTime } from './light-chain.ts';
import type { Fetched, LightProvider } from './provider.ts';
import { fetchBlock, REQUEST_TIMEOUT_MS } from './provider.ts';
import type { Source } from './provider-pool.ts';
import { ProviderPool } from './provider-pool.ts';
import { verifySkipping, walkBackwards } from './skipping.ts';
import type { TrustedStore } from './trusted-store.ts';
import { createTrustedStore, STORED_BLOCKS_MAX } from './trusted-store.ts';
import type {
  LightEvent,
  LightNode,
  LightNodeOptions,
  LightStatus,
  VerifiedBlock,
  VerifiedState,
  VerifiedTx,
} from './types.ts';
import type { TrustRoot } from './verify.ts';
import { isExpired, verifyOwnCommit, verifyRoot } from './verify.ts';

export function createLightNode(options: LightNodeOptions): LightNode {
  return new StoredLightNode(options);
}

/** Heights are int64; one less, since the block after must have a height too. */
const HEIGHT_MAX = 2n ** 63n - 2n;
/** Faults of this computer's clock or of its old trust, which another provider would not mend. */
const OWN_FAULTS = new Set(['light.header.future', 'light.trust.expired']);

class StoredLightNode implements LightNode {
  readonly #options: LightNodeOptions;
  readonly #store: TrustedStore;
  readonly #pool: ProviderPool;
  readonly #listeners = new Set<(event: LightEvent) => void>();
  #root: TrustRoot;
  /** Work is done one piece after the other: two syncs at once would verify the same blocks twice. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: LightNodeOptions) {
    const { root, store, storedMax = STORED_BLOCKS_MAX } = options;
    const { clock, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
    this.#options = options;
    this.#pool = new ProviderPool({
      providers: options.providers,
      clock,
      timeoutMs: requestTimeoutMs,
      log: options.log,
      onDropped: (provider, fault) => this.#emit({ type: 'light.provider.dropped', provider, fault }),
    });
    this.#root = root;
    this.#store = createTrustedStore(store, root.chainId, storedMax);
  }

  status(): LightStatus {
    const { clock, verify } = this.#options;
    const header = this.#isRooted() ? this.#store.latest()?.header : undefined;
    const timeMs = header === undefined ? undefined : timeToMs(header.time);
    return {
      chainId: verify.chainId,
      root: this.#root,
      latest: header && { height: header.height, time: header.time, hash: headerHash(header) },
      ageMs: timeMs === undefined ? undefined : Math.max(0, clock.nowMs() - timeMs),
      trustedUntilMs:
        timeMs === undefined ? undefined : timeMs + Number(verify.trustingPeriodNs / 1_000_000n),
      halted: this.#store.halted(),
      stored: this.#store.count(),
      signatures: verify.signatures.name,
      providers: this.#pool.list(),
    };
  }

  stored(height: bigint): LightBlock | undefined {
    return this.#isRooted() ? this.#store.get(height) : undefined;
  }

  onEvent(listener: (event: LightEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  syncTo(height: bigint | 'latest', signal?: AbortSignal): Promise<Result<VerifiedBlock>> {
    return this.#inTurn(() => this.#sync(height, signal));
  }

  trust(root: TrustRoot, signal?: AbortSignal): Promise<Result<VerifiedBlock>> {
    return this.#inTurn(async () => {
      this.#pool.forgive();
      return this.#begin(root, signal);
    });
  }

  verifyState(proof: StateProof, signal?: AbortSignal): Promise<Result<VerifiedState>> {
    return this.#inTurn(async () => {
      const next = await this.#sync(proof.height + 1n, signal);
      if (!next.ok) return next;
      const verified = verifyStateProof(next.value.block.header, proof);
      if (!verified.ok) return verified;
      const { time, tally } = next.value;
      const ageMs = Math.max(0, this.#options.clock.nowMs() - timeToMs(time));
      return ok({ key: proof.key, value: proof.value, height: proof.height, time, ageMs, tally });
    });
  }

  verifyTx(inclusion: TxInclusion, signal?: AbortSignal): Promise<Result<VerifiedTx>> {
    return this.#inTurn(async () => {
      const own = await this.#sync(inclusion.height, signal);
      if (!own.ok) return own;
      const next = await this.#sync(inclusion.height + 1n, signal);
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
      const started = await this.#ensureRoot(signal);
      if (!started.ok) return started;
      const root = this.#store.get(this.#root.height);
      if (root === undefined) return refuse(lightFault('light.root.missing'));
      const chain = [root];
      const ascending = [...new Set(heights)].sort((a, b) => (a < b ? -1 : 1));
      for (const height of ascending) {
        if (height <= root.header.height) {
          if (height === root.header.height) continue;
          const data = { height: String(height), trusted: String(root.header.height) };
          return refuse(lightFault('light.header.height', data));
        }
        const target = await this.#sync(height, signal);
        if (!target.ok) return target;
        const walk = await verifySkipping({
          trusted: chain[chain.length - 1] ?? root,
          target: target.value.block,
          options: this.#options.verify,
          // Ages count from block to block, as for the reader of an old proof.
          nowFor: (trusted, untrusted) => laterTime(trusted.header.time, untrusted.header.time),
          fetch: (pivot) => this.#storedOrFetched(pivot, signal),
        });
        if (walk.kind !== 'verified') return refuse(walk.fault);
        chain.push(...walk.steps.map(({ block }) => block));
      }
      return ok(chain);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    // The queue goes on after a failure; whoever asked for the work gets it.
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  #emit(event: LightEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #now(): Time {
    return msToTime(this.#options.clock.nowMs());
  }

  /** The store holds blocks that stem from the current root. */
  #isRooted(): boolean {
    const root = this.#store.root();
    return root !== undefined && root.height === this.#root.height && equalBytes(root.hash, this.#root.hash);
  }

  async #ensureRoot(signal: AbortSignal | undefined): Promise<Result<void>> {
    const halted = this.#store.halted();
    if (halted !== undefined) return refuse(halted);
    if (this.#isRooted()) return ok(undefined);
    const begun = await this.#begin(this.#root, signal);
    return begun.ok ? ok(undefined) : begun;
  }

  async #begin(root: TrustRoot, signal: AbortSignal | undefined): Promise<Result<VerifiedBlock>> {
    const { signatures } = this.#options.verify;
    const accept = (block: LightBlock) => {
      const verified = verifyRoot(root, block, signatures);
      return verified.ok ? undefined : verified.fault;
    };
    const found = await this.#pool.fetch(root.height, accept, signal);
    if (!found.ok) return found;
    const { block, provider } = found.value;
    this.#store.reset(root, block);
    this.#root = root;
    return this.#announce(block, 'root', provider.id, 0);
  }

  async #sync(height: bigint | 'latest', signal: AbortSignal | undefined): Promise<Result<VerifiedBlock>> {
    const started = await this.#ensureRoot(signal);
    if (!started.ok) return started;
    if (height !== 'latest') {
      if (height < 1n || height > HEIGHT_MAX) {
        return refuse(lightFault('light.height.invalid', { height: String(height) }));
      }
      const known = this.#store.get(height);
      if (known !== undefined) return this.#verifiedBlock(known);
    }
    // Each round either ends or drops a provider.
    for (;;) {
      const accept = (block: LightBlock) => {
        const consistent = checkLightBlock(block, this.#options.verify.chainId);
        return consistent.ok ? undefined : consistent.fault;
      };
      const found = await this.#pool.fetch(height, accept, signal);
      if (!found.ok) return found;
      const settled = await this.#accept(found.value, signal);
      if (settled !== undefined) return settled;
    }
  }

  /** Undefined where the provider was dropped and another must be asked. */
  async #accept(source: Source, signal: AbortSignal | undefined): Promise<Result<VerifiedBlock> | undefined> {
    const { block, provider } = source;
    const { height } = block.header;
    const known = this.#store.get(height);
    if (known !== undefined) {
      if (equalBytes(headerHash(known.header), headerHash(block.header))) return this.#verifiedBlock(known);
      return this.#contradicted(provider, known, signal);
    }
    const from = this.#store.below(height);
    if (from === undefined || isExpired(from.header, this.#options.verify.trustingPeriodNs, this.#now())) {
      return this.#acceptBackwards(source, from, signal);
    }
    const walk = await verifySkipping({
      trusted: from,
      target: block,
      options: this.#options.verify,
      nowFor: () => this.#now(),
      fetch: (pivot) => fetchBlock(provider, pivot, signal),
    });
    if (walk.kind === 'missing') return refuse(walk.fault);
    if (walk.kind === 'bad') {
      if (OWN_FAULTS.has(walk.fault.code)) return refuse(walk.fault);
      this.#pool.drop(provider, walk.fault);
      return undefined;
    }
    return this.#crossCheck(provider, walk, signal);
  }

  /** The provider shows another block than the one verified before: a lie, or proof of an attack. */
  async #contradicted(
    provider: LightProvider,
    known: LightBlock,
    signal: AbortSignal | undefined,
  ): Promise<Result<VerifiedBlock> | undefined> {
    const from = this.#store.below(known.header.height);
    const fault = lightFault('light.link.broken', { height: String(known.header.height) });
    if (from === undefined) {
      this.#pool.drop(provider, fault);
      return undefined;
    }
    const tally = verifyOwnCommit(known, this.#options.verify);
    const steps = tally.ok ? [{ block: known, tally: tally.value, adjacent: false }] : [];
    const judge = { options: this.#options.verify, nowFor: () => this.#now() };
    const testimony = await askWitness(provider, { from, steps }, judge, signal);
    if (testimony.kind === 'attack') return refuse(await this.#halt(testimony.attack, provider));
    this.#pool.drop(provider, testimony.kind === 'bad' ? testimony.fault : fault);
    return undefined;
  }

  /** Below everything trusted for verifying forwards: by hashes from the nearest block above. */
  async #acceptBackwards(
    source: Source,
    below: LightBlock | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Result<VerifiedBlock> | undefined> {
    const { block, provider } = source;
    const { verify } = this.#options;
    const above = this.#store.above(block.header.height);
    if (above === undefined) return refuse(this.#expired(below));
    const walk = await walkBackwards(above, block.header.height, verify.chainId, (height) =>
      height === block.header.height
        ? Promise.resolve({ kind: 'block', block })
        : fetchBlock(provider, height, signal),
    );
    if (walk.kind === 'missing') return refuse(walk.fault);
    // The header hangs on the chain; its signatures are checked too, since others will verify from this block.
    const signed = walk.kind === 'bad' ? refuse(walk.fault) : verifyOwnCommit(block, verify);
    if (!signed.ok) {
      this.#pool.drop(provider, signed.fault);
      return undefined;
    }
    this.#store.save([block]);
    return this.#announce(block, 'backwards', provider.id, 0);
  }

  #expired(block: LightBlock | undefined): Fault {
    if (block === undefined) return lightFault('light.root.missing');
    const { height, time } = block.header;
    return lightFault('light.trust.expired', { height: String(height), time: timeToText(time) });
  }

  async #crossCheck(
    primary: LightProvider,
    accepted: Accepted,
    signal: AbortSignal | undefined,
  ): Promise<Result<VerifiedBlock> | undefined> {
    const target = accepted.steps[accepted.steps.length - 1]?.block ?? accepted.from;
    const witnesses = this.#pool.available().filter((provider) => provider !== primary);
    const judge = { options: this.#options.verify, nowFor: () => this.#now() };
    const testimonies = await Promise.all(
      witnesses.map(async (witness) => ({
        witness,
        testimony: await askWitness(witness, accepted, judge, signal),
      })),
    );
    let confirmed = 0;
    for (const { witness, testimony } of testimonies) {
      if (testimony.kind === 'attack') return refuse(await this.#halt(testimony.attack, primary, witness));
      if (testimony.kind === 'bad') this.#pool.drop(witness, testimony.fault);
      if (testimony.kind === 'confirmed') confirmed++;
    }
    if (confirmed < this.#options.witnessesMin) {
      return refuse(lightFault('light.witness.none', { height: String(target.header.height) }));
    }
    this.#store.save(accepted.steps.map(({ block }) => block));
    for (const { block, tally, adjacent } of accepted.steps) {
      const method = adjacent ? 'adjacent' : 'skipping';
      const witnessCount = block === target ? confirmed : 0;
      this.#announceTally(block, tally, method, primary.id, witnessCount);
    }
    return this.#verifiedBlock(target);
  }

  /** Nothing more is believed; both sides get the evidence against the other. */
  async #halt(attack: Attack, primary: LightProvider, witness?: LightProvider): Promise<Fault> {
    this.#store.halt(attack.fault);
    this.#options.log?.('error', 'light.halted', { ...attack.fault.data });
    this.#emit({ type: 'light.halted', fault: attack.fault, attack });
    for (const provider of this.#pool.available()) {
      const against = provider === primary ? attack.againstWitness : attack.againstPrimary;
      if (witness === undefined && provider === primary) continue;
      // Best effort: the halt stands whether or not anybody takes the evidence.
      await provider.submitEvidence?.(against).catch(() => undefined);
    }
    return attack.fault;
  }

  async #storedOrFetched(height: bigint, signal: AbortSignal | undefined): Promise<Fetched> {
    const known = this.#store.get(height);
    if (known !== undefined) return { kind: 'block', block: known };
    const synced = await this.#sync(height, signal);
    return synced.ok
      ? { kind: 'block', block: synced.value.block }
      : { kind: 'missing', fault: synced.fault };
  }

  #verifiedBlock(block: LightBlock): Result<VerifiedBlock> {
    const tally = verifyOwnCommit(block, this.#options.verify);
    if (!tally.ok) return tally;
    const { height, time } = block.header;
    return ok({ height, time, hash: headerHash(block.header), block, tally: tally.value });
  }

  #announce(
    block: LightBlock,
    method: 'root' | 'backwards',
    provider: string,
    witnesses: number,
  ): Result<VerifiedBlock> {
    const verified = this.#verifiedBlock(block);
    if (verified.ok) this.#announceTally(block, verified.value.tally, method, provider, witnesses);
    return verified;
  }

  #announceTally(
    block: LightBlock,
    tally: Tally,
    method: 'root' | 'adjacent' | 'skipping' | 'backwards',
    provider: string,
    witnesses: number,
  ): void {
    const { height, time } = block.header;
    const signatures = this.#options.verify.signatures.name;
    const hash = headerHash(block.header);
    this.#emit({
      type: 'light.verified',
      height,
      time,
      hash,
      method,
      tally,
      provider,
      witnesses,
      signatures,
    });
  }
}
