// `npm run soak [-- --hours N --printers N --seed S]`: days of a farm of virtual printers in trouble (node-core/sim/soak),
// in minutes. Ends with a non-zero code for a wrong line, a heater left on, a job lost or printed twice, and where memory
// grew. The same seed is the same farm.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EXTERNAL } from './build.mjs';
import { ROOT, runMain, SetupError, say, setUp } from './setup.mjs';

const OUT = join(ROOT, 'node_modules', '.dipnet-soak');
const BUNDLE = join(OUT, 'soak.mjs');
const MEGABYTE = 1024 * 1024;
const HEAP_GROWTH_MAX = 24 * MEGABYTE;
/** Caches and compiled code settle in the first part of a run; memory is compared from there on. */
const WARM_UP_PART = 0.25;

async function main() {
  const { values } = parseArgs({
    options: {
      hours: { type: 'string', default: '72' },
      printers: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
    },
  });
  const [hours, printers, seed] = [values.hours, values.printers, values.seed].map(wholeNumber);
  setUp();
  await bundle();
  const { soak } = await import(pathToFileURL(BUNDLE).href);
  const heaps = [];
  const startedMs = performance.now();
  const report = await soak({
    hours,
    printers,
    seed,
    settle: () => new Promise((resolve) => setImmediate(resolve)),
    onHour: (hour, { prints, finished, linesExecuted }) => {
      heaps.push(heapBytes());
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
      say(
        `  hour ${hour}: ${prints} prints, ${finished} finished, ${linesExecuted} lines; ${seconds} s, ${mb(heaps.at(-1))}`,
      );
    },
  });
  rmSync(OUT, { recursive: true, force: true });
  process.exitCode = tell(report, heaps) ? 0 : 1;
}

/** Whether everything that must stay at nothing did. */
function tell(report, heaps) {
  for (const [name, value] of Object.entries(report)) say(`  ${name}: ${value}`);
  const warm = heaps[Math.floor(heaps.length * WARM_UP_PART)] ?? 0;
  const end = heaps.at(-1) ?? 0;
  say(`  heap after warming up and at the end: ${mb(warm)} → ${mb(end)}`);
  const { wrongLines, heatersLeftOn, jobsLost, printedTwice } = report;
  const clean = wrongLines + heatersLeftOn + jobsLost + printedTwice === 0;
  const flat = end - warm <= HEAP_GROWTH_MAX;
  if (clean && flat) say('✓ no wrong line, no heater left on, no job lost or printed twice, flat memory');
  else say(clean ? '✗ memory grew' : '✗ see the figures above');
  return clean && flat;
}

const collect = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
})();

function heapBytes() {
  collect();
  return process.memoryUsage().heapUsed;
}

function mb(bytes) {
  return `${(bytes / MEGABYTE).toFixed(1)} MB`;
}

function wholeNumber(text) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new SetupError(`Not a whole number: ${text}`);
  return number;
}

async function bundle() {
  const { build } = await import('esbuild');
  mkdirSync(OUT, { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['node-core/sim/soak.ts'],
    outfile: BUNDLE,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: EXTERNAL,
    logLevel: 'warning',
  });
}

await runMain(main);
