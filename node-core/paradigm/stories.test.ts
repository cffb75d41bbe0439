// Contracts whose parties come while they run, told as stories: who joins, who cheats, who falls silent, who is paid.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bytesToHex, unwrap } from '../base/index.ts';
import { checkDocument } from './check.ts';
import { readParadigm } from './codec.ts';
import type { Instance, Paradigm, ParadigmValue, StepOutcome, World } from './index.ts';
import { applyDeadline, applyEvent, openInstance } from './index.ts';
import { opensSeal, sealValue } from './seal.ts';
import { readSource } from './source.ts';

type Values = Record<string, ParadigmValue>;

const textOf = (name: string) =>
  readFileSync(new URL(`../../assets/paradigms/${name}.yaml`, import.meta.url), 'utf8');
const load = (name: string): Paradigm => unwrap(readParadigm(textOf(name))).paradigm;
/** The account of a name; roles of one account are called like the role. */
const who = (name: string) => new Uint8Array(20).fill(0).map((_, i) => name.charCodeAt(i % name.length));

/** Tells a story of `[who, event, arguments]`, `…` being silence until the deadline; refusals are told by their code. */
function tell(p: Paradigm, params: Values, world: World = {}) {
  const roles = Object.fromEntries(
    Object.keys(p.roles)
      .filter((role) => !p.crowds.has(role))
      .map((role) => [role, who(role)]),
  );
  const gains: Record<string, bigint> = {};
  const names = new Map<string, string>();
  const move = (account: Uint8Array, role: string, amount: bigint) => {
    const name = names.get(account.join()) ?? role;
    gains[name] = (gains[name] ?? 0n) + amount;
  };
  let instance: Instance;
  const take = (outcome: StepOutcome) => {
    for (const effect of outcome.effects) {
      if (effect.kind === 'hold') move(effect.from, effect.role, -effect.amountMicro);
      if (effect.kind === 'pay') move(effect.to, effect.role, effect.amountMicro);
    }
    instance = outcome.instance;
    return outcome;
  };
  const opening = { roles, params, caller: who(p.opening.by[0] ?? ''), timeS: 1000n, world };
  take(unwrap(openInstance(p, opening)));
  const story = {
    step(name: string, event: string, args: Values = {}): string {
      names.set(who(name).join(), name);
      const timeS = (instance.deadlineS ?? 1n) - 1n;
      const result = applyEvent(p, instance, { event, caller: who(name), args, timeS, world });
      if (!result.ok) return result.fault.code;
      take(result.value);
      return instance.state;
    },
    silence(): string {
      take(unwrap(applyDeadline(p, instance, instance.deadlineS ?? 0n, world)));
      return instance.state;
    },
    get end() {
      return { state: instance.state, held: instance.heldMicro, gains };
    },
    get instance() {
      return instance;
    },
  };
  return story;
}

