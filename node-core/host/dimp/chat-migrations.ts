// The tables of the messenger's file.

import type { Migration } from '../adapters/sqlite.ts';
import { KV_MIGRATIONS } from '../adapters/sqlite.ts';
import { CALL_MIGRATION } from './call-store.ts';

export const CHAT_MIGRATIONS: readonly Migration[] = [
  ...KV_MIGRATIONS,
  {
    name: '0002-chat',
    sql: `
      CREATE TABLE accounts (address TEXT NOT NULL PRIMARY KEY, keys BLOB NOT NULL) WITHOUT ROWID, STRICT;
      CREATE TABLE chats (
        owner TEXT NOT NULL, chat TEXT NOT NULL, name BLOB, draft BLOB, read INTEGER NOT NULL DEFAULT 0,
        blocked INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (owner, chat)
      ) WITHOUT ROWID, STRICT;
      CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, chat TEXT NOT NULL, sender TEXT NOT NULL,
        at_ms INTEGER NOT NULL, text BLOB NOT NULL, bound INTEGER NOT NULL, key BLOB NOT NULL, UNIQUE (owner, key)
      ) STRICT;
      CREATE INDEX messages_by_chat ON messages (owner, chat, id);
      CREATE TABLE deliveries (
        number INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, message INTEGER, receiver TEXT NOT NULL,
        content BLOB, wire TEXT, signature TEXT, state TEXT NOT NULL, reason BLOB
      ) STRICT;
      CREATE INDEX deliveries_by_message ON deliveries (message);
      CREATE INDEX deliveries_waiting ON deliveries (owner, receiver) WHERE state = 'unsealed';
      CREATE INDEX deliveries_to_send ON deliveries (owner, number) WHERE state = 'sealed';
      CREATE INDEX deliveries_by_signature ON deliveries (owner, signature) WHERE signature IS NOT NULL;
      CREATE TABLE strangers (
        id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, sender TEXT NOT NULL, wire TEXT NOT NULL
      ) STRICT;
      CREATE INDEX strangers_by_sender ON strangers (owner, sender);
      CREATE TABLE choices (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;`,
  },
  {
    name: '0003-secrecy',
    sql: `
      ALTER TABLE messages ADD COLUMN secrecy TEXT;
      ALTER TABLE messages ADD COLUMN proof BLOB;
      ALTER TABLE messages ADD COLUMN inner BLOB;
      ALTER TABLE messages ADD COLUMN gone_ms INTEGER;
      CREATE UNIQUE INDEX messages_by_inner ON messages (owner, inner) WHERE inner IS NOT NULL;
      CREATE INDEX messages_going ON messages (gone_ms) WHERE gone_ms IS NOT NULL;
      ALTER TABLE chats ADD COLUMN timer_s INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE deliveries ADD COLUMN session TEXT;
      ALTER TABLE deliveries ADD COLUMN epoch INTEGER;
      CREATE INDEX deliveries_by_session ON deliveries (owner, receiver, session) WHERE session IS NOT NULL;
      CREATE TABLE secrets (
        owner TEXT NOT NULL, kind TEXT NOT NULL, peer TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL,
        at_ms INTEGER NOT NULL, PRIMARY KEY (owner, kind, peer, id)
      ) WITHOUT ROWID, STRICT;
      CREATE TABLE unopened (
        id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, sender TEXT NOT NULL, wire TEXT NOT NULL
      ) STRICT;
      CREATE INDEX unopened_by_sender ON unopened (owner, sender, id);
      CREATE TABLE handled (
        owner TEXT NOT NULL, key BLOB NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (owner, key)
      ) WITHOUT ROWID, STRICT;
      CREATE TABLE peers (
        owner TEXT NOT NULL, peer TEXT NOT NULL, spoke INTEGER NOT NULL DEFAULT 0,
        allowed INTEGER NOT NULL DEFAULT 0, devices TEXT, alert INTEGER NOT NULL DEFAULT 0,
        verified INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (owner, peer)
      ) WITHOUT ROWID, STRICT;`,
  },
  {
    name: '0004-amendments',
    // `ref` names a message and `target` the one that it amends; `origin` and `view` are what it refers to and how it stands.
    sql: `
      ALTER TABLE messages ADD COLUMN ref TEXT;
      ALTER TABLE messages ADD COLUMN target TEXT;
      ALTER TABLE messages ADD COLUMN origin BLOB;
      ALTER TABLE messages ADD COLUMN view BLOB;
      CREATE INDEX messages_by_ref ON messages (owner, ref) WHERE ref IS NOT NULL;
      CREATE INDEX messages_by_target ON messages (owner, target) WHERE target IS NOT NULL;
      CREATE INDEX messages_shown ON messages (owner, chat, id, sender) WHERE target IS NULL;`,
  },
  CALL_MIGRATION,
  {
    name: '0006-mute',
    sql: 'ALTER TABLE chats ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;',
  },
  {
    name: '0007-attachments',
    // A file goes with its message, whatever takes that away.
    sql: `
      CREATE TABLE attachments (
        message INTEGER NOT NULL PRIMARY KEY, owner TEXT NOT NULL, outgoing INTEGER NOT NULL, file TEXT,
        state TEXT NOT NULL, done INTEGER NOT NULL, total INTEGER NOT NULL, fault TEXT, body BLOB NOT NULL
      ) STRICT;
      CREATE INDEX attachments_moving ON attachments (owner) WHERE state = 'moving';
      CREATE TRIGGER attachments_gone AFTER DELETE ON messages BEGIN
        DELETE FROM attachments WHERE message = OLD.id;
      END;`,
  },
];
