// Files on their way in: chunks in order, bounded in size, number and idle time, in memory only until they are whole.

import { CHUNK_SIZE_BYTES_MAX, MODEL_SIZE_BYTES_MAX } from '../../api/index.ts';
import type { Bytes, Clock, Random, Result } from '../../base/index.ts';
import { bytesToHex, concatBytes, defineFaults, ok, refuse } from '../../base/index.ts';

const uploadFault = defineFaults('upload', {
  'upload.unknown': {
    message: 'This upload is no longer under way.',
    next: 'Drop the file again.',
  },
  'upload.out-of-order': {
    message: 'A part of the file came twice or out of order.',
    next: 'Drop the file again.',
  },
  'upload.too-large': {
    message: 'The file is larger than it was announced to be, or larger than {limitMb} MB.',
    next: 'Reduce the model, for instance by decimating its mesh, and try again.',
  },
  'upload.incomplete': {
    message: 'The file ended early: {receivedBytes} of {sizeBytes} bytes came.',
    next: 'Drop the file again.',
  },
  'upload.too-many': {
    message: 'Too many uploads are under way.',
    next: 'Wait until one is done.',
  },
});

const UPLOADS_MAX = 8;
/** Of all uploads under way, as announced: they are held in memory. */
const UPLOADS_BYTES_MAX = 2 * MODEL_SIZE_BYTES_MAX;
/** An upload that moved nothing for this long is forgotten. */
const IDLE_MS_MAX = 10 * 60 * 1000;

type Upload = {
  readonly actor: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly parts: Bytes[];
  receivedBytes: number;
  touchedMs: number;
};

export type FinishedUpload = { readonly actor: string; readonly fileName: string; readonly bytes: Bytes };
export function createUploads(clock: Clock, random: Random) {
  const uploads = new Map<string, Upload>();
  const closing = new AbortController();
  let watching = false;

  /** Looks again while there is something to forget, so that nothing abandoned stays in memory. */
  async function watchIdle(): Promise<void> {
    watching = true;
    while (uploads.size > 0 && !closing.signal.aborted) {
      await clock.sleep(IDLE_MS_MAX, closing.signal).catch(() => undefined);
      forgetIdle();
    }
    watching = false;
  }

  function forgetIdle(): void {
    for (const [id, upload] of uploads)
      if (clock.monotonicMs() - upload.touchedMs > IDLE_MS_MAX) uploads.delete(id);
  }

  return {
    begin(actor: string, fileName: string, sizeBytes: number): Result<string> {
      forgetIdle();
      if (sizeBytes > MODEL_SIZE_BYTES_MAX) return refuse(tooLarge());
      const announcedBytes = [...uploads.values()].reduce((sum, upload) => sum + upload.sizeBytes, sizeBytes);
      if (uploads.size >= UPLOADS_MAX || announcedBytes > UPLOADS_BYTES_MAX)
        return refuse(uploadFault('upload.too-many'));
      const id = bytesToHex(random.bytes(16));
      uploads.set(id, {
        actor,
        fileName,
        sizeBytes,
        parts: [],
        receivedBytes: 0,
        touchedMs: clock.monotonicMs(),
      });
      if (!watching) void watchIdle();
      return ok(id);
    },
    chunk(id: string, offset: number, data: Bytes): Result<number> {
      const upload = uploads.get(id);
      if (upload === undefined) return refuse(uploadFault('upload.unknown'));
      if (offset !== upload.receivedBytes) return refuse(uploadFault('upload.out-of-order'));
      if (data.length > CHUNK_SIZE_BYTES_MAX || offset + data.length > upload.sizeBytes) {
        uploads.delete(id);
        return refuse(tooLarge());
      }
      upload.parts.push(data);
      upload.receivedBytes += data.length;
      upload.touchedMs = clock.monotonicMs();
      return ok(upload.receivedBytes);
    },
    finish(id: string): Result<FinishedUpload> {
      const upload = uploads.get(id);
      if (upload === undefined) return refuse(uploadFault('upload.unknown'));
      uploads.delete(id);
      const { receivedBytes, sizeBytes, actor, fileName } = upload;
      if (receivedBytes !== sizeBytes)
        return refuse(uploadFault('upload.incomplete', { receivedBytes, sizeBytes }));
      return ok({ actor, fileName, bytes: concatBytes(...upload.parts) });
    },
    abort: (id: string): void => void uploads.delete(id),
    close(): void {
      closing.abort();
      uploads.clear();
    },
  };
}

export function tooLarge() {
  return uploadFault('upload.too-large', { limitMb: MODEL_SIZE_BYTES_MAX / (1024 * 1024) });
}
