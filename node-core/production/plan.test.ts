// Planning as properties: nothing is lost, nobody is given more than they have time for, no division of a line is cheaper
// than the one that was found, and a failure takes nothing from those who did not fail.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assert } from '../base/index.ts';
import type { Need, Offer, Plan, PlanInputs, Producer } from './index.ts';
import { cheapestSplit, LOTS_MAX, madeBy, planProduction, replanProduction, traceCopy } from './index.ts';

const NOW_S = 1_800_000_000;
const HOUR_S = 3600;

/** As quotes are priced: set-up, then so much a copy, and at least the minimum. */
const priced = (setup: bigint, each: bigint, least: bigint) => (copies: number) => {
  const sum = setup + each * BigInt(copies);
  return sum > least ? sum : least;
};
const amount = fc.bigInt({ min: 0n, max: 50n });
const anyPrice = fc.tuple(amount, amount, amount).map(([setup, each, least]) => priced(setup, each, least));

const PARTS = ['arm', 'base', 'cover'];
const PRODUCERS = ['p0', 'p1', 'p2', 'p3', 'p4'];

const anyInputs: fc.Arbitrary<PlanInputs> = fc.record({
  needs: fc.array(
    fc.record({
      order: fc.constantFrom('order-a', 'order-b'),
      line: fc.constantFrom('l0', 'l1', 'l2'),
      part: fc.constantFrom(...PARTS),
      copies: fc.integer({ min: 0, max: 9 }),
    }),
    { maxLength: 6 },
  ),
  producers: fc
    .tuple(
      ...PRODUCERS.map((id) =>
        fc.record({
          id: fc.constant(id),
          freeFromS: fc.integer({ min: NOW_S - HOUR_S, max: NOW_S + 5 * HOUR_S }),
          ratingMilli: fc.integer({ min: 0, max: 1000 }),
        }),
      ),
    )
    .map((all): Producer[] => [...all]),
  offers: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...PRODUCERS), fc.constantFrom(...PARTS)), {
      selector: (pair) => pair.join(),
    })
    .chain((pairs) =>
      fc.tuple(
        ...pairs.map(([producer, part]) =>
          fc.record({
            producer: fc.constant(producer),
            part: fc.constant(part),
            secondsPerCopy: fc.integer({ min: 60, max: 2 * HOUR_S }),
            copiesMax: fc.integer({ min: 0, max: 12 }),
            priceMicro: anyPrice,
          }),
        ),
      ),
    )
    .map((all): Offer[] => [...all]),
  rule: fc.record({
    prefer: fc.constantFrom('price' as const, 'date' as const, 'rating' as const),
    nowS: fc.constant(NOW_S),
    finishByS: fc.integer({ min: NOW_S, max: NOW_S + 24 * HOUR_S }),
    ratingMilliMin: fc.integer({ min: 0, max: 800 }),
  }),
});

const sum = (counts: readonly { readonly copies: number }[]) =>
  counts.reduce((all, { copies }) => all + copies, 0);

/** Copies by order, line and part, whoever makes them. */
function ledgerOf(needs: readonly Need[]): Record<string, number> {
  const ledger: Record<string, number> = {};
  for (const { order, line, part, copies } of needs) {
    const name = `${order}/${line}/${part}`;
    if (copies > 0) ledger[name] = (ledger[name] ?? 0) + copies;
  }
  return ledger;
}

const asNeeds = (plan: Plan): Need[] => [
  ...plan.jobs.flatMap(({ part, allocations }) => allocations.map((allocation) => ({ ...allocation, part }))),
  ...plan.missing,
];

function expectSound(plan: Plan, { producers, offers, rule }: Omit<PlanInputs, 'needs'>): void {
  for (const { id, freeFromS, ratingMilli } of producers) {
    const own = plan.jobs.filter(({ producer }) => producer === id);
    const workS = own.reduce((all, job) => {
      const offer = offers.find(({ producer, part }) => producer === id && part === job.part);
      assert(offer !== undefined, 'only what was offered is planned');
      expect(job.priceMicro).toBe(offer.priceMicro(job.copies));
      expect(job.copies).toBeLessThanOrEqual(offer.copiesMax);
      return all + job.copies * offer.secondsPerCopy;
    }, 0);
    if (own.length === 0) continue;
    expect(ratingMilli).toBeGreaterThanOrEqual(rule.ratingMilliMin);
    expect(Math.max(freeFromS, rule.nowS) + workS).toBeLessThanOrEqual(rule.finishByS);
  }
  expect(plan.totalMicro).toBe(plan.jobs.reduce((all, { priceMicro }) => all + priceMicro, 0n));
  for (const job of plan.jobs) expect(sum(job.allocations)).toBe(job.copies);
}

