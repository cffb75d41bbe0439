// The law of the sources: which folder may import which folders and which packages. It is the architecture document,
// the dependency policy and the check in one. The second half plants violations and demands that each one is caught,
// by this file, by the compiler or by the linter: a rule nobody saw fail is no rule.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = dirname(fileURLToPath(import.meta.url));
const SOURCE_FOLDERS = ['node-core', 'electron', 'renderer', 'e2e'];

type Rule = {
  /** Folders that may be imported, with everything below them. */
  readonly folders: readonly string[];
  /** Folders of which types alone may be imported. */
  readonly types?: readonly string[];
  /** npm packages by name; `node:` stands for Node's own modules. */
  readonly packages: readonly string[];
};

const core = (...names: readonly string[]) => names.map((name) => `node-core/${name}`);
const PAGE = ['react', 'react-intl', '@mantine/core', '@mantine/hooks', 'lucide-react', 'zustand'];
const RECORDS = ['base', 'identity', 'records'];

/** The longest matching folder decides. A file may always import within its own folder. */
const LAW: Readonly<Record<string, Rule>> = {
  'node-core/base': {
    folders: [],
    // Hashes and base encodings audited by others; canonical CBOR of the IPLD project.
    packages: ['@noble/hashes', '@scure/base', '@ipld/dag-cbor', 'multiformats'],
  },
  'node-core/identity': {
    folders: core('base'),
    packages: ['@noble/ciphers', '@noble/curves', '@noble/secp256k1', '@scure/bip32', '@scure/bip39', 'zod'],
  },
  'node-core/comet': { folders: core('base'), packages: ['@noble/curves', 'zod'] },
  'node-core/records': { folders: core('base', 'identity'), packages: ['zod'] },
  'node-core/content': { folders: core(...RECORDS), packages: ['multiformats', 'zod'] },
  'node-core/models': { folders: core('base', 'records'), packages: ['fflate', 'zod'] },
  'node-core/gcode': { folders: core('base', 'records'), packages: ['zod'] },
  'node-core/quote': { folders: core(...RECORDS, 'models', 'gcode'), packages: ['zod'] },
  'node-core/production': { folders: core(...RECORDS), packages: ['zod'] },
  // The expression language of paradigms: integers only, no floating point, no regular expressions.
  'node-core/paradigm': { folders: core(...RECORDS), packages: ['@marcbachmann/cel-js', 'yaml', 'zod'] },
  // DIMP: what any peer of the protocol understands. Transports, RSA and storage come through ports.
  'node-core/dimp': {
    folders: core('base', 'identity', 'records', 'content'),
    // ts-mls: RFC 9420, whose primitives and randomness come through a port as well.
    packages: ['@noble/ciphers', '@noble/curves', '@noble/hashes', '@scure/base', 'ts-mls', 'zod'],
  },
  'node-core/chain': {
    folders: core(...RECORDS, 'comet', 'paradigm', 'production', 'quote'),
    packages: ['zod'],
  },
  // The wire between CometBFT and the application: messages generated from CometBFT's protocol files.
  'node-core/abci': { folders: core(...RECORDS, 'comet', 'chain'), packages: ['@bufbuild/protobuf', 'zod'] },
  'node-core/light': { folders: core(...RECORDS, 'comet', 'chain'), packages: ['@noble/hashes', 'zod'] },
  'node-core/devices': { folders: core(...RECORDS, 'gcode'), packages: ['zod'] },
  'node-core/camera': { folders: core('base'), packages: [] },
  // Addresses of the console's own scheme: the shell, the pages and the fuzzer read them alike.
  'node-core/links': { folders: [], packages: [] },
  'node-core/jobs': { folders: core(...RECORDS, 'devices', 'gcode'), packages: ['zod'] },
  'node-core/evidence': {
    folders: core(...RECORDS, 'comet', 'light', 'chain', 'quote', 'jobs', 'content', 'paradigm', 'gcode'),
    packages: ['zod', 'fflate'],
  },
  'node-core/sim': { folders: ['node-core'], packages: ['zod'] },
  'node-core/api': { folders: core('base', 'records'), packages: ['@orpc/contract', 'zod'] },
  // The composition root and the only part of the core that knows Node.
  'node-core/host': {
    folders: ['node-core'],
    packages: [
      'node:',
      '@orpc/client',
      '@orpc/contract',
      '@orpc/server',
      'better-sqlite3',
      'cura-wasm',
      'fflate',
      // Frames of MQTT 3.1.1; the session is our own.
      'mqtt-packet',
      'secp256k1',
      'serialport',
      'tiny-secp256k1',
      'ts-mls',
      'ws',
      'zod',
    ],
  },
  'electron/ipc': { folders: [], packages: ['zod'] },
  // The pages are served by the same rules (headers, allow-list) in the desktop shell and by the web host.
  'electron/main': {
    folders: [
      'electron/ipc',
      'node-core/base',
      'node-core/host/web',
      'node-core/host/utility-messages.ts',
      'node-core/links',
    ],
    packages: ['electron', 'node:', 'zod'],
  },
  'electron/preload': { folders: ['electron/ipc'], packages: ['electron'] },
  'electron/testing': { folders: ['electron'], packages: ['node:', 'vitest'] },
  'renderer/bridge': {
    folders: ['node-core/api', 'electron/ipc'],
    packages: ['@orpc/client', '@orpc/contract', '@tanstack/react-query', ...PAGE],
  },
  // Pages know the shape of what they show (a fault, a task, an order); only the bridge knows where it comes from.
  'renderer/ui': { folders: [], types: ['node-core/api'], packages: [...PAGE, 'uplot'] },
  'renderer/scene': {
    folders: ['node-core/models', 'node-core/gcode', 'node-core/base'],
    packages: [...PAGE, 'three'],
  },
  'renderer/features': {
    folders: ['renderer/bridge', 'renderer/ui', 'renderer/scene', 'node-core/links'],
    types: ['node-core/api'],
    packages: [...PAGE, '@tanstack/react-query', 'uplot'],
  },
  'renderer/features/studio': {
    folders: ['renderer/bridge', 'renderer/ui', 'renderer/scene', 'node-core/models', 'node-core/base'],
    types: ['node-core/api'],
    packages: [...PAGE, '@tanstack/react-query', 'uplot'],
  },
  'renderer/app': {
    folders: ['renderer', 'node-core/links'],
    types: ['node-core/api'],
    packages: [
      ...PAGE,
      'react-dom',
      '@tanstack/react-query',
      '@fontsource-variable/inter',
      '@fontsource-variable/noto-sans-sc',
    ],
  },
  e2e: {
    folders: ['node-core', 'electron', 'renderer', 'scripts'],
    packages: ['node:', 'playwright-core', '@axe-core/playwright', 'vitest', 'ws', 'zod', '@orpc/client'],
  },
};

