// What a station's users signed for, day by day, and what became of each day's claim. In the station's own file, bounded:
// receipts are kept for two days, a claim's leaves until it is settled, and a line for each day.

import type { Bytes } from '../../base/index.ts';
import { bytesToHex, hexToBytes } from '../../base/index.ts';
import type { Migration, Sqlite } from '../adapters/sqlite.ts';

export const LEDGER_MIGRATION: Migration = {
  name: '0003-service',
  sql: `
    -- What users signed for: one receipt for each sender that a user had on a day.
    CREATE TABLE service_receipts (
      day INTEGER NOT NULL, user BLOB NOT NULL, sender BLOB NOT NULL,
      message BLOB NOT NULL, signature BLOB NOT NULL, PRIMARY KEY (day, user, sender)
    ) WITHOUT ROWID, STRICT;
    CREATE TABLE service_users (
      day INTEGER NOT NULL, user BLOB NOT NULL, public_key BLOB NOT NULL, name TEXT NOT NULL,
      PRIMARY KEY (day, user)
    ) WITHOUT ROWID, STRICT;
    -- A claim as it was made, for as long as it may have to be opened.
    CREATE TABLE service_leaves (
      day INTEGER NOT NULL, user BLOB NOT NULL, public_key BLOB NOT NULL, name TEXT NOT NULL,
      weight TEXT NOT NULL, receipts TEXT NOT NULL, PRIMARY KEY (day, user)
    ) WITHOUT ROWID, STRICT;
    CREATE TABLE service_days (
      day INTEGER NOT NULL PRIMARY KEY, state TEXT NOT NULL, users INTEGER NOT NULL, weight TEXT NOT NULL,
      root BLOB NOT NULL, reward_micro TEXT
    ) STRICT;`,
};

/** Receipts of one user and day: more senders than count, since some of them may count for nothing. */
const SENDERS_MAX = 16;
/** Users of one day. */
const USERS_MAX = 200_000;
const DAYS_KEPT = 400n;

export type KeptReceipt = { readonly sender: Bytes; readonly message: Bytes; readonly signature: Bytes };
export type ServedUser = {
  readonly user: Bytes;
  readonly publicKey: Bytes;
  /** Whose fee counts; empty for none. */
  readonly name: string;
  readonly receipts: readonly KeptReceipt[];
};
export type ServedLeaf = ServedUser & { readonly weight: bigint };
/** `prepared`: it may be on the chain or not. `missed`: it was not opened in time, which cost a part of the deposit. */
export type DayState = 'prepared' | 'claimed' | 'proven' | 'settled' | 'missed' | 'refused';
export type ServiceDay = {
  readonly day: bigint;
  readonly state: DayState;
  readonly users: number;
  readonly weight: bigint;
  readonly root: Bytes;
  /** Paid by the network; undefined before, and where the station did not see it. */
  readonly rewardMicro?: bigint;
};

export type ServiceLedger = ReturnType<typeof createServiceLedger>;

export function createServiceLedger(database: Sqlite) {
  return { ...receiptCalls(database), ...claimCalls(database) };
}

function receiptCalls(database: Sqlite) {
  type Place = [bigint, Bytes];
  const senders = database.prepare<Place, { count: number }>(
    'SELECT COUNT(*) AS count FROM service_receipts WHERE day = ? AND user = ?',
  );
  const users = database.prepare<[bigint], { count: number }>(
    'SELECT COUNT(*) AS count FROM service_users WHERE day = ?',
  );
  const isUser = database.prepare<Place, { found: number }>(
    'SELECT 1 AS found FROM service_users WHERE day = ? AND user = ?',
  );
  const putUser = database.prepare<[bigint, Bytes, Bytes, string]>(
    'INSERT OR REPLACE INTO service_users (day, user, public_key, name) VALUES (?, ?, ?, ?)',
  );
  const putReceipt = database.prepare<[bigint, Bytes, Bytes, Bytes, Bytes]>(
    'INSERT OR IGNORE INTO service_receipts (day, user, sender, message, signature) VALUES (?, ?, ?, ?, ?)',
  );
  type UserRow = { user: Uint8Array; publicKey: Uint8Array; name: string };
  const usersOf = database.prepare<[bigint, Bytes, number], UserRow>(
    `SELECT user, public_key AS publicKey, name FROM service_users
     WHERE day = ? AND user > ? ORDER BY user LIMIT ?`,
  );
  const receiptsOf = database.prepare<Place, { [K in keyof KeptReceipt]: Uint8Array }>(
    'SELECT sender, message, signature FROM service_receipts WHERE day = ? AND user = ? ORDER BY sender',
  );
  const forget = ['service_receipts', 'service_users'].map((table) =>
    database.prepare<[bigint]>(`DELETE FROM ${table} WHERE day < ?`),
  );
  return {
    /** What of it is beyond the limits is left out. To be called within a transaction. */
    keep(day: bigint, { user, publicKey, name, receipts }: ServedUser): void {
      const isNew = isUser.get(day, user) === undefined;
      if (isNew && (users.get(day)?.count ?? 0) >= USERS_MAX) return;
      putUser.run(day, user, publicKey, name);
      let count = senders.get(day, user)?.count ?? 0;
      for (const { sender, message, signature } of receipts) {
        if (count >= SENDERS_MAX) return;
        count += putReceipt.run(day, user, sender, message, signature).changes;
      }
    },
    /** Users of a day after one, by address, with what they signed. */
    served(day: bigint, after: Bytes, limit: number): readonly ServedUser[] {
      return usersOf.all(day, after, limit).map(({ user, publicKey, name }) => ({
        user: plain(user),
        publicKey: plain(publicKey),
        name,
        receipts: receiptsOf.all(day, user).map((row) => ({
          sender: plain(row.sender),
          message: plain(row.message),
          signature: plain(row.signature),
        })),
      }));
    },
    usersOn: (day: bigint): number => users.get(day)?.count ?? 0,
    /** Receipts of days before are worth nothing any more. */
    forgetReceipts(before: bigint): void {
      for (const statement of forget) statement.run(before);
    },
  };
}

