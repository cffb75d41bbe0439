// Names on a real ledger: how they are had, kept, given away and lost; who gets one that two want; and that no DIMT is
// made or lost by any of it. The last test is a history of anything from a seed.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../../../base/index.ts';
import { sha256, u64ToBytes, utf8ToBytes } from '../../../base/index.ts';
import { nameFormKey, nameKey, primaryNameKey } from '../../keys.ts';
import type { Message } from '../../messages.ts';
import { DEFAULT_NAMES, NAME_YEAR_S, NameState, PrimaryNameState } from '../../records.ts';
import { createLedger, type Ledger, sumOf } from '../../testing/ledger.ts';
import * as world from '../../testing/world.ts';
import type { TxOutcome } from '../../types.ts';
import { POOLS } from '../pools.ts';
import { nameCommitment, nameFlaw, nameForm, nameFormId, nameId, normaliseName } from './form.ts';
import { nameOf, premiumMicro, standingOf } from './store.ts';

const DAY_S = 86_400n;
const DIMT = 1_000_000n;
const FUNDS = 5_000_000n * DIMT;
const SALT = sha256(utf8ToBytes('salt'));

const genesis = () => {
  const plain = world.createGenesis();
  const accounts = plain.accounts.map((account) => ({
    ...account,
    balances: { ...account.balances, DIMT: FUNDS },
  }));
  return { ...plain, accounts };
};
const openLedger = () => createLedger({ genesis: genesis() });

const commitment = (name: string, owner: world.Name, salt = SALT) =>
  nameCommitment(world.CHAIN_ID, name, world.addressOf(owner), salt);
const commit = (name: string, owner: world.Name, salt = SALT): Message => ({
  type: 'name.commit',
  commitment: commitment(name, owner, salt),
});
const register = (name: string, years = 1, salt: Bytes = SALT): Message => ({
  type: 'name.register',
  name,
  salt,
  years,
});
const wait = (ledger: Ledger, seconds: bigint) => ledger.block([], seconds);
const code = (outcome: TxOutcome) => outcome.fault?.code ?? 'ok';

function have(ledger: Ledger, name: string, owner: world.Name, years = 1): TxOutcome {
  ledger.run(owner, commit(name, owner));
  wait(ledger, 20n);
  return ledger.run(owner, register(name, years));
}
/** Had, and settled. */
function own(ledger: Ledger, name: string, owner: world.Name, years = 1): void {
  expect(code(have(ledger, name, owner, years))).toBe('ok');
  wait(ledger, DAY_S);
}
const stateOf = (ledger: Ledger, name: string) => nameOf(ledger.app.read(), name);
const namesOf = (ledger: Ledger, who: world.Name) =>
  ledger.app
    .read()
    .listOf('names-of', world.addressOf(who))
    .map((name) => new TextDecoder().decode(name));
const dimt = (ledger: Ledger, who: world.Name) =>
  ledger.app.read().account(world.addressOf(who)).balances.DIMT;
const everybody = [...world.NAMES.map((name) => world.addressOf(name)), ...Object.values(POOLS)];
const isWhole = (ledger: Ledger) =>
  expect(sumOf(ledger.app, everybody).DIMT).toBe(FUNDS * BigInt(world.NAMES.length));

