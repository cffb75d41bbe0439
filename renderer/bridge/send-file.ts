// Sends one file in chunks, in order. A lost connection only pauses it: the chunk on its way is offered again, and a
// core that already has it says so. Knows nothing of React.

import type { CommandResult } from './query.ts';
import type { Fault } from './types.ts';

/** A quarter of what the core takes at most: packing one never holds the window up for long. */
export const CHUNK_SIZE_BYTES = 256 * 1024;

/** `T` is what the core answers once it has the whole file. */
export type FileSender<T> = {
  readonly begin: () => Promise<CommandResult<{ uploadId: string }>>;
  readonly chunk: (uploadId: string, offset: number, data: Blob) => Promise<CommandResult<unknown>>;
  readonly finish: (uploadId: string) => Promise<CommandResult<T>>;
  readonly abort: (uploadId: string) => Promise<unknown>;
  /** Resolves once the connection stands again. */
  readonly connected: (signal: AbortSignal) => Promise<void>;
};

export type SentFile<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault }
  | { readonly ok: false; readonly cancelled: true };

const CONNECTION_LOST = 'console.connection.lost';
const OUT_OF_ORDER = 'upload.out-of-order';
const ATTEMPTS_MAX = 20;

export async function sendFile<T>(
  file: Blob,
  sender: FileSender<T>,
  signal: AbortSignal,
  onProgress: (sentBytes: number) => void,
  chunkSizeBytes = CHUNK_SIZE_BYTES,
): Promise<SentFile<T>> {
  const begun = await sender.begin();
  if (!begun.ok) return begun;
  const { uploadId } = begun.value;
  for (let offset = 0; offset < file.size; offset += chunkSizeBytes) {
    const chunk = file.slice(offset, offset + chunkSizeBytes);
    const sent = await sendChunk(uploadId, offset, chunk, sender, signal);
    if (signal.aborted) {
      await sender.abort(uploadId);
      return { ok: false, cancelled: true };
    }
    if (!sent.ok) {
      await sender.abort(uploadId);
      return sent;
    }
    onProgress(offset + chunk.size);
  }
  return await sender.finish(uploadId);
}

async function sendChunk(
  uploadId: string,
  offset: number,
  chunk: Blob,
  sender: Pick<FileSender<unknown>, 'chunk' | 'connected'>,
  signal: AbortSignal,
): Promise<CommandResult<unknown>> {
  let interrupted = false;
  for (let attempt = 1; ; attempt++) {
    if (signal.aborted) return { ok: true, value: undefined };
    const sent = await sender.chunk(uploadId, offset, chunk);
    if (sent.ok) return sent;
    // It arrived before the connection broke; only its receipt was lost.
    if (interrupted && sent.fault.code === OUT_OF_ORDER) return { ok: true, value: undefined };
    if (sent.fault.code !== CONNECTION_LOST || attempt === ATTEMPTS_MAX) return sent;
    interrupted = true;
    await sender.connected(signal);
  }
}
