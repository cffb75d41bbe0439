// Contracts without a quote on the chain: who joins them, what they open, hand over, mint and license, and that no money
// is made or lost on the way.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Bytes } from '../../base/index.ts';
import { bytesToHex, sha256, unwrap, utf8ToBytes } from '../../base/index.ts';
import { paradigmId, readParadigm, sealValue } from '../../paradigm/index.ts';
import { mintKey, supplyKey } from '../keys.ts';
import type { WireValue } from '../messages.ts';
import { DEFAULT_STORAGE, MintState, SupplyState } from '../records.ts';
import { createLedger, type Ledger, sumOf } from '../testing/ledger.ts';
import * as world from '../testing/world.ts';
import { instanceOf, linkedAddress } from './instances.ts';
import { POOLS } from './pools.ts';

const { addressOf } = world;

function textOf(name: string): string {
  return readFileSync(new URL(`../../../assets/paradigms/${name}.yaml`, import.meta.url), 'utf8');
}

function publish(ledger: Ledger, text: string): Bytes {
  const { bytes } = unwrap(readParadigm(text));
  expect(ledger.run('council', { type: 'paradigm.publish', document: bytes }).fault).toBe(undefined);
  return paradigmId(bytes);
}

function open(
  ledger: Ledger,
  paradigm: Bytes,
  by: world.Name,
  roles: Readonly<Record<string, world.Name>>,
  params: Record<string, WireValue>,
) {
  const named = Object.fromEntries(Object.entries(roles).map(([role, name]) => [role, addressOf(name)]));
  const quote = new Uint8Array(0);
  return ledger.run(by, { type: 'contract.open', paradigm, roles: named, params, quote });
}

const send = (
  ledger: Ledger,
  by: world.Name,
  instance: Bytes,
  event: string,
  args: Record<string, WireValue> = {},
) => ledger.run(by, { type: 'contract.event', instance, event, args }).fault?.code;

const at = (ledger: Ledger, instance: Bytes) => {
  const contract = ledger.app.read().contract(instance);
  return contract === undefined ? undefined : instanceOf(contract);
};
/** Kept or pruned. */
const isDisputed = (ledger: Ledger, instance: Bytes) => {
  const state = ledger.app.read();
  return (state.contract(instance) ?? state.contractEnd(instance))?.disputed;
};
const dpnOf = (ledger: Ledger, account: Bytes) => ledger.app.read().account(account).balances.DPN;
const everybody = (...contracts: readonly Bytes[]) => [
  ...world.NAMES.map(addressOf),
  ...Object.values(POOLS),
  ...contracts,
];
/** Until the contract's deadline has acted. */
function silence(ledger: Ledger, instance: Bytes): void {
  const deadlineS = at(ledger, instance)?.deadlineS ?? 0n;
  ledger.block([], deadlineS - ledger.nowS());
}

test('a group purchase: buyers join, are listed, and are all paid back by a deadline', () => {
  const ledger = createLedger();
  const paradigm = publish(ledger, textOf('group-purchase'));
  const offer = { article: 'Planters', unitMicro: 1_000_000, minimum: 5 };
  const opened = open(ledger, paradigm, 'owner', { supplier: 'owner' }, offer);
  const instance = opened.result.data;
  const before = sumOf(ledger.app, everybody(instance)).DPN;
  expect(send(ledger, 'buyer', instance, 'join', { items: 2 })).toBe(undefined);
  expect(send(ledger, 'stranger', instance, 'join', { items: 1 })).toBe(undefined);
  expect(send(ledger, 'buyer', instance, 'join', { items: 2 })).toBe('paradigm.crowd.joined');
  expect(dpnOf(ledger, instance)).toBe(3_000_000n);
  const state = ledger.app.read();
  expect(state.listOf('agreements')).toEqual([instance]);
  for (const name of ['owner', 'buyer', 'stranger'] as const)
    expect(state.listOf('agreements-of', addressOf(name))).toEqual([instance]);
  // Orders are listed apart, so that nobody takes an agreement for one.
  expect([state.indexLength('contracts'), state.indexLength('contracts-of', addressOf('buyer'))]).toEqual([
    0n,
    0n,
  ]);
  silence(ledger, instance);
  expect(at(ledger, instance)).toMatchObject({ state: 'cancelled', heldMicro: 0n });
  expect(dpnOf(ledger, instance)).toBe(0n);
  expect(sumOf(ledger.app, everybody(instance)).DPN).toBe(before);
});

