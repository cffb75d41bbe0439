// The price rules as properties, one order worked by hand, and every field of a quote attacked.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, unwrap } from '../base/index.ts';
import { encodeRecord, parseRecord, QuoteRecord, recordHash } from '../records/index.ts';
import type { QuoteInputs } from './index.ts';
import { computeQuote, verifyQuote } from './index.ts';

const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte);

const EXAMPLE: QuoteInputs = {
  chainId: 'dipnet-demo',
  designHash: filled(32, 1),
  designer: filled(20, 2),
  machine: filled(20, 3),
  owner: filled(20, 4),
  quantity: 3,
  material: 'PLA',
  colour: '#ffffff',
  settings: { layerHeightUm: 200, infillPercent: 20, perimeters: 2, supports: false, brim: false },
  slice: {
    slicer: 'PrusaSlicer',
    slicerVersion: '2.5.0',
    gcodeHash: filled(32, 5),
    gcodeSizeBytes: 1000,
    gcodeLines: 100,
    layers: 10,
    seconds: 1177,
    filamentUm: 1_485_360,
    milligrams: 4431,
  },
  profile: {
    v: 1,
    name: 'Virtual printer',
    process: 'fdm',
    firmware: 'marlin',
    volumeMm: { x: 220, y: 220, z: 220 },
    nozzleUm: 400,
    filamentUm: 1750,
    nozzleCMax: 275,
    bedCMax: 100,
    materials: [
      {
        material: 'PLA',
        colour: '#ffffff',
        colourName: 'White',
        densityMgPerCm3: 1240,
        priceMicroPerGram: 40_000n,
        nozzleC: 205,
        bedC: 60,
      },
    ],
    rateMicroPerHour: 2_500_000n,
    setupMicro: 500_000n,
    minimumMicro: 1_000_000n,
  },
  licenceMicroPerCopy: 750_000n,
  authorBasisPoints: 100,
  networkBasisPoints: 50,
  createdS: 1_000_000,
  validUntilS: 1_086_400,
  nonce: filled(16, 6),
};

const parsed = (quote: unknown) => parseRecord(QuoteRecord, 'quote', encodeRecord(quote as QuoteRecord));

const amount = fc.bigInt({ min: 0n, max: 10n ** 9n });
const anyInputs: fc.Arbitrary<QuoteInputs> = fc
  .record({
    quantity: fc.integer({ min: 1, max: 1000 }),
    seconds: fc.integer({ min: 1, max: 400_000 }),
    milligrams: fc.integer({ min: 1, max: 2_000_000 }),
    perGram: amount,
    rateMicroPerHour: amount,
    setupMicro: amount,
    minimumMicro: amount,
    licenceMicroPerCopy: amount,
    authorBasisPoints: fc.integer({ min: 0, max: 2000 }),
    networkBasisPoints: fc.integer({ min: 0, max: 2000 }),
  })
  .map(({ seconds, milligrams, perGram, rateMicroPerHour, setupMicro, minimumMicro, ...rest }) => ({
    ...EXAMPLE,
    ...rest,
    slice: { ...EXAMPLE.slice, seconds, milligrams },
    profile: {
      ...EXAMPLE.profile,
      rateMicroPerHour,
      setupMicro,
      minimumMicro,
      materials: EXAMPLE.profile.materials.map((offer) => ({ ...offer, priceMicroPerGram: perGram })),
    },
  }));

const totalOf = (inputs: QuoteInputs) => unwrap(computeQuote(inputs)).totalMicro;

