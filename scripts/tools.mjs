// Programs of the outer world that some tests need: where they are, and how they are installed where they can be.
// A test asks with needTool; a missing tool is a skip that is written down and said aloud at the end of `npm test`,
// or a failure where DIPNET_REQUIRE_ALL=1 (the project's own CI).

import { spawnSync } from 'node:child_process';
import { accessSync, appendFileSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { findElectron } from './electron.mjs';
import { ROOT, say } from './setup.mjs';

/** Where needTool writes what was skipped; one JSON object a line. */
export const SKIP_FILE = process.env.DIPNET_SKIP_FILE ?? join(ROOT, '.cache', 'skipped.jsonl');
const MAC_APPS = '/Applications';

const TOOLS = {
  chromium: {
    variable: 'DIPNET_CHROMIUM',
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'],
    places: [
      `${MAC_APPS}/Google Chrome.app/Contents/MacOS/Google Chrome`,
      `${MAC_APPS}/Chromium.app/Contents/MacOS/Chromium`,
      `${MAC_APPS}/Microsoft Edge.app/Contents/MacOS/Microsoft Edge`,
      ...windowsPrograms('Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'),
    ],
    find: findPlaywrightChromium,
    debian: 'chromium',
    install: installPlaywrightChromium,
  },
  slicer: {
    variable: 'DIPNET_SLICER',
    names: ['prusa-slicer', 'PrusaSlicer', 'prusa-slicer-console'],
    places: [
      `${MAC_APPS}/PrusaSlicer.app/Contents/MacOS/PrusaSlicer`,
      `${MAC_APPS}/Original Prusa Drivers/PrusaSlicer.app/Contents/MacOS/PrusaSlicer`,
      ...windowsPrograms('Prusa3D/PrusaSlicer/prusa-slicer-console.exe'),
    ],
    debian: 'prusa-slicer',
  },
  socat: { names: ['socat'], places: [], debian: 'socat' },
  electron: { names: [], places: [], find: findElectron },
  /** The consensus engine of real networks; the version that node-core/host/cometbft/binary.ts accepts. */
  cometbft: {
    variable: 'DIPNET_COMETBFT',
    names: [],
    places: [],
    find: findCometBft,
    install: installCometBft,
  },
  go: { names: ['go'], places: ['/usr/local/go/bin/go'] },
};

/** Path of a tool; undefined where it is not installed. */
export function findTool(name) {
  const tool = TOOLS[name];
  const given = tool.variable === undefined ? undefined : process.env[tool.variable];
  if (given) return given;
  return onPath(tool.names) ?? tool.places.find(isFile) ?? tool.find?.();
}

/**
 * Path of a tool that a test cannot do without; undefined where it is missing, which the test answers by skipping.
 * `usedFor` completes the sentence "Skipped: …". @throws Error where it is missing and every tool is required.
 */
export function needTool(name, usedFor) {
  const path = findTool(name);
  if (path !== undefined) return path;
  // Electron cannot be downloaded everywhere; all other tools can be installed.
  if (process.env.DIPNET_REQUIRE_ALL === '1' && name !== 'electron') {
    throw new Error(
      `${name} is required here and was not found; without it these are not tested: ${usedFor}`,
    );
  }
  mkdirSync(dirname(SKIP_FILE), { recursive: true });
  appendFileSync(SKIP_FILE, `${JSON.stringify({ name, usedFor })}\n`);
  return undefined;
}

/** Installs a missing tool where that needs no question: a system package as root on Debian, or its own installer. */
export function installTool(name) {
  if (findTool(name) !== undefined) return;
  const tool = TOOLS[name];
  if (tool.debian !== undefined && isRootOnDebian()) {
    say(`Installing ${tool.debian} …`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    runQuietly('apt-get', ['update', '-qq'], env);
    runQuietly('apt-get', ['install', '-y', '-qq', '--no-install-recommends', tool.debian], env);
  }
  if (findTool(name) === undefined) tool.install?.();
}

function isRootOnDebian() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

function runQuietly(command, args, env = process.env) {
  const run = spawnSync(command, args, {
    env,
    encoding: 'utf8',
    timeout: 600_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.status !== 0)
    say(`${command} ${args[0]} failed: ${(run.stderr ?? '').trim().split('\n').at(-1) ?? ''}`);
  return run.status === 0;
}

function installPlaywrightChromium() {
  say('Fetching Chromium for the tests …');
  runQuietly(process.execPath, [join(ROOT, 'node_modules/playwright-core/cli.js'), 'install', 'chromium']);
}

function findPlaywrightChromium() {
  const script =
    "try { process.stdout.write(require('playwright-core').chromium.executablePath()) } catch { process.exit(1) }";
  const run = spawnSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8' });
  return run.status === 0 && isFile(run.stdout) ? run.stdout : undefined;
}

const COMETBFT_VERSION = '0.38.25';

function findCometBft() {
  const goFolders = [process.env.GOBIN, join(process.env.GOPATH ?? join(homedir(), 'go'), 'bin')];
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...goFolders, cometBftCache()];
  const program = process.platform === 'win32' ? 'cometbft.exe' : 'cometbft';
  return folders
    .filter(Boolean)
    .map((folder) => join(folder, program))
    .find((file) => isFile(file) && isCometBft(file));
}

function isCometBft(file) {
  const run = spawnSync(file, ['version'], { encoding: 'utf8', timeout: 10_000 });
  return run.status === 0 && run.stdout.trim().split('+')[0] === COMETBFT_VERSION;
}

function cometBftCache() {
  const bases = {
    win32: process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'),
    darwin: join(homedir(), 'Library', 'Caches'),
  };
  const base = bases[process.platform] ?? process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return join(base, 'dipnet', `cometbft-${COMETBFT_VERSION}`);
}

function installCometBft() {
  const go = findTool('go');
  if (go === undefined) return;
  say(`Building cometbft ${COMETBFT_VERSION} (once, some minutes) …`);
  const env = { ...process.env, GOBIN: cometBftCache(), CGO_ENABLED: '0' };
  mkdirSync(cometBftCache(), { recursive: true });
  runQuietly(go, ['install', `github.com/cometbft/cometbft/cmd/cometbft@v${COMETBFT_VERSION}`], env);
}

function onPath(names) {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      for (const suffix of suffixes) {
        const file = join(folder, name + suffix);
        if (isFile(file)) return file;
      }
    }
  }
  return undefined;
}

function isFile(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function windowsPrograms(...paths) {
  const roots = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA];
  return roots.filter(Boolean).flatMap((root) => paths.map((path) => join(root, path)));
}
