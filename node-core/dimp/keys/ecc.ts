// secp256k1 keys in the JSON form of the protocol, and ECDSA over SHA-256 with DER signatures. A high S is accepted, as
// peers make it; only a low one is made here.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { Bytes } from '../../base/index.ts';
import { bytesToHex, concatBytes, parseHex } from '../../base/index.ts';
import type { VerifySignature } from '../../identity/index.ts';
import { signMessage } from '../../identity/index.ts';
import type { JsonObject } from '../json.ts';
import { eccToPkcs8, eccToSpki, encodePem, parseDerKey, parsePem } from './pem.ts';

export type EccPublicKey = {
  readonly algorithm: 'ECC';
  /** 33 bytes, for verifying. */
  readonly compressed: Bytes;
  /** What addresses are made of: 65 bytes, or 33 where the key's JSON says that it is compressed. */
  readonly data: Bytes;
  /** As it came, for passing on. */
  readonly json: JsonObject;
};

export type EccPrivateKey = {
  readonly algorithm: 'ECC';
  /** 32 bytes. Never logged. */
  readonly secret: Bytes;
  readonly publicKey: EccPublicKey;
};

/** Undefined unless the text is a point of the curve, in PEM or in hexadecimal. */
export function parseEccPublic(text: string, json: JsonObject): EccPublicKey | undefined {
  const encoded = /^[0-9a-fA-F]{66,130}$/.test(text) ? parseHex(text) : pemPoint(text);
  if (encoded === undefined) return undefined;
  const point = parsePoint(encoded.length === 64 ? concatBytes(Uint8Array.of(4), encoded) : encoded);
  if (point === undefined) return undefined;
  const compressed = point.toBytes(true);
  return {
    algorithm: 'ECC',
    compressed,
    data: json['compressed'] === true ? compressed : point.toBytes(false),
    json,
  };
}

/** Undefined unless the text is a secret within the order of the curve, in PEM or of 64 hexadecimal digits. */
export function parseEccPrivate(text: string): EccPrivateKey | undefined {
  const secret = /^[0-9a-fA-F]{64}$/.test(text) ? parseHex(text) : pemSecret(text);
  return secret !== undefined && secp256k1.utils.isValidSecretKey(secret) ? createEccKey(secret) : undefined;
}

/** @throws Error where the secret is not a scalar of the curve. */
export function createEccKey(secret: Bytes): EccPrivateKey {
  const data = secp256k1.getPublicKey(secret, false);
  const json = {
    algorithm: 'ECC',
    data: encodePem('PUBLIC KEY', eccToSpki(data)),
    curve: 'SECP256k1',
    digest: 'SHA256',
  };
  const publicKey: EccPublicKey = {
    algorithm: 'ECC',
    compressed: secp256k1.getPublicKey(secret, true),
    data,
    json,
  };
  return { algorithm: 'ECC', secret, publicKey };
}

/** PKCS#8 in PEM, as the Python reference writes it. */
export function eccPrivateToJson(key: EccPrivateKey): JsonObject {
  const point = secp256k1.getPublicKey(key.secret, false);
  return {
    algorithm: 'ECC',
    data: encodePem('PRIVATE KEY', eccToPkcs8(key.secret, point)),
    curve: 'SECP256k1',
    digest: 'SHA256',
  };
}

/** 64 hexadecimal digits: the one form that every implementation reads. */
export function eccPrivateToHex(key: EccPrivateKey): string {
  return bytesToHex(key.secret);
}

/** DER, low S, deterministic (RFC 6979). */
export function signEcc(
  key: EccPrivateKey,
  message: Bytes,
  sign: (secretKey: Bytes, message: Bytes) => Bytes = signMessage,
): Bytes {
  return secp256k1.Signature.fromBytes(sign(key.secret, message), 'compact').toBytes('der');
}

export function verifyEcc(
  key: EccPublicKey,
  message: Bytes,
  signature: Bytes,
  verify: VerifySignature,
): boolean {
  const compact = normaliseSignature(signature);
  return compact !== undefined && verify(key.compressed, message, compact);
}

/** R‖S with the low S; undefined where the bytes are not a DER signature. Of one signature there is one such form. */
export function normaliseSignature(signature: Bytes): Bytes | undefined {
  try {
    const parsed = secp256k1.Signature.fromBytes(signature, 'der');
    const s = parsed.hasHighS() ? secp256k1.Point.Fn.ORDER - parsed.s : parsed.s;
    return new secp256k1.Signature(parsed.r, s).toBytes('compact');
  } catch {
    return undefined;
  }
}

function pemPoint(text: string): Bytes | undefined {
  for (const der of parsePem(text)) {
    const key = parseDerKey(der);
    if (key?.kind === 'ecc-public') return key.point;
  }
  return undefined;
}

function pemSecret(text: string): Bytes | undefined {
  for (const der of parsePem(text)) {
    const key = parseDerKey(der);
    if (key?.kind === 'ecc-private') return key.secret;
  }
  return undefined;
}

function parsePoint(bytes: Bytes): InstanceType<typeof secp256k1.Point> | undefined {
  try {
    return secp256k1.Point.fromBytes(bytes);
  } catch {
    return undefined;
  }
}
