// Area, volume and orientation of a mesh's shells. Volume is that of the surface with its orientation repaired: each shell is
// turned the way most of its triangles face, and shells inside others count as cavities.

import type { Mesh } from './mesh.ts';
import { type OrientedSets, triangleOf } from './topology.ts';

/** Marked in the viewer: more are not worth their memory. */
export const PROBLEM_TRIANGLES_MAX = 50_000;

/** Collects marked triangles in ascending order with a bound. */
export class Marks {
  count = 0;
  readonly #list: number[] = [];
  mark(triangle: number): void {
    if (this.#list.length < PROBLEM_TRIANGLES_MAX && this.#list[this.#list.length - 1] !== triangle) {
      this.#list.push(triangle);
    }
  }
  triangles(): Uint32Array {
    return Uint32Array.from(this.#list);
  }
}

export type Vector = { readonly x: number; readonly y: number; readonly z: number };

export type Box = { readonly min: Vector; readonly max: Vector };

export type Surface = {
  readonly volumeMm3: number;
  readonly areaMm2: number;
  readonly shells: number;
  /** Some shell is just two triangles, which may be one twice. */
  readonly pairs: boolean;
  readonly flipped: Marks;
  readonly insideOut: Marks;
  readonly degenerate: Marks;
};

type Shell = {
  /** Signed volume, six times, with all triangles turned like the root. */
  volume6: number;
  triangles: number;
  against: number;
  readonly min: [number, number, number];
  readonly max: [number, number, number];
  insideOut: boolean;
};

/** Twice the area of a triangle, in mm², under which its corners count as being on one line. */
const DEGENERATE_AREA2_MM2 = 1e-10;

export function measureSurface(mesh: Mesh, box: Box, sets: OrientedSets): Surface {
  const { positions, indices, triangles } = mesh;
  const shellOf = new Int32Array(triangles).fill(-1);
  const shells: Shell[] = [];
  const degenerate = new Marks();
  let area2 = 0;
  // Relative to the middle of the box, so that a part far from the origin loses no digits.
  const ox = (box.min.x + box.max.x) / 2;
  const oy = (box.min.y + box.max.y) / 2;
  const oz = (box.min.z + box.max.z) / 2;
  for (let triangle = 0; triangle < triangles; triangle++) {
    const a = (indices[triangle * 3] as number) * 3;
    const b = (indices[triangle * 3 + 1] as number) * 3;
    const c = (indices[triangle * 3 + 2] as number) * 3;
    const ax = (positions[a] as number) - ox;
    const ay = (positions[a + 1] as number) - oy;
    const az = (positions[a + 2] as number) - oz;
    const bx = (positions[b] as number) - ox;
    const by = (positions[b + 1] as number) - oy;
    const bz = (positions[b + 2] as number) - oz;
    const cx = (positions[c] as number) - ox;
    const cy = (positions[c + 1] as number) - oy;
    const cz = (positions[c + 2] as number) - oz;
    const nx = (by - ay) * (cz - az) - (bz - az) * (cy - ay);
    const ny = (bz - az) * (cx - ax) - (bx - ax) * (cz - az);
    const nz = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    const twice = Math.sqrt(nx * nx + ny * ny + nz * nz);
    area2 += twice;
    if (twice <= DEGENERATE_AREA2_MM2) {
      degenerate.count++;
      degenerate.mark(triangle);
    }
    if (a === b || b === c || c === a) continue;
    const root = sets.find(triangle);
    let id = shellOf[root] as number;
    if (id < 0) {
      id = shells.length;
      shellOf[root] = id;
      shells.push(newShell());
    }
    const shell = shells[id] as Shell;
    const against = sets.isAgainstRoot(triangle);
    const volume6 = ax * (by * cz - bz * cy) - ay * (bx * cz - bz * cx) + az * (bx * cy - by * cx);
    shell.volume6 += against ? -volume6 : volume6;
    shell.triangles++;
    if (against) shell.against++;
  }
  const volume6 = orientShells(shells, () => growShells(mesh, sets, shellOf, shells));
  const { flipped, insideOut } = markOrientation(mesh, sets, shellOf, shells);
  return {
    volumeMm3: volume6 / 6,
    areaMm2: area2 / 2,
    shells: shells.length,
    pairs: shells.some(({ triangles: count }) => count === 2),
    flipped,
    insideOut,
    degenerate,
  };
}

function newShell(): Shell {
  const infinity = Number.POSITIVE_INFINITY;
  return {
    volume6: 0,
    triangles: 0,
    against: 0,
    min: [infinity, infinity, infinity],
    max: [-infinity, -infinity, -infinity],
    insideOut: false,
  };
}

/** Boxes of the shells; needed only where one of them is hollow. */
function growShells(mesh: Mesh, sets: OrientedSets, shellOf: Int32Array, shells: readonly Shell[]): void {
  for (let corner = 0; corner < mesh.indices.length; corner++) {
    const shell = shells[shellOf[sets.find(triangleOf(corner))] as number];
    if (shell === undefined) continue;
    const vertex = (mesh.indices[corner] as number) * 3;
    for (let axis = 0; axis < 3; axis++) {
      const value = mesh.positions[vertex + axis] as number;
      if (value < (shell.min[axis] as number)) shell.min[axis] = value;
      if (value > (shell.max[axis] as number)) shell.max[axis] = value;
    }
  }
}

/** Comparisons of hollow with enclosing shells that are worth making. */
const CONTAINMENT_CHECKS_MAX = 1_000_000;

/**
 * Turns each shell the way most of its triangles face and finds those that are inside out: negative, and not a cavity
 * in the box of a positive one. Returns six times the whole volume.
 */
function orientShells(shells: readonly Shell[], grow: () => void): number {
  for (const shell of shells) {
    if (shell.against * 2 > shell.triangles) {
      shell.volume6 = -shell.volume6;
      shell.against = shell.triangles - shell.against;
    }
  }
  const positive = shells.filter(({ volume6 }) => volume6 > 0);
  const negative = shells.filter(({ volume6 }) => volume6 < 0);
  if (negative.length > 0) grow();
  const affordable = positive.length * negative.length <= CONTAINMENT_CHECKS_MAX;
  let sum6 = 0;
  for (const shell of positive) sum6 += shell.volume6;
  for (const shell of negative) {
    const cavity = !affordable || positive.some((outer) => encloses(outer, shell));
    shell.insideOut = !cavity;
    sum6 += cavity ? shell.volume6 : -shell.volume6;
  }
  return Math.max(0, sum6);
}

function encloses(outer: Shell, inner: Shell): boolean {
  return [0, 1, 2].every(
    (axis) =>
      (outer.min[axis] as number) <= (inner.min[axis] as number) &&
      (outer.max[axis] as number) >= (inner.max[axis] as number),
  );
}

function markOrientation(
  mesh: Mesh,
  sets: OrientedSets,
  shellOf: Int32Array,
  shells: readonly Shell[],
): { flipped: Marks; insideOut: Marks } {
  const flipped = new Marks();
  const insideOut = new Marks();
  if (!shells.some((shell) => shell.against > 0 || shell.insideOut)) return { flipped, insideOut };
  // Which parity is the minority of each shell: count again, as the root itself may be in it.
  const against = new Uint32Array(shells.length);
  for (let triangle = 0; triangle < mesh.triangles; triangle++) {
    const id = shellOf[sets.find(triangle)] as number;
    if (id >= 0 && sets.isAgainst(triangle)) (against[id] as number)++;
  }
  for (let triangle = 0; triangle < mesh.triangles; triangle++) {
    const id = shellOf[sets.find(triangle)] as number;
    if (id < 0) continue;
    const shell = shells[id] as Shell;
    const minority = (against[id] as number) * 2 > shell.triangles ? 0 : 1;
    if (shell.against > 0 && sets.isAgainst(triangle) === (minority === 1)) {
      flipped.count++;
      flipped.mark(triangle);
    }
    if (shell.insideOut) {
      insideOut.count++;
      insideOut.mark(triangle);
    }
  }
  return { flipped, insideOut };
}
