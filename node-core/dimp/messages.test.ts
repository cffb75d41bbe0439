// Messages as they are made, sent, read and passed on.

import { createPublicKey, createVerify, privateDecrypt } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { base64, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { createDimpCrypto } from '../host/adapters/dimp-crypto.ts';
import type {
  Account,
  Content,
  Directory,
  JsonObject,
  JsonValue,
  OpenedMessage,
  ReliableMessage,
} from './index.ts';
import {
  ANY_STATION,
  COMMANDS,
  CONTENTS,
  checkDisclosure,
  commandFields,
  contentFields,
  continueSequence,
  createAccount,
  createCipherKeys,
  createCommand,
  createContent,
  createDirectory,
  createDocument,
  createEccKey,
  createReceipt,
  createRemovalVisa,
  createRsaKey,
  createSerials,
  deservesReceipt,
  discloseMessages,
  documentToJson,
  encryptionKeys,
  endAfter,
  exportAccount,
  followSequence,
  importAccount,
  keyDigest,
  learnAttached,
  listDevices,
  messageToText,
  metaToJson,
  openFile,
  openMessage,
  parseContent,
  parseContentType,
  parseId,
  parseMessage,
  parseMessageBytes,
  parsePortableFile,
  privateKeyToJson,
  readContent,
  readSequence,
  receiptOrigin,
  safetyNumber,
  sealFile,
  sealMessage,
  sequenceField,
  startSequence,
  unsupported,
  uploadDigest,
  verifyMessage,
  withMember,
  writeContent,
} from './index.ts';

const crypto = createDimpCrypto();
const NOW_S = 1_795_250_000.25;
const stamp = { sn: 77, timeS: NOW_S };
let alice: Account;
let bob: Account;
let directory: Directory;

const know = (into: Directory, { id, meta, visa }: Account): void => {
  unwrap(into.saveMeta(id, metaToJson(meta)));
  if (visa !== undefined) unwrap(into.saveDocument(documentToJson(visa), id, NOW_S));
};

beforeAll(async () => {
  const make = (fill: number) => {
    const identityKey = createEccKey(new Uint8Array(32).fill(fill));
    return createAccount({ identityKey, properties: { name: `${fill}` }, nowS: NOW_S }, crypto);
  };
  [alice, bob] = (await Promise.all([make(1), make(2)])).map(unwrap) as [Account, Account];
  directory = createDirectory(createMemoryKv(), crypto);
  for (const who of [alice, bob]) know(directory, who);
});

const send = (content: JsonObject, more: Partial<Parameters<typeof sealMessage>[0]> = {}): ReliableMessage =>
  unwrap(
    sealMessage({ account: alice, receiver: bob.id, content, timeS: NOW_S, ...more }, directory, crypto),
  );
const open = (message: ReliableMessage, as = bob) => openMessage(message, as, directory, crypto);
const contentOf = (json: JsonObject): Content => unwrap(parseContent(json));

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

describe('contents', () => {
  it('are known by number, digits and name', () => {
    for (const [kind, { code }] of Object.entries(CONTENTS))
      expect([code, String(code), kind].map(parseContentType)).toEqual([code, code, code]);
    expect(parseContentType('*')).toBe(0);
    for (const junk of ['', '01', '1.5', -1, 1e9, null, {}]) expect(parseContentType(junk)).toBeUndefined();
  });

  it('of unknown kinds and commands are kept', () => {
    const content = contentOf({ type: 77, sn: 1, time: 2, zzz: { deep: [1] } });
    expect(content).toMatchObject({ code: 77, kind: 'unknown', json: { zzz: { deep: [1] } } });
    const command = contentOf({ type: 136, sn: 1, command: 'dance' });
    expect(commandFields(command, 'ans')).toBeUndefined();
    expect(unsupported(command)).toMatchObject({
      text: 'Command not support.',
      extras: { replacements: { command: 'dance' } },
    });
    expect(unsupported(content).text).toBe('Content not support.');
  });

  it.each([
    [
      { type: 136, cmd: 'handshake', message: 'DIM?' },
      { command: 'handshake', title: 'DIM?' },
    ],
    [
      { T: 136, C: 'ans', N: 5, W: 7, names: 'a' },
      { type: 136, command: 'ans', sn: 5, time: 7 },
    ],
    [
      { type: 'command', command: 'document', ID: 'x' },
      { command: 'documents', did: 'x' },
    ],
    [{ type: 136, command: 'document', document: { a: 1 } }, { documents: [{ a: 1 }] }],
    [
      { type: 136, command: 'profile', profile: '{}', signature: 'AA==' },
      { documents: [{ data: '{}', signature: 'AA==' }] },
    ],
    [
      { type: 136, command: 'visa', visa: { a: 1 } },
      { command: 'documents', documents: [{ a: 1 }] },
    ],
    [{ type: 137, command: 'invite', member: 'm' }, { members: ['m'] }],
    [{ type: 16, password: { algorithm: 'AES' } }, { key: { algorithm: 'AES' } }],
    [
      { type: 136, command: 'receipt', message: 'ok', sender: 's', sn: 4 },
      { text: 'ok', origin: { sender: 's', sn: 4 } },
    ],
    [{ type: 136, command: 'receipt', envelope: { sender: 's' } }, { origin: { sender: 's' } }],
    [{ type: 136, command: 'login', station: { ID: 's' } }, { station: { did: 's' } }],
    [{ type: 255, forward: { a: 1 } }, { secrets: [{ a: 1 }] }],
    [{ type: 255, forward: { a: 1 }, secrets: [{ a: 2 }] }, { secrets: [{ a: 1 }, { a: 2 }] }],
  ] as const)('of older generations are read: %j', (given, expected) => {
    expect(readContent(given as JsonObject)).toMatchObject(expected);
  });

  it('are written so that every generation finds its names', () => {
    const did = alice.id.text;
    const documents = [{ a: 1 }];
    expect(createCommand('documents', { did, documents }, stamp)).toMatchObject({
      type: 136,
      command: 'document',
      cmd: 'document',
      did,
      ID: did,
      document: { a: 1 },
    });
    expect(createCommand('documents', { did, documents }, stamp)).not.toHaveProperty('documents');
    expect(createCommand('documents', { did, documents: [{ a: 1 }, { a: 2 }] }, stamp)).toHaveProperty(
      'documents',
    );
    expect(createCommand('handshake', { title: 'DIM!' }, stamp)).toMatchObject({ message: 'DIM!' });
    expect(createContent('image', { key: { algorithm: 'AES' } }, stamp)).toMatchObject({
      password: { algorithm: 'AES' },
    });
    expect(createContent('forward', { secrets: [{ a: 1 }] }, stamp)).toMatchObject({ forward: { a: 1 } });
    for (const name of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]) {
      const { type, command, cmd } = createCommand(name, {}, stamp);
      expect([type, cmd]).toEqual([CONTENTS[COMMANDS[name].carrier].code, command]);
      expect(contentOf({ ...createCommand(name, {}, stamp) }).command).toBe(name);
    }
  });

  it('survive reading and writing in any order, and never throw', () => {
    const json = fc.dictionary(
      fc.oneof(
        fc.constantFrom(
          'type',
          'sn',
          'time',
          'group',
          'command',
          'cmd',
          'did',
          'member',
          'forward',
          'document',
          'origin',
        ),
        fc.string(),
      ),
      fc.jsonValue({ maxDepth: 2 }),
    );
    fc.assert(
      fc.property(json, (fields) => {
        const content = fields as JsonObject;
        const once = readContent(content);
        expect(readContent(once)).toEqual(once);
        readContent(writeContent(content));
        const parsed = parseContent(content);
        if (parsed.ok)
          for (const name of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[])
            commandFields(parsed.value, name);
      }),
      { seed: 9, numRuns: 100 },
    );
  });

  it('with unsound fields give none', () => {
    const base = { type: 136, sn: 1, command: 'login' };
    expect(commandFields(contentOf({ ...base, did: alice.id.text }), 'login')?.did.bare).toBe(alice.id.text);
    expect(commandFields(contentOf({ ...base, did: 'x' }), 'login')).toBeUndefined();
    expect(contentFields(contentOf({ type: 1, text: 5 }), 'text')).toBeUndefined();
    expect(contentFields(contentOf({ type: 1, text: 'a', format: null }), 'text')?.text).toBe('a');
    for (const odd of [{}, { type: 1, sn: -1 }, { type: 1, time: 'x' }, { type: 1, group: 5 }, { type: 136 }])
      expect(parseContent(odd).ok).toBe(false);
  });

  it('are numbered from a random start', () => {
    const next = createSerials({ bytes: () => Uint8Array.of(0xff, 0xff, 0xff, 0xfe) });
    expect([next(), next(), next()]).toEqual([0x7fffffff, 1, 2]);
  });
});

