import { expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import type { PrintEnd, PrintProgress } from '../devices/types.ts';
import { createKeyPair } from '../identity/keys.ts';
import type { TelemetryCheckpoint, TelemetryEntry } from '../records/index.ts';
import { ENTRIES_MAX, jobHash, TelemetryRecorder, verifyTelemetry } from './telemetry.ts';

const key = createKeyPair(new Uint8Array(32).fill(7));
const other = createKeyPair(new Uint8Array(32).fill(8));

const progress = (layer: number, layersTotal: number): PrintProgress => ({
  linesAcknowledged: layer * 10,
  linesTotal: layersTotal * 10,
  layer,
  layersTotal,
  moveIndex: layer,
  positionMm: { x: 0, y: 0, z: 0 },
  resends: 1,
  elapsedMs: layer * 1000,
});
const temperatures = (nozzleC: number, nozzleTargetC: number) => ({
  type: 'temperatures' as const,
  temperatures: { nozzleC, nozzleTargetC, bedC: 60, bedTargetC: 60 },
});

function record(hours: number, layers: number) {
  const recorder = new TelemetryRecorder({
    job: jobHash('o.1'),
    copy: 1,
    gcodeHash: new Uint8Array(32).fill(1),
    startedS: 1_800_000_000,
    secretKey: key.secretKey,
  });
  const entries: TelemetryEntry[] = [];
  const checkpoints: TelemetryCheckpoint[] = [];
  const seconds = hours * 3600;
  recorder.record({ type: 'state', state: 'printing', reason: 'print started' }, 0);
  for (let second = 0; second <= seconds; second++) {
    recorder.record(temperatures(210, 210), second * 1000);
    const layer = Math.floor((second / seconds) * layers);
    recorder.record({ type: 'progress', progress: progress(layer, layers) }, second * 1000);
    if (second % 3600 === 0) {
      const batch = recorder.take();
      entries.push(...batch.entries);
      checkpoints.push(...batch.checkpoints);
    }
  }
  const end: PrintEnd = { outcome: 'finished', progress: progress(layers, layers), filamentUm: 1234 };
  recorder.end(end, seconds * 1000);
  const batch = recorder.take();
  return {
    entries: [...entries, ...batch.entries],
    checkpoints: [...checkpoints, ...batch.checkpoints],
  };
}

test('a record verifies and sums up', () => {
  const { entries, checkpoints } = record(1, 100);
  const summary = unwrap(verifyTelemetry(entries, checkpoints, key.publicKey));
  expect(summary).toMatchObject({
    copy: 1,
    outcome: 'finished',
    layers: 100,
    filamentUm: 1234,
    nozzleDeciCMax: 2100,
    resends: 1,
    entries: entries.length,
  });
  expect(entries.filter((entry) => entry.event.type === 'temperature').length).toBeLessThanOrEqual(361);
  expect(verifyTelemetry(entries, checkpoints, other.publicKey).ok).toBe(false);
});

test('three days of printing stay within the bound', () => {
  const { entries, checkpoints } = record(72, 5000);
  expect(entries.length).toBeLessThanOrEqual(4000);
  expect(entries.length).toBeLessThan(ENTRIES_MAX);
  expect(checkpoints.length).toBeLessThan(80);
  expect(verifyTelemetry(entries, checkpoints, key.publicKey).ok).toBe(true);
});

test('every single change, loss, addition and swap of an entry is refused', () => {
  const { entries, checkpoints } = record(0.2, 12);
  const code = (changed: readonly TelemetryEntry[], signed = checkpoints) => {
    const result = verifyTelemetry(changed, signed, key.publicKey);
    return result.ok ? 'ok' : result.fault.code;
  };
  expect(code(entries)).toBe('ok');
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as TelemetryEntry;
    expect(code(entries.toSpliced(i, 1))).not.toBe('ok');
    expect(code(entries.toSpliced(i, 0, entry))).not.toBe('ok');
    expect(code(entries.with(i, { ...entry, atMs: entry.atMs + 1 }))).not.toBe('ok');
    if (i > 0) {
      const swapped = entries.with(i, entries[i - 1] as TelemetryEntry).with(i - 1, entry);
      expect(code(swapped)).not.toBe('ok');
    }
  }
  for (let i = 0; i < checkpoints.length; i++) {
    const checkpoint = checkpoints[i] as TelemetryCheckpoint;
    const signature = Uint8Array.from(checkpoint.signature);
    signature[40] = (signature[40] ?? 0) ^ 1;
    expect(code(entries, checkpoints.with(i, { ...checkpoint, signature }))).toBe('job.telemetry.signature');
  }
  expect(code(entries, checkpoints.slice(0, -1))).toBe('job.telemetry.signature');
  expect(code(entries, [])).toBe('job.telemetry.signature');
  expect(code([], checkpoints)).not.toBe('ok');
  expect(code(entries.slice(0, -1))).not.toBe('ok');
});

test('the record names the rules that it rests on, before anything was done by them', () => {
  const by = other.address;
  const allowed = [
    { rule: 'command M851', by },
    { rule: 'limit nozzleCMax', value: 280, by },
  ];
  const recorder = new TelemetryRecorder({
    job: jobHash('o.1'),
    copy: 1,
    gcodeHash: new Uint8Array(32).fill(1),
    startedS: 1_800_000_000,
    secretKey: key.secretKey,
    allowed,
  });
  recorder.record({ type: 'state', state: 'printing', reason: '' }, 5);
  recorder.end({ outcome: 'finished', progress: progress(1, 1), filamentUm: 1 }, 9);
  const { entries, checkpoints } = recorder.take();
  expect(unwrap(verifyTelemetry(entries, checkpoints, key.publicKey)).allowed).toEqual(allowed);
  const late = new TelemetryRecorder({
    job: jobHash('o.1'),
    copy: 1,
    gcodeHash: new Uint8Array(32).fill(1),
    startedS: 1_800_000_000,
    secretKey: key.secretKey,
  });
  // A rule slipped in behind what it would excuse is refused, though the machine itself signed it.
  const append = Reflect.get(late, 'append') as (atMs: number, event: unknown) => void;
  late.record({ type: 'state', state: 'printing', reason: '' }, 5);
  append.call(late, 6, { type: 'allowed', ...allowed[0] });
  late.end({ outcome: 'finished', progress: progress(1, 1), filamentUm: 1 }, 9);
  const forged = late.take();
  const refused = verifyTelemetry(forged.entries, forged.checkpoints, key.publicKey);
  expect(refused).toMatchObject({ ok: false, fault: { code: 'job.telemetry.malformed' } });
});
