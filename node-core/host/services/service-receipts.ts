// What this console's people sign for what their provider brings: a receipt for one message of each sender a day, up to as
// many as count, and only where the chain says that this provider is theirs and its station is the one in use. They go to
// that station until it has them.

import type { Clock, Log, Result } from '../../base/index.ts';
import { bytesToHex, ok } from '../../base/index.ts';
import {
  ChosenProviderState,
  chosenProviderKey,
  DEFAULT_PROVIDERS,
  dayOf,
  homeOn,
  ProviderState,
  providerKey,
  RECEIPTS_MAX,
  signReceipt,
} from '../../chain/index.ts';
import type { JsonObject, ReliableMessage } from '../../dimp/index.ts';
import { readKeptReceipts, serviceReceiptsContent } from '../../dimp/index.ts';
import { messageHash } from '../../dimp/station/index.ts';
import { addressToText, parseAddress, sameAddress } from '../../identity/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { StationAddress } from '../dimp/station-address.ts';
import { parseStationAddress, sameStation } from '../dimp/station-address.ts';
import type { ChainClient } from './chain-client.ts';
import type { EventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import type { Names } from './names.ts';

/** The station in use; `own` is the console's. */
type InUse = StationAddress & { readonly own: boolean };

export type ServiceReceiptsParts = {
  readonly chain: ChainClient;
  readonly identities: Pick<Identities, 'keyPair' | 'holds'>;
  readonly names: Pick<Names, 'nameOf'>;
  readonly database: Sqlite;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly station: () => Promise<InUse | undefined>;
  /** A content for the station that an account is logged in to; nothing happens where it is not. */
  readonly tell: (actor: string, fields: JsonObject) => void;
};

type Row = {
  readonly account: string;
  readonly day: number;
  readonly sender: string;
  readonly provider: string;
  readonly message: string;
  readonly signature: string;
};
type Day = { readonly day: bigint; readonly key: string };

/** Senders that were looked at and count for nothing, or were signed for. */
const SEEN_MAX = 10_000;

export class ServiceReceipts {
  readonly #parts: ServiceReceiptsParts;
  readonly #seen = new Set<string>();
  /** One after the other: how many are signed is counted before the next. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: ServiceReceiptsParts) {
    this.#parts = parts;
  }

  /** A genuine message came from the station. */
  delivered(actor: string, message: ReliableMessage): void {
    this.#enqueue(() => this.#sign(actor, message));
  }

  /** An account is logged in: its station gets what it has not confirmed. */
  connected(actor: string): void {
    this.#enqueue(() => this.#tell(actor));
  }

  /** What the station says it has. */
  heard(actor: string, json: JsonObject): void {
    const update = this.#parts.database.prepare<[string, string]>(
      'UPDATE service_receipts SET kept = 1 WHERE account = ? AND message = ?',
    );
    for (const message of readKeptReceipts(json) ?? []) update.run(actor, message);
  }

  /** How many were signed on the present day, and how many of them the station has. */
  async today(actor: string): Promise<Result<{ readonly signed: number; readonly kept: number }>> {
    const today = await this.#today();
    if (!today.ok) return today;
    const row = this.#parts.database
      .prepare<[string, bigint], { signed: number; kept: number | null }>(
        'SELECT COUNT(*) AS signed, SUM(kept) AS kept FROM service_receipts WHERE account = ? AND day = ?',
      )
      .get(actor, today.value);
    return ok({ signed: row?.signed ?? 0, kept: row?.kept ?? 0 });
  }

  /** Resolves when everything that came in so far was dealt with. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  #enqueue(work: () => Promise<Result<void>>): void {
    this.#queue = this.#queue.then(work).then(
      (done) => {
        if (!done.ok) this.#parts.log('info', 'receipts.not-signed', { code: done.fault.code });
      },
      (error: unknown) => this.#parts.log('error', 'receipts.failed', { error }),
    );
  }

  async #today(): Promise<Result<bigint>> {
    const { chain, clock } = this.#parts;
    const params = await chain.known.params();
    if (!params.ok) return params;
    return ok(dayOf(BigInt(Math.floor(clock.nowMs() / 1000)), params.value.providers ?? DEFAULT_PROVIDERS));
  }

  async #sign(actor: string, message: ReliableMessage): Promise<Result<void>> {
    const { identities, database, chain, bus } = this.#parts;
    const sender = parseAddress(message.sender.bare);
    if (sender === undefined || !identities.holds(actor)) return ok(undefined);
    const today = await this.#today();
    if (!today.ok) return today;
    const day: Day = { day: today.value, key: `${actor} ${today.value} ${message.sender.bare}` };
    if (this.#seen.has(day.key) || this.#count(actor, day.day) >= RECEIPTS_MAX) return ok(undefined);
    const user = identities.keyPair(actor);
    const provider = await this.#providerOf(user.address, day.day);
    if (!provider.ok) return provider;
    // Asked again with the next message: the station may be another one then.
    if (provider.value === undefined) return ok(undefined);
    if (sameAddress(sender, user.address) || sameAddress(sender, provider.value)) return ok(undefined);
    const chosen = await chain.read(ChosenProviderState, chosenProviderKey(sender));
    if (!chosen.ok) return chosen;
    if (this.#seen.size >= SEEN_MAX) this.#seen.clear();
    this.#seen.add(day.key);
    if (chosen.value === undefined) return ok(undefined);
    const hash = messageHash(message, actor);
    const { chainId } = chain.status();
    const signature = signReceipt(user, chainId, day.day, provider.value, sender, hash);
    database
      .prepare(
        `INSERT OR IGNORE INTO service_receipts (account, day, sender, provider, message, signature)
         VALUES (?, ?, ?, ?, ?, ?)`,
      )
      .run(
        actor,
        day.day,
        addressToText(sender),
        addressToText(provider.value),
        bytesToHex(hash),
        bytesToHex(signature),
      );
    database.prepare('DELETE FROM service_receipts WHERE day < ?').run(day.day - 1n);
    bus.changed('network');
    return this.#tell(actor);
  }

  /** Whose user the account is today, where that one's station is in use. */
  async #providerOf(user: Uint8Array, day: bigint): Promise<Result<Uint8Array | undefined>> {
    const { chain, identities, station } = this.#parts;
    const inUse = await station();
    const chosen = await chain.read(ChosenProviderState, chosenProviderKey(user));
    if (!chosen.ok) return chosen;
    const provider = homeOn(chosen.value?.value, day);
    if (provider === undefined || inUse === undefined) return ok(undefined);
    if (inUse.own) return ok(identities.holds(addressToText(provider)) ? provider : undefined);
    const state = await chain.read(ProviderState, providerKey(provider));
    if (!state.ok) return state;
    const isTheirs = state.value?.value.stations.some((text) => isAt(text, inUse)) === true;
    return ok(isTheirs ? provider : undefined);
  }

  #count(actor: string, day: bigint): number {
    const row = this.#parts.database
      .prepare<[string, bigint], { count: number }>(
        'SELECT COUNT(*) AS count FROM service_receipts WHERE account = ? AND day = ?',
      )
      .get(actor, day);
    return row?.count ?? 0;
  }

  /** By provider and day: one content each. */
  async #tell(actor: string): Promise<Result<void>> {
    const { database, identities, names, chain, tell } = this.#parts;
    const today = await this.#today();
    if (!today.ok) return today;
    const rows = database
      .prepare<[string, bigint], Row>(
        'SELECT * FROM service_receipts WHERE account = ? AND day >= ? AND kept = 0 ORDER BY day, provider',
      )
      .all(actor, today.value - 1n);
    if (rows.length === 0) return ok(undefined);
    const { address, publicKey } = identities.keyPair(actor);
    const name = await names.nameOf(address);
    if (!name.ok) return name;
    const { chainId } = chain.status();
    for (const group of groupsOf(rows)) {
      const [{ day, provider }] = group;
      const receipts = group.map(({ sender, message, signature }) => ({ sender, message, signature }));
      const user = bytesToHex(publicKey);
      tell(
        actor,
        serviceReceiptsContent({ network: chainId, day, provider, user, name: name.value, receipts }),
      );
    }
    return ok(undefined);
  }
}

function groupsOf(rows: readonly Row[]): (readonly [Row, ...Row[]])[] {
  const groups = new Map<string, [Row, ...Row[]]>();
  for (const row of rows) {
    const key = `${row.day} ${row.provider}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

/** Whether a published address is the one in use. */
function isAt(published: string, inUse: InUse): boolean {
  const place = parseStationAddress(published);
  return place !== undefined && sameStation(place, inUse);
}
