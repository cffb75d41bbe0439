// A scripted CometBFT, legal and illegal: random call sequences with a death at every point, and every sequence that
// must never be followed.

import { describe, expect, test } from 'vitest';
import type { Bytes } from '../base/index.ts';
import * as world from '../chain/testing/world.ts';
import { CometDriver, CRASH_POINTS, type DriverOptions } from './testing/driver.ts';
import { Seeded } from './testing/seeded.ts';
import { BYTE_BY_BYTE, type Cut, WHOLE } from './testing/wire-client.ts';

const signed = new Map<string, Bytes>();

/** Signing is the slow part of these tests, and the same every time. */
function send(from: world.Name, seq: number, amountMicro: bigint, feeMicro = world.FEE_MICRO): Bytes {
  const name = `${from}/${seq}/${amountMicro}/${feeMicro}`;
  const message = { type: 'bank.send', to: world.addressOf('stranger'), token: 'DPN', amountMicro } as const;
  const tx = signed.get(name) ?? world.createSigner().sign(from, message, { seq, feeMicro });
  signed.set(name, tx);
  return tx;
}

/** Good ones of two senders in order, and bad ones: used up, too early, no fee, too much money. */
function createTxs(random: Seeded): DriverOptions['txs'] {
  return (seqOf) =>
    (['buyer', 'owner'] as const).flatMap((from) => {
      const seq = seqOf(world.addressOf(from));
      return [
        send(from, seq, 1n),
        send(from, seq + 1, 1n),
        send(from, seq + 2, random.oneIn(2) ? 10n ** 16n : 1n),
        random.oneIn(3) ? send(from, 900, 1n) : send(from, Math.max(0, seq - 1), 1n),
        send(from, seq + 3, 1n, random.oneIn(4) ? 1n : world.FEE_MICRO),
      ];
    });
}

function randomCut(random: Seeded): Cut {
  return (stream) => {
    const chunks: Bytes[] = [];
    for (let start = 0; start < stream.length; ) {
      const end = start + 1 + random.below(random.pick([3, 50, 5000]));
      chunks.push(stream.subarray(start, end));
      start = end;
    }
    return chunks;
  };
}

function run(seed: number, heights: number, cut: Cut) {
  const random = new Seeded(seed);
  const driver = new CometDriver({ genesis: world.createGenesis(), random, txs: createTxs(random), cut });
  driver.start();
  while (driver.height < heights) driver.runHeight(random.pick(CRASH_POINTS));
  return driver;
}

describe('a scripted CometBFT', () => {
  for (const [name, cut] of [
    ['whole', WHOLE],
    ['byte by byte', BYTE_BY_BYTE],
    ['at random', randomCut(new Seeded(9))],
  ] as const) {
    test(`comes to the same results as the application alone, with messages cut ${name}`, () => {
      const driver = run(7, 30, cut);
      expect(driver.height).toBeGreaterThanOrEqual(30n);
      // The run saw what it is for.
      const seen = [
        'init-chain',
        'replay',
        'tx-ok',
        'tx-refused',
        'rejected',
        'prepared-with-txs',
        'query-ok',
      ];
      for (const what of [...seen, ...CRASH_POINTS.slice(1)])
        expect([what, driver.counts.get(what)]).toEqual([what, expect.any(Number)]);
    });
  }

  test('dies at the same point at every height and loses nothing', () => {
    for (const crash of CRASH_POINTS) {
      const random = new Seeded(3);
      const driver = new CometDriver({ genesis: world.createGenesis(), random, txs: createTxs(random) });
      driver.start();
      for (let round = 0; round < 5; round++) driver.runHeight(crash);
      expect(driver.height).toBe(crash === 'in-rounds' ? 0n : 5n);
    }
  });

  test('is reproducible from its seed', () => {
    expect(run(11, 10, WHOLE).appHashes()).toEqual(run(11, 10, BYTE_BY_BYTE).appHashes());
    expect(run(11, 10, WHOLE).appHashes()).not.toEqual(run(12, 10, WHOLE).appHashes());
  });
});
