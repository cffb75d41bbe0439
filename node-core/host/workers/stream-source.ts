// The worker's end of a streamed print file: asks for chunks through the worker's port, again where no answer comes, and
// hands their lines to the driver. Keys and lines exist in this thread's memory only, and only until they are printed.

import type { Bytes, Clock, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import {
  type ChunkRequest,
  type ReleasedChunk,
  STREAM_AHEAD_CHUNKS,
  STREAM_CHUNK_BYTES,
  StreamReader,
  streamFault,
} from '../../content/index.ts';
import type { StreamJob } from '../../devices/index.ts';
import type { TelemetryStart } from '../../jobs/index.ts';
import { createPathFollower, encodeToolpath, GcodeGuard } from '../../models/index.ts';
import { nativeAead } from '../adapters/system.ts';
import type { ChunkAnswer, JobSource, ReleasedPart } from './machine-protocol.ts';

/** An answer that takes longer was lost. */
const ANSWER_MS = 5_000;
/** Between questions to somebody who cannot be reached. */
const AGAIN_MS = 500;

export type StreamSourceParts = {
  readonly source: Extract<JobSource, { readonly kind: 'stream' }>;
  readonly record: TelemetryStart;
  readonly clock: Clock;
  readonly ask: (id: number, request: ChunkRequest) => void;
  /** Of the machine's record as it stands. */
  readonly head: () => Bytes;
  /** Told of each part of a file that nobody here has read. */
  readonly passed?: (part: ReleasedPart) => void;
};

export class StreamSource {
  readonly #reader: StreamReader;
  readonly #clock: Clock;
  readonly #ask: (id: number, request: ChunkRequest) => void;
  readonly #head: () => Bytes;
  /** A file that nobody here has read: each part is looked at before a line of it goes to the machine. */
  readonly #guard: GcodeGuard | undefined;
  readonly #follower = createPathFollower();
  readonly #passed: (part: ReleasedPart) => void;
  #parts = 0;
  #asked: { readonly id: number; readonly settle: (result: Result<ReleasedChunk>) => void } | undefined;
  #nextId = 1;

  private constructor(reader: StreamReader, parts: StreamSourceParts) {
    const { source, clock, ask, head, passed = () => undefined } = parts;
    this.#reader = reader;
    this.#clock = clock;
    this.#ask = ask;
    this.#head = head;
    this.#passed = passed;
    const guard = source.remote?.guard;
    this.#guard = guard && new GcodeGuard(guard.profile, guard.rules, { dialect: guard.dialect });
  }

  static open(parts: StreamSourceParts): Result<StreamSource> {
    const { source, record } = parts;
    const { job, copy, gcodeHash, secretKey } = record;
    const reader = StreamReader.open({
      grant: source.grant,
      machineSecret: secretKey,
      expected: { job, copy, gcodeHash },
      aead: nativeAead,
      ...(source.remote === undefined ? {} : { sessionSecret: source.remote.sessionSecret }),
    });
    // It has opened what it is for.
    source.remote?.sessionSecret.fill(0);
    return reader.ok ? ok(new StreamSource(reader.value, parts)) : reader;
  }

  jobOf(jobId: string): StreamJob {
    const { lines, layerStarts } = this.#reader.header;
    return {
      jobId,
      lines,
      layerStarts,
      pieceBytesMax: STREAM_CHUNK_BYTES,
      aheadMax: STREAM_AHEAD_CHUNKS,
      next: (done, signal) => this.#next(done, signal),
    };
  }

  answer({ id, result }: ChunkAnswer): void {
    if (this.#asked?.id !== id) return;
    const { settle } = this.#asked;
    this.#asked = undefined;
    settle(result);
  }

  close(): void {
    this.#reader.close();
  }

  async #next(done: number, signal: AbortSignal): Promise<Result<Bytes | undefined>> {
    if (this.#reader.complete) return ok(undefined);
    while (!signal.aborted) {
      const chunk = await this.#once(this.#reader.request(done, this.#head()), signal);
      if (chunk.ok) return this.#take(chunk.value);
      if (chunk.fault.code !== 'stream.unreachable') return chunk;
      await this.#clock.sleep(AGAIN_MS, signal).catch(() => undefined);
    }
    return refuse(streamFault('stream.closed'));
  }

  #take(chunk: ReleasedChunk): Result<Bytes> {
    const lines = this.#reader.take(chunk);
    if (!lines.ok || this.#guard === undefined) return lines;
    this.#guard.push(lines.value);
    const [fault] = this.#reader.complete ? this.#guard.finish().faults : this.#guard.found;
    if (fault !== undefined) {
      lines.value.fill(0);
      return refuse(fault);
    }
    this.#tell(lines.value);
    return lines;
  }

  #tell(lines: Bytes): void {
    const path = this.#follower.follow(lines);
    this.#passed({
      parts: ++this.#parts,
      partsTotal: this.#reader.header.chunks,
      lines: this.#follower.commands,
      path: encodeToolpath(path),
    });
  }

  async #once(request: ChunkRequest, signal: AbortSignal): Promise<Result<ReleasedChunk>> {
    const id = this.#nextId++;
    const over = new AbortController();
    const stop = () => over.abort();
    signal.addEventListener('abort', stop, { once: true });
    const answered = new Promise<Result<ReleasedChunk>>((resolve) => {
      this.#asked = { id, settle: resolve };
    });
    this.#ask(id, request);
    const unreachable = (): Result<ReleasedChunk> => refuse(streamFault('stream.unreachable'));
    const late = this.#clock.sleep(ANSWER_MS, over.signal).then(unreachable, unreachable);
    const result = await Promise.race([answered, late]);
    over.abort();
    signal.removeEventListener('abort', stop);
    return result;
  }
}
