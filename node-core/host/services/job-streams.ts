// Releases the print file of a job to its machine, chunk by chunk. One stream an attempt: that it was opened is on disk
// before its first chunk leaves, so that no restart, and nobody with a copy of the request, opens it again.

import type { Bytes, Clock, Random, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { BlockStore, ContentCrypto, StreamGrant } from '../../content/index.ts';
import { openContent, StreamReleaser, streamFault } from '../../content/index.ts';
import type { Job } from '../../jobs/index.ts';
import { jobHash } from '../../jobs/index.ts';
import type { ReleaseChunk } from '../adapters/machine-service.ts';
import type { GcodeLines } from '../adapters/mesh-service.ts';
import type { Sqlite } from '../adapters/sqlite.ts';

export type StreamParts = {
  readonly database: Sqlite;
  readonly blocks: BlockStore;
  readonly random: Random;
  readonly crypto: ContentCrypto;
  readonly clock: Clock;
};

export type StreamRequest = {
  readonly job: Job;
  readonly contentId: string;
  readonly key: Bytes;
  readonly lines: GcodeLines;
  /** Public key of the machine that the job is for. */
  readonly machine: Bytes;
};

export type OpenStream = {
  readonly grant: StreamGrant;
  readonly release: ReleaseChunk;
  /** Ends the release; how many chunks were given is kept. */
  close(): void;
};

export class JobStreams {
  readonly #parts: StreamParts;

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  open({ job, contentId, key, lines, machine }: StreamRequest): Result<OpenStream> {
    const { database, blocks, random, crypto, clock } = this.#parts;
    const content = openContent(contentId, key, blocks, crypto);
    if (!content.ok) return content;
    const releaser = new StreamReleaser({
      file: { ends: lines.chunkEnds, read: content.value.read },
      key,
      facts: {
        job: jobHash(job.id),
        attempt: job.attempt,
        copy: job.copy,
        machine,
        gcodeHash: new Uint8Array(Buffer.from(job.gcodeHash, 'hex')),
        lines: lines.count,
        layerStarts: [...lines.layerStarts],
      },
      random,
      aead: crypto,
    });
    const taken = database
      .prepare(
        `INSERT INTO job_streams (job, attempt, stream_id, opened_ms, released) VALUES (?, ?, ?, ?, 0)
         ON CONFLICT (job, attempt) DO NOTHING`,
      )
      .run(job.id, job.attempt, releaser.grant.header.streamId, clock.nowMs());
    if (taken.changes !== 1) return refuse(streamFault('stream.taken'));
    return ok({
      grant: releaser.grant,
      release: async (request) => releaser.release(request),
      close: () => {
        database
          .prepare('UPDATE job_streams SET released = ? WHERE job = ? AND attempt = ?')
          .run(releaser.released, job.id, job.attempt);
        releaser.close();
      },
    });
  }
}
