// Providers at their edges: witnesses that lag, nodes that keep blocks back, fail in the middle or contradict at the
// root, and what attacks of changing validator sets leave as evidence. Time is virtual (testing/virtual-clock.ts).

import { describe, expect, test } from 'vitest';
import { ok, refuse, sha256, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import type { LightBlock } from '../comet/index.ts';
import { FLAG_ABSENT, FLAG_COMMIT, headerHash, nobleSignatures, totalPower } from '../comet/index.ts';
import type { AttackEvidence } from './attack-evidence.ts';
import { countByAddress, createSignatureCheck, ONE_THIRD } from './commit.ts';
import { lightFault } from './faults.ts';
import { createLightNode } from './light-node.ts';
import type { LightProvider } from './provider.ts';
import type { SampleProvider, SampleSigner } from './testing/sample-chain.ts';
import {
  buildSampleChain,
  createSampleProvider,
  createSigner,
  createSigners,
  sampleSeconds,
} from './testing/sample-chain.ts';
import { createVirtualClock } from './testing/virtual-clock.ts';
import type { LightEvent } from './types.ts';
import { defaultVerifyOptions, verifyOwnCommit } from './verify.ts';

const chainId = 'witness-1';
const four = createSigners(4, 'ed25519');
const HEIGHTS = 24;
const honest = buildSampleChain({ chainId, heights: HEIGHTS, signersAt: () => four });
const codeOf = (result: { ok: boolean; fault?: { code: string } }) => result.fault?.code;
const verify = defaultVerifyOptions(chainId, nobleSignatures);

function setUp(providers: readonly LightProvider[], options: { rootHeight?: number; nowS?: bigint } = {}) {
  const root = honest[(options.rootHeight ?? 1) - 1]!;
  const startMs = Number(options.nowS ?? sampleSeconds(HEIGHTS) + 5n) * 1000;
  const clock = createVirtualClock(startMs, setImmediate);
  const events: LightEvent[] = [];
  const node = createLightNode({
    root: { chainId, height: root.header.height, hash: headerHash(root.header) },
    verify,
    clock,
    store: createMemoryKv(),
    providers,
    witnessesMin: 1,
  });
  node.onEvent((event) => events.push(event));
  return { node, clock, events, elapsedMs: () => clock.nowMs() - startMs };
}

/** A provider whose chain grows by one block each time its newest one is asked for. */
function createGrowing(id: string, from: number): SampleProvider {
  const provider = createSampleProvider(id, honest.slice(0, from));
  const { lightBlock } = provider;
  return {
    ...provider,
    lightBlock(height, signal) {
      if (height === 'latest') provider.blocks = honest.slice(0, provider.blocks.length + 1);
      return lightBlock(height, signal);
    },
  };
}

describe('a witness that lags', () => {
  test('is waited for, and confirms when it caught up', async () => {
    const witness = createGrowing('witness', 19);
    const { node, elapsedMs, events } = setUp([createSampleProvider('primary', honest), witness]);
    expect(unwrap(await node.syncTo(24n)).height).toBe(24n);
    // Its blocks 20 … 24 were asked for with pauses that double from a quarter of a second.
    expect(elapsedMs()).toBe(3_750);
    expect(events.at(-1)).toMatchObject({ height: 24n, witnesses: 1 });
  });

  test('is given up after 2 · drift + lag, without blame', async () => {
    const witness = createSampleProvider('witness', honest.slice(0, 22));
    const { node, elapsedMs } = setUp([createSampleProvider('primary', honest), witness]);
    expect(codeOf(await node.syncTo(24n))).toBe('light.witness.none');
    expect(elapsedMs()).toBe(30_000);
    expect(node.status().providers.every(({ dropped }) => dropped === undefined)).toBe(true);
  });

  test('far behind, it does not hold up what another one confirmed', async () => {
    const late = createSampleProvider('late', honest.slice(0, 5));
    const providers = [createSampleProvider('primary', honest), late, createSampleProvider('third', honest)];
    const { node, elapsedMs } = setUp(providers);
    expect(unwrap(await node.syncTo(24n)).height).toBe(24n);
    expect(elapsedMs()).toBe(0);
  });

  test('one that stays a little behind holds up one block, not every one', async () => {
    const late = createSampleProvider('late', honest.slice(0, 19));
    const providers = [createSampleProvider('primary', honest), late, createSampleProvider('third', honest)];
    const { node, elapsedMs } = setUp(providers);
    for (const height of [20n, 21n, 22n]) expect(unwrap(await node.syncTo(height)).height).toBe(height);
    expect(elapsedMs()).toBe(30_000);
  });

  test('shows within the wait that the block was signed ahead of its time, though another one colludes', async () => {
    const invented = () => sha256(utf8ToBytes('invented'));
    const fork = buildSampleChain({
      chainId,
      heights: 30,
      base: honest.slice(0, 19),
      signersAt: () => four,
      appHashAt: invented,
      // Five blocks a second: far ahead in height, and a little younger than the honest head.
      secondsAt: (height) => sampleSeconds(22) + BigInt(height - 25),
    });
    const witness = createGrowing('witness', 20);
    const providers = [
      createSampleProvider('primary', fork),
      createSampleProvider('accomplice', fork),
      witness,
    ];
    const { node } = setUp(providers);
    expect(codeOf(await node.syncTo(30n))).toBe('light.attack.detected');
    expect(node.status().attack).toMatchObject({ kind: 'lunatic', witness: 'witness', primary: 'primary' });
  });
});

describe('providers', () => {
  test('one that keeps the newest blocks back does not hold the node in the past', async () => {
    const stale = createSampleProvider('stale', honest.slice(0, 10));
    const providers = [stale, createSampleProvider('second', honest), createSampleProvider('third', honest)];
    const { node } = setUp(providers);
    expect(unwrap(await node.syncTo('latest')).height).toBe(24n);
  });

  test('one that goes back to old blocks does not take the node back', async () => {
    const providers = [createSampleProvider('primary', honest), createSampleProvider('witness', honest)];
    const { node } = setUp(providers);
    unwrap(await node.syncTo('latest'));
    for (const provider of providers) provider.blocks = honest.slice(0, 12);
    expect(unwrap(await node.syncTo('latest')).height).toBe(24n);
  });

  test('one that fails in the middle of a bisection is replaced, and goes behind the others', async () => {
    const rotating = (height: number): SampleSigner[] =>
      [0, 1, 2, 3].map((slot) => createSigner(`turn ${Math.floor((height + slot) / 4)} ${slot}`, 'ed25519'));
    const blocks = buildSampleChain({ chainId, heights: HEIGHTS, signersAt: rotating });
    const half: LightProvider = {
      id: 'half',
      lightBlock: (height) =>
        Promise.resolve(
          height === 24n
            ? ok(blocks[23]!)
            : refuse(lightFault('light.provider.silent', { height: String(height) })),
        ),
    };
    const clock = createVirtualClock(Number(sampleSeconds(HEIGHTS)) * 1000, setImmediate);
    const node = createLightNode({
      root: { chainId, height: 1n, hash: headerHash(blocks[0]!.header) },
      verify,
      clock,
      store: createMemoryKv(),
      providers: [half, createSampleProvider('second', blocks), createSampleProvider('third', blocks)],
      witnessesMin: 1,
    });
    expect(unwrap(await node.syncTo(24n)).height).toBe(24n);
    const [first, second] = node.status().providers;
    expect(first).toMatchObject({ id: 'half', dropped: undefined });
    expect(first!.score).toBeLessThan(second!.score);
    expect(second).toMatchObject({ score: 100, latestHeight: 24n, lastSeenMs: clock.nowMs() });
  });

  test('all silent for a moment: asked once more after a pause', async () => {
    const providers = [createSampleProvider('primary', honest), createSampleProvider('witness', honest)];
    let failures = 2;
    const broken = providers.map((provider) => ({
      ...provider,
      lightBlock: (height: bigint | 'latest', signal?: AbortSignal) =>
        failures-- > 0 ? Promise.reject(new Error('reset')) : provider.lightBlock(height, signal),
    }));
    const { node, elapsedMs } = setUp(broken);
    expect(unwrap(await node.syncTo(24n)).height).toBe(24n);
    expect(elapsedMs()).toBe(500);
  });

  test('a liar about time is passed over where others have the block; the clock is blamed where all say so', async () => {
    const early = buildSampleChain({
      chainId,
      heights: HEIGHTS,
      base: honest.slice(0, 23),
      signersAt: () => four,
      secondsAt: () => sampleSeconds(5000),
    });
    const others = [createSampleProvider('second', honest), createSampleProvider('third', honest)];
    const { node } = setUp([createSampleProvider('early', early), ...others]);
    expect(unwrap(await node.syncTo(24n)).hash).toEqual(headerHash(honest[23]!.header));
    const behind = setUp(others, { nowS: sampleSeconds(12) });
    expect(codeOf(await behind.node.syncTo(24n))).toBe('light.header.future');
    expect(behind.node.status().providers.every(({ dropped }) => dropped === undefined)).toBe(true);
  });

  test('once caught, it is asked no more, not even as a witness', async () => {
    const liar = createSampleProvider('liar', [
      ...honest.slice(0, 20),
      ...honest.slice(20).map((block) => ({ ...block, validators: block.validators.slice(1) })),
    ]);
    const { node } = setUp([
      liar,
      createSampleProvider('second', honest),
      createSampleProvider('third', honest),
    ]);
    unwrap(await node.syncTo(24n));
    const asked = liar.asked.length;
    unwrap(await node.syncTo(12n));
    unwrap(await node.syncTo('latest'));
    expect(liar.asked.length).toBe(asked);
    expect(node.status().providers[0]).toMatchObject({
      id: 'liar',
      score: 0,
      dropped: { code: 'light.validators.hash' },
    });
  });
});

describe('the root', () => {
  const other = buildSampleChain({
    chainId,
    heights: HEIGHTS,
    signersAt: () => createSigners(3, 'ed25519', 'other'),
  });

  test('a node that shows another signed block there disputes it, and is named', async () => {
    const { node } = setUp([createSampleProvider('primary', honest), createSampleProvider('doubt', other)]);
    const begun = await node.syncTo(24n);
    expect(codeOf(begun)).toBe('light.root.disputed');
    expect(begun.ok ? '' : begun.fault.message).toContain('doubt');
    expect(node.status().latest).toBeUndefined();
  });

  test('one whose block is not even signed is dropped instead', async () => {
    const unsigned = other.map((block) => ({
      ...block,
      commit: { ...block.commit, signatures: honest[0]!.commit.signatures.slice(0, 3) },
    }));
    const providers = [
      createSampleProvider('primary', honest),
      createSampleProvider('liar', unsigned),
      createSampleProvider('third', honest),
    ];
    const { node } = setUp(providers);
    expect(unwrap(await node.syncTo(24n)).height).toBe(24n);
    expect(node.status().providers[1]?.dropped).toBeDefined();
  });

  test('from the future: the clock is wrong, nothing begins', async () => {
    const { node } = setUp(
      [createSampleProvider('primary', honest), createSampleProvider('witness', honest)],
      { rootHeight: 20, nowS: sampleSeconds(10) },
    );
    expect(codeOf(await node.syncTo(20n))).toBe('light.header.future');
  });
});

describe('evidence', () => {
  /** What a full node demands of it: enough of the common set's power signed, and every signature is right. */
  function holdsFor(
    { conflicting, commonHeight, totalPower: power }: AttackEvidence,
    chain: readonly LightBlock[],
  ) {
    const common = chain[Number(commonHeight) - 1]!;
    const check = createSignatureCheck(chainId, conflicting.commit, nobleSignatures);
    const level = ONE_THIRD;
    const trusting = countByAddress(common.validators, conflicting.commit, check, { level, all: true });
    expect(verifyOwnCommit(conflicting, verify).ok).toBe(true);
    expect(power).toBe(totalPower(common.validators));
    return trusting.kind;
  }

  test('where both sides had to be bisected, each is judged from its own last common block', async () => {
    const turn = (height: number, name: string) => [
      ...createSigners(1, 'ed25519', 'constant'),
      ...[0, 1].map((slot) => createSigner(`${name} ${(height + slot) >> 1} ${slot}`, 'ed25519', 8n)),
    ];
    const base = buildSampleChain({ chainId, heights: 6, signersAt: (height) => turn(height, 'both') });
    const grow = (name: string) =>
      buildSampleChain({
        chainId,
        heights: HEIGHTS,
        base,
        signersAt: (height) => (height <= 7 ? turn(height, 'both') : turn(height, name)),
        appHashAt: (height) => sha256(utf8ToBytes(`${name} ${height}`)),
      });
    const [left, right] = [grow('left'), grow('right')];
    const providers = [createSampleProvider('primary', left), createSampleProvider('witness', right)];
    const clock = createVirtualClock(Number(sampleSeconds(HEIGHTS)) * 1000, setImmediate);
    const node = createLightNode({
      root: { chainId, height: 1n, hash: headerHash(base[0]!.header) },
      verify,
      clock,
      store: createMemoryKv(),
      providers,
      witnessesMin: 1,
    });
    expect(codeOf(await node.syncTo(24n))).toBe('light.attack.detected');
    const [forWitness, forPrimary] = [providers[1]!.evidence, providers[0]!.evidence];
    expect([forWitness.length, forPrimary.length]).toEqual([1, 1]);
    // Each full node can check the evidence against its own chain.
    expect(holdsFor(forWitness[0]!, right)).toBe('enough');
    expect(holdsFor(forPrimary[0]!, left)).toBe('enough');
    for (const { kind, commonHeight, byzantine } of [forWitness[0]!, forPrimary[0]!]) {
      expect(kind).toBe('lunatic');
      expect(commonHeight).toBeLessThanOrEqual(6n);
      expect(byzantine.length).toBeGreaterThan(0);
    }
  });

  test('a forged vote behind the counted ones is taken out, so that full nodes accept the rest', async () => {
    const fork = buildSampleChain({
      chainId,
      heights: HEIGHTS,
      base: honest.slice(0, 19),
      signersAt: () => four,
      appHashAt: () => sha256(utf8ToBytes('invented')),
    }).map((block, index) => {
      if (index < 19) return block;
      const signatures = block.commit.signatures.map((sig, place) =>
        place === 3 ? { ...sig, signature: sha256(sig.signature).slice().fill(7, 0, 4) } : sig,
      );
      return { ...block, commit: { ...block.commit, signatures } };
    });
    const witness = createSampleProvider('witness', honest);
    const { node } = setUp([createSampleProvider('primary', fork), witness]);
    expect(codeOf(await node.syncTo(24n))).toBe('light.attack.detected');
    const { conflicting, byzantine } = witness.evidence[0]!;
    expect(conflicting.commit.signatures.map(({ flag }) => flag)).toEqual([
      FLAG_COMMIT,
      FLAG_COMMIT,
      FLAG_COMMIT,
      FLAG_ABSENT,
    ]);
    expect(byzantine.length).toBe(3);
    expect(holdsFor(witness.evidence[0]!, honest)).toBe('enough');
  });

  test('who belongs to neither side is told of both', async () => {
    const fork = buildSampleChain({
      chainId,
      heights: HEIGHTS,
      base: honest.slice(0, 19),
      signersAt: () => four,
      appHashAt: () => sha256(utf8ToBytes('invented')),
    });
    const providers = [
      createSampleProvider('primary', fork),
      createSampleProvider('witness', honest),
      createSampleProvider('third', honest),
    ];
    const { node } = setUp(providers);
    expect(codeOf(await node.syncTo(24n))).toBe('light.attack.detected');
    const hashes = (provider: SampleProvider) =>
      provider.evidence.map(({ conflicting }) => headerHash(conflicting.header));
    const [forked, true24] = [headerHash(fork[23]!.header), headerHash(honest[23]!.header)];
    expect(providers.map(hashes)).toEqual([[true24], [forked], [forked, true24]]);
  });
});
