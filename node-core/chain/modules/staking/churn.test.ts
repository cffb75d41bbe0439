// Churn: the rule that lets light clients skip, held against every choice of signers; and that what waits gets its turn.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, compareBytes } from '../../../base/index.ts';
import type { SetMember } from '../../records.ts';
import { addressOf, consensusKeyOf } from '../../testing/stake-world.ts';
import { type Candidate, type ChurnInput, nextMembers } from './churn.ts';

type Powers = Readonly<Record<string, number>>;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

const member = (name: string, power: number, keyName = name, stakeHeight = 0n): SetMember => ({
  operator: addressOf(name),
  key: consensusKeyOf(keyName),
  power: BigInt(power),
  stakeMicro: BigInt(power) * 1_000_000n,
  stakeHeight,
});
const setOf = (powers: Powers): SetMember[] =>
  Object.entries(powers).map(([name, power]) => member(name, power));
const candidate = (name: string, power: number, keyName = name): Candidate => ({
  operator: addressOf(name),
  key: consensusKeyOf(keyName),
  power: BigInt(power),
  stakeMicro: BigInt(power) * 1_000_000n,
  stakedHeight: 5n,
});
const candidatesOf = (powers: Powers): Candidate[] =>
  Object.entries(powers)
    .filter(([, power]) => power > 0)
    .map(([name, power]) => candidate(name, power))
    .sort((a, b) =>
      a.power === b.power ? compareBytes(a.operator, b.operator) : a.power > b.power ? -1 : 1,
    );

