// The console on a network that others run: two real nodes, one of them a witness for the other. It verifies what it
// shows from a checkpoint on, spends money there, and opens without a connection too.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesToHex, unwrap } from '../../node-core/base/index.ts';
import { headerHash } from '../../node-core/comet/index.ts';
import { createRpcProvider } from '../../node-core/host/adapters/rpc-provider.ts';
import type { Console } from '../../node-core/host/core.ts';
import { createConsole } from '../../node-core/host/core.ts';
import type { NetworkChoice } from '../../node-core/host/services/network-world.ts';
import { parseAddress } from '../../node-core/identity/index.ts';
import { needTool } from '../../scripts/tools.mjs';
import { WORKERS_URL } from '../world.ts';
import type { Cluster } from './testing/cluster.ts';
import { CHAIN_ID, createCluster, eventually, reach } from './testing/cluster.ts';
import { createEngine, transfer } from './testing/load.ts';

const binary = needTool('cometbft', 'the console on a network');
const GIFT_MICRO = 50_000_000n;

let cluster: Cluster;
let folder: string;
let network: NetworkChoice;
let console: Console | undefined;
beforeAll(async () => {
  if (binary === undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'dipnet-console-'));
  cluster = await createCluster({ validators: 2, keyType: 'mixed', binary });
  for (const node of cluster.nodes) node.start();
  await reach(cluster.nodes, 3);
  const rpcs = cluster.rpcs();
  const trusted = unwrap(await createRpcProvider(rpcs[0] ?? '').lightBlock(2n));
  network = {
    chainId: CHAIN_ID,
    rpcs,
    checkpoint: { height: 2n, hashHex: bytesToHex(headerHash(trusted.header)) },
  };
});
afterAll(async () => {
  if (binary === undefined) return;
  await console?.close();
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = async (choice: NetworkChoice) =>
  createConsole({ dataPath: join(folder, 'console'), network: choice, workersUrl: WORKERS_URL });

describe.skipIf(binary === undefined)('the console on a network of others', () => {
  test('follows it from the checkpoint, with a witness', async () => {
    console = unwrap(await open(network));
    const { api } = console;
    await eventually('verified blocks', async () => (await api.network.view()).light.height > 3);
    const view = await api.network.view();
    expect(view).toMatchObject({ chainId: CHAIN_ID, engine: 'cometbft' });
    expect(view.light.fault).toBeUndefined();
    expect(view.validators).toHaveLength(2);
  });

  test('shows money with its proof, and spends it', async () => {
    if (console === undefined) throw new Error('no console');
    const { services } = console;
    const address = await services.identities.create('buyer', 'Bea Novak');
    const to = parseAddress(address) ?? new Uint8Array(0);
    const engine = createEngine(cluster.rpcs());
    await engine.start();
    unwrap(await engine.submit(transfer(cluster.founders.community, to, 0, GIFT_MICRO)));
    await engine.stop();
    const balance = async () =>
      unwrap(await services.wallet.accounts()).find((account) => account.address === address)?.balances.DPN;
    await eventually('the gift', async () => (await balance()) === GIFT_MICRO);
    const signer = services.identities.keyPair(address);
    const spent = unwrap(
      await services.chain.submit(signer, {
        type: 'bank.send',
        to: cluster.founders.treasury.address,
        token: 'DPN',
        amountMicro: 1_000_000n,
      }),
    );
    expect(spent.height).toBeGreaterThan(2n);
    await eventually('the rest', async () => ((await balance()) ?? 0n) < GIFT_MICRO - 1_000_000n);
  });

  test('opens without a connection, and refuses another network in its folder', async () => {
    const shown = (await console?.api.wallet.accounts())?.find(({ name }) => name === 'Bea Novak');
    await console?.close();
    await Promise.all(cluster.nodes.map((node) => node.stop()));
    console = unwrap(await open(network));
    const { api } = console;
    const view = await api.network.view();
    expect(view.light.height).toBeGreaterThan(3);
    expect(view.recentBlocks[0]).toMatchObject({ height: view.height, verified: true });
    // Money as it was proven last, and how old that is.
    const account = (await api.wallet.accounts()).find(({ address }) => address === shown?.address);
    expect(account?.balances.DPN).toBe(shown?.balances.DPN);
    expect(account?.verifiedHeight).toBe(shown?.verifiedHeight);
    await eventually('the word that it is offline', async () => (await api.system.status()).stale !== null);
    const { stale, height, synced } = await api.system.status();
    expect(stale).toMatchObject({ reason: 'offline', newest: { height: view.light.height } });
    expect(stale?.oldest?.height).toBeLessThanOrEqual(account?.verifiedHeight ?? 0);
    expect([height, synced]).toEqual([view.height, false]);
    await console.close();
    const other = await open({ ...network, chainId: 'another' });
    expect(other).toMatchObject({ ok: false, fault: { code: 'network.folder.other' } });
    for (const node of cluster.nodes) node.start();
    await reach(cluster.nodes, view.light.height + 1);
    console = unwrap(await open(network));
    const again = console.api;
    await eventually('new blocks', async () => (await again.network.view()).light.height > view.light.height);
    await eventually('the banner to go', async () => (await again.system.status()).stale === null);
  });
});
