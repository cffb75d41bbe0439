// Service providers on a real ledger: deposits, a day's service from receipt to reward, and every way to earn without
// serving that a provider with money, accounts and patience can try. Figures are small; the rules are the network's.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../../../base/index.ts';
import { compareBytes, concatBytes, sha256, utf8ToBytes } from '../../../base/index.ts';
import { consensusAddress, createConsensusKey } from '../../../comet/index.ts';
import { addressToText } from '../../../identity/keys.ts';
import { supplyKey } from '../../keys.ts';
import type { Message, ServiceOpening } from '../../messages.ts';
import { DEFAULT_PROVIDERS, SupplyState } from '../../records.ts';
import { createLedger, type Ledger, sumOf } from '../../testing/ledger.ts';
import * as world from '../../testing/world.ts';
import type { TxOutcome } from '../../types.ts';
import { POOLS } from '../pools.ts';
import { isStationAddress } from './register.ts';
import { chosenBy, claimOf, providerOf, samplePoints, signReceipt, weightOf } from './service.ts';
import { buildServiceTree, type Leaf, leafContent, openedSpan } from './tree.ts';

const DIMT = 1_000_000n;
const DPN = 1_000_000n;
const DAY_S = 600n;
const TERMS = { ...DEFAULT_PROVIDERS, dayS: Number(DAY_S), placesMax: 3, leaveS: 1_800, settleBlocks: 3 };
const PEOPLE = Array.from({ length: 12 }, (_, place) => `user ${place}`);
const who = (name: string) => name as world.Name;
const key = (name: string) => world.keyOf(name);
const VALIDATOR = consensusAddress(createConsensusKey(world.VALIDATOR_SECRET, 'secp256k1'));

/** Two providers, and users who have staked and chosen the first; the day after everything took effect. */
function openLedger(stakes: readonly bigint[] = PEOPLE.map(() => 100n)) {
  const plain = world.createGenesis();
  const rich = (name: string) => ({
    address: key(name).address,
    balances: { DPN: 2_000n * DPN, DIMT: 6_000_000n * DIMT },
  });
  const accounts = [...plain.accounts, ...['p1', 'p2', 'p3', 'p4', ...PEOPLE].map(rich)];
  const ledger = createLedger({ genesis: { ...plain, accounts, params: { providers: TERMS } } });
  const run = (from: string, message: Message) => ledger.run(who(from), message);
  for (const provider of ['p1', 'p2']) expect(code(run(provider, register()))).toBe('ok');
  for (const [place, stake] of stakes.entries()) {
    const user = PEOPLE[place] ?? '';
    const delegate: Message = { type: 'staking.delegate', validator: VALIDATOR, amountMicro: stake * DPN };
    if (stake > 0n) expect(code(run(user, delegate))).toBe('ok');
    expect(code(run(user, choose('p1')))).toBe('ok');
  }
  nextDay(ledger);
  return { ledger, run };
}

const register = (stations = ['station.example:9394']): Message => ({
  type: 'provider.register',
  name: 'A provider',
  stations,
});
const choose = (provider: string): Message => ({ type: 'provider.choose', provider: key(provider).address });
const code = (outcome: TxOutcome) => outcome.fault?.code ?? 'ok';
const today = (ledger: Ledger) => ledger.nowS() / DAY_S;
const nextDay = (ledger: Ledger) => ledger.block([], DAY_S - (ledger.nowS() % DAY_S));
const dimt = (ledger: Ledger, name: string) => ledger.app.read().account(key(name).address).balances.DIMT;
const message = (text: string) => sha256(utf8ToBytes(text));

type Served = {
  readonly user: string;
  readonly senders: readonly string[];
  readonly day?: bigint;
  readonly provider?: string;
  /** Claimed on top of what is right. */
  readonly extra?: bigint;
};

