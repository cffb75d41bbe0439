// How many signed transfers four validators on this machine put into blocks, beside CometBFT's own key-value application
// in the same run with the same settings, sizes and senders. Every transaction that was accepted must be in a block.
// Before what is measured, both get as much as makes compilers and caches warm. Processor time is given beside the
// clock's, since four validators and their senders share this machine with whatever else runs on it. A third network has
// an application that accepts everything and keeps nothing: no application behind this socket can be faster.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Bytes } from '../../node-core/base/index.ts';
import { base64, unwrap, utf8ToBytes } from '../../node-core/base/index.ts';
import { nativeSha256, systemClock } from '../../node-core/host/adapters/system.ts';
import { findCometBft } from '../../node-core/host/cometbft/binary.ts';
import type { NodeConfig } from '../../node-core/host/cometbft/config.ts';
import { parseBlock } from '../../node-core/host/cometbft/rpc-answers.ts';
import { createRpcClient } from '../../node-core/host/cometbft/rpc-client.ts';
import { median, report } from '../figures.ts';
import { runAcceptingNode } from './testing/accepting-node.ts';
import type { Cluster } from './testing/cluster.ts';
import { createCluster, reach } from './testing/cluster.ts';
import { createPeople, fundsOf, transfer } from './testing/load.ts';

const TRANSFERS = Number(process.env['BENCH_TRANSFERS'] ?? 12_000);
const WARM_UP = Number(process.env['BENCH_WARM_UP'] ?? 6000);
const PEOPLE = 600;
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 2);
/**
 * Senders of each node, each with its own people, so that the transactions of one account keep their order. Each waits for
 * an answer before it sends the next: fewer would measure how long an answer takes.
 */
const SENDERS_PER_NODE = 25;
const RATIO_LEAST = 0.5;
/** Between two looks for a block: to ask all the time would take the processor from those who make it. */
const POLL_MS = 20;
const SETTINGS: NonNullable<NodeConfig['consensus']> = { commitMs: 300, heartbeatMs: 1000, hurry: true };

const KINDS = ['kvstore', 'accepting', 'dipnet'] as const;
type Kind = (typeof KINDS)[number];

const binary = unwrap(await findCometBft());
const people = createPeople(PEOPLE);

/** Of each person, its transfers in their order. */
function signedTransfers(): Bytes[][] {
  return people.map((person, index) => {
    const friend = people[(index + 1) % PEOPLE] as (typeof people)[number];
    const count = Math.ceil((WARM_UP + TRANSFERS) / PEOPLE);
    return Array.from({ length: count }, (_, seq) => transfer(person, friend.address, seq, BigInt(seq + 1)));
  });
}

/** As many entries of the same size, all different. */
function entriesLike(transfers: readonly Bytes[][]): Bytes[][] {
  return transfers.map((own) =>
    own.map((tx) => {
      const key = randomBytes(8).toString('hex');
      return utf8ToBytes(`${key}=`.padEnd(tx.length, 'v'));
    }),
  );
}

type Run = {
  readonly rate: number;
  readonly accepted: number;
  readonly committed: number;
  /** Processor time a transaction, of all validators together and of the senders. */
  readonly processor: Processor;
};

type Processor = { readonly appMs: number; readonly cometMs: number; readonly sendersMs: number };

async function measure(cluster: Cluster, lists: readonly Bytes[][]): Promise<Run> {
  await reach(cluster.nodes, 2);
  const warm = Math.ceil(WARM_UP / PEOPLE);
  await sendAll(
    cluster,
    lists.map((own) => own.slice(0, warm)),
  );
  const before = processorOf(cluster);
  const { rate, accepted, committed } = await sendAll(
    cluster,
    lists.map((own) => own.slice(warm)),
  );
  const after = processorOf(cluster);
  const each = (name: keyof Processor) => (after[name] - before[name]) / committed;
  const processor = { appMs: each('appMs'), cometMs: each('cometMs'), sendersMs: each('sendersMs') };
  return { rate, accepted, committed, processor };
}

/** Sends all and waits until all that was accepted is in blocks. */
async function sendAll(cluster: Cluster, lists: readonly Bytes[][]): Promise<Omit<Run, 'processor'>> {
  const accepted = new Set<string>();
  const senders = cluster.nodes.length * SENDERS_PER_NODE;
  const first = (await cluster.nodes[0]?.height()) ?? 0;
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: senders }, async (_, sender) => {
      const client = createRpcClient([cluster.rpcs()[sender % cluster.nodes.length] as string]);
      const own = lists.filter((_, index) => index % senders === sender);
      for (let seq = 0; own.some((list) => seq < list.length); seq++) {
        for (const list of own) {
          const tx = list[seq];
          if (tx !== undefined && (await handIn(client, tx))) accepted.add(nameOf(tx));
        }
      }
      client.close();
    }),
  );
  const found = await findAll(cluster, accepted, first);
  return {
    rate: found.committed / ((found.lastMs - startMs) / 1000),
    accepted: accepted.size,
    committed: found.committed,
  };
}

