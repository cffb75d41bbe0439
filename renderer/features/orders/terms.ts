// The time limits of the normal order, as its paradigm sets them when nothing else is agreed. A test holds them to the
// paradigm document.

export const NORMAL_TERMS = {
  /** For the owner to accept, in seconds. */
  acceptS: 172_800,
  /** To print and ship, from acceptance. */
  produceS: 1_209_600,
  /** To receive and inspect, from shipping. */
  inspectS: 604_800,
  /** To settle a dispute. */
  disputeS: 1_209_600,
} as const;

export type TermDates = { readonly acceptByS: number; readonly shipByS: number; readonly inspectByS: number };

/** Latest dates of an order placed now, in Unix seconds, if everybody takes all the time there is. */
export function latestDates(nowS: number): TermDates {
  const acceptByS = nowS + NORMAL_TERMS.acceptS;
  const shipByS = acceptByS + NORMAL_TERMS.produceS;
  return { acceptByS, shipByS, inspectByS: shipByS + NORMAL_TERMS.inspectS };
}
