// The messages against CometBFT's own encoder, byte by byte, and the frames under any cut.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../base/index.ts';
import {
  bytesToHex,
  concatBytes,
  decodeVarint,
  encodeVarint,
  hexToBytes,
  unwrap,
  utf8ToBytes,
} from '../base/index.ts';
import type { BlockInput } from '../chain/index.ts';
import * as convert from './convert.ts';
import { encodeFrame, FrameDecoder } from './frames.ts';
import type { ResponseValue } from './messages.ts';
import { encodeRequest, encodeResponse, parseRequest, parseResponse } from './messages.ts';
import { blockSizeBytes } from './proposal.ts';
import * as requests from './testing/requests.ts';
import vectors from './vectors/messages.json' with { type: 'json' };

const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
const TIME = { seconds: 1_800_000_000n, nanos: 123_456_789 };
const TXS = [fill(3, 7), fill(0, 0), fill(200, 9)];
const ADDRESS = fill(20, 0xaa);

const BLOCK: BlockInput = {
  height: 5n,
  time: TIME,
  txs: TXS,
  proposerAddress: fill(20, 7),
  hash: fill(32, 9),
  lastCommitVotes: [
    { address: ADDRESS, power: 10n, flag: 2 },
    { address: fill(20, 0xbb), power: 1n, flag: 1 },
    { address: fill(20, 0xcc), power: 2n, flag: 3 },
  ],
  misbehavior: [
    { kind: 'duplicate-vote', address: ADDRESS, power: 10n, height: 3n, time: TIME, totalPower: 40n },
    {
      kind: 'light-client-attack',
      address: ADDRESS,
      power: 10n,
      height: 2n ** 40n,
      time: TIME,
      totalPower: 2n ** 59n,
    },
  ],
};

const EVENT = { type: 'bank.send', attributes: { to: 'ab', empty: '' } };
const FAULT = { log: '{}', codespace: 'dipnet' };
const ED = { key: { type: 'ed25519', bytes: fill(32, 1) } } as const;
const SECP = { key: { type: 'secp256k1', bytes: fill(33, 2) } } as const;
const SNAPSHOT = { height: 9n, format: 1, chunks: 3, hash: fill(32, 3), metadata: fill(2, 4) };
const EVIDENCE = { maxAgeNumBlocks: 100_000n, maxAgeDuration: { seconds: 1_900_800n }, maxBytes: 1_048_576n };

/** What this project writes in the place of each of CometBFT's responses. */
const RESPONSES: Readonly<Record<string, ResponseValue>> = {
  exception: { case: 'exception', value: { error: 'no' } },
  echo: { case: 'echo', value: { message: 'hello ✓' } },
  flush: { case: 'flush', value: {} },
  info: {
    case: 'info',
    value: { data: 'dipnet', appVersion: 1n, lastBlockHeight: 5n, lastBlockAppHash: fill(32, 1) },
  },
  init_chain: {
    case: 'initChain',
    value: {
      consensusParams: {
        evidence: EVIDENCE,
        validator: { pubKeyTypes: ['ed25519', 'secp256k1'] },
        version: { app: 1n },
      },
      validators: [
        convert.fromValidator({ ...ED, power: 10n }),
        convert.fromValidator({ ...SECP, power: 7n }),
      ],
      appHash: fill(32, 1),
    },
  },
  query: {
    case: 'query',
    value: {
      key: fill(4, 5),
      value: fill(3, 6),
      proofOps: convert.fromProof(fill(4, 5), fill(10, 7)),
      height: 7n,
    },
  },
  'query refused': { case: 'query', value: { code: 199, ...FAULT } },
  check_tx: { case: 'checkTx', value: { gasWanted: 3000n } },
  'check_tx refused': { case: 'checkTx', value: { code: 7, ...FAULT } },
  commit: { case: 'commit', value: { retainHeight: 4n } },
  list_snapshots: { case: 'listSnapshots', value: { snapshots: [SNAPSHOT] } },
  offer_snapshot: { case: 'offerSnapshot', value: { result: 4 } },
  load_snapshot_chunk: { case: 'loadSnapshotChunk', value: { chunk: fill(9, 8) } },
  apply_snapshot_chunk: {
    case: 'applySnapshotChunk',
    value: { result: 3, refetchChunks: [2, 300], rejectSenders: ['peer'] },
  },
  prepare_proposal: { case: 'prepareProposal', value: { txs: TXS } },
  process_proposal: { case: 'processProposal', value: { status: 1 } },
  extend_vote: { case: 'extendVote', value: {} },
  verify_vote_extension: { case: 'verifyVoteExtension', value: { status: 2 } },
  finalize_block: {
    case: 'finalizeBlock',
    value: {
      events: [convert.fromEvent(EVENT)],
      txResults: [
        convert.fromOutcome({
          result: { code: 0, data: fill(2, 1), gasWanted: 3000n, gasUsed: 3100n },
          events: [EVENT],
        }),
        { code: 10, gasWanted: 1n, gasUsed: 1n, ...FAULT },
      ],
      validatorUpdates: [
        convert.fromValidator({ ...SECP, power: 0n }),
        convert.fromValidator({ ...ED, power: 2n ** 40n }),
      ],
      consensusParamUpdates: { evidence: EVIDENCE },
      appHash: fill(32, 2),
    },
  },
};

const frameOf = (kind: 'requests' | 'responses', name: string): Bytes => {
  const vector = vectors[kind].find((candidate) => candidate.name === name);
  if (vector === undefined) throw new Error(`no vector ${name}`);
  return hexToBytes(vector.frame);
};

