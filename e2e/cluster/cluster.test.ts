// A network of real validators through everything that can happen to it, while ten thousand transfers go through it:
// kills, a stop, a newcomer by state sync, a delegation, a cut cable, a validator that signs twice. Each part goes on
// where the one before ended.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bytes } from '../../node-core/base/index.ts';
import { bytesToHex, unwrap } from '../../node-core/base/index.ts';
import {
  buildTx,
  parseState,
  signPossession,
  ValidatorState,
  validatorKey,
} from '../../node-core/chain/index.ts';
import type { Message } from '../../node-core/chain/messages.ts';
import { consensusAddress, createConsensusKey } from '../../node-core/comet/index.ts';
import { systemClock, systemRandom } from '../../node-core/host/adapters/system.ts';
import type { StateSync } from '../../node-core/host/cometbft/config.ts';
import { stateSyncFrom } from '../../node-core/host/cometbft/config.ts';
import type { CometEngine } from '../../node-core/host/cometbft/engine.ts';
import { writeHome } from '../../node-core/host/cometbft/home.ts';
import type { ConsensusSecret } from '../../node-core/host/cometbft/keys.ts';
import { createConsensusSecret } from '../../node-core/host/cometbft/keys.ts';
import { peerOf } from '../../node-core/host/cometbft/network.ts';
import { freePorts } from '../../node-core/host/cometbft/testing/ports.ts';
import type { KeyPair } from '../../node-core/identity/index.ts';
import type { LightNode } from '../../node-core/light/index.ts';
import { needTool } from '../../scripts/tools.mjs';
import type { Cluster, ClusterNode } from './testing/cluster.ts';
import { CHAIN_ID, createCluster, eventually, QUICK, reach, rotationsOf } from './testing/cluster.ts';
import {
  createEngine,
  createPeople,
  FEE_MICRO,
  findDiscrepancies,
  fundsOf,
  Load,
  readLedger,
  sequenceOf,
} from './testing/load.ts';
import { createNamespace } from './testing/namespace.ts';
import { createLight, findForks, memoryOf, validatorsOf } from './testing/views.ts';

const binary = needTool('cometbft', 'whole networks of validators');
const PEOPLE = 600;
/** Ten thousand in all; fewer while one part is worked on. */
const TRANSFERS_PER_PART = Number(process.env['CLUSTER_TRANSFERS'] ?? 10_200) / 6;
const PARTS = 6;
const EPOCH_BLOCKS = 10;
const SNAPSHOT_BLOCKS = 10;
const MICRO_PER_DPN = 1_000_000n;
const MEMORY_BYTES_MAX = 6 * 1024 ** 3;

const people = createPeople(PEOPLE + 1);
const newcomer = people[PEOPLE] as KeyPair;
const namespace = binary === undefined ? undefined : createNamespace();

let cluster: Cluster;
let engines: CometEngine[] = [];
let load: Load;
let light: LightNode;
let newcomerSecret: ConsensusSecret;
let newcomerNode: ClusterNode;

beforeAll(async () => {
  if (binary === undefined) return;
  cluster = await createCluster({
    validators: 4,
    keyType: 'mixed',
    binary,
    funded: [
      ...fundsOf(people.slice(0, PEOPLE)),
      { address: newcomer.address, amountMicro: 500_000n * MICRO_PER_DPN },
    ],
    params: { staking: { epochBlocks: EPOCH_BLOCKS } },
    nodeOptions: ['--snapshots', String(SNAPSHOT_BLOCKS)],
    ...(namespace === undefined
      ? {}
      : {
          hosts: [namespace.here, namespace.here, namespace.here, namespace.inside],
          wrap: (index) => (index === 3 ? namespace.wrap : []),
        }),
  });
  for (const node of cluster.nodes) node.start();
  await reach(cluster.nodes, 2);
  // The first three serve: the others come, go and are cut off.
  engines = rotationsOf(cluster.rpcs().slice(0, 3)).map(createEngine);
  for (const engine of engines) await engine.start();
  load = new Load(people.slice(0, PEOPLE), engines);
  light = await createLight(cluster.nodes.slice(0, 3));
});

afterAll(async () => {
  if (binary === undefined) return;
  for (const engine of engines) await engine.stop();
  await cluster.close();
  namespace?.remove();
});

const nodeAt = (index: number): ClusterNode => {
  const node = cluster.nodes[index];
  if (node === undefined) throw new Error('no such node');
  return node;
};
const engine = (): CometEngine => engines[0] as CometEngine;

async function submit(key: KeyPair, message: Message) {
  const seq = await sequenceOf(engine(), key.address);
  const tx = buildTx({ chainId: CHAIN_ID, key, seq, expiry: 1_000_000, feeMicro: FEE_MICRO, message });
  return unwrap(await engine().submit(tx));
}

