import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PrintProgress } from '../../devices/index.ts';
import { progressView } from './live-machine.ts';

const progress = (change: Partial<PrintProgress>): PrintProgress => ({
  linesAcknowledged: 0,
  linesTotal: 1000,
  layer: 1,
  layersTotal: 10,
  moveIndex: 0,
  positionMm: { x: 0, y: 0, z: 0 },
  resends: 0,
  elapsedMs: 0,
  ...change,
});

describe('the time that a print still takes', () => {
  it('is not used up by a long heat-up', () => {
    const view = progressView(progress({ linesAcknowledged: 100, elapsedMs: 900_000 }), 600);
    expect(view.leftMs).toBe(540_000);
  });

  it('follows the pace so far where nothing was estimated, and is unknown at first', () => {
    expect(progressView(progress({ linesAcknowledged: 250, elapsedMs: 60_000 }), undefined).leftMs).toBe(
      180_000,
    );
    expect(progressView(progress({ linesAcknowledged: 1, elapsedMs: 60_000 }), undefined).leftMs).toBeNull();
  });

  it('never grows while lines are done, and ends at nothing', () => {
    fc.assert(
      fc.property(fc.nat(999), fc.nat(1e9), fc.integer({ min: 1, max: 1e6 }), (done, elapsedMs, seconds) => {
        const left = (lines: number) =>
          progressView(progress({ linesAcknowledged: lines, elapsedMs }), seconds).leftMs ?? Number.NaN;
        expect(left(done + 1)).toBeLessThan(left(done));
        expect(left(1000)).toBe(0);
      }),
    );
  });
});
