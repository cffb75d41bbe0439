// The first state of a chain, from its genesis document.

import { assert, TOKENS, type Token } from '../base/index.ts';
import { addParadigm } from './modules/index.ts';
import { DEFAULT_PARAMS, EMPTY_ACCOUNT } from './records.ts';
import type { State } from './state.ts';
import type { Genesis } from './types.ts';

/** @throws Error for a genesis that is no genesis: a chain cannot begin from it, and nothing was begun. */
export function initialiseState(state: State, genesis: Genesis): void {
  assert(genesis.chainId.length >= 1 && genesis.chainId.length <= 50, 'a chain id has 1 to 50 characters');
  state.putParams({
    v: 1,
    ...DEFAULT_PARAMS,
    ...genesis.params,
    chainId: genesis.chainId,
    council: genesis.council,
    treasury: genesis.treasury,
  });
  for (const account of genesis.accounts) {
    const balances: Record<Token, bigint> = { ...state.account(account.address).balances };
    for (const [name, amountMicro] of Object.entries(account.balances)) {
      const token = TOKENS.find((known) => known === name);
      assert(
        token !== undefined && amountMicro >= 0n,
        'a genesis balance is of a known token and not negative',
      );
      balances[token] += amountMicro;
    }
    state.putAccount(account.address, { ...EMPTY_ACCOUNT, balances });
  }
  for (const { document, author } of genesis.paradigms) {
    const added = addParadigm(state, document, author, { height: 0n, timeS: genesis.time.seconds });
    assert(added.ok, 'a genesis paradigm is valid and listed once');
  }
}
