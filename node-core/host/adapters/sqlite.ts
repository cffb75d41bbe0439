// SQLite as the core sees it: one connection per file, write-ahead log, full synchronisation (a power cut loses
// nothing that was answered), numbered migrations, and the ordered KvStore that the chain and the light node use.

import Database from 'better-sqlite3';
import type { Bytes, KvStore } from '../../base/index.ts';

export type Sqlite = Database.Database;

export type Migration = { readonly name: string; readonly sql: string };

/** Taken as it is needed: a small database stays small in memory. */
const CACHE_KIB = 64 * 1024;

/** Pages of a chain's log before they go into its file: a large block writes 5 000, and many of those again the next. */
const CHAIN_LOG_PAGES = 8192;

/** What lies in a chain's entries cannot be migrated, only made again: another layout has another number here. */
const CHAIN_FORMAT = 3;

export class OlderDatabaseError extends Error {
  override readonly name = 'OlderDatabaseError';
}

export class NewerDatabaseError extends Error {
  override readonly name = 'NewerDatabaseError';
}

/** @throws NewerDatabaseError where a newer version of this program wrote the file; SqliteError where it is no database. */
export function openSqlite(
  path: string,
  migrations: readonly Migration[],
  cacheKib: number = CACHE_KIB,
): Sqlite {
  const database = new Database(path);
  try {
    // Takes effect in new files only. Entries of the state tree have a kilobyte; SQLite wants four in a page.
    database.pragma('page_size = 8192');
    database.pragma(`cache_size = -${cacheKib}`);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    database.pragma('busy_timeout = 2000');
    migrate(database, migrations);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: Sqlite, migrations: readonly Migration[]): void {
  const applied = database.pragma('user_version', { simple: true }) as number;
  if (applied > migrations.length) {
    throw new NewerDatabaseError(
      `the database was written by a newer version (${applied} > ${migrations.length})`,
    );
  }
  for (let index = applied; index < migrations.length; index++) {
    const migration = migrations[index];
    if (migration === undefined) continue;
    database.transaction(() => {
      database.exec(migration.sql);
      database.pragma(`user_version = ${index + 1}`);
    })();
  }
}

export const KV_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-kv',
    sql: 'CREATE TABLE kv (key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT;',
  },
];

/** The entries of a chain. @throws OlderDatabaseError where they have a layout from before, NewerDatabaseError after. */
export function openChainSqlite(path: string): Sqlite {
  const database = openSqlite(path, KV_MIGRATIONS);
  try {
    const format = database.pragma('application_id', { simple: true }) as number;
    if (format > CHAIN_FORMAT) throw new NewerDatabaseError(`the chain has format ${format}`);
    if (format < CHAIN_FORMAT) {
      const isEmpty = database.prepare('SELECT 1 FROM kv LIMIT 1').get() === undefined;
      if (!isEmpty) throw new OlderDatabaseError(`the chain has format ${format}`);
      database.pragma(`application_id = ${CHAIN_FORMAT}`);
    }
    database.pragma(`wal_autocheckpoint = ${CHAIN_LOG_PAGES}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The smallest byte string above every string with this prefix; undefined where there is none. */
function prefixEnd(prefix: Bytes): Bytes | undefined {
  const end = Uint8Array.from(prefix);
  for (let i = end.length - 1; i >= 0; i--) {
    const byte = end[i] ?? 0;
    if (byte < 0xff) {
      end[i] = byte + 1;
      return end.slice(0, i + 1);
    }
  }
  return undefined;
}

const LIMIT_NONE = -1;
/** Above every key in use; SQLite compares blobs bytewise. */
const KEY_END = new Uint8Array(64).fill(0xff);

type Row = { readonly key: Buffer; readonly value: Buffer };
const bytesOf = (buffer: Buffer): Bytes =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

export function createSqliteKv(database: Sqlite): KvStore {
  const select = database.prepare<[Bytes], Buffer>('SELECT value FROM kv WHERE key = ?').pluck();
  const up = database.prepare<[Bytes, Bytes, Bytes, number], Row>(
    'SELECT key, value FROM kv WHERE key >= ? AND key < ? AND key > ? ORDER BY key LIMIT ?',
  );
  const down = database.prepare<[Bytes, Bytes, Bytes, number], Row>(
    'SELECT key, value FROM kv WHERE key >= ? AND key < ? AND key < ? ORDER BY key DESC LIMIT ?',
  );
  const upsert = database.prepare<[Bytes, Bytes]>(
    'INSERT INTO kv (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const remove = database.prepare<[Bytes]>('DELETE FROM kv WHERE key = ?');
  const applyAll = database.transaction((operations: Iterable<readonly [Bytes, Bytes | undefined]>) => {
    for (const [key, value] of operations) {
      if (value === undefined) remove.run(key);
      else upsert.run(key, value);
    }
  });
  return {
    get(key) {
      const value = select.get(key) as Buffer | undefined;
      return value === undefined ? undefined : bytesOf(value);
    },
    *list(prefix, options = {}) {
      const end = prefixEnd(prefix) ?? KEY_END;
      const limit = options.limit ?? LIMIT_NONE;
      // Read whole before yielding: an open cursor would refuse writes made while the caller iterates.
      const rows =
        options.reverse === true
          ? down.all(prefix, end, options.after ?? KEY_END, limit)
          : up.all(prefix, end, options.after ?? new Uint8Array(0), limit);
      for (const row of rows) yield [bytesOf(row.key), bytesOf(row.value)];
    },
    apply: (operations) => applyAll.immediate(operations),
  };
}
