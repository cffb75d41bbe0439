// CometBFT as a script: speaks the socket protocol over four connections, walks through the legal call sequences at
// random from a seed, dies at any point, and comes back with the handshake and replay of a real node. Beside it runs the
// same application in this process, on the blocks alone: whatever happens, both agree on every result.
// Source: CometBFT v0.38.25 spec/abci/abci++_comet_expected_behavior.md (grammar), consensus/replay.go,
// state/execution.go.

import type { Bytes } from '../../base/index.ts';
import { assert, bytesToHex, concatBytes } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import type { BlockInput, BlockOutcome, ChainApplication, Genesis } from '../../chain/index.ts';
import { accountKey, createApplication } from '../../chain/index.ts';
import * as world from '../../chain/testing/world.ts';
import { consensusAddress } from '../../comet/index.ts';
import type { VerifySignature } from '../../identity/index.ts';
import { verifySignature } from '../../identity/index.ts';
import * as convert from '../convert.ts';
import { createAbciHandler } from '../handler.ts';
import type { ResponseOf } from '../messages.ts';
import { blockSizeBytes } from '../proposal.ts';
import { createCrashingKv } from './crashing-kv.ts';
import * as requests from './requests.ts';
import type { Seeded } from './seeded.ts';
import type { Cut, WireClient } from './wire-client.ts';
import { createWireClient } from './wire-client.ts';

