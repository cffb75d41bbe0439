// STL as strangers write it: both forms, every way of being wrong, and any bytes at all.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../base/index.ts';
import { concatBytes, unwrap, utf8ToBytes } from '../base/index.ts';
import type { ParseOptions } from './index.ts';
import { encodeBinaryStl, measureMesh, parseAnyModel, parseModel } from './index.ts';
import { asciiStl, binaryStl, boxFacets, torusFacets } from './test-shapes.ts';

const CUBE = boxFacets();

function faultOf(bytes: Bytes, name = 'part.stl', options: ParseOptions = {}): string {
  const parsed = parseModel(bytes, name, options);
  return parsed.ok ? 'ok' : parsed.fault.code;
}

function replaced(text: string, from: string | RegExp, to: string): Bytes {
  expect(text).toMatch(from);
  return utf8ToBytes(text.replace(from, to));
}

const cubeText = new TextDecoder().decode(asciiStl(CUBE));

describe('binary STL', () => {
  test('welds a cube to eight corners', () => {
    const mesh = unwrap(parseModel(binaryStl(CUBE), 'cube.stl'));
    expect([mesh.triangles, mesh.positions.length / 3]).toEqual([12, 8]);
    expect(measureMesh(mesh)).toMatchObject({ volumeMm3: 1000, areaMm2: 600, watertight: true });
  });

  test('is recognised by size though it begins with "solid", and whatever it is called', () => {
    const bytes = binaryStl(CUBE, 'solid made by a facet of an exporter');
    for (const name of ['part.stl', 'part.obj', 'part', 'part.3mf']) {
      expect(unwrap(parseAnyModel(bytes, name)).format).toBe('stl');
    }
  });

  test('minus zero is zero', () => {
    const facets = CUBE.map((facet) =>
      facet.map((point, i) => point.map((value) => (value === 0 && i === 1 ? -0 : value))),
    );
    const mesh = unwrap(parseModel(binaryStl(facets as never), 'cube.stl'));
    expect(mesh.positions.length / 3).toBe(8);
  });

  test('a count larger or smaller than the file is refused with both numbers', () => {
    const more = binaryStl(CUBE);
    new DataView(more.buffer).setUint32(80, 13, true);
    const parsed = parseModel(more, 'part.stl');
    expect(parsed.ok ? undefined : parsed.fault.data).toEqual({ declared: 13, present: 12 });
    for (const declared of [0, 5, 11, 4_294_967_295]) {
      const bytes = binaryStl(CUBE);
      new DataView(bytes.buffer).setUint32(80, declared, true);
      expect(faultOf(bytes)).toBe('model.stl.count');
    }
  });

  test('every truncation is refused, none with a wrong mesh', () => {
    const whole = binaryStl(CUBE);
    for (let length = 1; length < whole.length; length++) {
      expect(faultOf(whole.slice(0, length))).toMatch(/^model\.(stl\.count|file\.truncated)$/);
    }
  });

  test('padding and a foreign tail after the triangles are tolerated', () => {
    const tail = utf8ToBytes('COLOR=abc, exported');
    expect(faultOf(concatBytes(binaryStl(CUBE), tail))).toBe('ok');
    expect(faultOf(concatBytes(binaryStl(CUBE), new Uint8Array(100)))).toBe('ok');
    expect(faultOf(concatBytes(binaryStl(CUBE), binaryStl(CUBE).subarray(84)))).toBe('model.stl.count');
  });

  test('NaN, infinity and far corners are refused', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const bytes = binaryStl(CUBE);
      new DataView(bytes.buffer).setFloat32(84 + 50 * 7 + 12 + 8, value, true);
      const parsed = parseModel(bytes, 'part.stl');
      expect(parsed.ok ? 'ok' : parsed.fault.message).toContain('triangle 8');
    }
    expect(faultOf(binaryStl(boxFacets([10, 10, 1e6])))).toBe('model.size.too-large');
  });

  test('nothing, and more than allowed', () => {
    expect(faultOf(binaryStl([]))).toBe('model.triangles.none');
    expect(faultOf(new Uint8Array(0))).toBe('model.file.empty');
    expect(faultOf(binaryStl(CUBE), 'a.stl', { limits: { trianglesMax: 11 } })).toBe(
      'model.triangles.too-many',
    );
    expect(faultOf(binaryStl(CUBE), 'a.stl', { limits: { fileBytesMax: 600 } })).toBe('model.file.too-large');
  });

  test('writing and reading again is the same mesh', () => {
    const mesh = unwrap(parseModel(binaryStl(torusFacets(24, 12)), 'torus.stl'));
    expect(unwrap(parseModel(encodeBinaryStl(mesh), 'again.stl'))).toEqual(mesh);
  });
});