/** A claim as a station's operator would make it, of the day before. */
function prepare(ledger: Ledger, provider: string, served: readonly Served[]) {
  const day = today(ledger) - 1n;
  const openings = new Map<string, Omit<ServiceOpening, 'path'>>();
  const leaves = served.map((one): Leaf => {
    const user = key(one.user);
    const senders = one.senders.map((name) => key(name).address).sort(compareBytes);
    const receipts = senders.map((sender) => {
      const id = message(`${one.user} from ${addressToText(sender)}`);
      const from = key(one.provider ?? provider).address;
      const signature = signReceipt(user, world.CHAIN_ID, one.day ?? day, from, sender, id);
      return { sender, message: id, signature };
    });
    const whole = weightOf(ledger.app.read(), user.address, '', day);
    const weight = (whole * BigInt(receipts.length)) / 4n + (one.extra ?? 0n);
    openings.set(addressToText(user.address), { user: user.publicKey, name: '', weight, receipts });
    return { user: user.address, weight, content: leafContent('', receipts) };
  });
  const tree = buildServiceTree(leaves);
  const claim: Message = { type: 'provider.claim', day, root: tree.root, weight: tree.weight };
  const prove = (): Message => {
    const seed = claimOf(ledger.app.read(), key(provider).address)?.seed;
    if (seed === undefined) throw new Error('chance has decided');
    const points = samplePoints(seed, key(provider).address, tree.weight, TERMS.samples);
    const opened = new Map<string, ServiceOpening>();
    for (const point of points) {
      const { leaf, path } = tree.open(point);
      const name = addressToText(leaf.user);
      const opening = openings.get(name);
      if (opening !== undefined) opened.set(name, { ...opening, path: [...path] });
    }
    return { type: 'provider.prove', openings: [...opened.values()] };
  };
  return { tree, claim, prove, day };
}

/** Claim, chance, openings; then the day after, past the blocks that a settlement waits for. */
function serve(ledger: Ledger, provider: string, served: readonly Served[]) {
  const prepared = prepare(ledger, provider, served);
  const claimed = code(ledger.run(who(provider), prepared.claim));
  ledger.block([]);
  const proven = claimed === 'ok' ? code(ledger.run(who(provider), prepared.prove())) : claimed;
  return { claimed, proven, weight: prepared.tree.weight };
}
function settle(ledger: Ledger): void {
  nextDay(ledger);
  for (let blocks = 0; blocks < 4; blocks++) ledger.block([]);
}
const everybodyServed = (users = PEOPLE): Served[] =>
  users.map((user) => ({ user, senders: PEOPLE.filter((other) => other !== user).slice(0, 4) }));

/** Of all DIMT there is: nothing came from nowhere. */
function audit(ledger: Ledger): void {
  const accounts = [...world.NAMES, 'p1', 'p2', 'p3', 'p4', ...PEOPLE].map((name) => key(name).address);
  const supply = ledger.app.read().read(SupplyState, supplyKey());
  expect(sumOf(ledger.app, [...accounts, ...Object.values(POOLS)]).DIMT).toBe(supply?.totalMicro.DIMT);
}

describe('who provides', () => {
  test('locks the deposit, says where it is, leaves, and is paid out when it is liable no longer', () => {
    const { ledger, run } = openLedger([]);
    expect(dimt(ledger, 'p1')).toBe(1_000_000n * DIMT);
    expect(code(run('p1', register(['wss://[2001:db8::1]:443/dim', '192.0.2.7:9394'])))).toBe('ok');
    expect(dimt(ledger, 'p1')).toBe(1_000_000n * DIMT);
    expect(code(run('p1', register(['javascript:alert'])))).toBe('chain.provider.station');
    expect(code(run('p3', register()))).toBe('ok');
    expect(code(run('p4', register()))).toBe('chain.provider.full');
    expect(code(run('buyer', register()))).toBe('chain.provider.full');
    expect(code(run('p3', { type: 'provider.leave' }))).toBe('ok');
    expect(code(run('buyer', register()))).toBe('chain.bank.unaffordable');
    expect(code(run('p3', register()))).toBe('chain.provider.leaving');
    expect(code(run('p3', { type: 'provider.leave' }))).toBe('chain.provider.none');
    expect(code(run('user 0', choose('p3')))).toBe('chain.provider.unknown');
    expect(dimt(ledger, 'p3')).toBe(1_000_000n * DIMT);
    ledger.block([], 1_800n);
    expect(dimt(ledger, 'p3')).toBe(6_000_000n * DIMT);
    expect(providerOf(ledger.app.read(), key('p3').address)).toBeUndefined();
    expect(code(run('p3', register()))).toBe('ok');
    audit(ledger);
  });

  test('addresses of stations', () => {
    const right = [
      'a:1',
      'station.example:65535',
      '127.0.0.1:9394',
      '[::1]:9394',
      'wss://s.example',
      'wss://s.example:8443/x/y',
    ];
    const wrong = [
      '',
      'a',
      'a:0',
      'a:65536',
      'A:1',
      'a:1/x',
      'http://a:1',
      'ws://a',
      'wss://u:p@a',
      'a b:1',
      '-a:1',
      'wss://a/?q',
      `${'a'.repeat(260)}:1`,
    ];
    expect(right.filter((text) => !isStationAddress(text))).toEqual([]);
    expect(wrong.filter(isStationAddress)).toEqual([]);
  });

  test('a user counts for one provider on a day, and changes at most every third day', () => {
    const { ledger, run } = openLedger();
    expect(code(run('user 0', choose('p2')))).toBe('chain.provider.soon');
    nextDay(ledger);
    expect(code(run('user 0', choose('p2')))).toBe('chain.provider.soon');
    nextDay(ledger);
    expect(code(run('user 0', choose('p2')))).toBe('ok');
    expect(chosenBy(ledger.app.read(), key('user 0').address)?.previous).toEqual(key('p1').address);
    // Of the day of the change the old one still claims, and the new one cannot.
    nextDay(ledger);
    expect(serve(ledger, 'p2', everybodyServed(['user 0'])).proven).toBe('chain.provider.opening');
    expect(serve(ledger, 'p1', everybodyServed(['user 0'])).proven).toBe('ok');
  });
});