test('a coordinated tender: one contract opens another with its money, reads how it ends, and is paid for that', () => {
  const ledger = createLedger();
  const sealed = publish(ledger, textOf('sealed-bidding'));
  const paradigm = publish(ledger, textOf('coordinated-tender'));
  const params = {
    job: '40 brackets',
    budgetMicro: 10_000_000,
    depositMicro: 500_000,
    feeMicro: 700_000,
    tenderParadigm: sealed,
  };
  const roles = { client: 'buyer', coordinator: 'author' } as const;
  const refused = open(ledger, paradigm, 'buyer', roles, { ...params, tenderParadigm: new Uint8Array(32) });
  expect(refused.fault?.code).toBe('chain.contract.link');
  const parent = open(ledger, paradigm, 'buyer', roles, params).result.data;
  const child = linkedAddress(parent, sealed, 'tender');
  const before = sumOf(ledger.app, everybody(parent, child)).DPN;
  expect(send(ledger, 'author', parent, 'claim')).toBe('paradigm.event.untimely');
  expect(send(ledger, 'author', parent, 'start')).toBe(undefined);
  expect([dpnOf(ledger, parent), dpnOf(ledger, child)]).toEqual([700_000n, 10_000_000n]);
  expect(at(ledger, child)?.roles['buyer']).toEqual(addressOf('buyer'));
  expect(send(ledger, 'author', parent, 'claim')).toBe('paradigm.event.refused');
  const salt = sha256(utf8ToBytes('a salt'));
  const seal = sealValue(addressOf('owner'), 6_000_000n, salt);
  expect(send(ledger, 'owner', child, 'bid', { bid: seal })).toBe(undefined);
  silence(ledger, child);
  expect(send(ledger, 'owner', child, 'reveal', { bidMicro: 6_000_000, salt })).toBe(undefined);
  silence(ledger, child);
  expect(send(ledger, 'owner', child, 'deliver')).toBe(undefined);
  expect(send(ledger, 'author', parent, 'claim')).toBe('paradigm.event.refused');
  expect(send(ledger, 'buyer', child, 'accept')).toBe(undefined);
  expect(send(ledger, 'buyer', parent, 'takeBack')).toBe('paradigm.event.refused');
  expect(send(ledger, 'author', parent, 'claim')).toBe(undefined);
  expect(at(ledger, parent)?.state).toBe('paid');
  expect(sumOf(ledger.app, everybody(parent, child)).DPN).toBe(before);
  expect([dpnOf(ledger, parent), dpnOf(ledger, child)]).toEqual([0n, 0n]);
});