/** Of the applications, of CometBFT and of this process until now. CometBFT has its own application in itself. */
function processorOf(cluster: Cluster): Processor {
  const pids = cluster.nodes.map((node) => node.pids);
  const sum = (of: readonly (number | undefined)[]) =>
    of.reduce<number>((total, pid) => total + (pid === undefined ? 0 : processorMs(pid)), 0);
  const { user, system } = process.cpuUsage();
  return {
    appMs: sum(pids.map(([app, comet]) => (comet === undefined ? undefined : app))),
    cometMs: sum(pids.map(([app, comet]) => comet ?? app)),
    sendersMs: (user + system) / 1000,
  };
}

/** Linux counts in hundredths of a second; 0 elsewhere. */
function processorMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold spaces; user and system time are the 12th and 13th behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

const nameOf = (tx: Bytes) => Buffer.from(nativeSha256(tx)).toString('hex');

async function handIn(client: ReturnType<typeof createRpcClient>, tx: Bytes): Promise<boolean> {
  for (;;) {
    const answer = await client.call('broadcast_tx_sync', { tx: base64.encode(tx) });
    if (answer.kind === 'result') return (answer.value as { code: number }).code === 0;
    if (answer.kind === 'declined' && /exists in cache/.test(answer.text)) return true;
  }
}

/** Follows the blocks until all are found, or nothing new comes any more. */
async function findAll(cluster: Cluster, wanted: ReadonlySet<string>, first: number) {
  const client = createRpcClient(cluster.rpcs());
  const missing = new Set(wanted);
  let lastMs = performance.now();
  for (let height = first; missing.size > 0; ) {
    const at = { height: String(height) };
    const [block, results] = [await client.call('block', at), await client.call('block_results', at)];
    if (block.kind !== 'result' || results.kind !== 'result') {
      if (performance.now() - lastMs > 30_000) break;
      await systemClock.sleep(POLL_MS);
      continue;
    }
    for (const { tx } of parseBlock(block.value, results.value, BigInt(height)).block.txs) {
      if (missing.delete(nameOf(tx))) lastMs = performance.now();
    }
    height++;
  }
  client.close();
  return { committed: wanted.size - missing.size, lastMs };
}

async function run(kind: Kind, lists: readonly Bytes[][]): Promise<Run> {
  const cluster = await createCluster({
    validators: 4,
    keyType: 'ed25519',
    binary,
    funded: fundsOf(people),
    settings: { consensus: SETTINGS, indexTxs: false },
    kvstore: kind === 'kvstore',
    ...(kind === 'accepting' ? { program: (home) => [process.execPath, process.argv[1] ?? '', home] } : {}),
  });
  try {
    for (const node of cluster.nodes) node.start();
    return await measure(cluster, lists);
  } finally {
    await cluster.close();
  }
}

async function main(): Promise<void> {
  const transfers = signedTransfers();
  const runs: Record<Kind, Run[]> = { kvstore: [], accepting: [], dipnet: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of KINDS)
      runs[kind].push(await run(kind, kind === 'kvstore' ? entriesLike(transfers) : transfers));
  }
  const rateOf = (kind: Kind) => median(runs[kind].map(({ rate }) => rate));
  const processorOfRun = ({ processor: { appMs, cometMs, sendersMs } }: Run) => appMs + cometMs + sendersMs;
  const of = (kind: Kind, figure: (run: Run) => number) => median(runs[kind].map(figure));
  const reference = { what: 'kvstore', value: rateOf('kvstore') };
  const size = `${transfers[0]?.[0]?.length ?? 0} bytes`;
  report({
    what: `four validators: transfers of ${size} put into blocks`,
    value: rateOf('dipnet'),
    unit: 'tx/s',
    least: reference.value * RATIO_LEAST,
    reference,
  });
  report({
    what: 'the same, an application that accepts everything',
    value: rateOf('accepting'),
    unit: 'tx/s',
    reference,
  });
  report({
    what: 'its processor time a transfer, senders too',
    value: of('accepting', processorOfRun),
    unit: 'ms',
    reference: { what: 'kvstore', value: of('kvstore', processorOfRun) },
  });
  report({
    what: 'four validators and senders: processor time a transfer',
    value: of('dipnet', processorOfRun),
    unit: 'ms',
    reference: { what: 'kvstore', value: of('kvstore', processorOfRun) },
  });
  report({
    what: 'of it the four applications',
    value: of('dipnet', ({ processor }) => processor.appMs),
    unit: 'ms',
  });
  report({
    what: 'of it CometBFT, four times',
    value: of('dipnet', ({ processor }) => processor.cometMs),
    unit: 'ms',
    reference: { what: 'kvstore', value: of('kvstore', ({ processor }) => processor.cometMs) },
  });
  const lost = runs.dipnet.reduce((sum, { accepted, committed }) => sum + accepted - committed, 0);
  report({ what: 'four validators: accepted transfers in no block', value: lost, unit: 'tx', limit: 0 });
}

// Each accepting node is this program once more, with its folder as the argument.
const [, , home] = process.argv;
await (home === undefined ? main() : runAcceptingNode(home, binary));