async function validatorOf(operator: Bytes): Promise<ValidatorState> {
  const proof = unwrap(await engine().query(validatorKey(operator)));
  // Believed only with its proof, as a console does.
  unwrap(await light.verifyState(proof));
  return unwrap(parseState(ValidatorState, proof.value ?? new Uint8Array(0)));
}

const addressOf = ({ secretKey, type }: ConsensusSecret): string =>
  bytesToHex(consensusAddress(createConsensusKey(secretKey, type)));

/** From a block that the light node verified, with a snapshot after it to take. */
async function stateSyncNow(): Promise<StateSync> {
  const trusted = unwrap(await light.syncTo('latest'));
  await reach([nodeAt(0)], Number(trusted.height) + 2 * SNAPSHOT_BLOCKS);
  return stateSyncFrom([nodeAt(0).rpc, nodeAt(2).rpc], trusted.height, bytesToHex(trusted.hash));
}

/** A folder for one more node of this network. */
async function writeNode(
  name: string,
  validator: ConsensusSecret,
  stateSync: StateSync,
): Promise<ClusterNode> {
  const [port = 0, rpcPort = 0] = await freePorts(2);
  const host = namespace?.here ?? '127.0.0.1';
  const home = join(cluster.folder, name);
  const peers = cluster.network.nodes.map(peerOf);
  const config = {
    moniker: name,
    p2p: { host, port, peers, local: true },
    rpc: { host, port: rpcPort },
    consensus: QUICK,
    stateSync,
  };
  const genesisJson = readFileSync(join(cluster.folder, 'net', 'genesis.json'), 'utf8');
  unwrap(writeHome(home, { config, genesisJson, nodeSecret: systemRandom.bytes(32), validator }));
  return cluster.add(home, config.rpc);
}

