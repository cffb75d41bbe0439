// Shares: whatever is bought and sold in whatever order, nobody takes out what others own.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sharesFor, sharesNeeded, worthOf } from './shares.ts';

const micro = fc.bigInt({ min: 1n, max: 10n ** 17n });
/** Any pool that slashing can leave: at least as many shares as stake. */
const pool = fc
  .tuple(micro, fc.bigInt({ min: 0n, max: 10n ** 12n }))
  .map(([stakeMicro, lostMicro]) => ({ stakeMicro, shares: stakeMicro + lostMicro }));

describe('shares', () => {
  test('the first stake makes as many shares; later stake makes them at the same price', () => {
    expect(sharesFor({ stakeMicro: 0n, shares: 0n }, 7n)).toBe(7n);
    expect(sharesFor({ stakeMicro: 50n, shares: 100n }, 7n)).toBe(14n);
    expect(worthOf({ stakeMicro: 50n, shares: 100n }, 14n)).toBe(7n);
  });

  test('of stake that was slashed to nothing, no share can be bought and none is worth anything', () => {
    expect(sharesFor({ stakeMicro: 0n, shares: 100n }, 7n)).toBeUndefined();
    expect(worthOf({ stakeMicro: 0n, shares: 100n }, 100n)).toBe(0n);
    expect(worthOf({ stakeMicro: 0n, shares: 0n }, 0n)).toBe(0n);
  });

  test('buying does not lower the price for those who are in', () => {
    fc.assert(
      fc.property(pool, micro, (before, amountMicro) => {
        const shares = sharesFor(before, amountMicro) ?? 0n;
        const after = { stakeMicro: before.stakeMicro + amountMicro, shares: before.shares + shares };
        expect(after.stakeMicro * before.shares).toBeGreaterThanOrEqual(before.stakeMicro * after.shares);
        expect(worthOf(after, shares)).toBeLessThanOrEqual(amountMicro);
        // Where a share is worth at most its price, that stays so.
        expect(after.shares).toBeGreaterThanOrEqual(after.stakeMicro);
      }),
    );
  });

  test('selling a part does not lower it either, and needs no more shares than the seller has', () => {
    const held = pool.chain((of) =>
      fc
        .tuple(fc.constant(of), fc.bigInt({ min: 1n, max: of.shares }))
        .chain(([, shares]) =>
          fc.tuple(fc.constant(of), fc.constant(shares), fc.bigInt({ min: 0n, max: worthOf(of, shares) })),
        ),
    );
    fc.assert(
      fc.property(held, ([before, shares, amountMicro]) => {
        const given = sharesNeeded(before, amountMicro);
        expect(given).toBeLessThanOrEqual(shares);
        const after = { stakeMicro: before.stakeMicro - amountMicro, shares: before.shares - given };
        expect(after.stakeMicro * before.shares).toBeGreaterThanOrEqual(before.stakeMicro * after.shares);
        // All shares of the seller for all that they are worth: the same holds.
        const all = {
          stakeMicro: before.stakeMicro - worthOf(before, shares),
          shares: before.shares - shares,
        };
        expect(all.stakeMicro * before.shares).toBeGreaterThanOrEqual(before.stakeMicro * all.shares);
      }),
    );
  });

  test('the last share takes everything', () => {
    fc.assert(fc.property(pool, (of) => worthOf(of, of.shares) === of.stakeMicro));
  });
});
