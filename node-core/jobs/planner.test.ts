// The planner: nothing twice, nothing where it does not fit, no machine on two jobs at once, no more filament than there
// is, and the urgent first.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALWAYS,
  copiesOn,
  counted,
  filamentFor,
  gramsOf,
  isOpen,
  type JobNeed,
  type MachineFacts,
  MINUTES_PER_DAY,
  MINUTES_PER_WEEK,
  minutesUntilOpen,
  mismatches,
  NO_WORK,
  planJobs,
  type Spool,
  upkeepOf,
  used,
  type WorkingHours,
} from './index.ts';

const SPOOL: Spool = {
  id: 's1',
  name: 'White',
  material: 'PLA',
  colour: '#ffffff',
  gramsFull: 1000,
  gramsLeft: 1000,
};
const MACHINE: MachineFacts = {
  id: 'm1',
  process: 'fdm',
  volumeMm: { x: 200, y: 200, z: 200 },
  nozzleUm: 400,
  spool: SPOOL,
  ready: true,
  freeMs: 0,
  pace: 1,
  rateMicroPerHour: 5n,
  hours: ALWAYS,
};
const JOB: JobNeed = {
  id: 'a',
  process: 'fdm',
  sizeUm: { x: 100_000, y: 100_000, z: 100_000 },
  nozzleUm: 400,
  material: 'PLA',
  colour: '#FFFFFF',
  milligrams: 10_000,
  seconds: 3600,
  priority: 0,
  createdMs: 0,
};
const minuteAt = (ms: number) => Math.floor(ms / 60_000) % MINUTES_PER_WEEK;

describe('matching', () => {
  it.each([
    ['process', { process: 'sla' }],
    ['volume', { sizeUm: { x: 1, y: 1, z: 200_001 } }],
    ['nozzle', { nozzleUm: 600 }],
    ['plate', { plate: 'textured' }],
    ['other-material', { material: 'ABS' }],
    ['other-colour', { colour: '#000000' }],
    ['too-little', { milligrams: 999_000 }],
    ['not-allowed', { machines: ['m2'] }],
  ] as const)('%s stands against it', (reason, change) => {
    expect(mismatches({ ...JOB, ...change }, MACHINE)).toEqual([reason]);
  });
  it.each([
    ['not-ready', { ready: false }],
    ['none-loaded', { spool: undefined }],
    ['never-open', { hours: { ...ALWAYS, days: [] } }],
  ] as const)('%s on the machine stands against it', (reason, change) => {
    expect(mismatches(JOB, { ...MACHINE, ...change } as MachineFacts)).toEqual([reason]);
  });
  it('nothing stands against what fits', () => expect(mismatches(JOB, MACHINE)).toEqual([]));
});

const hours: fc.Arbitrary<WorkingHours> = fc.record({
  days: fc.uniqueArray(fc.integer({ min: 0, max: 6 })),
  fromMinute: fc.integer({ min: 0, max: MINUTES_PER_DAY - 1 }),
  toMinute: fc.integer({ min: 0, max: MINUTES_PER_DAY - 1 }),
});
const machines = fc
  .array(
    fc.record({
      ready: fc.boolean(),
      freeMs: fc.integer({ min: 0, max: 10_000_000 }),
      gramsLeft: fc.integer({ min: 0, max: 300 }),
      material: fc.constantFrom('PLA', 'ABS'),
      rate: fc.bigInt({ min: 0n, max: 3n }),
      hours,
    }),
    { maxLength: 5 },
  )
  .map((list) =>
    list.map(
      ({ gramsLeft, material, rate, ...rest }, i): MachineFacts => ({
        ...MACHINE,
        ...rest,
        id: `m${i}`,
        spool: { ...SPOOL, material, gramsLeft },
        rateMicroPerHour: rate,
      }),
    ),
  );
const jobs = fc
  .array(
    fc.record({
      priority: fc.integer({ min: -2, max: 2 }),
      seconds: fc.integer({ min: 1, max: 50_000 }),
      milligrams: fc.integer({ min: 1, max: 200_000 }),
      material: fc.constantFrom('PLA', 'ABS'),
      createdMs: fc.nat(100),
      deadlineMs: fc.option(fc.integer({ min: 0, max: 50_000_000 }), { nil: undefined }),
    }),
    { maxLength: 14 },
  )
  .map((list) =>
    list.map(({ deadlineMs, ...rest }, i): JobNeed => {
      return { ...JOB, ...rest, id: `j${i}`, ...(deadlineMs === undefined ? {} : { deadlineMs }) };
    }),
  );

