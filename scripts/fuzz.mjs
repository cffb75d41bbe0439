// `npm run fuzz [-- --inputs N --seed S --target NAME --at I]`: feeds random and damaged inputs to every decoder that
// strangers can reach (node-core/sim/testing/fuzz). Ends with a non-zero code for an exception, for an input that takes
// too long, and where memory grew. `--at` feeds the one input of that number again.

import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { EXTERNAL } from './build.mjs';
import { ROOT, runMain, SetupError, say, setUp } from './setup.mjs';

const OUT = join(ROOT, 'node_modules', '.dipnet-fuzz');
const BUNDLE = join(OUT, 'fuzz.mjs');
const SELF = new URL(import.meta.url);

/** One input; far above the slowest honest one. */
const INPUT_MS_MAX = 2_000;
/** A machine that does other things may stop for as long: a slow input is fed again, and counts if it stays slow. */
const FEEDS_MAX = 4;
/** Of processor time without any progress: a hang, which a thread cannot notice of itself. A busy machine is none. */
const HANG_MS = 30_000;
const LOOK_EVERY_MS = 5_000;
const MEGABYTE = 1024 * 1024;
const HEAP_GROWTH_MAX = 16 * MEGABYTE;
const RSS_GROWTH_MAX = 96 * MEGABYTE;
/** Caches and compiled code settle in the first part of a run; memory is compared from there on. */
const WARM_UP_PART = 0.1;

const HELP = `npm run fuzz -- [--inputs N] [--seed S] [--target NAME] [--at I]

  --inputs N     how many inputs (default: 10000000)
  --seed S       another seed, other inputs (default: 1)
  --target NAME  only the decoders whose name contains it, for instance "transactions" or "ABCI"
  --at I         the one input of that number again`;

async function main() {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '10000000' },
      seed: { type: 'string', default: '1' },
      target: { type: 'string', default: '' },
      at: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(HELP);
  setUp();
  await bundle();
  const first = values.at === undefined ? 0 : wholeNumber(values.at);
  const count = values.at === undefined ? wholeNumber(values.inputs) : 1;
  const seed = wholeNumber(values.seed);
  process.exitCode = await watch({ first, count, seed, target: values.target });
  rmSync(OUT, { recursive: true, force: true });
}

function wholeNumber(text) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new SetupError(`Not a whole number: ${text}`);
  return number;
}

