// Texts of the messenger's file, sealed under the vault.

import type { Bytes, Random } from '../../base/index.ts';
import { concatBytes, hkdf, parseUtf8, sha256, utf8ToBytes } from '../../base/index.ts';
import { AEAD_NONCE_BYTES } from '../../identity/index.ts';
import { nativeAead } from '../adapters/system.ts';
import type { Vault } from '../adapters/vault.ts';

/** Seals with one key for the whole file: what is sealed is short, and there is much of it. */
export function createSeal(vault: Vault, random: Random) {
  const key = hkdf(sha256, vault.secret, undefined, utf8ToBytes('dipnet/chat/v1'), 32);
  const none = new Uint8Array(0);
  return {
    seal(text: string): Bytes {
      const nonce = random.bytes(AEAD_NONCE_BYTES);
      return concatBytes(nonce, nativeAead.seal(key, nonce, utf8ToBytes(text), none));
    },
    /** What cannot be opened, under another vault, is empty. */
    open(sealed: Uint8Array | null): string {
      if (sealed === null || sealed.length < AEAD_NONCE_BYTES) return '';
      const bytes = new Uint8Array(sealed);
      const [nonce, rest] = [bytes.subarray(0, AEAD_NONCE_BYTES), bytes.subarray(AEAD_NONCE_BYTES)];
      const plain = nativeAead.open(key, nonce, rest, none);
      return plain === undefined ? '' : (parseUtf8(plain) ?? '');
    },
  };
}
export type Seal = ReturnType<typeof createSeal>;
