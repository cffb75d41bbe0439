// Every back-end must give noble's verdict, for good signatures and for every way of being bad that could split them.

import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, concatBytes, hexToBytes, sha256, utf8ToBytes } from '../../base/index.ts';
import type { ConsensusKey, SignatureBackend } from '../../comet/index.ts';
import { createConsensusKey, nobleSignatures, signVote } from '../../comet/index.ts';
import { addressOfKey, signMessage } from '../../identity/index.ts';
import {
  createAddressOf,
  createNativeSignatures,
  createOpensslSignatures,
  createSignatureBackend,
  createSignMessage,
  createWasmSignatures,
  passesTrial,
} from './signatures.ts';

const native = createNativeSignatures();
const wasm = createWasmSignatures();
const backends = [native, wasm, createOpensslSignatures()].filter((backend) => backend !== undefined);
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** The field's prime. */
const P = 2n ** 256n - 2n ** 32n - 977n;
const ED_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const big = (bytes: Uint8Array) => BigInt(`0x${bytesToHex(bytes) || '0'}`);
const be32 = (value: bigint) => hexToBytes(value.toString(16).padStart(64, '0'));
const le32 = (value: bigint) => be32(value).reverse();

type Attempt = { readonly key: ConsensusKey; readonly message: Uint8Array; readonly signature: Uint8Array };

function agree(attempt: Attempt): boolean {
  const wanted = nobleSignatures.verify(attempt.key, attempt.message, attempt.signature);
  for (const backend of backends) {
    const found = backend.verify(attempt.key, attempt.message, attempt.signature);
    if (found !== wanted) {
      const shown = `${bytesToHex(attempt.key.bytes)} ${bytesToHex(attempt.message)} ${bytesToHex(attempt.signature)}`;
      throw new Error(`${backend.name} says ${found}, noble ${wanted}: ${attempt.key.type} ${shown}`);
    }
  }
  return wanted;
}

/** Eight points of small order in all encodings that ZIP-215 accepts, as in the published ZIP-215 cases. */
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(hexToBytes);

const seeds = fc.uint8Array({ minLength: 1, maxLength: 8 });
const messages = fc.uint8Array({ maxLength: 200 });
const types = fc.constantFrom('ed25519' as const, 'secp256k1' as const);

