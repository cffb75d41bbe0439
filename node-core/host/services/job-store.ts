// The print queue made durable: each decision's events are on disk before anything acts on them, and the queue is their
// replay. Records of prints (telemetry) are kept per attempt.

import type { Bytes, Fault, Result } from '../../base/index.ts';
import { FaultError, ok } from '../../base/index.ts';
import type { Job, JobCommand, JobEvent, PrintPlace, QueueState, TelemetryBatch } from '../../jobs/index.ts';
import { decide, EMPTY_QUEUE, findJob, jobFault, replay } from '../../jobs/index.ts';
import { encodeRecord } from '../../records/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { EventBus } from './event-bus.ts';

export type StoredLog = { readonly entries: readonly Bytes[]; readonly checkpoints: readonly Bytes[] };

type PlaceRow = {
  readonly line: number;
  readonly layer: number;
  readonly layers_total: number;
  readonly height_mm: number;
};

export class JobStore {
  readonly #database: Sqlite;
  readonly #bus: EventBus;
  #state: QueueState = EMPTY_QUEUE;

  constructor(database: Sqlite, bus: EventBus) {
    this.#database = database;
    this.#bus = bus;
    const rows = database.prepare('SELECT event FROM job_events ORDER BY seq').all() as { event: string }[];
    this.#state = replay(rows.map((row) => JSON.parse(row.event) as JobEvent));
  }

  get state(): QueueState {
    return this.#state;
  }

  /** Decides, stores, then applies; a refusal changes nothing. */
  run(command: JobCommand): Result<void> {
    const decided = decide(this.#state, command);
    if (!decided.ok) return decided;
    const insert = this.#database.prepare('INSERT INTO job_events (at_ms, event) VALUES (?, ?)');
    this.#database.transaction(() => {
      for (const event of decided.value) insert.run(command.nowMs, JSON.stringify(event));
    })();
    this.#state = replay(decided.value, this.#state);
    if (decided.value.length > 0) {
      this.#bus.changed('jobs');
      this.#bus.changed('machines');
    }
    return ok(undefined);
  }

  /** @throws FaultError job.unknown. */
  job(id: string): Job {
    const job = findJob(this.#state, id);
    if (job === undefined) throw new FaultError(jobFault('job.unknown'));
    return job;
  }

  ofOrder(orderId: string): Job[] {
    return this.#state.jobs.filter((job) => job.orderId === orderId);
  }

  /** Appends what a machine recorded; position follows the record's own index. */
  appendTelemetry(job: string, attempt: number, batch: TelemetryBatch): void {
    const entry = this.#database.prepare(
      'INSERT OR REPLACE INTO telemetry (job, attempt, position, entry) VALUES (?, ?, ?, ?)',
    );
    const checkpoint = this.#database.prepare(
      'INSERT OR REPLACE INTO telemetry_checkpoints (job, attempt, position, checkpoint) VALUES (?, ?, ?, ?)',
    );
    this.#database.transaction(() => {
      for (const item of batch.entries) entry.run(job, attempt, item.index, encodeRecord(item));
      for (const item of batch.checkpoints) checkpoint.run(job, attempt, item.index, encodeRecord(item));
    })();
  }

  /** Notes how far an attempt has come. */
  notePlace(job: string, attempt: number, place: PrintPlace): void {
    const { line, layer, layersTotal, heightMm } = place;
    this.#database
      .prepare(
        'INSERT OR REPLACE INTO job_places (job, attempt, line, layer, layers_total, height_mm) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(job, attempt, line, layer, layersTotal, heightMm);
  }

  place(job: string, attempt: number): PrintPlace | undefined {
    const row = this.#database
      .prepare<[string, number], PlaceRow>('SELECT * FROM job_places WHERE job = ? AND attempt = ?')
      .get(job, attempt);
    if (row === undefined) return undefined;
    const { line, layer, layers_total: layersTotal, height_mm: heightMm } = row;
    return { line, layer, layersTotal, heightMm };
  }

  /** The newest entry of an attempt's record. */
  lastEntry(job: string, attempt: number): Bytes | undefined {
    const row = this.#database
      .prepare('SELECT entry FROM telemetry WHERE job = ? AND attempt = ? ORDER BY position DESC LIMIT 1')
      .get(job, attempt) as { entry: Buffer } | undefined;
    return row === undefined ? undefined : new Uint8Array(row.entry);
  }

  log(job: string, attempt: number): StoredLog {
    const bytes = (buffer: Buffer) => new Uint8Array(buffer);
    const entries = this.#database
      .prepare('SELECT entry FROM telemetry WHERE job = ? AND attempt = ? ORDER BY position')
      .all(job, attempt) as { entry: Buffer }[];
    const checkpoints = this.#database
      .prepare('SELECT checkpoint FROM telemetry_checkpoints WHERE job = ? AND attempt = ? ORDER BY position')
      .all(job, attempt) as { checkpoint: Buffer }[];
    return {
      entries: entries.map((row) => bytes(row.entry)),
      checkpoints: checkpoints.map((row) => bytes(row.checkpoint)),
    };
  }
}

/** Ends a job with an outcome; a fault says why. */
export function endJob(
  store: JobStore,
  jobId: string,
  outcome: 'finished' | 'failed' | 'cancelled',
  nowMs: number,
  fault?: Fault,
): void {
  const ended = store.run({ type: 'ended', jobId, outcome, nowMs, fault });
  if (!ended.ok) throw new FaultError(ended.fault);
}
