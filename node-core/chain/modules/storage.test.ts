// What a contract's place in the state costs, who gets it back and when, and what is left of a contract afterwards.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bytes, sha256, unwrap } from '../../base/index.ts';
import {
  encodeParadigm,
  instanceSizeMaxBytes,
  type Paradigm,
  paradigmId,
  parseParadigm,
} from '../../paradigm/index.ts';
import { encodeRecord } from '../../records/index.ts';
import { contractEndKey, contractKey, quoteKey } from '../keys.ts';
import type { Message } from '../messages.ts';
import {
  ContractEndState,
  type CopyState,
  DEFAULT_STORAGE,
  type IndexEntry,
  type LicenceState,
  parseState,
  type StorageTerms,
} from '../records.ts';
import { createLedger, type Ledger, sumOf } from '../testing/ledger.ts';
import * as world from '../testing/world.ts';
import { instanceOf } from './instances.ts';
import { POOLS } from './pools.ts';
import { storageDepositMicro } from './storage.ts';

const { addressOf } = world;
const TERMS: StorageTerms = { microPerByte: 3n, keepS: 7200 };

function bundled(name: string): Bytes {
  const url = new URL(`../../../assets/paradigms/${name}`, import.meta.url);
  return unwrap(encodeParadigm(readFileSync(url, 'utf8')));
}
const PURCHASE = bundled('group-purchase.yaml');
const SEALED = bundled('sealed-bidding.yaml');
const TENDER = bundled('coordinated-tender.yaml');
const compiled = (document: Bytes): Paradigm => unwrap(parseParadigm(document));

function createWorld(terms: StorageTerms = TERMS): Ledger {
  const genesis = world.createGenesis();
  const more = [PURCHASE, SEALED, TENDER].map((document) => ({ document, author: addressOf('author') }));
  const paradigms = [...genesis.paradigms, ...more];
  return createLedger({ genesis: { ...genesis, paradigms, params: { storage: terms } } });
}

const purchase: Message = {
  type: 'contract.open',
  paradigm: paradigmId(PURCHASE),
  roles: { supplier: addressOf('owner') },
  params: { article: 'Planters', unitMicro: 1_000_000, minimum: 5 },
  quote: new Uint8Array(0),
};
const dpnOf = (ledger: Ledger, account: Bytes) => ledger.app.read().account(account).balances.DPN;
const pool = (ledger: Ledger) => dpnOf(ledger, POOLS.storage);
const join = (instance: Bytes): Message => ({
  type: 'contract.event',
  instance,
  event: 'join',
  args: { items: 1 },
});
/** Until the contract's deadline has acted. */
function silence(ledger: Ledger, instance: Bytes) {
  const contract = ledger.app.read().contract(instance);
  if (contract === undefined) throw new Error('no contract');
  return ledger.block([], (instanceOf(contract).deadlineS ?? 0n) - ledger.nowS());
}

test('whoever opens a contract puts down its deposit, and has it back when it is pruned, and not before', () => {
  const ledger = createWorld();
  const before = dpnOf(ledger, addressOf('owner'));
  const opened = ledger.run('owner', purchase);
  const instance = opened.result.data;
  const depositMicro = storageDepositMicro(TERMS, compiled(PURCHASE), 0);
  expect(depositMicro).toBeGreaterThan(0n);
  expect(opened.events[0]).toMatchObject({
    type: 'storage.deposited',
    attributes: { amountMicro: String(depositMicro) },
  });
  expect(before - dpnOf(ledger, addressOf('owner'))).toBe(world.FEE_MICRO + depositMicro);
  expect(pool(ledger)).toBe(depositMicro);
  expect(ledger.run('buyer', join(instance)).result.code).toBe(0);
  silence(ledger, instance);
  expect(pool(ledger)).toBe(depositMicro);
  ledger.block([], BigInt(TERMS.keepS) - 1n);
  expect(ledger.app.read().contract(instance)).toBeDefined();
  const { blockEvents } = ledger.block([], 1n);
  expect(blockEvents.map(({ type }) => type)).toEqual(['contract.pruned', 'storage.returned']);
  expect(before - dpnOf(ledger, addressOf('owner'))).toBe(world.FEE_MICRO);
  expect(pool(ledger)).toBe(0n);
  const accounts = [...world.NAMES.map(addressOf), POOLS.storage, instance];
  expect(sumOf(ledger.app, accounts).DPN).toBe(BigInt(world.NAMES.length) * world.FUNDS_MICRO);
});

