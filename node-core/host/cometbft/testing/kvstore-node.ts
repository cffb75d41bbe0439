// A supervised one-validator node with CometBFT's built-in application, for tests of what needs no application of ours.

import { join } from 'node:path';
import { unwrap } from '../../../base/index.ts';
import { systemClock, systemRandom } from '../../adapters/system.ts';
import type { NodeConfig } from '../config.ts';
import { rpcUrl } from '../config.ts';
import type { PlannedNode } from '../network.ts';
import { initNetwork } from '../network.ts';
import type { SupervisorOptions } from '../supervisor.ts';
import { NodeSupervisor } from '../supervisor.ts';
import { freePorts } from './ports.ts';

export const KVSTORE_CHAIN = 'kvstore-test';

/** Writes the folder of a node that makes blocks as fast as it can. */
export async function writeKvstoreNode(
  folder: string,
  settings: Pick<NodeConfig, 'consensus' | 'indexTxs'> = { consensus: { commitMs: 50, heartbeatMs: 0 } },
): Promise<PlannedNode> {
  const [basePort = 0] = await freePorts(10);
  const network = initNetwork({
    output: join(folder, 'net'),
    validators: 1,
    keyType: 'ed25519',
    hosts: [],
    basePort,
    random: systemRandom,
    genesis: (validators) => ({
      chainId: KVSTORE_CHAIN,
      time: { seconds: 1_700_000_000n, nanos: 0 },
      validators,
      accounts: [],
      council: new Uint8Array(20),
      treasury: new Uint8Array(20),
      paradigms: [],
    }),
    settings,
  });
  const [node] = unwrap(network).nodes;
  if (node === undefined) throw new Error('no node');
  return node;
}

export async function latestHeight(node: PlannedNode): Promise<number> {
  const response = await fetch(`${rpcUrl(node.rpc)}/status`);
  const json = (await response.json()) as { result: { sync_info: { latest_block_height: string } } };
  return Number(json.result.sync_info.latest_block_height);
}

export function superviseKvstore(
  node: PlannedNode,
  binary: string,
  options: Partial<SupervisorOptions> = {},
): NodeSupervisor {
  return new NodeSupervisor({
    home: node.home,
    binary,
    openApp: async () => ({ address: 'kvstore', failed: new Promise(() => {}), close: async () => {} }),
    isReady: async () => (await latestHeight(node)) > 0,
    clock: systemClock,
    log: () => undefined,
    limits: { restartMsMin: 10, restartMsMax: 50, endsMax: 4 },
    ...options,
  });
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await systemClock.sleep(20);
}
