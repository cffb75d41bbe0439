// Puts a job on the stage and keeps it where the sliders or the nozzle are.

import { useEffect, useState } from 'react';
import type { BedSize } from './bed-size.ts';
import type { NozzleFeed } from './nozzle-feed.ts';
import type { PathLook } from './stage-messages.ts';
import type { ToolpathScene } from './toolpath-index.ts';
import { nextSerial, type StageState } from './use-stage.ts';

export type ToolpathStageOptions = PathLook & {
  readonly bed: BedSize;
  /** Shown while there is no feed. */
  readonly moves: number;
  readonly feed: NozzleFeed | undefined;
};

/** True once the job itself is in the picture. */
export function useToolpathOnStage(
  { stage, drawn }: StageState,
  path: ToolpathScene | undefined,
  options: ToolpathStageOptions,
): boolean {
  const { bed, moves, feed, colourMode, travels, single } = options;
  const [serial, setSerial] = useState(0);
  useEffect(() => stage?.send({ do: 'bed', bed }), [stage, bed]);
  useEffect(() => {
    if (stage === undefined || path === undefined) return;
    const next = nextSerial();
    setSerial(next);
    stage.send({ do: 'path', path, serial: next });
  }, [stage, path]);
  useEffect(() => {
    stage?.send({ do: 'path-look', look: { colourMode, travels, single } });
  }, [stage, colourMode, travels, single]);
  useEffect(() => {
    if (feed === undefined) stage?.send({ do: 'moves', moves });
  }, [stage, moves, feed]);
  useEffect(() => {
    if (stage === undefined || feed === undefined) return undefined;
    const tell = (): void => {
      const news = feed.latest();
      if (news === undefined) return;
      stage.send({
        do: 'follow',
        told: { moves: news.moves, atMs: performance.timeOrigin + news.atMs },
      });
    };
    tell();
    return feed.subscribe(tell);
  }, [stage, feed]);
  return serial > 0 && drawn === serial;
}
