// Staking as its users see it: becoming a validator, delegating, what it earns, taking it back, moving it. After every
// test the books are added up.

import { afterEach, describe, expect, test } from 'vitest';
import { bytesToHex } from '../../../base/index.ts';
import { setRangeKey, validatorSetKey } from '../../keys.ts';
import type { Message } from '../../messages.ts';
import { SetRangeState, ValidatorSetState } from '../../records.ts';
import { auditStakes, believedSet } from '../../testing/stake-audit.ts';
import * as stake from '../../testing/stake-world.ts';
import { codeOf, createMessage, DPN, type StakeWorld } from '../../testing/stake-world.ts';
import { FEE_MICRO } from '../../testing/world.ts';
import { POOLS } from '../pools.ts';
import { owedMicro, rewardsOf } from './rewards.ts';
import { delegationOf, redelegationsOf, unbondingsOf, validatorOf } from './store.ts';

const PEOPLE = ['ann', 'bob', 'cid', 'council', 'treasury'] as const;
const DAY_S = 86_400n;
let world: StakeWorld;

function begin(
  validators: Readonly<Record<string, bigint>> = { va: 100n, vb: 100n },
  staking = {},
): StakeWorld {
  world = stake.createStakeWorld({ validators, people: PEOPLE, staking });
  return world;
}

const state = () => world.app.read();
const balance = (name: string) => state().account(stake.addressOf(name)).balances.DPN;
const validator = (name: string) => validatorOf(state(), stake.addressOf(name));
const powers = () =>
  Object.fromEntries(believedSet(state()).map(({ key, power }) => [nameOf(key.bytes), power]));
const nameOf = (bytes: Uint8Array) =>
  ['va', 'vb', 'vc', 'ann', 'bob', 'va again'].find(
    (name) => bytesToHex(stake.consensusKeyOf(name).bytes) === bytesToHex(bytes),
  ) ?? '?';
const run = (from: string, message: Message) => codeOf(world.run(from, message));

afterEach(() => {
  const everybody = ['va', 'vb', 'vc', ...PEOPLE].map(stake.addressOf);
  auditStakes(state(), everybody);
});

describe('genesis', () => {
  test('operators are staked from their own balances; the set is theirs, one power for a DPN', () => {
    begin({ va: 30n, vb: 20n });
    expect(validator('va')).toMatchObject({ stakeMicro: 30n * DPN, shares: 30n * DPN, jailed: false });
    expect(balance('va')).toBe(1_000n * DPN);
    expect(powers()).toEqual({ va: 30n, vb: 20n });
    expect(state().listOf('delegations-of', stake.addressOf('va'))).toEqual([stake.addressOf('va')]);
  });

  test('what is no genesis begins no chain', () => {
    const good = stake.genesisOf({ validators: { va: 30n } });
    const refuse = (genesis: typeof good, why: RegExp) =>
      expect(() => stake.createStakeWorld({ validators: {}, genesis })).toThrow(why);
    refuse({ ...good, validators: [{ key: stake.consensusKeyOf('va'), power: 31n }] }, /power of its stake/);
    refuse({ ...good, accounts: [] }, /holds its stake/);
    refuse({ ...good, validators: [], stakes: [] }, /has a validator/);
    refuse({ ...good, params: { staking: { unbondingS: 3 * 86_400 } } }, /keep their rules/);
    refuse(
      {
        ...good,
        accounts: [...good.accounts, { address: stake.addressOf('x'), balances: { ITC: 10n ** 17n } }],
      },
      /no more is issued/,
    );
  });
});

