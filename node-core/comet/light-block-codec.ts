// Light blocks as bytes, for storage and evidence files: deterministic dag-cbor with exactly one encoding per block.
// Parsing refuses any other bytes. It proves nothing about the block; that is light/.

import { z } from 'zod';
import type { Bytes, CborValue, Result } from '../base/index.ts';
import { encodeCbor, ok, parseCbor, refuse } from '../base/index.ts';
import { cometFault } from './faults.ts';
import { VALIDATORS_MAX } from './rpc-json.ts';
import { isTime } from './time.ts';
import type { BlockId, LightBlock, Time } from './types.ts';
import { KEY_SIZE_BYTES } from './validators.ts';

const FORMAT = 1;
const INT64_MAX = 2n ** 63n - 1n;
/** Bounds what a file can make us decode: 10 000 validators take about 2 MB. */
const SIZE_BYTES_MAX = 8_000_000;

const timeToCbor = (time: Time): CborValue => [time.seconds, time.nanos];
const blockIdToCbor = (id: BlockId): CborValue => [id.hash, id.parts.total, id.parts.hash];

export function encodeLightBlock(block: LightBlock): Bytes {
  return encodeCbor(lightBlockToCbor(block));
}

/** The block as a part of a larger canonical record (evidence files). */
function lightBlockToCbor(block: LightBlock): CborValue {
  const { header, commit, validators } = block;
  return {
    v: FORMAT,
    header: {
      version: [header.version.block, header.version.app],
      chainId: header.chainId,
      height: header.height,
      time: timeToCbor(header.time),
      lastBlockId: blockIdToCbor(header.lastBlockId),
      lastCommitHash: header.lastCommitHash,
      dataHash: header.dataHash,
      validatorsHash: header.validatorsHash,
      nextValidatorsHash: header.nextValidatorsHash,
      consensusHash: header.consensusHash,
      appHash: header.appHash,
      lastResultsHash: header.lastResultsHash,
      evidenceHash: header.evidenceHash,
      proposerAddress: header.proposerAddress,
    },
    commit: {
      height: commit.height,
      round: commit.round,
      blockId: blockIdToCbor(commit.blockId),
      signatures: commit.signatures.map((sig) => [
        sig.flag,
        sig.address,
        timeToCbor(sig.time),
        sig.signature,
      ]),
    },
    validators: validators.map(({ key, power }) => [key.type, key.bytes, power]),
  };
}

const bytes = (sizeMax: number) => z.instanceof(Uint8Array).refine((value) => value.length <= sizeMax);
const hash = bytes(64);
/** dag-cbor gives small integers as number and large ones as bigint. */
const int64 = z
  .union([z.int(), z.bigint()])
  .transform(BigInt)
  .refine((value) => value >= 0n && value <= INT64_MAX);
const uint32 = z.int().min(0).max(0xffff_ffff);
const time = z
  .tuple([z.int(), z.int()])
  .transform(([seconds, nanos]): Time => ({ seconds: BigInt(seconds), nanos }))
  .refine(isTime);
const blockId = z
  .tuple([hash, uint32, hash])
  .transform(([hash, total, partsHash]): BlockId => ({ hash, parts: { total, hash: partsHash } }));

const header = z.strictObject({
  version: z.tuple([int64, int64]).transform(([block, app]) => ({ block, app })),
  chainId: z.string().max(50),
  height: int64,
  time,
  lastBlockId: blockId,
  lastCommitHash: hash,
  dataHash: hash,
  validatorsHash: hash,
  nextValidatorsHash: hash,
  consensusHash: hash,
  appHash: bytes(256),
  lastResultsHash: hash,
  evidenceHash: hash,
  proposerAddress: hash,
});

const commitSig = z
  .tuple([z.union([z.literal(1), z.literal(2), z.literal(3)]), hash, time, bytes(128)])
  .transform(([flag, address, time, signature]) => ({ flag, address, time, signature }));

const validator = z
  .tuple([z.enum(['ed25519', 'secp256k1']), bytes(33), int64])
  .refine(([type, key]) => key.length === KEY_SIZE_BYTES[type])
  .transform(([type, key, power]) => ({ key: { type, bytes: key }, power }));

const lightBlock = z
  .strictObject({
    v: z.literal(FORMAT),
    header,
    commit: z.strictObject({
      height: int64,
      round: z.int().min(0).max(0x7fff_ffff),
      blockId,
      signatures: z.array(commitSig).max(VALIDATORS_MAX),
    }),
    validators: z.array(validator).max(VALIDATORS_MAX),
  })
  .transform(({ header, commit, validators }): LightBlock => ({ header, commit, validators }));

/** Strict inverse of encodeLightBlock. */
export function parseLightBlock(encoded: Bytes): Result<LightBlock> {
  if (encoded.length > SIZE_BYTES_MAX) return refuse(cometFault('comet.block.malformed'));
  return lightBlockFromCbor(parseCbor(encoded));
}

/** The block from its part of a larger record that was decoded canonically. */
function lightBlockFromCbor(value: CborValue | undefined): Result<LightBlock> {
  const parsed = lightBlock.safeParse(value);
  return parsed.success ? ok(parsed.data) : refuse(cometFault('comet.block.malformed'));
}
