// Runs shared by orders: who may record one, of which copies, and what a later one takes over.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256, utf8ToBytes } from '../../base/index.ts';
import type { Message } from '../messages.ts';
import { codeOf, createLedger, type Ledger } from '../testing/ledger.ts';
import * as world from '../testing/world.ts';
import { licenceAddress } from './effects.ts';

type Order = { readonly instance: Uint8Array; readonly licence: Uint8Array };

/** Released orders of one file each with so many copies; `other` names the order that is for another file. */
function withOrders(quantities: readonly number[], other = -1): { ledger: Ledger; orders: Order[] } {
  const ledger = createLedger();
  ledger.run('designer', world.REGISTER_MODEL);
  ledger.run('owner', world.registerMachine());
  const orders = quantities.map((quantity, index): Order => {
    const quote = world.createQuote(quantity);
    const gcodeHash = sha256(utf8ToBytes('another file'));
    const priced =
      index === other
        ? world.createQuote(quantity, { slice: { ...quote.slice, gcodeHash } })
        : world.createQuote(quantity, { nonce: new Uint8Array(16).fill(index) });
    const opened = ledger.run('buyer', world.openOrder(priced));
    expect(codeOf(opened)).toBe('done');
    const instance = opened.result.data;
    const licence = licenceAddress(instance, 0n);
    ledger.run('owner', { type: 'contract.event', instance, event: 'accept', args: {} });
    ledger.run('designer', { type: 'licence.release', licence, wrappedKey: new Uint8Array(60) });
    return { instance, licence };
  });
  return { ledger, orders };
}

const gather = (...parts: readonly (readonly [Order | undefined, number, number])[]): Message => ({
  type: 'licence.gather',
  parts: parts.map(([order, from, to]) => ({ licence: order?.licence ?? new Uint8Array(20), from, to })),
});
const use = ({ licence }: Order, copy: number): Message => ({
  type: 'licence.use',
  licence,
  copy,
  gcodeHash: world.createQuote(1).slice.gcodeHash,
});

/** The runs of an order as [copies from, to, orders in it], oldest first. */
function runsOf(ledger: Ledger, { licence }: Order) {
  const state = ledger.app.read();
  return (state.licence(licence)?.runs ?? []).map((id) => {
    const { parts = [] } = state.run(id) ?? {};
    const own = parts.find((part) => part.licence.join() === licence.join());
    return [own?.from, own?.to, parts.length];
  });
}

test('the machine alone records a run, of one file, of copies that wait, of open orders', () => {
  const { ledger, orders } = withOrders([3, 2, 1, 1], 3);
  const [a, b, c, other] = orders as [Order, Order, Order, Order];
  expect(codeOf(ledger.run('machine', use(a, 1)))).toBe('done');
  const refused: readonly (readonly [world.Name, Message, string])[] = [
    ['owner', gather([a, 2, 3], [b, 1, 2]), 'chain.licence.not-machine'],
    ['machine', gather([undefined, 1, 1], [b, 1, 2]), 'chain.licence.unknown'],
    ['machine', gather([a, 1, 3], [b, 1, 2]), 'chain.run.copies'],
    ['machine', gather([a, 3, 2], [b, 1, 2]), 'chain.run.copies'],
    ['machine', gather([a, 2, 4], [b, 1, 2]), 'chain.run.copies'],
    ['machine', gather([a, 2, 2], [b, 1, 2], [a, 3, 3]), 'chain.run.copies'],
    ['machine', gather([a, 2, 3], [other, 1, 1]), 'chain.run.same'],
  ];
  for (const [from, message, code] of refused) expect(codeOf(ledger.run(from, message))).toBe(code);
  expect(runsOf(ledger, b)).toEqual([]);
  const recorded = ledger.run('machine', gather([a, 2, 3], [b, 1, 2]));
  expect(codeOf(recorded)).toBe('done');
  expect(ledger.app.read().run(recorded.result.data)).toMatchObject({
    machine: world.addressOf('machine'),
    parts: [
      { contract: a.instance, from: 2, to: 3 },
      { contract: b.instance, from: 1, to: 2 },
    ],
  });
  expect(recorded.events.filter(({ type }) => type === 'licence.gathered')).toHaveLength(2);
  const givenUp: Message = {
    ...{ type: 'contract.event', instance: c.instance },
    ...{ event: 'fail', args: { reason: 'The printer broke.' } },
  };
  expect(codeOf(ledger.run('owner', givenUp))).toBe('done');
  expect(codeOf(ledger.run('machine', gather([a, 3, 3], [c, 1, 1])))).toBe('chain.licence.closed');
});

