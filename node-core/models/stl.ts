// STL, binary and ASCII. Binary files are recognised by their exact size, whatever their header says (many begin with
// "solid"); a triangle count that does not match the file is refused rather than guessed. Units are taken as millimetres.

import type { Bytes } from '../base/index.ts';
import { FaultError } from '../base/index.ts';
import { modelFault } from './faults.ts';
import type { Mesh, ParseContext } from './mesh.ts';
import { finishMesh, TriangleList, tooManyTriangles, Welder } from './mesh.ts';
import { ByteScanner } from './scanner.ts';

export const STL_HEADER_BYTES = 84;
export const STL_TRIANGLE_BYTES = 50;
const TICK_TRIANGLES = 1 << 16;

function viewOf(bytes: Bytes): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** True where the size is exactly what the binary header declares. */
export function isExactBinaryStl(bytes: Bytes): boolean {
  if (bytes.length < STL_HEADER_BYTES) return false;
  return viewOf(bytes).getUint32(80, true) * STL_TRIANGLE_BYTES + STL_HEADER_BYTES === bytes.length;
}

/** @throws FaultError */
export function parseBinaryStl(bytes: Bytes, context: ParseContext): Mesh {
  if (bytes.length < STL_HEADER_BYTES) throw new FaultError(modelFault('model.file.truncated'));
  const view = viewOf(bytes);
  const declared = view.getUint32(80, true);
  checkDeclaredCount(bytes, declared);
  if (declared > context.limits.trianglesMax) throw tooManyTriangles(context.limits.trianglesMax);
  // A closed mesh has about half as many vertices as triangles.
  const welder = new Welder((declared >> 1) + 16);
  const indices = new Uint32Array(declared * 3);
  let corner = 0;
  for (let triangle = 0; triangle < declared; triangle++) {
    if (triangle % TICK_TRIANGLES === 0) context.tick(triangle / declared);
    const at = STL_HEADER_BYTES + triangle * STL_TRIANGLE_BYTES + 12;
    for (let offset = at; offset < at + 36; offset += 12) {
      const index = welder.addBits(
        view.getUint32(offset, true),
        view.getUint32(offset + 4, true),
        view.getUint32(offset + 8, true),
      );
      if (index < 0) throw notANumber(`triangle ${triangle + 1}`);
      indices[corner++] = index;
    }
  }
  return finishMesh(welder.positions(), indices, context.limits);
}

/** Padding and foreign data after the triangles are tolerated; missing or uncounted triangles are not. */
function checkDeclaredCount(bytes: Bytes, declared: number): void {
  const bodyBytes = bytes.length - STL_HEADER_BYTES;
  const present = Math.floor(bodyBytes / STL_TRIANGLE_BYTES);
  if (declared > present) throw new FaultError(modelFault('model.stl.count', { declared, present }));
  const restBytes = bodyBytes - declared * STL_TRIANGLE_BYTES;
  const looksLikeTriangles = restBytes > 0 && restBytes % STL_TRIANGLE_BYTES === 0;
  const uncounted = declared === 0 ? restBytes >= STL_TRIANGLE_BYTES : looksLikeTriangles;
  if (uncounted && !isZero(bytes, STL_HEADER_BYTES + declared * STL_TRIANGLE_BYTES)) {
    throw new FaultError(modelFault('model.stl.count', { declared, present }));
  }
}

function isZero(bytes: Bytes, from: number): boolean {
  for (let i = from; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

function notANumber(where: string): FaultError {
  return new FaultError(modelFault('model.number.invalid', { where }));
}

/** One or more `solid … endsolid`; facet normals are ignored, as they follow from the corners. @throws FaultError */
export function parseAsciiStl(bytes: Bytes, context: ParseContext): Mesh {
  const scanner = new ByteScanner(bytes);
  // 29 MB of text hold about 100 000 facets.
  const expected = Math.ceil(bytes.length / 280);
  const welder = new Welder(Math.min(expected, context.limits.trianglesMax) >> 1);
  const triangles = new TriangleList(expected, context.limits.trianglesMax);
  while (scanner.skipSpace(true)) {
    expect(scanner, 'solid');
    scanner.skipLine();
    for (;;) {
      if (!scanner.skipSpace(true)) throw new FaultError(modelFault('model.file.truncated'));
      if (scanner.takeWord('endsolid')) break;
      readFacet(scanner, welder, triangles);
      if (triangles.count % TICK_TRIANGLES === 0) context.tick(scanner.at / bytes.length);
    }
    scanner.skipLine();
  }
  return finishMesh(welder.positions(), triangles.indices(), context.limits);
}

function readFacet(scanner: ByteScanner, welder: Welder, triangles: TriangleList): void {
  expect(scanner, 'facet');
  expect(scanner, 'normal');
  for (let i = 0; i < 3; i++) {
    scanner.skipSpace(true);
    scanner.skipWord();
  }
  expect(scanner, 'outer');
  expect(scanner, 'loop');
  const a = readVertex(scanner, welder);
  const b = readVertex(scanner, welder);
  const c = readVertex(scanner, welder);
  expect(scanner, 'endloop');
  expect(scanner, 'endfacet');
  triangles.add(a, b, c);
}

function readVertex(scanner: ByteScanner, welder: Welder): number {
  expect(scanner, 'vertex');
  const x = readCoordinate(scanner);
  const y = readCoordinate(scanner);
  const z = readCoordinate(scanner);
  const index = welder.add(x, y, z);
  if (index < 0) throw notANumber(`line ${scanner.line}`);
  return index;
}

function readCoordinate(scanner: ByteScanner): number {
  if (!scanner.skipSpace(true)) throw new FaultError(modelFault('model.file.truncated'));
  const value = scanner.readNumber();
  const next = scanner.bytes[scanner.at];
  const ended = scanner.at >= scanner.end || (next !== undefined && next <= 32);
  if (Number.isNaN(value) || !ended) throw notANumber(`line ${scanner.line}`);
  return value;
}

function expect(scanner: ByteScanner, word: string): void {
  if (!scanner.skipSpace(true)) throw new FaultError(modelFault('model.file.truncated'));
  if (scanner.takeWord(word)) return;
  // A word cut off by the end of the file is a truncated file, not a wrong one.
  const rest = scanner.end - scanner.at;
  const cut = rest < word.length && word.startsWith(scanner.text(scanner.at, scanner.end).toLowerCase());
  throw new FaultError(
    cut ? modelFault('model.file.truncated') : modelFault('model.syntax', { line: scanner.line }),
  );
}

/** Binary STL of a mesh: what slicers are given, so that they read exactly the shape that was measured. */
export function encodeBinaryStl(mesh: Mesh): Bytes {
  const bytes = new Uint8Array(STL_HEADER_BYTES + mesh.triangles * STL_TRIANGLE_BYTES);
  const view = viewOf(bytes);
  view.setUint32(80, mesh.triangles, true);
  const { positions, indices } = mesh;
  for (let triangle = 0; triangle < mesh.triangles; triangle++) {
    // The normal stays zero: readers derive it from the corners.
    let at = STL_HEADER_BYTES + triangle * STL_TRIANGLE_BYTES + 12;
    for (let corner = 0; corner < 3; corner++) {
      const vertex = (indices[triangle * 3 + corner] as number) * 3;
      view.setFloat32(at, positions[vertex] as number, true);
      view.setFloat32(at + 4, positions[vertex + 1] as number, true);
      view.setFloat32(at + 8, positions[vertex + 2] as number, true);
      at += 12;
    }
  }
  return bytes;
}
