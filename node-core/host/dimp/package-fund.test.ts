// First messages to people who are away, with stations that lie: one-time keys are used once and then gone, what a station
// gives twice, changes or keeps back costs no message and no secret.

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { base64, unwrap } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import type { JsonObject } from '../../dimp/index.ts';
import {
  createAccount,
  createContent,
  createDirectory,
  createEccKey,
  createRsaKey,
  documentToJson,
  givenPackages,
  keptPackages,
  parseContent,
} from '../../dimp/index.ts';
import { createPackage, mlsProperty, packageToText } from '../../dimp/mls/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { loadMlsSuite } from '../adapters/mls-suite.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { systemRandom } from '../adapters/system.ts';
import { createVault } from '../adapters/vault.ts';
import { CHAT_MIGRATIONS } from './chat-migrations.ts';
import { createChatStore } from './chat-store.ts';
import { ONE_TIME, PackageFund } from './package-fund.ts';
import { STATION_MIGRATIONS } from './station-store.ts';
import { makeFolder, openConsole, running, TEST_VAULT_SECRET, textsOf, until } from './testing/consoles.ts';

it('writes first to who is away under keys that are gone when they were read, whatever the station does', async () => {
  const folders = [makeFolder(), makeFolder()] as const;
  const one = await openConsole(folders[0], ['Ada', 'Cy', 'Dee', 'Eve']);
  const two = await openConsole(folders[1], ['Bo']);
  const [[ada = '', cy = '', dee = '', eve = ''], [bo = '']] = [one.people, two.people];
  const { host, port } = (await one.messenger.view(ada)).station;
  await two.messenger.useStation({ host, port });
  const station = openSqlite(join(folders[0], 'station', 'station.db'), STATION_MIGRATIONS);
  running.push({ close: async () => void station.close() });
  const kept = () =>
    station
      .prepare<[string], { name: string; text: string }>(
        'SELECT name, text FROM packages WHERE owner = ? ORDER BY number',
      )
      .all(bo);
  await two.messenger.view(bo);
  await until(() => kept().length > 0);
  const [first, second] = kept();
  await two.close();
  const send = async (who: string, text: string) => {
    unwrap(await one.messenger.addContact(who, bo, ''));
    unwrap(await one.messenger.send(who, `p:${bo}`, text));
    await until(
      async () => unwrap(await one.messenger.chat(who, `p:${bo}`)).messages.at(-1)?.state === 'sent',
    );
  };
  await send(ada, 'from Ada');
  expect(kept().map(({ name }) => name)).not.toContain(first?.name);
  // The same package again, one with a byte of its first key changed, and none.
  station.prepare('UPDATE packages SET text = ? WHERE name = ?').run(first?.text, second?.name);
  await send(cy, 'from Cy');
  const bytes = base64.decode(first?.text ?? '');
  bytes[12] = (bytes[12] ?? 0) ^ 1;
  station.prepare('UPDATE packages SET text = ? WHERE owner = ?').run(base64.encode(bytes), bo);
  await send(dee, 'from Dee');
  station.prepare('DELETE FROM packages').run();
  await send(eve, 'from Eve');
  const reserve = async (who: string) => unwrap(await one.messenger.safety.view(who, `p:${bo}`)).reserve;
  expect([await reserve(ada), await reserve(eve)]).toEqual([undefined, 'open']);
  const again = await openConsole(folders[1], []);
  await again.messenger.view(bo);
  for (const [who, text] of [
    [ada, 'from Ada'],
    [cy, 'from Cy'],
    [dee, 'from Dee'],
    [eve, 'from Eve'],
  ] as const)
    await until(async () => (await textsOf(again.messenger, bo, `p:${who}`)).includes(text));
  // Who began with the last resort is given fresh keys at once, whether anybody writes back or not.
  for (const who of [dee, eve]) await until(async () => (await reserve(who)) === 'renewed');
  expect([await reserve(ada), await reserve(cy)]).toEqual([undefined, undefined]);
  unwrap(await one.messenger.send(eve, `p:${bo}`, 'from Eve again'));
  await until(async () => (await textsOf(again.messenger, bo, `p:${eve}`)).includes('from Eve again'));
  const [message] = unwrap(await again.messenger.chat(bo, `p:${ada}`)).messages;
  expect(message).toMatchObject({ secrecy: 'forward', bound: true });
  const secrets = again.chat
    .prepare<[], { peer: string; id: string }>("SELECT peer, id FROM secrets WHERE kind = 'package'")
    .all();
  expect(secrets.map(({ id }) => id)).not.toContain(first?.name);
  expect(secrets.filter(({ peer }) => peer === '')).toHaveLength(1);
  // What the station no longer has is brought anew, and nobody reads anything twice.
  await until(() => kept().length > 0);
  expect(await textsOf(again.messenger, bo, `p:${cy}`)).toEqual(['from Cy']);
});

