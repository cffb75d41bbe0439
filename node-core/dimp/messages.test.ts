// Messages as they are made, sent, read and passed on.

import { createPublicKey, createVerify, privateDecrypt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { createDimpCrypto } from '../host/adapters/dimp-crypto.ts';
import type { JsonObject } from './index.ts';
import {
  ANY_STATION,
  contentFields,
  createCipherKeys,
  createCommand,
  createContent,
  createDirectory,
  createDocument,
  createRemovalVisa,
  createRsaKey,
  documentToJson,
  encryptionKeys,
  keyDigest,
  learnAttached,
  listDevices,
  messageToText,
  metaToJson,
  openMessage,
  parseMessage,
  parseMessageBytes,
  privateKeyToJson,
  sealMessage,
  verifyMessage,
  withMember,
} from './index.ts';
import { know, meetPeople, NOW_S, stamp } from './testing/people.ts';

const crypto = createDimpCrypto();
const { alice, bob, directory, open, send } = await meetPeople(crypto);

describe('a message', () => {
  it('comes out as it went in, whatever it says', () => {
    const words = fc.string({ unit: 'binary', maxLength: 400 }).filter((text) => !/\p{Cs}/u.test(text));
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 0x7fffffff }), (text, sn) => {
        const content = createContent('text', { text }, { sn, timeS: NOW_S });
        const opened = unwrap(open(unwrap(parseMessage(messageToText(send(content))))));
        expect(contentFields(opened.content, 'text')?.text).toBe(text);
        expect(opened).toMatchObject({ timeS: NOW_S, isTimeSigned: true, content: { sn } });
      }),
      { seed: 3, numRuns: 25 },
    );
  });

  it('is encrypted for its reader: OpenSSL finds the same key by both names', () => {
    const message = send(createContent('text', { text: 'secret' }, stamp));
    const text = messageToText(message);
    expect(text).not.toContain('secret');
    const keys = message.json['keys'] as JsonObject;
    expect(Object.keys(keys)).toEqual([bob.id.text]);
    expect(keys[bob.id.text]).toBe(message.json['key']);
    const { data } = privateKeyToJson(bob.visaKeys[0] as never);
    const padded = privateDecrypt({ key: String(data), padding: 3 }, message.key ?? new Uint8Array());
    // 00 02, padding, 00, and a key short enough for RSA-1024.
    expect([padded[0], padded[1]]).toEqual([0, 2]);
    const key = padded.subarray(padded.indexOf(0, 2) + 1);
    expect(key.length).toBeLessThanOrEqual(117 - 30);
    expect(JSON.parse(key.toString())).toMatchObject({ algorithm: 'AES' });
  });

  it('is signed so that OpenSSL agrees, over the ciphertext or the text of a broadcast', () => {
    const key = createPublicKey(String(alice.meta.key.json['data']));
    const command = createCommand('handshake', { title: 'Hello world!' }, stamp);
    for (const message of [
      send(createContent('text', { text: 'x' }, stamp)),
      send(command, { receiver: ANY_STATION }),
    ]) {
      const { data, signature } = message.json;
      const bytes = message.isBroadcast ? String(data) : Buffer.from(String(data), 'base64');
      const verifier = createVerify('sha256').update(bytes);
      expect(verifier.verify(key, String(signature), 'base64')).toBe(true);
    }
  });

  it('carries the type as a number, and the sender’s papers where asked to', () => {
    const extras = { meta: metaToJson(alice.meta), visa: documentToJson(alice.visa as never) };
    const message = send(createContent('text', { text: 'first' }, stamp), { extras });
    expect(message.json['type']).toBe(1);
    const stranger = createDirectory(createMemoryKv(), crypto);
    expect(verifyMessage(message, stranger, crypto).ok).toBe(false);
    learnAttached(message, stranger, NOW_S);
    expect(verifyMessage(message, stranger, crypto).ok).toBe(true);
  });

  it('passes a relay without a changed byte, also of what no one knows', () => {
    const message = send(createContent('text', { text: 'x' }, stamp));
    const unknown = '"zzz":{"b" : 1.50, "a":[1e2]},"n":0.10,"é":"\\u00e9"';
    const text = `${messageToText(message).slice(0, -1)},${unknown}}`;
    const relayed = unwrap(parseMessage(text));
    expect(messageToText(relayed)).toBe(text);
    const traced = unwrap(withMember(relayed, 'traces', [{ did: 'x', time: 1 }]));
    expect(messageToText(traced)).toBe(`${text.slice(0, -1)},"traces":[{"did":"x","time":1}]}`);
    expect(messageToText(unwrap(withMember(traced, 'traces', undefined)))).toBe(text);
    expect(open(traced).ok).toBe(true);
  });

  it('of short names is read as of long ones', () => {
    const message = send(createContent('text', { text: 'x' }, stamp));
    const { sender, receiver, time, type, data, signature, keys, key, IV } = message.json;
    const short = { F: sender, R: receiver, W: time, T: type, D: data, V: signature, IV };
    for (const K of [keys, key])
      expect(open(unwrap(parseMessage(JSON.stringify({ ...short, K })))).ok).toBe(true);
    // One letter beside the long names is a field that nobody knows.
    const odd = unwrap(parseMessage(JSON.stringify({ ...message.json, T: 5, K: 1 })));
    expect(odd.code).toBe(1);
    expect(messageToText(odd)).toContain('"T":5,"K":1');
  });

  it('without a receiver is for anyone', () => {
    const { receiver: _, ...rest } = send(createContent('text', { text: 'x' }, stamp)).json;
    expect(unwrap(parseMessage(JSON.stringify(rest))).receiver.text).toBe('anyone@anywhere');
  });

  it.each([
    ['sender', 'anyone@anywhere'],
    ['sender', 5],
    ['receiver', '@'],
    ['group', 'hulk@4YeVEN3aUnvC1DNUufCq1bs9zoBSJTzVEj'],
    ['time', '5'],
    ['time', -1],
    ['time', 1e13],
    ['type', 'nonsense'],
    ['data', '*'],
    ['data', ''],
    ['signature', null],
    ['IV', 'AAAA'],
    ['keys', []],
    ['key', '!'],
  ])('with the %s %j is refused', (name, value) => {
    const json = { ...send(createContent('text', { text: 'x' }, stamp)).json, [name]: value };
    const parsed = parseMessage(JSON.stringify(json));
    expect(parsed.ok ? 'ok' : parsed.fault.code).toBe('dimp.message.malformed');
  });

  it('of junk is refused and never throws', () => {
    const valid = messageToText(send(createContent('text', { text: 'x' }, stamp)));
    const cut = fc.tuple(fc.nat(valid.length), fc.nat(20), fc.string({ maxLength: 8 }));
    fc.assert(
      fc.property(cut, fc.uint8Array({ maxLength: 64 }), ([at, length, piece], bytes) => {
        const changed = valid.slice(0, at) + piece + valid.slice(at + length);
        const parsed = parseMessage(changed);
        if (parsed.ok) open(parsed.value);
        parseMessageBytes(bytes);
      }),
      { seed: 5, numRuns: 150 },
    );
  });
});

