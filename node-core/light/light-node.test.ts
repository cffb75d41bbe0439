// The light node against honest, silent, stale, lying and attacking providers, over really signed chains.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { KvStore } from '../base/index.ts';
import { hexToBytes, merkleProof, sha256, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import type { LightBlock } from '../comet/index.ts';
import { encodeTxResult, headerHash, nobleSignatures } from '../comet/index.ts';
import { attackEvidenceToJson } from './attack-evidence.ts';
import { verifyTxInclusion } from './inclusion.ts';
import { verifyLightChain } from './light-chain.ts';
import { createLightNode } from './light-node.ts';
import type { SampleProvider, SampleSigner } from './testing/sample-chain.ts';
import {
  buildSampleChain,
  createSampleProvider,
  createSigner,
  createSigners,
  sampleSeconds,
  signBlock,
} from './testing/sample-chain.ts';
import { createVirtualClock } from './testing/virtual-clock.ts';
import type { LightEvent } from './types.ts';
import { defaultVerifyOptions } from './verify.ts';

const chainId = 'sample-1';
const four = createSigners(4, 'ed25519');
const mixed = [...createSigners(2, 'ed25519', 'mixed'), ...createSigners(2, 'secp256k1', 'mixed')];
const HEIGHTS = 24;
const honest = buildSampleChain({ chainId, heights: HEIGHTS, signersAt: () => four });

/** One of four validators is replaced at every height. */
const rotating = (height: number): SampleSigner[] =>
  [0, 1, 2, 3].map((slot) => createSigner(`turn ${Math.floor((height + slot) / 4)} ${slot}`, 'ed25519'));
/** All validators are replaced at every height. */
const strangers = (height: number) => createSigners(2, 'ed25519', `stranger ${height}`);

type Setup = {
  providers: readonly SampleProvider[];
  blocks?: readonly LightBlock[];
  witnessesMin?: number;
  nowSeconds?: bigint;
  store?: KvStore;
  storedMax?: number;
  rootHeight?: number;
};

function setUp(setup: Setup) {
  const { providers, witnessesMin = 1, store = createMemoryKv(), rootHeight = 1 } = setup;
  const root = (setup.blocks ?? providers[0]!.blocks)[rootHeight - 1]!;
  const startSeconds = setup.nowSeconds ?? sampleSeconds(HEIGHTS) + 5n;
  const clock = createVirtualClock(Number(startSeconds) * 1000, setImmediate);
  const events: LightEvent[] = [];
  const node = createLightNode({
    root: { chainId, height: root.header.height, hash: headerHash(root.header) },
    verify: defaultVerifyOptions(chainId, nobleSignatures),
    clock,
    store,
    providers,
    witnessesMin,
    ...(setup.storedMax === undefined ? {} : { storedMax: setup.storedMax }),
  });
  node.onEvent((event) => events.push(event));
  return { node, events, store, clock };
}

const pair = (blocks: readonly LightBlock[] = honest) => [
  createSampleProvider('primary', blocks),
  createSampleProvider('witness', blocks),
];
const codeOf = (result: { ok: boolean; fault?: { code: string } }) => result.fault?.code;

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

describe('providers that fail or lie', () => {
  test('the next one is asked where the primary is silent', async () => {
    const providers = [...pair(), createSampleProvider('third', honest)];
    providers[0]!.silent = true;
    const { node } = setUp({ providers });
    expect(unwrap(await node.syncTo('latest')).height).toBe(24n);
  });

  test('no confirmation, no progress; with none demanded, progress', async () => {
    const providers = pair();
    providers[1]!.silent = true;
    expect(codeOf(await setUp({ providers }).node.syncTo(24n))).toBe('light.witness.none');
    const alone = setUp({ providers: [providers[0]!], witnessesMin: 0 });
    expect(unwrap(await alone.node.syncTo(24n)).height).toBe(24n);
  });

  test('a node given twice is not its own witness', async () => {
    const [primary] = pair();
    const { node } = setUp({ providers: [primary!, createSampleProvider('primary', honest)] });
    expect(codeOf(await node.syncTo(24n))).toBe('light.witness.none');
    expect(node.status().providers.length).toBe(1);
  });

  const forged = (change: (block: LightBlock) => LightBlock) =>
    honest.map((block, index) => (index < 20 ? block : change(block)));
  const lies: [string, readonly LightBlock[]][] = [
    [
      'a changed state with the old signatures',
      forged((block) => ({ ...block, header: { ...block.header, appHash: sha256(utf8ToBytes('mine')) } })),
    ],
    [
      'a changed state signed by strangers under the validators’ names',
      forged((block) => {
        const header = { ...block.header, appHash: sha256(utf8ToBytes('mine')) };
        const voters = four.map(({ key, power }) => ({ key, power, secret: sha256(key.bytes) }));
        return signBlock(header, block.validators, voters, 0);
      }),
    ],
    [
      'a whole chain of strangers',
      buildSampleChain({
        chainId,
        heights: HEIGHTS,
        base: honest.slice(0, 19),
        signersAt: (height) => (height < 20 ? four : createSigners(4, 'ed25519', 'liar')),
      }),
    ],
    [
      'too few signatures',
      buildSampleChain({
        chainId,
        heights: HEIGHTS,
        base: honest.slice(0, 19),
        signersAt: () => four,
        votersAt: () => four.slice(0, 2),
      }),
    ],
    ['another chain', buildSampleChain({ chainId: 'other', heights: HEIGHTS, signersAt: () => four })],
    ['a block of another height', forged((block) => ({ ...honest[5]!, validators: block.validators }))],
  ];
  test.each(lies)('the primary gives %s: it is dropped and another one serves', async (_name, blocks) => {
    const liar = createSampleProvider('liar', blocks);
    const providers = [liar, ...pair()];
    const { node, events } = setUp({ providers, blocks: honest });
    expect(unwrap(await node.syncTo(24n)).hash).toEqual(headerHash(honest[23]!.header));
    expect(node.status().providers.map(({ dropped }) => dropped === undefined)).toEqual([false, true, true]);
    expect(events.some((event) => event.type === 'light.provider.dropped' && event.provider === 'liar')).toBe(
      true,
    );
    expect(node.status().halted).toBeUndefined();
  });

  test.each(lies)('a witness gives %s: it is dropped, and nothing halts', async (_name, blocks) => {
    const providers = [...pair(), createSampleProvider('liar', blocks)];
    const { node } = setUp({ providers });
    expect(unwrap(await node.syncTo(24n)).hash).toEqual(headerHash(honest[23]!.header));
    expect(node.status().providers.map(({ dropped }) => dropped === undefined)).toEqual([true, true, false]);
    expect(node.status().halted).toBeUndefined();
  });

  test('where all lie, the refusal says how', async () => {
    const [, blocks] = lies[1]!;
    const { node } = setUp({ providers: pair(blocks), blocks: honest });
    expect(codeOf(await node.syncTo(24n))).toBe('light.commit.signature');
    expect(node.status().latest?.height).toBe(1n);
  });

  test('a provider that throws is silent', async () => {
    const broken = { id: 'broken', lightBlock: () => Promise.reject(new Error('socket')) };
    const [primary, witness] = pair();
    const { node } = setUp({
      providers: [broken as unknown as SampleProvider, primary!, witness!],
      blocks: honest,
    });
    expect(unwrap(await node.syncTo(24n)).height).toBe(24n);
  });

  test('a provider that never answers is silent after its deadline', async () => {
    const hanging = { id: 'hanging', lightBlock: () => new Promise<never>(() => {}) };
    const { node } = setUp({ providers: [hanging as unknown as SampleProvider], blocks: honest });
    expect(codeOf(await node.syncTo(24n))).toBe('light.provider.silent');
  });

  test('whoever asked may stop asking, and the next one is served', async () => {
    const hanging = { id: 'hanging', lightBlock: () => new Promise<never>(() => {}) };
    const { node } = setUp({ providers: [hanging as unknown as SampleProvider], blocks: honest });
    const controller = new AbortController();
    const asked = node.syncTo(24n, controller.signal);
    const next = new AbortController();
    const second = node.syncTo(24n, next.signal);
    controller.abort(new Error('no longer wanted'));
    await expect(asked).rejects.toThrow('no longer wanted');
    next.abort(new Error('nor this'));
    await expect(second).rejects.toThrow('nor this');
  });

  test.each([0n, -1n, 2n ** 63n, 2n ** 64n])('there is no block %s', async (height) => {
    const { node } = setUp({ providers: pair() });
    expect(codeOf(await node.syncTo(height))).toBe('light.height.invalid');
    const proof = { height, key: utf8ToBytes('key'), value: undefined, proof: new Uint8Array(0) };
    const state = await node.verifyState({ ...proof, height: height - 1n });
    expect(codeOf(state)).toBe('light.height.invalid');
  });

  test('a root with another hash', async () => {
    const { node } = setUp({
      providers: pair(),
      blocks: buildSampleChain({ chainId, heights: 1, signersAt: () => mixed }),
    });
    expect(codeOf(await node.syncTo(24n))).toBe('light.root.mismatch');
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

describe('attacks', () => {
  const fork = (options: Partial<Parameters<typeof buildSampleChain>[0]>) =>
    buildSampleChain({
      chainId,
      heights: HEIGHTS,
      base: honest.slice(0, 19),
      signersAt: () => four,
      ...options,
    });
  const invented = () => sha256(utf8ToBytes('invented state'));

  const attacks = [
    { kind: 'lunatic', blocks: fork({ appHashAt: invented }), common: 1n, byzantine: 4 },
    {
      kind: 'equivocation',
      blocks: fork({ txsAt: () => [{ tx: utf8ToBytes('double spend'), result: OK_RESULT }] }).map(
        (block, index) => (index < 19 ? block : sameState(block, index)),
      ),
      common: 24n,
      byzantine: 4,
    },
    {
      kind: 'amnesia',
      blocks: fork({ roundAt: () => 1, txsAt: () => [{ tx: utf8ToBytes('other'), result: OK_RESULT }] }).map(
        (block, index) => (index < 19 ? block : sameState(block, index)),
      ),
      common: 24n,
      byzantine: 0,
    },
  ] as const;

  test.each(attacks)(
    '$kind: both sides get evidence, and the node halts for good',
    async ({ kind, blocks, common, byzantine }) => {
      const [primary, witness] = [
        createSampleProvider('primary', blocks),
        createSampleProvider('witness', honest),
      ];
      const { node, events, store } = setUp({ providers: [primary, witness] });
      expect(codeOf(await node.syncTo(24n))).toBe('light.attack.detected');
      expect(node.status().latest?.height).toBe(1n);
      const [against] = witness.evidence;
      expect(against).toMatchObject({ kind, commonHeight: common, totalPower: 40n });
      expect(against?.byzantine.length).toBe(byzantine);
      expect(headerHash(against!.conflicting.header)).toEqual(headerHash(blocks[23]!.header));
      expect(headerHash(primary.evidence[0]!.conflicting.header)).toEqual(headerHash(honest[23]!.header));
      expect(events.filter(({ type }) => type === 'light.halted').length).toBe(1);
      expect(JSON.stringify(attackEvidenceToJson(against!))).toContain(
        '"type":"tendermint/LightClientAttackEvidence"',
      );
      // Restarted, it is still halted; the person's choice lifts it.
      const again = setUp({ providers: pair(), store });
      expect(again.node.status().halted?.code).toBe('light.attack.detected');
      expect(again.node.status().attack).toMatchObject({
        kind,
        commonHeight: String(common),
        primary: 'primary',
        witness: 'witness',
        reportedTo: ['primary', 'witness'],
      });
      expect(again.node.status().attack?.culprits.length).toBe(byzantine);
      expect(codeOf(await again.node.syncTo(2n))).toBe('light.attack.detected');
      unwrap(await again.node.trust({ chainId, height: 20n, hash: headerHash(honest[19]!.header) }));
      expect(unwrap(await again.node.syncTo(24n)).height).toBe(24n);
    },
  );

  test('a third of the power with strangers invents a state: caught by the witness', async () => {
    const helpers = createSigners(3, 'ed25519', 'helper');
    const blocks = buildSampleChain({
      chainId,
      heights: HEIGHTS,
      base: honest.slice(0, 19),
      signersAt: (height) => (height < 21 ? four : [four[0]!, four[1]!, ...helpers.slice(0, 1)]),
      votersAt: (height) => (height < 21 ? four : [four[0]!, four[1]!, ...helpers.slice(0, 1)]),
      appHashAt: invented,
    });
    const [primary, witness] = [
      createSampleProvider('primary', blocks),
      createSampleProvider('witness', honest),
    ];
    const { node } = setUp({ providers: [primary, witness] });
    expect(codeOf(await node.syncTo(24n))).toBe('light.attack.detected');
    expect(witness.evidence[0]).toMatchObject({ kind: 'lunatic', commonHeight: 1n });
    expect(witness.evidence[0]?.byzantine.length).toBe(2);
  });

  test('a fork found on the common trace names the last common block', async () => {
    const blocks = buildSampleChain({
      chainId,
      heights: HEIGHTS,
      base: honest.slice(0, 19),
      signersAt: () => four,
      appHashAt: invented,
    });
    const providers = [createSampleProvider('primary', blocks), createSampleProvider('witness', honest)];
    const { node } = setUp({ providers });
    unwrap(await node.syncTo(18n));
    expect(codeOf(await node.syncTo(24n))).toBe('light.attack.detected');
    expect(providers[1]!.evidence[0]?.commonHeight).toBe(18n);
  });

  test('forward lunatic: signed ahead of time while the witness’s chain is shorter but not older', async () => {
    const witness = createSampleProvider('witness', honest);
    const ahead = fork({
      heights: 30,
      appHashAt: invented,
      secondsAt: (h) => sampleSeconds(19) + BigInt(h - 19),
    });
    const { node } = setUp({ providers: [createSampleProvider('primary', ahead), witness] });
    expect(codeOf(await node.syncTo(30n))).toBe('light.attack.detected');
    expect(witness.evidence[0]).toMatchObject({ kind: 'lunatic', commonHeight: 1n });
  });

  test('a node that contradicts what was verified before: attack where it can prove it', async () => {
    const providers = pair();
    const { node } = setUp({ providers });
    unwrap(await node.syncTo(24n));
    providers[0]!.blocks = fork({ appHashAt: invented });
    expect(codeOf(await node.syncTo('latest'))).toBe('light.attack.detected');
  });
});

const OK_RESULT = { code: 0, data: new Uint8Array(0), gasWanted: 7n, gasUsed: 5n };

/** The fork's block with everything that the state determines as on the honest chain. */
function sameState(block: LightBlock, index: number): LightBlock {
  const { appHash, lastResultsHash } = honest[index]!.header;
  const header = { ...block.header, appHash, lastResultsHash };
  return signBlock(header, block.validators, four, block.commit.round);
}

describe('what the headers prove', () => {
  const txs = ['one', 'two', 'three'].map((text, index) => ({
    tx: utf8ToBytes(text),
    result: { ...OK_RESULT, code: index },
  }));
  // A published sparse Merkle tree is the state here (vectors/README.md).
  const vectorOf = (name: string) => {
    const url = new URL(`./vectors/ics23/smt/${name}.json`, import.meta.url);
    const { key, value, root, proof } = JSON.parse(readFileSync(url, 'utf8'));
    const [k, v, r, p] = [key, value, root, proof].map(hexToBytes) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    return { key: k, value: v.length === 0 ? undefined : v, root: r, proof: p };
  };
  const present = vectorOf('exist_middle');
  const { root } = present;
  const blocks = buildSampleChain({
    chainId,
    heights: HEIGHTS,
    signersAt: rotating,
    txsAt: (height) => (height === 12 ? txs : []),
    appHashAt: () => root,
  });
  const inclusion = (index: number) => ({
    hash: sha256(txs[index]!.tx),
    tx: txs[index]!.tx,
    height: 12n,
    index,
    result: txs[index]!.result,
    events: [],
    txProof: merkleProof(
      txs.map(({ tx }) => sha256(tx)),
      index,
    ),
    resultProof: merkleProof(
      txs.map(({ result }) => encodeTxResult(result)),
      index,
    ),
  });

  test('a transaction, its place and its result', async () => {
    const { node } = setUp({ providers: pair(blocks) });
    const verified = unwrap(await node.verifyTx(inclusion(1)));
    expect(verified).toMatchObject({ height: 12n, index: 1, time: blocks[11]!.header.time });
    expect(verified.signers.length).toBe(3);
    expect(verified.result.code).toBe(1);
  });

  test.each([
    ['another result', { result: OK_RESULT }, 'light.tx.result'],
    ['another transaction', { tx: utf8ToBytes('none') }, 'light.tx.hash'],
    [
      'a transaction that is not there',
      { tx: utf8ToBytes('none'), hash: sha256(utf8ToBytes('none')) },
      'light.tx.data',
    ],
    ['another place', { index: 2 }, 'light.tx.data'],
    ['another block', { height: 13n }, 'light.tx.data'],
    [
      'the result of another',
      { resultProof: inclusion(2).resultProof, result: txs[2]!.result },
      'light.tx.result',
    ],
  ])('refuses %s', async (_name, change, code) => {
    const { node } = setUp({ providers: pair(blocks) });
    expect(codeOf(await node.verifyTx({ ...inclusion(1), ...change }))).toBe(code);
  });

  test('the headers must follow each other, not only fit the proofs', () => {
    const [own, next] = [blocks[11]!.header, blocks[12]!.header];
    expect(verifyTxInclusion(own, next, inclusion(0)).ok).toBe(true);
    const elsewhere = { ...next, lastBlockId: { ...next.lastBlockId, hash: sha256(utf8ToBytes('other')) } };
    expect(codeOf(verifyTxInclusion(own, elsewhere, inclusion(0)))).toBe('light.link.broken');
    expect(codeOf(verifyTxInclusion(next, own, inclusion(0)))).toBe('light.tx.height');
    expect(codeOf(verifyTxInclusion(own, blocks[13]!.header, inclusion(0)))).toBe('light.tx.height');
  });

  test('a value of the state, with the block and the signatures that carry it', async () => {
    const { node } = setUp({ providers: pair(blocks) });
    const { key, value, proof } = present;
    const verified = unwrap(await node.verifyState({ height: 12n, key, value, proof }));
    expect(verified).toMatchObject({
      key,
      value,
      height: 12n,
      time: blocks[12]!.header.time,
      ageMs: 115_000,
    });
    expect(verified.tally.signedPower).toBe(30n);
    for (const wrong of [
      { value: undefined },
      { value: utf8ToBytes('other') },
      { key: utf8ToBytes('other') },
    ]) {
      expect(codeOf(await node.verifyState({ height: 12n, key, value, proof, ...wrong }))).toBe(
        'light.state.proof',
      );
    }
  });

  test('a state proof that does not lead to the signed root is refused', async () => {
    const { node } = setUp({ providers: pair(blocks) });
    const proof = {
      height: 12n,
      key: utf8ToBytes('key'),
      value: utf8ToBytes('value'),
      proof: new Uint8Array(3),
    };
    expect(codeOf(await node.verifyState(proof))).toBe('light.state.proof');
    expect(codeOf(await node.verifyState({ ...proof, height: 24n }))).toBe('light.height.ahead');
  });

  test('an exported chain of blocks convinces somebody who has only the root', async () => {
    const { node } = setUp({ providers: pair(blocks) });
    unwrap(await node.verifyTx(inclusion(0)));
    const chain = unwrap(await node.proofChain([12n, 13n, 24n]));
    const trust = { chainId, height: 1n, hash: headerHash(blocks[0]!.header) };
    const options = defaultVerifyOptions(chainId, nobleSignatures);
    const verified = unwrap(verifyLightChain(trust, chain, options));
    for (const height of [12, 13, 24]) {
      expect(headerHash(verified.headers.get(BigInt(height))!)).toEqual(
        headerHash(blocks[height - 1]!.header),
      );
    }
    expect(chain.length).toBeLessThan(HEIGHTS);
    // Without a step in the middle, from another root, out of order or too old: refused.
    const others = [chain.slice(1), [chain[0]!, ...chain.slice(-1)], [...chain].reverse(), []];
    for (const wrong of others) expect(verifyLightChain(trust, wrong, options).ok).toBe(false);
    const late = { seconds: sampleSeconds(HEIGHTS) + 20n * 24n * 3600n, nanos: 0 };
    expect(codeOf(verifyLightChain(trust, chain.slice(0, 1), { ...options, now: late }))).toBe(
      'light.trust.expired',
    );
    expect(codeOf(verifyLightChain(trust, chain, { ...options, now: late }))).toBe('light.trust.expired');
    const soon = { seconds: sampleSeconds(HEIGHTS) + 1n, nanos: 0 };
    expect(verifyLightChain(trust, chain, { ...options, now: soon }).ok).toBe(true);
  });
});
