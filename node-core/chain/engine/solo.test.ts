// The solo engine: the conformance suite with both key types, its own promises about blocks and time, and a crash at
// every single write.

import { describe, expect, test } from 'vitest';
import { bytesToHex, type KvStore, unwrap } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import { verifyStateProof } from '../../light/index.ts';
import { createApplication } from '../app.ts';
import { contractKey } from '../keys.ts';
import { instanceOf } from '../modules/index.ts';
import { ContractState, parseState } from '../records.ts';
import * as world from '../testing/world.ts';
import { engineConformance } from './engine-conformance.ts';
import { SoloEngine } from './solo.ts';

const HEARTBEAT_MS = 5_000;
const START_MS = Number(world.GENESIS_S) * 1000;
const SEND = { type: 'bank.send', to: world.addressOf('owner'), token: 'DPN' } as const;

function createEngine(
  kv: KvStore,
  clock: ReturnType<typeof world.createManualClock>,
  keyType: 'ed25519' | 'secp256k1' = 'secp256k1',
  options: { headersKept?: bigint } = {},
) {
  const app = createApplication({ kv });
  const engine = new SoloEngine({
    kv,
    app,
    clock,
    genesis: world.createGenesis(keyType),
    validatorKey: { type: keyType, secretKey: world.VALIDATOR_SECRET },
    heartbeatMs: HEARTBEAT_MS,
    ...options,
  });
  return { app, engine };
}

