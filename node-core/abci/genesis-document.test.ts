// The genesis document: one exact text, the same values back, and nothing else is taken for one.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import type { Genesis } from '../chain/index.ts';
import { createApplication, DEFAULT_NAMES, DEFAULT_PROVIDERS } from '../chain/index.ts';
import * as world from '../chain/testing/world.ts';
import { createConsensusKey } from '../comet/index.ts';
import { encodeAppState, parseAppState } from './genesis-document.ts';

const { chainId, time, validators } = world.createGenesis();
const START = { chainId, time, validators };
const parse = (text: string) => parseAppState(utf8ToBytes(text), START);

const SMALL: Genesis = {
  ...START,
  accounts: [
    {
      address: new Uint8Array(20).fill(0x11),
      balances: { '3DP': 7n, DPN: 12_000_000n },
      locks: [{ token: 'DPN', amountMicro: 5n, startS: 1n, cliffS: 2n, endS: 3n }],
    },
    { address: new Uint8Array(20).fill(0x22), balances: {} },
  ],
  stakes: [
    {
      operator: new Uint8Array(20).fill(0x11),
      key: { type: 'ed25519', bytes: new Uint8Array(32).fill(1) },
      name: 'Eins',
      stakeMicro: 10_000_000n,
      commission: { basisPoints: 100, basisPointsMax: 500, dailyRiseBasisPointsMax: 10 },
    },
  ],
  fixedSet: true,
  council: new Uint8Array(20).fill(0x33),
  treasury: new Uint8Array(20).fill(0x44),
  paradigms: [{ document: Uint8Array.of(0, 1, 2), author: new Uint8Array(20).fill(0x55) }],
  params: { minimumFeeMicro: 3n, networkBasisPoints: 4, staking: { selfMicroMin: 9n, epochBlocks: 50 } },
};

const SMALL_TEXT =
  '{"v":1,"accounts":[{"address":"0x1111111111111111111111111111111111111111",' +
  '"balances":{"DPN":"12000000","3DP":"7"},' +
  '"locks":[{"token":"DPN","amountMicro":"5","startS":"1","cliffS":"2","endS":"3"}]},' +
  '{"address":"0x2222222222222222222222222222222222222222","balances":{}}],' +
  '"stakes":[{"operator":"0x1111111111111111111111111111111111111111",' +
  '"key":{"type":"ed25519","bytes":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="},"name":"Eins",' +
  '"stakeMicro":"10000000",' +
  '"commission":{"basisPoints":100,"basisPointsMax":500,"dailyRiseBasisPointsMax":10}}],' +
  '"fixedSet":true,"council":"0x3333333333333333333333333333333333333333",' +
  '"treasury":"0x4444444444444444444444444444444444444444",' +
  '"paradigms":[{"document":"AAEC","author":"0x5555555555555555555555555555555555555555"}],' +
  '"params":{"minimumFeeMicro":"3","networkBasisPoints":4,"staking":{"epochBlocks":50,"selfMicroMin":"9"}}}';

