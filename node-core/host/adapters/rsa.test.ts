// RSA of this machine, against OpenSSL's own PKCS#1 where it has it, and against blocks that are badly padded.

import {
  constants,
  generateKeyPairSync,
  privateDecrypt,
  privateEncrypt,
  publicEncrypt,
  verify,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concatBytes, unwrap, utf8ToBytes } from '../../base/index.ts';
import type { RsaPrivateKey } from '../../dimp/index.ts';
import {
  createRsaKey,
  decryptWith,
  encryptTo,
  parsePrivateKey,
  parsePublicKey,
  privateKeyToJson,
} from '../../dimp/index.ts';
import { createDimpCrypto } from './dimp-crypto.ts';
import { createRsa } from './rsa.ts';

const rsa = createRsa();
const crypto = createDimpCrypto();
const message = utf8ToBytes('a key');

function makeKey(bits: number, publicExponent = 65537): RsaPrivateKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits, publicExponent });
  const key = createRsaKey(new Uint8Array(privateKey.export({ type: 'pkcs1', format: 'der' })));
  if (key === undefined) throw new Error('no key');
  return key;
}
const key = makeKey(1024);
const pem = String(privateKeyToJson(key)['data']);
const publicPem = String(key.publicKey.json['data']);

/** A block as the key's owner sees it after the bare operation. */
function encryptBlock(block: Uint8Array): Uint8Array {
  return publicEncrypt({ key: publicPem, padding: constants.RSA_NO_PADDING }, block);
}