function claimCalls(database: Sqlite) {
  type LeafRow = {
    user: Uint8Array;
    publicKey: Uint8Array;
    name: string;
    weight: string;
    receipts: string;
  };
  type DayRow = {
    day: number;
    state: DayState;
    users: number;
    weight: string;
    root: Uint8Array;
    rewardMicro: string | null;
  };
  const dayColumns = 'day, state, users, weight, root, reward_micro AS rewardMicro';
  const putLeaf = database.prepare<[bigint, Bytes, Bytes, string, string, string]>(
    'INSERT INTO service_leaves (day, user, public_key, name, weight, receipts) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const leaves = database.prepare<[bigint], LeafRow>(
    'SELECT user, public_key AS publicKey, name, weight, receipts FROM service_leaves WHERE day = ?',
  );
  const dropLeaves = database.prepare<[bigint]>('DELETE FROM service_leaves WHERE day = ?');
  const putDay = database.prepare<[bigint, string, number, string, Bytes]>(
    `INSERT OR REPLACE INTO service_days (day, state, users, weight, root, reward_micro)
     VALUES (?, ?, ?, ?, ?, NULL)`,
  );
  const setState = database.prepare<[string, bigint]>('UPDATE service_days SET state = ? WHERE day = ?');
  const setReward = database.prepare<[string, bigint]>(
    'UPDATE service_days SET reward_micro = ? WHERE day = ?',
  );
  const days = database.prepare<[number], DayRow>(
    `SELECT ${dayColumns} FROM service_days ORDER BY day DESC LIMIT ?`,
  );
  const open = database.prepare<[], DayRow>(
    `SELECT ${dayColumns} FROM service_days WHERE state IN ('prepared', 'claimed', 'proven') ORDER BY day`,
  );
  const one = database.prepare<[bigint], DayRow>(`SELECT ${dayColumns} FROM service_days WHERE day = ?`);
  const forgetDays = database.prepare<[bigint]>('DELETE FROM service_days WHERE day < ?');
  const dayOf = ({ day, state, users, weight, root, rewardMicro }: DayRow): ServiceDay => ({
    day: BigInt(day),
    state,
    users,
    weight: BigInt(weight),
    root: plain(root),
    ...(rewardMicro === null ? {} : { rewardMicro: BigInt(rewardMicro) }),
  });
  return {
    /** A claim that is about to be made; one of the same day that never reached the chain is replaced. */
    prepare: database.transaction(
      (day: bigint, root: Bytes, weight: bigint, served: readonly ServedLeaf[]): void => {
        dropLeaves.run(day);
        for (const leaf of served)
          putLeaf.run(day, leaf.user, leaf.publicKey, leaf.name, leaf.weight.toString(), textOf(leaf));
        putDay.run(day, 'prepared', served.length, weight.toString(), root);
        forgetDays.run(day - DAYS_KEPT);
      },
    ),
    leaves: (day: bigint): readonly ServedLeaf[] =>
      leaves.all(day).map(({ user, publicKey, name, weight, receipts }) => ({
        user: plain(user),
        publicKey: plain(publicKey),
        name,
        weight: BigInt(weight),
        receipts: receiptsOf(receipts),
      })),
    /** Where a day is over, what opened its claim is not needed any more. */
    setState: database.transaction((day: bigint, state: DayState): void => {
      setState.run(state, day);
      if (state === 'settled' || state === 'missed' || state === 'refused') dropLeaves.run(day);
    }),
    setReward: (day: bigint, rewardMicro: bigint): void => void setReward.run(rewardMicro.toString(), day),
    day: (day: bigint): ServiceDay | undefined => {
      const row = one.get(day);
      return row === undefined ? undefined : dayOf(row);
    },
    /** The newest first. */
    days: (limit: number): readonly ServiceDay[] => days.all(limit).map(dayOf),
    /** Those whose claim is on its way, the oldest first. */
    openDays: (): readonly ServiceDay[] => open.all().map(dayOf),
  };
}

/** SQLite's buffers are views of a pool; what leaves here is bytes of its own kind. */
const plain = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);

const textOf = ({ receipts }: ServedUser): string =>
  JSON.stringify(
    receipts.map(({ sender, message, signature }) => [sender, message, signature].map(bytesToHex)),
  );

function receiptsOf(text: string): readonly KeptReceipt[] {
  const rows = JSON.parse(text) as [string, string, string][];
  return rows.map(([sender, message, signature]) => ({
    sender: hexToBytes(sender),
    message: hexToBytes(message),
    signature: hexToBytes(signature),
  }));
}
