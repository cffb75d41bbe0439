// `npm run check`: types of the five projects, lint and format, the import rules and the messages. Everything that can
// be wrong without running the product. Independent steps run at the same time, as many as there are processors.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, readJson, runMain, say, setUp } from './setup.mjs';

const TSC = 'node_modules/typescript/bin/tsc';
const BIOME = 'node_modules/@biomejs/biome/bin/biome';
const VITEST = 'node_modules/vitest/vitest.mjs';
const PROJECTS = ['core', 'host', 'electron', 'renderer', 'tests'];

const STATIC_STEPS = [
  ...PROJECTS.map((name) => ({ name: `types ${name}`, args: [TSC, '-p', `tsconfig.${name}.json`] })),
  { name: 'lint and format', args: [BIOME, 'check', '--error-on-warnings', '--max-diagnostics=50', '.'] },
];
/** Part of the unit tests too; named here so that `npm run check` needs no other command. */
const RULE_STEPS = [
  { name: 'import rules and messages', args: [VITEST, 'run', '--reporter=dot', 'tidy.test.ts', 'messages'] },
];

/** Runs the steps and reports each as it ends. Resolves to the counts. */
export async function runChecks({ withRules }) {
  const steps = [...STATIC_STEPS, ...(withRules ? RULE_STEPS : [])];
  const waiting = [...steps];
  let failed = 0;
  const worker = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const { ok, output, seconds } = await runStep(step);
      say(`${ok ? '✓' : '✗'} ${step.name} (${seconds.toFixed(1)} s)`);
      if (ok) continue;
      failed++;
      process.stderr.write(output.endsWith('\n') ? output : `${output}\n`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, worker));
  return { passed: steps.length - failed, failed };
}

function runStep({ args }) {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const env = { ...process.env, FORCE_COLOR: process.stderr.isTTY ? '1' : '0' };
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env });
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const end = (ok) => resolve({ ok, output, seconds: (performance.now() - startedMs) / 1000 });
    child.on('error', (error) => {
      output += error.message;
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runMain(async () => {
    setUp();
    for (const file of [TSC, BIOME, VITEST]) {
      if (!existsSync(join(ROOT, file))) say(`${file} is missing; run npm ci`);
    }
    const { passed, failed } = await runChecks({ withRules: true });
    say(`${readJson(join(ROOT, 'package.json')).name}: ${passed} checks passed, ${failed} failed`);
    if (failed > 0) process.exitCode = 1;
  });
}
