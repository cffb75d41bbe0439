// Files between consoles that have each a station of their own, at different addresses: nobody reaches the other's disk,
// and 127.0.0.1 is nobody else's.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Bytes } from '../../base/index.ts';
import { bytesToHex, sha256, unwrap } from '../../base/index.ts';
import type { Messenger } from './messenger.ts';
import { addressesOf } from './station-address.ts';
import { makeFolder, openConsole, textsOf, until } from './testing/consoles.ts';

// Addresses of this computer that nothing else listens at; other systems have but one.
const HOSTS = ['127.0.13.1', '127.0.13.2'] as const;
const FILE: Bytes = new Uint8Array(600_000).map((_, at) => (at * 31) % 251);

const write = (folder: string, settings: object) =>
  writeFileSync(join(folder, 'station', 'settings.json'), JSON.stringify(settings));

/** A folder whose station was there once: its ID and its port are known from then on. */
async function makeStation(host: string) {
  const folder = makeFolder();
  const first = await openConsole(folder, ['Ada']);
  await first.messenger.station();
  await first.close();
  write(folder, { listen: { host } });
  const again = await openConsole(folder, ['Ada']);
  const { id, port } = await again.messenger.station();
  await again.close();
  return { folder, id: id.bare, host, port };
}

/** Two consoles with stations that are neighbours. */
async function openNeighbours() {
  const [a, b] = [await makeStation(HOSTS[0]), await makeStation(HOSTS[1])];
  for (const [own, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const { id, host, port } = other;
    write(own.folder, { listen: { host: own.host, port: own.port }, neighbours: [{ id, host, port }] });
  }
  const [one, two] = [await openConsole(a.folder, ['Ada']), await openConsole(b.folder, ['Ada'])];
  const [ada = ''] = one.people;
  const [bo = ''] = two.people;
  // They met at the station of the first; now each is at home.
  const { station: first } = await one.messenger.view(ada);
  // biome-ignore lint/correctness/useHookAtTopLevel: not a hook of React
  await two.messenger.useStation({ host: first.host, port: first.port });
  unwrap(await two.messenger.addContact(bo, ada, ''));
  const hears = async (words: readonly string[]) =>
    until(async () => (await textsOf(one.messenger, ada, `p:${bo}`)).length === words.length);
  unwrap(await two.messenger.send(bo, `p:${ada}`, 'hello'));
  await hears(['hello']);
  // biome-ignore lint/correctness/useHookAtTopLevel: not a hook of React
  await two.messenger.useStation(undefined);
  unwrap(await two.messenger.send(bo, `p:${ada}`, 'from home'));
  await hears(['hello', 'from home']);
  return { one, two, ada, bo, a, b };
}

const fileOf = async (messenger: Messenger, actor: string, chat: string) => {
  const message = unwrap(await messenger.chat(actor, chat)).messages.at(-1);
  return { id: message?.id ?? 0, file: message?.file };
};

it.skipIf(process.platform !== 'linux')(
  'a file put to one station is fetched through the other',
  {
    timeout: 60_000,
  },
  async () => {
    const { one, two, ada, bo } = await openNeighbours();
    expect((await one.messenger.view(ada)).station).toMatchObject({ host: HOSTS[0], own: true });
    const bytes = FILE;
    unwrap(await one.messenger.sendFile(ada, `p:${bo}`, { name: 'gear.stl', bytes }));
    const theirs = () => fileOf(two.messenger, bo, `p:${ada}`);
    await until(async () => (await theirs()).file?.name === 'gear.stl');
    unwrap(two.messenger.files.start(bo, (await theirs()).id));
    await until(async () => ['ready', 'failed'].includes((await theirs()).file?.state ?? ''));
    expect((await theirs()).file).toMatchObject({ state: 'ready' });
    const opened = unwrap(await two.messenger.files.open(bo, (await theirs()).id));
    expect(bytesToHex(sha256(opened.bytes))).toBe(bytesToHex(sha256(bytes)));
  },
);

it('a station is named to others by an address that they can reach', () => {
  const port = 9394;
  expect(addressesOf({ host: '127.0.0.1', port }, undefined)).toEqual({
    near: { host: '127.0.0.1', port },
    far: { host: '127.0.0.1', port },
  });
  expect(addressesOf({ host: '192.168.7.9', port }, undefined).far.host).toBe('192.168.7.9');
  const said = { host: 'station.example.org', port: 443 };
  expect(addressesOf({ host: '0.0.0.0', port }, said)).toEqual({
    near: { host: '127.0.0.1', port },
    far: said,
  });
  expect(addressesOf({ host: '::', port }, said).near.host).toBe('::1');
  // Without a word of its operator, what this computer's own cards say; in the sealed world of a test there may be none.
  expect(addressesOf({ host: '0.0.0.0', port }, undefined).far.host).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
});
