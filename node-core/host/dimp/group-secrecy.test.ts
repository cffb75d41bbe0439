// What a station and a thief of lasting keys can learn of a group from everything that passes, and what those can read who
// came late or were made to leave: with all that they have, nothing that was not said to them.

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { unwrap } from '../../base/index.ts';
import type { Account, OpenedMessage } from '../../dimp/index.ts';
import {
  createAccount,
  createDirectory,
  createEccKey,
  openMessage,
  parseId,
  parseJson,
  parseMessage,
  parsePrivateKey,
} from '../../dimp/index.ts';
import { openInSession, parseOwnPackage, readMlsContent, type SessionPayload } from '../../dimp/mls/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { loadMlsSuite } from '../adapters/mls-suite.ts';
import { createSqliteKv, openSqlite } from '../adapters/sqlite.ts';
import { systemRandom } from '../adapters/system.ts';
import { createVault } from '../adapters/vault.ts';
import { createChatStore } from './chat-store.ts';
import { parseIncoming } from './session-text.ts';
import { STATION_MIGRATIONS } from './station-store.ts';
import type { TestConsole } from './testing/consoles.ts';
import { makeFolder, openConsole, running, TEST_VAULT_SECRET, textsOf, until } from './testing/consoles.ts';
import { otherProgram } from './testing/other-program.ts';

const crypto = createDimpCrypto();

/** Everything that passes the station of a console from now on, and what each person has who takes part. */
async function tapStation(one: TestConsole, folder: string) {
  const station = openSqlite(join(folder, 'station', 'station.db'), STATION_MIGRATIONS);
  running.push({ close: async () => void station.close() });
  station.exec(`CREATE TABLE tape (user TEXT, text TEXT);
    CREATE TRIGGER taping AFTER INSERT ON mails BEGIN INSERT INTO tape VALUES (NEW.user, NEW.text); END;`);
  const directory = createDirectory(createSqliteKv(one.chat), crypto);
  const store = createChatStore(one.chat, createVault(TEST_VAULT_SECRET, systemRandom), systemRandom);
  const context = { suite: await loadMlsSuite(), contacts: directory, crypto };
  const tape = () => station.prepare<[], { user: string; text: string }>('SELECT user, text FROM tape').all();
  /** With the lasting keys of somebody, as a thief has them later. */
  async function withKeys(person: string): Promise<Account> {
    const text = parseJson(store.keys(person));
    const key = text.ok ? unwrap(parsePrivateKey(text.value)) : undefined;
    const identityKey = createEccKey(one.identities.keyPair(person).secretKey);
    return unwrap(
      await createAccount({ identityKey, visaKey: key as never, properties: {}, nowS: 1 }, crypto),
    );
  }
  return {
    length: () => tape().length,
    async read(from: number, to?: number): Promise<readonly OpenedMessage[]> {
      const read: OpenedMessage[] = [];
      for (const { user, text } of tape().slice(from, to)) {
        const opened = openMessage(unwrap(parseMessage(text)), await withKeys(user), directory, crypto);
        if (opened.ok) read.push(opened.value);
      }
      return read;
    },
    /** How many of these a person opens with all sessions and packages that this person has now. */
    async opens(person: string, messages: readonly OpenedMessage[]): Promise<number> {
      const receiver = unwrap(parseId(person));
      const packages = one.chat
        .prepare<[string], { peer: string; id: string }>(
          "SELECT peer, id FROM secrets WHERE owner = ? AND kind = 'package'",
        )
        .all(person)
        .flatMap(
          ({ peer, id }) => parseOwnPackage(store.secret(person, 'package', peer, id)?.body ?? '') ?? [],
        );
      let count = 0;
      for (const { message, content } of messages) {
        const payload = payloadOf(content.json);
        if (payload === undefined) continue;
        const { sender } = message;
        const sessions = store
          .secrets(person, 'incoming', sender.bare)
          .map(({ body }) => parseIncoming(body));
        for (const session of [undefined, ...sessions.map((one) => one?.session)]) {
          const incoming = { payload, sender, receiver, session, packages };
          const claimed = { ...incoming, payload: { ...payload, session: session?.id ?? payload.session } };
          for (const attempt of [incoming, claimed])
            if ((await openInSession(attempt, context)).ok) count += 1;
        }
      }
      return count;
    },
  };
}

