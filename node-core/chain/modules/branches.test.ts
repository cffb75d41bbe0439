// Production graphs on the chain: a product, its parts at several producers, failures, replacements, shared and merged
// jobs. In every story no money is made or lost, and none stays in a contract that has ended.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Bytes } from '../../base/index.ts';
import { bytesToHex, sha256, unwrap, utf8ToBytes } from '../../base/index.ts';
import { paradigmId, readParadigm } from '../../paradigm/index.ts';
import { encodeRecord } from '../../records/index.ts';
import type { BranchRef, Message, WireValue } from '../messages.ts';
import { createLedger, type Ledger, sumOf } from '../testing/ledger.ts';
import * as world from '../testing/world.ts';
import { traceUnits } from './branches.ts';
import { licenceAddress } from './effects.ts';
import { instanceOf } from './instances.ts';
import { POOLS } from './pools.ts';

const { addressOf } = world;
const FRAME = sha256(utf8ToBytes('frame'));
const FEET = sha256(utf8ToBytes('foot'));

const FILES: Readonly<Record<string, string>> = { inspection: 'inspection.json' };
const textOf = (name: string) =>
  readFileSync(
    new URL(`../../../assets/paradigms/${FILES[name] ?? `${name}.yaml`}`, import.meta.url),
    'utf8',
  );

function publish(ledger: Ledger, name: string): Bytes {
  const { bytes } = unwrap(readParadigm(textOf(name)));
  const id = paradigmId(bytes);
  if (ledger.app.read().paradigm(id) === undefined)
    expect(ledger.run('council', { type: 'paradigm.publish', document: bytes }).fault).toBe(undefined);
  return id;
}

/** Every contract of the ledger, so that sums leave none out. */
const contractsOf = (ledger: Ledger) => [
  ...ledger.app.read().listOf('agreements'),
  ...ledger.app.read().listOf('contracts'),
];
const totalOf = (ledger: Ledger) =>
  sumOf(ledger.app, [...world.NAMES.map(addressOf), ...Object.values(POOLS), ...contractsOf(ledger)]).DPN;
const dpnOf = (ledger: Ledger, account: Bytes) => ledger.app.read().account(account).balances.DPN;

function at(ledger: Ledger, address: Bytes) {
  const contract = ledger.app.read().contract(address);
  if (contract === undefined) throw new Error('no such contract');
  return instanceOf(contract);
}

const DAY_S = 86_400n;

type Row = readonly [item: Bytes, pieces: number, unitMicro: number];

function openProduct(
  ledger: Ledger,
  parts: readonly Row[],
  changes: Record<string, WireValue> = {},
  buyer: world.Name = 'buyer',
): Bytes {
  const outcome = ledger.run(buyer, {
    type: 'contract.open',
    paradigm: publish(ledger, 'product'),
    roles: { buyer: addressOf(buyer), coordinator: addressOf('author') },
    params: {
      product: 'A stand',
      partDesigns: parts.map(([item]) => item),
      partPieces: parts.map(([, pieces]) => pieces),
      partUnitsMicro: parts.map(([, , unitMicro]) => unitMicro),
      partParadigms: [publish(ledger, 'part-order'), world.NORMAL_ID],
      servicePieces: [],
      serviceUnitsMicro: [],
      serviceParadigms: [],
      feeMicro: 500,
      ...changes,
    },
    quote: new Uint8Array(0),
  });
  expect(outcome.fault).toBe(undefined);
  return outcome.result.data;
}

/** Gives pieces of a row to a producer; the coordinator signs unless somebody else is named. */
function give(
  ledger: Ledger,
  parent: Omit<BranchRef, 'list'> & { list?: string },
  producer: world.Name,
  unitMicro: number,
  by: world.Name = 'author',
) {
  return ledger.run(by, {
    type: 'contract.open',
    paradigm: publish(ledger, 'part-order'),
    roles: { buyer: addressOf('buyer'), producer: addressOf(producer) },
    params: { unitMicro },
    quote: new Uint8Array(0),
    parent: { list: 'parts', ...parent },
  });
}

