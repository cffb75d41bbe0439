// What a station earns: the day after, its provider claims what its users signed for, opens what chance asks, and is paid.
// Each look takes the next step from what the chain and the station's file say, so that a crash anywhere is mended by
// looking again. A claim is in the file before it is on the chain: what cannot be opened must not be claimed.
//
//   receipts ─► prepared ─► claimed ── seed ─► proven ─► settled
//                  └► refused      └────────── too late ─► missed

import type { Bytes, Clock, Log, Result } from '../../base/index.ts';
import { bytesToHex, equalBytes, ok } from '../../base/index.ts';
import type { ChainEvent, ParamsState, ServiceLeaf, ServiceOpening } from '../../chain/index.ts';
import {
  buildServiceTree,
  DEFAULT_PROVIDERS,
  dayOf,
  leafContent,
  ProviderState,
  providerKey,
  ServiceClaimState,
  ServiceDayState,
  samplePoints,
  serviceClaimKey,
  serviceDayKey,
} from '../../chain/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { sameAddress } from '../../identity/index.ts';
import type { ServedLeaf, ServiceDay, ServiceLedger } from '../dimp/service-ledger.ts';
import type { ChainClient } from './chain-client.ts';
import { createWeigher } from './service-weights.ts';

export type ServiceClaimsParts = {
  readonly chain: ChainClient;
  /** Of the provider. */
  readonly key: KeyPair;
  readonly ledger: ServiceLedger;
  readonly clock: Clock;
  readonly log: Log;
  /** A day's line in the ledger is another one now. */
  readonly changed: () => void;
};

/** Receipts may come late by this part of a day. */
const CLAIM_AFTER_PART = 24n;
const USERS_PAGE = 200;

export class ServiceClaims {
  readonly #parts: ServiceClaimsParts;
  #looking: Promise<Result<void>> | undefined;

  constructor(parts: ServiceClaimsParts) {
    this.#parts = parts;
  }

  /** Takes the steps that can be taken now; calls at the same time are one. */
  look(): Promise<Result<void>> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** What the network paid is seen in its blocks. */
  onChainEvent({ type, attributes }: ChainEvent): void {
    const { ledger, key, changed } = this.#parts;
    if (type !== 'provider.rewarded' || attributes['provider'] !== bytesToHex(key.address)) return;
    const day = BigInt(attributes['day'] ?? '0');
    if (ledger.day(day) === undefined) return;
    ledger.setReward(day, BigInt(attributes['amountMicro'] ?? '0'));
    ledger.setState(day, 'settled');
    changed();
  }

