// Checks that need no trust: is this light block well-formed and consistent in itself (ValidateBasic in CometBFT)?
// Says nothing about signatures. Source: CometBFT v0.38.25 types/{light,block,validator_set}.go.

import type { Bytes, Fault, Result } from '../base/index.ts';
import { bytesToHex, equalBytes, ok, refuse, utf8ToBytes } from '../base/index.ts';
import type { Commit, CommitSig, Header, LightBlock, PartSetHeader, ValidatorSet } from '../comet/index.ts';
import {
  ADDRESS_SIZE_BYTES,
  BLOCK_PROTOCOL,
  compareTime,
  consensusAddress,
  FLAG_ABSENT,
  HASH_SIZE_BYTES,
  headerHash,
  isTime,
  KEY_SIZE_BYTES,
  SIGNATURE_SIZE_BYTES,
  TOTAL_POWER_MAX,
  totalPower,
  validatorSetHash,
  ZERO_TIME,
} from '../comet/index.ts';
import { lightFault } from './faults.ts';

const CHAIN_ID_SIZE_BYTES_MAX = 50;
const INT64_MAX = 2n ** 63n - 1n;
const INT32_MAX = 0x7fff_ffff;
/** Arbitrary in CometBFT; bounded here, since every application's root is a digest. */
const APP_HASH_SIZE_BYTES_MAX = 256;

/** Well-formed, of this chain, and header, commit and validators belong together. */
export function checkLightBlock(block: LightBlock, chainId: string): Result<void> {
  const { header, commit, validators } = block;
  const height = String(header.height);
  if (header.chainId !== chainId) {
    return refuse(lightFault('light.chain.other', { found: header.chainId, expected: chainId }));
  }
  const wrong = headerProblem(header) ?? commitProblem(commit) ?? validatorsProblem(validators);
  if (wrong !== undefined) return refuse(malformed(header, wrong));
  if (commit.height !== header.height || !equalBytes(headerHash(header), commit.blockId.hash)) {
    return refuse(lightFault('light.header.hash', { height }));
  }
  if (!equalBytes(validatorSetHash(validators), header.validatorsHash)) {
    return refuse(lightFault('light.validators.hash', { height }));
  }
  return ok(undefined);
}

/** The header alone, for backwards verification, which has no commit to check. */
export function checkHeader(header: Header, chainId: string): Result<void> {
  if (header.chainId !== chainId) {
    return refuse(lightFault('light.chain.other', { found: header.chainId, expected: chainId }));
  }
  const wrong = headerProblem(header);
  return wrong === undefined ? ok(undefined) : refuse(malformed(header, wrong));
}

function malformed(header: Header, reason: string): Fault {
  return lightFault('light.block.malformed', { height: String(header.height), reason });
}

function isDigest(hash: Bytes): boolean {
  return hash.length === 0 || hash.length === HASH_SIZE_BYTES;
}

function isPartSetHeader(parts: PartSetHeader): boolean {
  return Number.isInteger(parts.total) && parts.total >= 0 && isDigest(parts.hash);
}

function headerProblem(header: Header): string | undefined {
  if (header.version.block !== BLOCK_PROTOCOL) return `block protocol ${header.version.block}`;
  if (utf8ToBytes(header.chainId).length > CHAIN_ID_SIZE_BYTES_MAX) return 'chain id too long';
  if (header.height < 1n || header.height > INT64_MAX) return 'height out of range';
  if (!isTime(header.time)) return 'time out of range';
  if (!isDigest(header.lastBlockId.hash) || !isPartSetHeader(header.lastBlockId.parts))
    return 'last block id';
  const digests = [
    header.lastCommitHash,
    header.dataHash,
    header.validatorsHash,
    header.nextValidatorsHash,
    header.consensusHash,
    header.lastResultsHash,
    header.evidenceHash,
  ];
  if (!digests.every(isDigest)) return 'a hash of wrong length';
  if (header.validatorsHash.length === 0) return 'no validators named';
  if (header.appHash.length > APP_HASH_SIZE_BYTES_MAX) return 'state hash too long';
  if (header.proposerAddress.length !== ADDRESS_SIZE_BYTES) return 'proposer address';
  return undefined;
}

function commitProblem(commit: Commit): string | undefined {
  const { blockId, round, signatures } = commit;
  if (!Number.isInteger(round) || round < 0 || round > INT32_MAX) return 'round out of range';
  if (blockId.hash.length !== HASH_SIZE_BYTES) return 'commit for nothing';
  if (!isPartSetHeader(blockId.parts)) return 'part set header';
  if (signatures.length === 0) return 'no signatures';
  const bad = signatures.findIndex((sig) => !isWellFormed(sig));
  return bad < 0 ? undefined : `signature ${bad}`;
}

function isWellFormed(sig: CommitSig): boolean {
  if (!isTime(sig.time)) return false;
  if (sig.flag === FLAG_ABSENT) {
    return sig.address.length === 0 && sig.signature.length === 0 && compareTime(sig.time, ZERO_TIME) === 0;
  }
  const { length } = sig.signature;
  return sig.address.length === ADDRESS_SIZE_BYTES && length > 0 && length <= SIGNATURE_SIZE_BYTES;
}

function validatorsProblem(validators: ValidatorSet): string | undefined {
  if (validators.length === 0) return 'no validators';
  const seen = new Set<string>();
  for (const { key, power } of validators) {
    if (key.bytes.length !== KEY_SIZE_BYTES[key.type]) return 'a validator key of wrong length';
    if (power < 0n || power > TOTAL_POWER_MAX) return 'a voting power out of range';
    seen.add(bytesToHex(consensusAddress(key)));
  }
  if (seen.size !== validators.length) return 'a validator listed twice';
  if (totalPower(validators) > TOTAL_POWER_MAX) return 'too much voting power';
  return undefined;
}
