// What forward secrecy keeps in the messenger's file: states of sessions, packages, messages that are not opened yet, and
// what is known of the people at the other end.

import type { Bytes } from '../../base/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Seal } from './chat-seal.ts';

/** The commands that made a `group` or called a `mediator`, and what sessions of MLS consist of, sealed: `outgoing` and `incoming` states, `package`s, the `chain`s of sequences. */
export type SecretKind = 'outgoing' | 'incoming' | 'package' | 'chain' | 'reset' | 'group' | 'mediator';
export type Secret = {
  readonly peer: string;
  readonly id: string;
  readonly body: string;
  readonly atMs: number;
};

export function secretCalls(database: Sqlite, { seal, open }: Seal) {
  type Row = { peer: string; id: string; body: Uint8Array; atMs: number };
  const columns = 'peer, id, body, at_ms AS atMs';
  const put = database.prepare<[string, SecretKind, string, string, Bytes, number]>(
    'INSERT OR REPLACE INTO secrets (owner, kind, peer, id, body, at_ms) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const of = database.prepare<[string, SecretKind, string], Row>(
    `SELECT ${columns} FROM secrets WHERE owner = ? AND kind = ? AND peer = ? ORDER BY at_ms DESC, id`,
  );
  const one = database.prepare<[string, SecretKind, string, string], Row>(
    `SELECT ${columns} FROM secrets WHERE owner = ? AND kind = ? AND peer = ? AND id = ?`,
  );
  const peers = database.prepare<[string, SecretKind], { peer: string }>(
    'SELECT DISTINCT peer FROM secrets WHERE owner = ? AND kind = ?',
  );
  const drop = database.prepare<[string, SecretKind, string, string]>(
    'DELETE FROM secrets WHERE owner = ? AND kind = ? AND peer = ? AND id = ?',
  );
  const addUnopened = database.prepare<[string, string, string]>(
    'INSERT INTO unopened (owner, sender, wire) VALUES (?, ?, ?)',
  );
  const unopened = database.prepare<[string], { id: number; sender: string; wire: string }>(
    'SELECT id, sender, wire FROM unopened WHERE owner = ? ORDER BY id',
  );
  const countUnopened = database.prepare<[string, string], { count: number }>(
    'SELECT COUNT(*) AS count FROM unopened WHERE owner = ? AND sender = ?',
  );
  const removeUnopened = database.prepare<[number]>('DELETE FROM unopened WHERE id = ?');
  const handle = database.prepare<[string, Bytes, number]>(
    'INSERT OR IGNORE INTO handled (owner, key, at_ms) VALUES (?, ?, ?)',
  );
  const handled = database.prepare<[string, Bytes], { key: Uint8Array }>(
    'SELECT key FROM handled WHERE owner = ? AND key = ?',
  );
  const forgetHandled = database.prepare<[number]>('DELETE FROM handled WHERE at_ms < ?');
  const toSecret = (row: Row): Secret => ({ ...row, body: open(row.body) });
  return {
    putSecret: (owner: string, kind: SecretKind, secret: Secret): void =>
      void put.run(owner, kind, secret.peer, secret.id, seal(secret.body), Math.trunc(secret.atMs)),
    /** The newest first. */
    secrets: (owner: string, kind: SecretKind, peer: string): Secret[] =>
      of.all(owner, kind, peer).map(toSecret),
    secret(owner: string, kind: SecretKind, peer: string, id: string): Secret | undefined {
      const row = one.get(owner, kind, peer, id);
      return row === undefined ? undefined : toSecret(row);
    },
    /** With whom there is any of a kind. */
    secretPeers: (owner: string, kind: SecretKind): string[] =>
      peers.all(owner, kind).map(({ peer }) => peer),
    dropSecret: (owner: string, kind: SecretKind, peer: string, id: string): void =>
      void drop.run(owner, kind, peer, id),
    /** Every session and package: after their file was brought back from a copy, their keys may be used already. */
    forgetSessions(): void {
      database.exec("DELETE FROM secrets WHERE kind NOT IN ('chain', 'group', 'mediator')");
    },
    addUnopened: (owner: string, sender: string, wire: string): void =>
      void addUnopened.run(owner, sender, wire),
    unopened: (owner: string) => unopened.all(owner),
    countUnopened: (owner: string, sender: string): number => countUnopened.get(owner, sender)?.count ?? 0,
    removeUnopened: (id: number): void => void removeUnopened.run(id),
    markHandled: (owner: string, key: Bytes, nowMs: number): void =>
      void handle.run(owner, key, Math.trunc(nowMs)),
    isHandled: (owner: string, key: Bytes): boolean => handled.get(owner, key) !== undefined,
    forgetHandled: (beforeMs: number): void => void forgetHandled.run(Math.trunc(beforeMs)),
  };
}

/** What this account has seen and decided of somebody. */
export type PeerState = {
  /** Their signed visa has offered MLS. */
  readonly spoke: boolean;
  /** Messages may go without it nevertheless. */
  readonly allowed: boolean;
  /** Fingerprints of their devices, as last seen. */
  readonly devices: string | undefined;
  /** They have changed since somebody looked. */
  readonly alert: boolean;
  /** The safety number was compared. */
  readonly verified: boolean;
};
const NO_PEER: PeerState = {
  spoke: false,
  allowed: false,
  devices: undefined,
  alert: false,
  verified: false,
};

export function peerCalls(database: Sqlite) {
  type Row = { spoke: number; allowed: number; devices: string | null; alert: number; verified: number };
  const get = database.prepare<[string, string], Row>(
    'SELECT spoke, allowed, devices, alert, verified FROM peers WHERE owner = ? AND peer = ?',
  );
  const put = database.prepare<[string, string, number, number, string | null, number, number]>(
    `INSERT OR REPLACE INTO peers (owner, peer, spoke, allowed, devices, alert, verified)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const peer = (owner: string, id: string): PeerState => {
    const row = get.get(owner, id);
    if (row === undefined) return NO_PEER;
    return {
      spoke: row.spoke === 1,
      allowed: row.allowed === 1,
      devices: row.devices ?? undefined,
      alert: row.alert === 1,
      verified: row.verified === 1,
    };
  };
  return {
    peer,
    changePeer(owner: string, id: string, change: Partial<PeerState>): void {
      const { spoke, allowed, devices, alert, verified } = { ...peer(owner, id), ...change };
      const [a, b, c, d] = [spoke, allowed, alert, verified].map(Number) as [number, number, number, number];
      put.run(owner, id, a, b, devices ?? null, c, d);
    },
  };
}
