// Production graphs on the chain: a product, its parts at several producers, failures, replacements, shared and merged
// jobs. In every story no money is made or lost, and none stays in a contract that has ended.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Bytes } from '../../base/index.ts';
import { sha256, unwrap, utf8ToBytes } from '../../base/index.ts';
import { paradigmId, readParadigm } from '../../paradigm/index.ts';
import type { BranchRef, WireValue } from '../messages.ts';
import { createLedger, type Ledger, sumOf } from '../testing/ledger.ts';
import * as world from '../testing/world.ts';
import { instanceOf } from './instances.ts';
import { POOLS } from './pools.ts';

const { addressOf } = world;
const FRAME = sha256(utf8ToBytes('frame'));
const FEET = sha256(utf8ToBytes('foot'));

const textOf = (name: string) =>
  readFileSync(new URL(`../../../assets/paradigms/${name}.yaml`, import.meta.url), 'utf8');

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
