// Parameters: who decides them, when they come into force, and what they can never be.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TRUSTING_PERIOD_NS } from '../../../light/index.ts';
import type { Message } from '../../messages.ts';
import { DEFAULT_STAKING, StakingParams, TRUSTING_S_MIN } from '../../records.ts';
import * as stake from '../../testing/stake-world.ts';
import { codeOf, type StakeWorld } from '../../testing/stake-world.ts';

const begin = (staking = {}) =>
  stake.createStakeWorld({ validators: { va: 100n }, people: ['ann', 'council'], staking });
const update = (minimumFeeMicro: bigint, staking?: StakingParams): Message => ({
  type: 'params.update',
  minimumFeeMicro,
  authorBasisPoints: 10,
  networkBasisPoints: 20,
  ...(staking === undefined ? {} : { staking }),
});
const params = (world: StakeWorld) => world.app.read().params();
const decide = (world: StakeWorld, message: Message) => codeOf(world.run('council', message));

describe('parameters', () => {
  test('are the council’s to decide, and in force after the rest of this epoch and a whole one', () => {
    const world = begin();
    expect(codeOf(world.run('ann', update(7n)))).toBe('chain.council.only');
    world.endEpoch();
    world.block();
    expect(decide(world, update(7n))).toBe('done');
    world.endEpoch();
    expect(params(world).minimumFeeMicro).toBe(1_000n);
    for (let count = 0; count < 4; count++) world.block();
    expect(params(world).minimumFeeMicro).toBe(1_000n);
    const { blockEvents } = world.block();
    const updated = blockEvents.find(({ type }) => type === 'params.updated');
    // Engines read from here how long evidence is worth keeping.
    expect(updated?.attributes['unbondingS']).toBe(String(DEFAULT_STAKING.unbondingS));
    expect(params(world)).toMatchObject({
      minimumFeeMicro: 7n,
      authorBasisPoints: 10,
      networkBasisPoints: 20,
    });
    expect(params(world).staking).toEqual({ ...DEFAULT_STAKING, epochBlocks: 5 });
  });

  test('decided again before that, are the later ones, and wait anew', () => {
    const world = begin();
    decide(world, update(7n));
    world.endEpoch();
    decide(world, update(8n));
    world.endEpoch();
    expect(params(world).minimumFeeMicro).toBe(1_000n);
    world.endEpoch();
    expect(params(world).minimumFeeMicro).toBe(8n);
    world.endEpoch();
    expect(params(world).minimumFeeMicro).toBe(8n);
  });

  test('of an epoch’s length count from the next epoch on', () => {
    const world = begin();
    decide(world, update(7n, { ...DEFAULT_STAKING, epochBlocks: 2 }));
    world.endEpoch();
    world.endEpoch();
    expect(world.height()).toBe(10n);
    world.endEpoch();
    expect(world.height()).toBe(12n);
  });

  test('that would let stake go before light clients stop trusting it, or jail everybody, are refused', () => {
    const world = begin();
    const { trustingS, windowBlocks } = DEFAULT_STAKING;
    const broken = [
      { ...DEFAULT_STAKING, unbondingS: trustingS },
      // In order with each other, and still shorter than what every console trusts.
      { ...DEFAULT_STAKING, trustingS: TRUSTING_S_MIN - 1 },
      { ...DEFAULT_STAKING, trustingS: 86_400, unbondingS: 3 * 86_400 },
      { ...DEFAULT_STAKING, missedBlocksMax: windowBlocks },
    ];
    for (const staking of broken) expect(decide(world, update(7n, staking))).toBe('chain.params.rule');
    expect(BigInt(TRUSTING_S_MIN) * 1_000_000_000n).toBeGreaterThan(TRUSTING_PERIOD_NS);
  });

  test('outside their bounds are no transaction at all', () => {
    const world = begin();
    const bad: readonly Partial<StakingParams>[] = [
      { validatorsMax: 100 },
      { validatorsMax: 0 },
      { epochBlocks: 0 },
      { unbondingS: 3 * 86_400 - 1 },
      { duplicateVoteBasisPoints: 0 },
      { lightAttackBasisPoints: 10_001 },
      { validatorsBasisPoints: 10_001 },
      { jailS: 0 },
    ];
    for (const changes of bad) {
      expect(StakingParams.safeParse({ ...DEFAULT_STAKING, ...changes }).success).toBe(false);
      expect(decide(world, update(7n, { ...DEFAULT_STAKING, ...changes }))).toBe('chain.tx.malformed');
    }
    expect(StakingParams.safeParse(DEFAULT_STAKING).success).toBe(true);
  });
});

describe('blocks', () => {
  test('with nothing in them change nothing but at epoch ends, however often and however late they come', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 1n, max: 10_000_000n }), { maxLength: 12 }), (pauses) => {
        const world = begin({ epochBlocks: 4 });
        for (const afterS of pauses) {
          const before = world.app.info().appHash;
          const { blockEvents } = world.block({ afterS });
          const ended = blockEvents.some(({ type }) => type === 'epoch.ended');
          expect(ended).toBe(world.height() % 4n === 0n);
          if (!ended) expect(world.app.info().appHash).toEqual(before);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('punish before stake that is due could leave, and pay it out before anything is bought with it', () => {
    const world = begin();
    world.block();
    world.run('va', stake.undelegateMessage('va', 50n));
    const offence = world.offence('va', 1n);
    const dueS = world.nowS() + BigInt(DEFAULT_STAKING.unbondingS);
    world.block({ afterS: dueS - world.nowS() - 1n });
    const recent = { ...offence, time: { seconds: world.nowS(), nanos: 0 } };
    const free = () => world.app.read().account(stake.addressOf('va')).balances.DPN;
    const before = free();
    // The block in which the 50 are due also proves the offence: 5 % of them are burnt first.
    const spend: Message = {
      type: 'bank.send',
      to: stake.addressOf('ann'),
      token: 'DPN',
      amountMicro: before + 47_000_000n,
    };
    const outcome = world.block({ afterS: 1n, misbehavior: [recent], txs: [world.tx('va', spend)] });
    expect(outcome.outcomes.map(codeOf)).toEqual(['done']);
    expect(free()).toBe(before + 47_500_000n - (before + 47_000_000n) - 1_000n);
  });
});
