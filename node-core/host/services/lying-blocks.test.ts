// A light node whose first node lies, over real HTTP and a real chain: every lie about blocks is caught and named, and the
// truth comes from the others. Forks are told apart by the power of those who signed them.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../base/index.ts';
import { base64, bytesToHex, sha256, unwrap, utf8ToBytes } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import type { Json, LightBlock } from '../../comet/index.ts';
import { headerHash } from '../../comet/index.ts';
import type { LightEvent } from '../../light/index.ts';
import { createLightNode, defaultVerifyOptions } from '../../light/index.ts';
import { buildSampleChain, createSigners, sampleSeconds } from '../../light/testing/sample-chain.ts';
import { createRpcProvider } from '../adapters/rpc-provider.ts';
import { createSignatureBackend } from '../adapters/signatures.ts';
import { systemClock } from '../adapters/system.ts';
import type { LyingWorld } from './testing/lying-world.ts';
import { at, changing, changingLater, codeOf, createLyingWorld, setting } from './testing/lying-world.ts';
import type { Lie, RpcNode } from './testing/rpc-node.ts';
import { serveRpc, sourceOfBlocks } from './testing/rpc-node.ts';

let lies: LyingWorld;
beforeAll(async () => {
  lies = await createLyingWorld();
});
afterEach(() => lies.endSessions());
afterAll(() => lies.close());

/** Waited for a node that does not answer; the honest ones answer in far less, and are asked again where they did not. */
const SILENCE_MS = 1_000;

const droppedFor = (events: readonly LightEvent[]): Fault | undefined =>
  events.flatMap((event) =>
    event.type === 'light.provider.dropped' && event.provider === 'liar' ? [event.fault] : [],
  )[0];

describe('blocks', () => {
  const other = (text: string) => bytesToHex(sha256(utf8ToBytes(text))).toUpperCase();
  const cases: [string, Lie, string][] = [
    [
      'a forged state hash',
      changingLater('commit', setting('signed_header.header.app_hash', other('mine'))),
      'light.header.hash',
    ],
    [
      'a commit for another block',
      changingLater('commit', setting('signed_header.commit.block_id.hash', other('mine'))),
      'light.header.hash',
    ],
    [
      'a forged signature',
      changingLater(
        'commit',
        setting('signed_header.commit.signatures.0.signature', base64.encode(new Uint8Array(64).fill(9))),
      ),
      'light.commit.signature',
    ],
    [
      'votes that are absent',
      changingLater(
        'commit',
        setting('signed_header.commit.signatures.0', {
          block_id_flag: 1,
          validator_address: '',
          timestamp: '0001-01-01T00:00:00Z',
          signature: null,
        }),
      ),
      'light.commit.power',
    ],
    [
      'more power for its own validator',
      changingLater('validators', setting('validators.0.voting_power', '11')),
      'light.validators.hash',
    ],
    [
      'validators of another height',
      changing('validators', setting('block_height', '2')),
      'light.provider.height',
    ],
    [
      'another chain',
      changingLater('commit', setting('signed_header.header.chain_id', 'dipnet-other')),
      'light.chain.other',
    ],
    ['JSON of another kind', changing('commit', () => [1, 2, 3]), 'comet.json.malformed'],
    [
      'numbers as texts',
      changing('commit', setting('signed_header.commit.round', '0')),
      'comet.json.malformed',
    ],
    [
      'more than any honest node says',
      async ({ method }, answer) =>
        method === 'validators' ? { text: ' '.repeat(300_000) } : { result: await answer() },
      'comet.json.malformed',
    ],
  ];

  test.each(cases)(
    '%s: the node is dropped for it, and the truth comes from another one',
    async (_name, lie, code) => {
      const { light, events } = await lies.openLight(lie);
      const synced = unwrap(await light.syncTo(4n));
      expect(synced.hash).toEqual(headerHash(unwrap(await lies.chain.lightBlock(4n)).header));
      const fault = droppedFor(events);
      expect(fault?.code).toBe(code);
      // The user is told: a sentence with everything filled in, and what to do.
      expect(`${fault?.message} ${fault?.next}`).toMatch(/^[A-Z][^{}]+\.$/);
      expect(light.status().providers[0]).toMatchObject({ id: 'liar', score: 0 });
    },
  );

  test('a block of another height', async () => {
    const { light, events } = await lies.openLight(async (request, answer) => {
      if (request.method !== 'commit' || request.params['height'] !== '4') return { result: await answer() };
      return { result: await lies.askHonest('commit', { height: '3' }) };
    });
    expect(unwrap(await light.syncTo(4n)).height).toBe(4n);
    expect(droppedFor(events)?.code).toBe('light.provider.height');
  });

  test('old blocks as the newest: the others are believed', async () => {
    const { light } = await lies.openLight(async (request, answer) => {
      const isLatest = request.method === 'commit' && request.params['height'] === undefined;
      if (!isLatest) return { result: await answer() };
      return { result: await lies.askHonest('commit', { height: '2' }) };
    });
    unwrap(await light.syncTo(lies.chain.status().height));
    expect(unwrap(await light.syncTo('latest')).height).toBe(lies.chain.status().height);
  });

  test.each<[string, Lie]>([
    ['silence', () => new Promise<never>(() => {})],
    [
      'drops that never stop',
      async (_request, _answer, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write(' '), 5);
        response.once('close', () => clearInterval(drip));
        return false;
      },
    ],
    ['garbage', () => Promise.resolve({ text: '\u0000\ufffd<html>' })],
    [
      'a redirection to somebody else',
      (_request, _answer, response) => {
        response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end();
        return Promise.resolve(false);
      },
    ],
    [
      'a broken line',
      async (_request, _answer, response) => {
        response.destroy();
        return false;
      },
    ],
  ])('%s is no lie: the node goes behind the others', async (_name, lie) => {
    const { light } = await lies.openLight(lie, SILENCE_MS);
    expect(unwrap(await light.syncTo(4n)).height).toBe(4n);
    const [liar, second] = light.status().providers;
    expect(liar).toMatchObject({ id: 'liar', dropped: undefined });
    expect(liar?.score).toBeLessThan(second?.score ?? 0);
  });

  test('an endless answer is left after its limit, however fast it comes', async () => {
    let sent = 0;
    const { light } = await lies.openLight(async (_request, _answer, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(65_536, 32);
      const pour = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
      return false;
    });
    expect(unwrap(await light.syncTo(4n)).height).toBe(4n);
    // Four megabytes are read at most for a commit; the rest is what lies in sockets. Asked a few times.
    expect(sent).toBeLessThan(60_000_000);
  });
});