/** The fund of one person, at a station that the test plays, and a person whose packages are asked for. */
async function openFund() {
  const crypto = createDimpCrypto();
  const visaKey = createRsaKey(await crypto.rsa.generate(1024));
  if (visaKey === undefined) throw new Error('a sound key');
  const directory = createDirectory(createMemoryKv(), crypto);
  const context = { suite: await loadMlsSuite(), contacts: directory, crypto };
  const make = async (fill: number) => {
    const identityKey = createEccKey(new Uint8Array(32).fill(fill));
    const base = { identityKey, visaKey, terminal: 'dd', nowS: 1000 };
    const bare = unwrap(await createAccount({ ...base, properties: {} }, crypto));
    const device = { id: bare.id, terminal: 'dd', identityKey };
    const published = unwrap(await createPackage(device, context));
    const account = unwrap(await createAccount({ ...base, properties: mlsProperty(published) }, crypto));
    unwrap(directory.saveMeta(account.id, account.meta.json));
    if (account.visa !== undefined) directory.saveDocument(documentToJson(account.visa), account.id, 1000);
    return { device, published: packageToText(published.publicPart) };
  };
  const [mine, peer, other] = [await make(1), await make(2), await make(3)];
  const database = openSqlite(':memory:', CHAT_MIGRATIONS);
  const store = createChatStore(database, createVault(TEST_VAULT_SECRET, systemRandom), systemRandom);
  const said: JsonObject[] = [];
  const late: (() => void)[] = [];
  const fund = new PackageFund({
    device: mine.device,
    context,
    store,
    clock: {
      nowMs: () => 1_700_000_000_000,
      monotonicMs: () => 0,
      sleep: (_, signal) =>
        new Promise<void>((resolve, reject) => {
          late.push(resolve);
          signal?.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    },
    log: () => undefined,
    tellStation: (fields) => said.push(fields) > 0,
  });
  running.push({
    async close() {
      await fund.close();
      database.close();
    },
  });
  const hear = (fields: JsonObject, receipt?: string) =>
    fund.hear(unwrap(parseContent(createContent('customized', fields, { sn: 1, timeS: 1 }))), receipt);
  const mineKept = () => store.secrets(mine.device.id.bare, 'package', ONE_TIME).map(({ id }) => id);
  return { fund, said, late, hear, mine, peer, other, mineKept };
}

it('brings what is missing, takes back what it has no keys of, and does no more than it was asked for', async () => {
  const { fund, said, hear, mineKept } = await openFund();
  fund.connected();
  expect(said.splice(0)).toMatchObject([{ act: 'put', packages: [], drop: [] }]);
  hear(keptPackages('dd', ['ab', 'cd']));
  await until(() => said.length > 0);
  const [put] = said.splice(0);
  const packages = put?.['packages'] as readonly { name: string }[] | undefined;
  const names = (packages ?? []).map(({ name }) => name);
  expect(put).toMatchObject({ terminal: 'dd', drop: ['ab', 'cd'] });
  expect(names.sort()).toEqual(mineKept().sort());
  // What the station says unasked moves nothing.
  for (let turn = 0; turn < 5; turn++) hear(keptPackages('dd', []));
  await fund.close();
  expect([said, mineKept().length]).toEqual([[], names.length]);
});

it('believes no package but a whole one of the device that was asked for, and waits for no station', async () => {
  const { fund, late, hear, peer, other } = await openFund();
  const { id } = peer.device;
  const ask = async (packages: readonly string[], terminals = ['dd']) => {
    const taken = fund.take(id, terminals);
    hear(givenPackages(other.device.id, [peer.published]));
    hear(givenPackages(id, packages));
    return [...((await taken) ?? new Map()).keys()];
  };
  const altered = base64.decode(peer.published);
  altered[12] = (altered[12] ?? 0) ^ 1;
  expect(await ask([peer.published])).toEqual(['dd']);
  expect(await ask([base64.encode(altered)])).toEqual([]);
  expect(await ask([other.published, 'AAAA'])).toEqual([]);
  expect(await ask([peer.published], ['ee'])).toEqual([]);
  const silent = fund.take(id, ['dd']);
  for (const resolve of late.splice(0)) resolve();
  expect((await silent)?.size).toBe(0);
  // A station that knows no packages says so once; it is not asked again until the next connection.
  fund.connected();
  const unknown = fund.take(id, ['dd']);
  hear({ app: 'x', mod: 'y', act: 'z' }, 'Content not support.');
  expect([(await unknown)?.size, (await fund.take(id, ['dd']))?.size]).toEqual([0, 0]);
});
