// A long chain of really signed blocks, written to a store block by block: for measuring how a light node comes to its
// head. Four validators of equal power, one of which is replaced every ten thousand blocks.

import type { Bytes, KvStore, Result } from '../../base/index.ts';
import {
  assert,
  concatBytes,
  ok,
  parseUtf8,
  refuse,
  sha256,
  u64ToBytes,
  unwrap,
  utf8ToBytes,
} from '../../base/index.ts';
import type { Commit, Header, LightBlock, ValidatorSet } from '../../comet/index.ts';
import {
  BLOCK_PROTOCOL,
  commitHash,
  consensusAddress,
  DEFAULT_CONSENSUS_HASH,
  EMPTY_EVIDENCE_HASH,
  encodeLightBlock,
  FLAG_COMMIT,
  headerHash,
  parseLightBlock,
  partSetHeaderOf,
  sortValidators,
  validatorSetHash,
  voteSignBytes,
} from '../../comet/index.ts';
import { lightFault } from '../faults.ts';
import type { LightProvider } from '../provider.ts';
import { createSigner, type SampleSigner } from './sample-chain.ts';

export type SignDigest = (digest: Bytes, secretKey: Bytes) => Bytes;

export type LongChainOptions = {
  readonly kv: KvStore;
  readonly chainId: string;
  readonly heights: number;
  /** 64 bytes R‖S, low S. */
  readonly sign: SignDigest;
};

export const LONG_CHAIN_START_S = 1_800_000_000n;
const VALIDATORS = 4;
const HEIGHTS_PER_SET = 10_000;
const BATCH = 1000;
const NOTHING = new Uint8Array(0);

type SignedSet = {
  readonly validators: ValidatorSet;
  readonly hash: Bytes;
  readonly signers: readonly { readonly signer: SampleSigner; readonly address: Bytes }[];
};

function createSets(): (height: number) => SignedSet {
  const known = new Map<number, SignedSet>();
  return (height) => {
    const first = Math.floor((height - 1) / HEIGHTS_PER_SET);
    const before = known.get(first);
    if (before !== undefined) return before;
    const members = Array.from({ length: VALIDATORS }, (_, n) =>
      createSigner(`long ${first + n}`, 'secp256k1'),
    );
    const validators = sortValidators(members.map(({ key, power }) => ({ key, power })));
    const signers = validators.map(({ key }) => {
      const signer = members.find((member) => member.key.bytes === key.bytes);
      assert(signer !== undefined, 'a validator has a key');
      return { signer, address: consensusAddress(key) };
    });
    const set = { validators, hash: validatorSetHash(validators), signers };
    known.set(first, set);
    return set;
  };
}

/** Writes blocks 1 … heights and returns the hash of the first. */
export function writeLongChain(options: LongChainOptions): Bytes {
  const setAt = createSets();
  const empty = sha256(NOTHING);
  let last: Commit | undefined;
  let root: Bytes = NOTHING;
  let batch: [Bytes, Bytes][] = [];
  for (let height = 1; height <= options.heights; height++) {
    const set = setAt(height);
    const header: Header = {
      version: { block: BLOCK_PROTOCOL, app: 1n },
      chainId: options.chainId,
      height: BigInt(height),
      time: { seconds: LONG_CHAIN_START_S + BigInt(height), nanos: 0 },
      lastBlockId: last?.blockId ?? { hash: NOTHING, parts: { total: 0, hash: NOTHING } },
      lastCommitHash: last === undefined ? empty : commitHash(last),
      dataHash: empty,
      validatorsHash: set.hash,
      nextValidatorsHash: setAt(height + 1).hash,
      consensusHash: DEFAULT_CONSENSUS_HASH,
      appHash: sha256(u64ToBytes(BigInt(height))),
      lastResultsHash: empty,
      evidenceHash: EMPTY_EVIDENCE_HASH,
      proposerAddress: set.signers[0]?.address ?? NOTHING,
    };
    last = signHeader(header, set, options.sign);
    if (height === 1) root = last.blockId.hash;
    batch.push([
      keyOf(header.height),
      encodeLightBlock({ header, commit: last, validators: set.validators }),
    ]);
    if (batch.length < BATCH && height < options.heights) continue;
    options.kv.apply([...batch, [LATEST, utf8ToBytes(String(height))]]);
    batch = [];
  }
  return root;
}

function signHeader(header: Header, set: SignedSet, sign: SignDigest): Commit {
  const hash = headerHash(header);
  const blockId = { hash, parts: partSetHeaderOf(hash) };
  const signatures = set.signers.map(({ signer, address }, index) => {
    const time = { seconds: header.time.seconds, nanos: 1 + index };
    const signBytes = voteSignBytes(header.chainId, header.height, 0, blockId, time);
    return { flag: FLAG_COMMIT, address, time, signature: sign(sha256(signBytes), signer.secret) } as const;
  });
  return { height: header.height, round: 0, blockId, signatures };
}

const LATEST = utf8ToBytes('latest');
const keyOf = (height: bigint) => concatBytes(utf8ToBytes('b'), u64ToBytes(height));

/** Serves the chain from its store, parsing each block anew. */
export function createLongChainProvider(id: string, kv: KvStore): LightProvider {
  const latest = BigInt(parseUtf8(kv.get(LATEST) ?? NOTHING) ?? '0');
  return {
    id,
    lightBlock(wanted): Promise<Result<LightBlock>> {
      const height = wanted === 'latest' ? latest : wanted;
      const stored = kv.get(keyOf(height));
      if (stored !== undefined) return Promise.resolve(ok(unwrap(parseLightBlock(stored))));
      const data = { height: String(height), latest: String(latest) };
      return Promise.resolve(refuse(lightFault('light.height.ahead', data)));
    },
  };
}
