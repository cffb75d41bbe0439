// Hash functions under the names that the specifications use.

import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Bytes } from './bytes.ts';
import { concatBytes, utf8ToBytes } from './bytes.ts';

export { hkdf } from '@noble/hashes/hkdf.js';
export { hmac } from '@noble/hashes/hmac.js';
export { keccak_256, ripemd160, sha256 };

/** SHA-256 over a domain name, a zero byte and the parts: no two purposes can share a digest. */
export function taggedHash(domain: string, ...parts: readonly Bytes[]): Bytes {
  return taggedHashWith(sha256, domain, ...parts);
}

/** As taggedHash, by an implementation of SHA-256 that is faster where this runs. */
export function taggedHashWith(
  hash: (bytes: Bytes) => Bytes,
  domain: string,
  ...parts: readonly Bytes[]
): Bytes {
  return hash(concatBytes(utf8ToBytes(domain), new Uint8Array(1), ...parts));
}
