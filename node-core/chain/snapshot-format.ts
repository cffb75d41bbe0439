// The bytes of a state snapshot, format 1: the same on every node. All entries of the state in the order of their keys'
// hashes, cut into chunks after the entry that reaches a size; each chunk ends with the hashes beside the way from its
// last entry to the root, so that it can be believed or refused by itself. The metadata names the hash of every chunk.

import { z } from 'zod';
import type { Bytes } from '../base/index.ts';
import {
  concatBytes,
  decodeVarint,
  encodeVarint,
  equalBytes,
  taggedHash,
  u64ToBytes,
} from '../base/index.ts';
import { encodeRecord, parseRecord } from '../records/index.ts';
import type { LeafContent } from './tree/tree.ts';
import type { SnapshotInfo } from './types.ts';

export const SNAPSHOT_FORMAT = 1;
/** A chunk ends with the entry that reaches this size. */
export const CHUNK_FILLED_BYTES = 1024 * 1024;
/** CometBFT carries chunks below 16 MB. No entry of the state is as large as what is left above a filled chunk. */
export const CHUNK_BYTES_MAX = 8 * 1024 * 1024;
/** 64 GB of state, and half a megabyte of metadata; CometBFT carries up to 4 MB of it. */
const CHUNKS_MAX = 64 * 1024;
const PATH_LENGTH_MAX = 256;

const SnapshotMetadata = z.strictObject({
  v: z.literal(1),
  chain: z.string().min(1).max(50),
  chunks: z
    .array(z.instanceof(Uint8Array).refine((hash) => hash.length === 32))
    .min(1)
    .max(CHUNKS_MAX),
});
export type SnapshotMetadata = {
  readonly v: 1;
  readonly chain: string;
  /** SHA-256 of each chunk. */
  readonly chunks: readonly Bytes[];
};

export type SnapshotChunk = {
  readonly entries: readonly LeafContent[];
  /** Hashes beside the way from the last entry to the root of the whole state. */
  readonly path: readonly Bytes[];
};

export function describeSnapshot(height: bigint, metadata: SnapshotMetadata): SnapshotInfo {
  const bytes = encodeRecord(metadata);
  return {
    height,
    format: SNAPSHOT_FORMAT,
    chunks: metadata.chunks.length,
    hash: hashSnapshot(height, bytes),
    metadata: bytes,
  };
}

function hashSnapshot(height: bigint, metadata: Bytes): Bytes {
  return taggedHash('dipnet/snapshot/v1', u64ToBytes(height), metadata);
}

/** Undefined unless everything that the snapshot says of itself agrees. */
export function parseMetadata(snapshot: SnapshotInfo): SnapshotMetadata | undefined {
  const { height, metadata } = snapshot;
  if (height < 1n || height >= 2n ** 63n) return undefined;
  const parsed = parseRecord(SnapshotMetadata, 'snapshot', metadata);
  if (!parsed.ok || parsed.value.chunks.length !== snapshot.chunks) return undefined;
  const stated = describeSnapshot(height, parsed.value).hash;
  return equalBytes(stated, snapshot.hash) ? parsed.value : undefined;
}

/** One entry as it stands in a chunk. */
export function encodeEntry({ key, value }: LeafContent): Bytes {
  return concatBytes(encodeVarint(key.length), key, encodeVarint(value.length), value);
}

/** Number of entries, the entries, the path. */
export function encodeChunk(entries: readonly Bytes[], path: readonly Bytes[]): Bytes {
  return concatBytes(encodeVarint(entries.length), ...entries, ...path);
}

/** Undefined for anything but one whole chunk. Whether its entries are those of a state is not looked at here. */
export function parseChunk(bytes: Bytes): SnapshotChunk | undefined {
  const count = decodeVarint(bytes);
  // An entry has four bytes at least.
  if (count === undefined || count.value < 1n || count.value > BigInt(bytes.length >> 2)) return undefined;
  const entries: LeafContent[] = [];
  let offset = count.next;
  for (let index = 0n; index < count.value; index++) {
    const key = readPart(bytes, offset);
    const value = key === undefined ? undefined : readPart(bytes, key.next);
    if (key === undefined || value === undefined) return undefined;
    entries.push({ key: key.part, value: value.part });
    offset = value.next;
  }
  const path = readPath(bytes.subarray(offset));
  return path === undefined ? undefined : { entries, path };
}

function readPart(bytes: Bytes, offset: number): { readonly part: Bytes; readonly next: number } | undefined {
  const length = decodeVarint(bytes, offset);
  if (length === undefined || length.value < 1n || length.value > BigInt(bytes.length - length.next)) {
    return undefined;
  }
  const next = length.next + Number(length.value);
  return { part: bytes.subarray(length.next, next), next };
}

function readPath(bytes: Bytes): Bytes[] | undefined {
  const length = bytes.length / 32;
  if (!Number.isInteger(length) || length > PATH_LENGTH_MAX) return undefined;
  return Array.from({ length }, (_, index) => bytes.subarray(32 * index, 32 * index + 32));
}
