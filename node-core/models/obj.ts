// Wavefront OBJ: vertices and faces of any arity, absolute and negative indices, continued lines. Groups, normals,
// textures and materials do not change the shape and are skipped; curves and surfaces are not read. Units: millimetres.

import type { Bytes } from '../base/index.ts';
import { FaultError } from '../base/index.ts';
import { modelFault } from './faults.ts';
import { POLYGON_CORNERS_MAX } from './limits.ts';
import type { Mesh, ParseContext } from './mesh.ts';
import { finishMesh, TriangleList, Welder } from './mesh.ts';
import { triangulatePolygon } from './polygon.ts';
import { ByteScanner } from './scanner.ts';

const TICK_LINES = 1 << 16;
const BACKSLASH = 92;

class ObjReader {
  readonly #scanner: ByteScanner;
  readonly #context: ParseContext;
  readonly #welder: Welder;
  readonly #triangles: TriangleList;
  /** x, y, z of each `v` line as written; faces may refer back to any of them. */
  #vertices = new Float64Array(3 * 1024);
  #vertexCount = 0;
  readonly #corners: number[] = [];

  constructor(bytes: Bytes, context: ParseContext) {
    this.#scanner = new ByteScanner(bytes);
    this.#context = context;
    // A vertex and two faces take about 90 bytes of text.
    const expected = Math.min(Math.ceil(bytes.length / 45), context.limits.trianglesMax);
    this.#welder = new Welder(expected >> 1);
    this.#triangles = new TriangleList(expected, context.limits.trianglesMax);
  }

  /** @throws FaultError */
  read(): Mesh {
    const scanner = this.#scanner;
    let lines = 0;
    while (scanner.skipSpace(true)) {
      if (lines++ % TICK_LINES === 0) this.#context.tick(scanner.at / scanner.end);
      if (scanner.takeWord('v')) this.#readVertex();
      else if (scanner.takeWord('f')) this.#readFace();
      else this.#skipLine();
    }
    return finishMesh(this.#welder.positions(), this.#triangles.indices(), this.#context.limits);
  }

  /** A backslash at the end of a line continues it. */
  #skipLine(): void {
    const scanner = this.#scanner;
    for (;;) {
      scanner.skipLine();
      if (scanner.at === 0 || scanner.bytes[scanner.at - 1] !== BACKSLASH || scanner.at >= scanner.end)
        return;
      scanner.skipSpace(true);
    }
  }

  /** True where another word stands on the (possibly continued) line. */
  #hasWord(): boolean {
    const scanner = this.#scanner;
    for (;;) {
      if (!scanner.skipSpace(false)) return false;
      const byte = scanner.bytes[scanner.at];
      if (byte === 10 || byte === 13 || byte === 35) return false;
      if (byte !== BACKSLASH) return true;
      scanner.at++;
      const next = scanner.bytes[scanner.at];
      if (next !== 10 && next !== 13) throw this.#syntax();
      if (!scanner.skipSpace(true)) return false;
    }
  }

  #syntax(): FaultError {
    return new FaultError(modelFault('model.syntax', { line: this.#scanner.line }));
  }

  #readVertex(): void {
    const scanner = this.#scanner;
    const at = this.#vertexCount * 3;
    if (at + 3 > this.#vertices.length) {
      const grown = new Float64Array(this.#vertices.length * 2);
      grown.set(this.#vertices);
      this.#vertices = grown;
    }
    for (let axis = 0; axis < 3; axis++) {
      if (!this.#hasWord()) throw this.#syntax();
      const value = scanner.readNumber();
      if (Number.isNaN(value) || !this.#atWordEnd()) {
        throw new FaultError(modelFault('model.number.invalid', { where: `line ${scanner.line}` }));
      }
      this.#vertices[at + axis] = value;
    }
    this.#vertexCount++;
    // A weight or a colour may follow.
    this.#skipLine();
  }

  #atWordEnd(): boolean {
    const { bytes, at, end } = this.#scanner;
    return at >= end || (bytes[at] as number) <= 32 || bytes[at] === BACKSLASH;
  }

  #readFace(): void {
    const scanner = this.#scanner;
    const corners = this.#corners;
    corners.length = 0;
    const line = scanner.line;
    while (this.#hasWord()) {
      const index = scanner.readNumber();
      if (!Number.isInteger(index)) throw this.#syntax();
      this.#skipIndices();
      const vertex = index < 0 ? this.#vertexCount + index : index - 1;
      if (vertex < 0 || vertex >= this.#vertexCount || index === 0) {
        throw new FaultError(modelFault('model.index.invalid', { where: `line ${line}` }));
      }
      corners.push(vertex);
      if (corners.length > POLYGON_CORNERS_MAX) {
        throw new FaultError(modelFault('model.face.too-complex', { limit: POLYGON_CORNERS_MAX }));
      }
    }
    if (corners.length < 3) throw new FaultError(modelFault('model.syntax', { line }));
    this.#skipLine();
    this.#addPolygon(line);
  }

  /** Texture and normal indices after the slashes do not matter here; a backslash may follow without a space. */
  #skipIndices(): void {
    const scanner = this.#scanner;
    while (!this.#atWordEnd()) scanner.at++;
  }

  #addPolygon(line: number): void {
    const corners = this.#corners;
    const points = new Float64Array(corners.length * 3);
    const welded: number[] = [];
    for (const [i, vertex] of corners.entries()) {
      const x = this.#vertices[vertex * 3] as number;
      const y = this.#vertices[vertex * 3 + 1] as number;
      const z = this.#vertices[vertex * 3 + 2] as number;
      points[i * 3] = x;
      points[i * 3 + 1] = y;
      points[i * 3 + 2] = z;
      const index = this.#welder.add(x, y, z);
      if (index < 0) throw new FaultError(modelFault('model.number.invalid', { where: `line ${line}` }));
      welded.push(index);
    }
    const cut = triangulatePolygon(points);
    for (let i = 0; i < cut.length; i += 3) {
      const [a, b, c] = [cut[i] as number, cut[i + 1] as number, cut[i + 2] as number];
      this.#triangles.add(welded[a] as number, welded[b] as number, welded[c] as number);
    }
  }
}

/** @throws FaultError */
export function parseObj(bytes: Bytes, context: ParseContext): Mesh {
  return new ObjReader(bytes, context).read();
}
