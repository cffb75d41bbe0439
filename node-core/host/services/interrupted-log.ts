// The record of a print that a crash cut off: closed by the machine's own key with what is known, so that the attempt is
// reported as failed instead of vanishing.

import type { Bytes, Result } from '../../base/index.ts';
import { ok } from '../../base/index.ts';
import { signMessage } from '../../identity/index.ts';
import type { PrintPlace, TelemetryBatch } from '../../jobs/index.ts';
import { checkpointMessage, jobHash } from '../../jobs/index.ts';
import { parseRecord, recordHash, TelemetryEntry, type TelemetryEvent } from '../../records/index.ts';
import type { StoredLog } from './job-store.ts';

export type InterruptedAttempt = {
  readonly jobId: string;
  readonly copy: number;
  readonly gcodeHash: Bytes;
  readonly startedS: number;
  readonly secretKey: Bytes;
  /** What was noted of the attempt besides its record. */
  readonly place?: PrintPlace | undefined;
};

/** The entries and the checkpoint that complete the log; nothing where it is complete already. */
export function closeInterruptedLog(log: StoredLog, attempt: InterruptedAttempt): Result<TelemetryBatch> {
  const known: TelemetryEntry[] = [];
  for (const bytes of log.entries) {
    const entry = parseRecord(TelemetryEntry, 'telemetry', bytes);
    if (!entry.ok) return entry;
    known.push(entry.value);
  }
  if (known.at(-1)?.event.type === 'end') return ok({ entries: [], checkpoints: [] });
  const added: TelemetryEntry[] = [];
  const append = (event: TelemetryEvent) => {
    const last = added.at(-1) ?? known.at(-1);
    const previous = last === undefined ? new Uint8Array(32) : recordHash(last);
    added.push({ v: 1, index: known.length + added.length, previous, atMs: last?.atMs ?? 0, event });
  };
  const { jobId, copy, gcodeHash, startedS, secretKey, place } = attempt;
  if (known.length === 0) append({ type: 'begin', job: jobHash(jobId), copy, gcodeHash, startedS });
  append({ type: 'fault', code: 'job.interrupted', detail: 'the console stopped while this was printing' });
  append({
    type: 'end',
    outcome: 'failed',
    ...progressOf(known, place),
    resends: 0,
    filamentUm: 0,
    durationMs: known.at(-1)?.atMs ?? 0,
  });
  const last = added.at(-1);
  if (last === undefined) return ok({ entries: [], checkpoints: [] });
  const head = recordHash(last);
  const signature = signMessage(secretKey, checkpointMessage(last.index, head));
  return ok({ entries: added, checkpoints: [{ index: last.index, head, signature }] });
}

/** The further of what the record and the notes say. */
function progressOf(
  entries: readonly TelemetryEntry[],
  place: PrintPlace | undefined,
): { linesAcknowledged: number; layers: number } {
  const last = entries.findLast((entry) => entry.event.type === 'progress')?.event;
  const recorded = last?.type === 'progress' ? last : { linesAcknowledged: 0, layer: 0 };
  return {
    linesAcknowledged: Math.max(recorded.linesAcknowledged, place?.line ?? 0),
    layers: Math.max(recorded.layer, place?.layer ?? 0),
  };
}
