// One account on two consoles: what one of them sends, changes and reads the other knows, once, and under keys that are
// gone afterwards.

import { expect, it } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { createIdentity } from '../../identity/index.ts';
import { makeFolder, openConsole, textsOf, until } from './testing/consoles.ts';

it('shows the same history and unread counts on all devices of an account', async () => {
  const one = await openConsole(makeFolder(), ['Ada', 'Bo']);
  const [ada = '', bo = ''] = one.people;
  const { host, port } = (await one.messenger.view(ada)).station;
  const chat = `p:${bo}`;
  unwrap(await one.messenger.addContact(ada, bo, 'Bobby'));
  unwrap(await one.messenger.mute(ada, chat, true));
  const folder = makeFolder();
  const two = await openConsole(folder, []);
  const words = (await one.identities.words(ada)).join(' ');
  unwrap(await two.identities.recover(createIdentity(words), 'buyer', 'Ada'));
  await two.messenger.useStation({ host, port });
  await until(async () => (await two.messenger.view(ada)).station.state === 'connected');
  const devices = async (console: typeof one) => (await console.messenger.safety.devices(ada)).length;
  await until(async () => (await devices(one)) === 2 && (await devices(two)) === 2);
  const id = unwrap(await one.messenger.send(ada, chat, 'from the first'));
  await until(async () => (await textsOf(two.messenger, ada, chat)).length === 1);
  const copy = unwrap(await two.messenger.chat(ada, chat)).messages[0];
  expect(copy).toMatchObject({ mine: true, text: 'from the first', bound: true, secrecy: 'forward' });
  unwrap(await one.messenger.amending.edit(ada, chat, id, 'from the first, again'));
  await until(async () => (await textsOf(two.messenger, ada, chat))[0] === 'from the first, again');
  unwrap(await two.messenger.send(ada, chat, 'from the second', copy?.id));
  await until(async () => (await textsOf(one.messenger, ada, chat)).length === 2);
  await until(async () => (await textsOf(one.messenger, bo, `p:${ada}`)).length === 2);
  expect(unwrap(await one.messenger.chat(ada, chat)).messages.at(-1)?.quote?.message).toBe(id);

  unwrap(await one.messenger.send(bo, `p:${ada}`, 'to both'));
  const unread = async (console: typeof one) => (await console.messenger.view(ada)).unread;
  await until(async () => (await unread(one)) === 1 && (await unread(two)) === 1);
  const read = unwrap(await two.messenger.chat(ada, chat)).messages.at(-1)?.id ?? 0;
  await two.messenger.markRead(ada, chat, read);
  await until(async () => (await unread(one)) === 0);
  const texts = ['from the first, again', 'from the second', 'to both'];
  expect([await textsOf(one.messenger, ada, chat), await textsOf(two.messenger, ada, chat)]).toEqual([
    texts,
    texts,
  ]);

  // What was set before the second device was there, and what either sets now.
  const card = async (console: typeof one) =>
    (await console.messenger.chats(ada)).find((one) => one.id === chat);
  await until(async () => (await card(two))?.muted === true);
  expect(await card(two)).toMatchObject({ title: 'Bobby', muted: true });
  two.messenger.saveDraft(ada, chat, 'half a sen');
  await until(async () => (await card(one))?.draft === 'half a sen');
  unwrap(await two.messenger.addContact(ada, bo, 'Bo of the shop'));
  unwrap(await one.messenger.mute(ada, chat, false));
  await until(
    async () => (await card(one))?.title === 'Bo of the shop' && (await card(two))?.muted === false,
  );
  const file = { name: 'gear.bin', bytes: new Uint8Array(3000).fill(7) };
  const sentFile = unwrap(await one.messenger.sendFile(ada, chat, file));
  const fileAt = async (console: typeof one) =>
    unwrap(await console.messenger.chat(ada, chat)).messages.at(-1);
  await until(async () => (await fileAt(two))?.file?.state === 'offered');
  const copied = await fileAt(two);
  expect(copied).toMatchObject({ mine: true, text: 'gear.bin', state: 'sent', file: { outgoing: false } });
  unwrap(two.messenger.files.start(ada, copied?.id ?? 0));
  await until(async () => (await fileAt(two))?.file?.state === 'ready');
  expect(unwrap(await two.messenger.files.open(ada, copied?.id ?? 0)).bytes).toEqual(file.bytes);
  expect((await fileAt(one))?.id).toBe(sentFile);

  const group = unwrap(await one.messenger.foundGroup(ada, 'Gears', [bo]));
  await until(async () => (await two.messenger.chats(ada)).some((card) => card.id === group));
  unwrap(await two.messenger.changeGroup(ada, group, { rename: 'Gear makers' }));
  for (const [console, person] of [
    [one, ada],
    [one, bo],
    [two, ada],
  ] as const)
    await until(async () => {
      const cards = await console.messenger.chats(person);
      return cards.find((card) => card.id === group)?.title === 'Gear makers';
    });
  expect(await one.messenger.changeGroup(bo, group, { rename: 'Bo’s' })).toMatchObject({
    fault: { code: 'chat.group.owner' },
  });
  await two.close();
  const again = await openConsole(folder, []);
  expect(await textsOf(again.messenger, ada, chat)).toEqual([...texts, 'gear.bin']);
  expect((await again.messenger.view(ada)).unread).toBe(0);
});
