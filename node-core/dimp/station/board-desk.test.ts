// Boards at stations that are neighbours: who is at one reads what was posted at the other, once, whoever founded the board
// and wherever its readers are; and what nobody signed who may is kept at neither.

import { beforeAll, expect, it } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { crypto, makeAccount, TestClient, TestStation, World } from '../../host/dimp/testing/world.ts';
import type { Account, DimpId, JsonObject } from '../index.ts';
import {
  BOARD_APP,
  boardProperty,
  createCommand,
  createContent,
  createDocument,
  createNamedMeta,
  documentToJson,
  ENTITY_TYPES,
  EVERY_STATION,
  messageToText,
  metaToId,
  metaToJson,
  sealMessage,
} from '../index.ts';

let accounts: readonly Account[];
beforeAll(async () => {
  accounts = await Promise.all([
    makeAccount('alice'),
    makeAccount('bob'),
    makeAccount('one', 'station'),
    makeAccount('two', 'station'),
  ]);
});

/** Two neighbours with somebody at each, and a board that the first has founded. */
function openTown() {
  const [alice, bob, first, second] = accounts as [Account, Account, Account, Account];
  const world = new World();
  const one = new TestStation(world, first, { neighbours: [second.id] });
  const two = new TestStation(world, second, { neighbours: [first.id] });
  const people = [new TestClient(world, alice, 'a'), new TestClient(world, bob, 'b')] as const;
  people[0].connect(one);
  people[1].connect(two);
  world.settle();
  const nowS = world.nowMs / 1000;
  const meta = unwrap(createNamedMeta('Board-7', alice.identityKey, crypto));
  const board = metaToId(meta, ENTITY_TYPES.group) as DimpId;
  const properties = {
    ...boardProperty('everybody', 'of two towns'),
    founder: alice.id.bare,
    administrators: [],
    assistants: [],
    name: 'Towns',
  };
  const request = { did: board, type: 'bulletin' as const, properties, nowS };
  const bulletin = unwrap(createDocument(request, alice.identityKey, crypto));
  let sn = 0;
  const stamp = () => ({ sn: ++sn, timeS: nowS + sn });
  const publish = (by: TestClient, content: JsonObject, group?: DimpId, account = by.account) => {
    const outer = {
      receiver: EVERY_STATION,
      content,
      timeS: nowS,
      ...(group === undefined ? {} : { group }),
    };
    by.sendText(messageToText(unwrap(sealMessage({ account, ...outer }, by.directory, crypto))));
    world.settle();
  };
  const papers = { did: board.bare, meta: metaToJson(meta), documents: [documentToJson(bulletin)] };
  const found = () => publish(people[0], createCommand('documents', papers, stamp()));
  const post = (by: TestClient, text: string, account?: Account) =>
    publish(by, createContent('text', { text }, { ...stamp(), group: board }), board, account);
  /** What somebody is answered who asks the own station for the board. */
  const read = (by: TestClient): readonly string[] => {
    const heard: JsonObject[] = [];
    by.fromStation = ({ json }) => void heard.push(json);
    by.client?.customized({ ...BOARD_APP, act: 'query', board: board.bare, after: 0 });
    world.settle();
    const entries = heard.find(({ act }) => act === 'entries')?.['entries'];
    return (Array.isArray(entries) ? entries : []).map((entry) => {
      const { message } = entry as { message: { data: string } };
      return (JSON.parse(message.data) as { text: string }).text;
    });
  };
  return { world, one, two, alice: people[0], bob: people[1], found, post, read };
}

it('are read at both, whichever an entry was brought to, and each entry once', () => {
  const { world, two, alice, bob, one, found, post, read } = openTown();
  one.dial(two);
  two.dial(one);
  world.settle();
  found();
  post(alice, 'from the first town');
  post(bob, 'from the second town');
  const both = ['from the first town', 'from the second town'];
  expect([read(alice), read(bob)]).toEqual([both, both]);
  // Bob moves: the first has all of it too.
  bob.connect(one);
  world.settle();
  expect(read(bob)).toEqual(both);
});

it('are brought to a neighbour that was away when it is back', () => {
  const { world, one, two, alice, bob, found, post, read } = openTown();
  found();
  post(alice, 'while they could not hear');
  expect([read(alice), read(bob)]).toEqual([['while they could not hear'], []]);
  one.dial(two);
  two.dial(one);
  world.settle();
  expect(read(bob)).toEqual(['while they could not hear']);
});

it('take nothing under another name, at neither station', () => {
  const { world, one, two, alice, bob, found, post, read } = openTown();
  one.dial(two);
  two.dial(one);
  world.settle();
  found();
  post(alice, 'genuine');
  const forged = { ...bob.account, id: alice.account.id, meta: alice.account.meta };
  post(bob, 'not hers', forged as Account);
  expect([read(alice), read(bob)]).toEqual([['genuine'], ['genuine']]);
  expect(two.refused.length).toBeGreaterThan(0);
});
