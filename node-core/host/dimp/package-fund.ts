// The one-time key packages of one account's device: some lie at its station for whoever writes next, and are refilled
// while it is there; their keys are kept here until one was used or is too old. And those of others, which it asks the
// station for. A station that does not know them, or gives none, leaves the last resort, and nothing waits for it.

import type { Clock, Log } from '../../base/index.ts';
import type { Content, DimpId, JsonObject } from '../../dimp/index.ts';
import {
  MESSAGE_AGE_MAX_S,
  PACKAGES_AT_ONCE_MAX,
  PACKAGES_MAX,
  PackageAnswer,
  putPackages,
  takePackages,
} from '../../dimp/index.ts';
import type { MlsContext, MlsDevice, OwnPackage, PeerPackage } from '../../dimp/mls/index.ts';
import {
  createPackage,
  isWhole,
  ownPackageToText,
  packageToText,
  readPackage,
} from '../../dimp/mls/index.ts';
import type { ChatStore } from './chat-store.ts';

export type PackageFundParts = {
  readonly device: MlsDevice;
  readonly context: MlsContext;
  readonly store: ChatStore;
  readonly clock: Clock;
  readonly log: Log;
  /** A content for the station; false while it is away. */
  readonly tellStation: (fields: JsonObject) => boolean;
};

/** Whose one-time packages they are among the secrets: nobody's yet. */
export const ONE_TIME = 'once';
/** So long a package lies at the station; its keys are kept for as long as a message may still be on its way. */
const PACKAGE_MS = 30 * 24 * 3600 * 1000;
/** Keys of packages that were given out and never used; the oldest give way. */
const KEPT_MAX = 256;
/** Making some takes a moment: a few at a time, and at first more than the station keeps from strangers. */
const ROUND = 6;
const ROUND_MS = 20_000;
/** How often the station is asked what it has left. */
const LOOK_MS = 3_600_000;
/** A station that knows packages answers at once. */
const ANSWER_MS = 5000;

type Question = { readonly ask: DimpId; readonly answer: (packages: readonly string[]) => void };

export class PackageFund {
  readonly #parts: PackageFundParts;
  readonly #owner: string;
  readonly #stopping = new AbortController();
  readonly #questions = new Set<Question>();
  /** Undefined until the station has answered, or has not for too long. */
  #isKnown: boolean | undefined;
  #round: NodeJS.Timeout | undefined;
  /** The station was asked what it has. */
  #isLooking = false;
  #making: Promise<void> = Promise.resolve();

  constructor(parts: PackageFundParts) {
    this.#parts = parts;
    this.#owner = parts.device.id.bare;
  }

  /** The station let this account in. */
  connected(): void {
    this.#isKnown = undefined;
    this.#forgetOld();
    this.#look();
  }

  /** One of the packages was used: there is room for another. */
  used(): void {
    this.#lookLater(ROUND_MS);
  }

