// The JSON in which CometBFT's RPC gives headers, commits and validators. Parsing is strict in types and ranges and
// ignores unknown members; it proves nothing, verification is light/. Source: CometBFT v0.38.25 rpc/core, libs/json.
// Two forms of tendermint-rs that cannot be confused with others are read too: `part_set_header` and a null block id.

import { z } from 'zod';
import type { Bytes, Result } from '../base/index.ts';
import { base64, bytesToHex, equalBytes, ok, parseHex, refuse } from '../base/index.ts';
import { ADDRESS_SIZE_BYTES } from './encode.ts';
import { cometFault } from './faults.ts';
import { parseTime, timeToText, ZERO_TIME } from './time.ts';
import type {
  BlockId,
  Commit,
  ConsensusKey,
  Header,
  LightBlock,
  SignedHeader,
  Time,
  Validator,
  ValidatorSet,
} from './types.ts';
import { FLAG_ABSENT } from './types.ts';
import { consensusAddress, KEY_SIZE_BYTES, sortValidators } from './validators.ts';

const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;
const NOTHING = new Uint8Array(0);
/** More than any real set; bounds what one answer can make us do. */
export const VALIDATORS_MAX = 10_000;

const KEY_TYPES: Readonly<Record<string, ConsensusKey['type']>> = {
  'tendermint/PubKeyEd25519': 'ed25519',
  'tendermint/PubKeySecp256k1': 'secp256k1',
};
const KEY_TYPE_NAMES = {
  ed25519: 'tendermint/PubKeyEd25519',
  secp256k1: 'tendermint/PubKeySecp256k1',
} as const;

/** A schema whose texts are converted by `parse`; undefined is refused as `not what`. */
function converted<T>(what: string, parse: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `not ${what}` });
    return z.NEVER;
  });
}

function parseBase64(text: string): Bytes | undefined {
  try {
    return base64.decode(text);
  } catch {
    return undefined;
  }
}

const integer = (max: bigint) =>
  converted('a whole number within range', (text) => {
    if (!/^(0|-?[1-9]\d{0,19})$/.test(text)) return undefined;
    const value = BigInt(text);
    return value >= 0n && value <= max ? value : undefined;
  });
const int64 = integer(INT64_MAX);
const uint64 = integer(UINT64_MAX);
const hexBytes = converted('hexadecimal', (text) =>
  text.length <= 512 && !/^0x/i.test(text) ? parseHex(text) : undefined,
);
const base64Bytes = converted('base64', parseBase64);
const time = converted('an RFC 3339 time', parseTime);
const uint32 = z.int().min(0).max(0xffff_ffff);

const partSetHeader = z.object({ total: uint32, hash: hexBytes });
const EMPTY_BLOCK_ID: BlockId = { hash: NOTHING, parts: { total: 0, hash: NOTHING } };

const blockId = z
  .object({ hash: hexBytes, parts: partSetHeader.optional(), part_set_header: partSetHeader.optional() })
  .transform((id, context): BlockId => {
    const parts = id.parts ?? id.part_set_header;
    if (parts !== undefined) return { hash: id.hash, parts };
    context.addIssue({ code: 'custom', message: 'no part set header' });
    return z.NEVER;
  });

const header = z
  .object({
    version: z.object({ block: uint64, app: uint64.optional() }),
    chain_id: z.string(),
    height: int64,
    time,
    last_block_id: blockId.nullable(),
    last_commit_hash: hexBytes,
    data_hash: hexBytes,
    validators_hash: hexBytes,
    next_validators_hash: hexBytes,
    consensus_hash: hexBytes,
    app_hash: hexBytes,
    last_results_hash: hexBytes,
    evidence_hash: hexBytes,
    proposer_address: hexBytes,
  })
  .transform(
    (json): Header => ({
      version: { block: json.version.block, app: json.version.app ?? 0n },
      chainId: json.chain_id,
      height: json.height,
      time: json.time,
      lastBlockId: json.last_block_id ?? EMPTY_BLOCK_ID,
      lastCommitHash: json.last_commit_hash,
      dataHash: json.data_hash,
      validatorsHash: json.validators_hash,
      nextValidatorsHash: json.next_validators_hash,
      consensusHash: json.consensus_hash,
      appHash: json.app_hash,
      lastResultsHash: json.last_results_hash,
      evidenceHash: json.evidence_hash,
      proposerAddress: json.proposer_address,
    }),
  );

