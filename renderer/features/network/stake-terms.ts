// What may be done with stake, decided before it is sent: amounts within what is there, and what will come of them.

import type { StakeView } from '../../../node-core/api/index.ts';

export type StakeAct = 'delegate' | 'undelegate';
export type StakeProblem = 'amount' | 'small' | 'funds' | 'held';

/** Smaller delegations are refused by the chain. */
const DELEGATE_MICRO_MIN = 1_000_000n;
/** Left over for the fees of taking it back. */
const FEES_MICRO = 100_000n;

/** Undefined where the amount will do. */
export function stakeProblem(
  act: StakeAct,
  amountMicro: bigint | undefined,
  stake: Pick<StakeView, 'availableMicro' | 'delegations'>,
  operator: string,
): StakeProblem | undefined {
  if (amountMicro === undefined || amountMicro <= 0n) return 'amount';
  if (act === 'undelegate') {
    const held = stake.delegations.find((one) => one.operator === operator)?.amountMicro ?? 0n;
    return amountMicro > held ? 'held' : undefined;
  }
  if (amountMicro < DELEGATE_MICRO_MIN) return 'small';
  return amountMicro + FEES_MICRO > stake.availableMicro ? 'funds' : undefined;
}