function send(ledger: Ledger, by: world.Name, instance: Bytes, event: string) {
  const { fault } = ledger.run(by, { type: 'contract.event', instance, event, args: {} });
  return fault?.code;
}

function make(ledger: Ledger, child: Bytes, producer: world.Name): void {
  expect(send(ledger, producer, child, 'accept')).toBe(undefined);
  expect(send(ledger, producer, child, 'ship')).toBe(undefined);
  expect(send(ledger, 'buyer', child, 'take')).toBe(undefined);
}

/** Until the contract's deadline has acted. */
function silence(ledger: Ledger, instance: Bytes) {
  return ledger.block([], (at(ledger, instance).deadlineS ?? 0n) - ledger.nowS());
}

test('a part fails, is replaced, and the product is delivered in the block of its last part', () => {
  const ledger = createLedger();
  const product = openProduct(ledger, [
    [FRAME, 1, 900],
    [FEET, 4, 50],
  ]);
  const before = totalOf(ledger);
  const buyerBefore = dpnOf(ledger, addressOf('buyer'));
  expect(dpnOf(ledger, product)).toBe(900n + 200n + 500n);
  const frame = give(ledger, { contract: product, row: 0, quantity: 1 }, 'owner', 800).result.data;
  const feet = give(ledger, { contract: product, row: 1, quantity: 4 }, 'designer', 50).result.data;
  expect([dpnOf(ledger, product), dpnOf(ledger, frame), dpnOf(ledger, feet)]).toEqual([600n, 800n, 200n]);
  make(ledger, feet, 'designer');
  expect(send(ledger, 'owner', frame, 'decline')).toBe(undefined);
  // The money of the failed part is the product's again, not the buyer's.
  expect(at(ledger, product)).toMatchObject({ state: 'making', heldMicro: 1400n });
  expect(at(ledger, product).branches?.['parts']).toMatchObject([
    { open: 1n, done: 0n, spentMicro: 0n },
    { open: 0n, done: 4n, spentMicro: 200n },
  ]);
  const again = give(ledger, { contract: product, row: 0, quantity: 1 }, 'stranger', 900).result.data;
  make(ledger, again, 'stranger');
  expect(at(ledger, product)).toMatchObject({ state: 'delivered', heldMicro: 0n });
  expect(dpnOf(ledger, product)).toBe(0n);
  expect(totalOf(ledger)).toBe(before);
  expect(ledger.app.read().listOf('branches-of', product)).toEqual([frame, feet, again]);
  // Three steps of the buyer's own cost a fee each; the price of the parts was paid before.
  expect(dpnOf(ledger, addressOf('buyer')) - buyerBefore).toBe(-2n * world.FEE_MICRO);
});

test('a part fails and nobody replaces it: what is left goes upstream to the buyer', () => {
  const ledger = createLedger();
  const product = openProduct(ledger, [
    [FRAME, 1, 900],
    [FEET, 4, 50],
  ]);
  const before = totalOf(ledger);
  const frame = give(ledger, { contract: product, row: 0, quantity: 1 }, 'owner', 900).result.data;
  const feet = give(ledger, { contract: product, row: 1, quantity: 4 }, 'designer', 50).result.data;
  expect(send(ledger, 'owner', frame, 'decline')).toBe(undefined);
  expect(send(ledger, 'designer', feet, 'accept')).toBe(undefined);
  // Nobody acts any more: the pieces in work come back by their own deadline, then the product's deadlines end it.
  silence(ledger, feet);
  expect(at(ledger, product)).toMatchObject({ state: 'making', heldMicro: 1600n });
  const late = give(ledger, { contract: product, row: 1, quantity: 1 }, 'designer', 50).result.data;
  expect(send(ledger, 'designer', late, 'accept')).toBe(undefined);
  const buyerBefore = dpnOf(ledger, addressOf('buyer'));
  silence(ledger, product);
  // The piece that was given away last has failed in the same block, before the product was looked at.
  silence(ledger, product);
  expect(at(ledger, product)).toMatchObject({ state: 'ended', heldMicro: 0n });
  expect(dpnOf(ledger, addressOf('buyer')) - buyerBefore).toBe(1600n);
  expect([dpnOf(ledger, product), dpnOf(ledger, late), totalOf(ledger)]).toEqual([0n, 0n, before]);
});

