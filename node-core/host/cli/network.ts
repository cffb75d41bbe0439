// `dipnet network`: makes networks, joins them, and notes what a console must trust to begin with.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import { headerHash } from '../../comet/index.ts';
import { createRpcProvider } from '../adapters/rpc-provider.ts';
import { systemClock, systemRandom } from '../adapters/system.ts';
import { stateSyncFrom } from '../cometbft/config.ts';
import { createFounderKeys, createNetworkGenesis, writeFounderKeys } from '../cometbft/genesis.ts';
import type { KeyType } from '../cometbft/keys.ts';
import type { NetworkFile } from '../cometbft/network.ts';
import {
  initNetwork,
  joinNetwork,
  parseNetworkFile,
  parsePeer,
  VALIDATORS_MAX,
} from '../cometbft/network.ts';

import type { Parsed } from './arguments.ts';
import { cliFault, parseOptions, parseWhole } from './arguments.ts';
import type { Terminal } from './terminal.ts';
import { createTerminal } from './terminal.ts';

const INIT_HELP = `dipnet network init: writes the folders of a new network, ready to run

  --validators N     how many validators, 1 to ${VALIDATORS_MAX} (default 4; from 4 on one may fail)
  --output DIR       where to write; must be empty or new (default: network)
  --hosts a,b,c      names or addresses of the machines the nodes will run on, in turn
                     (default: all on this machine, reachable from it alone)
  --key-type TYPE    ed25519, secp256k1 or mixed (default ed25519)
  --chain-id NAME    name of the network, up to 50 letters, digits, . and - (default: a new one)
  --port N           first port; each node on one machine takes two (default 26656)
  --public-rpc       answer questions of consoles on other machines, not only of this one

Writes a folder for each node, genesis.json and network.json for whoever joins, and founders.json with the
keys of the first accounts, which belongs in a safe place. Overwrites nothing.
`;

const CHECKPOINT_HELP = `dipnet network checkpoint: notes the block that consoles trust to begin with

  --network FILE     a network.json; its nodes are asked for their latest block, which is noted in it

Compare the hash with what somebody else on the network sees: consoles believe what follows from it.
`;

const JOIN_HELP = `dipnet network join: writes the folder of one more node for a running network

  --network FILE     its network.json, with genesis.json beside it; with a checkpoint in it, the new node
                     takes a snapshot of the state instead of all blocks
  --output DIR       where to write; must be empty or new
  --name NAME        how the node calls itself (default: node)
  --host NAME        where others reach it (default: nowhere; it only calls others)
  --port N           first port (default 26656)
  --key-type TYPE    ed25519 or secp256k1 (default ed25519)

It is a full node at first, and signs once its key is registered: see "dipnet validator". Overwrites nothing.
`;

export const NETWORK_HELP = `dipnet network: makes and joins networks of validators

  dipnet network init         writes the folders of a new network, ready to run
  dipnet network checkpoint   notes the block that consoles trust to begin with
  dipnet network join         writes the folder of one more node for a running network

Run each with --help for what it takes. A network of four on this machine:

  dipnet network init --validators 4 --output net
  dipnet node --home net/node0                  (node1 to node3 too, each in a terminal of its own)
  dipnet network checkpoint --network net/network.json
  dipnet serve --network net/network.json

A validator's key signs for stake: there must be exactly one running node with it, and no command here ever
overwrites one. "dipnet validator" registers the key of a node that joined, replaces it, and ends a time in
jail. docs/network.md tells how to run a network on real machines.
`;

const OPTIONS = {
  validators: { type: 'string' },
  output: { type: 'string' },
  hosts: { type: 'string' },
  'key-type': { type: 'string' },
  'chain-id': { type: 'string' },
  port: { type: 'string' },
  'public-rpc': { type: 'boolean' },
  network: { type: 'string' },
  name: { type: 'string' },
  host: { type: 'string' },
  help: { type: 'boolean' },
} as const;

