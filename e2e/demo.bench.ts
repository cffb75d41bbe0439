// The whole story by `dipnet demo`, from start to verified evidence: the bundled sample (promise: 20 s), and a model of
// one's own where DIPNET_BENCH_MODEL names its file (promise: 60 s). Reference: the slicer alone on that model.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findTool } from '../scripts/tools.mjs';
import { type Figure, report } from './figures.ts';
import { DIPNET } from './world.ts';

const SAMPLE_S_MAX = 20;
const OWN_MODEL_S_MAX = 60;

function secondsOf(command: string, args: readonly string[]): number {
  const startMs = performance.now();
  const run = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (run.status !== 0)
    throw new Error(`${basename(command)} ended with ${run.status}:\n${run.stderr.slice(-2000)}`);
  return (performance.now() - startMs) / 1000;
}

function slicerAlone(model: string): Figure['reference'] {
  const slicer = findTool('slicer');
  if (slicer === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-bench-'));
  try {
    const args = ['--export-gcode', '--output', join(folder, 'part.gcode'), '--center', '100,100', model];
    return { what: 'slicing alone', value: secondsOf(slicer, args) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function story(what: string, model: readonly string[], limit: number, reference: Figure['reference']): void {
  const value = secondsOf(process.execPath, [DIPNET, 'demo', '--speed', '1000', '--json', ...model]);
  report({ what, value, unit: 's', limit, ...(reference === undefined ? {} : { reference }) });
}

story('demo, bundled sample, printer at 1000 × real time', [], SAMPLE_S_MAX, {
  what: 'start and end of the program',
  value: secondsOf(process.execPath, [DIPNET, '--help']),
});
const own = process.env['DIPNET_BENCH_MODEL'];
if (own === undefined || own === '') {
  console.log('SKIPPED: a model of your own (DIPNET_BENCH_MODEL=file)');
} else {
  story(
    `demo, ${basename(own)}, printer at 1000 × real time`,
    ['--model', own],
    OWN_MODEL_S_MAX,
    slicerAlone(own),
  );
}
