// A station that stands alone and knows a network: it answers for names as its light node proves them, and where its
// operator has offered it on the chain, it counts, claims and is paid by itself. Its account is its own key's.

import { join } from 'node:path';
import type { Bytes, Clock, Log, Result } from '../../base/index.ts';
import { defineFaults, ok, refuse } from '../../base/index.ts';
import type { Engine } from '../../chain/index.ts';
import { DEFAULT_PROVIDERS, ProviderState, providerKey } from '../../chain/index.ts';
import type { ReadStake } from '../../dimp/station/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { addressToText, createKeyPair } from '../../identity/index.ts';
import type { LightNode } from '../../light/index.ts';
import { createSqliteKv, KV_MIGRATIONS, openSqlite } from '../adapters/sqlite.ts';
import { systemRandom } from '../adapters/system.ts';
import type { ServiceTerms } from '../dimp/service-counter.ts';
import type { StationServer } from '../dimp/station-server.ts';
import { CONSOLE_MIGRATIONS } from '../store/migrations.ts';
import { createChainClient } from './chain-client.ts';
import { createChainIndex } from './chain-index.ts';
import { createEventBus } from './event-bus.ts';
import { createStakeReader } from './locked-stake.ts';
import { NameResolver } from './name-resolver.ts';
import type { NetworkChoice } from './network-world.ts';
import { openNetworkWorld } from './network-world.ts';
import { OwnStation } from './own-station.ts';
import { createWorldRecord } from './world.ts';

const stationNetworkFault = defineFaults('stationnet', {
  'stationnet.deposit': {
    message:
      'To be offered, the station locks {neededMicro} micro-DIMT; its account {account} has {balanceMicro}.',
    next: 'Send the missing coins to that account. The station looks again by itself.',
  },
});

/** As it is to stand on the chain. */
export type StationOffer = { readonly name: string; readonly stations: readonly string[] };

export type StationNetworkParts = {
  readonly engine: Engine;
  readonly light: LightNode;
  /** For its index and its anchors. */
  readonly databasePath: string;
  /** Of the station: its address is the provider's account. */
  readonly secretKey: Bytes;
  readonly offer?: StationOffer | undefined;
  readonly clock: Clock;
  readonly log: Log;
};

export type StationNetwork = {
  readonly account: string;
  /** What the station asks its network for. */
  readonly forStation: {
    readonly serviceTerms: () => ServiceTerms | undefined;
    /** The account that a name stands for; undefined for nobody's, and where nothing can be proven now. */
    readonly accountOf: (name: string) => Promise<string | undefined>;
    readonly readStake: ReadStake;
  };
  /** Serves from now on. */
  readonly begin: (server: Pick<StationServer, 'ledger'>) => Promise<void>;
  /** Offers and claims what is due now. */
  readonly look: () => Promise<Result<void>>;
  readonly close: () => Promise<void>;
};

const LOOK_MS = 15_000;

/** Of a network that others run. @throws FaultError where the folder was used with another one. */
export async function joinNetwork(
  folder: string,
  choice: NetworkChoice,
  parts: Omit<StationNetworkParts, 'engine' | 'light' | 'databasePath'>,
): Promise<StationNetwork> {
  const { clock, log } = parts;
  const databasePath = join(folder, 'network.db');
  const settings = openSqlite(databasePath, CONSOLE_MIGRATIONS);
  const light = openSqlite(join(folder, 'light.db'), KV_MIGRATIONS);
  const record = createWorldRecord(systemRandom, clock.nowMs(), undefined);
  try {
    const rest = { lightKv: createSqliteKv(light), clock, log, database: settings, record };
    const world = await openNetworkWorld(choice, rest);
    const network = await openStationNetwork({ ...parts, ...world, databasePath });
    return {
      ...network,
      async close() {
        await network.close();
        await world.engine.stop();
        await world.light.flush();
        light.close();
        settings.close();
      },
    };
  } catch (error) {
    light.close();
    settings.close();
    throw error;
  }
}

export async function openStationNetwork(parts: StationNetworkParts): Promise<StationNetwork> {
  const { engine, light, clock, log, offer } = parts;
  const key = createKeyPair(parts.secretKey);
  const account = addressToText(key.address);
  const database = openSqlite(parts.databasePath, CONSOLE_MIGRATIONS);
  const bus = createEventBus();
  const chain = createChainClient({ engine, light, database, bus, log, clock, onProof: () => undefined });
  const index = createChainIndex(database, chain.anchors, bus, log);
  const names = new NameResolver({ chain, engine, light, clock });
  let server: Pick<StationServer, 'ledger'> | undefined;
  const own = new OwnStation({
    chain,
    identities: { people: () => [{ address: account }], keyPair: () => key },
    bus,
    clock,
    log,
    station: async () => server ?? Promise.reject(new Error('the station runs')),
  });
  const unlisten = index.onEvent((event) => own.onChainEvent(event));
  const unfollow = await index.follow(engine);
  const stopping = new AbortController();

  async function look(): Promise<Result<void>> {
    const offered = offer === undefined ? ok(undefined) : await keepOffer(chain, key, offer);
    if (server !== undefined) await own.look();
    return offered;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const looked = await look().catch((error: unknown) => {
        log('error', 'service.failed', { error });
        return ok(undefined);
      });
      if (!looked.ok) log('warn', 'service.not-offered', { ...looked.fault });
      await clock.sleep(LOOK_MS, stopping.signal).catch(() => undefined);
    }
  }
  let running: Promise<void> = Promise.resolve();
  return {
    account,
    forStation: {
      serviceTerms: () => own.serviceTerms(),
      async accountOf(name) {
        const found = await names.resolve(name);
        if (!found.ok) log('info', 'names.unproven', { code: found.fault.code });
        return found.ok && found.value.status === 'active' ? found.value.account : undefined;
      },
      readStake: createStakeReader(chain, log),
    },
    async begin(started) {
      server = started;
      running = run();
    },
    look,
    async close() {
      stopping.abort();
      unlisten();
      unfollow();
      await running;
      database.close();
    },
  };
}

/** Registers the station, or changes what the chain says of it. Whoever has left stays away. */
async function keepOffer(
  chain: ReturnType<typeof createChainClient>,
  key: KeyPair,
  { name, stations }: StationOffer,
): Promise<Result<void>> {
  const known = await chain.read(ProviderState, providerKey(key.address));
  if (!known.ok) return known;
  const state = known.value?.value;
  if (state?.leavesS !== undefined) return ok(undefined);
  if (state?.name === name && state.stations.join() === stations.join()) return ok(undefined);
  const params = await chain.params();
  if (!params.ok) return params;
  const { depositMicro } = params.value.providers ?? DEFAULT_PROVIDERS;
  const neededMicro = depositMicro - (state?.depositMicro ?? 0n);
  const balance = await chain.account(key.address);
  if (!balance.ok) return balance;
  const balanceMicro = balance.value.value.balances.DIMT;
  if (balanceMicro < neededMicro) {
    const account = addressToText(key.address);
    const data = { neededMicro: neededMicro.toString(), balanceMicro: balanceMicro.toString(), account };
    return refuse(stationNetworkFault('stationnet.deposit', data));
  }
  const sent = await chain.submit(key, { type: 'provider.register', name, stations: [...stations] });
  return sent.ok ? ok(undefined) : sent;
}
