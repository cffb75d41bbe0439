// Makes a fresh clone usable: checks Node's version, installs the packages of the lock file, verifies that the native
// addons load under this Node and rebuilds them where not. Depends on nothing but Node and npm. Everything it says
// goes to standard error, so that a program's standard output stays clean. A second run takes a few milliseconds.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STAMP = join(ROOT, 'node_modules', '.dipnet-setup.json');
const INSTALL_ATTEMPTS_MAX = 3;
/** Addons without which the console cannot run, with a statement that proves they work. */
const ADDONS = [['better-sqlite3', "new (require('better-sqlite3'))(':memory:').close()"]];

/** One line of progress for people. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Ends the program with a message for people instead of a stack trace. */
export class SetupError extends Error {}

/** Runs `work`, printing a SetupError as plain words. */
export async function runMain(work) {
  try {
    await work();
  } catch (error) {
    if (error instanceof SetupError) say(`\n${error.message}`);
    else console.error(error);
    process.exitCode = 1;
  }
}

/** @throws SetupError where the packages cannot be made ready. */
export function setUp() {
  checkNodeVersion();
  const wanted = stampText();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  if (!packagesMatchLock()) installPackages();
  for (const [name, proof] of ADDONS) checkAddon(name, proof);
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, wanted);
}

function checkNodeVersion() {
  const wanted = readJson(join(ROOT, 'package.json')).engines.node.replace(/^>=/, '');
  if (compareVersions(process.versions.node, wanted) >= 0) return;
  throw new SetupError(
    `DIPNET Console needs Node ${wanted} or newer; this is Node ${process.versions.node}.\n` +
      'Install a newer one from https://nodejs.org and run the same command again.',
  );
}

/** Negative, 0 or positive, by the numbers between the dots. */
export function compareVersions(a, b) {
  const left = a.split(/[.-]/).map(Number);
  const right = b.split(/[.-]/).map(Number);
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] || 0) - (right[i] || 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What an installation depends on: the lock file, and the Node it was built for. */
function stampText() {
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  const { modules } = process.versions;
  return JSON.stringify({ lock, modules, platform: process.platform, arch: process.arch });
}

/** True where npm's own record of what is installed agrees with the lock file, whoever ran npm. */
function packagesMatchLock() {
  const recordFile = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(recordFile)) return false;
  const installed = readJson(recordFile).packages ?? {};
  const locked = readJson(join(ROOT, 'package-lock.json')).packages ?? {};
  return Object.entries(locked).every(([path, entry]) => {
    if (path === '' || entry.optional === true || entry.devOptional === true) return true;
    return installed[path]?.version === entry.version && existsSync(join(ROOT, path, 'package.json'));
  });
}

function installPackages() {
  say('Installing packages (once, about a minute) …');
  let command = ['ci'];
  for (let attempt = 1; attempt <= INSTALL_ATTEMPTS_MAX; attempt++) {
    const run = runNpm([...command, '--no-audit', '--no-fund', '--loglevel=error']);
    if (run.status === 0) return;
    // A lock file made on another platform may lack optional packages of this one; `ci` refuses it, `install` does not,
    // and still takes every locked version. --no-save leaves the lock file as it is.
    if (/\bEUSAGE\b/.test(run.output)) command = ['install', '--no-save'];
    const trouble = npmTrouble(run.output);
    if (trouble !== undefined) throw new SetupError(trouble);
    if (attempt < INSTALL_ATTEMPTS_MAX) say(`Installing packages failed; trying again (${attempt + 1}) …`);
  }
  throw new SetupError(
    'The packages could not be installed; npm said why above.\n' +
      'Check that a package registry can be reached (npm ping), then run the same command again.',
  );
}

/** Words for failures that trying again does not cure; undefined for all others. */
export function npmTrouble(output) {
  if (/\bENOSPC\b/.test(output)) return 'The disk is full: free about 1 GB, then run the same command again.';
  if (/\b(EACCES|EPERM)\b/.test(output)) {
    return `npm may not write to ${ROOT}: make the folder yours, then run the same command again.`;
  }
  if (/\bE40[13]\b/.test(output)) {
    return 'The package registry refused the request: check its address and login (npm config get registry).';
  }
  return undefined;
}

function checkAddon(name, proof) {
  if (addonLoads(proof)) return;
  say(`Building ${name} for Node ${process.versions.node} …`);
  runNpm(['rebuild', name, '--loglevel=error']);
  if (addonLoads(proof)) return;
  throw new SetupError(
    `The native part of ${name} does not load on Node ${process.versions.node} (${process.platform} ${process.arch}).\n` +
      `With a C++ compiler, make and Python 3 installed, run: npm rebuild ${name} --build-from-source`,
  );
}

function addonLoads(proof) {
  return spawnSync(process.execPath, ['-e', proof], { cwd: ROOT, stdio: 'ignore' }).status === 0;
}

/** Runs npm with its output on standard error, and returns it too. */
function runNpm(args) {
  const [command, ...first] = npmCommand();
  const run = spawnSync(command, [...first, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    shell: command.endsWith('.cmd'),
    env: { ...process.env, ...headersEnvironment() },
  });
  if (run.error)
    throw new SetupError(`npm could not be started (${run.error.message}): install npm, then try again.`);
  const output = `${run.stdout ?? ''}${run.stderr ?? ''}`;
  if (run.status !== 0 && !/\bEUSAGE\b/.test(output)) process.stderr.write(output);
  return { status: run.status, output };
}

/** The npm that runs us, else the one beside this Node, else the one on the path. */
function npmCommand() {
  const fromNpm = process.env.npm_execpath;
  if (fromNpm && /npm-cli\.c?js$/.test(fromNpm) && existsSync(fromNpm)) return [process.execPath, fromNpm];
  const bin = dirname(realpathSync(process.execPath));
  const candidates = [
    join(bin, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(dirname(bin), 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  for (const file of candidates) if (existsSync(file)) return [process.execPath, file];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}

/** Addons compile offline where Node's headers were installed with it: node-gyp is told where they are. */
function headersEnvironment() {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  const given = process.env.npm_config_nodedir;
  if (given || !existsSync(join(prefix, 'include', 'node', 'node.h'))) return {};
  return { npm_config_nodedir: prefix };
}

export function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
