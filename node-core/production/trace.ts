// Which order a printed copy is for, and who printed the copies of an order.

import type { Plan, PlannedJob } from './plan.ts';

export type UnitOrigin = { readonly order: string; readonly line: string; readonly producer: string };

/** For whom copy `copy` of a job is, from 1 in the order of printing; undefined where the job has no such copy. */
export function traceCopy(job: PlannedJob, copy: number): UnitOrigin | undefined {
  if (!Number.isSafeInteger(copy) || copy < 1) return undefined;
  let last = 0;
  for (const { order, line, copies } of job.allocations) {
    last += copies;
    if (copy <= last) return { order, line, producer: job.producer };
  }
  return undefined;
}

export type MadeBy = {
  readonly producer: string;
  readonly part: string;
  /** Position of the job in the plan. */
  readonly job: number;
  /** Copies of the job, from 1, the last included. */
  readonly firstCopy: number;
  readonly lastCopy: number;
};

/** Where the copies of one line of one order are made. */
export function madeBy(plan: Plan, order: string, line: string): MadeBy[] {
  return plan.jobs.flatMap(({ producer, part, allocations }, job) => {
    let next = 1;
    return allocations.flatMap((allocation) => {
      const firstCopy = next;
      next += allocation.copies;
      const isOurs = allocation.order === order && allocation.line === line;
      return isOurs ? [{ producer, part, job, firstCopy, lastCopy: next - 1 }] : [];
    });
  });
}
