// The ABCI socket under fuzzing: frames in pieces of any size, and every request that changes nothing answered by the
// real application. Nothing may end the node, and the answers must not depend on how the bytes were cut.

import type { AbciHandler } from '../../../abci/index.ts';
import { AbciConnection, createAbciHandler, encodeFrame, encodeRequest } from '../../../abci/index.ts';
import type { Bytes, Log } from '../../../base/index.ts';
import { concatBytes, equalBytes } from '../../../base/index.ts';
import { createMemoryKv } from '../../../base/memory-kv.ts';
import { createApplication, paramsKey } from '../../../chain/index.ts';
import * as chainWorld from '../../../chain/testing/world.ts';
import { FuzzFailure } from './failure.ts';
import { mutateBytes, mutateProtobuf } from './mutate.ts';
import type { FuzzRandom } from './random.ts';
import type { FuzzTarget } from './targets.ts';

/** Small, so that the limit is met. */
const FRAME_SIZE_BYTES_MAX = 4096;
/** These write, and rightly end the node where they are out of order: the engine alone sends them. Not fed. */
const ORDERED = new Set(['initChain', 'finalizeBlock', 'commit']);

function seedRequests(): Bytes[] {
  const { sign } = chainWorld.createSigner();
  const tx = sign('buyer', {
    type: 'bank.send',
    to: chainWorld.addressOf('owner'),
    token: 'DPN',
    amountMicro: 7n,
  });
  const hash = new Uint8Array(32).fill(7);
  return [
    encodeRequest({ value: { case: 'echo', value: { message: 'hello' } } }),
    encodeRequest({ value: { case: 'flush', value: {} } }),
    encodeRequest({ value: { case: 'info', value: { version: '0.38.25', abciVersion: '2.0.0' } } }),
    encodeRequest({
      value: { case: 'query', value: { path: '/state', data: paramsKey(), height: 1n, prove: true } },
    }),
    encodeRequest({ value: { case: 'query', value: { path: '/p2p/filter/id/ab', data: hash } } }),
    encodeRequest({ value: { case: 'checkTx', value: { tx, type: 0 } } }),
    encodeRequest({
      value: { case: 'prepareProposal', value: { txs: [tx, hash], maxTxBytes: 900n, height: 2n } },
    }),
    encodeRequest({ value: { case: 'processProposal', value: { txs: [tx], hash, height: 2n } } }),
    encodeRequest({
      value: { case: 'verifyVoteExtension', value: { hash, height: 2n, voteExtension: hash } },
    }),
    encodeRequest({ value: { case: 'listSnapshots', value: {} } }),
    encodeRequest({
      value: {
        case: 'offerSnapshot',
        value: { snapshot: { height: 1n, format: 1, chunks: 2, hash }, appHash: hash },
      },
    }),
    encodeRequest({ value: { case: 'loadSnapshotChunk', value: { height: 1n, format: 1, chunk: 1 } } }),
    encodeRequest({ value: { case: 'applySnapshotChunk', value: { index: 1, chunk: hash, sender: 'x' } } }),
  ];
}

/** A real application after its first block. */
function createHandler(log: Log): AbciHandler {
  const app = createApplication({ kv: createMemoryKv() });
  app.initChain(chainWorld.createGenesis());
  const time = { seconds: chainWorld.GENESIS_S, nanos: 0 };
  app.finalizeBlock({ height: 1n, time, txs: [], proposerAddress: new Uint8Array(20) });
  app.commit();
  const handler = createAbciHandler({ app, log });
  return {
    handle: (request) =>
      ORDERED.has(request.value.case ?? '') ? { case: 'flush', value: {} } : handler.handle(request),
  };
}

export function abciTarget(): FuzzTarget {
  const failures: unknown[] = [];
  const log: Log = (_level, action, data) => {
    if (action === 'abci.failed') failures.push(data?.['error']);
  };
  // Two of them, since a check remembers the sequence numbers that it has seen.
  const [handler, other] = [createHandler(log), createHandler(log)];
  const seeds = seedRequests();
  return {
    name: 'ABCI frames',
    weight: 60,
    run(random) {
      const stream = streamOf(seeds, random);
      const whole = answersTo(new AbciConnection(handler, log, FRAME_SIZE_BYTES_MAX), [stream]);
      const cut = answersTo(new AbciConnection(other, log, FRAME_SIZE_BYTES_MAX), piecesOf(stream, random));
      if (!equalBytes(whole, cut)) throw new FuzzFailure('answers depend on how the bytes were cut');
      const [failure] = failures.splice(0);
      if (failure !== undefined) throw failure;
    },
  };
}

/** A few requests as frames, and sometimes damage to the frames themselves. */
function streamOf(seeds: readonly Bytes[], random: FuzzRandom): Bytes {
  const frames = Array.from({ length: 1 + random.below(3) }, () => {
    const seed = random.pick(seeds);
    return encodeFrame(random.oneIn(4) ? seed : mutateProtobuf(seed, random, random.pick(seeds)));
  });
  const stream = concatBytes(...frames);
  return random.oneIn(4) ? mutateBytes(stream, random) : stream;
}

function piecesOf(stream: Bytes, random: FuzzRandom): Bytes[] {
  const pieces: Bytes[] = [];
  for (let start = 0; start < stream.length; ) {
    const size = 1 + random.length(64);
    pieces.push(stream.subarray(start, start + size));
    start += size;
  }
  return pieces;
}

function answersTo(connection: AbciConnection, pieces: readonly Bytes[]): Bytes {
  const answers: Bytes[] = [];
  for (const piece of pieces) {
    connection.receive(piece);
    for (let answer = connection.answer(); answer !== undefined; answer = connection.answer())
      answers.push(answer);
  }
  if (connection.end?.isFatal === true)
    throw new FuzzFailure(`the node would end: ${connection.end.fault.message}`);
  return concatBytes(...answers);
}
