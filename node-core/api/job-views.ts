// What machines make: queued copies of orders and of the owner's own files, and how a print that was cut off goes on.

import { z } from 'zod';
import { AccountText, FaultView } from './base-views.ts';
import { ProgressView } from './machine-views.ts';

/** How a print that was cut off would be gone on with; its first line is 1 here, as in an editor. */
export const ResumeView = z.object({
  line: z.number(),
  lines: z.number(),
  layer: z.number(),
  layersTotal: z.number(),
  /** Of the layer that is gone on with, and of the nozzle as it was told. */
  heightMm: z.number(),
  nozzleHeightMm: z.number(),
  nozzleC: z.number(),
  bedC: z.number(),
  /** What is sent before the first line of the file. */
  preamble: z.array(z.string()),
});
export type ResumeView = z.infer<typeof ResumeView>;

/** A file of the owner's own, made without an order. */
export const OwnFileView = z.object({
  id: z.string(),
  name: z.string(),
  sizeBytes: z.number(),
  addedMs: z.number(),
  process: z.enum(['printing', 'cutting']),
  seconds: z.number(),
  filamentUm: z.number(),
  layers: z.number(),
  sizeMm: z.object({ x: z.number(), y: z.number(), z: z.number() }),
});
export type OwnFileView = z.infer<typeof OwnFileView>;

/** Why a machine cannot make a job, or not yet. */
const MismatchView = z.enum([
  'not-allowed',
  'process',
  'volume',
  'nozzle',
  'plate',
  'none-loaded',
  'other-material',
  'other-colour',
  'too-little',
  'not-ready',
  'never-open',
]);

/** How copies are split over a group of machines. */
export const SpreadView = z.object({
  shares: z.array(
    z.object({
      machineId: AccountText,
      copies: z.number(),
      doneMs: z.number().optional(),
      needs: z.array(MismatchView),
      late: z.boolean(),
    }),
  ),
  unable: z.array(z.object({ machineId: AccountText, reasons: z.array(MismatchView) })),
});
export type SpreadView = z.infer<typeof SpreadView>;

export const JobView = z.object({
  id: z.string(),
  /** Absent for a file of the owner's own. */
  orderId: AccountText.optional(),
  /** What the copies of one order or one file have in common. */
  batch: z.string(),
  own: z.object({ fileId: z.string() }).optional(),
  /** Machines that a waiting copy may be moved between. */
  group: z.array(AccountText).optional(),
  title: z.string(),
  machineId: AccountText,
  machineName: z.string(),
  /** 1-based copy of `copies`. */
  copy: z.number(),
  copies: z.number(),
  state: z.enum([
    'queued',
    'needs-bed-clear',
    'ready',
    'starting',
    'printing',
    'paused',
    'finished',
    'failed',
    'cancelled',
  ]),
  material: z.string(),
  colour: z.string(),
  secondsEstimated: z.number(),
  /** The same for copies that a machine makes without a change: file, material, colour. */
  part: z.string(),
  /** Shared by copies of several orders that are printed one after the other. */
  run: z.string().optional(),
  /** Place in the machine's line, 1 for the next; absent once it has begun. */
  place: z.number().optional(),
  /** -2 … 2; higher goes first. */
  priority: z.number(),
  /** When the order wants it done. */
  deadlineMs: z.number().optional(),
  milligrams: z.number().optional(),
  /** Whether the loaded spool lasts for it; absent where it does not matter any more. */
  filament: z.enum(['ok', 'none-loaded', 'other-material', 'other-colour', 'too-little']).optional(),
  createdMs: z.number(),
  startedMs: z.number().optional(),
  endedMs: z.number().optional(),
  progress: ProgressView.optional(),
  /** Of a file that its designer releases while it prints: parts that came and passed the guard, and the lines in them. */
  passed: z.object({ parts: z.number(), partsTotal: z.number(), lines: z.number() }).optional(),
  fault: FaultView.optional(),
});
export type JobView = z.infer<typeof JobView>;
