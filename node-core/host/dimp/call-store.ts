// What the messenger's file keeps of calls: how each one in a chat's history went, and by which servers calls are made.
// Both are sealed; servers have passwords.

import type { Bytes } from '../../base/index.ts';
import type { CallEntry } from '../../dimp/calls/index.ts';
import type { Migration, Sqlite } from '../adapters/sqlite.ts';
import type { Seal } from './chat-seal.ts';

export const CALL_MIGRATION: Migration = {
  name: '0005-calls',
  sql: `
    CREATE TABLE calls (message INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
    CREATE TRIGGER calls_gone AFTER DELETE ON messages BEGIN DELETE FROM calls WHERE message = OLD.id; END;
    CREATE TABLE call_settings (only INTEGER PRIMARY KEY CHECK (only = 0), body BLOB NOT NULL) STRICT;`,
};

/** What of a call is not in the line of the history that it belongs to. */
export type StoredCall = Pick<CallEntry, 'isIncoming' | 'video' | 'outcome' | 'lengthMs' | 'isLost'>;

export function callCalls(database: Sqlite, { seal, open }: Seal) {
  type Row = { body: Uint8Array };
  const put = database.prepare<[number, Bytes]>('INSERT INTO calls (message, body) VALUES (?, ?)');
  const get = database.prepare<[number], Row>('SELECT body FROM calls WHERE message = ?');
  const putSettings = database.prepare<[Bytes]>(
    'INSERT OR REPLACE INTO call_settings (only, body) VALUES (0, ?)',
  );
  const settings = database.prepare<[], Row>('SELECT body FROM call_settings');
  return {
    putCall: (message: number, call: StoredCall): void => void put.run(message, seal(JSON.stringify(call))),
    call(message: number): StoredCall | undefined {
      const text = open(get.get(message)?.body ?? null);
      return text === '' ? undefined : (JSON.parse(text) as StoredCall);
    },
    /** Empty where none were saved. */
    callSettings: (): string => open(settings.get()?.body ?? null),
    putCallSettings: (text: string): void => void putSettings.run(seal(text)),
  };
}