describe('a day of service', () => {
  test('is paid by the weight of the users who signed for it, and never more than the weight allows', () => {
    const { ledger, run } = openLedger();
    nextDay(ledger);
    nextDay(ledger);
    for (const user of PEOPLE.slice(8)) expect(code(run(user, choose('p2')))).toBe('ok');
    nextDay(ledger);
    nextDay(ledger);
    const before = { p1: dimt(ledger, 'p1'), p2: dimt(ledger, 'p2') };
    const first = serve(ledger, 'p1', everybodyServed(PEOPLE.slice(0, 8)));
    const second = serve(ledger, 'p2', everybodyServed(PEOPLE.slice(8)));
    expect([first.proven, second.proven]).toEqual(['ok', 'ok']);
    expect([first.weight, second.weight]).toEqual([800n, 400n]);
    settle(ledger);
    expect(dimt(ledger, 'p1') - before.p1).toBe(800n * TERMS.perWeightMicro);
    expect(dimt(ledger, 'p2') - before.p2).toBe(400n * TERMS.perWeightMicro);
    // Nothing is left of the day.
    const state = ledger.app.read();
    expect([state.indexLength('service-claims'), claimOf(state, key('p1').address)]).toEqual([0n, undefined]);
    audit(ledger);
  });

  test('with more weight than the daily sum pays for, the sum is shared', () => {
    const { ledger } = openLedger();
    const terms = { ...TERMS, dailyMicro: 1_000n, perWeightMicro: 1_000n };
    const params = ledger.app.read().params();
    expect(params.providers).toEqual(TERMS);
    // Decided by the council, in force after a whole epoch.
    const { minimumFeeMicro, authorBasisPoints, networkBasisPoints } = params;
    const prices = { minimumFeeMicro, authorBasisPoints, networkBasisPoints };
    ledger.run('council', { type: 'params.update', ...prices, providers: terms });
    for (let blocks = 0; blocks < 3 * params.staking.epochBlocks; blocks++) ledger.block([]);
    expect(ledger.app.read().params().providers).toEqual(terms);
    nextDay(ledger);
    const before = dimt(ledger, 'p1');
    expect(serve(ledger, 'p1', everybodyServed()).proven).toBe('ok');
    settle(ledger);
    expect(dimt(ledger, 'p1') - before).toBe(1_000n);
    audit(ledger);
  }, 30_000);

  test('is claimed on the day after, once, and opened after chance has decided', () => {
    const { ledger, run } = openLedger();
    nextDay(ledger);
    const { claim, prove, day } = prepare(ledger, 'p1', everybodyServed());
    expect(code(run('p1', { ...claim, day: day - 1n } as Message))).toBe('chain.provider.day');
    expect(code(run('p1', { ...claim, day: day + 1n } as Message))).toBe('chain.provider.day');
    expect(code(run('user 3', claim))).toBe('chain.provider.none');
    expect(code(run('p1', { type: 'provider.prove', openings: oneOpening() }))).toBe(
      'chain.provider.no-claim',
    );
    expect(code(run('p1', claim))).toBe('ok');
    expect(code(run('p1', claim))).toBe('chain.provider.claimed');
    expect(code(run('p1', prove()))).toBe('ok');
    expect(code(run('p1', prove()))).toBe('chain.provider.claimed');
    settle(ledger);
    expect(code(run('p1', claim))).toBe('chain.provider.day');
  });
});

