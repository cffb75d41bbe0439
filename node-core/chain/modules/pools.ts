// The chain's own accounts, which have no key: money in them moves by the rules of the modules alone.

import { taggedHash, utf8ToBytes } from '../../base/index.ts';
import type { Address } from '../../identity/keys.ts';

const pool = (name: string): Address => taggedHash('dipnet/pool/v1', utf8ToBytes(name)).slice(12);

/**
 * All stake (unbonding included), rewards that are not paid out yet, the fees of the present block; the stake of the
 * council's reviewers, the fees of reviews that are open, what confirmed bugs are paid from, and the deposits of
 * contracts; deposits and payments for names that are not settled yet; those of service providers.
 */
export const POOLS = {
  stake: pool('stake'),
  rewards: pool('rewards'),
  fees: pool('fees'),
  council: pool('council'),
  reviews: pool('reviews'),
  bounty: pool('bounty'),
  names: pool('names'),
  storage: pool('storage'),
  providers: pool('providers'),
} as const;
