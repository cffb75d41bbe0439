// An order as people read it: its timeline, what may be done, and entered text as typed arguments.

import { expect, test } from 'vitest';
import { unwrap } from '../../base/index.ts';
import type { LicenceState } from '../../chain/index.ts';
import * as world from '../../chain/testing/world.ts';
import { applyEvent, legalEvents, openInstance, parseParadigm } from '../../paradigm/index.ts';
import type { OrderStepRow } from './chain-index.ts';
import { actionsFor, argumentsFor } from './order-actions.ts';
import { timelineOf } from './order-timeline.ts';
import type { OpenOrder } from './orders.ts';
import type { Parties } from './parties.ts';

const paradigm = unwrap(parseParadigm(world.NORMAL));
const quote = world.createQuote(2);
const timeS = world.GENESIS_S;
const PARTIES = ['buyer', 'owner', 'designer', 'machine', 'author'] as const;
const roles = {
  ...Object.fromEntries(PARTIES.map((name) => [name, world.addressOf(name)])),
  network: world.addressOf('treasury'),
};

/** The order after so many of its events, each sent by the party that may. */
function orderAfter(
  ...events: readonly (readonly [world.Name, string, Record<string, string>?])[]
): OpenOrder {
  const params: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(paradigm.params)) {
    const path = field.binds?.split('.').slice(1) ?? [];
    let value: unknown = { ...quote, hash: new Uint8Array(32) };
    for (const part of path) value = (value as Record<string, unknown>)[part];
    if (path.length > 0) params[name] = typeof value === 'number' ? BigInt(value) : value;
  }
  type Open = Parameters<typeof openInstance>[1];
  const opened = openInstance(paradigm, {
    roles,
    params: params as Open['params'],
    caller: world.addressOf('buyer'),
    timeS,
  });
  let { instance } = unwrap(opened);
  const facts = { quantity: 2n, copiesReported: 2n, copiesFinished: 2n, licenceReleased: true };
  for (const [caller, event, args = {}] of events) {
    const input = { event, caller: world.addressOf(caller), args: { facts, ...args }, timeS };
    ({ instance } = unwrap(applyEvent(paradigm, instance, input)));
  }
  const contract = { updatedS: timeS } as OpenOrder['contract'];
  const licence = { address: new Uint8Array(20), state: {} as LicenceState };
  return { id: '0x1', contract, instance, paradigm, quote, licence };
}

const ACCEPT = ['owner', 'accept'] as const;
const PRINTED = ['machine', 'printed'] as const;
const SHIP = ['owner', 'ship', { carrier: 'Post', tracking: 'RR1' }] as const;
const CONFIRM = ['buyer', 'confirm'] as const;

let seq = 0;
const row = (code: string, detail: string | null = null, signer: string | null = 'x'): OrderStepRow => ({
  order_id: '0x1',
  seq: seq++,
  code,
  tx_hash: signer === null ? null : `tx-${code}`,
  height: 10 + seq,
  time_s: 100 + seq,
  signer,
  detail,
});
const parties = { party: (address: string) => ({ address, name: address }) } as unknown as Parties;
const shown = (order: OpenOrder, rows: readonly OrderStepRow[]) =>
  timelineOf(order, rows, (hash) => (hash === null ? 'local' : 'verified'), parties).map(
    ({ code, state, detail }) => `${code} ${state}${detail === undefined ? '' : ` (${detail})`}`,
  );

test('a fresh order: what was done, whose turn it is, what comes next', () => {
  expect(shown(orderAfter(), [row('funded')])).toEqual([
    'quoted done',
    'funded done',
    'accepted now',
    'released next',
    'printing next',
    'printed next',
    'shipped next',
    'delivered next',
    'settled next',
  ]);
});

test('while it prints, however many attempts, printing is one step that counts finished copies', () => {
  const rows = [
    ...['funded', 'accepted', 'released'].map((code) => row(code)),
    row('printing', '1'),
    row('reported', '1:failed'),
    row('printing', '1'),
    row('reported', '1:finished'),
    row('printing', '2'),
  ];
  const timeline = shown(orderAfter(ACCEPT), rows);
  expect(timeline.slice(3, 6)).toEqual(['released done', 'printing now (1 / 2)', 'printed next']);
  const last = shown(orderAfter(ACCEPT), [...rows, row('reported', '2:finished')]);
  expect(last.slice(4, 6)).toEqual(['printing done (2 / 2)', 'printed now']);
});

