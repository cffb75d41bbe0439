import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../base/index.ts';
import { unwrap } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { createDimpCrypto } from '../host/adapters/dimp-crypto.ts';
import type {
  Account,
  CommandName,
  DimpId,
  Directory,
  GroupState,
  JsonObject,
  OpenedMessage,
} from './index.ts';
import {
  ANYONE,
  applyGroupCommand,
  applyGroupHistory,
  contentFields,
  createAccount,
  createCommand,
  createContent,
  createDirectory,
  createDocument,
  createEccKey,
  createNamedMeta,
  createRsaKey,
  documentToJson,
  ENTITY_TYPES,
  foundGroup,
  GROUP_MEMBERS_MAX,
  groupReaders,
  mayWrite,
  metaToId,
  metaToJson,
  openMessage,
  parseId,
  parseInnerMessage,
  renewBulletin,
  sealForGroup,
  sealMessage,
  splitForMember,
} from './index.ts';

const crypto = createDimpCrypto();
const NOW_S = 1_795_250_000;
const codeOf = (result: Result<unknown>) => (result.ok ? 'ok' : result.fault.code);
const textsOf = (ids: readonly DimpId[]) => ids.map(({ text }) => text);

let people: readonly Account[];
let directory: Directory;
let group: DimpId;
let start: GroupState;
const person = (index: number): Account => people[index] as Account;

beforeAll(async () => {
  // One visa key for all: making many takes long and changes nothing here.
  const visaKey = createRsaKey(await crypto.rsa.generate(1024));
  if (visaKey === undefined) throw new Error('no key');
  const secrets = Array.from({ length: 18 }, (_, index) => new Uint8Array(32).fill(index + 1));
  directory = createDirectory(createMemoryKv(), crypto);
  people = await Promise.all(
    secrets.map(async (secret) => {
      const request = { identityKey: createEccKey(secret), visaKey, properties: {}, nowS: NOW_S };
      return unwrap(await createAccount(request, crypto));
    }),
  );
  for (const { id, meta, visa } of people) {
    unwrap(directory.saveMeta(id, metaToJson(meta)));
    if (visa !== undefined) unwrap(directory.saveDocument(documentToJson(visa), id, NOW_S));
  }
  const meta = unwrap(createNamedMeta('Group-1001', person(0).identityKey, crypto));
  group = metaToId(meta, ENTITY_TYPES.group) as DimpId;
  unwrap(directory.saveMeta(group, metaToJson(meta)));
  saveBulletin({ founder: person(0).id.text, administrators: [person(1).id.text] }, NOW_S);
  start = unwrap(foundGroup(group, directory));
});

function saveBulletin(properties: JsonObject, nowS: number, into = directory): void {
  const request = { did: group, type: 'bulletin' as const, properties, nowS };
  const bulletin = unwrap(createDocument(request, person(0).identityKey, crypto));
  unwrap(into.saveDocument(documentToJson(bulletin), group, nowS));
}

/** A command as it arrives: sealed in clear by its sender, and opened. */
function command(name: CommandName, sender: number, timeS: number, fields: JsonObject = {}): OpenedMessage {
  const content = createCommand(name, fields, { sn: 1, timeS, group });
  const request = { account: person(sender), receiver: ANYONE, group, content, timeS };
  const message = unwrap(sealMessage(request, directory, crypto));
  return unwrap(openMessage(message, person(2), directory, crypto));
}
const ids = (...indices: readonly number[]) => indices.map((index) => person(index).id.text);
const reset = (sender: number, timeS: number, ...members: readonly number[]) =>
  command('reset', sender, timeS, { members: ids(...members) });
const apply = (state: GroupState, opened: OpenedMessage) => applyGroupCommand(state, opened, NOW_S + 100);

