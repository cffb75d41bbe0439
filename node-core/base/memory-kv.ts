// A KvStore in memory, for tests and simulations: same order and atomicity as the SQLite one, nothing durable.

import type { Bytes } from './bytes.ts';
import { bytesToHex, hexToBytes } from './bytes.ts';
import type { KvStore } from './ports.ts';

export function createMemoryKv(): KvStore {
  const entries = new Map<string, Bytes>();
  let sorted: string[] | undefined;
  const keys = () => {
    sorted ??= [...entries.keys()].sort();
    return sorted;
  };
  return {
    get: (key) => entries.get(bytesToHex(key)),
    *list(prefix, options = {}) {
      const start = bytesToHex(prefix);
      const after = options.after === undefined ? undefined : bytesToHex(options.after);
      let matching = keys().filter((key) => key.startsWith(start));
      if (options.reverse === true) matching = matching.reverse();
      let left = options.limit ?? Number.POSITIVE_INFINITY;
      for (const key of matching) {
        if (left <= 0) return;
        if (after !== undefined && (options.reverse === true ? key >= after : key <= after)) continue;
        const value = entries.get(key);
        if (value === undefined) continue;
        left--;
        yield [hexToBytes(key), value];
      }
    },
    apply(operations) {
      for (const [key, value] of operations) {
        const hex = bytesToHex(key);
        if (value === undefined) entries.delete(hex);
        else entries.set(hex, value.slice());
      }
      sorted = undefined;
    },
  };
}
