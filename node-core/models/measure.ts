// What a mesh is worth knowing before money is spent on it: size, volume, area, shells, and every defect with the
// triangles that show it. Deterministic: only additions and multiplications of doubles, in file order. Volume is that of
// the surface with its orientation repaired, as slicers do; shells that overlap are counted twice.

import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import { modelFault } from './faults.ts';
import { type Box, Marks, measureSurface, type Vector } from './measure-surface.ts';
import { hashTriple, type Mesh } from './mesh.ts';
import { buildEdgeTable, type EdgeTable, NO_EDGE, OrientedSets, triangleOf } from './topology.ts';

export type { Vector } from './measure-surface.ts';
export { PROBLEM_TRIANGLES_MAX } from './measure-surface.ts';

export const PROBLEM_CODES = [
  'open-edge',
  'non-manifold-edge',
  'flipped',
  'inside-out',
  'degenerate',
  'duplicate',
  'size-tiny',
  'size-large',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

export type MeshProblem = {
  readonly code: ProblemCode;
  /** Edges for edge problems, triangles for triangle problems, 1 for the size. */
  readonly count: number;
  /** Triangles to mark, ascending, at most PROBLEM_TRIANGLES_MAX. */
  readonly triangles: Uint32Array;
};

export type MeshMeasure = {
  /** Bounding box, rounded to micrometres, at least 1. */
  readonly sizeUm: Vector;
  readonly minMm: Vector;
  readonly maxMm: Vector;
  readonly volumeMm3: number;
  readonly areaMm2: number;
  readonly triangles: number;
  readonly vertices: number;
  /** Pieces of surface connected over edges that exactly two triangles share. */
  readonly shells: number;
  /**
   * As many triangles run along every edge one way as the other: two on an edge of one body, four where two bodies
   * touch (which counts as a non-manifold edge, but leaks nothing).
   */
  readonly watertight: boolean;
  /** No edge is open after repair of the orientation, so the volume is that of a solid. Bodies may touch. */
  readonly closed: boolean;
  readonly openEdges: number;
  readonly nonManifoldEdges: number;
  readonly flippedTriangles: number;
  readonly degenerateTriangles: number;
  readonly duplicateTriangles: number;
  readonly problems: readonly MeshProblem[];
};

export function measureMesh(mesh: Mesh): MeshMeasure {
  const box = boundsOf(mesh);
  const edges = buildEdgeTable(mesh);
  const sets = joinShells(mesh, edges);
  const surface = measureSurface(mesh, box, sets);
  const marked = markEdges(mesh, edges);
  const mayRepeat = marked.nonManifold.count > 0 || surface.pairs;
  const duplicates = mayRepeat ? markDuplicates(mesh, edges) : new Marks();
  const sizeUm = {
    x: toMicrometres(box.max.x - box.min.x),
    y: toMicrometres(box.max.y - box.min.y),
    z: toMicrometres(box.max.z - box.min.z),
  };
  const largestUm = Math.max(sizeUm.x, sizeUm.y, sizeUm.z);
  const whole = (code: ProblemCode, applies: boolean): MeshProblem => ({
    code,
    count: applies ? 1 : 0,
    triangles: new Uint32Array(0),
  });
  const list = (code: ProblemCode, marks: Marks): MeshProblem => ({
    code,
    count: marks.count,
    triangles: marks.triangles(),
  });
  const problems = [
    list('open-edge', marked.open),
    list('non-manifold-edge', marked.nonManifold),
    list('flipped', surface.flipped),
    list('inside-out', surface.insideOut),
    list('degenerate', surface.degenerate),
    list('duplicate', duplicates),
    whole('size-tiny', largestUm < SIZE_TINY_UM),
    whole('size-large', largestUm > SIZE_LARGE_UM),
  ].filter(({ count }) => count > 0);
  return {
    sizeUm,
    minMm: box.min,
    maxMm: box.max,
    volumeMm3: surface.volumeMm3,
    areaMm2: surface.areaMm2,
    triangles: mesh.triangles,
    vertices: mesh.positions.length / 3,
    shells: surface.shells,
    watertight:
      marked.open.count === 0 && marked.unbalanced === 0 && marked.sameDirection === 0 && edges.count > 0,
    closed:
      marked.open.count === 0 && marked.unbalanced === 0 && sets.contradictions === 0 && edges.count > 0,
    openEdges: marked.open.count,
    nonManifoldEdges: marked.nonManifold.count,
    flippedTriangles: surface.flipped.count,
    degenerateTriangles: surface.degenerate.count,
    duplicateTriangles: duplicates.count,
    problems,
  };
}

/** Below or above these the unit of the file is probably not millimetres. */
const SIZE_TINY_UM = 1000;
const SIZE_LARGE_UM = 2_000_000;

function toMicrometres(mm: number): number {
  return Math.max(1, Math.round(mm * 1000));
}

/** Refuses what no slicer could print: a shape that encloses nothing. Holes are no reason, they are a warning. */
export function checkPrintable(measure: MeshMeasure): Result<void> {
  const boxMm3 = (measure.sizeUm.x * measure.sizeUm.y * measure.sizeUm.z) / 1e9;
  // A closed shell thinner than a billionth of its box is flat to within the rounding of float32.
  const flat = measure.volumeMm3 <= boxMm3 * 1e-9 || measure.volumeMm3 < 1e-6;
  return flat ? refuse(modelFault('model.volume.zero')) : ok(undefined);
}

/** Bounds of the vertices that triangles use. */
function boundsOf(mesh: Mesh): Box {
  const { positions, indices } = mesh;
  const min = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const max = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let axis = 0; axis < 3; axis++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < indices.length; i++) {
      const value = positions[(indices[i] as number) * 3 + axis] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    min[axis] = low;
    max[axis] = high;
  }
  const vector = (values: readonly number[]) => ({
    x: values[0] as number,
    y: values[1] as number,
    z: values[2] as number,
  });
  return { min: vector(min), max: vector(max) };
}

