// Accounts against a plain ledger of numbers: whatever is moved, minted, burnt or taken as a fee, both agree, nothing
// falls below what is locked, and the supply is what all accounts hold.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TOKENS, type Token } from '../../../base/index.ts';
import { supplyKey } from '../../keys.ts';
import { EMPTY_ACCOUNT, SUPPLY_MICRO_MAX, SupplyState } from '../../records.ts';
import { createBase, createOverlay, createState, type State } from '../../state.ts';
import { POOLS } from '../pools.ts';
import { burnFrom, mintTo, moveTokens, payFee, payFrom } from './index.ts';

const PEOPLE = [1, 2, 3].map((byte) => new Uint8Array(20).fill(byte));
const ALL = [...PEOPLE, POOLS.fees];
const [ANN = POOLS.fees, BOB = POOLS.fees] = PEOPLE;

const nothing = () => Object.fromEntries(TOKENS.map((token) => [token, 0n])) as Record<Token, bigint>;

/** Everybody holds `each` of every token, and the supply says so. */
function begin(each: bigint, lockedDpn = 0n): State {
  const state = createState(createOverlay(createBase(() => undefined)));
  const balances = nothing();
  const totalMicro = nothing();
  for (const token of TOKENS) {
    balances[token] = each;
    totalMicro[token] = each * BigInt(PEOPLE.length);
  }
  for (const person of PEOPLE) state.putAccount(person, { ...EMPTY_ACCOUNT, balances });
  if (lockedDpn > 0n)
    state.putAccount(ANN, { ...EMPTY_ACCOUNT, balances, lockedMicro: { ...nothing(), DPN: lockedDpn } });
  state.write(supplyKey(), { v: 1, totalMicro, burntMicro: 0n } satisfies SupplyState);
  return state;
}

const supplyOf = (state: State) => state.read(SupplyState, supplyKey());
const heldOf = (state: State, token: Token) =>
  ALL.reduce((sum, address) => sum + state.account(address).balances[token], 0n);

describe('accounts', () => {
  const who = fc.nat(ALL.length - 1);
  const amount = fc.bigInt({ min: 0n, max: 1500n });
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('move' as const),
      from: who,
      to: who,
      token: fc.constantFrom(...TOKENS),
      amount,
    }),
    fc.record({ kind: fc.constant('mint' as const), to: who, token: fc.constantFrom(...TOKENS), amount }),
    fc.record({ kind: fc.constant('fee' as const), signer: who, payer: who, amount }),
    fc.record({ kind: fc.constant('burn' as const), from: who, amount }),
  );
  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

  /** The same step on plain numbers; false where it has to be refused. */
  function expectStep(books: Record<Token, bigint>[], locked: readonly bigint[], taken: Step): boolean {
    const take = (index: number, token: Token, amountMicro: bigint) => {
      const book = books[index];
      if (book === undefined || book[token] < amountMicro) return false;
      const floor = token === 'DPN' ? (locked[index] ?? 0n) : 0n;
      if (taken.kind !== 'burn' && amountMicro > 0n && book[token] - amountMicro < floor) return false;
      book[token] -= amountMicro;
      return true;
    };
    const give = (index: number, token: Token, amountMicro: bigint) => {
      const book = books[index];
      if (book !== undefined) book[token] += amountMicro;
      return true;
    };
    if (taken.kind === 'move')
      return take(taken.from, taken.token, taken.amount) && give(taken.to, taken.token, taken.amount);
    if (taken.kind === 'mint') return give(taken.to, taken.token, taken.amount);
    if (taken.kind === 'fee')
      return take(taken.payer, 'DPN', taken.amount) && give(ALL.length - 1, 'DPN', taken.amount);
    return take(taken.from, 'DPN', taken.amount);
  }

  const at = (index: number) => ALL[index] ?? POOLS.fees;
  function play(state: State, taken: Step): boolean {
    if (taken.kind === 'move')
      return moveTokens(state, at(taken.from), at(taken.to), taken.token, taken.amount).ok;
    if (taken.kind === 'mint') return mintTo(state, at(taken.to), taken.token, taken.amount) === taken.amount;
    if (taken.kind === 'fee')
      return payFee(state, at(taken.signer), at(taken.payer), taken.amount) === undefined;
    try {
      burnFrom(state, at(taken.from), taken.amount);
      return true;
    } catch {
      return false;
    }
  }

  test('agree with a plain ledger after any history, and the supply with what all hold', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.bigInt({ min: 0n, max: 1000n }),
        (steps, lockedDpn) => {
          const state = begin(1000n, lockedDpn);
          const books = ALL.map((address) => ({ ...state.account(address).balances }));
          const locked = [lockedDpn];
          for (const taken of steps) {
            expect([taken, play(state, taken)]).toEqual([taken, expectStep(books, locked, taken)]);
          }
          expect(ALL.map((address) => state.account(address).balances)).toEqual(books);
          for (const token of TOKENS) expect(heldOf(state, token)).toBe(supplyOf(state)?.totalMicro[token]);
        },
      ),
      { seed: 20261122, numRuns: 300 },
    );
  });

  test('a refusal says what is there, what is locked, and changes nothing', () => {
    const state = begin(100n, 60n);
    const before = JSON.stringify(ALL.map((address) => String(state.account(address).balances.DPN)));
    expect(moveTokens(state, ANN, BOB, 'DPN', 101n)).toMatchObject({
      fault: { code: 'chain.bank.unaffordable', data: { balanceMicro: '100', amountMicro: '101' } },
    });
    expect(moveTokens(state, ANN, BOB, 'DPN', 41n)).toMatchObject({
      fault: { code: 'chain.bank.locked', data: { lockedMicro: '60' } },
    });
    expect(payFee(state, BOB, ANN, 41n)).toMatchObject({
      code: 'chain.tx.fee-unaffordable',
      data: { balanceMicro: '40', feeMicro: '41' },
    });
    expect(state.account(BOB).seq).toBe(0);
    expect(JSON.stringify(ALL.map((address) => String(state.account(address).balances.DPN)))).toBe(before);
    expect(moveTokens(state, ANN, BOB, 'DPN', 40n).ok).toBe(true);
    expect(payFee(state, BOB, BOB, 10n)).toBeUndefined();
    expect(state.account(BOB).seq).toBe(1);
  });

  test('no more is minted than the cap leaves, and the rest is not owed', () => {
    for (const token of TOKENS) {
      const state = begin(0n);
      const supply = supplyOf(state);
      const totalMicro = { ...nothing(), [token]: SUPPLY_MICRO_MAX[token] - 7n };
      state.write(supplyKey(), { ...supply, v: 1, totalMicro, burntMicro: 0n } satisfies SupplyState);
      expect([5n, 5n, 5n].map((wanted) => mintTo(state, ANN, token, wanted))).toEqual([5n, 2n, 0n]);
      expect(state.account(ANN).balances[token]).toBe(7n);
      expect(supplyOf(state)?.totalMicro[token]).toBe(SUPPLY_MICRO_MAX[token]);
    }
  });

  test('what is burnt is counted, and a pool that does not hold what its books say is a bug', () => {
    const state = begin(50n);
    burnFrom(state, ANN, 20n);
    expect(supplyOf(state)).toMatchObject({ burntMicro: 20n, totalMicro: { DPN: 130n } });
    expect(() => burnFrom(state, ANN, 31n)).toThrow(/books/);
    expect(() => payFrom(state, ANN, BOB, 'ITC', 51n)).toThrow(/books/);
    expect(() => moveTokens(state, ANN, BOB, 'DPN', -1n)).toThrow(/negative/);
  });
});
