// A station's store in SQLite: write-ahead log, fully synchronised, so that a message which was confirmed to its sender
// survives a crash and a power cut. One transaction takes whatever came in together.

import type { Bytes } from '../../base/index.ts';
import {
  DEVICES_MAX,
  LIST_IDS_MAX,
  type ListKind,
  type NumberedMail,
  type StationStore,
} from '../../dimp/station/index.ts';
import type { Migration, Sqlite } from '../adapters/sqlite.ts';
import { KV_MIGRATIONS } from '../adapters/sqlite.ts';
import { LEDGER_MIGRATION } from './service-ledger.ts';

/** Metas and documents lie in the entries of the first, everything else in the second. */
export const STATION_MIGRATIONS: readonly Migration[] = [
  ...KV_MIGRATIONS,
  {
    name: '0002-station',
    sql: `
      CREATE TABLE mails (
        user TEXT NOT NULL, number INTEGER NOT NULL, time_ms INTEGER NOT NULL,
        signature TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (user, number)
      ) WITHOUT ROWID, STRICT;
      CREATE TABLE devices (
        user TEXT NOT NULL, terminal TEXT NOT NULL, acknowledged INTEGER NOT NULL, seen_ms INTEGER NOT NULL,
        PRIMARY KEY (user, terminal)
      ) WITHOUT ROWID, STRICT;
      CREATE TABLE seen (key BLOB NOT NULL PRIMARY KEY, time_ms INTEGER NOT NULL) WITHOUT ROWID, STRICT;
      CREATE TABLE facts (
        kind TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (id, kind)
      ) WITHOUT ROWID, STRICT;
      CREATE TABLE lists (
        owner TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (owner, kind, id)
      ) WITHOUT ROWID, STRICT;`,
  },
  LEDGER_MIGRATION,
  {
    name: '0004-boards',
    sql: `
      CREATE TABLE entries (
        board TEXT NOT NULL, number INTEGER NOT NULL, key TEXT NOT NULL, time_ms INTEGER NOT NULL,
        text TEXT NOT NULL, PRIMARY KEY (board, number), UNIQUE (board, key)
      ) WITHOUT ROWID, STRICT;
      CREATE TABLE boards (
        board TEXT NOT NULL PRIMARY KEY, newest INTEGER NOT NULL, turn INTEGER NOT NULL
      ) WITHOUT ROWID, STRICT;`,
  },
  {
    name: '0005-packages',
    sql: `
      CREATE TABLE packages (
        number INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, terminal TEXT NOT NULL,
        name TEXT NOT NULL, time_ms INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE (owner, terminal, name)
      ) STRICT;`,
  },
  {
    // In the order in which they came: what comes together fills the same pages, not one page for each receiver.
    name: '0006-mails-in-order',
    sql: `
      CREATE TABLE mails_in_order (
        id INTEGER PRIMARY KEY, user TEXT NOT NULL, number INTEGER NOT NULL, time_ms INTEGER NOT NULL,
        signature TEXT NOT NULL, text TEXT NOT NULL
      ) STRICT;
      INSERT INTO mails_in_order (user, number, time_ms, signature, text)
        SELECT user, number, time_ms, signature, text FROM mails ORDER BY time_ms, user, number;
      DROP TABLE mails;
      ALTER TABLE mails_in_order RENAME TO mails;
      CREATE UNIQUE INDEX mail_places ON mails (user, number);`,
  },
];

type Totals = { newest: number | null; count: number; sizeBytes: number };
type DeviceRow = { terminal: string; acknowledged: number; seenMs: number };

export function createSqliteStationStore(database: Sqlite): StationStore {
  return {
    transact: (work) => database.transaction(work)(),
    ...mailCalls(database),
    ...deviceCalls(database),
    ...factCalls(database),
    ...boardCalls(database),
    ...packageCalls(database),
  };
}

