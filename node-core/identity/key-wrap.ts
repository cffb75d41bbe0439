// Wrapping a content key for one recipient: ECIES over secp256k1 (ephemeral ECDH, HKDF-SHA256, AES-256-GCM). The
// context enters the key derivation, so a wrapped key cannot be moved to another licence, machine or purpose.
// Source: the shape of SEC 1 version 2.0 section 5.1, with HKDF (RFC 5869) as the key derivation function.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { Bytes, Random, Result } from '../base/index.ts';
import { concatBytes, hkdf, ok, refuse, sha256, utf8ToBytes } from '../base/index.ts';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, portableAead } from './aead.ts';
import { identityFault } from './faults.ts';
import { createKeyPair } from './keys.ts';

const VERSION = 1;
const PUBLIC_KEY_BYTES = 33;
const KEY_BYTES = 32;
/** version ‖ ephemeral public key ‖ sealed key ‖ tag. */
export const WRAPPED_KEY_BYTES = 1 + PUBLIC_KEY_BYTES + KEY_BYTES + AEAD_TAG_BYTES;

/** @throws Error where the recipient's key is not a point of the curve, or the random source gives no valid scalar. */
export function wrapKey(contentKey: Bytes, recipient: Bytes, context: Bytes, random: Random): Bytes {
  const ephemeral = createKeyPair(random.bytes(KEY_BYTES));
  const wrappingKey = deriveWrappingKey(
    ephemeral.secretKey,
    recipient,
    ephemeral.publicKey,
    recipient,
    context,
  );
  const header = concatBytes(Uint8Array.of(VERSION), ephemeral.publicKey);
  // The wrapping key is used for this one message, so the nonce may be fixed.
  const sealed = portableAead.seal(wrappingKey, new Uint8Array(AEAD_NONCE_BYTES), contentKey, header);
  return concatBytes(header, sealed);
}

/** The content key, or a fault where it was wrapped for somebody or something else. */
export function unwrapKey(wrapped: Bytes, recipientSecret: Bytes, context: Bytes): Result<Bytes> {
  const unreadable = refuse(identityFault('identity.wrapped-key.unreadable'));
  if (wrapped.length !== WRAPPED_KEY_BYTES || wrapped[0] !== VERSION) return unreadable;
  const header = wrapped.subarray(0, 1 + PUBLIC_KEY_BYTES);
  const ephemeral = header.subarray(1);
  try {
    const recipient = createKeyPair(recipientSecret).publicKey;
    const wrappingKey = deriveWrappingKey(recipientSecret, ephemeral, ephemeral, recipient, context);
    const nonce = new Uint8Array(AEAD_NONCE_BYTES);
    const contentKey = portableAead.open(wrappingKey, nonce, wrapped.subarray(header.length), header);
    return contentKey === undefined ? unreadable : ok(contentKey);
  } catch {
    return unreadable;
  }
}

function deriveWrappingKey(
  secret: Bytes,
  point: Bytes,
  ephemeral: Bytes,
  recipient: Bytes,
  context: Bytes,
): Bytes {
  const shared = secp256k1.getSharedSecret(secret, point, true).subarray(1);
  const info = concatBytes(utf8ToBytes('dipnet/wrap/v1'), recipient, context);
  return hkdf(sha256, shared, ephemeral, info, KEY_BYTES);
}
