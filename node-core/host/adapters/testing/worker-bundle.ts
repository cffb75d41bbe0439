// The machine worker, bundled as it is shipped, for tests that drive it.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../../..');

/** In a folder of its own below `dist`, where it finds the packages that are not bundled. */
export async function bundleMachineWorker(): Promise<{ readonly url: URL; remove(): void }> {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'dist', 'test-worker-'));
  const outfile = join(folder, 'machine-worker.js');
  await build({
    entryPoints: [join(ROOT, 'node-core/host/workers/machine-worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['serialport', 'ws', 'mqtt-packet'],
    logLevel: 'error',
  });
  return { url: pathToFileURL(outfile), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
