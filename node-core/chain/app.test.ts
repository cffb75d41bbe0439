// The application without an engine: what each message does and refuses, that money is conserved over any history, and
// that the same blocks always lead to the same roots.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import normalDocument from '../../assets/paradigms/normal.json' with { type: 'json' };
import { bytesToHex, sha256, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { encodeParadigm, instanceAddress, paradigmId } from '../paradigm/index.ts';
import { createApplication } from './app.ts';
import type { Message } from './messages.ts';
import { instanceOf, licenceAddress, POOLS, signMachineProof } from './modules/index.ts';
import { createLedger, type Ledger, sumOf } from './testing/ledger.ts';
import * as world from './testing/world.ts';
import { buildTx } from './tx.ts';
import type { TxOutcome } from './types.ts';

const codeOf = (outcome: TxOutcome) => outcome.fault?.code ?? 'done';
const dpn = (ledger: Ledger, name: world.Name) =>
  ledger.app.read().account(world.addressOf(name)).balances.DPN;
const send = (to: world.Name, amountMicro: bigint): Message => ({
  type: 'bank.send',
  to: world.addressOf(to),
  token: 'DPN',
  amountMicro,
});
const event = (instance: Uint8Array, name: string, args = {}): Message => ({
  type: 'contract.event',
  instance,
  event: name,
  args,
});

/** A model, a machine and an opened order. */
function withOrder(quantity = 2) {
  const ledger = createLedger();
  expect(codeOf(ledger.run('designer', world.REGISTER_MODEL))).toBe('done');
  expect(codeOf(ledger.run('owner', world.registerMachine()))).toBe('done');
  const quote = world.createQuote(quantity);
  const opened = ledger.run('buyer', world.openOrder(quote));
  expect(codeOf(opened)).toBe('done');
  const instance = opened.result.data;
  return { ledger, quote, instance, licence: licenceAddress(instance, 0n) };
}

const stateOf = (ledger: Ledger, instance: Uint8Array) => {
  const contract = ledger.app.read().contract(instance);
  return contract === undefined ? undefined : instanceOf(contract);
};

describe('transactions', () => {
  test('fee and sequence: taken where the message is refused, and nothing else', () => {
    const ledger = createLedger();
    const refused = ledger.run('buyer', send('owner', world.FUNDS_MICRO));
    expect(codeOf(refused)).toBe('chain.bank.unaffordable');
    expect(refused.result.code).toBe(10);
    expect(dpn(ledger, 'buyer')).toBe(world.FUNDS_MICRO - world.FEE_MICRO);
    expect(dpn(ledger, 'treasury')).toBe(world.FUNDS_MICRO + world.FEE_MICRO);
    expect(dpn(ledger, 'owner')).toBe(world.FUNDS_MICRO);
    expect(ledger.app.read().account(world.addressOf('buyer')).seq).toBe(1);
  });

  test('whatever is wrong with the envelope is refused without touching the state', () => {
    const good = {
      chainId: world.CHAIN_ID,
      key: world.keyOf('buyer'),
      seq: 0,
      expiry: 10,
      feeMicro: world.FEE_MICRO,
      message: send('owner', 1n),
    };
    const poor = world.keyOf('nobody ever funded');
    const tx = buildTx(good);
    const flipped = Uint8Array.from(tx);
    // Inside the signature: after it come only the name and the null of the sponsor's.
    flipped[flipped.length - 40] = (flipped[flipped.length - 40] ?? 0) ^ 1;
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [new Uint8Array(0), 'chain.tx.malformed'],
      [new Uint8Array(200_000), 'chain.tx.large'],
      [buildTx({ ...good, chainId: 'another' }), 'chain.tx.chain'],
      [buildTx({ ...good, seq: 1 }), 'chain.tx.sequence'],
      [buildTx({ ...good, feeMicro: 999n }), 'chain.tx.fee-low'],
      [buildTx({ ...good, key: poor }), 'chain.tx.fee-unaffordable'],
      [buildTx({ ...good, sponsor: good.key }), 'chain.tx.sponsor'],
      [buildTx({ ...good, sponsor: poor }), 'chain.tx.fee-unaffordable'],
      [flipped, 'chain.tx.signature'],
    ];
    const ledger = createLedger();
    const before = bytesToHex(ledger.app.info().appHash);
    for (const [bytes, code] of cases) {
      expect([code, codeOf(ledger.block([bytes]).outcomes[0]!)]).toEqual([code, code]);
      expect(ledger.app.checkTx(bytes)).toMatchObject({ ok: false, fault: { code } });
    }
    expect(bytesToHex(ledger.app.info().appHash)).toBe(before);
    while (ledger.app.info().height < 10n) ledger.block([]);
    expect(codeOf(ledger.block([tx]).outcomes[0]!)).toBe('chain.tx.expired');
    expect(bytesToHex(ledger.app.info().appHash)).toBe(before);
  });

  test('a transaction enters once: its repetition has an old sequence number', () => {
    const ledger = createLedger();
    const tx = world.createSigner().sign('buyer', send('owner', 5n));
    expect(ledger.block([tx, tx]).outcomes.map(codeOf)).toEqual(['done', 'chain.tx.sequence']);
    expect(codeOf(ledger.block([tx]).outcomes[0]!)).toBe('chain.tx.sequence');
    expect(dpn(ledger, 'owner')).toBe(world.FUNDS_MICRO + 5n);
  });

  test('the check admits a series of one account, each once', () => {
    const ledger = createLedger();
    const { sign } = world.createSigner();
    const series = [sign('buyer', send('owner', 1n)), sign('buyer', send('owner', 2n))];
    expect(series.map((tx) => ledger.app.checkTx(tx).ok)).toEqual([true, true]);
    expect(series.map((tx) => ledger.app.checkTx(tx).ok)).toEqual([false, false]);
    ledger.block([]);
    expect(series.map((tx) => ledger.app.checkTx(tx).ok)).toEqual([true, true]);
  });

  test('a sponsor pays the fee and nothing else; its signature must be there', () => {
    const ledger = createLedger();
    const { sign } = world.createSigner();
    const sponsored = sign('buyer', send('owner', 7n), { sponsor: 'sponsor' });
    expect(codeOf(ledger.block([sponsored]).outcomes[0]!)).toBe('done');
    expect(dpn(ledger, 'buyer')).toBe(world.FUNDS_MICRO - 7n);
    expect(dpn(ledger, 'sponsor')).toBe(world.FUNDS_MICRO - world.FEE_MICRO);
    expect(ledger.app.read().account(world.addressOf('sponsor')).seq).toBe(0);
  });
});

