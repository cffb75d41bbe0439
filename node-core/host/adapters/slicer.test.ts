// Slicers as real programs: the installed PrusaSlicer, the embedded engine, and scripts that pose as a slicer and hang,
// flood, crash, lie or leave children behind.

import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needTool } from '../../../scripts/tools.mjs';
import type { Bytes } from '../../base/index.ts';
import { bytesToHex, sha256, unwrap } from '../../base/index.ts';
import { analyseGcode, checkGcode, createSampleModel } from '../../models/index.ts';
import { asciiStl, binaryStl, boxFacets } from '../../models/test-shapes.ts';
import { MachineProfile, MaterialOffer, SliceStats } from '../../records/index.ts';
import { createInlineMeshService } from './mesh-service.ts';
import { createSlicers, type SliceJob, type Slicer, Slicers } from './slicer.ts';

const MATERIAL = MaterialOffer.parse({
  material: 'PLA',
  colour: '#ffffff',
  colourName: 'White',
  densityMgPerCm3: 1240,
  priceMicroPerGram: 40_000n,
  nozzleC: 205,
  bedC: 60,
});
const PROFILE = MachineProfile.parse({
  v: 1,
  name: 'Test printer',
  process: 'fdm',
  firmware: 'marlin',
  volumeMm: { x: 220, y: 200, z: 180 },
  nozzleUm: 400,
  filamentUm: 1750,
  nozzleCMax: 260,
  bedCMax: 100,
  materials: [MATERIAL],
  rateMicroPerHour: 1n,
  setupMicro: 1n,
  minimumMicro: 1n,
});
const SETTINGS = { layerHeightUm: 200, infillPercent: 20, perimeters: 2, supports: false, brim: false };
const mesh = createInlineMeshService();
const jobOf = (model: Bytes, change: Partial<SliceJob> = {}): SliceJob => ({
  model,
  profile: PROFILE,
  material: MATERIAL,
  settings: SETTINGS,
  ...change,
});
const CUBE = binaryStl(boxFacets([20, 20, 20]));

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'dipnet-slicer-test-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const found = await createSlicers({ mesh, temporaryRoot: tmpdir() });
const prusa = found.list.find(({ id }) => id === 'PrusaSlicer');
const cura = found.list.find(({ id }) => id === 'CuraEngine') as Slicer;
// Says loudly what is left out where it is missing, and fails where every tool must be there.
const installed = needTool('slicer', 'slicing with an installed PrusaSlicer');
test('the slicers of this computer are found, best first', () => {
  if (installed !== undefined) expect(prusa).toBeDefined();
  expect(found.preferred).toBe(prusa ?? cura);
  expect(cura.version).toMatch(/^wasm-/);
});

