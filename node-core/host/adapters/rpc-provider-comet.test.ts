// The RPC provider and the light node against the real CometBFT program: headers, commits, validator sets and latest
// blocks as it writes them, and what it says about blocks that it does not have.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needTool } from '../../../scripts/tools.mjs';
import { base64, unwrap } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import { headerHash } from '../../comet/index.ts';
import { createLightNode, defaultVerifyOptions } from '../../light/index.ts';
import { rpcUrl } from '../cometbft/config.ts';
import type { NodeSupervisor } from '../cometbft/supervisor.ts';
import {
  KVSTORE_CHAIN,
  latestHeight,
  superviseKvstore,
  until,
  writeKvstoreNode,
} from '../cometbft/testing/kvstore-node.ts';
import { changing, setting } from '../services/testing/lying-world.ts';
import type { Lie } from '../services/testing/rpc-node.ts';
import { serveRpc } from '../services/testing/rpc-node.ts';
import { createRpcProvider } from './rpc-provider.ts';
import { createSignatureBackend } from './signatures.ts';
import { systemClock } from './system.ts';

const binary = needTool('cometbft', 'light blocks of the real engine');
const HEIGHT = 6;

describe.skipIf(binary === undefined)('a CometBFT node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-light-'));
  let node: NodeSupervisor;
  let url = '';

  beforeAll(async () => {
    const planned = await writeKvstoreNode(folder);
    node = superviseKvstore(planned, binary ?? '');
    url = rpcUrl(planned.rpc);
    await node.start();
    await until(async () => (await latestHeight(planned)) >= HEIGHT);
  });
  afterAll(async () => {
    await node?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('its blocks are verified from an early one to the newest, step by step and in one jump', async () => {
    const provider = createRpcProvider(url);
    // The first block carries the time of the genesis, which lies years back here: too old to begin at.
    const [genesis, first] = [unwrap(await provider.lightBlock(1n)), unwrap(await provider.lightBlock(2n))];
    expect(genesis.header.lastBlockId.hash.length).toBe(0);
    const root = { chainId: KVSTORE_CHAIN, height: 2n, hash: headerHash(first.header) };
    const light = createLightNode({
      root,
      verify: defaultVerifyOptions(KVSTORE_CHAIN, createSignatureBackend()),
      clock: systemClock,
      store: createMemoryKv(),
      // Two names for one node: enough to see that answers repeat.
      providers: [provider, { ...createRpcProvider(url), id: 'the same again' }],
      witnessesMin: 1,
    });
    for (let height = 3n; height <= 4n; height++)
      expect(unwrap(await light.syncTo(height)).height).toBe(height);
    const latest = unwrap(await light.syncTo('latest'));
    expect(latest.height).toBeGreaterThanOrEqual(BigInt(HEIGHT));
    // The state after a block is in the header after it.
    const [before, after] = [unwrap(await light.syncTo(3n)), unwrap(await light.syncTo(4n))];
    expect(after.block.header.lastBlockId.hash).toEqual(before.hash);
    expect(light.status().providers.every(({ dropped }) => dropped === undefined)).toBe(true);
  });

  test.each<[string, Lie, string]>([
    [
      'a forged state',
      changing('commit', setting('signed_header.header.app_hash', 'AB'.repeat(32))),
      'light.header.hash',
    ],
    [
      'forged signatures',
      changing(
        'commit',
        setting('signed_header.commit.signatures.0.signature', base64.encode(new Uint8Array(64))),
      ),
      'light.commit.signature',
    ],
    [
      'a validator of its own',
      changing('validators', setting('validators.0.voting_power', '11')),
      'light.validators.hash',
    ],
  ])('lies before a real node: %s', async (_name, lie, code) => {
    const liar = await serveRpc({ behind: url }, async (request, answer, response) =>
      request.params['height'] === '5' ? lie(request, answer, response) : { result: await answer() },
    );
    const first = unwrap(await createRpcProvider(url).lightBlock(2n));
    const light = createLightNode({
      root: { chainId: KVSTORE_CHAIN, height: 2n, hash: headerHash(first.header) },
      verify: defaultVerifyOptions(KVSTORE_CHAIN, createSignatureBackend()),
      clock: systemClock,
      store: createMemoryKv(),
      providers: [
        createRpcProvider(liar.url),
        createRpcProvider(url),
        { ...createRpcProvider(url), id: 'the same again' },
      ],
      witnessesMin: 1,
    });
    expect(unwrap(await light.syncTo(5n)).height).toBe(5n);
    expect(light.status().providers[0]?.dropped?.code).toBe(code);
    await liar.close();
  });

  test('a block that is not there yet, and one that never was', async () => {
    const provider = createRpcProvider(url);
    const ahead = await provider.lightBlock(1_000_000n);
    expect(ahead.ok ? '' : ahead.fault.code).toBe('light.height.ahead');
    const none = await provider.lightBlock(0n);
    expect(none.ok ? '' : none.fault.code).toBe('light.provider.silent');
  });
});
