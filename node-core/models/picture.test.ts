// What is shown of a mesh: coarse preview, compact codec, thumbnail. Strict reading, deterministic making.

import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../base/crc32.ts';
import type { Bytes } from '../base/index.ts';
import { equalBytes, unwrap } from '../base/index.ts';
import type { Mesh } from './index.ts';
import { decodeMesh, encodeMesh, measureMesh, parseModel, previewMesh, renderThumbnail } from './index.ts';
import { encodePng } from './png.ts';
import { binaryStl, boxFacets, type Facet, torusFacets } from './test-shapes.ts';

const meshOf = (facets: readonly Facet[]): Mesh => unwrap(parseModel(binaryStl(facets), 'a.stl'));
const torus = meshOf(torusFacets(200, 100));

describe('preview', () => {
  test.each([12, 100, 1000, 5000, 39_999])('at most %i triangles, and near the shape', (limit) => {
    const preview = previewMesh(torus, limit);
    expect(preview.triangles).toBeGreaterThan(0);
    expect(preview.triangles).toBeLessThanOrEqual(limit);
    expect(preview.indices.every((index) => index < preview.positions.length / 3)).toBe(true);
    const [whole, coarse] = [measureMesh(torus), measureMesh(preview)];
    if (limit >= 1000) {
      expect(preview.triangles).toBeGreaterThan(limit / 8);
      expect(Math.abs(coarse.volumeMm3 / whole.volumeMm3 - 1)).toBeLessThan(0.1);
      expect(coarse.sizeUm.x).toBeGreaterThan(whole.sizeUm.x * 0.95);
    }
  });

  test('is the same every time, and small meshes are left alone', () => {
    expect(previewMesh(torus, 500)).toEqual(previewMesh(torus, 500));
    const cube = meshOf(boxFacets());
    expect(previewMesh(cube, 12)).toBe(cube);
  });

  test('dust of far-apart specks still obeys the limit', () => {
    const specks = Array.from({ length: 400 }, (_, i) =>
      boxFacets([0.01, 0.01, 0.01], [(i % 20) * 50, Math.floor(i / 20) * 50, 0]),
    ).flat();
    const preview = previewMesh(meshOf(specks), 50);
    expect(preview.triangles).toBeGreaterThan(0);
    expect(preview.triangles).toBeLessThanOrEqual(50);
  });
});

