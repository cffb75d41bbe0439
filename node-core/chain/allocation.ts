// What the design publishes about the four tokens at genesis, as accounts. DPN: half to the sale, a tenth to the team,
// locked for a year, the rest to the community. 3DP: nothing, it is earned by printing under its cap. DIMT: what ten years
// of the daily reward can take is made as it is earned; the rest, and all ITC, is the community's to give out, since the
// papers divide neither.

import type { Address } from '../identity/keys.ts';
import { DEFAULT_PROVIDERS, SUPPLY_MICRO_MAX } from './records.ts';
import type { GenesisAccount } from './types.ts';

/** The daily reward of service providers, for ten years. */
export const PROVIDER_BUDGET_MICRO = DEFAULT_PROVIDERS.dailyMicro * 3650n;
export const TEAM_LOCK_S = 365n * 86_400n;

export type Holders = { readonly sale: Address; readonly team: Address; readonly community: Address };

export function publishedAccounts(holders: Holders, genesisS: bigint): readonly GenesisAccount[] {
  const dpn = SUPPLY_MICRO_MAX.DPN;
  const teamMicro = dpn / 10n;
  const freeS = genesisS + TEAM_LOCK_S;
  const { DIMT, ITC } = SUPPLY_MICRO_MAX;
  return [
    { address: holders.sale, balances: { DPN: dpn / 2n } },
    {
      address: holders.team,
      balances: { DPN: teamMicro },
      locks: [{ token: 'DPN', amountMicro: teamMicro, startS: genesisS, cliffS: freeS, endS: freeS }],
    },
    {
      address: holders.community,
      balances: { DPN: dpn - dpn / 2n - teamMicro, DIMT: DIMT - PROVIDER_BUDGET_MICRO, ITC },
    },
  ];
}
