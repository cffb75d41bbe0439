// Slashing and jail: who loses how much for what, that nobody escapes by leaving, and that nobody pays twice.

import { afterEach, describe, expect, test } from 'vitest';
import { bytesToHex } from '../../../base/index.ts';
import type { Message } from '../../messages.ts';
import { auditStakes, believedSet } from '../../testing/stake-audit.ts';
import * as stake from '../../testing/stake-world.ts';
import { codeOf, createMessage, DPN, type StakeWorld, typesOf } from '../../testing/stake-world.ts';
import {
  delegationOf,
  livenessOf,
  rewardsOf,
  supplyOf,
  unbondingsOf,
  validatorOf,
  worthOf,
} from '../staking/index.ts';

const PEOPLE = ['ann', 'bob', 'cid', 'council', 'treasury'] as const;
const OPERATORS = { va: 100n, vb: 100n, vc: 100n, vd: 100n };
const DAY_S = 86_400n;
let world: StakeWorld;

const begin = (staking = {}) => {
  // 10 % for two votes, 20 % for attacking light clients: round numbers to reckon with.
  const rates = { duplicateVoteBasisPoints: 1_000, lightAttackBasisPoints: 2_000 };
  world = stake.createStakeWorld({
    validators: OPERATORS,
    people: PEOPLE,
    staking: { ...rates, ...staking },
  });
  return world;
};
const state = () => world.app.read();
const validator = (name: string) => validatorOf(state(), stake.addressOf(name));
const run = (from: string, message: Message) => codeOf(world.run(from, message));
const burnt = () => supplyOf(state()).burntMicro;
const worth = (delegator: string, operator: string) => {
  const shares = delegationOf(state(), stake.addressOf(delegator), stake.addressOf(operator))?.shares ?? 0n;
  const of = validator(operator);
  return of === undefined ? 0n : worthOf(of, shares);
};
const punish = (keyName: string, height: bigint, kind?: 'duplicate-vote' | 'light-client-attack') =>
  world.block({ misbehavior: [world.offence(keyName, height, kind)] });
const isMember = (keyName: string) =>
  believedSet(state()).some(
    ({ key }) => bytesToHex(key.bytes) === bytesToHex(stake.consensusKeyOf(keyName).bytes),
  );
const ignoredWhy = (outcome: ReturnType<typeof punish>) =>
  outcome.blockEvents.find(({ type }) => type === 'slashing.ignored')?.attributes['why'];

afterEach(() => auditStakes(state(), [...Object.keys(OPERATORS), ...PEOPLE].map(stake.addressOf)));

