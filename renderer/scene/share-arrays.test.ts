import { afterEach, describe, expect, it, vi } from 'vitest';
import { shareArrays } from './share-arrays.ts';

afterEach(() => vi.unstubAllGlobals());

const REPLY = {
  count: 2,
  positions: new Float32Array([1.5, -2, 3]),
  none: undefined,
  layers: [{ layer: 1 }],
  inner: {
    moves: new Uint32Array([7, 2 ** 32 - 1]),
    bytes: new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
    short: new Uint16Array([65_535]),
  },
};

describe('shared arrays', () => {
  it('hold the same numbers, where every thread reads them', () => {
    vi.stubGlobal('crossOriginIsolated', true);
    const shared = shareArrays(REPLY);
    expect(shared).toEqual(REPLY);
    const { positions, inner } = shared;
    for (const array of [positions, inner.moves, inner.bytes, inner.short]) {
      expect(array.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });

  it('are plain ones where the page may not share memory', () => {
    expect(shareArrays(REPLY)).toBe(REPLY);
  });
});
