import { expect, test } from 'vitest';
import { fitsVolume } from './slicer-job.ts';

const volumeMm = { x: 250, y: 210, z: 200 };

test('a part fits as it stands, to the micrometre, and is never thought of as turned', () => {
  expect(fitsVolume({ x: 250_000, y: 210_000, z: 200_000 }, volumeMm)).toBe(true);
  for (const axis of ['x', 'y', 'z'] as const) {
    const size = { x: 250_000, y: 210_000, z: 200_000 };
    expect([axis, fitsVolume({ ...size, [axis]: size[axis] + 1 }, volumeMm)]).toEqual([axis, false]);
  }
  // It would fit turned about the vertical, but nobody turns it.
  expect(fitsVolume({ x: 205_000, y: 240_000, z: 10_000 }, volumeMm)).toBe(false);
});