describe('a group purchase', () => {
  const p = load('group-purchase');
  const offer = () => tell(p, { article: 'Planters', unitMicro: 100n, minimum: 5n });

  test('reaches its minimum: one buyer confirms, one complains, one says nothing', () => {
    const story = offer();
    expect(story.step('ann', 'join', { items: 2n })).toBe('collecting');
    expect(story.step('ben', 'join', { items: 1n })).toBe('collecting');
    expect(story.step('supplier', 'start')).toBe('paradigm.event.refused');
    expect(story.step('cleo', 'join', { items: 3n })).toBe('collecting');
    expect(story.step('supplier', 'start')).toBe('making');
    expect(story.step('supplier', 'ship')).toBe('shipped');
    expect(story.step('ann', 'confirm')).toBe('shipped');
    expect(story.step('ann', 'complain')).toBe('paradigm.event.refused');
    expect(story.step('ben', 'complain')).toBe('shipped');
    expect(story.silence()).toBe('settled');
    expect(story.end).toEqual({
      state: 'settled',
      held: 0n,
      gains: { ann: -200n, ben: -50n, cleo: -300n, supplier: 550n },
    });
  });

  test('that misses its minimum gives everybody everything back', () => {
    const story = offer();
    story.step('ann', 'join', { items: 2n });
    story.step('ben', 'join', { items: 2n });
    expect(story.silence()).toBe('cancelled');
    expect(story.end.gains).toEqual({ ann: 0n, ben: 0n });
  });

  test('lets nobody join twice, act without having joined, or join a full one', () => {
    const story = offer();
    story.step('ann', 'join', { items: 5n });
    expect(story.step('ann', 'join', { items: 1n })).toBe('paradigm.crowd.joined');
    expect(story.step('eve', 'confirm')).toBe('paradigm.event.untimely');
    for (let i = 1; i < 50; i++) expect(story.step(`buyer${i}`, 'join', { items: 1n })).toBe('collecting');
    expect(story.step('late', 'join', { items: 1n })).toBe('paradigm.crowd.full');
    story.step('supplier', 'start');
    story.step('supplier', 'ship');
    expect(story.step('eve', 'confirm')).toBe('paradigm.event.unauthorised');
    expect(story.step('supplier', 'confirm')).toBe('paradigm.event.unauthorised');
  });

  test('pays a full crowd within the gas bound of the step', () => {
    const story = offer();
    for (let i = 0; i < 50; i++) story.step(`buyer${i}`, 'join', { items: 1n });
    const before = story.instance;
    const { gas, effects } = unwrap(applyDeadline(p, before, before.deadlineS ?? 0n));
    expect(effects).toHaveLength(50);
    expect(gas).toBeLessThanOrEqual(p.deadlines.get('collecting')?.gasMax ?? 0n);
    expect(before.heldMicro).toBe(5000n);
  });
});

describe('a sealed bidding', () => {
  const p = load('sealed-bidding');
  const invite = () =>
    tell(p, { job: '40 brackets, PETG', budgetMicro: 1000n, depositMicro: 10n, rejectPercent: 30n });
  const salt = (byte: number) => new Uint8Array(32).fill(byte);
  const bid = (name: string, bidMicro: bigint, byte: number) => ({
    bid: sealValue(who(name), bidMicro, salt(byte)),
  });
  const shown = (bidMicro: bigint, byte: number) => ({ bidMicro, salt: salt(byte) });

  test('is won by the lowest bid; who does not open loses the deposit', () => {
    const story = invite();
    story.step('ann', 'bid', bid('ann', 700n, 1));
    story.step('ben', 'bid', bid('ben', 600n, 2));
    story.step('cleo', 'bid', bid('cleo', 500n, 3));
    expect(story.step('ben', 'reveal', shown(600n, 2))).toBe('paradigm.event.untimely');
    expect(story.silence()).toBe('opening');
    expect(story.step('late', 'bid', bid('late', 1n, 4))).toBe('paradigm.event.untimely');
    expect(story.step('ann', 'reveal', shown(700n, 1))).toBe('leading');
    expect(story.step('ben', 'reveal', shown(600n, 2))).toBe('leading');
    expect(story.silence()).toBe('awarded');
    expect(story.step('ann', 'deliver')).toBe('paradigm.event.refused');
    expect(story.step('ben', 'deliver')).toBe('delivered');
    expect(story.step('buyer', 'accept')).toBe('settled');
    expect(story.end.gains).toEqual({ buyer: -590n, ann: 0n, ben: 600n, cleo: -10n });
  });

  test('of equal bids the one that was sealed first wins, whoever opens first', () => {
    const story = invite();
    story.step('ann', 'bid', bid('ann', 600n, 1));
    story.step('ben', 'bid', bid('ben', 600n, 2));
    story.silence();
    story.step('ben', 'reveal', shown(600n, 2));
    story.step('ann', 'reveal', shown(600n, 1));
    story.silence();
    expect(story.step('ben', 'deliver')).toBe('paradigm.event.refused');
    expect(story.step('ann', 'deliver')).toBe('delivered');
    expect(story.step('buyer', 'reject')).toBe('rejected');
    expect(story.end.gains).toEqual({ buyer: -420n, ann: 420n, ben: 0n });
  });

  test('cannot be cheated: another value, another salt, a copied seal, a second opening, a bid above the budget', () => {
    const story = invite();
    story.step('ann', 'bid', bid('ann', 600n, 1));
    story.step('eve', 'bid', bid('ann', 600n, 1));
    story.step('ben', 'bid', bid('ben', 1001n, 2));
    story.silence();
    expect(story.step('ann', 'reveal', shown(500n, 1))).toBe('paradigm.event.refused');
    expect(story.step('ann', 'reveal', shown(600n, 9))).toBe('paradigm.event.refused');
    expect(story.step('eve', 'reveal', shown(600n, 1))).toBe('paradigm.event.refused');
    expect(story.step('ben', 'reveal', shown(1001n, 2))).toBe('paradigm.event.refused');
    expect(story.step('ann', 'reveal', shown(600n, 1))).toBe('leading');
    expect(story.step('ann', 'reveal', shown(600n, 1))).toBe('paradigm.event.refused');
    story.silence();
    expect(story.silence()).toBe('failed');
    expect(story.end.gains).toEqual({ buyer: 30n, ann: -10n, eve: -10n, ben: -10n });
  });

  test('that nobody wins returns the budget', () => {
    const story = invite();
    expect(story.step('buyer', 'withdraw')).toBe('noWinner');
    const silent = invite();
    silent.step('ann', 'bid', bid('ann', 600n, 1));
    expect(silent.step('buyer', 'withdraw')).toBe('paradigm.event.refused');
    silent.silence();
    expect(silent.silence()).toBe('noWinner');
    expect(silent.end.gains).toEqual({ buyer: 10n, ann: -10n });
  });
});

