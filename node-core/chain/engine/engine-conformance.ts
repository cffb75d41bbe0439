// What every engine must do, whatever drives it. Run it on a real engine over a fresh chain of the test world: it
// checks headers, commits, proofs and answers with the light node's own functions, never with the engine's.

import { describe, expect, test } from 'vitest';
import type { Result } from '../../base/index.ts';
import {
  bytesToHex,
  equalBytes,
  parseUtf8,
  sha256,
  unwrap,
  utf8ToBytes,
  verifyMerkleProof,
} from '../../base/index.ts';
import type { Header } from '../../comet/index.ts';
import {
  commitHash,
  compareTime,
  consensusAddress,
  dataHash,
  encodeTxResult,
  headerHash,
  nobleSignatures,
  resultsHash,
  validatorSetHash,
  voteSignBytes,
} from '../../comet/index.ts';
import { accountKey, indexEntryKey, indexLengthKey, modelKey } from '../keys.ts';
import { AccountState, IndexEntry, IndexLength, ModelState, parseState } from '../records.ts';
import * as world from '../testing/world.ts';
import { txHash } from '../tx.ts';
import type { CommittedBlock, Engine, StateProof } from '../types.ts';

export type EngineUnderTest = {
  readonly engine: Engine;
  /** Lets the heartbeat pass, so that an empty block comes. */
  readonly passTime: () => Promise<void>;
  /** Stops the engine and starts another over the same store. */
  readonly restart: () => Promise<Engine>;
};

const SEND = (amountMicro: bigint) =>
  ({ type: 'bank.send', to: world.addressOf('stranger'), token: 'DPN', amountMicro }) as const;

/** Every link of the chain, recomputed from what the engine gives out. */
async function expectValidChain(engine: Engine): Promise<void> {
  const { height: last } = engine.status();
  for (let height = 1n; height <= last; height++) {
    const { header, commit, validators } = unwrap(await engine.lightBlock(height));
    const block = unwrap(await engine.blockAt(height));
    expect(header.height).toBe(height);
    expect(header.chainId).toBe(world.CHAIN_ID);
    expect(header.validatorsHash).toEqual(validatorSetHash(validators));
    expect(header.dataHash).toEqual(dataHash(block.txs.map(({ tx }) => tx)));
    expect(commit.height).toBe(height);
    expect(commit.blockId.hash).toEqual(headerHash(header));
    expect(commit.signatures).toHaveLength(validators.length);
    for (const [index, signature] of commit.signatures.entries()) {
      const validator = validators[index];
      if (validator === undefined) throw new Error('no such validator');
      expect(signature.address).toEqual(consensusAddress(validator.key));
      const signBytes = voteSignBytes(header.chainId, height, commit.round, commit.blockId, signature.time);
      expect(nobleSignatures.verify(validator.key, signBytes, signature.signature)).toBe(true);
    }
    if (height === 1n) continue;
    const before = unwrap(await engine.lightBlock(height - 1n));
    const blockBefore = unwrap(await engine.blockAt(height - 1n));
    expect(header.lastBlockId).toEqual(before.commit.blockId);
    expect(header.lastCommitHash).toEqual(commitHash(before.commit));
    expect(header.lastResultsHash).toEqual(resultsHash(blockBefore.txs.map(({ outcome }) => outcome.result)));
    expect(header.validatorsHash).toEqual(before.header.nextValidatorsHash);
    expect(compareTime(before.header.time, header.time)).toBeLessThan(0);
  }
}

type Create = () => Promise<EngineUnderTest>;

/** The light node's check of a state proof against the header after its height. */
export type VerifyStateProof = (nextHeader: Header, proof: StateProof) => Result<void>;

/** Declares the tests. `create` gives a started engine over a new chain each time. */
export function engineConformance(name: string, create: Create, verifyStateProof: VerifyStateProof): void {
  describe(`${name} conforms to the engine interface`, () => {
    declareProofTests(create, verifyStateProof);
    declareTransactionTests(create);
    declareBlockTests(create);
  });
}

