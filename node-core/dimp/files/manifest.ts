// A file as stations keep it: its ciphertext in chunks, each named by its hash, and a manifest that lists them and is
// named by its own hash. Whoever has the manifest's name out of a signed message recognises every block of the file, so
// a station can withhold, but not change, add or reorder.

import { z } from 'zod';
import type { Bytes, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { isBlock } from '../../content/index.ts';
import { encodeRecord, parseRecord } from '../../records/index.ts';
import { fileFault } from './faults.ts';
import { FILE_BYTES_MAX, FILE_CHUNK_BYTES } from './limits.ts';

/** CIDs of version 1 in base32. */
export const FILE_ID = /^b[a-z2-7]{20,99}$/;
/** PKCS#7 adds a whole block where the file ends with one. */
const CIPHER_BLOCK_BYTES = 16;

const Manifest = z.strictObject({
  v: z.literal(1),
  kind: z.literal('attachment'),
  /** Of the ciphertext. */
  sizeBytes: z
    .int()
    .min(CIPHER_BLOCK_BYTES)
    .max(FILE_BYTES_MAX + CIPHER_BLOCK_BYTES),
  chunks: z.array(z.string().regex(FILE_ID)),
});

export type FileManifest = {
  readonly sizeBytes: number;
  readonly chunks: readonly string[];
};

export function encodeManifest({ sizeBytes, chunks }: FileManifest): Bytes {
  return encodeRecord({ v: 1, kind: 'attachment', sizeBytes, chunks });
}

/** Reads the manifest of this name; what it says of sizes and numbers agrees with itself. */
export function parseManifest(
  id: string,
  block: Bytes,
  crypto: { readonly sha256: (bytes: Bytes) => Bytes },
): Result<FileManifest> {
  if (!isBlock(id, block, crypto)) return refuse(fileFault('transfer.altered'));
  const parsed = parseRecord(Manifest, 'attachment', block);
  if (!parsed.ok) return refuse(fileFault('transfer.malformed'));
  const { sizeBytes, chunks } = parsed.value;
  const isSound =
    chunks.length === Math.ceil(sizeBytes / FILE_CHUNK_BYTES) && sizeBytes % CIPHER_BLOCK_BYTES === 0;
  return isSound ? ok({ sizeBytes, chunks }) : refuse(fileFault('transfer.malformed'));
}

/** How long a chunk of a file is: all are full but the last. */
export function chunkSizeBytes({ sizeBytes }: FileManifest, index: number): number {
  return Math.min(FILE_CHUNK_BYTES, sizeBytes - index * FILE_CHUNK_BYTES);
}

/** What a file of this size is as ciphertext. */
export const sealedSizeBytes = (sizeBytes: number): number =>
  sizeBytes - (sizeBytes % CIPHER_BLOCK_BYTES) + CIPHER_BLOCK_BYTES;
