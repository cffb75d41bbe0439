// Replies, reactions, edits and deletions: who may do what to whose words, and that the order in which they come does not
// matter.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/index.ts';
import { createDimpCrypto } from '../host/adapters/dimp-crypto.ts';
import type { Amendment, Content, JsonObject } from './index.ts';
import {
  amendMessage,
  amendmentFields,
  createContent,
  innerText,
  isReaction,
  messageReference,
  originJson,
  parseContent,
  parseJsonObject,
  readAmendment,
  readReply,
  replyFields,
  surplusAmendments,
} from './index.ts';
import { meetPeople, stamp } from './testing/people.ts';

const crypto = createDimpCrypto();
const { alice, bob, send, open } = await meetPeople(crypto);
const contentOf = (json: JsonObject): Content => unwrap(parseContent(json));
const hello = contentOf(createContent('text', { text: 'hello' }, stamp));
const reference = messageReference(alice.id, hello);

describe('a reference', () => {
  it('is the same in every copy of a message, however it was sealed and whoever wrote its members down', () => {
    const json = createContent('text', { text: 'hello' }, stamp);
    const inner = contentOf(unwrap(parseJsonObject(innerText(json, crypto.random))).value);
    const backwards = Object.fromEntries(Object.entries(json).reverse());
    const copies = [inner, contentOf(backwards)].map((copy) => messageReference(alice.id, copy));
    expect(copies).toEqual([reference, reference]);
    const sealed = unwrap(open(send({ ...json, sequence: { chain: 'a' } })));
    expect(messageReference(alice.id, sealed.content)).toBe(reference);
  });

  it('is another for other words, another sender and another time', () => {
    const others = [
      messageReference(bob.id, hello),
      messageReference(alice.id, contentOf(createContent('text', { text: 'hello!' }, stamp))),
      messageReference(alice.id, contentOf(createContent('text', { text: 'hello' }, { ...stamp, timeS: 1 }))),
      messageReference(alice.id, contentOf(createContent('text', { text: 'hello', more: { a: 1 } }, stamp))),
    ];
    expect(new Set([reference, ...others]).size).toBe(5);
  });
});