describe('computeQuote', () => {
  test('an order worked by hand', () => {
    const quote = unwrap(computeQuote(EXAMPLE));
    // 3531 s × 2.5/h = 2.452083…; 13 293 mg × 0.04/g = 0.53172; set-up 0.5; licence 2.25; base 5.733804
    expect(quote.lines.map(({ code, count, amountMicro }) => [code, count, amountMicro])).toEqual([
      ['machine-time', 3531, 2_452_084n],
      ['material', 13_293, 531_720n],
      ['setup', 1, 500_000n],
      ['licence', 3, 2_250_000n],
      ['author', 100, 57_339n],
      ['network', 50, 28_670n],
    ]);
    expect(quote.payouts).toEqual({
      owner: 3_483_804n,
      designer: 2_250_000n,
      author: 57_339n,
      network: 28_670n,
    });
    expect(quote.totalMicro).toBe(5_819_813n);
  });

  test('the minimum is a line of its own, and only where something is missing', () => {
    const small = { ...EXAMPLE, profile: { ...EXAMPLE.profile, minimumMicro: 10_000_000n } };
    const quote = unwrap(computeQuote(small));
    expect(quote.lines.find(({ code }) => code === 'minimum')?.amountMicro).toBe(6_516_196n);
    expect(quote.payouts.owner).toBe(10_000_000n);
  });

  test('refuses what the machine does not offer, reversed dates and absurd amounts', () => {
    const code = (inputs: QuoteInputs) => {
      const result = computeQuote(inputs);
      return result.ok ? 'ok' : result.fault.code;
    };
    expect(code({ ...EXAMPLE, material: 'PETG' })).toBe('quote.material.not-offered');
    expect(code({ ...EXAMPLE, colour: '#000000' })).toBe('quote.material.not-offered');
    expect(code({ ...EXAMPLE, validUntilS: EXAMPLE.createdS - 1 })).toBe('quote.dates.invalid');
    expect(code({ ...EXAMPLE, profile: { ...EXAMPLE.profile, nozzleCMax: 190 } })).toBe(
      'quote.material.too-hot',
    );
    const dear = { ...EXAMPLE.profile, rateMicroPerHour: 10n ** 15n };
    const slow = { ...EXAMPLE.slice, seconds: 10_000_000 };
    expect(code({ ...EXAMPLE, profile: dear, slice: slow })).toBe('quote.amount.too-large');
    expect(code({ ...EXAMPLE, quantity: 0 })).toBe('quote.record.malformed');
    expect(code({ ...EXAMPLE, quantity: 1.5 })).toBe('quote.record.malformed');
    expect(code({ ...EXAMPLE, quantity: -3 })).toBe('quote.record.malformed');
  });

  test('money is conserved, never negative, and the minimum is honoured', () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const quote = unwrap(computeQuote(inputs));
        const lineSum = quote.lines.reduce((sum, line) => sum + line.amountMicro, 0n);
        const payoutSum = Object.values(quote.payouts).reduce((sum, micro) => sum + micro, 0n);
        expect([lineSum, payoutSum]).toEqual([quote.totalMicro, quote.totalMicro]);
        expect(quote.lines.every((line) => line.amountMicro >= 0n)).toBe(true);
        expect(quote.payouts.owner >= inputs.profile.minimumMicro).toBe(true);
        expect(quote.payouts.designer).toBe(inputs.licenceMicroPerCopy * BigInt(inputs.quantity));
      }),
    );
  });

  test('never cheaper for more copies, more time or more material', () => {
    fc.assert(
      fc.property(anyInputs, fc.integer({ min: 1, max: 5000 }), (inputs, more) => {
        const { slice } = inputs;
        const base = totalOf(inputs);
        expect(totalOf({ ...inputs, slice: { ...slice, seconds: slice.seconds + more } }) >= base).toBe(true);
        const heavier = { ...slice, milligrams: slice.milligrams + more };
        expect(totalOf({ ...inputs, slice: heavier }) >= base).toBe(true);
        const quantity = Math.min(1000, inputs.quantity + more);
        expect(totalOf({ ...inputs, quantity }) >= base).toBe(true);
      }),
    );
  });

  test('a piece never costs more in a larger order, to within the one rounding of each line', () => {
    fc.assert(
      fc.property(anyInputs, fc.integer({ min: 1, max: 999 }), (inputs, more) => {
        const quantity = Math.min(1000, inputs.quantity + more);
        const [few, many] = [BigInt(inputs.quantity), BigInt(quantity)];
        const roundingMicro = 4n; // machine time, material, author, network
        const dearer = totalOf({ ...inputs, quantity }) * few - totalOf(inputs) * many;
        expect(dearer <= roundingMicro * few).toBe(true);
      }),
    );
  });
});

describe('verifyQuote', () => {
  test('accepts what computeQuote made, also after a journey through bytes', () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const quote = unwrap(computeQuote(inputs));
        expect(verifyQuote(quote).ok).toBe(true);
        expect(verifyQuote(unwrap(parseRecord(QuoteRecord, 'quote', encodeRecord(quote)))).ok).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test('the same question has the same price and, by its nonce, a quote of its own', () => {
    const { nonce: _nonce, ...before } = EXAMPLE;
    const [one, other, old] = [EXAMPLE, { ...EXAMPLE, nonce: filled(16, 7) }, before].map((inputs) =>
      unwrap(computeQuote(inputs)),
    );
    expect([other?.lines, old?.lines]).toEqual([one?.lines, one?.lines]);
    const hashes = [one, other, old].map((quote) => bytesToHex(recordHash(unwrap(parsed(quote)))));
    expect(new Set(hashes).size).toBe(3);
    // What was stored before quotes had one is still read.
    expect(parsed(old)).toEqual({ ok: true, value: old });
    expect(computeQuote({ ...EXAMPLE, nonce: filled(15, 7) })).toMatchObject({
      fault: { code: 'quote.record.malformed' },
    });
  });

  test('names the part that was changed', () => {
    const quote = unwrap(computeQuote(EXAMPLE));
    const fault = (changed: unknown) => {
      const result = verifyQuote(changed as QuoteRecord);
      return result.ok ? 'ok' : `${result.fault.code} ${result.fault.data?.['part'] ?? ''}`.trim();
    };
    const lines = quote.lines.map((line, i) =>
      i === 1 ? { ...line, amountMicro: line.amountMicro + 1n } : line,
    );
    expect(fault({ ...quote, lines })).toBe('quote.figures.differ material line');
    expect(fault({ ...quote, lines: quote.lines.slice(0, -1) })).toBe('quote.figures.differ network line');
    expect(fault({ ...quote, totalMicro: quote.totalMicro - 1n })).toBe('quote.figures.differ total');
    const payouts = {
      ...quote.payouts,
      owner: quote.payouts.owner - 1n,
      network: quote.payouts.network + 1n,
    };
    expect(fault({ ...quote, payouts })).toBe('quote.figures.differ payout to the owner');
    expect(fault({ ...quote, slice: { ...quote.slice, seconds: 1178 } })).toBe(
      'quote.figures.differ machine-time line',
    );
    expect(fault({ ...quote, tip: 1 })).toBe('quote.record.malformed');
    expect(fault(null)).toBe('quote.record.malformed');
  });
});
