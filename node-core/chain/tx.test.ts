// Transactions as bytes: what is built is read back, and nothing but the one canonical form is read at all.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, concatBytes, encodeCbor, sha256, unwrap, utf8ToBytes } from '../base/index.ts';
import { verifySignature } from '../identity/keys.ts';
import { chainFault, REFUSAL_CODES, refusalCode } from './faults.ts';
import type { Message } from './messages.ts';
import * as world from './testing/world.ts';
import {
  buildTx,
  decodeTx,
  encodeSignedTx,
  encodeTxBody,
  TX_SIZE_BYTES_MAX,
  txHash,
  txSignBytes,
} from './tx.ts';

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const text = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    type: fc.constant('bank.send' as const),
    to: bytesOf(20),
    token: fc.constantFrom('DPN' as const, '3DP' as const, 'DIMT' as const, 'ITC' as const),
    amountMicro: fc.bigInt({ min: 1n, max: 10n ** 18n }),
  }),
  fc.record({
    type: fc.constant('contract.event' as const),
    instance: bytesOf(20),
    event: fc.string({ minLength: 1, maxLength: 32 }),
    args: fc.dictionary(
      fc.string({ maxLength: 20 }).filter((name) => name !== '__proto__'),
      fc.oneof(fc.boolean(), fc.maxSafeInteger(), text, bytesOf(7)),
      { maxKeys: 5 },
    ),
  }),
  fc.record({
    type: fc.constant('licence.report' as const),
    licence: bytesOf(20),
    copy: fc.integer({ min: 1, max: 1000 }),
    telemetryHead: bytesOf(32),
    entries: fc.integer({ min: 1, max: 10_000 }),
    outcome: fc.constantFrom('finished' as const, 'failed' as const, 'cancelled' as const),
  }),
);

function build(of: Message, sponsored = false): Uint8Array {
  return buildTx({
    chainId: world.CHAIN_ID,
    key: world.keyOf('buyer'),
    seq: 3,
    expiry: 77,
    feeMicro: 5000n,
    message: of,
    ...(sponsored ? { sponsor: world.keyOf('sponsor') } : {}),
  });
}

const SAMPLE = build(
  { type: 'licence.use', licence: new Uint8Array(20), copy: 1, gcodeHash: new Uint8Array(32) },
  true,
);

describe('transactions', () => {
  test('what was built is decoded, signed by both and hashed as CometBFT does', () => {
    fc.assert(
      fc.property(message, fc.boolean(), (built, sponsored) => {
        const tx = build(built, sponsored);
        const { body, signed, hash } = unwrap(decodeTx(tx));
        expect(body.message).toEqual(built);
        expect(bytesToHex(encodeSignedTx(signed))).toBe(bytesToHex(tx));
        expect(bytesToHex(encodeTxBody(body))).toBe(bytesToHex(signed.body));
        expect(hash).toEqual(sha256(tx));
        expect(verifySignature(body.from, txSignBytes(signed.body), signed.signature)).toBe(true);
        if (!sponsored) expect([body.sponsor, signed.sponsorSignature]).toEqual([null, null]);
        else
          expect(verifySignature(body.sponsor!, txSignBytes(signed.body), signed.sponsorSignature!)).toBe(
            true,
          );
      }),
      { numRuns: 60 },
    );
  });

  test('the signature is over the domain, a zero and the body, so it fits nothing else', () => {
    const { signed } = unwrap(decodeTx(SAMPLE));
    expect(txSignBytes(signed.body)).toEqual(concatBytes(utf8ToBytes('dipnet/tx/v1\0'), signed.body));
    expect(verifySignature(world.keyOf('buyer').publicKey, signed.body, signed.signature)).toBe(false);
  });

  test('any bytes are decoded or refused, never thrown over', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated()), (bytes) => {
        const decoded = decodeTx(bytes);
        // Whatever is accepted is exactly its own canonical encoding.
        if (decoded.ok) expect(bytesToHex(encodeSignedTx(decoded.value.signed))).toBe(bytesToHex(bytes));
        else expect(decoded.fault.code).toBe('chain.tx.malformed');
      }),
      { numRuns: 3000 },
    );
  });

  test('other encodings of the same values are refused', () => {
    const { signed, body } = unwrap(decodeTx(SAMPLE));
    const refused = [
      encodeCbor({ ...signed, extra: 1 }),
      encodeCbor({ body: signed.body, signature: signed.signature }),
      encodeCbor({ ...signed, signature: signed.signature.slice(1) }),
      encodeCbor([signed.body, signed.signature, null]),
      concatBytes(SAMPLE, Uint8Array.of(0)),
      SAMPLE.subarray(1),
      encodeSignedTx({ ...signed, body: encodeCbor({ ...body, feeMicro: '5000' } as never) }),
      encodeSignedTx({ ...signed, body: encodeCbor({ ...body, seq: -1 } as never) }),
      encodeSignedTx({ ...signed, body: encodeCbor({ ...body, v: 2 } as never) }),
      encodeSignedTx({ ...signed, body: encodeCbor({ ...body, message: { type: 'bank.mint' } } as never) }),
    ];
    for (const bytes of refused) expect(decodeTx(bytes)).toMatchObject({ ok: false });
    const large = decodeTx(new Uint8Array(TX_SIZE_BYTES_MAX + 1));
    expect(large).toMatchObject({ ok: false, fault: { code: 'chain.tx.large' } });
  });

  test('the encoding is pinned: a change of these bytes is a change of protocol', () => {
    expect(bytesToHex(txHash(SAMPLE))).toBe(
      'cd4a2ad08786c71db33e66e938a4affd7cd8115b9e3645f25f18dc80e60b5684',
    );
  });
});

function mutated(): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.nat(SAMPLE.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(3))
    .map(([at, by, how]) => {
      const copy = Uint8Array.from(SAMPLE);
      if (how === 0) return copy.subarray(0, at);
      if (how === 1) return concatBytes(copy.subarray(0, at), Uint8Array.of(by), copy.subarray(at));
      copy[at] = (copy[at] ?? 0) ^ by;
      return copy;
    });
}

describe('refusals', () => {
  test('every number stands for one refusal', () => {
    const numbers = Object.values(REFUSAL_CODES);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const number of numbers) expect(number).toBeGreaterThan(0);
    // 100 to 109 belong to the faults of other areas.
    expect(numbers.filter((number) => number >= 100 && number <= 109)).toEqual([]);
    expect(Math.max(...numbers)).toBeLessThan(200);
  });

  test('numbers of faults, own and passed on', () => {
    expect(refusalCode(chainFault('chain.tx.sequence'))).toBe(7);
    const foreign = (code: string) => refusalCode({ code, message: '', next: '' });
    expect(
      ['record.malformed', 'quote.figures.differ', 'paradigm.event.late', 'other.x', ''].map(foreign),
    ).toEqual([100, 101, 102, 199, 199]);
  });
});
