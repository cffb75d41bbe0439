import { describe, expect, test } from 'vitest';
import { utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import type { LightBlock } from '../comet/index.ts';
import { headerHash } from '../comet/index.ts';
import { lightFault } from './faults.ts';
import { buildSampleChain, createSigners } from './testing/sample-chain.ts';
import type { AttackSummary } from './trusted-store.ts';
import { createTrustedStore } from './trusted-store.ts';

const chainId = 'sample-1';
const signers = createSigners(1, 'ed25519');
const blocks = buildSampleChain({ chainId, heights: 9, signersAt: () => signers });
const at = (height: number) => blocks[height - 1] as LightBlock;
const root = {
  chainId,
  height: 1n,
  hash: headerHash(at(1).header),
  chosen: false,
  given: headerHash(at(1).header),
};
const attack = {
  kind: 'lunatic',
  height: '9',
  commonHeight: '7',
  primary: 'one',
  primaryHash: 'aa',
  witness: 'two',
  witnessHash: 'bb',
  culprits: ['cc'],
  reportedTo: ['two'],
  seenMs: 5,
} satisfies AttackSummary;

function open(storedMax = 100) {
  const kv = createMemoryKv();
  const store = createTrustedStore(kv, chainId, storedMax);
  store.reset(root, at(1));
  return { kv, store };
}

describe('the trusted store', () => {
  test('finds exact, newest and nearest blocks, and says nothing where there are none', () => {
    const { store } = open();
    store.save([at(3), at(7)]);
    expect(store.get(3n)).toEqual(at(3));
    expect(store.get(4n)).toBeUndefined();
    expect(store.latest()).toEqual(at(7));
    expect([store.below(7n), store.below(4n), store.below(1n)]).toEqual([at(3), at(3), undefined]);
    expect([store.above(3n), store.above(4n), store.above(7n)]).toEqual([at(7), at(7), undefined]);
    expect(store.count()).toBe(3);
  });

  test('keeps everything over a restart', () => {
    const { kv, store } = open();
    store.save([at(3)]);
    const fault = lightFault('light.witness.none', { height: '3' });
    store.halt({ fault, attack });
    const again = createTrustedStore(kv, chainId, 100);
    expect([again.latest(), again.root(), again.count()]).toEqual([at(3), root, 2]);
    expect(again.halted()).toEqual({ fault, attack });
    store.halt({ fault, attack: undefined });
    expect(again.halted()).toEqual({ fault, attack: undefined });
  });

  test('keeps chains apart', () => {
    const { kv } = open();
    const other = createTrustedStore(kv, `${chainId}/block`, 100);
    expect([other.latest(), other.root(), other.count()]).toEqual([undefined, undefined, 0]);
  });

  test('prunes the oldest, but neither the root nor what is pinned', () => {
    const { store } = open(3);
    store.pin([2n]);
    for (let height = 2; height <= 9; height++) store.save([at(height)]);
    const kept = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((height) => store.get(BigInt(height)) !== undefined);
    expect(kept).toEqual([1, 2, 7, 8, 9]);
    expect(store.count()).toBe(5);
  });

  test('a reset forgets blocks, pins and the halt', () => {
    const { store } = open(2);
    store.save([at(2)]);
    store.pin([2n]);
    store.halt({ fault: lightFault('light.halted'), attack });
    const newRoot = { chainId, height: 4n, hash: headerHash(at(4).header), chosen: true, given: root.hash };
    store.reset(newRoot, at(4));
    expect([store.get(2n), store.halted(), store.root(), store.count()]).toEqual([
      undefined,
      undefined,
      newRoot,
      1,
    ]);
  });

  test('a damaged block is as good as none; a damaged halt still halts', () => {
    const { kv, store } = open();
    store.save([at(3)]);
    store.halt({ fault: lightFault('light.halted'), attack });
    for (const [key, value] of [...kv.list(utf8ToBytes('light/'))]) {
      const damaged = value.slice();
      damaged[value.length - 1] = (damaged[value.length - 1] ?? 0) ^ 0xff;
      kv.apply([[key, damaged]]);
    }
    expect(store.halted()?.fault.code).toBe('light.halted');
    expect([store.get(1n), store.get(3n), store.latest()]).toEqual([undefined, undefined, undefined]);
    // A block moved under another height is no block of that height.
    const fresh = open();
    fresh.store.save([at(3)]);
    const entries = [...fresh.kv.list(utf8ToBytes('light/'))];
    const [rootEntry, third] = entries.filter(([, value]) => value.length > 200);
    fresh.kv.apply([[rootEntry![0], third![1]]]);
    expect(fresh.store.get(1n)).toBeUndefined();
    expect(fresh.store.latest()).toEqual(at(3));
  });
});