describe('an open auction', () => {
  const p = load('bidding');
  const auction = () => tell(p, { lot: 'A model', reserveMicro: 100n, stepMicro: 10n });

  test('is won by the highest bid; whoever is outbid is paid back at once and may bid again', () => {
    const story = auction();
    expect(story.step('ann', 'bid', { bidMicro: 99n })).toBe('paradigm.event.refused');
    expect(story.step('ann', 'bid', { bidMicro: 100n })).toBe('led');
    expect(story.step('ben', 'bid', { bidMicro: 109n })).toBe('paradigm.event.refused');
    expect(story.step('ben', 'bid', { bidMicro: 110n })).toBe('led');
    expect(story.end.gains).toEqual({ ann: 0n, ben: -110n });
    expect(story.step('ben', 'raise', { bidMicro: 500n })).toBe('paradigm.event.refused');
    expect(story.step('ann', 'raise', { bidMicro: 150n })).toBe('led');
    expect(story.silence()).toBe('sold');
    expect(story.step('seller', 'deliver')).toBe('delivered');
    expect(story.step('ben', 'accept')).toBe('paradigm.event.refused');
    expect(story.step('ann', 'accept')).toBe('settled');
    expect(story.end).toEqual({ state: 'settled', held: 0n, gains: { ann: -150n, ben: 0n, seller: 150n } });
  });

  test('without a bid sells nothing, and without a delivery costs nothing', () => {
    const silent = auction();
    expect(silent.silence()).toBe('unsold');
    const undelivered = auction();
    undelivered.step('ann', 'bid', { bidMicro: 200n });
    undelivered.silence();
    expect(undelivered.silence()).toBe('failed');
    expect(undelivered.end.gains).toEqual({ ann: 0n });
  });
});

test('a carriage: damage costs the agreed part of the insured value, a loss all of it', () => {
  const parcel = { parcel: 'a box', freightMicro: 5n, insuredMicro: 101n, damagePercent: 50n };
  const damaged = tell(load('logistics'), parcel);
  expect(damaged.step('recipient', 'takeOver', { tracking: 'x' })).toBe('paradigm.event.unauthorised');
  damaged.step('carrier', 'takeOver', { tracking: 'AB1' });
  expect(damaged.step('carrier', 'track', { place: 'Shenzhen' })).toBe('carried');
  damaged.step('carrier', 'deliver');
  expect(damaged.step('recipient', 'complain')).toBe('damaged');
  expect(damaged.end.gains).toEqual({ shipper: 45n, carrier: -45n });
  const lost = tell(load('logistics'), parcel);
  lost.step('carrier', 'takeOver', { tracking: 'AB2' });
  expect(lost.silence()).toBe('lost');
  expect(lost.end.gains).toEqual({ shipper: 101n, carrier: -101n });
});

