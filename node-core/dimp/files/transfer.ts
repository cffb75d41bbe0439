// Moving a file between a console and a station, block by block, through whatever the line and the station do. A transfer
// can be stopped at any instant and begun again by anybody, after a restart too: what is there already is not moved twice,
// and no block is kept that is not the one its name says.
//
//   send:   ask what is missing ─► chunks, a few at once ─► the manifest, last
//   fetch:  the manifest ─► chunks that are not here, a few at once
//   away ─► wait, ask again, for ever     altered ─► ask again, a few times     any other refusal ─► ends

import type { Bytes, Clock, Fault, Random, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { BlockStore } from '../../content/index.ts';
import { isBlock } from '../../content/index.ts';
import { backoffMs } from '../client/index.ts';
import { fileFault } from './faults.ts';
import { FILE_ALTERED_TRIES, FILE_PARALLEL } from './limits.ts';
import type { FileManifest } from './manifest.ts';
import { chunkSizeBytes, parseManifest, sealedSizeBytes } from './manifest.ts';
import type { FileCrypto } from './sealed-file.ts';
import { loadManifest } from './sealed-file.ts';

/** A station as a place for blocks. Refusals with the code `transfer.away` pass; others are answers. */
export interface BlockCarrier {
  /** Those of these that the station does not have. */
  missing(ids: readonly string[], signal: AbortSignal): Promise<Result<readonly string[]>>;
  put(id: string, block: Bytes, signal: AbortSignal): Promise<Result<void>>;
  get(id: string, signal: AbortSignal): Promise<Result<Bytes>>;
}

export type TransferParts = {
  readonly carrier: BlockCarrier;
  readonly store: BlockStore;
  readonly crypto: FileCrypto;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Random;
  /** Pauses the transfer. */
  readonly signal: AbortSignal;
  readonly onProgress: (doneChunks: number, allChunks: number) => void;
  /** The station cannot be reached, or can be again. */
  readonly onWaiting: (fault: Fault | undefined) => void;
};

/** `stopped` by its signal: beginning again goes on. */
export type TransferEnd = 'done' | 'stopped';

/** Puts a file that is in the store to the station. */
export async function sendFileBlocks(id: string, parts: TransferParts): Promise<Result<TransferEnd>> {
  const { store, crypto, carrier, onProgress, signal } = parts;
  const manifest = loadManifest(id, store, crypto);
  if (!manifest.ok) return manifest;
  const { chunks } = manifest.value;
  const asked = await untilAnswered(parts, () => carrier.missing([...chunks, id], signal));
  if (asked === 'stopped') return ok('stopped');
  if (!asked.ok) return asked;
  const missing = new Set(asked.value);
  const waiting = chunks.filter((chunk) => missing.has(chunk));
  let done = chunks.length - waiting.length;
  onProgress(done, chunks.length);
  const putOne = async (name: string): Promise<Result<TransferEnd>> => {
    const block = store.get(name);
    if (block === undefined) return refuse(fileFault('transfer.gone'));
    const put = await untilAnswered(parts, () => carrier.put(name, block, signal));
    return put === 'stopped' ? ok(put) : put.ok ? ok('done') : put;
  };
  const sent = await inParallel(waiting, async (name) => {
    const put = await putOne(name);
    if (put.ok && put.value === 'done') onProgress(++done, chunks.length);
    return put;
  });
  if (!sent.ok || sent.value === 'stopped') return sent;
  // Also where the station says that it has it: its chunks may have been swept away since.
  return putOne(id);
}

/** Gets a file of this size, as the signed message says, into the store. */
export async function fetchFileBlocks(
  id: string,
  sizeBytes: number,
  parts: TransferParts,
): Promise<Result<TransferEnd>> {
  const manifest = await fetchManifest(id, parts);
  if (manifest === 'stopped') return ok('stopped');
  if (!manifest.ok) return manifest;
  const { store, crypto, onProgress } = parts;
  if (manifest.value.sizeBytes !== sealedSizeBytes(sizeBytes)) return refuse(fileFault('transfer.malformed'));
  const sizes = new Map(
    manifest.value.chunks.map((chunk, index) => [chunk, chunkSizeBytes(manifest.value, index)]),
  );
  const isHere = (chunk: string) => {
    const block = store.get(chunk);
    return block !== undefined && isBlock(chunk, block, crypto);
  };
  const waiting = [...sizes.keys()].filter((chunk) => !isHere(chunk));
  let done = manifest.value.chunks.length - waiting.length;
  onProgress(done, manifest.value.chunks.length);
  return inParallel(waiting, async (name) => {
    const block = await fetchBlock(name, parts, (one) => one.length === sizes.get(name));
    if (block === 'stopped') return ok('stopped');
    if (!block.ok) return block;
    store.put(name, block.value);
    onProgress(++done, manifest.value.chunks.length);
    return ok('done');
  });
}

async function fetchManifest(id: string, parts: TransferParts): Promise<Result<FileManifest> | 'stopped'> {
  const { store, crypto } = parts;
  const known = store.get(id);
  const kept = known === undefined ? undefined : parseManifest(id, known, crypto);
  if (kept?.ok) return kept;
  const block = await fetchBlock(id, parts, () => true);
  if (block === 'stopped' || !block.ok) return block;
  const manifest = parseManifest(id, block.value, crypto);
  if (manifest.ok) store.put(id, block.value);
  return manifest;
}

/** A block that is what its name says; another one is asked for again, a few times. */
async function fetchBlock(
  id: string,
  parts: TransferParts,
  fits: (block: Bytes) => boolean,
): Promise<Result<Bytes> | 'stopped'> {
  const { carrier, crypto, signal } = parts;
  for (let attempt = 1; attempt <= FILE_ALTERED_TRIES; attempt++) {
    const block = await untilAnswered(parts, () => carrier.get(id, signal));
    if (block === 'stopped' || !block.ok) return block;
    if (isBlock(id, block.value, crypto))
      return fits(block.value) ? block : refuse(fileFault('transfer.malformed'));
  }
  return refuse(fileFault('transfer.altered'));
}

/** Asks until there is an answer, with growing pauses while the station is away. */
async function untilAnswered<T>(
  { clock, random, signal, onWaiting }: TransferParts,
  ask: () => Promise<Result<T>>,
): Promise<Result<T> | 'stopped'> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    const answer = await ask();
    if (signal.aborted) return 'stopped';
    if (answer.ok || answer.fault.code !== 'transfer.away') {
      if (attempt > 1) onWaiting(undefined);
      return answer;
    }
    onWaiting(answer.fault);
    await clock.sleep(backoffMs(attempt, random), signal).catch(() => undefined);
  }
  return 'stopped';
}

/** A few at once, in order; the first that fails or is stopped lets the others finish and begins no more. */
async function inParallel(
  names: readonly string[],
  move: (name: string) => Promise<Result<TransferEnd>>,
): Promise<Result<TransferEnd>> {
  let next = 0;
  let ended: Result<TransferEnd> = ok('done');
  const work = async (): Promise<void> => {
    for (let name = names[next++]; name !== undefined; name = names[next++]) {
      if (!ended.ok || ended.value === 'stopped') return;
      const moved = await move(name);
      if (ended.ok && (!moved.ok || moved.value === 'stopped')) ended = moved;
    }
  };
  await Promise.all(Array.from({ length: FILE_PARALLEL }, work));
  return ended;
}