test('eight parts from five producers in parallel: one gives up, its pieces are shared by two others', () => {
  const ledger = createLedger();
  const designs = Array.from({ length: 8 }, (_, i) => sha256(utf8ToBytes(`part ${i}`)));
  const product = openProduct(
    ledger,
    designs.map((design, i) => [design, i + 1, 100] as const),
  );
  const before = totalOf(ledger);
  const producers = ['owner', 'designer', 'stranger', 'sponsor', 'treasury'] as const;
  const children = designs.map((_design, row) => {
    const producer = producers[row % 5] ?? 'owner';
    const given = give(ledger, { contract: product, row, quantity: row + 1 }, producer, 90);
    expect(given.fault).toBe(undefined);
    return { producer, address: given.result.data };
  });
  // The third producer has parts 3 and 8, and gives both up: the second only after it had begun.
  for (const { producer, address } of children)
    if (producer !== 'stranger') make(ledger, address, producer);
    else expect(send(ledger, producer, address, 'accept')).toBe(undefined);
  for (const { producer, address } of children)
    if (producer === 'stranger') expect(send(ledger, producer, address, 'decline')).toBe(undefined);
  expect(at(ledger, product).branches?.['parts']?.map(({ open }) => Number(open))).toEqual([
    ...[0, 0, 3, 0],
    ...[0, 0, 0, 8],
  ]);
  for (const [row, quantity, producer] of [
    [2, 3, 'owner'],
    [7, 5, 'owner'],
    [7, 3, 'designer'],
  ] as const) {
    const { result } = give(ledger, { contract: product, row, quantity }, producer, 100);
    make(ledger, result.data, producer);
  }
  expect(at(ledger, product)).toMatchObject({ state: 'delivered', heldMicro: 0n });
  expect([dpnOf(ledger, product), totalOf(ledger)]).toEqual([0n, before]);
});

test('a part is shared by three producers, and not one piece or coin more than the branch allows', () => {
  const ledger = createLedger();
  const product = openProduct(ledger, [[FEET, 30, 10]]);
  const row = { contract: product, row: 0 };
  const faultOf = (...args: Parameters<typeof give>) => give(...args).fault?.code;
  expect(faultOf(ledger, { ...row, quantity: 31 }, 'owner', 10)).toBe('paradigm.branch.pieces');
  expect(faultOf(ledger, { ...row, quantity: 10 }, 'owner', 11)).toBe('paradigm.branch.price');
  expect(faultOf(ledger, { ...row, quantity: 10 }, 'owner', 10, 'stranger')).toBe(
    'paradigm.branch.unauthorised',
  );
  expect(faultOf(ledger, { ...row, row: 1, quantity: 10 }, 'owner', 10)).toBe('chain.contract.branch');
  expect(faultOf(ledger, { ...row, list: 'nothing', quantity: 1 }, 'owner', 10)).toBe(
    'chain.contract.branch',
  );
  expect(faultOf(ledger, { contract: FEET.slice(12), row: 0, quantity: 1 }, 'owner', 10)).toBe(
    'chain.contract.unknown',
  );
  const children = (['owner', 'designer', 'stranger'] as const).map((producer) => {
    const given = give(ledger, { ...row, quantity: 10 }, producer, 10, 'buyer');
    expect(given.fault).toBe(undefined);
    return [given.result.data, producer] as const;
  });
  expect(faultOf(ledger, { ...row, quantity: 1 }, 'owner', 1)).toBe('paradigm.branch.pieces');
  for (const [child, producer] of children) {
    const { branches } = ledger.app.read().contract(child) ?? {};
    expect(branches).toMatchObject([
      { contract: product, list: 'parts', row: 0, quantity: 10, role: 'buyer' },
    ]);
    make(ledger, child, producer);
  }
  expect(at(ledger, product).state).toBe('delivered');
  expect(faultOf(ledger, { ...row, quantity: 1 }, 'owner', 1)).toBe('paradigm.event.closed');
});

