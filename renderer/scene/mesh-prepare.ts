// From an indexed mesh to what the stage draws: corners with normals, the box, the marked problems. Pure; runs in the
// worker.

import { type Mesh, type MeshProblem, measureMesh } from '../../node-core/models/index.ts';
import { creasedMesh } from './mesh-normals.ts';

export type SceneMesh = {
  readonly triangles: number;
  readonly positions: Float32Array;
  /** Absent for very large meshes: they are shaded flat, from shared corners. */
  readonly normals: Float32Array | undefined;
  readonly indices: Uint32Array | undefined;
  readonly minMm: readonly [number, number, number];
  readonly maxMm: readonly [number, number, number];
  /** Corners of the marked triangles, and their edges as pairs of ends. */
  readonly problemTriangles: Float32Array;
  readonly problemEdges: Float32Array;
};

/** Above this, corners with normals of their own would take more memory than their look is worth. */
const SMOOTH_TRIANGLES_MAX = 600_000;
/** Problems on more triangles than this are marked on the first ones only. */
const MARKED_TRIANGLES_MAX = 50_000;

/** What is wrong with the mesh, of the given codes only: others may come from the rounding of the codec. */
export function problemsOf(mesh: Mesh, codes: readonly string[]): readonly MeshProblem[] {
  const wanted = new Set(codes.filter((code) => code !== ''));
  return wanted.size === 0 ? [] : measureMesh(mesh).problems.filter(({ code }) => wanted.has(code));
}

/** Ready to draw, with the triangles of the problems marked. */
export function prepareMesh(mesh: Mesh, problems: readonly MeshProblem[]): SceneMesh {
  const marked = problemTriangles(problems);
  const smooth = mesh.triangles <= SMOOTH_TRIANGLES_MAX;
  const drawable = smooth ? creasedMesh(mesh.positions, mesh.indices) : undefined;
  return {
    triangles: mesh.triangles,
    positions: drawable?.positions ?? mesh.positions,
    normals: drawable?.normals,
    indices: smooth ? undefined : mesh.indices,
    ...meshBounds(mesh.positions),
    problemTriangles: cornersOf(mesh, marked),
    problemEdges: edgesOf(mesh, marked),
  };
}

function meshBounds(positions: Float32Array): Pick<SceneMesh, 'minMm' | 'maxMm'> {
  const min: [number, number, number] = [0, 0, 0];
  const max: [number, number, number] = [0, 0, 0];
  for (let axis = 0 as 0 | 1 | 2; axis < 3; axis++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let at: number = axis; at < positions.length; at += 3) {
      const value = positions[at] ?? 0;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (positions.length > 0) {
      min[axis] = low;
      max[axis] = high;
    }
  }
  return { minMm: min, maxMm: max };
}

function problemTriangles(problems: readonly MeshProblem[]): Uint32Array {
  const marked = new Set<number>();
  for (const { triangles } of problems) {
    for (const triangle of triangles) {
      if (marked.size >= MARKED_TRIANGLES_MAX) break;
      marked.add(triangle);
    }
  }
  return Uint32Array.from(marked).sort();
}

function cornersOf(mesh: Mesh, triangles: Uint32Array): Float32Array {
  const corners = new Float32Array(triangles.length * 9);
  let at = 0;
  for (const triangle of triangles) {
    for (let corner = 0; corner < 3; corner++) at = copyVertex(mesh, triangle * 3 + corner, corners, at);
  }
  return corners;
}

function edgesOf(mesh: Mesh, triangles: Uint32Array): Float32Array {
  const ends = new Float32Array(triangles.length * 18);
  let at = 0;
  for (const triangle of triangles) {
    for (let corner = 0; corner < 3; corner++) {
      at = copyVertex(mesh, triangle * 3 + corner, ends, at);
      at = copyVertex(mesh, triangle * 3 + ((corner + 1) % 3), ends, at);
    }
  }
  return ends;
}

function copyVertex(mesh: Mesh, corner: number, into: Float32Array, at: number): number {
  const vertex = (mesh.indices[corner] ?? 0) * 3;
  into[at] = mesh.positions[vertex] ?? 0;
  into[at + 1] = mesh.positions[vertex + 1] ?? 0;
  into[at + 2] = mesh.positions[vertex + 2] ?? 0;
  return at + 3;
}
