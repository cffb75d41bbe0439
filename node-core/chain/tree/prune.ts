// Removal of versions that left the window, a little with every block. A version's list of what it made obsolete is due
// as soon as the version before it may go.

import type { Bytes, KvStore } from '../../base/index.ts';
import { assert } from '../../base/index.ts';
import {
  entryKey,
  type KvOperation,
  PLACE_SIZE_BYTES,
  type Place,
  ROOT,
  STALE,
  staleKey,
  versionOfKey,
} from './store-keys.ts';

/** Places in one stored list: the unit of removal. */
const CHUNK_PLACES = 256;
/**
 * Lists worked off with one block: what blocks of some hundred transactions make obsolete. Greater blocks are caught up
 * with later, and faster the further removal lags behind.
 */
const CHUNKS_PER_VERSION = 8;
/** However far it lags behind, as after the window was made shorter: no block waits for more than 16 000 removals. */
const CHUNKS_PER_VERSION_MAX = 64;
const ROOTS_PER_VERSION = 64;

/** The lists of what `version` makes obsolete. */
export function staleOperations(version: bigint, stale: readonly Place[]): KvOperation[] {
  const operations: KvOperation[] = [];
  for (let from = 0; from < stale.length; from += CHUNK_PLACES) {
    const places = stale.slice(from, from + CHUNK_PLACES);
    const list = new Uint8Array(places.length * PLACE_SIZE_BYTES);
    places.forEach((place, index) => {
      list.set(place, index * PLACE_SIZE_BYTES);
    });
    operations.push([staleKey(version, from / CHUNK_PLACES), list]);
  }
  return operations;
}

/** Removals that are due when `oldest` is the oldest version kept. */
export function pruneOperations(kv: KvStore, oldest: bigint): KvOperation[] {
  const operations: KvOperation[] = [];
  for (const [key] of kv.list(ROOT, { limit: ROOTS_PER_VERSION })) {
    if (versionOfKey(key) < oldest) operations.push([key, undefined]);
  }
  const [first] = kv.list(STALE, { limit: 1 });
  const behind = first === undefined ? 0n : oldest - versionOfKey(first[0]);
  if (first === undefined || behind < 0n) return operations;
  const limit = Math.min(CHUNKS_PER_VERSION_MAX, CHUNKS_PER_VERSION + Number(behind));
  for (const [key, list] of kv.list(STALE, { limit })) {
    if (versionOfKey(key) > oldest) break;
    for (const place of placesOf(list)) operations.push([entryKey(place), undefined]);
    operations.push([key, undefined]);
  }
  return operations;
}

function* placesOf(list: Bytes): Generator<Place> {
  assert(list.length % PLACE_SIZE_BYTES === 0, 'a stored list of places is well formed');
  for (let offset = 0; offset < list.length; offset += PLACE_SIZE_BYTES) {
    yield list.subarray(offset, offset + PLACE_SIZE_BYTES);
  }
}
