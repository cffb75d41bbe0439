// A file read on this page, at once, while it is still being sent: shape and measures from a worker of its own.

import { type Fault, pageFault } from '../../bridge/index.ts';
import type { SceneMesh } from '../../scene/mesh-prepare.ts';

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
  | { readonly kind: 'ready'; readonly mesh: SceneMesh }
  | { readonly kind: 'refused'; readonly fault: Fault };

/** Starts reading: measures first, then the shape. The returned function stops it. */
export function readPreview(file: File, onReply: (reply: PreviewReply) => void): () => void {
  const worker = new Worker(new URL('./preview-worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = (event: MessageEvent<PreviewReply>) => {
    onReply(event.data);
    if (event.data.kind !== 'measured') worker.terminate();
  };
  worker.onerror = () => {
    worker.terminate();
    onReply({ kind: 'refused', fault: pageFault('console.file.unreadable') });
  };
  worker.postMessage(file);
  return () => worker.terminate();
}
