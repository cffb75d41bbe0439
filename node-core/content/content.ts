// Encrypted, content-addressed files: 1 MiB chunks under AES-256-GCM, each stored under the CID of its ciphertext, and
// a manifest that lists them. The manifest's CID is the file's content id. Chunks are sealed under a key derived from
// the given one and a random file id: equal files get different ids, so nobody can test whether a known model is stored
// here, and no key ever seals two chunks with one nonce, even where the given key is used again.
// Source of ids: CID version 1, sha2-256; codecs raw (0x55) for chunks, dag-cbor (0x71) for manifests.

import { CID } from 'multiformats/cid';
import * as Digest from 'multiformats/hashes/digest';
import { z } from 'zod';
import type { Bytes, Random, Result } from '../base/index.ts';
import { concatBytes, hkdf, ok, refuse, sha256, u64ToBytes, utf8ToBytes } from '../base/index.ts';
import type { Aead } from '../identity/index.ts';
import { AEAD_NONCE_BYTES } from '../identity/index.ts';
import { encodeRecord, parseRecord } from '../records/index.ts';
import { contentFault } from './faults.ts';

export const CHUNK_BYTES = 1024 * 1024;
/** The last chunk is padded to a multiple of this, so that a file's exact length does not show. */
const PADDING_BYTES = 4096;
const SHA2_256 = 0x12;
const RAW_CODEC = 0x55;
const DAG_CBOR_CODEC = 0x71;

/** Stores immutable blocks under their CID text. */
export interface BlockStore {
  put(id: string, block: Bytes): void;
  get(id: string): Bytes | undefined;
  has(id: string): boolean;
}

/** What encrypting and naming need; the host gives native ones. */
export interface ContentCrypto extends Aead {
  sha256(bytes: Bytes): Bytes;
}

const cidText = z.string().max(100);

export const Manifest = z.strictObject({
  v: z.literal(2),
  kind: z.literal('content'),
  cipher: z.literal('aes-256-gcm'),
  fileId: z.custom<Bytes>((value) => value instanceof Uint8Array && value.length === 32),
  sizeBytes: z.int().min(0),
  chunks: z.array(cidText).max(4096),
});
export type Manifest = z.infer<typeof Manifest>;

function cid(codec: number, digest: Bytes): string {
  return CID.createV1(codec, Digest.create(SHA2_256, digest)).toString();
}

export type StoreRequest = {
  readonly file: Bytes;
  /** 32 secret bytes. */
  readonly key: Bytes;
  readonly store: BlockStore;
  readonly random: Random;
  readonly crypto: ContentCrypto;
  /** Awaited between chunks, so that a large file does not hold up everything else. */
  readonly pause?: () => Promise<void>;
};

/** Encrypts and stores a file; returns its content id. Blocks already put stay when it throws. */
export async function storeContent({
  file,
  key,
  store,
  random,
  crypto,
  pause,
}: StoreRequest): Promise<string> {
  const fileId = random.bytes(32);
  const fileKey = deriveFileKey(key, fileId);
  const total = Math.max(1, Math.ceil(file.length / CHUNK_BYTES));
  const chunks: string[] = [];
  for (let index = 0; index < total; index++) {
    const plain = file.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    const sealed = crypto.seal(fileKey, chunkNonce(index), pad(plain), chunkData(fileId, index, total));
    const id = cid(RAW_CODEC, crypto.sha256(sealed));
    store.put(id, sealed);
    chunks.push(id);
    await pause?.();
  }
  const manifest: Manifest = {
    v: 2,
    kind: 'content',
    cipher: 'aes-256-gcm',
    fileId,
    sizeBytes: file.length,
    chunks,
  };
  const block = encodeRecord(manifest);
  const id = cid(DAG_CBOR_CODEC, crypto.sha256(block));
  store.put(id, block);
  return id;
}

/** The id of a block as it is, or of a record that lists blocks. */
export function blockId(
  kind: 'raw' | 'record',
  block: Bytes,
  { sha256 }: Pick<ContentCrypto, 'sha256'>,
): string {
  return cid(kind === 'raw' ? RAW_CODEC : DAG_CBOR_CODEC, sha256(block));
}

/** Whether a block is the one that its id names. */
export function isBlock(id: string, block: Bytes, { sha256 }: Pick<ContentCrypto, 'sha256'>): boolean {
  const digest = sha256(block);
  return id === cid(RAW_CODEC, digest) || id === cid(DAG_CBOR_CODEC, digest);
}

/** Stores a public file as it is, as one block; returns its content id. */
export function storePublic(file: Bytes, store: BlockStore, crypto: ContentCrypto): string {
  const id = cid(RAW_CODEC, crypto.sha256(file));
  store.put(id, file);
  return id;
}

