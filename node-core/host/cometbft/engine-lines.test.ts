// The engine on bad lines, with the real CometBFT program and its built-in application: whatever is lost between, a
// transaction is in one block, once, and whoever handed it in gets that answer.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { needTool } from '../../../scripts/tools.mjs';
import type { Clock } from '../../base/index.ts';
import { base64, bytesToHex, unwrap, utf8ToBytes, verifyMerkleProof } from '../../base/index.ts';
import { dataHash, encodeTxResult } from '../../comet/index.ts';
import { nativeSha256, systemClock } from '../adapters/system.ts';
import { rpcUrl } from './config.ts';
import { CometEngine } from './engine.ts';
import type { PlannedNode } from './network.ts';
import { createRpcClient } from './rpc-client.ts';
import type { NodeSupervisor } from './supervisor.ts';
import { KVSTORE_CHAIN, superviseKvstore, until, writeKvstoreNode } from './testing/kvstore-node.ts';
import type { LossyProxy } from './testing/lossy-proxy.ts';
import { createLossyProxy } from './testing/lossy-proxy.ts';

const binary = needTool('cometbft', 'transactions over bad lines to a real node');

let folder: string;
let node: PlannedNode;
let supervisor: NodeSupervisor;
let proxy: LossyProxy;
let engines: CometEngine[];
beforeEach(async () => {
  if (binary === undefined) return;
  engines = [];
  folder = mkdtempSync(join(tmpdir(), 'dipnet-lines-'));
  node = await writeKvstoreNode(folder);
  supervisor = superviseKvstore(node, binary);
  unwrap(await supervisor.start());
  proxy = await createLossyProxy(rpcUrl(node.rpc));
});
afterEach(async () => {
  if (binary === undefined) return;
  for (const engine of engines) await engine.stop();
  await proxy.close();
  await supervisor.stop();
  rmSync(folder, { recursive: true });
});

/** The same time, but it passes so many times faster: what takes minutes to give up takes less here. */
function fastClock(factor: number): Clock {
  return {
    nowMs: systemClock.nowMs,
    monotonicMs: () => systemClock.monotonicMs() * factor,
    sleep: (delayMs, signal) => systemClock.sleep(delayMs / factor, signal),
  };
}

async function startEngine(address = proxy.address, clock: Clock = systemClock): Promise<CometEngine> {
  const engine = new CometEngine({ rpcs: [address], chainId: KVSTORE_CHAIN, clock, log: () => undefined });
  engines.push(engine);
  await engine.start();
  return engine;
}

