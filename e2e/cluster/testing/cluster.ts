// A network of real nodes on this machine for tests: each is its own `dipnet node` process with its own CometBFT, killed
// by process id and never by name.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unwrap } from '../../../node-core/base/index.ts';
import type { Genesis } from '../../../node-core/chain/index.ts';
import { systemClock, systemRandom } from '../../../node-core/host/adapters/system.ts';
import type { HostPort, NodeConfig } from '../../../node-core/host/cometbft/config.ts';
import { rpcUrl } from '../../../node-core/host/cometbft/config.ts';
import type { FounderKeys, Funding } from '../../../node-core/host/cometbft/genesis.ts';
import { createFounderKeys, createNetworkGenesis } from '../../../node-core/host/cometbft/genesis.ts';
import type { Network, NetworkPlan } from '../../../node-core/host/cometbft/network.ts';
import { initNetwork } from '../../../node-core/host/cometbft/network.ts';
import { createRpcClient } from '../../../node-core/host/cometbft/rpc-client.ts';
import { freePorts } from '../../../node-core/host/cometbft/testing/ports.ts';
import { DIPNET } from '../../world.ts';

export const CHAIN_ID = 'cluster-test';
const LOG_LINES_MAX = 200;

export type ClusterOptions = {
  readonly validators: number;
  readonly keyType: NetworkPlan['keyType'];
  readonly binary: string;
  readonly funded?: readonly Funding[];
  readonly params?: Genesis['params'];
  readonly settings?: NetworkPlan['settings'];
  readonly hosts?: readonly string[];
  /** Changes the genesis before it is written. */
  readonly genesis?: NetworkPlan['genesis'];
  readonly nodeOptions?: readonly string[];
  /** CometBFT alone with its built-in application, for comparison. */
  readonly kvstore?: boolean;
  /** Runs a node in this folder in place of `dipnet node`. */
  readonly program?: (home: string) => readonly string[];
  /** Before the command of the node with this index, for instance to run it inside a network namespace. */
  readonly wrap?: (index: number) => readonly string[];
};

/** Quick blocks: what is tested is what happens, not how long it waits. */
export const QUICK: NonNullable<NodeConfig['consensus']> = {
  commitMs: 150,
  proposeMs: 1000,
  voteMs: 500,
  heartbeatMs: 1000,
  hurry: true,
};

export type Cluster = {
  readonly folder: string;
  readonly nodes: ClusterNode[];
  readonly network: Network;
  readonly founders: FounderKeys;
  /** A node of the same network with a folder of its own. */
  add(home: string, rpc: HostPort): ClusterNode;
  rpcs(): string[];
  /** Ends every process that was started, and removes the folder. */
  close(): Promise<void>;
};

