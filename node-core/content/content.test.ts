import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../base/index.ts';
import { equalBytes, sha256, u64ToBytes, unwrap, utf8ToBytes } from '../base/index.ts';
import { portableAead } from '../identity/index.ts';
import { CHUNK_BYTES, loadContent, storeContent } from './index.ts';

function memoryStore() {
  const blocks = new Map<string, Bytes>();
  return {
    blocks,
    put: (id: string, block: Bytes) => void blocks.set(id, block),
    get: (id: string) => blocks.get(id),
    has: (id: string) => blocks.has(id),
  };
}

let counter = 0n;
const random = {
  bytes: (length: number) => {
    const block = sha256(u64ToBytes(counter++));
    return Uint8Array.from({ length }, (_, i) => block[i % 32] ?? 0);
  },
};
const key = sha256(utf8ToBytes('key'));
const crypto = { ...portableAead, sha256 };

describe('encrypted content', () => {
  it('gives back exactly what was stored, at every boundary of chunks and padding', async () => {
    for (const size of [0, 1, 4095, 4096, 4097, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1]) {
      const store = memoryStore();
      const file = Uint8Array.from({ length: size }, (_, i) => i & 255);
      const id = await storeContent({ file, key, store, random, crypto });
      expect(equalBytes(unwrap(loadContent(id, key, store, crypto)), file)).toBe(true);
    }
  });

  it('gives equal files different ids', async () => {
    const store = memoryStore();
    const file = utf8ToBytes('the same model');
    expect(await storeContent({ file, key, store, random, crypto })).not.toBe(
      await storeContent({ file, key, store, random, crypto }),
    );
  });

  it('never seals two files with one key stream, even under the same key', async () => {
    const sealedOf = async () => {
      const store = memoryStore();
      await storeContent({ file: utf8ToBytes('the same model'), key, store, random, crypto });
      return [...store.blocks.values()][0]?.subarray(0, 64);
    };
    expect(await sealedOf()).not.toEqual(await sealedOf());
  });

  it('refuses a changed, missing or swapped block and a wrong key', async () => {
    const file = Uint8Array.from({ length: CHUNK_BYTES * 2 + 10 }, (_, i) => (i * 7) & 255);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), async (which, where) => {
        const store = memoryStore();
        const id = await storeContent({ file, key, store, random, crypto });
        const ids = [...store.blocks.keys()];
        const victim = ids[which % ids.length] ?? '';
        const block = store.blocks.get(victim)?.slice() ?? new Uint8Array(1);
        block[where % block.length] = (block[where % block.length] ?? 0) ^ 1;
        store.blocks.set(victim, block);
        expect(loadContent(id, key, store, crypto).ok).toBe(false);
        store.blocks.delete(victim);
        const missing = loadContent(id, key, store, crypto);
        expect(missing.ok ? '' : missing.fault.code).toBe('content.missing');
      }),
      { numRuns: 6 },
    );
    const store = memoryStore();
    const id = await storeContent({ file, key, store, random, crypto });
    expect(loadContent(id, sha256(utf8ToBytes('other key')), store, crypto).ok).toBe(false);
    const [first, second] = [...store.blocks.keys()];
    const swapped = memoryStore();
    for (const [name, block] of store.blocks) swapped.put(name, block);
    swapped.put(first ?? '', store.get(second ?? '') ?? new Uint8Array());
    expect(loadContent(id, key, swapped, crypto).ok).toBe(false);
  });
});
