// Spools: what is loaded, what is left, and whether a job can be finished with it. Grams follow from the length that the
// machine acknowledged; a spool that was weighed is more exact than any count, so its owner can correct it at any time.

import { z } from 'zod';

export const Spool = z.strictObject({
  id: z.string().min(1).max(40),
  name: z.string().trim().min(1).max(60),
  material: z.string().min(1).max(32),
  colour: z.string().regex(/^#[0-9a-fA-F]{6}$/),
  gramsFull: z.number().positive().max(20_000),
  gramsLeft: z.number().min(0).max(20_000),
});
export type Spool = z.infer<typeof Spool>;

export type FilamentFacts = { readonly densityMgPerCm3: number; readonly filamentUm: number };

/** Grams of a length of filament; what was pulled back counts as not used. */
export function gramsOf(lengthUm: number, { densityMgPerCm3, filamentUm }: FilamentFacts): number {
  const radiusMm = filamentUm / 2000;
  const volumeMm3 = Math.max(0, lengthUm / 1000) * Math.PI * radiusMm * radiusMm;
  return (volumeMm3 * densityMgPerCm3) / 1_000_000;
}

/** The spool after a print; never below nothing. */
export function used(spool: Spool, grams: number): Spool {
  return { ...spool, gramsLeft: Math.max(0, spool.gramsLeft - Math.max(0, grams)) };
}

export type FilamentNeed = {
  readonly material: string;
  readonly colour: string;
  readonly milligrams: number;
};

/** A print takes a little more than it says: purge lines, a torn end. */
const SPARE_GRAMS = 2;

export type FilamentState = 'ok' | 'none-loaded' | 'other-material' | 'other-colour' | 'too-little';

/** Whether the loaded spool lasts for the job. */
export function filamentFor(spool: Spool | undefined, need: FilamentNeed): FilamentState {
  if (spool === undefined) return 'none-loaded';
  if (spool.material !== need.material) return 'other-material';
  if (spool.colour.toLowerCase() !== need.colour.toLowerCase()) return 'other-colour';
  return spool.gramsLeft >= need.milligrams / 1000 + SPARE_GRAMS ? 'ok' : 'too-little';
}
