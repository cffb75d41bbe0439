// The messenger's file: contacts, history, what waits to be sent. Texts and names are sealed under the vault; who wrote
// when to whom is not. Each act is one transaction, on disk when it returns.

import type { Bytes, Random } from '../../base/index.ts';
import { concatBytes, hkdf, parseUtf8, sha256, utf8ToBytes } from '../../base/index.ts';
import { AEAD_NONCE_BYTES } from '../../identity/index.ts';
import type { Migration, Sqlite } from '../adapters/sqlite.ts';
import { KV_MIGRATIONS } from '../adapters/sqlite.ts';
import { nativeAead } from '../adapters/system.ts';
import type { Vault } from '../adapters/vault.ts';

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
];

/** Messages of people whose identity is not known yet, for one account. */
export const STRANGERS_MAX = 1000;
/** Messages looked through by one search, the newest first. */
const SEARCHED_MAX = 20_000;
const HITS_MAX = 50;

export type StoredMessage = {
  readonly id: number;
  readonly chat: string;
  readonly sender: string;
  readonly atMs: number;
  readonly text: string;
  readonly bound: boolean;
};
export type NewMessage = Omit<StoredMessage, 'id'> & { readonly key: Bytes };
export type Delivery = {
  readonly number: number;
  readonly message: number | undefined;
  readonly receiver: string;
  readonly content: string;
};
export type ChatState = {
  readonly chat: string;
  readonly name: string;
  readonly draft: string;
  readonly read: number;
  readonly blocked: boolean;
};

type MessageRow = {
  id: number;
  chat: string;
  sender: string;
  atMs: number;
  text: Uint8Array;
  bound: number;
};
type ChatRow = {
  chat: string;
  name: Uint8Array | null;
  draft: Uint8Array | null;
  read: number;
  blocked: number;
};
const MESSAGE_COLUMNS = 'id, chat, sender, at_ms AS atMs, text, bound';

/** Seals with one key for the whole file: what is sealed is short, and there is much of it. */
function createSeal(vault: Vault, random: Random) {
  const key = hkdf(sha256, vault.secret, undefined, utf8ToBytes('dipnet/chat/v1'), 32);
  const none = new Uint8Array(0);
  return {
    seal(text: string): Bytes {
      const nonce = random.bytes(AEAD_NONCE_BYTES);
      return concatBytes(nonce, nativeAead.seal(key, nonce, utf8ToBytes(text), none));
    },
    /** What cannot be opened, under another vault, is empty. */
    open(sealed: Uint8Array | null): string {
      if (sealed === null || sealed.length < AEAD_NONCE_BYTES) return '';
      const bytes = new Uint8Array(sealed);
      const [nonce, rest] = [bytes.subarray(0, AEAD_NONCE_BYTES), bytes.subarray(AEAD_NONCE_BYTES)];
      const plain = nativeAead.open(key, nonce, rest, none);
      return plain === undefined ? '' : (parseUtf8(plain) ?? '');
    },
  };
}
type Seal = ReturnType<typeof createSeal>;

export type ChatStore = ReturnType<typeof createChatStore>;