describe('an offence', () => {
  test('burns its fraction of the stake, in proportion from all who had delegated, and ends the validator', () => {
    begin();
    run('ann', stake.delegateMessage('va', 300n));
    world.endEpoch();
    world.block();
    world.block();
    const outcome = punish('va', world.height());
    expect(typesOf(outcome.blockEvents)).toContain('slashing.slashed');
    expect(burnt()).toBe(40n * DPN);
    expect([worth('ann', 'va'), worth('va', 'va')]).toEqual([270n * DPN, 90n * DPN]);
    expect(validator('va')).toMatchObject({ jailed: true, tombstoned: true });
    expect(isMember('va')).toBe(true);
    expect(world.endEpoch().validatorUpdates).toEqual([{ key: stake.consensusKeyOf('va'), power: 0n }]);
    expect(isMember('va')).toBe(false);
    expect(run('va', { type: 'staking.unjail' })).toBe('chain.staking.tombstoned');
    expect(run('bob', stake.delegateMessage('va', 5n))).toBe('chain.staking.tombstoned');
    // What is left can be taken back or moved away.
    expect(run('ann', stake.undelegateMessage('va', 90n))).toBe('done');
    expect(run('ann', stake.redelegateMessage('va', 'vb', 180n))).toBe('done');
    expect(worth('ann', 'vb')).toBe(180n * DPN);
  });

  test('against light clients costs its own fraction', () => {
    begin();
    world.block();
    punish('va', 1n, 'light-client-attack');
    expect(burnt()).toBe(20n * DPN);
  });

  test('ends what the offender earns, though it is in the set until the epoch ends', () => {
    begin({ epochBlocks: 50 });
    world.block();
    world.block();
    punish('va', 2n);
    const rewards = () => rewardsOf(state(), stake.addressOf('va'));
    const before = rewards();
    const treasury = () => state().account(stake.addressOf('treasury')).balances.DPN;
    const treasuryBefore = treasury();
    // Of 1 000: 100 for the treasury, and 214 (or 259 where it proposed) of what would have been the offender's.
    expect(run('ann', stake.delegateMessage('vb', 1n))).toBe('done');
    expect(rewards()).toEqual(before);
    expect(treasury() - treasuryBefore).toBeGreaterThanOrEqual(100n + 213n);
  });

  test('is punished once, however often and for whatever it is proven', () => {
    begin();
    world.block();
    world.block();
    const again = world.offence('va', 2n);
    const outcome = world.block({ misbehavior: [world.offence('va', 1n), again, again] });
    expect(typesOf(outcome.blockEvents).filter((type) => type === 'slashing.ignored')).toHaveLength(2);
    expect(ignoredWhy(punish('va', 2n, 'light-client-attack'))).toBe('punished-before');
    expect(burnt()).toBe(10n * DPN);
  });

  test('of somebody unknown, or who was not in the set then, is nobody’s', () => {
    begin();
    run('ann', createMessage('ann', 50n));
    const early = world.offence('ann', 1n);
    const foreign = { ...early, address: new Uint8Array(20) };
    const outcome = world.block({ misbehavior: [early, foreign] });
    const why = outcome.blockEvents.map(({ attributes }) => attributes['why']);
    expect(why).toEqual(['not-in-the-set', 'unknown-key']);
    expect(burnt()).toBe(0n);
    expect(validator('ann')).toMatchObject({ jailed: false });
  });

  test('is forgotten when the stake behind it was free to go, to the second', () => {
    begin();
    world.block();
    const [first, second] = [world.offence('va', 1n), world.offence('vb', 1n)];
    const freeS = world.timeOf(1n) + 21n * DAY_S;
    world.block({ afterS: freeS - world.nowS(), misbehavior: [first] });
    expect(burnt()).toBe(10n * DPN);
    expect(ignoredWhy(world.block({ afterS: 1n, misbehavior: [second] }))).toBe('too-old');
    expect(burnt()).toBe(10n * DPN);
  });

  test('in the two blocks before a new set is in force is under the old one', () => {
    for (const [after, burntDpn] of [
      [1n, 10n],
      [2n, 40n],
    ] as const) {
      begin();
      run('ann', stake.delegateMessage('va', 300n));
      world.endEpoch();
      const offenceHeight = world.height() + after;
      for (let count = 0; count < 3; count++) world.block();
      punish('va', offenceHeight);
      expect(burnt()).toBe(burntDpn * DPN);
    }
  });
});

