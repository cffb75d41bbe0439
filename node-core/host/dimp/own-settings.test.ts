// Settings of chats on several devices: whatever is changed where, and in whatever order the devices hear of it, twice or
// late, in the end all show the same; and a new device gets everything.

import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { unwrap } from '../../base/index.ts';
import type { ChatSettings, JsonObject } from '../../dimp/index.ts';
import { createContent, parseContent, readDeviceNews } from '../../dimp/index.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { systemRandom } from '../adapters/system.ts';
import { createVault } from '../adapters/vault.ts';
import { CHAT_MIGRATIONS } from './chat-migrations.ts';
import { createChatStore } from './chat-store.ts';
import { OwnSettings } from './own-settings.ts';
import { running, TEST_VAULT_SECRET } from './testing/consoles.ts';

const OWNER = `0x${'1'.repeat(40)}`;
const CHATS = [`p:0x${'2'.repeat(40)}`, `o:0x${'3'.repeat(40)}`] as const;

function readSettings(fields: JsonObject): readonly ChatSettings[] {
  const content = unwrap(parseContent(createContent('customized', fields, { sn: 1, timeS: 1 })));
  const news = readDeviceNews(content);
  if (news === undefined || news === 'void' || news.kind !== 'settings') throw new Error('no settings');
  return news.settings;
}

function openDevice(nowMs: () => number) {
  const database = openSqlite(':memory:', CHAT_MIGRATIONS);
  running.push({ close: async () => void database.close() });
  const store = createChatStore(database, createVault(TEST_VAULT_SECRET, systemRandom), systemRandom);
  const told: (readonly ChatSettings[])[] = [];
  const blocked: boolean[] = [];
  const around = { isConnected: true, others: ['other'] };
  const settings = new OwnSettings({
    owner: OWNER,
    store,
    clock: { nowMs, monotonicMs: nowMs, sleep: async () => undefined },
    others: () => around.others,
    tell: (fields) => {
      if (around.isConnected) told.push(readSettings(fields));
      return around.isConnected;
    },
    changed: () => undefined,
    blocked: (chat) => blocked.push(store.chat(OWNER, chat)?.blocked === true),
  });
  const shown = () =>
    store
      .chats(OWNER)
      .map(({ chat, draft, name, muted, blocked }) => JSON.stringify([chat, draft, name, muted, blocked]));
  return { store, settings, told, around, blocked, shown: () => shown().sort() };
}

const change = fc.record({
  device: fc.nat(2),
  chat: fc.constantFrom(...CHATS),
  what: fc.constantFrom('draft' as const, 'name' as const, 'muted' as const, 'blocked' as const),
  value: fc.constantFrom('', 'a', 'b', 'c'),
});
const step = fc.oneof(
  fc.record({ kind: fc.constant('change' as const), change }),
  fc.record({
    kind: fc.constantFrom('hear' as const, 'offline' as const, 'online' as const),
    device: fc.nat(2),
  }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: -2000, max: 2000 }) }),
);

it('come to the same on all devices', () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 40 }), (steps, order) => {
      let nowMs = 1_700_000_000_000;
      const devices = [0, 1, 2].map(() => openDevice(() => nowMs));
      const at = (index: number) => devices[index] as ReturnType<typeof openDevice>;
      for (const { store } of devices) for (const chat of CHATS) store.addChat(OWNER, chat);
      const all = () => devices.flatMap(({ told }) => told);
      for (const one of steps) {
        if (one.kind === 'pass') nowMs += one.ms;
        else if (one.kind === 'change') {
          const { device, chat, what, value } = one.change;
          const { settings } = at(device);
          if (what === 'draft') settings.setDraft(chat, value);
          else if (what === 'name') settings.setName(chat, value);
          else if (what === 'muted') settings.setMuted(chat, value !== '');
          else if (chat.startsWith('p:')) settings.setBlocked(chat, value !== '');
        } else if (one.kind === 'hear') for (const news of all()) at(one.device).settings.hear(news);
        else {
          at(one.device).around.isConnected = one.kind === 'online';
          if (one.kind === 'online') at(one.device).settings.tell();
        }
      }
      for (const { around, settings } of devices) {
        around.isConnected = true;
        settings.tell();
      }
      const said = all();
      const shuffled = [...said, ...said]
        .map((news, index) => ({ news, key: order[index % (order.length || 1)] ?? 0 }))
        .sort((a, b) => a.key - b.key);
      for (const { news } of shuffled) for (const { settings } of devices) settings.hear(news);
      expect(at(1).shown()).toEqual(at(0).shown());
      expect(at(2).shown()).toEqual(at(0).shown());
    }),
    { seed: 62, numRuns: 40 },
  ));

it('are told whole to a new device, once, and what is not sound changes nothing', () => {
  const device = openDevice(() => 1_700_000_000_000);
  const { store, settings, told, around } = device;
  const [person] = CHATS;
  around.others = [];
  store.addChat(OWNER, person);
  // Named by a program that did not note when.
  store.nameChat(OWNER, person, 'Bobby');
  settings.setMuted(person, true);
  expect(told).toEqual([]);
  around.others = ['new'];
  settings.tell();
  settings.tell();
  const [first, ...more] = told;
  expect(first).toMatchObject([{ chat: person, name: { atMs: 1, value: 'Bobby' }, muted: { value: true } }]);
  expect(more).toEqual([]);
  const other = openDevice(() => 1_700_000_000_000);
  other.settings.hear(first ?? []);
  expect(other.shown()).toEqual(device.shown());
  expect(other.told).toEqual([]);
  // A draft for a chat that is not there makes none; a time of the future is none.
  other.settings.hear([{ chat: CHATS[1], draft: { atMs: 5, value: 'x' } }]);
  other.settings.hear([{ chat: person, muted: { atMs: Number.MAX_SAFE_INTEGER, value: false } }]);
  other.settings.setMuted(person, true);
  expect(other.told.at(-1)?.[0]?.muted?.atMs).toBeLessThan(1_700_000_100_000);
  expect(other.shown()).toHaveLength(1);
  for (const wrong of [{ settings: [{ chat: 'x' }] }, { settings: 5 }]) {
    const fields = { app: 'dipnet', mod: 'devices', act: 'settings', ...wrong };
    const content = createContent('customized', fields, { sn: 1, timeS: 1 });
    expect(readDeviceNews(unwrap(parseContent(content)))).toBe('void');
  }
});

it('blocks on every device whom one of them blocked, and never an order', () => {
  let nowMs = 1_700_000_000_000;
  const [person, order] = CHATS;
  const [one, two] = [openDevice(() => nowMs), openDevice(() => nowMs)];
  one.store.addChat(OWNER, person);
  two.store.addChat(OWNER, order);
  one.settings.setBlocked(person, true);
  nowMs += 1000;
  for (const news of one.told) two.settings.hear(news);
  expect(two.store.chat(OWNER, person)?.blocked).toBe(true);
  two.settings.setBlocked(person, false);
  two.settings.hear([{ chat: order, blocked: { atMs: nowMs, value: true } }]);
  expect(two.store.chat(OWNER, order)?.blocked).toBe(false);
  // The older news comes again, late: who was let in meanwhile stays so.
  for (const news of [...two.told, ...one.told]) one.settings.hear(news);
  for (const news of one.told) two.settings.hear(news);
  expect([one, two].map(({ store }) => store.chat(OWNER, person)?.blocked)).toEqual([false, false]);
  expect([one.blocked, two.blocked]).toEqual([
    [true, false],
    [true, false],
  ]);
});
