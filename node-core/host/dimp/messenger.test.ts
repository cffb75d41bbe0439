// The console's messenger with real sockets, files and keys: accounts of one console among each other, two consoles over
// one station, orders, refusals, and what lies on the disk.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { OrderCard } from '../../api/index.ts';
import { unwrap } from '../../base/index.ts';
import { createEccKey, createRsaKey, privateKeyToJson } from '../../dimp/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { systemRandom } from '../adapters/system.ts';
import { createVault } from '../adapters/vault.ts';
import { CHAT_MIGRATIONS } from './chat-migrations.ts';
import { createChatStore } from './chat-store.ts';
import {
  makeFolder,
  openConsole,
  running,
  stateOf,
  TEST_VAULT_SECRET,
  textsOf,
  until,
} from './testing/consoles.ts';

const order = (id: string, parties: readonly [string, string, string], title = 'Bracket'): OrderCard => {
  const [buyer, owner, designer] = parties.map((address) => ({ address, name: '' }));
  return { id, title, buyer, owner, designer } as OrderCard;
};
const ORDER = `0x${'ab'.repeat(20)}`;

it('lets the accounts of a console write to each other', async () => {
  const { messenger, bus, people } = await openConsole(makeFolder(), ['Ada', 'Bo', 'Cy']);
  const [ada = '', bo = ''] = people;
  const changes: unknown[] = [];
  bus.listen((event) => void changes.push(event));
  const cards = await messenger.chats(ada);
  expect(cards.map(({ title }) => title).sort()).toEqual(['Bo', 'Cy']);
  unwrap(await messenger.send(ada, `p:${bo}`, 'Hello <b>Bo</b>, 你好 https://example.org'));
  await until(async () => (await textsOf(messenger, bo, `p:${ada}`)).length === 1);
  expect(await textsOf(messenger, bo, `p:${ada}`)).toEqual(['Hello <b>Bo</b>, 你好 https://example.org']);
  const view = unwrap(await messenger.chat(bo, `p:${ada}`));
  expect(view.chat).toMatchObject({ unread: 1, title: 'Ada', last: { mine: false } });
  expect(view.messages[0]).toMatchObject({ mine: false, bound: true, from: { id: ada, name: 'Ada' } });
  await until(async () => (await stateOf(messenger, ada, `p:${bo}`)) === 'received');
  expect((await messenger.view(bo)).unread).toBe(1);
  await messenger.markRead(bo, `p:${ada}`, view.messages[0]?.id ?? 0);
  expect((await messenger.view(bo)).unread).toBe(0);
  expect(changes).toContainEqual({ type: 'changed', topic: 'messages', id: `p:${ada}` });
  expect(await messenger.send(ada, `p:${bo}`, '  ')).toMatchObject({ fault: { code: 'chat.empty' } });
  expect(await messenger.send(ada, 'p:nobody', 'x')).toMatchObject({ fault: { code: 'chat.unknown' } });
});

it('carries messages between two consoles, also to one that was away, once', async () => {
  const [first, second] = [makeFolder(), makeFolder()];
  const one = await openConsole(first, ['Ada']);
  let two = await openConsole(second, ['Bo']);
  const [ada = ''] = one.people;
  const [bo = ''] = two.people;
  const { host, port } = (await one.messenger.view(ada)).station;
  await two.messenger.useStation({ host, port });
  await until(async () => (await two.messenger.view(bo)).station.state === 'connected');
  const chat = unwrap(await two.messenger.addContact(bo, ada.toLowerCase(), 'Designer'));
  expect(chat).toBe(`p:${ada}`);
  unwrap(await two.messenger.send(bo, chat, 'first contact'));
  await until(async () => (await textsOf(one.messenger, ada, `p:${bo}`)).length === 1);
  expect(unwrap(await one.messenger.chat(ada, `p:${bo}`)).chat.title).toBe('Bo');
  expect(unwrap(await two.messenger.chat(bo, chat)).chat.title).toBe('Designer');
  await two.close();
  for (const text of ['a', 'b', 'c']) unwrap(await one.messenger.send(ada, `p:${bo}`, text));
  await until(async () => (await stateOf(one.messenger, ada, `p:${bo}`)) === 'sent');
  two = await openConsole(second, ['Bo']);
  await two.messenger.view(bo);
  await until(async () => (await textsOf(two.messenger, bo, chat)).length === 4);
  expect(await textsOf(two.messenger, bo, chat)).toEqual(['first contact', 'a', 'b', 'c']);
  expect(await two.messenger.addContact(bo, 'not an id', '')).toMatchObject({ fault: { code: 'chat.id' } });
  expect(await two.messenger.addContact(bo, bo, '')).toMatchObject({ fault: { code: 'chat.self' } });
});

