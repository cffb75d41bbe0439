// The chain as this console sees it: what the engine says, what the light node verified of it, and with which signatures.

import type {
  LightProviderView,
  LightView,
  NetworkView,
  StaleView,
  ValidatorStakeView,
} from '../../api/index.ts';
import type { Clock, Fault, Result } from '../../base/index.ts';
import { bytesToHex, hexToBytes } from '../../base/index.ts';
import type { CommittedBlock, Engine } from '../../chain/index.ts';
import type { LightBlock } from '../../comet/index.ts';
import { consensusAddress, FLAG_COMMIT, headerHash, timeToMs, totalPower } from '../../comet/index.ts';
import type { LightEvent, LightNode, LightStatus, VerifiedBlock } from '../../light/index.ts';
import type { Recalled } from './remembered-reader.ts';
import { OUT_OF_REACH, TRUST_ENDED } from './remembered-reader.ts';

const RECENT_BLOCKS = 20;
const LAGS_KEPT = 50;
/** Trust that lasts longer was never meant to end: a chain that only this computer signs. */
const TRUST_MS_MAX = 3650 * 24 * 3600 * 1000;

type Verified = Extract<LightEvent, { type: 'light.verified' }>;

/** Validators as the chain's state has them, by consensus address; and those that do not sign. */
export type StakeOverview = {
  readonly byConsensusAddress: ReadonlyMap<string, ValidatorStakeView>;
  readonly candidates: readonly ValidatorStakeView[];
};
const NO_STAKE: StakeOverview = { byConsensusAddress: new Map(), candidates: [] };
/** Asks for what the state proves about these consensus addresses; undefined where it cannot be had. */
export type AskStake = (signing: readonly string[]) => Promise<StakeOverview | undefined>;

/** How long without a block before the newest one is asked for: who cannot be reached is noticed so. */
const QUIET_MS_MAX = 15_000;

export class Network {
  readonly #engine: Engine;
  readonly #light: LightNode;
  readonly #clock: Clock;
  readonly #lagsMs: number[] = [];
  #last: LightView['last'];
  #adjacentSteps = 0;
  #skippingSteps = 0;
  #headersVerified = 0;
  #signaturesVerified = 0;
  #proofsVerified = 0;
  #lastVerifiedMs = 0;

  constructor(engine: Engine, light: LightNode, clock: Clock) {
    this.#engine = engine;
    this.#light = light;
    this.#clock = clock;
    light.onEvent((event) => {
      if (event.type === 'light.verified') this.#count(event);
    });
  }

