// Which part of a job is shown: by slider, or wherever the machine is. Sliders and text follow a few times a second.

import { useCallback, useEffect, useState } from 'react';
import type { NozzleFeed } from './nozzle-feed.ts';
import { layerIndexAt, type ToolpathScene } from './toolpath-index.ts';

export type MoveRange = { readonly min: number; readonly max: number };

type Layered = Pick<ToolpathScene, 'layers' | 'moves'>;

/** Moves that the horizontal slider runs over: those of the layer. Before the first layer, everything up to it. */
export function moveRange(scene: Layered | undefined, layer: number): MoveRange {
  if (scene === undefined) return { min: 0, max: 0 };
  const row = scene.layers[layer - 1];
  if (row === undefined) return { min: 0, max: scene.layers[0]?.firstMove ?? scene.moves };
  return { min: row.firstMove, max: row.endMove };
}

/** Moves done once a layer is finished; none for layer 0. */
export function movesAfterLayer(scene: Layered, layer: number): number {
  if (layer <= 0) return 0;
  return scene.layers[Math.min(layer, scene.layers.length) - 1]?.endMove ?? scene.moves;
}

/** 1-based layer that is being printed after so many moves; 0 before the first. */
export function layerAfter(scene: Layered | undefined, moves: number): number {
  return scene === undefined ? 0 : layerIndexAt(scene.layers, Math.floor(moves)) + 1;
}

export type Position = {
  readonly moves: number;
  readonly layer: number;
  readonly setLayer: (layer: number) => void;
  readonly setMoves: (moves: number) => void;
};

/** How often sliders and text follow the nozzle, in milliseconds. */
const FOLLOW_TICK_MS = 250;

export function usePosition(
  scene: ToolpathScene | undefined,
  feed: NozzleFeed | undefined,
  follow: boolean,
  setFollow: (follow: boolean) => void,
): Position {
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  const fed = useFedMoves(follow ? feed : undefined);
  const total = scene?.moves ?? 0;
  const moves = Math.min(total, follow && feed !== undefined ? (fed ?? 0) : (chosen ?? fed ?? total));
  const choose = useCallback(
    (next: number) => {
      setFollow(false);
      setChosen(next);
    },
    [setFollow],
  );
  return {
    moves,
    layer: layerAfter(scene, moves),
    setMoves: choose,
    setLayer: (layer) => scene !== undefined && choose(movesAfterLayer(scene, layer)),
  };
}

/** The feed's moves, at most every tick; keeps the last known when the feed is left. */
function useFedMoves(feed: NozzleFeed | undefined): number | undefined {
  const [moves, setMoves] = useState<number | undefined>(undefined);
  useEffect(() => {
    if (feed === undefined) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const take = (): void => {
      timer = undefined;
      setMoves(feed.latest()?.moves);
    };
    take();
    const unsubscribe = feed.subscribe(() => {
      timer ??= setTimeout(take, FOLLOW_TICK_MS);
    });
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [feed]);
  return moves;
}
