// A model file read on this page, at once, without the core: shape and measures from a worker of its own.

import type { Fault } from '../../node-core/base/index.ts';
import type { SceneMesh } from './mesh-prepare.ts';
import { UNREADABLE } from './read-model-fault.ts';

export type PreviewFacts = {
  readonly format: 'stl' | 'obj' | '3mf';
  readonly sizeUm: { readonly x: number; readonly y: number; readonly z: number };
  readonly volumeMm3: number;
  readonly areaMm2: number;
  readonly triangles: number;
  readonly shells: number;
  readonly watertight: boolean;
  readonly problems: readonly { readonly code: string; readonly count: number }[];
};

export type PreviewReply =
  | { readonly kind: 'measured'; readonly facts: PreviewFacts }
  /** Comes again where problems are marked in it later. */
  | { readonly kind: 'shape'; readonly mesh: SceneMesh }
  | { readonly kind: 'refused'; readonly fault: Fault }
  | { readonly kind: 'done' };

/** A worker that has loaded its program and waits for a file; at most one. */
let spare: Worker | undefined;

function startWorker(): Worker {
  return new Worker(new URL('./read-model-worker.ts', import.meta.url), { type: 'module' });
}

/** Starts the worker of the next file now, while nobody waits for it. */
export function warmPreview(): void {
  if (spare !== undefined) return;
  const started = startWorker();
  spare = started;
  started.onerror = () => {
    if (spare === started) spare = undefined;
  };
}

/** Starts reading; shape and measures come in the order in which they are found. The returned function stops it. */
export function readPreview(file: File, onReply: (reply: PreviewReply) => void): () => void {
  const worker = spare ?? startWorker();
  spare = undefined;
  worker.onmessage = (event: MessageEvent<PreviewReply>) => {
    onReply(event.data);
    // It ends with its file, so that the memory of a large one does not stay.
    if (event.data.kind === 'refused' || event.data.kind === 'done') worker.terminate();
  };
  worker.onerror = () => {
    worker.terminate();
    onReply({ kind: 'refused', fault: UNREADABLE });
  };
  worker.postMessage(file);
  return () => worker.terminate();
}
