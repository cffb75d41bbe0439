// RSA by OpenSSL (node:crypto), for the messages of DIMP. Decryption is without padding: Node refuses or disguises
// PKCS#1 v1.5 padding depending on its version, and the core takes it off in constant time itself.

import type { KeyObject } from 'node:crypto';
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { Bytes } from '../../base/index.ts';
import { bytesToHex } from '../../base/index.ts';
import type { Rsa } from '../../dimp/index.ts';

/** Keys kept imported: the contacts one writes with at a time. */
const KEYS_MAX = 512;

function createImporter(parse: (der: Buffer) => KeyObject): (der: Bytes) => KeyObject {
  const imported = new Map<string, KeyObject>();
  return (der) => {
    const name = bytesToHex(der);
    const known = imported.get(name);
    if (known !== undefined) return known;
    const key = parse(Buffer.from(der));
    if (imported.size >= KEYS_MAX) imported.clear();
    imported.set(name, key);
    return key;
  };
}

/** What OpenSSL throws for a key or a length that it cannot use is a verdict here, not an error. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

export function createRsa(): Rsa {
  const publicOf = createImporter((key) => createPublicKey({ key, format: 'der', type: 'pkcs1' }));
  const privateOf = createImporter((key) => createPrivateKey({ key, format: 'der', type: 'pkcs1' }));
  return {
    verify(publicKey, message, signature) {
      return attempt(() => verify('sha256', message, publicOf(publicKey), signature)) === true;
    },
    sign(privateKey, message) {
      return attempt(() => new Uint8Array(sign('sha256', message, privateOf(privateKey))));
    },
    encrypt(publicKey, message) {
      const key = () => ({ key: publicOf(publicKey), padding: constants.RSA_PKCS1_PADDING });
      return attempt(() => new Uint8Array(publicEncrypt(key(), message)));
    },
    decryptRaw(privateKey, ciphertext) {
      const key = () => ({ key: privateOf(privateKey), padding: constants.RSA_NO_PADDING });
      return attempt(() => new Uint8Array(privateDecrypt(key(), ciphertext)));
    },
    async generate(bits) {
      const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: bits });
      return new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs1' }));
    },
  };
}
