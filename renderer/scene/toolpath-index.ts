// What the views need to know of a toolpath, computed once off the main thread: extruding and travelling segments in
// draw order, and the layers as a table. Pure.

import { TOOLPATH_FEATURES, type Toolpath, type ToolpathFeature } from '../../node-core/models/index.ts';

export type Segments = {
  readonly count: number;
  /** Six numbers a segment: start x, y, z and end x, y, z in millimetres. */
  readonly ends: Float32Array;
  /** Move that each segment is, ascending. */
  readonly moves: Uint32Array;
};

export type LayerRow = {
  /** 1-based. */
  readonly layer: number;
  readonly heightMm: number;
  /** Moves of the layer: first inclusive, last exclusive. */
  readonly firstMove: number;
  readonly endMove: number;
  readonly extrudedMm: number;
  readonly travelMm: number;
  /** Machine time, estimated. */
  readonly seconds: number;
};

export type ToolpathScene = {
  readonly moves: number;
  readonly positions: Float32Array;
  readonly features: Uint8Array;
  readonly extrusions: Segments;
  readonly travels: Segments;
  readonly layers: readonly LayerRow[];
  /** Usual distance between layers, in millimetres. */
  readonly layerHeightMm: number;
  /** Box of everything that is extruded. */
  readonly minMm: readonly [number, number, number];
  readonly maxMm: readonly [number, number, number];
  /** Features that occur, in the order of the list, without travel. */
  readonly featuresUsed: readonly ToolpathFeature[];
};

export function buildToolpathScene(path: Toolpath): ToolpathScene {
  const extrusions = collectSegments(path, (feature) => feature !== 0);
  const box = boundsOf(extrusions);
  const seen = new Set<number>(path.features);
  return {
    moves: path.moves,
    positions: path.positions,
    features: path.features,
    extrusions,
    travels: collectSegments(path, (feature) => feature === 0),
    layers: layerRows(path),
    layerHeightMm: usualLayerHeight(path.layerHeights),
    ...box,
    featuresUsed: TOOLPATH_FEATURES.filter((_, index) => index > 0 && seen.has(index)),
  };
}

function collectSegments(path: Toolpath, wanted: (feature: number) => boolean): Segments {
  let count = 0;
  // The first move begins at the origin, where the nozzle never was: it is not drawn.
  for (let move = 1; move < path.moves; move++) if (wanted(path.features[move] ?? 0)) count++;
  const ends = new Float32Array(count * 6);
  const moves = new Uint32Array(count);
  let at = 0;
  for (let move = 1; move < path.moves; move++) {
    if (!wanted(path.features[move] ?? 0)) continue;
    moves[at] = move;
    for (let axis = 0; axis < 6; axis++) {
      ends[at * 6 + axis] = path.positions[(move - 1) * 3 + axis] ?? 0;
    }
    at++;
  }
  return { count, ends, moves };
}

function boundsOf(segments: Segments): Pick<ToolpathScene, 'minMm' | 'maxMm'> {
  const min: [number, number, number] = [0, 0, 0];
  const max: [number, number, number] = [0, 0, 0];
  for (let axis = 0 as 0 | 1 | 2; axis < 3; axis++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let at: number = axis; at < segments.ends.length; at += 3) {
      const value = segments.ends[at] ?? 0;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    min[axis] = Number.isFinite(low) ? low : 0;
    max[axis] = Number.isFinite(high) ? high : 0;
  }
  return { minMm: min, maxMm: max };
}

function layerRows(path: Toolpath): LayerRow[] {
  const rows: LayerRow[] = [];
  for (let index = 0; index < path.layerStarts.length; index++) {
    const firstMove = path.layerStarts[index] ?? 0;
    const endMove = path.layerStarts[index + 1] ?? path.moves;
    let extrudedMm = 0;
    let travelMm = 0;
    for (let move = Math.max(1, firstMove); move < endMove; move++) {
      const length = moveLength(path.positions, move);
      if (path.features[move] === 0) travelMm += length;
      else extrudedMm += length;
    }
    rows.push({
      layer: index + 1,
      heightMm: path.layerHeights[index] ?? 0,
      firstMove,
      endMove,
      extrudedMm,
      travelMm,
      seconds: path.layerSeconds[index] ?? 0,
    });
  }
  return rows;
}

function moveLength(positions: Float32Array, move: number): number {
  const at = move * 3;
  return Math.hypot(
    (positions[at] ?? 0) - (positions[at - 3] ?? 0),
    (positions[at + 1] ?? 0) - (positions[at - 2] ?? 0),
    (positions[at + 2] ?? 0) - (positions[at - 1] ?? 0),
  );
}

const LAYER_HEIGHT_DEFAULT_MM = 0.2;

/** Median step between layers: the first one is often thicker. */
function usualLayerHeight(heights: Float32Array): number {
  const steps: number[] = [];
  for (let i = 1; i < heights.length; i++) {
    const step = (heights[i] ?? 0) - (heights[i - 1] ?? 0);
    if (step > 0) steps.push(step);
  }
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? LAYER_HEIGHT_DEFAULT_MM;
}

/** Count of segments whose move is before `moves`. */
export function segmentsBefore(segments: Segments, moves: number): number {
  let low = 0;
  let high = segments.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segments.moves[middle] ?? 0) < moves) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index into `layers` of the layer that the last of `moves` done moves belongs to; -1 before the first. */
export function layerIndexAt(layers: readonly LayerRow[], moves: number): number {
  let low = 0;
  let high = layers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((layers[middle]?.firstMove ?? 0) < moves) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Nozzle position after a fractional count of moves, written into `out` (x, y, z in millimetres). */
export function nozzleAt(
  scene: Pick<ToolpathScene, 'moves' | 'positions'>,
  moves: number,
  out: { x: number; y: number; z: number },
): void {
  if (scene.moves === 0) return;
  const bounded = Math.min(Math.max(moves, 1), scene.moves);
  const whole = Math.floor(bounded);
  const part = bounded - whole;
  const from = (whole - 1) * 3;
  const to = Math.min(whole, scene.moves - 1) * 3;
  const mix = (axis: number): number => {
    const start = scene.positions[from + axis] ?? 0;
    return start + ((scene.positions[to + axis] ?? 0) - start) * part;
  };
  out.x = mix(0);
  out.y = mix(1);
  out.z = mix(2);
}
