// The chain's own accounts, which have no key: money in them moves by the rules of the modules alone.

import { taggedHash, utf8ToBytes } from '../../base/index.ts';
import type { Address } from '../../identity/keys.ts';

const pool = (name: string): Address => taggedHash('dipnet/pool/v1', utf8ToBytes(name)).slice(12);

/** All stake (unbonding included), rewards that are not paid out yet, and the fees of the present block. */
export const POOLS = { stake: pool('stake'), rewards: pool('rewards'), fees: pool('fees') } as const;
