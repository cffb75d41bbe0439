// Authenticated encryption: AES-256-GCM behind a port, so that the host can give the native one. Both back-ends give
// the same bytes: ciphertext followed by the 16-byte tag.

import { gcm } from '@noble/ciphers/aes.js';
import type { Bytes } from '../base/index.ts';

export interface Aead {
  /** Key of 32 bytes, nonce of 12 bytes that is never used twice with the key. */
  seal(key: Bytes, nonce: Bytes, plaintext: Bytes, associatedData: Bytes): Bytes;
  /** The plaintext, or undefined where key, nonce, data or one bit of the ciphertext is wrong. */
  open(key: Bytes, nonce: Bytes, ciphertext: Bytes, associatedData: Bytes): Bytes | undefined;
}

export const AEAD_TAG_BYTES = 16;
export const AEAD_NONCE_BYTES = 12;

/** Pure JavaScript back-end for keys and other small data. */
export const portableAead: Aead = {
  seal: (key, nonce, plaintext, associatedData) => gcm(key, nonce, associatedData).encrypt(plaintext),
  open(key, nonce, ciphertext, associatedData) {
    try {
      return gcm(key, nonce, associatedData).decrypt(ciphertext);
    } catch {
      return undefined;
    }
  },
};
