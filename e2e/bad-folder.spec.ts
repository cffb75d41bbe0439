// Data folders that are in use, cannot be written, or are not what they were: each is a sentence, none is made worse,
// and what can be put back works again.

import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KV_MIGRATIONS, openSqlite } from '../node-core/host/adapters/sqlite.ts';
import { createConsole } from '../node-core/host/core.ts';
import { expectClear } from './acts.ts';
import { DIPNET, WORKERS_URL } from './world.ts';

let root = '';
let folder = '';
const open = (dataPath = folder) => createConsole({ dataPath, demo: {}, workersUrl: WORKERS_URL });
const file = (name: string) => join(folder, name);

/** The code of the refusal, or 'opened' (and closed again). */
async function codeOfOpening(dataPath = folder): Promise<string> {
  const opened = await open(dataPath);
  if (!opened.ok) return expectClear(opened.fault);
  await opened.value.close();
  return 'opened';
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'dipnet-folder-'));
  const first = join(root, 'first');
  expect(await codeOfOpening(first)).toBe('opened');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A copy of a sound folder, spoilt; then what opening says, and whether putting it right helps. */
async function spoilt(spoil: () => void, repair: () => void): Promise<readonly string[]> {
  folder = mkdtempSync(join(root, 'case-'));
  cpSync(join(root, 'first'), folder, { recursive: true });
  spoil();
  const codes = [await codeOfOpening(), await codeOfOpening()];
  repair();
  return [...codes, await codeOfOpening()];
}

const noise = () => writeFileSync(file('console.db'), 'this is no database at all, only text\n'.repeat(500));
const restore = (name: string) => copyFileSync(join(root, 'first', name), file(name));

describe('a folder that is in use', () => {
  it('names the process that has it, here and in another process, and is free when that ends', async () => {
    folder = mkdtempSync(join(root, 'used-'));
    const opened = await open();
    if (!opened.ok) throw new Error(opened.fault.message);
    const second = await open();
    expect(second.ok ? '' : expectClear(second.fault)).toBe('data.locked');
    expect(second.ok ? {} : second.fault.data).toMatchObject({ pid: String(process.pid) });
    const other = spawnSync(process.execPath, [DIPNET, 'demo', '--keep', folder], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect([other.status, other.stderr]).toEqual([1, expect.stringContaining('(data.locked)')]);
    expect(other.stderr).toContain(String(process.pid));
    await opened.value.close();
    expect(await codeOfOpening()).toBe('opened');
  });

  it('is free at once after the process that had it was killed', async () => {
    folder = mkdtempSync(join(root, 'killed-'));
    const child = spawn(process.execPath, [DIPNET, 'serve', '--data', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('ready')) resolve();
      });
    });
    expect(await codeOfOpening()).toBe('data.locked');
    child.kill('SIGKILL');
    await new Promise((resolve) => child.on('close', resolve));
    expect(await codeOfOpening()).toBe('opened');
  });
});

describe('a folder that is not what it was', () => {
  it('without its key', async () => {
    const codes = await spoilt(
      () => rmSync(file('vault.key')),
      () => restore('vault.key'),
    );
    expect(codes).toEqual(['data.vault', 'data.vault', 'opened']);
  });

  it("with another folder's key", async () => {
    const codes = await spoilt(
      () => writeFileSync(file('vault.key'), new Uint8Array(32).fill(3)),
      () => restore('vault.key'),
    );
    expect(codes).toEqual(['data.vault', 'data.vault', 'opened']);
  });

  it('with half a key', async () => {
    const codes = await spoilt(
      () => truncateSync(file('vault.key'), 7),
      () => restore('vault.key'),
    );
    expect(codes).toEqual(['data.vault', 'data.vault', 'opened']);
  });

  it('with noise for a database', async () => {
    expect(await spoilt(noise, () => restore('console.db'))).toEqual([
      'data.damaged',
      'data.damaged',
      'opened',
    ]);
  });

  it('with a damaged chain', async () => {
    const codes = await spoilt(
      () => {
        const bytes = readFileSync(file('chain.db'));
        bytes.fill(0xa5, 4096);
        writeFileSync(file('chain.db'), bytes);
      },
      () => restore('chain.db'),
    );
    expect(codes).toEqual(['data.damaged', 'data.damaged', 'opened']);
  });

  it('with the chain of an earlier version', async () => {
    const codes = await spoilt(
      () => {
        const database = openSqlite(file('chain.db'), KV_MIGRATIONS);
        database.pragma('application_id = 1');
        database.close();
      },
      () => restore('chain.db'),
    );
    expect(codes).toEqual(['data.older', 'data.older', 'opened']);
  });

  it('without its chain, or with the chain alone', async () => {
    const away = (name: string) => () => renameSync(file(name), file(`${name}.away`));
    const back = (name: string) => () => renameSync(file(`${name}.away`), file(name));
    expect(await spoilt(away('chain.db'), back('chain.db'))).toEqual([
      'data.damaged',
      'data.damaged',
      'opened',
    ]);
    expect(await spoilt(away('console.db'), back('console.db'))).toEqual([
      'data.damaged',
      'data.damaged',
      'opened',
    ]);
  });

  it('without what the light node had verified: it verifies again', async () => {
    const codes = await spoilt(
      () => rmSync(file('light.db')),
      () => undefined,
    );
    expect(codes).toEqual(['opened', 'opened', 'opened']);
  });

  it('is left as it was by an attempt that failed', async () => {
    await spoilt(noise, () => undefined);
    expect(readFileSync(file('vault.key'))).toEqual(readFileSync(join(root, 'first', 'vault.key')));
    expect(existsSync(file('pid'))).toBe(false);
  });
});

describe('a folder that cannot be written', () => {
  it('is a sentence, also on the command line', async () => {
    const blocked = join(root, 'a-file');
    writeFileSync(blocked, '');
    expect(await codeOfOpening(join(blocked, 'data'))).toBe('data.unwritable');
    const run = spawnSync(process.execPath, [DIPNET, 'demo', '--keep', join(blocked, 'data')], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect([run.status, run.stdout]).toEqual([1, '']);
    expect(run.stderr.trim().split('\n')).toHaveLength(3);
    expect(run.stderr).toContain('(data.unwritable)');
  });
});
