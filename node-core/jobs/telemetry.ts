// The record of one print: a hash chain of what the machine did, with checkpoints that the machine's key signs.
// Bounded: however long the print, its record stays within a few thousand entries. It proves what the machine's key
// holder recorded, in order and complete; it cannot prove that the machine did what it was told.

import { z } from 'zod';
import type { Bytes, Result } from '../base/index.ts';
import {
  assert,
  concatBytes,
  equalBytes,
  ok,
  refuse,
  taggedHash,
  u64ToBytes,
  utf8ToBytes,
} from '../base/index.ts';
import type { MachineEvent, PrintEnd, Temperatures } from '../devices/types.ts';
import type { VerifySignature } from '../identity/keys.ts';
import { signMessage, verifySignature } from '../identity/keys.ts';
import { recordHash, TelemetryCheckpoint, TelemetryEntry, type TelemetryEvent } from '../records/index.ts';
import { jobFault } from './faults.ts';

const DOMAIN = 'dipnet/telemetry/v1';
/** Entries of one record; a verifier refuses more. */
export const ENTRIES_MAX = 5_120;
const TEMPERATURE_INTERVAL_MS = 10_000;
/** After so many samples the interval doubles: 72 hours stay below 3 500 samples. */
const SAMPLES_PER_INTERVAL = 500;
const SAMPLES_MAX = 3_000;
const PROGRESS_MAX = 600;
const STATES_MAX = 300;
const FAULTS_MAX = 60;
/** Photographs that a record names: at layer changes, and one at the end. */
export const PHOTOS_MAX = 600;
const ALLOWED_MAX = 50;
const ENTRIES_PER_CHECKPOINT = 64;
const GENESIS = new Uint8Array(32);

/** The hash that stands for a job in records. */
export function jobHash(jobId: string): Bytes {
  return taggedHash('dipnet/job/v1', utf8ToBytes(jobId));
}

export type TelemetryStart = {
  readonly job: Bytes;
  readonly copy: number;
  readonly gcodeHash: Bytes;
  /** Unix seconds by the wall clock. */
  readonly startedS: number;
  /** The machine's key. */
  readonly secretKey: Bytes;
  readonly allowed?: readonly AllowedRule[];
  /** Where it goes on with what an earlier attempt left. */
  readonly resumed?: { readonly line: number; readonly layer: number };
};

/** A rule of the owner's that the job needed: its name, its limit where it has one, and who allowed it. */
export type AllowedRule = { readonly rule: string; readonly value?: number; readonly by: Bytes };

/** Entries and checkpoints made since the last take(), for the store to append. */
export type TelemetryBatch = {
  readonly entries: readonly TelemetryEntry[];
  readonly checkpoints: readonly TelemetryCheckpoint[];
};

export class TelemetryRecorder {
  private readonly secretKey: Bytes;
  private entries: TelemetryEntry[] = [];
  private checkpoints: TelemetryCheckpoint[] = [];
  private index = 0;
  private newest: Bytes = GENESIS;
  private lastAtMs = 0;
  private signedIndex = -1;
  private ended = false;
  private samples = 0;
  private sampleAtMs = Number.NEGATIVE_INFINITY;
  private targets = '';
  private progresses = 0;
  private states = 0;
  private faults = 0;
  private photos = 0;
  private layer = 0;

  constructor(start: TelemetryStart) {
    this.secretKey = start.secretKey;
    const { job, copy, gcodeHash, startedS } = start;
    this.append(0, { type: 'begin', job, copy, gcodeHash, startedS });
    const { allowed = [] } = start;
    assert(allowed.length <= ALLOWED_MAX, 'a machine has no more rules than a record holds');
    for (const rule of allowed) this.append(0, { type: 'allowed', ...rule });
    if (start.resumed !== undefined) this.append(0, { type: 'resumed', ...start.resumed });
  }

  /** Hash of the newest entry: whoever has it knows that the record cannot be made otherwise up to there. */
  get head(): Bytes {
    return this.newest;
  }

  /** Takes in what the machine tells; `atMs` is machine time since the job began. */
  record(event: MachineEvent, atMs: number): void {
    if (this.ended) return;
    switch (event.type) {
      case 'state':
        if (this.states++ < STATES_MAX) {
          this.append(atMs, { type: 'state', state: event.state, reason: event.reason.slice(0, 200) });
        }
        return;
      case 'temperatures':
        this.recordTemperatures(event.temperatures, atMs);
        return;
      case 'progress': {
        const { layer, layersTotal, linesAcknowledged } = event.progress;
        const every = Math.max(1, Math.ceil(layersTotal / PROGRESS_MAX));
        if (layer === this.layer || layer % every !== 0 || this.progresses >= PROGRESS_MAX) return;
        this.layer = layer;
        this.progresses++;
        this.append(atMs, { type: 'progress', linesAcknowledged, layer });
        return;
      }
      case 'fault':
        if (this.faults++ < FAULTS_MAX) {
          const { code, message } = event.fault;
          this.append(atMs, { type: 'fault', code: code.slice(0, 64), detail: message.slice(0, 200) });
        }
        return;
      case 'line':
      case 'end':
        return;
    }
  }

