// Orders on the application: the whole story, what is refused, and what deadlines do by themselves.

import { describe, expect, test } from 'vitest';
import normalDocument from '../../assets/paradigms/normal.json' with { type: 'json' };
import { sha256, unwrap, utf8ToBytes } from '../base/index.ts';
import { encodeParadigm, instanceAddress, paradigmId } from '../paradigm/index.ts';
import type { Message } from './messages.ts';
import { POOLS } from './modules/index.ts';
import { codeOf, createLedger } from './testing/ledger.ts';
import { dpn, event, send, stateOf, withOrder } from './testing/orders.ts';
import * as world from './testing/world.ts';

describe('orders', () => {
  test('the whole story pays exactly what the quote says', () => {
    const { ledger, quote, instance, licence } = withOrder(2);
    const held = () => ledger.app.read().account(instance).balances.DPN;
    expect(held()).toBe(quote.totalMicro);
    const { gcodeHash } = quote.slice;
    const use = (copy: number): Message => ({ type: 'licence.use', licence, copy, gcodeHash });
    const report = (copy: number, outcome: 'finished' | 'failed' = 'finished'): Message => ({
      type: 'licence.report',
      licence,
      copy,
      telemetryHead: gcodeHash,
      entries: 9,
      outcome,
    });
    const release: Message = { type: 'licence.release', licence, wrappedKey: new Uint8Array(60) };
    const steps: readonly (readonly [world.Name, Message, string])[] = [
      ['designer', release, 'chain.licence.unknown'],
      ['stranger', event(instance, 'accept'), 'paradigm.event.unauthorised'],
      ['owner', event(instance, 'accept'), 'done'],
      ['owner', event(instance, 'accept'), 'paradigm.event.untimely'],
      ['machine', use(1), 'chain.licence.unreleased'],
      ['stranger', release, 'chain.licence.not-licensor'],
      ['designer', release, 'done'],
      ['designer', release, 'chain.licence.released'],
      ['owner', use(1), 'chain.licence.not-machine'],
      ['machine', use(2), 'chain.licence.copy-order'],
      ['machine', report(1), 'chain.licence.not-begun'],
      ['machine', use(1), 'done'],
      ['machine', use(1), 'chain.licence.copy-order'],
      ['owner', report(1), 'chain.licence.not-machine'],
      ['machine', report(1, 'failed'), 'done'],
      ['machine', report(1), 'chain.licence.not-begun'],
      ['machine', use(1), 'done'],
      ['machine', report(1), 'done'],
      ['machine', event(instance, 'printed'), 'paradigm.event.refused'],
      ['machine', use(2), 'done'],
      ['machine', report(2), 'done'],
      ['machine', use(3), 'chain.licence.used-up'],
      ['machine', use(2), 'chain.licence.used-up'],
      ['machine', event(instance, 'printed', { facts: { copiesFinished: 2 } }), 'chain.contract.args'],
      ['machine', event(instance, 'printed'), 'done'],
      ['owner', event(instance, 'ship', { carrier: 'Post', tracking: 'A1' }), 'done'],
      ['buyer', event(instance, 'confirm'), 'done'],
      ['buyer', event(instance, 'confirm'), 'paradigm.event.closed'],
    ];
    const before = {
      owner: dpn(ledger, 'owner'),
      designer: dpn(ledger, 'designer'),
      author: dpn(ledger, 'author'),
    };
    const fees = { owner: 0n, designer: 0n };
    for (const [index, [from, message, expected]] of steps.entries()) {
      expect([index, codeOf(ledger.run(from, message))]).toEqual([index, expected]);
      if (from === 'owner' || from === 'machine') fees.owner += world.FEE_MICRO;
      if (from === 'designer') fees.designer += world.FEE_MICRO;
    }
    const { payouts } = quote;
    expect(held()).toBe(0n);
    expect(dpn(ledger, 'owner')).toBe(before.owner + payouts.owner - fees.owner);
    expect(dpn(ledger, 'designer')).toBe(before.designer + payouts.designer - fees.designer);
    expect(dpn(ledger, 'author')).toBe(before.author + payouts.author);
    expect(stateOf(ledger, instance)?.state).toBe('settled');
    expect(ledger.app.read().model(world.DESIGN_HASH)?.copiesPrinted).toBe(2);
    expect(ledger.app.read().copy(licence, 1)).toMatchObject({
      attempts: 2,
      report: { outcome: 'finished' },
    });
  });

  test('only the print file that was priced may be printed', () => {
    const { ledger, quote, instance, licence } = withOrder(1);
    ledger.run('owner', event(instance, 'accept'));
    ledger.run('designer', { type: 'licence.release', licence, wrappedKey: new Uint8Array(60) });
    const other = quote.slice.gcodeHash.slice();
    other[31] = (other[31] ?? 0) ^ 1;
    const use = (gcodeHash: Uint8Array): Message => ({ type: 'licence.use', licence, copy: 1, gcodeHash });
    const refused = ledger.run('machine', use(other));
    expect([codeOf(refused), refused.result.code]).toEqual(['chain.licence.gcode', 80]);
    expect(ledger.app.read().licence(licence)).toMatchObject({ used: 0, reported: 0 });
    expect(ledger.app.read().copy(licence, 1)).toBeUndefined();
    expect(codeOf(ledger.run('machine', use(quote.slice.gcodeHash)))).toBe('done');
  });

  test('a failed copy may be begun again, but not for ever', () => {
    const { ledger, quote, instance, licence } = withOrder(1);
    ledger.run('owner', event(instance, 'accept'));
    ledger.run('designer', { type: 'licence.release', licence, wrappedKey: new Uint8Array(60) });
    const use: Message = { type: 'licence.use', licence, copy: 1, gcodeHash: quote.slice.gcodeHash };
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(codeOf(ledger.run('machine', use))).toBe('done');
      const failed = {
        type: 'licence.report',
        licence,
        copy: 1,
        telemetryHead: world.DESIGN_HASH,
        entries: 1,
        outcome: 'failed',
      } as const;
      expect(codeOf(ledger.run('machine', failed))).toBe('done');
    }
    expect(codeOf(ledger.run('machine', use))).toBe('chain.licence.attempts');
    expect(ledger.app.read().licence(licence)).toMatchObject({ used: 1, reported: 1, finished: 0 });
  });

  test('after the end of an order nothing more is released or printed', () => {
    const { ledger, quote, instance, licence } = withOrder(2);
    ledger.run('owner', event(instance, 'accept'));
    ledger.run('designer', { type: 'licence.release', licence, wrappedKey: new Uint8Array(60) });
    expect(codeOf(ledger.run('owner', event(instance, 'fail', { reason: 'nozzle' })))).toBe('done');
    const use: Message = { type: 'licence.use', licence, copy: 1, gcodeHash: quote.slice.gcodeHash };
    expect(codeOf(ledger.run('machine', use))).toBe('chain.licence.closed');
  });

  test('deadlines refund by themselves, in the block that reaches them', () => {
    const { ledger, instance, quote } = withOrder(1);
    const before = dpn(ledger, 'buyer');
    const deadlineS = stateOf(ledger, instance)?.deadlineS ?? 0n;
    expect(ledger.app.nextDeadlineS()).toBe(deadlineS);
    ledger.block([], deadlineS - 1n - ledger.nowS());
    expect(stateOf(ledger, instance)?.state).toBe('open');
    const { blockEvents } = ledger.block([], 1n);
    expect(stateOf(ledger, instance)).toMatchObject({
      state: 'expired',
      heldMicro: 0n,
      deadlineS: undefined,
    });
    expect(dpn(ledger, 'buyer')).toBe(before + quote.totalMicro);
    expect(blockEvents.map(({ type }) => type)).toEqual(['contract.paid', 'contract.deadline']);
    // What is left to happen by itself is that the ended contract is pruned, 90 days later, and its deposit returned.
    expect(ledger.app.nextDeadlineS()).toBe(deadlineS + 90n * 86_400n);
    ledger.block([], 90n * 86_400n);
    expect(ledger.app.nextDeadlineS()).toBeUndefined();
  });

  test('a deadline that a step replaced does nothing when its time comes', () => {
    const { ledger, instance } = withOrder(1);
    const first = stateOf(ledger, instance)?.deadlineS ?? 0n;
    ledger.run('owner', event(instance, 'accept'));
    const second = stateOf(ledger, instance)?.deadlineS ?? 0n;
    expect(second).toBeGreaterThan(first);
    ledger.block([], first - ledger.nowS());
    expect(stateOf(ledger, instance)?.state).toBe('accepted');
    ledger.block([], second - ledger.nowS());
    expect(stateOf(ledger, instance)?.deadlineS).toBeUndefined();
  });

  test('every disagreement of an order with the chain is refused, and no money moves', () => {
    const ledger = createLedger();
    ledger.run('designer', world.REGISTER_MODEL);
    ledger.run('owner', world.registerMachine());
    const good = world.createQuote(2);
    const open = (changes: Parameters<typeof world.createQuote>[1]) =>
      world.openOrder(world.createQuote(2, changes));
    const other = world.addressOf('stranger');
    const base = world.openOrder(good) as Message & { type: 'contract.open' };
    const cases: readonly (readonly [Message, string])[] = [
      [open({ chainId: 'elsewhere' }), 'chain.contract.quote-chain'],
      [open({ validUntilS: Number(world.GENESIS_S) }), 'chain.contract.quote-expired'],
      [open({ designHash: sha256(other) }), 'chain.model.unknown'],
      [open({ designer: other }), 'chain.contract.quote-mismatch'],
      [open({ licenceMicroPerCopy: 1n }), 'chain.contract.quote-mismatch'],
      [open({ machine: other }), 'chain.machine.unknown'],
      [open({ owner: other }), 'chain.contract.quote-mismatch'],
      [open({ profile: { ...world.PROFILE, rateMicroPerHour: 1n } }), 'chain.contract.quote-mismatch'],
      [open({ authorBasisPoints: 0 }), 'chain.contract.quote-mismatch'],
      [open({ networkBasisPoints: 0 }), 'chain.contract.quote-mismatch'],
      [world.openOrder({ ...good, totalMicro: good.totalMicro - 1n }), 'quote.figures.differ'],
      [{ ...base, quote: utf8ToBytes('no quote') }, 'record.malformed'],
      [{ ...base, paradigm: sha256(other) }, 'chain.paradigm.unknown'],
      [{ ...base, roles: { owner: other } }, 'chain.contract.role'],
      [{ ...base, roles: { buyer: other } }, 'chain.contract.role'],
      [{ ...base, roles: { network: other } }, 'chain.contract.role'],
      [{ ...base, roles: { judge: other } }, 'paradigm.role.unknown'],
      [{ ...base, params: { totalMicro: 1 } }, 'chain.contract.param'],
      [{ ...base, params: { quoteHash: sha256(other) } }, 'chain.contract.param'],
      [{ ...base, params: { acceptS: 1 } }, 'paradigm.param.invalid'],
      [{ ...base, params: { bribe: 1 } }, 'paradigm.param.unknown'],
    ];
    const before = dpn(ledger, 'buyer');
    for (const [index, [message, code]] of cases.entries()) {
      expect([index, codeOf(ledger.run('buyer', message))]).toEqual([index, code]);
    }
    expect(dpn(ledger, 'buyer')).toBe(before - BigInt(cases.length) * world.FEE_MICRO);
    expect(ledger.app.read().indexLength('contracts')).toBe(0n);
    const spelt = {
      ...base,
      roles: { owner: world.addressOf('owner') },
      params: { quantity: 2, totalMicro: good.totalMicro },
    };
    expect(codeOf(ledger.run('buyer', spelt))).toBe('done');
    const parties = ['buyer', 'owner', 'designer', 'machine', 'author', 'treasury'] as const;
    for (const party of parties)
      expect(ledger.app.read().indexLength('contracts-of', world.addressOf(party))).toBe(1n);
    expect(ledger.app.read().indexLength('contracts-for', world.DESIGN_HASH)).toBe(1n);
  });

  test('an order the buyer cannot afford leaves nothing but the fee behind', () => {
    const ledger = createLedger();
    ledger.run('designer', world.REGISTER_MODEL);
    ledger.run('owner', world.registerMachine());
    ledger.run('buyer', send('owner', world.FUNDS_MICRO - 500_000n));
    const refused = ledger.run('buyer', world.openOrder(world.createQuote(1)));
    expect(codeOf(refused)).toBe('chain.bank.unaffordable');
    expect(refused.events).toEqual([]);
    expect(ledger.app.read().indexLength('contracts')).toBe(0n);
    // The deposit that was taken before came back with everything else.
    expect(ledger.app.read().account(POOLS.storage).balances.DPN).toBe(0n);
    ledger.run('buyer', send('owner', 400_000n));
    const poor = ledger.run('buyer', world.openOrder(world.createQuote(1)));
    expect(codeOf(poor)).toBe('chain.contract.deposit');
  });

  test('a deadline that cannot act holds nothing up, harms nothing and is tried again later', () => {
    const { open, ...states } = normalDocument.states;
    const deadline = { ...open.deadline, effects: [{ do: 'pay', to: 'buyer', amount: 'held + 1' }] };
    const broken = { ...normalDocument, name: 'broken', states: { open: { ...open, deadline }, ...states } };
    const document = unwrap(encodeParadigm(broken));
    const { ledger, instance: sound } = withOrder(1);
    expect(codeOf(ledger.run('council', { type: 'paradigm.publish', document }))).toBe('done');
    const order = world.openOrder(world.createQuote(1)) as Message & { type: 'contract.open' };
    const opened = ledger.run('buyer', { ...order, paradigm: paradigmId(document) });
    const instance = opened.result.data;
    const before = stateOf(ledger, instance);
    const deadlineS = before?.deadlineS ?? 0n;
    const { blockEvents } = ledger.block([], deadlineS - ledger.nowS());
    expect(blockEvents.map(({ type }) => type)).toEqual([
      'contract.paid',
      'contract.deadline',
      'contract.deadline-failed',
    ]);
    expect(stateOf(ledger, sound)?.state).toBe('expired');
    expect(stateOf(ledger, instance)).toEqual(before);
    expect(ledger.app.read().account(instance).balances.DPN).toBe(before?.heldMicro);
    expect(ledger.app.nextDeadlineS()).toBe(ledger.nowS() + 3600n);
    expect(ledger.block([], 3599n).blockEvents).toEqual([]);
    expect(ledger.block([], 1n).blockEvents).toHaveLength(1);
  });

  test('no role of an order may be a contract, not even the one being opened', () => {
    const { ledger, instance } = withOrder(1);
    const helper = { kind: 'account', label: { en: 'Helper', 'zh-Hans': '帮手' } };
    const wider = { ...normalDocument, name: 'wider', roles: { ...normalDocument.roles, helper } };
    const document = unwrap(encodeParadigm(wider));
    expect(
      codeOf(
        ledger.run('council', { type: 'paradigm.publish', document, author: world.addressOf('author') }),
      ),
    ).toBe('done');
    const paradigm = paradigmId(document);
    const open = (account: Uint8Array): Message => {
      const order = world.openOrder(world.createQuote(1)) as Message & { type: 'contract.open' };
      return { ...order, paradigm, roles: { helper: account } };
    };
    expect(codeOf(ledger.run('buyer', open(instance)))).toBe('chain.contract.role-keyless');
    const { seq } = ledger.app.read().account(world.addressOf('buyer'));
    const own = instanceAddress({ chainId: world.CHAIN_ID, paradigm, opener: world.addressOf('buyer'), seq });
    expect(codeOf(ledger.run('buyer', open(own)))).toBe('chain.contract.role-keyless');
    expect(codeOf(ledger.run('buyer', open(world.addressOf('stranger'))))).toBe('done');
    expect(ledger.app.read().indexLength('contracts-of', world.addressOf('stranger'))).toBe(1n);
  });

  test('nobody can pay into a contract from outside', () => {
    const { ledger, instance } = withOrder(1);
    const gift: Message = { type: 'bank.send', to: instance, token: 'DPN', amountMicro: 1n };
    expect(codeOf(ledger.run('stranger', gift))).toBe('chain.bank.keyless');
  });
});
