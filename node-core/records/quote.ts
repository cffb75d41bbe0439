// The quote: everything a price was computed from, and the price, line by line. It is self-contained, so that anybody
// can recompute it, and it is hashed into the order, so that nobody can change it afterwards.

import { z } from 'zod';
import { MachineProfile } from './machine.ts';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes');
const hash = bytes.refine((value) => value.length === 32, 'a SHA-256 digest has 32 bytes');
const address = bytes.refine((value) => value.length === 20, 'an account has 20 bytes');
const micro = z.coerce
  .bigint()
  .min(0n)
  .max(10n ** 17n);

export const SliceSettings = z.strictObject({
  layerHeightUm: z.int().min(50).max(600),
  infillPercent: z.int().min(0).max(100),
  perimeters: z.int().min(1).max(10),
  supports: z.boolean(),
  brim: z.boolean(),
});
export type SliceSettings = z.infer<typeof SliceSettings>;

/** What slicing yielded for one copy. */
export const SliceStats = z.strictObject({
  slicer: z.string().min(1).max(64),
  slicerVersion: z.string().min(1).max(64),
  gcodeHash: hash,
  gcodeSizeBytes: z.int().min(1),
  gcodeLines: z.int().min(1),
  layers: z.int().min(1),
  seconds: z.int().min(1),
  filamentUm: z.int().min(1),
  milligrams: z.int().min(1),
});
export type SliceStats = z.infer<typeof SliceStats>;

export const QUOTE_LINE_CODES = [
  'machine-time',
  'material',
  'setup',
  'minimum',
  'licence',
  'author',
  'network',
] as const;

export const QuoteLine = z.strictObject({
  code: z.enum(QUOTE_LINE_CODES),
  /** Count of `unit` for the whole quantity. */
  count: z.int().min(0),
  unit: z.enum(['second', 'milligram', 'job', 'copy', 'basis-point']),
  /** Price of one (per hour for seconds, per gram for milligrams). */
  rateMicro: micro,
  amountMicro: micro,
});
export type QuoteLine = z.infer<typeof QuoteLine>;

export const QUOTE_NONCE_BYTES = 16;

export const QuoteRecord = z.strictObject({
  v: z.literal(1),
  kind: z.literal('quote'),
  chainId: z.string().min(1).max(50),
  /** SHA-256 of the model file as uploaded. */
  designHash: hash,
  designer: address,
  machine: address,
  owner: address,
  quantity: z.int().min(1).max(1000),
  material: z.string(),
  colour: z.string(),
  settings: SliceSettings,
  slice: SliceStats,
  /** Copies of what the chain held when quoted; the chain refuses an order whose copy is wrong. */
  profile: MachineProfile,
  licenceMicroPerCopy: micro,
  /** Paradigm author's and network's fee in 1/10 000 of production and licence. */
  authorBasisPoints: z.int().min(0).max(2000),
  networkBasisPoints: z.int().min(0).max(2000),
  lines: z.array(QuoteLine).min(1).max(16),
  payouts: z.strictObject({ owner: micro, designer: micro, author: micro, network: micro }),
  totalMicro: micro,
  createdS: z.int().min(0),
  validUntilS: z.int().min(0),
  /** Drawn at random for each quote, so that the same question, asked of anybody in the same second, has another answer. */
  nonce: bytes.refine((value) => value.length === QUOTE_NONCE_BYTES, 'a nonce has 16 bytes').optional(),
});
export type QuoteRecord = z.infer<typeof QuoteRecord>;
