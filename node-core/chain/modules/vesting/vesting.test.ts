// Locks: what cannot be sent yet, when it is released, and that it can be staked meanwhile.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PROVIDER_BUDGET_MICRO, publishedAccounts, TEAM_LOCK_S } from '../../allocation.ts';
import type { Message } from '../../messages.ts';
import { SUPPLY_MICRO_MAX } from '../../records.ts';
import { auditStakes } from '../../testing/stake-audit.ts';
import * as stake from '../../testing/stake-world.ts';
import { codeOf, DPN, type StakeWorld } from '../../testing/stake-world.ts';
import { FEE_MICRO, GENESIS_S } from '../../testing/world.ts';
import { type Grant, lockedAt } from './index.ts';

const YEAR_S = 365n * 86_400n;
const grant = (changes: Partial<Grant> = {}): Grant => ({
  token: 'DPN',
  amountMicro: 100n * DPN,
  startS: GENESIS_S,
  cliffS: GENESIS_S,
  endS: GENESIS_S + 100n,
  ...changes,
});

function begin(locks: readonly Grant[], dpn = 150n): StakeWorld {
  const account = {
    address: stake.addressOf('eva'),
    balances: { DPN: dpn * DPN, ITC: 50n },
    locks: [...locks],
  };
  return stake.createStakeWorld({ validators: { va: 100n }, people: ['ann'], accounts: [account] });
}
const accountOf = (world: StakeWorld) => world.app.read().account(stake.addressOf('eva'));
const send = (amountMicro: bigint, token: 'DPN' | 'ITC' = 'DPN'): Message => ({
  type: 'bank.send',
  to: stake.addressOf('ann'),
  token,
  amountMicro,
});
const audit = (world: StakeWorld) =>
  auditStakes(world.app.read(), ['eva', 'ann', 'va', 'treasury', 'council'].map(stake.addressOf));

describe('a grant', () => {
  test('is locked until its cliff, released in proportion to its end, and then free', () => {
    const half = grant({ cliffS: GENESIS_S + 50n });
    expect([0n, 49n, 50n, 75n, 99n, 100n].map((afterS) => lockedAt(half, GENESIS_S + afterS) / DPN)).toEqual([
      100n,
      100n,
      50n,
      25n,
      1n,
      0n,
    ]);
  });

  test('is never locked again, and rounds towards locked', () => {
    const times = fc.tuple(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: 300n }));
    const amounts = fc.bigInt({ min: 0n, max: 10n ** 17n });
    fc.assert(
      fc.property(times, amounts, fc.bigInt({ min: 0n, max: 200n }), ([a, b], amountMicro, cliff) => {
        const of = grant({ amountMicro, cliffS: GENESIS_S + cliff, endS: GENESIS_S + 200n });
        const [early, late] = a < b ? [a, b] : [b, a];
        const [before, after] = [lockedAt(of, GENESIS_S + early), lockedAt(of, GENESIS_S + late)];
        expect(after).toBeLessThanOrEqual(before);
        expect(before).toBeLessThanOrEqual(amountMicro);
        if (early < 200n) expect(before * 200n).toBeGreaterThanOrEqual(amountMicro * (200n - early));
      }),
    );
  });
});

