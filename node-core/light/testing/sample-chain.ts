// Chains of really signed blocks, for tests, simulations and benchmarks: deterministic, with any validators, forks and
// lies that a case needs. Never used by the product.

import type { Bytes, Result } from '../../base/index.ts';
import { assert, equalBytes, ok, refuse, sha256, utf8ToBytes } from '../../base/index.ts';
import type {
  CommitSig,
  ConsensusKey,
  Header,
  LightBlock,
  TxResult,
  ValidatorSet,
} from '../../comet/index.ts';
import {
  BLOCK_PROTOCOL,
  commitHash,
  consensusAddress,
  createConsensusKey,
  DEFAULT_CONSENSUS_HASH,
  dataHash,
  EMPTY_EVIDENCE_HASH,
  FLAG_ABSENT,
  FLAG_COMMIT,
  headerHash,
  partSetHeaderOf,
  resultsHash,
  signVote,
  sortValidators,
  validatorSetHash,
  voteSignBytes,
  ZERO_TIME,
} from '../../comet/index.ts';
import type { AttackEvidence } from '../attack-evidence.ts';
import { lightFault } from '../faults.ts';
import type { LightProvider } from '../provider.ts';

export type SampleSigner = { readonly secret: Bytes; readonly key: ConsensusKey; readonly power: bigint };

const NOTHING = new Uint8Array(0);

export function createSigner(name: string, type: ConsensusKey['type'], power = 10n): SampleSigner {
  const secret = sha256(utf8ToBytes(name));
  return { secret, key: createConsensusKey(secret, type), power };
}

export function createSigners(count: number, type: ConsensusKey['type'], name = 'signer'): SampleSigner[] {
  return Array.from({ length: count }, (_, index) => createSigner(`${name} ${index}`, type));
}

export type SampleTx = { readonly tx: Bytes; readonly result: TxResult };

export type SampleOptions = {
  readonly chainId: string;
  readonly heights: number;
  readonly signersAt: (height: number) => readonly SampleSigner[];
  /** Who votes, of those who may; everybody where left out. */
  readonly votersAt?: (height: number) => readonly SampleSigner[];
  readonly appHashAt?: (height: number) => Bytes;
  readonly txsAt?: (height: number) => readonly SampleTx[];
  readonly roundAt?: (height: number) => number;
  readonly secondsAt?: (height: number) => bigint;
  /** Blocks to build upon: a fork where they belong to another chain that goes on. */
  readonly base?: readonly LightBlock[];
};

const START_SECONDS = 1_800_000_000n;
const SECONDS_PER_BLOCK = 10n;

export const sampleSeconds = (height: number) => START_SECONDS + BigInt(height) * SECONDS_PER_BLOCK;

const setOf = (signers: readonly SampleSigner[]): ValidatorSet =>
  sortValidators(signers.map(({ key, power }) => ({ key, power })));

/** Blocks 1 … heights, each signed by its voters. */
export function buildSampleChain(options: SampleOptions): LightBlock[] {
  const blocks = [...(options.base ?? [])];
  for (let height = blocks.length + 1; height <= options.heights; height++) {
    blocks.push(buildBlock(options, height, blocks[blocks.length - 1]));
  }
  return blocks;
}

function buildBlock(options: SampleOptions, height: number, last: LightBlock | undefined): LightBlock {
  const { signersAt, votersAt = signersAt, txsAt = () => [] } = options;
  const validators = setOf(signersAt(height));
  const [proposer] = validators;
  assert(proposer !== undefined, 'a sample chain has validators');
  const header: Header = {
    version: { block: BLOCK_PROTOCOL, app: 0n },
    chainId: options.chainId,
    height: BigInt(height),
    time: { seconds: (options.secondsAt ?? sampleSeconds)(height), nanos: height % 1000 },
    lastBlockId: last?.commit.blockId ?? { hash: NOTHING, parts: { total: 0, hash: NOTHING } },
    lastCommitHash: last === undefined ? EMPTY_EVIDENCE_HASH : commitHash(last.commit),
    dataHash: dataHash(txsAt(height).map(({ tx }) => tx)),
    validatorsHash: validatorSetHash(validators),
    nextValidatorsHash: validatorSetHash(setOf(signersAt(height + 1))),
    consensusHash: DEFAULT_CONSENSUS_HASH,
    appHash: options.appHashAt?.(height) ?? sha256(utf8ToBytes(`state ${height - 1}`)),
    lastResultsHash: resultsHash(txsAt(height - 1).map(({ result }) => result)),
    evidenceHash: EMPTY_EVIDENCE_HASH,
    proposerAddress: consensusAddress(proposer.key),
  };
  return signBlock(header, validators, votersAt(height), options.roundAt?.(height) ?? 0);
}

/** A commit for the header by these voters; the other validators are absent. */
export function signBlock(
  header: Header,
  validators: ValidatorSet,
  voters: readonly SampleSigner[],
  round: number,
): LightBlock {
  const { chainId, height } = header;
  const blockId = { hash: headerHash(header), parts: partSetHeaderOf(headerHash(header)) };
  const signatures = validators.map(({ key }, index): CommitSig => {
    const voter = voters.find((candidate) => equalBytes(candidate.key.bytes, key.bytes));
    if (voter === undefined) {
      return { flag: FLAG_ABSENT, address: NOTHING, time: ZERO_TIME, signature: NOTHING };
    }
    const time = { seconds: header.time.seconds + 1n, nanos: index };
    const signBytes = voteSignBytes(chainId, height, round, blockId, time);
    const signature = signVote(voter.secret, key.type, signBytes);
    return { flag: FLAG_COMMIT, address: consensusAddress(key), time, signature };
  });
  return { header, commit: { height, round, blockId, signatures }, validators };
}

export type SampleProvider = LightProvider & {
  /** Heights that were asked for, in order. */
  readonly asked: (bigint | 'latest')[];
  readonly evidence: AttackEvidence[];
  blocks: readonly LightBlock[];
  silent: boolean;
};

/** Serves a list of blocks that starts at height 1. */
export function createSampleProvider(id: string, blocks: readonly LightBlock[]): SampleProvider {
  const provider: SampleProvider = {
    id,
    blocks,
    silent: false,
    asked: [],
    evidence: [],
    lightBlock(height): Promise<Result<LightBlock>> {
      provider.asked.push(height);
      const latest = provider.blocks.length;
      const block = provider.blocks[(height === 'latest' ? latest : Number(height)) - 1];
      if (provider.silent) {
        return Promise.resolve(refuse(lightFault('light.provider.silent', { height: String(height) })));
      }
      if (block !== undefined) return Promise.resolve(ok(block));
      const data = { height: String(height), latest: String(latest) };
      return Promise.resolve(refuse(lightFault('light.height.ahead', data)));
    },
    submitEvidence(evidence) {
      provider.evidence.push(evidence);
      return Promise.resolve(ok(undefined));
    },
  };
  return provider;
}
