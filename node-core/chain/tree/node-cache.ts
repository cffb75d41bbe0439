// Pages and buckets as they are read from the store: each is checked against the hash its parent names, and the ones
// used last stay in memory, up to a bound.

import type { Bytes, KvStore } from '../../base/index.ts';
import { assert, equalBytes } from '../../base/index.ts';
import { nameOf } from '../memory.ts';
import { type Bucket, decodeBucket } from './bucket.ts';
import type { BucketChild, HashFunction, PageChild } from './leaf.ts';
import { decodePage, type Page } from './page.ts';
import { ENTRY_KEY_SIZE_BYTES, entryKey, type Place } from './store-keys.ts';

export interface NodeReader {
  page(child: PageChild): Page;
  bucket(child: BucketChild, depth: number): Bucket;
  /** The caller's own from now on, to be changed into what takes its place. */
  takePage(child: PageChild): Page;
  takeBucket(child: BucketChild, depth: number): Bucket;
  /** Remembers what was just made, whether or not it will be applied. */
  keepPage(place: Place, page: Page): void;
  keepBucket(place: Place, bucket: Bucket): void;
}

/**
 * Entries never change once written; one that was prepared but never applied may leave another at its place, so what is
 * handed out always has the hash that was asked for.
 */
export function createNodeReader(
  kv: KvStore,
  hash: HashFunction,
  pagesMax: number,
  bucketsMax: number,
): NodeReader {
  const pages = createRecent<Page>(pagesMax);
  const buckets = createRecent<Bucket>(bucketsMax);
  const key = new Uint8Array(ENTRY_KEY_SIZE_BYTES);
  const stored = (place: Place): Bytes => {
    const entry = kv.get(entryKey(place, key));
    assert(entry !== undefined, 'an entry that is referred to exists');
    return entry;
  };
  const readPage = ({ place, hash: expected }: PageChild) => decodePage(hash, stored(place), expected);
  const readBucket = ({ place, hash: expected }: BucketChild, depth: number) =>
    decodeBucket(hash, stored(place), depth, expected);
  return {
    page: (child) => pages.get(child.place, child.hash) ?? pages.keep(child.place, readPage(child)),
    bucket: (child, depth) =>
      buckets.get(child.place, child.hash) ?? buckets.keep(child.place, readBucket(child, depth)),
    takePage: (child) => pages.take(child.place, child.hash) ?? readPage(child),
    takeBucket: (child, depth) => buckets.take(child.place, child.hash) ?? readBucket(child, depth),
    keepPage: (place, page) => void pages.keep(place, page),
    keepBucket: (place, bucket) => void buckets.keep(place, bucket),
  };
}

/** The entries used last, by place: a map of two generations, of which the older is dropped when the newer is full. */
function createRecent<T extends { readonly hash: Bytes }>(entriesMax: number) {
  const generationMax = Math.max(1, entriesMax >> 1);
  let newer = new Map<string, T>();
  let older = new Map<string, T>();
  const put = (name: string, entry: T): T => {
    if (newer.size >= generationMax) {
      older = newer;
      newer = new Map();
    }
    newer.set(name, entry);
    return entry;
  };
  return {
    get(place: Place, expected: Bytes): T | undefined {
      const name = nameOf(place);
      const recent = newer.get(name);
      const found = recent ?? older.get(name);
      if (found === undefined || !equalBytes(found.hash, expected)) return undefined;
      return recent ?? put(name, found);
    },
    take(place: Place, expected: Bytes): T | undefined {
      const name = nameOf(place);
      const recent = newer.get(name);
      const found = recent ?? older.get(name);
      if (found === undefined) return undefined;
      if (recent !== undefined) newer.delete(name);
      // What came into use again is in both.
      older.delete(name);
      return equalBytes(found.hash, expected) ? found : undefined;
    },
    keep: (place: Place, entry: T): T => put(nameOf(place), entry),
  };
}
