// Roots and proofs that must never change, however the tree is stored: a chain's hashes are its protocol.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytesToHex, unwrap, utf8ToBytes } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import { createStateTree } from './tree.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

const VERSIONS = 24;
const KEYS = 4000;

/** The same numbers everywhere: Numerical Recipes' linear congruential generator. */
function createNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Grows for a while, then takes away almost everything, then grows again. Some values are long. */
function changesOf(version: number, number: (below: number) => number) {
  const count = version % 5 === 0 ? 1200 : 1 + number(90);
  const removedOf10 = version >= 12 && version < 18 ? 9 : 2;
  return Array.from({ length: count }, () => {
    const key = utf8ToBytes(`key ${number(KEYS)}`);
    if (number(10) < removedOf10) return [key, undefined] as const;
    return [key, new Uint8Array(1 + number(number(20) === 0 ? 3000 : 200)).fill(version)] as const;
  });
}

test('the roots and proofs of a known history are the pinned ones', () => {
  const kv = createMemoryKv();
  const tree = createStateTree({ kv, versionsKept: VERSIONS, hash });
  const number = createNumbers(7);
  for (let version = 0; version < VERSIONS; version++) {
    kv.apply(tree.prepare(BigInt(version), changesOf(version, number)).operations);
  }
  // Proven when all is written: older versions must not have changed with newer ones.
  const observed = Array.from({ length: VERSIONS }, (_, version) => {
    const proofs = createHash('sha256');
    for (let n = 0; n < KEYS; n += 83) {
      proofs.update(unwrap(tree.prove(utf8ToBytes(`key ${n}`), BigInt(version))).proof);
    }
    const root = tree.root(BigInt(version)) ?? new Uint8Array(0);
    return { version, root: bytesToHex(root), proofs: proofs.digest('hex') };
  });
  const pinned: unknown = JSON.parse(
    readFileSync(join(import.meta.dirname, 'vectors', 'roots.json'), 'utf8'),
  );
  expect(observed).toEqual(pinned);
});
