// What OctoPrint's answers mean: /api/job, /api/printer and the messages of its push socket (docs.octoprint.org, REST API
// and push updates). OctoPrint keeps a finished file selected, and forgets how far it was once a print is cancelled.

import { z } from 'zod';
import type { HostJob, HostPhase, HostStatus } from '../network/index.ts';
import { looseNumber, looseText, plainWords } from '../network/index.ts';
import type { Temperatures } from '../types.ts';

const File = z.object({ name: looseText, path: looseText }).optional().catch(undefined);

export const JobAnswer = z.object({
  job: z.object({ file: File }).optional().catch(undefined),
  progress: z.object({ completion: looseNumber, filepos: looseNumber }).optional().catch(undefined),
  state: z.string(),
  error: looseText,
});
export type JobAnswer = z.infer<typeof JobAnswer>;

const Reading = z.object({ actual: looseNumber, target: looseNumber }).optional().catch(undefined);
export const PrinterAnswer = z.object({
  temperature: z.object({ tool0: Reading, bed: Reading }).optional().catch(undefined),
});
export type PrinterAnswer = z.infer<typeof PrinterAnswer>;

/** The parts of a push message that matter here. */
export const PushMessage = z.object({
  current: z
    .object({ logs: z.array(z.string()).optional().catch(undefined) })
    .optional()
    .catch(undefined),
  event: z
    .object({
      type: z.string(),
      payload: z
        .object({ name: looseText, path: looseText, reason: looseText, error: looseText })
        .nullish()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** How a print ended, as the push socket told it: the one place where OctoPrint names the cause. */
export type ToldEnd = { readonly file: string; readonly end: HostJob['end']; readonly reason: string };

const ENDS: Readonly<Record<string, HostJob['end']>> = {
  PrintDone: 'complete',
  PrintCancelled: 'cancelled',
  PrintFailed: 'error',
};

/** A cancelled print is told as failed, too; that it was cancelled is the truth. */
export function endFrom(
  message: z.infer<typeof PushMessage>,
  known: ToldEnd | undefined,
): ToldEnd | undefined {
  const { event } = message;
  const end = event === undefined ? undefined : ENDS[event.type];
  if (event === undefined || end === undefined) return known;
  const file = event.payload?.path ?? event.payload?.name ?? '';
  const cancelled = event.type === 'PrintFailed' && event.payload?.reason === 'cancelled';
  const reason = plainWords(event.payload?.error ?? event.payload?.reason, 'OctoPrint names no cause.');
  return { file, end: cancelled ? 'cancelled' : end, reason };
}

const WORDS: readonly (readonly [RegExp, HostPhase])[] = [
  [/^operational/i, 'ready'],
  [/^(?:printing|starting|resuming|pausing|cancelling|finishing)/i, 'printing'],
  [/^paused/i, 'paused'],
  [/^(?:offline|closed|error|unknown)/i, 'down'],
];

export function hostStatus(
  job: JobAnswer,
  temperatures: Temperatures,
  told: ToldEnd | undefined,
): HostStatus {
  const { state } = job;
  const phase = WORDS.find(([pattern]) => pattern.test(state))?.[1] ?? 'busy';
  const file = job.job?.file?.path ?? job.job?.file?.name ?? '';
  const hostJob = file === '' ? undefined : jobOf(job, phase, file, told);
  const words = phase === 'down' ? (job.error ?? state) : hostJob?.end === 'error' ? told?.reason : state;
  return {
    phase,
    reason: plainWords(words, state),
    temperatures,
    ...(hostJob === undefined ? {} : { job: hostJob }),
  };
}

function jobOf({ progress }: JobAnswer, phase: HostPhase, file: string, told: ToldEnd | undefined): HostJob {
  const byte = progress?.filepos;
  if (phase !== 'ready') return { file, ...(byte === undefined ? {} : { byte }) };
  const done = (progress?.completion ?? 0) >= 100;
  // Selected and not done: cancelled, unless the socket told more. A file that was only selected looks the same, so the
  // driver believes this of a print alone that it has seen.
  const end = told?.file === file ? told.end : done ? 'complete' : undefined;
  return { file, ...(end === undefined ? {} : { end }) };
}

export function temperaturesOf({ temperature }: PrinterAnswer): Temperatures {
  return {
    nozzleC: temperature?.tool0?.actual,
    nozzleTargetC: temperature?.tool0?.target,
    bedC: temperature?.bed?.actual,
    bedTargetC: temperature?.bed?.target,
  };
}