function messageOf(frame: Bytes): Bytes {
  const decoder = new FrameDecoder();
  decoder.push(frame);
  const message = unwrap(decoder.next());
  if (message === undefined) throw new Error('no whole frame');
  return message;
}

describe('messages of CometBFT', () => {
  test.each(vectors.requests)('request $name is read, and written the same', ({ frame }) => {
    const request = parseRequest(messageOf(hexToBytes(frame)));
    if (request === undefined) throw new Error('not read');
    expect(request.value.case).toBeDefined();
    expect(bytesToHex(encodeFrame(encodeRequest(request)))).toBe(frame);
  });

  test.each(vectors.responses)('response $name is written the same, and read', ({ name, frame }) => {
    const response = RESPONSES[name];
    if (response === undefined) throw new Error(`nothing is written for ${name}`);
    const bytes = encodeFrame(encodeResponse(response));
    expect(bytesToHex(bytes)).toBe(frame);
    expect(parseResponse(messageOf(bytes))?.value).toMatchObject({ case: response.case });
  });

  test('a block as FinalizeBlock brings it: votes, offences, times with their nanoseconds', () => {
    const read = (name: string) => parseRequest(messageOf(frameOf('requests', name)))?.value;
    const value = read('finalize_block');
    if (value?.case !== 'finalizeBlock') throw new Error('no FinalizeBlock');
    expect(convert.toBlockInput(value.value)).toEqual(BLOCK);
    // Go's zero time, and messages that are empty.
    const first = read('finalize_block first and empty');
    if (first?.case !== 'finalizeBlock') throw new Error('no FinalizeBlock');
    expect(convert.toBlockInput(first.value)).toEqual({
      height: 1n,
      time: { seconds: -62_135_596_800n, nanos: 0 },
      txs: [],
      proposerAddress: fill(0, 0),
      lastCommitVotes: [],
      misbehavior: [],
    });
  });

  test('the scripted CometBFT writes blocks as the real one does', () => {
    const value = requests.finalizeBlock(BLOCK).value;
    const filled = {
      ...value,
      hash: fill(32, 9),
      nextValidatorsHash: fill(32, 6),
      decidedLastCommit: { ...value.decidedLastCommit, round: 1 },
    };
    const bytes = encodeRequest({ value: { case: 'finalizeBlock', value: filled as typeof value } });
    expect(bytesToHex(encodeFrame(bytes))).toBe(bytesToHex(frameOf('requests', 'finalize_block')));
  });
});

test('the size of a transaction in a block is that of its encoding', () => {
  for (const length of [0, 1, 127, 128, 16_383, 16_384, 200_000]) {
    const tx = new Uint8Array(length);
    // A block's data and this response hold transactions alike: two bytes of tag, the length of what we want to know.
    const bytes = encodeResponse({ case: 'prepareProposal', value: { txs: [tx, tx] } });
    expect(decodeVarint(bytes, 2)?.value).toBe(BigInt(2 * blockSizeBytes(tx)));
  }
});

describe('frames', () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
  const cutsOf = (stream: Bytes, sizes: readonly number[]) => {
    const chunks: Bytes[] = [];
    for (let start = 0, turn = 0; start < stream.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      chunks.push(stream.slice(start, start + size));
      start += size;
    }
    return chunks;
  };
  const take = (decoder: FrameDecoder) => {
    const taken: Bytes[] = [];
    for (let frame = decoder.next(); frame.ok && frame.value !== undefined; frame = decoder.next()) {
      taken.push(frame.value);
    }
    return taken;
  };

  test('come out as they went in, however the stream is cut and whenever they are taken', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(messages, sizes, fc.boolean(), (sent, chunkSizes, takeLate) => {
        const decoder = new FrameDecoder();
        const received: Bytes[] = [];
        for (const chunk of cutsOf(concatBytes(...sent.map(encodeFrame)), chunkSizes)) {
          decoder.push(chunk);
          if (!takeLate) received.push(...take(decoder));
        }
        received.push(...take(decoder));
        expect(received).toEqual(sent);
        expect(decoder.waitingBytes).toBe(0);
      }),
    );
  });

  test('a frame given out keeps its bytes when more arrive', () => {
    const decoder = new FrameDecoder();
    const stream = concatBytes(encodeFrame(utf8ToBytes('first')), encodeFrame(utf8ToBytes('second')));
    for (const byte of stream.subarray(0, 9)) decoder.push(Uint8Array.of(byte));
    const first = unwrap(decoder.next());
    for (const byte of stream.subarray(9)) decoder.push(Uint8Array.of(byte));
    expect(unwrap(decoder.next())).toEqual(utf8ToBytes('second'));
    expect(first).toEqual(utf8ToBytes('first'));
  });

  test('a length above the limit is refused as soon as it is read, and for good', () => {
    const decoder = new FrameDecoder(1000);
    decoder.push(concatBytes(encodeFrame(fill(1000, 1)), encodeVarint(1001)));
    expect(unwrap(decoder.next())).toHaveLength(1000);
    expect(decoder.next()).toMatchObject({ ok: false, fault: { code: 'abci.frame.large' } });
    decoder.push(encodeFrame(fill(1, 1)));
    expect(decoder.next().ok).toBe(false);
  });

  test('never throw and never give out more than came in, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
        const decoder = new FrameDecoder(64);
        let [given, received] = [0, 0];
        for (const chunk of chunks) {
          received += chunk.length;
          decoder.push(chunk);
          for (const frame of take(decoder)) given += frame.length + 1;
        }
        expect(given + decoder.waitingBytes).toBeLessThanOrEqual(received);
      }),
    );
  });

  test('any bytes are read or refused, never thrown at', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (junk) => {
        parseRequest(junk);
        parseResponse(junk);
      }),
    );
  });
});
