// What a slicer is given and gives, and the checks that every slicer's work must pass. Whatever a slicer says, its G-code
// goes through the guard of the machine, and its figures are compared with what the G-code itself does.

import { createHash } from 'node:crypto';
import type { Bytes, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { GuardRules } from '../../models/index.ts';
import type { MachineProfile, MaterialOffer, SliceSettings, SliceStats } from '../../records/index.ts';
import type { MeshService } from './mesh-service.ts';
import { slicerFault } from './slicer-faults.ts';

export type SliceJob = {
  /** The model file: STL, OBJ or 3MF. */
  readonly model: Bytes;
  /** File name as a hint of the format; content decides. */
  readonly name?: string | undefined;
  readonly profile: MachineProfile;
  readonly material: MaterialOffer;
  readonly settings: SliceSettings;
  /** What the owner of the machine allows, where that is known here. */
  readonly rules?: GuardRules | undefined;
};

export type SliceOptions = {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** 0 … 1, null while unknown. */
  readonly onProgress?: ((progress: number | null) => void) | undefined;
};

export type SliceOutput = { readonly gcode: Bytes; readonly stats: SliceStats };

export interface Slicer {
  /** Stable short name: `PrusaSlicer`, `CuraEngine`. */
  readonly id: string;
  readonly version: string;
  slice(job: SliceJob, options?: SliceOptions): Promise<Result<SliceOutput>>;
}

export type SlicerParts = { readonly mesh: MeshService; readonly temporaryRoot: string };

export const SLICE_TIMEOUT_MS = 15 * 60 * 1000;
export const GCODE_OUTPUT_BYTES_MAX = 400 * 1024 * 1024;

type Size = { readonly x: number; readonly y: number; readonly z: number };

/** The part stands as its designer placed it: no slicer here turns it. */
export function fitsVolume(sizeUm: Size, volumeMm: Size): boolean {
  return sizeUm.x <= volumeMm.x * 1000 && sizeUm.y <= volumeMm.y * 1000 && sizeUm.z <= volumeMm.z * 1000;
}

/** Checks what can be known before slicing: the shape in its place, and settings that fit the nozzle. */
export function checkSliceJob(job: SliceJob, sizeUm: Size): Result<void> {
  const { profile, settings, material } = job;
  // Wider layers than this do not stick to the one below.
  const layerUmMax = Math.floor(profile.nozzleUm * 0.8);
  if (settings.layerHeightUm > layerUmMax) {
    const data = { layerMm: settings.layerHeightUm / 1000, limitMm: layerUmMax / 1000 };
    return refuse(slicerFault('slicer.settings.layer', data));
  }
  if (material.nozzleC > profile.nozzleCMax || material.bedC > profile.bedCMax) {
    return refuse(slicerFault('slicer.material.too-hot', { material: material.material }));
  }
  const { volumeMm } = profile;
  if (fitsVolume(sizeUm, volumeMm)) return ok(undefined);
  const mm = (um: number) => String(Math.round(um / 100) / 10);
  return refuse(
    slicerFault('slicer.size.too-large', {
      size: `${mm(sizeUm.x)} × ${mm(sizeUm.y)} × ${mm(sizeUm.z)}`,
      volume: `${volumeMm.x} × ${volumeMm.y} × ${volumeMm.z}`,
    }),
  );
}

/** The slicer's own length of filament may differ by what start and end pull back, and by rounding. */
const FILAMENT_TOLERANCE = 0.03;
const FILAMENT_SLACK_UM = 60_000;
/** Time depends on the speed limits that the slicer assumes; beyond this factor one of the two is wrong. */
const TIME_FACTOR_MAX = 2.5;

/**
 * Guards and measures the G-code and makes the figures that money follows: filament from the moves, grams from filament,
 * minutes from the slicer where its claim is plausible, else our own estimate.
 */
export async function finishSlice(
  slicer: { readonly id: string; readonly version: string },
  gcode: Bytes,
  job: SliceJob,
  mesh: MeshService,
  options: SliceOptions,
): Promise<Result<SliceOutput>> {
  const checked = await mesh.checkGcode(gcode, job.profile, { signal: options.signal, rules: job.rules });
  if (!checked.ok) {
    const empty = checked.fault.code === 'gcode.content.none';
    return empty ? refuse(slicerFault('slicer.empty', { slicer: slicer.id })) : checked;
  }
  const { claims, ...figures } = checked.value;
  const claimedUm = claims.filamentUm;
  if (claimedUm !== undefined) {
    const difference = Math.abs(claimedUm - figures.filamentUm);
    if (difference > figures.filamentUm * FILAMENT_TOLERANCE + FILAMENT_SLACK_UM) {
      return refuse(slicerFault('slicer.figures.differ', { slicer: slicer.id }));
    }
  }
  const claimedS = claims.seconds ?? 0;
  const plausible =
    claimedS <= figures.seconds * TIME_FACTOR_MAX && claimedS * TIME_FACTOR_MAX >= figures.seconds;
  const stats: SliceStats = {
    slicer: slicer.id,
    slicerVersion: slicer.version,
    gcodeHash: new Uint8Array(createHash('sha256').update(gcode).digest()),
    gcodeSizeBytes: gcode.length,
    gcodeLines: figures.lines,
    layers: figures.layers,
    seconds: plausible ? claimedS : figures.seconds,
    filamentUm: figures.filamentUm,
    milligrams: filamentMilligrams(figures.filamentUm, job),
  };
  return ok({ gcode, stats });
}

/** Length × cross-section × density, rounded up to a whole milligram. */
function filamentMilligrams(
  filamentUm: number,
  { profile, material }: { readonly profile: MachineProfile; readonly material: MaterialOffer },
): number {
  const radiusMm = profile.filamentUm / 2000;
  const volumeMm3 = (filamentUm / 1000) * Math.PI * radiusMm * radiusMm;
  // 1 cm³ is 1000 mm³.
  return Math.max(1, Math.ceil((volumeMm3 * material.densityMgPerCm3) / 1000));
}