/** Folders whose files are entered one by one: shelves, and the wire types of the chain. Others have one door. */
const SHELVES = [
  ...core('base', 'identity', 'comet', 'records', 'host'),
  'node-core/chain/types.ts',
  'node-core/chain/messages.ts',
  'node-core/paradigm/types.ts',
  'node-core/devices/types.ts',
  'renderer/ui',
  'renderer/features',
  'electron/ipc',
  // What a worker needs, without the scene that needs a window.
  'renderer/scene/mesh-prepare.ts',
  'renderer/scene/share-arrays.ts',
  'renderer/scene/read-model.ts',
  'scripts',
];

/** What the core must receive through a port instead. */
const CORE_BANS = [
  'Date',
  'Math.random',
  'crypto',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'process',
  'performance',
  'fetch',
  'globalThis',
];

/** Tests, conformance suites and stand-ins may reach across; nothing else may import them. */
const isTestFile = (file: string) =>
  /(\.(test|bench|spec)\.tsx?|-conformance\.ts|vitest\.config\.ts)$|\/testing\//.test(file);

type Import = { readonly from: string; readonly isType: boolean };
type Files = ReadonlyMap<string, string>;

function readSources(root: string): Files {
  const files = new Map<string, string>();
  for (const folder of SOURCE_FOLDERS) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      // Declarations for the compiler import nothing at run time.
      if (!/\.tsx?$/.test(name) || name.endsWith('.d.ts')) continue;
      const path = `${folder}/${name.split(sep).join('/')}`;
      files.set(path, readFileSync(join(root, path), 'utf8'));
    }
  }
  return files;
}

