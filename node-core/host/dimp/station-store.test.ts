// The durable store against the same suite as the one in memory, closed and opened again in between.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
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
});
