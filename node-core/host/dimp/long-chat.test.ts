// A chat of a hundred thousand messages, with amendments among them: whichever part is asked for comes whole and in order.
// That it costs a part and not the chat is the statements' own affair: they name the index and do not run without it.

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqlite } from '../adapters/sqlite.ts';
import { systemRandom } from '../adapters/system.ts';
import { createVault } from '../adapters/vault.ts';
import { CHAT_MIGRATIONS } from './chat-migrations.ts';
import { createChatStore } from './chat-store.ts';
import { makeFolder, running, TEST_VAULT_SECRET } from './testing/consoles.ts';

const MESSAGES = 100_000;

it('is read in parts, from any place', () => {
  const database = openSqlite(join(makeFolder(), 'chat.db'), CHAT_MIGRATIONS);
  running.push({ close: async () => void database.close() });
  const store = createChatStore(database, createVault(TEST_VAULT_SECRET, systemRandom), systemRandom);
  store.addMessage('me', {
    chat: 'p:x',
    sender: 'x',
    atMs: 1,
    text: 'one of many',
    bound: true,
    key: new Uint8Array(16),
  });
  // Copies of one sealed text: sealing each is not what is looked at here.
  database.exec(
    `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ${MESSAGES})
     INSERT INTO messages (owner, chat, sender, at_ms, text, bound, key, target)
     SELECT owner, chat, sender, i, text, bound, randomblob(16), CASE WHEN i % 10 = 0 THEN 'amended' END
     FROM messages, n`,
  );
  const page = store.messages('me', 'p:x', 50_001, 100);
  expect([page.length, page[0]?.id, page.at(-1)?.id, page[0]?.text]).toEqual([
    100,
    49_999,
    49_889,
    'one of many',
  ]);
  const later = store.laterMessages('me', 'p:x', 50_000, 100);
  expect([later.length, later[0]?.id, later.at(-1)?.id]).toEqual([100, 50_001, 50_111]);
  expect(store.unread('me', 'p:x', 99_980)).toBe(18);
  expect(store.unread('me', 'p:x', 0)).toBe(90_000);
});
