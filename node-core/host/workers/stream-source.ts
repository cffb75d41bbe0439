// The worker's end of a streamed print file: asks for chunks through the worker's port, again where no answer comes, and
// hands their lines to the driver. Keys and lines exist in this thread's memory only, and only until they are printed.

import type { Bytes, Clock, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import {
  type ChunkRequest,
  type ReleasedChunk,
  STREAM_AHEAD_CHUNKS,
  STREAM_CHUNK_BYTES,
  type StreamGrant,
  StreamReader,
  streamFault,
} from '../../content/index.ts';
import type { StreamJob } from '../../devices/index.ts';
import type { TelemetryStart } from '../../jobs/index.ts';
import { nativeAead } from '../adapters/system.ts';
import type { ChunkAnswer } from './machine-protocol.ts';

/** An answer that takes longer was lost. */
const ANSWER_MS = 5_000;
/** Between questions to somebody who cannot be reached. */
const AGAIN_MS = 500;

export class StreamSource {
  readonly #reader: StreamReader;
  readonly #clock: Clock;
  readonly #ask: (id: number, request: ChunkRequest) => void;
  #asked: { readonly id: number; readonly settle: (result: Result<ReleasedChunk>) => void } | undefined;
  #nextId = 1;

  private constructor(reader: StreamReader, clock: Clock, ask: (id: number, request: ChunkRequest) => void) {
    this.#reader = reader;
    this.#clock = clock;
    this.#ask = ask;
  }

  static open(
    grant: StreamGrant,
    record: TelemetryStart,
    clock: Clock,
    ask: (id: number, request: ChunkRequest) => void,
  ): Result<StreamSource> {
    const { job, copy, gcodeHash, secretKey } = record;
    const expected = { job, copy, gcodeHash };
    const reader = StreamReader.open({ grant, machineSecret: secretKey, expected, aead: nativeAead });
    return reader.ok ? ok(new StreamSource(reader.value, clock, ask)) : reader;
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
      const chunk = await this.#once(this.#reader.request(done), signal);
      if (chunk.ok) return this.#reader.take(chunk.value);
      if (chunk.fault.code !== 'stream.unreachable') return chunk;
      await this.#clock.sleep(AGAIN_MS, signal).catch(() => undefined);
    }
    return refuse(streamFault('stream.closed'));
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
