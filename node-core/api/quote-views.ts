// What a print costs, and what opening its contract costs.

import { z } from 'zod';
import { QUOTE_LINE_CODES, SliceSettings } from '../records/index.ts';
import { AccountText, FaultView, HashText } from './base-views.ts';

export const QuoteLineView = z.object({
  code: z.enum(QUOTE_LINE_CODES),
  count: z.number(),
  unit: z.enum(['second', 'milligram', 'job', 'copy', 'basis-point']),
  rateMicro: z.bigint(),
  amountMicro: z.bigint(),
});

export const QuoteView = z.object({
  /** Hash of the quote record. */
  id: HashText,
  modelId: HashText,
  modelTitle: z.string(),
  machineId: AccountText,
  machineName: z.string(),
  quantity: z.number(),
  material: z.string(),
  colour: z.string(),
  settings: SliceSettings,
  slicer: z.string(),
  /** Of one copy. */
  secondsPerCopy: z.number(),
  milligramsPerCopy: z.number(),
  layers: z.number(),
  gcodeHash: HashText,
  lines: z.array(QuoteLineView),
  payouts: z.object({ owner: z.bigint(), designer: z.bigint(), author: z.bigint(), network: z.bigint() }),
  totalMicro: z.bigint(),
  createdS: z.number(),
  validUntilS: z.number(),
  warnings: z.array(FaultView),
});
export type QuoteView = z.infer<typeof QuoteView>;

/** What opening a contract costs beside what its parties pay each other. */
export const OpeningCosts = z.object({
  feeMicro: z.bigint(),
  /** Comes back to whoever paid it, `keepS` seconds after the contract has ended. */
  depositMicro: z.bigint(),
  keepS: z.number(),
});
export type OpeningCosts = z.infer<typeof OpeningCosts>;
