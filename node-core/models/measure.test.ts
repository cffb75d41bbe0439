// Measures against known solids, and every defect made on purpose.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import { analyseModel, measureMesh, parseModel } from './index.ts';
import { binaryStl, boxFacets, type Facet, flip, type Point, torusFacets } from './test-shapes.ts';

const measure = (facets: readonly Facet[]) => measureMesh(unwrap(parseModel(binaryStl(facets), 'part.stl')));
const problemCodes = (facets: readonly Facet[]) =>
  measure(facets).problems.map(({ code, count }) => `${code} ${count}`);
const marked = (facets: readonly Facet[], code: string) => [
  ...(measure(facets).problems.find((problem) => problem.code === code)?.triangles ?? []),
];

describe('sound meshes', () => {
  test('a box', () => {
    expect(measure(boxFacets([20, 30, 5.5], [-3, 7, 2]))).toMatchObject({
      sizeUm: { x: 20_000, y: 30_000, z: 5500 },
      minMm: { x: -3, y: 7, z: 2 },
      volumeMm3: 3300,
      areaMm2: 1750,
      shells: 1,
      watertight: true,
      closed: true,
      problems: [],
    });
  });

  test('a torus comes near the formula', () => {
    const { volumeMm3, areaMm2, watertight } = measure(torusFacets(400, 200));
    expect(Math.abs(volumeMm3 / (2 * Math.PI ** 2 * 21 * 64) - 1)).toBeLessThan(1e-3);
    expect(Math.abs(areaMm2 / (4 * Math.PI ** 2 * 21 * 8) - 1)).toBeLessThan(1e-3);
    expect(watertight).toBe(true);
  });

  test('a cavity counts against the volume, a second body for it', () => {
    const hollow = [...boxFacets([10, 10, 10]), ...boxFacets([4, 4, 4], [3, 3, 3]).map(flip)];
    expect(measure(hollow)).toMatchObject({ volumeMm3: 936, shells: 2, watertight: true, problems: [] });
    const two = [...boxFacets([10, 10, 10]), ...boxFacets([2, 2, 2], [20, 0, 0])];
    expect(measure(two)).toMatchObject({ volumeMm3: 1008, shells: 2, watertight: true });
  });

  test('bodies that touch at an edge leak nothing, and the edge is named', () => {
    const touching = [...boxFacets([10, 10, 10]), ...boxFacets([10, 10, 10], [10, 10, 0])];
    expect(measure(touching)).toMatchObject({ volumeMm3: 2000, watertight: true, shells: 2 });
    expect(problemCodes(touching)).toEqual(['non-manifold-edge 1']);
  });

  test('moving, scaling and reordering change nothing but what they must', () => {
    const shift = fc.tuple(
      fc.integer({ min: -500, max: 500 }),
      fc.integer({ min: -500, max: 500 }),
      fc.integer({ min: 0, max: 500 }),
    );
    fc.assert(
      fc.property(shift, fc.integer({ min: 1, max: 8 }), fc.nat({ max: 11 }), (by, scale, rotate) => {
        const facets = boxFacets([3, 4, 5]).map(
          (facet) =>
            facet.map((point) => point.map((v, i) => v * scale + (by[i] as number))) as unknown as Facet,
        );
        const turned = [...facets.slice(rotate), ...facets.slice(0, rotate)];
        const result = measure(turned);
        expect(result.volumeMm3).toBeCloseTo(60 * scale ** 3, 6);
        expect(result).toMatchObject({ watertight: true, shells: 1 });
      }),
      { numRuns: 50 },
    );
  });
});