test('a rental whose damage is denied: the deposit goes to a dispute, by its arbiter to both, and all of it is paid out', () => {
  const ledger = createLedger();
  const dispute = publish(ledger, textOf('dispute'));
  const rental = publish(ledger, textOf('equipment-rental'));
  const roles = { renter: 'buyer', owner: 'owner', mediator: 'stranger', arbiter: 'author' } as const;
  const params = {
    equipment: 'A mill',
    rentMicro: 10_000_000,
    depositMicro: 50_000_000,
    disputeParadigm: dispute,
  };
  const parent = open(ledger, rental, 'buyer', roles, params).result.data;
  const child = linkedAddress(parent, dispute, 'dispute');
  const accounts = everybody(parent, child);
  const before = sumOf(ledger.app, accounts).DPN;
  const balances = () =>
    [roles.renter, roles.owner, roles.mediator, roles.arbiter].map((name) => dpnOf(ledger, addressOf(name)));
  expect(send(ledger, 'owner', parent, 'handOver')).toBe(undefined);
  expect(send(ledger, 'buyer', parent, 'giveBack')).toBe(undefined);
  expect(send(ledger, 'buyer', parent, 'deny')).toBe('paradigm.event.untimely');
  expect(send(ledger, 'owner', parent, 'reportDamage', { damage: 'The spindle is bent.' })).toBe(undefined);
  const [, ownerBefore] = balances();
  expect(isDisputed(ledger, parent)).toBe(undefined);
  expect(send(ledger, 'buyer', parent, 'deny')).toBe(undefined);
  expect([parent, child].map((instance) => isDisputed(ledger, instance))).toEqual([true, true]);
  expect(at(ledger, parent)).toMatchObject({ state: 'disputed', heldMicro: 0n });
  expect((balances()[1] ?? 0n) - (ownerBefore ?? 0n)).toBe(10_000_000n);
  expect(at(ledger, child)).toMatchObject({
    state: 'talking',
    heldMicro: 50_000_000n,
    roles: { payer: addressOf('buyer'), payee: addressOf('owner'), arbiter: addressOf('author') },
    params: { matter: 'The spindle is bent.', silentPercent: 50n },
  });
  // They talk without a result; the mediator proposes, the owner rejects it, and the arbiter decides.
  const share = (percent: number) => ({ percent, words: 'As far as it can be seen.' });
  expect(send(ledger, 'owner', child, 'offer', share(90))).toBe(undefined);
  silence(ledger, child);
  expect(send(ledger, 'stranger', child, 'propose', share(30))).toBe(undefined);
  expect(send(ledger, 'owner', child, 'reject')).toBe(undefined);
  const [renterMicro = 0n, ownerMicro = 0n, , arbiterMicro = 0n] = balances();
  expect(send(ledger, 'author', child, 'decide', share(50))).toBe(undefined);
  expect(at(ledger, child)).toMatchObject({ state: 'decided', heldMicro: 0n });
  // 50 less 1 for the proposal and 3 for the decision, divided in halves; the arbiter pays the fee of that step.
  expect(balances().filter((_, i) => i !== 2)).toEqual([
    renterMicro + 23_000_000n,
    ownerMicro + 23_000_000n,
    arbiterMicro + 3_000_000n - world.FEE_MICRO,
  ]);
  expect(sumOf(ledger.app, accounts).DPN).toBe(before);
});

test('a contract that comes to a dispute is marked for good; one that does not never is', () => {
  const ledger = createLedger();
  const paradigm = publish(ledger, textOf('group-purchase'));
  const offer = { article: 'Planters', unitMicro: 1_000_000, minimum: 1 };
  const begin = () => open(ledger, paradigm, 'owner', { supplier: 'owner' }, offer).result.data;
  const [good, contested, failed] = [begin(), begin(), begin()];
  for (const instance of [good, contested, failed]) {
    for (const name of ['buyer', 'stranger'] as const)
      expect(send(ledger, name, instance, 'join', { items: 1 })).toBe(undefined);
    expect(send(ledger, 'owner', instance, 'start')).toBe(undefined);
    // Before its time it is refused, and marks nothing.
    expect(send(ledger, 'buyer', instance, 'complain')).toBe('paradigm.event.untimely');
    if (instance !== failed) expect(send(ledger, 'owner', instance, 'ship')).toBe(undefined);
  }
  expect(send(ledger, 'buyer', good, 'confirm')).toBe(undefined);
  expect(send(ledger, 'buyer', contested, 'complain')).toBe(undefined);
  const marks = () => [good, contested, failed].map((instance) => isDisputed(ledger, instance));
  expect(marks()).toEqual([undefined, true, undefined]);
  expect(send(ledger, 'stranger', contested, 'confirm')).toBe(undefined);
  for (const instance of [good, contested, failed]) silence(ledger, instance);
  expect(['settled', 'settled', 'cancelled']).toEqual(
    [good, contested, failed].map((instance) => at(ledger, instance)?.state),
  );
  expect(marks()).toEqual([undefined, true, undefined]);
  ledger.block([], BigInt(DEFAULT_STORAGE.keepS));
  expect(at(ledger, contested)).toBe(undefined);
  expect(marks()).toEqual([undefined, true, undefined]);
});

