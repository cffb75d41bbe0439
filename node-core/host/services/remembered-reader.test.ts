// Pages without a connection: they show what was proven last, with its height, and the chain itself again as soon as it
// answers. Over a real chain and real HTTP; the waiting is on a clock of the test's own.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Fault, Result } from '../../base/index.ts';
import { ok, refuse, unwrap } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import { accountKey, type EMPTY_ACCOUNT } from '../../chain/index.ts';
import * as world from '../../chain/testing/world.ts';
import type { LightEvent, LightNode, RecalledState } from '../../light/index.ts';
import { lightFault } from '../../light/index.ts';
import { createVirtualClock } from '../../light/testing/virtual-clock.ts';
import { systemClock } from '../adapters/system.ts';
import type { ChainReader } from './chain-reader.ts';
import { Network } from './network.ts';
import { createRememberedReader } from './remembered-reader.ts';
import type { LyingWorld } from './testing/lying-world.ts';
import { codeOf, createLyingWorld } from './testing/lying-world.ts';
import type { Lie } from './testing/rpc-node.ts';

const owner = world.addressOf('owner');

describe('a console whose node goes away', () => {
  let lies: LyingWorld;
  let isDown = false;
  beforeAll(async () => {
    lies = await createLyingWorld();
  });
  afterEach(() => {
    isDown = false;
    return lies.endSessions();
  });
  afterAll(() => lies.close());

  const node: Lie = async (_request, answer, response) => {
    if (!isDown) return { result: await answer() };
    response.destroy();
    return false;
  };

  test('shows what was proven, with its height; acting is refused', async () => {
    const { client, engine, light } = await lies.openSession(node);
    const network = new Network(engine, light, systemClock);
    const height = lies.chain.status().height - 1n;
    const before = unwrap(await client.known.account(owner));
    const models = unwrap(await client.known.list('models'));
    expect(before.height).toBe(height);
    expect(client.known.recalled()).toBeUndefined();
    expect(network.stale(client.known.recalled())).toBeNull();

    isDown = true;
    // What was never seen cannot be shown, and what acts asks the chain.
    expect(codeOf(await client.known.account(world.addressOf('designer')))).toBe('cometbft.rpc.unreachable');
    expect(unwrap(await client.known.account(owner))).toEqual(before);
    expect(unwrap(await client.known.list('models'))).toEqual(models);
    expect(codeOf(await client.known.list('machines'))).toBe('cometbft.rpc.unreachable');
    const message = { type: 'bank.send', to: owner, token: 'DPN', amountMicro: 1n } as const;
    expect(codeOf(await client.submit(world.keyOf('designer'), message))).toBe('cometbft.rpc.unreachable');
    expect(client.known.recalled()).toMatchObject({ height });
    expect(network.stale(client.known.recalled())).toMatchObject({
      reason: 'offline',
      newest: { height: Number(height) + 1 },
      oldest: { height: Number(height) },
    });
  });

  test('reads the chain again when the light node verified something', async () => {
    const { client, light } = await lies.openSession(node);
    const before = unwrap(await client.known.account(owner));
    isDown = true;
    expect(codeOf(await client.known.account(world.addressOf('designer')))).toBe('cometbft.rpc.unreachable');
    unwrap(await client.known.account(owner));
    isDown = false;
    expect(client.known.recalled()).toMatchObject({ height: before.height });
    unwrap(await light.syncTo(2n));
    expect(client.known.recalled()).toBeUndefined();
    expect(unwrap(await client.known.account(owner)).height).toBe(before.height);
  });

  test('started again without anybody to ask, it shows the same, and says so', async () => {
    const store = createMemoryKv();
    const first = await lies.openSession(node, store);
    const before = unwrap(await first.client.known.account(owner));
    const models = unwrap(await first.client.known.list('models'));
    first.light.flush();
    await lies.endSessions();
    isDown = true;
    await lies.closeHonest();
    const { client, engine, light } = await lies.openSession(node, store);
    expect(engine.status().height).toBe(0n);
    expect(unwrap(await client.known.account(owner))).toEqual(before);
    expect(unwrap(await client.known.list('models'))).toEqual(models);
    expect(codeOf(await client.account(owner))).toBe('light.provider.silent');
    const network = new Network(engine, light, systemClock);
    const view = await network.view();
    expect(view).toMatchObject({ height: Number(before.height) + 1, validators: [{ powerPercent: 100 }] });
    expect(view.recentBlocks[0]).toMatchObject({ height: view.height, txs: null, verified: true });
    expect(network.stale(client.known.recalled())?.newest?.height).toBe(view.height);
  });
});

