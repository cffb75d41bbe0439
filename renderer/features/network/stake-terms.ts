// What may be done with stake, decided before it is sent: amounts within what is there, and what will come of them.

import type { StakeView } from '../../../node-core/api/index.ts';

export type StakeAct = 'delegate' | 'redelegate' | 'undelegate';
export type StakeProblem = 'amount' | 'small' | 'funds' | 'held';

/** What a person has in mind: how much, from whom (where it lies already), to whom (where it goes to somebody). */
export type StakeMove = {
  readonly act: StakeAct;
  readonly amountMicro: bigint | undefined;
  readonly from: string | undefined;
};

/** Smaller delegations are refused by the chain. */
const DELEGATE_MICRO_MIN = 1_000_000n;
/** Left over for the fees of taking it back. */
const FEES_MICRO = 100_000n;

/** What lies with a validator. */
export function heldWith(stake: Pick<StakeView, 'delegations'>, operator: string | undefined): bigint {
  return stake.delegations.find((one) => one.operator === operator)?.amountMicro ?? 0n;
}

/** Undefined where the amount will do. */
export function stakeProblem(
  { act, amountMicro, from }: StakeMove,
  stake: Pick<StakeView, 'availableMicro' | 'delegations'>,
): StakeProblem | undefined {
  if (amountMicro === undefined || amountMicro <= 0n) return 'amount';
  if (act !== 'delegate' && amountMicro > heldWith(stake, from)) return 'held';
  if (act !== 'undelegate' && amountMicro < DELEGATE_MICRO_MIN) return 'small';
  const isShort = act === 'delegate' && amountMicro + FEES_MICRO > stake.availableMicro;
  return isShort ? 'funds' : undefined;
}
