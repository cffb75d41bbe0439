// Snapshots between real applications: the same bytes from every node, a state that goes on as if it had always been
// there, and an answer to every lie.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { bytesToHex, concatBytes, type KvStore, sha256, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { type ChainApplication, createApplication } from './app.ts';
import { accountKey } from './keys.ts';
import { describeSnapshot, encodeChunk, encodeEntry, parseChunk, parseMetadata } from './snapshot-format.ts';
import * as world from './testing/world.ts';
import { createStateTree } from './tree/tree.ts';
import type { SnapshotInfo } from './types.ts';

type Bytes = Uint8Array;

const PLAN = { everyBlocks: 4n, kept: 2, entriesPerBlock: 50 };
/** Enough accounts for more than one chunk. */
const PEOPLE = 14_000;
/** Enough to be cut into many. */
const FEW_PEOPLE = 800;

function createGenesis(count = PEOPLE) {
  const genesis = world.createGenesis();
  const people = Array.from({ length: count }, (_, n) => ({
    address: sha256(utf8ToBytes(`person ${n}`)).subarray(0, 20),
    balances: { DPN: BigInt(n + 1) },
  }));
  return { ...genesis, accounts: [...genesis.accounts, ...people] };
}

function createNode(kv: KvStore = createMemoryKv(), entriesPerBlock = PLAN.entriesPerBlock) {
  const hash = (bytes: Bytes): Bytes => new Uint8Array(createHash('sha256').update(bytes).digest());
  return createApplication({ kv, hash, snapshots: { ...PLAN, entriesPerBlock } });
}

/** One block with one payment, the same in every node that runs it. */
function runBlock(app: ChainApplication): Bytes {
  const height = app.info().height + 1n;
  const time = { seconds: world.GENESIS_S + height, nanos: 0 };
  const { seq } = app.read().account(world.addressOf('buyer'));
  const tx = world
    .createSigner()
    .sign(
      'buyer',
      { type: 'bank.send', to: world.addressOf('owner'), token: 'DPN', amountMicro: height },
      { seq },
    );
  const outcome = app.finalizeBlock({ height, time, txs: [tx], proposerAddress: new Uint8Array(20) });
  expect(outcome.outcomes.map(({ result }) => result.code)).toEqual([0]);
  app.commit();
  return outcome.appHash;
}

type Source = { readonly info: SnapshotInfo; readonly appHash: Bytes; readonly chunks: readonly Bytes[] };

function sourceOf(app: ChainApplication, roots: readonly Bytes[]): Source {
  const [info] = app.snapshots.list();
  if (info === undefined) throw new Error('there is no snapshot');
  const chunks = Array.from({ length: info.chunks }, (_, index) =>
    app.snapshots.chunk(info.height, info.format, index),
  );
  return {
    info,
    appHash: roots[Number(info.height)] ?? new Uint8Array(0),
    chunks: chunks.map((chunk) => chunk ?? new Uint8Array(0)),
  };
}

/** A node that ran until its snapshots are whole, and its root after each block. */
function runUntilSnapshot(entriesPerBlock: number, people = PEOPLE) {
  const app = createNode(createMemoryKv(), entriesPerBlock);
  const roots = [app.initChain(createGenesis(people)).appHash];
  while (app.snapshots.list().length === 0) roots.push(runBlock(app));
  return { app, roots };
}

const isEmptyTree = (kv: KvStore) => [...kv.list(utf8ToBytes('t'))].length === 0;

