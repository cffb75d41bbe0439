// A light node over really signed chains: honest ones, and some whose validators change.

import type { KvStore } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import { headerHash, type LightBlock, nobleSignatures } from '../../comet/index.ts';
import { createLightNode } from '../light-node.ts';
import type { LightEvent } from '../types.ts';
import { defaultVerifyOptions } from '../verify.ts';
import {
  buildSampleChain,
  createSampleProvider,
  createSigner,
  createSigners,
  type SampleProvider,
  type SampleSigner,
  sampleSeconds,
} from './sample-chain.ts';
import { createVirtualClock } from './virtual-clock.ts';

export const chainId = 'sample-1';

export const four = createSigners(4, 'ed25519');

export const mixed = [...createSigners(2, 'ed25519', 'mixed'), ...createSigners(2, 'secp256k1', 'mixed')];

export const HEIGHTS = 24;

export const honest = buildSampleChain({ chainId, heights: HEIGHTS, signersAt: () => four });

export const OK_RESULT = { code: 0, data: new Uint8Array(0), gasWanted: 7n, gasUsed: 5n };

/** One of four validators is replaced at every height. */
export const rotating = (height: number): SampleSigner[] =>
  [0, 1, 2, 3].map((slot) => createSigner(`turn ${Math.floor((height + slot) / 4)} ${slot}`, 'ed25519'));

/** All validators are replaced at every height. */
export const strangers = (height: number) => createSigners(2, 'ed25519', `stranger ${height}`);

type Setup = {
  providers: readonly SampleProvider[];
  blocks?: readonly LightBlock[];
  witnessesMin?: number;
  nowSeconds?: bigint;
  store?: KvStore;
  storedMax?: number;
  rootHeight?: number;
};

/** `schedule` runs what waits, such as setImmediate. */
export const createSetUp = (schedule: (work: () => void) => void) => (setup: Setup) => {
  const { providers, witnessesMin = 1, store = createMemoryKv(), rootHeight = 1 } = setup;
  const root = (setup.blocks ?? providers[0]?.blocks)?.[rootHeight - 1];
  if (root === undefined) throw new Error('no block to begin with');
  const startSeconds = setup.nowSeconds ?? sampleSeconds(HEIGHTS) + 5n;
  const clock = createVirtualClock(Number(startSeconds) * 1000, schedule);
  const events: LightEvent[] = [];
  const node = createLightNode({
    root: { chainId, height: root.header.height, hash: headerHash(root.header) },
    verify: defaultVerifyOptions(chainId, nobleSignatures),
    clock,
    store,
    providers,
    witnessesMin,
    ...(setup.storedMax === undefined ? {} : { storedMax: setup.storedMax }),
  });
  node.onEvent((event) => events.push(event));
  return { node, events, store, clock };
};

export const pair = (blocks: readonly LightBlock[] = honest) => [
  createSampleProvider('primary', blocks),
  createSampleProvider('witness', blocks),
];

export const codeOf = (result: { ok: boolean; fault?: { code: string } }) => result.fault?.code;