test('a settled order has nothing left to do, and says how it was sent', () => {
  const codes = ['funded', 'accepted', 'released', 'printing', 'printed', 'shipped', 'delivered', 'settled'];
  const timeline = shown(
    orderAfter(ACCEPT, PRINTED, SHIP, CONFIRM),
    codes.map((code) => row(code)),
  );
  expect(timeline).toHaveLength(9);
  expect(timeline.every((step) => step.includes(' done'))).toBe(true);
  expect(timeline[6]).toBe('shipped done (Post RR1)');
});

test('an order that ended early shows its end and promises nothing more', () => {
  const timeline = shown(orderAfter(['owner', 'decline']), [row('funded'), row('refunded')]);
  expect(timeline).toEqual(['quoted done', 'funded done', 'refunded done']);
});

test('a deadline is nobody’s signature', () => {
  const steps = timelineOf(
    orderAfter(),
    [row('funded'), row('refunded', null, null)],
    () => 'verified',
    parties,
  );
  expect(steps.find(({ code }) => code === 'refunded')).not.toHaveProperty('signer');
  expect(steps.find(({ code }) => code === 'refunded')?.anchor).not.toHaveProperty('txHash');
});

test('each party is offered what the contract lets it do, and nobody else anything', () => {
  const of = (order: OpenOrder, name: world.Name) =>
    actionsFor(order, world.addressOf(name), 'en').map(({ event, role }) => `${role} ${event}`);
  expect(of(orderAfter(), 'owner')).toContain('owner accept');
  expect(of(orderAfter(), 'buyer')).not.toContain('buyer accept');
  expect(of(orderAfter(), 'stranger')).toEqual([]);
  expect(actionsFor(orderAfter(), undefined, 'en')).toEqual([]);
  expect(of(orderAfter(ACCEPT, PRINTED, SHIP), 'buyer')).toContain('buyer confirm');
  expect(of(orderAfter(ACCEPT, PRINTED, SHIP, CONFIRM), 'buyer')).toEqual([]);
});

test('confirming names the money that moves, and both languages have words for every action', () => {
  const order = orderAfter(ACCEPT, PRINTED, SHIP);
  const confirm = actionsFor(order, world.addressOf('buyer'), 'en').find(({ event }) => event === 'confirm');
  expect([confirm?.amountMicro, confirm?.danger]).toEqual([quote.totalMicro, true]);
  for (const name of ['buyer', 'owner'] as const) {
    const [english, chinese] = (['en', 'zh-Hans'] as const).map((locale) =>
      actionsFor(order, world.addressOf(name), locale),
    );
    expect(chinese?.map(({ event }) => event)).toEqual(english?.map(({ event }) => event));
    for (const { label, explanation } of chinese ?? [])
      expect(`${label}${explanation}`).toMatch(/\p{Script=Han}/u);
  }
});

test('entered text becomes what the contract wants, or is refused by name', () => {
  const [legal] = legalEvents(paradigm, orderAfter(ACCEPT).instance, 'owner');
  if (legal === undefined) throw new Error('the owner may do something');
  type Fields = (typeof legal)['args'];
  const label = { en: 'x', 'zh-Hans': 'x' };
  const fields = {
    note: { type: 'text', label, default: '' },
    price: { type: 'amount', label },
    count: { type: 'int', label },
    sure: { type: 'bool', label },
  } as unknown as Fields;
  const event = { ...legal, args: fields };
  const good = { price: ' 12.5 ', count: '-3', sure: 'true' };
  expect(unwrap(argumentsFor(event, good))).toEqual({ price: 12_500_000n, count: -3, sure: true });
  expect(unwrap(argumentsFor(event, { ...good, note: 'hi', stray: 'ignored' }))).toMatchObject({
    note: 'hi',
  });
  for (const [name, text] of [
    ['price', '1e3'],
    ['price', '-1'],
    ['price', '1.0000001'],
    ['price', ''],
    ['count', '1.5'],
    ['count', '9'.repeat(16)],
    ['sure', 'yes'],
  ] as const) {
    const refused = argumentsFor(event, { ...good, [name]: text });
    expect(refused).toMatchObject({ ok: false, fault: { code: 'orders.argument', data: { name } } });
  }
});