  async close(): Promise<void> {
    clearTimeout(this.#round);
    this.#stopping.abort();
    await this.#making;
  }

  /** True where the station spoke of packages, or of not knowing any. */
  hear(content: Content, receipt: string | undefined): boolean {
    const read = PackageAnswer.safeParse(content.json);
    if (read.success) {
      this.#isKnown = true;
      const answer = read.data;
      if (answer.act === 'given') this.#given(answer.did, answer.packages);
      else if (answer.terminal === this.#parts.device.terminal && this.#isLooking) {
        this.#isLooking = false;
        this.#making = this.#making
          .then(() => this.#refill(answer.names))
          .catch((error: unknown) => this.#parts.log('error', 'chat.packages', { error }));
      }
      return true;
    }
    if (receipt !== 'Content not support.' || this.#isKnown === true) return false;
    this.#isKnown = false;
    for (const { answer } of [...this.#questions]) answer([]);
    return true;
  }

  /**
   * One package of each of these devices, as far as the station gives any that prove to be theirs; undefined while it is
   * away.
   */
  async take(
    id: DimpId,
    terminals: readonly string[],
  ): Promise<ReadonlyMap<string, PeerPackage> | undefined> {
    if (this.#isKnown === false) return new Map();
    const texts = await this.#ask(id, terminals);
    if (texts === undefined) return undefined;
    const found = new Map<string, PeerPackage>();
    for (const text of texts) {
      const peer = readPackage(text, id, this.#parts.context);
      const isRight = peer.ok && terminals.includes(peer.value.owner.terminal);
      if (isRight && (await isWhole(peer.value, this.#parts.context)))
        found.set(peer.value.owner.terminal, peer.value);
      else this.#parts.log('warn', 'chat.packages.foreign', { id: id.bare });
    }
    return found;
  }

  async #ask(id: DimpId, terminals: readonly string[]): Promise<readonly string[] | undefined> {
    if (!this.#parts.tellStation(takePackages(id, terminals))) return undefined;
    const waiting = new AbortController();
    const asked = new Promise<readonly string[]>((resolve) => {
      const question = { ask: id, answer: resolve };
      this.#questions.add(question);
      waiting.signal.addEventListener('abort', () => this.#questions.delete(question));
    });
    const signal = AbortSignal.any([waiting.signal, this.#stopping.signal]);
    const late = this.#parts.clock.sleep(ANSWER_MS, signal).then(
      () => {
        this.#isKnown ??= false;
        return [];
      },
      () => undefined,
    );
    const texts = await Promise.race([asked, late]);
    waiting.abort();
    return texts;
  }

  #given(id: DimpId, packages: readonly string[]): void {
    for (const { ask, answer } of this.#questions) if (ask.bare === id.bare) answer(packages);
  }

  #look(): void {
    this.#isLooking = true;
    this.#parts.tellStation(putPackages(this.#parts.device.terminal, [], []));
    this.#lookLater(LOOK_MS);
  }

  #lookLater(delayMs: number): void {
    clearTimeout(this.#round);
    this.#round = setTimeout(() => this.#look(), delayMs);
    this.#round.unref();
  }

  /** Takes back what is old or has no keys here any more, and brings new ones. Their keys are on disk before they leave. */
  async #refill(atStation: readonly string[]): Promise<void> {
    const { store, device, context, clock, tellStation } = this.#parts;
    const nowMs = clock.nowMs();
    const mine = new Map(store.secrets(this.#owner, 'package', ONE_TIME).map((one) => [one.id, one.atMs]));
    const isGood = (name: string) => nowMs - (mine.get(name) ?? Number.NEGATIVE_INFINITY) < PACKAGE_MS;
    const drop = atStation.filter((name) => !isGood(name));
    const wanted = PACKAGES_MAX - (atStation.length - drop.length);
    const made: OwnPackage[] = [];
    for (let index = 0; index < Math.min(wanted, ROUND, PACKAGES_AT_ONCE_MAX); index++) {
      const one = await createPackage(device, context);
      if (!one.ok || this.#stopping.signal.aborted) return;
      made.push(one.value);
    }
    if (made.length === 0 && drop.length === 0) return;
    store.transact(() => {
      for (const one of made) {
        const secret = { peer: ONE_TIME, id: one.name, body: ownPackageToText(one), atMs: nowMs };
        store.putSecret(this.#owner, 'package', secret);
      }
    });
    const packages = made.map(({ name, publicPart }) => ({ name, package: packageToText(publicPart) }));
    tellStation(putPackages(device.terminal, packages, drop));
    if (wanted > made.length) this.#lookLater(ROUND_MS);
  }

  #forgetOld(): void {
    const { store, clock } = this.#parts;
    const all = store.secrets(this.#owner, 'package', ONE_TIME);
    const oldest = clock.nowMs() - PACKAGE_MS - MESSAGE_AGE_MAX_S * 1000;
    for (const [index, { id, atMs }] of all.entries())
      if (index >= KEPT_MAX || atMs < oldest) store.dropSecret(this.#owner, 'package', ONE_TIME, id);
  }
}