test('what is left proves how it ended: absent as a contract, there as an end, still in every list', () => {
  const ledger = createWorld();
  const instance = ledger.run('owner', purchase).result.data;
  ledger.run('buyer', join(instance));
  silence(ledger, instance);
  const last = ledger.app.read().contract(instance);
  const endedHeight = ledger.app.info().height;
  ledger.block([], BigInt(TERMS.keepS));
  const { height } = ledger.app.info();
  expect(unwrap(ledger.app.query(contractKey(instance), height)).value).toBe(undefined);
  const end = unwrap(ledger.app.query(contractEndKey(instance), height)).value;
  expect(unwrap(parseState(ContractEndState, end ?? new Uint8Array(0)))).toEqual({
    v: 1,
    paradigm: paradigmId(PURCHASE),
    state: 'cancelled',
    contractHash: sha256(encodeRecord(last ?? {})),
    openedHeight: 1n,
    endedHeight,
    endedS: ledger.nowS() - BigInt(TERMS.keepS),
    prunedHeight: height,
  });
  const state = ledger.app.read();
  expect(state.listOf('agreements')).toEqual([instance]);
  expect(state.listOf('agreements-of', addressOf('buyer'))).toEqual([instance]);
  // Nobody can send money there, take a step of it, or open another in its place.
  expect(ledger.run('buyer', join(instance)).fault?.code).toBe('chain.contract.pruned');
  const gift: Message = { type: 'bank.send', to: instance, token: 'DPN', amountMicro: 1n };
  expect(ledger.run('buyer', gift).fault?.code).toBe('chain.bank.keyless');
});

test('what stays for ever is as small as the documents say', () => {
  const [hash, account] = [new Uint8Array(32).fill(255), new Uint8Array(20).fill(255)];
  const most = 2n ** 53n;
  const count = Number.MAX_SAFE_INTEGER;
  const times = { openedHeight: most, endedHeight: most, endedS: most, prunedHeight: most };
  const end: ContractEndState = {
    ...{ v: 1, paradigm: hash, state: 'x'.repeat(32), contractHash: hash, disputed: true },
    ...times,
  };
  const licence: LicenceState = {
    ...{ v: 1, contract: account, licensor: account, machine: account, designHash: hash, issuedS: most },
    ...{ quantity: count, wrappedKey: new Uint8Array(256), used: count, reported: count, finished: count },
  };
  const report = { telemetryHead: hash, entries: count, outcome: 'cancelled' as const, reportedS: most };
  const copy: CopyState = { v: 1, gcodeHash: hash, begunS: most, attempts: count, report };
  const entry: IndexEntry = { id: hash };
  const sizes = [end, licence, copy, entry].map((record) => encodeRecord(record).length);
  // docs/paradigms.md, "What a contract leaves behind".
  expect(sizes).toEqual([225, 493, 192, 38]);
});

test('an order takes its quote along, unless another order with it is still kept', () => {
  const ledger = createWorld();
  ledger.run('designer', world.REGISTER_MODEL);
  ledger.run('owner', world.registerMachine());
  const order = world.openOrder(world.createQuote(1)) as Message & { type: 'contract.open' };
  const depositMicro = storageDepositMicro(TERMS, compiled(world.NORMAL), order.quote.length);
  const first = ledger.run('buyer', order).result.data;
  ledger.block([], 3600n);
  const second = ledger.run('buyer', order).result.data;
  expect(pool(ledger)).toBe(2n * depositMicro);
  const { quote } = ledger.app.read().contract(first) ?? { quote: new Uint8Array(0) };
  const kept = () => unwrap(ledger.app.query(quoteKey(quote), ledger.app.info().height)).value !== undefined;
  silence(ledger, first);
  silence(ledger, second);
  ledger.block([], BigInt(TERMS.keepS) - 3600n);
  expect([ledger.app.read().contract(first), pool(ledger)]).toEqual([undefined, depositMicro]);
  expect(kept()).toBe(true);
  ledger.block([], 3600n);
  expect([ledger.app.read().contract(second), pool(ledger)]).toEqual([undefined, 0n]);
  expect(kept()).toBe(false);
});