function mailCalls(database: Sqlite) {
  const append = database.prepare<[string, number, number, string, string]>(
    'INSERT INTO mails (user, number, time_ms, signature, text) VALUES (?, ?, ?, ?, ?)',
  );
  const page = database.prepare<[string, number, number], NumberedMail>(
    'SELECT number, text, signature FROM mails WHERE user = ? AND number > ? ORDER BY number LIMIT ?',
  );
  const trim = database
    .prepare<[string, number], number>(
      'DELETE FROM mails WHERE user = ? AND number <= ? RETURNING LENGTH(text)',
    )
    .pluck();
  const sweepMails = database.prepare<[number]>('DELETE FROM mails WHERE time_ms < ?');
  const sweepSeen = database.prepare<[number]>('DELETE FROM seen WHERE time_ms < ?');
  const wasSeen = database.prepare<[Bytes], { found: number }>('SELECT 1 AS found FROM seen WHERE key = ?');
  const markSeen = database.prepare<[Bytes, number]>(
    'INSERT OR REPLACE INTO seen (key, time_ms) VALUES (?, ?)',
  );
  const countSeen = database.prepare<[], number>('SELECT COUNT(*) FROM seen').pluck();
  const seenKeys = database.prepare<[], Uint8Array>('SELECT key FROM seen').pluck();
  const pages = (name: 'page_count' | 'freelist_count' | 'page_size') =>
    database.pragma(name, { simple: true }) as number;
  type Calls =
    | 'append'
    | 'page'
    | 'trim'
    | 'sweep'
    | 'sizeBytes'
    | 'wasSeen'
    | 'markSeen'
    | 'countSeen'
    | 'seenKeys';
  const calls: Pick<StationStore, Calls> = {
    sizeBytes: () => (pages('page_count') - pages('freelist_count')) * pages('page_size'),
    append: (user, number, { text, signature, timeMs }) =>
      void append.run(user, number, Math.trunc(timeMs), signature, text),
    page: (user, after, limit) => page.all(user, after, limit),
    trim(user, through) {
      let sizeBytes = 0;
      const sizes = trim.all(user, through);
      for (const size of sizes) sizeBytes += size;
      return { count: sizes.length, sizeBytes };
    },
    sweep(mailsBeforeMs, seenBeforeMs) {
      sweepMails.run(Math.trunc(mailsBeforeMs));
      sweepSeen.run(Math.trunc(seenBeforeMs));
    },
    wasSeen: (key) => wasSeen.get(key) !== undefined,
    markSeen: (key, timeMs) => void markSeen.run(key, Math.trunc(timeMs)),
    countSeen: () => countSeen.get() ?? 0,
    *seenKeys() {
      for (const key of seenKeys.iterate()) yield new Uint8Array(key);
    },
  };
  return calls;
}

function deviceCalls(database: Sqlite) {
  const devices = database.prepare<[string], DeviceRow>(
    'SELECT terminal, acknowledged, seen_ms AS seenMs FROM devices WHERE user = ? ORDER BY terminal',
  );
  const totals = database.prepare<[string], Totals>(
    `SELECT MAX(number) AS newest, COUNT(*) AS count, COALESCE(SUM(LENGTH(text)), 0) AS sizeBytes
     FROM mails WHERE user = ?`,
  );
  const put = database.prepare<[string, string, number, number]>(
    'INSERT OR REPLACE INTO devices (user, terminal, acknowledged, seen_ms) VALUES (?, ?, ?, ?)',
  );
  const remove = database.prepare<[string, string]>('DELETE FROM devices WHERE user = ? AND terminal = ?');
  const calls: Pick<StationStore, 'mailbox' | 'putDevice' | 'removeDevice'> = {
    mailbox(user) {
      const rows = devices.all(user);
      const { newest, count, sizeBytes } = totals.get(user) ?? { newest: 0, count: 0, sizeBytes: 0 };
      // What a device has was given out, even if it is removed by now.
      const given = Math.max(newest ?? 0, ...rows.map(({ acknowledged }) => acknowledged));
      return { newest: given, count, sizeBytes, devices: rows };
    },
    putDevice: (user, { terminal, acknowledged, seenMs }) =>
      void put.run(user, terminal, acknowledged, Math.trunc(seenMs)),
    removeDevice: (user, terminal) => void remove.run(user, terminal),
  };
  return calls;
}

function boardCalls(database: Sqlite) {
  const boards = database
    .prepare<[number], string>('SELECT board FROM boards ORDER BY turn DESC LIMIT ?')
    .pluck();
  const one = database.prepare<[string], { newest: number }>('SELECT newest FROM boards WHERE board = ?');
  const putBoard = database.prepare<[string, number]>(
    `INSERT OR REPLACE INTO boards (board, newest, turn)
     VALUES (?, ?, (SELECT COALESCE(MAX(turn), 0) + 1 FROM boards))`,
  );
  const add = database.prepare<[string, number, string, number, string]>(
    'INSERT OR IGNORE INTO entries (board, number, key, time_ms, text) VALUES (?, ?, ?, ?, ?)',
  );
  const drop = database.prepare<[string, string, number]>(
    `DELETE FROM entries WHERE board = ? AND number <=
       (SELECT number FROM entries WHERE board = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`,
  );
  const page = database.prepare<[string, number, number], { number: number; text: string }>(
    'SELECT number, text FROM entries WHERE board = ? AND number > ? ORDER BY number LIMIT ?',
  );
  const calls: Pick<StationStore, 'boards' | 'hasBoard' | 'addEntry' | 'entries'> = {
    boards: (limit) => boards.all(limit),
    hasBoard: (board) => one.get(board) !== undefined,
    addEntry(board, { key, text, timeMs }, keep) {
      const number = (one.get(board)?.newest ?? 0) + 1;
      if (add.run(board, number, key, Math.trunc(timeMs), text).changes === 0) return;
      putBoard.run(board, number);
      drop.run(board, board, keep);
    },
    entries: (board, after, limit) => page.all(board, after, limit),
  };
  return calls;
}

