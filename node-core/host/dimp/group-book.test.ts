// Groups of accounts over a real station: who is in them, and what those try who are not, or not any more.

import { expect, it } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import type { DimpId, JsonObject, OpenedMessage } from '../../dimp/index.ts';
import {
  ANYONE,
  createAccount,
  createCommand,
  createContent,
  createDirectory,
  createEccKey,
  createRsaKey,
  documentToJson,
  metaToJson,
  parseId,
  sealMessage,
} from '../../dimp/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { systemClock, systemRandom } from '../adapters/system.ts';
import { createVault } from '../adapters/vault.ts';
import { CHAT_MIGRATIONS } from './chat-migrations.ts';
import { createChatStore } from './chat-store.ts';
import { GroupBook } from './group-book.ts';
import { makeFolder, openConsole, running, TEST_VAULT_SECRET, textsOf, until } from './testing/consoles.ts';

const NAMES = ['Ada', 'Bo', 'Cy', 'Dee'];

it('is founded, changed and left, and says so to everybody', async () => {
  const { messenger, people } = await openConsole(makeFolder(), NAMES);
  const [ada = '', bo = '', cy = '', dee = ''] = people;
  const chat = unwrap(await messenger.foundGroup(ada, 'Gears', [bo, cy]));
  const card = async (who: string) => (await messenger.chats(who)).find(({ id }) => id === chat);
  await until(async () => (await card(bo)) !== undefined && (await card(cy)) !== undefined);
  expect(await card(bo)).toMatchObject({
    kind: 'group',
    title: 'Gears',
    group: { owner: ada, leads: false },
  });
  unwrap(await messenger.send(bo, chat, 'hello all'));
  for (const who of [ada, cy])
    await until(async () => (await textsOf(messenger, who, chat)).includes('hello all'));
  const [message] = unwrap(await messenger.chat(cy, chat)).messages;
  expect(message).toMatchObject({ secrecy: 'forward', from: { id: bo } });
  // A member proposes, the owner decides.
  unwrap(await messenger.changeGroup(bo, chat, { add: [dee] }));
  await until(async () => (await card(ada))?.group?.waiting.some(({ id }) => id === dee) === true);
  expect(await card(dee)).toBeUndefined();
  unwrap(await messenger.changeGroup(ada, chat, { add: [dee] }));
  await until(async () => (await card(dee)) !== undefined);
  // Made an administrator, Bo expels Cy; Cy's console knows it and does not write on.
  expect(await messenger.changeGroup(bo, chat, { appoint: { id: cy, administrator: true } })).toMatchObject({
    fault: { code: 'dimp.group.forbidden' },
  });
  unwrap(await messenger.changeGroup(ada, chat, { appoint: { id: bo, administrator: true } }));
  await until(async () => (await card(bo))?.group?.leads === true);
  unwrap(await messenger.changeGroup(bo, chat, { remove: [cy] }));
  await until(async () => (await card(cy))?.group?.member === false);
  await until(async () => (await card(ada))?.members.length === 3);
  expect(await messenger.send(cy, chat, 'still here?')).toMatchObject({ fault: { code: 'chat.group.out' } });
  unwrap(await messenger.send(ada, chat, 'without Cy'));
  await until(async () => (await textsOf(messenger, dee, chat)).includes('without Cy'));
  expect(await textsOf(messenger, cy, chat)).not.toContain('without Cy');
  // Who leaves is written to no more.
  unwrap(await messenger.changeGroup(dee, chat, { leave: true }));
  await until(async () => (await card(ada))?.members.length === 2);
  expect(await messenger.changeGroup(ada, chat, { leave: true })).toMatchObject({
    fault: { code: 'dimp.group.forbidden' },
  });
});

/** Books of people who hand each other what they say directly, so that a hostile one can hand over anything. */
async function makeBooks(count: number) {
  const crypto = createDimpCrypto();
  const rsa = createRsaKey(await crypto.rsa.generate(1024));
  if (rsa === undefined) throw new Error('a sound key');
  const sent: { to: string; content: JsonObject }[] = [];
  const make = async (index: number) => {
    const identityKey = createEccKey(new Uint8Array(32).fill(index + 1));
    const nowS = systemClock.nowMs() / 1000;
    const account = unwrap(await createAccount({ identityKey, visaKey: rsa, properties: {}, nowS }, crypto));
    const database = openSqlite(':memory:', CHAT_MIGRATIONS);
    running.push({ close: async () => void database.close() });
    const store = createChatStore(database, createVault(TEST_VAULT_SECRET, systemRandom), systemRandom);
    const directory = createDirectory(createMemoryKv(), crypto);
    const { id, meta, visa } = account;
    unwrap(directory.saveMeta(id, metaToJson(meta)));
    const extras = { meta: meta.json, ...(visa === undefined ? {} : { visa: documentToJson(visa) }) };
    const tell = (to: string, content: JsonObject) => void sent.push({ to, content });
    let sn = 0;
    const serial = () => ++sn;
    const book = new GroupBook({
      account,
      store,
      directory,
      crypto,
      clock: systemClock,
      serial,
      extras,
      tell,
      orderOf: () => undefined,
      heard: () => undefined,
    });
    return { account, book, directory, extras, store };
  };
  const people = await Promise.all(Array.from({ length: count }, (_, index) => make(index)));
  const hand = (to: number, content: JsonObject) => {
    const opened = { content: { kind: 'forward', code: 255, json: content } } as unknown as OpenedMessage;
    return people[to]?.book.hear(opened);
  };
  /** Everything that was said reaches whom it was for. */
  const deliver = () => {
    for (const { to, content } of sent.splice(0))
      hand(
        people.findIndex(({ account }) => account.id.bare === to),
        content,
      );
  };
  const at = (index: number) => people[index] as (typeof people)[number];
  return { at, hand, deliver, sent, crypto };
}

