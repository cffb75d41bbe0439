// Pictures of a machine's camera, one question after the other: the next is asked for when the last was shown, so a slow
// page gets fewer pictures and never old ones. Nothing is asked while nobody can see it.

import { useEffect, useState } from 'react';
import type { CameraFrame } from '../../../node-core/api/index.ts';
import { api, faultOf, useConsole } from '../../bridge/index.ts';

export type Live = {
  /** Address of the newest picture; undefined before the first. */
  readonly src: string | undefined;
  readonly frame: CameraFrame | undefined;
  readonly fault: ReturnType<typeof faultOf> | undefined;
  /** When the newest picture was whole at the host, by this page's clock. */
  readonly takenMs: number;
  /** From the host to this page, of the newest picture. */
  readonly delayMs: number;
};

const NOTHING: Live = { src: undefined, frame: undefined, fault: undefined, takenMs: 0, delayMs: 0 };
const RETRY_MS = 2_000;

export function useCamera(id: string, enabled: boolean): Live {
  const [live, setLive] = useState<Live>(NOTHING);
  const open = useConsole((state) => state.connection === 'open');
  const visible = useVisible();
  const on = open && enabled && visible;
  useEffect(() => {
    if (!on) return undefined;
    const stop = new AbortController();
    void follow(id, stop.signal, setLive);
    return () => stop.abort();
  }, [id, on]);
  return live;
}

async function follow(
  id: string,
  signal: AbortSignal,
  show: (change: (live: Live) => Live) => void,
): Promise<void> {
  let after = 0;
  let src: string | undefined;
  signal.addEventListener('abort', () => src !== undefined && URL.revokeObjectURL(src));
  while (!signal.aborted) {
    const askedMs = performance.now();
    try {
      const frame = await api.cameras.frame({ id, after }, { signal });
      if (signal.aborted) return;
      // A camera that was set up anew counts from the beginning.
      after = frame.seq;
      const nowMs = performance.now();
      const old = src;
      if (frame.picture !== undefined) src = URL.createObjectURL(frame.picture);
      const shown = src;
      const takenMs = nowMs - (frame.ageMs ?? 0);
      // What the question waited for the picture is no delay of the picture.
      const delayMs = Math.max(0, Math.min(nowMs - askedMs, frame.ageMs ?? 0));
      show(() => ({ src: shown, frame, fault: frame.fault, takenMs, delayMs }));
      if (frame.picture !== undefined && old !== undefined) setTimeout(() => URL.revokeObjectURL(old), 1_000);
      if (frame.picture === undefined) await new Promise((resolve) => setTimeout(resolve, 250));
    } catch (error) {
      if (signal.aborted) return;
      const fault = faultOf(error);
      show((live) => ({ ...live, fault }));
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(document.visibilityState === 'visible');
  useEffect(() => {
    const look = () => setVisible(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return visible;
}

/** As a style: a picture that is turned by a quarter stands in a frame of the other shape. */
export function turned(rotate: 0 | 90 | 180 | 270, flip: boolean): string {
  return `rotate(${rotate}deg)${flip ? ' scaleX(-1)' : ''}`;
}