describe('receipts', () => {
  it('name what they answer, also by the serial number', () => {
    const message = send(createContent('text', { text: 'x' }, stamp));
    const receipt = createReceipt({
      text: 'Message received.',
      message,
      sn: 77,
      stamp: { sn: 1, timeS: NOW_S },
    });
    expect(receipt).toMatchObject({ sn: 77, sender: alice.id.text, receiver: bob.id.text });
    expect(receipt['origin']).toEqual(receipt['envelope']);
    const origin = receiptOrigin(contentOf(receipt));
    expect(origin).toMatchObject({ sn: 77, timeS: NOW_S, sender: { text: alice.id.text } });
    expect(origin?.signature).toEqual(message.signature);
    expect(receiptOrigin(contentOf({ type: 1, text: 'x' }))).toBeUndefined();
  });

  it('go to people for what they say, never to receipts, bots and stations', () => {
    const text = contentOf(createContent('text', { text: 'x' }, stamp));
    const receipt = contentOf(createCommand('receipt', { text: 'x' }, stamp));
    const bot = unwrap(parseId('archivist@2PaF5csHmt8n1e2wdDimHHyj1HrdW3QZur9'));
    expect([
      deservesReceipt(alice.id, text),
      deservesReceipt(alice.id, receipt),
      deservesReceipt(bot, text),
    ]).toEqual([true, false, false]);
  });
});

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
    const text = exportAccount(bob, [alice.id, added], directory);
    const { account, contacts } = unwrap(importAccount(text, crypto));
    expect(account.id.text).toBe(bob.id.text);
    expect(contacts.map(({ id }) => id.text)).toEqual([alice.id.text, added.text]);
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
    const file = JSON.parse(exportAccount(bob, [alice.id], directory));
    const code = (changed: object) => {
      const imported = importAccount(JSON.stringify({ ...file, ...changed }), crypto);
      return imported.ok ? 'ok' : imported.fault.code;
    };
    expect(code({})).toBe('ok');
    expect(code({ secret: privateKeyToJson(alice.identityKey) })).toBe('dimp.meta.foreign');
    expect(code({ secret: 5 })).toBe('dimp.key.malformed');
    expect(code({ id: alice.id.text })).toBe('dimp.message.malformed');
    expect(code({ format: 'other' })).toBe('dimp.message.malformed');
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