describe.skipIf(binary === undefined)('a network', () => {
  test('makes blocks without one of four, which catches up', async () => {
    const sending = load.send(TRANSFERS_PER_PART);
    await eventually('transfers', () => load.sent > TRANSFERS_PER_PART / 3);
    await nodeAt(2).kill();
    const height = await nodeAt(0).height();
    await reach([nodeAt(0), nodeAt(1), nodeAt(3)], height + 10);
    nodeAt(2).start();
    await sending;
    await reach(cluster.nodes, await nodeAt(0).height());
  });

  test('stops without two of four, loses nothing, and resumes', async () => {
    const before = load.sent;
    const sending = load.send(TRANSFERS_PER_PART);
    await eventually('transfers', () => load.sent > before + TRANSFERS_PER_PART / 3);
    await Promise.all([nodeAt(1).kill(), nodeAt(2).kill()]);
    // A block that was decided as they died may still appear; after it there is none.
    const stopped = (await nodeAt(0).height()) + 1;
    await eventually('votes of the two that are left, and no more', () => isStuckOnHalf(nodeAt(0)));
    const height = await nodeAt(0).height();
    expect(height).toBeLessThanOrEqual(stopped);
    for (let look = 0; look < 20; look++) {
      await systemClock.sleep(100);
      expect(await nodeAt(0).height()).toBe(height);
    }
    nodeAt(1).start();
    nodeAt(2).start();
    await reach(cluster.nodes, stopped + 5);
    await sending;
  });

  test('takes a fifth node in by state sync', async () => {
    const sending = load.send(TRANSFERS_PER_PART);
    newcomerSecret = createConsensusSecret('secp256k1', systemRandom);
    const stateSync = await stateSyncNow();
    newcomerNode = await writeNode('newcomer', newcomerSecret, stateSync);
    newcomerNode.start();
    await reach([newcomerNode], await nodeAt(0).height());
    // It has no block from before the snapshot: it did not replay the chain.
    expect(Number((await newcomerNode.sync())?.['earliest_block_height'])).toBeGreaterThan(
      Number(stateSync.trustHeight),
    );
    await sending;
  });

  test('elects it by delegations, and the light node follows', async () => {
    const sending = load.send(TRANSFERS_PER_PART);
    const key = createConsensusKey(newcomerSecret.secretKey, newcomerSecret.type);
    await submit(newcomer, {
      type: 'staking.create',
      name: 'Newcomer',
      key,
      proof: signPossession(newcomerSecret.secretKey, newcomerSecret.type, CHAIN_ID, newcomer.address),
      commission: { basisPoints: 500, basisPointsMax: 1000, dailyRiseBasisPointsMax: 100 },
      selfMicroMin: MICRO_PER_DPN,
      amountMicro: 200_000n * MICRO_PER_DPN,
    });
    const operators = cluster.founders.operators as readonly [KeyPair, KeyPair, KeyPair, KeyPair];
    await submit(cluster.founders.community, {
      type: 'staking.delegate',
      validator: newcomer.address,
      amountMicro: 100_000n * MICRO_PER_DPN,
    });
    await submit(cluster.founders.community, {
      type: 'staking.delegate',
      validator: operators[0].address,
      amountMicro: 50_000n * MICRO_PER_DPN,
    });
    const first = addressOf((cluster.network.nodes[0] as { validator: ConsensusSecret }).validator);
    await eventually('the newcomer in the set', async () => {
      const set = await validatorsOf(nodeAt(0));
      return set.get(addressOf(newcomerSecret)) === 300_000 && set.get(first) === 1_050_000;
    });
    const height = await nodeAt(0).height();
    await eventually('its signature in a block', async () => {
      const verified = unwrap(await light.syncTo('latest'));
      const signers = verified.block.commit.signatures.filter(({ flag }) => flag === 2);
      return signers.some(({ address }) => bytesToHex(address) === addressOf(newcomerSecret));
    });
    expect(light.status().latest?.height).toBeGreaterThanOrEqual(BigInt(height));
    expect((await validatorOf(newcomer.address)).stakeMicro).toBe(300_000n * MICRO_PER_DPN);
    await sending;
  });

  test.skipIf(namespace === undefined)(
    'goes on without a validator whose cable was cut, which catches up',
    async () => {
      const sending = load.send(TRANSFERS_PER_PART);
      const before = await nodeAt(3).height();
      namespace?.cut();
      const height = await nodeAt(0).height();
      await reach([nodeAt(0)], height + 25);
      namespace?.mend();
      await reach([nodeAt(3)], Math.max(before, height) + 10);
      await reach([nodeAt(3)], await nodeAt(0).height());
      await sending;
    },
  );

  test('slashes and removes a validator that signs twice', async () => {
    const sending = load.send(TRANSFERS_PER_PART);
    const operator = (cluster.founders.operators[1] as KeyPair).address;
    const culprit = (cluster.network.nodes[1] as { validator: ConsensusSecret }).validator;
    const before = await validatorOf(operator);
    expect(before).toMatchObject({ jailed: false, tombstoned: false });
    // The same key on a second machine, as an operator might do who wants to be safe.
    const twin = await writeNode('twin', culprit, await stateSyncNow());
    twin.start();
    await eventually('the punishment', async () => (await validatorOf(operator)).tombstoned);
    const after = await validatorOf(operator);
    expect(after.jailed).toBe(true);
    expect(after.stakeMicro).toBeLessThan(before.stakeMicro);
    await eventually('its removal', async () => !(await validatorsOf(nodeAt(0))).has(addressOf(culprit)));
    await twin.stop();
    const height = await nodeAt(0).height();
    await reach([nodeAt(0), nodeAt(2)], height + 5);
    await sending;
  });

  test('has every transfer in one block, or said that it has it in none', async () => {
    expect(load.sent).toBeGreaterThanOrEqual(
      TRANSFERS_PER_PART * (namespace === undefined ? PARTS - 1 : PARTS),
    );
    expect(load.outcomes.size).toBe(load.sent);
    expect(findDiscrepancies(load.outcomes, await readLedger(engine()))).toEqual([]);
    const refused = [...load.outcomes.values()].filter(({ kind }) => kind === 'refused').length;
    say(`${load.sent} transfers, ${refused} refused`);
  });

  test('has one state at every height on every node, and one chain that the light node verifies', async () => {
    const last = await nodeAt(0).height();
    await reach(
      cluster.nodes.filter(({ pid }) => pid !== undefined),
      last,
    );
    expect(await findForks(cluster.nodes, last - 1)).toEqual([]);
    unwrap(await light.syncTo(BigInt(last)));
    expect(light.status().halted).toBeUndefined();
    const bytes = cluster.nodes.reduce((sum, node) => sum + memoryOf(node), 0);
    say(`${last} blocks; ${cluster.nodes.length} nodes use ${Math.round(bytes / 2 ** 20)} MiB`);
    expect(bytes).toBeLessThan(MEMORY_BYTES_MAX);
  });
});

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A round that has the votes of half the power, where more than two thirds are needed. */
async function isStuckOnHalf(node: ClusterNode): Promise<boolean> {
  type Votes = { height_vote_set: { prevotes_bit_array: string; precommits_bit_array: string }[] };
  const state = await node.ask<{ round_state: Votes }>('consensus_state', {});
  const part = (votes: string): number => Number(/= ([\d.]+)$/.exec(votes)?.[1] ?? 0);
  // Those that died may have sent their first vote of the round, never their second.
  return (state?.round_state.height_vote_set ?? []).some(
    (round) => part(round.prevotes_bit_array) === 0.5 || part(round.precommits_bit_array) === 0.5,
  );
}

if (namespace === undefined && binary !== undefined)
  say('SKIPPED, because network namespaces are not permitted here: a validator whose cable is cut');
