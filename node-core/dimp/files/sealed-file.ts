// Sealing a file chunk by chunk, and opening it again. The chunks one after the other are the ciphertext that any program
// of the protocol decrypts with the key and IV of the message (AES-256-CBC, PKCS#7); what protects it from changes is not
// the cipher but the names of its blocks, and the hash of the file, in the signed message.

import { cbc } from '@noble/ciphers/aes.js';
import type { Bytes, Random, Result } from '../../base/index.ts';
import { assert, bytesToHex, concatBytes, ok, refuse, sha256 } from '../../base/index.ts';
import type { BlockStore } from '../../content/index.ts';
import { blockId, isBlock } from '../../content/index.ts';
import { fileFault } from './faults.ts';
import { FILE_BYTES_MAX, FILE_CHUNK_BYTES } from './limits.ts';
import type { FileManifest } from './manifest.ts';
import { chunkSizeBytes, encodeManifest, parseManifest, sealedSizeBytes } from './manifest.ts';

const BLOCK_BYTES = 16;
const KEY_BYTES = 32;

/** What opens a file, and shows that it is the one that was sent. */
export type FileSecret = {
  readonly key: Bytes;
  readonly iv: Bytes;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
};

export type FileCrypto = { readonly sha256: (bytes: Bytes) => Bytes };

export type SealFileRequest = {
  readonly file: Bytes;
  readonly store: BlockStore;
  readonly random: Random;
  readonly crypto: FileCrypto;
  /** Awaited between chunks, so that a large file does not hold up everything else. */
  readonly pause?: () => Promise<void>;
};

export type SealedFile = { readonly id: string; readonly secret: FileSecret };

/** Stores a file under a fresh key, its manifest last: whoever finds that finds everything. */
export async function sealIntoStore(request: SealFileRequest): Promise<Result<SealedFile>> {
  const { file, store, random, crypto, pause } = request;
  if (file.length === 0) return refuse(fileFault('transfer.empty'));
  if (file.length > FILE_BYTES_MAX)
    return refuse(fileFault('transfer.large', { limitMb: FILE_BYTES_MAX / 1024 / 1024 }));
  const key = random.bytes(KEY_BYTES);
  const iv = random.bytes(BLOCK_BYTES);
  const chunks: string[] = [];
  const sum = sha256.create();
  let chain = iv;
  for (let start = 0; start <= file.length; start += FILE_CHUNK_BYTES) {
    const plain = file.subarray(start, start + FILE_CHUNK_BYTES);
    const isLast = plain.length < FILE_CHUNK_BYTES;
    const sealed = cbc(key, chain, { disablePadding: !isLast }).encrypt(plain);
    chain = sealed.slice(-BLOCK_BYTES);
    sum.update(plain);
    const id = blockId('raw', sealed, crypto);
    store.put(id, sealed);
    chunks.push(id);
    await pause?.();
  }
  const manifest = encodeManifest({ sizeBytes: sealedSizeBytes(file.length), chunks });
  const id = blockId('record', manifest, crypto);
  store.put(id, manifest);
  return ok({ id, secret: { key, iv, sha256: bytesToHex(sum.digest()) } });
}

/** The manifest of a file that is in the store. */
export function loadManifest(id: string, store: BlockStore, crypto: FileCrypto): Result<FileManifest> {
  const block = store.get(id);
  return block === undefined ? refuse(fileFault('transfer.gone')) : parseManifest(id, block, crypto);
}

export type OpenFileRequest = {
  readonly id: string;
  readonly secret: FileSecret;
  readonly store: BlockStore;
  readonly crypto: FileCrypto;
  readonly pause?: () => Promise<void>;
};

/** The whole file, every block and the file itself checked. */
export async function openFromStore({
  id,
  secret,
  store,
  crypto,
  pause,
}: OpenFileRequest): Promise<Result<Bytes>> {
  const manifest = loadManifest(id, store, crypto);
  if (!manifest.ok) return manifest;
  const { chunks } = manifest.value;
  const plain: Bytes[] = [];
  const sum = sha256.create();
  let chain = secret.iv;
  for (const [index, name] of chunks.entries()) {
    const sealed = store.get(name);
    if (sealed === undefined) return refuse(fileFault('transfer.gone'));
    const isWhole = sealed.length === chunkSizeBytes(manifest.value, index) && isBlock(name, sealed, crypto);
    const opened = isWhole ? decryptChunk(secret.key, chain, sealed, index === chunks.length - 1) : undefined;
    if (opened === undefined) return refuse(fileFault('transfer.altered'));
    chain = sealed.slice(-BLOCK_BYTES);
    sum.update(opened);
    plain.push(opened);
    await pause?.();
  }
  if (bytesToHex(sum.digest()) !== secret.sha256) return refuse(fileFault('transfer.altered'));
  return ok(concatBytes(...plain));
}

function decryptChunk(key: Bytes, iv: Bytes, sealed: Bytes, isLast: boolean): Bytes | undefined {
  assert(sealed.length % BLOCK_BYTES === 0, 'a checked chunk is made of whole blocks');
  try {
    return cbc(key, iv, { disablePadding: !isLast }).decrypt(sealed);
  } catch {
    // Wrong padding: the sender's key is not that of this file.
    return undefined;
  }
}

/** Every block of a file, as far as its manifest is there. */
export function fileBlocks(id: string, store: BlockStore, crypto: FileCrypto): readonly string[] {
  const manifest = loadManifest(id, store, crypto);
  return manifest.ok ? [id, ...manifest.value.chunks] : [id];
}
