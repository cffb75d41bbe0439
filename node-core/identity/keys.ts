// secp256k1 identity keys: one key is a person's, machine's or station's chain account and DIMP identity.
// Signatures are ECDSA over SHA-256 of the message, 64 bytes R‖S big-endian, low-S (BIP-62 rule 5) enforced on verify.
// Signing here is pure JavaScript and not promised to be constant-time against a local attacker.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { Bytes } from '../base/index.ts';
import { bytesToHex, equalBytes, keccak_256, parseHex, utf8ToBytes } from '../base/index.ts';

/** 20 bytes: the last 20 of Keccak-256 over the uncompressed public key X‖Y (DIMP meta type 4, Ethereum form). */
export type Address = Bytes;

export type KeyPair = {
  /** 32 bytes. Never logged, never crosses the API. */
  readonly secretKey: Bytes;
  /** 33 bytes, compressed. */
  readonly publicKey: Bytes;
  readonly address: Address;
};

/** Verifies one signature; back-ends may be swapped for a faster one with the same verdicts. */
export type VerifySignature = (publicKey: Bytes, message: Bytes, signature: Bytes) => boolean;

/** @throws Error where the secret is not a valid scalar of 32 bytes. */
export function createKeyPair(secretKey: Bytes): KeyPair {
  const publicKey = secp256k1.getPublicKey(secretKey, true);
  return { secretKey, publicKey, address: publicKeyToAddress(publicKey) };
}

/** @throws Error where the bytes are not a point of the curve. */
export function publicKeyToAddress(publicKey: Bytes): Address {
  return pointToAddress(secp256k1.Point.fromBytes(publicKey).toBytes(false));
}

/** Of a public key in its uncompressed form: 04, X and Y. */
export function pointToAddress(uncompressed: Bytes): Address {
  return keccak_256(uncompressed.subarray(1)).subarray(12);
}

/** The address of a compressed public key, undefined where the bytes are none; back-ends as with VerifySignature. */
export type AddressOf = (publicKey: Bytes) => Address | undefined;

export const addressOfKey: AddressOf = (publicKey) =>
  isPublicKey(publicKey) ? publicKeyToAddress(publicKey) : undefined;

/** True for 33 bytes that are a compressed point of the curve. */
export function isPublicKey(bytes: Bytes): boolean {
  return bytes.length === 33 && secp256k1.utils.isValidPublicKey(bytes, true);
}

/** 64-byte low-S signature over SHA-256(message), deterministic (RFC 6979). */
export function signMessage(secretKey: Bytes, message: Bytes): Bytes {
  return secp256k1.sign(message, secretKey, { lowS: true });
}

export const verifySignature: VerifySignature = (publicKey, message, signature) => {
  if (signature.length !== 64 || publicKey.length !== 33) return false;
  try {
    return secp256k1.verify(signature, message, publicKey, { lowS: true });
  } catch {
    return false;
  }
};

/** `0x` and 40 digits with the EIP-55 checksum in their case. */
export function addressToText(address: Address): string {
  const lower = bytesToHex(address);
  const hash = keccak_256(utf8ToBytes(lower));
  let text = '0x';
  for (let i = 0; i < lower.length; i++) {
    const nibble = ((hash[i >> 1] ?? 0) >> (i % 2 === 0 ? 4 : 0)) & 15;
    text += nibble >= 8 ? lower.charAt(i).toUpperCase() : lower.charAt(i);
  }
  return text;
}

/** Accepts all-lower, all-upper or a right EIP-55 mix; undefined for a wrong length, digit or checksum. */
export function parseAddress(text: string): Address | undefined {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return undefined;
  const address = parseHex(text);
  if (address === undefined) return undefined;
  const digits = text.slice(2);
  const mixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
  return mixed && addressToText(address) !== text ? undefined : address;
}

export function sameAddress(a: Address, b: Address): boolean {
  return equalBytes(a, b);
}
