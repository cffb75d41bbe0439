// Models and print files worked on off the main thread, so that neither the console nor a running print ever waits.
// One thread a job, a bounded number at a time; an abort ends the thread at once.

import { Worker } from 'node:worker_threads';
import type { Bytes, Result } from '../../base/index.ts';
import { defineFaults, refuse } from '../../base/index.ts';
import type { ResumePlan, ResumeWish } from '../../devices/index.ts';
import type { GuardRules } from '../../models/index.ts';
import type { MachineProfile } from '../../records/index.ts';
import {
  type FileFigures,
  type GcodeFigures,
  type GcodeInspection,
  type InspectionRules,
  type JobProgress,
  type MeshJob,
  type MeshJobResult,
  type MeshWork,
  type PrintStl,
  runMeshJob,
} from '../workers/mesh-jobs.ts';
import { createSlots } from './slots.ts';

export type {
  FileFigures,
  GcodeFigures,
  GcodeInspection,
  GcodeLines,
  InspectionRules,
  MeshWork,
  PrintStl,
} from '../workers/mesh-jobs.ts';

const meshServiceFault = defineFaults('mesh', {
  'mesh.work.cancelled': {
    message: 'The work on this file was cancelled.',
    next: 'Open the file again when you like.',
  },
  'mesh.work.failed': {
    message: 'The console could not finish its work on this file.',
    next: 'Close other programs and try again; if it happens again, export the model with a coarser resolution.',
  },
});

export type MeshWorkOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Phase (reading, measuring, previewing, rendering) and its fraction 0 … 1, null where unknown. */
  readonly onProgress?: ((phase: string, progress: number | null) => void) | undefined;
};

export type GuardOptions = MeshWorkOptions & {
  /** Of the machine's owner; default: none. */
  readonly rules?: GuardRules | undefined;
};

export interface MeshService {
  /** Measures a model file and makes everything the console shows of it. */
  analyseModel(bytes: Bytes, name: string, options?: MeshWorkOptions): Promise<Result<MeshWork>>;
  /** The measured shape as binary STL, for slicers. */
  printStl(bytes: Bytes, name: string, options?: MeshWorkOptions): Promise<Result<PrintStl>>;
  /** Passes a print file through the guard of a machine and reads its figures. */
  checkGcode(bytes: Bytes, profile: MachineProfile, options?: GuardOptions): Promise<Result<GcodeFigures>>;
  /** What a file is and what it takes, before a machine is chosen for it. */
  readGcode(bytes: Bytes, options?: MeshWorkOptions): Promise<Result<FileFigures>>;
  /** Everything that the guard finds in a print file under the rules of a machine's owner. */
  inspectGcode(bytes: Bytes, under: InspectionRules): Promise<Result<GcodeInspection>>;
  /** How a print that was cut off is gone on with, past the guard; refused where it would not be safe. */
  planResume(bytes: Bytes, under: InspectionRules, wish: ResumeWish): Promise<Result<ResumePlan>>;
  /** Toolpath of a print file in the compact codec, for the live view. */
  toolpath(bytes: Bytes, options?: MeshWorkOptions): Promise<Result<Bytes>>;
  /** One toolpath of pieces in the same codec that follow each other. */
  joinToolpath(pieces: readonly Bytes[]): Promise<Result<Bytes>>;
}

type RunJob = (job: MeshJob, options: MeshWorkOptions) => Promise<Result<MeshJobResult[MeshJob['kind']]>>;

function serviceOf(run: RunJob): MeshService {
  return {
    analyseModel: (bytes, name, options = {}) =>
      run({ kind: 'analyse', bytes, name }, options) as Promise<Result<MeshWork>>,
    printStl: (bytes, name, options = {}) =>
      run({ kind: 'print-stl', bytes, name }, options) as Promise<Result<PrintStl>>,
    checkGcode: (bytes, profile, options = {}) =>
      run({ kind: 'check-gcode', bytes, profile, rules: options.rules }, options) as Promise<
        Result<GcodeFigures>
      >,
    inspectGcode: (bytes, under) =>
      run({ kind: 'inspect-gcode', bytes, ...under }, {}) as Promise<Result<GcodeInspection>>,
    readGcode: (bytes, options = {}) =>
      run({ kind: 'read-gcode', bytes }, options) as Promise<Result<FileFigures>>,
    planResume: (bytes, under, wish) =>
      run({ kind: 'plan-resume', bytes, ...under, wish }, {}) as Promise<Result<ResumePlan>>,
    joinToolpath: (pieces) => run({ kind: 'join-toolpath', pieces }, {}) as Promise<Result<Bytes>>,
    toolpath: (bytes, options = {}) => run({ kind: 'toolpath', bytes }, options) as Promise<Result<Bytes>>,
  };
}

/** The same work in the calling thread: for command lines and tests without a bundle. Cannot be cancelled midway. */
export function createInlineMeshService(): MeshService {
  return serviceOf(async (job, { signal, onProgress }) => {
    if (signal?.aborted === true) return refuse(meshServiceFault('mesh.work.cancelled'));
    return runMeshJob(job, onProgress ?? (() => {}));
  });
}

export type MeshServiceOptions = {
  /** The bundled mesh-worker.js. */
  readonly workerUrl: URL;
  /** Threads at a time; each may hold a whole model in memory. */
  readonly concurrency?: number;
};

export function createMeshService({ workerUrl, concurrency = 2 }: MeshServiceOptions): MeshService {
  const slot = createSlots(concurrency);
  return serviceOf((job, options) =>
    slot(() => runInWorker(workerUrl, job, options.onProgress ?? (() => {}), options.signal)),
  );
}

type WorkerMessage =
  | { readonly type: 'progress'; readonly phase: string; readonly fraction: number | null }
  | { readonly type: 'result'; readonly result: Result<MeshJobResult[MeshJob['kind']]> };

function runInWorker(
  workerUrl: URL,
  job: MeshJob,
  progress: JobProgress,
  signal: AbortSignal | undefined,
): Promise<Result<MeshJobResult[MeshJob['kind']]>> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve(refuse(meshServiceFault('mesh.work.cancelled')));
      return;
    }
    const worker = new Worker(workerUrl, { workerData: job, name: `mesh ${job.kind}` });
    const settle = (result: Result<MeshJobResult[MeshJob['kind']]>) => {
      signal?.removeEventListener('abort', abort);
      resolve(result);
      void worker.terminate();
    };
    const abort = () => settle(refuse(meshServiceFault('mesh.work.cancelled')));
    signal?.addEventListener('abort', abort, { once: true });
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'progress') progress(message.phase, message.fraction);
      else settle(message.result);
    });
    // Out of memory, or a bug: the thread is gone, the console is not.
    worker.on('error', () => settle(refuse(meshServiceFault('mesh.work.failed'))));
    worker.on('exit', () => settle(refuse(meshServiceFault('mesh.work.failed'))));
  });
}