describe('planProduction', () => {
  test('loses no copy, invents none, and gives nobody more than there is time for', () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const plan = planProduction(inputs);
        expect(ledgerOf(asNeeds(plan))).toEqual(ledgerOf(inputs.needs));
        expectSound(plan, inputs);
      }),
      { numRuns: 300 },
    );
  });

  test('is the same whatever the order in which producers and offers are listed', () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const turned = {
          ...inputs,
          producers: inputs.producers.toReversed(),
          offers: inputs.offers.toReversed(),
        };
        expect(planProduction(turned)).toEqual(planProduction(inputs));
      }),
    );
  });

  test('a part alone is as cheap as any way of dividing it', () => {
    fc.assert(
      fc.property(anyInputs, fc.integer({ min: 1, max: 7 }), (inputs, copies) => {
        const needs = [{ order: 'o', line: 'l', part: 'arm', copies }];
        const rule = { ...inputs.rule, prefer: 'price' as const };
        const plan = planProduction({ ...inputs, needs, rule });
        fc.pre(plan.missing.length === 0);
        expect(plan.totalMicro).toBe(cheapestByTrial({ ...inputs, needs, rule }, copies));
      }),
      { numRuns: 150 },
    );
  });

  test('an earlier date, and better ratings, are kept to where they are asked for', () => {
    const needs = [{ order: 'o', line: 'l', part: 'arm', copies: 4 }];
    const offers: Offer[] = ['p0', 'p1'].map((producer, index) => ({
      producer,
      part: 'arm',
      secondsPerCopy: HOUR_S,
      copiesMax: 100,
      priceMicro: priced(10n, index === 0 ? 1n : 5n, 0n),
    }));
    const producers = [
      { id: 'p0', freeFromS: NOW_S, ratingMilli: 500 },
      { id: 'p1', freeFromS: NOW_S, ratingMilli: 900 },
    ];
    const by = (prefer: 'price' | 'date' | 'rating') => {
      const rule = { prefer, nowS: NOW_S, finishByS: NOW_S + 24 * HOUR_S, ratingMilliMin: 0 };
      const { jobs, finishS } = planProduction({ needs, offers, producers, rule });
      return [jobs.map(({ producer, copies }) => [producer, copies]), finishS - NOW_S];
    };
    expect(by('price')).toEqual([[['p0', 4]], 4 * HOUR_S]);
    expect(by('date')).toEqual([
      [
        ['p1', 2],
        ['p0', 2],
      ],
      2 * HOUR_S,
    ]);
    expect(by('rating')).toEqual([[['p1', 4]], 4 * HOUR_S]);
  });

  test('orders that need the same part share a job, and each copy of it is traced to its order', () => {
    const offers = [
      { producer: 'p', part: 'arm', secondsPerCopy: 60, copiesMax: 9, priceMicro: priced(5n, 1n, 0n) },
    ];
    const producers = [{ id: 'p', freeFromS: NOW_S, ratingMilli: 0 }];
    const rule = { prefer: 'price' as const, nowS: NOW_S, finishByS: NOW_S + HOUR_S, ratingMilliMin: 0 };
    const needs = [
      { order: 'first', line: 'left', part: 'arm', copies: 2 },
      { order: 'second', line: 'arm', part: 'arm', copies: 3 },
    ];
    const plan = planProduction({ needs, offers, producers, rule });
    expect(plan.jobs.length).toBe(1);
    const [job] = plan.jobs;
    assert(job !== undefined, 'one job');
    expect([0, 1, 2, 3, 5, 6].map((copy) => traceCopy(job, copy)?.order)).toEqual([
      undefined,
      'first',
      'first',
      'second',
      'second',
      undefined,
    ]);
    expect(madeBy(plan, 'second', 'arm')).toEqual([
      { producer: 'p', part: 'arm', job: 0, firstCopy: 3, lastCopy: 5 },
    ]);
  });

  test('every copy of every plan is traced, from the job to the order and back', () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const plan = planProduction(inputs);
        for (const { order, line } of inputs.needs) {
          for (const { job, firstCopy, lastCopy, producer } of madeBy(plan, order, line)) {
            const made = plan.jobs[job];
            assert(made !== undefined, 'a job of the plan');
            for (let copy = firstCopy; copy <= lastCopy; copy++)
              expect(traceCopy(made, copy)).toEqual({ order, line, producer });
          }
        }
      }),
    );
  });
});

