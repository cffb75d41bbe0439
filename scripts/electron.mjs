// Finds out whether the console can run in Electron here, and prepares what Electron needs that plain Node does not:
// the SQLite addon built for Electron's own version of Node. Nothing here downloads Electron itself.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, readJson, say } from './setup.mjs';

const PACKAGE = join(ROOT, 'node_modules', 'electron');

/** Path of Electron's executable; undefined where the package or its binary is not installed. */
export function findElectron() {
  const pathFile = join(PACKAGE, 'path.txt');
  if (!existsSync(pathFile)) return undefined;
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(PACKAGE, 'dist');
  const executable = join(folder, readFileSync(pathFile, 'utf8').trim());
  return existsSync(executable) ? executable : undefined;
}

/** Why Electron cannot be used here, in words; undefined where it can. */
export function electronObstacle(env = process.env) {
  if (env.DIPNET_BROWSER === '1') return 'DIPNET_BROWSER=1 asks for the browser';
  if (!existsSync(PACKAGE)) return 'Electron is not installed (it needs Node 22.12 or newer)';
  if (findElectron() === undefined)
    return 'Electron’s program is not here; to fetch it: npx install-electron --no';
  if (process.platform !== 'linux') return undefined;
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return 'there is no display';
  if (process.getuid?.() === 0) return 'Electron keeps its sandbox only for ordinary users, and this is root';
  return undefined;
}

/**
 * Puts a copy of better-sqlite3 built for Electron beside the core of the shell, where its imports find it before the one
 * for plain Node. True where it is there; false where it can neither be fetched nor compiled.
 */
export function prepareSqliteForElectron() {
  const { version } = readJson(join(PACKAGE, 'package.json'));
  const source = join(ROOT, 'node_modules', 'better-sqlite3');
  const home = join(ROOT, 'dist', 'desktop', 'node_modules', 'better-sqlite3');
  const stamp = join(home, `.electron-${version}-${readJson(join(source, 'package.json')).version}`);
  if (existsSync(stamp)) return true;
  say('Preparing SQLite for Electron (once) …');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  cpSync(source, home, {
    recursive: true,
    filter: (file) => !file.includes(join('better-sqlite3', 'build')),
  });
  const prebuild = join(ROOT, 'node_modules', 'prebuild-install', 'bin.js');
  const gyp = join(ROOT, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const ready =
    run(home, [prebuild, '--runtime', 'electron', '--target', version]) ||
    run(home, [
      gyp,
      'rebuild',
      '--release',
      `--target=${version}`,
      '--dist-url=https://electronjs.org/headers',
    ]);
  if (ready) writeFileSync(stamp, '');
  return ready;
}

function run(cwd, args) {
  return existsSync(args[0]) && spawnSync(process.execPath, args, { cwd, stdio: 'ignore' }).status === 0;
}
