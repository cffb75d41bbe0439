// Signature verification at native speed: libsecp256k1 for secp256k1, as an addon or else as WebAssembly, and OpenSSL
// (node:crypto) for ed25519, all with the same verdicts as nobleSignatures; signatures.test.ts compares them.

import type { KeyObject } from 'node:crypto';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Bytes } from '../../base/index.ts';
import { bytesToHex, concatBytes, hexToBytes } from '../../base/index.ts';
import type { ConsensusKey, SignatureBackend } from '../../comet/index.ts';
import {
  createConsensusKey,
  KEY_SIZE_BYTES,
  nobleSignatures,
  SIGNATURE_SIZE_BYTES,
  signVote,
} from '../../comet/index.ts';
import type { AddressOf, VerifySignature } from '../../identity/index.ts';
import {
  addressOfKey,
  createKeyPair,
  pointToAddress,
  sameAddress,
  signMessage,
} from '../../identity/index.ts';
import { nativeSha256 } from './system.ts';

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
  publicKeyConvert(publicKey: Uint8Array, compressed: boolean): Uint8Array;
  ecdsaSign(digest: Uint8Array, secretKey: Uint8Array): { readonly signature: Uint8Array };
};

type TinySecp256k1 = {
  /** Strict: a high S is refused. */
  verify(digest: Uint8Array, publicKey: Uint8Array, signature: Uint8Array, strict: boolean): boolean;
};

/**
 * Of secp256k1 the compiled addon only: the package's own fallback is slower than noble. Both are found in node_modules at
 * run time, where their binaries lie beside them. Undefined where the package cannot be loaded.
 */
function loadPackage<T>(name: string): T | undefined {
  try {
    return createRequire(import.meta.url)(name) as T;
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

type VerifyDigest = (digest: Uint8Array, publicKey: Uint8Array, signature: Uint8Array) => boolean;

/** An implementation of libsecp256k1 for secp256k1, which throws for what is no key and no signature; OpenSSL for ed25519. */
function createSecp256k1Signatures(name: string, verifyDigest: VerifyDigest): SignatureBackend {
  const openssl = createOpensslSignatures();
  return {
    name,
    verify(key, message, signature) {
      if (key.type === 'ed25519') return openssl.verify(key, message, signature);
      if (!hasSizes(key, signature)) return false;
      try {
        return verifyDigest(nativeSha256(message), key.bytes, signature);
      } catch {
        // A key off the curve, R or S beyond the order.
        return false;
      }
    },
  };
}

/** Undefined where the addon cannot be loaded. */
export function createNativeSignatures(): SignatureBackend | undefined {
  const addon = loadPackage<Secp256k1Addon>('secp256k1/bindings.js');
  if (addon === undefined) return undefined;
  return createSecp256k1Signatures('libsecp256k1', (digest, publicKey, signature) =>
    addon.ecdsaVerify(signature, digest, publicKey),
  );
}

/** The same library as WebAssembly, a quarter as fast; undefined where it cannot be loaded. */
export function createWasmSignatures(): SignatureBackend | undefined {
  const wasm = loadPackage<TinySecp256k1>('tiny-secp256k1');
  if (wasm === undefined) return undefined;
  return createSecp256k1Signatures('libsecp256k1 (WebAssembly)', (digest, publicKey, signature) =>
    wasm.verify(digest, publicKey, signature, true),
  );
}

/**
 * The fastest that works here; its name says which. Each is tried first: Electron's OpenSSL does not know secp256k1, and
 * an addon may load that was built for another machine.
 */
export function createSignatureBackend(): SignatureBackend {
  const candidates = [createNativeSignatures, createWasmSignatures, createOpensslSignatures];
  for (const create of candidates) {
    const backend = create();
    if (backend !== undefined && passesTrial(backend)) return backend;
  }
  return nobleSignatures;
}

const TRIAL_SECRET = new Uint8Array(32).fill(1);

/** Knows a right signature of both kinds of key, and the same with another message as wrong. */
export function passesTrial(backend: SignatureBackend): boolean {
  const [message, other] = [Uint8Array.of(1), Uint8Array.of(2)];
  return (['secp256k1', 'ed25519'] as const).every((type) => {
    const key = createConsensusKey(TRIAL_SECRET, type);
    const signature = signVote(TRIAL_SECRET, type, message);
    return backend.verify(key, message, signature) && !backend.verify(key, other, signature);
  });
}

/** The same for identity keys: transactions, licences, telemetry. */
export function createVerifySignature(backend: SignatureBackend): VerifySignature {
  return (publicKey, message, signature) =>
    backend.verify({ type: 'secp256k1', bytes: publicKey }, message, signature);
}

/**
 * Signatures of identity keys at native speed, and in constant time: byte for byte those of signMessage. Undefined where
 * libsecp256k1 is not there or signs otherwise.
 */
export function createSignMessage(): typeof signMessage | undefined {
  const addon = loadPackage<Secp256k1Addon>('secp256k1/bindings.js');
  if (addon === undefined) return undefined;
  const native: typeof signMessage = (secretKey, message) =>
    addon.ecdsaSign(createHash('sha256').update(message).digest(), secretKey).signature;
  try {
    const trial = [native, signMessage].map((sign) => bytesToHex(sign(TRIAL_SECRET, TRIAL_SECRET)));
    return trial[0] === trial[1] ? native : undefined;
  } catch {
    return undefined;
  }
}

/** Addresses of public keys at native speed where libsecp256k1 is there and works; the same as addressOfKey. */
export function createAddressOf(): AddressOf {
  const addon = loadPackage<Secp256k1Addon>('secp256k1/bindings.js');
  if (addon === undefined) return addressOfKey;
  const native: AddressOf = (publicKey) => {
    if (publicKey.length !== KEY_SIZE_BYTES.secp256k1) return undefined;
    try {
      return pointToAddress(addon.publicKeyConvert(publicKey, false));
    } catch {
      // No point of the curve.
      return undefined;
    }
  };
  const { address, publicKey } = createKeyPair(TRIAL_SECRET);
  const found = native(publicKey);
  return found !== undefined && sameAddress(found, address) ? native : addressOfKey;
}
