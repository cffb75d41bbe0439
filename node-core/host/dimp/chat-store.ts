// The messenger's file: contacts, history, what waits to be sent. Texts and names are sealed under the vault; who wrote
// when to whom is not. Each act is one transaction, on disk when it returns.

import type { Bytes, Random } from '../../base/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Vault } from '../adapters/vault.ts';
import type { MessageMarks } from './amendment-store.ts';
import { amendmentCalls, readMarks } from './amendment-store.ts';
import { attachmentCalls } from './attachment-store.ts';
import { callCalls } from './call-store.ts';
import type { Seal } from './chat-seal.ts';
import { createSeal } from './chat-seal.ts';
import { historyCalls } from './history-store.ts';
import { peerCalls, secretCalls } from './secret-store.ts';

/** Messages of people whose identity is not known yet, for one account. */
export const STRANGERS_MAX = 1000;
/** The message of a delivery that is sealed like one and belongs to none of the history: what is said about calls. */
export const NO_MESSAGE = 0;
/** What goes to other devices of the account belongs to no message either, and waits for them over restarts. */
export const FOR_OWN_DEVICES = -1;
/** So does who is in a group; to members whose programs have forward secrecy it goes under the keys of messages. */
export const GROUP_COMMAND = -2;
/** Messages that a search opens before others have their turn: some ten milliseconds. */
const SEARCHED_AT_ONCE = 1000;
export type SearchPart = { readonly hits: readonly StoredMessage[]; readonly next: number | undefined };

export type StoredMessage = MessageMarks & {
  readonly id: number;
  readonly chat: string;
  readonly sender: string;
  readonly atMs: number;
  readonly text: string;
  readonly bound: boolean;
  /** Undefined until it is sealed. */
  readonly secrecy?: Secrecy;
  /** When it disappears. */
  readonly goneMs?: number;
};
/**
 * `forward`: its keys are gone. `static`: whoever gets the receiver's key reads it. `downgraded`: static, though the
 * sender's program has said that it can do better.
 */
export type Secrecy = 'forward' | 'static' | 'downgraded';
export type NewMessage = Omit<StoredMessage, 'id'> & {
  readonly key: Bytes;
  /** The same for every time that it is sent. */
  readonly inner?: Bytes;
  /** What shows a third party that it is genuine. */
  readonly proof?: string;
  /** The message that this one amends: it is kept, and not shown by itself. */
  readonly target?: string;
};
export type Delivery = {
  readonly number: number;
  readonly message: number | undefined;
  readonly receiver: string;
  readonly content: string;
};
export type SealedDelivery = {
  readonly number: number;
  readonly wire: string;
  readonly signature: string;
  /** The session of MLS that it was sealed in; its content is kept until it is received. */
  readonly session?: { readonly id: string; readonly epoch: number };
};
export type ChatState = {
  readonly chat: string;
  readonly name: string;
  readonly draft: string;
  readonly read: number;
  readonly blocked: boolean;
  /** Nobody is told of what comes here. */
  readonly muted: boolean;
  /** How long messages stay, in seconds; 0 for ever. */
  readonly timerS: number;
};

type MessageRow = {
  id: number;
  chat: string;
  sender: string;
  atMs: number;
  text: Uint8Array;
  bound: number;
  secrecy: string | null;
  goneMs: number | null;
  ref: string | null;
  origin: Uint8Array | null;
  view: Uint8Array | null;
};
type InsertRow = {
  id: number | null;
  owner: string;
  chat: string;
  sender: string;
  key: Bytes;
  atMs: number;
  text: Bytes;
  bound: number;
  secrecy: string | null;
  proof: Bytes | null;
  inner: Bytes | null;
  goneMs: number | null;
  ref: string | null;
  target: string | null;
  origin: Bytes | null;
};
type ChatRow = {
  chat: string;
  name: Uint8Array | null;
  draft: Uint8Array | null;
  read: number;
  blocked: number;
  muted: number;
  timerS: number;
};
const MESSAGE_COLUMNS =
  'id, chat, sender, at_ms AS atMs, text, bound, secrecy, gone_ms AS goneMs, ref, origin, view';

export type ChatStore = ReturnType<typeof createChatStore>;

export function createChatStore(database: Sqlite, vault: Vault, random: Random) {
  const seal = createSeal(vault, random);
  return {
    transact: <T>(work: () => T): T => database.transaction(work)(),
    ...keyCalls(database, seal),
    ...chatCalls(database, seal),
    ...messageCalls(database, seal),
    ...historyCalls(database, seal),
    ...amendmentCalls(database, seal),
    ...proofCalls(database, seal),
    ...deliveryCalls(database, seal),
    ...resendCalls(database),
    ...strangerCalls(database),
    ...secretCalls(database, seal),
    ...peerCalls(database),
    ...callCalls(database, seal),
    ...attachmentCalls(database, seal),
  };
}