describe('who may do what', () => {
  it('owner and administrators reset; the owner stays first and administrators stay', () => {
    const state = unwrap(apply(start, reset(0, NOW_S + 1, 0, 1, 2, 3)));
    expect(textsOf(state.members)).toEqual(ids(0, 1, 2, 3));
    expect(textsOf(unwrap(apply(state, reset(1, NOW_S + 2, 0, 1, 3))).members)).toEqual(ids(0, 1, 3));
    for (const refused of [
      reset(2, NOW_S + 2, 0, 1, 2),
      reset(9, NOW_S + 2, 0, 1, 9),
      reset(1, NOW_S + 2, 1, 0, 2),
      reset(1, NOW_S + 2, 0, 2),
      command('reset', 0, NOW_S + 2, { members: [] }),
    ])
      expect(codeOf(apply(state, refused))).toBe('dimp.group.forbidden');
    expect(codeOf(apply(state, reset(0, NOW_S + 1, 0, 1)))).toBe('dimp.group.outdated');
    expect(codeOf(apply(state, reset(0, NOW_S + 5000, 0, 1)))).toBe('dimp.message.future');
  });

  it('members invite, strangers ask, and both wait for a reset', () => {
    const state = unwrap(apply(start, reset(0, NOW_S + 1, 0, 1, 2)));
    const invited = unwrap(apply(state, command('invite', 2, NOW_S + 2, { members: ids(3, 4) })));
    const asked = unwrap(apply(invited, command('join', 5, NOW_S + 3)));
    expect(textsOf(asked.waiting)).toEqual(ids(3, 4, 5));
    expect(mayWrite(asked, person(3).id)).toBe(false);
    expect(codeOf(apply(state, command('invite', 9, NOW_S + 2, { members: ids(8) })))).toBe(
      'dimp.group.forbidden',
    );
    const single = command('invite', 2, NOW_S + 2, { member: person(6).id.text });
    expect(textsOf(unwrap(apply(state, single)).waiting)).toEqual(ids(6));
    expect(unwrap(apply(asked, reset(1, NOW_S + 4, 0, 1, 2, 3))).waiting).toEqual([]);
  });

  it('who quits reads nothing more at once; those who lead cannot quit', () => {
    const state = unwrap(apply(start, reset(0, NOW_S + 1, 0, 1, 2, 3)));
    const left = unwrap(apply(state, command('quit', 3, NOW_S + 2)));
    expect(textsOf(groupReaders(left))).toEqual(ids(0, 1, 2));
    expect(mayWrite(left, person(3).id)).toBe(false);
    for (const leader of [0, 1])
      expect(codeOf(apply(state, command('quit', leader, NOW_S + 2)))).toBe('dimp.group.forbidden');
    // Back in by a reset, and the old farewell sent again does nothing.
    const back = unwrap(apply(left, reset(0, NOW_S + 3, 0, 1, 2, 3)));
    expect(codeOf(apply(back, command('quit', 3, NOW_S + 2)))).toBe('dimp.group.outdated');
  });

  it('the owner alone hires and fires; an administrator may resign', () => {
    const hire = (sender: number) =>
      command('hire', sender, NOW_S + 2, { administrators: ids(4), assistants: ids(9) });
    const hired = unwrap(apply(start, hire(0)));
    expect(textsOf(hired.administrators)).toEqual(ids(1, 4));
    expect(textsOf(hired.assistants)).toEqual(ids(9));
    expect(codeOf(apply(start, hire(1)))).toBe('dimp.group.forbidden');
    const fired = unwrap(apply(hired, command('fire', 0, NOW_S + 3, { administrators: ids(1) })));
    expect(textsOf(fired.administrators)).toEqual(ids(4));
    expect(codeOf(apply(hired, command('fire', 1, NOW_S + 3, { administrators: ids(4) })))).toBe(
      'dimp.group.forbidden',
    );
    expect(textsOf(unwrap(apply(hired, command('resign', 4, NOW_S + 3))).administrators)).toEqual(ids(1));
    expect(codeOf(apply(hired, command('resign', 2, NOW_S + 3)))).toBe('dimp.group.forbidden');
    expect(codeOf(apply(hired, command('resign', 4, NOW_S + 1)))).toBe('dimp.group.outdated');
  });

  it('expelling and giving away the group are not done by a command', () => {
    for (const name of ['expel', 'abdicate'] as const)
      expect(codeOf(apply(start, command(name, 0, NOW_S + 2, { members: ids(2) })))).toBe(
        'dimp.group.forbidden',
      );
    expect(apply(start, command('query', 9, NOW_S + 2))).toEqual({ ok: true, value: start });
  });

  it('a group grows to its limit and not beyond', () => {
    const many = (count: number) => [
      ...ids(0, 1),
      ...Array.from({ length: count - 2 }, (_, index) => `0x${(index + 1).toString(16).padStart(40, '0')}`),
    ];
    const at = (count: number) => apply(start, command('reset', 0, NOW_S + 1, { members: many(count) }));
    const full = unwrap(at(GROUP_MEMBERS_MAX));
    expect(full.members).toHaveLength(GROUP_MEMBERS_MAX);
    expect(at(GROUP_MEMBERS_MAX + 1).ok).toBe(false);
    expect(codeOf(apply(full, command('join', 9, NOW_S + 2)))).toBe('dimp.group.large');
  });

  it('a founder is one whose key the group’s meta has', () => {
    const mine = createDirectory(createMemoryKv(), crypto);
    for (const { id, meta } of [person(0), person(7)]) unwrap(mine.saveMeta(id, metaToJson(meta)));
    unwrap(mine.saveMeta(group, metaToJson(directory.meta(group) as never)));
    expect(codeOf(foundGroup(group, mine))).toBe('dimp.contact.unknown');
    saveBulletin({ founder: person(7).id.text }, NOW_S, mine);
    expect(codeOf(foundGroup(group, mine))).toBe('dimp.group.forbidden');
    saveBulletin({ founder: person(0).id.text }, NOW_S + 1, mine);
    expect(unwrap(foundGroup(group, mine)).owner.text).toBe(person(0).id.text);
    expect(textsOf(unwrap(renewBulletin(start, mine)).administrators)).toEqual([]);
  });

  it('a history gives the same state in whatever order it arrives', () => {
    const history = [
      reset(0, NOW_S + 1, 0, 1, 2, 3),
      command('invite', 2, NOW_S + 2, { members: ids(5) }),
      command('quit', 3, NOW_S + 3),
      reset(1, NOW_S + 4, 0, 1, 2, 5),
      reset(9, NOW_S + 5, 0, 1, 9),
      command('join', 6, NOW_S + 6),
      command('quit', 2, NOW_S + 7),
    ];
    const expected = applyGroupHistory(start, history, NOW_S + 100);
    expect(textsOf(groupReaders(expected))).toEqual(ids(0, 1, 5));
    expect(textsOf(expected.waiting)).toEqual(ids(6));
    const shuffled = fc.shuffledSubarray(history, { minLength: history.length });
    fc.assert(
      fc.property(shuffled, (order) => {
        expect(applyGroupHistory(start, order, NOW_S + 100)).toEqual(expected);
      }),
      { seed: 11, numRuns: 50 },
    );
  });
});

