// Replies, reactions, edits and deletions between consoles, in groups and in the chats of orders, with real sockets and files.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { MessageView, OrderCard } from '../../api/index.ts';
import { unwrap } from '../../base/index.ts';
import type { Messenger } from './messenger.ts';
import { makeFolder, openConsole, textsOf, until } from './testing/consoles.ts';

const ORDER = `0x${'ab'.repeat(20)}`;
const lastOf = async (
  messenger: Messenger,
  actor: string,
  chat: string,
): Promise<MessageView | undefined> => {
  const view = await messenger.chat(actor, chat);
  return view.ok ? view.value.messages.at(-1) : undefined;
};
/** Sends, and waits until the other one has it: the numbers of both. */
async function say(messenger: Messenger, [from, to]: readonly [string, string], text: string) {
  const mine = unwrap(await messenger.send(from, `p:${to}`, text));
  await until(async () => (await textsOf(messenger, to, `p:${from}`)).includes(text));
  return { mine, theirs: (await lastOf(messenger, to, `p:${from}`))?.id ?? 0 };
}

it('answers, reacts, edits and takes back, on both sides alike', async () => {
  const folder = makeFolder();
  const { messenger, people, close } = await openConsole(folder, ['Ada', 'Bo']);
  const [ada = '', bo = ''] = people;
  const [adaToBo, boToAda] = [`p:${bo}`, `p:${ada}`];
  await messenger.chats(ada);
  const first = await say(messenger, [ada, bo], 'The gear is 20 mm');
  unwrap(await messenger.send(bo, boToAda, 'Sure?', first.theirs));
  await until(async () => (await lastOf(messenger, ada, adaToBo))?.text === 'Sure?');
  expect((await lastOf(messenger, ada, adaToBo))?.quote).toEqual({
    from: { id: ada, name: 'Ada' },
    message: first.mine,
    text: 'The gear is 20 mm',
  });
  const { amending } = messenger;
  unwrap(await amending.edit(ada, adaToBo, first.mine, 'The gear is 22 mm'));
  unwrap(await amending.react(bo, boToAda, first.theirs, '👍'));
  const both = async () => [
    unwrap(await messenger.chat(ada, adaToBo)).messages[0],
    unwrap(await messenger.chat(bo, boToAda)).messages[0],
  ];
  await until(async () => (await both()).every((one) => one?.editedMs && one.reactions?.length === 1));
  for (const one of await both()) {
    expect(one?.text).toBe('The gear is 22 mm');
    expect(one?.reactions?.map(({ sign, by }) => [sign, by])).toEqual([['👍', [{ id: bo, name: 'Bo' }]]]);
  }
  expect((await both()).map((one) => one?.reactions?.[0]?.mine)).toEqual([false, true]);
  const earlier = unwrap(amending.earlier(bo, boToAda, first.theirs));
  expect(earlier.map(({ text }) => text)).toEqual(['The gear is 20 mm']);
  // No message more than before, to read or to count.
  expect(await textsOf(messenger, bo, boToAda)).toEqual(['The gear is 22 mm', 'Sure?']);
  expect(unwrap(await messenger.chat(bo, boToAda)).chat.unread).toBe(1);
  expect((await messenger.search(bo, '22 gear')).length).toBe(1);
  await until(async () => (await both())[0]?.state === 'received');
  unwrap(await amending.react(bo, boToAda, first.theirs, ''));
  await until(async () => (await both()).every((one) => one?.reactions === undefined));

  const secret = await say(messenger, [ada, bo], 'secret-of-mine');
  unwrap(await amending.edit(ada, adaToBo, secret.mine, 'secret-of-mine again'));
  unwrap(await amending.remove(ada, adaToBo, secret.mine));
  await until(async () => (await lastOf(messenger, bo, boToAda))?.deleted === true);
  expect(await textsOf(messenger, ada, adaToBo)).toEqual(['The gear is 22 mm', 'Sure?', '']);
  expect(await messenger.search(bo, 'secret-of-mine')).toEqual([]);
  expect(unwrap(await messenger.chat(bo, boToAda)).chat.last).toMatchObject({ text: '', deleted: true });
  expect(await amending.edit(ada, adaToBo, secret.mine, 'x')).toMatchObject({
    fault: { code: 'chat.message.unknown' },
  });
  await close();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (file.includes('.db')) expect(readFileSync(join(folder, file)).includes('secret-of')).toBe(false);
  const again = await openConsole(folder, ['Ada', 'Bo']);
  const view = unwrap(await again.messenger.chat(bo, boToAda));
  expect(view.messages.map(({ text, deleted }) => [text, deleted === true])).toEqual([
    ['The gear is 22 mm', false],
    ['Sure?', false],
    ['', true],
  ]);
});

