// G-code by hand: modes, units, arcs, layers, filament and time against numbers worked out on paper.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap, utf8ToBytes } from '../base/index.ts';
import {
  analyseGcode,
  createPathFollower,
  decodeToolpath,
  encodeToolpath,
  joinToolpaths,
  layerOfMove,
  movesAtCommand,
  movesAtLine,
  parseDuration,
  TOOLPATH_FEATURES,
} from './index.ts';

const lines = (...text: readonly string[]) => utf8ToBytes(`${text.join('\n')}\n`);
const analyse = (...text: readonly string[]) => unwrap(analyseGcode(lines(...text)));

describe('a path that comes in pieces of whole lines', () => {
  const line = fc.oneof(
    fc.constantFrom(
      ';LAYER_CHANGE',
      ';TYPE:Perimeter',
      'G91',
      'G90',
      'M83',
      'M82',
      'G92 E0',
      'M104 S200',
      '',
    ),
    fc
      .tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 9 }))
      .map(([x, y, e]) => `G1 X${x} Y${y} E${e}`),
    fc.integer({ min: 0, max: 20 }).map((z) => `G1 Z${z / 5}`),
    fc.constant('G2 X10 Y10 I5 J0 E1'),
  );
  test('is the path of the whole', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 80 }), fc.array(fc.nat(80), { maxLength: 4 }), (body, cuts) => {
        const all = ['G28', 'M83', 'G1 X1 Y1 Z0.2 E1', ...body];
        const ends = [...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
        const follower = createPathFollower();
        let from = 0;
        const pieces = ends.map((to) => {
          const piece = lines(...all.slice(from, to));
          const path = follower.follow(to === from ? new Uint8Array(0) : piece);
          from = to;
          return unwrap(decodeToolpath(encodeToolpath(path)));
        });
        const { path, commands } = analyse(...all);
        const joined = joinToolpaths(pieces);
        const whole = unwrap(decodeToolpath(encodeToolpath(path)));
        // Layers by height are those before the first mark, which only a whole file knows to be none.
        const isMarked = all.includes(';LAYER_CHANGE');
        const { layerStarts, layerHeights, layerSeconds, ...rest } = whole;
        expect(joined).toMatchObject(isMarked ? rest : { ...rest, layerStarts, layerHeights });
        expect(follower.commands).toBe(commands);
        expect(unwrap(decodeToolpath(encodeToolpath(joined))).moves).toBe(whole.moves);
        if (cuts.length === 0) expect([...joined.layerSeconds]).toEqual([...layerSeconds]);
      }),
    );
  });
});