const names = new Map(NAMES.map((name) => [bytesToHex(addressOf(name)), name]));
const powersOf = (members: readonly SetMember[]): Powers =>
  Object.fromEntries(
    members
      .map(({ operator, power }) => [names.get(bytesToHex(operator)) ?? '?', Number(power)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

function step(current: readonly SetMember[], wanted: Powers, changes: Partial<ChurnInput> = {}) {
  return nextMembers({
    current,
    candidates: candidatesOf(wanted),
    isOffender: () => false,
    window: [current],
    membersMax: 99,
    height: 7n,
    ...changes,
  });
}

/** The least power in `before` of any signers that make up more than 2/3 of `after`; by trying them all. */
function weakestOverlap(before: readonly SetMember[], after: readonly SetMember[]) {
  const trusted = new Map(before.map(({ key, power }) => [bytesToHex(key.bytes), power]));
  const sum = (members: readonly SetMember[]) => members.reduce((all, { power }) => all + power, 0n);
  let least = sum(before);
  for (let choice = 0; choice < 1 << after.length; choice++) {
    const signers = after.filter((_, place) => (choice >> place) % 2 === 1);
    if (3n * sum(signers) <= 2n * sum(after)) continue;
    const overlap = signers.reduce((all, { key }) => all + (trusted.get(bytesToHex(key.bytes)) ?? 0n), 0n);
    if (overlap < least) least = overlap;
  }
  return { least, total: sum(before) };
}

describe('churn', () => {
  test('small changes happen at once', () => {
    const next = step(setOf({ a: 40, b: 30, c: 30 }), { a: 50, b: 20, c: 30, d: 5 });
    expect(powersOf(next)).toEqual({ a: 50, b: 20, c: 30, d: 5 });
  });

  test('a newcomer with overwhelming stake enters with as much power as there was, and waits with the rest', () => {
    expect(powersOf(step(setOf({ a: 10 }), { a: 10, b: 1_000_000 }))).toEqual({ a: 10, b: 10 });
  });

  test('members that leave keep what more than half of the power would be', () => {
    expect(powersOf(step(setOf({ a: 30, b: 30, c: 40 }), { c: 40 }))).toEqual(
      // Whoever of the two has the lower address is first.
      compareBytes(addressOf('a'), addressOf('b')) < 0 ? { b: 10, c: 40 } : { a: 10, c: 40 },
    );
  });

  test('the whole window counts: what was used up in an earlier step is gone until that set is out of it', () => {
    const first = setOf({ a: 60, b: 60 });
    const second = step(first, { a: 60, b: 60, c: 100 });
    expect(powersOf(second)).toEqual({ a: 60, b: 60, c: 100 });
    const wanted = { a: 60, b: 60, c: 100, d: 100 };
    expect(powersOf(step(second, wanted, { window: [second, first] }))).toEqual({ ...wanted, d: 20 });
    expect(powersOf(step(second, wanted, { window: [second] }))).toEqual(wanted);
  });

  test('a key is replaced whole, or waits; meanwhile its owner can still lose power', () => {
    const current = setOf({ a: 34, b: 33, c: 33 });
    const withNewKey = (power: number) => [
      candidate('a', power, 'a2'),
      candidate('b', 33),
      candidate('c', 33),
    ];
    const refused = step(current, {}, { candidates: withNewKey(34) });
    expect(refused.find(({ power }) => power === 34n)?.key).toEqual(consensusKeyOf('a'));
    // 33 of 100 can be replaced; the lost 1 counts twice and the gained ones once: 2 * 34 + 32 is 100.
    const replaced = step(current, {}, { candidates: withNewKey(32) });
    const own = replaced.find(({ operator }) => bytesToHex(operator) === bytesToHex(addressOf('a')));
    expect(own).toMatchObject({ key: consensusKeyOf('a2'), power: 32n });
    const large = setOf({ a: 50, b: 25, c: 25 });
    const lowered = step(
      large,
      {},
      { candidates: [candidate('a', 45, 'a2'), candidate('b', 25), candidate('c', 25)] },
    );
    expect(powersOf(lowered)).toEqual({ a: 45, b: 25, c: 25 });
    expect(lowered.find(({ power }) => power === 45n)?.key).toEqual(consensusKeyOf('a'));
  });

  test('offenders leave whatever the rule says; nothing else does that adds to it', () => {
    const current = setOf({ a: 60, b: 20, c: 20 });
    const isOffender = (operator: Uint8Array) => bytesToHex(operator) === bytesToHex(addressOf('a'));
    expect(powersOf(step(current, { b: 20, c: 30, d: 50 }, { isOffender }))).toEqual({ b: 20, c: 20 });
  });

  test('where all are offenders the others take over; where there are none, the set stays', () => {
    const current = setOf({ a: 60, b: 20 });
    const isOffender = (operator: Uint8Array) =>
      ['a', 'b'].some((name) => bytesToHex(operator) === bytesToHex(addressOf(name)));
    expect(powersOf(step(current, { c: 30 }, { isOffender }))).toEqual({ c: 30 });
    expect(step(current, {}, { isOffender }).length).toBeGreaterThan(0);
  });

  test('the last member never leaves', () => {
    let set: readonly SetMember[] = setOf({ a: 10 });
    for (let epoch = 0; epoch < 10; epoch++) set = step(set, {});
    expect(powersOf(set)).toEqual({ a: 1 });
  });

  test('a place is taken only where one is free', () => {
    const next = step(setOf({ a: 60, b: 20 }), { a: 60, c: 25 }, { membersMax: 2 });
    expect(powersOf(next)).toEqual({ a: 60, c: 25 });
    // One more power could be gained, but whoever leaves is not gone yet.
    const full = step(setOf({ a: 21, b: 60 }), { a: 21, c: 61 }, { membersMax: 2 });
    expect(powersOf(full)).toEqual({ a: 21, b: 20 });
    expect(powersOf(step(setOf({ a: 21, b: 60 }), { a: 21, c: 61 }))).toEqual({ a: 21, b: 20, c: 1 });
  });

  test('power that waits to be lowered stays backed by the stake that it was given for', () => {
    const [kept] = step(setOf({ a: 100 }), { a: 10 });
    expect(kept).toMatchObject({ power: 50n, stakeMicro: 100_000_000n, stakeHeight: 0n });
    const [whole] = step(setOf({ a: 100 }), { a: 60 });
    expect(whole).toMatchObject({ power: 60n, stakeMicro: 60_000_000n, stakeHeight: 7n });
    // Where no stake moved since, the old note still says it all.
    const idle = setOf({ a: 60 }).map((of) => ({ ...of, stakeHeight: 5n }));
    expect(step(idle, { a: 60 })).toEqual(idle);
  });

  test('any 2/3 of a set hold more than 1/3 of every set in the window, over any history', () => {
    const powers = fc.dictionary(fc.constantFrom(...NAMES), fc.nat(40), { noNullPrototype: true });
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 40 }), powers),
        fc.array(fc.tuple(powers, fc.nat(3), fc.array(fc.constantFrom(...NAMES), { maxLength: 2 })), {
          maxLength: 6,
        }),
        ([own, rest], history) => {
          let sets: (readonly SetMember[])[] = [setOf({ ...rest, a: own })].map((set) =>
            set.filter(({ power }) => power > 0n),
          );
          for (const [wanted, forgotten, rotated] of history) {
            sets = sets.slice(0, Math.max(1, sets.length - forgotten));
            const [current = []] = sets;
            const candidates = candidatesOf(wanted).map((one) => {
              const name = names.get(bytesToHex(one.operator)) ?? '';
              return rotated.some((of) => of === name)
                ? { ...one, key: consensusKeyOf(`${name} again`) }
                : one;
            });
            const next = step(current, {}, { candidates, window: sets });
            expect(next.length).toBeGreaterThan(0);
            expect(next.every(({ power }) => power > 0n)).toBe(true);
            for (const before of sets) {
              const { least, total } = weakestOverlap(before, next);
              expect(3n * least > total).toBe(true);
            }
            sets = [next, ...sets];
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('what stake asks for comes true once nothing else changes', () => {
    const powers = fc.dictionary(fc.constantFrom(...NAMES), fc.integer({ min: 0, max: 40 }), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(powers, powers, (first, last) => {
        const wanted = Object.fromEntries(Object.entries({ ...last, a: 7 }).filter(([, power]) => power > 0));
        let set: readonly SetMember[] = setOf({ ...first, f: 9 }).filter(({ power }) => power > 0n);
        for (let epoch = 0; epoch < 60; epoch++) set = step(set, wanted);
        expect(powersOf(set)).toEqual(powersOf(setOf(wanted)));
      }),
    );
  });
});
