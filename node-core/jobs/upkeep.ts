// What a machine has done in its life, and what is therefore due. Counters only grow; a task is done when somebody says
// so, and counts from there.

import { z } from 'zod';

const count = z.number().min(0);

export const UPKEEP_TASKS = ['lubricate', 'belts', 'nozzle', 'fans', 'bed'] as const;
export type UpkeepTask = (typeof UPKEEP_TASKS)[number];

export const Counters = z.strictObject({
  printHours: count,
  filamentMetres: count,
  prints: count,
  failures: count,
});
export type Counters = z.infer<typeof Counters>;

export const NO_WORK: Counters = { printHours: 0, filamentMetres: 0, prints: 0, failures: 0 };

/** How long each lasts, by what wears it: the usual advice of makers, for brass nozzles and plain bearings. */
const LIFE: Readonly<Record<UpkeepTask, { readonly by: keyof Counters; readonly amount: number }>> = {
  lubricate: { by: 'printHours', amount: 300 },
  belts: { by: 'printHours', amount: 500 },
  nozzle: { by: 'filamentMetres', amount: 3_000 },
  fans: { by: 'printHours', amount: 1_000 },
  bed: { by: 'prints', amount: 50 },
};

export type UpkeepState = {
  readonly task: UpkeepTask;
  readonly by: keyof Counters;
  readonly used: number;
  readonly life: number;
  readonly due: boolean;
};

/** Adds a print to the counters. */
export function counted(
  counters: Counters,
  print: { readonly durationMs: number; readonly filamentUm: number; readonly finished: boolean },
): Counters {
  return {
    printHours: counters.printHours + Math.max(0, print.durationMs) / 3_600_000,
    filamentMetres: counters.filamentMetres + Math.max(0, print.filamentUm) / 1_000_000,
    prints: counters.prints + 1,
    failures: counters.failures + (print.finished ? 0 : 1),
  };
}

/** What is due; `doneAt` holds the counters of when each task was done last. */
export function upkeepOf(
  counters: Counters,
  doneAt: Readonly<Partial<Record<UpkeepTask, Counters>>>,
): UpkeepState[] {
  return UPKEEP_TASKS.map((task) => {
    const { by, amount } = LIFE[task];
    const used = Math.max(0, counters[by] - (doneAt[task]?.[by] ?? 0));
    return { task, by, used, life: amount, due: used >= amount };
  });
}
