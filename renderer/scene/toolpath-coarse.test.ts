import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CoarseSource, coarseSegments } from './toolpath-coarse.ts';
import type { LayerRow, Segments } from './toolpath-index.ts';

const WALL = 2;
const INFILL = 5;
const TOLERANCE_MM_MAX = 0.8;

/** Rounds of so many corners, one a layer, with a travel before each and infill behind every other one. */
function rounds(radii: readonly number[], corners: number, feature: (move: number) => number): CoarseSource {
  const ends: number[] = [];
  const moves: number[] = [];
  const features: number[] = [];
  const layers: LayerRow[] = [];
  radii.forEach((radius, layer) => {
    const firstMove = features.length;
    features.push(0);
    const at = (corner: number) => {
      const angle = (corner / corners) * 2 * Math.PI;
      return [Math.fround(radius * Math.cos(angle)), Math.fround(radius * Math.sin(angle)), layer * 0.25];
    };
    for (let corner = 0; corner < corners; corner++) {
      moves.push(features.length);
      features.push(feature(features.length));
      ends.push(...at(corner), ...at(corner + 1));
    }
    const endMove = features.length;
    layers.push({
      layer: layer + 1,
      heightMm: layer * 0.25,
      firstMove,
      endMove,
      extrudedMm: 0,
      travelMm: 0,
      seconds: 0,
    });
  });
  const extrusions = {
    count: moves.length,
    ends: Float32Array.from(ends),
    moves: Uint32Array.from(moves),
  };
  const side = Math.max(...radii);
  return {
    extrusions,
    features: Uint8Array.from(features),
    layers,
    minMm: [-side, -side, 0],
    maxMm: [side, side, radii.length * 0.25],
  };
}

const arbitraryJob = fc
  .tuple(
    fc.array(fc.double({ min: 0.5, max: 60, noNaN: true }), { minLength: 1, maxLength: 12 }),
    fc.integer({ min: 3, max: 90 }),
    fc.integer({ min: 1, max: 7 }),
  )
  .map(([radii, corners, every]) => rounds(radii, corners, (move) => (move % every === 0 ? WALL : INFILL)));

function distance(ends: Float32Array, line: number, point: readonly number[]): number {
  const from = [...ends.subarray(line * 6, line * 6 + 3)];
  const way = [...ends.subarray(line * 6 + 3, line * 6 + 6)].map((to, axis) => to - (from[axis] ?? 0));
  const off = point.map((value, axis) => value - (from[axis] ?? 0));
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, axis) => sum + value * (b[axis] ?? 0), 0);
  const part = Math.min(1, Math.max(0, dot(off, way) / (dot(way, way) || 1)));
  return Math.hypot(...off.map((value, axis) => value - part * (way[axis] ?? 0)));
}

describe('a print shown roughly', () => {
  it('has no more lines than wanted, in order, from corner to corner of its outlines', () => {
    fc.assert(
      fc.property(arbitraryJob, fc.integer({ min: 1, max: 200 }), (job, countMax) => {
        const few = coarseSegments(job, countMax);
        const { extrusions, features } = job;
        expect(few.count).toBeGreaterThan(0);
        expect(few.count).toBeLessThanOrEqual(countMax);
        const taken = [...few.moves];
        expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b));
        const walls = [...features].includes(WALL);
        expect(taken.every((move) => !walls || features[move] === WALL)).toBe(true);
        const all = [...extrusions.moves];
        taken.forEach((move, line) => {
          const index = all.indexOf(move);
          expect(few.ends.subarray(line * 6 + 3, line * 6 + 6)).toEqual(
            extrusions.ends.subarray(index * 6 + 3, index * 6 + 6),
          );
        });
      }),
    );
  });

  it('leaves no corner of a kept outline aside, and no wall over the gaps between them', () => {
    fc.assert(
      fc.property(arbitraryJob, (job) => {
        const { extrusions, features } = job;
        const few = coarseSegments(job, extrusions.count);
        const walls = [...features].includes(WALL);
        let shownMm = 0;
        let outlineMm = 0;
        const length = (ends: Float32Array, at: number) =>
          Math.hypot(...[0, 1, 2].map((axis) => (ends[at * 6 + axis] ?? 0) - (ends[at * 6 + 3 + axis] ?? 0)));
        for (let index = 0; index < extrusions.count; index++) {
          if (walls && features[extrusions.moves[index] ?? 0] !== WALL) continue;
          outlineMm += length(extrusions.ends, index);
          const corner = [...extrusions.ends.subarray(index * 6, index * 6 + 3)];
          const nearest = Math.min(
            ...Array.from({ length: few.count }, (_, line) => distance(few.ends, line, corner)),
          );
          expect(nearest).toBeLessThanOrEqual(TOLERANCE_MM_MAX + 1e-4);
        }
        for (let line = 0; line < few.count; line++) shownMm += length(few.ends, line);
        expect(shownMm).toBeLessThanOrEqual(outlineMm + 1e-3);
      }),
      { numRuns: 15 },
    );
  });

  it('merges what is nearly straight, and leaves whole layers out only where that is not enough', () => {
    const job = (layers: number) =>
      rounds(
        Array.from({ length: layers }, () => 40),
        600,
        () => WALL,
      );
    const heights = (few: Segments) => new Set(Array.from(few.ends).filter((_, at) => at % 6 === 2)).size;
    const all = coarseSegments(job(20), 2_000);
    expect([heights(all), all.count < 2_000]).toEqual([20, true]);
    const some = coarseSegments(job(20), 200);
    expect(heights(some)).toBeLessThan(20);
    // The rounds that are left are whole.
    expect(some.count % heights(some)).toBe(0);
    // However few lines it takes, more of them would cover too much of the picture.
    const long = coarseSegments(job(80), 100_000);
    expect([heights(long) < 40, heights(long) > 20]).toEqual([true, true]);
  });
});