describe('what is a name', () => {
  test('small letters, digits and single hyphens inside, and nothing that is an address', () => {
    const flaws = Object.fromEntries(
      [
        ...['bea', 'bea-novak', 'a1b', 'printer-7', `${'x'.repeat(63)}`],
        ...['be', '-bea', 'bea-', 'be--a', 'Bea', 'bea.dim', 'bea_n', 'вea', 'bea ', '', 'x'.repeat(64)],
        ...[`0x${'a'.repeat(40)}`, `ox${'0'.repeat(40)}`, `bc1q${'z'.repeat(38)}`, 'xn--bcher-kva'],
        ...['station', 'stati0n', 'd-i-p-n-e-t', 'adrnin', 'vva11et'],
      ].map((name) => [name, nameFlaw(name) ?? 'fine']),
    );
    expect(flaws).toMatchSnapshot();
    expect(normaliseName(' @Bea-Novak ')).toBe('bea-novak');
  });

  test('what readers take for one another has one form', () => {
    const alike = [
      ['paypal', 'paypa1', 'paypai', 'pay-pal'],
      ['micro', 'rnicro', 'm1cr0', 'rn-icro'],
      ['vvvx', 'vwx', 'wvx'],
      ['suess', '5ue55'],
    ];
    for (const [first = '', ...others] of alike)
      for (const other of others) expect(nameForm(other)).toBe(nameForm(first));
    expect(nameForm('alice')).not.toBe(nameForm('alex'));
  });

  test('property: the form is its own form, and hyphens never matter', () => {
    const names = fc.stringMatching(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    fc.assert(
      fc.property(names, (name) => {
        const form = nameForm(name);
        expect(nameForm(form)).toBe(form);
        expect(nameForm(name.replaceAll('-', ''))).toBe(form);
      }),
      { seed: 7 },
    );
  });
});

describe('having a name', () => {
  test('commit, wait, reveal: paid by the year, deposit back, provable by name, by form and by owner', () => {
    const ledger = openLedger();
    own(ledger, 'bea', 'buyer', 2);
    const record = stateOf(ledger, 'bea');
    expect(record).toMatchObject({
      name: 'bea',
      owner: world.addressOf('buyer'),
      target: world.addressOf('buyer'),
    });
    expect(record?.expiresS).toBe((record?.registeredS ?? 0n) + 2n * NAME_YEAR_S);
    expect(record?.contest).toBeUndefined();
    expect(namesOf(ledger, 'buyer')).toEqual(['bea']);
    expect(dimt(ledger, 'buyer')).toBe(FUNDS - 2n * DEFAULT_NAMES.shortMicro);
    expect(dimt(ledger, 'treasury')).toBe(FUNDS + 2n * DEFAULT_NAMES.shortMicro);
    expect(ledger.app.read().account(POOLS.names).balances.DIMT).toBe(0n);
    isWhole(ledger);
  });

  test('refused: too early, without or with another commitment, too late, without money', () => {
    const ledger = openLedger();
    expect(code(ledger.run('buyer', register('beanovak')))).toBe('chain.name.no-commit');
    ledger.run('buyer', commit('beanovak', 'buyer'));
    expect(code(ledger.run('buyer', commit('beanovak', 'buyer')))).toBe('chain.name.committed');
    expect(code(ledger.run('buyer', register('beanovak')))).toBe('chain.name.early');
    wait(ledger, 20n);
    expect(code(ledger.run('buyer', register('beanovak', 1, sha256(SALT))))).toBe('chain.name.no-commit');
    expect(code(ledger.run('buyer', register('bea-novak')))).toBe('chain.name.no-commit');
    // Somebody who saw the reveal on its way can do nothing with it, with the same commitment neither.
    expect(code(ledger.run('stranger', register('beanovak')))).toBe('chain.name.no-commit');
    const copied: Message = { type: 'name.commit', commitment: commitment('beanovak', 'buyer') };
    expect(code(ledger.run('stranger', copied))).toBe('ok');
    wait(ledger, 20n);
    expect(code(ledger.run('stranger', register('beanovak')))).toBe('chain.name.no-commit');
    wait(ledger, DAY_S);
    expect(code(ledger.run('buyer', register('beanovak')))).toBe('chain.name.no-commit');
    // Both deposits are the treasury's now.
    expect(dimt(ledger, 'treasury')).toBe(FUNDS + 2n * DEFAULT_NAMES.depositMicro);
    ledger.run('buyer', {
      type: 'bank.send',
      to: world.addressOf('owner'),
      token: 'DIMT',
      amountMicro: dimt(ledger, 'buyer') - 2n * DIMT,
    });
    expect(code(have(ledger, 'beanovak', 'buyer'))).toBe('chain.bank.unaffordable');
    expect(code(have(ledger, 'station', 'owner'))).toBe('chain.name.reserved');
    expect(code(have(ledger, 'no--name', 'owner'))).toBe('chain.name.form');
    isWhole(ledger);
  });

  test('a taken name and its look-alikes are refused to everybody else', () => {
    const ledger = openLedger();
    own(ledger, 'alice', 'buyer');
    expect(code(have(ledger, 'alice', 'stranger'))).toBe('chain.name.taken');
    for (const alike of ['a1ice', 'aiice', 'al-ice'])
      expect(code(have(ledger, alike, 'stranger'))).toBe('chain.name.look-alike');
    isWhole(ledger);
  });

  test('the earlier commitment has the name although the later one was revealed first, and money goes back', () => {
    const ledger = openLedger();
    ledger.run('buyer', commit('alice', 'buyer'));
    ledger.run('stranger', commit('a1ice', 'stranger'));
    wait(ledger, 20n);
    expect(code(ledger.run('stranger', register('a1ice', 3)))).toBe('ok');
    expect(code(ledger.run('stranger', { type: 'name.primary', name: 'a1ice' }))).toBe('ok');
    const renewed = ledger.run('stranger', { type: 'name.renew', name: 'a1ice', years: 1 });
    expect(code(renewed)).toBe('chain.name.unsettled');
    expect(code(ledger.run('buyer', register('alice')))).toBe('ok');
    expect(stateOf(ledger, 'a1ice')).toBeUndefined();
    expect(stateOf(ledger, 'alice')?.owner).toEqual(world.addressOf('buyer'));
    expect(namesOf(ledger, 'stranger')).toEqual([]);
    expect(dimt(ledger, 'stranger')).toBe(FUNDS);
    const stale = ledger.app.read().read(PrimaryNameState, primaryNameKey(world.addressOf('stranger')));
    expect(stale).toBeUndefined();
    // And never the other way round.
    expect(code(have(ledger, 'alice', 'stranger'))).toBe('chain.name.taken');
    isWhole(ledger);
  });

  test('in one block the lower commitment is the earlier one', () => {
    const ledger = openLedger();
    const [first, second] = (['buyer', 'stranger'] as const).toSorted((a, b) =>
      Buffer.compare(commitment('alice', a), commitment('alice', b)),
    ) as [world.Name, world.Name];
    const { sign } = world.createSigner();
    ledger.block([sign(second, commit('alice', second)), sign(first, commit('alice', first))]);
    wait(ledger, 20n);
    expect(code(ledger.run(second, register('alice')))).toBe('ok');
    expect(code(ledger.run(first, register('alice')))).toBe('ok');
    expect(stateOf(ledger, 'alice')?.owner).toEqual(world.addressOf(first));
    isWhole(ledger);
  });
});

describe('keeping and losing a name', () => {
  test('expires, can be renewed in the grace period by anybody, then costs a premium that falls to nothing', () => {
    const ledger = openLedger();
    own(ledger, 'alice', 'buyer');
    wait(ledger, NAME_YEAR_S);
    const terms = DEFAULT_NAMES;
    const record = stateOf(ledger, 'alice');
    if (record === undefined) throw new Error('still there');
    expect(standingOf(record, terms, ledger.nowS())).toBe('grace');
    expect(code(ledger.run('buyer', { type: 'name.primary', name: 'alice' }))).toBe('chain.name.unknown');
    expect(code(have(ledger, 'alice', 'stranger'))).toBe('chain.name.taken');
    expect(code(ledger.run('owner', { type: 'name.renew', name: 'alice', years: 1 }))).toBe('ok');
    expect(stateOf(ledger, 'alice')).toMatchObject({ owner: world.addressOf('buyer') });
    wait(ledger, NAME_YEAR_S + BigInt(terms.graceS));
    expect(code(ledger.run('owner', { type: 'name.renew', name: 'alice', years: 1 }))).toBe(
      'chain.name.unknown',
    );
    const before = dimt(ledger, 'stranger');
    expect(code(have(ledger, 'alice', 'stranger'))).toBe('ok');
    expect(before - dimt(ledger, 'stranger')).toBe(terms.longMicro + terms.premiumMicro / 2n);
    expect(namesOf(ledger, 'buyer')).toEqual([]);
    isWhole(ledger);
  });

  test('the premium cannot be dodged through a friend who reveals later and is refunded', () => {
    const ledger = openLedger();
    own(ledger, 'alice', 'buyer');
    wait(ledger, NAME_YEAR_S + BigInt(DEFAULT_NAMES.graceS));
    ledger.run('stranger', commit('alice', 'stranger'));
    ledger.run('owner', commit('alice', 'owner'));
    wait(ledger, 20n);
    expect(code(ledger.run('owner', register('alice')))).toBe('ok');
    const paid = FUNDS - dimt(ledger, 'owner');
    const before = dimt(ledger, 'stranger') + DEFAULT_NAMES.depositMicro;
    expect(code(ledger.run('stranger', register('alice')))).toBe('ok');
    expect(before - dimt(ledger, 'stranger')).toBe(paid);
    expect(dimt(ledger, 'owner')).toBe(FUNDS);
    isWhole(ledger);
  });

  test('nothing remembers a name that nobody wanted, and it is free again at the plain price', () => {
    const ledger = openLedger();
    own(ledger, 'alice', 'buyer');
    wait(ledger, NAME_YEAR_S + BigInt(DEFAULT_NAMES.graceS) + 21n * DAY_S);
    const state = ledger.app.read();
    for (const key of [nameKey(nameId('alice')), nameFormKey(nameFormId('alice'))])
      expect(state.read(NameState, key)).toBeUndefined();
    expect(namesOf(ledger, 'buyer')).toEqual([]);
    expect(state.indexLength('names')).toBe(0n);
    own(ledger, 'a1ice', 'stranger');
    expect(dimt(ledger, 'stranger')).toBe(FUNDS - DEFAULT_NAMES.longMicro);
    isWhole(ledger);
  });

  test('a renewed name ends when its new term ends, and is queued once', () => {
    const ledger = openLedger();
    own(ledger, 'alice', 'buyer');
    expect(code(ledger.run('buyer', { type: 'name.renew', name: 'alice', years: 10 }))).toBe(
      'chain.name.years',
    );
    for (let year = 0; year < 3; year++) {
      expect(code(ledger.run('buyer', { type: 'name.renew', name: 'alice', years: 1 }))).toBe('ok');
      wait(ledger, NAME_YEAR_S);
      expect(ledger.app.read().indexLength('names')).toBe(1n);
    }
    wait(ledger, NAME_YEAR_S + 365n * DAY_S);
    expect(stateOf(ledger, 'alice')).toBeUndefined();
    expect(ledger.app.read().indexLength('names')).toBe(0n);
  });

  test('property: the premium never rises, and is nothing in the end', () => {
    const span = fc.bigInt({ min: 0n, max: 200n * DAY_S });
    fc.assert(
      fc.property(span, span, (a, b) => {
        const [early, late] = a < b ? [a, b] : [b, a];
        const at = (timeS: bigint) => premiumMicro({ expiresS: 0n }, { ...DEFAULT_NAMES, graceS: 0 }, timeS);
        expect(at(late) <= at(early)).toBe(true);
        expect(at(21n * DAY_S + late)).toBe(0n);
      }),
      { seed: 11 },
    );
  });
});

describe('what an owner may do', () => {
  test('point it at an account, which goes by it where both agree', () => {
    const ledger = openLedger();
    own(ledger, 'alice', 'buyer');
    const go = (who: world.Name) => code(ledger.run(who, { type: 'name.primary', name: 'alice' }));
    expect(go('stranger')).toBe('chain.name.elsewhere');
    expect(go('buyer')).toBe('ok');
    const point: Message = { type: 'name.point', name: 'alice', target: world.addressOf('stranger') };
    expect(code(ledger.run('stranger', point))).toBe('chain.name.not-owner');
    expect(code(ledger.run('buyer', { ...point, target: POOLS.fees }))).toBe('chain.name.keyless');
    expect(code(ledger.run('buyer', point))).toBe('ok');
    const primary = (who: world.Name) =>
      ledger.app.read().read(PrimaryNameState, primaryNameKey(world.addressOf(who)))?.name;
    expect(primary('buyer')).toBeUndefined();
    expect(primary('stranger')).toBeUndefined();
    expect(go('stranger')).toBe('ok');
    expect(primary('stranger')).toBe('alice');
    expect(code(ledger.run('stranger', { type: 'name.primary', name: '' }))).toBe('ok');
    expect(primary('stranger')).toBeUndefined();
  });

  test('a machine goes by a name of its owner, and by nobody else’s word', () => {
    const ledger = openLedger();
    ledger.run('owner', world.registerMachine());
    own(ledger, 'workshop', 'owner');
    const machine = world.addressOf('machine');
    ledger.run('owner', { type: 'name.point', name: 'workshop', target: machine });
    const go = (who: world.Name) =>
      code(ledger.run(who, { type: 'name.primary', name: 'workshop', machine }));
    expect(go('stranger')).toBe('chain.machine.unknown');
    expect(go('owner')).toBe('ok');
    expect(ledger.app.read().read(PrimaryNameState, primaryNameKey(machine))?.name).toBe('workshop');
  });

  test('give it away: two days to take it back, then it is the other’s in every list', () => {
    const ledger = openLedger();
    expect(code(have(ledger, 'alice', 'buyer'))).toBe('ok');
    const give: Message = { type: 'name.transfer', name: 'alice', to: world.addressOf('stranger') };
    const keep: Message = { ...give, to: world.addressOf('buyer') };
    expect(code(ledger.run('buyer', give))).toBe('chain.name.unsettled');
    wait(ledger, DAY_S);
    expect(code(ledger.run('buyer', keep))).toBe('chain.name.no-transfer');
    expect(code(ledger.run('buyer', give))).toBe('ok');
    expect(code(ledger.run('buyer', keep))).toBe('ok');
    wait(ledger, 3n * DAY_S);
    expect(stateOf(ledger, 'alice')?.owner).toEqual(world.addressOf('buyer'));
    ledger.run('buyer', { type: 'name.primary', name: 'alice' });
    expect(code(ledger.run('buyer', give))).toBe('ok');
    wait(ledger, 2n * DAY_S);
    const stranger = world.addressOf('stranger');
    expect(stateOf(ledger, 'alice')).toMatchObject({ owner: stranger, target: stranger });
    expect(stateOf(ledger, 'alice')?.transfer).toBeUndefined();
    expect([namesOf(ledger, 'buyer'), namesOf(ledger, 'stranger')]).toEqual([[], ['alice']]);
    const left = ledger.app.read().read(PrimaryNameState, primaryNameKey(world.addressOf('buyer')));
    expect(left).toBeUndefined();
    expect(code(ledger.run('buyer', keep))).toBe('chain.name.not-owner');
  });
});

test('genesis names are there from the start, reserved words included, and end like any other', () => {
  const owner = world.addressOf('council');
  const ledger = createLedger({ genesis: { ...genesis(), names: [{ name: 'support', owner, years: 1 }] } });
  wait(ledger, 1n);
  expect(stateOf(ledger, 'support')?.owner).toEqual(owner);
  expect(namesOf(ledger, 'council')).toEqual(['support']);
  wait(ledger, 2n * NAME_YEAR_S);
  expect(stateOf(ledger, 'support')).toBeUndefined();
});

describe.each([1, 2])('a history of anything, seed %i', (seed) => {
  let counter = 0n;
  const below = (limit: number) => {
    const digest = sha256(new Uint8Array([...u64ToBytes(BigInt(seed)), ...u64ToBytes(counter++)]));
    return Number(new DataView(digest.buffer, digest.byteOffset).getBigUint64(0) % BigInt(limit));
  };
  const pick = <T>(of: readonly T[]): T => of[below(of.length)] as T;
  const PEOPLE = ['buyer', 'owner', 'designer', 'stranger'] as const;
  const WORDS = ['alice', 'a1ice', 'bea', 'otto', 'ott0', 'dana-lin'] as const;

  const step = (ledger: Ledger, who: world.Name): Message => {
    const name = pick(WORDS);
    const to = world.addressOf(pick(PEOPLE));
    switch (below(12)) {
      case 0:
        return commit(name, who, sha256(utf8ToBytes(`${ledger.nowS()}`)));
      case 1:
      case 2:
      case 3:
        return commit(name, who);
      case 5:
      case 6:
      case 7:
        return register(name, 1 + below(2));
      case 4:
        return { type: 'name.renew', name, years: 1 };
      case 8:
        return { type: 'name.point', name, target: to };
      case 9:
      case 10:
        return { type: 'name.transfer', name, to };
      default:
        return { type: 'name.primary', name };
    }
  };

  test('every look has one name, every list is right, forward and back agree, all DIMT is there', () => {
    const ledger = openLedger();
    const seen = new Map<string, number>();
    for (let count = 0; count < 300; count++) {
      const who = pick(PEOPLE);
      const outcome = ledger.run(who, step(ledger, who));
      seen.set(code(outcome), (seen.get(code(outcome)) ?? 0) + 1);
      wait(ledger, pick([5n, 15n, 15n, 15n, 15n, 15n, 600n, below(10) === 0 ? 200n * DAY_S : 2n * DAY_S]));
      if (count % 20 !== 0) continue;
      isWhole(ledger);
      const state = ledger.app.read();
      const live = WORDS.flatMap((name) => stateOf(ledger, name) ?? []);
      expect(new Set(live.map(({ name }) => nameForm(name))).size).toBe(live.length);
      for (const person of PEOPLE) {
        const mine = live.filter(({ owner }) => Buffer.compare(owner, world.addressOf(person)) === 0);
        expect(namesOf(ledger, person).toSorted()).toEqual(mine.map(({ name }) => name).toSorted());
        const primary = state.read(PrimaryNameState, primaryNameKey(world.addressOf(person)));
        const forward = primary === undefined ? undefined : stateOf(ledger, primary.name);
        expect(forward?.target ?? world.addressOf(person)).toEqual(world.addressOf(person));
        expect(primary === undefined || forward !== undefined).toBe(true);
      }
      const heldMicro = live.reduce((sum, { contest }) => sum + (contest?.heldMicro ?? 0n), 0n);
      expect(state.account(POOLS.names).balances.DIMT % DIMT).toBe(heldMicro % DIMT);
      expect(state.account(POOLS.names).balances.DIMT >= heldMicro).toBe(true);
    }
    // A history in which nothing succeeds, or nothing is refused, would show nothing.
    expect(seen.get('ok')).toBeGreaterThan(60);
    expect(seen.size).toBeGreaterThan(6);
  });
});
