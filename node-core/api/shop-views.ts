// How an owner runs a machine: hours, spools, upkeep, wear, and what others may do with it.

import { z } from 'zod';

export const SpoolView = z.object({
  id: z.string(),
  name: z.string(),
  material: z.string(),
  /** `#rrggbb`. */
  colour: z.string(),
  gramsFull: z.number(),
  gramsLeft: z.number(),
});
export type SpoolView = z.infer<typeof SpoolView>;

/** When prints may begin by themselves, in local time; 0 is Monday. A window may run past midnight. */
export const HoursView = z.object({
  days: z.array(z.int().min(0).max(6)).max(7),
  fromMinute: z.int().min(0).max(1439),
  toMinute: z.int().min(0).max(1439),
});
export type HoursView = z.infer<typeof HoursView>;

export const UpkeepTaskView = z.enum(['lubricate', 'belts', 'nozzle', 'fans', 'bed']);

/** Named lines of G-code of the owner's. */
export const MacroView = z.object({ name: z.string().trim().min(1).max(40), commands: z.string().max(2000) });

/** How the owner runs a machine. */
export const ShopView = z.object({
  /** The next job begins by itself once the bed is confirmed clear. */
  autoContinue: z.boolean(),
  hours: HoursView,
  /** Within the hours now. */
  open: z.boolean(),
  spool: SpoolView.optional(),
  counters: z.object({
    printHours: z.number(),
    filamentMetres: z.number(),
    prints: z.number(),
    failures: z.number(),
  }),
  upkeep: z.array(
    z.object({
      task: UpkeepTaskView,
      by: z.enum(['printHours', 'filamentMetres', 'prints', 'failures']),
      used: z.number(),
      life: z.number(),
      due: z.boolean(),
    }),
  ),
  /** Prints that were cut off may be gone on with. */
  resumes: z.boolean(),
  /** Down to this temperature parts stay on this bed; null goes by the material. */
  bedHoldsC: z.number().nullable(),
  /** What the parties of an order see while it is printed; pictures are a setting of the camera. */
  sight: z.object({ progress: z.boolean(), temperatures: z.boolean() }),
  macros: z.array(MacroView),
  /** What its last prints tell of its wear, against what is usual for it. */
  wear: z.array(
    z.object({
      code: z.enum([
        'nozzle-heater',
        'bed-heater',
        'nozzle-duty',
        'bed-duty',
        'nozzle-sensor',
        'bed-sensor',
        'cable',
        'board',
        'cold-nozzle',
        'x-steps',
        'y-steps',
      ]),
      now: z.number(),
      usual: z.number(),
    }),
  ),
  /** Accounts besides the owner's. */
  rights: z.array(z.object({ account: z.string(), queue: z.boolean(), print: z.boolean() })),
});
export type ShopView = z.infer<typeof ShopView>;
