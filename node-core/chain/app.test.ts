// The application without an engine: what transactions and registrations do and refuse.

import { describe, expect, test } from 'vitest';
import { bytesToHex, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { createApplication } from './app.ts';
import type { Message } from './messages.ts';
import { signMachineProof } from './modules/index.ts';
import { codeOf, createLedger } from './testing/ledger.ts';
import { dpn, send } from './testing/orders.ts';
import * as world from './testing/world.ts';
import { buildTx } from './tx.ts';

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