type Values = Parsed['values'];
type Action = (values: Values, terminal: Terminal) => Promise<Result<void>> | Result<void>;

const ACTIONS: Readonly<Record<string, { readonly help: string; readonly run: Action }>> = {
  init: { help: INIT_HELP, run: init },
  checkpoint: { help: CHECKPOINT_HELP, run: checkpoint },
  join: { help: JOIN_HELP, run: joinExisting },
};

export async function runNetwork(args: readonly string[]): Promise<number> {
  const terminal = createTerminal(false);
  const parsed = parseOptions('network', args, OPTIONS);
  if (!parsed.ok) {
    terminal.fault(parsed.fault);
    return 1;
  }
  const { values, positionals } = parsed.value;
  const [name = ''] = positionals;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (values['help'] === true) {
    process.stdout.write(action?.help ?? NETWORK_HELP);
    return 0;
  }
  const done =
    action === undefined || positionals.length > 1
      ? usage(`One of ${Object.keys(ACTIONS).join(', ')} is needed.`)
      : await action.run(values, terminal);
  if (!done.ok) terminal.fault(done.fault);
  return done.ok ? 0 : 1;
}

const usage = (problem: string) => refuse(cliFault('cli.usage', { command: 'network', problem }));
const text = (values: Values, name: string, fallback: string) => {
  const value = values[name];
  return typeof value === 'string' ? value : fallback;
};

function keyTypeOf(values: Values, allowed: readonly string[]): Result<string> {
  const type = text(values, 'key-type', 'ed25519');
  return allowed.includes(type) ? ok(type) : usage(`--key-type is one of ${allowed.join(', ')}.`);
}

function init(values: Values, terminal: Terminal): Result<void> {
  const validators = parseWhole('network', 'validators', text(values, 'validators', '4'), 1, VALIDATORS_MAX);
  if (!validators.ok) return validators;
  const port = parseWhole('network', 'port', text(values, 'port', '26656'), 1024, 65_000);
  if (!port.ok) return port;
  const keyType = keyTypeOf(values, ['ed25519', 'secp256k1', 'mixed']);
  if (!keyType.ok) return keyType;
  const chainId = text(values, 'chain-id', `dipnet-${bytesToHex(systemRandom.bytes(4))}`);
  if (!/^[\w.-]{1,50}$/.test(chainId)) return usage('--chain-id takes up to 50 letters, digits, . and -');
  const output = text(values, 'output', 'network');
  const hosts = text(values, 'hosts', '').split(',').filter(Boolean);
  const founders = createFounderKeys(systemRandom, validators.value);
  const made = initNetwork({
    output,
    validators: validators.value,
    keyType: keyType.value as KeyType | 'mixed',
    hosts,
    basePort: port.value,
    publicRpc: values['public-rpc'] === true,
    random: systemRandom,
    genesis: (set) =>
      createNetworkGenesis({ chainId, nowMs: systemClock.nowMs(), founders, validators: set }),
  });
  if (!made.ok) return made;
  const secrets = writeFounderKeys(output, founders);
  terminal.line(`The network ${chainId} with ${made.value.nodes.length} validators is in ${output}.`);
  for (const { name, host, p2p, rpc, validator } of made.value.nodes)
    terminal.line(`  ${name.padEnd(8)} ${host}  p2p ${p2p.port}  rpc ${rpc.port}  ${validator.type}`);
  terminal.line(
    `${secrets} holds the keys of the first accounts and of the validators' operators: move it to a safe place.`,
  );
  terminal.line(
    hosts.length === 0
      ? `Start each in a terminal of its own: dipnet node --home ${join(output, 'node0')}`
      : 'Copy each folder to its machine, by a way that nobody else can read, and start it there: dipnet node --home nodeN',
  );
  return ok(undefined);
}

function readNetwork(values: Values): Result<{ file: string; network: NetworkFile }> {
  const file = values['network'];
  if (typeof file !== 'string') return usage('--network FILE is needed.');
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch {
    return refuse(cliFault('cli.file.unreadable', { file }));
  }
  const network = parseNetworkFile(content, file);
  return network.ok ? ok({ file, network: network.value }) : network;
}

