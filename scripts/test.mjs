// `npm test`: sets up what it needs and runs everything (types, lint, unit to integration tests, then end-to-end tests
// in a real browser). Says aloud what it had to skip. The last line is `N passed, N failed, N skipped`.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { runChecks } from './check.mjs';
import { ROOT, readJson, runMain, say, setUp } from './setup.mjs';
import { findTool, installTool, SKIP_FILE } from './tools.mjs';

const CACHE = join(ROOT, '.cache');
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const TOOLS_TO_INSTALL = ['chromium', 'slicer', 'socat', 'cometbft'];

async function runAll() {
  setUp();
  mkdirSync(CACHE, { recursive: true });
  rmSync(SKIP_FILE, { force: true });
  const totals = { passed: 0, failed: 0, skipped: 0 };

  heading('Tools');
  for (const name of TOOLS_TO_INSTALL) {
    installTool(name);
    say(`${name}: ${findTool(name) ?? 'MISSING'}`);
  }
  heading('Types, lint, format');
  add(totals, { skipped: 0, ...(await runChecks({ withRules: false })) });

  heading('Unit, property, vector, simulation and integration tests');
  add(totals, await runVitest('unit', ['--config', 'vitest.config.ts']));

  heading('Build');
  add(totals, await buildAsTest());

  heading('End to end');
  if (hasEndToEndTests()) add(totals, await runVitest('e2e', ['--config', 'e2e/vitest.config.ts']));
  else add(totals, { passed: 0, failed: 1, skipped: 0, why: 'there are no end-to-end tests in e2e/' });

  sayAloudWhatWasSkipped();
  process.exitCode = totals.failed > 0 ? 1 : 0;
  await new Promise((resolve) => process.stderr.write('', resolve));
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
}

function heading(text) {
  say(`\n── ${text} ${'─'.repeat(Math.max(0, 70 - text.length))}`);
}

function add(totals, { passed, failed, skipped, why }) {
  if (why !== undefined) say(`✗ ${why}`);
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
}

async function buildAsTest() {
  try {
    await build();
    return { passed: 1, failed: 0, skipped: 0 };
  } catch (error) {
    return { passed: 0, failed: 1, skipped: 0, why: `the build failed: ${error.message}` };
  }
}

function hasEndToEndTests() {
  return readdirSync(join(ROOT, 'e2e')).some((name) => name.endsWith('.spec.ts'));
}

/** Runs vitest with its usual output on ours, and counts from its own report. */
async function runVitest(name, args) {
  const report = join(CACHE, `vitest-${name}.json`);
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await new Promise((resolve) => {
    const child = spawn(process.execPath, [VITEST, 'run', ...args, ...reporters], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', () => resolve(1));
    child.on('close', resolve);
  });
  if (!existsSync(report)) {
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      why: `the ${name} tests ended with code ${code} and no report`,
    };
  }
  const counts = countReport(readJson(report));
  // An error outside any test (an unhandled rejection) fails the run though every test passed.
  if (code !== 0 && counts.failed === 0) {
    return { ...counts, failed: 1, why: `the ${name} tests ended with code ${code}` };
  }
  return counts;
}

/** A file that could not even be loaded has no tests and counts as one failure. */
export function countReport(report) {
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function sayAloudWhatWasSkipped() {
  if (!existsSync(SKIP_FILE)) return;
  const lines = readFileSync(SKIP_FILE, 'utf8').split('\n').filter(Boolean);
  say('');
  for (const line of new Set(lines)) {
    const { name, usedFor } = JSON.parse(line);
    say(`SKIPPED, because ${name} is not installed here: ${usedFor}`);
  }
  say('');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await runMain(runAll);
