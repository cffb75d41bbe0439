// Public and private keys of either algorithm: parsing of their JSON forms, and what can be done with each. ECC signs;
// RSA signs and encrypts.

import type { Bytes, Result } from '../../base/index.ts';
import { equalBytes, ok, refuse } from '../../base/index.ts';
import type { DimpCrypto } from '../crypto.ts';
import { dimpFault } from '../faults.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { KEY_CHARS_MAX } from '../limits.ts';
import type { EccPrivateKey, EccPublicKey } from './ecc.ts';
import { eccPrivateToJson, parseEccPrivate, parseEccPublic, signEcc, verifyEcc } from './ecc.ts';
import type { RsaPrivateKey, RsaPublicKey } from './rsa.ts';
import { parseRsaPrivate, parseRsaPublic, rsaPrivateToJson, unpadPkcs1 } from './rsa.ts';

export type PublicKey = EccPublicKey | RsaPublicKey;
export type PrivateKey = EccPrivateKey | RsaPrivateKey;

const ALGORITHMS: Readonly<Record<string, PublicKey['algorithm']>> = {
  ECC: 'ECC',
  SHA256withECDSA: 'ECC',
  RSA: 'RSA',
  SHA256withRSA: 'RSA',
  'RSA/ECB/PKCS1Padding': 'RSA',
};

export function parsePublicKey(value: JsonValue | undefined): Result<PublicKey> {
  const fields = readFields(value);
  if (!fields.ok) return fields;
  const { algorithm, data, json } = fields.value;
  const key = algorithm === 'ECC' ? parseEccPublic(data, json) : parseRsaPublic(data, json);
  return key === undefined ? refuse(dimpFault('dimp.key.malformed', { what: 'data' })) : ok(key);
}

export function parsePrivateKey(value: JsonValue | undefined): Result<PrivateKey> {
  const fields = readFields(value);
  if (!fields.ok) return fields;
  const { algorithm, data } = fields.value;
  const key = algorithm === 'ECC' ? parseEccPrivate(data) : parseRsaPrivate(data);
  return key === undefined ? refuse(dimpFault('dimp.key.malformed', { what: 'data' })) : ok(key);
}

export function privateKeyToJson(key: PrivateKey): JsonObject {
  return key.algorithm === 'ECC' ? eccPrivateToJson(key) : rsaPrivateToJson(key);
}

/** The same key, however it was written. */
export function samePublicKey(a: PublicKey, b: PublicKey): boolean {
  if (a.algorithm === 'ECC') return b.algorithm === 'ECC' && equalBytes(a.compressed, b.compressed);
  return b.algorithm === 'RSA' && equalBytes(a.pkcs1, b.pkcs1);
}

/** True for a right signature and for nothing else. Never throws. */
export function verifyWith(
  key: PublicKey,
  message: Bytes,
  signature: Bytes,
  { rsa, verifyEcdsa }: DimpCrypto,
): boolean {
  return key.algorithm === 'ECC'
    ? verifyEcc(key, message, signature, verifyEcdsa)
    : rsa.verify(key.pkcs1, message, signature);
}

export function signWith(key: PrivateKey, message: Bytes, { rsa, signEcdsa }: DimpCrypto): Result<Bytes> {
  const signature = key.algorithm === 'ECC' ? signEcc(key, message, signEcdsa) : rsa.sign(key.pkcs1, message);
  return signature === undefined ? refuse(unsuitable(key.algorithm)) : ok(signature);
}

export function encryptTo(key: PublicKey, message: Bytes, { rsa }: DimpCrypto): Result<Bytes> {
  const ciphertext = key.algorithm === 'RSA' ? rsa.encrypt(key.pkcs1, message) : undefined;
  return ciphertext === undefined ? refuse(unsuitable(key.algorithm)) : ok(ciphertext);
}

/** Undefined where this key did not encrypt it, or nothing sound was encrypted; which of both does not show. */
export function decryptWith(key: PrivateKey, ciphertext: Bytes, { rsa }: DimpCrypto): Bytes | undefined {
  if (key.algorithm !== 'RSA' || ciphertext.length !== Math.ceil(key.publicKey.bits / 8)) return undefined;
  const block = rsa.decryptRaw(key.pkcs1, ciphertext);
  return block === undefined ? undefined : unpadPkcs1(block);
}

function readFields(
  value: JsonValue | undefined,
): Result<{ algorithm: PublicKey['algorithm']; data: string; json: JsonObject }> {
  const malformed = (what: string) => refuse(dimpFault('dimp.key.malformed', { what }));
  if (!isJsonObject(value)) return malformed('object');
  const { algorithm: name, data, curve } = value;
  const isKnown = typeof name === 'string' && Object.hasOwn(ALGORITHMS, name);
  const algorithm = isKnown ? ALGORITHMS[name] : undefined;
  if (algorithm === undefined) return malformed('algorithm');
  if (typeof data !== 'string' || data.length > KEY_CHARS_MAX) return malformed('data');
  const isOurCurve = typeof curve !== 'string' || curve.toLowerCase() === 'secp256k1';
  if (algorithm === 'ECC' && !isOurCurve) return malformed('curve');
  return ok({ algorithm, data, json: value });
}

const unsuitable = (algorithm: string) => dimpFault('dimp.key.unsuitable', { algorithm });
