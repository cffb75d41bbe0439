// What the light node remembers of the state, over the real engine and application: offline, after a restart, after a halt
// and after a new checkpoint; and from a disk that was damaged.

import { beforeAll, describe, expect, test } from 'vitest';
import type { KvStore } from '../base/index.ts';
import { bytesToHex, sha256, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { accountKey, createApplication, modelKey, SoloEngine } from '../chain/index.ts';
import * as world from '../chain/testing/world.ts';
import { headerHash, nobleSignatures, timeToMs } from '../comet/index.ts';
import { createLightNode } from './light-node.ts';
import type { LightProvider } from './provider.ts';
import { createEngineProvider } from './provider.ts';
import type { LightNode, VerifiedState } from './types.ts';
import { defaultVerifyOptions } from './verify.ts';

const CHAIN_START_MS = Number(world.GENESIS_S) * 1000;
const clock = world.createManualClock(CHAIN_START_MS);
const owner = accountKey(world.addressOf('owner'));
const buyer = accountKey(world.addressOf('buyer'));
const nobody = modelKey(sha256(utf8ToBytes('never registered')));
const silent: LightProvider = { id: 'gone', lightBlock: () => Promise.reject(new Error('no connection')) };

let engine: SoloEngine;
beforeAll(async () => {
  const kv = createMemoryKv();
  const genesis = world.createGenesis();
  const validatorKey = { type: 'secp256k1', secretKey: world.VALIDATOR_SECRET } as const;
  engine = new SoloEngine({ kv, app: createApplication({ kv }), clock, genesis, validatorKey });
  await engine.start();
  const { sign } = world.createSigner();
  for (const amountMicro of [1n, 2n, 3n, 4n]) {
    const to = world.addressOf('owner');
    unwrap(await engine.submit(sign('buyer', { type: 'bank.send', to, token: 'DPN', amountMicro })));
  }
});

async function open(
  store: KvStore,
  options: { offline?: boolean; rootHeight?: bigint; statesMax?: number } = {},
): Promise<LightNode> {
  const { offline = false, rootHeight = 1n, statesMax } = options;
  const { header } = unwrap(await engine.lightBlock(rootHeight));
  return createLightNode({
    root: { chainId: world.CHAIN_ID, height: rootHeight, hash: headerHash(header) },
    verify: defaultVerifyOptions(world.CHAIN_ID, nobleSignatures),
    clock,
    store,
    providers: offline ? [silent] : [createEngineProvider('this computer', engine)],
    witnessesMin: 0,
    ...(statesMax === undefined ? {} : { statesMax }),
  });
}

const prove = async (node: LightNode, key: Uint8Array, height: bigint): Promise<VerifiedState> =>
  unwrap(await node.verifyState(unwrap(await engine.query(key, height))));

describe('remembered state', () => {
  test('is there after a restart without a connection, with its height and its age', async () => {
    const store = createMemoryKv();
    const node = await open(store);
    const height = engine.status().height - 1n;
    const states = [await prove(node, owner, height), await prove(node, nobody, height)];
    node.remember(states);
    node.flush();
    const later = await open(store, { offline: true });
    clock.advance(12 * 60_000);
    const [account, absent] = [later.recall(owner), later.recall(nobody)];
    expect(account).toMatchObject({ key: owner, value: states[0]?.value, height, time: states[0]?.time });
    expect(account?.ageMs).toBe(clock.nowMs() - timeToMs(states[0]!.time));
    expect(absent).toMatchObject({ value: undefined, height });
    expect(later.recall(buyer)).toBeUndefined();
  });

  test('is the newest that was proven, and older headers go with what they proved', async () => {
    const store = createMemoryKv();
    const node = await open(store);
    const [old, middle, fresh] = [2n, 3n, 4n];
    node.remember([await prove(node, owner, old), await prove(node, buyer, old)]);
    node.flush();
    node.remember([await prove(node, owner, fresh)]);
    node.remember([await prove(node, owner, middle)]);
    node.flush();
    expect([node.recall(owner)?.height, node.recall(buyer)?.height]).toEqual([fresh, old]);
    node.remember([await prove(node, buyer, fresh)]);
    node.flush();
    const headers = [...store.list(utf8ToBytes('light/'))].filter(([key]) =>
      Buffer.from(key).includes('state-header'),
    );
    expect(headers.length).toBe(1);
  });

  test('only what this node verified can be remembered', async () => {
    const node = await open(createMemoryKv());
    const state = await prove(node, owner, 2n);
    expect(() => node.remember([{ ...state, value: utf8ToBytes('rich') }])).toThrow('verified');
  });

  test('a new root forgets it, in memory and on disk', async () => {
    const store = createMemoryKv();
    const node = await open(store);
    const state = await prove(node, owner, 4n);
    node.remember([state]);
    node.flush();
    const { header } = unwrap(await engine.lightBlock(2n));
    unwrap(await node.trust({ chainId: world.CHAIN_ID, height: 2n, hash: headerHash(header) }));
    expect(node.recall(owner)).toBeUndefined();
    // It was verified from where trust no longer begins.
    node.remember([state]);
    node.flush();
    expect(node.recall(owner)).toBeUndefined();
    node.remember([await prove(node, owner, 4n)]);
    expect(node.recall(owner)?.height).toBe(4n);
  });

  test('given another root by the program, nothing comes back before that root was seen', async () => {
    const store = createMemoryKv();
    const node = await open(store);
    node.remember([await prove(node, owner, 4n)]);
    node.flush();
    expect((await open(store, { offline: true, rootHeight: 3n })).recall(owner)).toBeUndefined();
    expect((await open(store, { offline: true })).recall(owner)?.height).toBe(4n);
  });

  test('no damage to the disk makes another value of it', async () => {
    const store = createMemoryKv();
    const node = await open(store);
    node.remember([await prove(node, owner, 4n)]);
    node.flush();
    const truth = node.recall(owner)?.value;
    const entries = [...store.list(utf8ToBytes('light/'))].filter(([key]) =>
      Buffer.from(key).toString('latin1').includes('/state'),
    );
    expect(entries.length).toBe(2);
    let refused = 0;
    for (const [key, value] of entries) {
      for (let index = 0; index < value.length; index += 3) {
        const damaged = value.slice();
        damaged[index] = (damaged[index] ?? 0) ^ 0x10;
        store.apply([[key, damaged]]);
        const recalled = (await open(store, { offline: true })).recall(owner);
        if (recalled === undefined) refused++;
        else
          expect([bytesToHex(recalled.value ?? new Uint8Array(0)), recalled.height]).toEqual([
            bytesToHex(truth!),
            4n,
          ]);
      }
      store.apply([[key, value]]);
    }
    expect(refused).toBeGreaterThan(100);
  });

  test('where room runs out the oldest goes, and never a part of a list', async () => {
    const store = createMemoryKv();
    const node = await open(store, { statesMax: 4 });
    node.remember([await prove(node, owner, 2n), await prove(node, buyer, 2n)]);
    node.flush();
    const keys = ['designer', 'owner', 'buyer'] as const;
    const others = keys.map((name) => modelKey(sha256(utf8ToBytes(name))));
    const states = await Promise.all(others.map((key) => prove(node, key, 4n)));
    node.remember(states.slice(0, 2));
    node.remember(states.slice(2));
    node.flush();
    expect([owner, buyer].map((key) => node.recall(key))).toEqual([undefined, undefined]);
    expect(others.map((key) => node.recall(key)?.height)).toEqual([4n, 4n, 4n]);
    // More than half of the room at once would push out all the rest.
    node.remember(await Promise.all([owner, buyer, nobody].map((key) => prove(node, key, 4n))));
    expect(node.recall(owner)).toBeUndefined();
  });

  test('a disk that refuses once loses nothing: it is written with the next', async () => {
    const store = createMemoryKv();
    let isFull = false;
    const full: KvStore = {
      ...store,
      apply: (operations) => {
        if (isFull) throw new Error('disk full');
        store.apply(operations);
      },
    };
    const node = await open(full);
    node.remember([await prove(node, owner, 2n), await prove(node, buyer, 2n)]);
    node.flush();
    const states = [await prove(node, owner, 4n), await prove(node, nobody, 4n)];
    isFull = true;
    node.remember(states.slice(0, 1));
    expect(() => node.flush()).toThrow('disk full');
    isFull = false;
    node.remember(states.slice(1));
    node.flush();
    const later = await open(store, { offline: true });
    expect([owner, nobody, buyer].map((key) => later.recall(key)?.height)).toEqual([4n, 4n, 2n]);
  });

  test('what is not on disk yet is written by the next verification, two seconds later', async () => {
    const store = createMemoryKv();
    const node = await open(store);
    node.remember([await prove(node, owner, 3n)]);
    node.remember([await prove(node, buyer, 3n)]);
    expect((await open(store, { offline: true })).recall(buyer)).toBeUndefined();
    clock.advance(2000);
    await node.syncTo('latest');
    expect((await open(store, { offline: true })).recall(buyer)?.height).toBe(3n);
  });
});
