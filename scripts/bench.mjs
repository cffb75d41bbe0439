// `npm run bench [name …]`: runs every x.bench.ts (or those whose path contains a name). A benchmark is a program: it is
// bundled, run by plain Node with --expose-gc, and prints its measurements, each beside a reference measured in the same
// run where there is one. It ends with a non-zero code where it breaks a promise of its own.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import { build as buildProduct, EXTERNAL } from './build.mjs';
import { ROOT, runMain, SetupError, say, setUp } from './setup.mjs';

const FOLDERS = ['node-core', 'renderer', 'e2e'];
/** Inside node_modules so that bare imports resolve as they do for the sources; each run has its own. */
const OUT = join(ROOT, 'node_modules', '.dipnet-bench', String(process.pid));

/** A bundled program lies elsewhere than its sources; those that look for files beside themselves still find them. */
const OWN_FOLDERS = {
  name: 'own-folders',
  setup(bundler) {
    bundler.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (path.includes(`${sep}node_modules${sep}`)) return undefined;
      const contents = readFileSync(path, 'utf8');
      if (!contents.includes('import.meta.dirname')) return undefined;
      const folder = JSON.stringify(dirname(path));
      return { contents: contents.replaceAll('import.meta.dirname', folder), loader: extname(path).slice(1) };
    });
  },
};

await runMain(async () => {
  setUp();
  const names = process.argv.slice(2);
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true }).map(
      (name) => `${folder}/${name.split(sep).join('/')}`,
    ),
  )
    .filter(
      (file) =>
        file.endsWith('.bench.ts') && (names.length === 0 || names.some((name) => file.includes(name))),
    )
    .sort();
  if (files.length === 0) throw new SetupError(`No benchmark matches: ${names.join(' ') || '(none exist)'}`);
  // Those of e2e measure the product as it is built.
  if (files.some((file) => file.startsWith('e2e/'))) await buildProduct(['host', 'renderer']);
  let failed = 0;
  for (const file of files) {
    console.log(`\n── ${file} ${'─'.repeat(Math.max(0, 70 - file.length))}`);
    if (!(await runBench(file))) failed++;
  }
  rmSync(OUT, { recursive: true, force: true });
  if (failed === 0) return;
  say(`\n${failed} of ${files.length} benchmarks failed`);
  process.exitCode = 1;
});

async function runBench(file) {
  const { build } = await import('esbuild');
  const outfile = join(OUT, `${relative(ROOT, join(ROOT, file)).replaceAll(/[\\/]/g, '-')}.mjs`);
  await build({
    absWorkingDir: ROOT,
    entryPoints: [file],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: [...EXTERNAL, 'playwright-core', 'ws'],
    sourcemap: 'inline',
    plugins: [OWN_FOLDERS],
    banner: {
      js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const run = spawnSync(process.execPath, ['--expose-gc', '--enable-source-maps', outfile], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  return run.status === 0;
}
