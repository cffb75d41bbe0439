// Makes the folders of a new network: one node each with its own keys, the one genesis that all share, and the file by
// which consoles find it. Nothing is written before everything is known to be possible.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { encodeAppState, evidenceAgeOf } from '../../abci/index.ts';
import type { Bytes, Random, Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import type { Genesis } from '../../chain/index.ts';
import type { Validator } from '../../comet/index.ts';
import { consensusAddress, createConsensusKey, timeToText } from '../../comet/index.ts';
import type { HostPort, NodeConfig, Peer } from './config.ts';
import { peerText, rpcUrl } from './config.ts';
import { cometbftFault } from './faults.ts';
import { FIRST_POWER } from './genesis.ts';
import { writeHome } from './home.ts';
import type { ConsensusSecret, KeyType } from './keys.ts';
import { createConsensusSecret, nodeId, publicKeyJson } from './keys.ts';

/** The set that signs is bounded, so that a light node's step is. */
export const VALIDATORS_MAX = 99;
const P2P_PORT = 26_656;
/** Between the nodes of one machine: p2p, RPC and room. */
const PORT_STEP = 10;
/** Blocks that take longer than a second to send around the world slow everybody down. */
const BLOCK_BYTES_MAX = 4 * 1024 * 1024;
const EVIDENCE_BYTES_MAX = 1024 * 1024;

export type NetworkPlan = {
  readonly output: string;
  readonly validators: number;
  readonly keyType: KeyType | 'mixed';
  /** Where the nodes run, in turn. Empty: all on this machine, reachable from it alone. */
  readonly hosts: readonly string[];
  readonly basePort?: number;
  /** The hosts are addresses of one machine. Default: where no hosts are given. */
  readonly local?: boolean;
  /** RPC for everybody and not only for programs on the node's own machine. */
  readonly publicRpc?: boolean;
  readonly random: Random;
  /** Everything of the genesis but the validators, which are made here. */
  readonly genesis: (validators: readonly Validator[]) => Genesis;
  readonly settings?: Pick<NodeConfig, 'consensus' | 'mempool' | 'indexTxs'>;
};

export type PlannedNode = {
  readonly name: string;
  readonly home: string;
  readonly host: string;
  readonly p2p: HostPort;
  readonly rpc: HostPort;
  readonly id: string;
  readonly nodeSecret: Bytes;
  readonly validator: ConsensusSecret;
};

export type Network = { readonly genesis: Genesis; readonly nodes: readonly PlannedNode[] };

/** What `dipnet serve --network` reads. */
export type NetworkFile = {
  readonly v: 1;
  readonly chainId: string;
  readonly rpcs: readonly string[];
  /** id@host:port of nodes that take connections, for those who join. */
  readonly peers: readonly string[];
  readonly checkpoint?: { readonly height: string; readonly hash: string };
};

export function initNetwork(plan: NetworkPlan): Result<Network> {
  const problem = problemOf(plan);
  if (problem !== undefined) return refuse(cometbftFault('cometbft.network.input', { problem }));
  const nodes = Array.from({ length: plan.validators }, (_, index) => planNode(plan, index));
  const genesis = plan.genesis(
    nodes.map(({ validator: { secretKey, type } }) => ({
      key: createConsensusKey(secretKey, type),
      power: FIRST_POWER,
    })),
  );
  const text = genesisJson(genesis);
  for (const node of nodes) {
    const written = writeHome(node.home, {
      config: configOf(plan, node, nodes),
      genesisJson: text,
      nodeSecret: node.nodeSecret,
      validator: node.validator,
    });
    if (!written.ok) return written;
  }
  const file: NetworkFile = {
    v: 1,
    chainId: genesis.chainId,
    rpcs: nodes.map(({ rpc }) => rpcUrl(rpc)),
    peers: nodes.map((node) => peerText(peerOf(node))),
  };
  writeFileSync(join(plan.output, 'network.json'), `${JSON.stringify(file, undefined, 2)}\n`);
  writeFileSync(join(plan.output, 'genesis.json'), text);
  return ok({ genesis, nodes });
}

export const peerOf = (node: PlannedNode): Peer => ({ id: node.id, host: node.host, port: node.p2p.port });

export type JoinPlan = {
  readonly home: string;
  readonly genesisJson: string;
  readonly config: NodeConfig;
  readonly keyType: KeyType;
  readonly random: Random;
};

/** A node of its own for a network that exists: a full node, and a validator once stake is delegated to its key. */
export function joinNetwork(plan: JoinPlan): Result<ConsensusSecret> {
  const validator = createConsensusSecret(plan.keyType, plan.random);
  const written = writeHome(plan.home, {
    config: plan.config,
    genesisJson: plan.genesisJson,
    nodeSecret: plan.random.bytes(32),
    validator,
  });
  return written.ok ? ok(validator) : written;
}

const networkFile = z.object({
  v: z.literal(1),
  chainId: z.string().min(1).max(50),
  rpcs: z
    .array(z.url({ protocol: /^https?$/ }))
    .min(1)
    .max(100),
  peers: z.array(z.string().max(300)).max(100),
  checkpoint: z
    .object({ height: z.string().regex(/^[1-9]\d{0,18}$/), hash: z.string().regex(/^[0-9a-fA-F]{64}$/) })
    .optional(),
});

/** Reads network.json, which may come from a stranger. */
export function parseNetworkFile(text: string, name: string): Result<NetworkFile> {
  const damaged = (reason: string) => refuse(cometbftFault('cometbft.home.damaged', { file: name, reason }));
  try {
    const parsed = networkFile.safeParse(JSON.parse(text));
    if (!parsed.success) return damaged(parsed.error.issues[0]?.message ?? 'it is no network file');
    const { checkpoint, ...rest } = parsed.data;
    return ok(checkpoint === undefined ? rest : { ...rest, checkpoint });
  } catch {
    return damaged('it is no JSON');
  }
}

/** id@host:port, as in network.json. */
export function parsePeer(text: string): Peer | undefined {
  const parts = /^([0-9a-f]{40})@(?:tcp:\/\/)?(\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})$/.exec(text);
  const [, id, host, port] = parts ?? [];
  if (id === undefined || host === undefined || port === undefined) return undefined;
  return { id, host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function problemOf(plan: NetworkPlan): string | undefined {
  if (!Number.isInteger(plan.validators) || plan.validators < 1 || plan.validators > VALIDATORS_MAX)
    return `a network has 1 to ${VALIDATORS_MAX} validators.`;
  const wrong = plan.hosts.find((host) => !/^[\w.:-]{1,253}$/.test(host));
  if (wrong !== undefined) return `"${wrong.slice(0, 40)}" is no host name or address.`;
  const last = (plan.basePort ?? P2P_PORT) + plan.validators * PORT_STEP;
  if (last > 65_535) return 'the ports do not suffice.';
  try {
    mkdirSync(plan.output, { recursive: true, mode: 0o700 });
    if (existsSync(plan.output) && readdirSync(plan.output).length > 0)
      return `the folder ${plan.output} is not empty.`;
  } catch {
    return `the folder ${plan.output} cannot be written.`;
  }
  return undefined;
}

function planNode(plan: NetworkPlan, index: number): PlannedNode {
  const isHere = plan.hosts.length === 0;
  const hostOf = (node: number) => plan.hosts[node % Math.max(1, plan.hosts.length)] ?? '127.0.0.1';
  const host = hostOf(index);
  // Only nodes that share a machine need ports of their own.
  const before = Array.from({ length: index }, (_, other) => hostOf(other)).filter((other) => other === host);
  const port = (plan.basePort ?? P2P_PORT) + before.length * PORT_STEP;
  const type = plan.keyType === 'mixed' ? (index % 2 === 0 ? 'secp256k1' : 'ed25519') : plan.keyType;
  const nodeSecret = plan.random.bytes(32);
  const name = `node${index}`;
  return {
    name,
    home: join(plan.output, name),
    host,
    p2p: { host: plan.local === true || isHere ? host : '0.0.0.0', port },
    rpc: { host: plan.publicRpc === true ? host : '127.0.0.1', port: port + 1 },
    id: nodeId(nodeSecret),
    nodeSecret,
    validator: createConsensusSecret(type, plan.random),
  };
}

function configOf(plan: NetworkPlan, node: PlannedNode, nodes: readonly PlannedNode[]): NodeConfig {
  const peers = nodes.filter((other) => other !== node).map(peerOf);
  const isHere = plan.hosts.length === 0;
  const isOpen = plan.publicRpc === true && !isHere && plan.local !== true;
  return {
    moniker: node.name,
    p2p: {
      ...node.p2p,
      peers,
      local: plan.local ?? isHere,
      ...(isHere ? {} : { external: { host: node.host, port: node.p2p.port } }),
    },
    rpc: isOpen ? { host: '0.0.0.0', port: node.rpc.port } : node.rpc,
    ...plan.settings,
  };
}

/** genesis.json of CometBFT v0.38, with the application's own genesis as app_state. */
export function genesisJson(genesis: Genesis): string {
  const evidence = evidenceAgeOf(genesis);
  const document = {
    genesis_time: timeToText(genesis.time),
    chain_id: genesis.chainId,
    initial_height: '1',
    consensus_params: {
      block: { max_bytes: String(BLOCK_BYTES_MAX), max_gas: '-1' },
      evidence: {
        max_age_num_blocks: String(evidence.blocks),
        max_age_duration: String(evidence.seconds * 1_000_000_000n),
        max_bytes: String(EVIDENCE_BYTES_MAX),
      },
      validator: { pub_key_types: ['ed25519', 'secp256k1'] },
      version: { app: '1' },
      abci: { vote_extensions_enable_height: '0' },
    },
    validators: genesis.validators.map(({ key, power }, index) => ({
      address: bytesToHex(consensusAddress(key)).toUpperCase(),
      pub_key: publicKeyJson(key),
      power: String(power),
      name: `node${index}`,
    })),
    app_hash: '',
    app_state: JSON.parse(encodeAppState(genesis)) as unknown,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