function payloadOf(json: OpenedMessage['content']['json']): SessionPayload | undefined {
  const read = readMlsContent(json);
  return read?.ok && read.value.act === 'message' ? read.value.payload : undefined;
}

it('hides who is in a group from lasting keys, what follows from who left, and what was from who came', async () => {
  const folder = makeFolder();
  const one = await openConsole(folder, ['Ada', 'Bo', 'Cy', 'Dee']);
  const { messenger, people } = one;
  const [ada = '', bo = '', cy = '', dee = ''] = people;
  await messenger.view(ada);
  await until(async () => (await messenger.view(dee)).station.state === 'connected');
  const tap = await tapStation(one, folder);
  const chat = unwrap(await messenger.foundGroup(ada, 'Gears', [bo, cy]));
  const card = async (who: string) => (await messenger.chats(who)).find(({ id }) => id === chat);
  const say = async (who: string, text: string, to: readonly string[]) => {
    unwrap(await messenger.send(who, chat, text));
    for (const other of to) await until(async () => (await textsOf(messenger, other, chat)).includes(text));
  };
  for (const who of [bo, cy]) await until(async () => (await card(who)) !== undefined);
  await say(bo, 'before Dee', [ada, cy]);
  unwrap(await messenger.changeGroup(ada, chat, { add: [dee] }));
  await until(async () => (await card(dee)) !== undefined);
  const joined = tap.length();
  await say(ada, 'with Dee', [bo, cy, dee]);
  unwrap(await messenger.changeGroup(ada, chat, { remove: [cy] }));
  for (const who of [bo, cy, dee])
    await until(async () => (await card(who))?.members.some(({ id }) => id === cy) === false);
  const left = tap.length();
  unwrap(await messenger.changeGroup(ada, chat, { rename: 'Gears without Cy' }));
  await until(async () => (await card(dee))?.title === 'Gears without Cy');
  await say(bo, 'without Cy', [ada, dee]);

  const all = await tap.read(0);
  const secret = all.filter(({ content }) => payloadOf(content.json) !== undefined);
  expect(secret.length).toBeGreaterThan(10);
  // Lasting keys show sessions and receipts, and neither the group nor anybody in it.
  const shown = all.map(({ content }) => JSON.stringify(content.json)).join('\n');
  expect(all.filter(({ content }) => content.kind === 'forward' || content.kind === 'history')).toEqual([]);
  for (const word of [chat.slice(2), 'Gears', 'before Dee', 'without Cy']) expect(shown).not.toContain(word);
  const [before, after] = [await tap.read(0, joined), await tap.read(left)];
  expect(after.some(({ content }) => payloadOf(content.json) !== undefined)).toBe(true);
  expect([await tap.opens(cy, after), await tap.opens(dee, before)]).toEqual([0, 0]);
  expect(await textsOf(messenger, cy, chat)).toEqual(['before Dee', 'with Dee']);
  expect(await textsOf(messenger, dee, chat)).toEqual(['with Dee', 'without Cy']);
  expect(unwrap(await messenger.chat(bo, chat)).chat).toMatchObject({ secrecy: 'forward', plain: [] });
});

it('tells members whose programs know no such keys as before, and says so', async () => {
  const one = await openConsole(makeFolder(), ['Ada', 'Bo']);
  const [ada = '', bo = ''] = one.people;
  const { host, port } = (await one.messenger.view(ada)).station;
  const eve = await otherProgram({ host, port });
  await eve.say(ada, 'hello', 'plain');
  await until(async () => (await textsOf(one.messenger, ada, `p:${eve.id}`)).length === 1);
  const chat = unwrap(await one.messenger.foundGroup(ada, 'Gears', [bo, eve.id]));
  await until(() => eve.heard.some(({ content }) => content.kind === 'forward'));
  unwrap(await one.messenger.send(ada, chat, 'hello all'));
  await until(() => eve.heard.some(({ content }) => content.json['text'] === 'hello all'));
  await until(async () => (await textsOf(one.messenger, bo, chat)).includes('hello all'));
  const view = unwrap(await one.messenger.chat(ada, chat));
  expect(view.chat).toMatchObject({ secrecy: 'static', plain: [{ id: eve.id }] });
  await until(async () => unwrap(await one.messenger.chat(ada, chat)).messages.at(-1)?.secrecy === 'static');
});
