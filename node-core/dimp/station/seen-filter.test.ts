// The filter before the store never denies what was marked, and asks the store about little else.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256, utf8ToBytes } from '../../base/index.ts';
import { createMemoryStationStore } from './memory-store.ts';
import { skipUnseen } from './seen-filter.ts';

const keyOf = (text: string) => sha256(utf8ToBytes(text)).slice(0, 16);

function countingStore() {
  const store = createMemoryStationStore();
  const asked = { count: 0 };
  const wasSeen = (key: Uint8Array) => {
    asked.count += 1;
    return store.wasSeen(key);
  };
  return { store: { ...store, wasSeen }, asked };
}

it('says the same as the store, whatever is marked, forgotten and reopened', () => {
  type Act = readonly ['mark' | 'ask', number] | readonly ['sweep' | 'reopen', number];
  const act = fc.tuple(fc.constantFrom('mark', 'ask', 'sweep', 'reopen'), fc.nat(30)) as fc.Arbitrary<Act>;
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const plain = createMemoryStationStore();
      let filtered = skipUnseen(plain);
      for (const [index, [kind, value]] of acts.entries()) {
        if (kind === 'mark') filtered.markSeen(keyOf(String(value)), index);
        else if (kind === 'sweep') filtered.sweep(0, index - value);
        else if (kind === 'reopen') filtered = skipUnseen(plain);
        expect(filtered.wasSeen(keyOf(String(value)))).toBe(plain.wasSeen(keyOf(String(value))));
      }
    }),
    { seed: 7, numRuns: 200 },
  );
});

it('asks the store about one new message in hundreds at most', () => {
  const { store, asked } = countingStore();
  const filtered = skipUnseen(store);
  for (let index = 0; index < 20_000; index++) filtered.markSeen(keyOf(`old ${index}`), 1);
  for (let index = 0; index < 5000; index++) filtered.wasSeen(keyOf(`new ${index}`));
  expect(asked.count).toBeLessThan(10);
  expect(filtered.wasSeen(keyOf('old 7'))).toBe(true);
});
