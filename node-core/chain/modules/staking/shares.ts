// Shares of a validator's stake. A share is worth stake/shares; buying and selling round against whoever trades, so
// that nobody can ever take out what others own. Slashing lowers the stake and leaves the shares.

import { assert, divideUp } from '../../../base/index.ts';

/** Stake that makes one power. All DPN there can be make 10^11, far below CometBFT's limit of (2^63-1)/8. */
export const MICRO_PER_POWER = 1_000_000n;

export type Pool = { readonly stakeMicro: bigint; readonly shares: bigint };

/** What `shares` are worth, rounded down. */
export function worthOf(pool: Pool, shares: bigint): bigint {
  return pool.shares === 0n ? 0n : (shares * pool.stakeMicro) / pool.shares;
}

/** Shares for new stake, rounded down: 1 to 1 into an empty pool. Undefined where nothing is left to share. */
export function sharesFor(pool: Pool, amountMicro: bigint): bigint | undefined {
  if (pool.shares === 0n) return amountMicro;
  if (pool.stakeMicro === 0n) return undefined;
  return (amountMicro * pool.shares) / pool.stakeMicro;
}

/** Shares that must be given for `amountMicro`, rounded up. The amount is at most what all shares are worth. */
export function sharesNeeded(pool: Pool, amountMicro: bigint): bigint {
  assert(pool.stakeMicro > 0n && amountMicro <= pool.stakeMicro, 'no more is taken than is there');
  return divideUp(amountMicro * pool.shares, pool.stakeMicro);
}

export function least(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}
