// A bounded run of the fuzzer (`npm run fuzz` runs ten million inputs, with limits on time and memory), and proofs that it
// would notice.

import { expect, test } from 'vitest';
import type { CborValue } from '../base/index.ts';
import { encodeCbor, equalBytes } from '../base/index.ts';
import { createFuzzRun } from './testing/fuzz/index.ts';
import { mutateBytes, mutateProtobuf, mutateTree } from './testing/fuzz/mutate.ts';
import { FuzzRandom, seedOf } from './testing/fuzz/random.ts';

const INPUTS = 6_000;

const textOf = (tree: CborValue) =>
  JSON.stringify(tree, (_name, value) => (typeof value === 'bigint' ? `${value}n` : value));

test('no input of strangers makes a decoder throw, and what is accepted has one encoding', () => {
  const run = createFuzzRun(20_260_801);
  const counts = run.targets.map(() => 0);
  for (let index = 0; index < INPUTS; index++) {
    const target = run.feed(index);
    counts[target] = (counts[target] ?? 0) + 1;
  }
  // Each target had its share.
  expect(Math.min(...counts)).toBeGreaterThan(0);
}, 120_000);

test('an input can be made again by its number alone', () => {
  const inputs = [0, 1].map(() => {
    const random = new FuzzRandom(seedOf(7, 4711));
    return [mutateBytes(random.bytes(40), random), mutateTree({ a: [1, { b: 'c' }] }, random)];
  });
  expect(inputs[0]).toEqual(inputs[1]);
  expect(new Set(Array.from({ length: 10_000 }, (_, index) => seedOf(7, index))).size).toBeGreaterThan(9_990);
});

test('the damage differs, and most of it stays well-formed', () => {
  const random = new FuzzRandom(3);
  const seed = encodeCbor({ list: [1, 2, { name: 'value' }], bytes: new Uint8Array(20) });
  const trees = Array.from({ length: 200 }, () => textOf(mutateTree({ a: [1, 2, { b: 'c' }] }, random)));
  expect(new Set(trees).size).toBeGreaterThan(60);
  const changed = Array.from({ length: 200 }, () => mutateBytes(seed, random));
  expect(changed.filter((bytes) => !equalBytes(bytes, seed)).length).toBeGreaterThan(190);
  // Two varint fields and a message in a message.
  const message = Uint8Array.of(0x08, 0x05, 0x10, 0x07, 0x1a, 0x04, 0x0a, 0x02, 0x61, 0x62);
  const messages = Array.from({ length: 200 }, () => mutateProtobuf(message, random).join());
  expect(new Set(messages).size).toBeGreaterThan(60);
});