function keyCalls(database: Sqlite, { seal, open }: Seal) {
  const get = database.prepare<[string], { keys: Uint8Array }>('SELECT keys FROM accounts WHERE address = ?');
  const put = database.prepare<[string, Bytes]>(
    'INSERT OR REPLACE INTO accounts (address, keys) VALUES (?, ?)',
  );
  const choice = database.prepare<[string], { value: string }>('SELECT value FROM choices WHERE name = ?');
  const choose = database.prepare<[string, string]>(
    'INSERT OR REPLACE INTO choices (name, value) VALUES (?, ?)',
  );
  const unchoose = database.prepare<[string]>('DELETE FROM choices WHERE name = ?');
  return {
    keys: (address: string): string => open(get.get(address)?.keys ?? null),
    putKeys: (address: string, keys: string): void => void put.run(address, seal(keys)),
    choice: (name: string): string | undefined => choice.get(name)?.value,
    putChoice: (name: string, value: string | undefined): void =>
      void (value === undefined ? unchoose.run(name) : choose.run(name, value)),
  };
}

function chatCalls(database: Sqlite, { seal, open }: Seal) {
  const columns = 'chat, name, draft, read, blocked, muted, timer_s AS timerS';
  const all = database.prepare<[string], ChatRow>(`SELECT ${columns} FROM chats WHERE owner = ?`);
  const one = database.prepare<[string, string], ChatRow>(
    `SELECT ${columns} FROM chats WHERE owner = ? AND chat = ?`,
  );
  const add = database.prepare<[string, string]>('INSERT OR IGNORE INTO chats (owner, chat) VALUES (?, ?)');
  const set = (column: 'name' | 'draft' | 'read' | 'blocked' | 'muted' | 'timer_s') =>
    database.prepare<[Bytes | number, string, string]>(
      `UPDATE chats SET ${column} = ? WHERE owner = ? AND chat = ?`,
    );
  const [setName, setDraft, setRead, setBlocked] = [set('name'), set('draft'), set('read'), set('blocked')];
  const [setMuted, setTimer] = [set('muted'), set('timer_s')];
  const toState = (row: ChatRow): ChatState => ({
    chat: row.chat,
    name: open(row.name),
    draft: open(row.draft),
    read: row.read,
    blocked: row.blocked === 1,
    muted: row.muted === 1,
    timerS: row.timerS,
  });
  return {
    chats: (owner: string): ChatState[] => all.all(owner).map(toState),
    chat(owner: string, chat: string): ChatState | undefined {
      const row = one.get(owner, chat);
      return row === undefined ? undefined : toState(row);
    },
    addChat: (owner: string, chat: string): void => void add.run(owner, chat),
    nameChat: (owner: string, chat: string, name: string): void => void setName.run(seal(name), owner, chat),
    saveDraft: (owner: string, chat: string, text: string): void =>
      void setDraft.run(seal(text), owner, chat),
    markRead: (owner: string, chat: string, through: number): void => void setRead.run(through, owner, chat),
    block: (owner: string, chat: string, blocked: boolean): void =>
      void setBlocked.run(blocked ? 1 : 0, owner, chat),
    mute: (owner: string, chat: string, muted: boolean): void =>
      void setMuted.run(muted ? 1 : 0, owner, chat),
    setTimer: (owner: string, chat: string, timerS: number): void => void setTimer.run(timerS, owner, chat),
  };
}

const toMessage =
  ({ open }: Seal) =>
  (row: MessageRow): StoredMessage => ({
    id: row.id,
    chat: row.chat,
    sender: row.sender,
    atMs: row.atMs,
    text: open(row.text),
    bound: row.bound === 1,
    ...(row.secrecy === null ? {} : { secrecy: row.secrecy as Secrecy }),
    ...(row.goneMs === null ? {} : { goneMs: row.goneMs }),
    ...readMarks(row, open),
  });

