// What nodes say of the same blocks, compared.

import { readFileSync } from 'node:fs';
import { unwrap } from '../../../node-core/base/index.ts';
import { createMemoryKv } from '../../../node-core/base/memory-kv.ts';
import { headerHash } from '../../../node-core/comet/index.ts';
import { createRpcProvider } from '../../../node-core/host/adapters/rpc-provider.ts';
import { createSignatureBackend } from '../../../node-core/host/adapters/signatures.ts';
import { systemClock } from '../../../node-core/host/adapters/system.ts';
import type { LightNode } from '../../../node-core/light/index.ts';
import { createLightNode, defaultVerifyOptions } from '../../../node-core/light/index.ts';
import type { ClusterNode } from './cluster.ts';
import { CHAIN_ID } from './cluster.ts';

/** The state's root as each node's own application computed it after this block, by what it is. */
async function rootsAt(nodes: readonly ClusterNode[], height: number): Promise<Set<string>> {
  const roots = await Promise.all(
    nodes.map(async (node) => {
      const results = await node.ask<{ app_hash: string }>('block_results', { height: String(height) });
      return results?.app_hash;
    }),
  );
  return new Set(roots.filter((root) => root !== undefined));
}

/** Heights at which nodes that have the block do not agree on the state after it, or nobody has it. */
export async function findForks(nodes: readonly ClusterNode[], last: number): Promise<number[]> {
  const forks: number[] = [];
  for (let height = 1; height <= last; height++) {
    if ((await rootsAt(nodes, height)).size !== 1) forks.push(height);
  }
  return forks;
}

/** A light node that trusts the first node's first block and asks all nodes. */
export async function createLight(nodes: readonly ClusterNode[]): Promise<LightNode> {
  const providers = nodes.map(({ rpc }) => createRpcProvider(rpc));
  const first = unwrap(await (providers[0] as (typeof providers)[number]).lightBlock(1n));
  return createLightNode({
    root: { chainId: CHAIN_ID, height: 1n, hash: headerHash(first.header) },
    verify: defaultVerifyOptions(CHAIN_ID, createSignatureBackend()),
    clock: systemClock,
    store: createMemoryKv(),
    providers,
    witnessesMin: 1,
  });
}

/** Addresses of the validators of a node's latest block. */
export async function validatorsOf(node: ClusterNode): Promise<Map<string, number>> {
  const answer = await node.ask<{ validators: { address: string; voting_power: string }[] }>('validators', {
    per_page: '100',
  });
  return new Map(
    (answer?.validators ?? []).map(({ address, voting_power: power }) => [
      address.toLowerCase(),
      Number(power),
    ]),
  );
}

/** Resident memory of both processes of a node; 0 where they do not run or the system does not tell. */
export function memoryOf(node: ClusterNode): number {
  return node.pids.reduce((sum, pid) => {
    try {
      const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return sum + Number(kilobytes ?? 0) * 1024;
    } catch {
      return sum;
    }
  }, 0);
}