describe('registrations', () => {
  test('the first registrant owns a model; the second is told who and when', () => {
    const ledger = createLedger();
    expect(codeOf(ledger.run('designer', world.REGISTER_MODEL))).toBe('done');
    const second = ledger.run('stranger', world.REGISTER_MODEL);
    expect(second.fault?.data).toMatchObject({ height: '1', timeS: String(world.GENESIS_S + 1n) });
    expect(second.fault?.message).toContain('block 1');
    const update = {
      type: 'model.update',
      designHash: world.DESIGN_HASH,
      title: 'T',
      description: 'D',
      priceMicroPerCopy: 9n,
    } as const;
    expect(codeOf(ledger.run('stranger', update))).toBe('chain.model.not-owner');
    expect(codeOf(ledger.run('designer', { ...update, designHash: new Uint8Array(32) }))).toBe(
      'chain.model.unknown',
    );
    expect(codeOf(ledger.run('designer', update))).toBe('done');
    const model = ledger.app.read().model(world.DESIGN_HASH);
    expect(model).toMatchObject({
      title: 'T',
      priceMicroPerCopy: 9n,
      registeredHeight: 1n,
      contentId: 'bafy-design',
    });
    expect(ledger.app.read().indexLength('models')).toBe(1n);
    expect(ledger.app.read().indexEntry('models-of', 0n, world.addressOf('designer'))).toEqual(
      world.DESIGN_HASH,
    );
  });

  test('a machine is registered with its own consent, on this chain, to this owner, and to one owner only', () => {
    const ledger = createLedger();
    const machine = world.keyOf('machine');
    const register = world.registerMachine('owner');
    const elsewhere = {
      ...register,
      proof: signMachineProof(machine, 'another-chain', world.addressOf('owner')),
    } as Message;
    expect(codeOf(ledger.run('owner', elsewhere))).toBe('chain.machine.proof');
    expect(codeOf(ledger.run('stranger', register))).toBe('chain.machine.proof');
    expect(codeOf(ledger.run('owner', { ...register, machineKey: new Uint8Array(33) } as Message))).toBe(
      'chain.machine.proof',
    );
    expect(codeOf(ledger.run('owner', { ...register, profile: utf8ToBytes('x') } as Message))).toBe(
      'record.malformed',
    );
    expect(codeOf(ledger.run('owner', register))).toBe('done');
    expect(codeOf(ledger.run('owner', register))).toBe('done');
    expect(codeOf(ledger.run('stranger', world.registerMachine('stranger')))).toBe('chain.machine.taken');
    expect(ledger.app.read().indexLength('machines-of', world.addressOf('owner'))).toBe(1n);
  });

  test('only the council publishes paradigms and changes parameters', () => {
    const ledger = createLedger();
    const publish: Message = { type: 'paradigm.publish', document: world.NORMAL };
    const params: Message = {
      type: 'params.update',
      minimumFeeMicro: 5n,
      authorBasisPoints: 0,
      networkBasisPoints: 300,
    };
    expect(codeOf(ledger.run('stranger', publish))).toBe('chain.council.only');
    expect(codeOf(ledger.run('stranger', params))).toBe('chain.council.only');
    expect(codeOf(ledger.run('council', publish))).toBe('chain.paradigm.exists');
    const broken = ledger.run('council', { type: 'paradigm.publish', document: utf8ToBytes('nonsense') });
    expect(broken.result.code).toBe(102);
    expect(codeOf(ledger.run('council', params))).toBe('done');
    expect(ledger.app.read().params()).toMatchObject({ minimumFeeMicro: 1_000n, networkBasisPoints: 100 });
    // The rest of this epoch and one whole epoch: then they are in force.
    const { epochBlocks } = ledger.app.read().params().staking;
    while (ledger.app.info().height < 2n * BigInt(epochBlocks)) {
      expect(ledger.app.read().params().minimumFeeMicro).toBe(1_000n);
      ledger.block([]);
    }
    expect(ledger.app.read().params()).toMatchObject({ minimumFeeMicro: 5n, networkBasisPoints: 300 });
  });
});

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

