// The watching side: while a page shows the print of an order, its maker's console is asked how it goes, and what that
// account itself says is shown; nobody else's word counts. Nobody looking, nothing is asked.

import type { OrderPicture, PrintWatchView } from '../../api/index.ts';
import type { Bytes, Clock, Log, Random, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { cameraFault, parsePicture } from '../../camera/index.ts';
import { parseAddress } from '../../identity/index.ts';
import type { PrintFacts, PrintReport, WatchedPicture } from '../../jobs/index.ts';
import {
  encodeWatchWord,
  parsePicturePart,
  parsePrintReport,
  WATCH_STALE_MS,
  WatchSeat,
} from '../../jobs/index.ts';
import type { Cameras } from './cameras.ts';
import type { EventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import type { Machines } from './machines.ts';
import { orderFault } from './order-faults.ts';
import { isParty, type OrderParties, type PartiesOfOrders } from './order-parties.ts';
import { type Carry, WATCH_SUBJECT } from './print-reporter.ts';

export type WatcherParts = {
  readonly identities: Identities;
  readonly machines: Machines;
  readonly cameras: Pick<Cameras, 'orderPicture'>;
  readonly parties: PartiesOfOrders;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly carry: Carry;
};

/** After the last question of a page. */
const LINGER_MS = 30_000;
/** Orders that pages look at at the same time. */
const SEATS_MAX = 50;
/** A part is not higher than this, whatever a report says. */
const HEIGHT_MM_MAX = 10_000;

type Watched = {
  readonly actor: string;
  readonly order: OrderParties;
  readonly seat: WatchSeat;
  wantedUntilMs: number;
  report: PrintReport | undefined;
  heardMs: number;
  heardAtMs: number;
  picture: (WatchedPicture & { readonly atMs: number }) | undefined;
};

export class PrintWatcher {
  readonly #parts: WatcherParts;
  readonly #watched = new Map<string, Watched>();
  readonly #closed = new AbortController();

  constructor(parts: WatcherParts) {
    this.#parts = parts;
  }

  /** What is known of the print now; asking for it is what keeps the maker being asked. */
  async view(actor: string, orderId: string): Promise<Result<PrintWatchView>> {
    const watched = await this.#watch(actor, orderId);
    if (!watched.ok) return watched;
    const { order, report, heardMs, heardAtMs } = watched.value;
    const here = this.#parts.machines.row(order.machineId).ok;
    if (report === undefined) return ok({ here, stale: false });
    const stale = this.#parts.clock.monotonicMs() - heardAtMs > WATCH_STALE_MS;
    const { sight, facts } = report;
    const print = facts === null ? {} : { print: printView(facts, order) };
    return ok({ here, sight: { ...sight }, heardMs, stale, ...print });
  }

  /** The newest picture of the print: from the camera here, or as the maker sent it. */
  async picture(actor: string, orderId: string): Promise<Result<OrderPicture>> {
    const { machines, cameras, clock } = this.#parts;
    const watched = await this.#watch(actor, orderId);
    if (!watched.ok) return watched;
    const { order, picture, report } = watched.value;
    if (machines.row(order.machineId).ok) return cameras.orderPicture(actor, orderId);
    // Only its buyer is ever sent one.
    if (order.buyer !== actor || report?.sight.pictures === false)
      return refuse(cameraFault('camera.not-allowed'));
    if (picture === undefined) return refuse(cameraFault('camera.not-yet'));
    const { layer, layers: layersTotal, rotate, flip, jpeg, atMs } = picture;
    const blob = new Blob([new Uint8Array(jpeg)], { type: 'image/jpeg' });
    return ok({ ageMs: clock.monotonicMs() - atMs, layer, layersTotal, rotate, flip, picture: blob });
  }

  /** Something that an account said to one of this console about a print. */
  hear(actor: string, sender: string, act: string, data: Bytes): void {
    for (const watched of this.#watched.values()) {
      if (watched.actor !== actor || watched.order.owner !== sender) continue;
      if (act === 'report') this.#hearReport(watched, data);
      else if (act === 'picture') this.#hearPicture(watched, data);
    }
  }

  close(): void {
    this.#closed.abort();
    this.#watched.clear();
  }

  #hearReport(watched: Watched, data: Bytes): void {
    const { clock, bus } = this.#parts;
    const report = parsePrintReport(data);
    if (!report.ok || !watched.seat.hear(report.value)) return;
    watched.report = report.value;
    watched.heardMs = clock.nowMs();
    watched.heardAtMs = clock.monotonicMs();
    bus.changed('watching', watched.order.id);
  }

  #hearPicture(watched: Watched, data: Bytes): void {
    const { clock, bus } = this.#parts;
    const part = parsePicturePart(data);
    const picture = part.ok ? watched.seat.hearPart(part.value) : undefined;
    if (picture === undefined || parsePicture(picture.jpeg) === undefined) return;
    watched.picture = { ...picture, atMs: clock.monotonicMs() };
    bus.changed('watching', watched.order.id);
  }

  async #watch(actor: string, orderId: string): Promise<Result<Watched>> {
    const { identities, parties, clock, random } = this.#parts;
    identities.keyPair(actor);
    const order = await parties.of(orderId);
    if (!order.ok) return order;
    const address = parseAddress(order.value.id);
    if (address === undefined || !isParty(order.value, actor)) return refuse(orderFault('orders.not-yours'));
    const key = `${actor} ${order.value.id}`;
    const wantedUntilMs = clock.monotonicMs() + LINGER_MS;
    const known = this.#watched.get(key);
    if (known !== undefined) {
      known.wantedUntilMs = wantedUntilMs;
      return ok(known);
    }
    const seat = new WatchSeat(address, random);
    const nothing = { report: undefined, heardMs: 0, heardAtMs: 0, picture: undefined };
    const watched: Watched = { actor, order: order.value, seat, wantedUntilMs, ...nothing };
    const [oldest] = this.#watched.keys();
    if (this.#watched.size >= SEATS_MAX && oldest !== undefined) this.#watched.delete(oldest);
    this.#watched.set(key, watched);
    void this.#ask(key, watched);
    return ok(watched);
  }

  /** Asks until no page looks any more. */
  async #ask(key: string, watched: Watched): Promise<void> {
    const { clock, carry, machines, log } = this.#parts;
    const { actor, order, seat } = watched;
    const { signal } = this.#closed;
    while (!signal.aborted && this.#watched.get(key) === watched) {
      if (clock.monotonicMs() > watched.wantedUntilMs) break;
      const pictures = actor === order.buyer && !machines.row(order.machineId).ok;
      const data = encodeWatchWord(seat.ask(pictures));
      const word = { subject: WATCH_SUBJECT, act: 'ask', data } as const;
      await carry(actor, order.owner, word).catch((error: unknown) => log('warn', 'watch.unsent', { error }));
      await this.#pause(watched);
    }
    if (this.#watched.get(key) === watched) this.#watched.delete(key);
  }

  /** In steps: when nobody looks any more, the end is not far. */
  async #pause(watched: Watched): Promise<void> {
    const { clock } = this.#parts;
    const untilMs = clock.monotonicMs() + watched.seat.pauseMs;
    for (;;) {
      const leftMs = Math.min(untilMs, watched.wantedUntilMs) - clock.monotonicMs();
      if (leftMs <= 0) return;
      const isAborted = await clock.sleep(leftMs, this.#closed.signal).then(
        () => false,
        () => true,
      );
      if (isAborted) return;
    }
  }
}

function printView(facts: PrintFacts, order: OrderParties): NonNullable<PrintWatchView['print']> {
  const { state, copy, attempt, layer, layers, permille, leftS, heat } = facts;
  const degrees = (value: number | null) => (value === null ? null : value / 10);
  const temperatures =
    heat === null
      ? {}
      : {
          temperatures: {
            nozzleC: degrees(heat.nozzle),
            nozzleTargetC: degrees(heat.nozzleTarget),
            bedC: degrees(heat.bed),
            bedTargetC: degrees(heat.bedTarget),
          },
        };
  const of = layers === 0 ? order.layers : layers;
  const done = state === 'finished' ? of : Math.min(layer, of);
  return {
    state,
    copy,
    copies: order.copies,
    attempt,
    layer: done,
    layers: of,
    share: permille / 1000,
    leftMs: leftS === null ? null : leftS * 1000,
    ...temperatures,
    heightMm: Math.min(HEIGHT_MM_MAX, (done * order.layerHeightUm) / 1000),
  };
}
