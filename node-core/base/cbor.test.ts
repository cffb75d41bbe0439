// Our codec beside the reference implementation of dag-cbor: the same bytes for every value, and of all byte strings the
// same ones accepted, with the same value.

import { decode as referenceDecode, encode as referenceEncode } from '@ipld/dag-cbor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, concatBytes, equalBytes, hexToBytes, utf8ToBytes } from './bytes.ts';
import { type CborValue, encodeCbor, parseCbor } from './cbor.ts';

const key = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'b',
    'aa',
    'z',
    'é',
    'zz',
    '𐀀',
    '\uffff',
    'k'.repeat(23),
    'k'.repeat(24),
    'j'.repeat(300),
  ),
  fc.string({ maxLength: 5 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.constantFrom(0, -1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
  fc.constantFrom(
    -24,
    -25,
    -256,
    -257,
    -65_536,
    -65_537,
    -(2 ** 32),
    -(2 ** 32) - 1,
    Number.MIN_SAFE_INTEGER,
  ),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }),
  fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n) + 1n, -(2n ** 53n), 2n ** 64n - 1n, -(2n ** 64n)),
);
const { value: anyValue } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(null, true, false),
    integer,
    fc.string({ maxLength: 80 }),
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 6 }).filter((record) => !Object.hasOwn(record, '__proto__')),
  ),
}));

/** What the reference makes of bytes, in the subset that has integers and no links. */
function reference(bytes: Uint8Array): unknown {
  try {
    const value: unknown = referenceDecode(bytes);
    return isPlain(value, 0) && equalBytes(referenceEncode(value), bytes) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPlain(value: unknown, depth: number): boolean {
  if (depth > 64) return false;
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value !== undefined;
  if (Object.getPrototypeOf(value) !== Object.prototype && !Array.isArray(value)) return false;
  return Object.values(value).every((child) => isPlain(child, depth + 1));
}

function expectSame(bytes: Uint8Array): void {
  const [found, wanted] = [parseCbor(bytes), reference(bytes)];
  if (found !== undefined || wanted !== undefined) expect(found, bytesToHex(bytes)).toEqual(wanted);
}

describe('dag-cbor beside the reference', () => {
  test('the same bytes for every value, and the value back', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeCbor(value);
        expect(bytesToHex(bytes)).toBe(bytesToHex(referenceEncode(value)));
        const back = parseCbor(bytes);
        expect(back).toEqual(reference(bytes));
        expect(encodeCbor(back as CborValue)).toEqual(bytes);
      }),
      { seed: 31, numRuns: 1000 },
    );
  });

  test('of changed encodings the same ones accepted', () => {
    const change = fc.record({
      at: fc.nat(400),
      byte: fc.oneof(
        fc.nat(255),
        fc.constantFrom(0xf9, 0xfb, 0xf7, 0xd8, 0x5f, 0x7f, 0x9f, 0xbf, 0xff, 0x18, 0x1b),
      ),
      kind: fc.constantFrom('replace', 'insert', 'remove'),
    });
    let accepted = 0;
    fc.assert(
      fc.property(anyValue, fc.array(change, { minLength: 1, maxLength: 2 }), (value, changes) => {
        const bytes = [...encodeCbor(value)];
        for (const { at, byte, kind } of changes) {
          bytes.splice(
            at % (bytes.length + 1),
            kind === 'insert' ? 0 : 1,
            ...(kind === 'remove' ? [] : [byte]),
          );
        }
        const changed = Uint8Array.from(bytes);
        if (parseCbor(changed) !== undefined) accepted++;
        expectSame(changed);
      }),
      { seed: 32, numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(200);
  });

  test('of any few bytes the same ones accepted', () => {
    for (let first = 0; first < 256; first++) {
      expectSame(Uint8Array.of(first));
      for (let second = 0; second < 256; second++) expectSame(Uint8Array.of(first, second));
    }
    const head = fc.constantFrom(
      0x18,
      0x19,
      0x1a,
      0x1b,
      0x38,
      0x39,
      0x3a,
      0x3b,
      0x58,
      0x61,
      0x78,
      0x81,
      0xa1,
      0xa2,
    );
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 9 }), (first, rest) =>
        expectSame(concatBytes(Uint8Array.of(first), rest)),
      ),
      { seed: 33, numRuns: 2000 },
    );
  });
});

