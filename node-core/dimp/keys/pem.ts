// Reading and writing the few DER structures that keys come in: PKCS#1, SPKI, PKCS#8 and SEC 1, with or without PEM
// around them. What a block holds is decided by its structure, because peers put PKCS#1 under every label.
// Spec: RFC 8017 appendix A.1, RFC 5280 section 4.1.2.7, RFC 5958, RFC 5915.

import type { Bytes } from '../../base/index.ts';
import { base64, concatBytes, equalBytes, hexToBytes } from '../../base/index.ts';
import { KEY_CHARS_MAX } from '../limits.ts';

const TAG = { integer: 0x02, bits: 0x03, octets: 0x04, null: 0x05, oid: 0x06, sequence: 0x30, public: 0xa1 };
const OID_RSA = hexToBytes('2a864886f70d010101');
const OID_EC = hexToBytes('2a8648ce3d0201');
const OID_SECP256K1 = hexToBytes('2b8104000a');

type Element = { readonly tag: number; readonly content: Bytes };

/** What a key in DER is, without a judgement of its numbers. */
export type DerKey =
  | { readonly kind: 'rsa-public' | 'rsa-private'; readonly pkcs1: Bytes }
  | { readonly kind: 'ecc-public'; readonly point: Bytes }
  | { readonly kind: 'ecc-private'; readonly secret: Bytes };

/** The DER of each PEM block in the text, or of the bare base64 that it is; empty where it is neither. */
export function parsePem(text: string): readonly Bytes[] {
  if (text.length > KEY_CHARS_MAX) return [];
  const blocks = text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g);
  const bodies = Array.from(blocks, ([, , body = '']) => body);
  if (bodies.length === 0) bodies.push(text);
  const ders: Bytes[] = [];
  for (const body of bodies) {
    try {
      ders.push(base64.decode(body.replace(/\s+/g, '')));
    } catch {
      // Not base64: no key in this block.
    }
  }
  return ders.filter((der) => der.length > 0);
}

export function encodePem(label: string, der: Bytes): string {
  const lines = base64.encode(der).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n');
}

/** Recognises a key by its structure; undefined for anything else. Never throws. */
export function parseDerKey(der: Bytes): DerKey | undefined {
  const outer = readAll(der);
  if (outer?.length !== 1 || outer[0]?.tag !== TAG.sequence) return undefined;
  const parts = readAll(outer[0].content);
  if (parts === undefined) return undefined;
  const [first, second, third] = parts;
  if (isIntegers(parts, 2)) return { kind: 'rsa-public', pkcs1: der };
  if (isIntegers(parts, 9)) return { kind: 'rsa-private', pkcs1: der };
  if (first?.tag === TAG.sequence && second?.tag === TAG.bits) return parseSpki(first, second);
  if (first?.tag !== TAG.integer) return undefined;
  if (second?.tag === TAG.sequence && third?.tag === TAG.octets) return parsePkcs8(second, third.content);
  return second?.tag === TAG.octets ? parseSec1(second.content) : undefined;
}

function parseSpki(algorithm: Element, bits: Element): DerKey | undefined {
  // The first byte counts unused bits; keys have none.
  if (bits.content[0] !== 0) return undefined;
  const content = bits.content.subarray(1);
  switch (parseAlgorithm(algorithm)) {
    case 'rsa': {
      const key = parseDerKey(content);
      return key?.kind === 'rsa-public' ? key : undefined;
    }
    case 'ecc':
      return { kind: 'ecc-public', point: content };
    default:
      return undefined;
  }
}

function parsePkcs8(algorithm: Element, octets: Bytes): DerKey | undefined {
  const wanted = parseAlgorithm(algorithm);
  const key = wanted === undefined ? undefined : parseDerKey(octets);
  if (wanted === 'rsa') return key?.kind === 'rsa-private' ? key : undefined;
  return key?.kind === 'ecc-private' ? key : undefined;
}

function parseSec1(secret: Bytes): DerKey | undefined {
  return secret.length === 32 ? { kind: 'ecc-private', secret } : undefined;
}

