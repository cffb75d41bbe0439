// Each rule of a verification step, by the smallest change that breaks it.

import { describe, expect, test } from 'vitest';
import { concatBytes, sha256, utf8ToBytes } from '../base/index.ts';
import type { CommitSig, LightBlock, SignatureBackend } from '../comet/index.ts';
import {
  consensusAddress,
  FLAG_NIL,
  headerHash,
  nobleSignatures,
  sortValidators,
  validatorSetHash,
  ZERO_TIME,
} from '../comet/index.ts';
import type { TrustLevel } from './commit.ts';
import { countByAddress, createSignatureCheck, ONE_THIRD } from './commit.ts';
import { buildSampleChain, createSigners, sampleSeconds, signBlock } from './testing/sample-chain.ts';
import { defaultVerifyOptions, verifyBackwards, verifyOwnCommit, verifyRoot, verifyStep } from './verify.ts';

const chainId = 'sample-1';
const signers = [...createSigners(3, 'ed25519'), ...createSigners(3, 'secp256k1', 'other')];
const blocks = buildSampleChain({ chainId, heights: 4, signersAt: () => signers });
const [first, second, third, fourth] = blocks as [LightBlock, LightBlock, LightBlock, LightBlock];
const options = defaultVerifyOptions(chainId, nobleSignatures);
const now = { seconds: sampleSeconds(4) + 1n, nanos: 0 };
const nothing = new Uint8Array(0);

const verdict = (block: LightBlock, trusted = first, change = {}, at = now) => {
  const result = verifyStep(trusted, block, { ...options, ...change }, at);
  return result.kind === 'success' ? 'success' : result.fault.code;
};
const withSig = (block: LightBlock, index: number, change: Partial<CommitSig>): LightBlock => ({
  ...block,
  commit: {
    ...block.commit,
    signatures: block.commit.signatures.map((sig, i) => (i === index ? { ...sig, ...change } : sig)),
  },
});
/** The same header changed and signed again by all: only rules other than signatures can refuse it. */
const resigned = (block: LightBlock, change: Partial<LightBlock['header']>) =>
  signBlock({ ...block.header, ...change }, block.validators, signers, 0);

test('adjacent and skipping steps succeed', () => {
  expect([verdict(second), verdict(third), verdict(fourth)]).toEqual(['success', 'success', 'success']);
});

describe('the header', () => {
  test.each([
    ['another chain', { chainId: 'sample-2' }, 'light.chain.other'],
    ['another block protocol', { version: { block: 10n, app: 0n } }, 'light.block.malformed'],
    ['a hash of 31 bytes', { dataHash: new Uint8Array(31) }, 'light.block.malformed'],
    ['a proposer of 19 bytes', { proposerAddress: new Uint8Array(19) }, 'light.block.malformed'],
    ['other validators', { validatorsHash: sha256(nothing) }, 'light.validators.hash'],
    ['the time of the trusted one', { time: first.header.time }, 'light.header.time'],
    ['a time ahead', { time: { seconds: now.seconds + 10n, nanos: 0 } }, 'light.header.future'],
    ['a time just within drift', { time: { seconds: now.seconds + 9n, nanos: 999_999_999 } }, 'success'],
    [
      'the last protobuf time and more',
      { time: { seconds: 253_402_300_800n, nanos: 0 } },
      'light.block.malformed',
    ],
    ['no height', { height: 0n }, 'light.block.malformed'],
  ])('%s', (_name, change, code) => {
    expect(verdict(resigned(third, change))).toBe(code);
  });

  test('not above the trusted one', () => {
    expect(verdict(second, second)).toBe('light.header.height');
    expect(verdict(first, second)).toBe('light.header.height');
  });

  test('a trusted header expires exactly at the end of its period', () => {
    const trustingPeriodNs = 1_000_000_000n;
    const end = { seconds: first.header.time.seconds + 1n, nanos: first.header.time.nanos };
    const early = { seconds: end.seconds, nanos: end.nanos - 1 };
    expect(verdict(second, first, { trustingPeriodNs }, end)).toBe('light.trust.expired');
    expect(verdict(second, first, { trustingPeriodNs, clockDriftNs: 10n ** 12n }, early)).toBe('success');
  });

  test('adjacent: the validators must be those announced', () => {
    const announced = { ...first.header, nextValidatorsHash: sha256(utf8ToBytes('others')) };
    expect(verdict(second, { ...first, header: announced })).toBe('light.validators.next');
  });
});

