// Decoding off the main thread: one worker for the page, started when first needed. Arrays are handed over, not copied.

import { useEffect, useState } from 'react';
import type { SceneMesh } from './mesh-prepare.ts';
import type { ToolpathScene } from './toolpath-index.ts';

export type { SceneMesh } from './mesh-prepare.ts';

export type DecodeRequest =
  | { readonly kind: 'mesh'; readonly id: number; readonly blob: Blob; readonly problemCodes: string }
  | { readonly kind: 'toolpath'; readonly id: number; readonly blob: Blob };

export type DecodeFault = { readonly code: string; readonly message: string; readonly next: string };

export type DecodeReply = { readonly id: number } & (
  | { readonly kind: 'mesh'; readonly mesh: SceneMesh }
  | { readonly kind: 'toolpath'; readonly scene: ToolpathScene }
  | { readonly kind: 'refused'; readonly fault: DecodeFault }
);

type Waiting = (reply: DecodeReply) => void;

let worker: Worker | undefined;
let requests = 0;
const waiting = new Map<number, Waiting>();

function ask(request: DecodeRequest, onReply: Waiting): () => void {
  worker ??= startWorker();
  waiting.set(request.id, onReply);
  worker.postMessage(request);
  return () => waiting.delete(request.id);
}

function startWorker(): Worker {
  const started = new Worker(new URL('./decode-worker.ts', import.meta.url), { type: 'module' });
  started.onmessage = (event: MessageEvent<DecodeReply>) => {
    waiting.get(event.data.id)?.(event.data);
    waiting.delete(event.data.id);
  };
  started.onerror = () => {
    // A worker that cannot go on (out of memory) fails what waits for it; the next request starts a new one.
    worker = undefined;
    for (const [id, onReply] of waiting) onReply({ id, kind: 'refused', fault: WORKER_FAULT });
    waiting.clear();
  };
  return started;
}

const WORKER_FAULT: DecodeFault = {
  code: 'scene.decode.failed',
  message: 'The 3D picture could not be prepared on this computer.',
  next: 'Close other programs and reload the page; everything else works without it.',
};

export type Decoded<T> = {
  readonly value: T | undefined;
  readonly fault: DecodeFault | undefined;
  readonly pending: boolean;
};

const NOTHING: Decoded<never> = { value: undefined, fault: undefined, pending: false };

/** The mesh in a blob of the mesh codec, ready to draw. Problems of the given codes (space between) are marked. */
export function useSceneMesh(blob: Blob | undefined, problemCodes: string): Decoded<SceneMesh> {
  const [decoded, setDecoded] = useState<Decoded<SceneMesh>>(NOTHING);
  useEffect(() => {
    if (blob === undefined) {
      setDecoded(NOTHING);
      return undefined;
    }
    setDecoded({ ...NOTHING, pending: true });
    return ask({ kind: 'mesh', id: ++requests, blob, problemCodes }, (reply) => {
      if (reply.kind === 'mesh') setDecoded({ ...NOTHING, value: reply.mesh });
      else if (reply.kind === 'refused') setDecoded({ ...NOTHING, fault: reply.fault });
    });
  }, [blob, problemCodes]);
  return decoded;
}

/** The toolpath in a blob of the toolpath codec, ready to draw. */
export function useToolpathScene(blob: Blob | undefined): Decoded<ToolpathScene> {
  const [decoded, setDecoded] = useState<Decoded<ToolpathScene>>(NOTHING);
  useEffect(() => {
    if (blob === undefined) {
      setDecoded(NOTHING);
      return undefined;
    }
    setDecoded({ ...NOTHING, pending: true });
    return ask({ kind: 'toolpath', id: ++requests, blob }, (reply) => {
      if (reply.kind === 'toolpath') setDecoded({ ...NOTHING, value: reply.scene });
      else if (reply.kind === 'refused') setDecoded({ ...NOTHING, fault: reply.fault });
    });
  }, [blob]);
  return decoded;
}
