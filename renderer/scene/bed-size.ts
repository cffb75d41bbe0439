// How large the bed is that a model is shown on.

export type BedSize = { readonly x: number; readonly y: number };

const BED_STEP_MM = 50;

/** The smallest bed of whole 50 mm that leaves room around the model. */
export function bedFor(sizeMm: { readonly x: number; readonly y: number }): BedSize {
  const side = (length: number): number =>
    Math.max(2, Math.ceil((length * 1.25) / BED_STEP_MM)) * BED_STEP_MM;
  return { x: side(sizeMm.x), y: side(sizeMm.y) };
}
