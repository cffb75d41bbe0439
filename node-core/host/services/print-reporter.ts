// The maker's console answers whoever watches the print of an order: only its parties, only orders whose machine is here,
// and of them what the machine's owner shows. Nobody watching, it does nothing.

import type { Bytes, Clock, Log } from '../../base/index.ts';
import { addressToText } from '../../identity/index.ts';
import type { PictureWish, WatchPair } from '../../jobs/index.ts';
import {
  encodeWatchWord,
  PICTURE_PART_BYTES,
  parseWatchAsk,
  WATCH_PICTURE_BYTES_MAX,
  WatchDesk,
} from '../../jobs/index.ts';
import { nativeSha256 } from '../adapters/system.ts';
import type { ConsoleWord } from '../dimp/console-words.ts';
import type { Cameras } from './cameras.ts';
import type { Machines } from './machines.ts';
import { isParty, type PartiesOfOrders } from './order-parties.ts';
import { lookAtPrint, type PrintLookParts } from './print-looks.ts';

/** What consoles call this among each other. */
export const WATCH_SUBJECT = 'watch';

/** Brings a word to another account, of this console or of another one; false where it could not be sent. */
export type Carry = (from: string, to: string, word: ConsoleWord) => Promise<boolean>;

export type ReporterParts = PrintLookParts & {
  readonly machines: Machines;
  readonly cameras: Cameras;
  readonly parties: PartiesOfOrders;
  readonly clock: Clock;
  readonly log: Log;
  readonly carry: Carry;
};

const TICK_MS = 500;

export class PrintReporter {
  readonly #parts: ReporterParts;
  readonly #desk = new WatchDesk();
  readonly #closed = new AbortController();
  #running = false;

  constructor(parts: ReporterParts) {
    this.#parts = parts;
  }

  /** A question to an account of this console. */
  async hear(actor: string, watcher: string, data: Bytes): Promise<void> {
    const { clock, store, parties } = this.#parts;
    const ask = parseWatchAsk(data);
    const pair: WatchPair = { actor, watcher };
    if (!ask.ok || !this.#desk.mayAsk(pair, ask.value, clock.monotonicMs())) return;
    const id = addressToText(ask.value.order);
    // What was never queued here is not looked up on chain: strangers may name any order.
    if (store.ofOrder(id).length === 0) return;
    const order = await parties.of(id);
    if (!order.ok || order.value.owner !== actor || !isParty(order.value, watcher)) return;
    const pictures = ask.value.pictures && order.value.buyer === watcher;
    this.#desk.ask(pair, { ...ask.value, pictures }, clock.monotonicMs());
    void this.#run();
  }

  close(): void {
    this.#closed.abort();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    const { clock, log } = this.#parts;
    const { signal } = this.#closed;
    while (!this.#desk.isIdle && !signal.aborted) {
      await this.#tick().catch((error: unknown) => log('warn', 'watch.failed', { error }));
      await clock.sleep(TICK_MS, signal).catch(() => undefined);
    }
    this.#running = false;
  }

  async #tick(): Promise<void> {
    const { clock, carry } = this.#parts;
    const look = (order: Bytes) => lookAtPrint(this.#parts, addressToText(order));
    const nowMs = clock.monotonicMs();
    const tellings = this.#desk.tick(nowMs, look);
    // Before anything is sent: a slow way must not cost the picture of what is told.
    for (const wish of this.#desk.pictureWishes(nowMs, look)) void this.#show(wish);
    for (const { actor, watcher, report } of tellings)
      await carry(actor, watcher, { subject: WATCH_SUBJECT, act: 'report', data: encodeWatchWord(report) });
  }

  /** A picture of what is printed, in parts. */
  async #show({ actor, watcher, order, nonce }: PictureWish): Promise<void> {
    const { cameras, carry, log } = this.#parts;
    const seen = lookAtPrint(this.#parts, addressToText(order));
    if (seen === undefined) return;
    const jpeg = await cameras.recent(seen.machineId).catch((error: unknown) => {
      log('warn', 'watch.picture-failed', { error });
      return undefined;
    });
    if (jpeg === undefined || jpeg.length > WATCH_PICTURE_BYTES_MAX || this.#closed.signal.aborted) return;
    const parts = Math.ceil(jpeg.length / PICTURE_PART_BYTES);
    const { layer = 0, layers = 0 } = seen.facts ?? {};
    const about = { v: 1, order, nonce, hash: nativeSha256(jpeg), parts, layer, layers } as const;
    const { rotate, flip } = cameras.turning(seen.machineId);
    for (let part = 0; part < parts; part++) {
      const bytes = jpeg.slice(part * PICTURE_PART_BYTES, (part + 1) * PICTURE_PART_BYTES);
      const data = encodeWatchWord({ ...about, part, rotate, flip, bytes });
      if (!(await carry(actor, watcher, { subject: WATCH_SUBJECT, act: 'picture', data }))) return;
    }
  }
}
