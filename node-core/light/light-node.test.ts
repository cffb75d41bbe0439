// The light node against honest providers, and against time.

import { describe, expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import { headerHash } from '../comet/index.ts';
import {
  chainId,
  codeOf,
  createSetUp,
  HEIGHTS,
  honest,
  mixed,
  pair,
  rotating,
  strangers,
} from './testing/light-setup.ts';
import { buildSampleChain, sampleSeconds } from './testing/sample-chain.ts';

const setUp = createSetUp(setImmediate);

describe('honest providers', () => {
  test('the newest block is verified in one jump, confirmed by the witness and told with its signatures', async () => {
    const { node, events } = setUp({ providers: pair() });
    const latest = unwrap(await node.syncTo('latest'));
    expect(latest.height).toBe(24n);
    expect(latest.hash).toEqual(headerHash(honest[23]!.header));
    // Three of four are needed for more than two thirds; the fourth is not looked at.
    expect(latest.tally).toMatchObject({ signedPower: 30n, totalPower: 40n });
    expect(
      events.map((event) =>
        event.type === 'light.verified' ? [event.height, event.method, event.witnesses] : event,
      ),
    ).toEqual([
      [1n, 'root', 0],
      [24n, 'skipping', 1],
    ]);
    expect(node.status()).toMatchObject({ ageMs: 5000, stored: 2, halted: undefined, signatures: 'noble' });
  });

  test('mixed key types', async () => {
    const blocks = buildSampleChain({ chainId, heights: 5, signersAt: () => mixed });
    const { node } = setUp({ providers: pair(blocks) });
    expect(unwrap(await node.syncTo(5n)).tally.totalPower).toBe(40n);
  });

  test('a changing set is bisected, and far fewer blocks are fetched than there are', async () => {
    const blocks = buildSampleChain({ chainId, heights: HEIGHTS, signersAt: rotating });
    const providers = pair(blocks);
    const { node, events } = setUp({ providers });
    unwrap(await node.syncTo(24n));
    const methods = events.flatMap((event) => (event.type === 'light.verified' ? [event.height] : []));
    expect(methods[0]).toBe(1n);
    expect(methods[methods.length - 1]).toBe(24n);
    expect(methods.length).toBeGreaterThan(3);
    expect(methods.length).toBeLessThan(HEIGHTS - 2);
  });

  test('a set that changes wholly at each height is verified block by block', async () => {
    const blocks = buildSampleChain({ chainId, heights: 9, signersAt: strangers });
    const { node, events } = setUp({ providers: pair(blocks) });
    unwrap(await node.syncTo(9n));
    const methods = events.flatMap((event) => (event.type === 'light.verified' ? [event.method] : []));
    expect(methods).toEqual(['root', ...Array.from({ length: 8 }, () => 'adjacent')]);
  });

  test('heights between and below stored ones; what is stored is not asked for again', async () => {
    const providers = pair();
    const { node, events } = setUp({ providers, rootHeight: 10 });
    unwrap(await node.syncTo(20n));
    unwrap(await node.syncTo(15n));
    unwrap(await node.syncTo(7n));
    const told = events.flatMap((event) =>
      event.type === 'light.verified' ? [[event.height, event.method]] : [],
    );
    expect(told).toEqual([
      [10n, 'root'],
      [20n, 'skipping'],
      [15n, 'skipping'],
      [7n, 'backwards'],
    ]);
    const asked = providers[0]!.asked.length;
    unwrap(await node.syncTo(7n));
    unwrap(await node.syncTo(15n));
    expect(providers[0]!.asked.length).toBe(asked);
  });

  test('a restart goes on from the store, offline too', async () => {
    const providers = pair();
    const { node, store } = setUp({ providers });
    unwrap(await node.syncTo(20n));
    for (const provider of providers) provider.silent = true;
    const again = setUp({ providers, store, nowSeconds: sampleSeconds(HEIGHTS) + 3600n });
    expect(again.node.status()).toMatchObject({ latest: { height: 20n }, ageMs: 3_640_000 });
    expect(unwrap(await again.node.syncTo(20n)).height).toBe(20n);
    expect(codeOf(await again.node.syncTo('latest'))).toBe('light.provider.silent');
    for (const provider of providers) provider.silent = false;
    expect(unwrap(await again.node.syncTo('latest')).height).toBe(24n);
  });

  test('two calls at once do the work once', async () => {
    const providers = pair();
    const { node, events } = setUp({ providers });
    await Promise.all([node.syncTo(20n), node.syncTo(20n), node.syncTo(20n)]);
    expect(events.filter(({ type }) => type === 'light.verified').length).toBe(2);
  });

  test('old blocks are pruned, but not the root', async () => {
    const { node } = setUp({ providers: pair(), storedMax: 4 });
    for (let height = 2n; height <= 12n; height++) unwrap(await node.syncTo(height));
    expect(node.status().stored).toBeLessThanOrEqual(5);
    expect(node.stored(1n)).toBeDefined();
    expect(node.stored(5n)).toBeUndefined();
    expect(node.stored(12n)).toBeDefined();
  });

  test('a block that is not there yet is refused without blame', async () => {
    const { node } = setUp({ providers: pair() });
    expect(codeOf(await node.syncTo(25n))).toBe('light.height.ahead');
    expect(node.status().providers.every(({ dropped }) => dropped === undefined)).toBe(true);
  });
});

describe('time', () => {
  test('a block from the future is refused, and the clock is blamed, not the node', async () => {
    const { node } = setUp({ providers: pair(), nowSeconds: sampleSeconds(12) });
    expect(codeOf(await node.syncTo(24n))).toBe('light.header.future');
    expect(node.status().providers.every(({ dropped }) => dropped === undefined)).toBe(true);
    expect(unwrap(await node.syncTo(12n)).height).toBe(12n);
  });

  test('after the trusting period only a checkpoint helps', async () => {
    const providers = pair();
    const { node, clock, store } = setUp({ providers });
    unwrap(await node.syncTo(10n));
    clock.setNow(Number(sampleSeconds(10) + 15n * 24n * 3600n) * 1000);
    expect(codeOf(await node.syncTo(24n))).toBe('light.trust.expired');
    // What was verified stays verified, but leads no further, not even backwards.
    expect(unwrap(await node.syncTo(10n)).height).toBe(10n);
    expect(codeOf(await node.syncTo(9n))).toBe('light.trust.expired');
    expect(node.status().problem?.code).toBe('light.trust.expired');
    // A checkpoint that is as old helps nobody, and what was there stays.
    const checkpoint = { chainId, height: 20n, hash: headerHash(honest[19]!.header) };
    expect(codeOf(await node.trust(checkpoint))).toBe('light.root.expired');
    expect(node.status().latest?.height).toBe(10n);
    clock.setNow(Number(sampleSeconds(HEIGHTS)) * 1000);
    expect(unwrap(await node.trust(checkpoint)).height).toBe(20n);
    expect(node.status()).toMatchObject({ root: checkpoint, problem: undefined });
    expect(node.stored(10n)).toBeUndefined();
    // Restarted with the program's own root, it goes on from the person's choice.
    const again = setUp({ providers, store });
    expect(again.node.status()).toMatchObject({ root: checkpoint, latest: { height: 20n } });
    expect(unwrap(await again.node.syncTo(24n)).height).toBe(24n);
    expect(codeOf(await again.node.trust({ ...checkpoint, chainId: 'other' }))).toBe('light.chain.other');
    // Given another root since, it begins there.
    const given = setUp({ providers, store, rootHeight: 22 });
    expect(given.node.status()).toMatchObject({ root: { height: 22n }, latest: undefined });
    expect(unwrap(await given.node.syncTo(24n)).height).toBe(24n);
  });
});
