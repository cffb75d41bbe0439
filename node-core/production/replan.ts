// What becomes of a plan when a producer fails: its copies are placed again with others, by the same rule, and everybody
// else keeps what was given to them.

import { assert } from '../base/index.ts';
import type { Need, Plan, PlanInputs } from './plan.ts';
import { planProduction, summarise } from './plan.ts';

export type Failure = {
  /** Positions of the jobs in the plan that came to nothing. */
  readonly jobs: readonly number[];
  /** Who gets nothing more of this plan. */
  readonly excluded: ReadonlySet<string>;
};

/**
 * The plan after the failure: jobs that stand, then new ones for the copies of those that failed, and for what was missing.
 * Each producer's time begins where its standing jobs end.
 */
export function replanProduction(plan: Plan, failure: Failure, inputs: Omit<PlanInputs, 'needs'>): Plan {
  const failed = new Set(failure.jobs);
  assert(
    failure.jobs.every((position) => plan.jobs[position] !== undefined),
    'a job that failed is one of the plan',
  );
  const standing = plan.jobs.filter((_job, position) => !failed.has(position));
  const needs: Need[] = plan.jobs.flatMap(({ part, allocations }, position) =>
    failed.has(position) ? allocations.map((allocation) => ({ ...allocation, part })) : [],
  );
  const busyUntilS = (id: string) =>
    standing.reduce((until, job) => (job.producer === id ? Math.max(until, job.finishS) : until), 0);
  const producers = inputs.producers
    .filter(({ id }) => !failure.excluded.has(id))
    .map((producer) => ({ ...producer, freeFromS: Math.max(producer.freeFromS, busyUntilS(producer.id)) }));
  const added = planProduction({ ...inputs, producers, needs: [...needs, ...plan.missing] });
  return summarise([...standing, ...added.jobs], added.missing, inputs.rule.nowS);
}
