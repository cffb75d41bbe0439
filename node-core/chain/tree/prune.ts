// Removal of versions that left the window, a little with every block. A version's list of what it made obsolete is due
// as soon as the version before it may go. Obsolete entries lie all over the store, and a store writes whole pages: where
// much is due, what many versions made obsolete is put in the order of the store first and then worked off from one end
// to the other, so that a page is written once for all that lies in it.

import type { Bytes, KvStore } from '../../base/index.ts';
import { assert } from '../../base/index.ts';
import {
  ENTRY_KEY_SIZE_BYTES,
  entryKey,
  type KvOperation,
  PLACE_SIZE_BYTES,
  type Place,
  ROOT,
  STALE,
  SWEEP,
  staleKey,
  sweepKey,
  sweepLengthOf,
  versionOfKey,
} from './store-keys.ts';

/** Places in one stored list: the unit of removal. */
const CHUNK_PLACES = 256;
/** Lists worked off with one block at least: what blocks of some hundred transactions make obsolete. */
const CHUNKS_PER_VERSION = 8;
const PLACES_PER_VERSION = CHUNKS_PER_VERSION * CHUNK_PLACES;
/** Within so many blocks a sweep is done: the next one takes what they have made obsolete meanwhile. */
const VERSIONS_PER_SWEEP = 16;
/** However far removal lags behind, as after the window was made shorter: no block waits for more than 16 000 removals. */
const CHUNKS_PER_SWEEP_MAX = 64 * VERSIONS_PER_SWEEP;
const ROOTS_PER_VERSION = 64;

/** The lists of what `version` makes obsolete. */
export function staleOperations(version: bigint, stale: readonly Place[]): KvOperation[] {
  const places = new Uint8Array(stale.length * PLACE_SIZE_BYTES);
  stale.forEach((place, index) => {
    places.set(place, index * PLACE_SIZE_BYTES);
  });
  return chunksOf(places).map((chunk, index): KvOperation => [staleKey(version, index), chunk]);
}

/** Removals that are due when `oldest` is the oldest version kept. */
export function pruneOperations(kv: KvStore, oldest: bigint): KvOperation[] {
  const operations: KvOperation[] = [];
  for (const [key] of kv.list(ROOT, { limit: ROOTS_PER_VERSION })) {
    if (versionOfKey(key) < oldest) operations.push([key, undefined]);
  }
  const [next] = kv.list(SWEEP, { limit: 1 });
  operations.push(
    ...(next === undefined ? startSweep(kv, oldest) : continueSweep(kv, sweepLengthOf(next[0]))),
  );
  return operations;
}

/** Takes up all lists that are due. Few places go at once; of many the first part does, and the rest waits in order. */
function startSweep(kv: KvStore, oldest: bigint): KvOperation[] {
  const due = dueLists(kv, oldest, CHUNKS_PER_VERSION + 1);
  const lists = due.length > CHUNKS_PER_VERSION ? dueLists(kv, oldest, CHUNKS_PER_SWEEP_MAX) : due;
  const places = inOrder(lists.map(([, list]) => list));
  const chunks = chunksOf(places);
  const isSmall = places.length <= PLACES_PER_VERSION * PLACE_SIZE_BYTES;
  const now = isSmall ? chunks.length : chunksPerVersion(chunks.length);
  return [
    ...lists.map(([key]): KvOperation => [key, undefined]),
    ...chunks.slice(0, now).flatMap(removals),
    ...chunks.slice(now).map((chunk, n): KvOperation => [sweepKey(chunks.length, now + n), chunk]),
  ];
}

function continueSweep(kv: KvStore, length: number): KvOperation[] {
  const operations: KvOperation[] = [];
  for (const [key, chunk] of kv.list(SWEEP, { limit: chunksPerVersion(length) })) {
    operations.push(...removals(chunk), [key, undefined]);
  }
  return operations;
}

/** Of a sweep that had `length` chunks at first. */
const chunksPerVersion = (length: number) =>
  Math.max(CHUNKS_PER_VERSION, Math.ceil(length / VERSIONS_PER_SWEEP));

function dueLists(kv: KvStore, oldest: bigint, limit: number): (readonly [Bytes, Bytes])[] {
  return [...kv.list(STALE, { limit })].filter(([key]) => versionOfKey(key) <= oldest);
}

function removals(chunk: Bytes): KvOperation[] {
  assert(chunk.length % PLACE_SIZE_BYTES === 0, 'a stored list of places is well formed');
  const count = chunk.length / PLACE_SIZE_BYTES;
  const keys = new Uint8Array(count * ENTRY_KEY_SIZE_BYTES);
  return Array.from({ length: count }, (_, n): KvOperation => {
    const place = chunk.subarray(n * PLACE_SIZE_BYTES, (n + 1) * PLACE_SIZE_BYTES);
    const key = keys.subarray(n * ENTRY_KEY_SIZE_BYTES, (n + 1) * ENTRY_KEY_SIZE_BYTES);
    return [entryKey(place, key), undefined];
  });
}

function chunksOf(places: Bytes): Bytes[] {
  const chunks: Bytes[] = [];
  const sizeBytes = CHUNK_PLACES * PLACE_SIZE_BYTES;
  for (let from = 0; from < places.length; from += sizeBytes) {
    chunks.push(places.subarray(from, from + sizeBytes));
  }
  return chunks;
}

/** All places one behind the other, in bytewise order: sorted by each byte in turn, from the last one on. */
function inOrder(lists: readonly Bytes[]): Bytes {
  const sizeBytes = lists.reduce((sum, list) => sum + list.length, 0);
  let [from, to] = [new Uint8Array(sizeBytes), new Uint8Array(sizeBytes)];
  let offset = 0;
  for (const list of lists) {
    from.set(list, offset);
    offset += list.length;
  }
  for (let at = PLACE_SIZE_BYTES - 1; at >= 0; at--) {
    const starts = startsBy(from, at);
    // All alike, as the first bytes of a version's number are.
    if (starts === undefined) continue;
    for (let place = 0; place < sizeBytes; place += PLACE_SIZE_BYTES) {
      const byte = from[place + at] ?? 0;
      const into = starts[byte] ?? 0;
      for (let i = 0; i < PLACE_SIZE_BYTES; i++) to[into + i] = from[place + i] ?? 0;
      starts[byte] = into + PLACE_SIZE_BYTES;
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Where the places with each value of byte `at` begin once they are sorted by it; undefined where all have the same. */
function startsBy(places: Bytes, at: number): Uint32Array | undefined {
  const starts = new Uint32Array(256);
  for (let place = at; place < places.length; place += PLACE_SIZE_BYTES) {
    const byte = places[place] ?? 0;
    starts[byte] = (starts[byte] ?? 0) + PLACE_SIZE_BYTES;
  }
  let before = 0;
  for (let byte = 0; byte < 256; byte++) {
    const sizeBytes = starts[byte] ?? 0;
    if (sizeBytes === places.length) return undefined;
    starts[byte] = before;
    before += sizeBytes;
  }
  return starts;
}
