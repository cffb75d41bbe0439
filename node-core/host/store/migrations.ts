// The console's own database, one migration a version, never edited once released. The chain and the light node keep
// theirs apart; nothing here is trusted where the chain can answer.

import type { Migration } from '../adapters/sqlite.ts';

export const CONSOLE_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-console',
    sql: `
      CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

      CREATE TABLE accounts (
        address TEXT PRIMARY KEY,
        position INTEGER NOT NULL,
        role TEXT NOT NULL,
        name TEXT NOT NULL,
        keystore TEXT NOT NULL,
        backed_up INTEGER NOT NULL DEFAULT 0
      ) STRICT;

      -- Model and G-code keys, sealed under the vault key.
      CREATE TABLE content_keys (content_id TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;

      CREATE TABLE drafts (
        id TEXT PRIMARY KEY,
        actor TEXT NOT NULL,
        file_name TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        created_ms INTEGER NOT NULL,
        state TEXT NOT NULL,
        design_hash TEXT,
        content_id TEXT,
        preview_id TEXT,
        mesh_id TEXT,
        analysis TEXT,
        fault TEXT
      ) STRICT;

      CREATE TABLE quotes (
        id TEXT PRIMARY KEY,
        record BLOB NOT NULL,
        gcode_content_id TEXT NOT NULL,
        warnings TEXT NOT NULL,
        created_ms INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE machines (
        address TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        driver TEXT NOT NULL,
        port TEXT,
        baud_rate INTEGER,
        time_scale REAL NOT NULL,
        keystore TEXT NOT NULL,
        rule TEXT NOT NULL,
        added_ms INTEGER NOT NULL
      ) STRICT;

      -- The queue is rebuilt by replaying these in order.
      CREATE TABLE job_events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at_ms INTEGER NOT NULL,
        event TEXT NOT NULL
      ) STRICT;

      -- Signed log of each attempt to print a copy.
      CREATE TABLE telemetry (
        job TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        position INTEGER NOT NULL,
        entry BLOB NOT NULL,
        PRIMARY KEY (job, attempt, position)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE telemetry_checkpoints (
        job TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        position INTEGER NOT NULL,
        checkpoint BLOB NOT NULL,
        PRIMARY KEY (job, attempt, position)
      ) STRICT, WITHOUT ROWID;

      -- Transactions that concern this console, as the chain confirmed them and the light node proved them.
      CREATE TABLE anchors (
        tx_hash TEXT PRIMARY KEY,
        height INTEGER NOT NULL,
        time_s INTEGER NOT NULL,
        signer TEXT NOT NULL,
        verified_ms INTEGER
      ) STRICT;

      CREATE TABLE order_steps (
        order_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        code TEXT NOT NULL,
        tx_hash TEXT,
        height INTEGER NOT NULL,
        time_s INTEGER NOT NULL,
        signer TEXT,
        detail TEXT,
        PRIMARY KEY (order_id, seq)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE wallet_entries (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        address TEXT NOT NULL,
        kind TEXT NOT NULL,
        token TEXT NOT NULL,
        amount_micro TEXT NOT NULL,
        counterparty TEXT,
        order_id TEXT,
        tx_hash TEXT,
        height INTEGER NOT NULL,
        time_s INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX wallet_by_address ON wallet_entries (address, seq);

      CREATE TABLE indexed (one INTEGER PRIMARY KEY CHECK (one = 1), height INTEGER NOT NULL) STRICT;
      INSERT INTO indexed (one, height) VALUES (1, 0);
    `,
  },
  {
    name: '0002-wallet-by-order',
    sql: 'CREATE INDEX wallet_by_order ON wallet_entries (order_id, seq) WHERE order_id IS NOT NULL;',
  },
  {
    name: '0003-guard-rules',
    sql: `
      -- What the owner of a machine allows beyond the ordinary.
      CREATE TABLE guard_rules (
        machine TEXT NOT NULL,
        key TEXT NOT NULL,
        rule TEXT NOT NULL,
        allowed_by TEXT NOT NULL,
        allowed_ms INTEGER NOT NULL,
        PRIMARY KEY (machine, key)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: '0004-job-streams',
    sql: `
      -- Print files that were handed out chunk by chunk: one stream an attempt, never a second.
      CREATE TABLE job_streams (
        job TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        stream_id BLOB NOT NULL,
        opened_ms INTEGER NOT NULL,
        released INTEGER NOT NULL,
        PRIMARY KEY (job, attempt)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: '0005-network-printers',
    sql: `
      -- Printers in the network: where they are, who to be there, and the key, sealed by the vault.
      ALTER TABLE machines ADD COLUMN net_address TEXT;
      ALTER TABLE machines ADD COLUMN net_user TEXT;
      ALTER TABLE machines ADD COLUMN net_key BLOB;
    `,
  },
  {
    name: '0006-shop',
    sql: `
      -- How an owner runs a machine: settings, counters, what was seen to, who else may use it. JSON.
      CREATE TABLE shop (machine TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
      CREATE TABLE spools (id TEXT PRIMARY KEY, owner TEXT NOT NULL, spool TEXT NOT NULL) STRICT;
    `,
  },
  {
    name: '0007-job-places',
    sql: `
      -- How far each attempt has come, noted every second: what is known after a loss of power.
      CREATE TABLE job_places (
        job TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        line INTEGER NOT NULL,
        layer INTEGER NOT NULL,
        layers_total INTEGER NOT NULL,
        height_mm REAL NOT NULL,
        PRIMARY KEY (job, attempt)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: '0008-sealed-values',
    sql: `
      -- What this console's people sealed in agreements and have to open later, sealed by the vault.
      CREATE TABLE sealed_values (
        agreement TEXT NOT NULL,
        actor TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (agreement, actor)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: '0009-cameras',
    sql: `
      -- How each machine is watched: settings as JSON, the password sealed by the vault.
      CREATE TABLE cameras (machine TEXT PRIMARY KEY, settings TEXT NOT NULL, password BLOB) STRICT;

      -- The film of each attempt: one picture a layer, by its place in the content store.
      CREATE TABLE timelapse_frames (
        job TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        position INTEGER NOT NULL,
        layer INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        content_id TEXT NOT NULL,
        hash BLOB NOT NULL,
        size_bytes INTEGER NOT NULL,
        PRIMARY KEY (job, attempt, position)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: '0010-own-files',
    sql: `
      -- Files that owners make on their own machines, without an order; encrypted in the content store.
      CREATE TABLE own_files (
        id TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        name TEXT NOT NULL,
        content_id TEXT NOT NULL,
        gcode_hash TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        figures TEXT NOT NULL,
        added_ms INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    name: '0011-names',
    sql: `
      -- Names that this console's people are registering: what the commitment was made of, until the name is theirs.
      CREATE TABLE name_registrations (
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        salt BLOB NOT NULL,
        years INTEGER NOT NULL,
        PRIMARY KEY (account, name)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: '0012-products',
    sql: `
      -- What slicing came to, by everything that it follows from: once for all machines of a kind.
      CREATE TABLE slices (
        key TEXT PRIMARY KEY,
        stats BLOB NOT NULL,
        gcode_content_id TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      -- Quotes of whole products: what was planned, and by which rule failures are replaced.
      CREATE TABLE product_quotes (
        id TEXT PRIMARY KEY,
        record BLOB NOT NULL,
        created_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: '0013-printer-certificates',
    sql: `
      -- Printers that sign their own certificate: the one that they showed when they were first reached.
      ALTER TABLE machines ADD COLUMN net_pin TEXT;
    `,
  },
  {
    name: '0014-service',
    sql: `
      -- What this console's people signed for messages that their provider brought, until its station has it.
      CREATE TABLE service_receipts (
        account TEXT NOT NULL,
        day INTEGER NOT NULL,
        sender TEXT NOT NULL,
        provider TEXT NOT NULL,
        message TEXT NOT NULL,
        signature TEXT NOT NULL,
        kept INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (account, day, sender)
      ) STRICT, WITHOUT ROWID;
      -- What providers claimed, opened and were paid, as blocks told it.
      CREATE TABLE provider_days (
        provider TEXT NOT NULL,
        day INTEGER NOT NULL,
        weight TEXT NOT NULL,
        state TEXT NOT NULL,
        reward_micro TEXT,
        PRIMARY KEY (provider, day)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: '0015-releases',
    sql: `
      -- Print files that this console releases to printers elsewhere, one row an attempt; the keys are sealed by the vault.
      CREATE TABLE releases (
        licence TEXT NOT NULL,
        copy INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        order_id TEXT NOT NULL,
        stream_id TEXT NOT NULL UNIQUE,
        sealed BLOB NOT NULL,
        chunks INTEGER NOT NULL,
        released INTEGER NOT NULL,
        printed INTEGER NOT NULL,
        opened_ms INTEGER NOT NULL,
        last_ms INTEGER NOT NULL,
        PRIMARY KEY (licence, copy, attempt)
      ) STRICT, WITHOUT ROWID;
      -- What the machine signed each time that it asked: chunk, chunks printed, head of its record.
      CREATE TABLE release_words (
        stream_id TEXT NOT NULL,
        position INTEGER NOT NULL,
        printed INTEGER NOT NULL,
        head BLOB NOT NULL,
        signature BLOB NOT NULL,
        at_ms INTEGER NOT NULL,
        PRIMARY KEY (stream_id, position)
      ) STRICT, WITHOUT ROWID;
      -- Licences under which a designer releases nothing more.
      CREATE TABLE release_stops (
        licence TEXT PRIMARY KEY,
        stopped_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: '0016-machine-commands',
    sql: `
      -- What was asked of machines by message and counted; a question of one sender counts once.
      CREATE TABLE machine_commands (
        machine TEXT NOT NULL,
        sender TEXT NOT NULL,
        nonce TEXT NOT NULL,
        act TEXT NOT NULL,
        job TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        expires_ms INTEGER NOT NULL,
        -- Empty where it was done; else the code of the refusal.
        outcome TEXT NOT NULL,
        PRIMARY KEY (machine, sender, nonce)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    // Fees of transactions are in DPN, those of names were told from them by nothing but their token.
    name: '0017-name-fees',
    sql: "UPDATE wallet_entries SET kind = 'name' WHERE kind = 'fee' AND token = 'DIMT';",
  },
];
