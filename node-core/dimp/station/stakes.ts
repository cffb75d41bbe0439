// What senders have locked on a chain, as a light node proves it to the station. Remembered for a while, asked for few at
// once, and never taken from the sender's word.

import type { DimpId } from '../index.ts';

/** Coins that somebody has locked, in millionths; undefined where nothing can be proven now. Never fails. */
export type ReadStake = (id: DimpId) => Promise<bigint | undefined>;

/** How long an answer counts, … */
const KEPT_MS = 60_000;
/** … and how long there is no other try after none. */
const RETRY_MS = 5000;
const KEPT_MAX = 4096;
/** People asked about at the same time. */
const ASKED_MAX = 64;

export class StakeBook {
  readonly #read: ReadStake;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, { readonly stakeMicro: bigint | undefined; readonly untilMs: number }>();
  readonly #asked = new Map<string, Promise<void>>();

  constructor(read: ReadStake, nowMs: () => number) {
    this.#read = read;
    this.#nowMs = nowMs;
  }

  /** What was proven lately; undefined for nobody's. */
  known(id: DimpId): bigint | undefined {
    return this.#fresh(id)?.stakeMicro;
  }

  /** Resolves when known() says all it will; undefined where there is nothing to wait for, or too much is asked already. */
  ask(id: DimpId): Promise<void> | undefined {
    if (this.#fresh(id) !== undefined) return undefined;
    const asked = this.#asked.get(id.bare);
    if (asked !== undefined) return asked;
    if (this.#asked.size >= ASKED_MAX) return undefined;
    const asking = this.#read(id).then((stakeMicro) => {
      this.#asked.delete(id.bare);
      if (this.#known.size >= KEPT_MAX) this.#known.clear();
      const untilMs = this.#nowMs() + (stakeMicro === undefined ? RETRY_MS : KEPT_MS);
      this.#known.set(id.bare, { stakeMicro, untilMs });
    });
    this.#asked.set(id.bare, asking);
    return asking;
  }

  #fresh(id: DimpId) {
    const known = this.#known.get(id.bare);
    return known !== undefined && known.untilMs > this.#nowMs() ? known : undefined;
  }
}
