// How the light node comes by a verified block: from its store, forwards by skipping, backwards by hashes, always with
// the help of nodes that it does not trust, and cross-checked by the others. Stops for good when it sees an attack.
// Source: CometBFT v0.38.25 light/client.go. Pure steps are verify.ts, skipping.ts and detector.ts.

import type { Fault, Result } from '../base/index.ts';
import { equalBytes, ok, refuse } from '../base/index.ts';
import type { LightBlock, Time } from '../comet/index.ts';
import { headerHash, msToTime, timeToText } from '../comet/index.ts';
import { checkLightBlock } from './basic.ts';
import type { Accepted, Attack, Claim } from './detector.ts';
import { askWitness, questionWitnesses, summaryOf } from './detector.ts';
import { lightFault } from './faults.ts';
import type { Fetched, LightProvider } from './provider.ts';
import { fetchBlock, REQUEST_TIMEOUT_MS } from './provider.ts';
import type { Source } from './provider-pool.ts';
import { ProviderPool } from './provider-pool.ts';
import { verifySkipping, walkBackwards } from './skipping.ts';
import type { StoredRoot, TrustedStore } from './trusted-store.ts';
import type { LightEvent, LightNodeOptions, VerifiedBlock } from './types.ts';
import type { TrustRoot } from './verify.ts';
import { isExpired, isFuture, shortHash, verifyOwnCommit, verifyRoot } from './verify.ts';

/** Heights are int64; one less, since the block after must have a height too. */
const HEIGHT_MAX = 2n ** 63n - 2n;
/** What honest nodes of one network may be behind each other (defaultMaxBlockLag in CometBFT). */
const BLOCK_LAG_MS = 10_000;
/** Who was waited for in vain is not waited for again so soon: it could hold up every block. */
const LATE_MS = 10 * 60_000;
/** Faults that no other provider would mend. */
const OWN_FAULTS = new Set(['light.trust.expired', 'light.steps.exceeded']);

type VerifiedEvent = Extract<LightEvent, { type: 'light.verified' }>;
type Method = VerifiedEvent['method'];

/** What came of one provider's block. */
type Outcome =
  | { readonly kind: 'settled'; readonly result: Result<VerifiedBlock> }
  /** The provider was dropped: another one must be asked. */
  | { readonly kind: 'dropped' }
  /** It could not help this time, for a reason that an honest node may have. */
  | { readonly kind: 'unhelpful'; readonly fault: Fault };

const settled = (result: Result<VerifiedBlock>): Outcome => ({ kind: 'settled', result });

export class BlockSyncer {
  readonly pool: ProviderPool;
  readonly #options: LightNodeOptions;
  readonly #store: TrustedStore;
  readonly #emit: (event: LightEvent) => void;
  /** When witnesses were last waited for in vain, by id. */
  readonly #lateMs = new Map<string, number>();
  #root: StoredRoot;

  constructor(options: LightNodeOptions, store: TrustedStore, emit: (event: LightEvent) => void) {
    const { clock, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
    this.#options = options;
    this.#store = store;
    this.#emit = emit;
    this.pool = new ProviderPool({
      providers: options.providers,
      clock,
      timeoutMs: requestTimeoutMs,
      log: options.log,
      onDropped: (provider, fault) => emit({ type: 'light.provider.dropped', provider, fault }),
    });
    const stored = store.root();
    const { root } = options;
    // What a person chose outlives a restart, unless the program is given another root since: that is a choice too.
    const isChosen = stored?.chosen === true && equalBytes(stored.given, root.hash);
    this.#root = isChosen ? stored : { ...root, chosen: false, given: root.hash };
  }

  get #lagMs(): number {
    return this.#options.blockLagMs ?? BLOCK_LAG_MS;
  }

  get root(): TrustRoot {
    const { chainId, height, hash } = this.#root;
    return { chainId, height, hash };
  }

