// Which network `dipnet serve` joins: from a network file or from addresses, and from which block on it is trusted.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FaultError, unwrap } from '../../base/index.ts';
import { writeFileAtomic } from '../adapters/data-dir.ts';
import type { NetworkFile } from '../cometbft/network.ts';
import { parseNetworkFile } from '../cometbft/network.ts';
import { parseStatus } from '../cometbft/rpc-answers.ts';
import { createRpcClient, readAnswer } from '../cometbft/rpc-client.ts';
import type { NetworkChoice } from '../services/network-world.ts';
import { networkWorldFault } from '../services/network-world.ts';
import type { Parsed } from './arguments.ts';
import { cliFault } from './arguments.ts';

/** As `dipnet network init` writes it. */
const NETWORK_FILE = 'network.json';
/** In a console's folder: the network it was opened with last, for a start at which no node answers. */
const KEPT_FILE = 'network.json';

/** Undefined where none was asked for. @throws FaultError where it cannot be used. */
export async function chosenNetwork(
  values: Parsed['values'],
  dataPath: string,
): Promise<NetworkChoice | undefined> {
  const given = values['network'];
  if (typeof given !== 'string') {
    if (values['checkpoint'] !== undefined) throw usage('--checkpoint goes with --network.');
    return undefined;
  }
  if (values['demo'] === true)
    throw usage('--demo runs a network of its own; leave --demo or --network out.');
  const isFile = !/^https?:/.test(given);
  const network = isFile ? readNetwork(given) : await networkAt(given.split(','), dataPath);
  const checkpoint = checkpointOf(values['checkpoint']) ?? network.checkpoint;
  if (checkpoint === undefined) throw new FaultError(networkWorldFault('network.checkpoint.missing'));
  const { chainId, rpcs } = network;
  return {
    chainId,
    rpcs,
    checkpoint: { height: BigInt(checkpoint.height), hashHex: checkpoint.hash.toLowerCase() },
  };
}

const usage = (problem: string) => new FaultError(cliFault('cli.usage', { command: 'serve', problem }));

/** The network's file, or the folder that it lies in. */
function readNetwork(given: string): NetworkFile {
  const inFolder = join(given, NETWORK_FILE);
  const file = existsSync(inFolder) ? inFolder : given;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new FaultError(cliFault('cli.file.unreadable', { file }));
  }
  return unwrap(parseNetworkFile(text, file));
}

/** Notes in an opened folder what it was opened with. */
export function keepNetwork({ chainId, rpcs }: NetworkChoice, dataPath: string): void {
  const kept: NetworkFile = { v: 1, chainId, rpcs, peers: [] };
  writeFileAtomic(join(dataPath, KEPT_FILE), `${JSON.stringify(kept, undefined, 2)}\n`);
}

/** The network that the folder was opened with through these very nodes; undefined where it was not. */
function keptNetwork(rpcs: readonly string[], dataPath: string): NetworkFile | undefined {
  try {
    const kept = parseNetworkFile(readFileSync(join(dataPath, KEPT_FILE), 'utf8'), KEPT_FILE);
    return kept.ok && kept.value.rpcs.join() === rpcs.join() ? kept.value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The name of the network is the node's own word; the checkpoint's signatures prove it or not. Without an answer it is
 * the one of before, so that a console opens without a connection.
 */
async function networkAt(rpcs: readonly string[], dataPath: string): Promise<NetworkFile> {
  if (!rpcs.every((address) => URL.canParse(address) && /^https?:/.test(address)))
    throw usage('--network takes a file, or addresses like http://node.example:26657 separated by commas.');
  const client = createRpcClient(rpcs);
  try {
    const answer = readAnswer(client, await client.call('status', {}), parseStatus);
    const kept = answer.ok ? undefined : keptNetwork(rpcs, dataPath);
    return kept ?? { v: 1, chainId: unwrap(answer).chainId, rpcs, peers: [] };
  } finally {
    client.close();
  }
}

function checkpointOf(text: string | boolean | undefined): NetworkFile['checkpoint'] {
  if (typeof text !== 'string') return undefined;
  const [, height, hash] = /^([1-9]\d{0,18}):([0-9a-fA-F]{64})$/.exec(text) ?? [];
  if (height === undefined || hash === undefined)
    throw usage('--checkpoint takes a height and a block hash: 1234:9f86d0…');
  return { height, hash };
}