describe('nobody escapes', () => {
  test('by taking stake back after the offence, or before it in the same epoch while it still had power', () => {
    begin();
    run('ann', stake.delegateMessage('va', 100n));
    run('bob', stake.delegateMessage('va', 100n));
    world.endEpoch();
    run('ann', stake.undelegateMessage('va', 100n));
    world.block();
    const offence = world.offence('va', world.height());
    run('bob', stake.undelegateMessage('va', 50n));
    world.block({ misbehavior: [offence] });
    expect(burnt()).toBe(30n * DPN);
    expect(unbondingsOf(state(), stake.addressOf('ann'))).toMatchObject([
      { amountMicro: 90n * DPN, initialMicro: 100n * DPN },
    ]);
    expect(unbondingsOf(state(), stake.addressOf('bob'))).toMatchObject([{ amountMicro: 45n * DPN }]);
    expect([worth('bob', 'va'), worth('va', 'va')]).toEqual([45n * DPN, 90n * DPN]);
  });

  test('but stake that left before the power was given pays nothing', () => {
    begin();
    run('ann', stake.delegateMessage('va', 100n));
    run('ann', stake.undelegateMessage('va', 100n));
    world.endEpoch();
    world.block();
    world.block();
    punish('va', world.height());
    expect(unbondingsOf(state(), stake.addressOf('ann'))).toMatchObject([{ amountMicro: 100n * DPN }]);
    expect(burnt()).toBe(10n * DPN);
  });

  test('nor does stake that left in an earlier epoch, when the power was lowered for it', () => {
    begin();
    run('ann', stake.delegateMessage('va', 100n));
    world.endEpoch();
    run('ann', stake.undelegateMessage('va', 100n));
    world.endEpoch();
    world.block();
    world.block();
    punish('va', world.height());
    expect(unbondingsOf(state(), stake.addressOf('ann'))).toMatchObject([{ amountMicro: 100n * DPN }]);
    expect([burnt(), worth('va', 'va')]).toEqual([10n * DPN, 90n * DPN]);
  });

  test('nor does stake that moved on in an earlier epoch', () => {
    begin();
    run('ann', stake.delegateMessage('va', 100n));
    world.endEpoch();
    run('ann', stake.redelegateMessage('va', 'vb', 100n));
    world.endEpoch();
    world.block();
    world.block();
    punish('va', world.height());
    expect([worth('ann', 'vb'), worth('va', 'va')]).toEqual([100n * DPN, 90n * DPN]);
  });

  test('by moving stake to another validator, even where it was taken back from there', () => {
    begin();
    run('ann', stake.delegateMessage('va', 100n));
    run('bob', stake.delegateMessage('va', 100n));
    run('cid', stake.delegateMessage('vb', 77n));
    world.endEpoch();
    world.block();
    world.block();
    const offence = world.offence('va', world.height());
    run('ann', stake.redelegateMessage('va', 'vb', 100n));
    run('bob', stake.redelegateMessage('va', 'vb', 100n));
    run('bob', stake.undelegateMessage('vb', 95n));
    world.block({ misbehavior: [offence] });
    expect(burnt()).toBe(30n * DPN);
    expect(worth('ann', 'vb')).toBe(90n * DPN);
    // Of Bob's 10, five were still there and five are on their way out.
    expect(worth('bob', 'vb')).toBe(0n);
    expect(unbondingsOf(state(), stake.addressOf('bob'))).toMatchObject([{ amountMicro: 90n * DPN }]);
    // Whoever was with the other validator all along pays nothing.
    expect([worth('cid', 'vb'), worth('vb', 'vb')]).toEqual([77n * DPN, 100n * DPN]);
    expect(worth('va', 'va')).toBe(90n * DPN);
  });

  test('what moved stake owes is taken once, from what was there after it moved', () => {
    begin({ epochBlocks: 20 });
    run('bob', stake.delegateMessage('va', 100n));
    run('bob', stake.delegateMessage('vb', 20n));
    world.endEpoch();
    world.block();
    world.block();
    const offence = world.offence('va', world.height());
    run('bob', stake.undelegateMessage('vb', 20n));
    run('bob', stake.redelegateMessage('va', 'vb', 100n));
    for (const dpn of [4n, 40n, 50n]) run('bob', stake.undelegateMessage('vb', dpn));
    world.block({ misbehavior: [offence] });
    // 10 are due: 6 were left in the delegation, 4 come from the first part that was taken back since.
    expect(worth('bob', 'vb')).toBe(0n);
    const amounts = unbondingsOf(state(), stake.addressOf('bob')).map(({ amountMicro }) => amountMicro / DPN);
    expect(amounts).toEqual([20n, 0n, 40n, 50n]);
    expect(burnt()).toBe(20n * DPN);
  });

  test('by leaving altogether and coming back: the new delegators pay nothing for it', () => {
    begin();
    world.block();
    world.block();
    const offence = world.offence('va', 2n);
    run('va', stake.undelegateMessage('va', 100n));
    expect(validator('va')).toBeUndefined();
    const key = stake.consensusKeyOf('va again');
    run('va', createMessage('va', 50n, { key, proof: stake.proofOf('va again', 'va') }));
    run('ann', stake.delegateMessage('va', 100n));
    world.block({ misbehavior: [offence] });
    expect(burnt()).toBe(10n * DPN);
    expect(unbondingsOf(state(), stake.addressOf('va'))).toMatchObject([{ amountMicro: 90n * DPN }]);
    expect(worth('ann', 'va')).toBe(100n * DPN);
    expect(validator('va')).toMatchObject({ tombstoned: true });
  });

  test('by replacing the key: the old one stays liable, and the new one leaves with it', () => {
    begin();
    const message: Message = {
      type: 'staking.rotate',
      key: stake.consensusKeyOf('va again'),
      proof: stake.proofOf('va again', 'va'),
    };
    world.block();
    expect(run('va', message)).toBe('done');
    world.endEpoch();
    world.block();
    world.block();
    expect([isMember('va'), isMember('va again')]).toEqual([false, true]);
    const late = { ...world.offence('va again', world.height()) };
    punish('va', 2n);
    expect(burnt()).toBe(10n * DPN);
    expect(ignoredWhy(world.block({ misbehavior: [late] }))).toBe('punished-before');
    world.endEpoch();
    expect(isMember('va again')).toBe(false);
  });

  test('several offenders at once: the rest goes on, and the last of all stays', () => {
    begin();
    world.block();
    world.block({ misbehavior: ['va', 'vb', 'vc'].map((name) => world.offence(name, 1n)) });
    world.endEpoch();
    expect(believedSet(state())).toEqual([{ key: stake.consensusKeyOf('vd'), power: 100n }]);
    world.block();
    world.block();
    punish('vd', world.height());
    world.endEpoch();
    expect(believedSet(state()).length).toBe(1);
  });
});

