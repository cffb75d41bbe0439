// Copies over a group: every copy has a place that can take it, all are done soonest, and what is in the way is said.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobNeed, MachineFacts } from './index.ts';
import { ALWAYS, spreadCopies } from './index.ts';

const MACHINE: MachineFacts = {
  id: 'a',
  process: 'fdm',
  volumeMm: { x: 200, y: 200, z: 200 },
  nozzleUm: 400,
  ready: true,
  freeMs: 0,
  pace: 1,
  rateMicroPerHour: 5n,
  hours: ALWAYS,
};
const NEED: JobNeed = {
  id: 'f',
  process: 'fdm',
  sizeUm: { x: 100_000, y: 100_000, z: 100_000 },
  material: 'PLA',
  colour: '#ffffff',
  milligrams: 10_000,
  seconds: 3600,
  priority: 0,
  createdMs: 0,
};
const HOUR_MS = 3_600_000;
const spool = (change: Partial<NonNullable<MachineFacts['spool']>> = {}) => ({
  id: 's',
  name: 'S',
  material: 'PLA',
  colour: '#ffffff',
  gramsFull: 1000,
  gramsLeft: 1000,
  ...change,
});
const spread = (copies: number, group: readonly MachineFacts[], need: JobNeed = NEED) =>
  spreadCopies(need, copies, group, 0, () => 0);
const counts = (result: ReturnType<typeof spread>) =>
  Object.fromEntries(result.shares.map(({ machineId, copies }) => [machineId, copies]));

describe('spreading', () => {
  it('splits evenly over equals, and less to one that is busy', () => {
    const group = [MACHINE, { ...MACHINE, id: 'b' }, { ...MACHINE, id: 'c', freeMs: 2 * HOUR_MS }];
    const result = spread(7, group);
    expect(counts(result)).toEqual({ a: 3, b: 3, c: 1 });
    expect(result.shares.map(({ doneMs }) => (doneMs ?? 0) / HOUR_MS)).toEqual([3, 3, 3]);
  });

  it('gives nothing to what can never make it, and says why', () => {
    const mill = { ...MACHINE, id: 'mill', process: 'cnc' };
    const small = { ...MACHINE, id: 'small', volumeMm: { x: 50, y: 50, z: 50 } };
    const result = spread(4, [mill, MACHINE, small]);
    expect(new Set(result.places)).toEqual(new Set(['a']));
    expect(result.unable).toEqual([
      { machineId: 'mill', reasons: ['process'] },
      { machineId: 'small', reasons: ['volume'] },
    ]);
    expect(spread(4, [mill]).places).toEqual([]);
  });

  it('a spool that runs out and a machine that is off come last, but take what is left', () => {
    const little = { ...MACHINE, spool: spool({ gramsLeft: 25 }) };
    const off = { ...MACHINE, id: 'off', ready: false };
    const result = spread(5, [little, off]);
    expect(counts(result)).toEqual({ a: 3, off: 2 });
    expect(result.shares.find(({ machineId }) => machineId === 'off')?.needs).toContain('not-ready');
  });

  it('an owner who keeps no list of spools is not asked for one', () => {
    const noted = { ...MACHINE, id: 'noted', spool: spool() };
    expect(counts(spread(4, [MACHINE, noted]))).toEqual({ a: 2, noted: 2 });
  });

  it('says what would be late', () => {
    const result = spread(3, [MACHINE], { ...NEED, deadlineMs: 2 * HOUR_MS });
    expect(result.shares).toMatchObject([{ copies: 3, late: true }]);
    expect(spread(2, [MACHINE], { ...NEED, deadlineMs: 2 * HOUR_MS }).shares).toMatchObject([
      { late: false },
    ]);
  });

  it('cutting machines need no filament', () => {
    const mill = { ...MACHINE, process: 'cnc', nozzleUm: 0 };
    const result = spread(2, [mill], { ...NEED, process: 'cnc', material: '', colour: '', milligrams: 0 });
    expect(result.shares).toMatchObject([{ copies: 2, needs: [] }]);
  });

  it('every copy has exactly one place, on a machine that was asked', () => {
    const machine = fc.record({
      ready: fc.boolean(),
      freeMs: fc.integer({ min: 0, max: 5 * HOUR_MS }),
      process: fc.constantFrom('fdm', 'cnc'),
      grams: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(
        fc.array(machine, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 30 }),
        (drawn, copies) => {
          const group = drawn.map(({ grams, ...facts }, index) => ({
            ...MACHINE,
            ...facts,
            id: `m${index}`,
            ...(grams === undefined ? {} : { spool: spool({ gramsLeft: grams }) }),
          }));
          const { places, shares, unable } = spread(copies, group);
          expect(shares.length + unable.length).toBe(group.length);
          expect(places.length).toBe(shares.length === 0 ? 0 : copies);
          for (const { machineId, copies: count } of shares)
            expect(places.filter((place) => place === machineId).length).toBe(count);
        },
      ),
      { seed: 5, numRuns: 200 },
    );
  });
});
