// The bundled sample is what its maker makes, and printable. Real models are measured too, where they are at hand.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import { analyseModel, createSampleModel } from './index.ts';

const file = (url: URL) => new Uint8Array(readFileSync(url));

describe('the bundled sample', () => {
  const bundled = file(new URL('../../assets/models/cable-hook.stl', import.meta.url));

  test('is the file that its maker makes', () => {
    const [made, kept] = [createSampleModel(), bundled].map((bytes) =>
      unwrap(analyseModel(bytes, 'hook.stl')),
    );
    expect(kept?.mesh.indices).toEqual(made?.mesh.indices);
    // Engines may differ in the last digit of a sine.
    for (const [i, value] of (made?.mesh.positions ?? []).entries()) {
      expect(kept?.mesh.positions[i]).toBeCloseTo(value, 4);
    }
  });

  test('is small, closed and without a problem', () => {
    const { measure } = unwrap(analyseModel(bundled, 'hook.stl'));
    expect(bundled.length).toBeLessThan(100_000);
    expect(measure).toMatchObject({
      sizeUm: { x: 20_000, y: 30_000, z: 15_000 },
      watertight: true,
      shells: 1,
      problems: [],
    });
    // Band of 4 mm along 24 + 8π + 10 mm and two round ends, less the chamfers.
    const band = (18 + 8 * Math.PI + 4) * 4 + Math.PI * 4;
    expect(measure.volumeMm3).toBeGreaterThan(band * 15 * 0.94);
    expect(measure.volumeMm3).toBeLessThan(band * 15);
  });
});

/** Sizes and volumes as PrusaSlicer 2.5.0 --info states them. */
const REAL_MODELS: [string, number, number, number, number, number][] = [
  ['3DBenchy.3mf', 60_001, 31_004, 48_000, 225_154, 15_550.3],
  ['extruder-body.stl', 62_000, 84_500, 19_997, 21_464, 28_564.1],
  ['extruder-cover.stl', 64_997, 42_500, 23_000, 7826, 13_490.3],
  ['x-carriage.stl', 52_000, 91_500, 15_000, 7200, 33_663.7],
  ['y-belt-idler.stl', 23_000, 34_000, 25_000, 2464, 11_112.3],
];

describe('real models', () => {
  const folder = new URL('../../../shared/models/', import.meta.url);
  test.skipIf(!existsSync(folder)).each(REAL_MODELS)('%s', (name, x, y, z, triangles, volume) => {
    const { measure } = unwrap(analyseModel(file(new URL(name, folder)), name));
    expect(measure).toMatchObject({ sizeUm: { x, y, z }, triangles, watertight: true });
    expect(Math.abs(measure.volumeMm3 / volume - 1)).toBeLessThan(1e-4);
  });
});