describe('devices', () => {
  it('each get the key, by their terminal, and the newest by the bare ID', async () => {
    const mine = createDirectory(createMemoryKv(), crypto);
    know(mine, alice);
    unwrap(mine.saveMeta(bob.id, metaToJson(bob.meta)));
    const devices = await Promise.all(
      ['phone', 'desk'].map(async (terminal, index) => {
        const key = createRsaKey(await crypto.rsa.generate(1024));
        if (key === undefined) throw new Error('no key');
        const properties = { key: key.publicKey.json };
        const request = { did: bob.id, type: 'visa' as const, terminal, properties, nowS: NOW_S + index };
        const visa = unwrap(createDocument(request, bob.identityKey, crypto));
        unwrap(mine.saveDocument(documentToJson(visa), bob.id, NOW_S));
        return { ...bob, visaKeys: [key], visa };
      }),
    );
    expect([...encryptionKeys(bob.id, mine).keys()].sort()).toEqual(
      [bob.id.text, `${bob.id.text}/desk`, `${bob.id.text}/phone`].sort(),
    );
    const request = {
      account: alice,
      receiver: bob.id,
      content: createContent('text', { text: 'x' }, stamp),
      timeS: NOW_S,
    };
    const message = unwrap(sealMessage(request, mine, crypto));
    for (const device of devices) expect(openMessage(message, device, mine, crypto).ok).toBe(true);
    // As a peer of the third generation sends it: for terminals only.
    const { key: _, keys, ...rest } = message.json;
    const { [bob.id.text]: __, ...terminals } = keys as JsonObject;
    const dressed = unwrap(parseMessage(JSON.stringify({ ...rest, keys: terminals })));
    for (const device of devices) expect(openMessage(dressed, device, mine, crypto).ok).toBe(true);
    const [{ visa, ...bare }] = devices as [(typeof devices)[0]];
    const anyDevice = { [`${bob.id.text}/*`]: terminals[`${bob.id.text}/phone`] ?? '' };
    const starred = unwrap(parseMessage(JSON.stringify({ ...rest, keys: anyDevice })));
    expect(openMessage(starred, bare, mine, crypto).ok).toBe(true);
  });

  it('are listed, and removed ones get no more keys', async () => {
    const mine = createDirectory(createMemoryKv(), crypto);
    know(mine, alice);
    know(mine, bob);
    const key = createRsaKey(await crypto.rsa.generate(1024));
    const properties = { key: key?.publicKey.json ?? {}, binding: 1 };
    const request = { did: bob.id, type: 'visa' as const, terminal: 'phone', properties, nowS: NOW_S + 1 };
    const phone = unwrap(createDocument(request, bob.identityKey, crypto));
    unwrap(mine.saveDocument(documentToJson(phone), bob.id, NOW_S));
    expect(listDevices(bob.id, mine)).toMatchObject([
      { terminal: 'phone', isRemoved: false, timeS: NOW_S + 1 },
      { isRemoved: false, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) },
    ]);
    expect([...encryptionKeys(bob.id, mine).keys()]).toEqual([bob.id.text, `${bob.id.text}/phone`]);
    const removal = unwrap(createRemovalVisa(bob.id, 'phone', NOW_S + 2, bob.identityKey, crypto));
    unwrap(mine.saveDocument(documentToJson(removal), bob.id, NOW_S));
    expect(listDevices(bob.id, mine)[0]).toMatchObject({ terminal: 'phone', isRemoved: true });
    expect([...encryptionKeys(bob.id, mine).keys()]).toEqual([bob.id.text]);
    // The old visa, sent again, does not bring it back.
    expect(mine.saveDocument(documentToJson(phone), bob.id, NOW_S).ok).toBe(false);
  });

  it('find the last key again where the sender leaves it out', () => {
    const key = { algorithm: 'AES' as const, secret: crypto.random.bytes(32) };
    const cipherKeys = createCipherKeys(2);
    const { key: _, keys: __, ...keyless } = send(createContent('text', { text: 'x' }, stamp)).json;
    const first = unwrap(
      openMessage(send(createContent('text', { text: 'x' }, stamp)), bob, directory, crypto, cipherKeys),
    );
    const again = unwrap(parseMessage(JSON.stringify(keyless)));
    const read = () => openMessage(again, bob, directory, crypto, cipherKeys);
    // The last key is another one, and the binding of this message is not with it.
    expect(read().ok).toBe(false);
    expect(cipherKeys.find(alice.id, bob.id, undefined)).toEqual(first.key);
    cipherKeys.keep(alice.id, bob.id, key);
    expect(cipherKeys.find(alice.id, bob.id, keyDigest(key))).toBe(key);
    expect(cipherKeys.find(alice.id, bob.id, keyDigest(key, 'md5'))).toBe(key);
    expect(cipherKeys.find(alice.id, bob.id, 'AAAAAAAA')).toBeUndefined();
    expect(cipherKeys.find(bob.id, alice.id, undefined)).toBeUndefined();
    for (const to of [alice.id, ANY_STATION]) cipherKeys.keep(bob.id, to, key);
    expect(cipherKeys.find(alice.id, bob.id, undefined)).toBeUndefined();
  });

  it('read a message that leaves out the key of the one before', () => {
    const cipherKeys = createCipherKeys();
    const message = send(createContent('text', { text: 'x' }, stamp));
    unwrap(openMessage(message, bob, directory, crypto, cipherKeys));
    const { key: _, keys: __, ...keyless } = message.json;
    const again = unwrap(parseMessage(JSON.stringify(keyless)));
    expect(openMessage(again, bob, directory, crypto, cipherKeys).ok).toBe(true);
    expect(openMessage(again, bob, directory, crypto).ok).toBe(false);
  });

  it('find their key where the ID is spelled otherwise', () => {
    const { key, keys, ...rest } = send(createContent('text', { text: 'x' }, stamp)).json;
    const lower = { [bob.id.text.toLowerCase()]: key ?? '' };
    expect(open(unwrap(parseMessage(JSON.stringify({ ...rest, keys: lower })))).ok).toBe(true);
  });
});