describe('motion', () => {
  test('absolute and relative, in place and extruder', () => {
    const { printedMm, filamentUm, path } = analyse(
      'G28',
      'G90',
      'M83',
      'G1 X10 Y20 Z0.2 F3000',
      'G1 X30 E1.5',
      'G91',
      'G1 Y5 E0.25',
      'G90',
      'M82',
      'G92 E0',
      'G1 X10 E2',
    );
    expect([...path.positions].map((v) => Math.round(v * 100) / 100)).toEqual([
      10, 20, 0.2, 30, 20, 0.2, 30, 25, 0.2, 10, 25, 0.2,
    ]);
    expect(printedMm).toEqual({ min: { x: 10, y: 20, z: 0.2 }, max: { x: 30, y: 25, z: 0.2 } });
    expect(filamentUm).toBe(3750);
  });

  test('inches, lower case, no spaces, line numbers, checksums and comments', () => {
    const { printedMm, filamentUm } = analyse(
      'g28',
      'n1g20*17',
      'N2 g1x1y1z.1(to the start)e.1 ; E9',
      'g1 x2 e.2*88',
    );
    expect(printedMm.max.x).toBeCloseTo(50.8, 9);
    expect(filamentUm).toBe(5080);
  });

  test('G92 shifts the words, not the machine', () => {
    const { printedMm } = analyse('G28', 'G1 X50 Y50 Z1', 'G92 X0 Y0', 'G1 X10 Y5 E1');
    expect(printedMm.max).toMatchObject({ x: 60, y: 55 });
  });

  test('retractions do not count as filament, and a last one saves none', () => {
    const body = ['G28', 'M83', 'G1 X10 Z0.2 E1', 'G1 E-2 F1800', 'G1 X20', 'G1 E2', 'G1 X30 E1'];
    expect(analyse(...body).filamentUm).toBe(2000);
    expect(analyse(...body, 'G1 E-5').filamentUm).toBe(2000);
  });

  test.each([
    ['G3 X0 Y10 I-10 J0 E1', -1, 10],
    ['G2 X0 Y10 I-10 J0 E1', -10, 10],
    ['G3 X0 Y10 R10 E1', 0, 10],
    ['G3 X0 Y10 R-10 E1', 0, 20],
    ['G2 X0 Y10 R-10 E1', -10, 10],
  ])('arc %s', (arc, lowX, highY) => {
    const { printedMm, path } = analyse('G28', 'M83', 'G1 X10 Y0 Z1', arc);
    expect(Math.min(printedMm.min.x, 0)).toBeGreaterThanOrEqual(lowX - 0.001);
    expect(printedMm.max.y).toBeLessThanOrEqual(highY + 0.001);
    expect(path.moves).toBeGreaterThan(10);
    // All points of one arc lie on one circle.
    const centre = arc.includes('R-10') === arc.startsWith('G3') && arc.includes('R') ? [10, 10] : [0, 0];
    for (let move = 1; move < path.moves; move++) {
      const [x, y] = [path.positions[move * 3] as number, path.positions[move * 3 + 1] as number];
      expect(Math.hypot(x - (centre[0] as number), y - (centre[1] as number))).toBeCloseTo(10, 3);
    }
  });

  test('a full circle and a helix', () => {
    const { printedMm } = analyse('G28', 'M83', 'G1 X20 Y20 Z1', 'G2 I5 J0 Z2 E3');
    expect(printedMm.min.y).toBeCloseTo(15, 2);
    expect(printedMm.max).toMatchObject({ z: 2 });
    expect(printedMm.max.x).toBeCloseTo(30, 2);
  });
});

describe('layers', () => {
  const square = ['G1 X10 E1', 'G1 Y10 E1', 'G1 X0 E1', 'G1 Y0 E1'];

  test('by the marks of PrusaSlicer, empty ones left out', () => {
    const { layers, path } = analyse(
      'G28',
      'M83',
      'G1 X5 Y5 Z0.3 E3',
      ';LAYER_CHANGE',
      ';Z:0.2',
      'G1 Z0.2',
      ';TYPE:External perimeter',
      ...square,
      ';LAYER_CHANGE',
      ';LAYER_CHANGE',
      'G1 Z0.5',
      ';TYPE:Internal infill',
      ...square,
    );
    expect(layers).toBe(2);
    expect([...path.layerHeights].map((z) => z.toFixed(1))).toEqual(['0.2', '0.5']);
    expect(layerOfMove(path, 0)).toBe(0);
    expect(layerOfMove(path, path.layerStarts[1] as number)).toBe(2);
    const names = [...path.features].map((feature) => TOOLPATH_FEATURES[feature]);
    expect(names.filter((name) => name === 'outer-wall')).toHaveLength(4);
    expect(names.filter((name) => name === 'infill')).toHaveLength(4);
    expect(names.filter((name) => name === 'travel')).toHaveLength(2);
  });

  test('by the marks of Cura, rafts included', () => {
    const { layers } = analyse(
      'G28',
      'M83',
      ';LAYER:-1',
      'G1 Z0.2',
      ...square,
      ';LAYER:0',
      'G1 Z0.4',
      ...square,
    );
    expect(layers).toBe(2);
  });

  test('by height where nothing is marked, hops left out', () => {
    const { layers, path } = analyse(
      'G28',
      'M83',
      'G1 Z0.2',
      ...square,
      'G1 Z1',
      'G1 X3',
      'G1 Z0.2',
      ...square,
      'G1 Z0.4',
      ...square,
    );
    expect([layers, ...path.layerHeights].map((v) => Math.round(v * 10) / 10)).toEqual([2, 0.2, 0.4]);
  });
});