test('a rent: back in order, damaged, or kept', () => {
  const rent = () => {
    const disputeParadigm = load('dispute').id;
    const params = { equipment: 'A mill', rentMicro: 10n, depositMicro: 50n, disputeParadigm };
    const story = tell(load('equipment-rental'), params);
    expect(story.step('owner', 'handOver')).toBe('rented');
    return story;
  };
  const good = rent();
  good.step('renter', 'giveBack');
  expect(good.silence()).toBe('settled');
  expect(good.end.gains).toEqual({ renter: -10n, owner: 10n });
  const damaged = rent();
  damaged.step('renter', 'giveBack');
  expect(damaged.step('owner', 'reportDamage', { damage: 'The spindle is bent.' })).toBe('claimed');
  expect(damaged.step('owner', 'admit')).toBe('paradigm.event.unauthorised');
  expect(damaged.silence()).toBe('damaged');
  expect(damaged.end.gains).toEqual({ renter: -35n, owner: 35n });
  const admitted = rent();
  admitted.step('renter', 'giveBack');
  admitted.step('owner', 'reportDamage', { damage: 'The spindle is bent.' });
  expect(admitted.step('renter', 'admit')).toBe('damaged');
  expect(admitted.end.gains).toEqual({ renter: -35n, owner: 35n });
  const forgiven = rent();
  forgiven.step('renter', 'giveBack');
  forgiven.step('owner', 'reportDamage', { damage: 'Nothing, in truth.' });
  expect(forgiven.step('owner', 'accept')).toBe('settled');
  expect(forgiven.end.gains).toEqual({ renter: -10n, owner: 10n });
  const denied = rent();
  denied.step('renter', 'giveBack');
  denied.step('owner', 'reportDamage', { damage: 'The spindle is bent.' });
  expect(denied.step('renter', 'deny')).toBe('disputed');
  // The deposit is in the dispute.
  expect(denied.end.gains).toEqual({ renter: -60n, owner: 10n });
  const kept = rent();
  expect(kept.silence()).toBe('kept');
  expect(kept.end.gains).toEqual({ renter: -60n, owner: 60n });
});

describe('a clearing', () => {
  const order = { order: 'A lamp', localPrice: 'CNY 120', priceMicro: 101n, feeMicro: 7n };
  const funded = () => {
    const story = tell(load('clearing'), order);
    expect(story.step('buyer', 'reportPayment', { reference: 'early' })).toBe('paradigm.event.untimely');
    expect(story.step('agency', 'fund')).toBe('awaited');
    return story;
  };

  test('pays seller and agency in coins although the buyer has none', () => {
    const story = funded();
    expect(story.step('buyer', 'reportPayment', { reference: 'A-17' })).toBe('reported');
    expect(story.step('buyer', 'attest')).toBe('paradigm.event.unauthorised');
    expect(story.step('agency', 'attest')).toBe('paid');
    expect(story.step('agency', 'deny')).toBe('paradigm.event.untimely');
    expect(story.step('seller', 'deliver')).toBe('delivered');
    expect(story.step('buyer', 'confirm')).toBe('settled');
    expect(story.end).toEqual({ state: 'settled', held: 0n, gains: { seller: 94n, agency: -94n } });
  });

  test('pays the buyer in coins where nothing is delivered, or part of it is returned', () => {
    const undelivered = funded();
    undelivered.step('agency', 'attest');
    expect(undelivered.silence()).toBe('undelivered');
    expect(undelivered.end.gains).toEqual({ buyer: 101n, seller: -7n, agency: -94n });
    const poor = funded();
    poor.step('agency', 'attest');
    poor.step('seller', 'deliver');
    expect(poor.step('buyer', 'complain')).toBe('complained');
    expect(poor.end.gains).toEqual({ buyer: 50n, seller: 44n, agency: -94n });
  });

  test('without a payment gives agency and seller their own back', () => {
    const silent = funded();
    expect(silent.silence()).toBe('unpaid');
    expect(silent.end.gains).toEqual({ seller: 0n, agency: 0n });
    const denied = funded();
    denied.step('buyer', 'reportPayment', { reference: 'forged' });
    expect(denied.step('agency', 'deny')).toBe('unpaid');
    expect(denied.end.gains).toEqual({ seller: 0n, agency: 0n });
  });

  test('counts as paid where the agency does not answer, and earns it no fee', () => {
    const story = funded();
    story.step('buyer', 'reportPayment', { reference: 'A-18' });
    expect(story.silence()).toBe('paid');
    story.step('seller', 'deliver');
    expect(story.silence()).toBe('settled');
    expect(story.end.gains).toEqual({ seller: 101n, agency: -101n });
  });
});

