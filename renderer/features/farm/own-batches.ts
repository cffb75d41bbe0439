// Copies of own files that wait, as batches: how many stand in the queue of which machine. Pure.

import type { JobView } from '../../../node-core/api/index.ts';

export type Batch = {
  readonly id: string;
  readonly title: string;
  /** Ids of the copies that wait. */
  readonly waiting: readonly string[];
  readonly places: readonly { readonly machineId: string; readonly copies: number }[];
  /** Machines that they may be moved between. */
  readonly group: readonly string[];
};

const WAITING: ReadonlySet<JobView['state']> = new Set(['queued', 'needs-bed-clear', 'ready']);

export function batchesOf(jobs: readonly JobView[]): Batch[] {
  const waiting = jobs.filter(({ own, state }) => own !== undefined && WAITING.has(state));
  return [...new Set(waiting.map(({ batch }) => batch))].flatMap((id) => {
    const copies = waiting.filter(({ batch }) => batch === id);
    const [first] = copies;
    if (first === undefined) return [];
    const machineIds = [...new Set(copies.map(({ machineId }) => machineId))];
    const places = machineIds.map((machineId) => ({
      machineId,
      copies: copies.filter((job) => job.machineId === machineId).length,
    }));
    return [
      { id, title: first.title, waiting: copies.map((job) => job.id), places, group: first.group ?? [] },
    ];
  });
}

/** Machines that can be asked to make a file of this process. */
export function suits(process: 'printing' | 'cutting', machine: 'fdm' | 'cnc' | 'laser'): boolean {
  return (process === 'printing') === (machine === 'fdm');
}