describe('dag-cbor', () => {
  test.each([
    ['a head longer than it needs', '1817'],
    ['a long head of 64 bits', '1b00000000ffffffff'],
    ['keys out of order', 'a2616201616101'],
    ['a key twice', 'a2616101616102'],
    ['a longer key before a shorter', 'a262616101616202'],
    ['a key that is no text', 'a10101'],
    ['the key that is no entry of an object', 'a1695f5f70726f746f5f5f01'],
    ['an indefinite length', '9f01ff'],
    ['a float', 'f93c00'],
    ['undefined', 'f7'],
    ['a link', 'd82a450001550000'],
    ['text that is not UTF-8', '62c328'],
    ['a surrogate in UTF-8', '63eda080'],
    ['bytes behind the end', '0000'],
    ['no bytes', ''],
    ['more items than there are bytes', '9b00000000ffffffff'],
    ['more bytes than there are', '5b7fffffffffffffff'],
  ])('refuses %s', (_what, hex) => {
    expect(parseCbor(hexToBytes(hex))).toBeUndefined();
  });

  test('has a bound for containers in each other, on both ways', () => {
    const nested = (depth: number) => concatBytes(new Uint8Array(depth).fill(0x81), Uint8Array.of(0x80));
    const tree = (depth: number): CborValue => (depth === 0 ? [] : [tree(depth - 1)]);
    expect(parseCbor(nested(64))).toEqual(tree(64));
    expect(encodeCbor(tree(64))).toEqual(nested(64));
    expect(parseCbor(nested(65))).toBeUndefined();
    expect(() => encodeCbor(tree(65))).toThrow(TypeError);
    expect(parseCbor(nested(100_000))).toBeUndefined();
  });

  test.each([
    ['a float', 0.5],
    ['no number', Number.NaN],
    ['an unsafe number', 2 ** 53],
    ['an integer beyond 64 bits', 2n ** 64n],
    ['a negative one', -(2n ** 64n) - 1n],
    ['undefined', undefined],
    ['undefined inside', { a: undefined }],
    ['a hole', new Array(1)],
    ['an object of a class', new Map()],
    ['a function', () => 1],
  ])('does not encode %s', (_what, value) => {
    expect(() => encodeCbor(value as CborValue)).toThrow(TypeError);
  });

  test('keeps a byte order mark, and takes Buffers without sharing their memory', () => {
    const marked = '\ufeffmark';
    const bytes = encodeCbor([marked, `${marked}${'x'.repeat(80)}`, Uint8Array.of(1, 2, 3)]);
    const buffer = Buffer.from(bytes);
    const [short, long, octets] = parseCbor(buffer) as [string, string, Uint8Array];
    buffer.fill(0);
    expect([short, long]).toEqual([marked, `${marked}${'x'.repeat(80)}`]);
    expect(octets).toEqual(Uint8Array.of(1, 2, 3));
    expect(octets.constructor).toBe(Uint8Array);
  });

  test('encodes a value whose part is encoded meanwhile', () => {
    const outer = {
      get a() {
        return encodeCbor({ inner: [1, 2, 3] });
      },
      b: 'b',
    };
    const inner = referenceEncode({ inner: [1, 2, 3] });
    expect(encodeCbor(outer)).toEqual(referenceEncode({ a: inner, b: 'b' }));
  });

  test('encodes large values', () => {
    const value = {
      text: 'é'.repeat(7000),
      bytes: new Uint8Array(90_000),
      list: new Array(500).fill('word'),
    };
    const bytes = encodeCbor(value);
    expect(equalBytes(bytes, referenceEncode(value))).toBe(true);
    expect(parseCbor(bytes)).toEqual(value);
    expect(encodeCbor('after')).toEqual(concatBytes(Uint8Array.of(0x65), utf8ToBytes('after')));
  });
});