async function bundle() {
  const { build } = await import('esbuild');
  mkdirSync(OUT, { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['node-core/sim/testing/fuzz/index.ts'],
    outfile: BUNDLE,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // yaml asks for Node's own modules in a way that a bundle does not know.
    external: [...EXTERNAL, 'yaml'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}

/** Runs the inputs in a thread and watches that they go on. Resolves to the exit code. */
function watch(job) {
  const progress = new SharedArrayBuffer(8);
  const done = new BigInt64Array(progress);
  const startedMs = performance.now();
  const worker = new Worker(SELF, { workerData: { ...job, progress } });
  return new Promise((resolve) => {
    let last = -1n;
    let lastUsedMs = 0;
    let shownMs = startedMs;
    const timer = setInterval(() => {
      const now = Atomics.load(done, 0);
      if (now !== last) lastUsedMs = processorMs();
      else if (processorMs() - lastUsedMs > HANG_MS) {
        say(`✗ input ${now} hangs (npm run fuzz -- --seed ${job.seed} --at ${now})`);
        void worker.terminate();
      }
      last = now;
      if (performance.now() - shownMs < 60_000) return;
      shownMs = performance.now();
      say(`  ${now} of ${job.count} inputs, ${((shownMs - startedMs) / 1000).toFixed(0)} s`);
    }, LOOK_EVERY_MS);
    let code = 1;
    worker.on('message', (result) => {
      report(result, job, (performance.now() - startedMs) / 1000);
      code = result.problem === undefined ? 0 : 1;
    });
    worker.on('error', (error) => say(`✗ ${error.stack}`));
    worker.on('exit', () => {
      clearInterval(timer);
      resolve(code);
    });
  });
}

function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function report({ problem, targets, slowest, memory }, { seed }, seconds) {
  for (const { name, inputs, totalMs, tally = {} } of targets) {
    say(`  ${name}: ${inputs} inputs, ${((totalMs * 1000) / Math.max(1, inputs)).toFixed(0)} µs each`);
    for (const [outcome, count] of Object.entries(tally)) say(`    ${outcome}: ${count}`);
  }
  const total = targets.reduce((sum, { inputs }) => sum + inputs, 0);
  say(`  slowest: ${slowest.ms.toFixed(1)} ms, input ${slowest.index}`);
  if (memory !== undefined) {
    const mb = (bytes) => `${(bytes / MEGABYTE).toFixed(1)} MB`;
    say(
      `  memory after warming up and at the end: heap ${mb(memory.heapBefore)} → ${mb(memory.heapAfter)}, `,
    );
    say(`    resident ${mb(memory.rssBefore)} → ${mb(memory.rssAfter)}`);
  }
  if (problem !== undefined) say(`✗ ${problem}`);
  else say(`✓ ${total} inputs, seed ${seed}, ${seconds.toFixed(0)} s: no exception, no hang, no growth`);
}

async function runWorker({ first, count, seed, target, progress }) {
  const { createFuzzRun } = await import(pathToFileURL(BUNDLE).href);
  const run = createFuzzRun(seed, target, readParadigms());
  const done = new BigInt64Array(progress);
  const targets = run.targets.map((name, at) => ({ name, inputs: 0, totalMs: 0, tally: run.tallies[at] }));
  const slowest = { ms: 0, index: first };
  const warmAt = first + Math.floor(count * WARM_UP_PART);
  let before;
  let problem;
  for (let index = first; index < first + count && problem === undefined; index++) {
    if (index === warmAt && count > 1) before = measureMemory();
    Atomics.store(done, 0, BigInt(index));
    try {
      const { chosen, ms } = feed(run, index);
      targets[chosen].inputs++;
      targets[chosen].totalMs += ms;
      if (ms > slowest.ms) Object.assign(slowest, { ms, index });
      if (ms > limitMs(run, chosen)) problem = `input ${index} took ${ms.toFixed(0)} ms`;
    } catch (error) {
      problem = `input ${index} failed: ${error.stack}`;
    }
    if (problem !== undefined)
      problem += `\n  again: npm run fuzz -- --seed ${seed} --at ${index}${target ? ` --target "${target}"` : ''}`;
  }
  const memory = before === undefined ? undefined : compareMemory(before, measureMemory());
  if (memory !== undefined) {
    const { heapBefore, heapAfter, rssBefore, rssAfter } = memory;
    const grew = heapAfter - heapBefore > HEAP_GROWTH_MAX || rssAfter - rssBefore > RSS_GROWTH_MAX;
    if (grew) problem ??= 'memory grew';
  }
  parentPort.postMessage({ problem, targets, slowest, memory });
}

function feed(run, index) {
  for (let round = 1; ; round++) {
    const startedMs = performance.now();
    const chosen = run.feed(index);
    const ms = performance.now() - startedMs;
    if (ms <= limitMs(run, chosen) || round === FEEDS_MAX) return { chosen, ms };
  }
}

const limitMs = (run, chosen) => run.inputMsMax[chosen] ?? INPUT_MS_MAX;

/** Every document that ships with the console, as text. */
function readParadigms() {
  const folder = join(ROOT, 'assets', 'paradigms');
  const files = readdirSync(folder).filter((name) => /\.(json|yaml)$/.test(name) && !name.includes('schema'));
  return files.sort().map((name) => readFileSync(join(folder, name), 'utf8'));
}

function measureMemory() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  for (let round = 0; round < 4; round++) collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

const compareMemory = (before, after) => ({
  heapBefore: before.heap,
  heapAfter: after.heap,
  rssBefore: before.rss,
  rssAfter: after.rss,
});

if (isMainThread) await runMain(main);
else await runWorker(workerData);
