// Who makes what: the copies that orders need, given to producers by a published rule. The plan follows from its inputs
// alone, so anybody who has the offers can make it again and see that nobody was preferred.
//
// The rule. Parts that the fewest producers offer are placed first, then those with the most work; each is divided among
// the producers with time left so that its price is the least there is (split.ts). `price` lets all take part who can be
// ready by the last date; `date` moves the date forward, to the earliest minute by which everything can still be placed;
// `rating` raises the rating that producers must have, as far as everything can still be placed.

import { assert } from '../base/index.ts';
import type { Bid } from './split.ts';
import { cheapestSplit } from './split.ts';

/** Copies of a part that one line of one order needs. Equal parts of several orders share jobs. */
export type Need = {
  readonly order: string;
  readonly line: string;
  /** Same for copies that can be printed in one job (partKey). */
  readonly part: string;
  readonly copies: number;
};

export type Producer = {
  readonly id: string;
  /** From when it has time, in Unix seconds. It makes one copy after another. */
  readonly freeFromS: number;
  /** Of a thousand orders, how many it brought to a good end. */
  readonly ratingMilli: number;
};

/** What a producer asks for copies of one part. */
export type Offer = {
  readonly producer: string;
  readonly part: string;
  readonly secondsPerCopy: number;
  readonly copiesMax: number;
  /** Of that many copies together, in micro-units; undefined where it would not make so many. */
  readonly priceMicro: (copies: number) => bigint | undefined;
};

export type PlanRule = {
  readonly prefer: 'price' | 'date' | 'rating';
  readonly nowS: number;
  /** Everything has to be made by then. */
  readonly finishByS: number;
  readonly ratingMilliMin: number;
};

/** Copies of a job that are for one line of one order, in the order in which they are made. */
export type Allocation = { readonly order: string; readonly line: string; readonly copies: number };

export type PlannedJob = {
  readonly producer: string;
  readonly part: string;
  readonly copies: number;
  readonly priceMicro: bigint;
  /** When it can be done, in Unix seconds. */
  readonly finishS: number;
  readonly allocations: readonly Allocation[];
};

export type Plan = {
  readonly jobs: readonly PlannedJob[];
  /** What nobody can make by then. */
  readonly missing: readonly Need[];
  readonly totalMicro: bigint;
  /** When all of it can be done. */
  readonly finishS: number;
};

export type PlanInputs = {
  readonly needs: readonly Need[];
  readonly producers: readonly Producer[];
  readonly offers: readonly Offer[];
  readonly rule: PlanRule;
};

/** Dates are looked for to the minute: finer is nothing that a print keeps to. */
const DATE_STEP_S = 60;

/** The plan under the rule. What cannot be placed is listed as missing; nothing is dropped. */
export function planProduction(inputs: PlanInputs): Plan {
  const { rule } = inputs;
  const plain = planWithin(inputs, rule.finishByS, rule.ratingMilliMin);
  if (plain.missing.length > 0 || rule.prefer === 'price') return plain;
  return rule.prefer === 'date' ? planEarliest(inputs, plain) : planBestRated(inputs, plain);
}

/** By halves: the earliest date for which nothing is missing. */
function planEarliest(inputs: PlanInputs, latest: Plan): Plan {
  const { nowS, finishByS, ratingMilliMin } = inputs.rule;
  let [early, late, best] = [0, Math.ceil(Math.max(0, finishByS - nowS) / DATE_STEP_S), latest];
  while (early < late) {
    const middle = Math.floor((early + late) / 2);
    const plan = planWithin(inputs, Math.min(finishByS, nowS + middle * DATE_STEP_S), ratingMilliMin);
    if (plan.missing.length > 0) early = middle + 1;
    else [late, best] = [middle, plan];
  }
  return best;
}

function planBestRated(inputs: PlanInputs, anyRating: Plan): Plan {
  const { finishByS, ratingMilliMin } = inputs.rule;
  const ratings = new Set(inputs.producers.map(({ ratingMilli }) => ratingMilli));
  for (const least of [...ratings].filter((rating) => rating > ratingMilliMin).sort((a, b) => b - a)) {
    const plan = planWithin(inputs, finishByS, least);
    if (plan.missing.length === 0) return plan;
  }
  return anyRating;
}

type Group = { readonly part: string; readonly needs: readonly Need[]; readonly copies: number };

/** One plan for one date and rating. A part that found no room goes first in another round: it had too little choice. */
function planWithin(inputs: PlanInputs, finishByS: number, ratingMilliMin: number): Plan {
  let order = inPlacingOrder(groupNeeds(inputs.needs), inputs.offers);
  let best = placeAll(inputs, order, finishByS, ratingMilliMin);
  for (let round = 1; round < order.length && best.missing.length > 0; round++) {
    const late = new Set(best.missing.map(({ part }) => part));
    order = [...order.filter(({ part }) => late.has(part)), ...order.filter(({ part }) => !late.has(part))];
    const plan = placeAll(inputs, order, finishByS, ratingMilliMin);
    if (copiesOf(plan.missing) < copiesOf(best.missing)) best = plan;
  }
  return best;
}