function contract(name: string, slicer: Slicer | undefined): void {
  describe.skipIf(slicer === undefined)(name, () => {
    const slice = (job: SliceJob) => (slicer as Slicer).slice(job);
    const faultOf = async (job: SliceJob) => {
      const result = await slice(job);
      return result.ok ? 'ok' : result.fault.code;
    };

    test('a cube: a guarded print with figures that follow from it', async () => {
      const progress: (number | null)[] = [];
      const { gcode, stats } = unwrap(
        await (slicer as Slicer).slice(jobOf(CUBE), { onProgress: (part) => progress.push(part) }),
      );
      expect(SliceStats.parse(stats)).toEqual(stats);
      expect(bytesToHex(stats.gcodeHash)).toBe(bytesToHex(sha256(gcode)));
      expect(stats).toMatchObject({
        slicer: slicer?.id,
        slicerVersion: slicer?.version,
        layers: 100,
        gcodeSizeBytes: gcode.length,
      });
      // 20 mm cube at 20 %: 4.4 g and 20 minutes, give or take what slicers differ in.
      expect(stats.milligrams).toBeGreaterThan(3000);
      expect(stats.milligrams).toBeLessThan(5500);
      expect(stats.seconds).toBeGreaterThan(700);
      expect(stats.seconds).toBeLessThan(2800);
      const weight = (stats.filamentUm / 1000) * Math.PI * 0.875 ** 2 * 1.24;
      expect(stats.milligrams).toBe(Math.ceil(weight));
      expect(unwrap(checkGcode(gcode, PROFILE))).toMatchObject({ nozzleCMax: 205, bedCMax: 60 });
      const { printedMm, lines } = unwrap(analyseGcode(gcode));
      expect(stats.gcodeLines).toBe(lines);
      expect((printedMm.min.x + printedMm.max.x) / 2).toBeCloseTo(110, 0);
      expect((printedMm.min.y + printedMm.max.y) / 2).toBeCloseTo(100, 0);
      expect(printedMm.max.z).toBeCloseTo(20, 1);
      expect(Math.max(...progress.map((part) => part ?? 0))).toBeGreaterThan(0.5);
    });

    test('settings count: more infill, thinner layers, more walls, a brim', async () => {
      const figures = async (change: Partial<SliceJob['settings']>) =>
        unwrap(await slice(jobOf(CUBE, { settings: { ...SETTINGS, ...change } }))).stats;
      const base = await figures({});
      expect((await figures({ infillPercent: 0 })).milligrams).toBeLessThan(base.milligrams * 0.95);
      const solid = await figures({ infillPercent: 100 });
      // 8 cm³ × 1.24 = 9.92 g.
      expect(solid.milligrams).toBeGreaterThan(9000);
      expect(solid.milligrams).toBeLessThan(11_500);
      expect((await figures({ perimeters: 5 })).milligrams).toBeGreaterThan(base.milligrams * 1.1);
      expect((await figures({ brim: true })).filamentUm).toBeGreaterThan(base.filamentUm);
      expect(await figures({ layerHeightUm: 100 })).toMatchObject({ layers: 199 });
    });

    test('supports appear only where asked for', async () => {
      const table = binaryStl([...boxFacets([6, 6, 15]), ...boxFacets([30, 30, 3], [0, 0, 15])]);
      const figures = async (supports: boolean) =>
        unwrap(await slice(jobOf(table, { settings: { ...SETTINGS, supports } }))).stats;
      expect((await figures(true)).filamentUm).toBeGreaterThan((await figures(false)).filamentUm * 1.05);
    });

    test('other machines: filament of 2.85 mm, a nozzle of 0.6 mm, a far corner of the file', async () => {
      const profile = { ...PROFILE, filamentUm: 2850, nozzleUm: 600 };
      const away = asciiStl(boxFacets([20, 20, 20], [500, -300, 70]));
      const { stats, gcode } = unwrap(await slice(jobOf(away, { profile })));
      expect(stats.milligrams).toBeGreaterThan(2500);
      expect(stats.milligrams).toBeLessThan(6500);
      expect(stats.filamentUm).toBeLessThan(900_000);
      expect(unwrap(analyseGcode(gcode)).printedMm.min.x).toBeGreaterThan(80);
    });

    test('a part as large as the bed still fits, without a skirt', async () => {
      expect(await faultOf(jobOf(binaryStl(boxFacets([219, 199, 0.6]))))).toBe('ok');
    });

    test('too large, too thick, too hot: refused before slicing, in numbers', async () => {
      const large = await slice(jobOf(binaryStl(boxFacets([221, 20, 20]))));
      expect(large.ok ? 'ok' : large.fault.message).toBe(
        'The part is 221 × 20 × 20 mm, but the machine prints at most 220 × 200 × 180 mm.',
      );
      expect(await faultOf(jobOf(CUBE, { settings: { ...SETTINGS, layerHeightUm: 350 } }))).toBe(
        'slicer.settings.layer',
      );
      expect(await faultOf(jobOf(CUBE, { material: { ...MATERIAL, nozzleC: 300 } }))).toBe(
        'slicer.material.too-hot',
      );
    });

    test('junk is refused by the parser, shapes thinner than a nozzle by the slicer', async () => {
      expect(await faultOf(jobOf(new Uint8Array(500).fill(9)))).toBe('model.format.unknown');
      expect(await faultOf(jobOf(binaryStl(boxFacets([0.01, 0.01, 10]))))).toMatch(
        /^slicer\.(empty|failed)$/,
      );
    });

    test('a mesh with a hole is repaired on the way', async () => {
      const whole = unwrap(await slice(jobOf(CUBE))).stats;
      const holed = unwrap(await slice(jobOf(binaryStl(boxFacets([20, 20, 20]).slice(1))))).stats;
      expect(Math.abs(holed.filamentUm / whole.filamentUm - 1)).toBeLessThan(0.1);
    });

    test('an abort and a deadline end it', async () => {
      const controller = new AbortController();
      controller.abort();
      const aborted = await (slicer as Slicer).slice(jobOf(CUBE), { signal: controller.signal });
      expect(aborted.ok ? 'ok' : aborted.fault.code).toMatch(/cancelled$/);
      const late = await (slicer as Slicer).slice(jobOf(CUBE), { timeoutMs: 1 });
      expect(late.ok ? 'ok' : late.fault.code).toBe('slicer.timeout');
    });
  });
}

