// A console that is opened for the first time has somebody for each role, once.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Sqlite } from '../adapters/sqlite.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { systemRandom } from '../adapters/system.ts';
import { createVault } from '../adapters/vault.ts';
import { CONSOLE_MIGRATIONS } from '../store/migrations.ts';
import { ensureAccounts } from './first-accounts.ts';
import { createIdentities } from './identities.ts';

let folder: string;
let database: Sqlite;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-accounts-'));
  database = openSqlite(join(folder, 'console.db'), CONSOLE_MIGRATIONS);
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const open = (secretByte: number) => {
  const vault = createVault(new Uint8Array(32).fill(secretByte), systemRandom);
  return createIdentities(database, vault, systemRandom);
};

test('one account for each role, named in the language of the system, and no more the next time', async () => {
  await ensureAccounts(await open(1), 'zh-Hans-CN');
  const made = (await open(1)).people();
  expect(made.map(({ role, name }) => [role, name])).toEqual([
    ['designer', '设计者'],
    ['owner', '打印机主'],
    ['buyer', '买家'],
  ]);
  expect(made.some(({ backedUp }) => backedUp)).toBe(false);
  await ensureAccounts(await open(1), 'en-GB');
  expect((await open(1)).people()).toEqual(made);
});

test('a role that somebody has keeps that one', async () => {
  const identities = await open(1);
  const address = await identities.create('buyer', 'Bea');
  await ensureAccounts(identities, 'fr');
  expect(identities.people().map(({ role, name }) => [role, name])).toEqual([
    ['buyer', 'Bea'],
    ['designer', 'Designer'],
    ['owner', 'Printer owner'],
  ]);
  expect(identities.people()[0]?.address).toBe(address);
});

test('accounts that another vault sealed are waited for, not replaced', async () => {
  await ensureAccounts(await open(1), 'en');
  const other = await open(2);
  await ensureAccounts(other, 'en');
  expect(other.people()).toEqual([]);
  expect(other.locked()).toHaveLength(3);
});