describe('positions in the file', () => {
  test('lines and commands lead to moves', () => {
    const {
      path,
      lines: lineCount,
      commands,
    } = analyse('; head', 'G28', '', 'M83', 'G1 X1 E1', '; between', 'G1 X2 E1');
    expect([lineCount, commands, ...path.lines, ...path.commands]).toEqual([7, 4, 5, 7, 3, 4]);
    expect([movesAtLine(path, 4), movesAtLine(path, 5), movesAtLine(path, 6), movesAtLine(path, 99)]).toEqual(
      [0, 1, 1, 2],
    );
    expect([movesAtCommand(path, 2), movesAtCommand(path, 3), movesAtCommand(path, 4)]).toEqual([0, 1, 2]);
  });
});

describe('time', () => {
  test('a long move is distance over speed plus one ramp', () => {
    // 100 mm at 50 mm/s under 1250 mm/s²: 2 s and v/a = 0.04 s. The E word makes it a print move.
    const { path } = analyse('G28', 'M204 P1250 T1250', 'M83', ';LAYER_CHANGE', 'G1 X100 F3000 E5');
    expect(path.layerSeconds[0]).toBeCloseTo(2.04, 3);
  });

  test('a short move never reaches its speed', () => {
    // 1 mm under 1000 mm/s²: 2·√(1/1000) s.
    const { path } = analyse('G28', 'M204 S1000', 'M83', ';LAYER_CHANGE', 'G1 X1 F12000 E1');
    expect(path.layerSeconds[0]).toBeCloseTo(2 * Math.sqrt(1 / 1000), 4);
  });

  test('a straight line takes the same time however it is cut; corners cost', () => {
    const start = ['G28', 'M83', ';LAYER_CHANGE'];
    const cut = Array.from({ length: 100 }, (_, i) => `G1 X${i + 1} F6000 E0.1`);
    const whole = analyse(...start, 'G1 X100 F6000 E10').path.layerSeconds[0] as number;
    expect(analyse(...start, ...cut).path.layerSeconds[0]).toBeCloseTo(whole, 3);
    const zigzag = Array.from({ length: 100 }, (_, i) => `G1 X${i % 2 === 0 ? 1 : 0} F6000 E0.1`);
    expect(analyse(...start, ...zigzag).path.layerSeconds[0]).toBeGreaterThan(whole * 2);
  });

  test('dwells and speed factors count', () => {
    const base = analyse('G28', 'M83', 'G1 X100 F600 E5').seconds;
    expect(analyse('G28', 'M83', 'G1 X100 F600 E5', 'G4 S30', 'G4 P5000').seconds).toBe(base + 35);
    expect(analyse('G28', 'M83', 'M220 S50', 'G1 X100 F600 E5').seconds).toBe(base * 2 - 1);
  });
});

describe('what slicers claim', () => {
  test('PrusaSlicer', () => {
    const { claims } = analyse(
      '; generated by PrusaSlicer 2.5.0+UNKNOWN on 2026-01-01',
      'G28',
      'G1 X9 E1',
      '; filament used [mm] = 1485.36',
      '; filament used [g] = 4.43',
      '; estimated printing time (normal mode) = 1d 2h 19m 37s',
    );
    expect(claims).toEqual({
      slicer: 'PrusaSlicer',
      version: '2.5.0+UNKNOWN',
      filamentUm: 1_485_360,
      milligrams: 4430,
      seconds: 94_777,
    });
  });

  test('durations', () => {
    expect([
      parseDuration('19m 37s'),
      parseDuration('2h'),
      parseDuration('5s'),
      parseDuration(''),
      parseDuration('soon'),
    ]).toEqual([1177, 7200, 5, undefined, undefined]);
  });
});

