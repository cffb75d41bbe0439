// Orders of the gallery. Stable: equal ones keep the core's order.

import type { ModelView } from '../../../node-core/api/index.ts';

export const SORTS = ['newest', 'popular', 'cheapest', 'smallest'] as const;
export type Sort = (typeof SORTS)[number];

const COMPARE: Readonly<Record<Sort, (a: ModelView, b: ModelView) => number>> = {
  newest: (a, b) =>
    (b.registered.timeS ?? Number.MAX_SAFE_INTEGER) - (a.registered.timeS ?? Number.MAX_SAFE_INTEGER),
  popular: (a, b) => b.copiesPrinted - a.copiesPrinted,
  cheapest: (a, b) => compareBigint(a.priceMicroPerCopy, b.priceMicroPerCopy),
  smallest: (a, b) => a.volumeMm3 - b.volumeMm3,
};

export function sortModels(models: readonly ModelView[], sort: Sort): readonly ModelView[] {
  return [...models].sort(COMPARE[sort]);
}

function compareBigint(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
