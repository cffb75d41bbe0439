// Files beside messages as the protocol has them: the bytes under AES-CBC with a fresh key, which the content carries.
// The protocol does not protect files from changes: contents made here also carry a hash, which is checked where present.

import { md5 } from '@noble/hashes/legacy.js';
import type { Bytes, Result } from '../base/index.ts';
import { bytesToHex, concatBytes, equalBytes, ok, parseHex, refuse, sha256 } from '../base/index.ts';
import type { Content } from './content/index.ts';
import type { DimpCrypto } from './crypto.ts';
import { dimpFault } from './faults.ts';
import type { JsonObject } from './json.ts';
import {
  AES_BLOCK_BYTES,
  createAesKey,
  decryptSymmetric,
  encryptSymmetric,
  parseSymmetricKey,
  symmetricKeyToJson,
  ZERO_IV,
} from './keys/index.ts';
import { encodeTransportable, parseTransportable } from './transportable.ts';

export const FILE_DIGEST_FIELD = 'sha256';

/** The ciphertext to upload, and the fields that open it, to be sent within the encrypted content. */
export function sealFile(
  file: Bytes,
  { random }: DimpCrypto,
): { readonly ciphertext: Bytes; readonly fields: JsonObject } {
  const key = createAesKey(random);
  const iv = random.bytes(AES_BLOCK_BYTES);
  return {
    ciphertext: encryptSymmetric(key, iv, file),
    fields: {
      key: symmetricKeyToJson(key),
      IV: encodeTransportable(iv),
      [FILE_DIGEST_FIELD]: bytesToHex(sha256(file)),
    },
  };
}

/** The file of a file, image, audio or video content. Without a key in the content the bytes are as they are. */
export function openFile(ciphertext: Bytes, { json }: Pick<Content, 'json'>): Result<Bytes> {
  const altered = () => refuse(dimpFault('dimp.message.altered', { what: 'file' }));
  const file = json['key'] === undefined ? ok(ciphertext) : decryptFile(ciphertext, json);
  if (!file.ok) return file;
  const digest = json[FILE_DIGEST_FIELD];
  if (digest === undefined) return file;
  const expected = typeof digest === 'string' ? parseHex(digest) : undefined;
  return expected !== undefined && equalBytes(sha256(file.value), expected) ? file : altered();
}

function decryptFile(ciphertext: Bytes, json: JsonObject): Result<Bytes> {
  const key = parseSymmetricKey(json['key']);
  if (!key.ok) return key;
  const own = key.value.algorithm === 'AES' ? key.value.iv : undefined;
  const iv = parseTransportable(json['IV'] ?? json['iv']) ?? own ?? ZERO_IV;
  const isSound = iv.length === AES_BLOCK_BYTES;
  const file = isSound ? decryptSymmetric(key.value, iv, ciphertext) : undefined;
  return file === undefined ? refuse(dimpFault('dimp.message.altered', { what: 'file' })) : ok(file);
}

/** What the reference's file server asks for: hex(md5(md5(data) ‖ secret ‖ salt)). MD5 is its choice; it protects nothing. */
export function uploadDigest(data: Bytes, secret: Bytes, salt: Bytes): string {
  return bytesToHex(md5(concatBytes(md5(data), secret, salt)));
}