function declareProofTests(create: Create, verifyStateProof: VerifyStateProof): void {
  test('the genesis state is provable as soon as the engine runs', async () => {
    const { engine } = await create();
    expect(engine.status().height).toBeGreaterThanOrEqual(1n);
    const proof = unwrap(await engine.query(accountKey(world.addressOf('buyer'))));
    const next = unwrap(await engine.lightBlock(proof.height + 1n));
    unwrap(verifyStateProof(next.header, proof));
    const account = unwrap(parseState(AccountState, proof.value ?? new Uint8Array(0)));
    expect(account.balances.DPN).toBe(world.FUNDS_MICRO);
    await expectValidChain(engine);
    await engine.stop();
  });

  test('a transaction is answered once its inclusion, its result and its effect are provable', async () => {
    const { engine } = await create();
    const { sign } = world.createSigner();
    const tx = sign('designer', world.REGISTER_MODEL);
    const inclusion = unwrap(await engine.submit(tx));
    expect(inclusion.hash).toEqual(sha256(tx));
    const header = unwrap(await engine.lightBlock(inclusion.height)).header;
    const next = unwrap(await engine.lightBlock(inclusion.height + 1n)).header;
    expect(verifyMerkleProof(header.dataHash, txHash(tx), inclusion.txProof)).toBe(true);
    const leaf = encodeTxResult(inclusion.result);
    expect(verifyMerkleProof(next.lastResultsHash, leaf, inclusion.resultProof)).toBe(true);
    const state = unwrap(await engine.query(modelKey(world.DESIGN_HASH), inclusion.height));
    unwrap(verifyStateProof(next, state));
    const model = unwrap(parseState(ModelState, state.value ?? new Uint8Array(0)));
    expect(equalBytes(model.designer, world.addressOf('designer'))).toBe(true);
    expect(unwrap(await engine.txByHash(inclusion.hash))).toEqual(inclusion);
    // Without a height the answer is at least as new, since the submitter was told.
    const latest = unwrap(await engine.query(modelKey(world.DESIGN_HASH)));
    expect(latest.height).toBeGreaterThanOrEqual(inclusion.height);
    await expectValidChain(engine);
    await engine.stop();
  });

  test('absence is proven, and a list proves its length and each entry', async () => {
    const { engine } = await create();
    const { sign } = world.createSigner();
    unwrap(await engine.submit(sign('designer', world.REGISTER_MODEL)));
    const ask = async (key: Uint8Array) => {
      const proof = unwrap(await engine.query(key));
      const next = unwrap(await engine.lightBlock(proof.height + 1n));
      unwrap(verifyStateProof(next.header, proof));
      return proof.value;
    };
    expect(await ask(modelKey(sha256(utf8ToBytes('nobody registered this'))))).toBeUndefined();
    const length = await ask(indexLengthKey('models'));
    expect(unwrap(parseState(IndexLength, length ?? new Uint8Array(0)))).toEqual({ length: 1n });
    const entry = await ask(indexEntryKey('models', 0n));
    expect(unwrap(parseState(IndexEntry, entry ?? new Uint8Array(0)))).toEqual({ id: world.DESIGN_HASH });
    expect(await ask(indexEntryKey('models', 1n))).toBeUndefined();
    await engine.stop();
  });
}

