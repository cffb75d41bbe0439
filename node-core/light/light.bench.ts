// The light node's speed: one skipping step, and a cold sync over a long chain. Prints medians and, beside them, the
// ratio to the same work with pure JavaScript signatures in the same run.

import { unwrap } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import type { ConsensusKey, LightBlock, SignatureBackend } from '../comet/index.ts';
import { headerHash, nobleSignatures, validatorSetHash } from '../comet/index.ts';
import { createSignatureBackend } from '../host/adapters/signatures.ts';
import { createLightNode } from './light-node.ts';
import type { LightProvider } from './provider.ts';
import {
  buildSampleChain,
  createSampleProvider,
  createSigners,
  sampleSeconds,
  signBlock,
} from './testing/sample-chain.ts';
import { defaultVerifyOptions, verifyStep } from './verify.ts';

const chainId = 'bench-1';
const SKIPPING_MS_MAX = 6;
const COLD_SYNC_MS_MAX = 1000;
const COLD_SYNC_RSS_MB_MAX = 64;

/** Processor time, so that whatever else the machine does is left out. */
function medianMs(runs: number, work: () => void): number {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(runs / 2)] ?? Number.NaN;
}

const promises: string[] = [];
function promise(what: string, found: number, most: number): void {
  const kept = found <= most;
  console.log(`  ${kept ? 'kept  ' : 'BROKEN'} ${what}: ${found.toFixed(2)} ≤ ${most}`);
  if (!kept) promises.push(what);
}

/** A block as it comes off the wire: fresh objects, so that nothing is remembered from the run before. */
function fresh(block: LightBlock): LightBlock {
  return structuredClone(block);
}

function skippingStep(type: ConsensusKey['type'], count: number, native: SignatureBackend): number {
  const signers = createSigners(count, type);
  const [trusted, , target] = buildSampleChain({ chainId, heights: 3, signersAt: () => signers });
  if (trusted === undefined || target === undefined) throw new Error('the chain is too short');
  const now = { seconds: sampleSeconds(4), nanos: 0 };
  const step = (signatures: SignatureBackend, block: LightBlock) => {
    const verdict = verifyStep(trusted, block, defaultVerifyOptions(chainId, signatures), now);
    if (verdict.kind !== 'success') throw new Error(verdict.fault.code);
  };
  const blocks = Array.from({ length: 61 }, () => fresh(target));
  const next = (index: { at: number }) => blocks[index.at++ % blocks.length] ?? target;
  const [warm, measured, reference] = [{ at: 0 }, { at: 0 }, { at: 0 }];
  for (let run = 0; run < 20; run++) step(native, next(warm));
  const nativeMs = medianMs(41, () => step(native, next(measured)));
  const nobleMs = medianMs(5, () => step(nobleSignatures, next(reference)));
  const hashMs = medianMs(41, () => void validatorSetHash(target.validators));
  console.log(
    `skipping step, ${count} ${type}: ${native.name} ${nativeMs.toFixed(2)} ms, noble ${nobleMs.toFixed(1)} ms, ` +
      `ratio ${(nobleMs / nativeMs).toFixed(1)}; of it hashing the set ${hashMs.toFixed(2)} ms`,
  );
  return nativeMs;
}

/** Any block of a long chain of four validators, signed when it is asked for: the chain itself costs nothing. */
function createLongChain(heights: number): LightProvider & { root: LightBlock } {
  const signers = createSigners(4, 'secp256k1');
  const [root, second] = buildSampleChain({ chainId, heights: 2, signersAt: () => signers });
  if (root === undefined || second === undefined) throw new Error('the chain is too short');
  const cache = new Map<bigint, LightBlock>();
  return {
    id: 'long chain',
    root,
    lightBlock(wanted) {
      const height = wanted === 'latest' ? BigInt(heights) : wanted;
      if (height === 1n) return Promise.resolve({ ok: true, value: root });
      const time = { seconds: root.header.time.seconds + height, nanos: 0 };
      const block =
        cache.get(height) ?? signBlock({ ...second.header, height, time }, second.validators, signers, 0);
      cache.set(height, block);
      return Promise.resolve({ ok: true, value: block });
    },
  };
}

async function coldSync(native: SignatureBackend): Promise<void> {
  const heights = 100_000;
  const chain = createLongChain(heights);
  await chain.lightBlock('latest');
  globalThis.gc?.();
  const rssBefore = process.memoryUsage().rss;
  const start = process.hrtime.bigint();
  const node = createLightNode({
    root: { chainId, height: 1n, hash: headerHash(chain.root.header) },
    verify: defaultVerifyOptions(chainId, native),
    clock: {
      nowMs: () => Number(chain.root.header.time.seconds + BigInt(heights) + 1n) * 1000,
      monotonicMs: () => 0,
      sleep: () => new Promise<void>(() => {}),
    },
    store: createMemoryKv(),
    providers: [chain, { ...chain, id: 'witness' }],
    witnessesMin: 1,
  });
  const synced = unwrap(await node.syncTo('latest'));
  const elapsedMs = Number(process.hrtime.bigint() - start) / 1e6;
  const grownMb = (process.memoryUsage().rss - rssBefore) / 1e6;
  console.log(
    `cold sync to ${synced.height}, 4 validators: ${elapsedMs.toFixed(1)} ms, ${grownMb.toFixed(1)} MB more`,
  );
  promise('cold sync, ms', elapsedMs, COLD_SYNC_MS_MAX);
  promise('cold sync, MB', Math.max(0, grownMb), COLD_SYNC_RSS_MB_MAX);
}

async function sequential(native: SignatureBackend): Promise<void> {
  const blocks = buildSampleChain({ chainId, heights: 200, signersAt: () => createSigners(4, 'secp256k1') });
  const node = createLightNode({
    root: { chainId, height: 1n, hash: headerHash((blocks[0] as LightBlock).header) },
    verify: defaultVerifyOptions(chainId, native),
    clock: {
      nowMs: () => Number(sampleSeconds(201)) * 1000,
      monotonicMs: () => 0,
      sleep: () => new Promise<void>(() => {}),
    },
    store: createMemoryKv(),
    providers: [createSampleProvider('primary', blocks)],
    witnessesMin: 0,
  });
  const start = process.hrtime.bigint();
  for (let height = 2n; height <= 200n; height++) unwrap(await node.syncTo(height));
  const elapsedMs = Number(process.hrtime.bigint() - start) / 1e6;
  console.log(`following 199 blocks one by one, 4 validators: ${(elapsedMs / 199).toFixed(2)} ms each`);
}

const native = createSignatureBackend();
console.log(`signatures: ${native.name}`);
promise('skipping step, 100 secp256k1, ms', skippingStep('secp256k1', 100, native), SKIPPING_MS_MAX);
skippingStep('ed25519', 100, native);
skippingStep('secp256k1', 4, native);
await coldSync(native);
await sequential(native);
if (promises.length > 0) process.exitCode = 1;
