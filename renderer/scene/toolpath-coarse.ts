// What stands for a print while the view turns on slow graphics: its outlines in few long lines, whole layers left out
// where even those are too many. Nothing else of the print is shown then. Pure.

import { TOOLPATH_FEATURES } from '../../node-core/models/index.ts';
import type { Segments, ToolpathScene } from './toolpath-index.ts';

export type CoarseSource = Pick<ToolpathScene, 'extrusions' | 'features' | 'layers' | 'minMm' | 'maxMm'>;

const OUTLINE_FEATURES: ReadonlySet<number> = new Set(
  (['outer-wall', 'overhang', 'skirt'] as const).map((name) => TOOLPATH_FEATURES.indexOf(name)),
);

/** How far a long line may run beside the outline that it stands for; tried in this order. */
const TOLERANCES_MM = [0.1, 0.2, 0.4] as const;
const TOLERANCE_MM_MAX = 0.8;
/** Outline segments that one line may stand for: each of them is looked at again for each that follows. */
const MERGED_MAX = 64;
/** So many outline segments for each line wanted are looked at; of more, whole layers are left out from the start. */
const LOOKED_AT_TIMES = 32;

/** All lines together are so many times as long as the print's box from corner to corner: what a line costs is its pixels. */
const LENGTH_MAX_DIAGONALS = 60;

/** At most `countMax` lines that show what the print looks like; the move of each is the last one that it stands for. */
export function coarseSegments(source: CoarseSource, countMax: number): Segments {
  const all = outlineOf(source);
  const tooMany = all.length / (countMax * LOOKED_AT_TIMES);
  const every = Math.max(1, Math.ceil(Math.max(tooMany, tooLong(source, all))));
  const some = everyLayer(source, all, every);
  for (const toleranceMm of TOLERANCES_MM) {
    const lines = mergeLines(source, some, toleranceMm);
    if (lines.length <= countMax) return segmentsOf(source.extrusions, lines);
  }
  const lines = mergeLines(source, some, TOLERANCE_MM_MAX);
  if (lines.length <= countMax) return segmentsOf(source.extrusions, lines);
  const fewer = mergeLines(
    source,
    everyLayer(source, all, every * Math.ceil(lines.length / countMax)),
    TOLERANCE_MM_MAX,
  );
  return segmentsOf(source.extrusions, evenly(fewer, countMax));
}

/** Indices of the extruded segments that are seen from outside; of all where none is known to be. */
function outlineOf({ extrusions, features }: CoarseSource): readonly number[] {
  const outline: number[] = [];
  for (let index = 0; index < extrusions.count; index++) {
    if (OUTLINE_FEATURES.has(features[extrusions.moves[index] ?? 0] ?? 0)) outline.push(index);
  }
  return outline.length > 0 ? outline : Array.from({ length: extrusions.count }, (_, index) => index);
}

function tooLong({ extrusions: { ends }, minMm, maxMm }: CoarseSource, indices: readonly number[]): number {
  const diagonalMm = Math.hypot(maxMm[0] - minMm[0], maxMm[1] - minMm[1], maxMm[2] - minMm[2]);
  let lengthMm = 0;
  for (const index of indices) lengthMm += lengthOf(ends, index);
  return diagonalMm === 0 ? 1 : lengthMm / (LENGTH_MAX_DIAGONALS * diagonalMm);
}

function lengthOf(ends: Float32Array, index: number): number {
  const along = (axis: number): number => (ends[index * 6 + 3 + axis] ?? 0) - (ends[index * 6 + axis] ?? 0);
  return Math.hypot(along(0), along(1), along(2));
}

function everyLayer(
  { extrusions, layers }: CoarseSource,
  indices: readonly number[],
  every: number,
): readonly number[] {
  if (every === 1) return indices;
  // Counted are the layers that have any: the first of them always stays.
  let layer = -1;
  let before = -1;
  let nth = -1;
  return indices.filter((index) => {
    const move = extrusions.moves[index] ?? 0;
    while (move >= (layers[layer + 1]?.firstMove ?? Number.POSITIVE_INFINITY)) layer++;
    if (layer !== before) nth++;
    before = layer;
    return nth % every === 0;
  });
}

/** From the start of one segment to the end of another. */
type Line = { readonly first: number; readonly last: number };

function mergeLines(
  { extrusions, features }: CoarseSource,
  indices: readonly number[],
  toleranceMm: number,
): readonly Line[] {
  const { ends, moves } = extrusions;
  const lines: Line[] = [];
  let first = indices[0];
  let last = first;
  if (first === undefined || last === undefined) return lines;
  for (const index of indices.slice(1)) {
    const goesOn =
      index === last + 1 &&
      index - first < MERGED_MAX &&
      features[moves[index] ?? 0] === features[moves[last] ?? 0] &&
      [0, 1, 2].every((axis) => ends[index * 6 + axis] === ends[(index - 1) * 6 + 3 + axis]) &&
      runsBeside(ends, first, index, toleranceMm);
    if (!goesOn) {
      lines.push({ first, last });
      first = index;
    }
    last = index;
  }
  lines.push({ first, last });
  return lines;
}

/** Whether every corner between two segments is near the straight line from the start of one to the end of the other. */
function runsBeside(ends: Float32Array, first: number, last: number, toleranceMm: number): boolean {
  const at = (place: number): number => ends[place] ?? 0;
  const from = first * 6;
  const to = last * 6 + 3;
  const [dx, dy, dz] = [at(to) - at(from), at(to + 1) - at(from + 1), at(to + 2) - at(from + 2)];
  const square = dx * dx + dy * dy + dz * dz;
  for (let corner = from + 3; corner < to; corner += 6) {
    const [x, y, z] = [at(corner) - at(from), at(corner + 1) - at(from + 1), at(corner + 2) - at(from + 2)];
    const part = square === 0 ? 0 : Math.min(1, Math.max(0, (x * dx + y * dy + z * dz) / square));
    if (Math.hypot(x - part * dx, y - part * dy, z - part * dz) > toleranceMm) return false;
  }
  return true;
}

function evenly(lines: readonly Line[], countMax: number): readonly Line[] {
  if (lines.length <= countMax) return lines;
  return Array.from(
    { length: countMax },
    (_, at) => lines[Math.floor((at * lines.length) / countMax)],
  ).filter((line) => line !== undefined);
}

function segmentsOf({ ends, moves }: Segments, lines: readonly Line[]): Segments {
  const coarse = {
    count: lines.length,
    ends: new Float32Array(lines.length * 6),
    moves: new Uint32Array(lines.length),
  };
  lines.forEach(({ first, last }, at) => {
    coarse.ends.set(ends.subarray(first * 6, first * 6 + 3), at * 6);
    coarse.ends.set(ends.subarray(last * 6 + 3, last * 6 + 6), at * 6 + 3);
    coarse.moves[at] = moves[last] ?? 0;
  });
  return coarse;
}