describe('mesh codec', () => {
  test('keeps triangles and order, and positions to a 65 535th of the box', () => {
    const decoded = unwrap(decodeMesh(encodeMesh(torus)));
    expect(decoded.indices).toEqual(torus.indices);
    const step = 58 / 65_535;
    for (let i = 0; i < torus.positions.length; i++) {
      expect(Math.abs((decoded.positions[i] as number) - (torus.positions[i] as number))).toBeLessThan(step);
    }
    expect(encodeMesh(torus).length).toBeLessThan(torus.triangles * 8);
  });

  test('any mesh survives', () => {
    const coordinate = fc.float({ min: -5000, max: 5000, noNaN: true });
    const arbitrary = fc
      .array(fc.tuple(coordinate, coordinate, coordinate), { minLength: 1, maxLength: 30 })
      .chain((points) =>
        fc.array(fc.nat({ max: points.length - 1 }), { maxLength: 60 }).map((numbers): Mesh => {
          const indices = Uint32Array.from(numbers.slice(0, numbers.length - (numbers.length % 3)));
          return { positions: Float32Array.from(points.flat()), indices, triangles: indices.length / 3 };
        }),
      );
    fc.assert(
      fc.property(arbitrary, (mesh) => {
        const decoded = unwrap(decodeMesh(encodeMesh(mesh)));
        expect(decoded.indices).toEqual(mesh.indices);
        for (let i = 0; i < mesh.positions.length; i++) {
          expect(Math.abs((decoded.positions[i] as number) - (mesh.positions[i] as number))).toBeLessThan(
            0.1,
          );
        }
      }),
    );
  });

  test('truncated, extended and changed bytes are refused or are another mesh', () => {
    const bytes = encodeMesh(meshOf(boxFacets()));
    for (let length = 0; length < bytes.length; length++)
      expect(decodeMesh(bytes.slice(0, length)).ok).toBe(false);
    expect(decodeMesh(Uint8Array.from([...bytes, 0])).ok).toBe(false);
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), (at, byte) => {
        const changed = bytes.slice();
        changed[at % bytes.length] = byte;
        const decoded = decodeMesh(changed);
        if (!decoded.ok) return;
        const { positions, indices } = decoded.value;
        expect(indices.every((index) => index < positions.length / 3)).toBe(true);
        expect(positions.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

/** Undoes PNG filtering with the standard's own words, to check the encoder from outside. */
function readPng(png: Bytes): { width: number; height: number; pixels: Uint8Array } {
  const view = new DataView(png.buffer, png.byteOffset);
  const chunks = new Map<string, Bytes>();
  for (let at = 8; at < png.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    expect(view.getUint32(at + 8 + length)).toBe(crc32(png.subarray(at + 4, at + 8 + length)));
    chunks.set(type, png.slice(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const header = new DataView((chunks.get('IHDR') as Bytes).buffer);
  const [width, height] = [header.getUint32(0), header.getUint32(4)];
  const raw = inflateSync(chunks.get('IDAT') as Bytes);
  const stride = width * 4;
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < stride; i++) {
      const a = i < 4 ? 0 : (pixels[y * stride + i - 4] as number);
      const b = y === 0 ? 0 : (pixels[(y - 1) * stride + i] as number);
      const c = i < 4 || y === 0 ? 0 : (pixels[(y - 1) * stride + i - 4] as number);
      const p = a + b - c;
      const nearest =
        Math.abs(p - a) <= Math.abs(p - b) && Math.abs(p - a) <= Math.abs(p - c)
          ? a
          : Math.abs(p - b) <= Math.abs(p - c)
            ? b
            : c;
      const predicted = [0, a, b, (a + b) >> 1, nearest][raw[y * (stride + 1)] as number] as number;
      pixels[y * stride + i] = (raw[y * (stride + 1) + 1 + i] as number) + predicted;
    }
  }
  return { width, height, pixels };
}

describe('PNG', () => {
  test('any picture comes back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.nat({ max: 255 })),
        (width, height, stream) => {
          const pixels = Uint8Array.from({ length: width * height * 4 }, () => stream.next().value as number);
          expect(readPng(encodePng(pixels, width, height))).toEqual({ width, height, pixels });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('thumbnail', () => {
  const { width, height, pixels } = readPng(
    renderThumbnail(meshOf(boxFacets([20, 20, 20])), { width: 96, height: 80, colour: '#ff0000' }),
  );
  const at = (x: number, y: number) =>
    [...pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)] as [number, number, number, number];

  test('shows the part opaque in the middle, in its colour, on nothing', () => {
    expect([width, height]).toEqual([96, 80]);
    const [red, green, blue, alpha] = at(48, 40);
    expect(alpha).toBe(255);
    expect(red).toBeGreaterThan(100);
    expect(red).toBeGreaterThan(3 * Math.max(green, blue));
    for (const [x, y] of [
      [0, 0],
      [95, 0],
      [0, 79],
      [95, 79],
    ] as const)
      expect(at(x, y)[3]).toBe(0);
  });

  test('the top is lighter than the sides, edges are smooth, a shadow lies beside', () => {
    const middle = Array.from({ length: height }, (_, y) => at(48, y)).filter(
      ([, , , alpha]) => alpha === 255,
    );
    expect((middle[3] as number[])[0]).toBeGreaterThan((middle[middle.length - 4] as number[])[0] as number);
    const alphas = Array.from({ length: width * height }, (_, i) => pixels[i * 4 + 3] as number);
    expect(alphas.filter((alpha) => alpha > 60 && alpha < 250).length).toBeGreaterThan(20);
    const shadow = Array.from({ length: width * height }, (_, i) => i).filter(
      (i) => (pixels[i * 4] as number) < 8 && (alphas[i] as number) > 20 && (alphas[i] as number) < 128,
    );
    expect(shadow.length).toBeGreaterThan(20);
  });

  test('is the same every time, and survives shapes of no extent', () => {
    const options = { width: 40, height: 40 };
    expect(equalBytes(renderThumbnail(torus, options), renderThumbnail(torus, options))).toBe(true);
    const speck: Mesh = { positions: new Float32Array(9), indices: Uint32Array.of(0, 1, 2), triangles: 1 };
    expect(readPng(renderThumbnail(speck, { width: 8, height: 8 })).width).toBe(8);
  });
});
