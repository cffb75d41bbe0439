// Accounts as files between consoles: keys, words and contacts arrive, a wrong passphrase and a changed file do not open,
// and a file of another program gives the key alone.

import { expect, it } from 'vitest';
import type { Result } from '../../base/index.ts';
import { parseUtf8, unwrap, utf8ToBytes } from '../../base/index.ts';
import { createAccount, createRsaKey, exportAccount } from '../../dimp/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import type { Watch } from './account-transfer.ts';
import { makeFolder, openConsole, textsOf, until } from './testing/consoles.ts';

const PASSPHRASE = 'seven green bolts 七';
const codeOf = (result: Result<unknown>) => (result.ok ? 'ok' : result.fault.code);

it('moves an account with its contacts, and it goes on where it was', async () => {
  const one = await openConsole(makeFolder(), ['Ada']);
  const two = await openConsole(makeFolder(), ['Bo']);
  const [ada = ''] = one.people;
  const [bo = ''] = two.people;
  const stranger = `0x${'11'.repeat(20)}`;
  unwrap(await one.messenger.addContact(ada, bo, 'My printer'));
  unwrap(await one.messenger.addContact(ada, stranger, ''));
  unwrap(await one.messenger.block(ada, `p:${stranger}`, true));
  const file = unwrap(await one.messenger.transfer.give(ada, PASSPHRASE));
  const text = parseUtf8(file) ?? '';
  const words = await one.identities.words(ada);
  for (const secret of [words.join(' '), 'BEGIN', 'My printer', bo, PASSPHRASE])
    expect(text).not.toContain(secret);
  expect(unwrap(two.messenger.transfer.inspect(file))).toEqual({ id: ada, sealed: true });
  expect(unwrap(one.messenger.transfer.inspect(file))).toEqual({ id: ada, sealed: true, held: 'Ada' });

  const take = (bytes: Uint8Array, passphrase?: string) =>
    two.messenger.transfer.take(bytes, passphrase, 'buyer', 'Ada');
  const wrong = 'dimp.account-file.passphrase';
  expect(codeOf(await take(file))).toBe(wrong);
  expect(codeOf(await take(file, `${PASSPHRASE} `))).toBe(wrong);
  const changed = JSON.stringify({ ...JSON.parse(text), id: bo });
  expect(codeOf(await take(utf8ToBytes(changed), PASSPHRASE))).toBe(wrong);
  const cheap = JSON.parse(text);
  cheap.kdf.cost = 3;
  expect(codeOf(await take(utf8ToBytes(JSON.stringify(cheap)), PASSPHRASE))).toBe(
    'dimp.account-file.malformed',
  );
  expect(codeOf(await take(utf8ToBytes('{}'), PASSPHRASE))).toBe('dimp.account-file.malformed');
  expect(two.identities.holds(ada)).toBe(false);

  expect(unwrap(await take(file, PASSPHRASE))).toEqual({
    address: ada,
    contacts: 2,
    groups: 0,
    messages: 0,
    added: true,
  });
  expect(await two.identities.words(ada)).toEqual(words);
  const cards = await two.messenger.chats(ada);
  expect(cards.find(({ id }) => id === `p:${bo}`)?.title).toBe('My printer');
  expect(cards.find(({ id }) => id === `p:${stranger}`)?.blocked).toBe(true);
  unwrap(await two.messenger.block(ada, `p:${stranger}`, false));
  expect(unwrap(await take(file, PASSPHRASE))).toMatchObject({ contacts: 0, added: false });
  // Who was let in here since is not shut out by an older file.
  const after = (await two.messenger.chats(ada)).find(({ id }) => id === `p:${stranger}`);
  expect(after?.blocked).toBe(false);
  unwrap(await two.messenger.send(bo, `p:${ada}`, 'welcome'));
  await until(async () => (await textsOf(two.messenger, ada, `p:${bo}`)).includes('welcome'));
});

it('takes the open form of another program, without words, and refuses keys of another kind', async () => {
  const one = await openConsole(makeFolder(), ['Ada']);
  const two = await openConsole(makeFolder(), ['Bo']);
  const [ada = ''] = one.people;
  const open = unwrap(await one.messenger.transfer.give(ada, undefined));
  expect(parseUtf8(open)).not.toContain((await one.identities.words(ada)).slice(0, 3).join(' '));
  const taken = await two.messenger.transfer.take(open, undefined, 'owner', 'Ada');
  expect(unwrap(taken)).toMatchObject({ address: ada, added: true });
  expect(two.identities.keyPair(ada)).toEqual(one.identities.keyPair(ada));
  await expect(two.identities.words(ada)).rejects.toMatchObject({ fault: { code: 'account.wordless' } });
  expect(unwrap(await two.messenger.transfer.give(ada, PASSPHRASE)).length).toBeGreaterThan(1000);

  const crypto = createDimpCrypto();
  const identityKey = createRsaKey(await crypto.rsa.generate(1024));
  if (identityKey === undefined) throw new Error('a sound key');
  const named = { seed: 'carol', network: 0 };
  const carol = unwrap(
    await createAccount({ identityKey, visaKey: identityKey, named, properties: {}, nowS: 1 }, crypto),
  );
  const empty = { meta: () => undefined, documents: () => [] };
  const foreign = utf8ToBytes(exportAccount(carol, [], empty));
  expect(codeOf(await two.messenger.transfer.take(foreign, undefined, 'buyer', 'Carol'))).toBe(
    'chat.account-file.foreign',
  );
});

