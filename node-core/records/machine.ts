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

const volumeMm = z.strictObject({
  x: z.int().min(20).max(2000),
  y: z.int().min(20).max(2000),
  z: z.int().min(20).max(2000),
});

/** A printer that melts filament: what quotes are computed from. */
export const MachineProfile = z.strictObject({
  v: z.literal(1),
  name: label,
  process: z.literal('fdm'),
  firmware: z.enum(['marlin']),
  /** Build volume in whole millimetres. */
  volumeMm,
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

/** A machine that takes material away, with a tool that turns or with light. It has no heaters and no filament. */
export const CutterProfile = z.strictObject({
  v: z.literal(1),
  name: label,
  process: z.enum(['cnc', 'laser']),
  firmware: z.literal('grbl'),
  /** Travel of its axes in whole millimetres. */
  volumeMm,
  /** The largest S: revolutions a minute of a spindle, or the full power of a laser in its own steps. */
  toolSMax: z.int().min(1).max(1_000_000),
  /** Fastest feed in millimetres a minute. */
  feedMmPerMinMax: z.int().min(1).max(100_000),
  rateMicroPerHour: micro,
  setupMicro: micro,
  minimumMicro: micro,
});
export type CutterProfile = z.infer<typeof CutterProfile>;

/** What a machine's firmware reads: the words it knows, and how long a line may be. */
const GCODE_DIALECTS = ['marlin', 'prusa', 'repetier', 'smoothie', 'klipper'] as const;
export type GcodeDialect = (typeof GCODE_DIALECTS)[number];

/** Whatever an owner can register; orders are quoted for printers alone. */
export const RegisteredMachine = z.discriminatedUnion('process', [MachineProfile, CutterProfile]);
export type RegisteredMachine = z.infer<typeof RegisteredMachine>;

export function isPrinter(machine: RegisteredMachine): machine is MachineProfile {
  return machine.process === 'fdm';
}