test('what is not about the part, not of a named kind, or not about any branch cannot fill one', () => {
  const ledger = createLedger();
  ledger.run('designer', world.REGISTER_MODEL);
  ledger.run('owner', world.registerMachine());
  const product = openProduct(ledger, [
    [world.DESIGN_HASH, 2, 100_000_000],
    [FRAME, 2, 100_000_000],
  ]);
  const parent = { contract: product, list: 'parts', row: 0, quantity: 2 };
  const order = { ...world.openOrder(world.createQuote(2)), parent } as const;
  const coordinator = (message: typeof order) => ledger.run('author', message);
  // The quote is for two pieces of the first part, and the buyer's account is the order's buyer whoever signs.
  expect(coordinator({ ...order, parent: { ...parent, quantity: 1 } }).fault?.code).toBe(
    'chain.contract.branch',
  );
  expect(coordinator({ ...order, parent: { ...parent, row: 1 } }).fault?.code).toBe('chain.contract.branch');
  const filled = coordinator(order);
  expect(filled.fault).toBe(undefined);
  const child = filled.result.data;
  expect(at(ledger, child).roles['buyer']).toEqual(addressOf('buyer'));
  const paidMicro = at(ledger, child).heldMicro;
  expect(at(ledger, product).branches?.['parts']?.[0]).toMatchObject({ open: 0n, spentMicro: paidMicro });
  // A part order that nobody's branch pays for has no design and no number of pieces.
  const alone = { type: 'contract.open', quote: new Uint8Array(0) } as const;
  const roles = { buyer: addressOf('buyer'), producer: addressOf('owner') };
  const part = publish(ledger, 'part-order');
  const unbound = ledger.run('buyer', { ...alone, paradigm: part, roles, params: { unitMicro: 1 } });
  expect(unbound.fault?.code).toBe('chain.contract.param');
  const params = { unitMicro: 1, design: FEET };
  const lied = ledger.run('buyer', {
    ...alone,
    paradigm: part,
    roles,
    params,
    parent: { ...parent, row: 1 },
  });
  expect(lied.fault?.code).toBe('chain.contract.param');
  // A kind that the product names for services only, and one that it does not name.
  const shipped = ledger.run('buyer', {
    ...alone,
    paradigm: publish(ledger, 'logistics'),
    roles: { shipper: addressOf('buyer'), carrier: addressOf('owner'), recipient: addressOf('buyer') },
    params: { parcel: 'a box' },
    parent: { ...parent, row: 1 },
  });
  expect(shipped.fault?.code).toBe('chain.contract.branch');
  // The seller of the order gives it up: the money is the product's again.
  expect(send(ledger, 'buyer', child, 'cancel')).toBe(undefined);
  expect(at(ledger, product).branches?.['parts']?.[0]).toMatchObject({ open: 2n, spentMicro: 0n });
  // A product of unknown kinds of contract cannot be opened.
  const stray = ledger.run('buyer', {
    ...alone,
    paradigm: publish(ledger, 'product'),
    roles: { buyer: addressOf('buyer'), coordinator: addressOf('author') },
    params: {
      ...{ product: '', partDesigns: [FEET], partPieces: [1], partUnitsMicro: [1], partParadigms: [FEET] },
      ...{ servicePieces: [], serviceUnitsMicro: [], serviceParadigms: [] },
    },
  });
  expect(stray.fault?.code).toBe('chain.contract.link');
});

