// State sync over the wire: a new node begins from another's snapshot as CometBFT makes it do, past hostile offers and
// chunks, and goes on with the same blocks.

import { describe, expect, test } from 'vitest';
import type { Bytes } from '../base/index.ts';
import { bytesToHex } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import type { BlockInput } from '../chain/index.ts';
import { createApplication } from '../chain/index.ts';
import * as world from '../chain/testing/world.ts';
import { createAbciHandler } from './handler.ts';
import * as requests from './testing/requests.ts';
import { createWireClient } from './testing/wire-client.ts';

const genesis = world.createGenesis();
const { sign } = world.createSigner();
const OFFER = { accept: 1, reject: 3, rejectFormat: 4 } as const;
const APPLY = { accept: 1, retry: 3, rejectSnapshot: 5 } as const;

function createNode(snapshots?: { readonly everyBlocks: bigint; readonly kept: number }) {
  const app = createApplication({ kv: createMemoryKv(), ...(snapshots === undefined ? {} : { snapshots }) });
  const handler = createAbciHandler({ app, snapshots: app.snapshots, log: () => undefined });
  return createWireClient(handler);
}

type Node = ReturnType<typeof createNode>;

function block(height: bigint): BlockInput {
  const time = { seconds: genesis.time.seconds + height, nanos: 0 };
  const message = {
    type: 'bank.send',
    to: world.addressOf('owner'),
    token: 'DPN',
    amountMicro: height,
  } as const;
  const txs = [sign('buyer', message, { seq: Number(height) - 1 })];
  return { height, time, txs, proposerAddress: new Uint8Array(20), lastCommitVotes: [], misbehavior: [] };
}

function runBlock(node: Node, height: bigint): Bytes {
  const { appHash, txResults } = node.call(requests.finalizeBlock(block(height)));
  expect(txResults.map(({ code }) => code)).toEqual([0]);
  node.call(requests.COMMIT);
  return appHash;
}

/** A node with a snapshot, and the root of the snapshot's height. */
function createSource() {
  const node = createNode({ everyBlocks: 4n, kept: 2 });
  node.call(requests.initChain(genesis));
  const roots = new Map<bigint, Bytes>();
  for (let height = 1n; height <= 11n; height++) roots.set(height, runBlock(node, height));
  const { snapshots } = node.call({ case: 'listSnapshots', value: {} });
  const [snapshot] = snapshots;
  const appHash = roots.get(snapshot?.height ?? 0n);
  if (snapshot === undefined || appHash === undefined) throw new Error('there is a snapshot');
  const chunks = Array.from({ length: snapshot.chunks }, (_, chunk) => {
    const { height, format } = snapshot;
    return node.call({ case: 'loadSnapshotChunk', value: { height, format, chunk } }).chunk;
  });
  return { snapshot, appHash, chunks, roots };
}

describe('state sync over the wire', () => {
  test('a new node goes on from a snapshot', () => {
    const { snapshot, appHash, chunks, roots } = createSource();
    const node = createNode();
    const offer = (changes: object, root = appHash) =>
      node.call({ case: 'offerSnapshot', value: { snapshot: { ...snapshot, ...changes }, appHash: root } })
        .result;
    expect(offer({ format: 999 })).toBe(OFFER.rejectFormat);
    expect(offer({ height: 0n })).toBe(OFFER.reject);
    expect(offer({ height: 2n ** 64n - 1n })).toBe(OFFER.reject);
    expect(offer({})).toBe(OFFER.accept);
    const apply = (index: number, chunk: Bytes, sender = 'a peer') =>
      node.call({ case: 'applySnapshotChunk', value: { index, chunk, sender } });
    // One peer lies about a chunk: it is asked for again, and not from that peer.
    const spoilt = (chunks[0] ?? new Uint8Array(1)).map((byte, at) => (at === 20 ? byte ^ 1 : byte));
    expect(apply(0, spoilt, 'liar')).toMatchObject({
      result: APPLY.retry,
      refetchChunks: [0],
      rejectSenders: ['liar'],
    });
    for (const [index, chunk] of chunks.entries()) expect(apply(index, chunk).result).toBe(APPLY.accept);
    const info = node.call(requests.INFO);
    expect([info.lastBlockHeight, bytesToHex(info.lastBlockAppHash)]).toEqual([
      snapshot.height,
      bytesToHex(appHash),
    ]);
    for (let height = snapshot.height + 1n; height <= 11n; height++) {
      expect(bytesToHex(runBlock(node, height))).toBe(bytesToHex(roots.get(height) ?? new Uint8Array(0)));
    }
  });

  test('a node that has begun the chain takes no snapshot, and loses nothing by the offer', () => {
    // CometBFT v0.38 does not call InitChain where it is going to sync (node/node.go), whatever its grammar says.
    const { snapshot, appHash, roots } = createSource();
    const node = createNode();
    node.call(requests.initChain(genesis));
    for (let height = 1n; height <= 3n; height++) {
      const { result } = node.call({ case: 'offerSnapshot', value: { snapshot, appHash } });
      expect(result).toBe(OFFER.reject);
      expect(bytesToHex(runBlock(node, height))).toBe(bytesToHex(roots.get(height) ?? new Uint8Array(0)));
    }
  });

  test('a snapshot of another root is never taken over, and leaves a node that can begin', () => {
    const { snapshot, appHash, chunks, roots } = createSource();
    const node = createNode();
    const root = appHash.map((byte) => byte ^ 1);
    const { result } = node.call({ case: 'offerSnapshot', value: { snapshot, appHash: root } });
    expect(result).toBe(OFFER.accept);
    const verdicts = chunks.map(
      (chunk, index) =>
        node.call({ case: 'applySnapshotChunk', value: { index, chunk, sender: 'p' } }).result,
    );
    expect(verdicts.at(-1)).not.toBe(APPLY.accept);
    expect(node.call(requests.INFO).lastBlockHeight).toBe(0n);
    node.call(requests.initChain(genesis));
    expect(bytesToHex(runBlock(node, 1n))).toBe(bytesToHex(roots.get(1n) ?? new Uint8Array(0)));
  });
});