type Node = { readonly type: string; readonly [field: string]: unknown };
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

function* walk(node: Node, parent?: Node): Generator<{ node: Node; parent: Node | undefined }> {
  yield { node, parent };
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walk(child, node);
  }
}

/** What a node brings in: import and export declarations, import(), import types, require() and worker addresses. */
function importOf(node: Node): Import | undefined {
  const literal = (value: unknown) =>
    isNode(value) && typeof value['value'] === 'string' ? value['value'] : undefined;
  const named = (value: unknown, name: string) => isNode(value) && value['name'] === name;
  const first = (node['arguments'] as readonly unknown[] | undefined)?.[0];
  let from: string | undefined;
  if (/^(Import|ExportNamed|ExportAll)Declaration$|^(ImportExpression|TSImportType)$/.test(node.type)) {
    from = literal(node['source']);
  } else if (node.type === 'CallExpression' && named(node['callee'], 'require')) from = literal(first);
  else if (node.type === 'NewExpression' && named(node['callee'], 'URL')) {
    from = literal(first);
    if (from === undefined || !/^\.{1,2}\/.*\.tsx?$/.test(from)) return undefined;
  }
  if (from === undefined) return undefined;
  const isType =
    node['importKind'] === 'type' || node['exportKind'] === 'type' || node.type === 'TSImportType';
  return { from: from.replace(/\?.*$/, ''), isType };
}

function bannedName({ node, parent }: { node: Node; parent: Node | undefined }): string | undefined {
  if (node.type !== 'Identifier') return undefined;
  const name = node['name'] as string;
  const isKey = (owner: Node, field: string) => owner[field] === node && owner['computed'] !== true;
  if (parent !== undefined && (isKey(parent, 'key') || parent['label'] === node)) return undefined;
  if (parent?.type === 'MemberExpression' && isKey(parent, 'property')) {
    const object = parent['object'] as Node;
    const full = `${String(object['name'])}.${name}`;
    return CORE_BANS.includes(full) ? full : undefined;
  }
  return CORE_BANS.includes(name) ? name : undefined;
}

/** Names that the file itself declares: a parameter called `crypto` is not the global one. */
function declaredNames(program: Node): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { node } of walk(program)) {
    const bindings = [node['params'], node.type === 'VariableDeclarator' ? node['id'] : undefined].flat();
    for (const binding of bindings) {
      if (!isNode(binding)) continue;
      for (const inner of walk(binding))
        if (inner.node.type === 'Identifier') names.add(String(inner.node['name']));
    }
  }
  return names;
}

function ruleOf(file: string): readonly [string, Rule] | undefined {
  return Object.entries(LAW)
    .filter(([folder]) => file.startsWith(`${folder}/`))
    .sort(([a], [b]) => b.length - a.length)[0];
}

const within = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
const packageOf = (specifier: string) =>
  specifier.startsWith('node:') ? 'node:' : specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
/** Features of the console are strangers to each other. */
const featureOf = (path: string) => /^renderer\/features\/[^/]+\//.exec(path)?.[0];

function judgeImport(file: string, { from, isType }: Import, files: Files): string | undefined {
  const rule = ruleOf(file);
  if (rule === undefined) return `${file}: no law for this folder; add it to LAW`;
  const [home, { folders, types = [], packages }] = rule;
  const isTest = isTestFile(file);
  if (!from.startsWith('.')) {
    if (from === 'electron' && !file.startsWith('electron/')) return `${file}: electron belongs to electron/`;
    const name = packageOf(from);
    return isTest || packages.includes(name) ? undefined : `${file}: may not import the package ${name}`;
  }
  const target = posix.join(posix.dirname(file), from);
  if (/\.tsx?$/.test(target) && !files.has(target)) return `${file}: ${from} does not exist`;
  if (!/\.[a-z]+$/.test(target)) return `${file}: ${from} lacks its file extension`;
  if (isTest) return undefined;
  if (isTestFile(target)) return `${file}: may not import the test file ${target}`;
  if (
    featureOf(file) !== undefined &&
    featureOf(target) !== undefined &&
    featureOf(file) !== featureOf(target)
  ) {
    return `${file}: features may not import each other (${target})`;
  }
  if (posix.dirname(file) === posix.dirname(target) && posix.basename(target) === 'index.ts') {
    return `${file}: may not import its own folder's index`;
  }
  if (within(target, home)) return undefined;
  const allowed = isType ? [...folders, ...types] : folders;
  if (!allowed.some((folder) => within(target, folder))) return `${file}: may not import ${target}`;
  const isDoor = /\/index\.tsx?$|\.(css|json|wasm|svg|png)$/.test(target);
  return isDoor || SHELVES.some((shelf) => within(target, shelf))
    ? undefined
    : `${file}: must enter by the index of the folder, not by ${target}`;
}