describe('ASCII STL', () => {
  test.each(['\n', '\r\n', '\r', ' \t\n\n'])('reads with line end %j', (lineEnd) => {
    const mesh = unwrap(parseModel(asciiStl(CUBE, 'a facet loop', lineEnd), 'cube.stl'));
    expect(mesh).toEqual(unwrap(parseModel(binaryStl(CUBE), 'cube.stl')));
  });

  test('case, byte-order mark, normals of NaN, several solids, no name', () => {
    expect(faultOf(utf8ToBytes(cubeText.toUpperCase()))).toBe('ok');
    expect(faultOf(utf8ToBytes(`\ufeff${cubeText}`))).toBe('ok');
    expect(faultOf(replaced(cubeText, /normal 0 0 0/g, 'normal nan -nan(ind) 1.#QNAN'))).toBe('ok');
    const two = new TextDecoder().decode(asciiStl(boxFacets([1, 1, 1], [20, 0, 0]), ''));
    const mesh = unwrap(parseModel(utf8ToBytes(cubeText + two), 'two.stl'));
    expect(measureMesh(mesh).shells).toBe(2);
  });

  test('numbers in every notation', () => {
    for (const ten of [
      '10.0',
      '+10',
      '1e1',
      '1.0E+01',
      '.1e2',
      '10.000000000000000000000',
      '0010.',
      '100e-1',
    ]) {
      const mesh = unwrap(parseModel(replaced(cubeText, /\b10\b/g, ten), 'cube.stl'));
      expect(mesh.positions.length / 3).toBe(8);
    }
  });

  test('what is not a number, or not the grammar, is refused with its line', () => {
    for (const wrong of ['nan', 'inf', '-Infinity', '1.#INF', '1e999', '1e', '--1', '1,5', 'x', '1.2.3']) {
      const parsed = parseModel(replaced(cubeText, 'vertex 10', `vertex ${wrong}`), 'cube.stl');
      expect(parsed.ok ? 'ok' : parsed.fault.code).toBe('model.number.invalid');
      expect(parsed.ok ? '' : parsed.fault.message).toMatch(/line \d+/);
    }
    expect(faultOf(replaced(cubeText, 'endloop', 'vertex 1 2 3\nendloop'))).toBe('model.syntax');
    expect(faultOf(replaced(cubeText, 'outer loop', 'inner loop'))).toBe('model.syntax');
  });

  test('every truncation is refused', () => {
    const whole = asciiStl(CUBE);
    // The last line end may go, and then the name.
    const end = cubeText.lastIndexOf('endsolid') + 'endsolid'.length;
    for (let length = 6; length < end; length++) {
      expect(faultOf(whole.slice(0, length))).not.toBe('ok');
    }
    expect(faultOf(whole.slice(0, end))).toBe('ok');
  });

  test('an empty solid holds no shape', () => {
    expect(faultOf(utf8ToBytes('solid nothing\nendsolid nothing\n'))).toBe('model.triangles.none');
  });
});

describe('what is not a model', () => {
  test('STEP and IGES are refused with the way out', () => {
    const step = utf8ToBytes("ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION(('x'),'2;1');\nENDSEC;\n");
    expect(faultOf(step, 'part.step')).toBe('model.format.step');
    expect(faultOf(step, 'part.stl')).toBe('model.format.step');
  });

  test.each([
    ['notes.txt', 'Dear customer,\nv is for victory.\n'],
    ['page.stl', '<!doctype html><html><body>404 not found</body></html>'.repeat(4)],
    ['part.gcode', 'G28\nG1 X10 Y10 E1\n'],
    ['part.ply', 'ply\nformat ascii 1.0\nelement vertex 8\nend_header\n0 0 0\n'],
    ['part.amf', '<?xml version="1.0"?><amf unit="millimeter"></amf>'],
  ])('%s is unknown', (name, text) => {
    expect(faultOf(utf8ToBytes(text), name)).toBe('model.format.unknown');
  });

  test('any bytes under any name give a mesh or a fault, never a crash', () => {
    const names = fc.constantFrom('a.stl', 'a.obj', 'a.3mf', 'a', 'a.step');
    const heads = fc.constantFrom(
      '',
      'solid ',
      'solid x\nfacet normal 0 0 1\nouter loop\nvertex ',
      'v 1 2 3\n',
      'PK\u0003\u0004',
    );
    fc.assert(
      fc.property(names, heads, fc.uint8Array({ maxLength: 400 }), (name, head, tail) => {
        const parsed = parseModel(concatBytes(utf8ToBytes(head), tail), name);
        if (parsed.ok) expect(parsed.value.triangles).toBeGreaterThan(0);
        else expect(parsed.fault.code).toMatch(/^model\./);
      }),
      { numRuns: 400 },
    );
  });

  test('one byte changed anywhere gives a mesh or a fault', () => {
    const files = [binaryStl(CUBE), asciiStl(CUBE)];
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.nat(), fc.nat({ max: 255 }), (file, at, byte) => {
        const bytes = file.slice();
        bytes[at % bytes.length] = byte;
        const parsed = parseModel(bytes, 'a.stl');
        if (parsed.ok)
          expect(parsed.value.indices.every((i) => i < parsed.value.positions.length / 3)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('reports progress and can be cancelled', () => {
    const seen: number[] = [];
    const bytes = binaryStl(torusFacets(300, 250));
    unwrap(parseModel(bytes, 'a.stl', { onProgress: (fraction) => seen.push(fraction) }));
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    const controller = new AbortController();
    controller.abort();
    expect(faultOf(bytes, 'a.stl', { signal: controller.signal })).toBe('model.cancelled');
  });
});