describe('becoming a validator', () => {
  test('needs the key, own stake, and sane terms; and is effective from the end of the epoch', () => {
    begin({ va: 100n, vb: 100n }, { epochBlocks: 20 });
    const refused: readonly (readonly [Message, string])[] = [
      [createMessage('ann', 50n, { proof: stake.proofOf('ann', 'bob') }), 'chain.staking.proof'],
      [createMessage('ann', 50n, { proof: stake.proofOf('bob', 'ann') }), 'chain.staking.proof'],
      [
        createMessage('ann', 50n, { key: stake.consensusKeyOf('va'), proof: stake.proofOf('va', 'ann') }),
        'chain.staking.key-taken',
      ],
      [createMessage('ann', 50n, { commission: terms(2_001, 2_000, 10) }), 'chain.staking.commission'],
      [createMessage('ann', 50n, { commission: terms(10, 20, 21) }), 'chain.staking.commission'],
      [createMessage('ann', 50n, { selfMicroMin: DPN - 1n }), 'chain.staking.self-low'],
      [createMessage('ann', 50n, { selfMicroMin: 51n * DPN }), 'chain.staking.self-low'],
      [createMessage('ann', 5_000n), 'chain.bank.unaffordable'],
    ];
    for (const [message, code] of refused) expect([code, run('ann', message)]).toEqual([code, code]);
    expect(state().indexLength('validators')).toBe(2n);
    expect(run('ann', createMessage('ann', 50n))).toBe('done');
    expect(run('ann', createMessage('ann', 50n))).toBe('chain.staking.exists');
    expect(powers()).toEqual({ va: 100n, vb: 100n });
    const { validatorUpdates } = world.endEpoch();
    expect(validatorUpdates).toEqual([{ key: stake.consensusKeyOf('ann'), power: 50n }]);
    expect(powers()).toEqual({ va: 100n, vb: 100n, ann: 50n });
  });

  const terms = (basisPoints: number, basisPointsMax: number, dailyRiseBasisPointsMax: number) => ({
    basisPoints,
    basisPointsMax,
    dailyRiseBasisPointsMax,
  });

  test('the commission rises by so much a day, up to its maximum, and falls as its operator likes', () => {
    begin();
    expect(run('ann', createMessage('ann', 50n))).toBe('done');
    const edit = (commissionBasisPoints: number, selfMicroMin = DPN): Message => ({
      type: 'staking.edit',
      name: 'Ann',
      commissionBasisPoints,
      selfMicroMin,
    });
    expect(run('ann', edit(1_050))).toBe('chain.staking.commission');
    world.block({ afterS: DAY_S });
    expect(run('ann', edit(1_101))).toBe('chain.staking.commission');
    expect(run('ann', edit(1_100))).toBe('done');
    expect(run('ann', edit(1_101))).toBe('chain.staking.commission');
    world.block({ afterS: DAY_S });
    expect(run('ann', edit(0, 2n * DPN))).toBe('done');
    expect(run('ann', edit(0, DPN))).toBe('chain.staking.self-low');
    expect(run('ann', edit(0, 51n * DPN))).toBe('chain.staking.self-low');
    expect(run('bob', edit(0))).toBe('chain.staking.unknown');
    expect(validator('ann')).toMatchObject({ name: 'Ann', commission: { basisPoints: 0 } });
  });

  test('whoever takes back its own stake is jailed; with nothing left the validator is gone, not its key', () => {
    begin();
    run('ann', createMessage('ann', 50n, { selfMicroMin: 20n * DPN }));
    run('bob', stake.delegateMessage('ann', 10n));
    expect(run('ann', stake.undelegateMessage('ann', 30n))).toBe('done');
    expect(validator('ann')).toMatchObject({ jailed: false });
    expect(run('ann', stake.undelegateMessage('ann', 1n))).toBe('done');
    expect(validator('ann')).toMatchObject({ jailed: true, tombstoned: false });
    expect(run('ann', { type: 'staking.unjail' })).toBe('chain.staking.self-low');
    expect(run('ann', stake.delegateMessage('ann', 1n))).toBe('done');
    expect(run('ann', { type: 'staking.unjail' })).toBe('done');
    expect(run('ann', { type: 'staking.unjail' })).toBe('chain.staking.not-jailed');
    expect(run('ann', stake.undelegateMessage('ann', 20n))).toBe('done');
    expect(run('bob', stake.undelegateMessage('ann', 10n))).toBe('done');
    expect(validator('ann')).toBeUndefined();
    expect(state().indexLength('validators')).toBe(2n);
    expect(run('ann', createMessage('ann', 50n))).toBe('chain.staking.key-taken');
  });
});

