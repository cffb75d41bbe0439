// The third-party packages that the console is built from or ships with, each with its version and licence, from the lock
// file: what runs with the core and all it needs, and what the pages are bundled from and all that needs.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './setup.mjs';

/** The licence of the console and the list, as the pages show them. */
export function licences(root = ROOT) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const own = lock[''];
  const roots = [...Object.keys(own.dependencies ?? {}), ...bundledInPages(join(root, 'renderer'))];
  const found = new Map();
  const visit = (name, from) => {
    const path = resolve(lock, name, from);
    if (path === undefined || found.has(path)) return;
    const entry = lock[path];
    const licence = entry.license ?? licenceOf(join(root, path)) ?? 'see the package';
    found.set(path, { name: path.split('node_modules/').at(-1), version: entry.version, licence });
    for (const next of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }))
      visit(next, path);
  };
  for (const name of roots) visit(name, '');
  const packages = [
    ...new Map([...found.values()].map((one) => [`${one.name}@${one.version}`, one])).values(),
  ];
  packages.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1));
  return { text: readFileSync(join(root, 'LICENSE'), 'utf8'), packages };
}

/** Where Node would find the package from inside another; undefined for what this platform did not install. */
function resolve(lock, name, from) {
  for (
    let folder = from;
    ;
    folder = folder.includes('/node_modules/')
      ? folder.replace(/\/node_modules\/(?!.*\/node_modules\/).*$/, '')
      : ''
  ) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (path in lock) return path;
    if (folder === '') return undefined;
  }
}

function licenceOf(folder) {
  const file = join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).license : undefined;
}

/** Packages that the sources of the pages import. */
function bundledInPages(folder) {
  const names = new Set();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name) || /\.test\.tsx?$/.test(entry.name)) continue;
    const source = readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'utf8');
    for (const [, from] of source.matchAll(/(?:from|import)\s*\(?\s*'([^'.][^']*)'/g)) {
      names.add(
        from
          .split('/')
          .slice(0, from.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    }
  }
  return names;
}
