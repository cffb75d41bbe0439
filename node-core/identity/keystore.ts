// Keys at rest. A keystore holds the entropy of one mnemonic, or a key that came without one, sealed under a secret of the machine's own key vault
// (32 random bytes) or under a password (scrypt). Only the address is readable without the secret.

import { z } from 'zod';
import type { Bytes, Random, Result } from '../base/index.ts';
import { base64, hkdf, ok, parseBase64, refuse, sha256, utf8ToBytes } from '../base/index.ts';
import type { Aead } from './aead.ts';
import { AEAD_NONCE_BYTES, portableAead } from './aead.ts';
import { identityFault } from './faults.ts';
import type { KeyPair } from './keys.ts';
import { addressToText, createKeyPair } from './keys.ts';
import { entropyMnemonic, mnemonicEntropy, mnemonicToKeyPair } from './mnemonic.ts';

/** RFC 7914 scrypt with N=cost, r=8, p=1 and 32 bytes of output; native in the host. */
export type Scrypt = (password: string, salt: Bytes, cost: number) => Promise<Bytes>;

export type KeystoreSecret =
  | { readonly kind: 'vault'; readonly key: Bytes }
  | { readonly kind: 'password'; readonly password: string; readonly scrypt: Scrypt };

/** 128 MiB of memory for a guess. */
const SCRYPT_COST = 2 ** 17;

/** Strict: what decodes to bytes in two ways is damaged. */
const Base64 = z.base64().refine((text) => parseBase64(text) !== undefined);

const KeystoreFile = z.strictObject({
  format: z.literal('dipnet-keystore'),
  version: z.literal(1),
  address: z.string(),
  /** What is sealed; the entropy of a mnemonic where it is left out. */
  holds: z.literal('key').optional(),
  kdf: z.discriminatedUnion('name', [
    z.strictObject({ name: z.literal('hkdf-sha256'), salt: Base64 }),
    z.strictObject({
      name: z.literal('scrypt'),
      salt: Base64,
      cost: z
        .int()
        .min(2 ** 14)
        .max(2 ** 20),
    }),
  ]),
  cipher: z.literal('aes-256-gcm'),
  nonce: Base64,
  sealed: Base64,
});

/** Without a mnemonic where the key came from another program. */
export type Identity = { readonly mnemonic?: string; readonly keyPair: KeyPair };

export function createIdentity(mnemonic: string): Identity {
  return { mnemonic, keyPair: mnemonicToKeyPair(mnemonic) };
}

/** JSON text of the keystore file. */
export async function sealKeystore(
  identity: Identity,
  secret: KeystoreSecret,
  random: Random,
  aead: Aead = portableAead,
): Promise<string> {
  const salt = random.bytes(16);
  const nonce = random.bytes(AEAD_NONCE_BYTES);
  const address = addressToText(identity.keyPair.address);
  const key = await deriveKey(secret, salt, SCRYPT_COST);
  const { mnemonic, keyPair } = identity;
  const plain = mnemonic === undefined ? keyPair.secretKey : mnemonicEntropy(mnemonic);
  const sealed = aead.seal(key, nonce, plain, utf8ToBytes(address));
  const kdf =
    secret.kind === 'vault'
      ? { name: 'hkdf-sha256', salt: base64.encode(salt) }
      : { name: 'scrypt', salt: base64.encode(salt), cost: SCRYPT_COST };
  const holds = mnemonic === undefined ? { holds: 'key' } : {};
  const file = { format: 'dipnet-keystore', version: 1, address, ...holds, kdf, cipher: 'aes-256-gcm' };
  return `${JSON.stringify({ ...file, nonce: base64.encode(nonce), sealed: base64.encode(sealed) }, null, 2)}\n`;
}

export async function openKeystore(
  text: string,
  secret: KeystoreSecret,
  aead: Aead = portableAead,
): Promise<Result<Identity>> {
  const file = parseKeystore(text);
  if (!file.ok) return file;
  const { kdf, address, nonce, sealed, holds } = file.value;
  const wrong = refuse(identityFault('identity.keystore.wrong-secret'));
  if ((kdf.name === 'scrypt') !== (secret.kind === 'password')) return wrong;
  const key = await deriveKey(secret, base64.decode(kdf.salt), kdf.name === 'scrypt' ? kdf.cost : 0);
  const plain = aead.open(key, base64.decode(nonce), base64.decode(sealed), utf8ToBytes(address));
  if (plain === undefined) return wrong;
  const identity: Identity =
    holds === 'key' ? { keyPair: createKeyPair(plain) } : createIdentity(entropyMnemonic(plain));
  return addressToText(identity.keyPair.address) === address ? ok(identity) : wrong;
}

function parseKeystore(text: string): Result<z.infer<typeof KeystoreFile>> {
  try {
    const file = KeystoreFile.parse(JSON.parse(text));
    return ok(file);
  } catch {
    return refuse(identityFault('identity.keystore.malformed'));
  }
}

function deriveKey(secret: KeystoreSecret, salt: Bytes, cost: number): Promise<Bytes> {
  if (secret.kind === 'password') return secret.scrypt(secret.password, salt, cost);
  return Promise.resolve(hkdf(sha256, secret.key, salt, utf8ToBytes('dipnet/keystore/v1'), 32));
}
