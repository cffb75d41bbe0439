// What the services keep on disk: sealed keys, settings, the queue, and the index of the chain.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unwrap } from '../../base/index.ts';
import type { ChainEvent, CommittedBlock, Engine } from '../../chain/index.ts';
import { addressToText } from '../../identity/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { systemRandom } from '../adapters/system.ts';
import { createVault } from '../adapters/vault.ts';
import { CONSOLE_MIGRATIONS } from '../store/migrations.ts';
import { createChainIndex } from './chain-index.ts';
import { createProvenCache } from './chain-reader.ts';
import { createEventBus } from './event-bus.ts';
import { JobStore } from './job-store.ts';
import { createKeyring, gcodeKey, releaseContext } from './keyring.ts';
import { createSettings } from './settings.ts';

let folder = '';
let database: Sqlite;
const reopen = () => {
  database.close();
  database = openSqlite(join(folder, 'console.db'), CONSOLE_MIGRATIONS);
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-storage-'));
  database = openSqlite(join(folder, 'console.db'), CONSOLE_MIGRATIONS);
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const SECRET = new Uint8Array(32).fill(9);

describe('the vault', () => {
  const vault = createVault(SECRET, systemRandom);

  test('opens what it sealed, for the same purpose only, and never the same bytes twice', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), fc.string(), (secret, purpose, other) => {
        const sealed = vault.seal(purpose, secret);
        expect(vault.open(purpose, sealed)).toEqual(secret);
        expect(vault.seal(purpose, secret)).not.toEqual(sealed);
        if (other !== purpose) expect(vault.open(other, sealed)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  test('opens nothing that was changed, cut, or sealed by another', () => {
    const sealed = vault.seal('p', new Uint8Array([1, 2, 3]));
    for (let at = 0; at < sealed.length; at++) {
      const bent = sealed.slice();
      bent[at] = (bent[at] ?? 0) ^ 1;
      expect(vault.open('p', bent)).toBeUndefined();
      expect(vault.open('p', sealed.subarray(0, at))).toBeUndefined();
    }
    expect(createVault(new Uint8Array(32), systemRandom).open('p', sealed)).toBeUndefined();
  });
});

describe('the keyring', () => {
  test('keeps keys over a restart, gives them only to the same vault, and forgets for good', () => {
    const key = new Uint8Array(32).fill(5);
    createKeyring(database, createVault(SECRET, systemRandom)).put('bafy1', key);
    reopen();
    const keyring = createKeyring(database, createVault(SECRET, systemRandom));
    expect([keyring.has('bafy1'), keyring.get('bafy1'), keyring.get('bafy2')]).toEqual([
      true,
      key,
      undefined,
    ]);
    const row = database.prepare('SELECT sealed FROM content_keys').get() as { sealed: Buffer };
    expect(row.sealed.includes(Buffer.from(key))).toBe(false);
    const stranger = createKeyring(database, createVault(new Uint8Array(32), systemRandom));
    expect(stranger.get('bafy1')).toBeUndefined();
    keyring.remove('bafy1');
    expect([keyring.has('bafy1'), keyring.get('bafy1')]).toEqual([false, undefined]);
  });

  test('a G-code key is of one model and one file; a release is bound to one licence', () => {
    const [model, hash] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    expect(gcodeKey(model, hash)).toEqual(gcodeKey(model, hash));
    expect(gcodeKey(model, hash)).not.toEqual(gcodeKey(hash, model));
    expect(gcodeKey(model, hash)).not.toEqual(gcodeKey(model, new Uint8Array(32).fill(3)));
    expect(releaseContext(new Uint8Array(20))).not.toEqual(releaseContext(new Uint8Array(20).fill(1)));
  });
});

test('settings survive, and a damaged one falls back alone', () => {
  const settings = createSettings(database, createEventBus());
  expect(settings.save({ locale: 'zh-Hans', theme: 'dark', role: 'owner', welcomed: true })).toEqual({
    locale: 'zh-Hans',
    theme: 'dark',
    role: 'owner',
    welcomed: true,
  });
  reopen();
  database.prepare("UPDATE settings SET value = 'no json' WHERE key = 'theme'").run();
  database.prepare("UPDATE settings SET value = '\"pirate\"' WHERE key = 'locale'").run();
  expect(createSettings(database, createEventBus()).read()).toEqual({
    locale: 'en',
    theme: 'auto',
    role: 'owner',
    welcomed: true,
  });
});

test('the queue is on disk before it counts, and a refusal leaves no trace', () => {
  const jobs = {
    orderId: 'o',
    machineId: 'm',
    title: 't',
    copies: 2,
    material: 'PLA',
    colour: '#ffffff',
    gcodeHash: '00',
    secondsEstimated: 60,
  };
  const store = new JobStore(database, createEventBus());
  unwrap(store.run({ type: 'add', jobs, nowMs: 1 }));
  unwrap(store.run({ type: 'confirm-bed-clear', machineId: 'm', nowMs: 2 }));
  unwrap(store.run({ type: 'start', jobId: 'o.1', nowMs: 3, expiresMs: 3 }));
  expect(store.run({ type: 'start', jobId: 'o.2', nowMs: 4, expiresMs: 4 })).toMatchObject({
    fault: { code: 'job.machine.busy' },
  });
  reopen();
  const again = new JobStore(database, createEventBus());
  expect(again.state).toEqual(store.state);
  expect(again.ofOrder('o').map(({ phase }) => phase)).toEqual(['starting', 'waiting']);
  expect(again.lastEntry('o.1', 1)).toBeUndefined();
});

describe('proven values', () => {
  const key = new Uint8Array([1]);

  test('are asked once a height, also by many at once, and again at the next', async () => {
    const asked: bigint[] = [];
    const read = createProvenCache(async (_key, height) => {
      asked.push(height);
      return { ok: true, value: { value: new Uint8Array([Number(height)]), height } };
    });
    const all = await Promise.all([1, 2, 3].map(() => read(key, 7n)));
    expect(new Set(all).size).toBe(1);
    await read(key, 8n);
    await read(key, 7n);
    await read(new Uint8Array([2]), 8n);
    await read(key, 8n);
    expect(asked).toEqual([7n, 8n, 7n, 8n]);
  });

  test('a refusal or a failure is not kept', async () => {
    let calls = 0;
    const fault = { code: 'x', message: 'm', next: 'n' };
    const read = createProvenCache(async () => {
      calls++;
      if (calls === 1) throw new Error('lost');
      return calls === 2 ? { ok: false, fault } : { ok: true, value: { value: undefined, height: 1n } };
    });
    await expect(read(key, 1n)).rejects.toThrow('lost');
    expect((await read(key, 1n)).ok).toBe(false);
    expect((await read(key, 1n)).ok).toBe(true);
    expect((await read(key, 1n)).ok).toBe(true);
    expect(calls).toBe(3);
  });
});

describe('the index of the chain', () => {
  const hex = (byte: number) => byte.toString(16).padStart(2, '0').repeat(20);
  const text = (byte: number) => addressToText(Buffer.from(hex(byte), 'hex'));
  const ORDER = 3;
  const paid = (to: number, amountMicro: string): ChainEvent => ({
    type: 'contract.paid',
    attributes: { instance: hex(ORDER), to: hex(to), role: 'owner', amountMicro },
  });
  const blockOf = (height: bigint, blockEvents: readonly ChainEvent[]): CommittedBlock => ({
    height,
    time: { seconds: 1_800_000_000n + height, nanos: 0 },
    txs: [],
    blockEvents,
  });

  /** An engine that holds the blocks and hands out new ones when told to. */
  function engineOf(blocks: CommittedBlock[]) {
    let listener: (block: CommittedBlock) => void = () => undefined;
    const engine = {
      status: () => ({ height: BigInt(blocks.length) }),
      blockAt: async (height: bigint) => {
        const block = blocks[Number(height) - 1];
        return block === undefined
          ? { ok: false, fault: { code: 'gone', message: '', next: '' } }
          : { ok: true, value: block };
      },
      onBlock: (hear: typeof listener) => {
        listener = hear;
        return () => undefined;
      },
    } as unknown as Engine;
    return { engine, tell: (block: CommittedBlock) => listener(block) };
  }
  const anchors = { record: () => undefined } as unknown as Parameters<typeof createChainIndex>[1];

  test('has each block once and in order, however they come', async () => {
    const blocks = [1n, 2n, 3n, 4n, 5n].map((height) => blockOf(height, [paid(1, String(height))]));
    const { engine, tell } = engineOf(blocks.slice(0, 2));
    const logged: string[] = [];
    const index = createChainIndex(database, anchors, createEventBus(), (_level, action) => {
      logged.push(action);
    });
    await index.follow(engine);
    expect(index.height()).toBe(2);
    for (const block of [blocks[1], blocks[2], blocks[2], blocks[0]]) if (block !== undefined) tell(block);
    expect(index.height()).toBe(3);
    expect(index.paidBy(text(ORDER)).map((row) => row.amount_micro)).toEqual(['1', '2', '3']);
    expect(index.earnedFor(text(1), [text(ORDER)])).toBe(6n);
    expect(index.earnedFor(text(2), [text(ORDER)])).toBe(0n);
    expect(logged).toEqual([]);
  });

  test('makes up for blocks it did not hear of', async () => {
    const blocks = [1n, 2n, 3n, 4n].map((height) => blockOf(height, [paid(1, '1')]));
    const known = blocks.slice(0, 1);
    const { engine, tell } = engineOf(known);
    const index = createChainIndex(database, anchors, createEventBus(), () => undefined);
    await index.follow(engine);
    known.push(...blocks.slice(1));
    const last = blocks[3];
    if (last !== undefined) tell(last);
    await Promise.resolve();
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(index.height()).toBe(4);
    expect(index.paidBy(text(ORDER))).toHaveLength(4);
  });

  test('tells money that comes back from what is earned, whatever the role is called', async () => {
    const event = (type: string, attributes: Record<string, string>): ChainEvent => ({ type, attributes });
    const held = (from: number, amountMicro: string) =>
      event('contract.held', { instance: hex(ORDER), from: hex(from), amountMicro });
    const pay = (to: number, role: string, amountMicro: string) =>
      event('contract.paid', { instance: hex(ORDER), to: hex(to), role, amountMicro });
    const { engine } = engineOf([
      blockOf(1n, [held(1, '24'), held(2, '4'), event('review.begun', { sender: hex(5), feeMicro: '100' })]),
      blockOf(2n, [
        pay(1, 'family', '10'),
        pay(1, 'family', '20'),
        pay(2, 'maker', '4'),
        pay(2, 'maker', '9'),
      ]),
      blockOf(3n, [pay(6, 'author', '1'), pay(7, 'designer', '3'), pay(8, 'buyer', '2')]),
      blockOf(4n, [
        event('review.paid', { reviewer: hex(6), amountMicro: '30' }),
        event('review.returned', { sender: hex(5), amountMicro: '100' }),
        event('council.joined', { reviewer: hex(6), amountMicro: '50', stakeMicro: '80' }),
        event('council.paid-out', { reviewer: hex(6), amountMicro: '80' }),
        event('paradigm.bug', { reporter: hex(7), bountyMicro: '0' }),
      ]),
    ]);
    const index = createChainIndex(database, anchors, createEventBus(), () => undefined);
    await index.follow(engine);
    const lines = (account: number) =>
      index
        .wallet(text(account))
        .map(({ kind, amount_micro: amount }) => `${kind} ${amount}`)
        .reverse();
    expect(lines(1)).toEqual(['escrow -24', 'refund 10', 'refund 14', 'earning 6']);
    expect(lines(2)).toEqual(['escrow -4', 'refund 4', 'earning 9']);
    expect(lines(5)).toEqual(['review -100', 'review-back 100']);
    expect(lines(6)).toEqual(['author 1', 'earning 30', 'deposit -50', 'deposit-back 80']);
    expect(lines(7)).toEqual(['earning 3']);
    expect(lines(8)).toEqual(['refund 2']);
    expect(index.earnedFor(text(6), [text(ORDER)])).toBe(1n);
    expect(index.paidBy(text(ORDER)).map((row) => row.kind)).toContain('author');
  });

  test('shows what an order paid however much else its parties were paid', async () => {
    const many = Array.from(
      { length: 600 },
      (_, i): ChainEvent => ({
        type: 'contract.paid',
        attributes: { instance: hex(4), to: hex(1), role: 'network', amountMicro: String(i + 1) },
      }),
    );
    const { engine } = engineOf([blockOf(1n, [paid(1, '77')]), blockOf(2n, many)]);
    const index = createChainIndex(database, anchors, createEventBus(), () => undefined);
    await index.follow(engine);
    expect(index.paidBy(text(ORDER)).map((row) => row.amount_micro)).toEqual(['77']);
    expect(index.wallet(text(1))).toHaveLength(500);
  });
});
