// Most messages are new, and each was looked up among all that were seen in hours. A Bloom filter before the store says
// "certainly not" in memory; what it cannot say, the store is asked. Keys are hashes, so their own bits are the places.

import type { Bytes } from '../../base/index.ts';
import type { StationStore } from './store.ts';

/** 2 MiB. With a million keys, one new message in five hundred is looked up in vain. */
const BITS = 2 ** 24;
/** Of 24 bits each. */
const PLACES = 4;
/** With more keys the filter says little, and reading them at the start takes long: the store is asked about each. */
const KEYS_MAX = 4_000_000;

/** The same store, which does not look for what was certainly never marked. */
export function skipUnseen(store: StationStore): StationStore {
  let filter = fill(store);
  let count = filter.count;
  return {
    ...store,
    wasSeen: (key) => (count > KEYS_MAX || mayHave(filter.bits, key)) && store.wasSeen(key),
    markSeen(key, timeMs) {
      add(filter.bits, key);
      count += 1;
      store.markSeen(key, timeMs);
    },
    sweep(mailsBeforeMs, seenBeforeMs) {
      store.sweep(mailsBeforeMs, seenBeforeMs);
      // What is forgotten cannot be taken out; when there is much of it, the filter begins anew.
      if (store.countSeen() * 2 > count && count <= KEYS_MAX) return;
      filter = fill(store);
      count = filter.count;
    },
  };
}

function fill(store: StationStore): { readonly bits: Uint32Array; readonly count: number } {
  const bits = new Uint32Array(BITS / 32);
  const count = store.countSeen();
  if (count <= KEYS_MAX) for (const key of store.seenKeys()) add(bits, key);
  return { bits, count };
}

function placeOf(key: Bytes, index: number): number {
  const at = index * 4;
  const [a = 0, b = 0, c = 0] = [key[at], key[at + 1], key[at + 2]];
  return a | (b << 8) | (c << 16);
}

function add(bits: Uint32Array, key: Bytes): void {
  for (let index = 0; index < PLACES; index++) {
    const place = placeOf(key, index);
    bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31));
  }
}

function mayHave(bits: Uint32Array, key: Bytes): boolean {
  for (let index = 0; index < PLACES; index++) {
    const place = placeOf(key, index);
    if (((bits[place >>> 5] ?? 0) & (1 << (place & 31))) === 0) return false;
  }
  return true;
}
