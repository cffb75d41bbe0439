// A stranger's console pays with work where the receiver asks for it, and nobody else's does more than the rules say.

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { unwrap } from '../../base/index.ts';
import type { DimpId } from '../../dimp/index.ts';
import { createContent, messageToText, parseMessage } from '../../dimp/index.ts';
import { shownWork, WORK_BITS_MAX } from '../../dimp/station/index.ts';
import { meetPeople, stamp } from '../../dimp/testing/people.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { withWork, workAsked } from './payment-of-work.ts';
import { STATION_MIGRATIONS } from './station-store.ts';
import { makeFolder, openConsole, running, stateOf, textsOf, until } from './testing/consoles.ts';

it('brings a stranger’s message through', async () => {
  const folder = makeFolder();
  const { messenger, people } = await openConsole(folder, ['Ada', 'Bo']);
  const [ada = '', bo = ''] = people;
  expect(messenger.price(bo)).toEqual({});
  await messenger.setPrice(bo, { workBits: 9 });
  expect(messenger.price(bo)).toEqual({ workBits: 9 });
  const station = openSqlite(join(folder, 'station', 'station.db'), STATION_MIGRATIONS);
  running.push({ close: async () => void station.close() });
  const asked = station.prepare(
    "SELECT 1 FROM facts WHERE kind = 'price' AND id = ? AND value LIKE '%workBits%'",
  );
  await until(() => asked.get(bo) !== undefined);
  unwrap(await messenger.send(ada, `p:${bo}`, 'worked for'));
  await until(async () => (await textsOf(messenger, bo, `p:${ada}`)).length === 1);
  await until(async () => (await stateOf(messenger, ada, `p:${bo}`)) === 'received');
});

it('says what stake a stranger lacks before anything is sent, and lets who has it through', async () => {
  const stakes = new Map<string, bigint>();
  const readStake = async (id: DimpId) => stakes.get(id.bare) ?? 0n;
  const { messenger, people } = await openConsole(makeFolder(), ['Ada', 'Bo'], undefined, () => ({
    readStake,
  }));
  const [ada = '', bo = ''] = people;
  await messenger.setPrice(bo, { stakeMicro: '5000000' });
  stakes.set(ada, 2_000_000n);
  unwrap(await messenger.send(ada, `p:${bo}`, 'too little'));
  await until(async () => (await stateOf(messenger, ada, `p:${bo}`)) === 'refused');
  const asked = { stakeMicro: 5_000_000n, lockedMicro: 2_000_000n };
  expect(await messenger.askedPrice(ada, 'o:0')).toEqual({});
  await until(async () => (await messenger.askedPrice(ada, `p:${bo}`)).stakeMicro !== undefined);
  expect(await messenger.askedPrice(ada, `p:${bo}`)).toEqual(asked);
  // Who was written to is no stranger any more.
  unwrap(await messenger.send(bo, `p:${ada}`, 'who are you?'));
  await until(async () => (await textsOf(messenger, ada, `p:${bo}`)).includes('who are you?'));
  unwrap(await messenger.send(ada, `p:${bo}`, 'Ada'));
  await until(async () => (await textsOf(messenger, bo, `p:${ada}`)).includes('Ada'));
  expect(await textsOf(messenger, bo, `p:${ada}`)).toEqual(['who are you?', 'Ada']);
});

it('works for one message to one receiver, once, and never without end', async () => {
  const { send } = await meetPeople(createDimpCrypto());
  const wire = messageToText(send(createContent('text', { text: 'x' }, stamp)));
  const paid = (await withWork(wire, 8, () => true)) ?? '';
  const { json, signature, receiver } = unwrap(parseMessage(paid));
  expect(shownWork(json, signature, receiver.bare)).toBeGreaterThanOrEqual(8);
  const { work: _, ...rest } = json;
  expect(rest).toEqual(unwrap(parseMessage(wire)).json);
  expect(await withWork(paid, 8, () => true)).toBeUndefined();
  expect(await withWork(wire, WORK_BITS_MAX, () => false)).toBeUndefined();
  expect(await withWork('{}', 1, () => true)).toBeUndefined();
  for (const price of [
    undefined,
    5,
    {},
    { workBits: WORK_BITS_MAX + 1 },
    { workBits: 'all' },
    { stakeMicro: '5' },
  ])
    expect(workAsked({ price } as Parameters<typeof workAsked>[0])).toBeUndefined();
  expect(workAsked({ price: { workBits: 3 } })).toBe(3);
});