  /** A picture of the machine was taken and hashed. */
  photograph(layer: number, hash: Bytes, atMs: number): void {
    if (this.ended || this.photos++ >= PHOTOS_MAX) return;
    this.append(atMs, { type: 'photo', layer, hash });
  }

  /** Somebody changed the print by message. It counts as a change of state, which it asks for. */
  command(act: 'pause' | 'resume' | 'cancel', by: Bytes, atMs: number): void {
    if (this.ended || this.states++ >= STATES_MAX) return;
    this.append(atMs, { type: 'command', act, by });
  }

  /** Closes the record. */
  end(end: PrintEnd, atMs: number): void {
    if (this.ended) return;
    const { progress } = end;
    this.append(atMs, {
      type: 'end',
      outcome: end.outcome,
      linesAcknowledged: progress.linesAcknowledged,
      resends: progress.resends,
      layers: progress.layer,
      filamentUm: end.filamentUm,
      durationMs: progress.elapsedMs,
    });
    this.ended = true;
    this.sign();
  }

  /** What was recorded since the last call. */
  take(): TelemetryBatch {
    const batch = { entries: this.entries, checkpoints: this.checkpoints };
    this.entries = [];
    this.checkpoints = [];
    return batch;
  }

  private recordTemperatures(temperatures: Temperatures, atMs: number): void {
    const { nozzleC, nozzleTargetC, bedC, bedTargetC } = temperatures;
    const targets = `${nozzleTargetC ?? 0}/${bedTargetC ?? 0}`;
    const intervalMs = TEMPERATURE_INTERVAL_MS * 2 ** Math.floor(this.samples / SAMPLES_PER_INTERVAL);
    // A new target is worth a sample at once, but not more often than each second.
    const dueMs = this.sampleAtMs + (targets === this.targets ? intervalMs : 1000);
    if (atMs < dueMs || this.samples >= SAMPLES_MAX) return;
    this.samples++;
    this.sampleAtMs = atMs;
    this.targets = targets;
    this.append(atMs, {
      type: 'temperature',
      nozzleDeciC: deci(nozzleC),
      nozzleTargetDeciC: deci(nozzleTargetC),
      bedDeciC: deci(bedC),
      bedTargetDeciC: deci(bedTargetC),
    });
  }

  private append(atMs: number, event: TelemetryEvent): void {
    assert(this.index < ENTRIES_MAX, 'the budgets keep a record within its limit');
    this.lastAtMs = Math.max(this.lastAtMs, Math.round(atMs));
    const entry: TelemetryEntry = {
      v: 1,
      index: this.index++,
      previous: this.newest,
      atMs: this.lastAtMs,
      event,
    };
    this.newest = recordHash(entry);
    this.entries.push(entry);
    if (this.index - 1 - this.signedIndex >= ENTRIES_PER_CHECKPOINT) this.sign();
  }

  private sign(): void {
    const index = this.index - 1;
    if (index === this.signedIndex) return;
    this.signedIndex = index;
    const signature = signMessage(this.secretKey, checkpointMessage(index, this.newest));
    this.checkpoints.push({ index, head: this.newest, signature });
  }
}

/** What a checkpoint's signature covers: domain, a zero byte, index as u64 big-endian, head. */
export function checkpointMessage(index: number, head: Bytes): Bytes {
  return concatBytes(utf8ToBytes(DOMAIN), new Uint8Array(1), u64ToBytes(BigInt(index)), head);
}

export type TelemetrySummary = {
  readonly job: Bytes;
  readonly copy: number;
  readonly gcodeHash: Bytes;
  readonly startedS: number;
  readonly outcome: PrintEnd['outcome'];
  readonly linesAcknowledged: number;
  readonly resends: number;
  readonly layers: number;
  readonly filamentUm: number;
  readonly durationMs: number;
  readonly nozzleDeciCMax: number;
  readonly bedDeciCMax: number;
  readonly pauses: number;
  /** Pictures of the machine that the record names. */
  readonly photos: number;
  readonly faultCodes: readonly string[];
  readonly allowed: readonly AllowedRule[];
  readonly entries: number;
  /** Hash of the last entry: names the whole record. */
  readonly head: Bytes;
};

/**
 * Checks a whole record of unknown origin: shape, links, time, beginning and end, and that the machine's key signed
 * every entry (the last checkpoint covers the last entry).
 */