  async #look(): Promise<Result<void>> {
    const { chain, key, ledger, clock } = this.#parts;
    const params = await chain.params();
    if (!params.ok) return params;
    const terms = params.value.providers ?? DEFAULT_PROVIDERS;
    const provider = await chain.read(ProviderState, providerKey(key.address));
    if (!provider.ok) return provider;
    for (const day of ledger.openDays()) {
      const followed = await this.#carryOn(day);
      if (!followed.ok) return followed;
    }
    if (provider.value === undefined || provider.value.value.leavesS !== undefined) return ok(undefined);
    const nowS = BigInt(Math.floor(clock.nowMs() / 1000));
    const today = dayOf(nowS, terms);
    const dayS = BigInt(terms.dayS);
    ledger.forgetReceipts(today - 1n);
    const isEarly = nowS % dayS < dayS / CLAIM_AFTER_PART;
    for (const { day, state } of ledger.openDays())
      if (state === 'prepared' && day < today - 1n) ledger.setState(day, 'refused');
    const day = today - 1n;
    if (isEarly) return ok(undefined);
    const prepared = ledger.day(day) === undefined ? await this.#prepare(day, params.value) : ok(undefined);
    const line = ledger.day(day);
    return prepared.ok && line?.state === 'prepared' ? this.#claim(line) : prepared;
  }

  async #prepare(day: bigint, params: ParamsState): Promise<Result<void>> {
    const leaves = await this.#leavesOf(day, params);
    if (!leaves.ok) return leaves;
    if (leaves.value.length === 0) return ok(undefined);
    const { root, weight } = buildServiceTree(leaves.value.map(toLeaf));
    this.#parts.ledger.prepare(day, root, weight, leaves.value);
    return ok(undefined);
  }

  /** Sent again, it is the same claim: one that was sent before may be on its way. */
  async #claim({ day, root, weight }: ServiceDay): Promise<Result<void>> {
    const { chain, key, ledger, changed } = this.#parts;
    const claimed = await chain.submit(key, { type: 'provider.claim', day, root, weight });
    if (claimed.ok) {
      ledger.setState(day, 'claimed');
      changed();
      const next = ledger.day(day);
      return next === undefined ? ok(undefined) : this.#carryOn(next);
    }
    // The day is over by the chain's time, or the deposit no longer suffices: it will not be otherwise later.
    const isFinal = ['chain.provider.day', 'chain.provider.deposit-low'].includes(claimed.fault.code);
    if (isFinal) ledger.setState(day, 'refused');
    changed();
    return claimed;
  }

  async #leavesOf(day: bigint, params: ParamsState): Promise<Result<readonly ServedLeaf[]>> {
    const { chain, key, ledger, clock } = this.#parts;
    const { dayS } = params.providers ?? DEFAULT_PROVIDERS;
    const safeUntilS = BigInt(Math.floor(clock.nowMs() / 1000) + dayS);
    const weigher = createWeigher({ chain, params, provider: key.address, day, safeUntilS });
    const leaves: ServedLeaf[] = [];
    let after: Bytes = new Uint8Array(0);
    for (;;) {
      const page = ledger.served(day, after, USERS_PAGE);
      for (const served of page) {
        const leaf = await weigher.leafOf(served);
        if (!leaf.ok) return leaf;
        if (leaf.value !== undefined) leaves.push(leaf.value);
        after = served.user;
      }
      if (page.length < USERS_PAGE) return ok(leaves);
    }
  }

  /** A claim that is on its way: found, opened, or over. */
  async #carryOn(known: ServiceDay): Promise<Result<void>> {
    const { chain, key, ledger, changed } = this.#parts;
    const { day, root } = known;
    const open = await chain.read(ServiceDayState, serviceDayKey());
    if (!open.ok) return open;
    const read = await chain.read(ServiceClaimState, serviceClaimKey(key.address));
    if (!read.ok) return read;
    const claim = read.value?.value;
    const isThere = open.value?.value.day === day && claim !== undefined && equalBytes(claim.root, root);
    if (!isThere) return this.#over(known);
    if (known.state === 'prepared') ledger.setState(day, 'claimed');
    if (claim.proven) {
      ledger.setState(day, 'proven');
      return ok(undefined);
    }
    if (claim.seed === undefined) return ok(undefined);
    const params = await chain.params();
    if (!params.ok) return params;
    const { samples } = params.value.providers ?? DEFAULT_PROVIDERS;
    const points = samplePoints(claim.seed, key.address, claim.weight, samples);
    const openings = openingsAt(ledger.leaves(day), points);
    const proven = await chain.submit(key, { type: 'provider.prove', openings: [...openings] });
    if (!proven.ok) return proven;
    ledger.setState(day, 'proven');
    changed();
    return ok(undefined);
  }

  /** What is prepared and not on the chain may still go there; what was there and is gone is settled. */
  #over({ day, state }: ServiceDay): Result<void> {
    const { ledger, changed, log } = this.#parts;
    if (state === 'prepared') return ok(undefined);
    const end = state === 'proven' ? 'settled' : 'missed';
    if (end === 'missed') log('error', 'service.missed', { day: day.toString() });
    ledger.setState(day, end);
    changed();
    return ok(undefined);
  }
}

const toLeaf = ({ user, weight, name, receipts }: ServedLeaf): ServiceLeaf => ({
  user,
  weight,
  content: leafContent(name, [...receipts]),
});

/** Each leaf that a point falls on, once, with its way to the root. */
function openingsAt(served: readonly ServedLeaf[], points: readonly bigint[]): readonly ServiceOpening[] {
  const tree = buildServiceTree(served.map(toLeaf));
  const openings = new Map<string, ServiceOpening>();
  for (const point of points) {
    const { leaf, path } = tree.open(point);
    const of = served.find(({ user }) => sameAddress(user, leaf.user));
    if (of === undefined) continue;
    openings.set(bytesToHex(leaf.user), {
      user: of.publicKey,
      name: of.name,
      weight: of.weight,
      receipts: of.receipts.map((receipt) => ({ ...receipt })),
      path: [...path],
    });
  }
  return [...openings.values()];
}
