// Shapes and files for tests: cubes, balls, tori as triangle soups, and the formats written plainly.

import type { Bytes } from '../base/index.ts';
import { utf8ToBytes } from '../base/index.ts';
import { STL_HEADER_BYTES, STL_TRIANGLE_BYTES } from './stl.ts';

export type Point = readonly [number, number, number];
/** Three corners, counter-clockwise from outside. */
export type Facet = readonly [Point, Point, Point];

/** A box of twelve triangles with its low corner at `at`. */
export function boxFacets(size: Point = [10, 10, 10], at: Point = [0, 0, 0]): Facet[] {
  const corner = (i: number): Point => [
    at[0] + (i & 1 ? size[0] : 0),
    at[1] + (i & 2 ? size[1] : 0),
    at[2] + (i & 4 ? size[2] : 0),
  ];
  const quads = [
    [0, 2, 3, 1],
    [4, 5, 7, 6],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 4, 6, 2],
    [1, 3, 7, 5],
  ] as const;
  return quads.flatMap(([a, b, c, d]): Facet[] => [
    [corner(a), corner(b), corner(c)],
    [corner(a), corner(c), corner(d)],
  ]);
}

/** A torus of 2 × segments × rings triangles around the z axis. */
export function torusFacets(segments: number, rings: number, large = 21, small = 8): Facet[] {
  const point = (i: number, j: number): Point => {
    const u = ((i % segments) / segments) * 2 * Math.PI;
    const v = ((j % rings) / rings) * 2 * Math.PI;
    const radius = large + small * Math.cos(v);
    return [radius * Math.cos(u), radius * Math.sin(u), small * Math.sin(v)];
  };
  const facets: Facet[] = [];
  for (let i = 0; i < segments; i++) {
    for (let j = 0; j < rings; j++) {
      facets.push([point(i, j), point(i + 1, j), point(i + 1, j + 1)]);
      facets.push([point(i, j), point(i + 1, j + 1), point(i, j + 1)]);
    }
  }
  return facets;
}

export function flip([a, b, c]: Facet): Facet {
  return [a, c, b];
}

export function binaryStl(facets: readonly Facet[], header = ''): Bytes {
  const bytes = new Uint8Array(STL_HEADER_BYTES + facets.length * STL_TRIANGLE_BYTES);
  bytes.set(utf8ToBytes(header).subarray(0, 80));
  const view = new DataView(bytes.buffer);
  view.setUint32(80, facets.length, true);
  for (const [i, facet] of facets.entries()) {
    for (const [j, value] of facet.flat().entries()) {
      view.setFloat32(STL_HEADER_BYTES + i * STL_TRIANGLE_BYTES + 12 + j * 4, value, true);
    }
  }
  return bytes;
}

export function asciiStl(facets: readonly Facet[], name = 'part', lineEnd = '\n'): Bytes {
  const lines = [`solid ${name}`];
  for (const facet of facets) {
    lines.push('  facet normal 0 0 0', '    outer loop');
    for (const [x, y, z] of facet) lines.push(`      vertex ${x} ${y} ${z}`);
    lines.push('    endloop', '  endfacet');
  }
  lines.push(`endsolid ${name}`, '');
  return utf8ToBytes(lines.join(lineEnd));
}
