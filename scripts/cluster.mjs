// `npm run test:cluster`: builds the host, finds or builds CometBFT, and runs the tests of whole networks.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ROOT, runMain, SetupError, say, setUp } from './setup.mjs';
import { findTool, installTool } from './tools.mjs';

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');

await runMain(async () => {
  setUp();
  installTool('cometbft');
  const binary = findTool('cometbft');
  if (binary === undefined)
    throw new SetupError('cometbft 0.38.25 is not installed here, and Go is not there to build it.');
  say(`cometbft: ${binary}`);
  await build(['host']);
  const parameters = ['run', '--config', 'e2e/cluster/vitest.config.ts', ...process.argv.slice(2)];
  process.exitCode = await new Promise((resolve) => {
    const child = spawn(process.execPath, [VITEST, ...parameters], { cwd: ROOT, stdio: 'inherit' });
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
});
