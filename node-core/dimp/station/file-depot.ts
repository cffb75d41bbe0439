// The files that a station keeps for those who have not fetched them: blocks that name themselves, each held by the users
// who put it, for a time. A user's share and the whole are bounded. Who knows a block's name may have it: names are told
// in encrypted messages only, and what they name is encrypted.

import type { Bytes, Clock, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { isBlock } from '../../content/index.ts';
import type { PutRequest } from '../files/index.ts';
import {
  FILE_AGE_MS,
  FILE_BLOCK_BYTES_MAX,
  FILE_ID,
  FILE_IDS_MAX,
  fileFault,
  parseManifest,
  verifyPut,
} from '../files/index.ts';
import type { Contacts, DimpCrypto } from '../index.ts';

/** What is stored, as a port. Calls are synchronous; what was put is on disk when it returns. */
export interface FileStore {
  get(id: string): Bytes | undefined;
  has(id: string): boolean;
  /** What a user holds, in bytes; a block that several hold counts for each. */
  heldBytes(user: string): number;
  holds(user: string, id: string): boolean;
  /** Stores the block where it is not there, and notes who holds it since when. */
  put(user: string, id: string, block: Bytes, nowMs: number): void;
  /** What lies on the disk. */
  sizeBytes(): number;
  /** Forgets who has held since before the time, and blocks that nobody holds. */
  sweep(beforeMs: number): void;
}

export type DepotLimits = { readonly userBytesMax: number; readonly storeBytesMax: number };

export const DEFAULT_DEPOT_LIMITS: DepotLimits = {
  // Ten of the largest files in eight days.
  userBytesMax: 1024 * 1024 * 1024,
  storeBytesMax: 20 * 1024 * 1024 * 1024,
};

export type DepotParts = {
  readonly store: FileStore;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly contacts: Contacts;
  readonly crypto: DimpCrypto;
  readonly hash: { readonly sha256: (bytes: Bytes) => Bytes };
  readonly limits: DepotLimits;
  /** Whether somebody has ever logged in here. */
  readonly isUser: (id: string) => boolean;
};

const SWEEP_MS = 600_000;

export class FileDepot {
  readonly #parts: DepotParts;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(parts: DepotParts) {
    this.#parts = parts;
  }

  /** Takes a block of a user of this station. */
  put(request: PutRequest & { readonly signature: Bytes }, block: Bytes): Result<void> {
    const { store, clock, contacts, crypto, hash, limits, isUser } = this.#parts;
    const { user, blockId } = request;
    const nowMs = clock.nowMs();
    this.#sweep(nowMs);
    if (!isUser(user.bare)) return refuse(fileFault('transfer.stranger'));
    const verified = verifyPut(request, nowMs / 1000, contacts, crypto);
    if (!verified.ok) return verified;
    const isSound = block.length > 0 && block.length <= FILE_BLOCK_BYTES_MAX && isBlock(blockId, block, hash);
    if (!isSound) return refuse(fileFault('transfer.altered'));
    const isHeld = store.holds(user.bare, blockId);
    if (!isHeld && store.heldBytes(user.bare) + block.length > limits.userBytesMax)
      return refuse(fileFault('transfer.quota', { limitMb: Math.floor(limits.userBytesMax / 1024 / 1024) }));
    if (!store.has(blockId) && store.sizeBytes() + block.length > limits.storeBytesMax)
      return refuse(fileFault('transfer.store'));
    store.put(user.bare, blockId, block, nowMs);
    return ok(undefined);
  }

  get(id: string): Bytes | undefined {
    this.#sweep(this.#parts.clock.nowMs());
    return FILE_ID.test(id) ? this.#parts.store.get(id) : undefined;
  }

  missing(ids: readonly string[]): readonly string[] {
    return ids.slice(0, FILE_IDS_MAX).filter((id) => !this.#parts.store.has(id));
  }

  /** A whole file as other programs fetch it: how long it is, and its chunks, read as they are asked for. */
  whole(id: string): { readonly sizeBytes: number; readonly chunks: readonly string[] } | undefined {
    const block = this.get(id);
    const manifest = block === undefined ? undefined : parseManifest(id, block, this.#parts.hash);
    if (manifest?.ok !== true) return undefined;
    return manifest.value.chunks.every((chunk) => this.#parts.store.has(chunk)) ? manifest.value : undefined;
  }

  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < SWEEP_MS) return;
    this.#sweptMs = nowMs;
    this.#parts.store.sweep(nowMs - FILE_AGE_MS);
  }
}
