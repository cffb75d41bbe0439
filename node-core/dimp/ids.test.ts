import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/index.ts';
import type { Recognised } from './index.ts';
import {
  ANY_STATION,
  ANYONE,
  broadcastGroup,
  btcAddress,
  createId,
  ENTITY_TYPES,
  EVERYONE,
  FOUNDER,
  isBot,
  isBroadcast,
  isGroup,
  isStation,
  isUser,
  networkToType,
  parseAddress,
  parseId,
  recogniseContact,
  sameId,
} from './index.ts';

const id = (text: string) => unwrap(parseId(text));
const HULK = 'hulk@4YeVEN3aUnvC1DNUufCq1bs9zoBSJTzVEj';
const ETH = '0xD4a16aa11Bd0D3315698792F5E1F66770F9Cd78F';
const fingerprint = Uint8Array.of(1, 2, 3);

describe('IDs', () => {
  it('are read and written in their parts', () => {
    expect(id(`${HULK}/phone`)).toMatchObject({ name: 'hulk', terminal: 'phone', bare: HULK, type: 0 });
    expect(id(ETH)).toMatchObject({ bare: ETH, type: 0 });
    expect(id(ETH)).not.toHaveProperty('name');
    expect(sameId(id(`${HULK}/a`), id(`${HULK}/b`))).toBe(true);
    expect(createId('hulk', id(HULK).address, 'tv').text).toBe(`${HULK}/tv`);
  });

  it('of one Ethereum address are one, however its letters are written', () => {
    const lower = ETH.toLowerCase();
    expect(id(lower).bare).toBe(ETH);
    expect(id(lower).text).toBe(lower);
    expect(sameId(id(lower), id(ETH))).toBe(true);
    expect(sameId(id('anyone@ANYWHERE'), ANYONE)).toBe(true);
  });

  it.each([
    '',
    'abc',
    `x@y@${ETH}`,
    `${HULK}/a/b`,
    `@${ETH}`,
    `${HULK}/`,
    `a b@${ETH}`,
    `a\u202eb@${ETH}`,
    'x'.repeat(65),
  ])('refuses %j', (text) => {
    expect(parseId(text).ok).toBe(false);
  });

  it('read many times are the same, once their memory has been full too', () => {
    const first = parseAddress(ETH);
    for (let number = 0; number < 9000; number++) {
      const text = `0x${number.toString(16).padStart(40, '0')}`;
      expect(parseAddress(text)?.text.toLowerCase()).toBe(text);
    }
    expect(parseAddress(ETH)).toEqual(first);
    expect(parseAddress(ETH)).toBe(parseAddress(ETH));
  });

  it('never throw, and what is read is written the same', () => {
    const part = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(
        fc.oneof(
          part,
          fc.tuple(part, part).map((pair) => pair.join('@')),
        ),
        (text) => {
          const parsed = parseId(text);
          if (!parsed.ok) return;
          expect(parsed.value.text).toBe(text);
          expect(id(parsed.value.bare).bare).toBe(parsed.value.bare);
        },
      ),
      { seed: 7, numRuns: 500 },
    );
  });

  it('map the bytes of older generations before they are judged', () => {
    const named = (network: number) => id(`some@${btcAddress(fingerprint, network)}`);
    expect([0x08, 0x10, 0x30, 0x76, 0x88, 0xc8].map(networkToType)).toEqual([0, 1, 0x31, 3, 2, 4]);
    expect(isStation(named(0x88))).toBe(true);
    expect(isBot(named(0xc8))).toBe(true);
    for (const network of [0x88, 0xc8]) expect(isBroadcast(named(network))).toBe(false);
    expect(isUser(named(0x08))).toBe(true);
    expect(isGroup(named(0x10)) && isGroup(named(0x30)) && isGroup(named(0x76))).toBe(true);
    expect(named(0x80).type).toBe(0x80);
    // The byte stays in the address, whatever it means.
    expect(named(0x88).address.network).toBe(0x88);
    // Without a name it is a user.
    expect(id(btcAddress(fingerprint, 0x88)).type).toBe(ENTITY_TYPES.user);
  });

  it('of broadcasts have their founders and members by consensus', () => {
    expect([ANYONE, ANY_STATION, FOUNDER].every((one) => isBroadcast(one) && isUser(one))).toBe(true);
    expect(isBroadcast(EVERYONE) && isGroup(EVERYONE)).toBe(true);
    expect(broadcastGroup(EVERYONE)).toEqual({ founder: FOUNDER, owner: ANYONE, members: [ANYONE] });
    const board = broadcastGroup(id('Board@everywhere'));
    expect(board?.founder.text).toBe('Board.founder@anywhere');
    expect(board?.members.map(({ text }) => text)).toEqual(['Board.owner@anywhere', 'Board.member@anywhere']);
    expect(broadcastGroup(ANYONE)).toBeUndefined();
    expect(broadcastGroup(id(HULK))).toBeUndefined();
  });
});

describe('addresses', () => {
  it('of the Bitcoin form have a checksum; without it the text is of no known form', () => {
    const text = btcAddress(fingerprint, 2);
    expect(parseAddress(text)).toMatchObject({ kind: 'btc', network: 2, text });
    const changed = `${text.slice(0, -1)}${text.endsWith('1') ? '2' : '1'}`;
    expect(parseAddress(changed)).toMatchObject({ kind: 'unknown', network: 0 });
    expect(parseAddress(`0x${'g'.repeat(40)}`)?.kind).toBe('unknown');
    expect(parseAddress('abc')).toBeUndefined();
  });
});

describe('contacts', () => {
  const kindOf = (recognised: Recognised | undefined) =>
    recognised?.kind === 'bitcoin' ? recognised.form : recognised?.kind;
  it.each([
    [HULK, 'dimp'],
    [`  ${ETH} `, 'ethereum'],
    [ETH.toLowerCase(), 'ethereum'],
    [`${ETH.slice(0, -1)}f`, undefined],
    ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 'p2pkh'],
    ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb', undefined],
    ['3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy', 'p2sh'],
    // BIP-173 and BIP-350.
    ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'segwit'],
    ['BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4', 'segwit'],
    ['bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0', 'taproot'],
    ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5', undefined],
    ['eosio.token', 'eos'],
    ['dipnetstore1', 'eos'],
    ['Printer-Farm_7', 'name'],
    ['hulk@nobody', undefined],
    ['https://example.com', undefined],
    ['', undefined],
  ])('recognises %j as %s', (text, kind) => {
    expect(kindOf(recogniseContact(text))).toBe(kind);
  });
});