it('has a chat for each order, for its parties alone', async () => {
  let orders: readonly OrderCard[] = [];
  const { messenger, people } = await openConsole(makeFolder(), ['Ada', 'Bo', 'Cy', 'Eve'], () => orders);
  const [ada = '', bo = '', cy = '', eve = ''] = people;
  await messenger.chats(ada);
  orders = [order(ORDER, [ada, bo, cy])];
  const card = (await messenger.chats(ada)).find(({ kind }) => kind === 'order');
  expect(card).toMatchObject({ id: `o:${ORDER}`, title: 'Bracket' });
  expect(card?.members.map(({ name }) => name)).toEqual(['Ada', 'Bo', 'Cy']);
  // Bo and Cy have not looked at their orders yet: the message finds them out.
  unwrap(await messenger.send(ada, `o:${ORDER}`, 'when will it be ready?'));
  for (const person of [bo, cy])
    await until(async () => (await textsOf(messenger, person, `o:${ORDER}`)).length === 1);
  await until(async () => (await stateOf(messenger, ada, `o:${ORDER}`)) === 'received');
  // Eve claims to belong to it: the order as she sees it has her in it, as others see it has not.
  orders = [order(ORDER, [ada, bo, eve])];
  await messenger.chats(eve);
  unwrap(await messenger.send(eve, `o:${ORDER}`, 'send the money to me'));
  await until(async () => (await textsOf(messenger, bo, `p:${eve}`)).length === 1);
  expect(await textsOf(messenger, bo, `o:${ORDER}`)).toEqual(['when will it be ready?']);
});

it('keeps blocked people away, and says to them that they are', async () => {
  const { messenger, people } = await openConsole(makeFolder(), ['Ada', 'Bo']);
  const [ada = '', bo = ''] = people;
  await messenger.view(bo);
  await until(async () => (await messenger.view(bo)).station.state === 'connected');
  unwrap(await messenger.block(bo, `p:${ada}`, true));
  expect(await messenger.send(bo, `p:${ada}`, 'x')).toMatchObject({ fault: { code: 'chat.blocked' } });
  // The first may reach the station before the block does; Bo's console drops it then.
  await until(async () => {
    unwrap(await messenger.send(ada, `p:${bo}`, 'buy now'));
    await until(async () => (await stateOf(messenger, ada, `p:${bo}`)) !== 'waiting');
    return (await stateOf(messenger, ada, `p:${bo}`)) === 'refused';
  });
  const last = unwrap(await messenger.chat(ada, `p:${bo}`)).messages.at(-1);
  expect(last?.reason).toMatchObject({ code: 'refused.blocked', data: { name: 'Bo' } });
  expect(await textsOf(messenger, bo, `p:${ada}`)).toEqual([]);
});

it('finds by words, keeps drafts, and reads long histories in pages', async () => {
  const { messenger, people } = await openConsole(makeFolder(), ['Ada', 'Bo']);
  const [ada = '', bo = ''] = people;
  const chat = `p:${bo}`;
  await messenger.chats(ada);
  for (let index = 0; index < 104; index++)
    unwrap(await messenger.send(ada, chat, `Part ${index} of the gear`));
  const hits = await messenger.search(ada, 'GEAR 77');
  expect(hits.map(({ title, message }) => [title, message.text])).toEqual([['Bo', 'Part 77 of the gear']]);
  expect(await messenger.search(ada, ' ')).toEqual([]);
  const newest = unwrap(await messenger.chat(ada, chat));
  expect([newest.messages.length, newest.hasOlder]).toEqual([100, true]);
  const older = unwrap(await messenger.chat(ada, chat, { before: newest.messages[0]?.id }));
  expect([older.messages.length, older.hasOlder, older.messages.at(-1)?.text]).toEqual([
    4,
    false,
    'Part 3 of the gear',
  ]);
  messenger.saveDraft(ada, chat, 'half a sen');
  expect(unwrap(await messenger.chat(ada, chat)).chat.draft).toBe('half a sen');
});

it('leaves no text, name or draft readable on the disk', async () => {
  const folder = makeFolder();
  const { messenger, people, close } = await openConsole(folder, ['Ada', 'Bo']);
  const [ada = '', bo = ''] = people;
  await messenger.chats(ada);
  unwrap(await messenger.send(ada, `p:${bo}`, 'secret-of-the-text'));
  messenger.saveDraft(ada, `p:${bo}`, 'secret-of-the-draft');
  unwrap(await messenger.addContact(ada, bo, 'secret-of-the-name'));
  await until(async () => (await textsOf(messenger, bo, `p:${ada}`)).length === 1);
  await close();
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.includes('.db'),
  );
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) expect(readFileSync(join(folder, file)).includes('secret-of')).toBe(false);
});

it('opens nothing under another vault', async () => {
  const database = openSqlite(join(makeFolder(), 'chat.db'), CHAT_MIGRATIONS);
  running.push({ close: async () => void database.close() });
  const crypto = createDimpCrypto();
  const key = createRsaKey(await crypto.rsa.generate(1024));
  const store = createChatStore(database, createVault(TEST_VAULT_SECRET, systemRandom), systemRandom);
  if (key !== undefined) store.putKeys('a', JSON.stringify(privateKeyToJson(key)));
  store.putKeys('b', JSON.stringify(privateKeyToJson(createEccKey(new Uint8Array(32).fill(1)))));
  const other = createChatStore(database, createVault(new Uint8Array(32), systemRandom), systemRandom);
  expect([store.keys('a').length > 100, other.keys('a'), other.keys('b')]).toEqual([true, '', '']);
});
