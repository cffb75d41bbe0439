// Forward secrecy as two consoles have it over a real station: lost keys, files brought back from a copy, programs that no
// longer offer it, and what can be shown to a third party afterwards.

import { cpSync, rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { checkDisclosure } from '../../dimp/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { makeFolder, meet, openConsole, textsOf, until } from './testing/consoles.ts';
import { otherProgram } from './testing/other-program.ts';

const crypto = createDimpCrypto();

const messagesOf = async (console: Awaited<ReturnType<typeof openConsole>>, actor: string, chat: string) =>
  unwrap(await console.messenger.chat(actor, chat)).messages;

it('is what two consoles use, both ways, and both say so', async () => {
  const { one, two, ada, bo } = await meet();
  for (let index = 0; index < 12; index++) {
    unwrap(await one.messenger.send(ada, `p:${bo}`, `a${index}`));
    unwrap(await two.messenger.send(bo, `p:${ada}`, `b${index}`));
  }
  await until(async () => (await textsOf(one.messenger, ada, `p:${bo}`)).length === 25);
  await until(async () => (await textsOf(two.messenger, bo, `p:${ada}`)).length === 25);
  const messages = await messagesOf(one, ada, `p:${bo}`);
  expect(new Set(messages.map(({ secrecy }) => secrecy))).toEqual(new Set(['forward']));
  const theirs = messages.filter(({ mine }) => !mine).map(({ text }) => text);
  expect(theirs).toEqual(['hello', ...Array.from({ length: 12 }, (_, index) => `b${index}`)]);
  await until(async () =>
    (await messagesOf(one, ada, `p:${bo}`)).every(({ mine, state }) => !mine || state === 'received'),
  );
  const card = unwrap(await one.messenger.chat(ada, `p:${bo}`)).chat;
  expect(card).toMatchObject({ secrecy: 'forward', alert: false, verified: false });
});

it('begins anew where the receiver lost its keys, and nothing is lost or read twice', async () => {
  const { one, two, ada, bo } = await meet();
  unwrap(await one.messenger.send(ada, `p:${bo}`, 'before'));
  await until(async () => (await textsOf(two.messenger, bo, `p:${ada}`)).length === 2);
  await until(async () =>
    (await messagesOf(one, ada, `p:${bo}`)).every(({ mine, state }) => !mine || state === 'received'),
  );
  two.chat.exec("DELETE FROM secrets WHERE kind = 'incoming' OR (kind = 'package' AND peer <> '')");
  for (const text of ['one', 'two', 'three']) unwrap(await one.messenger.send(ada, `p:${bo}`, text));
  await until(async () => (await textsOf(two.messenger, bo, `p:${ada}`)).length === 5);
  expect((await textsOf(two.messenger, bo, `p:${ada}`)).sort()).toEqual([
    'before',
    'hello',
    'one',
    'three',
    'two',
  ]);
  await until(async () =>
    (await messagesOf(one, ada, `p:${bo}`)).every(({ mine, state }) => !mine || state === 'received'),
  );
});

it('starts new sessions where the file was brought back from a copy', async () => {
  const folders = [makeFolder(), makeFolder(), makeFolder()] as const;
  const { one, two, ada, bo } = await meet([folders[0], folders[1]]);
  await two.close();
  cpSync(folders[1], folders[2], { recursive: true });
  const later = await openConsole(folders[1], ['Bo']);
  unwrap(await later.messenger.send(bo, `p:${ada}`, 'after the copy'));
  await until(async () => (await textsOf(one.messenger, ada, `p:${bo}`)).length === 2);
  await later.close();
  rmSync(folders[1], { recursive: true });
  cpSync(folders[2], folders[1], { recursive: true });
  const restored = await openConsole(folders[1], ['Bo']);
  const sessions = () =>
    restored.chat
      .prepare("SELECT COUNT(*) AS count FROM secrets WHERE kind IN ('outgoing', 'incoming')")
      .get();
  expect(sessions()).toEqual({ count: 0 });
  unwrap(await restored.messenger.send(bo, `p:${ada}`, 'from the restored one'));
  unwrap(await one.messenger.send(ada, `p:${bo}`, 'to the restored one'));
  await until(async () => (await textsOf(one.messenger, ada, `p:${bo}`)).includes('from the restored one'));
  await until(async () =>
    (await textsOf(restored.messenger, bo, `p:${ada}`)).includes('to the restored one'),
  );
});

it('marks what comes without it, and sends nothing without it to whoever had it', async () => {
  const { one, ada, station } = await meet();
  const eve = await otherProgram(station);
  const chat = `p:${eve.id}`;
  await eve.say(ada, 'with an able program', 'able');
  await until(async () => (await textsOf(one.messenger, ada, chat)).length === 1);
  // Her program could have done better: that is said, not hidden.
  expect((await messagesOf(one, ada, chat))[0]?.secrecy).toBe('downgraded');
  await eve.say(ada, 'with another program', 'plain');
  await until(async () => (await textsOf(one.messenger, ada, chat)).length === 2);
  const view = unwrap(await one.messenger.safety.view(ada, chat));
  expect(view).toMatchObject({ secrecy: 'downgraded', allowed: false, verified: false });
  expect(view.number).toMatch(/^(\d{5} ){11}\d{5}$/);
  const refused = await one.messenger.send(ada, chat, 'a secret');
  expect(refused).toMatchObject({ fault: { code: 'chat.downgrade' } });
  unwrap(await one.messenger.safety.allowStatic(ada, chat));
  unwrap(await one.messenger.send(ada, chat, 'no secret'));
  await until(async () => (await messagesOf(one, ada, chat)).at(-1)?.state === 'sent');
  expect((await messagesOf(one, ada, chat)).at(-1)?.secrecy).toBe('static');
});

it('lets a party show a span of messages, complete and nothing else', async () => {
  const { one, two, ada, bo } = await meet();
  for (const text of ['price is 40', 'agreed', 'private']) {
    unwrap(await one.messenger.send(ada, `p:${bo}`, text));
    await until(async () => (await textsOf(two.messenger, bo, `p:${ada}`)).includes(text));
    unwrap(await two.messenger.send(bo, `p:${ada}`, `re: ${text}`));
    await until(async () => (await textsOf(one.messenger, ada, `p:${bo}`)).includes(`re: ${text}`));
  }
  const messages = await messagesOf(one, ada, `p:${bo}`);
  const [first, last] = [messages[1]?.id ?? 0, messages[4]?.id ?? 0];
  const shown = unwrap(await one.messenger.safety.disclose(ada, `p:${bo}`, first, last));
  expect(shown.messages.map(({ said }) => said)).toEqual(
    ['price is 40', 're: price is 40', 'agreed', 're: agreed'].map((text) => ({ kind: 'text', text })),
  );
  expect([shown.missing, shown.chains.map(({ complete }) => complete)]).toEqual([0, [true, true]]);
  expect(shown.text).not.toContain('private');
  expect(unwrap(checkDisclosure(shown.text, crypto)).messages).toHaveLength(4);
  // Other words, or one message less.
  const altered = shown.text.replace('price is 40', 'price is 10');
  expect(await two.messenger.safety.check(bo, altered)).toMatchObject({
    fault: { code: 'dimp.message.altered' },
  });
  const json = JSON.parse(shown.text) as { messages: unknown[] };
  const all = unwrap(await one.messenger.safety.disclose(ada, `p:${bo}`, first, messages.at(-1)?.id ?? 0));
  const holed = JSON.parse(all.text) as { messages: unknown[] };
  holed.messages.splice(2, 1);
  expect(json.messages).toHaveLength(4);
  const checked = unwrap(await two.messenger.safety.check(bo, JSON.stringify(holed)));
  expect(checked.chains.some(({ complete }) => !complete)).toBe(true);
});

it('tells in words what a disclosed reaction and edit do, and nothing of what they do it to outside the span', async () => {
  const { one, two, ada, bo } = await meet();
  const chat = `p:${bo}`;
  for (const text of ['outside the span', 'a first word']) unwrap(await one.messenger.send(ada, chat, text));
  const [outside, first] = (await messagesOf(one, ada, chat)).slice(-2).map(({ id }) => id);
  unwrap(await one.messenger.amending.edit(ada, chat, first ?? 0, 'a second word'));
  unwrap(await one.messenger.amending.react(ada, chat, first ?? 0, '👍'));
  unwrap(await one.messenger.amending.remove(ada, chat, outside ?? 0));
  const theirs = async () => (await textsOf(two.messenger, bo, `p:${ada}`)).includes('a second word');
  await until(theirs);
  const shown = unwrap(await one.messenger.safety.disclose(ada, chat, first ?? 0, (first ?? 0) + 3));
  expect(shown.messages.map(({ said }) => said)).toEqual([
    { kind: 'text', text: 'a first word' },
    { kind: 'edit', text: 'a second word', of: 1 },
    { kind: 'reaction', text: '👍', of: 1 },
    { kind: 'deletion' },
  ]);
  expect(shown.text).not.toContain('outside');
});

it('lets messages disappear on both sides', async () => {
  const { one, two, ada, bo } = await meet();
  unwrap(await one.messenger.safety.setTimer(ada, `p:${bo}`, 2));
  unwrap(await one.messenger.send(ada, `p:${bo}`, 'burn after reading'));
  await until(async () => unwrap(await two.messenger.chat(bo, `p:${ada}`)).chat.timerS === 2);
  for (const [console, actor, other] of [
    [one, ada, bo],
    [two, bo, ada],
  ] as const)
    await until(
      async () => !(await textsOf(console.messenger, actor, `p:${other}`)).includes('burn after reading'),
    );
  expect(one.chat.prepare('SELECT COUNT(*) AS count FROM messages WHERE gone_ms IS NOT NULL').get()).toEqual({
    count: 0,
  });
});
