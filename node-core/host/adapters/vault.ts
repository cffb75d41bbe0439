// The one secret that seals all others on this machine. Electron gives it from the operating system's key store; under
// plain Node it lies in a file that only this user can read, which protects against other users and backups that
// leave the file out, not against programs of the same user.

import { existsSync, readFileSync } from 'node:fs';
import type { Bytes, Random } from '../../base/index.ts';
import { concatBytes, hkdf, sha256, utf8ToBytes } from '../../base/index.ts';
import { AEAD_NONCE_BYTES } from '../../identity/index.ts';
import { writeFileAtomic } from './data-dir.ts';
import { nativeAead } from './system.ts';

export const VAULT_SECRET_BYTES = 32;

export type Vault = {
  readonly secret: Bytes;
  /** Seals small secrets (content keys, machine keys) for storage; `purpose` must be given again to open. */
  seal(purpose: string, plaintext: Bytes): Bytes;
  open(purpose: string, sealed: Bytes): Bytes | undefined;
};

/** Reads the vault file, or makes it on first use. @throws Error where the file is there but not a secret. */
export function openFileVault(path: string, random: Random): Vault {
  if (!existsSync(path)) writeFileAtomic(path, random.bytes(VAULT_SECRET_BYTES));
  const secret = new Uint8Array(readFileSync(path));
  if (secret.length !== VAULT_SECRET_BYTES) throw new Error('the vault file is damaged');
  return createVault(secret, random);
}

export function createVault(secret: Bytes, random: Random): Vault {
  const keyOf = (purpose: string) =>
    hkdf(sha256, secret, undefined, utf8ToBytes(`dipnet/vault/v1/${purpose}`), 32);
  return {
    secret,
    seal(purpose, plaintext) {
      const nonce = random.bytes(AEAD_NONCE_BYTES);
      return concatBytes(nonce, nativeAead.seal(keyOf(purpose), nonce, plaintext, utf8ToBytes(purpose)));
    },
    open(purpose, sealed) {
      if (sealed.length < AEAD_NONCE_BYTES) return undefined;
      const nonce = sealed.subarray(0, AEAD_NONCE_BYTES);
      return nativeAead.open(keyOf(purpose), nonce, sealed.subarray(AEAD_NONCE_BYTES), utf8ToBytes(purpose));
    },
  };
}
