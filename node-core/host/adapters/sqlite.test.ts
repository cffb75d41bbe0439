import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesToHex } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import {
  createSqliteKv,
  KV_MIGRATIONS,
  NewerDatabaseError,
  OlderDatabaseError,
  openChainSqlite,
  openSqlite,
} from './sqlite.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-sqlite-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const bytes = fc.uint8Array({ minLength: 1, maxLength: 3 });

describe('KvStore', () => {
  it('behaves as the one in memory for any history, order, prefix, start and limit', () => {
    const database = openSqlite(join(folder, 'kv.db'), KV_MIGRATIONS);
    const real = createSqliteKv(database);
    const model = createMemoryKv();
    const step = fc.array(fc.tuple(bytes, fc.option(bytes, { nil: undefined })), { maxLength: 8 });
    const question = fc.record({
      prefix: fc.uint8Array({ maxLength: 2 }),
      after: fc.option(bytes, { nil: undefined }),
      limit: fc.option(fc.nat(5), { nil: undefined }),
      reverse: fc.boolean(),
    });
    fc.assert(
      fc.property(step, question, (operations, { prefix, after, limit, reverse }) => {
        real.apply(operations);
        model.apply(operations);
        const options = {
          reverse,
          ...(after === undefined ? {} : { after }),
          ...(limit === undefined ? {} : { limit }),
        };
        const text = (kv: typeof real) => [...kv.list(prefix, options)].map((pair) => pair.map(bytesToHex));
        expect(text(real)).toEqual(text(model));
        for (const [key] of operations) expect(real.get(key)?.toString()).toEqual(model.get(key)?.toString());
      }),
      { numRuns: 300 },
    );
    database.close();
  });

  it('applies all of a batch or nothing', () => {
    const database = openSqlite(join(folder, 'kv.db'), KV_MIGRATIONS);
    const kv = createSqliteKv(database);
    const broken = [
      [Uint8Array.of(1), Uint8Array.of(1)] as const,
      [Uint8Array.of(2), 'not bytes' as unknown as Uint8Array] as const,
    ];
    expect(() => kv.apply(broken)).toThrow();
    expect(kv.get(Uint8Array.of(1))).toBeUndefined();
    database.close();
  });

  it('refuses a database of a newer version', () => {
    const path = join(folder, 'kv.db');
    const database = openSqlite(path, KV_MIGRATIONS);
    database.pragma('user_version = 99');
    database.close();
    expect(() => openSqlite(path, KV_MIGRATIONS)).toThrow(/newer version/);
  });

  it('refuses a chain of another layout, and takes an empty one', () => {
    const path = join(folder, 'chain.db');
    const database = openSqlite(path, KV_MIGRATIONS);
    database.close();
    const first = openChainSqlite(path);
    createSqliteKv(first).apply([[Uint8Array.of(1), Uint8Array.of(2)]]);
    first.close();
    openChainSqlite(path).close();
    const mark = (format: number) => {
      const other = openSqlite(path, KV_MIGRATIONS);
      other.pragma(`application_id = ${format}`);
      other.close();
    };
    mark(99);
    expect(() => openChainSqlite(path)).toThrow(NewerDatabaseError);
    mark(0);
    expect(() => openChainSqlite(path)).toThrow(OlderDatabaseError);
  });
});
