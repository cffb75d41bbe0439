// Public boards over a real station: what one console posts another reads; owners moderate, readers mute, and what nobody
// signed who may is not there.

import { expect, it } from 'vitest';
import { unwrap } from '../../base/index.ts';
import type { Messenger } from './messenger.ts';
import { makeFolder, openConsole, until } from './testing/consoles.ts';

const read = async (messenger: Messenger, actor: string, board: string) =>
  unwrap(await messenger.boards.view(actor, board));
const textsOn = async (messenger: Messenger, actor: string, board: string) =>
  (await read(messenger, actor, board)).posts.map(({ text }) => text);

it('are found at the station, written on by everybody, and moderated by their owner', async () => {
  const one = await openConsole(makeFolder(), ['Ada']);
  const two = await openConsole(makeFolder(), ['Bo', 'Cy']);
  const [ada = ''] = one.people;
  const [bo = '', cy = ''] = two.people;
  const { host, port } = (await one.messenger.view(ada)).station;
  await two.messenger.useStation({ host, port });
  for (const who of [bo, cy])
    await until(async () => (await two.messenger.view(who)).station.state === 'connected');
  await until(async () => (await one.messenger.view(ada)).station.state === 'connected');
  const draft = { name: 'Printers of the town', about: 'Ask anything', posting: 'everybody' } as const;
  const board = unwrap(await one.messenger.boards.found(ada, draft));
  const news = { ...draft, name: 'News', posting: 'leaders' } as const;
  const closed = unwrap(await one.messenger.boards.found(ada, news));
  await until(async () => (await two.messenger.boards.list(bo)).length === 2);
  const card = (await two.messenger.boards.list(bo)).find(({ id }) => id === board);
  expect(card).toMatchObject({ name: 'Printers of the town', leads: false, mayPost: true, following: false });
  unwrap(await two.messenger.boards.change(bo, board, { act: 'follow' }));
  expect(await two.messenger.boards.post(bo, closed, 'me too')).toMatchObject({
    fault: { code: 'chat.board.closed' },
  });
  unwrap(await two.messenger.boards.post(bo, board, '<b>Who</b> prints in ABS?'));
  unwrap(await two.messenger.boards.post(cy, board, 'Buy cheap tokens'));
  await until(async () => (await textsOn(one.messenger, ada, board)).length === 2);
  expect((await textsOn(one.messenger, ada, board)).sort()).toEqual([
    '<b>Who</b> prints in ABS?',
    'Buy cheap tokens',
  ]);

  // For oneself alone.
  unwrap(await two.messenger.boards.change(bo, board, { act: 'mute', member: cy }));
  expect(await textsOn(two.messenger, bo, board)).toContain('');
  expect(await textsOn(two.messenger, cy, board)).toContain('Buy cheap tokens');
  // For everybody, by the owner alone.
  const spam = (await read(one.messenger, ada, board)).posts.find(({ author }) => author.id === cy);
  const target = spam?.key ?? '';
  expect(await two.messenger.boards.change(bo, board, { act: 'hide', target })).toMatchObject({
    fault: { code: 'chat.board.leads' },
  });
  unwrap(await one.messenger.boards.change(ada, board, { act: 'hide', target }));
  await until(async () => (await read(two.messenger, cy, board)).posts.some(({ hidden }) => hidden));
  unwrap(await one.messenger.boards.change(ada, board, { act: 'shut', member: cy }));
  await until(async () => (await read(two.messenger, bo, board)).posts.some(({ shutOut }) => shutOut));
  expect((await textsOn(two.messenger, cy, board)).filter((text) => text !== '')).toEqual([
    '<b>Who</b> prints in ABS?',
  ]);
});
