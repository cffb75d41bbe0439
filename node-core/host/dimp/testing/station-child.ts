// A station in a process of its own, started from the sources and killed like any process. The tests' door to what an
// operator runs as `dipnet station`.

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');
const EXTERNAL = ['better-sqlite3', 'secp256k1', 'tiny-secp256k1', 'serialport', 'cura-wasm', 'ws'];

/** Bundles the command once; inside node_modules so that bare imports resolve. */
export async function bundleStation(): Promise<string> {
  const folder = join(ROOT, 'node_modules', '.dipnet-station-test');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `station-${process.pid}.mjs`);
  // Required, not imported: a bundled benchmark must not take the bundler along.
  const { build } = createRequire(join(ROOT, 'package.json'))('esbuild') as typeof import('esbuild');
  await build({
    absWorkingDir: ROOT,
    stdin: {
      contents:
        "import { runStation } from './node-core/host/cli/station.ts'; process.exitCode = await runStation(process.argv.slice(2)); process.exit();",
      resolveDir: ROOT,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: EXTERNAL,
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

export type StationChild = {
  readonly port: number;
  readonly process: ChildProcess;
  /** SIGKILL: nothing is finished. */
  kill(): Promise<void>;
};

export async function startStation(
  program: string,
  home: string,
  port: number,
  nodeOptions: readonly string[] = [],
): Promise<StationChild> {
  const child = spawn(
    process.execPath,
    [...nodeOptions, program, '--home', home, '--port', String(port), '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = await new Promise<{ port: number }>((resolve, reject) => {
    let text = '';
    child.once('exit', (code) => reject(new Error(`the station ended with ${code}`)));
    child.stdout?.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      if (text.includes('\n')) resolve(JSON.parse(text.split('\n')[0] ?? '') as { port: number });
    });
  });
  return {
    port: ready.port,
    process: child,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
