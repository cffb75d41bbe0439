// What an order is called on the chain leads back to the product and the quote that it rests on, whatever its title.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesToHex, sha256, utf8ToBytes } from '../../base/index.ts';
import { orderName, parseOrderName } from './product-quotes.ts';

const product = sha256(utf8ToBytes('product'));
const quoteId = bytesToHex(sha256(utf8ToBytes('quote')));

/** Any code point, halves of pairs and marks of direction among them. */
const anyUnit = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));

test('the name of an order is one line of at most 200 characters that leads back', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyUnit, maxLength: 120 }), (title) => {
      const name = orderName(title, product, quoteId);
      expect(name.length).toBeLessThanOrEqual(200);
      expect(name).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      expect(parseOrderName(name)).toMatchObject({ productId: bytesToHex(product), quoteId });
    }),
  );
  expect(parseOrderName(orderName('🪑'.repeat(40), product, quoteId))?.title).toBe('🪑'.repeat(30));
  expect(parseOrderName(orderName(`x${'🪑'.repeat(40)}`, product, quoteId))?.title).toBe(
    `x${'🪑'.repeat(29)}`,
  );
  expect(parseOrderName(orderName('Shelf  of\nfour', product, quoteId))?.title).toBe('Shelf of four');
});

test('what is no such name leads nowhere', () => {
  for (const text of [
    undefined,
    7n,
    '',
    'Shelf',
    `Shelf ${quoteId}`,
    `Shelf ${quoteId} ${quoteId.toUpperCase()}`,
  ])
    expect(parseOrderName(text)).toBeUndefined();
});
