// The built program on machines where packages do not load: it finds the next best code for signatures by itself. Copies
// of the program with a folder of packages of their own, from which some are left out or broken.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DIPNET, ROOT } from './world.ts';

const PACKAGES = join(ROOT, 'node_modules');
const copies: string[] = [];
afterEach(() => {
  for (const copy of copies.splice(0)) rmSync(copy, { recursive: true, force: true });
});

/** The built program beside the same packages without some. */
function programWithout(hidden: readonly string[]): { readonly file: string; readonly packages: string } {
  const copy = mkdtempSync(join(tmpdir(), 'dipnet-built-'));
  copies.push(copy);
  const [built, packages] = [join(copy, 'dist', 'host'), join(copy, 'node_modules')];
  cpSync(join(DIPNET, '..'), built, { recursive: true });
  mkdirSync(packages);
  for (const name of readdirSync(PACKAGES))
    if (!hidden.includes(name) && !name.startsWith('.'))
      symlinkSync(join(PACKAGES, name), join(packages, name));
  return { file: join(built, basename(DIPNET)), packages };
}

function signaturesOf(file: string): string {
  const ran = spawnSync(process.execPath, [file, 'version'], { encoding: 'utf8' });
  expect(ran.stderr).toBe('');
  expect(ran.status).toBe(0);
  return /^signatures\s+(.+)$/m.exec(ran.stdout)?.[1] ?? ran.stdout;
}

describe('the built program', () => {
  it('checks signatures with the addon', () => {
    expect(signaturesOf(DIPNET)).toBe('libsecp256k1');
  });

  it('takes WebAssembly where the addon is missing', () => {
    expect(signaturesOf(programWithout(['secp256k1']).file)).toBe('libsecp256k1 (WebAssembly)');
  });

  it('takes WebAssembly where the addon is one for another machine', () => {
    const { file, packages } = programWithout(['secp256k1']);
    mkdirSync(join(packages, 'secp256k1'));
    const other = "throw new Error('invalid ELF header');";
    writeFileSync(join(packages, 'secp256k1', 'bindings.js'), other);
    expect(signaturesOf(file)).toBe('libsecp256k1 (WebAssembly)');
  });

  it('takes WebAssembly where the addon loads but judges wrongly', () => {
    const { file, packages } = programWithout(['secp256k1']);
    mkdirSync(join(packages, 'secp256k1'));
    const yes = 'module.exports = { ecdsaVerify: () => true };';
    writeFileSync(join(packages, 'secp256k1', 'bindings.js'), yes);
    expect(signaturesOf(file)).toBe('libsecp256k1 (WebAssembly)');
  });

  it('goes on with what Node brings where both are missing', () => {
    expect(signaturesOf(programWithout(['secp256k1', 'tiny-secp256k1']).file)).toBe('openssl');
  });
});
