// What the messenger's file knows of messages that refer to others. An amendment is a message of its own, with its proof and
// its deliveries; how the message that it amends stands afterwards is written beside that one, to be read without it.

import type { Amendment, Origin } from '../../dimp/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Seal } from './chat-seal.ts';

/** How a message stands after what came to it. */
export type StandingView = {
  /** What it said at first. */
  readonly first: string;
  readonly editedMs?: number;
  readonly isDeleted?: boolean;
  readonly reactions: readonly { readonly by: string; readonly text: string }[];
};
export type MessageMarks = {
  /** Its name, by which others refer to it. */
  readonly ref?: string;
  /** What it replies to. */
  readonly origin?: Origin;
  readonly view?: StandingView;
};
export type StoredAmendment = {
  readonly id: number;
  readonly chat: string;
  readonly amendment: Amendment;
};
type MarkRow = {
  readonly ref: string | null;
  readonly origin: Uint8Array | null;
  readonly view: Uint8Array | null;
};

export function readMarks({ ref, origin, view }: MarkRow, open: Seal['open']): MessageMarks {
  const parse = <T>(sealed: Uint8Array | null): T | undefined => {
    const text = open(sealed);
    return text === '' ? undefined : (JSON.parse(text) as T);
  };
  const [to, stands] = [parse<Origin>(origin), parse<StandingView>(view)];
  return {
    ...(ref === null ? {} : { ref }),
    ...(to === undefined ? {} : { origin: to }),
    ...(stands === undefined ? {} : { view: stands }),
  };
}

export function amendmentCalls(database: Sqlite, { seal, open }: Seal) {
  const byRef = database.prepare<[string, string], { id: number }>(
    'SELECT id FROM messages WHERE owner = ? AND ref = ? AND target IS NULL ORDER BY id LIMIT 1',
  );
  const of = database.prepare<[string, string], { id: number; chat: string; text: Uint8Array }>(
    'SELECT id, chat, text FROM messages WHERE owner = ? AND target = ? ORDER BY id',
  );
  const lonely = database.prepare<[string, string, number], { count: number }>(
    `SELECT COUNT(*) AS count FROM (
       SELECT 1 FROM messages AS one WHERE owner = ? AND sender = ? AND target IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM messages WHERE owner = one.owner AND ref = one.target AND target IS NULL) LIMIT ?)`,
  );
  const stand = database.prepare<[Uint8Array, Uint8Array, number]>(
    'UPDATE messages SET text = ?, view = ? WHERE id = ?',
  );
  const forgetProof = database.prepare<[number]>('UPDATE messages SET proof = NULL WHERE id = ?');
  const rewrite = database.prepare<[Uint8Array, number]>(
    'UPDATE messages SET text = ?, proof = NULL WHERE id = ?',
  );
  const unsend = database.prepare<[number]>(
    "DELETE FROM deliveries WHERE message = ? AND state = 'unsealed'",
  );
  const dropFile = database.prepare<[number]>('DELETE FROM attachments WHERE message = ?');
  const drop = database.prepare<[number]>('DELETE FROM messages WHERE id = ?');
  return {
    /** The number of the message with this name. */
    numberOf: (owner: string, ref: string): number | undefined => byRef.get(owner, ref)?.id,
    /** All that were kept for it, whether they count or not. */
    amendments: (owner: string, target: string): StoredAmendment[] =>
      of.all(owner, target).flatMap(({ id, chat, text }) => {
        const plain = open(text);
        return plain === '' ? [] : [{ id, chat, amendment: JSON.parse(plain) as Amendment }];
      }),
    /** How many of somebody’s wait for a message that is not here; counted up to the limit. */
    countLonely: (owner: string, sender: string, limit: number): number =>
      lonely.get(owner, sender, limit)?.count ?? 0,
    putView: (id: number, text: string, view: StandingView): void =>
      void stand.run(seal(text), seal(JSON.stringify(view)), id),
    /** Takes the words and the file of a deleted message away, with what proves them. What was not sealed yet is not sent. */
    wipe(id: number): void {
      stand.run(seal(''), seal(JSON.stringify({ first: '', isDeleted: true, reactions: [] })), id);
      forgetProof.run(id);
      unsend.run(id);
      dropFile.run(id);
    },
    wipeAmendment: ({ id, amendment }: StoredAmendment): void =>
      void rewrite.run(seal(JSON.stringify({ ...amendment, text: '' })), id),
    dropAmendment: ({ id }: StoredAmendment): void => void drop.run(id),
  };
}