/** Every breach of the law, one line each. */
function findBreaches(files: Files): string[] {
  if (files.size === 0) return ['there are no sources to judge'];
  const breaches: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [file, source] of files) {
    const { program, errors } = parseSync(file, source);
    if (errors.length > 0) breaches.push(`${file}: cannot be parsed`);
    const inCore = file.startsWith('node-core/') && !file.startsWith('node-core/host/') && !isTestFile(file);
    const targets: string[] = [];
    const declared = inCore ? declaredNames(program as unknown as Node) : new Set();
    for (const place of walk(program as unknown as Node)) {
      const found = importOf(place.node);
      if (found !== undefined) {
        const breach = judgeImport(file, found, files);
        if (breach !== undefined) breaches.push(breach);
        if (!found.isType && found.from.startsWith('.'))
          targets.push(posix.join(posix.dirname(file), found.from));
      }
      const banned = inCore ? bannedName(place) : undefined;
      if (banned !== undefined && !declared.has(banned))
        breaches.push(`${file}: ${banned} must come in through a port`);
    }
    graph.set(file, targets);
  }
  return [...new Set([...breaches, ...findCycles(graph)])];
}

function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) cycles.push(`import cycle: ${[...trail.slice(start), file].join(' → ')}`);
    if (start >= 0 || done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

describe('the sources', () => {
  it('obey the law', () => {
    expect(findBreaches(readSources(ROOT))).toEqual([]);
  });

  it('import only packages that package.json pins exactly', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const pinned = {
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    };
    const named = new Set(Object.values(LAW).flatMap((rule) => rule.packages));
    for (const name of named) if (name !== 'node:') expect(Object.keys(pinned)).toContain(name);
    for (const range of Object.values(pinned)) expect(range).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

/** A tiny clean tree, with some files planted on top. */
function breachesOf(planted: Readonly<Record<string, string>>): string[] {
  const clean = {
    'node-core/base/index.ts': 'export const a = 1;',
    'node-core/base/bytes.ts': 'export const b = 1;',
    'node-core/chain/index.ts': "import { a } from '../base/index.ts';\nexport const chain = a;",
    'node-core/chain/app.ts': 'export const app = 1;',
    'node-core/chain/app.test.ts': "import { app } from './app.ts';\nimport { it } from 'vitest';",
    'node-core/api/index.ts': 'export const api = 1;',
    'node-core/host/core.ts': "import 'node:fs';\nimport { chain } from '../chain/index.ts';",
    'renderer/ui/button.tsx': "import 'react';\nexport const button = <b>Date</b>;",
    'renderer/bridge/index.ts':
      "import { api } from '../../node-core/api/index.ts';\nexport const client = api;",
    'renderer/features/jobs/index.tsx': "import { client } from '../../bridge/index.ts';",
    'renderer/features/wallet/index.tsx': 'export const wallet = 1;',
    'electron/main/index.ts': "import { app } from 'electron';",
  };
  return findBreaches(new Map(Object.entries({ ...clean, ...planted })));
}

describe('the law', () => {
  it('has nothing to say about a clean tree', () => {
    expect(breachesOf({})).toEqual([]);
  });

  it('fails where there is nothing to judge', () => {
    expect(findBreaches(new Map())).toHaveLength(1);
  });

  const planted: readonly (readonly [string, string, string, RegExp])[] = [
    ['an upward import in core', 'node-core/base/x.ts', "import '../chain/index.ts';", /may not import/],
    ['a sideways import in core', 'node-core/paradigm/x.ts', "import '../chain/index.ts';", /may not import/],
    ['the host imported by core', 'node-core/chain/x.ts', "import '../host/core.ts';", /may not import/],
    [
      'a type import against the law',
      'node-core/base/x.ts',
      "import type { A } from '../chain/index.ts';",
      /may not/,
    ],
    ['an import() against the law', 'node-core/base/x.ts', "await import('../chain/index.ts');", /may not/],
    ['an import type expression', 'node-core/base/x.ts', "let a: import('../chain/index.ts').A;", /may not/],
    ['a re-export against the law', 'node-core/base/x.ts', "export * from '../chain/index.ts';", /may not/],
    ['a worker address', 'renderer/ui/x.ts', "new URL('../bridge/index.ts', import.meta.url);", /may not/],
    ['a side door', 'node-core/light/x.ts', "import '../chain/app.ts';", /enter by the index/],
    ['a file’s own index', 'node-core/chain/x.ts', "import './index.ts';", /own folder's index/],
    ['node: in core', 'node-core/chain/x.ts', "import 'node:fs';", /package node:/],
    ['require of node: in core', 'node-core/chain/x.ts', "require('node:fs');", /package node:/],
    ['an unlisted package', 'node-core/chain/x.ts', "import 'left-pad';", /package left-pad/],
    ['an unlisted scoped package', 'renderer/ui/x.ts', "import '@orpc/client';", /package @orpc\/client/],
    ['electron in the pages', 'renderer/app/x.ts', "import 'electron';", /electron belongs/],
    ['electron in a test outside', 'node-core/host/x.test.ts', "import 'electron';", /electron belongs/],
    ['node: in the pages', 'renderer/ui/x.ts', "import 'node:fs';", /package node:/],
    [
      'the core in a feature',
      'renderer/features/jobs/x.ts',
      "import '../../../node-core/chain/index.ts';",
      /may not/,
    ],
    [
      'API values past the bridge',
      'renderer/ui/x.ts',
      "import { api } from '../../node-core/api/index.ts';",
      /may not/,
    ],
    ['two features', 'renderer/features/jobs/x.ts', "import '../wallet/index.tsx';", /each other/],
    ['ui that knows the bridge', 'renderer/ui/x.ts', "import '../bridge/index.ts';", /may not import/],
    ['a test imported by the product', 'node-core/chain/x.ts', "import './app.test.ts';", /test file/],
    ['a missing file', 'node-core/chain/x.ts', "import './gone.ts';", /does not exist/],
    ['a missing extension', 'node-core/chain/x.ts', "import './app';", /extension/],
    ['a folder without a law', 'node-core/utils/x.ts', "import '../base/index.ts';", /no law/],
    ['a file that does not parse', 'node-core/chain/x.ts', 'const = ;', /parsed/],
    ['Date in core', 'node-core/chain/x.ts', 'const t = Date.now();', /Date must/],
    ['new Date in core', 'node-core/chain/x.ts', 'const t = new Date();', /Date must/],
    ['Math.random in core', 'node-core/chain/x.ts', 'const r = Math.random();', /Math.random must/],
    ['crypto in core', 'node-core/chain/x.ts', 'crypto.getRandomValues(a);', /crypto must/],
    ['setTimeout in core', 'node-core/chain/x.ts', 'setTimeout(f, 1);', /setTimeout must/],
    ['globalThis in core', 'node-core/chain/x.ts', 'globalThis.setTimeout(f);', /globalThis must/],
    ['process in core', 'node-core/chain/x.ts', 'process.exit();', /process must/],
  ];
  it.each(planted)('catches %s', (_name, file, source, expected) => {
    expect(breachesOf({ [file]: source })).toEqual([expect.stringMatching(expected)]);
  });

  it('catches an import cycle, and leaves a cycle of types alone', () => {
    const cycle = (kind: string) => ({
      'node-core/chain/x.ts': "import { y } from './y.ts';\nexport const x = y;",
      'node-core/chain/y.ts': `import ${kind} { x } from './x.ts';\nexport const y = 1;`,
    });
    expect(breachesOf(cycle(''))).toEqual([
      expect.stringMatching(/^import cycle: .*x\.ts → .*y\.ts → .*x\.ts$/),
    ]);
    expect(breachesOf(cycle('type'))).toEqual([]);
  });

  it('lets pages use the types of the API', () => {
    const source = "import type { Api } from '../../node-core/api/index.ts';";
    expect(breachesOf({ 'renderer/ui/x.ts': source })).toEqual([]);
  });

  it('lets words and properties alone that only look banned', () => {
    const source =
      "// Date and setTimeout\nexport const note = { Date: 1, text: 'Math.random()', random: a.process };\n" +
      'export const seal = (crypto: { seal: number }) => crypto.seal;';
    expect(breachesOf({ 'node-core/chain/x.ts': source })).toEqual([]);
  });
});

describe('the other two walls', () => {
  // Inside the project, so that the compiler and the linter use the project's own settings and packages.
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.cache', 'tidy-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (args: readonly string[], cwd: string) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
    return { status, output: `${stdout}${stderr}` };
  };

  it('the compiler rejects Node, timers and the page in core, implicit any and unchecked indexes', () => {
    const project = (name: string) => join(folder, `tsconfig.${name}.json`);
    const sources = { 'clean.ts': "export const text = new TextEncoder().encode('a');" };
    const planted: Readonly<Record<string, string>> = {
      'fs.ts': "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;",
      'timer.ts': 'export const a = setTimeout(() => undefined, 1);',
      'process.ts': 'export const a = process.env;',
      'page.ts': 'export const a = document.body;',
      'any.ts': 'export function a(b) { return b; }',
      'index.ts': 'export const a: number = [1][0];',
    };
    const write = (names: Readonly<Record<string, string>>) => {
      for (const [name, source] of Object.entries(names)) writeFileSync(join(folder, name), source);
    };
    write({ ...sources, ...planted });
    const settings = (files: readonly string[]) =>
      JSON.stringify({
        extends: join(ROOT, 'tsconfig.core.json'),
        include: [join(ROOT, 'node-core/base/globals.d.ts'), ...files],
        exclude: [],
      });
    writeFileSync(project('clean'), settings(['clean.ts']));
    writeFileSync(project('planted'), settings(Object.keys(planted)));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    expect(run([tsc, '-p', project('clean')], folder)).toEqual({ status: 0, output: '' });
    const { output } = run([tsc, '-p', project('planted')], folder);
    for (const name of Object.keys(planted)) expect(output).toContain(name);
  });

  it('the linter rejects any, floating promises, default exports, assertions of non-null and the console', () => {
    const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
    const settings = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
    // Outside the project: its own .gitignore would hide the planted files from the linter.
    const home = mkdtempSync(join(tmpdir(), 'dipnet-lint-'));
    const { $schema: _schema, vcs: _vcs, ...rules } = settings;
    writeFileSync(join(home, 'biome.json'), JSON.stringify({ root: true, ...rules }));
    const planted: Readonly<Record<string, readonly [string, string]>> = {
      'any.ts': ['noExplicitAny', 'export const a = (b: any): unknown => b;\n'],
      'float.ts': [
        'noFloatingPromises',
        'async function work(): Promise<void> {}\nexport function start(): void {\n  work();\n}\n',
      ],
      'default.ts': ['noDefaultExport', 'export default 1;\n'],
      'non-null.ts': ['noNonNullAssertion', 'export const a = (b: string | undefined): string => b!;\n'],
      'log.ts': ['noConsole', "console.log('a');\n"],
    };
    writeFileSync(join(home, 'clean.ts'), 'export const a = 1;\n');
    expect(run([biome, 'lint', 'clean.ts'], home).status).toBe(0);
    for (const [name, [rule, source]] of Object.entries(planted)) {
      writeFileSync(join(home, name), source);
      const { status, output } = run([biome, 'lint', '--max-diagnostics=100', name], home);
      expect([name, status, output.includes(rule)]).toEqual([name, 1, true]);
    }
    rmSync(home, { recursive: true });
  });
});