describe('RSA', () => {
  it('signs and verifies as OpenSSL does', () => {
    const signature = rsa.sign(key.pkcs1, message) ?? new Uint8Array();
    expect(verify('sha256', message, publicPem, signature)).toBe(true);
    expect(rsa.verify(key.publicKey.pkcs1, message, signature)).toBe(true);
    expect(rsa.verify(key.publicKey.pkcs1, utf8ToBytes('another'), signature)).toBe(false);
    for (const length of [0, 1, 127, 128, 129, 256])
      expect(rsa.verify(key.publicKey.pkcs1, message, new Uint8Array(length))).toBe(false);
  });

  it('refuses signatures whose padding is not exactly right (the forgery for small exponents)', () => {
    // 00 01 ff 00 ‖ DigestInfo ‖ garbage: lenient parsers take it, and with e = 3 anybody can make it.
    const info = Buffer.from('3031300d060960864801650304020105000420', 'hex');
    const short = concatBytes(Uint8Array.of(0, 1, 255, 0), info, new Uint8Array(32));
    const block = concatBytes(short, new Uint8Array(128 - short.length).fill(7));
    const forged = privateEncrypt({ key: pem, padding: constants.RSA_NO_PADDING }, block);
    expect(rsa.verify(key.publicKey.pkcs1, new Uint8Array(), forged)).toBe(false);
  });

  it('encrypts so that only the private key opens it, up to the length that fits', () => {
    for (const length of [0, 1, 76, 117]) {
      const text = new Uint8Array(length).fill(9);
      const encrypted = unwrap(encryptTo(key.publicKey, text, crypto));
      expect(decryptWith(key, encrypted, crypto)).toEqual(text);
    }
    expect(encryptTo(key.publicKey, new Uint8Array(118), crypto).ok).toBe(false);
    const encrypted = unwrap(encryptTo(key.publicKey, message, crypto));
    const raw = privateDecrypt({ key: pem, padding: constants.RSA_NO_PADDING }, encrypted);
    expect(rsa.decryptRaw(key.pkcs1, encrypted)).toEqual(new Uint8Array(raw));
    expect(decryptWith(makeKey(1024), encrypted, crypto)).toBeUndefined();
    expect(decryptWith(key, encrypted.subarray(1), crypto)).toBeUndefined();
    expect(decryptWith(key, new Uint8Array(128).fill(255), crypto)).toBeUndefined();
  });

  const filler = (length: number) => new Uint8Array(length).fill(0xaa);
  it.each([
    ['right', [Uint8Array.of(0, 2), filler(120), Uint8Array.of(0), message], true],
    ['8 bytes of padding', [Uint8Array.of(0, 2), filler(8), Uint8Array.of(0), filler(117)], true],
    ['nothing inside', [Uint8Array.of(0, 2), filler(125), Uint8Array.of(0)], true],
    ['another type', [Uint8Array.of(0, 1), filler(120), Uint8Array.of(0), message], false],
    ['no leading zero', [Uint8Array.of(1, 2), filler(120), Uint8Array.of(0), message], false],
    ['7 bytes of padding', [Uint8Array.of(0, 2), filler(7), Uint8Array.of(0), filler(118)], false],
    ['no padding', [Uint8Array.of(0, 2, 0), filler(125)], false],
    ['no separator', [Uint8Array.of(0, 2), filler(126)], false],
  ] as const)('takes off padding that is %s', (_name, parts, isRight) => {
    const block = concatBytes(...parts);
    expect(block).toHaveLength(128);
    expect(decryptWith(key, encryptBlock(block), crypto) !== undefined).toBe(isRight);
  });

  it('makes keys of the asked size, and reads every form of one', async () => {
    const fresh = createRsaKey(await rsa.generate(1024));
    expect(fresh?.publicKey.bits).toBe(1024);
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const secrets = (['pkcs1', 'pkcs8'] as const).map((type) =>
      privateKey.export({ type, format: 'pem' }).toString(),
    );
    const open = (['pkcs1', 'spki'] as const).map((type) =>
      publicKey.export({ type, format: 'pem' }).toString(),
    );
    const bare = open.map((text) => text.replaceAll(/-----[^-]+-----|\s/g, ''));
    const windows = open.map((text) => text.replaceAll('\n', '\r\n'));
    const publicForms = [...open, ...bare, ...windows].map((data) => {
      const parsed = unwrap(parsePublicKey({ algorithm: 'RSA', data }));
      return parsed.algorithm === 'RSA' ? Buffer.from(parsed.pkcs1).toString('hex') : '';
    });
    expect(new Set(publicForms).size).toBe(1);
    const privateForms = [...secrets, `${open[1]}${secrets[0]}`].map((data) => {
      const parsed = unwrap(parsePrivateKey({ algorithm: 'SHA256withRSA', data }));
      return parsed.algorithm === 'RSA' ? Buffer.from(parsed.publicKey.pkcs1).toString('hex') : '';
    });
    expect(new Set([...privateForms, ...publicForms]).size).toBe(1);
  });

  it('refuses keys that are none', () => {
    const rejects = (data: string) => expect(parsePublicKey({ algorithm: 'RSA', data }).ok).toBe(false);
    const integer = (bytes: Uint8Array) => concatBytes(Uint8Array.of(2, 0x81, bytes.length), bytes);
    const publicKey = (modulus: Uint8Array, exponent: Uint8Array) => {
      const body = concatBytes(integer(modulus), Uint8Array.of(2, exponent.length), exponent);
      return Buffer.from(concatBytes(Uint8Array.of(0x30, 0x81, body.length), body)).toString('base64');
    };
    const odd = concatBytes(Uint8Array.of(0), new Uint8Array(128).fill(0xff));
    expect(parsePublicKey({ algorithm: 'RSA', data: publicKey(odd, Uint8Array.of(1, 0, 1)) }).ok).toBe(true);
    rejects(publicKey(odd, Uint8Array.of(1)));
    rejects(publicKey(odd, Uint8Array.of(4)));
    rejects(publicKey(concatBytes(odd.subarray(0, 128), Uint8Array.of(0xfe)), Uint8Array.of(1, 0, 1)));
    rejects('AAAA');
    rejects('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----');
    rejects(pem.slice(0, 200));
    rejects('A'.repeat(10_000));
  });
});