test('a later run takes over what has not begun; what has begun stays in the run it began in', () => {
  const { ledger, orders } = withOrders([4, 2, 2]);
  const [a, b, c] = orders as [Order, Order, Order];
  expect(codeOf(ledger.run('machine', gather([a, 1, 4], [b, 1, 2])))).toBe('done');
  for (const copy of [1, 2]) expect(codeOf(ledger.run('machine', use(a, copy)))).toBe('done');
  expect(codeOf(ledger.run('machine', gather([a, 3, 4], [c, 1, 2])))).toBe('done');
  expect(runsOf(ledger, a)).toEqual([
    [1, 2, 2],
    [3, 4, 2],
  ]);
  expect(runsOf(ledger, b)).toEqual([[1, 2, 2]]);
  // Nothing of c has begun: it leaves the run as if it had never been in it.
  expect(codeOf(ledger.run('machine', gather([b, 1, 2], [c, 1, 2])))).toBe('done');
  expect(runsOf(ledger, a)).toEqual([
    [1, 2, 1],
    [3, 4, 1],
  ]);
  expect(runsOf(ledger, c)).toEqual([[1, 2, 2]]);
});

test('there is an end to being put together anew, and being asked in vain leaves nothing', () => {
  const { ledger, orders } = withOrders([10, 1]);
  const [a, b] = orders as [Order, Order];
  for (let copy = 1; copy <= 8; copy++) {
    expect(codeOf(ledger.run('machine', gather([a, copy, 10], [b, 1, 1])))).toBe('done');
    expect(codeOf(ledger.run('machine', use(a, copy)))).toBe('done');
  }
  const before = runsOf(ledger, b);
  expect(codeOf(ledger.run('machine', gather([a, 9, 10], [b, 1, 1])))).toBe('chain.run.limit');
  expect(runsOf(ledger, a)).toHaveLength(8);
  expect(runsOf(ledger, b)).toEqual(before);
});

test('whatever is recorded and begun, no copy is in two runs, and licence and run agree', () => {
  const step = fc.oneof(
    fc.record({ use: fc.nat(2) }),
    fc.record({
      parts: fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })), {
        minLength: 2,
        maxLength: 3,
      }),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const { ledger, orders } = withOrders([4, 4, 4]);
      for (const one of steps) {
        if ('parts' in one) {
          ledger.run(
            'machine',
            gather(...one.parts.map(([at, from, to]) => [orders[at], from, to] as const)),
          );
          continue;
        }
        const order = orders[one.use];
        const used = order === undefined ? 0 : (ledger.app.read().licence(order.licence)?.used ?? 0);
        if (order !== undefined) ledger.run('machine', use(order, used + 1));
      }
      const state = ledger.app.read();
      for (const { licence } of orders) {
        const copies = (state.licence(licence)?.runs ?? []).flatMap((id) => {
          const own = state.run(id)?.parts.filter((part) => part.licence.join() === licence.join()) ?? [];
          expect(own).toHaveLength(1);
          return own.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, at) => from + at));
        });
        expect(new Set(copies).size).toBe(copies.length);
        expect(copies.every((copy) => copy >= 1 && copy <= 4)).toBe(true);
      }
    }),
    { seed: 4, numRuns: 25 },
  );
});
