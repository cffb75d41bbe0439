// Which triangles share which edges: the ground on which closedness, orientation and shells are decided.
// Flat typed arrays and open addressing; a million triangles take a fraction of a second.

import { hashTriple, type Mesh } from './mesh.ts';

/** Marks half-edges of triangles that have two equal corners: they bound nothing and take no part. */
export const NO_EDGE = 0xffff_ffff;

export type EdgeTable = {
  readonly count: number;
  /** Edge of each half-edge, three a triangle; NO_EDGE for collapsed triangles. */
  readonly ofHalfEdge: Uint32Array;
  /** Triangles that run along the edge from its lower to its higher vertex, and back. Saturating at 65 535. */
  readonly forward: Uint16Array;
  readonly backward: Uint16Array;
  /** First two half-edges on the edge. */
  readonly first: Uint32Array;
  readonly second: Uint32Array;
};

const LOCAL_PROBES_MAX = 32;

export function buildEdgeTable(mesh: Mesh): EdgeTable {
  const { indices, triangles } = mesh;
  const capacity = triangles * 3;
  const low = new Uint32Array(capacity);
  const high = new Uint32Array(capacity);
  const forward = new Uint16Array(capacity);
  const backward = new Uint16Array(capacity);
  const first = new Uint32Array(capacity);
  const second = new Uint32Array(capacity);
  const ofHalfEdge = new Uint32Array(capacity).fill(NO_EDGE);
  // At most 3 edges a triangle, about 1.5 in a closed mesh: 4 slots keep the table sparse in the worst case too.
  let slotCount = 64;
  while (slotCount < triangles * 4) slotCount *= 2;
  const slots = new Int32Array(slotCount).fill(-1);
  const mask = slotCount - 1;
  let count = 0;
  for (let triangle = 0; triangle < triangles; triangle++) {
    const base = triangle * 3;
    const a = indices[base] as number;
    const b = indices[base + 1] as number;
    const c = indices[base + 2] as number;
    if (a === b || b === c || c === a) continue;
    for (let corner = 0; corner < 3; corner++) {
      const from = corner === 0 ? a : corner === 1 ? b : c;
      const to = corner === 0 ? b : corner === 1 ? c : a;
      const lower = Math.min(from, to);
      const higher = Math.max(from, to);
      // Edges of one vertex lie together in the table, as they are met together in the file.
      let slot = (lower * 8 + (Math.imul(higher, 0x9e37_79b1) >>> 29)) & mask;
      let edge = slots[slot] as number;
      for (let probe = 1; edge >= 0 && (low[edge] !== lower || high[edge] !== higher); probe++) {
        // A vertex with very many edges spills over the whole table, so that fans take no quadratic time.
        slot = (probe === LOCAL_PROBES_MAX ? hashTriple(lower, higher, 0) : slot + 1) & mask;
        edge = slots[slot] as number;
      }
      const halfEdge = base + corner;
      if (edge < 0) {
        edge = count++;
        slots[slot] = edge;
        low[edge] = lower;
        high[edge] = higher;
        first[edge] = halfEdge;
      } else if ((forward[edge] as number) + (backward[edge] as number) === 1) {
        second[edge] = halfEdge;
      }
      const uses = from < to ? forward : backward;
      if ((uses[edge] as number) < 0xffff) (uses[edge] as number)++;
      ofHalfEdge[halfEdge] = edge;
    }
  }
  return { count, ofHalfEdge, forward, backward, first, second };
}

/** Union-find over triangles that also tracks whether two of them are oriented against each other. */
export class OrientedSets {
  readonly #parent: Int32Array;
  /** 1 where the triangle is oriented against its parent. */
  readonly #against: Uint8Array;
  readonly #size: Int32Array;
  /** Joins that contradict earlier ones: the surface has no inside (Möbius strip). */
  contradictions = 0;

  constructor(count: number) {
    this.#parent = new Int32Array(count);
    for (let i = 0; i < count; i++) this.#parent[i] = i;
    this.#against = new Uint8Array(count);
    this.#size = new Int32Array(count).fill(1);
  }

  /** Root of the set; compresses the path, so that afterwards `against` is relative to the root. */
  find(item: number): number {
    const parent = this.#parent;
    const against = this.#against;
    let root = item;
    let parity = 0;
    while (parent[root] !== root) {
      parity ^= against[root] as number;
      root = parent[root] as number;
    }
    let at = item;
    while (parent[at] !== root && at !== root) {
      const next = parent[at] as number;
      const rest = parity ^ (against[at] as number);
      parent[at] = root;
      against[at] = parity;
      parity = rest;
      at = next;
    }
    return root;
  }

  /** As isAgainst, directly after `find(item)`. */
  isAgainstRoot(item: number): boolean {
    return this.#parent[item] !== item && this.#against[item] === 1;
  }

  /** Parity against the root. */
  isAgainst(item: number): boolean {
    return this.find(item) !== item && this.#against[item] === 1;
  }

  join(a: number, b: number, against: boolean): void {
    const rootA = this.find(a);
    const rootB = this.find(b);
    const parityA = a === rootA ? 0 : (this.#against[a] as number);
    const parityB = b === rootB ? 0 : (this.#against[b] as number);
    const parity = parityA ^ parityB ^ (against ? 1 : 0);
    if (rootA === rootB) {
      if (parity === 1) this.contradictions++;
      return;
    }
    const bigger = (this.#size[rootA] as number) >= (this.#size[rootB] as number);
    const [root, child] = bigger ? [rootA, rootB] : [rootB, rootA];
    this.#parent[child] = root;
    this.#against[child] = parity;
    (this.#size[root] as number) += this.#size[child] as number;
  }
}

/** Triangle of a half-edge. */
export function triangleOf(halfEdge: number): number {
  return Math.floor(halfEdge / 3);
}
