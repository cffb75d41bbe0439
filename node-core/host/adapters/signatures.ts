// Signature verification at native speed: libsecp256k1 (addon) for secp256k1 and OpenSSL (node:crypto) for ed25519, each
// with the same verdicts as nobleSignatures; signatures.test.ts compares them. Where the addon is missing, OpenSSL.

import type { KeyObject } from 'node:crypto';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Bytes } from '../../base/index.ts';
import { bytesToHex, concatBytes, hexToBytes } from '../../base/index.ts';
import type { ConsensusKey, SignatureBackend } from '../../comet/index.ts';
import { KEY_SIZE_BYTES, nobleSignatures, SIGNATURE_SIZE_BYTES } from '../../comet/index.ts';
import type { VerifySignature } from '../../identity/index.ts';

/** Keys kept imported: enough for the largest validator sets, little enough to forget. */
const KEYS_MAX = 2048;
/** SubjectPublicKeyInfo up to the key's own bytes (RFC 8410; RFC 5480 with the compressed point). */
const SPKI = {
  ed25519: hexToBytes('302a300506032b6570032100'),
  secp256k1: hexToBytes('3036301006072a8648ce3d020106052b8104000a032200'),
} as const;
/** Half the order of the curve; a greater S is the malleated form (BIP-62 rule 5). */
const S_MAX = hexToBytes('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0');

type Secp256k1Addon = {
  ecdsaVerify(signature: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): boolean;
};

/** The compiled addon only: the package's own fallback is slower than noble. Undefined where it cannot be loaded. */
function loadAddon(): Secp256k1Addon | undefined {
  try {
    return createRequire(import.meta.url)('secp256k1/bindings.js') as Secp256k1Addon;
  } catch {
    return undefined;
  }
}

const hasSizes = (key: ConsensusKey, signature: Bytes) =>
  signature.length === SIGNATURE_SIZE_BYTES && key.bytes.length === KEY_SIZE_BYTES[key.type];

const isLowS = (signature: Bytes) => Buffer.compare(signature.subarray(32), S_MAX) <= 0;

function createKeyCache(): (key: ConsensusKey) => KeyObject {
  const imported = new Map<string, KeyObject>();
  return (key) => {
    const name = key.type + bytesToHex(key.bytes);
    const known = imported.get(name);
    if (known !== undefined) return known;
    const der = Buffer.from(concatBytes(SPKI[key.type], key.bytes));
    const fresh = createPublicKey({ key: der, format: 'der', type: 'spki' });
    if (imported.size >= KEYS_MAX) imported.clear();
    imported.set(name, fresh);
    return fresh;
  };
}

/** OpenSSL for both key types. Its ed25519 is stricter than ZIP-215, so what it refuses is asked of noble again. */
export function createOpensslSignatures(): SignatureBackend {
  const importKey = createKeyCache();
  const passes = (key: ConsensusKey, message: Bytes, signature: Bytes): boolean => {
    try {
      const publicKey = importKey(key);
      if (key.type === 'ed25519') return verify(null, message, publicKey, signature);
      return verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
    } catch {
      return false;
    }
  };
  return {
    name: 'openssl',
    verify(key, message, signature) {
      if (!hasSizes(key, signature)) return false;
      if (key.type === 'secp256k1' && !isLowS(signature)) return false;
      if (passes(key, message, signature)) return true;
      return key.type === 'ed25519' && nobleSignatures.verify(key, message, signature);
    },
  };
}

/** libsecp256k1 for secp256k1, OpenSSL for ed25519; undefined where the addon cannot be loaded. */
export function createNativeSignatures(): SignatureBackend | undefined {
  const addon = loadAddon();
  if (addon === undefined) return undefined;
  const openssl = createOpensslSignatures();
  return {
    name: 'libsecp256k1',
    verify(key, message, signature) {
      if (key.type === 'ed25519') return openssl.verify(key, message, signature);
      if (!hasSizes(key, signature)) return false;
      try {
        return addon.ecdsaVerify(signature, createHash('sha256').update(message).digest(), key.bytes);
      } catch {
        // The addon throws for a key off the curve and for R or S beyond the order.
        return false;
      }
    },
  };
}

/** The fastest that this machine has. */
export function createSignatureBackend(): SignatureBackend {
  return createNativeSignatures() ?? createOpensslSignatures();
}

/** The same for identity keys: transactions, licences, telemetry. */
export function createVerifySignature(backend: SignatureBackend): VerifySignature {
  return (publicKey, message, signature) =>
    backend.verify({ type: 'secp256k1', bytes: publicKey }, message, signature);
}
