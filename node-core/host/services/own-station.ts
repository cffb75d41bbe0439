// The console's own station as a provider's: where one of its people is registered on the chain, the station runs whatever
// station the console itself uses, counts receipts for that account, and claims.

import type { Bytes, Clock, Log } from '../../base/index.ts';
import type { ChainEvent, ProviderTerms } from '../../chain/index.ts';
import { DEFAULT_PROVIDERS, dayOf, ProviderState, providerKey, receiptBytes } from '../../chain/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { addressToText } from '../../identity/index.ts';
import type { ServiceTerms } from '../dimp/service-counter.ts';
import type { StationServer } from '../dimp/station-server.ts';
import type { ChainClient } from './chain-client.ts';
import type { EventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import { ServiceClaims } from './service-claims.ts';

export type OwnStationParts = {
  readonly chain: ChainClient;
  readonly identities: Pick<Identities, 'keyPair'> & {
    people(): readonly { readonly address: string }[];
  };
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  /** Starts it where it does not run. */
  readonly station: () => Promise<Pick<StationServer, 'ledger'>>;
};

/** What a station that serves for a provider goes by. */
const termsOfService = (chainId: string, provider: Bytes, today: bigint): ServiceTerms => ({
  chainId,
  provider,
  today,
  receiptBytes: (day, sender, message) => receiptBytes(chainId, day, provider, sender, message),
});

type Serving = {
  readonly key: KeyPair;
  readonly terms: ProviderTerms;
  readonly claims: ServiceClaims;
  readonly ledger: StationServer['ledger'];
};

const LOOK_MS = 15_000;

export class OwnStation {
  readonly #parts: OwnStationParts;
  #serving: Serving | undefined;
  #looking: Promise<void> | undefined;

  constructor(parts: OwnStationParts) {
    this.#parts = parts;
  }

  /** Whom receipts are for now. */
  serviceTerms(): ServiceTerms | undefined {
    const { chain, clock } = this.#parts;
    if (this.#serving === undefined) return undefined;
    const { key, terms } = this.#serving;
    const today = dayOf(BigInt(Math.floor(clock.nowMs() / 1000)), terms);
    return termsOfService(chain.status().chainId, key.address, today);
  }

  /** How many users have signed for something today; undefined for an account that does not serve here. */
  usersToday(account: string): number | undefined {
    const terms = this.serviceTerms();
    if (this.#serving === undefined || terms === undefined) return undefined;
    if (addressToText(terms.provider) !== account) return undefined;
    return this.#serving.ledger.usersOn(terms.today);
  }

  onChainEvent(event: ChainEvent): void {
    this.#serving?.claims.onChainEvent(event);
    if (event.type === 'provider.registered') this.look().catch((error: unknown) => this.#failed(error));
  }

  follow(): () => void {
    const stopping = new AbortController();
    const run = async () => {
      while (!stopping.signal.aborted) {
        await this.look().catch((error: unknown) => this.#failed(error));
        await this.#parts.clock.sleep(LOOK_MS, stopping.signal).catch(() => undefined);
      }
    };
    void run();
    return () => stopping.abort();
  }

  /** Who serves, and the next step of what is claimed; calls at the same time are one, so that no claim is made twice. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { chain, identities, log } = this.#parts;
    const params = await chain.params();
    if (!params.ok) return;
    const terms = params.value.providers ?? DEFAULT_PROVIDERS;
    for (const { address } of identities.people()) {
      const key = identities.keyPair(address);
      const state = await chain.read(ProviderState, providerKey(key.address));
      if (!state.ok) return;
      if (state.value === undefined) continue;
      await this.#serve(key, terms);
      const looked = await this.#serving?.claims.look();
      if (looked?.ok === false) log('info', 'service.waits', { code: looked.fault.code });
      return;
    }
    this.#serving = undefined;
  }

  async #serve(key: KeyPair, terms: ProviderTerms): Promise<void> {
    const { chain, clock, log, bus, station } = this.#parts;
    if (this.#serving?.key === key) {
      this.#serving = { ...this.#serving, terms };
      return;
    }
    const { ledger } = await station();
    const changed = () => bus.changed('network');
    const claims = new ServiceClaims({ chain, key, ledger, clock, log, changed });
    this.#serving = { key, terms, ledger, claims };
  }

  #failed(error: unknown): void {
    this.#parts.log('error', 'service.failed', { error });
  }
}
