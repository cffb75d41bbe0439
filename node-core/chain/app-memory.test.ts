// What an application remembers from block to block changes nothing: blocks that came to nothing leave no trace in it, and
// a transaction that was admitted once is asked everything that depends on the state again.

import { expect, test } from 'vitest';
import type { KvStore } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { type ChainApplication, createApplication } from './app.ts';
import * as world from './testing/world.ts';
import { buildTx } from './tx.ts';

function transfer(seq: number, amountMicro: bigint, expiry = 1000): Uint8Array {
  return buildTx({
    chainId: world.CHAIN_ID,
    key: world.keyOf('buyer'),
    seq,
    expiry,
    feeMicro: 1_000n,
    message: { type: 'bank.send', to: world.addressOf('designer'), token: 'DPN', amountMicro },
  });
}

function finalize(app: ChainApplication, ...txs: readonly Uint8Array[]) {
  const height = app.info().height + 1n;
  const time = { seconds: world.GENESIS_S + height, nanos: 0 };
  return app.finalizeBlock({ height, time, txs, proposerAddress: new Uint8Array(20) });
}

function start(kv: KvStore = createMemoryKv()): ChainApplication {
  const app = createApplication({ kv });
  app.initChain(world.createGenesis());
  return app;
}

const codeOf = (app: ChainApplication, tx: Uint8Array) => {
  const checked = app.checkTx(tx);
  return checked.ok ? 'admitted' : checked.fault.code;
};

test('a block that is not decided leaves nothing behind for the one that is', () => {
  const [app, other] = [start(), start()];
  for (let seq = 0; seq < 3; seq++) {
    finalize(app, transfer(seq, 7n), transfer(seq + 1, 8n));
    const decided = transfer(seq, BigInt(seq + 1));
    expect(finalize(app, decided).appHash).toEqual(finalize(other, decided).appHash);
    app.commit();
    other.commit();
  }
});

test('a block that the store did not take leaves nothing behind either', () => {
  const kv = createMemoryKv();
  let isFull = false;
  const failing: KvStore = {
    ...kv,
    apply(operations) {
      if (isFull) throw new Error('the disk is full');
      kv.apply(operations);
    },
  };
  const [app, other] = [start(failing), start()];
  isFull = true;
  finalize(app, transfer(0, 7n));
  expect(() => app.commit()).toThrow('the disk is full');
  isFull = false;
  expect(codeOf(app, transfer(0, 9n))).toBe('admitted');
  expect(finalize(app, transfer(0, 9n)).appHash).toEqual(finalize(other, transfer(0, 9n)).appHash);
});

test('a transaction that was admitted is refused where the state has changed, and any other bytes by themselves', () => {
  const app = start();
  const [tx, late] = [transfer(0, 5n), transfer(1, 5n, 2)];
  expect([codeOf(app, tx), codeOf(app, late)]).toEqual(['admitted', 'admitted']);
  expect(app.selectTxs([tx, late])).toHaveLength(2);
  const forged = Uint8Array.from(tx, (byte, index) => (index === tx.length - 30 ? byte ^ 1 : byte));
  const outcomes = finalize(app, forged, tx, tx).outcomes.map(({ fault }) => fault?.code ?? 'done');
  expect(outcomes).toEqual([
    expect.stringMatching(/^chain\.tx\.(signature|malformed)$/),
    'done',
    'chain.tx.sequence',
  ]);
  app.commit();
  expect(codeOf(app, tx)).toBe('chain.tx.sequence');
  expect(codeOf(app, late)).toBe('admitted');
  finalize(app);
  app.commit();
  expect(codeOf(app, late)).toBe('chain.tx.expired');
  expect(app.selectTxs([late])).toEqual([]);
});