describe('a supply of material', () => {
  const supply = () => {
    const terms = { material: 'PETG, 10 kg', batches: 2n, batchMicro: 101n, depositMicro: 30n };
    const story = tell(load('material-supply'), terms);
    expect(story.step('supplier', 'accept')).toBe('between');
    expect(story.step('maker', 'call')).toBe('called');
    return story;
  };
  const note = { note: 'LS-1' };

  test('one batch is complained about, the last is accepted in silence', () => {
    const story = supply();
    expect(story.step('supplier', 'deliverLast', note)).toBe('paradigm.event.refused');
    expect(story.step('supplier', 'deliver', note)).toBe('delivered');
    expect(story.step('supplier', 'confirm')).toBe('paradigm.event.unauthorised');
    expect(story.step('maker', 'complain')).toBe('between');
    expect(story.step('maker', 'complain')).toBe('paradigm.event.untimely');
    story.step('maker', 'call');
    expect(story.step('supplier', 'deliver', note)).toBe('paradigm.event.refused');
    expect(story.step('supplier', 'deliverLast', note)).toBe('lastDelivered');
    expect(story.silence()).toBe('settled');
    expect(story.end).toEqual({ state: 'settled', held: 0n, gains: { maker: -152n, supplier: 152n } });
  });

  test('costs whoever does not go on the deposit', () => {
    const undelivered = supply();
    expect(undelivered.silence()).toBe('supplierLeft');
    expect(undelivered.end.gains).toEqual({ maker: 30n, supplier: -30n });
    const uncalled = supply();
    uncalled.step('supplier', 'deliver', note);
    uncalled.step('maker', 'confirm');
    expect(uncalled.silence()).toBe('makerLeft');
    expect(uncalled.end.gains).toEqual({ maker: -131n, supplier: 131n });
  });
});