/** Reads a public file and checks it against its id. */
export function loadPublic(contentId: string, store: BlockStore, crypto: ContentCrypto): Result<Bytes> {
  const block = store.get(contentId);
  if (block === undefined) return refuse(contentFault('content.missing'));
  return cid(RAW_CODEC, crypto.sha256(block)) === contentId
    ? ok(block)
    : refuse(contentFault('content.damaged'));
}

/** Every block of an encrypted file, its manifest first: what somebody else needs besides the key. */
export function contentBlocks(
  contentId: string,
  store: BlockStore,
): Result<readonly (readonly [string, Bytes])[]> {
  const manifest = store.get(contentId);
  if (manifest === undefined) return refuse(contentFault('content.missing'));
  const parsed = parseRecord(Manifest, 'content', manifest);
  if (!parsed.ok) return refuse(contentFault('content.manifest.malformed'));
  const blocks: [string, Bytes][] = [[contentId, manifest]];
  for (const id of parsed.value.chunks) {
    const block = store.get(id);
    if (block === undefined) return refuse(contentFault('content.missing'));
    blocks.push([id, block]);
  }
  return ok(blocks);
}

/** Reads, checks and decrypts a whole file into memory. */
export function loadContent(
  contentId: string,
  key: Bytes,
  store: BlockStore,
  crypto: ContentCrypto,
): Result<Bytes> {
  const reader = openContent(contentId, key, store, crypto);
  return reader.ok ? reader.value.read(0, reader.value.sizeBytes) : reader;
}

export type ContentReader = {
  readonly sizeBytes: number;
  /** A copy of the bytes from `start` to `end`, clipped to the file. */
  read(start: number, end: number): Result<Bytes>;
};

/** Checks a file's manifest; its chunks are read, checked and decrypted as they are asked for, and not kept. */
export function openContent(
  contentId: string,
  key: Bytes,
  store: BlockStore,
  crypto: ContentCrypto,
): Result<ContentReader> {
  const block = store.get(contentId);
  if (block === undefined) return refuse(contentFault('content.missing'));
  if (cid(DAG_CBOR_CODEC, crypto.sha256(block)) !== contentId) return refuse(contentFault('content.damaged'));
  const parsed = parseRecord(Manifest, 'content', block);
  if (!parsed.ok) return refuse(contentFault('content.manifest.malformed'));
  const { fileId, sizeBytes, chunks } = parsed.value;
  if (Math.max(1, Math.ceil(sizeBytes / CHUNK_BYTES)) !== chunks.length)
    return refuse(contentFault('content.manifest.malformed'));
  const fileKey = deriveFileKey(key, fileId);
  const open = (index: number): Result<Bytes> => {
    const sealed = store.get(chunks[index] ?? '');
    if (sealed === undefined) return refuse(contentFault('content.missing'));
    const plain = crypto.open(fileKey, chunkNonce(index), sealed, chunkData(fileId, index, chunks.length));
    const sizeOfChunk = Math.min(CHUNK_BYTES, sizeBytes - index * CHUNK_BYTES);
    return plain === undefined || plain.length < sizeOfChunk
      ? refuse(contentFault('content.damaged'))
      : ok(plain.subarray(0, sizeOfChunk));
  };
  return ok({ sizeBytes, read: (start, end) => readRange(open, start, Math.min(end, sizeBytes)) });
}

function readRange(open: (index: number) => Result<Bytes>, start: number, end: number): Result<Bytes> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  // The first chunk is checked even where nothing of it is asked for: an empty file has one, too.
  if (end <= start && start > 0) return ok(bytes);
  for (let index = Math.floor(start / CHUNK_BYTES), at = start; at < end || at === start; index++) {
    const chunk = open(index);
    if (!chunk.ok) return chunk;
    const from = at - index * CHUNK_BYTES;
    const part = chunk.value.subarray(from, from + end - at);
    bytes.set(part, at - start);
    chunk.value.fill(0);
    at += part.length;
    if (part.length === 0) break;
  }
  return ok(bytes);
}

function pad(plain: Bytes): Bytes {
  const length = Math.max(1, Math.ceil(plain.length / PADDING_BYTES)) * PADDING_BYTES;
  if (length === plain.length) return plain;
  const padded = new Uint8Array(length);
  padded.set(plain);
  return padded;
}

function deriveFileKey(key: Bytes, fileId: Bytes): Bytes {
  return hkdf(sha256, key, fileId, utf8ToBytes('dipnet/file/v1'), 32);
}

function chunkNonce(index: number): Bytes {
  return concatBytes(new Uint8Array(AEAD_NONCE_BYTES - 8), u64ToBytes(BigInt(index)));
}

function chunkData(fileId: Bytes, index: number, total: number): Bytes {
  return concatBytes(fileId, u64ToBytes(BigInt(index)), u64ToBytes(BigInt(total)));
}