test('orders of two buyers are merged in one job, each piece belongs to one of them, and a complaint is its own', () => {
  const ledger = createLedger();
  const batchId = publish(ledger, 'part-batch');
  const kinds = { partParadigms: [batchId], feeMicro: 0 };
  const first = openProduct(ledger, [[FEET, 4, 20]], kinds);
  const second = openProduct(ledger, [[FEET, 6, 15]], kinds, 'stranger');
  const other = openProduct(ledger, [[FRAME, 6, 15]], kinds, 'designer');
  const opened = ledger.run('owner', {
    type: 'contract.open',
    paradigm: batchId,
    roles: { producer: addressOf('owner') },
    params: { design: FEET, unitMicro: 10, minimum: 10 },
    quote: new Uint8Array(0),
  });
  const job = opened.result.data;
  const before = totalOf(ledger);
  const take = (by: world.Name, contract: Bytes, quantity: number, event = 'take') =>
    ledger.run(by, {
      type: 'contract.event',
      instance: job,
      event,
      args: {},
      parent: { contract, list: 'parts', row: 0, quantity },
    }).fault?.code;
  expect(take('buyer', first, 4)).toBe(undefined);
  expect(take('designer', other, 6)).toBe('paradigm.event.refused');
  expect(take('owner', first, 4, 'start')).toBe('chain.contract.branch');
  expect(send(ledger, 'sponsor', job, 'take')).toBe('chain.contract.param');
  expect(take('author', second, 6)).toBe(undefined);
  expect([dpnOf(ledger, first), dpnOf(ledger, second), dpnOf(ledger, job)]).toEqual([40n, 30n, 100n]);
  const contract = ledger.app.read().contract(job);
  expect(traceUnits(contract ?? {})).toEqual([
    { from: 1, to: 4, parent: first, list: 'parts', row: 0, member: 0 },
    { from: 5, to: 10, parent: second, list: 'parts', row: 0, member: 1 },
  ]);
  for (const event of ['start', 'ship']) expect(send(ledger, 'owner', job, event)).toBe(undefined);
  expect(send(ledger, 'stranger', job, 'complain')).toBe(undefined);
  // Half of it comes back to the order of that buyer, whose branch is open until the job has ended for all.
  expect([dpnOf(ledger, first), dpnOf(ledger, second)]).toEqual([40n, 60n]);
  silence(ledger, job);
  expect([at(ledger, job).state, at(ledger, first).state, at(ledger, second).state]).toEqual([
    ...['settled', 'delivered', 'delivered'],
  ]);
  expect(totalOf(ledger)).toBe(before);
  for (const address of [job, first, second]) expect(dpnOf(ledger, address)).toBe(0n);
});

test('an assembly is a product within a product: its money comes from above and what it does not need goes back there', () => {
  const ledger = createLedger();
  const inner = publish(ledger, 'product');
  const top = openProduct(ledger, [[FRAME, 1, 900]], {
    servicePieces: [1],
    serviceUnitsMicro: [5000],
    serviceParadigms: [inner],
  });
  const before = totalOf(ledger);
  const assembly = (contract: Bytes, changes: Record<string, WireValue> = {}) =>
    ledger.run('author', {
      type: 'contract.open',
      paradigm: inner,
      roles: { buyer: addressOf('buyer'), coordinator: addressOf('author') },
      params: {
        ...{ product: 'Foot', partDesigns: [FEET], partPieces: [4], partUnitsMicro: [100] },
        partParadigms: [publish(ledger, 'part-order')],
        ...{ servicePieces: [], serviceUnitsMicro: [], serviceParadigms: [], feeMicro: 0, ...changes },
      },
      quote: new Uint8Array(0),
      parent: { contract, list: 'services', row: 0, quantity: 1 },
    });
  const middle = assembly(top).result.data;
  expect([dpnOf(ledger, top), dpnOf(ledger, middle)]).toEqual([900n + 5000n + 500n - 400n, 400n]);
  const feet = give(ledger, { contract: middle, row: 0, quantity: 4 }, 'owner', 70).result.data;
  const frame = give(ledger, { contract: top, row: 0, quantity: 1 }, 'designer', 900).result.data;
  make(ledger, frame, 'designer');
  expect(at(ledger, top).state).toBe('finishing');
  make(ledger, feet, 'owner');
  // One step ended three contracts: the feet, the assembly, and the whole.
  expect([at(ledger, middle).state, at(ledger, top).state]).toEqual(['delivered', 'delivered']);
  expect([dpnOf(ledger, middle), dpnOf(ledger, top), totalOf(ledger)]).toEqual([0n, 0n, before]);
});