describe('delegating', () => {
  test('moves money into the pool and power to the validator at the end of the epoch', () => {
    begin();
    expect(run('ann', stake.delegateMessage('va', 40n))).toBe('done');
    expect(balance('ann')).toBe(960n * DPN - FEE_MICRO);
    expect(state().account(POOLS.stake).balances.DPN).toBe(240n * DPN);
    expect(powers()).toEqual({ va: 100n, vb: 100n });
    world.endEpoch();
    expect(powers()).toEqual({ va: 140n, vb: 100n });
    expect(state().listOf('delegators-of', stake.addressOf('va'))).toEqual(
      ['va', 'ann'].map((name) => stake.addressOf(name)),
    );
  });

  test('refusals name what is wrong and take nothing', () => {
    begin();
    const tiny: Message = {
      type: 'staking.delegate',
      validator: stake.addressOf('va'),
      amountMicro: DPN - 1n,
    };
    expect(run('ann', tiny)).toBe('chain.staking.small');
    expect(run('ann', stake.delegateMessage('cid', 5n))).toBe('chain.staking.unknown');
    expect(run('ann', stake.delegateMessage('va', 1_001n))).toBe('chain.bank.unaffordable');
    expect(run('ann', stake.undelegateMessage('va', 1n))).toBe('chain.staking.too-much');
    expect(run('ann', stake.withdrawMessage('va'))).toBe('chain.staking.no-delegation');
    expect(balance('ann')).toBe(1_000n * DPN - 5n * FEE_MICRO);
  });

  test('nobody sends money to the pools: it would be lost in them', () => {
    begin();
    for (const to of Object.values(POOLS)) {
      const send: Message = { type: 'bank.send', to, token: 'DPN', amountMicro: 1n };
      expect(run('ann', send)).toBe('chain.bank.keyless');
    }
  });
});

describe('taking back', () => {
  test('pays after the unbonding time, to the second, and earns nothing meanwhile', () => {
    begin();
    run('ann', stake.delegateMessage('va', 40n));
    expect(run('ann', stake.undelegateMessage('va', 30n))).toBe('done');
    const before = balance('ann');
    const [entry] = unbondingsOf(state(), stake.addressOf('ann'));
    expect(entry).toMatchObject({ amountMicro: 30n * DPN, completesS: world.nowS() + 21n * DAY_S });
    expect(world.app.nextDeadlineS()).toBe(entry?.completesS);
    world.block({ afterS: 21n * DAY_S - 1n });
    expect(balance('ann')).toBe(before);
    world.block({ afterS: 1n });
    expect(balance('ann')).toBe(before + 30n * DPN);
    expect(unbondingsOf(state(), stake.addressOf('ann'))).toEqual([]);
    expect(state().listOf('unbonding-from', stake.addressOf('va'))).toEqual([]);
    expect(world.app.nextDeadlineS()).toBeUndefined();
  });

  test('no more than the delegation is worth, and seven times at once with one validator', () => {
    begin();
    run('ann', stake.delegateMessage('va', 40n));
    expect(run('ann', stake.undelegateMessage('va', 41n))).toBe('chain.staking.too-much');
    for (let count = 0; count < 7; count++)
      expect(run('ann', stake.undelegateMessage('va', 1n))).toBe('done');
    expect(run('ann', stake.undelegateMessage('va', 1n))).toBe('chain.staking.entries');
    world.block({ afterS: 22n * DAY_S });
    expect(run('ann', stake.undelegateMessage('va', 33n))).toBe('done');
    expect(delegationOf(state(), stake.addressOf('ann'), stake.addressOf('va'))).toBeUndefined();
    expect(state().listOf('delegations-of', stake.addressOf('ann'))).toEqual([]);
  });
});

describe('moving stake', () => {
  test('works at once, but not onwards while it is liable for where it came from', () => {
    begin({ va: 100n, vb: 100n, vc: 100n });
    run('ann', stake.delegateMessage('va', 40n));
    expect(run('ann', stake.redelegateMessage('va', 'va', 10n))).toBe('chain.staking.same');
    expect(run('ann', stake.redelegateMessage('va', 'cid', 10n))).toBe('chain.staking.unknown');
    expect(run('ann', stake.redelegateMessage('va', 'vb', 41n))).toBe('chain.staking.too-much');
    expect(run('ann', stake.redelegateMessage('va', 'vb', 10n))).toBe('done');
    expect(validator('va')?.stakeMicro).toBe(130n * DPN);
    expect(validator('vb')?.stakeMicro).toBe(110n * DPN);
    expect(run('ann', stake.redelegateMessage('vb', 'vc', 5n))).toBe('chain.staking.hop');
    expect(run('ann', stake.redelegateMessage('va', 'vc', 5n))).toBe('done');
    expect(redelegationsOf(state(), stake.addressOf('ann'))).toHaveLength(2);
    world.block({ afterS: 21n * DAY_S });
    expect(redelegationsOf(state(), stake.addressOf('ann'))).toEqual([]);
    expect(state().listOf('redelegating-from', stake.addressOf('va'))).toEqual([]);
    expect(run('ann', stake.redelegateMessage('vb', 'vc', 5n))).toBe('done');
  });
});

