// The heavy work on models and print files as plain functions of bytes: what the mesh worker runs off the main thread.

import type { Bytes, Result } from '../../base/index.ts';
import { ok } from '../../base/index.ts';
import { streamChunkEnds } from '../../content/index.ts';
import { type HeatLimits, prepareJob } from '../../devices/index.ts';
import {
  analyseGcode,
  analyseModel,
  checkGcode,
  encodeBinaryStl,
  encodeMesh,
  encodeToolpath,
  type GcodeAnalysis,
  type GuardRules,
  type GuardVerdict,
  inspectGcode,
  type MeshMeasure,
  type ModelFormat,
  previewMesh,
  renderThumbnail,
} from '../../models/index.ts';
import type { MachineProfile } from '../../records/index.ts';

/** Triangles of the public preview: enough to recognise the part, too few to print it well. */
export const PREVIEW_TRIANGLES_MAX = 4000;
export const THUMBNAIL_PX = 512;
/** More than one triangle a pixel cannot be seen. */
const THUMBNAIL_TRIANGLES_MAX = 200_000;

export type MeshWork = {
  readonly format: ModelFormat;
  readonly measure: MeshMeasure;
  /** The whole mesh for the owner's viewer, in the compact codec; triangles numbered as in the problems. */
  readonly mesh: Bytes;
  /** Coarse mesh for the public, in the same codec. */
  readonly preview: Bytes;
  /** PNG with transparent background. */
  readonly thumbnail: Bytes;
};

/** What the console keeps of a print file besides its bytes. */
export type GcodeFigures = Omit<GcodeAnalysis, 'path'>;

/** A shape as slicers get it: exactly the mesh that was measured. */
export type PrintStl = {
  readonly stl: Bytes;
  readonly sizeUm: { readonly x: number; readonly y: number; readonly z: number };
};

/** The guard's word on a print file, and what the driver would make of it: a fault where it would refuse the file. */
export type GcodeInspection = {
  readonly verdict: GuardVerdict;
  readonly lines: Result<GcodeLines>;
};

/** What is known of a print file before its first line comes. */
export type GcodeLines = {
  readonly count: number;
  readonly layerStarts: readonly number[];
  readonly chunkEnds: Uint32Array;
};

export type JobProgress = (phase: string, progress: number | null) => void;

export type MeshJob =
  | { readonly kind: 'analyse'; readonly bytes: Bytes; readonly name: string }
  | { readonly kind: 'print-stl'; readonly bytes: Bytes; readonly name: string }
  | {
      readonly kind: 'check-gcode';
      readonly bytes: Bytes;
      readonly profile: MachineProfile;
      readonly rules: GuardRules | undefined;
    }
  | {
      readonly kind: 'inspect-gcode';
      readonly bytes: Bytes;
      readonly profile: MachineProfile;
      readonly rules: GuardRules;
      readonly limits: HeatLimits;
    }
  | { readonly kind: 'toolpath'; readonly bytes: Bytes };

export type MeshJobResult = {
  readonly analyse: MeshWork;
  readonly 'print-stl': PrintStl;
  readonly 'check-gcode': GcodeFigures;
  readonly 'inspect-gcode': GcodeInspection;
  readonly toolpath: Bytes;
};

export function analyseModelJob(bytes: Bytes, name: string, progress: JobProgress): Result<MeshWork> {
  const analysed = analyseModel(bytes, name, {
    onProgress: (fraction) =>
      progress(fraction < 1 ? 'reading' : 'measuring', fraction < 1 ? fraction : null),
  });
  if (!analysed.ok) return analysed;
  const { mesh, format, measure } = analysed.value;
  progress('previewing', null);
  const visible = previewMesh(mesh, THUMBNAIL_TRIANGLES_MAX);
  const preview = previewMesh(visible, PREVIEW_TRIANGLES_MAX);
  progress('rendering', null);
  const thumbnail = renderThumbnail(visible, { width: THUMBNAIL_PX, height: THUMBNAIL_PX });
  return ok({
    format,
    measure,
    mesh: encodeMesh(mesh),
    preview: encodeMesh(preview),
    thumbnail,
  });
}

export function printStlJob(bytes: Bytes, name: string, progress: JobProgress): Result<PrintStl> {
  const analysed = analyseModel(bytes, name, { onProgress: (fraction) => progress('reading', fraction) });
  if (!analysed.ok) return analysed;
  return ok({ stl: encodeBinaryStl(analysed.value.mesh), sizeUm: analysed.value.measure.sizeUm });
}

/** The guard's word first: figures of a file that must not be printed are of no use. */
export function checkGcodeJob(
  bytes: Bytes,
  profile: MachineProfile,
  rules: GuardRules | undefined,
  progress: JobProgress,
): Result<GcodeFigures> {
  const checked = checkGcode(bytes, profile, rules);
  if (!checked.ok) return checked;
  const analysed = analyseGcode(bytes, { onProgress: (fraction) => progress('reading', fraction) });
  if (!analysed.ok) return analysed;
  const { path: _path, ...figures } = analysed.value;
  return ok(figures);
}

function inspectGcodeJob({
  bytes,
  profile,
  rules,
  limits,
}: Extract<MeshJob, { kind: 'inspect-gcode' }>): GcodeInspection {
  const verdict = inspectGcode(bytes, profile, rules);
  const prepared = prepareJob(bytes, limits);
  if (!prepared.ok) return { verdict, lines: prepared };
  const { count, layerStarts } = prepared.value;
  return { verdict, lines: ok({ count, layerStarts: [...layerStarts], chunkEnds: streamChunkEnds(bytes) }) };
}

export function toolpathJob(bytes: Bytes, progress: JobProgress): Result<Bytes> {
  const analysed = analyseGcode(bytes, { onProgress: (fraction) => progress('reading', fraction) });
  return analysed.ok ? ok(encodeToolpath(analysed.value.path)) : analysed;
}

export function runMeshJob(job: MeshJob, progress: JobProgress): Result<MeshJobResult[MeshJob['kind']]> {
  switch (job.kind) {
    case 'analyse':
      return analyseModelJob(job.bytes, job.name, progress);
    case 'print-stl':
      return printStlJob(job.bytes, job.name, progress);
    case 'check-gcode':
      return checkGcodeJob(job.bytes, job.profile, job.rules, progress);
    case 'inspect-gcode':
      return ok(inspectGcodeJob(job));
    case 'toolpath':
      return toolpathJob(job.bytes, progress);
  }
}
