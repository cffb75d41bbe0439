// What counts on a board: proven entries of those who may, whatever order they come in, and nothing that others sign.

import { beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { createDimpCrypto } from '../host/adapters/dimp-crypto.ts';
import type { Account, Directory, JsonObject, ReliableMessage } from './index.ts';
import {
  BOARD_APP,
  boardContents,
  boardProperty,
  createAccount,
  createContent,
  createDirectory,
  createDocument,
  createEccKey,
  createNamedMeta,
  createRsaKey,
  type DimpId,
  documentToJson,
  ENTITY_TYPES,
  EVERY_STATION,
  entryKey,
  messageToText,
  metaToId,
  metaToJson,
  parseMessage,
  readBoard,
  readEntry,
  sealMessage,
} from './index.ts';

const NOW_S = 1_800_000_000;
const crypto = createDimpCrypto();
let directory: Directory;
let people: Account[];
let board: DimpId;
let serial = 0;

const person = (index: number) => people[index] as Account;
const sign = (
  index: number,
  kind: 'text' | 'customized',
  fields: JsonObject,
  timeS = NOW_S,
  group = board,
) => {
  const content = createContent(kind, fields, { sn: ++serial, timeS, group });
  return unwrap(
    sealMessage(
      { account: person(index), receiver: EVERY_STATION, group, content, timeS },
      directory,
      crypto,
    ),
  );
};
const post = (index: number, text: string, timeS?: number) => sign(index, 'text', { text }, timeS);
const act = (index: number, fields: JsonObject, timeS?: number) =>
  sign(index, 'customized', { ...BOARD_APP, ...fields }, timeS);
const shown = (messages: readonly ReliableMessage[]) => {
  const entries = messages.map((message) => unwrap(readEntry(board, message, directory, crypto, NOW_S)));
  const { posts } = boardContents(unwrap(readBoard(board, directory)), entries);
  return posts.filter(({ isHidden }) => !isHidden).map(({ text }) => text);
};

beforeAll(async () => {
  directory = createDirectory(createMemoryKv(), crypto);
  const visaKey = createRsaKey(await crypto.rsa.generate(1024));
  if (visaKey === undefined) throw new Error('a sound key');
  const make = async (fill: number) => {
    const identityKey = createEccKey(new Uint8Array(32).fill(fill));
    return unwrap(await createAccount({ identityKey, visaKey, properties: {}, nowS: NOW_S }, crypto));
  };
  people = await Promise.all([1, 2, 3].map(make));
  for (const { id, meta } of people) unwrap(directory.saveMeta(id, metaToJson(meta)));
  const { identityKey, id } = person(0);
  const meta = unwrap(createNamedMeta('Board-1', identityKey, crypto));
  board = metaToId(meta, ENTITY_TYPES.group) as DimpId;
  const staff = { founder: id.bare, administrators: [], assistants: [] };
  const properties = { ...boardProperty('everybody', 'about'), ...staff, name: 'Board' };
  const bulletin = unwrap(
    createDocument({ did: board, type: 'bulletin', properties, nowS: NOW_S - 10 }, identityKey, crypto),
  );
  unwrap(directory.saveMeta(board, metaToJson(meta)));
  unwrap(directory.saveDocument(documentToJson(bulletin), board, NOW_S));
});

describe('a board', () => {
  it('shows each post once, in the order of their signed times', () => {
    const [a, b] = [post(1, 'first', NOW_S - 5), post(2, 'second', NOW_S - 4)];
    expect(shown([b, a, b])).toEqual(['first', 'second']);
  });

  it('is moderated by its leaders, and by authors for their own words', () => {
    const [a, b] = [post(1, 'a', NOW_S - 5), post(2, 'b', NOW_S - 4)];
    const hide = (by: number, of: ReliableMessage) =>
      act(by, { act: 'hide', target: entryKey(of) }, NOW_S - 3);
    expect(shown([hide(2, a), a, b])).toEqual(['a', 'b']);
    expect(shown([hide(0, a), a, b])).toEqual(['b']);
    expect(shown([hide(1, a), a, b])).toEqual(['b']);
    expect(shown([a, b, hide(0, a), act(0, { act: 'show', target: entryKey(a) }, NOW_S - 2)])).toEqual([
      'a',
      'b',
    ]);
    const shut = act(0, { act: 'shut', member: person(2).id.bare }, NOW_S - 3);
    expect(shown([a, b, shut])).toEqual(['a']);
    expect(shown([a, b, shut, act(0, { act: 'admit', member: person(2).id.bare }, NOW_S - 2)])).toEqual([
      'a',
      'b',
    ]);
    // Nobody shuts a leader out, and others nobody.
    expect(shown([a, b, act(1, { act: 'shut', member: person(2).id.bare }, NOW_S - 3)])).toEqual(['a', 'b']);
    expect(shown([post(0, 'owner'), act(0, { act: 'shut', member: person(0).id.bare })])).toEqual(['owner']);
  });

  it('takes nothing that was not signed for it', () => {
    const code = (message: ReliableMessage) => {
      const entry = readEntry(board, message, directory, crypto, NOW_S);
      return entry.ok ? 'ok' : entry.fault.code;
    };
    const sound = post(1, 'x');
    expect(code(sound)).toBe('ok');
    const forged = { ...JSON.parse(messageToText(sound)), sender: person(2).id.text };
    expect(code(unwrap(parseMessage(JSON.stringify(forged))))).toBe('dimp.message.forged');
    const other = metaToId(
      unwrap(createNamedMeta('Board-2', person(0).identityKey, crypto)),
      ENTITY_TYPES.group,
    );
    expect(code(sign(1, 'text', { text: 'x' }, NOW_S, other as DimpId))).toBe('dimp.board.entry');
    expect(code(post(1, 'x', NOW_S + 7200))).toBe('dimp.message.future');
    expect(code(act(1, { act: 'rule' }))).toBe('dimp.board.entry');
    expect(code(post(1, '  '))).toBe('dimp.board.entry');
  });
});
