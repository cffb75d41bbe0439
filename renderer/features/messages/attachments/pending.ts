// Files that were dropped, pasted or chosen for a chat and are not sent yet: read once for the eye, cleaned, and handed to
// the core when their owner says so.

import { useCallback, useEffect, useRef, useState } from 'react';
import { api, type Fault, pageFault, uploadFile } from '../../../bridge/index.ts';
import { makeThumbnail } from './draw-picture.ts';
import { pictureSize, withoutMetadata } from './picture-format.ts';

export type PendingFile = {
  readonly key: number;
  /** As it was given. */
  readonly file: File;
  readonly kind: 'image' | 'model' | 'file';
  /** As it will be sent; undefined while it is looked at. */
  readonly ready?: File;
  readonly picture?: Blob;
  /** Nothing but the picture goes out. */
  readonly isCleaned?: boolean;
  readonly sentShare?: number;
  readonly fault?: Fault;
};

export type Pending = {
  readonly files: readonly PendingFile[];
  readonly add: (files: readonly File[]) => void;
  readonly remove: (key: number) => void;
  readonly sendAll: () => Promise<void>;
  readonly sending: boolean;
};

const FILE_BYTES_MAX = 100 * 1024 * 1024;
/** Files in one go; more are for an archive. */
const FILES_MAX = 20;
export const MODEL_NAME = /\.(stl|3mf|obj)$/i;
let count = 0;

export function usePendingFiles(actor: string, chat: string): Pending {
  const [files, setFiles] = useState<readonly PendingFile[]>([]);
  const [sending, setSending] = useState(false);
  const abort = useRef(new AbortController());
  useEffect(() => {
    abort.current = new AbortController();
    return () => abort.current.abort();
  }, []);
  const change = useCallback((key: number, news: Partial<PendingFile>) => {
    setFiles((all) => all.map((one) => (one.key === key ? { ...one, ...news } : one)));
  }, []);
  const add = useCallback(
    (given: readonly File[]) => {
      const fresh = given.map((file): PendingFile => ({ key: ++count, file, kind: kindOf(file) }));
      setFiles((all) => [...all, ...fresh].slice(0, FILES_MAX));
      for (const one of fresh) void lookAt(one).then((news) => change(one.key, news));
    },
    [change],
  );
  const remove = useCallback((key: number) => {
    setFiles((all) => all.filter((one) => one.key !== key));
  }, []);
  const sendAll = async (): Promise<void> => {
    setSending(true);
    for (const one of files) {
      if (one.ready === undefined || abort.current.signal.aborted) continue;
      const fault = await sendOne(
        one.ready,
        one.picture,
        { actor, chat, signal: abort.current.signal },
        (share) => change(one.key, { sentShare: share }),
      );
      if (fault === undefined) remove(one.key);
      else change(one.key, { fault });
    }
    setSending(false);
  };
  return { files, add, remove, sendAll, sending };
}

function kindOf(file: File): PendingFile['kind'] {
  if (MODEL_NAME.test(file.name)) return 'model';
  return file.type.startsWith('image/') ? 'image' : 'file';
}

async function lookAt({ file, kind }: PendingFile): Promise<Partial<PendingFile>> {
  if (file.size > FILE_BYTES_MAX) {
    const limitMb = FILE_BYTES_MAX / 1024 / 1024;
    return { fault: pageFault('console.file.too-large', { limitMb }) };
  }
  if (kind !== 'image') return { ready: file };
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (pictureSize(bytes) === undefined) return { ready: file, kind: 'file', isCleaned: false };
    const clean = withoutMetadata(bytes);
    const picture = await makeThumbnail(clean ?? bytes);
    return {
      ready: clean === undefined ? file : new File([clean], file.name, { type: file.type }),
      isCleaned: clean !== undefined,
      ...(picture === undefined ? {} : { picture }),
    };
  } catch {
    // A folder that was dropped, or a file that went away meanwhile.
    return { fault: pageFault('console.file.unreadable') };
  }
}

type Where = { readonly actor: string; readonly chat: string; readonly signal: AbortSignal };

async function sendOne(
  file: File,
  picture: Blob | undefined,
  { actor, chat, signal }: Where,
  onShare: (share: number) => void,
): Promise<Fault | undefined> {
  const sent = await uploadFile({
    file,
    actor,
    finish: (uploadId) =>
      api.messages.sendFile({ actor, chat, uploadId, ...(picture === undefined ? {} : { picture }) }),
    signal,
    onProgress: (bytes) => onShare(file.size === 0 ? 1 : bytes / file.size),
  });
  return sent.ok || !('fault' in sent) ? undefined : sent.fault;
}
