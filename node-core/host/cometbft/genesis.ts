// The genesis of a new network: who holds the first money. The keys of those accounts are made here and written beside
// the network for its founder, who takes them away to a safe place.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bytes, Random } from '../../base/index.ts';
import { assert, bytesToHex, equalBytes, unwrap } from '../../base/index.ts';
import type { Genesis, GenesisAccount } from '../../chain/index.ts';
import { publishedAccounts } from '../../chain/index.ts';
import type { Validator } from '../../comet/index.ts';
import { msToTime } from '../../comet/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { addressToText, createKeyPair } from '../../identity/index.ts';
import { encodeParadigm } from '../../paradigm/index.ts';
import { assetNames, readAsset } from '../adapters/assets.ts';
import { createConsensusSecret } from './keys.ts';

/** Stake behind each validator of a new network: one power for each DPN. */
export const FIRST_POWER = 1_000_000n;
const MICRO_PER_DPN = 1_000_000n;
/** What an operator has besides, for fees and for more stake. */
const OPERATOR_FREE_MICRO = 100_000n * MICRO_PER_DPN;

const FOUNDERS = ['sale', 'team', 'community', 'council', 'treasury', 'author'] as const;
export type Founder = (typeof FOUNDERS)[number];
/** One operator for each validator: the account whose stake and commission it is. */
export type FounderKeys = Readonly<Record<Founder, KeyPair>> & { readonly operators: readonly KeyPair[] };

export function createFounderKeys(random: Random, validators: number): FounderKeys {
  const key = () => createKeyPair(createConsensusSecret('secp256k1', random).secretKey);
  const named = Object.fromEntries(FOUNDERS.map((name) => [name, key()])) as Record<Founder, KeyPair>;
  return { ...named, operators: Array.from({ length: validators }, key) };
}

export type GenesisPlan = {
  readonly chainId: string;
  readonly nowMs: number;
  readonly founders: FounderKeys;
  readonly validators: readonly Validator[];
  /** Further accounts, paid from the community's share. */
  readonly funded?: readonly Funding[];
  readonly params?: Genesis['params'];
};

export type Funding = { readonly address: Bytes; readonly amountMicro: bigint };

export function createNetworkGenesis(plan: GenesisPlan): Genesis {
  const { founders, validators } = plan;
  const time = msToTime(plan.nowMs);
  const operators = validators.map((_, index) => operatorOf(founders, index));
  const stakes = validators.map(({ key, power }, index) => ({
    operator: operatorOf(founders, index),
    key,
    name: `Validator ${index}`,
    stakeMicro: power * MICRO_PER_DPN,
  }));
  const funded = [
    ...operators.map((address, index) => ({
      address,
      amountMicro: (stakes[index]?.stakeMicro ?? 0n) + OPERATOR_FREE_MICRO,
    })),
    ...(plan.funded ?? []),
  ];
  return {
    chainId: plan.chainId,
    time,
    validators,
    stakes,
    accounts: accountsOf(founders, time.seconds, funded),
    council: founders.council.address,
    treasury: founders.treasury.address,
    paradigms: shippedParadigms().map((document) => ({ document, author: founders.author.address })),
    ...(plan.params === undefined ? {} : { params: plan.params }),
  };
}

/** Every document that ships with the console, that of orders first: consoles take the first for their own. */
function shippedParadigms(): readonly Bytes[] {
  const rest = assetNames('paradigms').filter(
    (name) => /\.(json|yaml)$/.test(name) && !/schema|^normal\./.test(name),
  );
  return ['normal.json', ...rest.sort()].map((name) =>
    unwrap(encodeParadigm(new TextDecoder().decode(readAsset('paradigms', name)))),
  );
}

function operatorOf(founders: FounderKeys, index: number): Bytes {
  const operator = founders.operators[index];
  assert(operator !== undefined, 'each validator has an operator');
  return operator.address;
}

/** The published shares; those who are funded besides have it from the community's. */
function accountsOf(founders: FounderKeys, timeS: bigint, funded: readonly Funding[]): GenesisAccount[] {
  const { sale, team, community } = founders;
  const holders = { sale: sale.address, team: team.address, community: community.address };
  const givenMicro = funded.reduce((sum, { amountMicro }) => sum + amountMicro, 0n);
  const published = publishedAccounts(holders, timeS).map((account): GenesisAccount => {
    if (!equalBytes(account.address, holders.community)) return account;
    const { DPN = 0n } = account.balances;
    return { ...account, balances: { ...account.balances, DPN: DPN - givenMicro } };
  });
  return [
    ...published,
    ...funded.map(({ address, amountMicro }) => ({ address, balances: { DPN: amountMicro } })),
  ];
}

/** Secrets of the founders' accounts, readable by their owner alone. @throws where the file exists already. */
export function writeFounderKeys(folder: string, keys: FounderKeys): string {
  const path = join(folder, 'founders.json');
  const entry = ({ address, secretKey }: KeyPair) => ({
    address: addressToText(address),
    secretKey: bytesToHex(secretKey),
  });
  const named = FOUNDERS.map((name) => [name, entry(keys[name])] as const);
  const operators = keys.operators.map((key, index) => [`operator${index}`, entry(key)] as const);
  const entries = [...named, ...operators];
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`, {
    mode: 0o600,
    flag: 'wx',
  });
  return path;
}
