#!/usr/bin/env node
// The command `dipnet`: sets up and builds what is missing, then runs the host with the same arguments and ends with
// its exit code. Standard output belongs to the host alone.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { ROOT, runMain, setUp } from './setup.mjs';

await runMain(async () => {
  setUp();
  await build(['host']);
  const host = join(ROOT, 'dist', 'host', 'dipnet.js');
  process.argv[1] = host;
  await import(pathToFileURL(host).href);
});
