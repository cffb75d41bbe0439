// What the pages show of the print of an order, to its parties: as the maker's console tells it, on whichever console.

import { z } from 'zod';
import { TemperaturesView } from './machine-views.ts';

export const PrintWatchView = z.object({
  /** The machine is one of this console. */
  here: z.boolean(),
  /** What the machine's owner shows. */
  sight: z.object({ progress: z.boolean(), temperatures: z.boolean(), pictures: z.boolean() }).optional(),
  /** When the maker's console said it; absent before it ever did since this console watches. */
  heardMs: z.number().optional(),
  /** It should have said something since. */
  stale: z.boolean(),
  /** Absent where the owner shows nothing, or nothing is in the queue yet. */
  print: z
    .object({
      state: z.enum(['waiting', 'heating', 'printing', 'paused', 'finished', 'failed', 'cancelled']),
      copy: z.number(),
      copies: z.number(),
      attempt: z.number(),
      layer: z.number(),
      layers: z.number(),
      /** From 0 to 1. */
      share: z.number(),
      leftMs: z.number().nullable(),
      temperatures: TemperaturesView.optional(),
      /** So high is the part as yet, by its layers. */
      heightMm: z.number(),
    })
    .optional(),
});
export type PrintWatchView = z.infer<typeof PrintWatchView>;
