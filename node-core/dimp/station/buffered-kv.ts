// A key-value store whose writes wait for the next transaction of the station; reads see them at once.

import type { Bytes, KvStore } from '../../base/index.ts';
import { bytesToHex } from '../../base/index.ts';

export function createBufferedKv(store: KvStore): KvStore & { readonly drain: () => void } {
  const waiting = new Map<string, readonly [Bytes, Bytes | undefined]>();
  return {
    get(key) {
      const entry = waiting.get(bytesToHex(key));
      return entry === undefined ? store.get(key) : entry[1];
    },
    list: (prefix, options) => store.list(prefix, options),
    apply(operations) {
      for (const operation of operations) waiting.set(bytesToHex(operation[0]), operation);
    },
    drain() {
      if (waiting.size > 0) store.apply([...waiting.values()]);
      waiting.clear();
    },
  };
}
