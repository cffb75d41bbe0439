// The RPC forms: a recorded answer of a real node, and properties of the parser.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64, bytesToHex, unwrap } from '../base/index.ts';
import { commitHash, headerHash, voteSignBytes } from './encode.ts';
import { encodeLightBlock, parseLightBlock } from './light-block-codec.ts';
import {
  commitToJson,
  headerToJson,
  lightBlockToJson,
  parseCommitResult,
  parseLightBlockJson,
  parseSignedHeaderJson,
  parseValidatorSetJson,
  parseValidatorsResult,
} from './rpc-json.ts';
import { nobleSignatures } from './signatures.ts';
import { ZERO_TIME } from './time.ts';
import type { LightBlock } from './types.ts';
import { sortValidators, validatorSetHash } from './validators.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`./vectors/${name}.json`, import.meta.url), 'utf8')).result;
const recorded = read('commit_at_height_10');
const VALIDATOR = {
  address: '2DD9F44FD9067555C322243C3C913BA7B51D2BE0',
  pub_key: { type: 'tendermint/PubKeyEd25519', value: 'bNNlGls5R25wC3Sd8720F/3+7IZBhXcD22MNFtPk/v0=' },
  voting_power: '10',
  proposer_priority: '0',
};
const SECP = {
  address: '7C2BB42A8BE69791EC763E51F5A49BCD41E82237',
  pub_key: {
    type: 'tendermint/PubKeySecp256k1',
    value: base64.encode(
      Uint8Array.from(
        '02950e1cdfcb133d6024109fd489f734eeb4502418e538c28481f22bce276f248c'.match(/../g) ?? [],
        (pair) => Number.parseInt(pair, 16),
      ),
    ),
  },
  voting_power: '9223372036854775807',
};

function recordedBlock(): LightBlock {
  const { header, commit } = unwrap(parseCommitResult(recorded)).signedHeader;
  return { header, commit, validators: unwrap(parseValidatorSetJson([VALIDATOR])) };
}

describe('a recorded answer of a CometBFT 0.38 node', () => {
  const block = recordedBlock();

  test('header, validator set and signature hold together', () => {
    expect(bytesToHex(headerHash(block.header)).toUpperCase()).toBe(
      recorded.signed_header.commit.block_id.hash,
    );
    expect(validatorSetHash(block.validators)).toEqual(block.header.validatorsHash);
    const { height, round, blockId, signatures } = block.commit;
    const [sig] = signatures;
    const message = voteSignBytes('dockerchain', height, round, blockId, sig!.time);
    expect(nobleSignatures.verify(block.validators[0]!.key, message, sig!.signature)).toBe(true);
    expect(unwrap(parseCommitResult(recorded)).canonical).toBe(true);
  });

  test('the commit before it has the hash that the header names', () => {
    const { block: whole } = read('block_at_height_10');
    const last = unwrap(parseSignedHeaderJson({ header: whole.header, commit: whole.last_commit })).commit;
    expect(commitHash(last)).toEqual(block.header.lastCommitHash);
    expect(last.blockId).toEqual(block.header.lastBlockId);
    const message = voteSignBytes('dockerchain', 9n, 0, last.blockId, last.signatures[0]!.time);
    expect(nobleSignatures.verify(block.validators[0]!.key, message, last.signatures[0]!.signature)).toBe(
      true,
    );
  });

  test('written again it is the same JSON', () => {
    expect(headerToJson(block.header)).toEqual(recorded.signed_header.header);
    expect(commitToJson(block.commit)).toEqual(recorded.signed_header.commit);
    const json = lightBlockToJson(block);
    expect(unwrap(parseLightBlockJson(json))).toEqual(block);
    expect(json).toMatchObject({ validator_set: { proposer: VALIDATOR, validators: [VALIDATOR] } });
  });

  test('its binary form', () => {
    expect(unwrap(parseLightBlock(encodeLightBlock(block)))).toEqual(block);
  });
});

describe('validators', () => {
  test('are sorted, of both key types, and keep all 63 bits of their power', () => {
    const parsed = unwrap(parseValidatorSetJson([VALIDATOR, SECP]));
    expect(parsed.map(({ power }) => power)).toEqual([9223372036854775807n, 10n]);
    expect(sortValidators(parsed)).toEqual(parsed);
  });

  test('a page of /validators', () => {
    const page = { block_height: '7', validators: [VALIDATOR], count: '1', total: '120' };
    expect(unwrap(parseValidatorsResult(page))).toMatchObject({ height: 7n, count: 1, total: 120 });
  });

  test.each([
    ['another address', { ...VALIDATOR, address: SECP.address }],
    ['no address', { ...VALIDATOR, address: undefined }],
    ['another type', { ...VALIDATOR, pub_key: { ...VALIDATOR.pub_key, type: SECP.pub_key.type } }],
    ['an unknown type', { ...VALIDATOR, pub_key: { ...VALIDATOR.pub_key, type: 'toString' } }],
    ['a number for a power', { ...VALIDATOR, voting_power: 10 }],
    ['a negative power', { ...VALIDATOR, voting_power: '-1' }],
    ['a power beyond int64', { ...VALIDATOR, voting_power: '9223372036854775808' }],
    ['a padded power', { ...VALIDATOR, voting_power: '010' }],
    ['a key that is no base64', { ...VALIDATOR, pub_key: { ...VALIDATOR.pub_key, value: '!' } }],
    ['nothing', null],
  ])('refuses %s', (_name, json) => {
    const parsed = parseValidatorSetJson([json]);
    expect(parsed.ok ? undefined : parsed.fault.code).toBe('comet.json.malformed');
  });
});