describe('delivery', () => {
  const grown = (count: number) =>
    unwrap(apply(start, reset(0, NOW_S + 1, ...Array.from({ length: count }, (_, index) => index))));
  const text = () => createContent('text', { text: 'hello all' }, { sn: 5, timeS: NOW_S, group });
  const seal = (state: GroupState, account = person(0)) =>
    sealForGroup({ account, state, content: text(), timeS: NOW_S, sn: 5 }, directory, crypto);

  it('to a small group is by personal messages that do not show the group', () => {
    const { messages, missing } = unwrap(seal(grown(4)));
    expect(missing).toEqual([]);
    expect(textsOf(messages.map(({ receiver }) => receiver))).toEqual(ids(1, 2, 3));
    for (const message of messages) expect(JSON.stringify(message.json)).not.toContain(group.text);
    const [first] = messages;
    const opened = unwrap(openMessage(first as never, person(1), directory, crypto));
    expect(opened).toMatchObject({ protection: 'bound', content: { group: { text: group.text } } });
  });

  it('to a larger group is one ciphertext with a copy for each', () => {
    const { messages } = unwrap(seal(grown(17)));
    expect(messages).toHaveLength(16);
    expect(new Set(messages.map(({ json }) => json['data'])).size).toBe(1);
    const last = messages.at(-1);
    const opened = unwrap(openMessage(last as never, person(16), directory, crypto));
    expect(opened.protection).toBe('bound');
    expect(contentFields(opened.content, 'text')?.text).toBe('hello all');
    expect(last?.json['keys']).toBeUndefined();
  });

  it('through a bot shows it whom to send to, and not what', () => {
    const state = { ...grown(4), assistants: [person(9).id] };
    const { messages } = unwrap(seal(state));
    expect(textsOf(messages.map(({ receiver }) => receiver))).toEqual(ids(9));
    const atBot = unwrap(openMessage(messages[0] as never, person(9), directory, crypto));
    const [secret] = contentFields(atBot.content, 'forward')?.secrets ?? [];
    const inner = unwrap(parseInnerMessage(secret ?? {}));
    expect(inner.json['sn']).toBe(5);
    const copy = unwrap(splitForMember(inner, person(2).id));
    const opened = unwrap(openMessage(copy, person(2), directory, crypto));
    expect(opened).toMatchObject({ protection: 'bound', content: { group: { text: group.text } } });
    expect(codeOf(splitForMember(inner, person(9).id))).toBe('dimp.contact.unknown');
  });

  it('is for members alone, and tells whom it does not reach', () => {
    expect(codeOf(seal(grown(4), person(5)))).toBe('dimp.group.forbidden');
    const stranger = unwrap(parseId('0x1111111111111111111111111111111111111111'));
    const state = grown(4);
    const { messages, missing } = unwrap(seal({ ...state, members: [...state.members, stranger] }));
    expect([messages.length, textsOf(missing)]).toEqual([3, [stranger.text]]);
  });
});