contract('PrusaSlicer', prusa);
contract('CuraEngine in WebAssembly', cura);

test('the bundled sample is sliced into a print of minutes', async () => {
  const { stats } = unwrap(await found.slice(jobOf(createSampleModel())));
  expect(stats.layers).toBe(75);
  expect(stats.seconds).toBeLessThan(40 * 60);
});

test('without a slicer the fault says what to install', async () => {
  const result = await new Slicers([]).slice(jobOf(CUBE));
  expect(result.ok ? 'ok' : result.fault.next).toContain('PrusaSlicer');
});

/** A shell script that answers --help like PrusaSlicer, and otherwise does as told; $out is the file it should write. */
function pose(name: string, body: string): string {
  const path = join(root, name);
  writeFileSync(
    path,
    `#!/bin/sh
if [ "$1" = "--help" ]; then echo "PrusaSlicer-9.9.9+test based on Slic3r"; exit 0; fi
while [ $# -gt 0 ]; do if [ "$1" = "--output" ]; then out="$2"; fi; shift; done
${body}
`,
  );
  chmodSync(path, 0o755);
  return path;
}

describe.skipIf(process.platform === 'win32')('programs that pose as a slicer', () => {
  const HONEST = [
    'G28',
    'M109 S200',
    'M83',
    ';LAYER_CHANGE',
    'G1 X100 Y100 Z0.2 F3000',
    'G1 X150 E20',
    'M104 S0',
  ];
  const print = (lines: readonly string[]) => lines.map((line) => `echo "${line}" >> "$out"`).join('\n');
  const run = async (name: string, body: string, options: Parameters<Slicer['slice']>[1] = {}) => {
    const temporaryRoot = mkdtempSync(join(root, 'tmp-'));
    const slicers = await createSlicers({ mesh, temporaryRoot, prusaPath: pose(name, body) });
    const result = await (slicers.preferred as Slicer).slice(jobOf(CUBE), options);
    // Whatever happened, nothing of the model is left.
    expect(readdirSync(temporaryRoot)).toEqual([]);
    return result.ok ? result.value.stats : result.fault.code;
  };

  test('an honest one is believed, with its version', async () => {
    expect(await run('honest', print(HONEST))).toMatchObject({
      slicer: 'PrusaSlicer',
      slicerVersion: '9.9.9',
      filamentUm: 20_000,
    });
  });

  test('one that hangs is ended with its children', async () => {
    const pidFile = join(root, 'child.pid');
    expect(await run('hangs', `sleep 600 & echo $! > ${pidFile}\nwait`, { timeoutMs: 1000 })).toBe(
      'slicer.timeout',
    );
    const pid = Number(readFileSync(pidFile, 'utf8'));
    // The system takes a moment to end it, and lists it until it is collected: gone, dead, or a zombie.
    const state = () => {
      const stat = `/proc/${pid}/stat`;
      return existsSync(stat) ? readFileSync(stat, 'utf8').split(') ')[1]?.[0] : 'gone';
    };
    if (existsSync('/proc')) await expect.poll(state).toMatch(/^(gone|Z|X)$/);
  });

  test('one that ignores polite signals is ended too', async () => {
    expect(await run('deaf', "trap '' TERM INT HUP\nwhile true; do sleep 1; done", { timeoutMs: 500 })).toBe(
      'slicer.timeout',
    );
  });

  test('one that floods its output is ended, in little memory', async () => {
    expect(
      await run(
        'floods',
        'yes "a line of triangle debugging that nobody asked for, again and again and again"',
      ),
    ).toBe('slicer.flood');
  });

  test('one that talks a lot and then succeeds is heard out', async () => {
    const talk = 'i=0; while [ $i -lt 20000 ]; do echo "facet $i is broken, vertex 1 2 3"; i=$((i+1)); done';
    expect(await run('talks', `${talk}\n${print(HONEST)}`)).toMatchObject({ filamentUm: 20_000 });
  });

  test.each([
    ['crashes', 'kill -ABRT $$', 'slicer.failed'],
    ['fails', 'echo "error" >&2; exit 1', 'slicer.failed'],
    [
      'finds nothing',
      'echo "No layers were detected. You might want to repair your STL" >&2; exit 1',
      'slicer.empty',
    ],
    ['writes nothing', 'exit 0', 'slicer.empty'],
    ['writes an empty file', ': > "$out"', 'slicer.empty'],
    ['writes no moves', print(['G28', 'M104 S0']), 'slicer.empty'],
    [
      'writes outside the bed',
      print(HONEST.map((line) => line.replace('X150', 'X1500'))),
      'gcode.guard.outside',
    ],
    ['heats too far', print(HONEST.map((line) => line.replace('S200', 'S300'))), 'gcode.guard.too-hot'],
    ['stores settings', print([...HONEST, 'M500']), 'gcode.guard.forbidden'],
    ['lies about filament', print([...HONEST, '; filament used [mm] = 500.0']), 'slicer.figures.differ'],
  ])('one that %s', async (name, body, code) => {
    expect(await run(name.replaceAll(' ', '-'), body)).toBe(code);
  });

  test('a time out of all proportion is replaced by our own', async () => {
    const stats = await run('late', print([...HONEST, '; estimated printing time (normal mode) = 30d 2h']));
    expect(stats).toMatchObject({ seconds: 4 });
  });

  test('an abort ends it while it runs', async () => {
    const controller = new AbortController();
    const outcome = run('aborted', 'echo "10 => Working"\nsleep 600', {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(await outcome).toBe('slicer.cancelled');
  });

  test('what is not a PrusaSlicer is passed over', async () => {
    const slicers = await createSlicers({ mesh, temporaryRoot: root, prusaPath: '/bin/true' });
    expect(slicers.preferred?.id).toBe('CuraEngine');
    const missing = await createSlicers({ mesh, temporaryRoot: root, prusaPath: join(root, 'none') });
    expect(missing.preferred?.id).toBe('CuraEngine');
  });

  test('directories of a console that was killed are removed, those of a living one kept', async () => {
    const temporaryRoot = mkdtempSync(join(root, 'left-'));
    const [dead, alive] = [
      join(temporaryRoot, 'dipnet-slice-999999999-abc'),
      join(temporaryRoot, `dipnet-slice-${process.pid}-abc`),
    ];
    for (const path of [dead, alive]) mkdtempSync(path);
    const before = readdirSync(temporaryRoot).length;
    await createSlicers({ mesh, temporaryRoot, prusaPath: '/bin/true' });
    expect([before, readdirSync(temporaryRoot).length]).toEqual([2, 1]);
  });
});