const oneOpening = (): ServiceOpening[] => [
  {
    user: key('user 0').publicKey,
    name: '',
    weight: 1n,
    receipts: [{ sender: key('user 1').address, message: message('x'), signature: new Uint8Array(64) }],
    path: [],
  },
];

describe('what a cheating provider tries', () => {
  const gainOf = (ledger: Ledger, served: readonly Served[], provider = 'p1') => {
    const before = dimt(ledger, provider);
    const { proven } = serve(ledger, provider, served);
    settle(ledger);
    audit(ledger);
    return { proven, gainMicro: dimt(ledger, provider) - before };
  };
  const others = (user: string, count = 4) => PEOPLE.filter((other) => other !== user).slice(0, count);

  test('being there without serving earns nothing', () => {
    const { ledger } = openLedger();
    const before = dimt(ledger, 'p1');
    settle(ledger);
    settle(ledger);
    expect(dimt(ledger, 'p1')).toBe(before);
  });

  test('traffic of its own: as the user, as the sender, or of a user with itself', () => {
    for (const served of [
      { user: 'p1', senders: others('p1'), extra: 10n },
      { user: 'user 0', senders: ['p1', 'user 1', 'user 2', 'user 3'] },
      { user: 'user 0', senders: ['user 0', 'user 1', 'user 2', 'user 3'] },
    ]) {
      const { ledger } = openLedger(PEOPLE.slice(0, 5).map(() => 100n));
      nextDay(ledger);
      expect(gainOf(ledger, [served])).toEqual({ proven: 'chain.provider.opening', gainMicro: 0n });
    }
  });

  test('receipts of another day, for another provider, from nobody, or signed by somebody else', () => {
    const { ledger, run } = openLedger();
    nextDay(ledger);
    const day = today(ledger);
    const tries: readonly Served[] = [
      { user: 'user 0', senders: others('user 0'), day: day - 2n },
      { user: 'user 0', senders: others('user 0'), provider: 'p2' },
      { user: 'user 0', senders: ['nobody 1', 'nobody 2'] },
    ];
    for (const served of tries) {
      const { proven, gainMicro } = gainOf(ledger, [served]);
      expect(proven).toBe('chain.provider.opening');
      expect(gainMicro).toBe(0n);
      // The deposit is made up for, or nothing could be claimed again.
      expect(code(run('p1', register()))).toBe('ok');
      nextDay(ledger);
    }
  });

  test('more weight than the user has, or a sender counted twice', () => {
    const { ledger } = openLedger();
    nextDay(ledger);
    expect(gainOf(ledger, [{ user: 'user 0', senders: others('user 0'), extra: 1n }]).proven).toBe(
      'chain.provider.opening',
    );
    const twice = openLedger().ledger;
    nextDay(twice);
    const served = [{ user: 'user 0', senders: ['user 1', 'user 1', 'user 2', 'user 3'] }];
    expect(gainOf(twice, served).proven).toBe('chain.provider.opening');
  });

  test('sybils: the same stake in ten accounts earns what it earns in one, and accounts without stake nothing', () => {
    const one = openLedger([1_000n, ...PEOPLE.slice(1).map(() => 0n)]).ledger;
    nextDay(one);
    const ten = openLedger([...PEOPLE.slice(0, 10).map(() => 100n), 0n, 0n]).ledger;
    nextDay(ten);
    const gains = [
      gainOf(one, [{ user: 'user 0', senders: others('user 0') }]),
      gainOf(ten, everybodyServed(PEOPLE.slice(0, 10))),
    ];
    expect(gains).toEqual([
      { proven: 'ok', gainMicro: 1_000n * TERMS.perWeightMicro },
      { proven: 'ok', gainMicro: 1_000n * TERMS.perWeightMicro },
    ]);
    const none = openLedger(PEOPLE.map(() => 0n)).ledger;
    nextDay(none);
    expect(gainOf(none, [{ user: 'user 0', senders: others('user 0'), extra: 5n }]).gainMicro).toBe(0n);
  });

  test('stake that is taken back still counts where it was, and cannot count elsewhere', () => {
    const { ledger, run } = openLedger();
    const amountMicro = 100n * DPN;
    const undelegate: Message = { type: 'staking.undelegate', validator: VALIDATOR, amountMicro };
    expect(code(run('user 0', undelegate))).toBe('ok');
    expect(weightOf(ledger.app.read(), key('user 0').address, '', today(ledger))).toBe(100n);
    expect(ledger.app.read().account(key('user 0').address).balances.DPN < 1_900n * DPN).toBe(true);
  });

  test('a claim that is padded with users who do not exist is not paid, and costs a hundredth of the deposit', () => {
    const { ledger, run } = openLedger();
    nextDay(ledger);
    const padded = [...everybodyServed(), { user: 'ghost', senders: others('ghost'), extra: 1_200n }];
    const before = dimt(ledger, 'p1');
    const treasury = dimt(ledger, 'treasury');
    // Half of the weight is false: that chance asks for none of it in 24 tries happens once in 16 million days.
    expect(serve(ledger, 'p1', padded).proven).toBe('chain.provider.opening');
    settle(ledger);
    expect(dimt(ledger, 'p1')).toBe(before);
    expect(dimt(ledger, 'treasury') - treasury).toBe(50_000n * DIMT);
    expect(providerOf(ledger.app.read(), key('p1').address)?.depositMicro).toBe(4_950_000n * DIMT);
    const { claim } = prepare(ledger, 'p1', everybodyServed());
    expect(code(run('p1', claim))).toBe('chain.provider.deposit-low');
    expect(code(run('p1', register()))).toBe('ok');
    expect(providerOf(ledger.app.read(), key('p1').address)?.depositMicro).toBe(5_000_000n * DIMT);
    audit(ledger);
  });

  test('padding never pays: over all chances of being asked, an honest claim earns more', () => {
    // Of weight 1 that is right, a part f on top is false: (1 + f) is paid where no sample meets it.
    for (const falsePart of [0.001, 0.01, 0.05, 0.2, 0.5, 0.9]) {
      const whole = 1 + falsePart / (1 - falsePart);
      expect((1 - falsePart) ** TERMS.samples * whole).toBeLessThan(1);
    }
  });
});

