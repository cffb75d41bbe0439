// What is held in memory only because making it again takes time: the entries used last, up to a weight. Forgetting any
// of them at any moment changes how long things take and nothing else.

import type { Bytes } from '../base/index.ts';

export interface Memory<T> {
  get(name: string): T | undefined;
  set(name: string, value: T): void;
}

/**
 * A value's weight never changes. A map of two generations, of which the older is dropped when the newer is full: a walk
 * through more than fits does not push everything out at once. Holds twice `weightMax` at most, beyond the last entry.
 */
export function createMemory<T>(weightMax: number, weigh: (value: T) => number): Memory<T> {
  let newer = new Map<string, T>();
  let older = new Map<string, T>();
  let weight = 0;
  const set = (name: string, value: T) => {
    if (weight >= weightMax) {
      older = newer;
      newer = new Map();
      weight = 0;
    }
    const before = newer.get(name);
    newer.set(name, value);
    weight += weigh(value) - (before === undefined ? 0 : weigh(before));
  };
  return {
    get(name) {
      const recent = newer.get(name);
      if (recent !== undefined) return recent;
      const found = older.get(name);
      if (found !== undefined) set(name, found);
      return found;
    },
    set,
  };
}

/** A map's key for a short byte string: one character a byte. */
export function nameOf(bytes: Bytes): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}