it('believes no forged, stolen or old command', async () => {
  const { at, hand, deliver, sent, crypto } = await makeBooks(4);
  const ids = [0, 1, 2, 3].map((index) => at(index).account.id) as [DimpId, DimpId, DimpId, DimpId];
  const group = unwrap(at(0).book.found('Club', [ids[1], ids[2]])).slice(2);
  const invitation = sent.map(({ content }) => content);
  deliver();
  const members = (index: number) =>
    at(index)
      .book.state(group)
      ?.members.map(({ bare }) => bare);
  expect(members(1)).toEqual([ids[0], ids[1], ids[2]].map(({ bare }) => bare));
  unwrap(at(0).book.change(group, [], [ids[2]]));
  deliver();
  expect([members(1)?.length, members(2)?.length]).toEqual([2, 2]);
  expect([at(1).book.mayWrite(group, ids[2]), at(2).book.readers(group)]).toMatchObject([
    false,
    { fault: { code: 'chat.group.out' } },
  ]);
  // The expelled one shows the old list of members again.
  for (const content of invitation) hand(1, content);
  expect(members(1)).toHaveLength(2);
  // The expelled one, and somebody who never was in it, sign commands of their own.
  const sign = (by: number, name: 'reset' | 'hire' | 'invite' | 'fire', fields: JsonObject) => {
    const { account, directory, extras } = at(by);
    const timeS = systemClock.nowMs() / 1000 + 60;
    const of = unwrap(parseId(group));
    const content = createCommand(name, fields, { sn: 9, timeS, group: of });
    const request = { account, receiver: ANYONE, group: of, content, timeS, extras };
    return unwrap(sealMessage(request, directory, crypto)).json;
  };
  const stamp = { sn: 1, timeS: systemClock.nowMs() / 1000 };
  const all = { members: ids.map(({ bare }) => bare) };
  for (const by of [1, 2, 3])
    for (const [name, fields] of [
      ['reset', all],
      ['hire', { administrators: [ids[by as 1]?.bare ?? ''] }],
      ...(by === 1 ? [] : ([['invite', all]] as const)),
    ] as const)
      hand(0, createContent('forward', { secrets: [sign(by, name, fields)] }, stamp));
  expect(members(0)).toEqual([ids[0], ids[1]].map(({ bare }) => bare));
  expect([at(0).book.state(group)?.administrators, at(0).book.state(group)?.waiting]).toEqual([[], []]);
  // However many of them come, they push nothing out that counts.
  const flood = Array.from({ length: 700 }, (_, index) => sign(3, 'reset', { ...all, index }));
  hand(0, createContent('forward', { secrets: flood }, stamp));
  expect(members(0)).toEqual([ids[0], ids[1]].map(({ bare }) => bare));
  // A genuine command of the owner with other words in it.
  const genuine = sign(0, 'reset', { members: [ids[0].bare, ids[1].bare] });
  const altered = { ...genuine, data: String(genuine['data']).replace(ids[1].bare, ids[3].bare) };
  hand(1, createContent('forward', { secrets: [altered] }, stamp));
  expect(members(1)).toEqual([ids[0], ids[1]].map(({ bare }) => bare));
  // Groups of others leave nothing behind.
  for (const content of invitation) hand(3, content);
  expect(at(3).book.state(group)).toBeUndefined();
  expect(at(3).store.chats(ids[3].bare)).toEqual([]);
});

it('has room for 500 members, and not for one more', async () => {
  const { at, sent } = await makeBooks(1);
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      unwrap(parseId(`0x${(index + 1).toString(16).padStart(40, '0')}`)),
    );
  const group = unwrap(at(0).book.found('Everybody', many(499))).slice(2);
  expect(at(0).book.state(group)?.members).toHaveLength(500);
  expect(sent).toHaveLength(499);
  expect(at(0).book.change(group, many(500), [])).toMatchObject({ fault: { code: 'chat.group.large' } });
});
