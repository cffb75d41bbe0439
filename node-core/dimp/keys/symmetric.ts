// Symmetric keys in their JSON form: AES-CBC with PKCS#7, and PLAIN, which leaves broadcasts as they are.
// CBC is what the protocol has; it hides, it does not protect from changes. That is what signatures and bindings are for.

import { cbc } from '@noble/ciphers/aes.js';
import { md5 } from '@noble/hashes/legacy.js';
import type { Bytes, Random, Result } from '../../base/index.ts';
import { base64, concatBytes, ok, refuse, sha256, utf8ToBytes } from '../../base/index.ts';
import { dimpFault } from '../faults.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { encodeTransportable, parseTransportable } from '../transportable.ts';

export type AesKey = {
  readonly algorithm: 'AES';
  /** 16, 24 or 32 bytes; new keys have 32. */
  readonly secret: Bytes;
  /** Peers of the first generation put the IV into the key. */
  readonly iv?: Bytes;
};
export type PlainKey = { readonly algorithm: 'PLAIN' };
export type SymmetricKey = AesKey | PlainKey;

export const AES_BLOCK_BYTES = 16;
export const ZERO_IV = new Uint8Array(AES_BLOCK_BYTES);
const PLAIN_KEY: PlainKey = { algorithm: 'PLAIN' };
const AES_NAMES = ['AES', 'AES/CBC/PKCS7Padding'];

export function createAesKey(random: Random): AesKey {
  return { algorithm: 'AES', secret: random.bytes(32) };
}

/** The AES key that a passphrase stands for: the passphrase itself, led by its hash as far as it is short of 32 bytes. */
export function passphraseToKey(passphrase: string): AesKey {
  const bytes = utf8ToBytes(passphrase);
  if (bytes.length === 32) return { algorithm: 'AES', secret: bytes };
  const digest = sha256(bytes);
  const secret = bytes.length > 32 ? digest : concatBytes(digest.subarray(0, 32 - bytes.length), bytes);
  return { algorithm: 'AES', secret };
}

export function parseSymmetricKey(value: JsonValue | undefined): Result<SymmetricKey> {
  const malformed = (what: string) => refuse(dimpFault('dimp.key.malformed', { what }));
  if (!isJsonObject(value)) return malformed('object');
  const algorithm = value['algorithm'] ?? value['A'];
  if (algorithm === 'PLAIN') return ok(PLAIN_KEY);
  if (typeof algorithm !== 'string' || !AES_NAMES.includes(algorithm)) return malformed('algorithm');
  const secret = parseTransportable(value['data'] ?? value['D']);
  if (secret === undefined || ![16, 24, 32].includes(secret.length)) return malformed('data');
  const iv = parseTransportable(value['iv'] ?? value['IV'] ?? value['I']);
  if (iv !== undefined && iv.length !== AES_BLOCK_BYTES) return malformed('iv');
  return ok({ algorithm: 'AES', secret, ...(iv === undefined ? {} : { iv }) });
}

/** As short as it can be: it must fit into one RSA block of 1024 bits. */
export function symmetricKeyToJson(key: SymmetricKey): JsonObject {
  if (key.algorithm === 'PLAIN') return { algorithm: 'PLAIN' };
  return { algorithm: 'AES', data: encodeTransportable(key.secret) };
}

export function encryptSymmetric(key: SymmetricKey, iv: Bytes, plaintext: Bytes): Bytes {
  return key.algorithm === 'PLAIN' ? plaintext : cbc(key.secret, iv).encrypt(plaintext);
}

/** Undefined where the padding is wrong or the length is no multiple of the block. */
export function decryptSymmetric(key: SymmetricKey, iv: Bytes, ciphertext: Bytes): Bytes | undefined {
  if (key.algorithm === 'PLAIN') return ciphertext;
  try {
    return cbc(key.secret, iv).decrypt(ciphertext);
  } catch {
    return undefined;
  }
}

/** Which key a group message was encrypted with: 6 bytes of a hash of the key, in base64. */
export function keyDigest(key: SymmetricKey, hash: 'sha256' | 'md5' = 'sha256'): string {
  if (key.algorithm === 'PLAIN') return '';
  return base64.encode((hash === 'md5' ? md5 : sha256)(key.secret).subarray(0, 6));
}
