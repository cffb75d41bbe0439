// Files that ship with the console: paradigms, sample models, licences. Found beside the bundle or beside the sources.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Nearest folder above this module that has `assets/paradigms`. @throws Error for an incomplete installation. */
function assetsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(folder, 'assets');
    if (existsSync(join(candidate, 'paradigms'))) return candidate;
    const parent = dirname(folder);
    if (parent === folder) throw new Error('the installation lacks its assets folder');
    folder = parent;
  }
}

/** What the build wrote about licences, as JSON; undefined where nothing was built. */
export function readLicences(): string | undefined {
  const folder = join(assetsFolder(), '..', 'dist');
  const file = join(folder, 'licences.json');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

export function readAsset(...names: string[]): Uint8Array {
  return new Uint8Array(readFileSync(join(assetsFolder(), ...names)));
}

/** Names of the files in a folder of assets, sorted. */
export function assetNames(...names: string[]): readonly string[] {
  return readdirSync(join(assetsFolder(), ...names)).sort();
}