function declareTransactionTests(create: Create): void {
  test('transactions handed in together are each in a block exactly once, in a valid order', async () => {
    const { engine } = await create();
    const { sign } = world.createSigner();
    const names = ['buyer', 'owner', 'designer', 'author'] as const;
    const txs = names.flatMap((from) => [1n, 2n, 3n].map((amountMicro) => sign(from, SEND(amountMicro))));
    const inclusions = await Promise.all(txs.map((tx) => engine.submit(tx)));
    const places = inclusions.map((inclusion) => {
      const { height, index } = unwrap(inclusion);
      return `${height}/${index}`;
    });
    expect(new Set(places).size).toBe(txs.length);
    await expectValidChain(engine);
    await engine.stop();
  });

  test('handed in again, together or later, a transaction is in one block and has one answer', async () => {
    const { engine } = await create();
    const tx = world.createSigner().sign('buyer', SEND(3n));
    const [first, second] = await Promise.all([engine.submit(tx), engine.submit(tx)]);
    const inclusion = unwrap(first);
    expect(unwrap(second)).toEqual(inclusion);
    expect(unwrap(await engine.submit(tx))).toEqual(inclusion);
    const proof = unwrap(await engine.query(accountKey(world.addressOf('stranger'))));
    const account = unwrap(parseState(AccountState, proof.value ?? new Uint8Array(0)));
    expect(account.balances.DPN).toBe(world.FUNDS_MICRO + 3n);
    await engine.stop();
  });

  test('a refusal is a fault: in the check nothing is recorded, in the block the failed result is provable', async () => {
    const { engine } = await create();
    const { sign } = world.createSigner();
    const unsigned = sign('buyer', SEND(1n), { seq: 7 });
    const early = await engine.submit(unsigned);
    expect(early).toMatchObject({ ok: false, fault: { code: 'chain.tx.sequence' } });
    expect(await engine.txByHash(txHash(unsigned))).toMatchObject({
      ok: false,
      fault: { code: 'chain.tx.unknown' },
    });
    const poor = sign('buyer', SEND(10n ** 15n), { seq: 0 });
    const refused = await engine.submit(poor);
    expect(refused).toMatchObject({ ok: false, fault: { code: 'chain.bank.unaffordable' } });
    const inclusion = unwrap(await engine.txByHash(txHash(poor)));
    expect(inclusion.result.code).toBe(10);
    const next = unwrap(await engine.lightBlock(inclusion.height + 1n)).header;
    const leaf = encodeTxResult(inclusion.result);
    expect(verifyMerkleProof(next.lastResultsHash, leaf, inclusion.resultProof)).toBe(true);
    expect(await engine.submit(poor)).toMatchObject({ ok: false });
    await engine.stop();
  });

  test('junk in every place is a fault and the engine goes on', async () => {
    const { engine } = await create();
    for (const junk of [new Uint8Array(0), utf8ToBytes('junk'), new Uint8Array(200_000)]) {
      expect((await engine.submit(junk)).ok).toBe(false);
      expect((await engine.txByHash(junk)).ok).toBe(false);
    }
    for (const height of [-1n, 0n, 10n ** 6n, 2n ** 80n]) {
      expect((await engine.lightBlock(height)).ok).toBe(false);
      expect((await engine.blockAt(height)).ok).toBe(false);
    }
    for (const height of [-1n, 10n ** 6n, 2n ** 80n]) {
      expect((await engine.query(accountKey(world.addressOf('buyer')), height)).ok).toBe(false);
    }
    expect((await engine.query(new Uint8Array(0))).ok).toBe(false);
    expect((await engine.query(new Uint8Array(100_000))).ok).toBe(true);
    unwrap(await engine.submit(world.createSigner().sign('buyer', SEND(1n))));
    await engine.stop();
  });
}

function declareBlockTests(create: Create): void {
  test('listeners hear every block in order, and blockAt tells the same again', async () => {
    const { engine, passTime } = await create();
    const heard: CommittedBlock[] = [];
    const from = engine.status().height;
    const unsubscribe = engine.onBlock((block) => heard.push(block));
    const { sign } = world.createSigner();
    unwrap(await engine.submit(sign('buyer', SEND(5n))));
    await passTime();
    unsubscribe();
    unwrap(await engine.submit(sign('buyer', SEND(6n))));
    expect(heard.map(({ height }) => height)).toEqual(heard.map((_, index) => from + 1n + BigInt(index)));
    expect(heard.length).toBeGreaterThanOrEqual(3);
    for (const block of heard) expect(unwrap(await engine.blockAt(block.height))).toEqual(block);
    await engine.stop();
  });

  test('time passes without transactions, and empty blocks leave the state alone', async () => {
    const { engine, passTime } = await create();
    const before = engine.status();
    await passTime();
    const after = engine.status();
    expect(after.height).toBeGreaterThan(before.height);
    expect(bytesToHex(after.appHash)).toBe(bytesToHex(before.appHash));
    await expectValidChain(engine);
    await engine.stop();
  });

  test('a restart goes on at the last height with the same root', async () => {
    const { engine, restart } = await create();
    const { sign } = world.createSigner();
    const first = unwrap(await engine.submit(sign('buyer', SEND(5n))));
    const before = engine.status();
    const again = await restart();
    expect(again.status()).toEqual(before);
    expect(unwrap(await again.txByHash(first.hash))).toEqual(first);
    const second = unwrap(await again.submit(sign('buyer', SEND(6n))));
    expect(second.height).toBe(before.height + 1n);
    await expectValidChain(again);
    await again.stop();
  });

  test('a stopped engine refuses in words', async () => {
    const { engine } = await create();
    await engine.stop();
    const refused = await engine.submit(world.createSigner().sign('buyer', SEND(1n)));
    expect(refused).toMatchObject({ ok: false, fault: { code: 'chain.engine.stopped' } });
    expect(parseUtf8(utf8ToBytes(refused.ok ? '' : refused.fault.next))).toMatch(/\w/);
  });
}