describe('the commit', () => {
  test('for another block, or of another height', () => {
    const moved = { ...third, commit: fourth.commit };
    expect(verdict(moved)).toBe('light.header.hash');
    const lower = { ...third, commit: { ...third.commit, height: 2n } };
    expect(verdict(lower)).toBe('light.header.hash');
  });

  test('CSA-2026-001: a signature under another validator’s name', () => {
    // The name of a stranger: skipped when counting trust by address, caught when counting by index.
    const stranger = consensusAddress(createSigners(1, 'ed25519', 'stranger')[0]!.key);
    expect(verdict(withSig(second, 0, { address: stranger }))).toBe('light.commit.address');
    const [a, b] = second.commit.signatures;
    const swapped = withSig(withSig(second, 0, { address: b!.address }), 1, { address: a!.address });
    expect(verdict(swapped)).toBe('light.commit.address');
  });

  test('the same validator twice', () => {
    const [sig] = third.commit.signatures;
    expect(verdict(withSig(third, 1, { ...sig }))).toBe('light.commit.twice');
  });

  test('a forged signature, by both ways of counting', () => {
    const forged = { signature: new Uint8Array(64).fill(7) };
    expect(verdict(withSig(second, 0, forged))).toBe('light.commit.signature');
    expect(verdict(withSig(third, 0, forged))).toBe('light.commit.signature');
    // Beyond the threshold nobody looks.
    expect(verdict(withSig(second, 5, forged))).toBe('success');
  });

  test('another time in a vote breaks its signature', () => {
    const [sig] = second.commit.signatures;
    const time = { ...sig!.time, nanos: sig!.time.nanos + 1 };
    expect(verdict(withSig(second, 0, { time }))).toBe('light.commit.signature');
  });

  test('exactly two thirds are not enough', () => {
    const signedBy = (count: number) =>
      signBlock(second.header, second.validators, signers.slice(0, count), 0);
    expect(verdict(signedBy(4))).toBe('light.commit.power');
    expect(verdict(signedBy(5))).toBe('success');
  });

  test('votes for nil count for nothing', () => {
    const nil = [0, 1].reduce((block, index) => withSig(block, index, { flag: FLAG_NIL }), second);
    expect(verdict(nil)).toBe('light.commit.power');
  });

  test.each([
    ['an absent one with a name', { flag: 1, signature: nothing, time: ZERO_TIME }],
    ['an absent one with a time', { flag: 1, signature: nothing, address: nothing }],
    ['an absent one with a signature', { flag: 1, address: nothing, time: ZERO_TIME }],
    ['a name of 19 bytes', { address: new Uint8Array(19) }],
    ['no signature', { signature: nothing }],
    ['65 bytes', { signature: new Uint8Array(65) }],
    ['a time that is none', { time: { seconds: 0n, nanos: 1_000_000_000 } }],
  ] as [string, Partial<CommitSig>][])('malformed: %s', (_name, change) => {
    expect(verdict(withSig(second, 0, change))).toBe('light.block.malformed');
  });

  test('as many signatures as validators', () => {
    const { commit } = second;
    const fewer = { ...second, commit: { ...commit, signatures: commit.signatures.slice(1) } };
    expect(verdict(fewer)).toBe('light.commit.size');
    const more = {
      ...second,
      commit: { ...commit, signatures: [...commit.signatures, commit.signatures[0]!] },
    };
    expect(verdict(more)).toBe('light.commit.size');
    expect(verdict({ ...second, commit: { ...commit, signatures: [] } })).toBe('light.block.malformed');
  });
});

describe('validator sets', () => {
  const withSet = (validators: LightBlock['validators']) => {
    const header = { ...third.header, validatorsHash: validatorSetHash(validators) };
    return signBlock(header, validators, signers, 0);
  };

  test('one validator twice, too much power, negative power, nobody', () => {
    const [validator] = third.validators;
    expect(verdict(withSet([...third.validators, validator!]))).toBe('light.block.malformed');
    const weighing = (power: bigint) =>
      sortValidators(third.validators.map((entry) => ({ ...entry, power })));
    // One eighth of int64: alone it is too much, in sum it is too much, and just below it is not.
    expect(verdict(withSet(weighing(2n ** 60n)))).toBe('light.block.malformed');
    expect(verdict(withSet(weighing(2n ** 58n)))).toBe('light.block.malformed');
    expect(verdict(withSet(weighing((2n ** 60n - 1n) / 6n)))).toBe('success');
    expect(verdict(withSet([{ ...validator!, power: -1n }]))).toBe('light.block.malformed');
    expect(verdict(withSet([]))).toBe('light.block.malformed');
  });

  test('the order is part of the hash', () => {
    expect(verdict({ ...third, validators: [...third.validators].reverse() })).toBe('light.validators.hash');
  });
});