function joinShells(mesh: Mesh, edges: EdgeTable): OrientedSets {
  const sets = new OrientedSets(mesh.triangles);
  for (let edge = 0; edge < edges.count; edge++) {
    const forward = edges.forward[edge] as number;
    const backward = edges.backward[edge] as number;
    if (forward + backward !== 2) continue;
    const a = triangleOf(edges.first[edge] as number);
    const b = triangleOf(edges.second[edge] as number);
    sets.join(a, b, forward !== 1);
  }
  return sets;
}

type MarkedEdges = {
  readonly open: Marks;
  readonly nonManifold: Marks;
  /** Edges of two triangles that run the same way. */
  readonly sameDirection: number;
  /** Edges of three or more triangles with more one way than the other. */
  readonly unbalanced: number;
};

function markEdges(mesh: Mesh, edges: EdgeTable): MarkedEdges {
  const open = new Marks();
  const nonManifold = new Marks();
  let sameDirection = 0;
  let unbalanced = 0;
  for (let edge = 0; edge < edges.count; edge++) {
    const forward = edges.forward[edge] as number;
    const backward = edges.backward[edge] as number;
    const uses = forward + backward;
    if (uses === 2) {
      if (forward !== 1) sameDirection++;
    } else if (uses === 1) open.count++;
    else {
      nonManifold.count++;
      if (forward !== backward) unbalanced++;
    }
  }
  if (open.count + nonManifold.count === 0) return { open, nonManifold, sameDirection, unbalanced };
  for (let halfEdge = 0; halfEdge < mesh.triangles * 3; halfEdge++) {
    const edge = edges.ofHalfEdge[halfEdge] as number;
    if (edge === NO_EDGE) continue;
    const uses = (edges.forward[edge] as number) + (edges.backward[edge] as number);
    if (uses === 1) open.mark(triangleOf(halfEdge));
    else if (uses > 2) nonManifold.mark(triangleOf(halfEdge));
  }
  return { open, nonManifold, sameDirection, unbalanced };
}

/** Triangles with the same three corners as an earlier one, whichever way they face. */
function markDuplicates(mesh: Mesh, edges: EdgeTable): Marks {
  const marks = new Marks();
  const { indices } = mesh;
  let slotCount = 64;
  const candidates: number[] = [];
  for (let triangle = 0; triangle < mesh.triangles; triangle++) {
    if (mayBeDuplicate(mesh, edges, triangle)) candidates.push(triangle);
  }
  while (slotCount < candidates.length * 2) slotCount *= 2;
  const slots = new Int32Array(slotCount).fill(-1);
  for (const triangle of candidates) {
    const [a, b, c] = sortedCorners(indices, triangle);
    let slot = hashTriple(a, b, c) & (slotCount - 1);
    for (;;) {
      const other = slots[slot] as number;
      if (other < 0) {
        slots[slot] = triangle;
        break;
      }
      const [oa, ob, oc] = sortedCorners(indices, other);
      if (oa === a && ob === b && oc === c) {
        marks.count++;
        marks.mark(triangle);
        break;
      }
      slot = (slot + 1) & (slotCount - 1);
    }
  }
  return marks;
}

/** Twins share all three edges, so each of them has a second user that is the same triangle, or more than two. */
function mayBeDuplicate(mesh: Mesh, edges: EdgeTable, triangle: number): boolean {
  let partner = -1;
  for (let corner = 0; corner < 3; corner++) {
    const edge = edges.ofHalfEdge[triangle * 3 + corner] as number;
    if (edge === NO_EDGE) return false;
    const uses = (edges.forward[edge] as number) + (edges.backward[edge] as number);
    if (uses === 1) return false;
    if (uses > 2) continue;
    const first = triangleOf(edges.first[edge] as number);
    const other = first === triangle ? triangleOf(edges.second[edge] as number) : first;
    if (partner >= 0 && partner !== other) return false;
    partner = other;
  }
  return mesh.triangles > 1;
}

function sortedCorners(indices: Uint32Array, triangle: number): readonly [number, number, number] {
  const a = indices[triangle * 3] as number;
  const b = indices[triangle * 3 + 1] as number;
  const c = indices[triangle * 3 + 2] as number;
  const low = Math.min(a, b, c);
  const high = Math.max(a, b, c);
  return [low, a + b + c - low - high, high];
}
