// Hashes and sign bytes against the literal values of CometBFT's own Go tests (types/block_test.go, types/vote_test.go,
// crypto/secp256k1/secp256k1_test.go, crypto/merkle/rfc6962_test.go; Apache-2.0).

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, concatBytes, hexToBytes, sha256, utf8ToBytes } from '../base/index.ts';
import {
  commitHash,
  createCommitSignBytes,
  DEFAULT_CONSENSUS_HASH,
  dataHash,
  EMPTY_EVIDENCE_HASH,
  encodeBlockId,
  encodeCanonicalVote,
  encodeCommitSig,
  encodeTime,
  encodeTxResult,
  headerHash,
  partSetHeaderOf,
  resultsHash,
  voteSignBytes,
} from './encode.ts';
import { parseTime, ZERO_TIME } from './time.ts';
import type { Header } from './types.ts';
import { varintField } from './wire.ts';

const digest = (text: string) => sha256(utf8ToBytes(text));
const zeros = new Uint8Array(32);
const nothing = new Uint8Array(0);

const GO_HEADER: Header = {
  version: { block: 1n, app: 2n },
  chainId: 'chainId',
  height: 3n,
  time: parseTime('2019-10-13T16:14:44Z') ?? ZERO_TIME,
  lastBlockId: { hash: zeros, parts: { total: 6, hash: zeros } },
  lastCommitHash: digest('last_commit_hash'),
  dataHash: digest('data_hash'),
  validatorsHash: digest('validators_hash'),
  nextValidatorsHash: digest('next_validators_hash'),
  consensusHash: digest('consensus_hash'),
  appHash: digest('app_hash'),
  lastResultsHash: digest('last_results_hash'),
  evidenceHash: digest('evidence_hash'),
  proposerAddress: digest('proposer_address').subarray(0, 20),
};

describe('header hash', () => {
  test('TestHeaderHash', () => {
    expect(bytesToHex(headerHash(GO_HEADER))).toBe(
      'f740121f553b5418c3efbd343c2dbfe9e007bb67b0d020a0741374bab65242a4',
    );
  });

  test('is empty without a validator set', () => {
    expect(headerHash({ ...GO_HEADER, validatorsHash: nothing })).toEqual(nothing);
  });

  test('covers every field', () => {
    const changed: Partial<Header>[] = [
      { version: { block: 2n, app: 2n } },
      { version: { block: 1n, app: 3n } },
      { chainId: 'chainIe' },
      { height: 4n },
      { time: { ...GO_HEADER.time, nanos: 1 } },
      { lastBlockId: { hash: digest('x'), parts: GO_HEADER.lastBlockId.parts } },
      { lastBlockId: { hash: zeros, parts: { total: 7, hash: zeros } } },
      { lastBlockId: { hash: zeros, parts: { total: 6, hash: digest('x') } } },
      { lastCommitHash: zeros },
      { dataHash: zeros },
      { validatorsHash: zeros },
      { nextValidatorsHash: zeros },
      { consensusHash: zeros },
      { appHash: zeros },
      { lastResultsHash: zeros },
      { evidenceHash: zeros },
      { proposerAddress: zeros.subarray(0, 20) },
    ];
    const hashes = changed.map((change) => bytesToHex(headerHash({ ...GO_HEADER, ...change })));
    expect(new Set([...hashes, bytesToHex(headerHash(GO_HEADER))]).size).toBe(changed.length + 1);
  });
});

describe('vote sign bytes (TestVoteSignBytesTestVectors)', () => {
  const zeroTime = '2a0b088092b8c398feffffff01';
  const one = '0100000000000000';
  const nil = { blockId: undefined, time: ZERO_TIME };
  test.each([
    ['nothing', { type: 0, height: 0n, round: 0, chainId: '' }, `0d${zeroTime}`],
    ['precommit', { type: 2, height: 1n, round: 1, chainId: '' }, `21080211${one}19${one}${zeroTime}`],
    ['prevote', { type: 1, height: 1n, round: 1, chainId: '' }, `21080111${one}19${one}${zeroTime}`],
    ['no type', { type: 0, height: 1n, round: 1, chainId: '' }, `1f11${one}19${one}${zeroTime}`],
    [
      'chain id',
      { type: 0, height: 1n, round: 1, chainId: 'test_chain_id' },
      `2e11${one}19${one}${zeroTime}320d746573745f636861696e5f6964`,
    ],
  ])('%s', (_name, vote, expected) => {
    expect(bytesToHex(encodeCanonicalVote({ ...vote, ...nil }))).toBe(expected);
  });

  test('a precommit on chain proto-1 has 109 bytes and prefix 6c, as a real node signs it', () => {
    const blockId = { hash: digest('block'), parts: { total: 1, hash: digest('parts') } };
    const time = { seconds: 1_700_000_000n, nanos: 500_000_000 };
    const bytes = voteSignBytes('proto-1', 5n, 0, blockId, time);
    expect([bytes.length, bytes[0]]).toEqual([109, 0x6c]);
  });
});

