// The film of each print: one picture a layer, encrypted in the content store under a key of the attempt's own. Bounded:
// so many pictures a print, so many bytes in all; the oldest films go first.

import type { TimelapseView } from '../../api/index.ts';
import type { Bytes, Clock, Random, Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import { cameraFault } from '../../camera/index.ts';
import type { ContentCrypto } from '../../content/index.ts';
import { contentBlocks, loadContent, storeContent } from '../../content/index.ts';
import type { Job } from '../../jobs/index.ts';
import { PHOTOS_MAX } from '../../jobs/index.ts';
import type { FileBlockStore } from '../adapters/block-store.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Keyring } from './keyring.ts';

/** Half a minute of film at 20 pictures a second, and less than the record of a print names. */
const FRAMES_MAX = Math.min(500, PHOTOS_MAX - 1);
/** Of all films together. */
const TOTAL_BYTES_MAX = 1024 * 1024 * 1024;

export type TimelapseParts = {
  readonly database: Sqlite;
  readonly blocks: FileBlockStore;
  readonly keyring: Keyring;
  readonly random: Random;
  readonly crypto: ContentCrypto;
  readonly clock: Clock;
};

type FrameRow = {
  readonly job: string;
  readonly attempt: number;
  readonly position: number;
  readonly layer: number;
  readonly at_ms: number;
  readonly content_id: string;
  readonly hash: Buffer;
  readonly size_bytes: number;
};

export class Timelapses {
  readonly #parts: TimelapseParts;

  constructor(parts: TimelapseParts) {
    this.#parts = parts;
  }

  /** Every how many layers a picture is taken, so that a whole print fits. */
  everyLayers(layersTotal: number): number {
    return Math.max(1, Math.ceil(layersTotal / (FRAMES_MAX - 1)));
  }

  async add(
    job: Job,
    frame: { readonly layer: number; readonly jpeg: Bytes; readonly hash: Bytes },
  ): Promise<void> {
    const { database, blocks, random, crypto, clock } = this.#parts;
    const position = this.#rows(job.id, job.attempt).length;
    if (position >= FRAMES_MAX) return;
    const key = this.#key(job);
    const contentId = await storeContent({ file: frame.jpeg, key, store: blocks, random, crypto });
    database
      .prepare(
        `INSERT OR IGNORE INTO timelapse_frames
         (job, attempt, position, layer, at_ms, content_id, hash, size_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        job.id,
        job.attempt,
        position,
        frame.layer,
        clock.nowMs(),
        contentId,
        frame.hash,
        frame.jpeg.length,
      );
    this.#forgetOldest(job);
  }

  frames({ id, attempt }: Job): TimelapseView['frames'] {
    return this.#rows(id, attempt).map(({ layer, at_ms: atMs, hash, size_bytes: sizeBytes }) => ({
      layer,
      atMs,
      hash: bytesToHex(new Uint8Array(hash)),
      sizeBytes,
    }));
  }

  picture({ id, attempt }: Job, index: number): Result<Bytes> {
    const row = this.#rows(id, attempt)[index];
    const key = this.#parts.keyring.get(keyName(id, attempt));
    if (row === undefined || key === undefined) return refuse(cameraFault('camera.timelapse.none'));
    const loaded = loadContent(row.content_id, key, this.#parts.blocks, this.#parts.crypto);
    return loaded.ok ? ok(loaded.value) : loaded;
  }

  #key({ id, attempt }: Job): Bytes {
    const { keyring, random } = this.#parts;
    const name = keyName(id, attempt);
    const known = keyring.get(name);
    if (known !== undefined) return known;
    const key = random.bytes(32);
    keyring.put(name, key);
    return key;
  }

  #rows(job: string, attempt: number): FrameRow[] {
    return this.#parts.database
      .prepare<[string, number], FrameRow>(
        'SELECT * FROM timelapse_frames WHERE job = ? AND attempt = ? ORDER BY position',
      )
      .all(job, attempt);
  }

  /** The film under way stays. */
  #forgetOldest(current: Job): void {
    const { database } = this.#parts;
    const total = database.prepare('SELECT total(size_bytes) AS bytes FROM timelapse_frames').get() as {
      bytes: number;
    };
    if (total.bytes <= TOTAL_BYTES_MAX) return;
    const oldest = database
      .prepare<[string, number], { job: string; attempt: number }>(
        `SELECT job, attempt FROM timelapse_frames WHERE NOT (job = ? AND attempt = ?)
         GROUP BY job, attempt ORDER BY min(at_ms) LIMIT 1`,
      )
      .get(current.id, current.attempt);
    if (oldest !== undefined) this.#remove(oldest.job, oldest.attempt);
  }

  #remove(job: string, attempt: number): void {
    const { database, blocks, keyring } = this.#parts;
    const rows = this.#rows(job, attempt);
    database.prepare('DELETE FROM timelapse_frames WHERE job = ? AND attempt = ?').run(job, attempt);
    keyring.remove(keyName(job, attempt));
    for (const { content_id: id } of rows) {
      const found = contentBlocks(id, blocks);
      for (const [block] of found.ok ? found.value : []) blocks.remove(block);
    }
  }
}

function keyName(job: string, attempt: number): string {
  return `timelapse/${job}/${attempt}`;
}