/** Lets everything run that waits for nothing but the event loop. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

for (const keyType of ['secp256k1', 'ed25519'] as const) {
  engineConformance(
    `solo engine with ${keyType}`,
    async () => {
      const kv = createMemoryKv();
      const clock = world.createManualClock(START_MS);
      const { engine } = createEngine(kv, clock, keyType);
      await engine.start();
      return {
        engine,
        passTime: async () => {
          clock.advance(HEARTBEAT_MS + 1000);
          await settle();
        },
        restart: async () => {
          await engine.stop();
          const next = createEngine(kv, clock, keyType).engine;
          await next.start();
          return next;
        },
      };
    },
    verifyStateProof,
  );
}

describe('solo engine', () => {
  test('of old quiet blocks only the time stays; what was done stays provable', async () => {
    const clock = world.createManualClock(START_MS);
    const kv = createMemoryKv();
    const { engine, app } = createEngine(kv, clock, 'secp256k1', { headersKept: 5n });
    await engine.start();
    const signer = world.createSigner();
    const sent = unwrap(await engine.submit(signer.sign('buyer', { ...SEND, amountMicro: 1n }, { seq: 0 })));
    const before: unknown[] = [];
    for (let height = 1n; height <= app.info().height; height++) {
      before.push(unwrap(await engine.blockAt(height)));
    }
    for (let beat = 0; beat < 20; beat++) {
      clock.advance(HEARTBEAT_MS + 1000);
      await settle();
    }
    const latest = engine.status().height;
    expect(latest).toBeGreaterThan(15n);
    const heights = Array.from({ length: Number(latest) }, (_, index) => BigInt(index + 1));
    const kept: bigint[] = [];
    for (const height of heights) if ((await engine.lightBlock(height)).ok) kept.push(height);
    const wanted = [1n, sent.height, sent.height + 1n, ...heights.filter((height) => height > latest - 5n)];
    expect(kept).toEqual([...new Set(wanted)].sort((a, b) => Number(a - b)));
    for (const [index, block] of before.entries()) {
      expect(unwrap(await engine.blockAt(BigInt(index + 1)))).toEqual(block);
    }
    expect(unwrap(await engine.txByHash(sent.hash))).toEqual(sent);
    await engine.stop();
    const restarted = createEngine(kv, clock).engine;
    await restarted.start();
    expect(unwrap(await restarted.blockAt(2n)).time).toEqual(unwrap(await engine.blockAt(2n)).time);
    await restarted.stop();
  });

  test('transactions of one turn share a block, and one empty block proves them', async () => {
    const clock = world.createManualClock(START_MS);
    const { engine } = createEngine(createMemoryKv(), clock);
    await engine.start();
    const { height } = engine.status();
    const { sign } = world.createSigner();
    const send = (amountMicro: bigint) =>
      engine.submit(
        sign('buyer', { type: 'bank.send', to: world.addressOf('owner'), token: 'DPN', amountMicro }),
      );
    const inclusions = await Promise.all([send(1n), send(2n), send(3n)]);
    expect(inclusions.map((inclusion) => unwrap(inclusion).height)).toEqual([
      height + 1n,
      height + 1n,
      height + 1n,
    ]);
    expect(engine.status().height).toBe(height + 2n);
    await engine.stop();
  });

  test('leaving early ends the wait and not the transaction', async () => {
    const { engine } = createEngine(createMemoryKv(), world.createManualClock(START_MS));
    await engine.start();
    const tx = world.createSigner().sign('buyer', { ...SEND, amountMicro: 1n });
    const leaving = new AbortController();
    const left = engine.submit(tx, leaving.signal);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect((await engine.submit(tx)).ok).toBe(true);
    await expect(engine.submit(tx, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    await engine.stop();
  });

  test('what does not fit one block goes into the next, and all of it is answered', async () => {
    const { engine } = createEngine(createMemoryKv(), world.createManualClock(START_MS));
    await engine.start();
    const { height } = engine.status();
    const { sign } = world.createSigner();
    const heavy = Array.from({ length: 30 }, () => 'x'.repeat(4096));
    const event = {
      type: 'contract.event',
      instance: new Uint8Array(20),
      event: 'x',
      args: { heavy },
    } as const;
    const answers = await Promise.all(Array.from({ length: 40 }, () => engine.submit(sign('buyer', event))));
    for (const answer of answers) {
      expect(answer).toMatchObject({ ok: false, fault: { code: 'chain.contract.unknown' } });
    }
    const counts: number[] = [];
    for (let at = height + 1n; at <= engine.status().height; at++) {
      counts.push(unwrap(await engine.blockAt(at)).txs.length);
    }
    expect(counts).toEqual([34, 6, 0]);
    await engine.stop();
  });

  test('block times grow even where the clock stands still or was set back', async () => {
    let nowMs = START_MS;
    const clock = { ...world.createManualClock(START_MS), nowMs: () => nowMs };
    const { engine } = createEngine(createMemoryKv(), clock);
    await engine.start();
    const { sign } = world.createSigner();
    let last = engine.status().time;
    for (const [index, offsetMs] of [0, -60_000, 5_000, 4_000].entries()) {
      nowMs = START_MS + offsetMs;
      unwrap(
        await engine.submit(
          sign('designer', {
            ...world.REGISTER_MODEL,
            designHash: new Uint8Array(32).fill(index),
          } as typeof world.REGISTER_MODEL),
        ),
      );
      const { time } = engine.status();
      const later = time.seconds > last.seconds || (time.seconds === last.seconds && time.nanos > last.nanos);
      expect(later).toBe(true);
      last = time;
    }
    await engine.stop();
  });

  test('a clock months behind the chain makes it wait in short steps, and blocks still come on demand', async () => {
    const waitsMs: number[] = [];
    const manual = world.createManualClock(START_MS - 90 * 86_400_000);
    const clock = {
      ...manual,
      sleep(delayMs: number, signal?: AbortSignal) {
        waitsMs.push(delayMs);
        return manual.sleep(delayMs, signal);
      },
    };
    const { engine } = createEngine(createMemoryKv(), clock);
    await engine.start();
    unwrap(await engine.submit(world.createSigner().sign('buyer', { ...SEND, amountMicro: 1n })));
    manual.advance(HEARTBEAT_MS);
    await settle();
    expect(waitsMs.length).toBeGreaterThanOrEqual(2);
    for (const waitMs of waitsMs) expect(waitMs).toBe(HEARTBEAT_MS);
    await engine.stop();
  });

  test('a deadline acts at its time, without waiting for the heartbeat', async () => {
    const kv = createMemoryKv();
    const clock = world.createManualClock(START_MS);
    const { engine } = createEngine(kv, clock);
    await engine.start();
    const { sign } = world.createSigner();
    unwrap(await engine.submit(sign('designer', world.REGISTER_MODEL)));
    unwrap(await engine.submit(sign('owner', world.registerMachine())));
    const order = { ...world.openOrder(world.createQuote(1)), params: { acceptS: 601 } } as ReturnType<
      typeof world.openOrder
    >;
    const opened = unwrap(await engine.submit(sign('buyer', order)));
    const instance = async () => {
      const { value } = unwrap(await engine.query(contractKey(opened.result.data)));
      return instanceOf(unwrap(parseState(ContractState, value ?? new Uint8Array(0))));
    };
    expect((await instance()).state).toBe('open');
    for (let passedS = 0; passedS < 600; passedS += 4) {
      clock.advance(4000);
      await settle();
    }
    expect((await instance()).state).toBe('open');
    clock.advance(1500);
    await settle();
    expect((await instance()).state).toBe('expired');
    await engine.stop();
  });

  test('killed at any write, it restarts at the last committed height with the same root', async () => {
    const reference = await playStory(createMemoryKv());
    expect(reference.applies).toBeGreaterThan(20);
    for (let applies = 0; applies <= reference.applies; applies++) {
      const kv = createMemoryKv();
      const crashed = await playStory(stopsAfter(kv, applies));
      // Another process over the same store.
      const clock = world.createManualClock(START_MS);
      const { app, engine } = createEngine(kv, clock);
      const { height, appHash } = app.info();
      expect(height).toBe(crashed.committed.height);
      if (height > 0n) expect(bytesToHex(appHash)).toBe(reference.hashes.get(height));
      await engine.start();
      const status = engine.status();
      expect(status.height).toBeGreaterThanOrEqual(height);
      for (let at = 1n; at <= status.height; at++) {
        const light = unwrap(await engine.lightBlock(at));
        expect(bytesToHex(light.header.appHash)).toBe(reference.hashes.get(at - 1n) ?? reference.genesisHash);
      }
      await engine.stop();
    }
  }, 120_000);
});

/** A store that takes so many batches and then fails for ever, as after a power cut. */
function stopsAfter(kv: KvStore, applies: number): KvStore {
  let left = applies;
  return {
    ...kv,
    apply(operations) {
      if (left === 0) throw new Error('power cut');
      left--;
      kv.apply(operations);
    },
  };
}

