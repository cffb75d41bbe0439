// Random damage to blocks and chains: verification refuses or finds the very same header, and never throws.
// LIGHT_FUZZ_RUNS makes it as long as one likes.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../base/index.ts';
import { equalBytes } from '../base/index.ts';
import type { LightBlock } from '../comet/index.ts';
import { encodeLightBlock, headerHash, parseLightBlock } from '../comet/index.ts';
import { createSignatureBackend } from '../host/adapters/signatures.ts';
import { verifyLightChain } from './light-chain.ts';
import { buildSampleChain, createSigner, createSigners, sampleSeconds } from './testing/sample-chain.ts';
import { defaultVerifyOptions, verifyStep } from './verify.ts';

const runs = Number(process.env['LIGHT_FUZZ_RUNS'] ?? 400);
const chainId = 'fuzz-1';
const signersAt = (height: number) => [
  ...createSigners(2, 'secp256k1'),
  createSigner(`turn ${height >> 1}`, 'ed25519'),
];
const blocks = buildSampleChain({ chainId, heights: 6, signersAt });
const encoded = blocks.map(encodeLightBlock);
const options = defaultVerifyOptions(chainId, createSignatureBackend());
const now = { seconds: sampleSeconds(7), nanos: 0 };
const first = blocks[0] as LightBlock;
const root = { chainId, height: 1n, hash: headerHash(first.header) };

const damage = fc.array(
  fc.record({ at: fc.nat(4000), how: fc.constantFrom('set', 'drop', 'insert', 'copy'), value: fc.nat(255) }),
  { minLength: 1, maxLength: 4 },
);
type Damage = { at: number; how: string; value: number };

function apply(bytes: Bytes, changes: readonly Damage[]): Bytes {
  let result = [...bytes];
  for (const { at, how, value } of changes) {
    const place = at % (result.length + 1);
    if (how === 'set') result[Math.min(place, result.length - 1)] = value;
    else if (how === 'drop') result.splice(place, 1 + (value % 40));
    else if (how === 'insert') result.splice(place, 0, value);
    else result = [...result.slice(0, place), ...result.slice(value % (place + 1))];
  }
  return Uint8Array.from(result);
}

describe('damaged blocks', () => {
  test('bytes: refused, or the same header', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), damage, (index, changes) => {
        const parsed = parseLightBlock(apply(encoded[index] as Bytes, changes));
        if (!parsed.ok) return;
        const verdict = verifyStep(first, parsed.value, options, now);
        if (verdict.kind !== 'success') return;
        expect(headerHash(parsed.value.header)).toEqual(headerHash((blocks[index] as LightBlock).header));
      }),
      { numRuns: runs },
    );
  });

  test('fields exchanged between blocks: refused, or the same header', () => {
    const pick = fc.nat(5);
    const parts = fc.record({ header: pick, commit: pick, validators: pick, field: fc.nat(13) });
    const names = Object.keys(first.header) as (keyof LightBlock['header'])[];
    fc.assert(
      fc.property(parts, ({ header, commit, validators, field }) => {
        const [from, other] = [blocks[header] as LightBlock, blocks[commit] as LightBlock];
        const name = names[field % names.length] as keyof LightBlock['header'];
        const mixed: LightBlock = {
          header: { ...from.header, [name]: other.header[name] },
          commit: other.commit,
          validators: (blocks[validators] as LightBlock).validators,
        };
        if (verifyStep(first, mixed, options, now).kind !== 'success') return;
        const hash = headerHash(mixed.header);
        expect(blocks.some((block) => equalBytes(headerHash(block.header), hash))).toBe(true);
      }),
      { numRuns: runs },
    );
  });

  test('chains of any blocks in any order hold only headers of the chain', () => {
    const truth = new Map(blocks.map((block) => [block.header.height, headerHash(block.header)]));
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 7 }), fc.nat(6), damage, (order, damaged, changes) => {
        const chain = order.flatMap((index, place) => {
          const bytes = encoded[index] as Bytes;
          const parsed = parseLightBlock(place === damaged ? apply(bytes, changes) : bytes);
          return parsed.ok ? [parsed.value] : [];
        });
        const verified = verifyLightChain(root, chain, options);
        if (!verified.ok) return;
        for (const [height, header] of verified.value.headers)
          expect(headerHash(header)).toEqual(truth.get(height));
      }),
      { numRuns: runs },
    );
  });
});
