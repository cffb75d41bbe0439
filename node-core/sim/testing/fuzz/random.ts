// Seeded randomness for fuzzing: the same seed gives the same inputs on every machine. Fast and not for secrets.

import type { Bytes } from '../../../base/index.ts';
import { assert } from '../../../base/index.ts';

export class FuzzRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** mulberry32. */
  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 … limit-1; 0 where there is nothing to choose from. */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.u32() % limit;
  }

  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(list: readonly T[]): T {
    const value = list[this.below(list.length)];
    assert(list.length > 0, 'something to pick from');
    return value as T;
  }

  /** Small lengths far more often than large ones. */
  length(max: number): number {
    return this.below(1 + (max >> this.below(12)));
  }

  bytes(length: number): Bytes {
    const made = new Uint8Array(length);
    for (let i = 0; i < length; i++) made[i] = this.u32() & 0xff;
    return made;
  }
}

/** The seed of input `index` of a run: any single input can be made again without those before it. */
export function seedOf(runSeed: number, index: number): number {
  return new FuzzRandom((runSeed ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0).u32();
}
