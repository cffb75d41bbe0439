// A network that others run, as this console sees it: an engine over the RPC of its nodes, and a light node that begins
// at a checkpoint the user gave and believes none of them.

import { defineFaults, FaultError, hexToBytes, unwrap } from '../../base/index.ts';
import { createLightNode, defaultVerifyOptions } from '../../light/index.ts';
import { encodeParadigm, paradigmId } from '../../paradigm/index.ts';
import { readAsset } from '../adapters/assets.ts';
import { createRpcProvider } from '../adapters/rpc-provider.ts';
import { createSignatureBackend } from '../adapters/signatures.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import { CometEngine } from '../cometbft/engine.ts';
import type { World, WorldParts, WorldRecord } from './world.ts';

export const networkWorldFault = defineFaults('network', {
  'network.folder.other': {
    message: 'This data folder belongs to the network {kept}, not to {wanted}.',
    next: 'Choose another folder with --data; what it holds was proven on its own network.',
  },
  'network.checkpoint.missing': {
    message: 'The network is given without a block to trust, so nothing on it could be verified.',
    next: 'Give one with --checkpoint HEIGHT:HASH, or note it in the network file with "dipnet network checkpoint".',
  },
});

export type NetworkChoice = {
  readonly chainId: string;
  /** The first that answers is asked; the others are its witnesses. */
  readonly rpcs: readonly string[];
  readonly checkpoint: { readonly height: bigint; readonly hashHex: string };
};

export type NetworkWorldParts = Omit<WorldParts, 'chainKv'> & {
  readonly database: Sqlite;
  readonly record: WorldRecord;
};

/** A console opens without a connection too; what was verified before stays readable. */
const START_MS_MAX = 5000;

/** @throws FaultError where the folder was used with another network. */
export async function openNetworkWorld(network: NetworkChoice, parts: NetworkWorldParts): Promise<World> {
  keepToNetwork(parts.database, network);
  const { chainId, rpcs, checkpoint } = network;
  const engine = new CometEngine({
    rpcs,
    chainId,
    clock: parts.clock,
    log: parts.log,
    startMsMax: START_MS_MAX,
  });
  await engine.start();
  const light = createLightNode({
    root: { chainId, height: checkpoint.height, hash: hexToBytes(checkpoint.hashHex) },
    verify: defaultVerifyOptions(chainId, createSignatureBackend()),
    clock: parts.clock,
    store: parts.lightKv,
    providers: rpcs.map(createRpcProvider),
    // One node alone has nobody to contradict it; the Network page says so.
    witnessesMin: rpcs.length > 1 ? 1 : 0,
    log: parts.log,
  });
  const document = unwrap(encodeParadigm(new TextDecoder().decode(readAsset('paradigms', 'normal.json'))));
  return { record: parts.record, engine, light, paradigmId: paradigmId(document), knownNames: new Map() };
}

/** A folder stays with its network, and its index of events begins where trust begins. */
function keepToNetwork(database: Sqlite, { chainId, checkpoint }: NetworkChoice): void {
  const row = database.prepare("SELECT value FROM settings WHERE key = 'network'").get() as
    | { value: string }
    | undefined;
  const kept = row === undefined ? undefined : (JSON.parse(row.value) as string);
  if (kept !== undefined && kept !== chainId)
    throw new FaultError(networkWorldFault('network.folder.other', { kept, wanted: chainId }));
  if (kept !== undefined) return;
  database.prepare("INSERT INTO settings (key, value) VALUES ('network', ?)").run(JSON.stringify(chainId));
  database.prepare('UPDATE indexed SET height = ? WHERE height = 0').run(Number(checkpoint.height));
}
