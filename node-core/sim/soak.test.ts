// A short soak of a small farm: everything the long one (npm run soak) must show, in seconds.

import { expect, test } from 'vitest';
import { soak } from './soak.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test.each([2, 3])(
  'hours of a small farm in trouble, seed %i',
  async (seed) => {
    const report = await soak({ printers: 4, hours: 6, seed, settle });
    expect(report).toMatchObject({ wrongLines: 0, heatersLeftOn: 0, jobsLost: 0, printedTwice: 0 });
    // It was no walk in the park.
    expect(report.finished).toBeGreaterThan(30);
    expect(report.troubles).toBeGreaterThan(5);
    expect(report.pauses).toBeGreaterThan(3);
    expect(report.restarts).toBeGreaterThan(0);
    expect(report.linesExecuted).toBeGreaterThan(4_000);
  },
  120_000,
);
