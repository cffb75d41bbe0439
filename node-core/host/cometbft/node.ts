// One node as a whole: its folder, the application behind its ABCI socket, and CometBFT, under one supervisor.

import { readFileSync } from 'node:fs';
import type { Clock, Log, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { cometbftFault } from './faults.ts';
import { FILES, homePath } from './home.ts';
import { openNodeApp } from './node-app.ts';
import { parsePeers, parseStatus } from './rpc-answers.ts';
import type { RpcClient } from './rpc-client.ts';
import { createRpcClient, readAnswer } from './rpc-client.ts';
import type { NodeState, NodeStatus } from './supervisor.ts';
import { NodeSupervisor } from './supervisor.ts';

export type NodeOptions = {
  readonly home: string;
  /** The cometbft program, see findCometBft. */
  readonly binary: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How many blocks are kept behind the latest; undefined: all. */
  readonly keepBlocks?: number;
  /** A snapshot for those who join is made this often. */
  readonly snapshotBlocks?: number;
  /** Runs CometBFT by another command, for instance inside a network namespace. */
  readonly wrap?: readonly string[];
  /** Where its RPC is reached from here, if not where it listens. */
  readonly rpc?: string;
  readonly onChange?: (status: NodeStatus) => void;
};

export type NodeView = {
  readonly state: NodeState;
  readonly height: string;
  readonly catchingUp: boolean;
  /** It has no block yet and begins with a snapshot of the state, which one of its peers must have. */
  readonly waitsForSnapshot: boolean;
  readonly peers: number;
  readonly restarts: number;
  readonly pid: number | undefined;
};

export type ChainNode = {
  /** Address of its RPC. */
  readonly rpc: string;
  start(): Promise<Result<void>>;
  ready(): Promise<Result<void>>;
  stop(): Promise<void>;
  /** Ends CometBFT as a crash would. */
  kill(): void;
  status(): NodeStatus;
  view(): Promise<NodeView>;
};

/** Refused where the folder is no node. Nothing runs before start(). */
export function openNode(options: NodeOptions): Result<ChainNode> {
  const rpc = options.rpc === undefined ? readRpc(options.home) : ok(options.rpc);
  if (!rpc.ok) return rpc;
  const client = createRpcClient([rpc.value]);
  const { home, binary, clock, log, keepBlocks, snapshotBlocks, wrap, onChange } = options;
  const app = {
    home,
    log,
    ...(keepBlocks === undefined ? {} : { keepBlocks }),
    ...(snapshotBlocks === undefined ? {} : { snapshotBlocks }),
  };
  const supervisor = new NodeSupervisor({
    home,
    binary,
    clock,
    log,
    openApp: () => openNodeApp(app),
    isReady: async () => (await readInfo(client)) !== undefined,
    ...(wrap === undefined ? {} : { wrap }),
    ...(onChange === undefined ? {} : { onChange }),
  });
  return ok({
    rpc: rpc.value,
    start: () => supervisor.start(),
    ready: () => supervisor.ready(),
    async stop() {
      await supervisor.stop();
      client.close();
    },
    kill: () => supervisor.kill(),
    status: () => supervisor.status(),
    view: () => readView(client, supervisor, home),
  });
}

/** From config.toml as it is, since it may have been edited by hand. */
function readRpc(home: string): Result<string> {
  const section = readSection(home, 'rpc');
  if (section === undefined)
    return refuse(cometbftFault('cometbft.home.missing', { folder: home, file: FILES.settings.join('/') }));
  const listens = /^laddr\s*=\s*["']tcp:\/\/(.+):(\d+)["']/m.exec(section);
  const [, host, port] = listens ?? [];
  if (host === undefined || port === undefined) {
    const file = FILES.settings.join('/');
    return refuse(cometbftFault('cometbft.home.damaged', { file, reason: 'it names no RPC address' }));
  }
  const reachable = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }[host] ?? host;
  return ok(`http://${reachable}:${port}`);
}

/** One section of config.toml; empty where it has none, undefined where there is no such file. */
function readSection(home: string, name: string): string | undefined {
  try {
    const text = readFileSync(homePath(home, 'settings'), 'utf8');
    return text.split(/^\[/m).find((part) => part.startsWith(`${name}]`)) ?? '';
  } catch {
    return undefined;
  }
}

async function readInfo(client: RpcClient) {
  const info = readAnswer(client, await client.call('status', {}), parseStatus);
  return info.ok ? info.value : undefined;
}

async function readView(client: RpcClient, supervisor: NodeSupervisor, home: string): Promise<NodeView> {
  const info = await readInfo(client);
  const peers = readAnswer(client, await client.call('net_info', {}), parsePeers);
  const { state, restarts, pid } = supervisor.status();
  const isEmpty = info?.catchingUp === true && info.height === 0n;
  return {
    state,
    waitsForSnapshot: isEmpty && /^enable\s*=\s*true/m.test(readSection(home, 'statesync') ?? ''),
    height: String(info?.height ?? 0n),
    catchingUp: info?.catchingUp ?? true,
    peers: peers.ok ? peers.value : 0,
    restarts,
    pid,
  };
}