describe('snapshots', () => {
  let source: Source;
  let small: Source;
  beforeAll(() => {
    const few = runUntilSnapshot(4000, FEW_PEOPLE);
    small = sourceOf(few.app, few.roots);
    const { app, roots } = runUntilSnapshot(4000);
    source = sourceOf(app, roots);
    expect(source.chunks.length).toBeGreaterThan(1);
  });

  test('are the same bytes whoever makes them, however slowly', () => {
    const slow = runUntilSnapshot(1500);
    const again = sourceOf(slow.app, slow.roots);
    expect(again.info).toEqual(source.info);
    expect(again.chunks.map(bytesToHex)).toEqual(source.chunks.map(bytesToHex));
  });

  test('restore a node that goes on as the others do, and proves what they prove', () => {
    const { app, roots } = runUntilSnapshot(4000);
    const { info, appHash, chunks } = sourceOf(app, roots);
    const joined = createNode();
    expect(joined.snapshots.offer(info, appHash)).toBe('accept');
    expect(joined.info()).toEqual({ height: 0n, appHash: new Uint8Array(0) });
    chunks.forEach((chunk, index) => {
      expect(joined.snapshots.apply(index, chunk, 'peer')).toBe('accept');
    });
    expect(joined.info()).toEqual({ height: info.height, appHash });
    const key = accountKey(world.addressOf('owner'));
    expect(unwrap(joined.query(key, info.height))).toEqual(unwrap(app.query(key, info.height)));
    const behind = createNode();
    behind.initChain(createGenesis());
    while (behind.info().height < info.height) runBlock(behind);
    for (let n = 0; n < 6; n++) expect(runBlock(joined)).toEqual(runBlock(behind));
    expect(joined.snapshots.offer(info, appHash)).toBe('reject');
  });

  test('of many chunks are checked chunk by chunk', () => {
    const parts = splitChunks(source, 7);
    const { node, verdicts } = restore(parts);
    expect(verdicts.every((verdict) => verdict === 'accept')).toBe(true);
    expect(node.info()).toEqual({ height: source.info.height, appHash: source.appHash });
  });

  test('are dropped where a chunk that the metadata vouches for is not of the state', () => {
    const parts = splitChunks(small, 7);
    const lies: Record<string, (chunks: Bytes[]) => Bytes[]> = {
      'a changed value': (chunks) =>
        replaceEntry(chunks, 3, (entry) => ({ ...entry, value: Uint8Array.of(1) })),
      'an entry left out': (chunks) => replaceEntry(chunks, 3, () => undefined),
      'the last entry of a chunk left out': (chunks) => replaceEntry(chunks, -1, () => undefined),
      'an entry that does not exist': (chunks) =>
        replaceEntry(chunks, 3, (entry) => ({ key: concatBytes(entry.key, entry.key), value: entry.value })),
      'an entry twice': (chunks) =>
        edit(chunks, 2, (chunk) => chunk.entries.flatMap((entry, n) => (n === 3 ? [entry, entry] : [entry]))),
      'another order': (chunks) => edit(chunks, 2, (chunk) => [...chunk.entries].reverse()),
      'two chunks exchanged': ([a, b, c, d, ...rest]) => [a!, b!, d!, c!, ...rest],
      'a chunk missing': ([a, b, , ...rest]) => [a!, b!, ...rest],
      'the last chunk missing': (chunks) => chunks.slice(0, -1),
      'a chunk more': (chunks) => [...chunks, chunks[chunks.length - 1]!],
      'bytes after a chunk': (chunks) => chunks.with(2, concatBytes(chunks[2]!, new Uint8Array(32))),
      'a chunk cut off': (chunks) => chunks.with(2, chunks[2]!.subarray(0, -1)),
      'an empty chunk': (chunks) => chunks.with(2, new Uint8Array(0)),
      'a chunk of nothing': (chunks) => chunks.with(2, Uint8Array.of(0)),
      'a count that lies': (chunks) =>
        chunks.with(2, concatBytes(Uint8Array.of(255, 255, 255, 255, 15), chunks[2]!)),
    };
    let dropped = createNode();
    for (const [lie, tell] of Object.entries(lies)) {
      const told = tell([...parts.chunks]);
      const { kv, node, verdicts } = restore(withChunks(parts, told));
      expect([lie, verdicts.at(-1)]).toEqual([lie, 'reject-snapshot']);
      expect([lie, node.info().height, isEmptyTree(kv)]).toEqual([lie, 0n, true]);
      dropped = node;
    }
    // The true one can still be taken.
    expect(dropped.snapshots.offer(small.info, small.appHash)).toBe('accept');
    for (const [index, chunk] of small.chunks.entries()) {
      expect(dropped.snapshots.apply(index, chunk, 'other')).toBe('accept');
    }
    expect(dropped.info().height).toBe(small.info.height);
  });

  test('are refused where they lie about themselves', () => {
    const { info, appHash } = source;
    const node = createNode();
    const offers: [Partial<SnapshotInfo>, Bytes, string][] = [
      [{ format: 2 }, appHash, 'reject-format'],
      [{ chunks: info.chunks + 1 }, appHash, 'reject'],
      [{ chunks: 0 }, appHash, 'reject'],
      [{ height: info.height + 1n }, appHash, 'reject'],
      [{ height: 0n }, appHash, 'reject'],
      [{ height: 2n ** 64n }, appHash, 'reject'],
      [{ hash: new Uint8Array(32) }, appHash, 'reject'],
      [{ metadata: new Uint8Array(0) }, appHash, 'reject'],
      [{ metadata: concatBytes(info.metadata, Uint8Array.of(0)) }, appHash, 'reject'],
      [{}, new Uint8Array(0), 'reject'],
    ];
    for (const [change, root, answer] of offers) {
      expect(node.snapshots.offer({ ...info, ...change }, root)).toBe(answer);
    }
    expect(node.snapshots.apply(0, new Uint8Array(0), 'peer')).toBe('abort');
  });

  test('of another chain with the right state are dropped at the end', () => {
    const metadata = parseMetadata(source.info)!;
    const info = describeSnapshot(source.info.height, { ...metadata, chain: 'another' });
    const { node, verdicts } = restore({ ...source, info });
    expect(verdicts.at(-1)).toBe('reject-snapshot');
    expect(node.info().height).toBe(0n);
  });

  test('wait for the right chunk where a sender gave a wrong one, too early or again', () => {
    const { info, appHash, chunks } = splitChunks(small, 3);
    const node = createNode();
    node.snapshots.offer(info, appHash);
    const last = chunks.length - 1;
    expect(node.snapshots.apply(0, chunks[1]!, 'liar')).toBe('retry');
    expect(node.snapshots.apply(0, new Uint8Array(20_000_000), 'liar')).toBe('retry');
    expect(node.snapshots.apply(last, chunks[last]!, 'peer')).toBe('retry');
    for (const index of [-1, 0.5, Number.NaN, last + 1]) {
      expect(node.snapshots.apply(index, chunks[0]!, 'liar')).toBe('retry');
    }
    chunks.forEach((chunk, index) => {
      expect(node.snapshots.apply(index, chunk, 'peer')).toBe('accept');
      if (index < last) expect(node.snapshots.apply(index, chunk, 'peer')).toBe('accept');
    });
    expect(node.info().height).toBe(info.height);
    expect(node.snapshots.apply(0, chunks[0]!, 'peer')).toBe('abort');
  });

  test('may be given up half way for another', () => {
    const parts = splitChunks(source, 5);
    const kv = createMemoryKv();
    const node = createNode(kv);
    node.snapshots.offer(parts.info, parts.appHash);
    node.snapshots.apply(0, parts.chunks[0]!, 'peer');
    // Stopped and started again: what came is no state, and goes when a state begins.
    const restarted = createNode(kv);
    expect(restarted.info().height).toBe(0n);
    restarted.initChain(world.createGenesis());
    const fresh = createMemoryKv();
    createNode(fresh).initChain(world.createGenesis());
    expect([...kv.list(new Uint8Array(0))]).toEqual([...fresh.list(new Uint8Array(0))]);
  });

  test('are kept as many as planned, and nothing else stays', () => {
    const kv = createMemoryKv();
    let app = createNode(kv, 30_000);
    app.initChain(createGenesis());
    for (let n = 0; n < 13; n++) runBlock(app);
    expect(app.snapshots.list().map(({ height }) => height)).toEqual([12n, 8n]);
    // Killed while one is being made: its chunks go, and the next one comes.
    app = createNode(kv, 30_000);
    kv.apply([
      [
        concatBytes(utf8ToBytes('sc'), new Uint8Array(7), Uint8Array.of(14), new Uint8Array(8)),
        Uint8Array.of(1),
      ],
    ]);
    for (let n = 0; n < 5; n++) runBlock(app);
    const infos = app.snapshots.list();
    expect(infos.map(({ height }) => height)).toEqual([16n, 12n]);
    const chunks = infos.reduce((sum, info) => sum + info.chunks, 0);
    expect([...kv.list(utf8ToBytes('sc'))].length).toBe(chunks);
    for (const index of [-1, infos[0]!.chunks, 2 ** 40]) {
      expect(app.snapshots.chunk(16n, 1, index)).toBeUndefined();
    }
    expect(app.snapshots.chunk(16n, 2, 0)).toBeUndefined();
    expect(app.snapshots.chunk(8n, 1, 0)).toBeUndefined();
  });

  test('answer any bytes', () => {
    const anything = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(anything, anything, fc.bigInt(), fc.integer(), (metadata, chunk, height, chunks) => {
        parseChunk(chunk);
        const node = createNode();
        const info = { height, format: 1, chunks, hash: metadata, metadata };
        expect(node.snapshots.offer(info, source.appHash)).toBe('reject');
        expect(node.snapshots.chunk(height, 1, chunks)).toBeUndefined();
      }),
    );
  });

  test('chunks of mutated bytes are refused or rejected, never taken', () => {
    const { info, appHash, chunks } = splitChunks(small, 40);
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const mutated = chunks[0]!.slice();
        mutated[at % mutated.length]! ^= flip;
        const { verdicts } = restore(withChunks({ info, appHash, chunks }, [mutated, ...chunks.slice(1)]));
        expect(verdicts.at(-1)).toBe('reject-snapshot');
      }),
      { numRuns: 60 },
    );
  });
});

