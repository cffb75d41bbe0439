// Service providers as the chain proves them: their stations are measured, one is used, and where that one stays away the
// console changes to the quickest of the others by itself. One's own station can be registered here.

import type { ProvidersView, ProviderView } from '../../api/index.ts';
import type { Bytes, Clock, Log, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, ok, refuse } from '../../base/index.ts';
import type { Message } from '../../chain/index.ts';
import {
  ChosenProviderState,
  chosenProviderKey,
  DEFAULT_PROVIDERS,
  ProviderState,
  providerKey,
} from '../../chain/index.ts';
import { addressToText, parseAddress } from '../../identity/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { StationAddress } from '../dimp/station-address.ts';
import { parseStationAddress, sameStation } from '../dimp/station-address.ts';
import type { ChainClient } from './chain-client.ts';
import type { EventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import type { OwnStation } from './own-station.ts';
import { createProviderDays, type ProviderDays } from './provider-days.ts';
import type { ServiceReceipts } from './service-receipts.ts';

const providerFault = defineFaults('provider', {
  'provider.unreachable': {
    message: 'No station of this provider answers from here.',
    next: 'Choose another provider, or try again later.',
  },
  'provider.changed': {
    message: 'The station {from} stayed away, so the messages now go through {name}.',
    next: 'Nothing is left to do; another provider can be chosen on the Network page.',
  },
});

export type StationPlace = StationAddress;

export type ProvidersParts = {
  readonly chain: ChainClient;
  readonly identities: Identities;
  readonly database: Sqlite;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly probe: (host: string, port: number) => Promise<number | undefined>;
  /** What this console's people signed for today. */
  readonly receipts: Pick<ServiceReceipts, 'today'>;
  readonly ownStation: Pick<OwnStation, 'usersToday'>;
  readonly messenger: {
    /** Undefined for the console's own station. */
    connect(station: StationPlace | undefined): Promise<void>;
    /** Whether the station answers; undefined where the messenger has not been asked for anything yet. */
    standing(): Promise<(StationPlace & { readonly own: boolean; readonly away: boolean }) | undefined>;
  };
};

type Known = { readonly account: Bytes; readonly state: ProviderState };
type Measure = { readonly answersMs: number | undefined; readonly atMs: number };

const MEASURE_KEPT_MS = 60_000;
const MEASURED_MAX = 64;
/** A station that restarts is back before that. */
const AWAY_MS_MAX = 45_000;
const LOOK_MS = 15_000;
const SETTING = 'provider';
const DAYS_SHOWN = 7;

export class Providers {
  readonly #parts: ProvidersParts;
  readonly #measures = new Map<string, Measure>();
  readonly days: ProviderDays;
  #awaySinceMs: number | undefined;

  constructor(parts: ProvidersParts) {
    this.#parts = parts;
    this.days = createProviderDays(parts.database);
  }

  async view(actor: string): Promise<Result<ProvidersView>> {
    const { chain, identities, messenger } = this.#parts;
    const { address } = identities.keyPair(actor);
    const params = await chain.known.params();
    if (!params.ok) return params;
    const account = await chain.known.account(address);
    if (!account.ok) return account;
    const known = await this.#list();
    if (!known.ok) return known;
    const chosen = await chain.known.read(ChosenProviderState, chosenProviderKey(address));
    if (!chosen.ok) return chosen;
    const own = await chain.known.read(ProviderState, providerKey(address));
    if (!own.ok) return own;
    await this.#measure(known.value);
    const standing = await messenger.standing();
    const used = standing === undefined || standing.own ? undefined : standing;
    const chosenText = chosen.value === undefined ? '' : addressToText(chosen.value.value.provider);
    const providers = known.value.map(({ account: key, state }): ProviderView => {
      const text = addressToText(key);
      const [place] = placesOf(state);
      const measure = place === undefined ? undefined : this.#measures.get(nameOf(place));
      return {
        account: text,
        name: state.name,
        stations: state.stations,
        depositMicro: state.depositMicro,
        registeredS: Number(state.registeredS),
        mine: text === actor,
        inUse:
          standing?.own === true
            ? identities.holds(text)
            : used !== undefined && placesOf(state).some((place) => sameStation(place, used)),
        chosen: text === chosenText,
        ...(measure === undefined ? {} : { answersMs: measure.answersMs ?? null }),
      };
    });
    const terms = params.value.providers ?? DEFAULT_PROVIDERS;
    const receipts = await this.#parts.receipts.today(actor);
    if (!receipts.ok) return receipts;
    const usersToday = this.#parts.ownStation.usersToday(actor);
    const leavesS = own.value?.value.leavesS;
    return ok({
      providers: providers.sort(byDistance),
      automatic: this.#chosenProvider() !== undefined,
      terms: {
        depositMicro: terms.depositMicro,
        placesMax: terms.placesMax,
        dailyMicro: terms.dailyMicro,
        leaveDays: Math.round(terms.leaveS / 86_400),
      },
      balanceMicro: account.value.value.balances.DIMT,
      receipts: receipts.value,
      ...(usersToday === undefined ? {} : { usersToday }),
      days: [...new Set([actor, chosenText])].flatMap((provider) =>
        this.days.of(provider, DAYS_SHOWN).map(({ day, ...one }) => ({ ...one, dayS: day * terms.dayS })),
      ),
      ...(leavesS === undefined ? {} : { leavesS: Number(leavesS) }),
      verifiedHeight: Number(account.value.height),
    });
  }

  register(actor: string, name: string, stations: readonly string[]): Promise<Result<string>> {
    return this.#send(actor, { type: 'provider.register', name, stations: [...stations] });
  }

  leave(actor: string): Promise<Result<string>> {
    return this.#send(actor, { type: 'provider.leave' });
  }

  /** Uses its quickest station from now on, and says so on chain, where that is what its reward is counted by. */
  async use(actor: string, provider: string): Promise<Result<void>> {
    const account = parseAddress(provider);
    const known = await this.#list();
    if (!known.ok) return known;
    const found = known.value.find(({ account: key }) => addressToText(key) === provider);
    if (account === undefined || found === undefined) return refuse(providerFault('provider.unreachable'));
    const place = await this.#quickest(found);
    if (place !== undefined) await this.#connect(provider, place);
    // One's own station is reached from inside, whatever its address is from outside.
    else if (this.#parts.ownStation.usersToday(provider) !== undefined) {
      this.forget();
      await this.#parts.messenger.connect(undefined);
      this.#parts.bus.changed('network');
    } else return refuse(providerFault('provider.unreachable'));
    const sent = await this.#send(actor, { type: 'provider.choose', provider: account });
    // The station is what matters here; the chain takes a change only every third day.
    return sent.ok || sent.fault.code === 'chain.provider.soon' ? ok(undefined) : sent;
  }

  /** The station was chosen by hand, or is the console's own: nothing is changed by itself any more. */
  forget(): void {
    this.#parts.database.prepare('DELETE FROM settings WHERE key = ?').run(SETTING);
  }

  /** Looks from time to time whether the provider's station is there; gives what ends it. */
  follow(): () => void {
    const stopping = new AbortController();
    const { clock, log } = this.#parts;
    const run = async () => {
      while (!stopping.signal.aborted) {
        await clock.sleep(LOOK_MS, stopping.signal).catch(() => undefined);
        if (stopping.signal.aborted) return;
        await this.look().catch((error: unknown) => log('warn', 'provider.look', { error }));
      }
    };
    void run();
    return () => stopping.abort();
  }

  /** Changes to another provider where the one in use has been away for long. */
  async look(): Promise<void> {
    const { messenger, clock, bus } = this.#parts;
    const standing = await messenger.standing();
    const isAway = standing?.away === true && !standing.own && this.#chosenProvider() !== undefined;
    if (!isAway) {
      this.#awaySinceMs = undefined;
      return;
    }
    this.#awaySinceMs ??= clock.monotonicMs();
    if (clock.monotonicMs() - this.#awaySinceMs < AWAY_MS_MAX) return;
    const known = await this.#list();
    if (!known.ok) return;
    // What was true a minute ago is not asked for now.
    this.#measures.clear();
    await this.#measure(known.value);
    const used = nameOf(standing);
    const [next] = known.value
      .flatMap(({ account, state }) => placesOf(state).map((place) => ({ account, state, place })))
      .map((one) => ({ ...one, answersMs: this.#measures.get(nameOf(one.place))?.answersMs }))
      .filter(({ place, answersMs }) => answersMs !== undefined && nameOf(place) !== used)
      .sort((a, b) => (a.answersMs ?? 0) - (b.answersMs ?? 0));
    if (next === undefined) return;
    this.#awaySinceMs = undefined;
    await this.#connect(addressToText(next.account), next.place);
    const fault = providerFault('provider.changed', { from: used, name: next.state.name });
    bus.publish({ type: 'notice', level: 'warning', fault: { ...fault, data: { ...fault.data } } });
  }

  async #connect(provider: string, place: StationPlace): Promise<void> {
    this.#parts.database
      .prepare(
        'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      )
      .run(SETTING, JSON.stringify(provider));
    const { messenger, bus } = this.#parts;
    await messenger.connect(place);
    bus.changed('network');
  }

  #chosenProvider(): string | undefined {
    const row = this.#parts.database.prepare('SELECT value FROM settings WHERE key = ?').get(SETTING) as
      | { value: string }
      | undefined;
    return row === undefined ? undefined : (JSON.parse(row.value) as string);
  }

  async #list(): Promise<Result<Known[]>> {
    const { known: chain } = this.#parts.chain;
    const ids = await chain.list('providers');
    if (!ids.ok) return ids;
    const found: Known[] = [];
    for (const account of ids.value) {
      const state = await chain.read(ProviderState, providerKey(account));
      if (!state.ok) return state;
      if (state.value !== undefined) found.push({ account, state: state.value.value });
    }
    return ok(found);
  }

  /** Asks stations that were not asked lately, the same number at most each time. */
  async #measure(known: readonly Known[]): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    const places = known.flatMap(({ state }) => placesOf(state));
    const due = places
      .filter(
        (place) => nowMs - (this.#measures.get(nameOf(place))?.atMs ?? -MEASURE_KEPT_MS) >= MEASURE_KEPT_MS,
      )
      .slice(0, MEASURED_MAX);
    await Promise.all(
      due.map(async (place) => {
        const answersMs = await this.#parts.probe(place.host, place.port);
        this.#measures.set(nameOf(place), { answersMs, atMs: nowMs });
      }),
    );
  }

  async #quickest(provider: Known): Promise<StationPlace | undefined> {
    await this.#measure([provider]);
    const answering = placesOf(provider.state)
      .map((place) => ({ place, answersMs: this.#measures.get(nameOf(place))?.answersMs }))
      .filter(({ answersMs }) => answersMs !== undefined);
    return answering.sort((a, b) => (a.answersMs ?? 0) - (b.answersMs ?? 0))[0]?.place;
  }

  async #send(actor: string, message: Message): Promise<Result<string>> {
    const { chain, identities, bus } = this.#parts;
    const sent = await chain.submit(identities.keyPair(actor), message);
    if (sent.ok) bus.changed('network');
    return sent.ok ? ok(bytesToHex(sent.value.hash)) : sent;
  }
}

const nameOf = ({ host, port, path = '' }: StationPlace) => `${host}:${port}${path}`;

const placesOf = ({ stations }: ProviderState): readonly StationPlace[] =>
  stations.flatMap((text) => parseStationAddress(text) ?? []);

function byDistance(a: ProviderView, b: ProviderView): number {
  return (a.answersMs ?? Number.MAX_SAFE_INTEGER) - (b.answersMs ?? Number.MAX_SAFE_INTEGER);
}
