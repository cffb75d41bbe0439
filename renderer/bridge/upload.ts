// A file on its way to the core, through whatever the connection does; what is done with it there is the caller's.

import { api } from './client.ts';
import { faultOf } from './faults.ts';
import type { CommandResult } from './query.ts';
import { type SentFile, sendFile } from './send-file.ts';
import { useConsole } from './store.ts';

export type Uploading<T> = {
  readonly file: File;
  readonly actor: string;
  /** What the core is to do with the file once it is whole. */
  readonly finish: (uploadId: string) => Promise<T>;
  readonly signal: AbortSignal;
  readonly onProgress: (sentBytes: number) => void;
};

export function uploadFile<T>({
  file,
  actor,
  finish,
  signal,
  onProgress,
}: Uploading<T>): Promise<SentFile<T>> {
  return sendFile(
    file,
    {
      begin: () => asResult(api.uploads.begin({ actor, fileName: file.name, sizeBytes: file.size })),
      chunk: (uploadId, offset, data) => asResult(api.uploads.chunk({ uploadId, offset, data })),
      finish: (uploadId) => asResult(finish(uploadId)),
      abort: (uploadId) => asResult(api.uploads.abort({ uploadId })),
      connected: untilConnected,
    },
    signal,
    onProgress,
  );
}

async function asResult<T>(call: Promise<T>): Promise<CommandResult<T>> {
  try {
    return { ok: true, value: await call };
  } catch (error) {
    return { ok: false, fault: faultOf(error) };
  }
}

function untilConnected(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (useConsole.getState().connection !== 'open' && !signal.aborted) return;
      unsubscribe();
      signal.removeEventListener('abort', check);
      resolve();
    };
    const unsubscribe = useConsole.subscribe(check);
    signal.addEventListener('abort', check);
    check();
  });
}
