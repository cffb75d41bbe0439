// The cheapest way to divide one part's copies among producers, each with room for so many, found exactly: prices have set-up
// costs and minimums, so the cheapest producer of one copy need not be the cheapest of a hundred.

/** What one producer asks for a number of copies of the part, and for how many it has room. */
export type Bid = {
  readonly producer: string;
  readonly room: number;
  /** Of that many copies together, in micro-units; undefined where the producer would not make so many. */
  readonly priceMicro: (copies: number) => bigint | undefined;
};

export type Share = { readonly producer: string; readonly copies: number; readonly priceMicro: bigint };

/** A line of more copies than this is divided in lots of equal size, so that the search stays short. */
export const LOTS_MAX = 200;

type Best = {
  readonly priceMicro: bigint;
  readonly jobs: number;
  readonly share?: Share;
  readonly before?: Best;
};

/**
 * Shares that make as many of the copies as there is room for, at the least price; of equal prices the one of fewer jobs,
 * then the one that prefers earlier bids.
 */
export function cheapestSplit(copies: number, bids: readonly Bid[]): readonly Share[] {
  if (copies < 1) return [];
  const lotCopies = Math.ceil(copies / LOTS_MAX);
  const lots = Math.ceil(copies / lotCopies);
  /** The last lot is what is left. */
  const upTo = (lot: number) => Math.min(lot * lotCopies, copies);
  let best: (Best | undefined)[] = [{ priceMicro: 0n, jobs: 0 }];
  // Later bids first: an earlier one takes the place of another of the same price.
  for (const { producer, room, priceMicro } of bids.toReversed()) {
    const prices = new Map<number, bigint | undefined>();
    const priceOf = (count: number): bigint | undefined => {
      if (!prices.has(count)) prices.set(count, priceMicro(count));
      return prices.get(count);
    };
    const next = [...best];
    for (let from = 0; from < lots; from++) {
      const before = best[from];
      if (before === undefined) continue;
      for (let to = from + 1; to <= lots && upTo(to) - upTo(from) <= room; to++) {
        const price = priceOf(upTo(to) - upTo(from));
        if (price === undefined) continue;
        const share = { producer, copies: upTo(to) - upTo(from), priceMicro: price };
        const candidate = { priceMicro: before.priceMicro + price, jobs: before.jobs + 1, share, before };
        if (isBetter(candidate, next[to])) next[to] = candidate;
      }
    }
    best = next;
  }
  return topUp(sharesOf(best.findLast((end) => end !== undefined)), copies, bids);
}

/** What whole lots left over goes to whoever has room for it, cheapest first. */
function topUp(shares: readonly Share[], copies: number, bids: readonly Bid[]): readonly Share[] {
  let placed = new Map(shares.map((share) => [share.producer, share]));
  let left = copies - shares.reduce((sum, share) => sum + share.copies, 0);
  while (left > 0) {
    let cheapest: { readonly share: Share; readonly addedMicro: bigint } | undefined;
    for (const { producer, room, priceMicro } of bids) {
      const before = placed.get(producer);
      const added = Math.min(left, room - (before?.copies ?? 0));
      const total = (before?.copies ?? 0) + added;
      const price = added > 0 ? priceMicro(total) : undefined;
      if (price === undefined) continue;
      const addedMicro = (price - (before?.priceMicro ?? 0n)) / BigInt(added);
      if (cheapest === undefined || addedMicro < cheapest.addedMicro)
        cheapest = { share: { producer, copies: total, priceMicro: price }, addedMicro };
    }
    if (cheapest === undefined) break;
    const { share } = cheapest;
    left -= share.copies - (placed.get(share.producer)?.copies ?? 0);
    placed = new Map([...placed, [share.producer, share]]);
  }
  return [...placed.values()];
}

function isBetter(a: Best, b: Best | undefined): boolean {
  if (b === undefined || a.priceMicro < b.priceMicro) return true;
  return a.priceMicro === b.priceMicro && a.jobs <= b.jobs;
}

function sharesOf(end: Best | undefined): Share[] {
  const shares: Share[] = [];
  for (let at = end; at !== undefined; at = at.before) if (at.share !== undefined) shares.push(at.share);
  return shares;
}