/** Where a node may die. Between deciding a block and having its state written there is a point after each step. */
export const CRASH_POINTS = [
  'none',
  'in-rounds',
  'after-decision',
  'after-finalize',
  'before-write',
  'after-write',
  'before-state',
  'after-state',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

class Died extends Error {}

const verdicts = new Map<string, boolean>();

/** A verdict never changes, and every process that begins again asks for the same ones. */
const verifyOnce: VerifySignature = (key, message, signature) => {
  const name = bytesToHex(concatBytes(key, signature, message));
  const verdict = verdicts.get(name) ?? verifySignature(key, message, signature);
  verdicts.set(name, verdict);
  return verdict;
};

type Connections = { readonly [name in 'query' | 'snapshot' | 'mempool' | 'consensus']: WireClient };

export type DriverOptions = {
  readonly genesis: Genesis;
  readonly random: Seeded;
  /** Transactions to choose from; some of them are bad. */
  readonly txs: (seqOf: (address: Bytes) => number) => readonly Bytes[];
  readonly cut?: Cut;
};

export class CometDriver {
  readonly #options: DriverOptions;
  readonly #stateKv = createCrashingKv(createMemoryKv());
  readonly #reference: ChainApplication;
  /** What survives in CometBFT: the decided blocks, and the height and root of the last written state. */
  readonly #blocks: BlockInput[] = [];
  #stateHeight = 0n;
  readonly #outcomes: BlockOutcome[] = [];
  readonly #genesisHash: Bytes;
  #connections: Connections | undefined;
  /** How often each kind of thing happened. */
  readonly counts = new Map<string, number>();

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#reference = createApplication({ kv: createMemoryKv(), verify: verifyOnce });
    this.#genesisHash = this.#reference.initChain(options.genesis).appHash;
  }

  get height(): bigint {
    return BigInt(this.#blocks.length);
  }

  /** Root after each block, in hexadecimal. */
  appHashes(): readonly string[] {
    return this.#outcomes.map(({ appHash }) => bytesToHex(appHash));
  }

  /** A process of the node begins: new application over the store, new connections, handshake, replay. */
  start(): void {
    const app = createApplication({ kv: this.#stateKv, verify: verifyOnce });
    const handler = createAbciHandler({ app, log: () => undefined });
    const connect = () => createWireClient(handler, this.#options.cut);
    // In the order in which CometBFT dials.
    this.#connections = { query: connect(), snapshot: connect(), mempool: connect(), consensus: connect() };
    this.#count('start');
    this.#handshake(this.#connections);
  }

  /** Some height with any number of rounds, and a death at the given point; afterwards the node runs again. */
  runHeight(crash: CrashPoint): void {
    try {
      const block = this.#runRounds(crash);
      this.#blocks.push(block);
      const reference = this.#reference.finalizeBlock(block);
      this.#reference.commit();
      this.#outcomes.push(reference);
      this.#dieAt('after-decision', crash);
      this.#execute(this.#open(), block, crash);
    } catch (error) {
      const died = error instanceof Died || (crash.endsWith('-write') && isException(error));
      if (!died) throw error;
      this.#count(crash);
      this.#stateKv.arm(undefined);
      this.start();
    }
  }

  #open(): Connections {
    assert(this.#connections !== undefined, 'the node was started');
    return this.#connections;
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  #dieAt(point: CrashPoint, crash: CrashPoint): void {
    if (point === crash) throw new Died(point);
  }

  #hashAt(height: bigint): Bytes {
    const hash = height === 0n ? this.#genesisHash : this.#outcomes[Number(height) - 1]?.appHash;
    assert(hash !== undefined, 'the height was reached');
    return hash;
  }

  #handshake({ query, consensus }: Connections): void {
    const { lastBlockHeight: appHeight, lastBlockAppHash, appVersion } = query.call(requests.INFO);
    assert(appVersion === 1n, 'the version of the application is in every header');
    assert(
      appHeight === this.#stateHeight || appHeight === this.#stateHeight + 1n,
      'one block at most is ahead',
    );
    if (appHeight === 0n) this.#beginChain(consensus);
    else equal(lastBlockAppHash, this.#hashAt(appHeight), 'the committed root is told again');
    for (let height = appHeight + 1n; height <= this.height; height++) {
      this.#count('replay');
      this.#execute(this.#open(), this.#blockAt(height), 'none');
    }
    // Committed by the application and not yet by CometBFT: it takes the results that it kept.
    this.#stateHeight = this.height;
  }

  #beginChain(consensus: WireClient): void {
    const { genesis } = this.#options;
    const begun = consensus.call(requests.initChain(genesis));
    equal(begun.appHash, this.#genesisHash, 'the genesis has one root');
    assert(begun.validators.length === genesis.validators.length, 'the set is that of genesis');
    const { evidence, validator } = begun.consensusParams ?? {};
    assert((evidence?.maxAgeDuration?.seconds ?? 0n) > 21n * 86_400n, 'evidence outlives unbonding');
    assert(validator?.pubKeyTypes.join() === 'ed25519,secp256k1', 'both key types are allowed');
    this.#count('init-chain');
  }

  #blockAt(height: bigint): BlockInput {
    const block = this.#blocks[Number(height) - 1];
    assert(block !== undefined, 'the block is stored');
    return block;
  }

  /** ApplyBlock: FinalizeBlock, save the results, Commit, save the state, check what waits again. */
  #execute({ consensus, mempool }: Connections, block: BlockInput, crash: CrashPoint): void {
    const answer = consensus.call(requests.finalizeBlock(block));
    this.#expectOutcome(answer, block.height);
    this.#dieAt('after-finalize', crash);
    if (crash === 'before-write' || crash === 'after-write') this.#stateKv.arm(crash);
    // The mempool's connection is flushed while it is locked for the commit.
    mempool.call(requests.FLUSH);
    consensus.call(requests.COMMIT);
    this.#dieAt('before-state', crash);
    this.#stateHeight = block.height;
    this.#dieAt('after-state', crash);
    const rechecks = this.#someTxs().map((tx) => requests.checkTx(tx, 1));
    mempool.callAll(rechecks);
  }

  #expectOutcome(answer: ResponseOf<'finalizeBlock'>, height: bigint): void {
    const expected = this.#outcomes[Number(height) - 1];
    assert(expected !== undefined, 'the reference ran the block');
    equal(answer.appHash, expected.appHash, `one root at height ${height}`);
    assert(answer.txResults.length === expected.outcomes.length, 'one result for each transaction');
    for (const [index, result] of answer.txResults.entries()) {
      const wanted = expected.outcomes[index]?.result;
      const same = result.code === wanted?.code && result.gasUsed === wanted.gasUsed;
      assert(same && result.gasWanted === wanted.gasWanted, 'one result on every node');
      equal(result.data, wanted.data, 'one result on every node');
      if (result.code !== 0) assert(result.log.startsWith('{'), 'a refusal is told in words');
      this.#count(result.code === 0 ? 'tx-ok' : 'tx-refused');
    }
    const updates = answer.validatorUpdates.map((update) => convert.toValidator(update));
    assert(updates.length === expected.validatorUpdates.length, 'one set on every node');
  }

  /** Rounds until one proposal is accepted; the block that is decided. */
  #runRounds(crash: CrashPoint): BlockInput {
    const { random } = this.#options;
    for (;;) {
      const proposal = random.oneIn(2) ? this.#ownProposal() : this.#foreignProposal();
      this.#disturb();
      if (random.oneIn(3)) this.#dieAt('in-rounds', crash);
      // Catching up, a node sees decided blocks only; otherwise it has its say.
      const isAccepted = this.#process(proposal);
      if (isAccepted) this.#dieAt('in-rounds', crash);
      if (isAccepted && !random.oneIn(4)) return proposal;
      this.#count('another-round');
    }
  }

  #process(proposal: BlockInput): boolean {
    const { consensus } = this.#open();
    const { status } = consensus.call(requests.processProposal(proposal));
    assert(status === 1 || status === 2, 'a proposal is accepted or rejected');
    // Deterministic, and without an effect: asked again it says the same.
    const again = consensus.call(requests.processProposal(proposal)).status;
    assert(status === again, 'a proposal has one verdict');
    this.#count(status === 1 ? 'accepted' : 'rejected');
    if (status === 1 && this.#options.random.oneIn(2)) {
      assert(
        consensus.call(requests.extendVote(proposal)).voteExtension.length === 0,
        'votes have no extension',
      );
      const none = consensus.call(requests.verifyVoteExtension(proposal, new Uint8Array(0)));
      const some = consensus.call(requests.verifyVoteExtension(proposal, Uint8Array.of(1)));
      assert(none.status === 1 && some.status === 2, 'only votes without extension are valid');
    }
    return status === 1;
  }

  #ownProposal(): BlockInput {
    const { random } = this.#options;
    const waiting = this.#someTxs();
    const maxTxBytes = BigInt(random.pick([0, 300, 1000, 1_000_000]));
    const { consensus } = this.#open();
    const { txs } = consensus.call(requests.prepareProposal(this.#block(waiting), maxTxBytes));
    const sizeBytes = txs.reduce((sum, tx) => sum + blockSizeBytes(tx), 0);
    assert(BigInt(sizeBytes) <= maxTxBytes, 'a proposal keeps to its size');
    const proposal = this.#block(txs.map((tx) => tx.slice()));
    const { status } = consensus.call(requests.processProposal(proposal));
    assert(status === 1, 'a node accepts what it proposes');
    this.#count('prepared');
    if (txs.length > 0) this.#count('prepared-with-txs');
    return proposal;
  }

  /** From a proposer that may be anybody: bad, repeated and malformed transactions in any order. */
  #foreignProposal(): BlockInput {
    const { random } = this.#options;
    const txs = [...this.#someTxs()];
    if (random.oneIn(4)) txs.push(random.bytes(random.below(60)));
    if (random.oneIn(4) && txs[0] !== undefined) txs.push(txs[0]);
    return this.#block(txs);
  }

  #someTxs(): readonly Bytes[] {
    const { random, txs } = this.#options;
    const state = this.#reference.read();
    return txs((address) => state.account(address).seq).filter(() => random.oneIn(2));
  }

  #block(txs: readonly Bytes[]): BlockInput {
    const { genesis, random } = this.#options;
    const height = this.height + 1n;
    const [validator] = genesis.validators;
    assert(validator !== undefined, 'a chain has a validator');
    const address = consensusAddress(validator.key);
    const vote = { address, power: validator.power, flag: random.pick([1, 2, 2, 2, 3] as const) };
    return {
      height,
      time: { seconds: genesis.time.seconds + height * 5n, nanos: random.below(1_000_000_000) },
      txs,
      proposerAddress: address,
      lastCommitVotes: height === 1n ? [] : [vote],
      misbehavior: [],
    };
  }

  /** What comes over the other connections at any time. */
  #disturb(): void {
    const { random } = this.#options;
    const { query, snapshot, mempool } = this.#open();
    const { lastBlockHeight } = query.call(requests.INFO);
    assert(lastBlockHeight === this.#stateHeight, 'nothing counts before its commit');
    const asked = BigInt(random.below(8)) - 2n;
    const key = random.pick([accountKey(world.addressOf('buyer')), random.bytes(8), new Uint8Array(0)]);
    const path = random.pick(['/state', '/state', '/store', '', '/p2p/filter/id/00']);
    const answer = query.call(requests.query(key, asked, random.oneIn(2), path));
    this.#count(answer.code === 0 ? 'query-ok' : 'query-refused');
    mempool.callAll(this.#someTxs().map((tx) => requests.checkTx(tx)));
    const listed = snapshot.call({ case: 'listSnapshots', value: {} });
    assert(listed.snapshots.length === 0, 'this node has no snapshots');
    const offered = snapshot.call({ case: 'offerSnapshot', value: { appHash: random.bytes(32) } });
    assert(offered.result === 3, 'a snapshot that is none is rejected');
    const applied = snapshot.call({
      case: 'applySnapshotChunk',
      value: { index: 0, chunk: random.bytes(9), sender: 'x' },
    });
    assert(applied.result === 2, 'a chunk that was not asked for ends the restore');
    const loaded = snapshot.call({ case: 'loadSnapshotChunk', value: { height: 1n, format: 1, chunk: 0 } });
    assert(loaded.chunk.length === 0, 'there is no such chunk');
  }
}

function isException(error: unknown): boolean {
  return error instanceof Error && error.message.includes('abci.block.failed');
}

function equal(a: Bytes, b: Bytes, what: string): void {
  assert(bytesToHex(a) === bytesToHex(b), what);
}