it('moves groups and history, merges what is missing, and changes nothing the second time', async () => {
  const one = await openConsole(makeFolder(), ['Ada', 'Bo']);
  const [ada = '', bo = ''] = one.people;
  const chat = `p:${bo}`;
  const say = async (text: string) => unwrap(await one.messenger.send(ada, chat, text));
  const first = await say('first');
  await say('second');
  await until(async () => (await textsOf(one.messenger, bo, `p:${ada}`)).length === 2);
  unwrap(await one.messenger.amending.edit(ada, chat, first, 'first, edited'));
  const group = unwrap(await one.messenger.foundGroup(ada, 'Gears', [bo]));
  unwrap(await one.messenger.send(ada, group, 'hello all'));
  unwrap(await one.messenger.safety.setTimer(ada, chat, 3600));
  await say('goes in an hour');

  const two = await openConsole(makeFolder(), ['Cy']);
  const plain = unwrap(await one.messenger.transfer.give(ada, PASSPHRASE));
  const whole = unwrap(await one.messenger.transfer.give(ada, PASSPHRASE, { history: true }));
  const take = (file: Uint8Array) => two.messenger.transfer.take(file, PASSPHRASE, 'buyer', 'Ada');
  const counts = { contacts: 1, groups: 1, messages: 0, added: true };
  expect(unwrap(await take(plain))).toEqual({ address: ada, ...counts });
  expect(unwrap(await two.messenger.chat(ada, group)).chat).toMatchObject({
    title: 'Gears',
    group: { owner: ada },
  });
  // Later than everything in the file, and here before it.
  unwrap(await two.messenger.send(ada, chat, 'from the new device'));
  const taken = unwrap(await take(whole));
  expect(taken).toMatchObject({ contacts: 0, groups: 0, added: false });
  expect(taken.messages).toBeGreaterThanOrEqual(3);
  const shown = async () => {
    const { chat: card, messages } = unwrap(await two.messenger.chat(ada, chat));
    return [card.unread, messages.map(({ text, editedMs }) => [text, editedMs !== undefined])];
  };
  const merged = [
    0,
    [
      ['first, edited', true],
      ['second', false],
      ['from the new device', false],
    ],
  ];
  expect(await shown()).toEqual(merged);
  expect(await textsOf(two.messenger, ada, group)).toEqual(['hello all']);
  expect(unwrap(await take(whole))).toMatchObject({ contacts: 0, groups: 0, messages: 0 });
  expect(await shown()).toEqual(merged);
});

it('stops where somebody stops it, goes on later, and refuses a hostile history whole', async () => {
  const one = await openConsole(makeFolder(), ['Ada']);
  const two = await openConsole(makeFolder(), ['Bo']);
  const [ada = ''] = one.people;
  const peer = `0x${'22'.repeat(20)}`;
  unwrap(await one.messenger.addContact(ada, peer, ''));
  const open = unwrap(await one.messenger.transfer.give(ada, undefined));
  const file = JSON.parse(parseUtf8(open) ?? '');
  const message = (at: number) => ({
    sender: at % 2 === 0 ? ada : peer,
    atMs: 1_700_000_000_000 + at,
    bound: false,
    content: { type: 1, sn: 1, text: `line ${at}` },
  });
  const messages = Array.from({ length: 1200 }, (_, at) => message(at));
  const withHistory = (history: unknown, groups: unknown = []) =>
    utf8ToBytes(JSON.stringify({ ...file, history, groups }));
  const take = (bytes: Uint8Array, watch?: Watch) =>
    two.messenger.transfer.take(bytes, undefined, 'buyer', 'Ada', watch);

  const hostile: readonly unknown[] = [
    7,
    [{ chat: 'p:x', messages: 5 }],
    [{ chat: `p:${peer}`, messages: [{ ...message(1), atMs: -1 }] }],
    [{ chat: `p:${peer}`, messages: [{ ...message(1), sender: 'nobody at all' }] }],
    [{ chat: `p:${peer}`, messages: [{ ...message(1), content: 'text' }] }],
    [{ chat: '../../etc', messages: [] }],
  ];
  for (const history of hostile)
    expect(codeOf(await take(withHistory(history)))).toBe('dimp.account-file.history');
  expect(codeOf(await take(withHistory([], [{ id: peer, commands: 'all' }])))).toBe(
    'dimp.account-file.history',
  );
  expect(two.identities.holds(ada)).toBe(false);

  const stopping = new AbortController();
  const reports: number[] = [];
  const whole = withHistory([
    { chat: `p:${peer}`, messages },
    // Somebody who is not in the chat, an order that nobody has, a group that proves nothing.
    { chat: `p:${peer}`, messages: [{ ...message(1), sender: `0x${'33'.repeat(20)}` }] },
    { chat: `o:0x${'44'.repeat(20)}`, messages: [message(2)] },
    { chat: `g:${peer}`, messages: [message(3)] },
  ]);
  const stopped = take(whole, (work) =>
    work(stopping.signal, (_phase, progress) => {
      reports.push(progress ?? 0);
      if (reports.length === 2) stopping.abort(new Error('stopped'));
    }),
  );
  await expect(stopped).rejects.toThrow('stopped');
  const texts = async () => two.messenger.search(ada, 'line');
  const { count } = two.chat
    .prepare<[], { count: number }>('SELECT COUNT(*) AS count FROM messages')
    .get() ?? { count: 0 };
  expect(count).toBe(1000);
  expect(unwrap(await take(whole))).toMatchObject({ added: false, messages: 200 });
  expect((await texts())[0]?.message.text).toBe('line 1199');
  expect(unwrap(await take(whole))).toMatchObject({ messages: 0 });
  expect((await two.messenger.chats(ada)).map(({ kind }) => kind)).toEqual(['person', 'person']);
});
