import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobView, MachineView, OrderCard } from '../../../node-core/api/index.ts';
import { boardOf } from './board-state.ts';
import { planOf, rowsOf, SORT_KEYS, sortRows, ticksOf } from './queue-rows.ts';
import { samePartsOf } from './same-parts.ts';

const job = (change: Partial<JobView>): JobView => ({
  id: 'job',
  orderId: 'o1',
  batch: 'o1',
  title: 'Hook',
  machineId: 'm1',
  machineName: 'One',
  copy: 1,
  copies: 2,
  state: 'ready',
  material: 'PLA',
  colour: '#fff',
  secondsEstimated: 600,
  part: 'hook',
  priority: 0,
  createdMs: 1_000,
  ...change,
});
const order = (change: Partial<OrderCard>): OrderCard => {
  const card = {
    id: 'o1',
    title: 'Hook',
    state: 'accepted',
    stateLabel: 'In production',
    final: false,
    openedS: 1,
  };
  return { ...card, machineName: 'One', ...change } as unknown as OrderCard;
};
const machine = (id: string, timeScale = 1) => ({ id, timeScale }) as unknown as MachineView;

describe('orders that share a part', () => {
  const waiting = [
    job({ id: 'o1.1' }),
    job({ id: 'o2.1', orderId: 'o2', state: 'queued' }),
    job({ id: 'o2.2', orderId: 'o2', state: 'queued', copy: 2 }),
    job({ id: 'o3.1', orderId: 'o3', state: 'printing' }),
  ];

  it('are offered to be printed together, once', () => {
    expect(samePartsOf(waiting)).toMatchObject([{ firstId: 'o1.1', orderIds: ['o2'], copies: 3 }]);
    expect(samePartsOf(waiting.map((each) => ({ ...each, run: 'o1.1' })))).toEqual([]);
    const later = job({ id: 'o4.1', orderId: 'o4' });
    const runs = [...waiting.map((each) => ({ ...each, run: 'o1.1' })), later];
    expect(samePartsOf(runs)).toMatchObject([{ firstId: 'o1.1', orderIds: ['o2', 'o4'], copies: 4 }]);
  });

  it('are not where one waits alone, or the machine, the part or the maker of the file differs', () => {
    expect(samePartsOf(waiting.slice(1))).toEqual([]);
    const elsewhere = job({ id: 'o2.1', orderId: 'o2', machineId: 'm2' });
    const other = job({ id: 'o3.1', orderId: 'o3', part: 'cap' });
    const { orderId: _none, ...own } = job({ id: 'own', own: { fileId: 'f' } });
    expect(samePartsOf([job({}), elsewhere, other, own])).toEqual([]);
  });
});

describe('rows', () => {
  const rows = rowsOf(
    boardOf(
      [order({}), order({ id: 'o2', title: 'Cap', state: 'open', openedS: 9, machineName: 'Two' })],
      [job({ id: 'a' }), job({ id: 'b', copy: 2, createdMs: 1_001, secondsEstimated: 60 })],
    ),
  );

  it('are everything on the board, once', () => {
    expect(rows.map(({ id }) => id)).toEqual(['o2', 'a', 'b']);
    expect(rows.map(({ path }) => path)).toEqual(['/orders/o2', '/farm/m1', '/farm/m1']);
  });

  it('are sorted both ways by each column, losing none', () => {
    expect(sortRows(rows, { key: 'title', descending: false }).map(({ id }) => id)).toEqual(['o2', 'a', 'b']);
    expect(sortRows(rows, { key: 'time', descending: true }).map(({ id }) => id)).toEqual(['a', 'b', 'o2']);
    expect(sortRows(rows, { key: 'machine', descending: true }).map(({ id }) => id)).toEqual([
      'o2',
      'a',
      'b',
    ]);
    expect(sortRows(rows, { key: 'since', descending: true }).map(({ id }) => id)).toEqual(['o2', 'b', 'a']);
    fc.assert(
      fc.property(fc.constantFrom(...SORT_KEYS), fc.boolean(), (key, descending) => {
        const sorted = sortRows(rows, { key, descending });
        expect(new Set(sorted)).toEqual(new Set(rows));
      }),
    );
  });
});

describe('the plan', () => {
  it('puts what runs first and the rest behind it, in the order of its line, at the pace of the machine', () => {
    const progress = { elapsedMs: 60_000, leftMs: 120_000 } as unknown as NonNullable<JobView['progress']>;
    const jobs = [
      job({ id: 'late', createdMs: 2, place: 2 }),
      job({ id: 'early', createdMs: 5, place: 1 }),
      job({ id: 'runs', state: 'printing', createdMs: 9, startedMs: 7, progress }),
      job({ id: 'over', state: 'finished' }),
      job({ id: 'other', machineId: 'm2' }),
    ];
    const [one, two] = planOf([machine('m1', 10), machine('m2')], jobs, 1_000);
    expect(one?.jobs.map(({ job: { id }, startMs, endMs }) => [id, startMs, endMs])).toEqual([
      ['runs', 7, 13_000],
      ['early', 13_000, 73_000],
      ['late', 73_000, 133_000],
    ]);
    expect([one?.freeMs, two?.freeMs]).toEqual([133_000, 601_000]);
  });

  it('takes the estimate where a running print does not say how long it still needs', () => {
    const [plan] = planOf([machine('m1')], [job({ state: 'starting' })], 0);
    expect(plan?.freeMs).toBe(600_000);
  });

  it('never has two prints of a machine at once', () => {
    const any = fc.record({
      state: fc.constantFrom('queued', 'ready', 'printing', 'finished', 'failed') as fc.Arbitrary<
        JobView['state']
      >,
      secondsEstimated: fc.nat(10_000),
      createdMs: fc.nat(100),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), fc.integer({ min: 1, max: 1000 }), (changes, pace) => {
        const [plan] = planOf([machine('m1', pace)], changes.map(job), 1_000);
        const ends = plan?.jobs.map(({ endMs }) => endMs) ?? [];
        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
        expect(plan?.freeMs).toBe(ends.at(-1) ?? 1_000);
      }),
    );
  });
});

describe('the axis of the plan', () => {
  const HOUR_MS = 3_600_000;

  it('has round times of the clock on the wall', () => {
    const noon = Date.UTC(2026, 4, 1, 12);
    expect(ticksOf(noon + 1, HOUR_MS, 0).map((at) => (at - noon) / 60_000)).toEqual([10, 20, 30, 40, 50, 60]);
    // India: half an hour beside everybody else's hours.
    expect(ticksOf(noon, 6 * HOUR_MS, 5.5 * HOUR_MS)[0]).toBe(noon + HOUR_MS / 2);
  });

  it('is never without a place for its labels, however long the plan', () => {
    fc.assert(
      fc.property(fc.nat(4e12), fc.integer({ min: 60_000, max: 1e11 }), (fromMs, spanMs) => {
        const ticks = ticksOf(fromMs, spanMs, 0);
        expect(ticks.length).toBeLessThanOrEqual(8);
        expect(ticks.every((at) => at >= fromMs && at <= fromMs + spanMs)).toBe(true);
        const steps = new Set(ticks.slice(1).map((at, index) => at - (ticks[index] ?? 0)));
        expect(steps.size).toBeLessThanOrEqual(1);
      }),
    );
  });
});
