// Removal against a model of what each version made obsolete: nothing goes before its time, nothing stays, each block
// removes a bounded number, and much of it goes in the order of the store.

import { expect, test } from 'vitest';
import { bytesToHex, compareBytes, type KvStore, utf8ToBytes } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import { pruneOperations, staleOperations } from './prune.ts';
import { ENTRY, entryKey, type KvOperation, type Place, placeOf } from './store-keys.ts';
import { createStateTree } from './tree.ts';

const CHUNK = 256;

/** Places of `count` entries somewhere in what versions before `version` wrote, none of them twice. */
function obsoletePlaces(version: number, count: number): Place[] {
  return Array.from({ length: count }, (_, n) =>
    placeOf(BigInt((n * 7919 + version * 104_729) % 300_007), version * 65_536 + n),
  );
}

const removedEntries = (operations: readonly KvOperation[]) =>
  operations.filter(
    ([key, value]) => value === undefined && bytesToHex(key.subarray(0, 2)) === bytesToHex(ENTRY),
  );

function addVersion(kv: KvStore, version: number, places: readonly Place[]): void {
  kv.apply([
    ...places.map((place): KvOperation => [entryKey(place), Uint8Array.of(version)]),
    ...staleOperations(BigInt(version), places),
  ]);
}

const versionsOf = (kv: KvStore) => [...kv.list(ENTRY)].map(([, value]) => value[0] ?? 0);
const isEmpty = (kv: KvStore) => [...kv.list(utf8ToBytes('t'))].length === 0;

test('a little goes at once, in the order of the store', () => {
  const kv = createMemoryKv();
  for (const version of [1, 2, 3]) addVersion(kv, version, obsoletePlaces(version, 300));
  const operations = pruneOperations(kv, 2n);
  kv.apply(operations);
  expect(versionsOf(kv).every((version) => version === 3)).toBe(true);
  expect(versionsOf(kv).length).toBe(300);
  const removed = removedEntries(operations).map(([key]) => key);
  expect(removed).toEqual([...removed].sort(compareBytes));
  kv.apply(pruneOperations(kv, 3n));
  expect(isEmpty(kv)).toBe(true);
});

test('much is swept from one end to the other, in parts, whatever is due meanwhile', () => {
  const kv = createMemoryKv();
  const versions = 40;
  for (let version = 1; version <= versions; version++) {
    addVersion(kv, version, obsoletePlaces(version, 700 + version));
  }
  const swept: string[][] = [];
  for (let block = 0; !isEmpty(kv); block++) {
    expect(block).toBeLessThan(60);
    const oldest = Math.min(versions, 30 + block);
    const operations = pruneOperations(kv, BigInt(oldest));
    const removed = removedEntries(operations).map(([key]) => key);
    expect(removed.every((key) => (kv.get(key)?.[0] ?? versions + 1) <= oldest)).toBe(true);
    swept.push(removed.map(bytesToHex));
    kv.apply(operations);
  }
  // 30 versions at first: 21 465 places, in 84 chunks, of which 8 go with each block.
  const first = swept.slice(0, 11);
  expect(first.slice(0, 10).every((block) => block.length === 8 * CHUNK)).toBe(true);
  expect(first.flat().length).toBe(30 * 700 + (30 * 31) / 2);
  expect(first.flat()).toEqual([...first.flat()].sort());
  expect(new Set(swept.flat()).size).toBe(versions * 700 + (versions * (versions + 1)) / 2);
});

test('no block waits for more removals than the bound, however much is due', () => {
  const kv = createMemoryKv();
  const versions = 24;
  for (let version = 1; version <= versions; version++) {
    // Their entries were never there: it is the removals that count.
    kv.apply(staleOperations(BigInt(version), obsoletePlaces(version, 12_000)));
  }
  let removed = 0;
  for (let block = 0; !isEmpty(kv); block++) {
    expect(block).toBeLessThan(60);
    const operations = pruneOperations(kv, BigInt(versions));
    const count = removedEntries(operations).length;
    expect(count).toBeLessThanOrEqual(64 * CHUNK);
    removed += count;
    kv.apply(operations);
  }
  expect(removed).toBe(versions * 12_000);
});

test('a tree whose great blocks are swept keeps every version of its window, started again or not', () => {
  const kv = createMemoryKv();
  const versionsKept = 3;
  const entries = (version: number, count: number) =>
    Array.from(
      { length: count },
      (_, n) => [utf8ToBytes(`key ${n}`), utf8ToBytes(`${version} ${n}`)] as const,
    );
  const roots: string[] = [];
  let tree = createStateTree({ kv, versionsKept: 14 });
  for (let version = 0; version < 32; version++) {
    // The window is made shorter, which makes much due at once, and the program is started again and again.
    if (version >= 14) tree = createStateTree({ kv, versionsKept });
    const count = version < 14 ? 300 : version % 5;
    const prepared = tree.prepare(BigInt(version), entries(version, count));
    kv.apply(prepared.operations);
    roots.push(bytesToHex(prepared.root));
    for (const kept of [Number(tree.oldest()), version]) {
      const walked = [...tree.entries(BigInt(kept))].map(({ key, value }) => [key, value] as const);
      const again = createStateTree({ kv: createMemoryKv(), versionsKept: 1 });
      expect([kept, bytesToHex(again.prepare(0n, walked).root)]).toEqual([kept, roots[kept]]);
    }
  }
  for (let version = 32n; version < 50n; version++) kv.apply(tree.prepare(version, []).operations);
  const last = [...tree.entries(49n)].map(({ key, value }) => [key, value] as const);
  const fresh = createMemoryKv();
  fresh.apply(createStateTree({ kv: fresh, versionsKept: 1 }).prepare(0n, last).operations);
  expect([...kv.list(ENTRY)].length).toBe([...fresh.list(ENTRY)].length);
  expect([...kv.list(utf8ToBytes('tq')), ...kv.list(utf8ToBytes('ts'))]).toEqual([]);
  expect(last.length).toBe(300);
});
