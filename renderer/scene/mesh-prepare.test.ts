import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mesh } from '../../node-core/models/index.ts';
import { creasedMesh, faceNormals } from './mesh-normals.ts';
import { prepareMesh, problemsOf } from './mesh-prepare.ts';

/** Eight corners, twelve triangles, seen from outside counter-clockwise. */
function box(x: number, y: number, z: number): Mesh {
  const positions = new Float32Array(
    [0, 1, 2, 3, 4, 5, 6, 7].flatMap((corner) => [
      (corner & 1) === 0 ? 0 : x,
      (corner & 2) === 0 ? 0 : y,
      (corner & 4) === 0 ? 0 : z,
    ]),
  );
  const indices = new Uint32Array(
    [
      [0, 2, 1, 1, 2, 3],
      [4, 5, 6, 5, 7, 6],
      [0, 1, 4, 1, 5, 4],
      [2, 6, 3, 3, 6, 7],
      [0, 4, 2, 2, 4, 6],
      [1, 3, 5, 3, 7, 5],
    ].flat(),
  );
  return { positions, indices, triangles: 12 };
}

describe('normals', () => {
  it('of a box stay sharp: every corner has its face’s own', () => {
    const { positions, indices } = box(10, 20, 30);
    const faces = faceNormals(positions, indices);
    const { normals } = creasedMesh(positions, indices);
    for (let corner = 0; corner < indices.length; corner++) {
      const face = Math.floor(corner / 3) * 3;
      for (let axis = 0; axis < 3; axis++) {
        expect(normals[corner * 3 + axis]).toBeCloseTo(faces[face + axis] as number, 5);
      }
    }
  });

  it('of two nearly flat faces are shared along their edge', () => {
    // A roof of 5 degrees over the edge 0-1.
    const drop = Math.tan((2.5 * Math.PI) / 180) * 10;
    const positions = new Float32Array([0, 0, 0, 0, 10, 0, 10, 5, -drop, -10, 5, -drop]);
    const indices = new Uint32Array([0, 2, 1, 0, 1, 3]);
    const { normals } = creasedMesh(positions, indices);
    expect([...normals.slice(0, 3)].map((value) => Math.round(value * 1000) / 1000)).toEqual([0, 0, 1]);
    expect([...normals.slice(9, 12)].map((value) => Math.round(value * 1000) / 1000)).toEqual([0, 0, 1]);
  });

  it('are unit vectors, or those of a triangle without area', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 12, maxLength: 60 }),
        fc.array(fc.nat(), { minLength: 3, maxLength: 60 }),
        (coordinates, corners) => {
          const positions = new Float32Array(
            coordinates.slice(0, coordinates.length - (coordinates.length % 3)),
          );
          const indices = Uint32Array.from(
            corners
              .slice(0, corners.length - (corners.length % 3))
              .map((corner) => corner % (positions.length / 3)),
          );
          const { normals } = creasedMesh(positions, indices);
          for (let at = 0; at < normals.length; at += 3) {
            const length = Math.hypot(
              normals[at] as number,
              normals[at + 1] as number,
              normals[at + 2] as number,
            );
            expect(length === 0 || Math.abs(length - 1) < 1e-4).toBe(true);
          }
        },
      ),
    );
  });
});

describe('a mesh for the picture', () => {
  it('knows its box and marks nothing unasked', () => {
    const scene = prepareMesh(box(10, 20, 30), []);
    expect([scene.minMm, scene.maxMm]).toEqual([
      [0, 0, 0],
      [10, 20, 30],
    ]);
    expect(scene.problemEdges).toHaveLength(0);
    expect(scene.positions).toHaveLength(12 * 9);
  });

  it('marks the triangles at an open edge, and only problems that were asked for', () => {
    const whole = box(10, 20, 30);
    const open: Mesh = { positions: whole.positions, indices: whole.indices.slice(3), triangles: 11 };
    const marked = prepareMesh(open, problemsOf(open, ['open-edge']));
    expect(marked.problemTriangles.length % 9).toBe(0);
    expect(marked.problemTriangles.length).toBeGreaterThanOrEqual(9);
    expect(marked.problemEdges).toHaveLength(marked.problemTriangles.length * 2);
    expect(prepareMesh(open, problemsOf(open, ['degenerate'])).problemTriangles).toHaveLength(0);
  });
});
