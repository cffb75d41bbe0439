// Finds the cometbft program, or builds it where Go is installed. Only the one version whose formats the light node was
// verified against is accepted: another one may speak another protocol.

import { spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { cometbftFault } from './faults.ts';

/** 1.x is retracted upstream; below 0.38.21 commits are verified too laxly (CSA-2026-001). */
export const COMETBFT_VERSION = '0.38.25';
const MODULE = `github.com/cometbft/cometbft/cmd/cometbft@v${COMETBFT_VERSION}`;
const PROGRAM = process.platform === 'win32' ? 'cometbft.exe' : 'cometbft';
const VERSION_TIMEOUT_MS = 10_000;
const BUILD_TIMEOUT_MS = 15 * 60_000;
const OUTPUT_CHARS_MAX = 20_000;

export type BinaryOptions = {
  readonly environment?: NodeJS.ProcessEnv;
  /** Build it with Go where it is not found. Default: true. */
  readonly build?: boolean;
  /** Told before a build, which takes minutes the first time. */
  readonly onBuild?: (text: string) => void;
};

/** Path of a program of the right version. */
export async function findCometBft(options: BinaryOptions = {}): Promise<Result<string>> {
  const environment = options.environment ?? process.env;
  const given = environment['DIPNET_COMETBFT'];
  if (given !== undefined && given !== '') return checkVersion(given);
  let other: Result<string> | undefined;
  for (const path of candidates(environment)) {
    if (!isProgram(path)) continue;
    const checked = await checkVersion(path);
    if (checked.ok) return checked;
    other ??= checked;
  }
  if (options.build === false || !(await hasGo(environment)))
    return other ?? refuse(cometbftFault('cometbft.binary.missing', { version: COMETBFT_VERSION }));
  options.onBuild?.(`Building cometbft ${COMETBFT_VERSION} (once, some minutes) …`);
  return buildCometBft(environment);
}

/** Where a built program is kept for all projects of this user. */
export function cometBftCache(environment: NodeJS.ProcessEnv = process.env): string {
  const home = homedir();
  const base =
    process.platform === 'win32'
      ? (environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'))
      : process.platform === 'darwin'
        ? join(home, 'Library', 'Caches')
        : (environment['XDG_CACHE_HOME'] ?? join(home, '.cache'));
  return join(base, 'dipnet', `cometbft-${COMETBFT_VERSION}`);
}

function candidates(environment: NodeJS.ProcessEnv): string[] {
  const goPath = environment['GOPATH']?.split(delimiter)[0] ?? join(homedir(), 'go');
  const folders = [
    ...(environment['PATH'] ?? '').split(delimiter),
    environment['GOBIN'] ?? '',
    join(goPath, 'bin'),
    cometBftCache(environment),
  ];
  return folders.filter((folder) => folder !== '').map((folder) => join(folder, PROGRAM));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

async function checkVersion(path: string): Promise<Result<string>> {
  const run = await runProgram(path, ['version'], process.env, VERSION_TIMEOUT_MS);
  if (run === undefined || run.code !== 0)
    return refuse(cometbftFault('cometbft.binary.missing', { version: COMETBFT_VERSION }));
  const found = run.output.trim().split('\n').at(-1) ?? '';
  // A build from a tagged checkout adds its commit: 0.38.25+abcdef.
  if (found.split('+')[0] === COMETBFT_VERSION) return ok(path);
  const data = { path, found: found.slice(0, 40), version: COMETBFT_VERSION };
  return refuse(cometbftFault('cometbft.binary.version', data));
}

async function hasGo(environment: NodeJS.ProcessEnv): Promise<boolean> {
  return (await runProgram('go', ['version'], environment, VERSION_TIMEOUT_MS))?.code === 0;
}

/** Built beside its place and moved there, so that an interrupted build leaves nothing that looks like a program. */
async function buildCometBft(environment: NodeJS.ProcessEnv): Promise<Result<string>> {
  const cache = cometBftCache(environment);
  const building = join(cache, `building-${process.pid}`);
  const failed = (reason: string) =>
    refuse(cometbftFault('cometbft.binary.build', { version: COMETBFT_VERSION, reason }));
  try {
    mkdirSync(building, { recursive: true });
    const env = { ...environment, GOBIN: building, CGO_ENABLED: '0' };
    const run = await runProgram('go', ['install', MODULE], env, BUILD_TIMEOUT_MS);
    if (run === undefined || run.code !== 0)
      return failed(run?.output.trim().split('\n').at(-1)?.slice(0, 200) ?? 'it did not end in time');
    renameSync(join(building, PROGRAM), join(cache, PROGRAM));
    return checkVersion(join(cache, PROGRAM));
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

type Run = { readonly code: number; readonly output: string };

/** Undefined where it could not be started or did not end in time. */
function runProgram(
  program: string,
  parameters: readonly string[],
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<Run | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, [...parameters], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARS_MAX);
    };
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code === null ? undefined : { code, output });
    });
  });
}
