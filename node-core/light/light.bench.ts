// The light node's speed: one skipping step, beside CometBFT's own light client where Go is there, and a cold sync to the
// head of a long chain. Steps are measured in processor time, so that whatever else the machine does is left out.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import secp256k1 from 'secp256k1';
import { median, report } from '../../e2e/figures.ts';
import { bytesToHex, hexToBytes, unwrap } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import type { ConsensusKey, LightBlock, SignatureBackend } from '../comet/index.ts';
import { headerHash, lightBlockToJson, nobleSignatures, validatorSetHash } from '../comet/index.ts';
import { createSignatureBackend } from '../host/adapters/signatures.ts';
import { createSqliteKv, KV_MIGRATIONS, openSqlite } from '../host/adapters/sqlite.ts';
import { createLightNode } from './light-node.ts';
import { createLongChainProvider, LONG_CHAIN_START_S, writeLongChain } from './testing/long-chain.ts';
import {
  buildSampleChain,
  createSampleProvider,
  createSigners,
  sampleSeconds,
} from './testing/sample-chain.ts';
import { defaultVerifyOptions, verifyStep } from './verify.ts';

const COMETBFT = 'v0.38.25';
const chainId = 'bench-1';
const HEIGHTS = Number(process.env['BENCH_HEIGHTS'] ?? 100_000);
const GO_PROGRAM = join(import.meta.dirname, 'testing', 'go', 'skipping.go');
const neverSleeps = { monotonicMs: () => 0, sleep: () => new Promise<void>(() => {}) };

function processorMs(runs: number, work: () => void): number {
  const times = Array.from({ length: runs }, () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return median(times);
}

function skippingStep(folder: string, type: ConsensusKey['type'], count: number, limit?: number): void {
  const native = createSignatureBackend();
  const signers = createSigners(count, type);
  const [trusted, , target] = buildSampleChain({ chainId, heights: 3, signersAt: () => signers });
  if (trusted === undefined || target === undefined) throw new Error('the chain is too short');
  const now = { seconds: sampleSeconds(4), nanos: 0 };
  // As it comes off the wire: fresh objects, so that nothing is remembered from the run before.
  const blocks = Array.from({ length: 110 }, () => structuredClone(target));
  const step = (signatures: SignatureBackend) => () => {
    const block = blocks.pop() ?? target;
    const verdict = verifyStep(trusted, block, defaultVerifyOptions(chainId, signatures), now);
    if (verdict.kind !== 'success') throw new Error(verdict.fault.code);
  };
  processorMs(40, step(native));
  const value = processorMs(61, step(native));
  const what = `skipping step, ${count} ${type} validators`;
  const noble = { what: 'noble', value: processorMs(5, step(nobleSignatures)) };
  report({
    what: `${what}, ${native.name}`,
    value,
    unit: 'ms',
    ...(limit ? { limit } : {}),
    reference: noble,
  });
  const go = goStepMs(folder, trusted, target, now.seconds);
  if (go !== undefined) {
    const reference = { what: `CometBFT ${COMETBFT}, Go`, value: go };
    const mayTake = limit === undefined ? {} : { limit: go };
    report({ what: `${what}, beside Go`, value, unit: 'ms', ...mayTake, reference });
  }
  const hashMs = processorMs(41, () => void validatorSetHash(target.validators));
  report({ what: '  of it hashing the set', value: hashMs, unit: 'ms' });
}

/** The same step by CometBFT's light client; undefined where Go or CometBFT's sources are not on this machine. */
function goStepMs(folder: string, trusted: LightBlock, target: LightBlock, nowS: bigint): number | undefined {
  const program = buildGo(folder);
  if (program === undefined) return undefined;
  const files = [trusted, target].map((block, index) => {
    const file = join(folder, `block-${index}.json`);
    writeFileSync(file, JSON.stringify(lightBlockToJson(block)));
    return file;
  });
  const run = spawnSync(program, [...files, String(nowS), '101'], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`CometBFT refuses the step: ${run.stderr}`);
  return Number(run.stdout) / 1000;
}

/** Compiled against CometBFT's sources in the module cache, under its own list of modules; nothing is downloaded. */
function buildGo(folder: string): string | undefined {
  const program = join(folder, 'skipping');
  if (existsSync(program)) return program;
  const cache = spawnSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).stdout?.trim();
  const source = join(cache ?? '', 'github.com', 'cometbft', `cometbft@${COMETBFT}`);
  if (!cache || !existsSync(source)) return undefined;
  const modules = readFileSync(join(source, 'go.mod'), 'utf8').replace(/^module .*/m, 'module dipnet/bench');
  writeFileSync(join(folder, 'go.mod'), `${modules}\nrequire github.com/cometbft/cometbft ${COMETBFT}\n`);
  writeFileSync(join(folder, 'go.sum'), readFileSync(join(source, 'go.sum')));
  copyFileSync(GO_PROGRAM, join(folder, 'main.go'));
  const env = { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOSUMDB: 'off' };
  const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: folder, env, encoding: 'utf8' });
  return built.status === 0 ? program : undefined;
}

