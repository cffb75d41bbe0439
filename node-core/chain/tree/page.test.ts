// Pages and buckets that are changed where they lie against the same ones made anew.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, compareBytes } from '../../base/index.ts';
import { createBucket, decodeBucket, encodeBucket, replaceLeaves, stepsInBucket } from './bucket.ts';
import { bitAt, type Child, createLeaf, hashJoined, type LeafRecord, leafChild, leafHashOf } from './leaf.ts';
import {
  childAt,
  createPage,
  decodePage,
  encodePage,
  leavesOnly,
  replaceSlots,
  SLOTS,
  stepsInPage,
} from './page.ts';

type Bytes = Uint8Array;

const hash = (bytes: Bytes): Bytes => new Uint8Array(createHash('sha256').update(bytes).digest());
const take = (sizeBytes: number) => new Uint8Array(sizeBytes);

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
const place = fc.uint8Array({ minLength: 12, maxLength: 12 });
const leaf = fc.tuple(digest, digest, place).map((parts) => createLeaf(...parts));
const child: fc.Arbitrary<Child> = fc.oneof(
  leaf.map(leafChild),
  fc.record({ kind: fc.constant('page' as const), hash: digest, place }),
  fc.record({ kind: fc.constant('bucket' as const), hash: digest, place }),
);
const slots = fc.array(fc.option(child, { nil: undefined }), { minLength: SLOTS, maxLength: SLOTS });
/** Not a page: nothing, or one leaf. */
const isPage = (of: readonly (Child | undefined)[]) => {
  const children = of.filter((each) => each !== undefined);
  return children.length > 1 || children.some(({ kind }) => kind !== 'leaf');
};
const sorted = (leaves: readonly LeafRecord[]) => [...leaves].sort((a, b) => compareBytes(a, b));
const leaves = fc
  .uniqueArray(leaf, { minLength: 2, maxLength: 32, selector: (each) => bytesToHex(each.subarray(0, 32)) })
  .map(sorted);

function follow(from: Bytes, steps: readonly { side: string; hash: Bytes }[]): string {
  const top = steps.reduce<Bytes>(
    (at, { side, hash: sibling }) =>
      side === 'left' ? hashJoined(hash, 1, sibling, at) : hashJoined(hash, 1, at, sibling),
    from,
  );
  return bytesToHex(top);
}

describe('a page', () => {
  test('with slots replaced is the page made of the new slots, and comes back from what is stored', () => {
    fc.assert(
      fc.property(slots, slots, fc.array(fc.nat(SLOTS - 1)), (before, other, changed) => {
        const after = before.map((each, slot) => (changed.includes(slot) ? other[slot] : each));
        fc.pre(isPage(before) && isPage(after));
        const page = createPage(hash, before);
        const replacements = [...new Set(changed)].map((slot) => [slot, other[slot]] as const);
        const onlyLeaves = after.every((each) => each === undefined || each.kind === 'leaf');
        expect(leavesOnly(page, replacements) !== undefined).toBe(onlyLeaves);
        const replaced = replaceSlots(hash, page, replacements);
        const anew = createPage(hash, after);
        expect(bytesToHex(replaced.hash)).toBe(bytesToHex(anew.hash));
        const read = decodePage(hash, encodePage(replaced, take), anew.hash);
        for (let slot = 0; slot < SLOTS; slot++) {
          expect(childAt(replaced, slot)).toEqual(after[slot]);
          expect(childAt(read, slot)).toEqual(after[slot]);
          const at = after[slot];
          if (at !== undefined) expect(follow(at.hash, stepsInPage(read, slot))).toBe(bytesToHex(anew.hash));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('that is damaged is noticed, wherever it is', () => {
    fc.assert(
      fc.property(slots.filter(isPage), fc.nat(), fc.integer({ min: 1, max: 255 }), (of, at, change) => {
        const page = createPage(hash, of);
        const stored = encodePage(page, take);
        expect(() => decodePage(hash, stored.subarray(0, at % stored.length), page.hash)).toThrow();
        const isHashed = of.flatMap((each) => {
          if (each === undefined) return [];
          // Keys and places of leaves and subtrees are in no hash of the page.
          const own = new Array<boolean>(32).fill(true);
          return each.kind === 'leaf'
            ? [false, ...new Array<boolean>(32).fill(false), ...own, ...new Array<boolean>(12).fill(false)]
            : [false, ...own, ...new Array<boolean>(12).fill(false)];
        });
        const index = at % isHashed.length;
        fc.pre(isHashed[index] === true);
        const damaged = stored.slice();
        damaged[2 + index] = (damaged[2 + index] ?? 0) ^ change;
        expect(() => decodePage(hash, damaged, page.hash)).toThrow('a stored page hashes');
      }),
      { numRuns: 100 },
    );
  });
});

describe('a bucket', () => {
  test('with leaves replaced is the bucket made of the new leaves, and comes back from what is stored', () => {
    fc.assert(
      fc.property(leaves, fc.array(fc.tuple(fc.nat(31), digest, place)), (of, changes) => {
        const after = [...of];
        for (const [n, value, at] of changes) {
          const index = n % of.length;
          after[index] = createLeaf((of[index] ?? new Uint8Array(0)).subarray(0, 32), value, at);
        }
        const replacements = after.flatMap((each, index) =>
          each === of[index] ? [] : [[index, each] as const],
        );
        const bucket = replaceLeaves(hash, createBucket(hash, of, 0), 0, replacements);
        const anew = createBucket(hash, after, 0);
        expect(bucket).toEqual(anew);
        expect(decodeBucket(hash, encodeBucket(bucket), 0, anew.hash)).toEqual(anew);
        after.forEach((each, index) => {
          const steps = stepsInBucket(bucket, index, 0);
          expect(follow(leafHashOf(each), steps)).toBe(bytesToHex(anew.hash));
          const sides = steps.map(({ side }) => (side === 'left' ? 1 : 0)).reverse();
          expect(sides).toEqual(sides.map((_, bit) => bitAt(each, bit)));
        });
      }),
      { numRuns: 100 },
    );
  });

  test('that is damaged or cut off is noticed', () => {
    fc.assert(
      fc.property(leaves, fc.nat(), (of, at) => {
        const bucket = createBucket(hash, of, 0);
        const stored = encodeBucket(bucket);
        const damaged = stored.slice();
        const offset = (at % of.length) * 76 + 32 + (at % 32);
        damaged[offset] = (damaged[offset] ?? 0) ^ 1;
        expect(() => decodeBucket(hash, damaged, 0, bucket.hash)).toThrow('a stored bucket hashes');
        expect(() => decodeBucket(hash, stored.subarray(0, at % stored.length), 0, bucket.hash)).toThrow();
      }),
      { numRuns: 50 },
    );
  });
});
