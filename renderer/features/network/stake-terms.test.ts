import { describe, expect, it } from 'vitest';
import { heldWith, stakeProblem } from './stake-terms.ts';

const OPERATOR = '0x1';
const stake = {
  availableMicro: 10_000_000n,
  delegations: [{ operator: OPERATOR, name: 'First', amountMicro: 3_000_000n, rewardsMicro: 0n }],
};

describe('an amount of stake', () => {
  it.each([
    ['delegate', 5_000_000n, undefined],
    ['delegate', 9_900_000n, undefined],
    ['delegate', 9_900_001n, 'funds'],
    ['delegate', 999_999n, 'small'],
    ['delegate', 0n, 'amount'],
    ['delegate', undefined, 'amount'],
    ['redelegate', 3_000_000n, undefined],
    ['redelegate', 1_000_000n, undefined],
    ['redelegate', 999_999n, 'small'],
    ['redelegate', 3_000_001n, 'held'],
    ['undelegate', 3_000_000n, undefined],
    ['undelegate', 1n, undefined],
    ['undelegate', 3_000_001n, 'held'],
    ['undelegate', -1n, 'amount'],
  ] as const)('%s %s: %s', (act, amountMicro, problem) => {
    expect(stakeProblem({ act, amountMicro, from: OPERATOR }, stake)).toBe(problem);
  });

  it('is nothing at a validator that holds none of it', () => {
    expect(heldWith(stake, '0x2')).toBe(0n);
    expect(stakeProblem({ act: 'undelegate', amountMicro: 1n, from: '0x2' }, stake)).toBe('held');
  });
});