describe('rewards', () => {
  // A block with one transaction has a fee of 1 000 000 here: 900 000 for validators, 100 000 for the treasury.
  const FEE = 1_000_000n;
  const pay = (absent: readonly string[] = []) => {
    const send: Message = {
      type: 'bank.send',
      to: stake.addressOf('council'),
      token: 'DPN',
      amountMicro: 1n,
    };
    return world.block({ txs: [world.tx('cid', send, { feeMicro: FEE })], absent });
  };
  const owed = (delegator: string, operator: string) => {
    const delegation = delegationOf(state(), stake.addressOf(delegator), stake.addressOf(operator));
    const rewards = rewardsOf(state(), stake.addressOf(operator));
    return delegation === undefined ? 0n : owedMicro(rewards, delegation);
  };
  const proposer = () => {
    const [first] = world.comet.setAt(world.height());
    return nameOf(first?.key.bytes ?? new Uint8Array());
  };

  test('5 % to the proposer, the rest by power to those who voted, a tenth to the treasury', () => {
    begin({ va: 300n, vb: 100n });
    world.block();
    const before = balance('treasury');
    pay();
    expect(proposer()).toBe('va');
    expect(owed('va', 'va')).toBe(45_000n + 641_250n);
    expect(owed('vb', 'vb')).toBe(213_750n);
    expect(balance('treasury')).toBe(before + 100_000n);
  });

  test('a proposer that leaves out votes gets less; what the absent would have had goes to the treasury', () => {
    begin({ va: 300n, vb: 100n });
    world.block();
    const before = balance('treasury');
    pay(['vb']);
    expect(owed('vb', 'vb')).toBe(0n);
    // Bonus 3/4 of 45 000, then 3/4 of the remaining 866 250. A fraction per share of it waits in the pool.
    expect(rewardsOf(state(), stake.addressOf('va')).delegatorsMicro).toBe(33_750n + 649_687n);
    expect(owed('va', 'va')).toBe(33_750n + 649_687n - 1n);
    expect(balance('treasury')).toBe(before + 100_000n + 900_000n - 683_437n);
  });

  test('the first block has no votes: its proposer has everything', () => {
    begin({ va: 300n, vb: 100n });
    pay();
    expect(owed('va', 'va')).toBe(900_000n);
  });

  test('a genesis validator that nobody has a key for earns nothing: the treasury has it all', () => {
    const { stakes: _stakes, ...genesis } = stake.genesisOf({ validators: { va: 100n }, people: PEOPLE });
    world = stake.createStakeWorld({ validators: {}, genesis });
    const before = balance('treasury');
    pay();
    expect(balance('treasury')).toBe(before + FEE);
    expect(state().account(POOLS.rewards).balances.DPN).toBe(0n);
    const operator = state().listOf('validators')[0] ?? new Uint8Array(20);
    expect(validatorOf(state(), operator)).toMatchObject({ stakeMicro: 100n * DPN });
    const toKeyless: Message = { type: 'bank.send', to: operator, token: 'DPN', amountMicro: 1n };
    expect(run('ann', toKeyless)).toBe('chain.bank.keyless');
  });

  test('delegators share by their part, less commission; late ones share only what came later', () => {
    begin({ va: 100n });
    expect(run('ann', createMessage('ann', 100n))).toBe('done');
    world.endEpoch();
    world.block();
    world.block();
    world.block();
    const [earlyAnn, earlyVa] = [owed('ann', 'ann'), owed('va', 'va')];
    pay();
    // Same power: each has half of the voters' 855 000; Ann keeps 10 % of hers before it is shared (with herself).
    const bonus = proposer() === 'ann' ? [45_000n, 0n] : [0n, 45_000n];
    const annGot = 427_500n + (bonus[0] ?? 0n);
    const { commissionMicro } = rewardsOf(state(), stake.addressOf('ann'));
    expect(owed('va', 'va') - earlyVa).toBe(427_500n + (bonus[1] ?? 0n));
    expect(owed('ann', 'ann') - earlyAnn + commissionMicro).toBeGreaterThanOrEqual(annGot);
    const late = owed('ann', 'ann');
    expect(run('bob', stake.delegateMessage('ann', 300n))).toBe('done');
    expect(owed('bob', 'ann')).toBeLessThan(FEE_MICRO);
    const [bobBefore, annBefore] = [owed('bob', 'ann'), owed('ann', 'ann')];
    expect(annBefore).toBeGreaterThanOrEqual(late);
    pay();
    const [bobGot, annShare] = [owed('bob', 'ann') - bobBefore, owed('ann', 'ann') - annBefore];
    expect(bobGot / 3n - annShare).toBeLessThanOrEqual(1n);
    expect(annShare - bobGot / 3n).toBeLessThanOrEqual(1n);
  });

  test('withdrawing pays exactly what was owed; operators get their commission with it', () => {
    begin({ va: 100n });
    run('ann', createMessage('ann', 100n));
    run('bob', stake.delegateMessage('ann', 100n));
    world.endEpoch();
    world.block();
    world.block();
    pay();
    const [owedBob, before] = [owed('bob', 'ann'), balance('bob')];
    expect(owedBob).toBeGreaterThan(0n);
    expect(run('bob', stake.withdrawMessage('ann'))).toBe('done');
    expect(balance('bob')).toBe(before + owedBob - FEE_MICRO);
    const { commissionMicro } = rewardsOf(state(), stake.addressOf('ann'));
    const [owedAnn, beforeAnn] = [owed('ann', 'ann'), balance('ann')];
    expect(run('ann', stake.withdrawMessage('ann'))).toBe('done');
    expect(balance('ann')).toBe(beforeAnn + owedAnn + commissionMicro - FEE_MICRO);
  });

  test('changing a delegation pays its rewards first; the last one out leaves the dust to the treasury', () => {
    begin({ va: 100n });
    run('ann', createMessage('ann', 7n));
    run('bob', stake.delegateMessage('ann', 3n));
    world.endEpoch();
    world.block();
    for (let count = 0; count < 4; count++) pay();
    const bob = owed('bob', 'ann');
    const before = balance('bob');
    run('bob', stake.delegateMessage('ann', 1n));
    expect(balance('bob')).toBe(before + bob - DPN - FEE_MICRO);
    pay();
    const [later, beforeLater] = [owed('bob', 'ann'), balance('bob')];
    expect(later).toBeGreaterThan(1_000n);
    run('bob', stake.undelegateMessage('ann', 1n));
    expect(balance('bob')).toBe(beforeLater + later - FEE_MICRO);
    pay();
    const [last, beforeLast] = [owed('bob', 'ann'), balance('bob')];
    run('bob', stake.redelegateMessage('ann', 'va', 1n));
    expect(balance('bob')).toBe(beforeLast + last - FEE_MICRO);
    expect(run('bob', stake.undelegateMessage('ann', 2n))).toBe('done');
    expect(run('ann', stake.undelegateMessage('ann', 7n))).toBe('done');
    expect(validator('ann')).toBeUndefined();
    expect(rewardsOf(state(), stake.addressOf('ann'))).toMatchObject({
      delegatorsMicro: 0n,
      commissionMicro: 0n,
    });
  });
});

