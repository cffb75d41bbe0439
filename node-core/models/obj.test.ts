// OBJ as strangers write it: arities, indices, continuations, and what must be refused.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap, utf8ToBytes } from '../base/index.ts';
import { measureMesh, parseAnyModel, parseModel } from './index.ts';

const read = (text: string) => unwrap(parseModel(utf8ToBytes(text), 'part.obj'));
const faultOf = (text: string) => {
  const parsed = parseModel(utf8ToBytes(text), 'part.obj');
  return parsed.ok ? 'ok' : parsed.fault.code;
};

const CORNERS = ['0 0 0', '10 0 0', '0 10 0', '10 10 0', '0 0 10', '10 0 10', '0 10 10', '10 10 10'];
const QUADS = [
  [1, 3, 4, 2],
  [5, 6, 8, 7],
  [1, 2, 6, 5],
  [3, 7, 8, 4],
  [1, 5, 7, 3],
  [2, 4, 8, 6],
];
const vertices = CORNERS.map((corner) => `v ${corner}`).join('\n');
const cube = (face: (quad: readonly number[]) => string) => `${vertices}\n${QUADS.map(face).join('\n')}\n`;

describe('faces', () => {
  test.each<[string, (quad: readonly number[]) => string]>([
    ['quads', (quad) => `f ${quad.join(' ')}`],
    ['negative indices', (quad) => `f ${quad.map((i) => i - 9).join(' ')}`],
    ['textures and normals', (quad) => `f ${quad.map((i) => `${i}/7/3`).join(' ')}`],
    ['normals only', (quad) => `f ${quad.map((i) => `${i}//3`).join('\t ')}  `],
    ['a comment behind', (quad) => `f ${quad.join(' ')} # a face`],
    ['continued lines', (quad) => `f ${quad.slice(0, 2).join(' ')} \\\n ${quad.slice(2).join(' ')}`],
    ['continued with CRLF', (quad) => `f ${quad.slice(0, 3).join(' ')}\\\r\n${quad[3]}\r`],
    ['groups between', (quad) => `g side\nusemtl red\ns off\nf ${quad.join(' ')}`],
  ])('%s', (_, face) => {
    expect(measureMesh(read(cube(face)))).toMatchObject({ volumeMm3: 1000, watertight: true, triangles: 12 });
  });

  test('the format is found without a name', () => {
    const bytes = utf8ToBytes(`# exported\nmtllib a.mtl\no part\n${cube((quad) => `f ${quad.join(' ')}`)}`);
    expect(unwrap(parseAnyModel(bytes, 'download')).format).toBe('obj');
  });

  test('vertices may follow their use only backwards, repeat, and carry colours', () => {
    const soup = QUADS.map(
      (quad) => `${quad.map((i) => `v ${CORNERS[i - 1]} 0.5 0.25 1`).join('\n')}\nf -4 -3 -2 -1`,
    ).join('\n');
    const mesh = read(soup);
    expect(mesh.positions.length / 3).toBe(8);
    expect(measureMesh(mesh).watertight).toBe(true);
  });

  test('vertices that no face uses do not widen the box', () => {
    expect(
      measureMesh(read(`v 900 900 900\n${cube((quad) => `f ${quad.map((i) => i + 1).join(' ')}`)}`)).sizeUm.x,
    ).toBe(10_000);
  });
});

describe('polygons', () => {
  /** A prism over an outline: two polygons and a belt of quads. */
  const prism = (outline: readonly (readonly [number, number])[], height: number) => {
    const n = outline.length;
    const lines = [0, height].flatMap((z) => outline.map(([x, y]) => `v ${x} ${y} ${z}`));
    lines.push(
      `f ${outline.map((_, i) => n - i).join(' ')}`,
      `f ${outline.map((_, i) => n + 1 + i).join(' ')}`,
    );
    for (let i = 0; i < n; i++) {
      const next = (i + 1) % n;
      lines.push(`f ${i + 1} ${next + 1} ${n + next + 1} ${n + i + 1}`);
    }
    return lines.join('\n');
  };

  test('concave outlines are filled, not fanned', () => {
    const comb: [number, number][] = [
      [0, 0],
      [50, 0],
      [50, 20],
      [40, 20],
      [40, 5],
      [30, 5],
      [30, 20],
      [20, 20],
      [20, 5],
      [10, 5],
      [10, 20],
      [0, 20],
    ];
    const area = 50 * 20 - 2 * 10 * 15;
    expect(measureMesh(read(prism(comb, 4)))).toMatchObject({ volumeMm3: area * 4, watertight: true });
    const { areaMm2 } = measureMesh(read(prism(comb, 4)));
    expect(areaMm2).toBeCloseTo(2 * area + 4 * (50 + 20 + 10 * 3 + 10 * 2 + 15 * 4 + 20), 6);
  });

  test('any star outline keeps its volume and area, in any plane', () => {
    const radii = fc.array(fc.integer({ min: 5, max: 40 }), { minLength: 3, maxLength: 60 });
    fc.assert(
      fc.property(radii, fc.nat({ max: 2 }), (lengths, turn) => {
        const outline = lengths.map((r, i): [number, number] => {
          const angle = (2 * Math.PI * i) / lengths.length;
          return [Math.fround(r * Math.cos(angle)), Math.fround(r * Math.sin(angle))];
        });
        const area = outline.reduce((sum, [x, y], i) => {
          const [nx, ny] = outline[(i + 1) % outline.length] as [number, number];
          return sum + (x * ny - nx * y) / 2;
        }, 0);
        const turned = prism(outline, 7).replace(/^v (\S+) (\S+) (\S+)$/gm, (_, x, y, z) =>
          turn === 0 ? `v ${x} ${y} ${z}` : turn === 1 ? `v ${z} ${x} ${y}` : `v ${y} ${z} ${x}`,
        );
        const measured = measureMesh(read(turned));
        expect(measured.volumeMm3).toBeCloseTo(area * 7, 2);
        expect(measured.watertight).toBe(true);
        const belt = outline.reduce((sum, [x, y], i) => {
          const [nx, ny] = outline[(i + 1) % outline.length] as [number, number];
          return sum + Math.hypot(nx - x, ny - y) * 7;
        }, 0);
        expect(measured.areaMm2).toBeCloseTo(2 * area + belt, 1);
      }),
      { numRuns: 60 },
    );
  });

  test('too many corners are refused, not waited for', () => {
    const corners = Array.from({ length: 3000 }, (_, i) => `v ${Math.cos(i)} ${Math.sin(i)} 0`);
    expect(faultOf(`${corners.join('\n')}\nf ${corners.map((_, i) => i + 1).join(' ')}\n`)).toBe(
      'model.face.too-complex',
    );
  });
});

describe('refusals', () => {
  test.each([
    ['f 1 2 9', 'model.index.invalid'],
    ['f 1 2 0', 'model.index.invalid'],
    ['f 1 2 -9', 'model.index.invalid'],
    ['f 1 2', 'model.syntax'],
    ['f 1 2 three', 'model.syntax'],
    ['f 1 2 1.5', 'model.syntax'],
    ['v 1 2', 'model.syntax'],
    ['v 1 2 nan', 'model.number.invalid'],
    ['v 1 2 1e400', 'model.number.invalid'],
    ['v 1 2 3e38\nv 1 3 3e39\nv 2 2 2\nf -1 -2 -3', 'model.number.invalid'],
  ])('%j', (line, code) => {
    expect(faultOf(`${vertices}\n${line}\n`)).toBe(code);
  });

  test('no faces, no shape', () => {
    expect(faultOf(`${vertices}\n`)).toBe('model.triangles.none');
  });

  test('any text is read or refused', () => {
    const word = fc.constantFrom(
      'v',
      'f',
      'vn',
      '1',
      '-1',
      '2',
      '3',
      '1/2/3',
      '1e5',
      '\\',
      '#',
      '\n',
      '\n',
      ' ',
      'nan',
      '//',
      '\r',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 80 }), (words) => {
        const parsed = parseModel(utf8ToBytes(`v 0 0 0\nv 1 0 0\nv 0 1 0\n${words.join(' ')}`), 'a.obj');
        if (!parsed.ok) expect(parsed.fault.code).toMatch(/^model\./);
      }),
      { numRuns: 500 },
    );
  });
});
