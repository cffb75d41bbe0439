// What verified headers prove of transactions and of the state.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hexToBytes, merkleProof, sha256, unwrap, utf8ToBytes } from '../base/index.ts';
import { encodeTxResult, headerHash, nobleSignatures } from '../comet/index.ts';
import { verifyTxInclusion } from './inclusion.ts';
import { verifyLightChain } from './light-chain.ts';
import { chainId, codeOf, createSetUp, HEIGHTS, OK_RESULT, pair, rotating } from './testing/light-setup.ts';
import { buildSampleChain, sampleSeconds } from './testing/sample-chain.ts';
import { defaultVerifyOptions } from './verify.ts';

const setUp = createSetUp(setImmediate);

describe('what the headers prove', () => {
  const txs = ['one', 'two', 'three'].map((text, index) => ({
    tx: utf8ToBytes(text),
    result: { ...OK_RESULT, code: index },
  }));
  // A published sparse Merkle tree is the state here (vectors/README.md).
  const vectorOf = (name: string) => {
    const url = new URL(`./vectors/ics23/smt/${name}.json`, import.meta.url);
    const { key, value, root, proof } = JSON.parse(readFileSync(url, 'utf8'));
    const [k, v, r, p] = [key, value, root, proof].map(hexToBytes) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    return { key: k, value: v.length === 0 ? undefined : v, root: r, proof: p };
  };
  const present = vectorOf('exist_middle');
  const { root } = present;
  const blocks = buildSampleChain({
    chainId,
    heights: HEIGHTS,
    signersAt: rotating,
    txsAt: (height) => (height === 12 ? txs : []),
    appHashAt: () => root,
  });
  const inclusion = (index: number) => ({
    hash: sha256(txs[index]!.tx),
    tx: txs[index]!.tx,
    height: 12n,
    index,
    result: txs[index]!.result,
    events: [],
    txProof: merkleProof(
      txs.map(({ tx }) => sha256(tx)),
      index,
    ),
    resultProof: merkleProof(
      txs.map(({ result }) => encodeTxResult(result)),
      index,
    ),
  });

  test('a transaction, its place and its result', async () => {
    const { node } = setUp({ providers: pair(blocks) });
    const verified = unwrap(await node.verifyTx(inclusion(1)));
    expect(verified).toMatchObject({ height: 12n, index: 1, time: blocks[11]!.header.time });
    expect(verified.signers.length).toBe(3);
    expect(verified.result.code).toBe(1);
  });

  test.each([
    ['another result', { result: OK_RESULT }, 'light.tx.result'],
    ['another transaction', { tx: utf8ToBytes('none') }, 'light.tx.hash'],
    [
      'a transaction that is not there',
      { tx: utf8ToBytes('none'), hash: sha256(utf8ToBytes('none')) },
      'light.tx.data',
    ],
    ['another place', { index: 2 }, 'light.tx.data'],
    ['another block', { height: 13n }, 'light.tx.data'],
    [
      'the result of another',
      { resultProof: inclusion(2).resultProof, result: txs[2]!.result },
      'light.tx.result',
    ],
  ])('refuses %s', async (_name, change, code) => {
    const { node } = setUp({ providers: pair(blocks) });
    expect(codeOf(await node.verifyTx({ ...inclusion(1), ...change }))).toBe(code);
  });

  test('the headers must follow each other, not only fit the proofs', () => {
    const [own, next] = [blocks[11]!.header, blocks[12]!.header];
    expect(verifyTxInclusion(own, next, inclusion(0)).ok).toBe(true);
    const elsewhere = { ...next, lastBlockId: { ...next.lastBlockId, hash: sha256(utf8ToBytes('other')) } };
    expect(codeOf(verifyTxInclusion(own, elsewhere, inclusion(0)))).toBe('light.link.broken');
    expect(codeOf(verifyTxInclusion(next, own, inclusion(0)))).toBe('light.tx.height');
    expect(codeOf(verifyTxInclusion(own, blocks[13]!.header, inclusion(0)))).toBe('light.tx.height');
  });

  test('a value of the state, with the block and the signatures that carry it', async () => {
    const { node } = setUp({ providers: pair(blocks) });
    const { key, value, proof } = present;
    const verified = unwrap(await node.verifyState({ height: 12n, key, value, proof }));
    expect(verified).toMatchObject({
      key,
      value,
      height: 12n,
      time: blocks[12]!.header.time,
      ageMs: 115_000,
    });
    expect(verified.tally.signedPower).toBe(30n);
    for (const wrong of [
      { value: undefined },
      { value: utf8ToBytes('other') },
      { key: utf8ToBytes('other') },
    ]) {
      expect(codeOf(await node.verifyState({ height: 12n, key, value, proof, ...wrong }))).toBe(
        'light.state.proof',
      );
    }
  });

  test('a state proof that does not lead to the signed root is refused', async () => {
    const { node } = setUp({ providers: pair(blocks) });
    const proof = {
      height: 12n,
      key: utf8ToBytes('key'),
      value: utf8ToBytes('value'),
      proof: new Uint8Array(3),
    };
    expect(codeOf(await node.verifyState(proof))).toBe('light.state.proof');
    expect(codeOf(await node.verifyState({ ...proof, height: 24n }))).toBe('light.height.ahead');
  });

  test('an exported chain of blocks convinces somebody who has only the root', async () => {
    const { node } = setUp({ providers: pair(blocks) });
    unwrap(await node.verifyTx(inclusion(0)));
    const chain = unwrap(await node.proofChain([12n, 13n, 24n]));
    const trust = { chainId, height: 1n, hash: headerHash(blocks[0]!.header) };
    const options = defaultVerifyOptions(chainId, nobleSignatures);
    const verified = unwrap(verifyLightChain(trust, chain, options));
    for (const height of [12, 13, 24]) {
      expect(headerHash(verified.headers.get(BigInt(height))!)).toEqual(
        headerHash(blocks[height - 1]!.header),
      );
    }
    expect(chain.length).toBeLessThan(HEIGHTS);
    // Without a step in the middle, from another root, out of order or too old: refused.
    const others = [chain.slice(1), [chain[0]!, ...chain.slice(-1)], [...chain].reverse(), []];
    for (const wrong of others) expect(verifyLightChain(trust, wrong, options).ok).toBe(false);
    const late = { seconds: sampleSeconds(HEIGHTS) + 20n * 24n * 3600n, nanos: 0 };
    expect(codeOf(verifyLightChain(trust, chain.slice(0, 1), { ...options, now: late }))).toBe(
      'light.trust.expired',
    );
    expect(codeOf(verifyLightChain(trust, chain, { ...options, now: late }))).toBe('light.trust.expired');
    const soon = { seconds: sampleSeconds(HEIGHTS) + 1n, nanos: 0 };
    expect(verifyLightChain(trust, chain, { ...options, now: soon }).ok).toBe(true);
  });
});