test('a part is paid when an inspector approves it, the whole when its carriage has arrived', () => {
  const ledger = createLedger();
  ledger.run('designer', world.REGISTER_MODEL);
  ledger.run('owner', world.registerMachine());
  const [inspection, logistics] = [publish(ledger, 'inspection'), publish(ledger, 'logistics')];
  const product = openProduct(ledger, [[world.DESIGN_HASH, 1, 100_000_000]], {
    partParadigms: [inspection],
    ...{ servicePieces: [1], serviceUnitsMicro: [4_000_000], serviceParadigms: [logistics] },
  });
  const before = totalOf(ledger);
  const quote = world.createQuote(1);
  const act = (by: world.Name, message: Message) => {
    const { fault, result } = ledger.run(by, message);
    expect(fault).toBe(undefined);
    return result.data;
  };
  const event = (instance: Bytes, name: string, args: Record<string, WireValue> = {}): Message => ({
    type: 'contract.event',
    instance,
    event: name,
    args,
  });
  const part = act('author', {
    ...{ type: 'contract.open', paradigm: inspection, quote: encodeRecord(quote) },
    roles: { inspector: addressOf('stranger') },
    params: { inspectionMicro: 2_000_000 },
    parent: { contract: product, list: 'parts', row: 0, quantity: 1 },
  });
  expect(at(ledger, part).heldMicro).toBe(quote.totalMicro + 2_000_000n);
  // In parallel: the carrier is asked while the part is made, and the parcel is a service of its own kind.
  const carriage = act('author', {
    ...{ type: 'contract.open', paradigm: logistics, quote: new Uint8Array(0) },
    roles: { shipper: addressOf('buyer'), carrier: addressOf('sponsor'), recipient: addressOf('buyer') },
    params: { parcel: 'The stand', freightMicro: 3_000_000, insuredMicro: 5_000_000 },
    parent: { contract: product, list: 'services', row: 0, quantity: 1 },
  });
  act('owner', event(part, 'accept'));
  const licence = licenceAddress(part, 0n);
  const { gcodeHash } = quote.slice;
  act('designer', { type: 'licence.release', licence, wrappedKey: new Uint8Array(60) });
  act('machine', { type: 'licence.use', licence, copy: 1, gcodeHash });
  act('machine', {
    ...{ type: 'licence.report', licence, copy: 1 },
    ...{ telemetryHead: gcodeHash, entries: 4, outcome: 'finished' },
  });
  act('machine', event(part, 'printed'));
  act('owner', event(part, 'submit', { carrier: 'Post', tracking: '7' }));
  expect(at(ledger, product).branches?.['parts']).toMatchObject([{ open: 0n, done: 0n }]);
  const inspectorBefore = dpnOf(ledger, addressOf('stranger'));
  act('stranger', event(part, 'approve'));
  expect(dpnOf(ledger, addressOf('stranger')) - inspectorBefore).toBe(2_000_000n - world.FEE_MICRO);
  expect([at(ledger, part).state, at(ledger, product).state]).toEqual(['settled', 'finishing']);
  act('sponsor', event(carriage, 'takeOver', { tracking: 'T1' }));
  act('sponsor', event(carriage, 'deliver'));
  const buyerBefore = dpnOf(ledger, addressOf('buyer'));
  act('buyer', event(carriage, 'confirm'));
  expect([at(ledger, carriage).state, at(ledger, product).state]).toEqual(['arrived', 'delivered']);
  // What part and carriage cost less than their limits is the buyer's again.
  const savedMicro = 100_000_000n - quote.totalMicro - 2_000_000n + 1_000_000n;
  expect(dpnOf(ledger, addressOf('buyer')) - buyerBefore).toBe(savedMicro - world.FEE_MICRO);
  expect([dpnOf(ledger, product), totalOf(ledger)]).toEqual([0n, before]);
});

