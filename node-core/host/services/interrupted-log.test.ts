import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { createKeyPair } from '../../identity/index.ts';
import { jobHash, TelemetryRecorder, verifyTelemetry } from '../../jobs/index.ts';
import { encodeRecord } from '../../records/index.ts';
import { closeInterruptedLog } from './interrupted-log.ts';

const KEY = createKeyPair(new Uint8Array(32).fill(7));
const GCODE = new Uint8Array(32).fill(1);
const ATTEMPT = {
  jobId: 'o.1',
  copy: 1,
  gcodeHash: GCODE,
  startedS: 1_800_000_000,
  secretKey: KEY.secretKey,
};

/** A record as it was when the console died: so many layers in, so many entries on disk. */
function recorded(layers: number, kept: number) {
  const recorder = new TelemetryRecorder({ ...ATTEMPT, job: jobHash('o.1') });
  for (let layer = 1; layer <= layers; layer++) {
    const progress = {
      linesAcknowledged: layer * 10,
      linesTotal: 1000,
      layer,
      layersTotal: 100,
      moveIndex: 0,
      positionMm: { x: 0, y: 0, z: 0 },
      resends: 0,
      elapsedMs: layer * 1000,
    };
    recorder.record({ type: 'progress', progress }, layer * 1000);
  }
  const { entries, checkpoints } = recorder.take();
  const stored = entries.slice(0, kept);
  return { stored, checkpoints: checkpoints.filter(({ index }) => index < stored.length) };
}

test('cut off anywhere, it becomes a whole record of a failed print, signed by the machine', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 91 }), (layers, kept) => {
      const { stored, checkpoints } = recorded(layers, kept);
      const log = { entries: stored.map(encodeRecord), checkpoints: checkpoints.map(encodeRecord) };
      const added = unwrap(closeInterruptedLog(log, ATTEMPT));
      const summary = unwrap(
        verifyTelemetry([...stored, ...added.entries], [...checkpoints, ...added.checkpoints], KEY.publicKey),
      );
      expect(summary).toMatchObject({ outcome: 'failed', copy: 1, faultCodes: ['job.interrupted'] });
      expect(summary.linesAcknowledged).toBe(Math.max(0, stored.length - 1) * 10);
    }),
    { numRuns: 40 },
  );
});

test('what was noted after the last entry counts, and nothing is taken back', () => {
  const { stored, checkpoints } = recorded(8, 9);
  const log = { entries: stored.map(encodeRecord), checkpoints: checkpoints.map(encodeRecord) };
  const summaryWith = (line: number, layer: number) => {
    const place = { line, layer, layersTotal: 100, heightMm: 1.8 };
    const added = unwrap(closeInterruptedLog(log, { ...ATTEMPT, place }));
    const entries = [...stored, ...added.entries];
    return unwrap(verifyTelemetry(entries, [...checkpoints, ...added.checkpoints], KEY.publicKey));
  };
  expect(summaryWith(87, 8)).toMatchObject({ linesAcknowledged: 87, layers: 8 });
  expect(summaryWith(3, 1)).toMatchObject({ linesAcknowledged: 80, layers: 8 });
});

test('a record that was closed stays as it is', () => {
  const first = unwrap(closeInterruptedLog({ entries: [], checkpoints: [] }, ATTEMPT));
  const log = { entries: first.entries.map(encodeRecord), checkpoints: first.checkpoints.map(encodeRecord) };
  expect(unwrap(closeInterruptedLog(log, ATTEMPT))).toEqual({ entries: [], checkpoints: [] });
});

test('a record that cannot be read is refused, not continued', () => {
  const log = { entries: [new Uint8Array([1, 2, 3])], checkpoints: [] };
  expect(closeInterruptedLog(log, ATTEMPT)).toMatchObject({ ok: false, fault: { code: 'record.malformed' } });
});
