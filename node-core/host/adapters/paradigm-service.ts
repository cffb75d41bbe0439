// Paradigm documents checked and played in a thread of their own: a document that is built to be slow or to fill the
// memory ends that thread, never the console.

import { Worker } from 'node:worker_threads';
import type { Bytes, Result } from '../../base/index.ts';
import { defineFaults, refuse } from '../../base/index.ts';
import type { CheckReport, Values, WorkedExample } from '../../paradigm/index.ts';
import type { ParadigmJob, ParadigmJobResult, ParadigmWork } from '../workers/paradigm-jobs.ts';
import { createSlots } from './slots.ts';

const paradigmServiceFault = defineFaults('paradigm-work', {
  'paradigm-work.slow': {
    message: 'This paradigm could not be explored within {seconds} seconds.',
    next: 'Use fewer states, steps or arguments, or split it into linked paradigms.',
  },
  'paradigm-work.failed': {
    message: 'Exploring this paradigm took more memory than it may.',
    next: 'Use fewer states, steps or arguments, or split it into linked paradigms.',
  },
});

export interface ParadigmService {
  /** Reads, checks and, without defects, plays a document given as text. */
  check(text: string, signal?: AbortSignal): Promise<Result<ParadigmWork>>;
  /** What the checker says of a canonical document. */
  judge(document: Bytes): Promise<Result<CheckReport>>;
  /** A canonical document played through with these values. */
  example(document: Bytes, values: Values, signal?: AbortSignal): Promise<Result<WorkedExample>>;
}

export type ParadigmServiceOptions = {
  /** The bundled paradigm-worker.js. */
  readonly workerUrl: URL;
  readonly timeoutMs?: number;
};

/** Bundled paradigms take one to two seconds; a slow machine five times as long. */
const TIMEOUT_MS = 20_000;
const HEAP_MB_MAX = 512;
/** Threads at a time: one reader's typing must not take every core. */
const RUNNING_MAX = 2;

export function createParadigmService({
  workerUrl,
  timeoutMs = TIMEOUT_MS,
}: ParadigmServiceOptions): ParadigmService {
  const slot = createSlots(RUNNING_MAX);
  const run = <K extends ParadigmJob['kind']>(
    job: ParadigmJob & { readonly kind: K },
    signal: AbortSignal | undefined,
  ): Promise<Result<ParadigmJobResult[K]>> => slot(() => runInWorker<K>(workerUrl, job, timeoutMs, signal));
  return {
    check: (text, signal) => run({ kind: 'check', text }, signal),
    judge: (document) => run({ kind: 'judge', document }, undefined),
    example: (document, values, signal) => run({ kind: 'example', document, values }, signal),
  };
}

function runInWorker<K extends ParadigmJob['kind']>(
  workerUrl: URL,
  job: ParadigmJob,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Result<ParadigmJobResult[K]>> {
  return new Promise((resolve) => {
    const failed = () => settle(refuse(paradigmServiceFault('paradigm-work.failed')));
    const worker = new Worker(workerUrl, {
      workerData: job,
      name: `paradigm ${job.kind}`,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
    });
    const settle = (result: Result<ParadigmJobResult[K]>) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', failed);
      resolve(result);
      void worker.terminate();
    };
    const timer = setTimeout(
      () => settle(refuse(paradigmServiceFault('paradigm-work.slow', { seconds: timeoutMs / 1000 }))),
      timeoutMs,
    );
    // Whoever asked has gone: the answer reaches nobody.
    signal?.addEventListener('abort', failed, { once: true });
    if (signal?.aborted === true) failed();
    worker.on('message', settle);
    worker.on('error', failed);
    worker.on('exit', failed);
  });
}