function packageCalls(database: Sqlite) {
  const names = database
    .prepare<[string, string], string>(
      'SELECT name FROM packages WHERE owner = ? AND terminal = ? ORDER BY number',
    )
    .pluck();
  const put = database.prepare<[string, string, string, number, string]>(
    'INSERT OR IGNORE INTO packages (owner, terminal, name, time_ms, text) VALUES (?, ?, ?, ?, ?)',
  );
  const crowd = database.prepare<[string, string, number]>(
    `DELETE FROM packages WHERE owner = ? AND terminal IN (
       SELECT terminal FROM packages WHERE owner = ? GROUP BY terminal ORDER BY MAX(number) DESC LIMIT -1 OFFSET ?)`,
  );
  const drop = database.prepare<[string, string, string]>(
    'DELETE FROM packages WHERE owner = ? AND terminal = ? AND name = ?',
  );
  const take = database
    .prepare<[string, string], string>(
      `DELETE FROM packages WHERE number = (
         SELECT MIN(number) FROM packages WHERE owner = ? AND terminal = ?) RETURNING text`,
    )
    .pluck();
  const sweep = database.prepare<[number]>('DELETE FROM packages WHERE time_ms < ?');
  type Calls = 'packages' | 'putPackage' | 'dropPackage' | 'takePackage' | 'sweepPackages';
  const calls: Pick<StationStore, Calls> = {
    packages: (owner, terminal) => names.all(owner, terminal),
    putPackage(owner, { terminal, name, text, timeMs }) {
      put.run(owner, terminal, name, Math.trunc(timeMs), text);
      crowd.run(owner, owner, DEVICES_MAX);
    },
    dropPackage: (owner, terminal, name) => void drop.run(owner, terminal, name),
    takePackage: (owner, terminal) => take.get(owner, terminal),
    sweepPackages: (beforeMs) => void sweep.run(Math.trunc(beforeMs)),
  };
  return calls;
}

function factCalls(database: Sqlite) {
  const fact = database.prepare<[string, string], { value: string }>(
    'SELECT value FROM facts WHERE id = ? AND kind = ?',
  );
  const putFact = database.prepare<[string, string, string]>(
    'INSERT OR REPLACE INTO facts (id, kind, value) VALUES (?, ?, ?)',
  );
  const list = database.prepare<[string, ListKind], { id: string }>(
    'SELECT id FROM lists WHERE owner = ? AND kind = ?',
  );
  const isListed = database.prepare<[string, ListKind, string], { found: number }>(
    'SELECT 1 AS found FROM lists WHERE owner = ? AND kind = ? AND id = ?',
  );
  const clear = database.prepare<[string, ListKind]>('DELETE FROM lists WHERE owner = ? AND kind = ?');
  const count = database.prepare<[string, ListKind], { count: number }>(
    'SELECT COUNT(*) AS count FROM lists WHERE owner = ? AND kind = ?',
  );
  const add = database.prepare<[string, ListKind, string]>(
    'INSERT OR IGNORE INTO lists (owner, kind, id) VALUES (?, ?, ?)',
  );
  const calls: Pick<StationStore, 'fact' | 'putFact' | 'isListed' | 'list' | 'putList' | 'addToList'> = {
    fact: (kind, id) => fact.get(id, kind)?.value,
    putFact: (kind, id, value) => void putFact.run(id, kind, value),
    isListed: (owner, kind, id) => isListed.get(owner, kind, id) !== undefined,
    list: (owner, kind) => list.all(owner, kind).map(({ id }) => id),
    putList: (owner, kind, ids) =>
      database.transaction(() => {
        clear.run(owner, kind);
        for (const id of ids.slice(0, LIST_IDS_MAX)) add.run(owner, kind, id);
      })(),
    addToList(owner, kind, id) {
      if ((count.get(owner, kind)?.count ?? 0) < LIST_IDS_MAX) add.run(owner, kind, id);
    },
  };
  return calls;
}
