// A machine's published capabilities and rates: the record its owner registers on chain and quotes are computed from.
// Integers only, units in the names, so that the record has one encoding and one hash.

import { z } from 'zod';

const micro = z.coerce
  .bigint()
  .min(0n)
  .max(10n ** 15n);
const label = z.string().min(1).max(64);

export const MaterialOffer = z.strictObject({
  /** Field name of the material: PLA, PETG, ABS, … */
  material: z.string().regex(/^[A-Z0-9-]{2,12}$/),
  colour: z.string().regex(/^#[0-9a-f]{6}$/),
  colourName: label,
  densityMgPerCm3: z.int().min(500).max(20_000),
  priceMicroPerGram: micro,
  nozzleC: z.int().min(150).max(320),
  bedC: z.int().min(0).max(120),
});
export type MaterialOffer = z.infer<typeof MaterialOffer>;

export const MachineProfile = z.strictObject({
  v: z.literal(1),
  name: label,
  process: z.literal('fdm'),
  firmware: z.enum(['marlin']),
  /** Build volume in whole millimetres. */
  volumeMm: z.strictObject({
    x: z.int().min(20).max(2000),
    y: z.int().min(20).max(2000),
    z: z.int().min(20).max(2000),
  }),
  nozzleUm: z.int().min(100).max(2000),
  filamentUm: z.int().min(1000).max(3500),
  nozzleCMax: z.int().min(150).max(320),
  bedCMax: z.int().min(0).max(120),
  materials: z.array(MaterialOffer).min(1).max(32),
  rateMicroPerHour: micro,
  setupMicro: micro,
  minimumMicro: micro,
});
export type MachineProfile = z.infer<typeof MachineProfile>;