describe('headers and commits', () => {
  const { header, commit } = recorded.signed_header;
  const [sig] = commit.signatures;

  test.each([
    ['a number for a height', { header: { ...header, height: 10 }, commit }],
    ['a hash of odd length', { header: { ...header, app_hash: '0' }, commit }],
    ['a hash with 0x', { header: { ...header, app_hash: '0x00' }, commit }],
    ['a time without zone', { header: { ...header, time: '2023-05-17T14:12:53' }, commit }],
    ['a flag of 4', { header, commit: { ...commit, signatures: [{ ...sig, block_id_flag: 4 }] } }],
    ['a round in text', { header, commit: { ...commit, round: '0' } }],
    ['a negative round', { header, commit: { ...commit, round: -1 } }],
    ['a block id without parts', { header, commit: { ...commit, block_id: { hash: '' } } }],
    ['no commit', { header }],
    ['a list', []],
    ['nothing', undefined],
  ])('refuses %s', (_name, json) => {
    expect(parseSignedHeaderJson(json).ok).toBe(false);
  });

  test('reads what Go and tendermint-rs write for absent things', () => {
    const absent = {
      block_id_flag: 1,
      validator_address: '',
      timestamp: '0001-01-01T00:00:00Z',
      signature: null,
    };
    const rust = { ...absent, timestamp: '1970-01-01T00:00:00Z', signature: '' };
    const nothing = { block_id_flag: 1, validator_address: null, timestamp: null, signature: null };
    const signatures = [absent, rust, nothing];
    const block_id = { hash: header.data_hash, part_set_header: { total: 1, hash: header.data_hash } };
    const version = { block: '11' };
    const parsed = unwrap(
      parseSignedHeaderJson({
        header: { ...header, version, last_block_id: null },
        commit: { ...commit, signatures, block_id },
      }),
    );
    const empty = new Uint8Array(0);
    const expected = { flag: 1, address: empty, time: ZERO_TIME, signature: empty };
    expect(parsed.commit.signatures).toEqual([expected, expected, expected]);
    expect(parsed.commit.blockId.parts.total).toBe(1);
    expect(parsed.header.lastBlockId).toEqual({ hash: empty, parts: { total: 0, hash: empty } });
    expect(parsed.header.version.app).toBe(0n);
    const none = unwrap(parseSignedHeaderJson({ header, commit: { ...commit, signatures: null } }));
    expect(none.commit.signatures).toEqual([]);
  });

  test('a signature with a strange time keeps it, to be refused by verification', () => {
    const signatures = [{ ...sig, block_id_flag: 1 }];
    const parsed = unwrap(parseSignedHeaderJson({ header, commit: { ...commit, signatures } }));
    expect(parsed.commit.signatures[0]?.time).not.toEqual(ZERO_TIME);
  });

  test('any JSON at all gives an answer, never an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(parseSignedHeaderJson(json).ok).toBe(false);
        expect(parseLightBlockJson(json).ok).toBe(false);
        expect(parseCommitResult({ canonical: true, signed_header: json }).ok).toBe(false);
      }),
    );
  });
});

describe('binary light blocks', () => {
  const bytes = encodeLightBlock(recordedBlock());

  test('a changed byte makes another block or none, never the same', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ change;
        const parsed = parseLightBlock(changed);
        // One encoding only: what still parses encodes to exactly the changed bytes.
        if (parsed.ok) expect(encodeLightBlock(parsed.value)).toEqual(changed);
      }),
      { numRuns: 500 },
    );
  });

  test('cut, lengthened and arbitrary bytes are refused', () => {
    for (let length = 0; length < bytes.length; length += 7) {
      expect(parseLightBlock(bytes.subarray(0, length)).ok).toBe(false);
    }
    expect(parseLightBlock(Uint8Array.of(...bytes, 0)).ok).toBe(false);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => !parseLightBlock(junk).ok));
  });

  test('round-trips extremes', () => {
    const base = recordedBlock();
    const extreme: LightBlock = {
      header: {
        ...base.header,
        height: 2n ** 63n - 1n,
        version: { block: 2n ** 60n, app: 0n },
        time: ZERO_TIME,
      },
      commit: { ...base.commit, round: 0x7fff_ffff, signatures: [] },
      validators: [],
    };
    expect(unwrap(parseLightBlock(encodeLightBlock(extreme)))).toEqual(extreme);
  });
});