describe('forks, as far as the power of those who sign them goes', () => {
  const chainId = 'fork-1';
  const signatures = createSignatureBackend();
  const open: RpcNode[] = [];
  afterEach(async () => {
    for (const node of open.splice(0)) await node.close();
  });
  const six = createSigners(6, 'secp256k1');
  const HEIGHTS = 12;
  const trunk = buildSampleChain({ chainId, heights: HEIGHTS, signersAt: () => six });
  const fork = (voters: number) =>
    buildSampleChain({
      chainId,
      heights: HEIGHTS,
      base: trunk.slice(0, 8),
      signersAt: () => six,
      votersAt: () => six.slice(0, voters),
      appHashAt: () => sha256(utf8ToBytes('money from nowhere')),
    });

  async function follow(forked: readonly LightBlock[]) {
    const nodes = [
      await serveRpc(sourceOfBlocks(forked)),
      await serveRpc(sourceOfBlocks(trunk)),
      await serveRpc(sourceOfBlocks(trunk)),
    ];
    open.push(...nodes);
    const light = createLightNode({
      root: { chainId, height: 1n, hash: headerHash((trunk[0] as LightBlock).header) },
      verify: defaultVerifyOptions(chainId, signatures),
      clock: { ...systemClock, nowMs: () => Number(sampleSeconds(HEIGHTS) + 5n) * 1000 },
      store: createMemoryKv(),
      providers: nodes.map(({ url }) => createRpcProvider(url)),
      witnessesMin: 1,
    });
    return { light, nodes, result: await light.syncTo(BigInt(HEIGHTS)) };
  }

  test.each([
    [2, 'a third'],
    [4, 'two thirds'],
  ])('%i of six, %s: too few, the node is dropped', async (voters) => {
    const { light, result } = await follow(fork(voters));
    expect(unwrap(result).hash).toEqual(headerHash((trunk[HEIGHTS - 1] as LightBlock).header));
    expect(light.status().providers[0]?.dropped?.code).toMatch(/^light\.(trust|commit)\.power$/);
    expect(light.status().halted).toBeUndefined();
  });

  test('five of six: more than two thirds betrayed the network; it stops, and the honest nodes get the evidence', async () => {
    const { light, nodes, result } = await follow(fork(5));
    expect(codeOf(result)).toBe('light.attack.detected');
    const { attack, halted } = light.status();
    expect(halted?.message).toMatch(/different histories .*signed both\.$/);
    expect(attack).toMatchObject({ kind: 'lunatic', commonHeight: '1', height: '12' });
    expect(attack?.culprits.length).toBe(5);
    const reports = (nodes[1] as RpcNode).asked.filter(({ method }) => method === 'broadcast_evidence');
    expect(reports.length).toBeGreaterThan(0);
    const evidence = reports[0]?.params['evidence'] as Json;
    expect(at(evidence, 'type')).toBe('tendermint/LightClientAttackEvidence');
    expect(at(evidence, 'value.ByzantineValidators.length')).toBe(5);
    expect(at(evidence, 'value.CommonHeight')).toBe('1');
    expect(codeOf(await light.syncTo(2n))).toBe('light.attack.detected');
  });
});