function parseAlgorithm(algorithm: Element): 'rsa' | 'ecc' | undefined {
  const [oid, parameter] = readAll(algorithm.content) ?? [];
  if (oid?.tag !== TAG.oid) return undefined;
  if (equalBytes(oid.content, OID_RSA)) return 'rsa';
  const isCurve = parameter?.tag === TAG.oid && equalBytes(parameter.content, OID_SECP256K1);
  return equalBytes(oid.content, OID_EC) && isCurve ? 'ecc' : undefined;
}

/** The integers of a PKCS#1 structure as unsigned big-endian bytes without leading zeros. */
export function readIntegers(pkcs1: Bytes): readonly Bytes[] {
  const [outer] = readAll(pkcs1) ?? [];
  const parts = outer === undefined ? [] : (readAll(outer.content) ?? []);
  return parts.map(({ content }) => content.subarray(content.findIndex((byte) => byte !== 0)));
}

export function encodeRsaPublic(modulus: Bytes, exponent: Bytes): Bytes {
  return der(TAG.sequence, der(TAG.integer, positive(modulus)), der(TAG.integer, positive(exponent)));
}

/** SubjectPublicKeyInfo around a PKCS#1 public key. */
export function rsaToSpki(pkcs1: Bytes): Bytes {
  const algorithm = der(TAG.sequence, der(TAG.oid, OID_RSA), der(TAG.null));
  return der(TAG.sequence, algorithm, der(TAG.bits, Uint8Array.of(0), pkcs1));
}

/** SubjectPublicKeyInfo around an uncompressed point. */
export function eccToSpki(point: Bytes): Bytes {
  return der(TAG.sequence, eccAlgorithm(), der(TAG.bits, Uint8Array.of(0), point));
}

/** PKCS#8 around a secret of 32 bytes and its uncompressed point. */
export function eccToPkcs8(secret: Bytes, point: Bytes): Bytes {
  const publicKey = der(TAG.public, der(TAG.bits, Uint8Array.of(0), point));
  const sec1 = der(TAG.sequence, der(TAG.integer, Uint8Array.of(1)), der(TAG.octets, secret), publicKey);
  return der(TAG.sequence, der(TAG.integer, Uint8Array.of(0)), eccAlgorithm(), der(TAG.octets, sec1));
}

function eccAlgorithm(): Bytes {
  return der(TAG.sequence, der(TAG.oid, OID_EC), der(TAG.oid, OID_SECP256K1));
}

function positive(integer: Bytes): Bytes {
  return (integer[0] ?? 0x80) < 0x80 ? integer : concatBytes(Uint8Array.of(0), integer);
}

function der(tag: number, ...parts: readonly Bytes[]): Bytes {
  const content = concatBytes(...parts);
  const { length } = content;
  if (length < 0x80) return concatBytes(Uint8Array.of(tag, length), content);
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concatBytes(Uint8Array.of(tag, ...size), content);
}

function isIntegers(parts: readonly Element[], count: number): boolean {
  return (
    parts.length === count && parts.every(({ tag, content }) => tag === TAG.integer && content.length > 0)
  );
}

/** All elements that the bytes consist of; undefined where a length is wrong, indefinite or not the shortest. */
function readAll(bytes: Bytes): readonly Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = readHeader(bytes, at);
    if (header === undefined || header.end > bytes.length) return undefined;
    elements.push({ tag: bytes[at] ?? 0, content: bytes.subarray(header.start, header.end) });
    at = header.end;
  }
  return elements;
}

function readHeader(bytes: Bytes, at: number): { readonly start: number; readonly end: number } | undefined {
  const first = bytes[at + 1];
  if (first === undefined) return undefined;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const size = first & 0x7f;
  if (size < 1 || size > 2 || at + 2 + size > bytes.length) return undefined;
  let length = 0;
  for (let i = 0; i < size; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
  if (length < (size === 1 ? 0x80 : 0x100)) return undefined;
  return { start: at + 2 + size, end: at + 2 + size + length };
}