describe('the key that signs', () => {
  const rotate = (keyName: string, operator = 'va'): Message => ({
    type: 'staking.rotate',
    key: stake.consensusKeyOf(keyName),
    proof: stake.proofOf(keyName, operator),
  });

  test('is replaced in one update at the end of the epoch, power and all', () => {
    begin({ va: 30n, vb: 100n });
    expect(run('ann', rotate('va again', 'ann'))).toBe('chain.staking.unknown');
    expect(run('va', rotate('va again', 'vb'))).toBe('chain.staking.proof');
    expect(run('va', rotate('vb'))).toBe('chain.staking.key-taken');
    expect(run('va', rotate('va again'))).toBe('done');
    expect(powers()).toEqual({ va: 30n, vb: 100n });
    const { validatorUpdates } = world.endEpoch();
    expect(validatorUpdates).toHaveLength(2);
    expect(powers()).toEqual({ 'va again': 30n, vb: 100n });
    expect(run('va', rotate('vc'))).toBe('chain.staking.rotate-soon');
    const againS = (validator('va')?.rotatedS ?? 0n) + 21n * DAY_S;
    const at = (timeS: bigint, keyName: string) =>
      codeOf(world.run('va', rotate(keyName), { afterS: timeS - world.nowS() }));
    expect(at(againS - 2n, 'va')).toBe('chain.staking.key-taken');
    expect(at(againS - 1n, 'vc')).toBe('chain.staking.rotate-soon');
    expect(at(againS, 'vc')).toBe('done');
  });

  test('waits where a third of the power would be replaced at once', () => {
    begin({ va: 100n, vb: 100n });
    expect(run('va', rotate('va again'))).toBe('done');
    world.endEpoch();
    expect(powers()).toEqual({ va: 100n, vb: 100n });
    expect(validator('va')?.key).toEqual(stake.consensusKeyOf('va again'));
  });
});