export function createChatStore(database: Sqlite, vault: Vault, random: Random) {
  const seal = createSeal(vault, random);
  return {
    transact: <T>(work: () => T): T => database.transaction(work)(),
    ...keyCalls(database, seal),
    ...chatCalls(database, seal),
    ...messageCalls(database, seal),
    ...deliveryCalls(database, seal),
    ...strangerCalls(database),
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
  const columns = 'chat, name, draft, read, blocked';
  const all = database.prepare<[string], ChatRow>(`SELECT ${columns} FROM chats WHERE owner = ?`);
  const one = database.prepare<[string, string], ChatRow>(
    `SELECT ${columns} FROM chats WHERE owner = ? AND chat = ?`,
  );
  const add = database.prepare<[string, string]>('INSERT OR IGNORE INTO chats (owner, chat) VALUES (?, ?)');
  const set = (column: 'name' | 'draft' | 'read' | 'blocked') =>
    database.prepare<[Bytes | number, string, string]>(
      `UPDATE chats SET ${column} = ? WHERE owner = ? AND chat = ?`,
    );
  const [setName, setDraft, setRead, setBlocked] = [set('name'), set('draft'), set('read'), set('blocked')];
  const toState = (row: ChatRow): ChatState => ({
    chat: row.chat,
    name: open(row.name),
    draft: open(row.draft),
    read: row.read,
    blocked: row.blocked === 1,
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
  };
}

function messageCalls(database: Sqlite, { seal, open }: Seal) {
  const insert = database.prepare<[string, string, string, number, Bytes, number, Bytes]>(
    `INSERT OR IGNORE INTO messages (owner, chat, sender, at_ms, text, bound, key) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const has = database.prepare<[string, Bytes], { id: number }>(
    'SELECT id FROM messages WHERE owner = ? AND key = ?',
  );
  const page = database.prepare<[string, string, number, number], MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE owner = ? AND chat = ? AND id < ? ORDER BY id DESC LIMIT ?`,
  );
  const newest = database.prepare<[string, number], MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE owner = ? ORDER BY id DESC LIMIT ?`,
  );
  const unread = database.prepare<[string, string, number, string], { count: number }>(
    'SELECT COUNT(*) AS count FROM messages WHERE owner = ? AND chat = ? AND id > ? AND sender <> ?',
  );
  const toMessage = (row: MessageRow): StoredMessage => ({
    id: row.id,
    chat: row.chat,
    sender: row.sender,
    atMs: row.atMs,
    text: open(row.text),
    bound: row.bound === 1,
  });
  return {
    /** The new message's number; undefined where it is there already. */
    addMessage(owner: string, { chat, sender, atMs, text, bound, key }: NewMessage): number | undefined {
      const { changes, lastInsertRowid } = insert.run(
        owner,
        chat,
        sender,
        Math.trunc(atMs),
        seal(text),
        bound ? 1 : 0,
        key,
      );
      return changes === 0 ? undefined : Number(lastInsertRowid);
    },
    hasMessage: (owner: string, key: Bytes): boolean => has.get(owner, key) !== undefined,
    /** Before the number, newest first. */
    messages: (owner: string, chat: string, before: number, limit: number): StoredMessage[] =>
      page.all(owner, chat, before, limit).map(toMessage),
    unread: (owner: string, chat: string, read: number): number =>
      unread.get(owner, chat, read, owner)?.count ?? 0,
    /** The newest that contain all words, whatever their case. */
    search(owner: string, query: string): StoredMessage[] {
      const words = query
        .toLocaleLowerCase()
        .split(/\s+/)
        .filter((word) => word !== '');
      if (words.length === 0) return [];
      const hits: StoredMessage[] = [];
      for (const row of newest.iterate(owner, SEARCHED_MAX)) {
        const message = toMessage(row);
        const text = message.text.toLocaleLowerCase();
        if (words.every((word) => text.includes(word))) hits.push(message);
        if (hits.length === HITS_MAX) break;
      }
      return hits;
    },
  };
}

function deliveryCalls(database: Sqlite, { seal, open }: Seal) {
  // Receipts that were sent are of no further use. Not while the file is in use: numbers must not go back.
  database.exec("DELETE FROM deliveries WHERE message IS NULL AND state NOT IN ('unsealed', 'sealed')");
  type Row = { number: number; message: number | null; receiver: string; content: Uint8Array };
  const insert = database.prepare<[string, number | null, string, Bytes]>(
    `INSERT INTO deliveries (owner, message, receiver, content, state) VALUES (?, ?, ?, ?, 'unsealed')`,
  );
  const unsealed = database.prepare<[string, string], Row>(
    `SELECT number, message, receiver, content FROM deliveries
     WHERE owner = ? AND receiver = ? AND state = 'unsealed' ORDER BY number`,
  );
  const receivers = database.prepare<[string], { receiver: string }>(
    `SELECT DISTINCT receiver FROM deliveries WHERE owner = ? AND state = 'unsealed'`,
  );
  // Numbered anew, because messages leave in the order in which they were sealed.
  const sealRow = database.prepare<[string, string, number]>(
    `UPDATE deliveries SET wire = ?, signature = ?, content = NULL, state = 'sealed',
     number = (SELECT MAX(number) + 1 FROM deliveries) WHERE number = ?`,
  );
  const page = database.prepare<
    [string, number, number],
    { number: number; text: string; signature: string }
  >(
    `SELECT number, wire AS text, signature FROM deliveries
     WHERE owner = ? AND number > ? AND state = 'sealed' ORDER BY number LIMIT ?`,
  );
  const sent = database.prepare<[number]>(
    `UPDATE deliveries SET state = 'sent', wire = NULL WHERE number = ? AND state = 'sealed'`,
  );
  const received = database.prepare<[string, string, string]>(
    `UPDATE deliveries SET state = 'received', wire = NULL WHERE owner = ? AND signature = ? AND receiver = ?`,
  );
  const refused = database.prepare<[Bytes, string, string]>(
    `UPDATE deliveries SET state = 'refused', wire = NULL, reason = ? WHERE owner = ? AND signature = ?`,
  );
  const states = database.prepare<[number], { state: string; reason: Uint8Array | null }>(
    'SELECT state, reason FROM deliveries WHERE message = ?',
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
    unsealedReceivers: (owner: string): string[] => receivers.all(owner).map(({ receiver }) => receiver),
    sealDelivery: (number: number, wire: string, signature: string): void =>
      void sealRow.run(wire, signature, number),
    toSend: (owner: string, after: number, limit: number) => page.all(owner, after, limit),
    sent(numbers: readonly number[]): void {
      for (const number of numbers) sent.run(number);
    },
    /** True where there was something to mark. */
    received: (owner: string, signature: string, receiver: string): boolean =>
      received.run(owner, signature, receiver).changes > 0,
    refused: (owner: string, signature: string, reason: string): boolean =>
      refused.run(seal(reason), owner, signature).changes > 0,
    deliveryStates: (message: number): { state: string; reason: string }[] =>
      states.all(message).map(({ state, reason }) => ({ state, reason: open(reason) })),
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