// --- whole histories --------------------------------------------------------------------------------------------------

const PEOPLE = ['buyer', 'owner', 'designer', 'machine', 'stranger'] as const;
const EVENTS = [
  'accept',
  'decline',
  'cancel',
  'printed',
  'fail',
  'ship',
  'confirm',
  'dispute',
  'propose',
  'agree',
];
const ARGS: Readonly<Record<string, object>> = {
  fail: { reason: 'x' },
  ship: { carrier: 'Post', tracking: '1' },
  dispute: { reason: 'bent' },
  propose: { refundMicro: 1000 },
  agree: { refundMicro: 1000 },
};

type Act = {
  readonly who: (typeof PEOPLE)[number];
  readonly what: number;
  readonly n: number;
  readonly waitS: number;
};
const act: fc.Arbitrary<Act> = fc.record({
  who: fc.constantFrom(...PEOPLE),
  what: fc.nat(9),
  n: fc.nat(1000),
  waitS: fc.oneof({ weight: 8, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(400_000) }),
});

/** A message that may or may not be allowed now; orders that exist are picked by number. */
function messageOf(ledger: Ledger, { what, n }: Act): Message {
  const state = ledger.app.read();
  const orders = state.indexLength('contracts');
  const picked = orders === 0n ? undefined : state.indexEntry('contracts', BigInt(n) % orders);
  const instance = picked ?? new Uint8Array(20);
  const licence = licenceAddress(instance, 0n);
  const name = EVENTS[n % EVENTS.length] ?? 'accept';
  switch (what) {
    case 0:
      return send(PEOPLE[n % PEOPLE.length] ?? 'buyer', BigInt(n) * 3_000_000n);
    case 1:
      return world.openOrder(world.createQuote(1 + (n % 3)));
    case 2:
      return { type: 'licence.release', licence, wrappedKey: new Uint8Array(48) };
    case 3: {
      const gcodeHash = n % 7 === 0 ? world.DESIGN_HASH : world.createQuote(1).slice.gcodeHash;
      return { type: 'licence.use', licence, copy: 1 + (n % 4), gcodeHash };
    }
    case 4: {
      const outcome = n % 5 === 0 ? 'failed' : 'finished';
      return {
        type: 'licence.report',
        licence,
        copy: 1 + (n % 4),
        telemetryHead: world.DESIGN_HASH,
        entries: 3,
        outcome,
      };
    }
    default:
      return event(instance, name, ARGS[name] ?? {});
  }
}

function accountsOf(ledger: Ledger): Uint8Array[] {
  const state = ledger.app.read();
  const accounts = [...[...world.NAMES, 'machine' as const].map(world.addressOf), POOLS.storage];
  for (let position = 0n; position < state.indexLength('contracts'); position++) {
    accounts.push(state.indexEntry('contracts', position) ?? new Uint8Array(20));
  }
  return accounts;
}

function playActs(acts: readonly Act[], kv = createMemoryKv()) {
  const ledger = createLedger({ kv });
  ledger.run('designer', world.REGISTER_MODEL);
  ledger.run('owner', world.registerMachine());
  const txs: Uint8Array[] = [];
  const times: bigint[] = [];
  const roots: string[] = [];
  for (const step of acts) {
    const message = messageOf(ledger, step);
    const { seq } = ledger.app.read().account(world.addressOf(step.who));
    const options = step.who === 'machine' ? { seq, sponsor: 'owner' as const } : { seq };
    const tx = world.createSigner().sign(step.who, message, options);
    ledger.block([tx], BigInt(step.waitS));
    txs.push(tx);
    times.push(ledger.nowS());
    roots.push(bytesToHex(ledger.app.info().appHash));
  }
  return { ledger, txs, times, roots };
}

