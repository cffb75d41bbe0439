import { expect, it } from 'vitest';
import { parseAmount } from '../../ui/format.ts';
import { choosePositions } from './backup-positions.ts';
import { checkSend, type SendDraft } from './send-terms.ts';

const account = {
  address: '0x00000000000000000000000000000000000000Aa',
  balances: { DPN: 5_000_000n, '3DP': 0n, DIMT: 0n, ITC: 0n },
};
const other = '0x00000000000000000000000000000000000000bb';
const check = (draft: Partial<SendDraft>) =>
  checkSend({ to: other, token: 'DPN', amount: '1', ...draft }, account, (text) => parseAmount(text, 'en'));

it('accepts up to the whole balance', () => {
  expect(check({ amount: '5' }).terms).toEqual({ to: other, token: 'DPN', amountMicro: 5_000_000n });
  expect(check({ amount: '5.000001' }).problems).toEqual({ amount: 'amount-too-much' });
});

it.each([
  [{ to: '' }, { to: 'address-missing' }],
  [{ to: '0x12' }, { to: 'address-malformed' }],
  [{ to: '0x00000000000000000000000000000000000000aA' }, { to: 'address-self' }],
  [{ amount: '0' }, { amount: 'amount-zero' }],
  [{ amount: 'all' }, { amount: 'amount-malformed' }],
  [{ token: '3DP' as const }, { amount: 'amount-too-much' }],
])('refuses %j', (draft, problems) => {
  expect(check(draft)).toEqual({ terms: undefined, problems });
});

it('asks three different words in writing order, whatever the dice say', () => {
  for (let seed = 0; seed < 200; seed++) {
    let state = seed;
    const positions = choosePositions(12, (limit) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state % limit;
    });
    expect(new Set(positions).size).toBe(3);
    expect([...positions].sort((a, b) => a - b)).toEqual(positions);
    expect(positions.every((position) => position >= 0 && position < 12)).toBe(true);
  }
});
