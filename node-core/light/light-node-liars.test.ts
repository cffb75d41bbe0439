// The light node against silent, stale, lying and attacking providers.

import { describe, expect, test } from 'vitest';
import { sha256, unwrap, utf8ToBytes } from '../base/index.ts';
import { headerHash, type LightBlock } from '../comet/index.ts';
import { attackEvidenceToJson } from './attack-evidence.ts';
import {
  chainId,
  codeOf,
  createSetUp,
  four,
  HEIGHTS,
  honest,
  mixed,
  OK_RESULT,
  pair,
} from './testing/light-setup.ts';
import {
  buildSampleChain,
  createSampleProvider,
  createSigners,
  type SampleProvider,
  sampleSeconds,
  signBlock,
} from './testing/sample-chain.ts';

const setUp = createSetUp(setImmediate);

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

/** The fork's block with everything that the state determines as on the honest chain. */
function sameState(block: LightBlock, index: number): LightBlock {
  const { appHash, lastResultsHash } = honest[index]!.header;
  const header = { ...block.header, appHash, lastResultsHash };
  return signBlock(header, block.validators, four, block.commit.round);
}
