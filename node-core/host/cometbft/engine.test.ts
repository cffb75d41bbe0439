// The engine conformance suite on the real CometBFT program with the chain's application: one validator, both key types.
// The light node's own functions judge every header, commit and proof.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe } from 'vitest';
import { needTool } from '../../../scripts/tools.mjs';
import { unwrap } from '../../base/index.ts';
import { engineConformance } from '../../chain/engine/engine-conformance.ts';
import * as world from '../../chain/testing/world.ts';
import { verifyStateProof } from '../../light/index.ts';
import { systemClock, systemRandom } from '../adapters/system.ts';
import { CometEngine } from './engine.ts';
import { writeSettings } from './home.ts';
import type { KeyType } from './keys.ts';
import type { PlannedNode } from './network.ts';
import { initNetwork } from './network.ts';
import type { ChainNode } from './node.ts';
import { openNode } from './node.ts';
import { freePorts } from './testing/ports.ts';

const binary = needTool('cometbft', 'the engine of real networks');

const GENESIS = { seconds: 1_700_000_000n, nanos: 0 };
/** No block without a reason, as on an idle network between two heartbeats. */
const QUIET = { commitMs: 20, heartbeatMs: 600_000, hurry: true };
const BEATING = { ...QUIET, heartbeatMs: 100 };

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

async function writeNode(keyType: KeyType): Promise<PlannedNode> {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-conformance-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const [basePort = 0] = await freePorts(10);
  const network = initNetwork({
    output: join(folder, 'net'),
    validators: 1,
    keyType,
    hosts: [],
    basePort,
    random: systemRandom,
    // CometBFT waits for a genesis in the future; the test world's is.
    genesis: (validators) => ({ ...world.createGenesis(keyType), time: GENESIS, validators }),
    settings: { consensus: QUIET },
  });
  const [node] = unwrap(network).nodes;
  if (node === undefined) throw new Error('no node');
  return node;
}

function open(planned: PlannedNode): ChainNode {
  const node = unwrap(
    openNode({ home: planned.home, binary: binary ?? '', clock: systemClock, log: () => undefined }),
  );
  undo.push(() => node.stop());
  return node;
}

function connect(node: ChainNode): CometEngine {
  const engine = new CometEngine({
    rpcs: [node.rpc],
    chainId: world.CHAIN_ID,
    clock: systemClock,
    log: () => undefined,
  });
  undo.push(() => engine.stop());
  return engine;
}

/** The same node again with other settings, while the engine stays and waits for it. */
async function runWith(planned: PlannedNode, node: ChainNode, consensus: typeof QUIET): Promise<void> {
  await node.stop();
  const settings = {
    moniker: planned.name,
    p2p: { ...planned.p2p, peers: [], local: true },
    rpc: planned.rpc,
  };
  writeSettings(planned.home, { ...settings, consensus });
  unwrap(await node.start());
}

describe.skipIf(binary === undefined)('on the real program', () => {
  for (const keyType of ['secp256k1', 'ed25519'] as const) {
    engineConformance(
      `CometBFT with ${keyType}`,
      async () => {
        const planned = await writeNode(keyType);
        const node = open(planned);
        unwrap(await node.start());
        const engine = connect(node);
        await engine.start();
        return {
          engine,
          passTime: async () => {
            const before = engine.status().height;
            await runWith(planned, node, BEATING);
            while (engine.status().height <= before) await systemClock.sleep(20);
            await runWith(planned, node, QUIET);
          },
          restart: async () => {
            await engine.stop();
            await node.stop();
            unwrap(await node.start());
            const next = connect(node);
            await next.start();
            return next;
          },
        };
      },
      verifyStateProof,
    );
  }
});
