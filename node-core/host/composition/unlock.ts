// The vault and the record of the world that it seals: made for an empty folder, opened for another one, and brought
// back by recovery words where one of the two is lost.

import { existsSync, renameSync, statSync } from 'node:fs';
import { type Bytes, bytesToHex, FaultError, hexToBytes } from '../../base/index.ts';
import { addressToText } from '../../identity/index.ts';
import { type DataDir, dataFault } from '../adapters/data-dir.ts';
import { DEMO_KEY } from '../adapters/demo-folder.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import { systemClock, systemRandom } from '../adapters/system.ts';
import { createVault, openFileVault, VAULT_SECRET_BYTES, type Vault } from '../adapters/vault.ts';
import type { ConsoleOptions } from '../core.ts';
import { createWorldRecord, type WorldRecord } from '../services/world.ts';
import { openWorldFor } from '../services/world-for.ts';
import type { Foundation } from './foundation.ts';

/** A vault file is made for an empty folder only: a new one could open nothing of what an old folder holds. */
function openVault({ vaultSecret }: ConsoleOptions, data: DataDir, database: Sqlite): Vault {
  if (vaultSecret !== undefined) return createVault(vaultSecret, systemRandom);
  const path = data.file('vault.key');
  const stored = statSync(path, { throwIfNoEntry: false });
  const isFirstTime = stored === undefined && sealedWorld(database) === undefined;
  if (!isFirstTime && stored?.size !== VAULT_SECRET_BYTES)
    throw new FaultError(dataFault('data.vault', { folder: data.path }));
  return openFileVault(path, systemRandom);
}

function sealedWorld(database: Sqlite): Bytes | undefined {
  const row = database.prepare("SELECT value FROM settings WHERE key = 'world'").get() as
    | { value: string }
    | undefined;
  return row === undefined ? undefined : hexToBytes(JSON.parse(row.value) as string);
}

type UnlockParts = Pick<Foundation, 'data' | 'database' | 'random'> & {
  readonly options: ConsoleOptions;
  readonly chainDatabase: Sqlite;
};

type Unlocked = { readonly vault: Vault; readonly record: WorldRecord };

/** The vault and the world's record that it seals. Where one of them is lost, an account of the folder opens it anew. */
export function unlock(parts: UnlockParts): Unlocked {
  const { options, data, database } = parts;
  try {
    const vault = openVault(options, data, database);
    return { vault, record: worldRecord(parts, vault) };
  } catch (error) {
    if (options.recoverWith === undefined || !(error instanceof FaultError)) throw error;
    const record = openWorldFor(data, options.recoverWith);
    if (record === undefined) {
      const address = addressToText(options.recoverWith.address);
      throw new FaultError(dataFault('data.words', { address }), { cause: error });
    }
    const vault = replaceVault(options, data);
    storeRecord(database, vault, record);
    return { vault, record };
  }
}

/** The old vault file is kept aside: what it sealed may be wanted again, should it turn out to be the right one. */
function replaceVault({ vaultSecret }: ConsoleOptions, data: DataDir): Vault {
  if (vaultSecret !== undefined) return createVault(vaultSecret, systemRandom);
  const path = data.file('vault.key');
  if (existsSync(path)) renameSync(path, data.file(`vault.key.replaced-${Date.now()}`));
  return openFileVault(path, systemRandom);
}

function storeRecord(database: Sqlite, vault: Vault, record: WorldRecord): void {
  const sealed = vault.seal('world', new TextEncoder().encode(JSON.stringify(record)));
  const write = database.prepare(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  database.transaction(() => {
    write.run('world', JSON.stringify(bytesToHex(sealed)));
    if (record.demo === true) write.run(DEMO_KEY, 'true');
  })();
}

/** The record of the world, sealed in the database; made once. */
function worldRecord(
  { data, database, chainDatabase, random, options }: UnlockParts,
  vault: Vault,
): WorldRecord {
  const stored = sealedWorld(database);
  if (stored !== undefined) {
    const opened = vault.open('world', stored);
    if (opened === undefined) throw new FaultError(dataFault('data.vault', { folder: data.path }));
    return JSON.parse(new TextDecoder().decode(opened)) as WorldRecord;
  }
  // A chain without the record that began it: the console's own database is gone.
  if (chainDatabase.prepare('SELECT 1 FROM kv LIMIT 1').get() !== undefined)
    throw new FaultError(dataFault('data.damaged', { file: 'console.db' }));
  const record = createWorldRecord(random, systemClock.nowMs(), options.demo);
  storeRecord(database, vault, record);
  return record;
}