describe('refusals and strange files', () => {
  test('nothing extruded, not text', () => {
    const code = (bytes: Uint8Array) => {
      const result = analyseGcode(bytes);
      return result.ok ? 'ok' : result.fault.code;
    };
    expect(code(lines('G28', 'G1 X10 Y10'))).toBe('gcode.content.none');
    expect(code(new Uint8Array(0))).toBe('gcode.content.none');
    expect(code(Uint8Array.of(0x47, 0x43, 0x44, 0x45, 0, 0))).toBe('gcode.content.binary');
  });

  test('any words are read without a crash, and the toolpath survives its codec', () => {
    const word = fc.constantFrom(
      'G1',
      'G0',
      'G2',
      'G28',
      'G92',
      'M83',
      'X1',
      'Y-2.5',
      'E.1',
      'E-1',
      'I1',
      'R3',
      'F100',
      '\n',
      '\n',
      '\r\n',
      ';LAYER_CHANGE\n',
      '(',
      ')',
      '*',
      'N',
      'T1',
      '\u00e9',
      'G91',
      'Z0.3',
      '1e9',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 120 }), (words) => {
        const bytes = utf8ToBytes(`G28\nG1 X5 E1\n${words.join(' ')}`);
        const analysed = analyseGcode(bytes);
        expect(analysed.ok).toBe(true);
        if (!analysed.ok) return;
        const { path } = analysed.value;
        const far = path.positions.some((value) => Math.abs(value) > 90_000);
        if (!far)
          expect(unwrap(decodeToolpath(encodeToolpath(path)))).toMatchObject({
            moves: path.moves,
            lines: path.lines,
            commands: path.commands,
            features: path.features,
          });
      }),
      { numRuns: 400 },
    );
  });
});

describe('toolpath codec', () => {
  const { path } = analyse(
    'G28',
    'M83',
    ';LAYER_CHANGE',
    ';TYPE:Perimeter',
    'G1 X10.123 Y20.456 Z0.2 E1',
    'G1 X12 E1',
    ';LAYER_CHANGE',
    'G1 Z0.4',
    'G2 X14 Y20 I2 J0 E1',
  );
  const bytes = encodeToolpath(path);

  test('comes back, to the micrometre', () => {
    const decoded = unwrap(decodeToolpath(bytes));
    for (let i = 0; i < path.positions.length; i++) {
      expect(decoded.positions[i]).toBeCloseTo(path.positions[i] as number, 3);
    }
    expect({ ...decoded, positions: 0, layerHeights: 0, layerSeconds: 0 }).toEqual({
      ...path,
      positions: 0,
      layerHeights: 0,
      layerSeconds: 0,
    });
  });

  test('truncated, extended and random bytes are refused', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(decodeToolpath(bytes.slice(0, length)).ok).toBe(false);
    expect(decodeToolpath(Uint8Array.from([...bytes, 0])).ok).toBe(false);
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), (at, byte) => {
        const changed = bytes.slice();
        changed[at % bytes.length] = byte;
        const decoded = decodeToolpath(changed);
        // One value has one encoding: what is accepted encodes to itself again.
        if (decoded.ok) expect(encodeToolpath(decoded.value).length).toBe(changed.length);
      }),
      { numRuns: 400 },
    );
  });

  test('a lying count cannot make anybody allocate', () => {
    const lying = Uint8Array.from([0x44, 0x54, 0x50, 0x31, 0xff, 0xff, 0xff, 0xff, 0x07, 0, 0]);
    expect(decodeToolpath(lying).ok).toBe(false);
  });
});