describe('the commit’s sign bytes, made once for all votes', () => {
  test('are those of each vote alone, at all times', () => {
    const time = fc.record({
      seconds: fc.oneof(
        fc.bigInt(-62_135_596_800n, 253_402_300_799n),
        fc.constantFrom(0n, 127n, 128n, 2n ** 31n, 2n ** 53n + 1n, 2n ** 63n - 1n),
      ),
      nanos: fc.oneof(fc.integer({ min: 0, max: 999_999_999 }), fc.constantFrom(0, 127, 128, 16_383, 16_384)),
    });
    const chain = fc.string({ maxLength: 50 });
    const height = fc.bigInt(1n, 2n ** 63n - 1n);
    fc.assert(
      fc.property(chain, height, fc.nat(0x7fff_ffff), time, (chainId, height, round, time) => {
        const blockId = { hash: digest('block'), parts: { total: 3, hash: digest('parts') } };
        const signBytes = createCommitSignBytes(chainId, { height, round, blockId, signatures: [] });
        const plain = encodeCanonicalVote({ type: 2, chainId, height, round, blockId, time });
        expect(signBytes(time)).toEqual(plain);
        const slow = concatBytes(varintField(1, time.seconds), varintField(2, time.nanos));
        expect(encodeTime(time)).toEqual(slow);
      }),
      { numRuns: 300 },
    );
  });
});

describe('roots and parts', () => {
  test('an empty block id is 12 00', () => {
    expect(bytesToHex(encodeBlockId({ hash: nothing, parts: { total: 0, hash: nothing } }))).toBe('1200');
  });

  test('an absent signature carries year 1', () => {
    const absent = { flag: 1, address: nothing, time: ZERO_TIME, signature: nothing } as const;
    expect(bytesToHex(encodeCommitSig(absent))).toBe('08011a0b088092b8c398feffffff01');
  });

  test('of nothing are SHA-256 of nothing', () => {
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    const blockId = { hash: zeros, parts: { total: 1, hash: zeros } };
    const roots = [
      EMPTY_EVIDENCE_HASH,
      dataHash([]),
      resultsHash([]),
      commitHash({ height: 1n, round: 0, blockId, signatures: [] }),
    ];
    expect(roots.map(bytesToHex)).toEqual([empty, empty, empty, empty]);
  });

  test('the default consensus hash', () => {
    const hex = bytesToHex(DEFAULT_CONSENSUS_HASH).toUpperCase();
    expect([hex.slice(0, 8), hex.slice(-4)]).toEqual(['048091BC', 'A22F']);
  });

  test('data hash of one transaction is a leaf over its SHA-256', () => {
    const leaf = sha256(Uint8Array.of(0, ...digest('tx')));
    expect(dataHash([utf8ToBytes('tx')])).toEqual(leaf);
  });

  test('data hashes of a real network (tendermint-rs, kvstore_fixtures/v0_38/incoming/tx_search_with_prove)', () => {
    const roots = ['async-key=value', 'tx0=value'].map((tx) => bytesToHex(dataHash([utf8ToBytes(tx)])));
    expect(roots.map((root) => root.toUpperCase())).toEqual([
      '3081F9915040D138B3AD7F895732D2767C29E85BA5D84388D04E17A5D8262B7A',
      'DD49E1C469C2C3EB0AB68BF9B83D9865B08FEFDBC71702CC73564F4DA56870A4',
    ]);
  });

  test('a result holds only its deterministic fields', () => {
    const result = { code: 5, data: hexToBytes('abcd'), gasWanted: 300n, gasUsed: 1n };
    expect(bytesToHex(encodeTxResult(result))).toBe('08051202abcd28ac023001');
    expect(encodeTxResult({ code: 0, data: nothing, gasWanted: 0n, gasUsed: 0n })).toEqual(nothing);
    const unlimited = { code: 0, data: nothing, gasWanted: -1n, gasUsed: 0n };
    expect(bytesToHex(encodeTxResult(unlimited))).toBe('28ffffffffffffffffff01');
  });

  test('parts are of 64 KiB', () => {
    expect(partSetHeaderOf(new Uint8Array(65_536)).total).toBe(1);
    const two = partSetHeaderOf(new Uint8Array(65_537));
    const leaf = (bytes: Uint8Array) => sha256(Uint8Array.of(0, ...bytes));
    const left = leaf(new Uint8Array(65_536));
    expect(two).toEqual({ total: 2, hash: sha256(Uint8Array.of(1, ...left, ...leaf(new Uint8Array(1)))) });
  });
});