describe('elections', () => {
  test('those with the most stake are in; equal stake goes by address', () => {
    begin({ va: 100n, vb: 100n }, { validatorsMax: 3 });
    run('ann', createMessage('ann', 10n));
    run('bob', createMessage('bob', 10n));
    world.endEpoch();
    const first = bytesToHex(stake.addressOf('ann')) < bytesToHex(stake.addressOf('bob')) ? 'ann' : 'bob';
    const second = first === 'ann' ? 'bob' : 'ann';
    expect(powers()).toEqual({ va: 100n, vb: 100n, [first]: 10n });
    run('cid', stake.delegateMessage(second, 1n));
    world.endEpoch();
    expect(powers()).toEqual({ va: 100n, vb: 100n, [second]: 11n });
  });

  test('less than one DPN of stake is no power', () => {
    begin({ va: 100n, vb: 100n });
    run('ann', createMessage('ann', 2n));
    world.endEpoch();
    expect(powers()).toMatchObject({ ann: 2n });
    const rest: Message = {
      type: 'staking.undelegate',
      validator: stake.addressOf('ann'),
      amountMicro: 2n * DPN - 999_999n,
    };
    expect(run('ann', rest)).toBe('done');
    world.endEpoch();
    expect(powers()).toEqual({ va: 100n, vb: 100n });
  });

  test('newcomers wait until the sets that they would outgrow are older than light clients trust', () => {
    begin({ va: 100n });
    run('ann', createMessage('ann', 100n));
    world.endEpoch();
    expect(powers()).toEqual({ va: 100n, ann: 100n });
    run('bob', createMessage('bob', 150n));
    world.endEpoch();
    expect(powers()).toEqual({ va: 100n, ann: 100n });
    // The first set was replaced when Ann came in: it counts for 15 days from then.
    world.block({ afterS: 15n * DAY_S - 60n });
    world.endEpoch();
    expect(powers()).toEqual({ va: 100n, ann: 100n });
    world.block({ afterS: 60n });
    world.endEpoch();
    expect(powers()).toEqual({ va: 100n, ann: 100n, bob: 150n });
  });

  test('sets are kept while an offence under them can be punished, and no longer', () => {
    begin();
    const range = () => state().read(SetRangeState, setRangeKey());
    run('ann', stake.delegateMessage('va', 5n));
    world.endEpoch();
    expect(range()).toMatchObject({ oldest: 0n, newest: 1n });
    world.block({ afterS: 21n * DAY_S - 100n });
    run('ann', stake.delegateMessage('va', 5n));
    world.endEpoch();
    expect(range()).toMatchObject({ oldest: 0n, newest: 2n });
    world.block({ afterS: 100n });
    run('ann', stake.delegateMessage('va', 5n));
    world.endEpoch();
    expect(range()).toMatchObject({ oldest: 1n, newest: 3n });
    expect(state().read(ValidatorSetState, validatorSetKey(0n))).toBeUndefined();
  });

  test('a fixed set keeps its powers whatever is staked', () => {
    const genesis = { ...stake.genesisOf({ validators: { va: 10n }, people: PEOPLE }), fixedSet: true };
    world = stake.createStakeWorld({ validators: { va: 10n }, people: PEOPLE, genesis });
    run('ann', createMessage('ann', 500n));
    run('bob', stake.delegateMessage('va', 50n));
    const { validatorUpdates } = world.endEpoch();
    expect(validatorUpdates).toEqual([]);
    expect(powers()).toEqual({ va: 10n });
    expect(validator('va')?.stakeMicro).toBe(60n * DPN);
  });

  test('an epoch without changes tells the engine nothing, and blocks without anything change nothing', () => {
    begin();
    world.endEpoch();
    const root = bytesToHex(world.app.info().appHash);
    world.block();
    expect(bytesToHex(world.app.info().appHash)).toBe(root);
    expect(world.endEpoch().validatorUpdates).toEqual([]);
  });
});
