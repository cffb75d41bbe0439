// `node scripts/interop.mjs`: installs the Python reference of DIMP into .cache and runs the tests that speak with it.
// Where Python or its package index cannot be reached, it says so aloud and ends well; with DIPNET_REQUIRE_ALL=1 it fails.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runMain, SetupError, say, setUp } from './setup.mjs';

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
/** The newest of its second generation, which the clients in the field speak. */
const PACKAGES = [
  'dimsdk==2.3.4',
  'dimplugins==2.3.4',
  'dimp==2.3.4',
  'dkd==2.3.4',
  'mkm==2.3.4',
  'pycryptodome==3.23.0',
  'base58==2.1.1',
  'ecdsa==0.19.1',
];
const FOLDER = join(ROOT, '.cache', 'dimp-reference-2.3.4');
const PYTHON = join(
  FOLDER,
  ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
);

/** The reason why it cannot be installed, or undefined where it is. */
function installReference() {
  if (existsSync(PYTHON) && run(PYTHON, ['-c', 'import dimsdk, dimplugins']) === undefined) return undefined;
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES];
  return run(python, ['-m', 'venv', FOLDER]) ?? run(PYTHON, pip);
}

function run(program, parameters) {
  const { status, stderr, error } = spawnSync(program, parameters, { encoding: 'utf8', timeout: 300_000 });
  return status === 0 ? undefined : (error?.message ?? stderr.trim().split('\n').at(-1) ?? 'it failed');
}

await runMain(async () => {
  setUp();
  const reason = installReference();
  if (reason !== undefined) {
    if (process.env.DIPNET_REQUIRE_ALL === '1')
      throw new SetupError(`The Python reference of DIMP cannot be installed here: ${reason}`);
    say(`SKIPPED: the Python reference of DIMP cannot be installed here (${reason})`);
    return;
  }
  const env = { ...process.env, DIPNET_DIMP_REFERENCE: PYTHON };
  const parameters = ['run', 'node-core/dimp/interop', ...process.argv.slice(2)];
  process.exitCode = await new Promise((resolve) => {
    const child = spawn(process.execPath, [VITEST, ...parameters], { cwd: ROOT, stdio: 'inherit', env });
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
});
