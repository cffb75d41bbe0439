// Builds dist/ from the sources: host (node-core for plain Node and the utility process), electron (main, preload) and
// renderer (the pages). Each part is skipped where nothing it is made of has changed since the last time.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { licences } from './licences.mjs';
import { ROOT, runMain, SetupError, say, setUp } from './setup.mjs';

const DIST = join(ROOT, 'dist');
/** Loaded from node_modules at run time: native addons, and packages that find files beside themselves. */
export const EXTERNAL = [
  'better-sqlite3',
  'serialport',
  '@serialport/bindings-cpp',
  'secp256k1',
  'cura-wasm',
  'electron',
];
const COMMON_INPUTS = ['package-lock.json', 'scripts/build.mjs', 'tsconfig.base.json'];

const RENDERER_INPUTS = [
  'renderer',
  'electron/ipc',
  'assets',
  ...['api', 'base', 'identity', 'records', 'models'].map((folder) => `node-core/${folder}`),
];

const PARTS = {
  /** The core for plain Node, with its workers beside it. */
  host: { inputs: ['node-core', ...COMMON_INPUTS], outputs: ['host/dipnet.js'], build: buildHost },
  /** The desktop shell, and the core for its utility process: apart from the one above, because its native addons are
   * built for Electron's version of Node. */
  electron: {
    inputs: ['electron', 'node-core', ...COMMON_INPUTS],
    outputs: ['electron/main.js', 'electron/preload.cjs', 'desktop/utility.js'],
    build: buildElectron,
  },
  renderer: {
    inputs: [...RENDERER_INPUTS, 'vite.config.ts', ...COMMON_INPUTS],
    outputs: ['renderer/index.html'],
    build: buildRenderer,
  },
  /** What the pages say about licences. */
  licences: {
    inputs: ['package-lock.json', 'LICENSE', 'renderer', 'scripts/licences.mjs'],
    outputs: ['licences.json'],
    build: () => writeFileSync(join(DIST, 'licences.json'), JSON.stringify(licences())),
  },
};
export const PART_NAMES = Object.keys(PARTS);

/** Builds the stale ones among the named parts. @throws where a part does not build. */
export async function build(names = PART_NAMES, { force = false } = {}) {
  for (const name of names) {
    const part = PARTS[name];
    const stampFile = join(DIST, '.stamps', name);
    const hash = hashInputs(part.inputs);
    const fresh =
      !force &&
      existsSync(stampFile) &&
      readFileSync(stampFile, 'utf8') === hash &&
      part.outputs.every((file) => existsSync(join(DIST, file)));
    if (fresh) continue;
    const startedMs = performance.now();
    rmSync(stampFile, { force: true });
    await part.build();
    mkdirSync(join(DIST, '.stamps'), { recursive: true });
    writeFileSync(stampFile, hash);
    say(`Built ${name} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  }
}

/** Hash of path, size and modification time of every input: cheap, and enough to notice an edit. */
export function hashInputs(inputs, root = ROOT) {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const file of filesUnder(join(root, input))) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${relative(root, file).split(sep).join('/')}\n${size}\n${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

/** Every file at or below `path` that goes into a product, sorted; none where it does not exist. */
function filesUnder(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(test|bench|spec)\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !file.includes(`${sep}vectors${sep}`))
    .sort();
}

async function buildHost() {
  await bundleCore('host', { dipnet: 'node-core/host/cli/dipnet.ts' }, 'node20');
}

/** One entry of the core and every worker, sharing what they have in common. */
async function bundleCore(folder, entry, target) {
  removeOld(folder);
  const workers = join(ROOT, 'node-core/host/workers');
  const entries = { ...entry };
  for (const name of existsSync(workers) ? readdirSync(workers) : []) {
    if (!/\.ts$/.test(name) || /\.(test|bench|d)\.ts$/.test(name)) continue;
    entries[basename(name, '.ts')] = `node-core/host/workers/${name}`;
  }
  await bundle(folder, {
    entryPoints: present(entries),
    format: 'esm',
    splitting: true,
    target,
    banner: { js: REQUIRE_BANNER },
  });
}

/** Chunks are named by their content: those of earlier builds would pile up. Packages prepared for Electron stay. */
function removeOld(folder) {
  const path = join(DIST, folder);
  for (const name of existsSync(path) ? readdirSync(path) : []) {
    if (/\.(js|cjs|map|wasm)$/.test(name)) rmSync(join(path, name));
  }
}

async function buildElectron() {
  removeOld('electron');
  await bundleCore('desktop', { utility: 'node-core/host/utility.ts' }, 'node22');
  await bundle('electron', {
    entryPoints: present({ main: 'electron/main/index.ts' }),
    format: 'esm',
    target: 'node22',
    banner: { js: REQUIRE_BANNER },
  });
  await bundle('electron', {
    entryPoints: present({ preload: 'electron/preload/console.ts' }),
    format: 'cjs',
    target: 'chrome140',
    outExtension: { '.js': '.cjs' },
  });
}

async function buildRenderer() {
  const { build: viteBuild } = await import('vite');
  await viteBuild({ root: ROOT, configFile: join(ROOT, 'vite.config.ts'), logLevel: 'warn' });
}

/** CommonJS packages inside an ES module bundle still ask for require. */
const REQUIRE_BANNER =
  "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);";

function present(entries) {
  for (const [name, file] of Object.entries(entries)) {
    if (!existsSync(join(ROOT, file)))
      throw new SetupError(`Nothing to build ${name} from: ${file} is missing.`);
  }
  return entries;
}

async function bundle(folder, options) {
  const { build: esbuild } = await import('esbuild');
  await esbuild({
    absWorkingDir: ROOT,
    outdir: join(DIST, folder),
    bundle: true,
    platform: 'node',
    external: EXTERNAL,
    sourcemap: true,
    legalComments: 'none',
    logLevel: 'warning',
    loader: { '.wasm': 'file', '.def': 'file' },
    ...options,
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runMain(async () => {
    setUp();
    const asked = process.argv.slice(2);
    const names = asked.filter((name) => !name.startsWith('-'));
    for (const name of names) {
      if (!(name in PARTS))
        throw new SetupError(`No part is called ${name}; there are ${PART_NAMES.join(', ')}.`);
    }
    await build(names.length > 0 ? names : PART_NAMES, { force: asked.includes('--force') });
  });
}