test('whoever opens a contract that is a dispute has come to one, though its own document marks no step', () => {
  const ledger = createLedger();
  const dispute = publish(ledger, textOf('dispute'));
  const unmarked = textOf('equipment-rental').replace('    dispute: true\n', '');
  expect(unmarked).not.toBe(textOf('equipment-rental'));
  const rental = publish(ledger, unmarked);
  const roles = { renter: 'buyer', owner: 'owner', mediator: 'stranger', arbiter: 'author' } as const;
  const terms = { equipment: 'A mill', rentMicro: 1, depositMicro: 50, disputeParadigm: dispute };
  const instance = open(ledger, rental, 'buyer', roles, terms).result.data;
  for (const [name, event, args] of [
    ['owner', 'handOver', {}],
    ['buyer', 'giveBack', {}],
    ['owner', 'reportDamage', { damage: 'Bent.' }],
  ] as const)
    expect(send(ledger, name, instance, event, args)).toBe(undefined);
  expect(isDisputed(ledger, instance)).toBe(undefined);
  expect(send(ledger, 'buyer', instance, 'deny')).toBe(undefined);
  expect(isDisputed(ledger, instance)).toBe(true);
});

test('a step that fails half-way is undone, and paid for all the same', () => {
  const ledger = createLedger();
  const paradigm = publish(ledger, textOf('group-purchase'));
  const instance = open(
    ledger,
    paradigm,
    'owner',
    { supplier: 'owner' },
    { article: 'x', minimum: 1, unitMicro: 500_000_000 },
  ).result.data;
  const before = [dpnOf(ledger, addressOf('buyer')), dpnOf(ledger, instance)] as const;
  const seq = ledger.app.read().account(addressOf('buyer')).seq;
  // The payment is beyond what the account has: the step ran to its effects, and all of it is undone.
  const refused = ledger.run('buyer', {
    type: 'contract.event',
    instance,
    event: 'join',
    args: { items: 3 },
  });
  expect(refused.fault?.code).toBe('chain.bank.unaffordable');
  expect(refused.result.gasUsed).toBeGreaterThan(0n);
  expect([dpnOf(ledger, addressOf('buyer')), dpnOf(ledger, instance)]).toEqual([
    before[0] - world.FEE_MICRO,
    before[1],
  ]);
  expect(ledger.app.read().account(addressOf('buyer')).seq).toBe(seq + 1);
  expect(at(ledger, instance)?.crowds).toEqual({ buyer: [] });
});

test('a linked contract that does not take exactly the money it is given is not opened', () => {
  const ledger = createLedger();
  const sealed = publish(ledger, textOf('sealed-bidding'));
  const other = textOf('coordinated-tender').replace(
    'budgetMicro: params.budgetMicro\n          deposit',
    'budgetMicro: params.budgetMicro - 1\n          deposit',
  );
  const paradigm = publish(ledger, other);
  const params = { job: '', budgetMicro: 10_000_000, tenderParadigm: sealed };
  const parent = open(ledger, paradigm, 'buyer', { client: 'buyer', coordinator: 'author' }, params).result
    .data;
  expect(send(ledger, 'author', parent, 'start')).toBe('chain.contract.linked');
  expect(at(ledger, parent)?.state).toBe('prepared');
  expect(at(ledger, linkedAddress(parent, sealed, 'tender'))).toBe(undefined);
  expect(dpnOf(ledger, linkedAddress(parent, sealed, 'tender'))).toBe(0n);
});

test('a model is handed over for its price, by its owner alone', () => {
  const ledger = createLedger();
  ledger.run('designer', world.REGISTER_MODEL);
  const paradigm = publish(ledger, textOf('copyright-transfer'));
  const params = { model: world.DESIGN_HASH, priceMicro: 3_000_000 };
  const sell = (designer: world.Name, buyer: world.Name) =>
    open(ledger, paradigm, buyer, { buyer, designer }, params).result.data;
  const wrong = sell('stranger', 'buyer');
  expect(send(ledger, 'stranger', wrong, 'handOver')).toBe('chain.model.not-owner');
  const right = sell('designer', 'buyer');
  expect(send(ledger, 'buyer', right, 'handOver')).toBe('paradigm.event.unauthorised');
  expect(send(ledger, 'designer', right, 'handOver')).toBe(undefined);
  expect(ledger.app.read().model(world.DESIGN_HASH)?.designer).toEqual(addressOf('buyer'));
  expect(ledger.app.read().listOf('models-acquired', addressOf('buyer'))).toEqual([world.DESIGN_HASH]);
  const back = sell('buyer', 'designer');
  expect(send(ledger, 'buyer', back, 'handOver')).toBe(undefined);
  expect(ledger.app.read().listOf('models-acquired', addressOf('buyer'))).toEqual([]);
  silence(ledger, wrong);
  expect(at(ledger, wrong)?.state).toBe('ended');
});