/** Some blocks of everything, from genesis on; ends early where the store fails. */
async function playStory(kv: KvStore) {
  let applies = 0;
  const counted: KvStore = {
    ...kv,
    apply(operations) {
      kv.apply(operations);
      applies++;
    },
  };
  const clock = world.createManualClock(START_MS);
  const { app, engine } = createEngine(counted, clock);
  const hashes = new Map<bigint, string>();
  const note = () => hashes.set(app.info().height, bytesToHex(app.info().appHash));
  engine.onBlock(note);
  let genesisHash = '';
  try {
    await engine.start();
    genesisHash = bytesToHex(unwrap(await engine.lightBlock(1n)).header.appHash);
    note();
    for (const tx of storyTxs()) {
      unwrap(await engine.submit(tx));
      note();
      hashes.set(app.info().height - 1n, hashes.get(app.info().height) ?? '');
    }
  } catch (cause) {
    expect(String(cause)).toContain('power cut');
  }
  const committed = { height: createApplication({ kv }).info().height };
  await engine.stop();
  return { applies, hashes, genesisHash, committed };
}

function storyTxs(): Uint8Array[] {
  const { sign } = world.createSigner();
  const quote = world.createQuote(1);
  return [
    sign('designer', world.REGISTER_MODEL),
    sign('owner', world.registerMachine()),
    sign('buyer', world.openOrder(quote)),
    sign('buyer', { type: 'bank.send', to: world.addressOf('stranger'), token: '3DP', amountMicro: 10n }),
    sign('stranger', { type: 'bank.send', to: world.addressOf('buyer'), token: 'DPN', amountMicro: 7n }),
    sign('designer', {
      type: 'model.update',
      designHash: world.DESIGN_HASH,
      title: 'Bracket, stronger',
      description: '',
      priceMicroPerCopy: 300_000n,
    }),
    ...Array.from({ length: 6 }, (_, n) =>
      sign('author', {
        type: 'bank.send',
        to: world.addressOf('owner'),
        token: 'DPN',
        amountMicro: BigInt(n + 1),
      }),
    ),
  ];
}