describe('defects', () => {
  const cube = boxFacets();

  test('a missing triangle opens three edges and marks its neighbours', () => {
    const open = cube.slice(1);
    expect(measure(open)).toMatchObject({ watertight: false, closed: false, openEdges: 3 });
    expect(problemCodes(open)).toEqual(['open-edge 3']);
    expect(marked(open, 'open-edge')).toHaveLength(3);
  });

  test('a flipped triangle is found, and the volume is that of the repaired shape', () => {
    const facets = cube.map((facet, i) => (i === 4 ? flip(facet) : facet));
    expect(measure(facets)).toMatchObject({
      volumeMm3: 1000,
      watertight: false,
      closed: true,
      flippedTriangles: 1,
    });
    expect(marked(facets, 'flipped')).toEqual([4]);
  });

  test('wherever and however many are flipped, the minority is marked', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 11 }), { minLength: 1, maxLength: 5 }), (chosen) => {
        const facets = cube.map((facet, i) => (chosen.includes(i) ? flip(facet) : facet));
        expect(marked(facets, 'flipped')).toEqual([...chosen].sort((a, b) => a - b));
        expect(measure(facets).volumeMm3).toBeCloseTo(1000, 9);
      }),
    );
  });

  test('a mesh that is inside out', () => {
    expect(measure(cube.map(flip))).toMatchObject({ volumeMm3: 1000, watertight: true });
    expect(problemCodes(cube.map(flip))).toEqual(['inside-out 12']);
  });

  test('duplicate and degenerate triangles', () => {
    const doubled = [...cube, cube[3] as Facet];
    expect(measure(doubled).duplicateTriangles).toBe(1);
    expect(marked(doubled, 'duplicate')).toEqual([12]);
    const point: Point = [5, 5, 5];
    const collapsed = [...cube, [point, point, [6, 5, 5]] as Facet];
    expect(measure(collapsed)).toMatchObject({ watertight: true, degenerateTriangles: 1, shells: 1 });
    const collinear = [
      ...cube,
      [
        [1, 1, 1],
        [2, 2, 2],
        [3, 3, 3],
      ] as Facet,
    ];
    expect(measure(collinear).degenerateTriangles).toBe(1);
  });

  test('a fin on a body is an edge of three faces', () => {
    const fin: Facet = [
      [0, 0, 10],
      [10, 0, 10],
      [5, 0, 15],
    ];
    expect(measure([...cube, fin])).toMatchObject({
      watertight: false,
      closed: false,
      nonManifoldEdges: 1,
      openEdges: 2,
    });
  });

  test('a Möbius strip has no inside', () => {
    const strip: Facet[] = [];
    const steps = 30;
    const at = (i: number, side: number): Point => {
      const angle = ((i % steps) / steps) * 2 * Math.PI;
      // After one round the two sides have changed places.
      const offset = (i >= steps ? -side : side) * 2;
      const turn = angle / 2;
      const radius = 20 + offset * Math.cos(turn);
      return [radius * Math.cos(angle), radius * Math.sin(angle), offset * Math.sin(turn)].map(
        (v) => Math.round(v * 1000) / 1000,
      ) as unknown as Point;
    };
    for (let i = 0; i < steps; i++) {
      strip.push([at(i, 1), at(i + 1, 1), at(i + 1, -1)], [at(i, 1), at(i + 1, -1), at(i, -1)]);
    }
    expect(measure(strip)).toMatchObject({ closed: false, watertight: false });
  });

  test('units that are probably wrong', () => {
    expect(problemCodes(boxFacets([0.02, 0.03, 0.02]))).toEqual(['size-tiny 1']);
    expect(problemCodes(boxFacets([2500, 30, 20]))).toEqual(['size-large 1']);
  });

  test('a flat shape is refused, an open one is not', () => {
    const flat: Facet[] = [
      [
        [0, 0, 0],
        [10, 0, 0],
        [0, 10, 0],
      ],
      [
        [0, 0, 0],
        [0, 10, 0],
        [10, 0, 0],
      ],
    ];
    const refused = analyseModel(binaryStl(flat), 'flat.stl');
    expect(refused.ok ? 'ok' : refused.fault.code).toBe('model.volume.zero');
    expect(unwrap(analyseModel(binaryStl(cube.slice(1)), 'open.stl')).measure.watertight).toBe(false);
  });
});

test('a fan of many thousand triangles around one corner is measured in time', () => {
  const count = 60_000;
  const rim = (i: number): Point => {
    const angle = ((i % count) / count) * 2 * Math.PI;
    return [500 * Math.cos(angle), 500 * Math.sin(angle), 0];
  };
  const cone = Array.from({ length: count }, (_, i): Facet[] => [
    [[0, 0, 100], rim(i), rim(i + 1)],
    [[0, 0, 0], rim(i + 1), rim(i)],
  ]).flat();
  expect(measure(cone)).toMatchObject({ watertight: true, shells: 1, triangles: 2 * count });
});

test('half-shuffled triangles of a torus still make one closed shell', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (stream) => {
      const facets = torusFacets(12, 8);
      for (let i = facets.length - 1; i > 0; i--) {
        const j = (stream.next().value as number) % (i + 1);
        [facets[i], facets[j]] = [facets[j] as Facet, facets[i] as Facet];
      }
      expect(measure(facets)).toMatchObject({ shells: 1, watertight: true, problems: [] });
    }),
    { numRuns: 30 },
  );
});
