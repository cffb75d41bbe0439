// Any history of orders: money is conserved, everything ends, and the same blocks always lead to the same roots.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { createApplication } from './app.ts';
import type { Message } from './messages.ts';
import { licenceAddress, POOLS } from './modules/index.ts';
import { createLedger, type Ledger, sumOf } from './testing/ledger.ts';
import { event, send, stateOf } from './testing/orders.ts';
import * as world from './testing/world.ts';

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
