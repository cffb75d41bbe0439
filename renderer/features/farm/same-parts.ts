// Orders whose waiting copies are the same part on the same machine: printed one after the other they need no change of
// material and no new set-up. Pure.

import type { JobView } from '../../../node-core/api/index.ts';

export type SamePart = {
  readonly key: string;
  readonly title: string;
  readonly machineName: string;
  readonly material: string;
  /** The copy behind whose order the others are put. */
  readonly firstId: string;
  /** The other orders, in the order of the queue. */
  readonly orderIds: readonly string[];
  readonly copies: number;
};

const WAITING: ReadonlySet<JobView['state']> = new Set(['queued', 'needs-bed-clear', 'ready']);

/** Nothing where one order alone wants the part, or all of them are in one run already. */
export function samePartsOf(jobs: readonly JobView[]): SamePart[] {
  const groups = new Map<string, JobView[]>();
  for (const job of jobs) {
    if (!WAITING.has(job.state) || job.orderId === undefined) continue;
    const key = `${job.machineId} ${job.part}`;
    groups.set(key, [...(groups.get(key) ?? []), job]);
  }
  return [...groups].flatMap(([key, group]): SamePart[] => {
    const orders = [...new Set(group.flatMap(({ orderId }) => (orderId === undefined ? [] : [orderId])))];
    const [first] = group;
    const together = first?.run !== undefined && group.every(({ run }) => run === first.run);
    if (first === undefined || orders.length < 2 || together) return [];
    const { title, machineName, material } = first;
    const orderIds = orders.slice(1);
    return [{ key, title, machineName, material, firstId: first.id, orderIds, copies: group.length }];
  });
}
