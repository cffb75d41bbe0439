// Files under way from this page. Kept outside the pages, so that leaving the studio does not stop a transfer.

import { create } from 'zustand';
import { api, type Fault, pageFault, uploadFile } from '../../bridge/index.ts';
import type { SceneMesh } from '../../scene/mesh-prepare.ts';
import { type PreviewFacts, readPreview } from '../../scene/read-model.ts';

export type Upload = {
  readonly id: number;
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly sentBytes: number;
  readonly state: 'sending' | 'sent' | 'failed';
  readonly fault?: Fault;
  readonly draftId?: string;
  readonly taskId?: string;
  /** What this page itself read of the file; the newest file only, meshes are large. */
  readonly mesh?: SceneMesh;
  readonly facts?: PreviewFacts;
  readonly previewFault?: Fault;
};

type UploadState = { readonly uploads: readonly Upload[] };

export const useUploads = create<UploadState>(() => ({ uploads: [] }));

const FILE_SIZE_BYTES_MAX = 512 * 1024 * 1024;
const UPLOADS_KEPT_MAX = 12;
/**
 * The picture comes first: until the page has read the file, sending it would only take processor time from what the
 * person looks at. A file that takes longer to read is sent meanwhile.
 */
const PICTURE_FIRST_MS = 3_000;
const controllers = new Map<number, AbortController>();
let uploadCount = 0;

/** Starts sending a file as `actor`; returns the upload's id. */
export function startUpload(file: File, actor: string): number {
  const id = ++uploadCount;
  const upload: Upload = { id, fileName: file.name, sizeBytes: file.size, sentBytes: 0, state: 'sending' };
  useUploads.setState(({ uploads }) => ({
    uploads: [upload, ...uploads.map(withoutMesh)].slice(0, UPLOADS_KEPT_MAX),
  }));
  if (file.size > FILE_SIZE_BYTES_MAX) {
    const limitMb = FILE_SIZE_BYTES_MAX / (1024 * 1024);
    change(id, { state: 'failed', fault: pageFault('console.file.too-large', { limitMb }) });
    return id;
  }
  const controller = new AbortController();
  controllers.set(id, controller);
  const { signal } = controller;
  void pictureFirst(id, file, signal)
    .then(() => run(id, file, actor, signal))
    .finally(() => controllers.delete(id));
  return id;
}

/** Reads the file for the eye; resolves when that has ended, or lasts so long that sending need not wait for it. */
function pictureFirst(id: number, file: File, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = readPreview(file, (reply) => {
      if (reply.kind === 'measured') change(id, { facts: reply.facts });
      else if (reply.kind === 'shape') change(id, { mesh: reply.mesh });
      else if (reply.kind === 'refused') change(id, { previewFault: reply.fault });
      if (reply.kind === 'refused' || reply.kind === 'done') resolve();
    });
    setTimeout(resolve, PICTURE_FIRST_MS);
    signal.addEventListener('abort', () => {
      stop();
      resolve();
    });
  });
}

export function cancelUpload(id: number): void {
  controllers.get(id)?.abort();
  useUploads.setState(({ uploads }) => ({ uploads: uploads.filter((upload) => upload.id !== id) }));
}

/** Forgets an upload that ended. */
export function dismissUpload(id: number): void {
  useUploads.setState(({ uploads }) => ({ uploads: uploads.filter((upload) => upload.id !== id) }));
}

async function run(id: number, file: File, actor: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const sent = await uploadFile({
    file,
    actor,
    finish: (uploadId) => api.uploads.finish({ uploadId }),
    signal,
    onProgress: (sentBytes) => change(id, { sentBytes }),
  });
  if (sent.ok) change(id, { state: 'sent', ...sent.value });
  else if ('fault' in sent) change(id, { state: 'failed', fault: sent.fault });
}

function change(id: number, news: Partial<Upload>): void {
  useUploads.setState(({ uploads }) => ({
    uploads: uploads.map((upload) => (upload.id === id ? { ...upload, ...news } : upload)),
  }));
}

function withoutMesh(upload: Upload): Upload {
  const { mesh: _dropped, ...rest } = upload;
  return rest;
}
