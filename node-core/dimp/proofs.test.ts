// What can be shown to others and moved elsewhere: sequences, disclosures, files, accounts, safety numbers.

import { describe, expect, it } from 'vitest';
import { base64, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { createDimpCrypto } from '../host/adapters/dimp-crypto.ts';
import type { Account, Content, JsonObject, JsonValue, OpenedMessage, ReliableMessage } from './index.ts';
import {
  checkDisclosure,
  contentFields,
  continueSequence,
  createContent,
  createDirectory,
  discloseMessages,
  documentToJson,
  endAfter,
  exportAccount,
  followSequence,
  importAccount,
  messageToText,
  metaToJson,
  openFile,
  openMessage,
  parseContent,
  parseId,
  parsePortableFile,
  privateKeyToJson,
  readSealedAccount,
  readSequence,
  safetyNumber,
  sealFile,
  sequenceField,
  startSequence,
  uploadDigest,
  withMember,
} from './index.ts';
import { meetPeople, NOW_S, stamp } from './testing/people.ts';

const crypto = createDimpCrypto();
const { alice, bob, directory, open, send } = await meetPeople(crypto);
const contentOf = (json: JsonObject): Content => unwrap(parseContent(json));

describe('sequences', () => {
  it('tell what was held back, doubled or slipped in', () => {
    let end = startSequence(crypto.random);
    const sent = Array.from({ length: 4 }, (_, index) => {
      const content = createContent('text', { text: `${index}`, ...sequenceField(end) }, stamp);
      const message = send(content);
      end = continueSequence(end, message);
      return { message, link: readSequence(unwrap(open(message)).content) };
    });
    const [first, second, third, fourth] = sent.map(({ message, link }) => {
      if (link === undefined) throw new Error('no link');
      return { message, link };
    }) as [Pair, Pair, Pair, Pair];
    const afterFirst = endAfter(first.link, first.message);
    expect(followSequence(undefined, first.link)).toBe('next');
    expect(followSequence(undefined, second.link)).toBe('gap');
    expect(followSequence(afterFirst, second.link)).toBe('next');
    expect(followSequence(afterFirst, third.link)).toBe('gap');
    expect(followSequence(afterFirst, first.link)).toBe('late');
    expect(followSequence(endAfter(second.link, first.message), third.link)).toBe('fork');
    expect(endAfter(fourth.link, fourth.message)).toEqual(end);
    const fresh = sequenceField(startSequence(crypto.random));
    const other = readSequence(contentOf({ type: 1, ...fresh }));
    expect(other && followSequence(end, other)).toBe('next');
    for (const sequence of [5, {}, { chain: 'x', index: 0, previous: '' }, { ...third.link, previous: '' }])
      expect(readSequence(contentOf({ type: 1, sequence }))).toBeUndefined();
  });
  type Pair = { message: ReliableMessage; link: NonNullable<ReturnType<typeof readSequence>> };
});

describe('a disclosure', () => {
  /** A conversation in which alice numbers her messages, the third of them kept to herself. */
  const talk = () => {
    let end = startSequence(crypto.random);
    return Array.from({ length: 4 }, (_, index) => {
      const content = createContent('text', { text: `words ${index}`, ...sequenceField(end) }, stamp);
      const message = send(content);
      end = continueSequence(end, message);
      return unwrap(open(message));
    });
  };
  const disclose = (chosen: readonly OpenedMessage[]) => unwrap(discloseMessages(chosen, directory));
  const check = (text: string) => checkDisclosure(text, crypto);

  it('proves to anybody what was written, by whom, to whom, and that nothing between is missing', () => {
    const all = talk();
    const { messages, chains } = unwrap(check(disclose(all)));
    expect(messages.map(({ content }) => contentFields(content, 'text')?.text)).toEqual(
      all.map((_, index) => `words ${index}`),
    );
    expect(messages.every(({ protection }) => protection === 'bound')).toBe(true);
    expect(chains).toMatchObject([{ first: 0, last: 3, isComplete: true, sender: { text: alice.id.text } }]);
    expect(unwrap(check(disclose(all.slice(1, 3)))).chains).toMatchObject([
      { first: 1, last: 2, isComplete: true },
    ]);
  });

  it('shows a gap, and nothing of what is not chosen', () => {
    const all = talk();
    const text = disclose(all.filter((_, index) => index !== 2));
    expect(unwrap(check(text)).chains).toMatchObject([{ first: 0, last: 3, isComplete: false }]);
    expect(text).not.toContain(String(all[2]?.message.json['data']));
  });

  it('cannot be made up: other words, another key, another sender or receiver', () => {
    const [first, second] = talk() as [OpenedMessage, OpenedMessage];
    const { disclosure, parties, messages } = JSON.parse(disclose([first, second]));
    const code = (changed: object) => {
      const checked = check(JSON.stringify({ disclosure, parties, messages, ...changed }));
      return checked.ok ? 'ok' : checked.fault.code;
    };
    expect(code({})).toBe('ok');
    const [a, b] = messages;
    expect(code({ messages: [{ ...a, key: b.key }] })).toBe('dimp.message.unreadable');
    expect(code({ messages: [{ message: a.message }] })).toBe('dimp.message.unreadable');
    const redirected = unwrap(withMember(first.message, 'receiver', alice.id.text));
    expect(code({ messages: [{ ...a, message: messageToText(redirected) }] })).toBe('dimp.message.altered');
    const other = { id: bob.id.text, meta: metaToJson(bob.meta) };
    expect(code({ parties: [other] })).toBe('dimp.contact.unknown');
    expect(code({ parties: [{ ...other, id: alice.id.text }] })).toBe('dimp.meta.foreign');
    const signature = unwrap(
      withMember(first.message, 'signature', String(second.message.json['signature'])),
    );
    expect(code({ messages: [{ ...a, message: messageToText(signature) }] })).toBe('dimp.message.forged');
    for (const changed of [{ disclosure: 2 }, { parties: 1 }, { messages: {} }, { messages: [1] }])
      expect(code(changed)).toBe('dimp.message.malformed');
  });
});

describe('files', () => {
  const file = utf8ToBytes('solid model');
  it('open with what the content says, and with nothing less', () => {
    const { ciphertext, fields } = sealFile(file, crypto);
    const content = contentOf(createContent('file', { ...fields, URL: 'https://example.com/1' }, stamp));
    expect(unwrap(openFile(ciphertext, content))).toEqual(file);
    const changed = Uint8Array.from(ciphertext);
    changed[0] = (changed[0] ?? 0) ^ 1;
    expect(openFile(changed, content).ok).toBe(false);
    expect(openFile(ciphertext.subarray(0, 15), content).ok).toBe(false);
    const { key: _, password: __, ...keyless } = content.json;
    expect(openFile(ciphertext, contentOf(keyless)).ok).toBe(false);
    // CBC alone lets the IV alter the first block; only the hash tells.
    const iv = base64.decode(String(fields['IV']));
    iv[0] = (iv[0] ?? 0) ^ 1;
    expect(openFile(ciphertext, contentOf({ ...content.json, IV: base64.encode(iv) })).ok).toBe(false);
  });

  it('of older peers have their IV in the key or none, and no hash', () => {
    const { ciphertext, fields } = sealFile(file, crypto);
    const { data } = fields['key'] as JsonObject;
    const password = { algorithm: 'AES', data: data ?? '', iv: fields['IV'] ?? '' };
    expect(unwrap(openFile(ciphertext, contentOf({ type: 16, password })))).toEqual(file);
    expect(unwrap(openFile(file, contentOf({ type: 16 })))).toEqual(file);
  });

  it('are offered to the reference’s file server with its digest', () => {
    // md5(md5("moky") ‖ "secret" ‖ "salt"), by another implementation.
    expect(uploadDigest(utf8ToBytes('moky'), utf8ToBytes('secret'), utf8ToBytes('salt'))).toBe(
      '2c083d46de07bff7acb37ddf2736b38a',
    );
  });
});

describe('an account', () => {
  it('moves to another device with its keys and contacts', () => {
    const added = unwrap(parseId('0x1111111111111111111111111111111111111111'));
    const text = exportAccount(
      bob,
      [
        { id: alice.id, name: 'Ally' },
        { id: added, blocked: true },
      ],
      directory,
    );
    const { account, contacts } = unwrap(importAccount(text, crypto));
    expect(account.id.text).toBe(bob.id.text);
    expect(contacts.map(({ id }) => id.text)).toEqual([alice.id.text, added.text]);
    expect(contacts.map(({ name, blocked }) => [name, blocked])).toEqual([
      ['Ally', undefined],
      [undefined, true],
    ]);
    expect(contacts[0]?.meta?.json).toEqual(metaToJson(alice.meta));
    expect(contacts[1]).not.toHaveProperty('meta');
    const moved = createDirectory(createMemoryKv(), crypto);
    for (const { id, meta, documents } of contacts) {
      if (meta !== undefined) unwrap(moved.saveMeta(id, metaToJson(meta)));
      for (const document of documents) unwrap(moved.saveDocument(documentToJson(document), id, NOW_S));
    }
    const message = send(createContent('text', { text: 'to the new device' }, stamp));
    expect(openMessage(message, account, moved, crypto).ok).toBe(true);
  });

  it('is its owner’s alone, and takes no false papers of contacts along', () => {
    const file = JSON.parse(exportAccount(bob, [{ id: alice.id }], directory));
    const code = (changed: object) => {
      const imported = importAccount(JSON.stringify({ ...file, ...changed }), crypto);
      return imported.ok ? 'ok' : imported.fault.code;
    };
    expect(code({})).toBe('ok');
    expect(code({ secret: privateKeyToJson(alice.identityKey) })).toBe('dimp.meta.foreign');
    expect(code({ secret: 5 })).toBe('dimp.key.malformed');
    expect(code({ id: alice.id.text })).toBe('dimp.account-file.malformed');
    expect(code({ format: 'other' })).toBe('dimp.account-file.malformed');
    const swapped = { ...file, contacts: [{ ...file.contacts[0], meta: file.meta }, 7, { id: '@' }] };
    const { contacts } = unwrap(importAccount(JSON.stringify(swapped), crypto));
    expect(contacts).toEqual([{ id: alice.id, documents: [] }]);
  });
});

describe('pictures', () => {
  it.each([
    ['https://example.com/a.png', { url: 'https://example.com/a.png' }],
    ['data:image/png;base64,AQI=', { data: Uint8Array.of(1, 2) }],
    ['base64,AQI=', { data: Uint8Array.of(1, 2) }],
    ['AQI=', { data: Uint8Array.of(1, 2) }],
    [{ algorithm: 'base64', data: 'AQI=' }, { data: Uint8Array.of(1, 2) }],
    [
      { data: 'AQI=', filename: 'a.png' },
      { data: Uint8Array.of(1, 2), filename: 'a.png' },
    ],
    [
      { URL: 'x', key: { algorithm: 'AES' }, IV: 'AQI=' },
      { url: 'x', key: { algorithm: 'AES' }, iv: Uint8Array.of(1, 2) },
    ],
    ['', undefined],
    ['data:text/html,<b>', undefined],
    [{ algorithm: 'hex', data: '01' }, undefined],
    [{}, undefined],
    [5, undefined],
    [null, undefined],
  ])('are read from %j', (value, expected) => {
    expect(parsePortableFile(value as JsonValue)).toEqual(expected);
  });
});

describe('safety numbers', () => {
  it('takes a sealed file for damaged where its bytes are written in no strict base64', () => {
    const bytes = (text: string) => `${text}AAAAAAAAAAAAAAAA`;
    const file = {
      format: 'dimp-account-sealed/v1',
      id: alice.id.text,
      kdf: { name: 'scrypt', salt: bytes(''), cost: 2 ** 17 },
      cipher: 'aes-256-gcm',
      nonce: bytes(''),
      sealed: bytes('AAAA'),
    };
    expect(readSealedAccount(JSON.stringify(file)).ok).toBe(true);
    for (const damaged of [
      { kdf: { ...file.kdf, salt: 'AB==' } },
      { nonce: 'AAAAAAAAAAAAAAB=' },
      { nonce: 'AAAA' },
      { sealed: 'AB==' },
      { sealed: '*' },
    ])
      expect(readSealedAccount(JSON.stringify({ ...file, ...damaged }))).toMatchObject({
        fault: { code: 'dimp.account-file.malformed' },
      });
  });

  it('are the same on both sides and differ for every other pair', () => {
    const party = ({ id, meta }: Account) => ({ id, identityKey: meta.key });
    const number = safetyNumber(party(alice), party(bob));
    expect(number).toBe(safetyNumber(party(bob), party(alice)));
    expect(number).toMatch(/^(\d{5} ){11}\d{5}$/);
    const swapped = safetyNumber(party(alice), { ...party(bob), identityKey: alice.meta.key });
    const renamed = safetyNumber(party(alice), { ...party(bob), id: alice.id });
    expect(new Set([number, swapped, renamed]).size).toBe(3);
  });
});