test('a sponsor who pays the fee puts the deposit down too, and has it back', () => {
  const ledger = createWorld();
  const { seq } = ledger.app.read().account(addressOf('owner'));
  const tx = world.createSigner().sign('owner', purchase, { seq, sponsor: 'sponsor' });
  const [outcome] = ledger.block([tx]).outcomes;
  const depositMicro = storageDepositMicro(TERMS, compiled(PURCHASE), 0);
  expect(dpnOf(ledger, addressOf('owner'))).toBe(world.FUNDS_MICRO);
  expect(dpnOf(ledger, addressOf('sponsor'))).toBe(world.FUNDS_MICRO - world.FEE_MICRO - depositMicro);
  silence(ledger, outcome?.result.data ?? new Uint8Array(20));
  ledger.block([], BigInt(TERMS.keepS));
  expect(dpnOf(ledger, addressOf('sponsor'))).toBe(world.FUNDS_MICRO - world.FEE_MICRO);
});

test('a contract that another opens has its deposit from whoever took the step, and is known when it is pruned', () => {
  const ledger = createWorld();
  const params = { job: '', budgetMicro: 1_000_000, feeMicro: 5, tenderParadigm: paradigmId(SEALED) };
  const roles = { client: addressOf('buyer'), coordinator: addressOf('author') };
  const opening = { type: 'contract.open', paradigm: paradigmId(TENDER), roles, params } as const;
  const parent = ledger.run('buyer', { ...opening, quote: new Uint8Array(0) }).result.data;
  const before = dpnOf(ledger, addressOf('author'));
  const start = { type: 'contract.event', instance: parent, event: 'start', args: {} } as const;
  expect(ledger.run('author', start).result.code).toBe(0);
  const depositMicro = storageDepositMicro(TERMS, compiled(SEALED), 0);
  expect(before - dpnOf(ledger, addressOf('author'))).toBe(depositMicro + world.FEE_MICRO);
  const [, child] = ledger.app.read().listOf('agreements');
  if (child === undefined) throw new Error('no child');
  // Nobody bids, and nobody opens a bid.
  silence(ledger, child);
  silence(ledger, child);
  ledger.block([], BigInt(TERMS.keepS));
  expect(ledger.app.read().contract(child)).toBe(undefined);
  expect(before - dpnOf(ledger, addressOf('author'))).toBe(world.FEE_MICRO);
  // The client reads how the tender ended although it is not kept any more.
  const takeBack = { ...start, event: 'takeBack' };
  expect(ledger.run('buyer', takeBack).fault?.code).toBe(undefined);
});

test('the terms of the day of opening hold for the deposit; a network may ask for none', () => {
  const ledger = createWorld({ ...TERMS, microPerByte: 0n });
  const opened = ledger.run('owner', purchase);
  expect(opened.events.map(({ type }) => type)).not.toContain('storage.deposited');
  expect(ledger.app.read().contract(opened.result.data)?.deposit).toBe(undefined);
  silence(ledger, opened.result.data);
  const { blockEvents } = ledger.block([], BigInt(TERMS.keepS));
  expect(blockEvents.map(({ type }) => type)).toEqual(['contract.pruned']);
});

test('a deadline of a state that was left long ago finds its contract pruned, and lets it rest', () => {
  const ledger = createWorld();
  const instance = ledger.run('owner', {
    ...purchase,
    params: { ...purchase.params, minimum: 1, collectS: 7_776_000 },
  }).result.data;
  ledger.run('buyer', join(instance));
  expect(ledger.run('owner', { type: 'contract.event', instance, event: 'start', args: {} }).fault).toBe(
    undefined,
  );
  silence(ledger, instance);
  ledger.block([], BigInt(TERMS.keepS));
  expect(ledger.app.read().contract(instance)).toBe(undefined);
  const { blockEvents } = ledger.block([], 7_776_000n);
  expect(blockEvents).toEqual([]);
});

describe('the bound of a contract', () => {
  test.each([
    ['normal.json', 14_000],
    ['group-purchase.yaml', 10_000],
  ])('%s is no more than a few kilobytes, so the deposit stays small', (name, sizeBytesMax) => {
    const paradigm = compiled(bundled(name));
    expect(instanceSizeMaxBytes(paradigm)).toBeLessThan(sizeBytesMax);
    expect(storageDepositMicro(DEFAULT_STORAGE, paradigm, 2_000)).toBeLessThan(200_000n);
  });

  test('grows with every byte of the quote and of the terms', () => {
    const paradigm = compiled(PURCHASE);
    fc.assert(
      fc.property(fc.bigInt(0n, 1000n), fc.nat(5000), (microPerByte, sizeBytes) => {
        const at = (bytes: number) => storageDepositMicro({ ...TERMS, microPerByte }, paradigm, bytes);
        expect(at(sizeBytes) - at(0)).toBe(microPerByte * BigInt(sizeBytes));
      }),
      { seed: 1 },
    );
  });
});