async function checkpoint(values: Values, terminal: Terminal): Promise<Result<void>> {
  const read = readNetwork(values);
  if (!read.ok) return read;
  const { file, network } = read.value;
  const found = await latestCheckpoint(network);
  if (!found.ok) return found;
  writeFileSync(file, `${JSON.stringify({ ...network, checkpoint: found.value }, undefined, 2)}\n`);
  terminal.line(`block ${found.value.height}  ${found.value.hash}`);
  terminal.line(
    `Noted in ${file}. Compare it with what somebody else on the network sees before you pass it on.`,
  );
  return ok(undefined);
}

/** The newest block on which every node that answers agrees. */
async function latestCheckpoint(network: NetworkFile): Promise<Result<{ height: string; hash: string }>> {
  const providers = network.rpcs.map(createRpcProvider);
  const latest = await Promise.all(providers.map((provider) => provider.lightBlock('latest')));
  const heights = latest.flatMap((block) => (block.ok ? [block.value.header.height] : []));
  const lowest = heights.sort((a, b) => (a < b ? -1 : 1))[0];
  if (lowest === undefined)
    return latest.find((block) => !block.ok) as Extract<(typeof latest)[number], { ok: false }>;
  const blocks = await Promise.all(providers.map((provider) => provider.lightBlock(lowest)));
  const hashes = new Set(
    blocks.flatMap((block) => (block.ok ? [bytesToHex(headerHash(block.value.header))] : [])),
  );
  const [hash] = hashes;
  if (hash === undefined || hashes.size > 1)
    return usage(`The nodes do not agree on block ${lowest}: one of them lies, or is on another network.`);
  return ok({ height: String(lowest), hash });
}

function joinExisting(values: Values, terminal: Terminal): Result<void> {
  const read = readNetwork(values);
  if (!read.ok) return read;
  const { file, network } = read.value;
  const port = parseWhole('network', 'port', text(values, 'port', '26656'), 1024, 65_000);
  if (!port.ok) return port;
  const keyType = keyTypeOf(values, ['ed25519', 'secp256k1']);
  if (!keyType.ok) return keyType;
  const output = values['output'];
  if (typeof output !== 'string') return usage('--output DIR is needed.');
  const beside = join(file, '..', 'genesis.json');
  let genesisJson: string;
  try {
    genesisJson = readFileSync(beside, 'utf8');
  } catch {
    return refuse(cliFault('cli.file.unreadable', { file: beside }));
  }
  const host = values['host'];
  const joined = joinNetwork({
    home: output,
    genesisJson,
    random: systemRandom,
    keyType: keyType.value as KeyType,
    config: joinConfig(network, {
      name: text(values, 'name', 'node'),
      host: typeof host === 'string' ? host : undefined,
      port: port.value,
    }),
  });
  if (!joined.ok) return joined;
  terminal.line(`A node for ${network.chainId} is in ${output}. Start it with: dipnet node --home ${output}`);
  return ok(undefined);
}

type JoinNames = { readonly name: string; readonly host: string | undefined; readonly port: number };

function joinConfig(network: NetworkFile, { name, host, port }: JoinNames) {
  const peers = network.peers.flatMap((peer) => parsePeer(peer) ?? []);
  const isLocal = peers.every((peer) => /^(127\.|::1$|localhost$)/.test(peer.host));
  const { checkpoint } = network;
  return {
    moniker: name,
    p2p: {
      host: host === undefined || isLocal ? '127.0.0.1' : '0.0.0.0',
      port,
      peers,
      local: isLocal,
      ...(host === undefined ? {} : { external: { host, port } }),
    },
    rpc: { host: '127.0.0.1', port: port + 1 },
    ...(checkpoint === undefined
      ? {}
      : { stateSync: stateSyncFrom(network.rpcs, BigInt(checkpoint.height), checkpoint.hash) }),
  };
}