describe('being offline', () => {
  const window = { windowBlocks: 20, missedBlocksMax: 10, jailS: 600 };

  test('jails who missed more than allowed in the window; nothing is burnt', () => {
    begin(window);
    world.block();
    for (let missed = 1; missed <= 10; missed++) {
      world.block({ absent: ['va'] });
      expect(livenessOf(state(), stake.addressOf('va'))?.missed).toBe(missed);
    }
    expect(validator('va')?.jailed).toBe(false);
    const { blockEvents } = world.block({ absent: ['va'] });
    expect(typesOf(blockEvents)).toContain('staking.jailed');
    expect(validator('va')).toMatchObject({ jailed: true, tombstoned: false, stakeMicro: 100n * DPN });
    expect(livenessOf(state(), stake.addressOf('va'))).toBeUndefined();
    // Until the epoch ends it is still asked to vote; that is counted no more.
    world.block({ absent: ['va'] });
    expect(livenessOf(state(), stake.addressOf('va'))).toBeUndefined();
    world.endEpoch();
    expect(isMember('va')).toBe(false);
    expect(burnt()).toBe(0n);
    expect(run('va', { type: 'staking.unjail' })).toBe('chain.staking.jailed-until');
    expect(run('ann', { type: 'staking.unjail' })).toBe('chain.staking.unknown');
    const untilS = validator('va')?.jailedUntilS ?? 0n;
    const at = (timeS: bigint) =>
      codeOf(world.run('va', { type: 'staking.unjail' }, { afterS: timeS - world.nowS() }));
    expect(at(untilS - 1n)).toBe('chain.staking.jailed-until');
    expect(at(untilS)).toBe('done');
    world.endEpoch();
    expect(isMember('va')).toBe(true);
  });

  test('absences further back than the window are forgotten, to the last bit', () => {
    begin(window);
    world.block();
    for (let round = 0; round < 5; round++) {
      for (let missed = 0; missed < 10; missed++) world.block({ absent: ['va'] });
      for (let signed = 0; signed < 10; signed++) world.block();
      expect(validator('va')?.jailed).toBe(false);
    }
    for (let signed = 0; signed < 10; signed++) world.block();
    expect(livenessOf(state(), stake.addressOf('va'))).toBeUndefined();
  });
});
