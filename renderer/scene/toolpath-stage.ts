// Puts a job on the stage and keeps it where the sliders or the nozzle are.

import { useEffect, useState } from 'react';
import { Box3, Vector3 } from 'three';
import { type BedSize, createBed } from './bed.ts';
import { type Glide, glideAt, type NozzleFeed, nextGlide } from './nozzle-feed.ts';
import type { ColourMode } from './toolpath-colour.ts';
import type { ToolpathScene } from './toolpath-index.ts';
import { createToolpathObject, type ToolpathObject } from './toolpath-object.ts';
import type { StageState } from './use-stage.ts';

export type ToolpathStageOptions = {
  readonly bed: BedSize;
  /** Shown while there is no feed. */
  readonly moves: number;
  readonly feed: NozzleFeed | undefined;
  readonly colourMode: ColourMode;
  readonly travels: boolean;
  readonly single: boolean;
  readonly nozzle: boolean;
};

export function useToolpathOnStage(
  { stage, theme }: StageState,
  scene: ToolpathScene | undefined,
  options: ToolpathStageOptions,
): void {
  const { bed, moves, feed, colourMode, travels, single, nozzle } = options;
  const [object, setObject] = useState<ToolpathObject | undefined>(undefined);
  useEffect(() => {
    if (stage === undefined) return undefined;
    const plate = createBed(bed, theme);
    stage.scene.add(plate.group);
    stage.invalidate();
    return () => plate.dispose();
  }, [stage, theme, bed]);
  useEffect(() => {
    if (stage === undefined || scene === undefined) return undefined;
    const made = createToolpathObject(scene, theme);
    stage.scene.add(made.group);
    stage.fit(boxOf(scene), 'home', false);
    const stopWatching = stage.watchSlowness((slow) => made.setLight(slow));
    setObject(made);
    return () => {
      stopWatching();
      setObject(undefined);
      made.dispose();
    };
  }, [stage, scene, theme]);
  useEffect(() => {
    object?.setColourMode(colourMode);
    object?.setTravels(travels);
    object?.setSingleLayer(single);
    object?.setNozzle(nozzle);
    stage?.invalidate();
  }, [stage, object, colourMode, travels, single, nozzle]);
  useEffect(() => {
    if (feed !== undefined) return;
    object?.setMoves(moves);
    stage?.invalidate();
  }, [stage, object, moves, feed]);
  useEffect(() => {
    if (stage === undefined || object === undefined || feed === undefined) return undefined;
    return followNozzle(stage, object, feed);
  }, [stage, object, feed]);
}

function followNozzle(
  stage: NonNullable<StageState['stage']>,
  object: ToolpathObject,
  feed: NozzleFeed,
): () => void {
  let glide: Glide | undefined;
  const take = (): void => {
    const news = feed.latest();
    if (news !== undefined) glide = nextGlide(glide, news);
    stage.invalidate();
  };
  take();
  const unsubscribe = feed.subscribe(take);
  const stop = stage.addTicker((nowMs) => {
    if (glide === undefined) return false;
    const shown = glideAt(glide, nowMs);
    object.setMoves(shown);
    return shown < glide.toMoves;
  });
  return () => {
    unsubscribe();
    stop();
  };
}

function boxOf(scene: ToolpathScene): Box3 {
  const box = new Box3(new Vector3(...scene.minMm), new Vector3(...scene.maxMm));
  box.min.z = 0;
  const size = box.getSize(new Vector3());
  return box.expandByVector(new Vector3(Math.max(8, size.x * 0.08), Math.max(8, size.y * 0.08), 2));
}