describe('a locked account', () => {
  test('can send and pay fees with what is free, and no more', () => {
    const world = begin([grant({ cliffS: GENESIS_S + YEAR_S, endS: GENESIS_S + YEAR_S })]);
    expect(codeOf(world.run('eva', send(50n * DPN - FEE_MICRO + 1n)))).toBe('chain.bank.locked');
    expect(codeOf(world.run('eva', send(50n * DPN - 2n * FEE_MICRO)))).toBe('done');
    expect(accountOf(world).balances.DPN).toBe(100n * DPN);
    const refused = world.app.checkTx(world.tx('eva', send(1n)));
    expect(refused).toMatchObject({ ok: false, fault: { code: 'chain.tx.fee-unaffordable' } });
    audit(world);
  });

  test('is released at the end of the epoch in which the time has come', () => {
    const world = begin([grant({ endS: GENESIS_S + 100n })]);
    expect(accountOf(world).lockedMicro?.DPN).toBe(100n * DPN);
    const { blockEvents } = world.endEpoch();
    expect(world.nowS()).toBe(GENESIS_S + 25n);
    expect(accountOf(world).lockedMicro?.DPN).toBe(75n * DPN);
    expect(blockEvents.map(({ type }) => type)).toContain('vesting.released');
    world.block({ afterS: 80n });
    expect(accountOf(world).lockedMicro?.DPN).toBe(75n * DPN);
    world.endEpoch();
    expect(accountOf(world).lockedMicro).toBeUndefined();
    expect(world.app.read().indexLength('vestings')).toBe(0n);
    audit(world);
  });

  test('can stake what is locked; what comes back is locked again, what it earns is free', () => {
    const world = begin([grant({ cliffS: GENESIS_S + YEAR_S, endS: GENESIS_S + YEAR_S })]);
    expect(codeOf(world.run('eva', stake.delegateMessage('va', 120n)))).toBe('done');
    // 120 staked cover the lock of 100: the 30 less a fee are free.
    expect(accountOf(world).lockedMicro).toBeUndefined();
    expect(codeOf(world.run('eva', send(29n * DPN)))).toBe('done');
    expect(codeOf(world.run('eva', stake.undelegateMessage('va', 60n)))).toBe('done');
    const before = accountOf(world).balances.DPN;
    world.block({ afterS: 22n * 86_400n });
    expect(accountOf(world).balances.DPN).toBe(before + 60n * DPN);
    // 60 still staked, 40 of what came back are locked.
    expect(accountOf(world).lockedMicro?.DPN).toBe(40n * DPN);
    expect(codeOf(world.run('eva', send(21n * DPN)))).toBe('chain.bank.locked');
    audit(world);
  });

  test('whose stake was slashed owes nobody what is gone', () => {
    const world = begin([grant({ cliffS: GENESIS_S + YEAR_S, endS: GENESIS_S + YEAR_S })]);
    world.run('eva', stake.delegateMessage('va', 100n));
    world.endEpoch();
    world.block();
    world.block();
    world.block({ misbehavior: [world.offence('va', world.height())] });
    // 5 % of her 100 are burnt: 95 come back and are locked; the 50 she had free stay free.
    expect(codeOf(world.run('eva', stake.undelegateMessage('va', 95n)))).toBe('done');
    world.block({ afterS: 20n * 86_400n });
    world.block({ afterS: 2n * 86_400n });
    expect(accountOf(world).lockedMicro?.DPN).toBe(95n * DPN);
    expect(codeOf(world.run('eva', send(49n * DPN)))).toBe('done');
    audit(world);
  });

  test('may lock any token; only DPN can be staked', () => {
    const world = begin([
      grant({ token: 'ITC', amountMicro: 40n, cliffS: GENESIS_S + YEAR_S, endS: GENESIS_S + YEAR_S }),
    ]);
    expect(codeOf(world.run('eva', send(11n, 'ITC')))).toBe('chain.bank.locked');
    expect(codeOf(world.run('eva', stake.delegateMessage('va', 149n)))).toBe('done');
    expect(accountOf(world).lockedMicro?.ITC).toBe(40n);
    expect(codeOf(world.run('eva', send(10n, 'ITC')))).toBe('done');
  });

  test('holds what it locks, or there is no genesis', () => {
    expect(() => begin([grant({ amountMicro: 151n * DPN })])).toThrow(/holds what it locks/);
    expect(() => begin([grant(), grant({ amountMicro: 51n * DPN })])).toThrow(/holds what it locks/);
    expect(() => begin([grant({ cliffS: GENESIS_S - 1n })])).toThrow(/has its cliff/);
  });
});

describe('the published allocation', () => {
  test('issues each token within its cap, and the team waits a year', () => {
    const holders = {
      sale: stake.addressOf('sale'),
      team: stake.addressOf('team'),
      community: stake.addressOf('community'),
    };
    const accounts = publishedAccounts(holders, GENESIS_S);
    const sum = (token: string) => accounts.reduce((all, { balances }) => all + (balances[token] ?? 0n), 0n);
    expect(sum('DPN')).toBe(100_000_000_000n * DPN);
    expect([sum('3DP'), sum('DIMT'), sum('ITC')]).toEqual([
      0n,
      SUPPLY_MICRO_MAX.DIMT - PROVIDER_BUDGET_MICRO,
      SUPPLY_MICRO_MAX.ITC,
    ]);
    const genesis = {
      ...stake.genesisOf({ validators: {} }),
      accounts,
      validators: [{ key: stake.consensusKeyOf('va'), power: 10n }],
      stakes: [
        { operator: holders.team, key: stake.consensusKeyOf('va'), name: 'team', stakeMicro: 10n * DPN },
      ],
    };
    const world = stake.createStakeWorld({ validators: {}, genesis });
    const team = () => world.app.read().account(holders.team);
    expect(codeOf(world.run('team', send(1n)))).toBe('chain.tx.fee-unaffordable');
    // The operator of a validator earns with locked stake: the fees of others pay for its own later.
    expect(team().lockedMicro?.DPN).toBe(10_000_000_000n * DPN - 10n * DPN);
    world.block({ afterS: TEAM_LOCK_S });
    world.endEpoch();
    expect(team().lockedMicro).toBeUndefined();
    expect(codeOf(world.run('team', send(1n)))).toBe('done');
  });
});