describe('the order of asking', () => {
  type Answer = Result<{ value: typeof EMPTY_ACCOUNT; height: bigint }>;
  const account = { balances: {} } as unknown as typeof EMPTY_ACCOUNT;
  const fresh: Answer = ok({ value: account, height: 9n });

  /** Account reads only: how the chain answers is up to each test. */
  function setUp(ask: () => Promise<Answer>, remembered: boolean) {
    const clock = createVirtualClock(0, setImmediate);
    let asked = 0;
    const turns: boolean[] = [];
    const listeners = new Set<(event: LightEvent) => void>();
    const state: RecalledState = {
      key: accountKey(owner),
      value: undefined,
      height: 4n,
      time: { seconds: 7n, nanos: 0 },
      ageMs: 1,
    };
    const light = {
      recall: () => (remembered ? state : undefined),
      onEvent: (listener: (event: LightEvent) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    } as unknown as LightNode;
    const live = {
      account: () => {
        asked++;
        return ask();
      },
    } as unknown as ChainReader;
    const onTurn = (isAway: boolean) => turns.push(isAway);
    const reader = createRememberedReader({ live, light, clock, onTurn });
    const verified = () => {
      for (const listener of listeners) listener({ type: 'light.verified' } as LightEvent);
    };
    return { reader, clock, turns, verified, askedTimes: () => asked };
  }
  const heightOf = (answer: Answer) => (answer.ok ? answer.value.height : answer.fault.code);
  const failing = (fault: Fault) => () => Promise.resolve<Answer>(refuse(fault));

  test('a node that never answers is waited for five seconds, then not again for ten', async () => {
    const never = () => new Promise<Answer>(() => undefined);
    const { reader, clock, turns, askedTimes } = setUp(never, true);
    const startMs = clock.monotonicMs();
    expect(heightOf(await reader.account(owner))).toBe(4n);
    expect(clock.monotonicMs() - startMs).toBe(5000);
    expect(heightOf(await reader.account(owner))).toBe(4n);
    expect([askedTimes(), turns]).toEqual([1, [true]]);
    expect(reader.recalled()).toEqual({ height: 4n, timeS: 7, isLate: true });
    await clock.sleep(10_000);
    expect(heightOf(await reader.account(owner))).toBe(4n);
    expect([askedTimes(), turns]).toEqual([2, [true]]);
  });

  test('an answer that comes late ends it', async () => {
    let answer: (value: Answer) => void = () => undefined;
    const slow = new Promise<Answer>((resolve) => {
      answer = resolve;
    });
    const { reader, clock, turns } = setUp(() => slow, true);
    expect(heightOf(await reader.account(owner))).toBe(4n);
    answer(fresh);
    await clock.sleep(1);
    expect([reader.recalled(), turns]).toEqual([undefined, [true, false]]);
    expect(heightOf(await reader.account(owner))).toBe(9n);
  });

  test('who is late and then out of reach is out of reach', async () => {
    let isGone = false;
    const never = new Promise<Answer>(() => undefined);
    const gone = failing(lightFault('light.provider.silent'));
    const { reader, clock, turns } = setUp(() => (isGone ? gone() : never), true);
    await reader.account(owner);
    expect(reader.recalled()?.isLate).toBe(true);
    isGone = true;
    await clock.sleep(10_000);
    await reader.account(owner);
    expect([reader.recalled()?.isLate, turns]).toEqual([false, [true, true]]);
  });

  test('where nothing is remembered, the chain is waited for', async () => {
    let answer: (value: Answer) => void = () => undefined;
    const slow = new Promise<Answer>((resolve) => {
      answer = resolve;
    });
    const { reader, clock, turns } = setUp(() => slow, false);
    const asked = reader.account(owner);
    await clock.sleep(60_000);
    answer(fresh);
    expect(heightOf(await asked)).toBe(9n);
    expect(turns).toEqual([]);
  });

  test('what is wrong with an answer is told, not covered up with an older one', async () => {
    const { reader } = setUp(failing(lightFault('light.state.proof', { height: '3' })), true);
    expect(heightOf(await reader.account(owner))).toBe('light.state.proof');
    expect(reader.recalled()).toBeUndefined();
  });

  test.each(['light.halted', 'light.trust.expired', 'light.witness.none'] as const)(
    'after %s what was verified stays visible',
    async (code) => {
      const { reader } = setUp(failing(lightFault(code, { height: '3', time: 't' })), true);
      expect(heightOf(await reader.account(owner))).toBe(4n);
    },
  );

  test('a verified block ends it, once', async () => {
    let isAway = true;
    const ask = () => Promise.resolve<Answer>(isAway ? refuse(lightFault('light.provider.silent')) : fresh);
    const { reader, turns, verified } = setUp(ask, true);
    await reader.account(owner);
    isAway = false;
    verified();
    verified();
    expect(heightOf(await reader.account(owner))).toBe(9n);
    expect(turns).toEqual([true, false]);
  });
});
