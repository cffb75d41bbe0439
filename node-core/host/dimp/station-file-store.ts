// A station's files in a database of their own, so that what is put for others to fetch never crowds out messages.

import type { Bytes } from '../../base/index.ts';
import type { FileStore } from '../../dimp/station/index.ts';
import type { Migration, Sqlite } from '../adapters/sqlite.ts';

export const STATION_FILE_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-files',
    sql: `
      CREATE TABLE blocks (id TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL) STRICT;
      CREATE TABLE holdings (
        user TEXT NOT NULL, id TEXT NOT NULL, size INTEGER NOT NULL, at_ms INTEGER NOT NULL,
        PRIMARY KEY (user, id)
      ) WITHOUT ROWID, STRICT;
      CREATE INDEX holdings_by_id ON holdings (id);
      CREATE INDEX holdings_by_time ON holdings (at_ms);
      CREATE TABLE shares (user TEXT NOT NULL PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID, STRICT;
      CREATE TRIGGER held AFTER INSERT ON holdings BEGIN
        INSERT INTO shares (user, size) VALUES (NEW.user, NEW.size)
          ON CONFLICT (user) DO UPDATE SET size = size + NEW.size;
      END;
      CREATE TRIGGER released AFTER DELETE ON holdings BEGIN
        UPDATE shares SET size = size - OLD.size WHERE user = OLD.user;
      END;`,
  },
];

export function createStationFileStore(database: Sqlite): FileStore {
  const get = database.prepare<[string], { body: Uint8Array }>('SELECT body FROM blocks WHERE id = ?');
  const has = database.prepare<[string], { found: number }>('SELECT 1 AS found FROM blocks WHERE id = ?');
  const insert = database.prepare<[string, Bytes]>('INSERT OR IGNORE INTO blocks (id, body) VALUES (?, ?)');
  const hold = database.prepare<[string, string, number, number]>(
    `INSERT INTO holdings (user, id, size, at_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT (user, id) DO UPDATE SET at_ms = excluded.at_ms`,
  );
  const holds = database.prepare<[string, string], { found: number }>(
    'SELECT 1 AS found FROM holdings WHERE user = ? AND id = ?',
  );
  const share = database.prepare<[string], { size: number }>('SELECT size FROM shares WHERE user = ?');
  const release = database.prepare<[number]>('DELETE FROM holdings WHERE at_ms < ?');
  const remove = database.prepare<[]>('DELETE FROM blocks WHERE id NOT IN (SELECT id FROM holdings)');
  const forget = database.prepare<[]>('DELETE FROM shares WHERE size <= 0');
  const pages = (name: 'page_count' | 'freelist_count' | 'page_size') =>
    database.pragma(name, { simple: true }) as number;
  return {
    get(id) {
      const row = get.get(id);
      return row === undefined ? undefined : new Uint8Array(row.body);
    },
    has: (id) => has.get(id) !== undefined,
    holds: (user, id) => holds.get(user, id) !== undefined,
    heldBytes: (user) => share.get(user)?.size ?? 0,
    put: database.transaction((user: string, id: string, block: Bytes, nowMs: number) => {
      insert.run(id, block);
      hold.run(user, id, block.length, Math.trunc(nowMs));
    }),
    sizeBytes: () => (pages('page_count') - pages('freelist_count')) * pages('page_size'),
    sweep: database.transaction((beforeMs: number) => {
      if (release.run(Math.trunc(beforeMs)).changes === 0) return;
      remove.run();
      forget.run();
    }),
  };
}