function messageCalls(database: Sqlite, { seal, open }: Seal) {
  const insert = database.prepare<[InsertRow]>(
    `INSERT OR IGNORE INTO messages
       (id, owner, chat, sender, at_ms, text, bound, key, secrecy, proof, inner, gone_ms, ref, target, origin)
     VALUES (@id, @owner, @chat, @sender, @atMs, @text, @bound, @key, @secrecy, @proof, @inner, @goneMs, @ref, @target, @origin)`,
  );
  const has = database.prepare<[string, Bytes], { id: number }>(
    'SELECT id FROM messages WHERE owner = ? AND key = ?',
  );
  const page = database.prepare<[string, string, number, number], MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM messages INDEXED BY messages_shown
     WHERE owner = ? AND chat = ? AND id < ? AND target IS NULL ORDER BY id DESC LIMIT ?`,
  );
  const later = database.prepare<[string, string, number, number], MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM messages INDEXED BY messages_shown
     WHERE owner = ? AND chat = ? AND id > ? AND target IS NULL ORDER BY id LIMIT ?`,
  );
  const older = database.prepare<[string, number, number], MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM messages
     WHERE owner = ? AND id < ? AND target IS NULL ORDER BY id DESC LIMIT ?`,
  );
  const one = database.prepare<[string, number], MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE owner = ? AND id = ? AND target IS NULL`,
  );
  const unread = database.prepare<[string, string, number, string], { count: number }>(
    `SELECT COUNT(*) AS count FROM messages INDEXED BY messages_shown
     WHERE owner = ? AND chat = ? AND id > ? AND sender <> ? AND target IS NULL`,
  );
  const read = toMessage({ seal, open });
  return {
    /** The new message's number, the next one unless it is given; undefined where it is there already. */
    addMessage(owner: string, message: NewMessage, id?: number): number | undefined {
      const { chat, sender, key, atMs, goneMs, origin } = message;
      const { changes, lastInsertRowid } = insert.run({
        id: id ?? null,
        owner,
        chat,
        sender,
        key,
        atMs: Math.trunc(atMs),
        text: seal(message.text),
        bound: message.bound ? 1 : 0,
        secrecy: message.secrecy ?? null,
        proof: message.proof === undefined ? null : seal(message.proof),
        inner: message.inner ?? null,
        goneMs: goneMs === undefined ? null : Math.trunc(goneMs),
        ref: message.ref ?? null,
        target: message.target ?? null,
        origin: origin === undefined ? null : seal(JSON.stringify(origin)),
      });
      return changes === 0 ? undefined : Number(lastInsertRowid);
    },
    message(owner: string, id: number): StoredMessage | undefined {
      const row = one.get(owner, id);
      return row === undefined ? undefined : read(row);
    },
    hasMessage: (owner: string, key: Bytes): boolean => has.get(owner, key) !== undefined,
    /** Before the number, newest first. */
    messages: (owner: string, chat: string, before: number, limit: number): StoredMessage[] =>
      page.all(owner, chat, before, limit).map(read),
    /** After the number, oldest first. */
    laterMessages: (owner: string, chat: string, after: number, limit: number): StoredMessage[] =>
      later.all(owner, chat, after, limit).map(read),
    unread: (owner: string, chat: string, read: number): number =>
      unread.get(owner, chat, read, owner)?.count ?? 0,
    /** Of the messages before a number, some, the newest first: those that contain all words, and where to go on. */
    searchPart(owner: string, words: readonly string[], before: number): SearchPart {
      const rows = older.all(owner, before, SEARCHED_AT_ONCE);
      const hits = rows.map(read).filter(({ text }) => {
        const lower = text.toLocaleLowerCase();
        return words.every((word) => lower.includes(word));
      });
      return { hits, next: rows.length < SEARCHED_AT_ONCE ? undefined : rows.at(-1)?.id };
    },
  };
}