describe('any history', () => {
  test('conserves every token to the micro-unit, and contracts hold exactly what their books say', () => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 5, maxLength: 25 }), (acts) => {
        const { ledger } = playActs(acts);
        const sums = sumOf(ledger.app, accountsOf(ledger));
        const funded = BigInt(world.NAMES.length);
        expect(sums).toEqual({
          DPN: funded * world.FUNDS_MICRO,
          '3DP': funded * 5_000_000n,
          DIMT: 0n,
          ITC: 0n,
        });
        const state = ledger.app.read();
        for (let position = 0n; position < state.indexLength('contracts'); position++) {
          const address = state.indexEntry('contracts', position)!;
          const instance = stateOf(ledger, address);
          expect(state.account(address).balances.DPN).toBe(instance?.heldMicro);
          const licence = state.licence(licenceAddress(address, 0n));
          if (licence === undefined) continue;
          expect(licence.used).toBeLessThanOrEqual(licence.quantity);
          expect(licence.finished).toBeLessThanOrEqual(licence.reported);
          expect(licence.reported).toBeLessThanOrEqual(licence.used);
        }
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  test('ends: once everybody is silent, deadlines empty every contract', () => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 10, maxLength: 25 }), (acts) => {
        const { ledger } = playActs(acts);
        for (let block = 0; block < 12; block++) ledger.block([], 30n * 86_400n);
        const state = ledger.app.read();
        for (let position = 0n; position < state.indexLength('contracts'); position++) {
          const address = state.indexEntry('contracts', position)!;
          // Ended, and in the end pruned: nothing is left of it but how it ended.
          expect(state.contract(address)).toBe(undefined);
          expect(state.contractEnd(address)).toMatchObject({ paradigm: world.NORMAL_ID });
          expect(state.account(address).balances.DPN).toBe(0n);
        }
        expect(state.account(POOLS.storage).balances.DPN).toBe(0n);
        expect(ledger.app.nextDeadlineS()).toBeUndefined();
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  test('replayed, leads to the same root at every height, with caches cold, after restarts, in any map order', () => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 5, maxLength: 20 }), (acts) => {
        const first = playActs(acts);
        const kv = createMemoryKv();
        const genesis = world.createGenesis();
        // The same genesis and messages with their maps built the other way round.
        const accounts = genesis.accounts.map(({ address, balances }) => ({
          address,
          balances: Object.fromEntries(Object.entries(balances).reverse()),
        }));
        const setup = createLedger({ kv, genesis: { ...genesis, accounts: accounts.reverse() } });
        setup.run('designer', Object.fromEntries(Object.entries(world.REGISTER_MODEL).reverse()) as Message);
        setup.run('owner', Object.fromEntries(Object.entries(world.registerMachine()).reverse()) as Message);
        first.txs.forEach((tx, index) => {
          const app = createApplication({ kv, versionsKept: 3, verify: () => true });
          const height = app.info().height + 1n;
          const time = { seconds: first.times[index]!, nanos: 0 };
          const block = { height, time, txs: [tx], proposerAddress: new Uint8Array(20) };
          app.finalizeBlock(block);
          // A proposal that is finalised again, after another one in between, must not leave a trace.
          app.finalizeBlock({ ...block, txs: [] });
          const outcome = app.finalizeBlock(block);
          app.commit();
          expect(bytesToHex(outcome.appHash)).toBe(first.roots[index]);
        });
      }),
      { numRuns: 15 },
    );
  }, 120_000);
});

test('a genesis is asked for again only before the first block, and must be the same', () => {
  const kv = createMemoryKv();
  const first = createApplication({ kv }).initChain(world.createGenesis());
  const app = createApplication({ kv });
  expect(app.initChain(world.createGenesis()).appHash).toEqual(first.appHash);
  const other = { ...world.createGenesis(), council: world.addressOf('stranger') };
  expect(() => app.initChain(other)).toThrow('genesis is the same');
  app.finalizeBlock({
    height: 1n,
    time: { seconds: 1n, nanos: 0 },
    txs: [],
    proposerAddress: new Uint8Array(20),
  });
  app.commit();
  expect(() => app.initChain(world.createGenesis())).toThrow('not initialised again');
  expect(unwrap(app.query(utf8ToBytes('params/'), 1n)).value).toBeDefined();
});
