// Call sequences and bytes that CometBFT never sends, or only to an application of another folder: each has its one
// answer, and none leaves a trace in the state.

import { describe, expect, test } from 'vitest';
import type { Bytes } from '../base/index.ts';
import { bytesToHex, concatBytes, encodeVarint, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import type { BlockInput } from '../chain/index.ts';
import { accountKey, createApplication } from '../chain/index.ts';
import * as world from '../chain/testing/world.ts';
import { encodeFrame, FRAME_SIZE_BYTES_MAX } from './frames.ts';
import { createAbciHandler } from './handler.ts';
import { encodeRequest } from './messages.ts';
import { createCrashingKv } from './testing/crashing-kv.ts';
import type { RequestSum } from './testing/requests.ts';
import * as requests from './testing/requests.ts';
import { createWireClient } from './testing/wire-client.ts';

const genesis = world.createGenesis();
const { sign } = world.createSigner();
const TX = sign('buyer', { type: 'bank.send', to: world.addressOf('owner'), token: 'DPN', amountMicro: 1n });

function block(height: bigint, txs: readonly Bytes[] = []): BlockInput {
  const time = { seconds: genesis.time.seconds + height, nanos: 0 };
  return { height, time, txs, proposerAddress: new Uint8Array(20), lastCommitVotes: [], misbehavior: [] };
}

/** A node after `heights` blocks. */
function createNode(heights = 2) {
  const kv = createCrashingKv(createMemoryKv());
  const open = () => {
    const app = createApplication({ kv });
    const handler = createAbciHandler({ app, log: () => undefined });
    return { app, handler, connect: () => createWireClient(handler) };
  };
  const node = open();
  const client = node.connect();
  if (heights > 0) client.call(requests.initChain(genesis));
  for (let height = 1n; height <= BigInt(heights); height++) {
    client.call(requests.finalizeBlock(block(height)));
    client.call(requests.COMMIT);
  }
  return { ...node, client, kv, reopen: () => open().app.info() };
}

type Node = ReturnType<typeof createNode>;

function expectEnd(node: Node, bad: RequestSum, code: string): void {
  const before = node.app.info();
  expect(() => node.client.call(bad)).toThrow(new RegExp(`\\(${code.replaceAll('.', '\\.')}\\)$`));
  expect(node.client.isEnded()).toBe(true);
  expect(node.reopen()).toEqual(before);
  // Nothing more is written by this process, over whichever connection; reading goes on.
  const other = node.connect();
  expect(() => other.call(requests.finalizeBlock(block(before.height + 1n)))).toThrow();
  const info = node.connect().call(requests.INFO);
  expect(info.lastBlockHeight).toBe(before.height);
}

describe('a sequence that CometBFT cannot mean ends the node before anything is written', () => {
  const finalize = (height: bigint) => requests.finalizeBlock(block(height));
  const cases: readonly (readonly [string, number, RequestSum, string])[] = [
    ['Commit without FinalizeBlock', 2, requests.COMMIT, 'abci.block.uncommitted'],
    ['a height left out', 2, finalize(4n), 'abci.block.order'],
    ['a height again after its commit', 2, finalize(2n), 'abci.block.order'],
    ['height 0', 2, finalize(0n), 'abci.block.order'],
    ['a negative height', 2, finalize(-1n), 'abci.block.order'],
    ['InitChain on a running chain', 2, requests.initChain(genesis), 'abci.genesis.again'],
    ['FinalizeBlock before InitChain', 0, finalize(1n), 'abci.block.failed'],
    [
      'a chain that begins elsewhere',
      0,
      { case: 'initChain', value: { ...requests.initChain(genesis).value, initialHeight: 5n } },
      'abci.genesis.height',
    ],
    [
      'a genesis that is none',
      0,
      {
        case: 'initChain',
        value: { ...requests.initChain(genesis).value, appStateBytes: utf8ToBytes('{}') },
      },
      'abci.genesis.malformed',
    ],
    [
      'a genesis whose parts do not go together',
      0,
      requests.initChain({ ...genesis, paradigms: [...genesis.paradigms, ...genesis.paradigms] }),
      'abci.genesis.malformed',
    ],
    [
      'a genesis with a key of a type unknown here',
      0,
      {
        case: 'initChain',
        value: { ...requests.initChain(genesis).value, validators: [{ power: 1n }] as never },
      },
      'abci.genesis.malformed',
    ],
    [
      'blocks too small for evidence',
      0,
      {
        case: 'initChain',
        value: {
          ...requests.initChain(genesis).value,
          consensusParams: { block: { maxBytes: 1000n } } as never,
        },
      },
      'abci.genesis.malformed',
    ],
    [
      'a vote of an unknown kind',
      2,
      {
        case: 'finalizeBlock',
        value: {
          ...finalize(3n).value,
          decidedLastCommit: { votes: [{ validator: { power: 1n }, blockIdFlag: 9 }] } as never,
        },
      },
      'abci.block.failed',
    ],
  ];
  test.each(cases)('%s', (_name, heights, bad, code) => {
    expectEnd(createNode(heights), bad, code);
  });

  test('Commit twice: the first of them counts', () => {
    const node = createNode();
    node.client.call(finalize(3n));
    node.client.call(requests.COMMIT);
    expectEnd(node, requests.COMMIT, 'abci.block.uncommitted');
  });

  test('a store that fails in Commit', () => {
    const node = createNode();
    node.client.call(finalize(3n));
    node.kv.arm('before-write');
    expectEnd(node, requests.COMMIT, 'abci.block.failed');
  });
});

test('a CometBFT of another protocol is told so at the handshake', () => {
  const node = createNode(2);
  const info = { ...requests.INFO.value, version: '1.0.1', abciVersion: '2.1.0' };
  expect(() => node.client.call({ case: 'info', value: info })).toThrow(
    /1\.0\.1 .* 2\.1\.0; .*abci\.version\.other/,
  );
  expect(node.client.isEnded()).toBe(true);
  expect(node.connect().call(requests.INFO).lastBlockHeight).toBe(2n);
});

describe('what a real node does after a crash is followed', () => {
  test('InitChain again with the same genesis; another one is refused', () => {
    const node = createNode(0);
    const first = node.client.call(requests.initChain(genesis));
    expect(node.connect().call(requests.initChain(genesis)).appHash).toEqual(first.appHash);
    const other = { ...genesis, council: world.addressOf('stranger') };
    expectEnd(node, requests.initChain(other), 'abci.genesis.other');
  });

  test('FinalizeBlock again, with the same block or another: the last one is committed', () => {
    const node = createNode();
    const first = node.client.call(requests.finalizeBlock(block(3n, [TX])));
    const again = node.client.call(requests.finalizeBlock(block(3n, [TX])));
    expect(again).toEqual(first);
    const empty = node.client.call(requests.finalizeBlock(block(3n)));
    expect(bytesToHex(empty.appHash)).not.toBe(bytesToHex(first.appHash));
    node.client.call(requests.COMMIT);
    expect(node.reopen()).toEqual({ height: 3n, appHash: empty.appHash });
  });
});

describe('bytes that are no request close their connection and nothing else', () => {
  const frame = (value: RequestSum) => encodeFrame(encodeRequest({ value }));
  const expectClosed = (stream: Bytes, answersBefore = 0) => {
    const node = createNode(1);
    const before = node.app.info();
    const answers = node.client.raw(stream);
    expect(answers.map((answer) => answer.case)).toEqual([...Array(answersBefore).fill('info'), 'exception']);
    expect(node.client.isEnded()).toBe(true);
    expect(node.client.raw(frame(requests.INFO))).toEqual([]);
    expect(node.connect().call(requests.INFO).lastBlockHeight).toBe(before.height);
    const next = node.connect();
    next.call(requests.finalizeBlock(block(2n)));
    next.call(requests.COMMIT);
  };

  test.each([
    ['an empty message', encodeFrame(new Uint8Array(0))],
    ['a request of a later CometBFT (InsertTx)', encodeFrame(Uint8Array.of(0xaa, 0x01, 0x00))],
    ['a request of an earlier one (DeliverTx)', encodeFrame(Uint8Array.of(0x4a, 0x00))],
    ['a message that ends within a field', encodeFrame(Uint8Array.of(0x1a, 0x05, 0x0a))],
    ['a wire type that does not exist', encodeFrame(Uint8Array.of(0x1f))],
    ['field number 0', encodeFrame(Uint8Array.of(0x02, 0x00))],
    ['groups within groups', encodeFrame(new Uint8Array(50_000).fill(0x0b))],
    ['a length of 2^31', encodeVarint(2n ** 31n)],
    ['a length of 2^63', encodeVarint(2n ** 63n)],
    ['a length just above the limit', encodeVarint(FRAME_SIZE_BYTES_MAX + 1)],
    ['a length without end', new Uint8Array(20).fill(0x80)],
    [
      'HTTP',
      utf8ToBytes(
        'GET /status HTTP/1.1\r\nHost: localhost\r\nAccept: text/html,application/json;q=0.9,*/*;q=0.8\r\n\r\n',
      ),
    ],
    [
      'the signed lengths of Tendermint 0.34',
      concatBytes(Uint8Array.of(4), Uint8Array.of(0x12, 0x00, 4, 0x12, 0x00)),
    ],
  ])('%s', (_name, stream) => expectClosed(stream));

  test('what came before is answered first', () => {
    expectClosed(concatBytes(frame(requests.INFO), frame(requests.INFO), Uint8Array.of(0)), 2);
  });

  test('a message that is cut off waits for its end', () => {
    const node = createNode(1);
    const whole = frame(requests.INFO);
    expect(node.client.raw(whole.subarray(0, whole.length - 1))).toEqual([]);
    expect(node.client.raw(whole.subarray(whole.length - 1)).map((answer) => answer.case)).toEqual(['info']);
    expect(node.client.raw(encodeVarint(FRAME_SIZE_BYTES_MAX))).toEqual([]);
    expect(node.client.isEnded()).toBe(false);
  });

  test('a length may be longer than it needs to be, as protobuf has it', () => {
    const message = encodeRequest({ value: requests.FLUSH });
    const stream = concatBytes(Uint8Array.of(0x82, 0x80, 0x00), message);
    expect(createNode(1).client.raw(stream)).toMatchObject([{ case: 'flush' }]);
  });

  test('bytes behind the last known field are of a later version and are passed over', () => {
    const message = concatBytes(encodeRequest({ value: requests.INFO }), Uint8Array.of(0xfa, 0x7f, 1, 9));
    expect(createNode(1).client.raw(encodeFrame(message))).toMatchObject([{ case: 'info' }]);
  });
});

describe('what strangers send gets a code', () => {
  test('queries', () => {
    const { client } = createNode(3);
    const buyer = accountKey(world.addressOf('buyer'));
    const ask = (data: Bytes, height: bigint, prove = true, path = '/state') =>
      client.call(requests.query(data, height, prove, path));
    expect(ask(buyer, 2n)).toMatchObject({
      code: 0,
      height: 2n,
      proofOps: { ops: [{ type: 'ics23:smt', key: buyer }] },
    });
    // Proofs are for the state that the latest header commits to.
    expect(ask(buyer, 0n)).toMatchObject({ code: 0, height: 2n });
    expect(ask(buyer, 0n, false)).toMatchObject({ code: 0, height: 3n });
    expect(ask(buyer, 0n, false).proofOps).toBeUndefined();
    expect(ask(utf8ToBytes('absent'), 2n)).toMatchObject({ code: 0, value: new Uint8Array(0) });
    for (const height of [4n, -1n, 2n ** 62n, -(2n ** 63n)]) {
      const { code, log } = ask(buyer, height);
      expect(code).toBeGreaterThan(0);
      expect(JSON.parse(log)).toMatchObject({ code: 'chain.height.unknown' });
    }
    expect(ask(new Uint8Array(0), 2n).code).toBeGreaterThan(0);
    expect(JSON.parse(ask(buyer, 2n, true, `/${'x'.repeat(5000)}`).log)).toMatchObject({
      code: 'abci.query.path',
    });
    expect(ask(new Uint8Array(100_000), 2n).code).toBe(0);
    for (const path of ['/p2p/filter/addr/10.0.0.1:5', '/p2p/filter/id/ab'])
      expect(ask(buyer, 0n, false, path).code).toBe(0);
  });

  test('before the chain has begun there is nothing to ask and nothing to check', () => {
    const { client } = createNode(0);
    expect(client.call(requests.query(accountKey(world.addressOf('buyer')), 0n)).code).toBeGreaterThan(0);
    expect(JSON.parse(client.call(requests.checkTx(TX)).log)).toMatchObject({ code: 'chain.engine.stopped' });
    expect(client.call(requests.prepareProposal(block(1n, [TX]), 1000n)).txs).toEqual([]);
    expect(client.call(requests.INFO)).toMatchObject({
      lastBlockHeight: 0n,
      lastBlockAppHash: new Uint8Array(0),
    });
  });

  test('transactions: the code of the fault, and its sentence as JSON', () => {
    const { client } = createNode(1);
    const junk = client.call(requests.checkTx(utf8ToBytes('junk')));
    expect(junk).toMatchObject({ code: 1, codespace: 'dipnet', gasWanted: 0n });
    expect(JSON.parse(junk.log)).toMatchObject({ code: 'chain.tx.malformed', next: expect.any(String) });
    expect(client.call(requests.checkTx(TX))).toMatchObject({ code: 0, log: '' });
    // Counted in the check's own layer: the same number does not pass twice, until a block came.
    expect(client.call(requests.checkTx(TX)).code).toBe(7);
    client.call(requests.finalizeBlock(block(2n)));
    expect(client.call(requests.checkTx(TX)).code).toBe(7);
    client.call(requests.COMMIT);
    expect(client.call(requests.checkTx(TX, 1)).code).toBe(0);
  });

  test('a failing store is a code for readers', () => {
    const failures: unknown[] = [];
    const log = (_level: string, action: string) => failures.push(action);
    const disk = { query: fail, checkTx: fail, areTxs: fail, selectTxs: fail };
    const app = { ...createApplication({ kv: createMemoryKv() }), ...disk };
    app.initChain(genesis);
    const client = createWireClient(createAbciHandler({ app, log }));
    expect(
      JSON.parse(client.call(requests.query(accountKey(world.addressOf('buyer')), 0n)).log),
    ).toMatchObject({ code: 'abci.failed' });
    expect(client.call(requests.checkTx(TX)).code).toBeGreaterThan(0);
    expect(client.call(requests.prepareProposal(block(1n, [TX]), 1000n)).txs).toEqual([]);
    expect(client.call(requests.processProposal(block(1n, [TX]))).status).toBe(2);
    expect(failures).toHaveLength(4);
  });
});

function fail(): never {
  throw new Error('disk');
}