  /**
   * Follows the chain with the light node, block by block, and tells when something new is known. Where others run it,
   * they are asked by themselves too: an engine that has lost its node tells of no more blocks.
   */
  follow(onChanged: () => void, onFailed: (error: unknown) => void): () => void {
    const stopping = new AbortController();
    const { signal } = stopping;
    let lastMs = this.#clock.monotonicMs();
    const sync = async (height: bigint | 'latest'): Promise<void> => {
      lastMs = this.#clock.monotonicMs();
      try {
        await this.#light.syncTo(height, signal);
        onChanged();
      } catch (error) {
        if (!signal.aborted) onFailed(error);
      }
    };
    const unlisten = this.#engine.onBlock((block: CommittedBlock) => void sync(block.height));
    const watch = async (): Promise<void> => {
      while (!signal.aborted) {
        await this.#clock.sleep(QUIET_MS_MAX, signal).catch(() => undefined);
        if (!signal.aborted && this.#clock.monotonicMs() - lastMs >= QUIET_MS_MAX) await sync('latest');
      }
    };
    if (this.#engine.status().engine !== 'solo') {
      // At once too: a console that starts without a connection shall know it.
      void sync('latest');
      void watch();
    }
    return () => {
      unlisten();
      stopping.abort(new Error('stopped'));
    };
  }

  countProof(): void {
    this.#proofsVerified++;
  }

  get verifiedHeight(): number {
    return Number(this.#light.status().latest?.height ?? 0n);
  }

  /**
   * Set where pages show what was verified before instead of the chain as it is: why, up to which block, and the oldest
   * of what was shown (`recalled`).
   */
  stale(recalled: Recalled | undefined): StaleView | null {
    const { latest, halted, problem } = this.#light.status();
    const code = halted?.code ?? problem?.code ?? '';
    const isReached = recalled === undefined && !OUT_OF_REACH.has(code) && !TRUST_ENDED.has(code);
    if (this.#engine.status().engine === 'solo' || isReached) return null;
    const newest = latest && { height: Number(latest.height), timeS: Number(latest.time.seconds) };
    const isOnlyLate = recalled?.isLate === true && !OUT_OF_REACH.has(code);
    const reach = isOnlyLate ? 'late' : 'offline';
    const reason = halted !== undefined ? 'halted' : TRUST_ENDED.has(code) ? 'expired' : reach;
    const oldest = recalled && { height: Number(recalled.height), timeS: recalled.timeS };
    return { reason, newest: newest ?? null, oldest: oldest ?? null };
  }

  /** Begins again at a block that a person named. */
  trust(height: bigint, hash: string, signal?: AbortSignal): Promise<Result<VerifiedBlock>> {
    const { chainId } = this.#light.status();
    return this.#light.trust({ chainId, height, hash: hexToBytes(hash) }, signal);
  }

  async view(askStake?: AskStake): Promise<NetworkView> {
    const status = this.#engine.status();
    const light = this.#light.status();
    const newest = light.latest === undefined ? undefined : this.#light.stored(light.latest.height);
    const verifiedHeight = light.latest?.height ?? 0n;
    const height = status.height > verifiedHeight ? status.height : verifiedHeight;
    const { rows: recentBlocks, timesMs } = await this.#recent(height);
    const signing = newest?.validators.map(({ key }) => bytesToHex(consensusAddress(key))) ?? [];
    const stake = (await askStake?.(signing)) ?? NO_STAKE;
    return {
      chainId: status.chainId,
      engine: status.engine,
      height: Number(height),
      blockTimeS: Number(status.time.seconds),
      blockIntervalMs: intervalMs(timesMs),
      peers: status.peers,
      // Those of the newest verified block: no node can invent or hide one.
      validators: newest === undefined ? [] : validatorsOf(newest, stake),
      candidates: [...stake.candidates],
      light: this.#lightView(light),
      recentBlocks,
    };
  }

  #lightView(light: LightStatus): LightView {
    const { latest, trustedUntilMs, halted, attack, problem } = light;
    const endless = (trustedUntilMs ?? 0) - this.#clock.nowMs() > TRUST_MS_MAX;
    return {
      height: Number(latest?.height ?? 0n),
      hash: bytesToHex(latest?.hash ?? light.root.hash),
      trustHeight: Number(light.root.height),
      trustHash: bytesToHex(light.root.hash),
      headersVerified: this.#headersVerified,
      adjacentSteps: this.#adjacentSteps,
      skippingSteps: this.#skippingSteps,
      proofsVerified: this.#proofsVerified,
      signaturesVerified: this.#signaturesVerified,
      signatureBackend: light.signatures,
      finalityLagMs: median(this.#lagsMs),
      lastVerifiedMs: this.#lastVerifiedMs,
      blockTimeS: latest === undefined ? null : Number(latest.time.seconds),
      trustedUntilMs: endless ? null : (trustedUntilMs ?? null),
      ...(this.#last === undefined ? {} : { last: this.#last }),
      providers: providersOf(light),
      ...(halted === undefined ? {} : { fault: faultView(halted) }),
      ...(attack === undefined
        ? {}
        : { attack: { ...attack, culprits: [...attack.culprits], reportedTo: [...attack.reportedTo] } }),
      ...(problem === undefined || halted !== undefined ? {} : { problem: faultView(problem) }),
    };
  }

  /** Where the engine is out of reach, what the light node kept of them. */
  async #recent(head: bigint): Promise<{ rows: NetworkView['recentBlocks']; timesMs: readonly number[] }> {
    const rows: NetworkView['recentBlocks'] = [];
    const timesMs: number[] = [];
    const followed = this.#engine.status().height;
    let isAway = followed === 0n;
    for (let height = head; height > 0n && height > head - BigInt(RECENT_BLOCKS); height--) {
      const verified = this.#light.stored(height);
      const block = isAway || height > followed ? undefined : await this.#engine.blockAt(height);
      isAway ||= block?.ok === false;
      const light = isAway ? verified : await this.#lightBlockAt(height, verified);
      // Of those that were verified in one jump, only the last was ever seen.
      if (light === undefined) continue;
      timesMs.push(timeToMs(light.header.time));
      rows.push({
        height: Number(height),
        hash: bytesToHex(headerHash(light.header)),
        timeS: Number(light.header.time.seconds),
        txs: block?.ok === true ? block.value.txs.length : null,
        verified: verified !== undefined,
        signedPercent: percent(signedPower(light), totalPower(light.validators)),
      });
    }
    return { rows, timesMs };
  }

  async #lightBlockAt(height: bigint, verified: LightBlock | undefined): Promise<LightBlock | undefined> {
    if (verified !== undefined) return verified;
    const claimed = await this.#engine.lightBlock(height);
    return claimed.ok ? claimed.value : undefined;
  }

  #count(event: Verified): void {
    const { method, tally, height } = event;
    const nowMs = this.#clock.nowMs();
    this.#headersVerified++;
    if (method === 'adjacent') this.#adjacentSteps++;
    if (method === 'skipping') this.#skippingSteps++;
    this.#signaturesVerified += tally.signers.length;
    this.#lastVerifiedMs = nowMs;
    this.#lagsMs.push(Math.max(0, nowMs - timeToMs(event.time)));
    if (this.#lagsMs.length > LAGS_KEPT) this.#lagsMs.shift();
    // Older blocks are verified too, for proofs of the past; they say nothing about the newest.
    if (height < (this.#light.status().latest?.height ?? 0n)) return;
    this.#last = {
      method,
      steps: event.steps,
      signatures: tally.signers.length,
      validators: this.#light.stored(height)?.validators.length ?? 0,
      signedPercent: percent(tally.signedPower, tally.totalPower),
      provider: event.provider,
      witnesses: event.witnesses,
    };
  }
}

function faultView(fault: Fault): NonNullable<LightView['fault']> {
  const { data, ...text } = fault;
  return data === undefined ? text : { ...text, data: { ...data } };
}

function providersOf({ providers }: LightStatus): LightProviderView[] {
  const asked = providers
    .filter(({ dropped }) => dropped === undefined)
    .reduce<(typeof providers)[number] | undefined>(
      (best, provider) => (best === undefined || provider.score > best.score ? provider : best),
      undefined,
    );
  return providers.map((provider) => ({
    id: provider.id,
    role: provider.dropped !== undefined ? 'dropped' : provider === asked ? 'asked' : 'witness',
    score: provider.score,
    answers: provider.answers,
    failures: provider.failures,
    lastSeenMs: provider.lastSeenMs ?? null,
    height: provider.latestHeight === undefined ? null : Number(provider.latestHeight),
    ...(provider.dropped === undefined ? {} : { fault: faultView(provider.dropped) }),
  }));
}

function signedPower({ commit, validators }: LightBlock): bigint {
  let power = 0n;
  for (const [index, validator] of validators.entries())
    if (commit.signatures[index]?.flag === FLAG_COMMIT) power += validator.power;
  return power;
}

const percent = (part: bigint, whole: bigint) => (whole === 0n ? 0 : Number((part * 10_000n) / whole) / 100);

function validatorsOf(block: LightBlock, stake: StakeOverview): NetworkView['validators'] {
  const { validators, commit } = block;
  const total = totalPower(validators);
  return validators.map(({ key, power }, index) => {
    const address = bytesToHex(consensusAddress(key));
    const known = stake.byConsensusAddress.get(address);
    return {
      address,
      keyType: key.type,
      powerPercent: percent(power, total),
      signed: commit.signatures[index]?.flag === FLAG_COMMIT,
      ...(known === undefined ? {} : { stake: known }),
    };
  });
}

/** Newest first. */
function intervalMs(timesMs: readonly number[]): number | null {
  return median(timesMs.slice(1).map((timeMs, index) => (timesMs[index] ?? timeMs) - timeMs));
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
