import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex } from '../base/index.ts';
import { createMemory, nameOf } from './memory.ts';

describe('what is held only to save time', () => {
  test('is what was set last, or nothing, and never more than twice the bound', () => {
    const step = fc.record({
      name: fc.constantFrom(...'abcdefghij'),
      weight: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 30 }), (steps, weightMax) => {
        const memory = createMemory<{ readonly weight: number }>(weightMax, ({ weight }) => weight);
        const model = new Map<string, { readonly weight: number }>();
        for (const { name, weight } of steps) {
          const value = { weight };
          memory.set(name, value);
          model.set(name, value);
          expect(memory.get(name)).toBe(value);
        }
        const left = [...model].filter(([name, value]) => {
          const found = memory.get(name);
          expect([undefined, value]).toContain(found);
          return found !== undefined;
        });
        const weight = left.reduce((sum, [, value]) => sum + value.weight, 0);
        expect(weight).toBeLessThan(2 * (weightMax + 9));
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  test('keeps what is asked for again and again, whatever else comes', () => {
    const memory = createMemory<number>(10, () => 1);
    memory.set('kept', -1);
    for (let n = 0; n < 1000; n++) {
      memory.set(`${n}`, n);
      expect(memory.get('kept')).toBe(-1);
    }
    expect(memory.get('1')).toBeUndefined();
  });

  test('counts what is set again once', () => {
    const memory = createMemory<number>(10, () => 1);
    for (let n = 0; n < 9; n++) memory.set(`${n}`, n);
    for (let n = 0; n < 1000; n++) memory.set('again', n);
    for (let n = 0; n < 9; n++) expect(memory.get(`${n}`)).toBe(n);
  });

  test('names differ where bytes do', () => {
    const bytes = fc.uint8Array({ maxLength: 80 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(nameOf(a) === nameOf(b)).toBe(bytesToHex(a) === bytesToHex(b));
        expect(nameOf(a)).toBe(nameOf(Uint8Array.from(a)));
        expect(nameOf(a)).toHaveLength(a.length);
      }),
      { seed: 12 },
    );
  });
});
