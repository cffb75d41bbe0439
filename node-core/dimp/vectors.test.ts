// The given vectors: literals of the reference implementations, and messages that the Python reference made.

import { describe, expect, it } from 'vitest';
import { base64, bytesToHex, hexToBytes, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { createDimpCrypto } from '../host/adapters/dimp-crypto.ts';
import type { Account, DimpId, JsonObject, JsonValue, Meta, ReliableMessage } from './index.ts';
import {
  acceptMeta,
  btcAddress,
  commandFields,
  contentFields,
  createDirectory,
  createEccKey,
  decryptSymmetric,
  ENTITY_TYPES,
  ethAddress,
  isBroadcast,
  isGroup,
  keyDigest,
  metaToId,
  openMessage,
  parseDocument,
  parseId,
  parseMessage,
  parseMeta,
  parsePrivateKey,
  parsePublicKey,
  parseSymmetricKey,
  passphraseToKey,
  privateKeyToJson,
  searchNumber,
  signWith,
  verifyDocument,
  verifyMessage,
  verifyWith,
} from './index.ts';
import literals from './vectors/literals.json' with { type: 'json' };
import reference from './vectors/reference-messages.json' with { type: 'json' };

const crypto = createDimpCrypto();
const id = (text: string): DimpId => unwrap(parseId(text));
const privateKey = (json: JsonObject) => unwrap(parsePrivateKey(json));

describe('literals', () => {
  it('derives both addresses of each key', () => {
    for (const { privateKey: secret, publicKey, btcUncompressed, btcCompressed, eth } of literals.ecc) {
      const key = createEccKey(hexToBytes(secret));
      expect(bytesToHex(key.publicKey.data)).toBe(publicKey);
      expect(btcAddress(key.publicKey.data, 0)).toBe(btcUncompressed);
      expect(ethAddress(key.publicKey.data)).toBe(eth);
      const hex = unwrap(parsePublicKey({ algorithm: 'ECC', data: publicKey, compressed: true }));
      expect(hex.algorithm === 'ECC' && btcAddress(hex.data, 0)).toBe(btcCompressed);
    }
  });

  it('reads PEM and hexadecimal as the same key', () => {
    const { publicPem, publicHex, privatePem, privateHex } = literals.eccPem;
    for (const data of [publicPem, publicHex, publicHex.slice(2)]) {
      const key = unwrap(parsePublicKey({ algorithm: 'ECC', data }));
      expect(key.algorithm === 'ECC' && bytesToHex(key.data)).toBe(publicHex);
    }
    for (const data of [privatePem, privateHex]) {
      const key = privateKey({ algorithm: 'ECC', data });
      expect(key.algorithm === 'ECC' && bytesToHex(key.secret)).toBe(privateHex);
      expect(privateKeyToJson(key)['data']).toBe(privatePem);
      expect(key.publicKey.json['data']).toBe(publicPem);
    }
  });

  it('signs as RFC 6979 and PKCS#1 say', () => {
    const ecc = literals.eccSignature;
    const eccKey = createEccKey(hexToBytes(ecc.privateKey));
    // The vector has a high S; ours is the same signature in its low form, and both verify.
    const given = hexToBytes(ecc.derSha256);
    expect(verifyWith(eccKey.publicKey, utf8ToBytes(ecc.message), given, crypto)).toBe(true);
    const ours = unwrap(signWith(eccKey, utf8ToBytes(ecc.message), crypto));
    expect(verifyWith(eccKey.publicKey, utf8ToBytes(ecc.message), ours, crypto)).toBe(true);
    expect(bytesToHex(ours)).toBe(ecc.derSha256);
    const { rsa } = literals;
    const key = privateKey({ algorithm: 'RSA', data: rsa.privateKey });
    expect(base64.encode(unwrap(signWith(key, utf8ToBytes(rsa.text), crypto)))).toBe(rsa.signature);
  });

  it('encrypts with AES, and makes keys of passphrases', () => {
    const { key, IV, plaintext, ciphertext } = literals.aes;
    const aes = unwrap(parseSymmetricKey(key));
    const plain = decryptSymmetric(aes, base64.decode(IV), base64.decode(ciphertext));
    expect(plain).toEqual(utf8ToBytes(plaintext));
    for (const { passphrase, keyData } of literals.password)
      expect(base64.encode(passphraseToKey(passphrase).secret)).toBe(keyData);
    expect(keyDigest(aes)).toBe(literals.keyDigest.sha256Prefix6);
    expect(keyDigest(aes, 'md5')).toBe(literals.keyDigest.md5Prefix6);
  });

  it('knows the type of each ID', () => {
    for (const { id: text, type } of literals.ids) expect([text, id(text).type]).toEqual([text, type]);
  });

  it('gives the known addresses for every network byte, and the search numbers', () => {
    for (const name of ['hulk', 'moki'] as const) {
      const account = literals.accounts[name];
      const meta = unwrap(acceptMeta(account.meta, id(account.id), crypto));
      for (const [network, address] of Object.entries(literals.networkAddresses[name]))
        expect(metaToId(meta, Number(network))?.address.text).toBe(address);
      expect(Number(searchNumber(id(account.id))?.replaceAll('-', ''))).toBe(account.number);
    }
    expect(searchNumber(id(literals.accounts.hulk.id))).toBe('272-972-7604');
  });

  it('accepts the metas of Java, Objective-C and Python, and one of a bot', () => {
    for (const { meta, privateKey: secret, userId, legacyMainId } of Object.values(literals.metas)) {
      for (const text of [userId, legacyMainId]) unwrap(acceptMeta(meta, id(text), crypto));
      const signature = unwrap(signWith(privateKey(secret), utf8ToBytes(meta.seed), crypto));
      expect(base64.encode(signature)).toBe(meta.fingerprint);
    }
    const { id: bot, meta } = literals.chatroomAdmin;
    unwrap(acceptMeta(meta, id(bot), crypto));
    expect(id(bot).type).toBe(ENTITY_TYPES.bot);
  });

  it('verifies the profile of moki', () => {
    const { document, meta } = literals.accounts.moki;
    const parsed = unwrap(parseDocument(document));
    expect(verifyDocument(parsed, unwrap(parseMeta(meta)), crypto)).toBe(true);
    expect(parsed.properties).toEqual({ name: '齐天大圣' });
  });

  it('opens the message of moki to hulk', () => {
    const { expect: expected, ...json } = literals.reliableMessage;
    const { moki, hulk } = literals.accounts;
    const directory = createDirectory(createMemoryKv(), crypto);
    unwrap(directory.saveMeta(id(moki.id), moki.meta));
    const account = accountOf(hulk.id, hulk.meta, hulk.privateKey, []);
    const message = unwrap(parseMessage(JSON.stringify(json)));
    const opened = unwrap(openMessage(message, account, directory, crypto));
    expect(opened.content.json).toMatchObject(JSON.parse(expected.contentJson));
    expect(opened).toMatchObject({ timeS: 1545405083, isTimeSigned: false, protection: 'unbound' });
  });
});

describe('messages of the Python reference', () => {
  const { users } = reference;
  type Name = keyof typeof users;
  const directory = createDirectory(createMemoryKv(), crypto);
  const nowS = 1795244460;
  for (const user of Object.values(users)) {
    unwrap(directory.saveMeta(id(user.id), user.meta));
    for (const document of user.documents) unwrap(directory.saveDocument(document, id(user.id), nowS));
  }
  const accounts = Object.values(users).map((user) =>
    accountOf(user.id, user.meta, user.id_private_key, user.msg_private_keys),
  );
  const accountWith = (text: string) => accounts.find((account) => account.id.text === text);
  const readerOf = (message: ReliableMessage): Account | undefined =>
    isBroadcast(message.receiver) || isGroup(message.receiver)
      ? accountWith(users.bob.id)
      : accountWith(message.receiver.text);

  it.each(reference.messages.map((message) => [message.label, message] as const))('%s', (_label, given) => {
    const message = unwrap(parseMessage(given.serialized));
    expect(unwrap(verifyMessage(message, directory, crypto))).toBe(message);
    const reader = readerOf(message);
    expect(reader).toBeDefined();
    if (reader === undefined) return;
    const opened = unwrap(openMessage(message, reader, directory, crypto));
    const content: JsonObject = given.content_after_compat;
    for (const [name, value] of Object.entries(content))
      if (name !== 'command') expect(opened.content.json[name]).toEqual(value);
    expect(opened.content.code).toBe(content['type']);
  });

  it('reads groups', () => {
    const { group } = reference;
    const meta = unwrap(acceptMeta(group.meta, id(group.id), crypto));
    expect(id(group.id).type).toBe(ENTITY_TYPES.group);
    const bulletin = unwrap(parseDocument(group.documents[0]));
    expect(verifyDocument(bulletin, meta, crypto)).toBe(true);
    expect(bulletin.properties['founder']).toBe(users.alice.id);
  });

  it('gives the fields of contents and commands by their names of today', () => {
    const open = (label: string) => {
      const given = reference.messages.find((message) => message.label === label);
      const message = unwrap(parseMessage(given?.serialized ?? ''));
      const reader = readerOf(message);
      if (reader === undefined) throw new Error('nobody reads this');
      return unwrap(openMessage(message, reader, directory, crypto)).content;
    };
    expect(contentFields(open('personal text'), 'text')?.text).toBe('Hello Bob! 你好');
    const documents = commandFields(open('documents response'), 'documents');
    expect(documents?.did.text).toBe(users.alice.id);
    expect(documents?.documents?.[0]?.['type']).toBe('visa');
    expect(contentFields(open('forward'), 'forward')?.secrets).toHaveLength(1);
    expect(commandFields(open('invite'), 'invite')?.members?.[0]?.text).toBe(users.carol.id);
    const name: Name = 'bob';
    expect(commandFields(open('receipt'), 'receipt')?.origin?.['sender']).toBe(users[name].id);
  });
});

function accountOf(
  text: string,
  metaJson: JsonValue,
  secret: JsonObject,
  more: readonly JsonObject[],
): Account {
  const meta: Meta = unwrap(parseMeta(metaJson));
  return {
    id: id(text),
    meta,
    identityKey: privateKey(secret),
    visaKeys: more.map(privateKey),
  };
}