describe('the tree of a claim', () => {
  const leaves = fc
    .uniqueArray(
      fc.tuple(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.bigInt({ min: 1n, max: 1_000n })),
      {
        minLength: 1,
        maxLength: 40,
        selector: ([user]) => user.join(','),
      },
    )
    .map((all) => all.map(([user, weight]): Leaf => ({ user, weight, content: sha256(user) })));

  test('property: every point opens to one leaf, whose span holds it, and spans cover the weight once', () => {
    fc.assert(
      fc.property(leaves, (all) => {
        const tree = buildServiceTree(all);
        expect(tree.weight).toBe(all.reduce((sum, { weight }) => sum + weight, 0n));
        let point = 0n;
        for (let count = 0; count < all.length; count++) {
          const { leaf, path } = tree.open(point);
          const span = openedSpan(leaf, path, tree.root, tree.weight);
          expect(span).toEqual({ from: point, to: point + leaf.weight });
          point += leaf.weight;
        }
        expect(point).toBe(tree.weight);
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  test('property: another weight, user, content, sibling or place leads nowhere', () => {
    fc.assert(
      fc.property(leaves, fc.bigInt({ min: 0n, max: 2n ** 32n }), (all, chance) => {
        const tree = buildServiceTree(all);
        const { leaf, path } = tree.open(chance % tree.weight);
        const opens = (changed: Leaf, way = path) =>
          openedSpan(changed, way, tree.root, tree.weight) !== undefined;
        expect(opens(leaf)).toBe(true);
        expect(opens({ ...leaf, weight: leaf.weight + 1n })).toBe(false);
        expect(opens({ ...leaf, content: sha256(leaf.content) })).toBe(false);
        expect(opens({ ...leaf, user: flipped(leaf.user, 0) })).toBe(false);
        expect(opens(leaf, path.slice(1))).toBe(path.length === 0);
        expect(opens(leaf, [...path, { hash: tree.root, weight: 0n }])).toBe(false);
        const [first, ...rest] = path;
        if (first !== undefined) {
          expect(opens(leaf, [{ ...first, weight: first.weight + 1n }, ...rest])).toBe(false);
          expect(opens(leaf, [{ ...first, hash: flipped(first.hash, 5) }, ...rest])).toBe(false);
        }
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  test('a user cannot be put in twice', () => {
    const leaf: Leaf = { user: key('user 0').address, weight: 3n, content: message('a') };
    expect(() => buildServiceTree([leaf, { ...leaf, content: message('b') }])).toThrow();
  });
});

function flipped(bytes: Bytes, place: number): Bytes {
  return concatBytes(
    bytes.slice(0, place),
    Uint8Array.of((bytes[place] ?? 0) ^ 0x80),
    bytes.slice(place + 1),
  );
}
