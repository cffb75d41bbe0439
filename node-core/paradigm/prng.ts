// Reproducible pseudo-random numbers for sampling and simulation: splitmix32 (Steele, Lea and Flood 2014, 32-bit
// variant). Never for keys or anything that an adversary must not predict.

export interface Prng {
  /** 0 … 2^32-1. */
  next(): number;
  /** 0 … bound-1; bound ≤ 2^32. */
  below(bound: number): number;
  /** min … max, both included. */
  between(min: bigint, max: bigint): bigint;
  pick<T>(items: readonly T[]): T;
}

export function createPrng(seed: number): Prng {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  const below = (bound: number) => Math.floor((next() / 0x1_0000_0000) * bound);
  return {
    next,
    below,
    between(min, max) {
      const span = max - min + 1n;
      const wide = (BigInt(next()) << 32n) | BigInt(next());
      return min + (wide % span);
    },
    pick(items) {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[below(items.length)] as (typeof items)[number];
    },
  };
}
