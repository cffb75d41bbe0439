// Pictures and words of addresses: the same for every spelling of one address, unlike for unlike addresses.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressWords, IDENTICON_SIZE, identiconOf } from './identicon.ts';

const address = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`);

it('does not depend on the case of the checksum', () => {
  fc.assert(
    fc.property(address, (text) => {
      const upper = `0x${text.slice(2).toUpperCase()}`;
      expect(identiconOf(upper)).toEqual(identiconOf(text));
      expect(addressWords(upper)).toBe(addressWords(text));
    }),
  );
});

it('is mirrored left to right', () => {
  fc.assert(
    fc.property(address, (text) => {
      const { cells } = identiconOf(text);
      for (let row = 0; row < IDENTICON_SIZE; row++) {
        const line = cells.slice(row * IDENTICON_SIZE, (row + 1) * IDENTICON_SIZE);
        expect([...line].reverse()).toEqual(line);
      }
    }),
  );
});

it('speaks two words of five letters', () => {
  fc.assert(
    fc.property(address, (text) => {
      expect(addressWords(text)).toMatch(
        /^([bdfghjklmnprstvz][aiou]){2}[bdfghjklmnprstvz]-([bdfghjklmnprstvz][aiou]){2}[bdfghjklmnprstvz]$/,
      );
    }),
  );
});

it('tells addresses apart that differ in one digit', () => {
  const words = new Set<string>();
  for (let digit = 0; digit < 16; digit++) {
    for (let place = 2; place < 42; place++) {
      const text = `0x${'0'.repeat(40)}`;
      words.add(addressWords(text.slice(0, place) + digit.toString(16) + text.slice(place + 1)));
    }
  }
  // 40 places, 15 other digits each, and the address of zeros itself.
  expect(words.size).toBe(40 * 15 + 1);
});