/** In a process of its own, so that memory is that of a light node and not that of whoever made the chain. */
function coldSync(folder: string): void {
  const path = join(folder, 'chain.db');
  const database = openSqlite(path, KV_MIGRATIONS);
  const sign = (digest: Uint8Array, secret: Uint8Array) => secp256k1.ecdsaSign(digest, secret).signature;
  const root = writeLongChain({ kv: createSqliteKv(database), chainId, heights: HEIGHTS, sign });
  database.close();
  const env = { ...process.env, DIPNET_BENCH_CHAIN: path, DIPNET_BENCH_ROOT: bytesToHex(root) };
  const run = spawnSync(process.execPath, ['--expose-gc', process.argv[1] ?? ''], { env, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  const { elapsedMs, grownMb, asked } = JSON.parse(run.stdout);
  const what = `cold sync, ${HEIGHTS} blocks, 4 changing validators`;
  report({ what: `${what}, ${asked} blocks fetched`, value: elapsedMs / 1000, unit: 's', limit: 1 });
  report({ what: `${what}, memory`, value: grownMb, unit: 'MB', limit: 64 });
}

async function syncInThisProcess(path: string, root: string): Promise<void> {
  const kv = createSqliteKv(openSqlite(path, KV_MIGRATIONS));
  const [primary, witness] = [createLongChainProvider('primary', kv), createLongChainProvider('witness', kv)];
  let asked = 0;
  const counted = (provider: typeof primary) => ({
    ...provider,
    lightBlock: (...question: Parameters<typeof provider.lightBlock>) => {
      asked++;
      return provider.lightBlock(...question);
    },
  });
  const signatures = createSignatureBackend();
  globalThis.gc?.();
  const rssBefore = process.memoryUsage().rss;
  const start = process.hrtime.bigint();
  const node = createLightNode({
    root: { chainId, height: 1n, hash: hexToBytes(root) },
    verify: defaultVerifyOptions(chainId, signatures),
    clock: { nowMs: () => (Number(LONG_CHAIN_START_S) + HEIGHTS + 1) * 1000, ...neverSleeps },
    store: createMemoryKv(),
    providers: [counted(primary), counted(witness)],
    witnessesMin: 1,
  });
  const synced = unwrap(await node.syncTo('latest'));
  const elapsedMs = Number(process.hrtime.bigint() - start) / 1e6;
  if (synced.height !== BigInt(HEIGHTS)) throw new Error('the head was not reached');
  // The most that was ever held, not what is left.
  const grownMb = Math.max(0, memoryMostBytes() - rssBefore) / 1e6;
  console.log(JSON.stringify({ elapsedMs, grownMb, asked }));
}

/** On Linux `maxRSS` begins with what the program that started this one held; this does not. */
function memoryMostBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const most = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  if (most === undefined) throw new Error('the system tells how much memory was used');
  return Number(most) * 1024;
}

async function following(): Promise<void> {
  const blocks = buildSampleChain({ chainId, heights: 200, signersAt: () => createSigners(4, 'secp256k1') });
  const node = createLightNode({
    root: { chainId, height: 1n, hash: headerHash((blocks[0] as LightBlock).header) },
    verify: defaultVerifyOptions(chainId, createSignatureBackend()),
    clock: { nowMs: () => Number(sampleSeconds(201)) * 1000, ...neverSleeps },
    store: createMemoryKv(),
    providers: [createSampleProvider('primary', blocks)],
    witnessesMin: 0,
  });
  const start = process.hrtime.bigint();
  for (let height = 2n; height <= 200n; height++) unwrap(await node.syncTo(height));
  const value = Number(process.hrtime.bigint() - start) / 1e6 / 199;
  report({ what: 'following block by block, 4 validators, each', value, unit: 'ms' });
}

const { DIPNET_BENCH_CHAIN: chainPath, DIPNET_BENCH_ROOT: rootHex } = process.env;
if (chainPath !== undefined && rootHex !== undefined) {
  await syncInThisProcess(chainPath, rootHex);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-bench-'));
  try {
    skippingStep(folder, 'secp256k1', 100, 6);
    skippingStep(folder, 'ed25519', 100);
    skippingStep(folder, 'secp256k1', 4);
    await following();
    coldSync(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