export function verifyTelemetry(
  entries: readonly TelemetryEntry[],
  checkpoints: readonly TelemetryCheckpoint[],
  machinePublicKey: Bytes,
  verify: VerifySignature = verifySignature,
): Result<TelemetrySummary> {
  const malformed = (index: number, reason: string) =>
    refuse(jobFault('job.telemetry.malformed', { index, reason }));
  if (entries.length > ENTRIES_MAX) return malformed(ENTRIES_MAX, 'it is too long');
  const hashes: Bytes[] = [];
  const summary = new SummaryBuilder();
  let previous: Bytes = GENESIS;
  let atMs = 0;
  for (const [index, candidate] of entries.entries()) {
    const parsed = TelemetryEntry.safeParse(candidate);
    if (!parsed.success) return malformed(index, 'it has not the form of an entry');
    const entry = parsed.data;
    if (entry.index !== index) return malformed(index, 'it is out of order');
    if (!equalBytes(entry.previous, previous)) return malformed(index, 'it does not follow the entry before');
    if (entry.atMs < atMs) return malformed(index, 'its time runs backwards');
    const problem = summary.add(entry.event, index === entries.length - 1);
    if (problem !== undefined) return malformed(index, problem);
    atMs = entry.atMs;
    previous = recordHash(entry);
    hashes.push(previous);
  }
  const signed = verifyCheckpoints(checkpoints, hashes, machinePublicKey, verify);
  return signed.ok ? summary.finish(entries.length, previous) : signed;
}

function verifyCheckpoints(
  checkpoints: readonly TelemetryCheckpoint[],
  hashes: readonly Bytes[],
  publicKey: Bytes,
  verify: VerifySignature,
): Result<void> {
  const unsigned = () => refuse(jobFault('job.telemetry.signature'));
  const parsed = z.array(TelemetryCheckpoint).max(ENTRIES_MAX).safeParse(checkpoints);
  if (!parsed.success) return unsigned();
  let last = -1;
  for (const { index, head, signature } of parsed.data) {
    const hash = hashes[index];
    if (index <= last || hash === undefined || !equalBytes(hash, head)) return unsigned();
    if (!verify(publicKey, checkpointMessage(index, head), signature)) return unsigned();
    last = index;
  }
  return last === hashes.length - 1 && last >= 0 ? ok(undefined) : unsigned();
}

class SummaryBuilder {
  private begin: Extract<TelemetryEvent, { type: 'begin' }> | undefined;
  private end: Extract<TelemetryEvent, { type: 'end' }> | undefined;
  private linesAcknowledged = 0;
  private nozzleDeciCMax = 0;
  private bedDeciCMax = 0;
  private pauses = 0;
  private photos = 0;
  private readonly faultCodes = new Set<string>();
  private readonly allowed: AllowedRule[] = [];
  private running = false;

  /** Takes in one event; what is wrong with it in its place, where something is. */
  add(event: TelemetryEvent, last: boolean): string | undefined {
    if ((event.type === 'begin') !== (this.begin === undefined))
      return 'a record begins once, with its first entry';
    if ((event.type === 'end') !== last) return 'a record ends once, with its last entry';
    if (event.type === 'allowed') return this.allow(event);
    this.running ||= event.type !== 'begin';
    switch (event.type) {
      case 'begin':
        this.begin = event;
        return undefined;
      case 'state':
        if (event.state === 'paused') this.pauses++;
        return undefined;
      case 'temperature':
        this.nozzleDeciCMax = Math.max(this.nozzleDeciCMax, event.nozzleDeciC);
        this.bedDeciCMax = Math.max(this.bedDeciCMax, event.bedDeciC);
        return undefined;
      case 'progress':
        return this.acknowledge(event.linesAcknowledged);
      case 'resumed':
      case 'command':
        return undefined;
      case 'photo':
        this.photos++;
        return undefined;
      case 'fault':
        this.faultCodes.add(event.code);
        return undefined;
      case 'end':
        this.end = event;
        return this.acknowledge(event.linesAcknowledged);
    }
  }

  finish(entries: number, head: Bytes): Result<TelemetrySummary> {
    const { begin, end } = this;
    if (begin === undefined || end === undefined) {
      return refuse(jobFault('job.telemetry.malformed', { index: 0, reason: 'it is empty' }));
    }
    const { type: _begin, ...start } = begin;
    const { type: _end, ...finish } = end;
    const { nozzleDeciCMax, bedDeciCMax, pauses, photos } = this;
    const { allowed } = this;
    const faultCodes = [...this.faultCodes];
    return ok({
      ...start,
      ...finish,
      nozzleDeciCMax,
      bedDeciCMax,
      pauses,
      photos,
      faultCodes,
      allowed,
      entries,
      head,
    });
  }

  /** What was allowed stands before anything that was done by it. */
  private allow({ rule, value, by }: Extract<TelemetryEvent, { type: 'allowed' }>): string | undefined {
    if (this.running) return 'a rule was added to a print under way';
    if (this.allowed.push({ rule, by, ...(value === undefined ? {} : { value }) }) > ALLOWED_MAX)
      return 'it names too many rules';
    return undefined;
  }

  private acknowledge(lines: number): string | undefined {
    if (lines < this.linesAcknowledged) return 'it takes back acknowledged lines';
    this.linesAcknowledged = lines;
    return undefined;
  }
}

function deci(celsius: number | undefined): number {
  return celsius === undefined ? 0 : Math.round(celsius * 10);
}