const copiesOf = (needs: readonly { readonly copies: number }[]) =>
  needs.reduce((sum, { copies }) => sum + copies, 0);

function groupNeeds(needs: readonly Need[]): Group[] {
  const groups = new Map<string, Need[]>();
  for (const need of needs) {
    assert(Number.isSafeInteger(need.copies) && need.copies >= 0, 'copies are counted');
    if (need.copies > 0) groups.set(need.part, [...(groups.get(need.part) ?? []), need]);
  }
  return [...groups].map(([part, of]) => ({ part, needs: of, copies: copiesOf(of) }));
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function inPlacingOrder(groups: readonly Group[], offers: readonly Offer[]): Group[] {
  const choice = (part: string) => offers.filter((offer) => offer.part === part);
  const work = ({ part, copies }: Group) =>
    copies *
    Math.min(...choice(part).map(({ secondsPerCopy }) => secondsPerCopy), Number.MAX_SAFE_INTEGER / 1e6);
  return groups.toSorted(
    (a, b) => choice(a.part).length - choice(b.part).length || work(b) - work(a) || byText(a.part, b.part),
  );
}

function placeAll(
  { needs, producers, offers, rule }: PlanInputs,
  order: readonly Group[],
  finishByS: number,
  ratingMilliMin: number,
): Plan {
  const busyUntilS = new Map(producers.map(({ id, freeFromS }) => [id, Math.max(freeFromS, rule.nowS)]));
  // Better rated first, so that of equal prices the better rated is taken.
  const eligible = producers
    .filter(({ ratingMilli }) => ratingMilli >= ratingMilliMin)
    .toSorted((a, b) => b.ratingMilli - a.ratingMilli || byText(a.id, b.id));
  const jobs: PlannedJob[] = [];
  const missing: Need[] = [];
  for (const { part, needs: of, copies } of order) {
    const secondsPerCopy = new Map<string, number>();
    const bids = eligible.flatMap(({ id }): Bid[] => {
      const offer = offers.find((candidate) => candidate.producer === id && candidate.part === part);
      if (offer === undefined) return [];
      assert(offer.secondsPerCopy > 0, 'making something takes time');
      secondsPerCopy.set(id, offer.secondsPerCopy);
      const inTime = Math.floor((finishByS - (busyUntilS.get(id) ?? 0)) / offer.secondsPerCopy);
      return [{ producer: id, room: Math.min(offer.copiesMax, inTime), priceMicro: offer.priceMicro }];
    });
    const shares = cheapestSplit(copies, bids);
    const cut = cutNeeds(
      of,
      shares.map((share) => share.copies),
    );
    for (const [position, share] of shares.entries()) {
      const finishS =
        (busyUntilS.get(share.producer) ?? 0) + share.copies * (secondsPerCopy.get(share.producer) ?? 0);
      busyUntilS.set(share.producer, finishS);
      jobs.push({ ...share, part, finishS, allocations: cut.shares[position] ?? [] });
    }
    missing.push(...cut.left);
  }
  assert(copiesOf(jobs) + copiesOf(missing) === copiesOf(needs), 'no copy is lost');
  return summarise(jobs, missing, rule.nowS);
}

/** Deals the copies of the needs out, in their order; what is left over stays a need. */
function cutNeeds(
  needs: readonly Need[],
  sizes: readonly number[],
): { readonly shares: readonly (readonly Allocation[])[]; readonly left: readonly Need[] } {
  const queue = needs.map((need) => ({ ...need }));
  const shares = sizes.map((size) => {
    const taken: Allocation[] = [];
    let wanted = size;
    while (wanted > 0) {
      const [first] = queue;
      assert(first !== undefined, 'shares are cut from what is needed');
      const copies = Math.min(first.copies, wanted);
      taken.push({ order: first.order, line: first.line, copies });
      wanted -= copies;
      if (copies === first.copies) queue.shift();
      else queue[0] = { ...first, copies: first.copies - copies };
    }
    return taken;
  });
  return { shares, left: queue };
}

export function summarise(jobs: readonly PlannedJob[], missing: readonly Need[], nowS: number): Plan {
  return {
    jobs,
    missing,
    totalMicro: jobs.reduce((sum, { priceMicro }) => sum + priceMicro, 0n),
    finishS: jobs.reduce((latest, { finishS }) => Math.max(latest, finishS), nowS),
  };
}
