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
    view: () => readView(client, supervisor),
  });
}

/** From config.toml as it is, since it may have been edited by hand. */
function readRpc(home: string): Result<string> {
  let text: string;
  try {
    text = readFileSync(homePath(home, 'settings'), 'utf8');
  } catch {
    return refuse(cometbftFault('cometbft.home.missing', { folder: home, file: FILES.settings.join('/') }));
  }
  const section = text.split(/^\[/m).find((part) => part.startsWith('rpc]')) ?? '';
  const listens = /^laddr\s*=\s*["']tcp:\/\/(.+):(\d+)["']/m.exec(section);
  const [, host, port] = listens ?? [];
  if (host === undefined || port === undefined) {
    const file = FILES.settings.join('/');
    return refuse(cometbftFault('cometbft.home.damaged', { file, reason: 'it names no RPC address' }));
  }
  const reachable = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }[host] ?? host;
  return ok(`http://${reachable}:${port}`);
}

async function readInfo(client: RpcClient) {
  const info = readAnswer(client, await client.call('status', {}), parseStatus);
  return info.ok ? info.value : undefined;
}

async function readView(client: RpcClient, supervisor: NodeSupervisor): Promise<NodeView> {
  const info = await readInfo(client);
  const peers = readAnswer(client, await client.call('net_info', {}), parsePeers);
  const { state, restarts, pid } = supervisor.status();
  return {
    state,
    height: String(info?.height ?? 0n),
    catchingUp: info?.catchingUp ?? true,
    peers: peers.ok ? peers.value : 0,
    restarts,
    pid,
  };
}