export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-cluster-'));
  const [basePort = 0] = await freePorts(options.validators * 10 + 30);
  const founders = createFounderKeys(systemRandom, options.validators);
  const network = unwrap(
    initNetwork({
      output: join(folder, 'net'),
      validators: options.validators,
      keyType: options.keyType,
      hosts: options.hosts ?? [],
      publicRpc: true,
      local: true,
      basePort,
      random: systemRandom,
      settings: options.settings ?? { consensus: QUICK },
      genesis:
        options.genesis ??
        ((validators) =>
          createNetworkGenesis({
            chainId: CHAIN_ID,
            nowMs: systemClock.nowMs(),
            founders,
            validators,
            ...(options.funded === undefined ? {} : { funded: options.funded }),
            ...(options.params === undefined ? {} : { params: options.params }),
          })),
    }),
  );
  const create = (home: string, rpc: HostPort, command: readonly string[] = []) =>
    new ClusterNode(home, rpcUrl(rpc), options.binary, commandOf(home, options, command));
  const nodes = network.nodes.map((node, index) => create(node.home, node.rpc, options.wrap?.(index)));
  return {
    folder,
    nodes,
    network,
    founders,
    add(home, rpc) {
      const node = create(home, rpc);
      nodes.push(node);
      return node;
    },
    rpcs: () => nodes.map(({ rpc }) => rpc),
    async close() {
      await Promise.all(nodes.map((node) => node.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function commandOf(home: string, options: ClusterOptions, wrap: readonly string[]): string[] {
  const own =
    options.kvstore === true
      ? [options.binary, 'start', '--home', home, '--proxy_app', 'kvstore']
      : (options.program?.(home) ?? [
          process.execPath,
          DIPNET,
          'node',
          '--home',
          home,
          '--json',
          ...(options.nodeOptions ?? []),
        ]);
  return [...wrap, ...own];
}

export class ClusterNode {
  readonly home: string;
  readonly rpc: string;
  readonly #binary: string;
  readonly #command: readonly string[];
  #child: ChildProcess | undefined;
  #cometPid: number | undefined;
  #lines: string[] = [];

  /** `command` runs it; `binary` is the cometbft program it needs. */
  constructor(home: string, rpc: string, binary: string, command: readonly string[]) {
    this.home = home;
    this.rpc = rpc;
    this.#binary = binary;
    this.#command = command;
  }

  /** Process of the application; undefined where it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Both processes. */
  get pids(): readonly number[] {
    return [this.#child?.pid, this.#cometPid].filter((pid) => pid !== undefined);
  }

  /** The last lines it wrote, for whoever looks at a failure. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Starts the process; answers() tells when it is there. */
  start(): void {
    const [program = process.execPath, ...parameters] = this.#command;
    const child = spawn(program, parameters, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DIPNET_COMETBFT: this.#binary },
    });
    this.#child = child;
    const read = (chunk: Buffer) => {
      for (const line of chunk.toString('utf8').split('\n').filter(Boolean)) this.#note(line);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
  }

  #note(line: string): void {
    this.#lines = [...this.#lines, line].slice(-LOG_LINES_MAX);
    const pid = /"pid":(\d+)/.exec(line)?.[1];
    if (pid !== undefined) this.#cometPid = Number(pid);
  }

  /** As a power cut: both processes end in the middle of whatever they do. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = exitOf(child);
    endProcess(this.#cometPid);
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = exitOf(child);
    child.kill('SIGTERM');
    const late = setTimeout(() => {
      endProcess(this.#cometPid);
      child.kill('SIGKILL');
    }, STOP_MS_MAX);
    await ended;
    clearTimeout(late);
  }

  /** Height of its latest block; -1 where it does not answer. */
  async height(): Promise<number> {
    return Number((await this.sync())?.['latest_block_height'] ?? -1);
  }

  async sync(): Promise<Readonly<Record<string, unknown>> | undefined> {
    return (await this.ask<{ sync_info: Record<string, unknown> }>('status', {}))?.sync_info;
  }

  /** The result of one question; undefined where it is declined or nobody answers. */
  async ask<T>(method: string, params: Readonly<Record<string, unknown>>): Promise<T | undefined> {
    const client = createRpcClient([this.rpc]);
    const answer = await client.call(method, params);
    client.close();
    return answer.kind === 'result' ? (answer.value as T) : undefined;
  }
}

const STOP_MS_MAX = 30_000;

/** Only ever a process that one of ours reported as its own child. */
function endProcess(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
}

const POLL_MS = 100;
/** On a machine that is busy with other things a block takes seconds. */
const WAIT_MS_MAX = 180_000;

/** Waits for a condition; says what was waited for when `limitMs` are over. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = WAIT_MS_MAX,
): Promise<void> {
  const untilMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > untilMs) throw new Error(`waited ${limitMs / 1000} s in vain: ${what}`);
    await systemClock.sleep(POLL_MS);
  }
}

/** All have this height or more. */
export function reach(nodes: readonly ClusterNode[], height: number, limitMs?: number): Promise<void> {
  const all = async () => {
    for (const node of nodes) if ((await node.height()) < height) return false;
    return true;
  };
  return eventually(`${nodes.length} nodes at height ${height}`, all, limitMs);
}

/** For engines that each ask another node first, and the others when that one is gone. */
export const rotationsOf = (rpcs: readonly string[]): string[][] =>
  rpcs.map((_, index) => [...rpcs.slice(index), ...rpcs.slice(0, index)]);
