// Four real validators for a minute: one is killed in the middle of a thousand transfers. `npm run test:cluster` does far
// worse to them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unwrap } from '../../node-core/base/index.ts';
import type { CometEngine } from '../../node-core/host/cometbft/engine.ts';
import { needTool } from '../../scripts/tools.mjs';
import type { Cluster, ClusterNode } from './testing/cluster.ts';
import { createCluster, eventually, reach, rotationsOf } from './testing/cluster.ts';
import { createEngine, createPeople, findDiscrepancies, fundsOf, Load, readLedger } from './testing/load.ts';
import { createLight, findForks } from './testing/views.ts';

const binary = needTool('cometbft', 'a network of four validators');
const TRANSFERS = 1000;
const people = createPeople(100);

let cluster: Cluster;
let engines: CometEngine[] = [];
beforeAll(async () => {
  if (binary === undefined) return;
  cluster = await createCluster({ validators: 4, keyType: 'mixed', binary, funded: fundsOf(people) });
  for (const node of cluster.nodes) node.start();
  await reach(cluster.nodes, 2);
  engines = rotationsOf(cluster.rpcs()).map(createEngine);
  for (const engine of engines) await engine.start();
});
afterAll(async () => {
  if (binary === undefined) return;
  for (const engine of engines) await engine.stop();
  await cluster.close();
});

const nodeAt = (index: number): ClusterNode => {
  const node = cluster.nodes[index];
  if (node === undefined) throw new Error('no such node');
  return node;
};

describe.skipIf(binary === undefined)('a network of four validators', () => {
  let load: Load;

  test('goes on without one that was killed, which catches up when it is back', async () => {
    load = new Load(people, engines);
    const sending = load.send(TRANSFERS);
    await eventually('a third of the transfers', () => load.sent > TRANSFERS / 3);
    await nodeAt(3).kill();
    const height = await nodeAt(0).height();
    await reach(cluster.nodes.slice(0, 3), height + 5);
    nodeAt(3).start();
    await sending;
    await reach(cluster.nodes, await nodeAt(0).height());
  });

  test('has each transfer in one block, or said that it has it in none', async () => {
    const [engine] = engines;
    if (engine === undefined) throw new Error('no engine');
    const ledger = await readLedger(engine);
    expect(findDiscrepancies(load.outcomes, ledger)).toEqual([]);
    expect(load.outcomes.size).toBe(load.sent);
    const included = [...load.outcomes.values()].filter(({ kind }) => kind === 'included').length;
    expect(included).toBeGreaterThan(TRANSFERS * 0.9);
  });

  test('has one state at every height, and a light node verifies the last', async () => {
    const last = await nodeAt(0).height();
    expect(await findForks(cluster.nodes, last - 1)).toEqual([]);
    const light = await createLight(cluster.nodes);
    const verified = unwrap(await light.syncTo(BigInt(last)));
    expect(verified.tally.signedPower * 3n).toBeGreaterThan(verified.tally.totalPower * 2n);
  });
});
