// The durable store against the same suite as the one in memory, closed and opened again in between.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { StationStore } from '../../dimp/station/index.ts';
import { stationStoreConformance } from '../../dimp/station/store-conformance.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { createSqliteStationStore, STATION_MIGRATIONS } from './station-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'dipnet-station-store-'));
const opened = new Map<StationStore, { readonly path: string; readonly database: Sqlite }>();
let count = 0;

function open(path: string): StationStore {
  const database = openSqlite(path, STATION_MIGRATIONS);
  const store = createSqliteStationStore(database);
  opened.set(store, { path, database });
  return store;
}

function reopen(store: StationStore): StationStore {
  const before = opened.get(store);
  before?.database.close();
  opened.delete(store);
  return open(before?.path ?? '');
}

afterAll(() => {
  for (const { database } of opened.values()) database.close();
  rmSync(folder, { recursive: true });
});

describe('the store in SQLite', () => {
  stationStoreConformance(() => {
    count += 1;
    return open(join(folder, `${count}.db`));
  }, reopen);

  it('keeps the mail of a file from before it lay in the order of its coming', () => {
    const path = join(folder, 'older.db');
    const before = STATION_MIGRATIONS.findIndex(({ name }) => name === '0006-mails-in-order');
    const older = openSqlite(path, STATION_MIGRATIONS.slice(0, before));
    const insert = older.prepare('INSERT INTO mails VALUES (?, ?, ?, ?, ?)');
    for (const [user, number] of [
      ['b', 1],
      ['a', 2],
      ['b', 2],
      ['a', 1],
    ] as const)
      insert.run(user, number, 100 * number, `s${number}`, `${user}${number}`);
    older.close();
    const store = open(path);
    expect(store.page('a', 0, 9).map(({ text }) => text)).toEqual(['a1', 'a2']);
    expect(store.page('b', 1, 9)).toEqual([{ number: 2, signature: 's2', text: 'b2' }]);
    expect(store.trim('a', 1)).toEqual({ count: 1, sizeBytes: 2 });
    expect(store.mailbox('a')).toMatchObject({ newest: 2, count: 1, sizeBytes: 2 });
  });
});
