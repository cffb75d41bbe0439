// The validators of genesis and their first set.

import { assert, equalBytes } from '../../../base/index.ts';
import type { State } from '../../state.ts';
import type { GenesisStake } from '../../types.ts';
import { bondStake } from './delegations.ts';
import { initialiseSet } from './election.ts';
import { MICRO_PER_POWER } from './shares.ts';
import { claimKey, putValidator, validatorOf } from './store.ts';

const NO_COMMISSION = { basisPoints: 0, basisPointsMax: 10_000, dailyRiseBasisPointsMax: 100 };

/** @throws Error where an operator is named twice or cannot pay its stake: such a chain does not begin. */
export function initialiseStakes(state: State, timeS: bigint, stakes: readonly GenesisStake[]): void {
  for (const { operator, key, name, stakeMicro, commission = NO_COMMISSION } of stakes) {
    assert(validatorOf(state, operator) === undefined, 'an operator has one validator');
    assert(
      !stakes.some((other) => other.key !== key && equalBytes(other.key.bytes, key.bytes)),
      'keys differ',
    );
    claimKey(state, operator, key);
    state.addToList('validators', operator);
    putValidator(state, operator, {
      v: 1,
      name,
      key,
      rotatedS: 0n,
      commission: { ...commission, changedS: timeS },
      selfMicroMin: state.params().staking.selfMicroMin,
      stakeMicro: 0n,
      shares: 0n,
      stakedHeight: 0n,
      jailed: false,
      jailedUntilS: 0n,
      tombstoned: false,
      createdHeight: 0n,
    });
    const bonded = bondStake({ state, height: 0n, emit: () => undefined }, operator, operator, stakeMicro);
    assert(bonded.ok, 'an operator of genesis holds its stake');
  }
  const members = stakes.map(({ operator, key, stakeMicro }) => ({
    operator,
    key,
    power: stakeMicro / MICRO_PER_POWER,
    stakeMicro,
    stakeHeight: 0n,
  }));
  initialiseSet(state, timeS, members);
}
