// The genesis of a new network: who holds the first money. The keys of those accounts are made here and written beside
// the network for its founder, who takes them away to a safe place.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bytes, Random } from '../../base/index.ts';
import { bytesToHex, unwrap } from '../../base/index.ts';
import type { Genesis, GenesisAccount } from '../../chain/index.ts';
import type { Validator } from '../../comet/index.ts';
import { msToTime } from '../../comet/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { addressToText, createKeyPair } from '../../identity/index.ts';
import { encodeParadigm } from '../../paradigm/index.ts';
import { readAsset } from '../adapters/assets.ts';
import { createConsensusSecret } from './keys.ts';

const MICRO = 1_000_000n;
/** design: 100 000 000 000 DPN, of which 50 % sale, 10 % team, 40 % community. */
const SHARES_MICRO = {
  sale: 50_000_000_000n * MICRO,
  team: 10_000_000_000n * MICRO,
  community: 40_000_000_000n * MICRO,
} as const;

export const FOUNDERS = ['sale', 'team', 'community', 'council', 'treasury', 'author'] as const;
export type Founder = (typeof FOUNDERS)[number];
export type FounderKeys = Readonly<Record<Founder, KeyPair>>;

export function createFounderKeys(random: Random): FounderKeys {
  const key = () => createKeyPair(createConsensusSecret('secp256k1', random).secretKey);
  return Object.fromEntries(FOUNDERS.map((name) => [name, key()])) as FounderKeys;
}

export type GenesisPlan = {
  readonly chainId: string;
  readonly nowMs: number;
  readonly founders: FounderKeys;
  readonly validators: readonly Validator[];
  /** Further accounts, paid from the community's share. */
  readonly funded?: readonly { readonly address: Bytes; readonly amountMicro: bigint }[];
};

export function createNetworkGenesis(plan: GenesisPlan): Genesis {
  const { founders, funded = [] } = plan;
  const document = unwrap(encodeParadigm(new TextDecoder().decode(readAsset('paradigms', 'normal.json'))));
  const given = funded.reduce((sum, { amountMicro }) => sum + amountMicro, 0n);
  const account = (address: Bytes, amountMicro: bigint): GenesisAccount => ({
    address,
    balances: { DPN: amountMicro },
  });
  return {
    chainId: plan.chainId,
    time: msToTime(plan.nowMs),
    validators: plan.validators,
    accounts: [
      account(founders.sale.address, SHARES_MICRO.sale),
      account(founders.team.address, SHARES_MICRO.team),
      account(founders.community.address, SHARES_MICRO.community - given),
      ...funded.map(({ address, amountMicro }) => account(address, amountMicro)),
    ],
    council: founders.council.address,
    treasury: founders.treasury.address,
    paradigms: [{ document, author: founders.author.address }],
  };
}

/** Secrets of the founders' accounts, readable by their owner alone. @throws where the file exists already. */
export function writeFounderKeys(folder: string, keys: FounderKeys): string {
  const path = join(folder, 'founders.json');
  const entries = FOUNDERS.map((name): [string, { address: string; secretKey: string }] => [
    name,
    { address: addressToText(keys[name].address), secretKey: bytesToHex(keys[name].secretKey) },
  ]);
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`, {
    mode: 0o600,
    flag: 'wx',
  });
  return path;
}