describe('replanProduction', () => {
  test('keeps what stands, gives nothing to those excluded, and loses no copy', () => {
    fc.assert(
      fc.property(anyInputs, fc.nat(), (inputs, pick) => {
        const plan = planProduction(inputs);
        fc.pre(plan.jobs.length > 0);
        const position = pick % plan.jobs.length;
        const excluded = new Set([plan.jobs[position]?.producer ?? '']);
        const after = replanProduction(plan, { jobs: [position], excluded }, inputs);
        expect(ledgerOf(asNeeds(after))).toEqual(ledgerOf(inputs.needs));
        expect(after.jobs.slice(0, plan.jobs.length - 1)).toEqual(
          plan.jobs.filter((_job, index) => index !== position),
        );
        const added = after.jobs.slice(plan.jobs.length - 1);
        expect(added.every(({ producer }) => !excluded.has(producer))).toBe(true);
        expectSound({ ...after, jobs: added, totalMicro: sumPrices(added) }, inputs);
      }),
      { numRuns: 200 },
    );
  });
});

const sumPrices = (jobs: Plan['jobs']) => jobs.reduce((all, { priceMicro }) => all + priceMicro, 0n);

/** Every division of the copies among all who may take part. */
function cheapestByTrial({ producers, offers, rule }: PlanInputs, copies: number): bigint | undefined {
  const able = producers.flatMap(({ id, freeFromS, ratingMilli }) => {
    const offer = offers.find(({ producer, part }) => producer === id && part === 'arm');
    if (offer === undefined || ratingMilli < rule.ratingMilliMin) return [];
    const timeS = rule.finishByS - Math.max(freeFromS, rule.nowS);
    return [{ room: Math.min(offer.copiesMax, Math.floor(timeS / offer.secondsPerCopy)), offer }];
  });
  const cheapest = (at: number, left: number): bigint | undefined => {
    const next = able[at];
    if (next === undefined) return left === 0 ? 0n : undefined;
    let best: bigint | undefined;
    for (let own = 0; own <= Math.min(left, Math.max(0, next.room)); own++) {
      const rest = cheapest(at + 1, left - own);
      const price = own === 0 ? 0n : next.offer.priceMicro(own);
      if (rest !== undefined && price !== undefined && (best === undefined || rest + price < best))
        best = rest + price;
    }
    return best;
  };
  return cheapest(0, copies);
}

describe('cheapestSplit', () => {
  test('places all there is room for, also where a line is so long that it is cut in lots', () => {
    const bids = [503, 497].map((room, index) => ({
      producer: `p${index}`,
      room,
      priceMicro: priced(1n, 1n, 0n),
    }));
    expect(1000).toBeGreaterThan(LOTS_MAX);
    expect(sum(cheapestSplit(1000, bids))).toBe(1000);
    expect(
      cheapestSplit(1001, bids)
        .map(({ copies }) => copies)
        .sort(),
    ).toEqual([497, 503]);
    expect(cheapestSplit(0, bids)).toEqual([]);
    expect(cheapestSplit(3, [])).toEqual([]);
  });

  test('passes over a producer who would not make so many', () => {
    const fussy = {
      producer: 'fussy',
      room: 10,
      priceMicro: (copies: number) => (copies > 2 ? undefined : 1n),
    };
    const dear = { producer: 'dear', room: 10, priceMicro: priced(0n, 100n, 0n) };
    expect(cheapestSplit(3, [fussy, dear])).toContainEqual({ producer: 'fussy', copies: 2, priceMicro: 1n });
  });
});
