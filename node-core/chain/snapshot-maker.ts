// Makes snapshots of the state while blocks go on, a little with every block: the version it reads is held in the tree
// meanwhile, and memory is one chunk. A snapshot is listed when it is whole; what was begun before a restart is dropped.

import type { Bytes, KvStore } from '../base/index.ts';
import { bytesToU64, concatBytes, encodeCbor, parseCbor, u64ToBytes, utf8ToBytes } from '../base/index.ts';
import {
  CHUNK_FILLED_BYTES,
  describeSnapshot,
  encodeChunk,
  encodeEntry,
  SNAPSHOT_FORMAT,
} from './snapshot-format.ts';
import type { HashFunction } from './tree/leaf.ts';
import type { KvOperation, LeafContent, StateTree } from './tree/tree.ts';
import type { SnapshotInfo } from './types.ts';

/** m what is said of a whole snapshot, by height · c chunks by height and index. */
const MANIFEST = utf8ToBytes('sm');
const CHUNK = utf8ToBytes('sc');

export type SnapshotPlan = {
  /** A snapshot is made at every multiple of this height, unless the one before is still being made. */
  readonly everyBlocks: bigint;
  /** How many are kept; older ones go when a new one is whole. */
  readonly kept: number;
  /** Entries read with each block while one is made. */
  readonly entriesPerBlock?: number;
};

export type SnapshotMakerOptions = {
  readonly kv: KvStore;
  readonly tree: StateTree;
  readonly hash: HashFunction;
  readonly plan?: SnapshotPlan;
};

export interface SnapshotMaker {
  /** Newest first. */
  list(): readonly SnapshotInfo[];
  chunk(height: bigint, format: number, index: number): Bytes | undefined;
  /** To be called after each committed block. */
  advance(chainId: string, height: bigint): void;
}

/** Some ten milliseconds. */
const ENTRIES_PER_BLOCK = 1000;
/** Chunks of snapshots that are no longer kept, removed with each block. */
const CHUNKS_REMOVED_PER_BLOCK = 16;

type Work = {
  readonly height: bigint;
  readonly source: Iterator<LeafContent>;
  readonly hashes: Bytes[];
  entries: Bytes[];
  sizeBytes: number;
  lastKey: Bytes;
};

export function createSnapshotMaker(options: SnapshotMakerOptions): SnapshotMaker {
  const { kv, tree, plan } = options;
  let work: Work | undefined;
  const leftovers = createLeftovers(kv);
  const begin = (height: bigint): Work => {
    tree.hold(height);
    const source = tree.entries(height)[Symbol.iterator]();
    return { height, source, hashes: [], entries: [], sizeBytes: 0, lastKey: new Uint8Array(0) };
  };
  const finish = (done: Work, chainId: string, kept: number) => {
    tree.hold(undefined);
    const info = describeSnapshot(done.height, { v: 1, chain: chainId, chunks: done.hashes });
    const old = listManifests(kv).slice(Math.max(0, kept - 1));
    const removals = old.map(({ height }): KvOperation => [manifestKey(height), undefined]);
    kv.apply([[manifestKey(done.height), encodeManifest(info)], ...removals]);
    leftovers.look();
  };
  return {
    list: () => listManifests(kv),
    chunk(height, format, index) {
      const isHeight = height >= 0n && height < 2n ** 63n;
      const isIndex = Number.isSafeInteger(index) && index >= 0;
      if (format !== SNAPSHOT_FORMAT || !isHeight || !isIndex) return undefined;
      return kv.get(manifestKey(height)) === undefined ? undefined : kv.get(chunkKey(height, index));
    },
    advance(chainId, height) {
      if (plan === undefined) return;
      if (work === undefined && height % plan.everyBlocks === 0n && height > 0n) work = begin(height);
      if (work !== undefined && step(options, work, plan.entriesPerBlock ?? ENTRIES_PER_BLOCK)) {
        const done = work;
        work = undefined;
        finish(done, chainId, plan.kept);
      }
      leftovers.remove(work?.height);
    },
  };
}

/** Reads some entries and writes the chunks they fill; true when the last one is written. */
function step({ kv, tree, hash }: SnapshotMakerOptions, work: Work, entriesMax: number): boolean {
  const writeChunk = () => {
    const chunk = encodeChunk(work.entries, tree.path(work.lastKey, work.height));
    kv.apply([[chunkKey(work.height, work.hashes.length), chunk]]);
    work.hashes.push(hash(chunk));
    work.entries = [];
    work.sizeBytes = 0;
  };
  for (let count = 0; count < entriesMax; count++) {
    const next = work.source.next();
    if (next.done === true) {
      if (work.entries.length > 0) writeChunk();
      return true;
    }
    const entry = encodeEntry(next.value);
    work.entries.push(entry);
    work.sizeBytes += entry.length;
    work.lastKey = next.value.key;
    if (work.sizeBytes >= CHUNK_FILLED_BYTES) writeChunk();
  }
  return false;
}

const manifestKey = (height: bigint) => concatBytes(MANIFEST, u64ToBytes(height));

function chunkKey(height: bigint, index: number): Bytes {
  return concatBytes(CHUNK, u64ToBytes(height), u64ToBytes(BigInt(index)));
}

function encodeManifest({ chunks, hash, metadata }: SnapshotInfo): Bytes {
  return encodeCbor({ chunks, hash, metadata });
}

function listManifests(kv: KvStore): readonly SnapshotInfo[] {
  return [...kv.list(MANIFEST, { reverse: true })].map(([key, stored]) => {
    const value = parseCbor(stored) as { chunks: number; hash: Bytes; metadata: Bytes };
    return { height: bytesToU64(key.subarray(2)), format: SNAPSHOT_FORMAT, ...value };
  });
}

/** Chunks that belong to no listed snapshot: of one no longer kept, or begun before a restart. */
function createLeftovers(kv: KvStore) {
  let pending = true;
  return {
    look() {
      pending = true;
    },
    /** Removes some, sparing those of the height that is being made. */
    remove(making: bigint | undefined): void {
      if (!pending) return;
      let after: Bytes | undefined;
      for (;;) {
        const [first] = kv.list(CHUNK, { limit: 1, ...(after === undefined ? {} : { after }) });
        if (first === undefined) break;
        const height = bytesToU64(first[0].subarray(2, 10));
        if (height !== making && kv.get(manifestKey(height)) === undefined) {
          const prefix = first[0].subarray(0, 10);
          const keys = [...kv.list(prefix, { limit: CHUNKS_REMOVED_PER_BLOCK })].map(([key]) => key);
          kv.apply(keys.map((key): KvOperation => [key, undefined]));
          return;
        }
        after = concatBytes(first[0].subarray(0, 10), new Uint8Array(8).fill(255));
      }
      pending = false;
    },
  };
}
