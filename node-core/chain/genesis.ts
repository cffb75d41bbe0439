// The first state of a chain, from its genesis document.

import type { Bytes } from '../base/index.ts';
import { assert, bytesToHex, TOKENS, type Token } from '../base/index.ts';
import { consensusAddress, type Validator } from '../comet/index.ts';
import { epochKey, supplyKey } from './keys.ts';
import {
  addParadigm,
  brokenRule,
  grantNames,
  initialiseStakes,
  lockAccount,
  MICRO_PER_POWER,
  POOLS,
} from './modules/index.ts';
import {
  DEFAULT_PARAMS,
  EMPTY_ACCOUNT,
  type EpochState,
  StakingParams,
  SUPPLY_MICRO_MAX,
  type SupplyState,
} from './records.ts';
import type { State } from './state.ts';
import type { Genesis, GenesisStake } from './types.ts';

/** @throws Error for a genesis that is no genesis: a chain cannot begin from it, and nothing was begun. */
export function initialiseState(state: State, genesis: Genesis): void {
  assert(genesis.chainId.length >= 1 && genesis.chainId.length <= 50, 'a chain id has 1 to 50 characters');
  const staking = StakingParams.safeParse({ ...DEFAULT_PARAMS.staking, ...genesis.params?.staking });
  assert(
    staking.success && brokenRule(staking.data) === undefined,
    'the staking parameters keep their rules',
  );
  const elected = genesis.stakes !== undefined && genesis.fixedSet !== true;
  state.putParams({
    v: 1,
    ...DEFAULT_PARAMS,
    ...genesis.params,
    staking: staking.data,
    elected,
    chainId: genesis.chainId,
    council: genesis.council,
    treasury: genesis.treasury,
  });
  for (const pool of Object.values(POOLS)) state.putAccount(pool, { ...EMPTY_ACCOUNT, kind: 'contract' });
  fundAccounts(state, genesis);
  initialiseStakes(state, genesis.time.seconds, stakesOf(genesis));
  const endsHeight = BigInt(staking.data.epochBlocks);
  const epoch: EpochState = { v: 1, number: 0n, startedS: genesis.time.seconds, endsHeight };
  state.write(epochKey(), epoch);
  grantNames(state, genesis.names ?? [], genesis.time.seconds);
  for (const { document, author } of genesis.paradigms) {
    const added = addParadigm(state, document, author, { height: 0n, timeS: genesis.time.seconds });
    assert(added.ok, 'a genesis paradigm is valid and listed once');
  }
}

/** Issues the balances, all that there will ever be of them, and locks what is locked. */
function fundAccounts(state: State, genesis: Genesis): void {
  const totalMicro = Object.fromEntries(TOKENS.map((token) => [token, 0n])) as Record<Token, bigint>;
  for (const account of genesis.accounts) {
    const balances: Record<Token, bigint> = { ...state.account(account.address).balances };
    for (const [name, amountMicro] of Object.entries(account.balances)) {
      const token = TOKENS.find((known) => known === name);
      assert(
        token !== undefined && amountMicro >= 0n,
        'a genesis balance is of a known token and not negative',
      );
      balances[token] += amountMicro;
      totalMicro[token] += amountMicro;
    }
    state.putAccount(account.address, { ...EMPTY_ACCOUNT, balances });
  }
  // Stake that nobody brought is issued with the powers of the set.
  for (const { address, amountMicro } of genesis.stakes === undefined ? keylessStakes(genesis) : []) {
    const account = state.account(address);
    state.putAccount(address, {
      ...account,
      kind: 'contract',
      balances: { ...account.balances, DPN: account.balances.DPN + amountMicro },
    });
    totalMicro.DPN += amountMicro;
  }
  for (const token of TOKENS) {
    assert(totalMicro[token] <= SUPPLY_MICRO_MAX[token], 'no more is issued than there may be of a token');
  }
  state.write(supplyKey(), { v: 1, totalMicro, burntMicro: 0n } satisfies SupplyState);
  for (const { address, locks } of genesis.accounts) {
    if (locks !== undefined) lockAccount(state, address, locks, genesis.time.seconds);
  }
}

const keylessStakes = (genesis: Genesis) =>
  genesis.validators.map(({ key, power }) => ({
    address: consensusAddress(key),
    amountMicro: power * MICRO_PER_POWER,
  }));

function stakesOf(genesis: Genesis): readonly GenesisStake[] {
  assert(genesis.validators.length > 0, 'a chain has a validator');
  const stakes = genesis.stakes ?? genesis.validators.map(keylessStake);
  const powers = new Map(genesis.validators.map(({ key, power }) => [nameOf(key.bytes), power]));
  assert(stakes.length === genesis.validators.length && powers.size === stakes.length, 'a key is used once');
  for (const { key, stakeMicro } of stakes) {
    assert(
      powers.get(nameOf(key.bytes)) === stakeMicro / MICRO_PER_POWER && stakeMicro >= MICRO_PER_POWER,
      'a validator of genesis has the power of its stake',
    );
  }
  return stakes;
}

const nameOf = (key: Bytes) => bytesToHex(key);

/** The operator is the address of the consensus key, which no account key has: this stake can never be moved. */
const keylessStake = ({ key, power }: Validator): GenesisStake => ({
  operator: consensusAddress(key),
  key,
  name: 'genesis',
  stakeMicro: power * MICRO_PER_POWER,
});
