import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, compareBytes, hexToBytes, sha256 } from '../base/index.ts';
import { createConsensusKey, nobleSignatures, signVote } from './signatures.ts';
import type { ConsensusKey } from './types.ts';
import { consensusAddress, sortValidators, totalPower, validatorSetHash } from './validators.ts';

const secret = (seed: number) => sha256(Uint8Array.of(seed));
const keyOf = (seed: number, type: ConsensusKey['type'] = 'ed25519') =>
  createConsensusKey(secret(seed), type);

describe('consensus addresses', () => {
  test('secp256k1 (crypto/secp256k1/secp256k1_test.go: the Bitcoin address 1CKZ9Nx4zgds8tU7nJHotKSDr4a9bYJCa3)', () => {
    const key = createConsensusKey(
      hexToBytes('a96e62ed3955e65be32703f12d87b6b5cf26039ecfa948dc5107a495418e5330'),
      'secp256k1',
    );
    expect(bytesToHex(key.bytes)).toBe('02950e1cdfcb133d6024109fd489f734eeb4502418e538c28481f22bce276f248c');
    expect(bytesToHex(consensusAddress(key))).toBe('7c2bb42a8be69791ec763e51f5a49bcd41e82237');
  });

  test('ed25519 is SHA-256 cut to 20 bytes', () => {
    const key = keyOf(1);
    expect(consensusAddress(key)).toEqual(sha256(key.bytes).subarray(0, 20));
  });
});

describe('validator sets', () => {
  test('leaves are SimpleValidator', () => {
    const ed = keyOf(1);
    const secp = keyOf(1, 'secp256k1');
    const leaf = (hex: string) => sha256(Uint8Array.of(0, ...hexToBytes(hex)));
    expect(validatorSetHash([{ key: ed, power: 300n }])).toEqual(
      leaf(`0a220a20${bytesToHex(ed.bytes)}10ac02`),
    );
    expect(validatorSetHash([{ key: secp, power: 1n }])).toEqual(
      leaf(`0a231221${bytesToHex(secp.bytes)}1001`),
    );
  });

  test('the order is power descending, then address ascending, whatever it was', () => {
    const keys = [1, 2, 3, 4, 5, 6].map((seed) => keyOf(seed, seed % 2 === 0 ? 'secp256k1' : 'ed25519'));
    const powers = fc.array(fc.bigInt(1n, 3n), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(powers, fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }), (power, order) => {
        const validators = keys.map((key, i) => ({ key, power: power[i] ?? 1n }));
        const shuffled = order.map((i) => validators[i] ?? { key: keyOf(9), power: 1n });
        const sorted = sortValidators(shuffled);
        expect(validatorSetHash(sorted)).toEqual(validatorSetHash(sortValidators(validators)));
        expect(totalPower(sorted)).toBe(totalPower(validators));
        for (let i = 1; i < sorted.length; i++) {
          const [a, b] = [sorted[i - 1]!, sorted[i]!];
          const byAddress = compareBytes(consensusAddress(a.key), consensusAddress(b.key));
          expect(a.power > b.power || (a.power === b.power && byAddress < 0)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('signatures', () => {
  test.each(['ed25519', 'secp256k1'] as const)('%s signs and verifies; any changed bit does not', (type) => {
    const message = Uint8Array.of(1, 2, 3);
    const key = keyOf(7, type);
    const signature = signVote(secret(7), type, message);
    expect(nobleSignatures.verify(key, message, signature)).toBe(true);
    expect(nobleSignatures.verify(key, Uint8Array.of(1, 2, 4), signature)).toBe(false);
    expect(nobleSignatures.verify(keyOf(8, type), message, signature)).toBe(false);
    for (let bit = 0; bit < 512; bit += 17) {
      const changed = signature.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(nobleSignatures.verify(key, message, changed)).toBe(false);
    }
  });

  test('high S is refused', () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const message = Uint8Array.of(1);
    const signature = signVote(secret(7), 'secp256k1', message);
    const s = BigInt(`0x${bytesToHex(signature.subarray(32))}`);
    const high = hexToBytes((order - s).toString(16).padStart(64, '0'));
    const malleated = Uint8Array.of(...signature.subarray(0, 32), ...high);
    expect(nobleSignatures.verify(keyOf(7, 'secp256k1'), message, malleated)).toBe(false);
  });
});