describe('what refers to a message', () => {
  const origin = originJson({ sender: alice.id.bare, reference });
  const read = (sender: typeof alice, act: Parameters<typeof amendmentFields>[0], text: string) => {
    const { kind, fields } = amendmentFields(act, text, origin);
    return readAmendment(sender.id, contentOf(createContent(kind, fields, stamp)));
  };

  it('is a text that anybody can read, where it is a reply or an edit', () => {
    const reply = contentOf(createContent('text', replyFields('yes', origin), stamp));
    expect([reply.kind, reply.json['text']]).toEqual(['text', 'yes']);
    expect(readReply(reply)).toEqual({ sender: alice.id.bare, reference });
    expect(readAmendment(bob.id, reply)).toBeUndefined();
    expect(amendmentFields('edit', 'hello!', origin)).toMatchObject({
      kind: 'text',
      fields: { text: 'hello!' },
    });
    expect(readReply(contentOf({ type: 55, sn: 1, text: 'x', origin }))?.reference).toBe(reference);
    expect(
      readReply(contentOf({ type: 55, sn: 1, text: 'x', origin: { sender: 'x', sn: 3 } })),
    ).toBeUndefined();
  });

  it('changes words only where they are the sender’s own', () => {
    expect(read(alice, 'edit', 'hello!')).toMatchObject({ act: 'edit', text: 'hello!', by: alice.id.bare });
    expect(read(alice, 'delete', '')).toMatchObject({ act: 'delete', target: { reference } });
    expect(read(bob, 'edit', 'I owe Bob 100')).toBe('void');
    expect(read(bob, 'delete', '')).toBe('void');
    expect(read(bob, 'react', '👍')).toMatchObject({ act: 'react', text: '👍', by: bob.id.bare });
    // Bob names himself as the author of Alice’s words: the reference then names no words of anybody.
    const stolen = { ...origin, sender: bob.id.bare };
    const { kind, fields } = amendmentFields('edit', 'x', stolen);
    const said = readAmendment(bob.id, contentOf(createContent(kind, fields, stamp)));
    const original = { sender: alice.id.bare, reference, text: 'hello', timeS: 1 };
    expect(amendMessage(original, said === undefined || said === 'void' ? [] : [said]).text).toBe('hello');
  });

  it('reacts with one sign, not with words', () => {
    for (const sign of ['👍', '👍🏽', '❤️', '👩‍👩‍👧‍👦', '🇨🇳', '🏳️‍🌈', '✅'])
      expect([sign, isReaction(sign)]).toEqual([sign, true]);
    for (const words of ['', 'a', '1', '👍👍', 'OK 👍', '👍\u202e', '👍\u200d', '🇨', '\u200d👍'])
      expect([words, isReaction(words)]).toEqual([words, false]);
    expect(read(bob, 'react', 'pay me')).toBe('void');
    expect(read(bob, 'react', '')).toMatchObject({ text: '' });
  });

  it('never throws, whatever stands in it', () => {
    const names = ['app', 'mod', 'act', 'origin', 'edits', 'text', 'time'];
    const values = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('dipnet', 'amendment', 'react', 'edit', 'delete'),
      fc.record({ sender: fc.constant(alice.id.text), reference: fc.string() }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(1, 55, 204),
        fc.dictionary(fc.constantFrom(...names), values),
        (type, fields) => {
          const content = parseContent({ ...(fields as JsonObject), type, sn: 1 });
          if (!content.ok) return;
          readAmendment(bob.id, content.value);
          readReply(content.value);
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });
});

const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const original = { sender: 'a', reference, text: 'first', timeS: 5 };
const amendment = fc.record({
  act: fc.constantFrom('react', 'react', 'edit', 'edit', 'edit', 'delete'),
  by: fc.constantFrom('a', 'a', 'b', 'c'),
  timeS: fc.integer({ min: 1, max: 6 }),
  reference: digits(4),
  text: fc.constantFrom('', '👍', '❤️', 'x'),
  target: fc.constantFrom({ sender: 'a', reference }, { sender: 'a', reference: 'f'.repeat(64) }),
}) as fc.Arbitrary<Amendment>;
const withoutDeletions = fc.array(
  amendment.filter(({ act }) => act !== 'delete'),
  { maxLength: 30 },
);

describe('a message with its amendments', () => {
  it('is the same in whatever order and however often they come', () => {
    const twice = fc
      .array(amendment, { maxLength: 12 })
      .chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 })),
      );
    fc.assert(
      fc.property(twice, ([list, shuffled]) => {
        expect(amendMessage(original, shuffled)).toEqual(amendMessage(original, list));
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('says what its sender wrote last, keeps what was said before, and nothing of others', () => {
    fc.assert(
      fc.property(withoutDeletions, (list) => {
        const { text, earlier, reactions } = amendMessage(original, list);
        const own = new Map(list.map((one) => [`${one.reference} ${one.by}`, one]));
        const edits = [...own.values()].filter(
          ({ act, by, target }) => act === 'edit' && by === 'a' && target.reference === reference,
        );
        expect(earlier.length).toBe(edits.length);
        expect(edits.length === 0 ? text : earlier[0]?.text).toBe('first');
        expect(new Set(reactions.map(({ by }) => by)).size).toBe(reactions.length);
        expect(reactions.every((one) => one.text !== '')).toBe(true);
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it('stays deleted, whatever comes after or came before', () => {
    const deletion: Amendment = {
      act: 'delete',
      by: 'a',
      timeS: 3,
      reference: '0',
      text: '',
      target: original,
    };
    fc.assert(
      fc.property(fc.array(amendment, { maxLength: 12 }), fc.nat(12), (list, at) => {
        const all = [...list.slice(0, at), deletion, ...list.slice(at)];
        const gone = { text: '', isDeleted: true, earlier: [], reactions: [] };
        expect(amendMessage(original, all)).toEqual(gone);
      }),
      { seed: 13, numRuns: 100 },
    );
    const byOther = amendMessage(original, [{ ...deletion, by: 'b' }]);
    expect([byOther.isDeleted, byOther.text]).toEqual([false, 'first']);
  });

  it('loses nothing that is shown when what is past the bound is forgotten on the way', () => {
    const many = fc.array(
      fc.record({
        timeS: fc.nat(500),
        reference: digits(6),
        text: fc.constantFrom('x', 'y'),
      }),
      { minLength: 55, maxLength: 90 },
    );
    fc.assert(
      fc.property(many, fc.nat(90), (parts, cut) => {
        const list = parts.map((part): Amendment => ({ act: 'edit', by: 'a', target: original, ...part }));
        const early = list.slice(0, cut);
        const surplus = new Set(surplusAmendments(early));
        const kept = [...early.filter((one) => !surplus.has(one)), ...list.slice(cut)];
        expect(amendMessage(original, kept)).toEqual(amendMessage(original, list));
      }),
      { seed: 14, numRuns: 100 },
    );
  });
});