/** How often each is in a block. */
async function countsOf(engine: CometEngine, txs: readonly Uint8Array[]): Promise<number[]> {
  const counts = new Map<string, number>();
  for (let height = 1n; height <= engine.status().height; height++) {
    for (const { tx } of unwrap(await engine.blockAt(height)).txs) {
      const name = bytesToHex(tx);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return txs.map((tx) => counts.get(bytesToHex(tx)) ?? 0);
}

describe.skipIf(binary === undefined)('the engine over bad lines', () => {
  test('requests and answers lost on the way: the transaction is handed in again, counts once, and is proven', async () => {
    const engine = await startEngine();
    const tx = utf8ToBytes('lost=answer');
    proxy.lose('broadcast_tx_sync', 'request', 2);
    proxy.lose('broadcast_tx_sync', 'answer', 2);
    proxy.lose('block_results', 'answer', 2);
    const inclusion = unwrap(await engine.submit(tx));
    expect(proxy.arrived('broadcast_tx_sync')).toBeGreaterThanOrEqual(1);
    expect(await countsOf(engine, [tx])).toEqual([1]);
    const header = unwrap(await engine.lightBlock(inclusion.height)).header;
    const next = unwrap(await engine.lightBlock(inclusion.height + 1n)).header;
    expect(header.dataHash).toEqual(dataHash([tx]));
    expect(verifyMerkleProof(header.dataHash, nativeSha256(tx), inclusion.txProof)).toBe(true);
    const leaf = encodeTxResult(inclusion.result);
    expect(verifyMerkleProof(next.lastResultsHash, leaf, inclusion.resultProof)).toBe(true);
    // By hash it is the same, also for an engine that has seen none of it.
    const stranger = await startEngine(rpcUrl(node.rpc));
    await until(async () => (await stranger.txByHash(inclusion.hash)).ok);
    expect(unwrap(await stranger.txByHash(inclusion.hash))).toEqual(inclusion);
    expect(unwrap(await stranger.submit(tx))).toEqual(inclusion);
  });

  test('a node killed with transactions in its mempool: each is in one block in the end', async () => {
    const engine = await startEngine();
    const txs = Array.from({ length: 60 }, (_, index) => utf8ToBytes(`kill${index}=${index}`));
    const answers = txs.map((tx, index) => {
      const answer = engine.submit(tx);
      if (index === 30) supervisor.kill();
      return answer;
    });
    for (const answer of await Promise.all(answers)) expect(answer.ok).toBe(true);
    expect(await countsOf(engine, txs)).toEqual(txs.map(() => 1));
    expect(supervisor.status().restarts).toBe(1);
  });

  test('handed in by two, at the same time and later, it has one answer', async () => {
    const [one, other] = [await startEngine(), await startEngine(rpcUrl(node.rpc))];
    const tx = utf8ToBytes('two=hands');
    const answers = await Promise.all([one.submit(tx), one.submit(tx), other.submit(tx)]);
    const [first, ...more] = answers.map(unwrap);
    for (const answer of more) expect(answer).toEqual(first);
    expect(unwrap(await one.submit(tx))).toEqual(first);
    expect(await countsOf(one, [tx])).toEqual([1]);
  });

  test('what the check refuses is refused with its code, and no block has it', async () => {
    const engine = await startEngine();
    const tx = utf8ToBytes('no form that this application knows');
    expect(await engine.submit(tx)).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.tx.refused', data: { code: 2 } },
    });
    expect(await countsOf(engine, [tx])).toEqual([0]);
  });

  test('a network that is away is said so; a request that may have arrived is said to be open', async () => {
    const startAway = async () => {
      const engine = new CometEngine({
        rpcs: [proxy.address],
        chainId: KVSTORE_CHAIN,
        clock: fastClock(200),
        log: () => undefined,
        startMsMax: 100,
      });
      engines.push(engine);
      await engine.start();
      expect(engine.status().height).toBe(0n);
      return engine;
    };
    await supervisor.stop();
    // This proxy takes requests and answers none, as a node that hangs.
    const hanging = await startAway();
    expect(await hanging.submit(utf8ToBytes('never=answered'))).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.tx.pending' },
    });
    await proxy.close();
    const away = await startAway();
    expect(await away.submit(utf8ToBytes('never=sent'))).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.rpc.unreachable' },
    });
  });

  test('a full mempool is waited for', async () => {
    const engine = await startEngine();
    proxy.answer('broadcast_tx_sync', { error: { message: 'Internal error', data: FULL } }, 2);
    unwrap(await engine.submit(utf8ToBytes('full=mempool')));
    const impatient = await startEngine(proxy.address, fastClock(1000));
    proxy.answer('broadcast_tx_sync', { error: { message: 'Internal error', data: FULL } }, 1000);
    expect(await impatient.submit(utf8ToBytes('never=room'))).toMatchObject({
      ok: false,
      fault: { code: 'chain.mempool.full', data: { waiting: 20_000 } },
    });
  });

  test('another network’s node is refused', async () => {
    const engine = new CometEngine({
      rpcs: [rpcUrl(node.rpc)],
      chainId: 'another',
      clock: systemClock,
      log: () => undefined,
    });
    await expect(engine.start()).rejects.toMatchObject({
      fault: { code: 'cometbft.chain.other', data: { found: KVSTORE_CHAIN, wanted: 'another' } },
    });
  });

  test('of two addresses the one that answers is used', async () => {
    const engine = new CometEngine({
      rpcs: ['http://127.0.0.1:9', proxy.address],
      chainId: KVSTORE_CHAIN,
      clock: systemClock,
      log: () => undefined,
    });
    engines.push(engine);
    await engine.start();
    unwrap(await engine.submit(utf8ToBytes('second=address')));
  });

  test('garbage and endless answers are faults, and the next good answer is used', async () => {
    const client = createRpcClient([proxy.address]);
    for (const answer of ['', '[]', '{"result"', { error: 7 }, { result: { height: {} } }]) {
      proxy.answer('status', answer, 1);
      const engine = await startEngine();
      expect(engine.status().height).toBeGreaterThan(0n);
      await engine.stop();
    }
    expect((await client.call('broadcast_tx_sync', { tx: base64.encode(utf8ToBytes('x=y')) })).kind).toBe(
      'result',
    );
    client.close();
  });
});

const FULL = 'mempool is full: number of txs 20000 (max: 20000), total txs bytes 1 (max: 1)';