/** The same state cut into more chunks, as a larger state would be. */
function splitChunks(source: Source, parts: number): Source {
  const entries = source.chunks.flatMap((chunk) => [...parseChunk(chunk)!.entries]);
  const kv = createMemoryKv();
  const tree = createStateTree({ kv, versionsKept: 1 });
  kv.apply(
    tree.prepare(
      0n,
      entries.map(({ key, value }) => [key, value] as const),
    ).operations,
  );
  const size = Math.ceil(entries.length / parts);
  const chunks = Array.from({ length: Math.ceil(entries.length / size) }, (_, n) => {
    const part = entries.slice(n * size, (n + 1) * size);
    return encodeChunk(part.map(encodeEntry), tree.path(part.at(-1)!.key, 0n));
  });
  return withChunks(source, chunks);
}

/** Chunks with metadata that vouches for them. */
function withChunks(source: Source, chunks: readonly Bytes[]): Source {
  const info = describeSnapshot(source.info.height, {
    v: 1,
    chain: world.CHAIN_ID,
    chunks: chunks.map((c) => sha256(c)),
  });
  return { info, appHash: source.appHash, chunks };
}

function restore({ info, appHash, chunks }: Source) {
  const kv = createMemoryKv();
  const node = createNode(kv);
  expect(node.snapshots.offer(info, appHash)).toBe('accept');
  const verdicts: string[] = [];
  for (const [index, chunk] of chunks.entries()) {
    verdicts.push(node.snapshots.apply(index, chunk, 'peer'));
    if (verdicts.at(-1) !== 'accept') break;
  }
  return { kv, node, verdicts };
}

type Chunk = NonNullable<ReturnType<typeof parseChunk>>;
type Entry = Chunk['entries'][number];

function edit(chunks: Bytes[], index: number, change: (chunk: Chunk) => readonly Entry[]): Bytes[] {
  const chunk = parseChunk(chunks[index]!)!;
  return chunks.with(index, encodeChunk(change(chunk).map(encodeEntry), chunk.path));
}

function replaceEntry(chunks: Bytes[], at: number, change: (entry: Entry) => Entry | undefined): Bytes[] {
  return edit(chunks, 2, ({ entries }) => {
    const place = at < 0 ? entries.length + at : at;
    return entries.flatMap((entry, n) => (n === place ? (change(entry) ?? []) : [entry]));
  });
}