/** An absent vote has no time: Go writes year 1, tendermint-rs null or 1970. Any other time is kept, to be refused later. */
function voteTime(flag: 1 | 2 | 3, written: Time | null | undefined): Time {
  if (written === null || written === undefined) return ZERO_TIME;
  const isEpoch = written.seconds === 0n && written.nanos === 0;
  return flag === FLAG_ABSENT && isEpoch ? ZERO_TIME : written;
}

const commitSig = z
  .object({
    block_id_flag: z.union([z.literal(1), z.literal(2), z.literal(3)]),
    validator_address: hexBytes.nullish(),
    timestamp: time.nullish(),
    signature: base64Bytes.nullish(),
  })
  .transform((json) => ({
    flag: json.block_id_flag,
    address: json.validator_address ?? NOTHING,
    time: voteTime(json.block_id_flag, json.timestamp),
    signature: json.signature ?? NOTHING,
  }));

const commit = z
  .object({
    height: int64,
    round: z.int().min(0).max(0x7fff_ffff),
    block_id: blockId,
    // Go writes an empty list as null.
    signatures: z.array(commitSig).max(VALIDATORS_MAX).nullable(),
  })
  .transform(
    (json): Commit => ({
      height: json.height,
      round: json.round,
      blockId: json.block_id,
      signatures: json.signatures ?? [],
    }),
  );

const signedHeader = z.object({ header, commit });

const validator = z
  .object({
    address: hexBytes,
    pub_key: z.object({ type: z.string(), value: base64Bytes }),
    voting_power: int64,
  })
  .transform((json, context): Validator => {
    const type = KEY_TYPES[json.pub_key.type];
    if (type === undefined || json.pub_key.value.length !== KEY_SIZE_BYTES[type]) {
      context.addIssue({ code: 'custom', message: 'not a key of a known type' });
      return z.NEVER;
    }
    const key = { type, bytes: json.pub_key.value };
    if (!equalBytes(consensusAddress(key), json.address)) {
      context.addIssue({ code: 'custom', message: 'the address is not that of the key' });
      return z.NEVER;
    }
    return { key, power: json.voting_power };
  });

/** Sorted: the set's hash and the commit's indexes are defined over the order, the list's own order means nothing. */
const validatorSet = z.array(validator).max(VALIDATORS_MAX).transform(sortValidators);

function parseJson<S extends z.ZodType>(schema: S, where: string, json: unknown): Result<z.output<S>> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const path = [where, ...(issue?.path ?? []).map(String)].join('.');
  return refuse(
    cometFault('comet.json.malformed', { where: path.slice(0, 120), reason: issue?.message ?? 'unknown' }),
  );
}

/** `{header, commit}`. */
export function parseSignedHeaderJson(json: unknown): Result<SignedHeader> {
  return parseJson(signedHeader, 'signed_header', json);
}

/** A list of `{address, pub_key, voting_power}`. */
export function parseValidatorSetJson(json: unknown): Result<ValidatorSet> {
  return parseJson(validatorSet, 'validators', json);
}

const commitResult = z.object({ signed_header: signedHeader, canonical: z.boolean() });
export type CommitResult = { readonly signedHeader: SignedHeader; readonly canonical: boolean };

