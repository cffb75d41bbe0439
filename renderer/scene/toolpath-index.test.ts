import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Toolpath } from '../../node-core/models/index.ts';
import { FEATURE_RGB, rampColour } from './palette.ts';
import { segmentColours } from './toolpath-colour.ts';
import { buildToolpathScene, layerIndexAt, nozzleAt, segmentsBefore } from './toolpath-index.ts';
import { layerAfter, moveRange, movesAfterLayer } from './toolpath-position.ts';

/** Two layers: travel in, two walls, travel up, one infill line. */
const PATH: Toolpath = {
  moves: 6,
  positions: new Float32Array([0, 0, 5, 10, 10, 0.2, 20, 10, 0.2, 20, 20, 0.2, 20, 20, 0.4, 10, 20, 0.4]),
  features: new Uint8Array([0, 0, 2, 2, 0, 5]),
  layerStarts: new Uint32Array([1, 4]),
  layerHeights: new Float32Array([0.2, 0.4]),
  layerSeconds: new Float32Array([3, 2]),
  lines: new Uint32Array([1, 2, 3, 4, 5, 6]),
  commands: new Uint32Array([1, 2, 3, 4, 5, 6]),
};

const arbitraryPath = fc
  .array(
    fc.record({
      point: fc.tuple(
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 0, max: 90 }),
      ),
      feature: fc.integer({ min: 0, max: 14 }),
      layer: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  .map((moves): Toolpath => {
    const starts = moves.flatMap(({ layer }, index) => (layer ? [index] : []));
    return {
      moves: moves.length,
      positions: Float32Array.from(moves.flatMap(({ point }) => point)),
      features: Uint8Array.from(moves.map(({ feature }) => feature)),
      layerStarts: Uint32Array.from(starts),
      layerHeights: Float32Array.from(starts.map((_, index) => 0.2 * (index + 1))),
      layerSeconds: new Float32Array(starts.length),
      lines: Uint32Array.from(moves.map((_, index) => index + 1)),
      commands: Uint32Array.from(moves.map((_, index) => index + 1)),
    };
  });

describe('a toolpath for the picture', () => {
  it('has its segments, layers and box', () => {
    const scene = buildToolpathScene(PATH);
    expect([...scene.extrusions.moves]).toEqual([2, 3, 5]);
    expect([...scene.travels.moves]).toEqual([1, 4]);
    expect([...scene.extrusions.ends.slice(0, 6)].map((value) => Math.round(value * 10) / 10)).toEqual([
      10, 10, 0.2, 20, 10, 0.2,
    ]);
    expect(
      scene.layers.map(({ layer, firstMove, endMove, extrudedMm, seconds }) => [
        layer,
        firstMove,
        endMove,
        extrudedMm,
        seconds,
      ]),
    ).toEqual([
      [1, 1, 4, 20, 3],
      [2, 4, 6, 10, 2],
    ]);
    expect(scene.minMm.map((value) => Math.round(value * 10) / 10)).toEqual([10, 10, 0.2]);
    expect(scene.maxMm.map((value) => Math.round(value * 10) / 10)).toEqual([20, 20, 0.4]);
    expect(scene.featuresUsed).toEqual(['outer-wall', 'infill']);
    expect(scene.layerHeightMm).toBeCloseTo(0.2);
  });

  it('stands anywhere between nothing and everything', () => {
    fc.assert(
      fc.property(arbitraryPath, fc.integer({ min: 0, max: 70 }), (path, moves) => {
        const scene = buildToolpathScene(path);
        const extruded = segmentsBefore(scene.extrusions, moves);
        const expected = [...path.features].filter(
          (feature, move) => move > 0 && move < moves && feature !== 0,
        ).length;
        expect(extruded).toBe(expected);
        expect(scene.extrusions.count + scene.travels.count).toBe(Math.max(0, path.moves - 1));
        const layer = layerIndexAt(scene.layers, moves);
        expect(layer).toBe([...path.layerStarts].filter((start) => start < moves).length - 1);
      }),
    );
  });

  it('places the nozzle between two moves, and never outside the job', () => {
    const scene = buildToolpathScene(PATH);
    const at = { x: 0, y: 0, z: 0 };
    nozzleAt(scene, 2.5, at);
    expect([at.x, at.y]).toEqual([15, 10]);
    nozzleAt(scene, 0, at);
    expect(at).toEqual({ x: 0, y: 0, z: 5 });
    nozzleAt(scene, 99, at);
    expect([at.x, at.y]).toEqual([10, 20]);
  });

  it('colours every segment by feature or by layer', () => {
    const scene = buildToolpathScene(PATH);
    const byFeature = segmentColours(scene, 'feature', scene.extrusions);
    expect([...byFeature.slice(0, 3)]).toEqual(FEATURE_RGB[2]);
    expect([...byFeature.slice(8, 11)]).toEqual(FEATURE_RGB[5]);
    const byLayer = segmentColours(scene, 'layer', scene.extrusions);
    expect([...byLayer.slice(0, 4)]).toEqual([...rampColour(0), 255]);
    expect([...byLayer.slice(8, 11)]).toEqual(rampColour(1));
  });

  it('keeps a layer’s colour for the whole layer', () => {
    fc.assert(
      fc.property(arbitraryPath, (path) => {
        const scene = buildToolpathScene(path);
        const colours = segmentColours(scene, 'layer', scene.extrusions);
        const last = Math.max(1, scene.layers.length - 1);
        scene.extrusions.moves.forEach((move, index) => {
          const layer = layerIndexAt(scene.layers, move + 1);
          expect([...colours.slice(index * 4, index * 4 + 3)]).toEqual(rampColour(layer / last));
        });
      }),
    );
  });
});

describe('sliders', () => {
  it('agree with each other: after a layer, its last move stands, and it is that layer', () => {
    fc.assert(
      fc.property(arbitraryPath, (path) => {
        const scene = buildToolpathScene(path);
        for (let layer = 0; layer <= scene.layers.length; layer++) {
          const moves = movesAfterLayer(scene, layer);
          const range = moveRange(scene, layer);
          if (layer > 0) {
            expect(layerAfter(scene, moves)).toBe(layer);
            expect(moves).toBe(range.max);
          }
          expect(range.min).toBeLessThanOrEqual(range.max);
        }
      }),
    );
  });

  it('has nothing to slide over before the job is known', () => {
    expect(moveRange(undefined, 3)).toEqual({ min: 0, max: 0 });
    expect(layerAfter(undefined, 100)).toBe(0);
  });
});
