// RSA keys in the JSON form of the protocol, whatever PEM they come in, and the removal of PKCS#1 v1.5 padding. The
// operations themselves are the host's.

import type { Bytes } from '../../base/index.ts';
import type { JsonObject } from '../json.ts';
import { RSA_BITS_MAX, RSA_BITS_MIN } from '../limits.ts';
import { encodePem, encodeRsaPublic, parseDerKey, parsePem, readIntegers, rsaToSpki } from './pem.ts';

export type RsaPublicKey = {
  readonly algorithm: 'RSA';
  /** DER of PKCS#1. */
  readonly pkcs1: Bytes;
  readonly bits: number;
  /** As it came, for passing on. */
  readonly json: JsonObject;
};

export type RsaPrivateKey = {
  readonly algorithm: 'RSA';
  /** DER of PKCS#1. Never logged. */
  readonly pkcs1: Bytes;
  readonly publicKey: RsaPublicKey;
};

/** Undefined unless the text holds an RSA public key of an acceptable size. */
export function parseRsaPublic(text: string, json: JsonObject): RsaPublicKey | undefined {
  for (const der of parsePem(text)) {
    const key = parseDerKey(der);
    const bits = key?.kind === 'rsa-public' ? soundBits(key.pkcs1, 0) : undefined;
    if (key?.kind === 'rsa-public' && bits !== undefined)
      return { algorithm: 'RSA', pkcs1: key.pkcs1, bits, json };
  }
  return undefined;
}

/** Undefined unless the text holds an RSA private key; a public block beside it is passed over. */
export function parseRsaPrivate(text: string): RsaPrivateKey | undefined {
  for (const der of parsePem(text)) {
    const key = parseDerKey(der);
    const parsed = key?.kind === 'rsa-private' ? createRsaKey(key.pkcs1) : undefined;
    if (parsed !== undefined) return parsed;
  }
  return undefined;
}

/** From a private key in PKCS#1; undefined where it is none of an acceptable size. */
export function createRsaKey(pkcs1: Bytes): RsaPrivateKey | undefined {
  const bits = soundBits(pkcs1, 1);
  if (bits === undefined) return undefined;
  const [, modulus = pkcs1, exponent = pkcs1] = readIntegers(pkcs1);
  const publicDer = encodeRsaPublic(modulus, exponent);
  const json = rsaJson(encodePem('PUBLIC KEY', rsaToSpki(publicDer)));
  return { algorithm: 'RSA', pkcs1, publicKey: { algorithm: 'RSA', pkcs1: publicDer, bits, json } };
}

export function rsaPrivateToJson(key: RsaPrivateKey): JsonObject {
  return rsaJson(encodePem('RSA PRIVATE KEY', key.pkcs1));
}

function rsaJson(data: string): JsonObject {
  return { algorithm: 'RSA', data, mode: 'ECB', padding: 'PKCS1', digest: 'SHA256' };
}

/** The size of the modulus where both it and the exponent are odd and within bounds. `first` is the modulus's place. */
function soundBits(pkcs1: Bytes, first: number): number | undefined {
  const integers = readIntegers(pkcs1);
  const [modulus, exponent] = [integers[first], integers[first + 1]];
  if (modulus === undefined || exponent === undefined) return undefined;
  const bits = modulus.length * 8 - Math.clz32((modulus[0] ?? 0) << 24);
  const isOdd = (integer: Bytes) => ((integer.at(-1) ?? 0) & 1) === 1;
  const isSmall = exponent.length > 4 || (exponent.length === 1 && (exponent[0] ?? 0) < 3);
  if (!isOdd(modulus) || !isOdd(exponent) || isSmall) return undefined;
  return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX ? bits : undefined;
}

/**
 * Takes off 00 02 ‖ at least 8 bytes without zero ‖ 00 (RFC 8017 section 7.2.2). Every byte is looked at, whatever the
 * earlier ones were, so that time tells nothing of where the padding was wrong.
 */
export function unpadPkcs1(block: Bytes): Bytes | undefined {
  let bad = (block[0] ?? 1) | ((block[1] ?? 0) ^ 2);
  let separator = 0;
  let found = 0;
  for (let i = 2; i < block.length; i++) {
    const isZero = ((block[i] ?? 0) - 1) >>> 31;
    const isFirst = isZero & (found ^ 1);
    separator += i * isFirst;
    found |= isZero;
  }
  // Before the separator come 2 bytes of header and 8 of padding.
  bad |= (separator - 10) >>> 31;
  bad |= found ^ 1;
  return bad === 0 ? block.subarray(separator + 1) : undefined;
}
