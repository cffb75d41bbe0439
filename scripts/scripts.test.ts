// The tooling itself: what it says when something is missing, what it rebuilds, and what it counts.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashInputs } from './build.mjs';
import { licences } from './licences.mjs';
import { compareVersions, npmTrouble, ROOT } from './setup.mjs';
import { countReport } from './test.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-scripts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a module with an environment of its own. */
function runModule(source: string, env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

describe('setting up', () => {
  it('compares versions as numbers', () => {
    expect(compareVersions('20.19.0', '20.19.0')).toBe(0);
    expect(compareVersions('20.9.0', '20.19.0')).toBeLessThan(0);
    expect(compareVersions('22.0.0-nightly', '20.19.0')).toBeGreaterThan(0);
    expect(compareVersions('100', '20.19.0')).toBeGreaterThan(0);
  });

  it('tells in words what trying again does not cure, and tries again otherwise', () => {
    expect(npmTrouble('npm error code ENOSPC')).toContain('disk is full');
    expect(npmTrouble('npm error code EACCES')).toContain('may not write');
    expect(npmTrouble('npm error code E401')).toContain('refused');
    expect(npmTrouble('npm error code ECONNRESET')).toBeUndefined();
  });

  it('says which Node it needs where this one is too old, without a stack trace', () => {
    const { status, stdout, stderr } = runModule(`
      Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.0' } });
      const { runMain, setUp } = await import('./scripts/setup.mjs');
      await runMain(setUp);
    `);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/needs Node 20\.19\.0 or newer; this is Node 18\.20\.0/);
    expect(stderr).not.toContain('    at ');
  });
});

describe('building', () => {
  const write = (name: string, text: string) => writeFileSync(join(folder, 'src', name), text);
  const hash = () => hashInputs(['src', 'missing'], folder);

  beforeEach(() => {
    mkdirSync(join(folder, 'src'));
    write('a.ts', 'one');
    write('a.test.ts', 'test');
  });

  it('notices every edit, new file and removal, and nothing else', () => {
    const first = hash();
    expect(hash()).toBe(first);
    write('a.test.ts', 'another test');
    expect(hash()).toBe(first);
    write('b.ts', 'two');
    const second = hash();
    expect(second).not.toBe(first);
    rmSync(join(folder, 'src', 'b.ts'));
    expect(hash()).toBe(first);
    utimesSync(join(folder, 'src', 'a.ts'), 1, 1);
    expect(hash()).not.toBe(first);
  });
});

describe('testing', () => {
  const report = (counts: object, ...testResults: object[]) => ({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    ...counts,
    testResults,
  });

  it('counts a file that could not be loaded as a failure', () => {
    const counts = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 };
    const failed = { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] };
    const broken = { status: 'failed', assertionResults: [] };
    expect(countReport(report(counts, failed))).toEqual({ passed: 5, failed: 1, skipped: 3 });
    expect(countReport(report(counts, failed, broken))).toEqual({ passed: 5, failed: 2, skipped: 3 });
  });

  it('writes down what a missing tool costs, or fails where every tool is required', () => {
    const ask = `
      const { needTool } = await import('./scripts/tools.mjs');
      console.log(String(needTool('socat', 'a print over a real terminal')));
    `;
    const skipFile = join(folder, 'skipped.jsonl');
    const missing = { PATH: folder, DIPNET_REQUIRE_ALL: '', DIPNET_SKIP_FILE: skipFile };
    expect(runModule(ask, missing)).toMatchObject({ status: 0, stdout: 'undefined\n' });
    const noted = readFileSync(skipFile, 'utf8');
    expect(noted).toContain('{"name":"socat","usedFor":"a print over a real terminal"}');
    const required = runModule(ask, { ...missing, DIPNET_REQUIRE_ALL: '1' });
    expect(required.status).toBe(1);
    expect(required.stderr).toContain('a print over a real terminal');
  });
});

describe('the licences', () => {
  const { text, packages } = licences();
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

  it('name every package that runs with the core or is bundled into the pages, in its pinned version', () => {
    const listed = new Map(packages.map(({ name, version }) => [`${name}@${version}`, true]));
    for (const [name, version] of Object.entries(manifest.dependencies))
      expect([name, listed.has(`${name}@${version}`)]).toEqual([name, true]);
    for (const name of [
      'react',
      'react-dom',
      '@mantine/core',
      'three',
      'zustand',
      '@fontsource-variable/inter',
    ])
      expect([name, listed.has(`${name}@${manifest.devDependencies[name]}`)]).toEqual([name, true]);
    // What those need in turn, in each version that is there; tools of the build are not shipped.
    expect(packages.some(({ name }) => name === '@floating-ui/dom')).toBe(true);
    expect(packages.filter(({ name }) => name === 'semver').length).toBeGreaterThan(0);
    expect(packages.some(({ name }) => name === 'vitest' || name === 'typescript')).toBe(false);
  });

  it('say each licence, and hold the text of our own', () => {
    for (const { name, version, licence } of packages) {
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+/)]);
      expect([name, licence]).toEqual([name, expect.stringMatching(/\w/)]);
    }
    expect(text).toContain('GNU AFFERO GENERAL PUBLIC LICENSE');
  });
});