describe('trust', () => {
  const strangers = createSigners(4, 'ed25519', 'stranger');
  const joined = (count: number) => [...signers.slice(0, count), ...strangers];
  const chain = (count: number) =>
    buildSampleChain({
      chainId,
      heights: 4,
      base: blocks.slice(0, 2),
      signersAt: (h) => (h < 4 ? signers : joined(count)),
    });

  test('more than a third of the trusted power must have signed', () => {
    expect(verdict(chain(2)[3]!)).toBe('light.trust.power');
    expect(verdict(chain(3)[3]!)).toBe('success');
  });

  test('a higher trust level demands more, up to everybody and beyond', () => {
    const level = (numerator: bigint, denominator: bigint) => ({ trustLevel: { numerator, denominator } });
    expect(verdict(chain(3)[3]!, first, level(1n, 2n))).toBe('light.trust.power');
    expect(verdict(fourth, first, level(2n, 3n))).toBe('success');
    expect(verdict(fourth, first, level(1n, 1n))).toBe('light.trust.power');
  });

  test.each([
    [1n, 4n],
    [4n, 3n],
    [1n, 0n],
    [-1n, -3n],
  ])('a level of %s/%s is a mistake of the program', (numerator, denominator) => {
    const trustLevel: TrustLevel = { numerator, denominator };
    expect(() => verifyStep(first, third, { ...options, trustLevel }, now)).toThrow(RangeError);
  });

  test('signatures counted for trust are not verified again', () => {
    let calls = 0;
    const counting: SignatureBackend = {
      name: 'counting',
      verify: (...input) => {
        calls++;
        return nobleSignatures.verify(...input);
      },
    };
    expect(verdict(third, first, { signatures: counting })).toBe('success');
    expect(calls).toBe(5);
  });

  test('all signatures, where evidence asks for all', () => {
    const check = createSignatureCheck(chainId, third.commit, nobleSignatures);
    const some = countByAddress(first.validators, third.commit, check, { level: ONE_THIRD });
    const all = countByAddress(first.validators, third.commit, check, { level: ONE_THIRD, all: true });
    expect(
      [some, all].map((count) => (count.kind === 'enough' ? count.tally.signers.length : count.kind)),
    ).toEqual([3, 6]);
    const forged = withSig(third, 5, { signature: new Uint8Array(64).fill(7) });
    const checkForged = createSignatureCheck(chainId, forged.commit, nobleSignatures);
    const found = countByAddress(first.validators, forged.commit, checkForged, {
      level: ONE_THIRD,
      all: true,
    });
    expect(found.kind).toBe('invalid');
  });
});

describe('roots and backwards', () => {
  test('a root must have its height, hash and signatures', () => {
    const root = { chainId, height: 3n, hash: headerHash(third.header) };
    expect(verifyRoot(root, third, nobleSignatures).ok).toBe(true);
    const codes = [
      verifyRoot({ ...root, height: 2n }, third, nobleSignatures),
      verifyRoot({ ...root, hash: sha256(root.hash) }, third, nobleSignatures),
      verifyRoot({ ...root, hash: nothing }, third, nobleSignatures),
      verifyRoot(root, signBlock(third.header, third.validators, signers.slice(0, 4), 0), nobleSignatures),
    ].map((result) => (result.ok ? 'ok' : result.fault.code));
    expect(codes).toEqual([
      'light.root.mismatch',
      'light.root.mismatch',
      'light.root.mismatch',
      'light.commit.power',
    ]);
  });

  test('verifyOwnCommit tells whose power signed', () => {
    const tally = verifyOwnCommit(third, options);
    expect(tally.ok && tally.value).toMatchObject({ signedPower: 50n, totalPower: 60n });
  });

  test('backwards by hash, one height at a time', () => {
    const back = (trusted: LightBlock, header: LightBlock['header']) => {
      const result = verifyBackwards(trusted.header, header, chainId);
      return result.ok ? 'ok' : result.fault.code;
    };
    expect(back(third, second.header)).toBe('ok');
    expect(back(third, first.header)).toBe('light.header.height');
    expect(back(third, { ...second.header, appHash: concatBytes(sha256(nothing)) })).toBe(
      'light.link.broken',
    );
    expect(back(third, { ...second.header, time: third.header.time })).toBe('light.header.time');
    expect(back(third, { ...second.header, chainId: 'sample-2' })).toBe('light.chain.other');
  });
});
