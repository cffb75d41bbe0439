// The messenger's file read and written as a whole history: for files that take an account elsewhere.

import type { Sqlite } from '../adapters/sqlite.ts';
import type { MessageMarks } from './amendment-store.ts';
import { readMarks } from './amendment-store.ts';
import type { Seal } from './chat-seal.ts';

/** A message, or what amends one: its text is then the amendment. */
export type HistoryRow = MessageMarks & {
  readonly id: number;
  readonly chat: string;
  readonly sender: string;
  readonly atMs: number;
  readonly text: string;
  readonly bound: boolean;
  readonly secrecy: 'forward' | 'static' | 'downgraded' | undefined;
  readonly target: string | undefined;
};

/** Numbers of deliveries that belong to no message are above. */
const FIRST_ID = -1000;

export function historyCalls(database: Sqlite, { open }: Seal) {
  type Row = {
    id: number;
    chat: string;
    sender: string;
    atMs: number;
    text: Uint8Array;
    bound: number;
    secrecy: 'forward' | 'static' | 'downgraded' | null;
    target: string | null;
    ref: string | null;
    origin: Uint8Array | null;
    view: Uint8Array | null;
  };
  // What is to disappear does not leave; neither do lines of calls.
  const page = database.prepare<[string, number, number], Row>(
    `SELECT id, chat, sender, at_ms AS atMs, text, bound, secrecy, target, ref, origin, view FROM messages
     WHERE owner = ? AND id < ? AND gone_ms IS NULL AND id NOT IN (SELECT message FROM calls)
     ORDER BY id DESC LIMIT ?`,
  );
  const count = database.prepare<[string], { count: number }>(
    'SELECT COUNT(*) AS count FROM messages WHERE owner = ?',
  );
  const oldest = database.prepare<[string, string], { atMs: number }>(
    `SELECT at_ms AS atMs FROM messages INDEXED BY messages_shown
     WHERE owner = ? AND chat = ? AND target IS NULL ORDER BY id LIMIT 1`,
  );
  const first = database.prepare<[], { id: number | null }>('SELECT MIN(id) AS id FROM messages');
  return {
    countHistory: (owner: string): number => count.get(owner)?.count ?? 0,
    /** Of all chats, before the number, the newest first. */
    historyPage: (owner: string, before: number, limit: number): HistoryRow[] =>
      page.all(owner, before, limit).map(({ ref, origin, view, ...row }) => ({
        ...row,
        ...readMarks({ ref, origin, view }, open),
        text: open(row.text),
        bound: row.bound === 1,
        secrecy: row.secrecy ?? undefined,
        target: row.target ?? undefined,
      })),
    /** When the oldest message that a chat shows was sent; undefined where it shows none. */
    oldestMs: (owner: string, chat: string): number | undefined => oldest.get(owner, chat)?.atMs,
    /** The first of so many free numbers that come before all that are used. */
    numbersBefore: (wanted: number): number => Math.min(FIRST_ID, first.get()?.id ?? 0) - wanted,
  };
}