/** How messages were sealed, what proves them, and when they go. */
function proofCalls(database: Sqlite, { seal, open }: Seal) {
  const mark = database.prepare<[Secrecy, Bytes, number]>(
    `UPDATE messages SET secrecy = CASE WHEN secrecy = 'static' THEN 'static' ELSE ? END,
     proof = COALESCE(proof, ?) WHERE id = ?`,
  );
  const chatOf = database.prepare<[string, number], { chat: string }>(
    'SELECT chat FROM messages WHERE owner = ? AND id = ?',
  );
  const proofOf = database.prepare<[string, number], { proof: Uint8Array | null }>(
    'SELECT proof FROM messages WHERE owner = ? AND id = ?',
  );
  const span = database.prepare<[string, string, number, number, number], MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE owner = ? AND chat = ? AND id BETWEEN ? AND ? ORDER BY id LIMIT ?`,
  );
  // With what amends them: the new words of an edit are words of the message.
  const gone = database.prepare<[number, number], { id: number }>(
    `SELECT id FROM messages WHERE gone_ms <= ? UNION
     SELECT one.id FROM messages AS told JOIN messages AS one ON one.owner = told.owner AND one.target = told.ref
     WHERE told.gone_ms <= ?`,
  );
  const forget = database.prepare<[number]>('DELETE FROM messages WHERE id = ?');
  const forgetDeliveries = database.prepare<[number]>('DELETE FROM deliveries WHERE message = ?');
  return {
    chatOf: (owner: string, id: number): string | undefined => chatOf.get(owner, id)?.chat,
    /** How a message of this account was sealed: the worst of its copies; the first of them proves it. */
    markSealed: (id: number, secrecy: Secrecy, proof: string): void =>
      void mark.run(secrecy, seal(proof), id),
    proof: (owner: string, id: number): string => open(proofOf.get(owner, id)?.proof ?? null),
    /** The oldest first, from one to another of a chat. */
    span: (owner: string, chat: string, from: number, to: number, limit: number): StoredMessage[] =>
      span.all(owner, chat, from, to, limit).map(toMessage({ seal, open })),
    /** Takes away what was to disappear, with everything that shows it; true where there was something. */
    forgetGone(nowMs: number): boolean {
      const ids = gone.all(nowMs, nowMs);
      for (const { id } of ids) {
        forgetDeliveries.run(id);
        forget.run(id);
      }
      return ids.length > 0;
    },
  };
}

function deliveryCalls(database: Sqlite, { seal, open }: Seal) {
  // Receipts that were sent are of no further use. Not while the file is in use: numbers must not go back.
  database.exec("DELETE FROM deliveries WHERE message IS NULL AND state NOT IN ('unsealed', 'sealed')");
  // Calls end with the process.
  database.exec(`DELETE FROM deliveries WHERE message = ${NO_MESSAGE} AND state <> 'sealed'`);
  database.exec(
    `DELETE FROM deliveries WHERE message IN (${FOR_OWN_DEVICES}, ${GROUP_COMMAND})
     AND (state IN ('received', 'refused') OR (state = 'sent' AND session IS NULL))`,
  );
  type Row = { number: number; message: number | null; receiver: string; content: Uint8Array };
  const insert = database.prepare<[string, number | null, string, Bytes]>(
    `INSERT INTO deliveries (owner, message, receiver, content, state) VALUES (?, ?, ?, ?, 'unsealed')`,
  );
  const dropUnsealed = database.prepare<[string, string]>(
    "DELETE FROM deliveries WHERE owner = ? AND receiver = ? AND state = 'unsealed'",
  );
  const unsealed = database.prepare<[string, string], Row>(
    `SELECT number, message, receiver, content FROM deliveries
     WHERE owner = ? AND receiver = ? AND state = 'unsealed' ORDER BY number`,
  );
  const receivers = database.prepare<[string], { receiver: string }>(
    `SELECT DISTINCT receiver FROM deliveries WHERE owner = ? AND state = 'unsealed'`,
  );
  // Numbered anew, because messages leave in the order in which they were sealed.
  const sealRow = database.prepare<[string, string, string | null, number | null, number | null, number]>(
    `UPDATE deliveries SET wire = ?, signature = ?, session = ?, epoch = ?, state = 'sealed',
     content = CASE WHEN ? THEN content ELSE NULL END,
     number = (SELECT MAX(number) + 1 FROM deliveries) WHERE number = ?`,
  );
  const again = database.prepare<[string, string, string]>(
    `UPDATE deliveries SET state = 'unsealed', wire = NULL, signature = NULL, session = NULL, epoch = NULL
     WHERE owner = ? AND receiver = ? AND session = ? AND state IN ('sealed', 'sent') AND content IS NOT NULL`,
  );
  const confirmed = database.prepare<[string, string, string], { session: string; epoch: number }>(
    `SELECT session, epoch FROM deliveries
     WHERE owner = ? AND signature = ? AND receiver = ? AND session IS NOT NULL`,
  );
  const page = database.prepare<
    [string, number, number],
    { number: number; text: string; signature: string }
  >(
    `SELECT number, wire AS text, signature FROM deliveries
     WHERE owner = ? AND number > ? AND state = 'sealed' ORDER BY number LIMIT ?`,
  );
  const sent = database.prepare<[number]>(
    // A message may be asked for a price, and goes again as it is with what pays it.
    `UPDATE deliveries SET state = 'sent', wire = CASE WHEN message > ${NO_MESSAGE} THEN wire END
     WHERE number = ? AND state = 'sealed'`,
  );
  const received = database.prepare<[string, string, string]>(
    `UPDATE deliveries SET state = 'received', wire = NULL, content = NULL WHERE owner = ? AND signature = ? AND receiver = ?`,
  );
  const refused = database.prepare<[Bytes, string, string]>(
    `UPDATE deliveries SET state = 'refused', wire = NULL, reason = ? WHERE owner = ? AND signature = ?`,
  );
  const states = database.prepare<[number], { state: string; receiver: string; reason: Uint8Array | null }>(
    'SELECT state, receiver, reason FROM deliveries WHERE message = ?',
  );
  return {
    addDelivery: (owner: string, message: number | undefined, receiver: string, content: string): void =>
      void insert.run(owner, message ?? null, receiver, seal(content)),
    unsealed: (owner: string, receiver: string): Delivery[] =>
      unsealed.all(owner, receiver).map(({ message, content, ...row }) => ({
        ...row,
        message: message ?? undefined,
        content: open(content),
      })),
    dropUnsealed: (owner: string, receiver: string): void => void dropUnsealed.run(owner, receiver),
    unsealedReceivers: (owner: string): string[] => receivers.all(owner).map(({ receiver }) => receiver),
    sealDelivery({ number, wire, signature, session }: SealedDelivery): void {
      const keeps = session === undefined ? 0 : 1;
      sealRow.run(wire, signature, session?.id ?? null, session?.epoch ?? null, keeps, number);
    },
    /** What was sealed in a session and not received is to be sealed anew. */
    unsealSession: (owner: string, receiver: string, session: string): boolean =>
      again.run(owner, receiver, session).changes > 0,
    /** The session and epoch of a delivery that a receipt names. */
    sealedIn: (owner: string, signature: string, receiver: string) =>
      confirmed.get(owner, signature, receiver),
    toSend: (owner: string, after: number, limit: number) => page.all(owner, after, limit),
    sent(numbers: readonly number[]): void {
      for (const number of numbers) sent.run(number);
    },
    /** True where there was something to mark. */
    received: (owner: string, signature: string, receiver: string): boolean =>
      received.run(owner, signature, receiver).changes > 0,
    refused: (owner: string, signature: string, reason: string): boolean =>
      refused.run(seal(reason), owner, signature).changes > 0,
    deliveryStates: (message: number): { state: string; receiver: string; reason: string }[] =>
      states.all(message).map(({ reason, ...row }) => ({ ...row, reason: open(reason) })),
  };
}

function resendCalls(database: Sqlite) {
  // A refusal may overtake the confirmation that its message was sent.
  const sentWire = database.prepare<[string, string], { number: number; wire: string }>(
    `SELECT number, wire FROM deliveries WHERE owner = ? AND signature = ?
     AND state IN ('sealed', 'sent') AND wire IS NOT NULL`,
  );
  const resend = database.prepare<[string, number]>(
    `UPDATE deliveries SET wire = ?, state = 'sealed', number = (SELECT MAX(number) + 1 FROM deliveries)
     WHERE number = ? AND state IN ('sealed', 'sent')`,
  );
  return {
    /** What was sent under this signature and is neither received nor refused. */
    sentWire: (owner: string, signature: string) => sentWire.get(owner, signature),
    /** Sends it again, with something added to its envelope; false where it has come by now. */
    resend: (number: number, wire: string): boolean => resend.run(wire, number).changes > 0,
  };
}

function strangerCalls(database: Sqlite) {
  const add = database.prepare<[string, string, string]>(
    'INSERT INTO strangers (owner, sender, wire) VALUES (?, ?, ?)',
  );
  const count = database.prepare<[string], { count: number }>(
    'SELECT COUNT(*) AS count FROM strangers WHERE owner = ?',
  );
  const of = database.prepare<[string, string], { id: number; wire: string }>(
    'SELECT id, wire FROM strangers WHERE owner = ? AND sender = ? ORDER BY id',
  );
  const senders = database.prepare<[string], { sender: string }>(
    'SELECT DISTINCT sender FROM strangers WHERE owner = ?',
  );
  const remove = database.prepare<[number]>('DELETE FROM strangers WHERE id = ?');
  return {
    /** Keeps a message until its sender is known; false where too many wait. */
    addStranger(owner: string, sender: string, wire: string): boolean {
      if ((count.get(owner)?.count ?? 0) >= STRANGERS_MAX) return false;
      add.run(owner, sender, wire);
      return true;
    },
    strangers: (owner: string, sender: string) => of.all(owner, sender),
    strangerSenders: (owner: string): string[] => senders.all(owner).map(({ sender }) => sender),
    removeStranger: (id: number): void => void remove.run(id),
  };
}
