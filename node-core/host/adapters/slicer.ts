// The slicers of this computer behind one interface: an installed PrusaSlicer where there is one, else the embedded
// CuraEngine.

import { tmpdir } from 'node:os';
import type { Result } from '../../base/index.ts';
import { refuse } from '../../base/index.ts';
import type { MeshService } from './mesh-service.ts';
import { createCuraSlicer } from './slicer-cura.ts';
import { slicerFault } from './slicer-faults.ts';
import type { SliceJob, SliceOptions, SliceOutput, Slicer } from './slicer-job.ts';
import { findPrusaSlicer } from './slicer-prusa.ts';

export { slicerFault } from './slicer-faults.ts';
export type { SliceJob, SliceOptions, SliceOutput, Slicer } from './slicer-job.ts';

export type SlicersOptions = {
  readonly mesh: MeshService;
  /** Where private temporary directories are made. */
  readonly temporaryRoot?: string | undefined;
  /** Path of a PrusaSlicer to use instead of looking for one. */
  readonly prusaPath?: string | undefined;
  /** False to leave installed slicers alone. */
  readonly installed?: boolean | undefined;
};

/** The slicers of this computer, best first. */
export class Slicers {
  readonly list: readonly Slicer[];

  constructor(list: readonly Slicer[]) {
    this.list = list;
  }

  get preferred(): Slicer | undefined {
    return this.list[0];
  }

  /** With the preferred slicer. */
  async slice(job: SliceJob, options: SliceOptions = {}): Promise<Result<SliceOutput>> {
    const slicer = this.preferred;
    return slicer === undefined ? refuse(slicerFault('slicer.none')) : slicer.slice(job, options);
  }
}

export async function createSlicers(options: SlicersOptions): Promise<Slicers> {
  const parts = { mesh: options.mesh, temporaryRoot: options.temporaryRoot ?? tmpdir() };
  const prusa = options.installed === false ? undefined : await findPrusaSlicer(parts, options.prusaPath);
  const cura = createCuraSlicer(parts);
  return new Slicers([prusa, cura].filter((slicer) => slicer !== undefined));
}
