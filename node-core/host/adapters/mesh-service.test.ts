// The mesh service in real worker threads: results as in the core, progress, cancelling, and the main thread left free.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unwrap } from '../../base/index.ts';
import {
  createSampleModel,
  decodeMesh,
  decodeToolpath,
  measureMesh,
  parseModel,
} from '../../models/index.ts';
import { binaryStl, boxFacets, torusFacets } from '../../models/test-shapes.ts';
import { createInlineMeshService, createMeshService, type MeshService } from './mesh-service.ts';

let directory = '';
let service: MeshService;
const sample = createSampleModel();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'dipnet-test-'));
  const outfile = join(directory, 'mesh-worker.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../workers/mesh-worker.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
  });
  service = createMeshService({ workerUrl: pathToFileURL(outfile) });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('analyseModel', () => {
  test('measures and pictures a model, with phases', async () => {
    const phases = new Set<string>();
    const work = unwrap(
      await service.analyseModel(sample, 'hook.stl', { onProgress: (phase) => phases.add(phase) }),
    );
    const mesh = unwrap(parseModel(sample, 'hook.stl'));
    expect(work.format).toBe('stl');
    expect(work.measure).toEqual(measureMesh(mesh));
    expect(unwrap(decodeMesh(work.mesh)).indices).toEqual(mesh.indices);
    expect(unwrap(decodeMesh(work.preview)).triangles).toBeGreaterThan(100);
    expect([...work.thumbnail.subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
    expect([...phases]).toEqual(['reading', 'measuring', 'previewing', 'rendering']);
  });

  test('is the same inline', async () => {
    const [there, here] = [service, createInlineMeshService()].map((one) =>
      one.analyseModel(sample, 'hook.stl'),
    );
    expect(await there).toEqual(await here);
  });

  test('junk is refused in words', async () => {
    const result = await service.analyseModel(new Uint8Array(300).fill(7), 'a.stl');
    expect(result.ok ? 'ok' : result.fault.code).toBe('model.stl.count');
  });

  test('the main thread goes on while a large model is read', async () => {
    const large = binaryStl(torusFacets(400, 250));
    let turns = 0;
    let done = false;
    const count = () => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    unwrap(await service.printStl(large, 'torus.stl'));
    done = true;
    expect(turns).toBeGreaterThan(50);
  });

  test('an abort ends the work at once, before and during', async () => {
    const controller = new AbortController();
    const large = binaryStl(torusFacets(400, 250));
    const result = await service.analyseModel(large, 'torus.stl', {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(result.ok ? 'ok' : result.fault.code).toBe('mesh.work.cancelled');
    const late = await service.analyseModel(sample, 'hook.stl', { signal: controller.signal });
    expect(late.ok ? 'ok' : late.fault.code).toBe('mesh.work.cancelled');
  });

  test('more jobs than threads all end', async () => {
    const jobs = Array.from({ length: 5 }, (_, i) =>
      service.printStl(binaryStl(boxFacets([i + 1, 2, 3])), 'box.stl'),
    );
    const sizes = (await Promise.all(jobs)).map((result) => unwrap(result).sizeUm.x);
    expect(sizes).toEqual([1000, 2000, 3000, 4000, 5000]);
  });

  test('a worker that dies is a fault, not a crash', async () => {
    const dying = join(directory, 'dying.mjs');
    writeFileSync(dying, 'process.exit(3);\n');
    const throwing = join(directory, 'throwing.mjs');
    writeFileSync(throwing, 'throw new RangeError("out of memory");\n');
    for (const path of [dying, throwing, join(directory, 'missing.mjs')]) {
      const broken = createMeshService({ workerUrl: pathToFileURL(path) });
      const result = await broken.analyseModel(sample, 'hook.stl');
      expect(result.ok ? 'ok' : result.fault.code).toBe('mesh.work.failed');
    }
  });
});

describe('print files', () => {
  const gcode = new TextEncoder().encode('G28\nM109 S200\nM83\nG1 X10 Y10 Z0.2 E1\nG1 X20 E1\nM104 S0\n');
  const profile = { volumeMm: { x: 100, y: 100, z: 100 }, nozzleCMax: 250, bedCMax: 100 } as never;

  test('figures and toolpath come from the worker', async () => {
    expect(unwrap(await service.checkGcode(gcode, profile))).toMatchObject({
      lines: 6,
      filamentUm: 2000,
      layers: 1,
    });
    expect(unwrap(decodeToolpath(unwrap(await service.toolpath(gcode)))).moves).toBe(2);
  });

  test('the guard has the first word', async () => {
    const small = { volumeMm: { x: 15, y: 100, z: 100 }, nozzleCMax: 250, bedCMax: 100 } as never;
    const result = await service.checkGcode(gcode, small);
    expect(result.ok ? 'ok' : result.fault.code).toBe('gcode.guard.outside');
  });
});

test('the bundled worker needs nothing but itself', () => {
  const bundle = readFileSync(join(directory, 'mesh-worker.mjs'), 'utf8');
  const imports = [...bundle.matchAll(/^import .* from "([^"]+)";$/gm)].map((match) => match[1]);
  expect(
    imports.every((name) => name?.startsWith('node:') || name === 'worker_threads' || name === 'module'),
  ).toBe(true);
});
