// The maker's side of being watched: who watches which order for how long, and when they are told. Told on a change of
// state at once, of anything else every few seconds, to nobody who does not ask again: for the absent nothing piles up,
// they are told what is so when they are back. Whoever asks was looked at by the caller.

import type { Bytes } from '../base/index.ts';
import { bytesToHex, equalBytes, hexToBytes } from '../base/index.ts';
import { encodeRecord } from '../records/index.ts';
import type { PrintFacts, PrintReport, Sight, WatchAsk } from './print-report.ts';

/** A question holds so long; who watches on asks again before. */
export const WATCH_LEASE_MS = 60_000;
/** Between two reports in which nothing but numbers changed. */
export const REPORT_INTERVAL_MS = 3_000;
/** Between two pictures to the same watcher. */
export const PICTURE_INTERVAL_MS = 10_000;
/** Everybody together, and questions of one watcher in a row. */
const WATCHERS_MAX = 200;
const ASK_INTERVAL_MS = 500;

/** What there is to tell of an order; undefined where nothing is made of it here. */
export type PrintLook = { readonly sight: Sight; readonly facts: PrintFacts | undefined };

/** `actor` is the maker, `watcher` the party that asked. */
export type WatchPair = { readonly actor: string; readonly watcher: string };

export type WatchTelling = WatchPair & { readonly report: PrintReport };
export type PictureWish = WatchPair & { readonly order: Bytes; readonly nonce: Bytes };

type Lease = WatchPair & {
  order: Bytes;
  nonce: Bytes;
  pictures: boolean;
  askedMs: number;
  /** Reports under the nonce so far. */
  index: number;
  isAsked: boolean;
  toldMs: number;
  told: Bytes | undefined;
  state: string | undefined;
  picturedMs: number;
};

export class WatchDesk {
  readonly #leases = new Map<string, Lease>();

  /** Nobody watches. */
  get isIdle(): boolean {
    return this.#leases.size === 0;
  }

  /** False where they ask too often, where too many watch, or where the question was asked before. */
  mayAsk(pair: WatchPair, ask: WatchAsk, nowMs: number): boolean {
    const known = this.#leases.get(keyOf(pair, ask.order));
    if (known === undefined) return this.#leases.size < WATCHERS_MAX;
    return nowMs - known.askedMs >= ASK_INTERVAL_MS && !equalBytes(known.nonce, ask.nonce);
  }

  /** Takes a question of somebody who may watch. */
  ask(pair: WatchPair, { order, nonce, pictures }: WatchAsk, nowMs: number): void {
    const key = keyOf(pair, order);
    const known = this.#leases.get(key);
    const never = Number.NEGATIVE_INFINITY;
    const kept = known ?? { toldMs: never, told: undefined, state: undefined, picturedMs: never };
    const { actor, watcher } = pair;
    const { toldMs, told, state, picturedMs } = kept;
    const asked = { order, nonce, pictures, askedMs: nowMs, index: 0, isAsked: true };
    this.#leases.set(key, { actor, watcher, ...asked, toldMs, told, state, picturedMs });
  }

  /** Whom to tell what now. `look` is asked once for each order. */
  tick(nowMs: number, look: (order: Bytes) => PrintLook | undefined): readonly WatchTelling[] {
    const looks = new Map<string, PrintLook | undefined>();
    const tellings: WatchTelling[] = [];
    for (const [key, lease] of this.#leases) {
      if (nowMs - lease.askedMs > WATCH_LEASE_MS) {
        this.#leases.delete(key);
        continue;
      }
      const order = bytesToHex(lease.order);
      if (!looks.has(order)) looks.set(order, look(lease.order));
      const seen = looks.get(order);
      if (seen === undefined) continue;
      const report = this.#reportFor(lease, seen, nowMs);
      if (report !== undefined) tellings.push({ actor: lease.actor, watcher: lease.watcher, report });
    }
    return tellings;
  }

  /**
   * Who is to get a picture now; they are not named again for a while. While there is nothing to show, because it does not
   * print or its owner shows no pictures, nobody's turn passes.
   */
  pictureWishes(nowMs: number, look: (order: Bytes) => PrintLook | undefined): readonly PictureWish[] {
    const wishes: PictureWish[] = [];
    for (const lease of this.#leases.values()) {
      if (!lease.pictures || nowMs - lease.picturedMs < PICTURE_INTERVAL_MS) continue;
      if (!showsPictures(look(lease.order))) continue;
      lease.picturedMs = nowMs;
      const { actor, watcher, order, nonce } = lease;
      wishes.push({ actor, watcher, order, nonce });
    }
    return wishes;
  }

  /** Orders that somebody watches. */
  orders(): readonly Bytes[] {
    return [...new Set([...this.#leases.values()].map(({ order }) => bytesToHex(order)))].map(hexToBytes);
  }

  #reportFor(lease: Lease, { sight, facts }: PrintLook, nowMs: number): PrintReport | undefined {
    const shown = facts === undefined || !sight.progress ? null : visible(facts, sight);
    const said = { sight: { ...sight }, facts: shown };
    const bytes = encodeRecord(said);
    const state = `${shown?.copy} ${shown?.attempt} ${shown?.state}`;
    const isOther = lease.told === undefined || !equalBytes(lease.told, bytes);
    const isDue = state !== lease.state || nowMs - lease.toldMs >= REPORT_INTERVAL_MS;
    if (!lease.isAsked && !(isOther && isDue)) return undefined;
    lease.isAsked = false;
    lease.toldMs = nowMs;
    lease.told = bytes;
    lease.state = state;
    return { v: 1, order: lease.order, nonce: lease.nonce, index: lease.index++, ...said };
  }
}

const keyOf = ({ actor, watcher }: WatchPair, order: Bytes) => `${actor} ${watcher} ${bytesToHex(order)}`;

const visible = (facts: PrintFacts, sight: Sight): PrintFacts =>
  sight.temperatures ? facts : { ...facts, heat: null };

const UNDER_WAY: ReadonlySet<PrintFacts['state'] | undefined> = new Set(['heating', 'printing', 'paused']);

const showsPictures = (seen: PrintLook | undefined): boolean =>
  seen?.sight.pictures === true && UNDER_WAY.has(seen.facts?.state);
