// A whole console in this process, on a folder of its own, with the built workers: for tests that go through the API.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { unwrap } from '../node-core/base/index.ts';
import type { Console, ConsoleOptions } from '../node-core/host/core.ts';
import { createConsole } from '../node-core/host/core.ts';

export const ROOT = join(import.meta.dirname, '..');
export const WORKERS_URL = pathToFileURL(`${join(ROOT, 'dist', 'host')}/`);
export const DIPNET = join(ROOT, 'dist', 'host', 'dipnet.js');

export type TestWorld = {
  readonly console: Console;
  readonly folder: string;
  reopen(): Promise<Console>;
  remove(): Promise<void>;
};

/** A demo world; `reopen` closes and opens it again as a restart would. */
export async function openTestWorld(
  stocked = false,
  options: Pick<ConsoleOptions, 'slicer'> = {},
): Promise<TestWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-e2e-'));
  const open = async () =>
    unwrap(await createConsole({ dataPath: folder, demo: { stocked }, workersUrl: WORKERS_URL, ...options }));
  let current = await open();
  return {
    folder,
    get console() {
      return current;
    },
    async reopen() {
      await current.close();
      current = await open();
      return current;
    },
    async remove() {
      await current.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