describe('back-ends agree with noble', () => {
  test('on right signatures', () => {
    fc.assert(
      fc.property(types, seeds, messages, (type, seed, message) => {
        const secret = sha256(seed);
        const signature = signVote(secret, type, message);
        expect(agree({ key: createConsensusKey(secret, type), message, signature })).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('on changed, cut and lengthened signatures, keys and messages', () => {
    const change = fc.record({
      part: fc.constantFrom('key' as const, 'message' as const, 'signature' as const),
      how: fc.constantFrom(
        'flip' as const,
        'cut' as const,
        'extend' as const,
        'zero' as const,
        'ones' as const,
      ),
      at: fc.nat(1000),
    });
    fc.assert(
      fc.property(types, seeds, messages, change, (type, seed, message, { part, how, at }) => {
        const secret = sha256(seed);
        const parts: Record<'key' | 'message' | 'signature', Uint8Array> = {
          key: createConsensusKey(secret, type).bytes,
          message,
          signature: signVote(secret, type, message),
        };
        const old = parts[part];
        const flipped = old.slice();
        if (flipped.length > 0) flipped[(at >> 3) % flipped.length]! ^= 1 << (at & 7);
        parts[part] = {
          flip: flipped,
          cut: old.subarray(0, at % (old.length + 1)),
          extend: Uint8Array.of(...old, at & 255),
          zero: new Uint8Array(old.length),
          ones: new Uint8Array(old.length).fill(255),
        }[how];
        agree({ key: { type, bytes: parts.key }, message: parts.message, signature: parts.signature });
      }),
      { numRuns: 300 },
    );
  });

  test('on malleated and out-of-range secp256k1 signatures: all false', () => {
    const secret = sha256(utf8ToBytes('malleate'));
    const key = createConsensusKey(secret, 'secp256k1');
    const message = utf8ToBytes('message');
    const signature = signVote(secret, 'secp256k1', message);
    const [r, s] = [big(signature.subarray(0, 32)), big(signature.subarray(32))];
    const pairs = [
      [r, ORDER - s],
      [r, ORDER],
      [r, 0n],
      [0n, s],
      [ORDER, s],
      [ORDER - 1n, s],
      [r, 2n ** 256n - 1n],
      [2n ** 256n - 1n, s],
      [0n, 0n],
      [r, (ORDER >> 1n) + 1n],
      [r, ORDER >> 1n],
      [ORDER - r, s],
    ] as const;
    const verdicts = pairs.map(([r2, s2]) =>
      agree({ key, message, signature: concatBytes(be32(r2), be32(s2)) }),
    );
    expect(verdicts).toEqual(pairs.map(() => false));
  });

  test('on keys that are no point, uncompressed or hybrid: all false', () => {
    const secret = sha256(utf8ToBytes('key'));
    const message = utf8ToBytes('message');
    const signature = signVote(secret, 'secp256k1', message);
    const good = createConsensusKey(secret, 'secp256k1').bytes;
    const keys = [4, 5, 6, 7, 0].map((prefix) => Uint8Array.of(prefix, ...good.subarray(1)));
    keys.push(Uint8Array.of(2, ...new Uint8Array(32)), Uint8Array.of(3, ...new Uint8Array(32).fill(255)));
    for (const bytes of keys)
      expect(agree({ key: { type: 'secp256k1', bytes }, message, signature })).toBe(false);
  });

  test('on the 196 small-order ed25519 pairs, which ZIP-215 accepts', () => {
    const message = utf8ToBytes('Zcash');
    for (const publicKey of SMALL_ORDER) {
      for (const r of SMALL_ORDER) {
        const signature = concatBytes(r, new Uint8Array(32));
        expect(agree({ key: { type: 'ed25519', bytes: publicKey }, message, signature })).toBe(true);
      }
    }
  });

  test('on ed25519 signatures with S beyond the order: false', () => {
    const secret = sha256(utf8ToBytes('ed'));
    const key = createConsensusKey(secret, 'ed25519');
    const message = utf8ToBytes('message');
    const signature = signVote(secret, 'ed25519', message);
    const s = big(signature.slice(32).reverse());
    const beyond = concatBytes(signature.subarray(0, 32), le32(s + ED_ORDER));
    expect(agree({ key, message, signature })).toBe(true);
    expect(agree({ key, message, signature: beyond })).toBe(false);
    expect(ed25519.verify(beyond, message, key.bytes)).toBe(false);
  });

  test('on nonces and keys with a part of small order: true, by the equation with the cofactor', () => {
    const message = utf8ToBytes('torsion');
    const torsion = ed25519.Point.fromHex(bytesToHex(SMALL_ORDER[4]!), true);
    const { scalar } = ed25519.utils.getExtendedPublicKey(sha256(utf8ToBytes('mixed')));
    const nonce = 0x123456789n;
    const base = ed25519.Point.BASE;
    for (const [keyTorsion, nonceTorsion] of [
      [torsion, ed25519.Point.ZERO],
      [ed25519.Point.ZERO, torsion],
      [torsion, torsion],
    ] as const) {
      const key = base.multiply(scalar).add(keyTorsion).toBytes();
      const r = base.multiply(nonce).add(nonceTorsion).toBytes();
      const challenge = big(sha512(concatBytes(r, key, message)).reverse()) % ED_ORDER;
      const s = le32((nonce + challenge * scalar) % ED_ORDER);
      expect(agree({ key: { type: 'ed25519', bytes: key }, message, signature: concatBytes(r, s) })).toBe(
        true,
      );
    }
  });
});

test('WebAssembly is there wherever the packages are', () => {
  expect(wasm?.name).toBe('libsecp256k1 (WebAssembly)');
});

test('the machine’s back-end is the native one where the addon loads, else WebAssembly', () => {
  expect(createSignatureBackend().name).toBe((native ?? wasm)?.name);
});

test('a back-end that does not know a kind of key, or accepts anything, is not taken', () => {
  for (const backend of [...backends, nobleSignatures]) expect(passesTrial(backend)).toBe(true);
  const deaf: SignatureBackend = {
    name: 'without secp256k1',
    verify: (key, message, signature) =>
      key.type === 'ed25519' && nobleSignatures.verify(key, message, signature),
  };
  expect(passesTrial(deaf)).toBe(false);
  expect(passesTrial({ name: 'yes', verify: () => true })).toBe(false);
});

describe('addresses of public keys', () => {
  const addressOf = createAddressOf();

  test('are the same as without the addon, for keys and for what is none', () => {
    const prefix = fc.constantFrom(0x00, 0x02, 0x03, 0x04, 0x06, 0xff);
    const field = fc.oneof(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.constantFrom(be32(0n), be32(P - 1n), be32(P), be32(P + 1n), be32(2n ** 256n - 1n)),
    );
    let keys = 0;
    fc.assert(
      fc.property(prefix, field, (first, x) => {
        const bytes = concatBytes(Uint8Array.of(first), x);
        const address = addressOf(bytes);
        if (address !== undefined) keys++;
        expect(address).toEqual(addressOfKey(bytes));
      }),
      { seed: 7, numRuns: 300 },
    );
    expect(keys).toBeGreaterThan(10);
  });

  test.each([0, 32, 34, 64, 65])('are of no key of %i bytes', (length) => {
    const { bytes } = createConsensusKey(new Uint8Array(32).fill(9), 'secp256k1');
    const other = new Uint8Array(length);
    other.set(bytes.subarray(0, length));
    expect(addressOf(other)).toBeUndefined();
  });
});

describe('signing', () => {
  test('gives the same bytes as without the addon', () => {
    const sign = createSignMessage();
    if (sign === undefined) return expect(createNativeSignatures()).toBeUndefined();
    const secret = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.with(0, 1));
    fc.assert(
      fc.property(secret, fc.uint8Array({ maxLength: 200 }), (key, message) => {
        expect(bytesToHex(sign(key, message))).toBe(bytesToHex(signMessage(key, message)));
      }),
      { seed: 11, numRuns: 40 },
    );
  });
});