test('licensed copies are counted on the first machine, and moved while they are unused', () => {
  const ledger = createLedger();
  ledger.run('designer', world.REGISTER_MODEL);
  ledger.run('owner', world.registerMachine());
  const paradigm = publish(ledger, textOf('counted-licence'));
  const roles = {
    licensee: 'buyer',
    designer: 'designer',
    machine: 'machine',
    otherMachine: 'stranger',
  } as const;
  const params = { model: world.DESIGN_HASH, quantity: 3, priceMicro: 10, moveMicro: 5 };
  const unknown = open(
    ledger,
    paradigm,
    'buyer',
    { ...roles, machine: 'stranger', otherMachine: 'machine' },
    params,
  );
  expect(send(ledger, 'designer', unknown.result.data, 'grant')).toBe('chain.contract.effect');
  const instance = open(ledger, paradigm, 'buyer', roles, params).result.data;
  expect(send(ledger, 'designer', instance, 'grant')).toBe(undefined);
  const [licence] = ledger.app.read().listOf('licences-of', instance);
  expect(ledger.app.read().licence(licence ?? new Uint8Array(20))).toMatchObject({ quantity: 3, used: 0 });
  // The second machine is not registered, so nothing may be moved to it, nor paid for.
  const paidBefore = dpnOf(ledger, addressOf('designer'));
  expect(send(ledger, 'buyer', instance, 'move', { copies: 2 })).toBe('chain.machine.unknown');
  expect(dpnOf(ledger, addressOf('designer'))).toBe(paidBefore);
});

test('rewards are minted within the caps, and never keep a contract from ending', () => {
  const ledger = createLedger();
  const rewarded = textOf('copyright-transfer')
    .replace('vars: {}', 'vars: {}\nmint: { token: 3DP, capMicro: 250, contractCapMicro: 100 }')
    .replace("transfers: { buyer: '1' }", "mints: '100'")
    .replace(
      '{ do: transferModel, from: designer, to: buyer, model: params.model }',
      "{ do: mint, to: buyer, amount: '900' }",
    );
  const paradigm = publish(ledger, rewarded);
  const supply = () => ledger.app.read().read(SupplyState, supplyKey())?.totalMicro['3DP'] ?? 0n;
  const [supplyBefore, mineBefore] = [
    supply(),
    ledger.app.read().account(addressOf('buyer')).balances['3DP'],
  ];
  const minted: bigint[] = [];
  for (let i = 0; i < 4; i++) {
    const params = { model: world.DESIGN_HASH, priceMicro: 1 };
    const instance = open(ledger, paradigm, 'buyer', { buyer: 'buyer', designer: 'designer' }, params).result
      .data;
    expect(send(ledger, 'designer', instance, 'handOver')).toBe(undefined);
    minted.push(supply() - supplyBefore);
  }
  expect(minted).toEqual([100n, 200n, 250n, 250n]);
  expect(ledger.app.read().account(addressOf('buyer')).balances['3DP'] - mineBefore).toBe(250n);
  expect(ledger.app.read().read(MintState, mintKey(paradigm))?.mintedMicro).toBe(250n);
});

test('the account of a linked contract is derived as documented', () => {
  const [opener, paradigm] = [new Uint8Array(20).fill(0x22), new Uint8Array(32).fill(0x11)];
  // Computed independently with Python's hashlib: SHA-256(domain ‖ 00 ‖ input)[12:].
  expect(bytesToHex(linkedAddress(opener, paradigm, 'tender'))).toBe(
    '39acce879ebb185d154f56a68e5a9c36992e36f2',
  );
});
