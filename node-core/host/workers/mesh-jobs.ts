// The heavy work on models and print files as plain functions of bytes: what the mesh worker runs off the main thread.

import type { Bytes, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { streamChunkEnds } from '../../content/index.ts';
import {
  deviceFault,
  type HeatLimits,
  lineRules,
  planResume,
  prepareCutJob,
  prepareJob,
  type ResumePlan,
  type ResumeWish,
  resumeProgram,
} from '../../devices/index.ts';
import {
  analyseGcode,
  analyseModel,
  checkGcode,
  cutToolpath,
  decodeToolpath,
  encodeBinaryStl,
  encodeMesh,
  encodeToolpath,
  type GcodeAnalysis,
  type GuardRules,
  type GuardVerdict,
  inspectCut,
  inspectGcode,
  joinToolpaths,
  type MeshMeasure,
  type ModelFormat,
  previewMesh,
  readCut,
  renderThumbnail,
  type Toolpath,
} from '../../models/index.ts';
import {
  type CutterProfile,
  type GcodeDialect,
  isPrinter,
  type MachineProfile,
  type RegisteredMachine,
} from '../../records/index.ts';

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

/** What a file is and what it takes, whatever machine it is made on. */
export type FileFigures = {
  readonly process: 'printing' | 'cutting';
  /** Machine time without heating. */
  readonly seconds: number;
  readonly filamentUm: number;
  readonly layers: number;
  /** What the machine must be able to reach; for a print from the corner of the bed. */
  readonly sizeMm: { readonly x: number; readonly y: number; readonly z: number };
};

/** The machine that a file is inspected for, and what its owner allows. */
export type InspectionRules = {
  readonly profile: RegisteredMachine;
  readonly rules: GuardRules;
  readonly limits: HeatLimits;
  readonly dialect: GcodeDialect;
  /** How lines travel: over a cable each gets a number and a checksum, so that Marlin's bound holds for every dialect. */
  readonly onCable: boolean;
};

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
  | ({ readonly kind: 'inspect-gcode'; readonly bytes: Bytes } & InspectionRules)
  | { readonly kind: 'read-gcode'; readonly bytes: Bytes }
  | ({ readonly kind: 'plan-resume'; readonly bytes: Bytes; readonly wish: ResumeWish } & InspectionRules)
  | { readonly kind: 'toolpath'; readonly bytes: Bytes }
  | { readonly kind: 'join-toolpath'; readonly pieces: readonly Bytes[] };

export type MeshJobResult = {
  readonly analyse: MeshWork;
  readonly 'print-stl': PrintStl;
  readonly 'check-gcode': GcodeFigures;
  readonly 'inspect-gcode': GcodeInspection;
  readonly 'read-gcode': FileFigures;
  readonly 'plan-resume': ResumePlan;
  readonly toolpath: Bytes;
  readonly 'join-toolpath': Bytes;
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
  dialect,
  onCable,
}: Extract<MeshJob, { kind: 'inspect-gcode' }>): GcodeInspection {
  if (!isPrinter(profile)) return inspectCutJob(bytes, profile);
  const verdict = inspectGcode(bytes, profile, rules, { dialect });
  const prepared = prepareJob(bytes, limits, lineRules(onCable ? 'marlin' : dialect));
  if (!prepared.ok) return { verdict, lines: prepared };
  const { count, layerStarts } = prepared.value;
  return { verdict, lines: ok({ count, layerStarts: [...layerStarts], chunkEnds: streamChunkEnds(bytes) }) };
}

function inspectCutJob(bytes: Bytes, profile: CutterProfile): GcodeInspection {
  const { faults, report } = inspectCut(bytes, profile);
  const { lines: count, warnings } = report;
  const prepared = prepareCutJob(bytes);
  const verdict = {
    faults,
    report: { lines: count, commands: report.moves, nozzleCMax: 0, bedCMax: 0, warnings, rulesUsed: [] },
  };
  if (!prepared.ok) return { verdict, lines: prepared };
  const lines = { count: prepared.value.count, layerStarts: [], chunkEnds: new Uint32Array() };
  return { verdict, lines: ok(lines) };
}

/** A file that melts nothing is one that cuts, if anything moves in it. */
export function readGcodeJob(bytes: Bytes, progress: JobProgress): Result<FileFigures> {
  const printed = analyseGcode(bytes, { onProgress: (fraction) => progress('reading', fraction) });
  if (printed.ok) {
    const { seconds, filamentUm, layers, printedMm } = printed.value;
    const { x, y, z } = printedMm.max;
    const sizeMm = { x: Math.max(0, x), y: Math.max(0, y), z: Math.max(0, z) };
    return ok({ process: 'printing', seconds, filamentUm, layers, sizeMm });
  }
  const cut = printed.fault.code === 'gcode.content.none' ? readCut(bytes) : undefined;
  if (cut === undefined) return printed;
  const { seconds, sizeMm } = cut;
  return ok({ process: 'cutting', seconds, filamentUm: 0, layers: 0, sizeMm });
}

/** A plan whose program, from its first command to the file's last, is one that the guard lets pass. */
function planResumeJob({
  bytes,
  profile,
  rules,
  limits,
  dialect,
  onCable,
  wish,
}: Extract<MeshJob, { kind: 'plan-resume' }>): Result<ResumePlan> {
  if (!isPrinter(profile)) return refuse(deviceFault('device.resume.unsupported'));
  const lines = lineRules(onCable ? 'marlin' : dialect);
  const job = prepareJob(bytes, limits, lines);
  if (!job.ok) return job;
  const plan = planResume(job.value, wish, profile.volumeMm.z);
  if (!plan.ok) return plan;
  const program = resumeProgram(job.value, plan.value);
  const { nozzleHeightMm: knownHeightMm } = plan.value;
  const [fault] = inspectGcode(program, profile, rules, { dialect, knownHeightMm }).faults;
  if (fault !== undefined) return refuse(fault);
  const sendable = prepareJob(program, limits, lines);
  return sendable.ok ? plan : sendable;
}

export function toolpathJob(bytes: Bytes, progress: JobProgress): Result<Bytes> {
  const analysed = analyseGcode(bytes, { onProgress: (fraction) => progress('reading', fraction) });
  if (analysed.ok) return ok(encodeToolpath(analysed.value.path));
  const cuts = analysed.fault.code === 'gcode.content.none' && readCut(bytes) !== undefined;
  return cuts ? ok(encodeToolpath(cutToolpath(bytes))) : analysed;
}

function joinToolpathJob(pieces: readonly Bytes[]): Result<Bytes> {
  const paths: Toolpath[] = [];
  for (const piece of pieces) {
    const path = decodeToolpath(piece);
    if (!path.ok) return path;
    paths.push(path.value);
  }
  return ok(encodeToolpath(joinToolpaths(paths)));
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
    case 'read-gcode':
      return readGcodeJob(job.bytes, progress);
    case 'plan-resume':
      return planResumeJob(job);
    case 'toolpath':
      return toolpathJob(job.bytes, progress);
    case 'join-toolpath':
      return joinToolpathJob(job.pieces);
  }
}
