// Writes assets/models/cable-hook.stl from node-core/models/sample.ts. Run after changing the sample.

import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const { outputFiles } = await build({
  entryPoints: [new URL('../node-core/models/sample.ts', import.meta.url).pathname],
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  write: false,
});
const source = Buffer.from(outputFiles[0].contents).toString('base64');
const { createSampleModel } = await import(`data:text/javascript;base64,${source}`);
const target = new URL('../assets/models/cable-hook.stl', import.meta.url);
writeFileSync(target, createSampleModel());
console.log(`wrote ${target.pathname}`);