describe('a dispute', () => {
  const fees = { mediationPercent: 1n, arbitrationPercent: 2n, silentPercent: 30n };
  const dispute = () => tell(load('dispute'), { matter: 'Warped prints', sumMicro: 1001n, ...fees });
  const share = (percent: bigint) => ({ percent, words: 'because' });

  test('costs no fee where the parties agree; who accepts names the share, and nobody accepts an own offer', () => {
    const story = dispute();
    const accept = (percent: bigint) => ({ percent });
    expect(story.step('payee', 'acceptOffer', accept(0n))).toBe('paradigm.event.refused');
    expect(story.step('payer', 'offer', share(60n))).toBe('talking');
    expect(story.step('payer', 'acceptOffer', accept(60n))).toBe('paradigm.event.refused');
    // An offer that is lowered while the answer is on its way is not what was accepted.
    expect(story.step('payer', 'offer', share(0n))).toBe('talking');
    expect(story.step('payee', 'acceptOffer', accept(60n))).toBe('paradigm.event.refused');
    expect(story.step('mediator', 'offer', share(1n))).toBe('paradigm.event.unauthorised');
    expect(story.step('payee', 'offer', share(60n))).toBe('talking');
    expect(story.step('payee', 'acceptOffer', accept(60n))).toBe('paradigm.event.refused');
    expect(story.step('payer', 'acceptOffer', accept(60n))).toBe('agreed');
    expect(story.end).toEqual({ state: 'agreed', held: 0n, gains: { payer: -600n, payee: 600n } });
  });

  test('is divided as the mediator proposes where both accept', () => {
    const story = dispute();
    expect(story.step('mediator', 'propose', share(50n))).toBe('paradigm.event.untimely');
    expect(story.silence()).toBe('mediating');
    expect(story.step('mediator', 'propose', share(50n))).toBe('weighing');
    expect(story.step('payee', 'agree')).toBe('consented');
    expect(story.step('payee', 'agree')).toBe('paradigm.event.refused');
    expect(story.step('payer', 'agree')).toBe('mediated');
    expect(story.end.gains).toEqual({ payer: -505n, payee: 495n, mediator: 10n });
  });

  test('goes to the arbiter where one party rejects, or is silent', () => {
    for (const rejects of [true, false]) {
      const story = dispute();
      story.silence();
      story.step('mediator', 'propose', share(50n));
      story.step('payer', 'agree');
      expect(rejects ? story.step('payee', 'reject') : story.silence()).toBe('arbitrating');
      expect(story.step('payee', 'decide', share(100n))).toBe('paradigm.event.unauthorised');
      expect(story.step('arbiter', 'decide', share(100n))).toBe('decided');
      expect(story.end.gains).toEqual({ payer: -1001n, payee: 971n, mediator: 10n, arbiter: 20n });
    }
  });

  test('pays no fee to a mediator and an arbiter who say nothing, and ends as agreed beforehand', () => {
    const story = dispute();
    expect([story.silence(), story.silence(), story.silence()]).toEqual([
      'mediating',
      'arbitrating',
      'undecided',
    ]);
    expect(story.end.gains).toEqual({ payer: -300n, payee: 300n });
  });
});

describe('an inquiry', () => {
  const ask = (asked: readonly string[] = []) =>
    tell(load('inquiry'), {
      conditions: '40 brackets',
      asked: asked.map(who),
      budgetMicro: 1000n,
      daysMax: 10n,
    });
  const answer = (priceMicro: bigint, days = 5n) => ({ priceMicro, days });

  test('takes the lowest price within the conditions, of equal ones the earliest answer', () => {
    const story = ask();
    expect(story.step('ann', 'answer', answer(1001n))).toBe('paradigm.event.refused');
    expect(story.step('ann', 'answer', answer(900n, 11n))).toBe('paradigm.event.refused');
    expect(story.step('ann', 'answer', answer(900n))).toBe('answered');
    expect(story.step('ben', 'answer', answer(701n))).toBe('answered');
    expect(story.step('cleo', 'answer', answer(701n, 1n))).toBe('answered');
    expect(story.step('ann', 'answer', answer(1n))).toBe('paradigm.crowd.joined');
    expect(story.step('buyer', 'withdraw')).toBe('paradigm.event.untimely');
    expect(story.silence()).toBe('taken');
    expect(story.end.gains).toEqual({ buyer: -701n });
    expect(story.step('cleo', 'deliver')).toBe('paradigm.event.refused');
    expect(story.step('ben', 'deliver')).toBe('delivered');
    expect(story.step('buyer', 'complain')).toBe('complained');
    expect(story.end).toEqual({ state: 'complained', held: 0n, gains: { buyer: -351n, ben: 351n } });
  });

  test('of named suppliers is answered by them alone', () => {
    const story = ask(['ann', 'ben']);
    expect(story.step('eve', 'answer', answer(1n))).toBe('paradigm.event.refused');
    expect(story.step('ben', 'answer', answer(800n))).toBe('answered');
    expect(story.step('eve', 'answer', answer(1n))).toBe('paradigm.event.refused');
    story.silence();
    expect(story.step('ben', 'deliver')).toBe('delivered');
    expect(story.silence()).toBe('settled');
    expect(story.end.gains).toEqual({ buyer: -800n, ben: 800n });
  });

  test('without an answer, or a delivery within its days, returns the budget', () => {
    const unanswered = ask();
    expect(unanswered.silence()).toBe('none');
    expect(unanswered.end.gains).toEqual({ buyer: 0n });
    const undelivered = ask();
    undelivered.step('ann', 'answer', answer(500n, 3n));
    undelivered.silence();
    const takenS = 1000n + 259_200n;
    expect(undelivered.instance.deadlineS).toBe(takenS + 3n * 86_400n);
    expect(undelivered.silence()).toBe('failed');
    expect(undelivered.end.gains).toEqual({ buyer: 0n });
  });
});

