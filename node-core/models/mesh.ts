// The one mesh of the console: indexed triangles in millimetres, welded by exact position. Parsers build it through
// MeshBuilder, which keeps the limits; -0 counts as 0. Order of triangles is the order in the file.

import { FaultError } from '../base/index.ts';
import { modelFault } from './faults.ts';
import type { ModelLimits } from './limits.ts';
import { MODEL_LIMITS } from './limits.ts';

export type Mesh = {
  /** x, y, z of each vertex in millimetres. */
  readonly positions: Float32Array;
  /** Three vertex indices a triangle, counter-clockwise seen from outside. */
  readonly indices: Uint32Array;
  readonly triangles: number;
};

export type ParseOptions = {
  /** 0 … 1, called every few ten thousand triangles. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<ModelLimits> | undefined;
};

/** What every parser is given. @throws FaultError from `tick` where the work was cancelled. */
export type ParseContext = {
  readonly limits: ModelLimits;
  readonly tick: (fraction: number) => void;
};

export function createParseContext(options: ParseOptions): ParseContext {
  return {
    limits: { ...MODEL_LIMITS, ...options.limits },
    tick(fraction) {
      if (options.signal?.aborted === true) throw new FaultError(modelFault('model.cancelled'));
      options.onProgress?.(fraction);
    },
  };
}

const EXPONENT_BITS = 0x7f80_0000;
const SIGN_BIT = 0x8000_0000;

/** Finds or adds vertices by the bit pattern of their three float32 coordinates: open addressing, doubling. */
export class Welder {
  #floats: Float32Array;
  #bits: Uint32Array;
  #slots: Int32Array;
  #count = 0;
  readonly #scratch = new Float32Array(3);
  readonly #scratchBits = new Uint32Array(this.#scratch.buffer);

  constructor(verticesExpected: number) {
    let slots = 64;
    while (slots < verticesExpected * 2) slots *= 2;
    this.#slots = new Int32Array(slots).fill(-1);
    this.#floats = new Float32Array(Math.max(16, verticesExpected) * 3);
    this.#bits = new Uint32Array(this.#floats.buffer);
  }

  get count(): number {
    return this.#count;
  }

  /** Index of the vertex, or -1 where a coordinate is not finite as float32. */
  add(x: number, y: number, z: number): number {
    const scratch = this.#scratch;
    scratch[0] = x;
    scratch[1] = y;
    scratch[2] = z;
    const bits = this.#scratchBits;
    return this.addBits(bits[0] as number, bits[1] as number, bits[2] as number);
  }

  /** As `add`, from IEEE 754 bit patterns. */
  addBits(xGiven: number, yGiven: number, zGiven: number): number {
    const x = xGiven === SIGN_BIT ? 0 : xGiven;
    const y = yGiven === SIGN_BIT ? 0 : yGiven;
    const z = zGiven === SIGN_BIT ? 0 : zGiven;
    if (
      (x & EXPONENT_BITS) === EXPONENT_BITS ||
      (y & EXPONENT_BITS) === EXPONENT_BITS ||
      (z & EXPONENT_BITS) === EXPONENT_BITS
    ) {
      return -1;
    }
    const slots = this.#slots;
    const mask = slots.length - 1;
    const bits = this.#bits;
    let slot = hashTriple(x, y, z) & mask;
    for (;;) {
      const found = slots[slot] as number;
      if (found < 0) break;
      const at = found * 3;
      if (bits[at] === x && bits[at + 1] === y && bits[at + 2] === z) return found;
      slot = (slot + 1) & mask;
    }
    return this.#insert(slot, x, y, z);
  }

  #insert(slot: number, x: number, y: number, z: number): number {
    const index = this.#count++;
    if (index * 3 + 3 > this.#bits.length) this.#growVertices();
    this.#bits[index * 3] = x;
    this.#bits[index * 3 + 1] = y;
    this.#bits[index * 3 + 2] = z;
    this.#slots[slot] = index;
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    return index;
  }

  #growVertices(): void {
    const grown = new Float32Array(this.#floats.length * 2);
    grown.set(this.#floats);
    this.#floats = grown;
    this.#bits = new Uint32Array(grown.buffer);
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    const bits = this.#bits;
    for (let index = 0; index < this.#count; index++) {
      const at = index * 3;
      let slot = hashTriple(bits[at] as number, bits[at + 1] as number, bits[at + 2] as number) & mask;
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      slots[slot] = index;
    }
    this.#slots = slots;
  }

  positions(): Float32Array {
    return this.#floats.slice(0, this.#count * 3);
  }
}

/** Mixes three words well enough that neither grids nor crafted neighbours pile up. */
export function hashTriple(x: number, y: number, z: number): number {
  let hash = Math.imul(x ^ (x >>> 15), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ y, 0xc2b2_ae35);
  hash = Math.imul(hash ^ (hash >>> 16) ^ z, 0x27d4_eb2f);
  return hash ^ (hash >>> 15);
}

/** Growing list of triangles that refuses beyond the limit. */
export class TriangleList {
  #indices: Uint32Array;
  #count = 0;
  readonly #trianglesMax: number;

  constructor(trianglesExpected: number, trianglesMax: number) {
    this.#indices = new Uint32Array(Math.max(16, Math.min(trianglesExpected, trianglesMax)) * 3);
    this.#trianglesMax = trianglesMax;
  }

  get count(): number {
    return this.#count;
  }

  /** @throws FaultError beyond the limit. */
  add(a: number, b: number, c: number): void {
    if (this.#count >= this.#trianglesMax) throw tooManyTriangles(this.#trianglesMax);
    const at = this.#count * 3;
    if (at + 3 > this.#indices.length) {
      const grown = new Uint32Array(this.#indices.length * 2);
      grown.set(this.#indices);
      this.#indices = grown;
    }
    this.#indices[at] = a;
    this.#indices[at + 1] = b;
    this.#indices[at + 2] = c;
    this.#count++;
  }

  indices(): Uint32Array {
    return this.#indices.slice(0, this.#count * 3);
  }
}

export function tooManyTriangles(limit: number): FaultError {
  return new FaultError(modelFault('model.triangles.too-many', { limit }));
}

/** Closes a mesh: something must be in it, and no coordinate may be beyond the limit. @throws FaultError */
export function finishMesh(positions: Float32Array, indices: Uint32Array, limits: ModelLimits): Mesh {
  if (indices.length === 0) throw new FaultError(modelFault('model.triangles.none'));
  const limit = limits.coordinateMmMax;
  for (let i = 0; i < positions.length; i++) {
    const value = positions[i] as number;
    // Written so that NaN, which an overflowing transform can leave, is refused too.
    if (!(value <= limit && value >= -limit)) {
      throw new FaultError(modelFault('model.size.too-large', { limitMm: limit }));
    }
  }
  return { positions, indices, triangles: indices.length / 3 };
}