/** `result` of `/commit`; canonical false means that the signatures may still change. */
export function parseCommitResult(json: unknown): Result<CommitResult> {
  const parsed = parseJson(commitResult, 'commit', json);
  if (!parsed.ok) return parsed;
  return ok({ signedHeader: parsed.value.signed_header, canonical: parsed.value.canonical });
}

const validatorsResult = z.object({
  block_height: int64,
  validators: validatorSet,
  count: int64,
  total: int64,
});
export type ValidatorsPage = {
  readonly height: bigint;
  readonly validators: ValidatorSet;
  readonly count: number;
  readonly total: number;
};

/** `result` of one page of `/validators`. Pages together must be sorted again (sortValidators). */
export function parseValidatorsResult(json: unknown): Result<ValidatorsPage> {
  const parsed = parseJson(validatorsResult, 'validators', json);
  if (!parsed.ok) return parsed;
  const { block_height: height, validators, count, total } = parsed.value;
  return ok({ height, validators, count: Number(count), total: Number(total) });
}

const lightBlock = z.object({
  signed_header: signedHeader,
  validator_set: z.object({ validators: validatorSet }),
});

/** `{signed_header, validator_set: {validators}}`, as in evidence and test files. */
export function parseLightBlockJson(json: unknown): Result<LightBlock> {
  const parsed = parseJson(lightBlock, 'light_block', json);
  if (!parsed.ok) return parsed;
  const { signed_header: signed, validator_set: set } = parsed.value;
  return ok({ header: signed.header, commit: signed.commit, validators: set.validators });
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

const upperHex = (bytes: Bytes) => bytesToHex(bytes).toUpperCase();

function blockIdToJson(id: BlockId): Json {
  return { hash: upperHex(id.hash), parts: { total: id.parts.total, hash: upperHex(id.parts.hash) } };
}

export function headerToJson(value: Header): Json {
  return {
    version: { block: String(value.version.block), app: String(value.version.app) },
    chain_id: value.chainId,
    height: String(value.height),
    time: timeToText(value.time),
    last_block_id: blockIdToJson(value.lastBlockId),
    last_commit_hash: upperHex(value.lastCommitHash),
    data_hash: upperHex(value.dataHash),
    validators_hash: upperHex(value.validatorsHash),
    next_validators_hash: upperHex(value.nextValidatorsHash),
    consensus_hash: upperHex(value.consensusHash),
    app_hash: upperHex(value.appHash),
    last_results_hash: upperHex(value.lastResultsHash),
    evidence_hash: upperHex(value.evidenceHash),
    proposer_address: upperHex(value.proposerAddress),
  };
}

export function commitToJson(value: Commit): Json {
  return {
    height: String(value.height),
    round: value.round,
    block_id: blockIdToJson(value.blockId),
    signatures: value.signatures.map((sig) => ({
      block_id_flag: sig.flag,
      validator_address: upperHex(sig.address),
      timestamp: timeToText(sig.time),
      signature: sig.signature.length === 0 ? null : base64.encode(sig.signature),
    })),
  };
}

export function validatorToJson(value: Validator): Json {
  return {
    address: upperHex(consensusAddress(value.key)),
    pub_key: { type: KEY_TYPE_NAMES[value.key.type], value: base64.encode(value.key.bytes) },
    voting_power: String(value.power),
    proposer_priority: '0',
  };
}

/** With the proposer in the set, which Go's evidence parser demands (the first validator where the header's is not in it). */
export function lightBlockToJson(block: LightBlock): Json {
  const { proposerAddress } = block.header;
  const proposer =
    proposerAddress.length === ADDRESS_SIZE_BYTES
      ? block.validators.find(({ key }) => equalBytes(consensusAddress(key), proposerAddress))
      : undefined;
  const shown = proposer ?? block.validators[0];
  return {
    signed_header: { header: headerToJson(block.header), commit: commitToJson(block.commit) },
    validator_set: {
      validators: block.validators.map(validatorToJson),
      proposer: shown === undefined ? null : validatorToJson(shown),
    },
  };
}