describe('a seal that could be read early', () => {
  // biome-ignore lint/suspicious/noExplicitAny: documents are damaged on purpose
  const changed = (change: (document: any) => void) => {
    const source = unwrap(readSource(textOf('sealed-bidding')));
    change(source.value);
    const report = checkDocument(source.value as object, { firstDefectOnly: true });
    return report.findings.map(({ code, message }) => (code === 'document' ? message : code));
  };

  test('is found where bids are opened while others can still be sealed', () => {
    expect(changed((d) => d.transitions[2].from.push('bidding'))).toContain('sealed-early');
    expect(changed((d) => d.transitions[0].from.push('leading'))).toContain('sealed-early');
    expect(
      changed((d) => {
        const { bidding, opening } = d.states;
        d.states.again = { ...bidding, deadline: { ...opening.deadline, to: 'noWinner' } };
        d.states.again.promise = { by: ['deadline'] };
        opening.deadline.to = 'again';
        opening.deadline.effects = [];
        d.transitions[0].from.push('again');
      }),
    ).toContain('sealed-early');
    const [refusal] = changed((d) => {
      d.states.opening.deadline.to = 'bidding';
    });
    expect(refusal).toContain('in a circle (bidding → opening → bidding)');
  });

  test('is found where the bid itself comes with the seal', () => {
    const found = changed((d) => {
      d.transitions[0].args.hint = d.transitions[2].args.bidMicro;
    });
    expect(found).toContain('sealed-early');
  });

  test('is refused where a seal is made of anything but what the sender sent', () => {
    const salted = (mine: string) =>
      changed((d) => {
        d.transitions[0].args.salt = d.transitions[2].args.salt;
        d.transitions[0].mine.bid = mine;
      });
    expect(salted('args.salt')[0]).toContain('a seal is kept as it came');
    expect(salted('args.bid == args.salt ? args.bid : args.salt')[0]).toContain('a seal is kept as it came');
    const read = changed((d) => {
      d.transitions[2].guard.when = 'mine.bid == args.salt';
    });
    expect(read[0]).toContain('a seal can only be opened');
  });
});

test('seals are made as documented, and nothing that a stranger sends makes opening one fail', () => {
  const [account, salt] = [new Uint8Array(20).fill(0x22), new Uint8Array(32).fill(0x33)];
  // Computed independently with Python's hashlib: SHA-256(domain ‖ 00 ‖ account ‖ value ‖ salt).
  const seal = sealValue(account, 6_000_000n, salt);
  expect(bytesToHex(seal)).toBe('f1b8ff284472f8a6e5c730c6aa01d58a574c3c4656705e717236623bb285b801');
  expect(opensSeal(seal, account, 6_000_000n, salt)).toBe(true);
  expect(opensSeal(seal, account, -1n, salt)).toBe(false);
  expect(opensSeal(seal, account, 6_000_000n, salt.subarray(1))).toBe(false);
  expect(opensSeal(seal, account.subarray(1), 6_000_000n, salt)).toBe(false);
  expect(opensSeal(seal.subarray(1), account, 6_000_000n, salt)).toBe(false);
  expect(() => sealValue(salt, 1n, salt)).toThrow(RangeError);
});