describe('the plan', () => {
  it('holds every job once, in places that fit, one at a time, within hours and filament', () => {
    fc.assert(
      fc.property(jobs, machines, (needs, facts) => {
        const nowMs = 1_000_000;
        const plan = planJobs(needs, facts, nowMs, minuteAt);
        const ids = [...plan.placed, ...plan.unplaced].map(({ jobId }) => jobId);
        expect(ids.toSorted()).toEqual(needs.map(({ id }) => id).toSorted());
        for (const machine of facts) {
          const own = plan.placed.filter(({ machineId }) => machineId === machine.id);
          let freeMs = Math.max(nowMs, machine.freeMs);
          let grams = machine.spool?.gramsLeft ?? 0;
          for (const { jobId, startMs, endMs, late } of own) {
            const job = needs.find(({ id }) => id === jobId);
            if (job === undefined) throw new Error('placed jobs are known');
            expect(startMs).toBeGreaterThanOrEqual(freeMs);
            expect(isOpen(machine.hours, minuteAt(startMs))).toBe(true);
            expect(late).toBe(job.deadlineMs !== undefined && endMs > job.deadlineMs);
            expect(job.material).toBe(machine.spool?.material);
            grams -= job.milligrams / 1000;
            expect(grams).toBeGreaterThanOrEqual(0);
            freeMs = endMs;
          }
          if (!machine.ready) expect(own).toEqual([]);
        }
        for (const { reasons } of plan.unplaced) if (facts.length > 0) expect(reasons).not.toEqual([]);
        // The same again, in whatever order it was asked.
        expect(planJobs(needs.toReversed(), facts, nowMs, minuteAt)).toEqual(plan);
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it('on one machine, a job never waits for a less urgent one', () => {
    fc.assert(
      fc.property(jobs, (needs) => {
        const facts = [{ ...MACHINE, spool: { ...SPOOL, gramsLeft: 19_000 } }];
        const { placed } = planJobs(
          needs.map((job) => ({ ...job, material: 'PLA' })),
          facts,
          0,
          minuteAt,
        );
        const order = placed.toSorted((a, b) => a.startMs - b.startMs);
        const priorities = order.map(({ jobId }) => needs.find(({ id }) => id === jobId)?.priority ?? 0);
        expect(priorities).toEqual(priorities.toSorted((a, b) => b - a));
      }),
      { seed: 12, numRuns: 100 },
    );
  });

  it('spreads copies over a group, so that it is done as soon as it can be', () => {
    const group = ['m1', 'm2', 'm3'];
    const facts = ['m1', 'm2', 'm3', 'm4'].map((id) => ({ ...MACHINE, id }));
    const { placed } = planJobs(copiesOn(group, JOB, 7), facts, 0, minuteAt);
    const count = (id: string) => placed.filter(({ machineId }) => machineId === id).length;
    expect(group.map(count).toSorted()).toEqual([2, 2, 3]);
    expect(count('m4')).toBe(0);
    expect(Math.max(...placed.map(({ endMs }) => endMs))).toBe(3 * 3_600_000);
  });
});

describe('working hours', () => {
  it('opens when it says, past midnight and past Sunday too', () => {
    const night = { days: [6], fromMinute: 22 * 60, toMinute: 6 * 60 };
    expect(isOpen(night, 6 * MINUTES_PER_DAY + 23 * 60)).toBe(true);
    expect(isOpen(night, 5 * 60 + 59)).toBe(true);
    expect(isOpen(night, 6 * 60)).toBe(false);
    expect(minutesUntilOpen(night, 0)).toBe(0);
    expect(minutesUntilOpen(night, 6 * 60)).toBe(6 * MINUTES_PER_DAY + 16 * 60);
    expect(minutesUntilOpen({ ...night, days: [] }, 0)).toBeUndefined();
  });
  it('is open exactly when the wait is over', () => {
    fc.assert(
      fc.property(hours, fc.integer({ min: 0, max: MINUTES_PER_WEEK - 1 }), (window, minute) => {
        const wait = minutesUntilOpen(window, minute);
        if (wait === undefined) {
          expect(window.days).toEqual([]);
          return;
        }
        expect(isOpen(window, (minute + wait) % MINUTES_PER_WEEK)).toBe(true);
        if (wait > 0) expect(isOpen(window, (minute + wait - 1) % MINUTES_PER_WEEK)).toBe(false);
      }),
      { seed: 13, numRuns: 300 },
    );
  });
});

describe('filament and upkeep', () => {
  it('weighs filament as the quote does', () => {
    // 1 m of 1.75 mm PLA (1.24 g/cm³) is 2.98 g.
    expect(gramsOf(1_000_000, { densityMgPerCm3: 1240, filamentUm: 1750 })).toBeCloseTo(2.9826, 3);
    expect(gramsOf(-5, { densityMgPerCm3: 1240, filamentUm: 1750 })).toBe(0);
    expect(used(SPOOL, 2000).gramsLeft).toBe(0);
    expect(filamentFor(used(SPOOL, 989), JOB)).toBe('too-little');
    expect(filamentFor(used(SPOOL, 988), JOB)).toBe('ok');
  });
  it('counts what was done, and is due from the last time it was seen to', () => {
    let counters = NO_WORK;
    for (let i = 0; i < 60; i++)
      counters = counted(counters, { durationMs: 6 * 3_600_000, filamentUm: 20_000_000, finished: i > 4 });
    expect(counters).toEqual({ printHours: 360, filamentMetres: 1200, prints: 60, failures: 5 });
    const due = (done: Parameters<typeof upkeepOf>[1]) =>
      upkeepOf(counters, done).flatMap(({ task, due }) => (due ? [task] : []));
    expect(due({})).toEqual(['lubricate', 'bed']);
    expect(due({ lubricate: counters })).toEqual(['bed']);
  });
});