  /** Begins at a root that a person chose. */
  beginAt(root: TrustRoot, signal: AbortSignal | undefined): Promise<Result<VerifiedBlock>> {
    return this.begin({ ...root, chosen: true, given: this.#options.root.hash }, signal);
  }

  /** The store holds blocks that stem from the current root. */
  get isRooted(): boolean {
    const root = this.#store.root();
    return root !== undefined && root.height === this.#root.height && equalBytes(root.hash, this.#root.hash);
  }

  async ensureRoot(signal: AbortSignal | undefined): Promise<Result<void>> {
    const halt = this.#store.halted();
    if (halt !== undefined) return refuse(halt.fault);
    if (this.isRooted) return ok(undefined);
    const begun = await this.begin(this.#root, signal);
    return begun.ok ? ok(undefined) : begun;
  }

  /** Begins at a root: its block must be the one named, signed, young enough, and no other node may show another one. */
  async begin(root: StoredRoot, signal: AbortSignal | undefined): Promise<Result<VerifiedBlock>> {
    const { signatures } = this.#options.verify;
    const accept = (block: LightBlock) => {
      const verified = verifyRoot(root, block, signatures);
      return verified.ok ? undefined : verified.fault;
    };
    const found = await this.pool.fetch(root.height, accept, new Set(), signal);
    if (!found.ok) return found;
    const { block, provider } = found.value;
    const unfit = this.#rootAgeFault(block) ?? (await this.#rootDispute(block, provider, signal));
    if (unfit !== undefined) return refuse(unfit);
    this.#store.reset(root, block);
    this.#root = root;
    return this.#announce(block, 'root', provider.id);
  }

  #rootAgeFault({ header }: LightBlock): Fault | undefined {
    const { trustingPeriodNs, clockDriftNs } = this.#options.verify;
    const data = { height: String(header.height), time: timeToText(header.time) };
    if (isExpired(header, trustingPeriodNs, this.#now())) return lightFault('light.root.expired', data);
    if (isFuture(header, clockDriftNs, this.#now())) return lightFault('light.header.future', data);
    return undefined;
  }

  /** Any other node that has the block must have the same one (compareFirstHeaderWithWitnesses). */
  async #rootDispute(
    block: LightBlock,
    primary: LightProvider,
    signal: AbortSignal | undefined,
  ): Promise<Fault | undefined> {
    const { height } = block.header;
    const expected = headerHash(block.header);
    const witnesses = this.pool.available().filter((provider) => provider !== primary);
    const answers = await Promise.all(witnesses.map((witness) => fetchBlock(witness, height, signal)));
    let dispute: Fault | undefined;
    for (const [index, answer] of answers.entries()) {
      const witness = witnesses[index];
      if (witness === undefined || answer.kind === 'missing') continue;
      // One that is not even signed is no other opinion.
      const signed =
        answer.kind === 'bad' ? refuse(answer.fault) : verifyOwnCommit(answer.block, this.#options.verify);
      if (!signed.ok) this.pool.drop(witness, signed.fault);
      if (!signed.ok || answer.kind === 'bad') continue;
      const found = headerHash(answer.block.header);
      if (equalBytes(found, expected)) continue;
      const data = { provider: witness.id, height: String(height) };
      const hashes = { found: shortHash(found), expected: shortHash(expected) };
      dispute ??= lightFault('light.root.disputed', { ...data, ...hashes });
    }
    return dispute;
  }

  async sync(height: bigint | 'latest', signal: AbortSignal | undefined): Promise<Result<VerifiedBlock>> {
    const started = await this.ensureRoot(signal);
    if (!started.ok) return started;
    if (height !== 'latest') {
      if (height < 1n || height > HEIGHT_MAX) {
        return refuse(lightFault('light.height.invalid', { height: String(height) }));
      }
      const known = this.#store.get(height);
      if (known !== undefined) return this.#verifiedBlock(known);
    }
    const accept = (block: LightBlock) => {
      const consistent = checkLightBlock(block, this.#options.verify.chainId);
      return consistent.ok ? undefined : consistent.fault;
    };
    const unhelpful = new Map<string, Fault>();
    // Each round ends, drops a provider or passes one over, so there are no more rounds than providers.
    for (;;) {
      const passOver = new Set(unhelpful.keys());
      const found =
        height === 'latest'
          ? await this.pool.fetchLatest(accept, passOver, this.#lagMs, signal)
          : await this.pool.fetch(height, accept, passOver, signal);
      if (!found.ok) return refuse([...unhelpful.values()][0] ?? found.fault);
      const outcome = await this.#accept(found.value, height, signal);
      if (outcome.kind === 'settled') return outcome.result;
      if (outcome.kind === 'dropped') continue;
      unhelpful.set(found.value.provider.id, outcome.fault);
      this.pool.demote(found.value.provider);
    }
  }

  async #accept(source: Source, asked: bigint | 'latest', signal: AbortSignal | undefined): Promise<Outcome> {
    const { block, provider } = source;
    const { height } = block.header;
    const newest = this.#store.latest();
    if (asked === 'latest' && newest !== undefined && height < newest.header.height)
      return settled(this.#verifiedBlock(newest));
    const known = this.#store.get(height);
    if (known !== undefined) {
      const isSame = equalBytes(headerHash(known.header), headerHash(block.header));
      return isSame ? settled(this.#verifiedBlock(known)) : this.#contradicted(provider, known, signal);
    }
    const from = this.#store.below(height);
    if (from === undefined || this.#isTooOld(from)) return this.#acceptBackwards(source, from, signal);
    const walk = await verifySkipping({
      trusted: from,
      target: block,
      options: this.#options.verify,
      nowFor: () => this.#now(),
      fetch: (pivot) => fetchBlock(provider, pivot, signal),
    });
    if (walk.kind === 'verified') return this.#crossCheck(provider, walk, signal);
    if (OWN_FAULTS.has(walk.fault.code)) return settled(refuse(walk.fault));
    // From the future: this computer's clock may be wrong, or the node; if another one has no such block, the node.
    if (walk.kind === 'missing' || walk.fault.code === 'light.header.future')
      return { kind: 'unhelpful', fault: walk.fault };
    this.pool.drop(provider, walk.fault);
    return { kind: 'dropped' };
  }

  /** The provider shows another block than the one verified before: a lie, or proof of an attack. */
  async #contradicted(
    provider: LightProvider,
    known: LightBlock,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    const from = this.#store.below(known.header.height);
    const fault = lightFault('light.link.broken', { height: String(known.header.height) });
    const tally = verifyOwnCommit(known, this.#options.verify);
    if (from !== undefined && tally.ok) {
      const steps = [{ block: known, tally: tally.value, adjacent: false }];
      const claim = this.#claim({ from, steps }, (height) => this.#ownSide(height, provider, signal));
      const testimony = await askWitness(provider, claim, signal);
      if (testimony.kind === 'attack')
        return settled(refuse(await this.#halt(testimony.attack, undefined, provider)));
      if (testimony.kind === 'absent' || testimony.kind === 'lagging') return { kind: 'unhelpful', fault };
    }
    this.pool.drop(provider, fault);
    return { kind: 'dropped' };
  }

  #claim(accepted: Accepted, primary: Claim['primary']): Claim {
    return { accepted, judge: { options: this.#options.verify, nowFor: () => this.#now() }, primary };
  }

  /** The side of what was verified before: the store, and whoever else has it. */
  async #ownSide(height: bigint, except: LightProvider, signal: AbortSignal | undefined): Promise<Fetched> {
    const known = this.#store.get(height);
    if (known !== undefined) return { kind: 'block', block: known };
    for (const provider of this.pool.available()) {
      if (provider === except) continue;
      const fetched = await fetchBlock(provider, height, signal);
      if (fetched.kind === 'block') return fetched;
    }
    return { kind: 'missing', fault: lightFault('light.provider.silent', { height: String(height) }) };
  }

  /** Below everything trusted for verifying forwards: by hashes from the nearest block above. */
  async #acceptBackwards(
    source: Source,
    below: LightBlock | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    const { block, provider } = source;
    const { verify } = this.#options;
    const above = this.#store.above(block.header.height);
    const trusted = above ?? below;
    if (trusted === undefined) return settled(refuse(lightFault('light.root.missing')));
    if (above === undefined || this.#isTooOld(above)) return settled(refuse(this.#expired(trusted)));
    const walk = await walkBackwards(above, block.header.height, verify.chainId, (height) =>
      height === block.header.height
        ? Promise.resolve({ kind: 'block', block })
        : fetchBlock(provider, height, signal),
    );
    if (walk.kind === 'missing') {
      const isOwn = OWN_FAULTS.has(walk.fault.code);
      return isOwn ? settled(refuse(walk.fault)) : { kind: 'unhelpful', fault: walk.fault };
    }
    // The header hangs on the chain; its signatures are checked too, since others will verify from this block.
    const signed = walk.kind === 'bad' ? refuse(walk.fault) : verifyOwnCommit(block, verify);
    if (!signed.ok) {
      this.pool.drop(provider, signed.fault);
      return { kind: 'dropped' };
    }
    this.#store.save([block]);
    return settled(this.#announce(block, 'backwards', provider.id));
  }

  #isTooOld(block: LightBlock): boolean {
    return isExpired(block.header, this.#options.verify.trustingPeriodNs, this.#now());
  }

  #expired({ header }: LightBlock): Fault {
    return lightFault('light.trust.expired', {
      height: String(header.height),
      time: timeToText(header.time),
    });
  }

  async #crossCheck(
    primary: LightProvider,
    accepted: Accepted,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    const { clock, verify, witnessesMin } = this.#options;
    const target = accepted.steps[accepted.steps.length - 1]?.block ?? accepted.from;
    const witnesses = this.pool.available().filter((provider) => provider !== primary);
    const claim = this.#claim(accepted, (height) => fetchBlock(primary, height, signal));
    const waitMs = 2 * Number(verify.clockDriftNs / 1_000_000n) + this.#lagMs;
    const isLate = ({ id }: LightProvider) =>
      clock.monotonicMs() - (this.#lateMs.get(id) ?? Number.NEGATIVE_INFINITY) < LATE_MS;
    const patience = { clock, waitMs, isLate };
    const answers = await questionWitnesses(witnesses, claim, witnessesMin, patience, signal);
    let confirmed = 0;
    for (const { witness, testimony } of answers) {
      if (testimony.kind === 'attack')
        return settled(refuse(await this.#halt(testimony.attack, primary, witness)));
      if (testimony.kind === 'bad') this.pool.drop(witness, testimony.fault);
      if (testimony.kind === 'lagging') this.#lateMs.set(witness.id, clock.monotonicMs());
      if (testimony.kind === 'confirmed') confirmed++;
    }
    if (confirmed < witnessesMin)
      return settled(refuse(lightFault('light.witness.none', { height: String(target.header.height) })));
    this.#store.save(accepted.steps.map(({ block }) => block));
    for (const [index, { block, tally, adjacent }] of accepted.steps.entries()) {
      const method = adjacent ? 'adjacent' : 'skipping';
      const witnesses = block === target ? confirmed : 0;
      this.#announceTally(block, { tally, method, provider: primary.id, witnesses, steps: index + 1 });
    }
    return settled(this.#verifiedBlock(target));
  }

  /** Nothing more is believed, from now and after a restart; then each side gets the evidence against the other. */
  async #halt(attack: Attack, primary: LightProvider | undefined, witness: LightProvider): Promise<Fault> {
    const { fault, againstPrimary, againstWitness } = attack;
    const summary = summaryOf(attack, primary?.id ?? '', witness.id, this.#options.clock.nowMs());
    this.#store.halt({ fault, attack: summary });
    this.#options.log?.('error', 'light.halted', { ...fault.data, kind: againstPrimary.kind });
    this.#emit({ type: 'light.halted', fault, attack });
    const reportedTo = await Promise.all(
      this.pool.available().map(async (provider) => {
        // Who belongs to neither side gets both: it refuses the one that speaks for its own chain.
        const evidence = [
          provider === primary ? undefined : againstPrimary,
          provider === witness ? undefined : againstWitness,
        ].filter((against) => against !== undefined);
        let taken = 0;
        for (const against of evidence) {
          // Best effort: the halt stands whether or not anybody takes the evidence.
          const answer = await provider.submitEvidence?.(against).catch(() => undefined);
          if (answer?.ok === true) taken++;
        }
        return taken > 0 ? [provider.id] : [];
      }),
    );
    this.#store.halt({ fault, attack: { ...summary, reportedTo: reportedTo.flat() } });
    return fault;
  }

  #now(): Time {
    return msToTime(this.#options.clock.nowMs());
  }

  #verifiedBlock(block: LightBlock): Result<VerifiedBlock> {
    const tally = verifyOwnCommit(block, this.#options.verify);
    if (!tally.ok) return tally;
    const { height, time } = block.header;
    return ok({ height, time, hash: headerHash(block.header), block, tally: tally.value });
  }

  #announce(block: LightBlock, method: Method, provider: string): Result<VerifiedBlock> {
    const verified = this.#verifiedBlock(block);
    if (verified.ok) {
      const { tally } = verified.value;
      this.#announceTally(block, { tally, method, provider, witnesses: 0, steps: 1 });
    }
    return verified;
  }

  #announceTally(
    { header }: LightBlock,
    how: Pick<VerifiedEvent, 'tally' | 'method' | 'provider' | 'witnesses' | 'steps'>,
  ): void {
    const { height, time } = header;
    const signatures = this.#options.verify.signatures.name;
    this.#emit({ type: 'light.verified', height, time, hash: headerHash(header), signatures, ...how });
  }
}
