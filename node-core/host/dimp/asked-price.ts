// What a stranger would have to show, known before anything is sent: the station is asked when a chat is looked at, and its
// answer stands beside what the sender has locked. Nothing here is a promise: the station judges each message by itself.

import type { AskedPrice } from '../../api/index.ts';
import type { Clock } from '../../base/index.ts';
import type { Content, JsonObject } from '../../dimp/index.ts';
import { parseId } from '../../dimp/index.ts';
import type { ReadStake } from '../../dimp/station/index.ts';
import { PriceAnswer } from '../../dimp/station/index.ts';
import type { EventBus } from '../services/event-bus.ts';

export type AskedPriceParts = {
  readonly clock: Clock;
  readonly bus: EventBus;
  /** Undefined where this console knows no chain. */
  readonly readStake?: ReadStake;
};

/** The station is asked about one person at most this often. */
const ASK_AGAIN_MS = 10_000;
const KEPT_MAX = 1024;

export class AskedPrices {
  readonly #parts: AskedPriceParts;
  readonly #tellStation: (actor: string, fields: JsonObject) => void;
  readonly #prices = new Map<string, PriceAnswer['price']>();
  readonly #askedMs = new Map<string, number>();

  constructor(parts: AskedPriceParts, tellStation: (actor: string, fields: JsonObject) => void) {
    this.#parts = parts;
    this.#tellStation = tellStation;
  }

  /** What is known of it now; the answer to the question that this asks comes as a change. */
  async of(actor: string, did: string): Promise<AskedPrice> {
    const { clock, readStake } = this.#parts;
    const name = `${actor} ${did}`;
    const nowMs = clock.monotonicMs();
    if (nowMs - (this.#askedMs.get(name) ?? Number.NEGATIVE_INFINITY) >= ASK_AGAIN_MS) {
      if (this.#askedMs.size >= KEPT_MAX) this.#askedMs.clear();
      this.#askedMs.set(name, nowMs);
      this.#tellStation(actor, { app: 'dipnet', mod: 'mailbox', act: 'price.query', did });
    }
    const { workBits, stakeMicro } = this.#prices.get(name) ?? {};
    const work = workBits === undefined ? {} : { workBits };
    if (stakeMicro === undefined) return work;
    const me = parseId(actor);
    const lockedMicro = me.ok ? await readStake?.(me.value) : undefined;
    return { ...work, stakeMicro: BigInt(stakeMicro), ...(lockedMicro === undefined ? {} : { lockedMicro }) };
  }

  /** Something that the station says; anything but such an answer is ignored. */
  heard(actor: string, content: Content): void {
    const answer = PriceAnswer.safeParse(content.json);
    if (!answer.success) return;
    const name = `${actor} ${answer.data.did}`;
    // Only what was asked for.
    if (!this.#askedMs.has(name)) return;
    const before = JSON.stringify(this.#prices.get(name) ?? {});
    if (this.#prices.size >= KEPT_MAX) this.#prices.clear();
    this.#prices.set(name, answer.data.price);
    if (JSON.stringify(answer.data.price) !== before) this.#parts.bus.changed('messages');
  }
}