describe('the genesis document', () => {
  test('is this text', () => {
    expect(encodeAppState(SMALL)).toBe(SMALL_TEXT);
    expect(unwrap(parse(SMALL_TEXT))).toEqual(SMALL);
  });

  test('has the same text whatever the order in which a genesis was put together', () => {
    const reordered = Object.fromEntries(Object.entries(SMALL).reverse()) as Genesis;
    const balances = { DPN: 12_000_000n, '3DP': 7n };
    const [first, second] = SMALL.accounts;
    const accounts = [{ ...first!, balances }, second!];
    expect(encodeAppState({ ...reordered, accounts })).toBe(SMALL_TEXT);
  });

  test('leads to the same state, indented and in any order of names', () => {
    const genesis = world.createGenesis();
    const direct = createApplication({ kv: createMemoryKv() }).initChain(genesis);
    const reverse = (value: unknown): unknown =>
      typeof value !== 'object' || value === null || Array.isArray(value)
        ? value
        : Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([name, inner]) => [name, reverse(inner)]),
          );
    const text = JSON.stringify(reverse(JSON.parse(encodeAppState(genesis))), undefined, 4);
    const again = createApplication({ kv: createMemoryKv() }).initChain(unwrap(parse(text)));
    expect(bytesToHex(again.appHash)).toBe(bytesToHex(direct.appHash));
    expect(again.validators).toEqual(direct.validators);
  });

  test('carries the terms of names and providers, and the names that a network begins with', () => {
    const names = [{ name: 'support', owner: world.addressOf('council'), years: 3 }];
    const params = { names: DEFAULT_NAMES, providers: DEFAULT_PROVIDERS };
    const genesis: Genesis = { ...SMALL, names, params };
    const text = encodeAppState(genesis);
    expect(unwrap(parse(text))).toEqual(genesis);
    expect(text).toContain('"dailyMicro":"1024000000000"');
    expect(parse(text.replace('"years":3', '"years":11')).ok).toBe(false);
  });

  test('comes back from its text, for any genesis', () => {
    const address = fc.uint8Array({ minLength: 20, maxLength: 20 });
    const amount = fc.bigInt({ min: 0n, max: 10n ** 29n });
    const genesis = fc.record({
      chainId: fc.constant(chainId),
      time: fc.constant(time),
      validators: fc.constant(validators),
      accounts: fc.array(
        fc.record({ address, balances: fc.dictionary(fc.constantFrom('DPN', '3DP', 'DIMT', 'ITC'), amount) }),
      ),
      council: address,
      treasury: address,
      paradigms: fc.array(fc.record({ document: fc.uint8Array(), author: address })),
      stakes: fc.array(
        fc.record({
          operator: address,
          key: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((s) => createConsensusKey(s, 'ed25519')),
          name: fc.string({ minLength: 1, maxLength: 60 }),
          stakeMicro: amount,
        }),
        { maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(genesis, (value) => {
        const text = encodeAppState(value);
        const back = unwrap(parse(text));
        expect(encodeAppState(back)).toBe(text);
        expect(back).toEqual(normal(value));
      }),
      { numRuns: 50 },
    );
  });

  test('is refused with its place where anything in it is wrong', () => {
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['', '', /no JSON/],
      [SMALL_TEXT, '[]', /app_state/],
      ['"v":1', '"v":2', /app_state\.v/],
      ['"12000000"', '12000000', /accounts\.0\.balances\.DPN/],
      ['"12000000"', '"-1"', /accounts\.0\.balances\.DPN/],
      ['"12000000"', '"012"', /accounts\.0\.balances\.DPN/],
      ['"12000000"', '"1e6"', /accounts\.0\.balances\.DPN/],
      ['"12000000"', `"${'9'.repeat(31)}"`, /accounts\.0\.balances\.DPN/],
      ['"3DP"', '"BTC"', /accounts\.0\.balances/],
      ['0x3333', '0x33ff', /council/],
      ['0x33333333', '0x333333', /council/],
      ['"AAEC"', '"AAF="', /paradigms\.0\.document/],
      ['"AAEC"', '"AAEC="', /paradigms\.0\.document/],
      ['"fixedSet":true', '"fixedSet":1', /fixedSet/],
      ['"fixedSet":true', '"fixed":true', /app_state/],
      ['"epochBlocks":50', '"epochBlocks":0.5', /params\.staking\.epochBlocks/],
      ['"Eins"', '""', /stakes\.0\.name/],
    ];
    for (const [from, to, expected] of cases) {
      const result = parse(from === '' ? to : SMALL_TEXT.replace(from, to));
      const reason = result.ok ? '' : String(result.fault.data?.['reason']);
      expect([from, to, reason]).toEqual([from, to, expect.stringMatching(expected)]);
    }
    expect(parseAppState(Uint8Array.of(0x22, 0xff, 0x22), START).ok).toBe(false);
  });

  test('never throws, whatever the bytes are', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => void parseAppState(junk, START)));
    fc.assert(fc.property(fc.json(), (json) => !parse(json).ok));
  });
});

/** Without prototypes of their own and in the order of the document's names. */
const normal = (genesis: Genesis): Genesis => ({
  ...genesis,
  accounts: genesis.accounts.map((account) => ({ ...account, balances: { ...account.balances } })),
});