it('lets nobody change the words of another, and reacts with signs alone', async () => {
  const { messenger, people } = await openConsole(makeFolder(), ['Ada', 'Bo', 'Cy']);
  const [ada = '', bo = '', cy = ''] = people;
  await messenger.chats(ada);
  const { theirs } = await say(messenger, [ada, bo], 'I pay 40');
  const { amending } = messenger;
  const foreign = { fault: { code: 'chat.message.foreign' } };
  expect(await amending.edit(bo, `p:${ada}`, theirs, 'I pay 400')).toMatchObject(foreign);
  expect(await amending.remove(bo, `p:${ada}`, theirs)).toMatchObject(foreign);
  expect(await amending.react(bo, `p:${ada}`, theirs, 'pay me')).toMatchObject({
    fault: { code: 'chat.reaction' },
  });
  expect(await amending.react(bo, `p:${cy}`, theirs, '👍')).toMatchObject({
    fault: { code: 'chat.message.unknown' },
  });
});

it('stands the same for all members of a group, whatever copy they got', async () => {
  const { messenger, people } = await openConsole(makeFolder(), ['Ada', 'Bo', 'Cy']);
  const [ada = '', bo = '', cy = ''] = people;
  await messenger.chats(ada);
  const chat = unwrap(await messenger.foundGroup(ada, 'Gears', [bo, cy]));
  const { amending } = messenger;
  const id = unwrap(await messenger.send(ada, chat, 'Who prints?'));
  await until(async () => (await textsOf(messenger, bo, chat)).length === 1);
  const atBo = (await lastOf(messenger, bo, chat))?.id ?? 0;
  unwrap(await amending.react(bo, chat, atBo, '✋'));
  unwrap(await messenger.send(bo, chat, 'I do', atBo));
  unwrap(await amending.edit(ada, chat, id, 'Who prints in green?'));
  for (const person of people) {
    await until(async () => {
      const view = await messenger.chat(person, chat);
      const [first, second] = view.ok ? view.value.messages : [];
      return first?.reactions?.length === 1 && first.editedMs !== undefined && second !== undefined;
    });
    const [first, second] = unwrap(await messenger.chat(person, chat)).messages;
    expect([first?.text, first?.reactions?.[0]?.by[0]?.name, second?.quote?.text]).toEqual([
      'Who prints in green?',
      'Bo',
      'Who prints in green?',
    ]);
  }
});

it('deletes nothing in the chat of an order, and keeps what was said before an edit', async () => {
  const party = (address: string) => ({ address, name: '' });
  let orders: readonly OrderCard[] = [];
  const { messenger, people } = await openConsole(makeFolder(), ['Ada', 'Bo'], () => orders);
  const [ada = '', bo = ''] = people;
  const parties = { buyer: party(ada), owner: party(bo), designer: party(bo) };
  orders = [{ id: ORDER, title: 'Bracket', ...parties } as OrderCard];
  await messenger.chats(ada);
  await messenger.chats(bo);
  const id = unwrap(await messenger.send(ada, `o:${ORDER}`, 'In red, please'));
  expect(await messenger.amending.remove(ada, `o:${ORDER}`, id)).toMatchObject({
    fault: { code: 'chat.message.kept' },
  });
  unwrap(await messenger.amending.edit(ada, `o:${ORDER}`, id, 'In blue, please'));
  await until(async () => (await lastOf(messenger, bo, `o:${ORDER}`))?.editedMs !== undefined);
  const last = await lastOf(messenger, bo, `o:${ORDER}`);
  const earlier = unwrap(messenger.amending.earlier(bo, `o:${ORDER}`, last?.id ?? 0));
  expect([last?.text, earlier.map(({ text }) => text)]).toEqual(['In blue, please', ['In red, please']]);
});
