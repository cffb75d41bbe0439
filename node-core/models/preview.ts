// A coarser mesh by vertex clustering: all vertices in one cell of a grid become their mean. Deterministic, in two or
// three passes. The result is for looking at: it may have lost thin walls, and it is not promised to be watertight.

import { hashTriple, type Mesh } from './mesh.ts';

const ATTEMPTS_MAX = 24;

/** A mesh of at most `trianglesMax` triangles that looks like this one; the mesh itself where it is small enough. */
export function previewMesh(mesh: Mesh, trianglesMax: number): Mesh {
  if (mesh.triangles <= trianglesMax) return mesh;
  const { size, area } = extentOf(mesh);
  // A surface of area A on a grid of cell c keeps 2 A/c² triangles where it lies along the grid, 2.5 A/c² where it is
  // curved. Another attempt costs as much as the first.
  let cell = Math.max(Math.sqrt((2.6 * area) / Math.max(1, trianglesMax)), size / 4096);
  let coarse = cluster(mesh, cell);
  for (let attempt = 0; attempt < ATTEMPTS_MAX && coarse.triangles > trianglesMax; attempt++) {
    cell *= Math.max(1.08, Math.sqrt(coarse.triangles / Math.max(1, trianglesMax)));
    coarse = cluster(mesh, cell);
  }
  if (coarse.triangles <= trianglesMax && coarse.triangles > 0) return coarse;
  // Nothing but specks of single triangles: show the first of them.
  const indices = mesh.indices.slice(0, Math.max(1, trianglesMax) * 3);
  return { positions: mesh.positions, indices, triangles: indices.length / 3 };
}

function extentOf(mesh: Mesh): { readonly size: number; readonly area: number } {
  const { positions, indices } = mesh;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < positions.length; i++) {
    const value = positions[i] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  let area = 0;
  for (let i = 0; i < indices.length; i += 3) {
    const [a, b, c] = cornersOf(indices, i);
    const ux = at(positions, b, 0) - at(positions, a, 0);
    const uy = at(positions, b, 1) - at(positions, a, 1);
    const uz = at(positions, b, 2) - at(positions, a, 2);
    const vx = at(positions, c, 0) - at(positions, a, 0);
    const vy = at(positions, c, 1) - at(positions, a, 1);
    const vz = at(positions, c, 2) - at(positions, a, 2);
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    area += Math.sqrt(nx * nx + ny * ny + nz * nz) / 2;
  }
  return { size: high - low, area };
}

function at(positions: Float32Array, vertex: number, axis: number): number {
  return positions[vertex * 3 + axis] as number;
}

function cornersOf(indices: Uint32Array, i: number): readonly [number, number, number] {
  return [indices[i] as number, indices[i + 1] as number, indices[i + 2] as number];
}

function cluster(mesh: Mesh, cell: number): Mesh {
  const clusterOf = assignClusters(mesh.positions, cell);
  const positions = meanPositions(mesh.positions, clusterOf.ids, clusterOf.count);
  const indices = keepDistinct(mesh.indices, clusterOf.ids);
  return compact(positions, indices);
}

/** Cell number of each vertex, numbered in order of first appearance. */
function assignClusters(
  positions: Float32Array,
  cell: number,
): { readonly ids: Uint32Array; readonly count: number } {
  const vertices = positions.length / 3;
  const ids = new Uint32Array(vertices);
  let slotCount = 64;
  while (slotCount < vertices * 2) slotCount *= 2;
  const slots = new Int32Array(slotCount).fill(-1);
  const keys = new Int32Array(vertices * 3);
  let count = 0;
  for (let vertex = 0; vertex < vertices; vertex++) {
    const x = Math.floor(at(positions, vertex, 0) / cell) | 0;
    const y = Math.floor(at(positions, vertex, 1) / cell) | 0;
    const z = Math.floor(at(positions, vertex, 2) / cell) | 0;
    let slot = hashTriple(x, y, z) & (slotCount - 1);
    for (;;) {
      const found = slots[slot] as number;
      if (found < 0) {
        slots[slot] = count;
        keys[count * 3] = x;
        keys[count * 3 + 1] = y;
        keys[count * 3 + 2] = z;
        ids[vertex] = count++;
        break;
      }
      if (keys[found * 3] === x && keys[found * 3 + 1] === y && keys[found * 3 + 2] === z) {
        ids[vertex] = found;
        break;
      }
      slot = (slot + 1) & (slotCount - 1);
    }
  }
  return { ids, count };
}

function meanPositions(positions: Float32Array, ids: Uint32Array, count: number): Float32Array {
  const sums = new Float64Array(count * 3);
  const members = new Uint32Array(count);
  for (let vertex = 0; vertex < ids.length; vertex++) {
    const id = ids[vertex] as number;
    (members[id] as number)++;
    for (let axis = 0; axis < 3; axis++) (sums[id * 3 + axis] as number) += at(positions, vertex, axis);
  }
  const means = new Float32Array(count * 3);
  for (let i = 0; i < means.length; i++) {
    means[i] = (sums[i] as number) / (members[Math.floor(i / 3)] as number);
  }
  return means;
}

/** Triangles with three distinct corners, each set of corners once per facing. */
function keepDistinct(indices: Uint32Array, ids: Uint32Array): Uint32Array {
  const kept = new Uint32Array(indices.length);
  let slotCount = 64;
  while (slotCount < indices.length / 3) slotCount *= 2;
  slotCount *= 2;
  const slots = new Int32Array(slotCount).fill(-1);
  let count = 0;
  for (let i = 0; i < indices.length; i += 3) {
    const [a, b, c] = rotateLowestFirst(
      ids[indices[i] as number] as number,
      ids[indices[i + 1] as number] as number,
      ids[indices[i + 2] as number] as number,
    );
    if (a === b || b === c || c === a) continue;
    let slot = hashTriple(a, b, c) & (slotCount - 1);
    for (;;) {
      const found = slots[slot] as number;
      if (found < 0) {
        slots[slot] = count;
        kept[count * 3] = a;
        kept[count * 3 + 1] = b;
        kept[count * 3 + 2] = c;
        count++;
        break;
      }
      if (kept[found * 3] === a && kept[found * 3 + 1] === b && kept[found * 3 + 2] === c) break;
      slot = (slot + 1) & (slotCount - 1);
    }
  }
  return kept.slice(0, count * 3);
}

function rotateLowestFirst(a: number, b: number, c: number): readonly [number, number, number] {
  if (a <= b && a <= c) return [a, b, c];
  return b <= c ? [b, c, a] : [c, a, b];
}

/** Drops vertices that no triangle uses. */
function compact(positions: Float32Array, indices: Uint32Array): Mesh {
  const renumbered = new Int32Array(positions.length / 3).fill(-1);
  const kept = new Float32Array(positions.length);
  let count = 0;
  for (let i = 0; i < indices.length; i++) {
    const vertex = indices[i] as number;
    if ((renumbered[vertex] as number) < 0) {
      renumbered[vertex] = count;
      for (let axis = 0; axis < 3; axis++) kept[count * 3 + axis] = at(positions, vertex, axis);
      count++;
    }
    indices[i] = renumbered[vertex] as number;
  }
  return { positions: kept.slice(0, count * 3), indices, triangles: indices.length / 3 };
}
