// What providers claimed, opened and were paid, as the blocks told it: for pages, and never a source of truth.

import { hexToBytes } from '../../base/index.ts';
import type { ChainEvent } from '../../chain/index.ts';
import { addressToText } from '../../identity/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';

export type ProviderDayState = 'claimed' | 'proven' | 'settled' | 'missed';
export type ProviderDay = {
  readonly provider: string;
  readonly day: number;
  readonly weight: bigint;
  readonly state: ProviderDayState;
  readonly rewardMicro?: bigint;
};

type Row = {
  provider: string;
  day: number;
  weight: string;
  state: ProviderDayState;
  rewardMicro: string | null;
};

export type ProviderDays = ReturnType<typeof createProviderDays>;

export function createProviderDays(database: Sqlite) {
  const claim = database.prepare<[string, bigint, string]>(
    `INSERT OR REPLACE INTO provider_days (provider, day, weight, state) VALUES (?, ?, ?, 'claimed')`,
  );
  const prove = database.prepare<[string, bigint]>(
    "UPDATE provider_days SET state = 'proven' WHERE provider = ? AND day = ?",
  );
  const pay = database.prepare<[string, string, bigint]>(
    "UPDATE provider_days SET state = 'settled', reward_micro = ? WHERE provider = ? AND day = ?",
  );
  // A claim that was not opened is settled with its day, and there is one open claim of a provider at most.
  const miss = database.prepare<[string]>(
    "UPDATE provider_days SET state = 'missed' WHERE provider = ? AND state = 'claimed'",
  );
  const newest = database.prepare<[string, number], Row>(
    `SELECT provider, day, weight, state, reward_micro AS rewardMicro FROM provider_days
     WHERE provider = ? ORDER BY day DESC LIMIT ?`,
  );
  return {
    onChainEvent({ type, attributes }: ChainEvent): void {
      if (!type.startsWith('provider.') || attributes['provider'] === undefined) return;
      const provider = addressToText(hexToBytes(attributes['provider']));
      const day = BigInt(attributes['day'] ?? '0');
      if (type === 'provider.claimed') claim.run(provider, day, attributes['weight'] ?? '0');
      else if (type === 'provider.proven') prove.run(provider, day);
      else if (type === 'provider.rewarded') pay.run(attributes['amountMicro'] ?? '0', provider, day);
      else if (type === 'provider.slashed') miss.run(provider);
    },
    /** The newest first. */
    of: (provider: string, limit: number): readonly ProviderDay[] =>
      newest.all(provider, limit).map(({ weight, rewardMicro, ...row }) => ({
        ...row,
        weight: BigInt(weight),
        ...(rewardMicro === null ? {} : { rewardMicro: BigInt(rewardMicro) }),
      })),
  };
}
