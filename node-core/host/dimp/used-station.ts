// The station that the console's messages go through: its own, which starts when it is first needed, unless another was
// chosen.

import type { Clock, Log } from '../../base/index.ts';
import { unwrap } from '../../base/index.ts';
import type { DimpCrypto } from '../../dimp/index.ts';
import type { ReadStake } from '../../dimp/station/index.ts';
import type { ChatStore } from './chat-store.ts';
import type { ServiceTerms } from './service-counter.ts';
import type { StationAddress } from './station-address.ts';
import { addressesOf } from './station-address.ts';
import { openStationHome } from './station-home.ts';
import type { StationServer } from './station-server.ts';
import { openStationServer } from './station-server.ts';

export type UsedStationParts = {
  readonly store: ChatStore;
  readonly crypto: DimpCrypto;
  readonly clock: Clock;
  readonly log: Log;
  /** Folder of the console's own station. */
  readonly stationFolder: string;
  /** What the console's own station says of names. */
  readonly accountOf?: (name: string) => Promise<string | undefined>;
  /** What somebody has locked on the chain that this console knows. */
  readonly readStake?: ReadStake;
  /** Whom receipts at the console's own station are for. */
  readonly serviceTerms?: () => ServiceTerms | undefined;
};

const STATION_CHOICE = 'station';

export class UsedStation {
  readonly #parts: UsedStationParts;
  #own: Promise<StationServer> | undefined;
  /** Where its own is reached, from here and from elsewhere. */
  #ownAddresses = addressesOf({ host: '127.0.0.1', port: 0 }, undefined);

  constructor(parts: UsedStationParts) {
    this.#parts = parts;
  }

  /** Another station; undefined for the console's own. */
  use(choice: StationAddress | undefined): void {
    this.#parts.store.putChoice(STATION_CHOICE, choice === undefined ? undefined : JSON.stringify(choice));
  }

  /** Whether it is the console's own. */
  isOwn(): boolean {
    return this.#choice() === undefined;
  }

  address(): StationAddress {
    return this.#choice() ?? this.#ownAddresses.near;
  }

  /** The address that others know it by: what is told to them of files. */
  publicAddress(): StationAddress {
    return this.#choice() ?? this.#ownAddresses.far;
  }

  /** Runs where it is the one that is used. */
  async ready(): Promise<void> {
    if (this.isOwn()) await this.own();
  }

  /** The console's own station, which runs from now on whatever station the console itself uses. */
  own(): Promise<StationServer> {
    this.#own ??= this.#openOwn();
    return this.#own;
  }

  async close(): Promise<void> {
    const own = await this.#own?.catch(() => undefined);
    await own?.close();
  }

  #choice(): StationAddress | undefined {
    const text = this.#parts.store.choice(STATION_CHOICE);
    return text === undefined ? undefined : (JSON.parse(text) as StationAddress);
  }

  async #openOwn(): Promise<StationServer> {
    const { crypto, stationFolder, clock, log, serviceTerms, accountOf, readStake } = this.#parts;
    const home = unwrap(await openStationHome(stationFolder, crypto, clock.nowMs() / 1000));
    const { account, databasePath, filesPath, neighbours, names, listen, publicAddress } = home;
    const paths = { databasePath, filesPath };
    const parts = { account, ...paths, neighbours, names, crypto, clock, log };
    const terms = {
      ...(serviceTerms === undefined ? {} : { serviceTerms }),
      ...(accountOf === undefined ? {} : { accountOf }),
      ...(readStake === undefined ? {} : { readStake }),
    };
    const { host, port = 0 } = listen;
    const server = unwrap(await openStationServer({ ...parts, ...terms, host, port }));
    this.#ownAddresses = addressesOf({ host, port: server.port }, publicAddress);
    return server;
  }
}
