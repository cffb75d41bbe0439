// `node scripts/interop.mjs`: installs the Python reference of DIMP into .cache and runs the tests that speak with it.
// Where Python or its package index cannot be reached, it says so aloud and ends well; with DIPNET_REQUIRE_ALL=1 it fails.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runMain, SetupError, say, setUp } from './setup.mjs';

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
/** Each in a folder of its own, because their packages have the same names. */
const REFERENCES = [
  {
    // What the clients in the field speak.
    variable: 'DIPNET_DIMP_REFERENCE',
    folder: 'dimp-reference-2.3.4',
    test: 'import dimsdk, dimplugins',
    packages: [
      'dimsdk==2.3.4',
      'dimplugins==2.3.4',
      'dimp==2.3.4',
      'dkd==2.3.4',
      'mkm==2.3.4',
      'pycryptodome==3.23.0',
      'base58==2.1.1',
      'ecdsa==0.19.1',
    ],
  },
  {
    // The newest, with its station.
    variable: 'DIPNET_DIMP_REFERENCE_NEXT',
    folder: 'dimp-reference-2.5.0',
    test: 'import dimples',
    packages: [
      'dimples==2.1.1',
      'dimsdk==2.5.0',
      'dimax==2.5.0',
      'dimap==2.5.0',
      'dimp==2.5.0',
      'dkd==2.5.1',
      'mkm==2.5.0',
    ],
  },
];

const pythonOf = (folder) =>
  join(
    ROOT,
    '.cache',
    folder,
    ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
  );

/** The reason why it cannot be installed, or undefined where it is. */
function installReference({ folder, test, packages }) {
  const installed = pythonOf(folder);
  if (existsSync(installed) && run(installed, ['-c', test]) === undefined) return undefined;
  rmSync(join(ROOT, '.cache', folder), { recursive: true, force: true });
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
  return run(python, ['-m', 'venv', join(ROOT, '.cache', folder)]) ?? run(installed, pip);
}

function run(program, parameters) {
  const { status, stderr, error } = spawnSync(program, parameters, { encoding: 'utf8', timeout: 300_000 });
  return status === 0 ? undefined : (error?.message ?? stderr.trim().split('\n').at(-1) ?? 'it failed');
}

await runMain(async () => {
  setUp();
  const env = { ...process.env };
  for (const reference of REFERENCES) {
    const reason = installReference(reference);
    if (reason === undefined) env[reference.variable] = pythonOf(reference.folder);
    else if (process.env.DIPNET_REQUIRE_ALL === '1')
      throw new SetupError(`The Python reference of DIMP cannot be installed here: ${reason}`);
    else say(`SKIPPED: the Python reference of DIMP cannot be installed here (${reason})`);
  }
  const parameters = ['run', 'node-core/dimp/interop', ...process.argv.slice(2)];
  process.exitCode = await new Promise((resolve) => {
    const child = spawn(process.execPath, [VITEST, ...parameters], { cwd: ROOT, stdio: 'inherit', env });
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
});