test('money that comes back after its parents have ended goes upwards to whoever can spend it, however late', () => {
  const ledger = createLedger();
  const inner = publish(ledger, 'product');
  const slow = { makeS: 7_776_000, acceptS: 2_592_000 };
  for (const over of [false, true]) {
    const top = openProduct(ledger, [[FRAME, 1, 900]], {
      ...{ servicePieces: [1], serviceUnitsMicro: [5000], serviceParadigms: [inner], feeMicro: 0 },
      ...(over ? {} : { makeS: 31_536_000 }),
    });
    const middle = ledger.run('buyer', {
      type: 'contract.open',
      paradigm: inner,
      roles: { buyer: addressOf('buyer'), coordinator: addressOf('author') },
      params: {
        ...{ product: 'Foot', partDesigns: [FEET], partPieces: [4], partUnitsMicro: [100], makeS: 3600 },
        partParadigms: [publish(ledger, 'part-order')],
        ...{ servicePieces: [], serviceUnitsMicro: [], serviceParadigms: [], feeMicro: 0, decideS: 3600 },
      },
      quote: new Uint8Array(0),
      parent: { contract: top, list: 'services', row: 0, quantity: 1 },
    }).result.data;
    const part = ledger.run('buyer', {
      type: 'contract.open',
      paradigm: publish(ledger, 'part-order'),
      roles: { buyer: addressOf('buyer'), producer: addressOf('owner') },
      params: { unitMicro: 100, ...slow },
      quote: new Uint8Array(0),
      parent: { contract: middle, list: 'parts', row: 0, quantity: 4 },
    }).result.data;
    const before = totalOf(ledger);
    silence(ledger, middle);
    silence(ledger, middle);
    // The assembly has ended while its part is in work: its branch of the whole is open again, the part's money is away.
    expect(at(ledger, middle)).toMatchObject({ state: 'ended', heldMicro: 0n });
    expect(at(ledger, top).branches?.['services']?.[0]).toMatchObject({ open: 1n, spentMicro: 400n });
    ledger.block([], 28n * DAY_S);
    expect(send(ledger, 'owner', part, 'accept')).toBe(undefined);
    if (over) {
      silence(ledger, top);
      silence(ledger, top);
    }
    // The assembly's time to be pruned passes while its part is still in work.
    const dueS = Number(at(ledger, part).deadlineS ?? 0n) - Number(DAY_S);
    ledger.block([], BigInt(dueS) - ledger.nowS());
    expect(ledger.app.read().contract(middle)).toMatchObject({ below: 1, due: true });
    const [buyerBefore, heldBefore] = [dpnOf(ledger, addressOf('buyer')), at(ledger, top).heldMicro];
    silence(ledger, part);
    const returned = [
      dpnOf(ledger, addressOf('buyer')) - buyerBefore,
      at(ledger, top).heldMicro - heldBefore,
    ];
    // With every parent ended it is the buyer's, else that of the contract that still runs.
    expect(returned).toEqual(over ? [400n, 0n] : [0n, 400n]);
    if (!over)
      expect(at(ledger, top).branches?.['services']?.[0]).toMatchObject({ open: 1n, spentMicro: 0n });
    expect([dpnOf(ledger, part), totalOf(ledger)]).toEqual([0n, before]);
    // Once nothing below it is kept, the assembly goes in the same block, and the whole as soon as it has ended too.
    const { blockEvents } = ledger.block([], 90n * DAY_S);
    const pruned = blockEvents.flatMap(({ type, attributes }) =>
      type === 'contract.pruned' ? [attributes['instance']] : [],
    );
    expect(pruned).toEqual([part, middle, ...(over ? [top] : [])].map(bytesToHex));
    expect(totalOf(ledger)).toBe(before);
  }
});

test('the chain tells of every filling and ending, for those who draw the graph', () => {
  const ledger = createLedger();
  const product = openProduct(ledger, [[FEET, 4, 50]]);
  const about = { instance: bytesToHex(product), list: 'parts', row: '0' };
  const filled = give(ledger, { contract: product, row: 0, quantity: 3 }, 'owner', 40);
  const child = bytesToHex(filled.result.data);
  expect(filled.events).toContainEqual({
    type: 'contract.branch-filled',
    attributes: { ...about, child, quantity: '3', amountMicro: '120' },
  });
  const { events } = ledger.run('owner', {
    ...{ type: 'contract.event', instance: filled.result.data, event: 'decline', args: {} },
  });
  expect(events.filter(({ type }) => type.startsWith('contract.branch'))).toEqual([
    {
      type: 'contract.branch-ended',
      attributes: { ...about, child, quantity: '3', outcome: 'refund', done: 'false' },
    },
    { type: 'contract.branch-returned', attributes: { ...about, child, amountMicro: '120' } },
  ]);
});
