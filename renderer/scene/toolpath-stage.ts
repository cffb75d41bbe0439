// Puts a job on the stage and keeps it where the sliders or the nozzle are.

import { type RefObject, useEffect, useState } from 'react';
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
  /** Element that stands where the nozzle is. */
  readonly marker: RefObject<HTMLElement | null>;
};

export function useToolpathOnStage(
  { stage, theme }: StageState,
  scene: ToolpathScene | undefined,
  options: ToolpathStageOptions,
): void {
  const { bed, moves, feed, colourMode, travels, single, marker } = options;
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
    const stopWatching = stage.onSlow(() => made.setLight(true));
    stage.setGrowth(made.growth);
    setObject(made);
    return () => {
      stopWatching();
      stage.setGrowth(undefined);
      setObject(undefined);
      made.dispose();
    };
  }, [stage, scene, theme]);
  useEffect(() => {
    object?.setColourMode(colourMode);
    object?.setTravels(travels);
    object?.setSingleLayer(single);
    stage?.invalidate();
  }, [stage, object, colourMode, travels, single]);
  useEffect(() => {
    if (feed !== undefined) return;
    object?.setMoves(moves);
    stage?.invalidate();
  }, [stage, object, moves, feed]);
  useEffect(() => {
    if (stage === undefined || object === undefined || feed === undefined) return undefined;
    return followNozzle(stage, object, feed);
  }, [stage, object, feed]);
  useEffect(() => {
    if (stage === undefined || object === undefined) return undefined;
    // Past the graphics card: a mark over the picture does not make it draw anew.
    return stage.addTicker(() => {
      const element = marker.current;
      if (element === null) return false;
      const { x, y } = stage.project(object.nozzle);
      element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
      return false;
    });
  }, [stage, object, marker]);
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
    stage.grow();
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
