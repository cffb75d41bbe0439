// A print whose lines come while it prints: short cuts of the supply are not felt, long ones set the nozzle aside and it
// goes on by itself; whatever ends it leaves the machine cold, and nothing of it stays in memory.

import { describe, expect, test } from 'vitest';
import type { Bytes, Result } from '../base/index.ts';
import { ok, refuse, unwrap, utf8ToBytes } from '../base/index.ts';
import { checkExecuted, sampleFilamentMm, sampleJob } from './driver-conformance.ts';
import { deviceFault } from './faults.ts';
import { prepareJob } from './job-lines.ts';
import { createMarlinDriver } from './marlin.ts';
import { StreamedJob } from './streamed-job.ts';
import type { MachineDriver, MachineEvent, MachineState, PrintEnd, StreamJob } from './types.ts';
import { createLinkPair, createSimClock, runVirtualPrinter } from './virtual/index.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
/** Some 18 moves of about a second each. */
const PIECE_BYTES = 600;

function piecesOf(gcode: Bytes): Bytes[] {
  const pieces: Bytes[] = [];
  for (let start = 0; start < gcode.length; ) {
    const limit = Math.min(gcode.length, start + PIECE_BYTES);
    const end = limit === gcode.length ? limit : gcode.lastIndexOf(10, limit - 1) + 1;
    pieces.push(gcode.slice(start, end));
    start = end;
  }
  return pieces;
}

function setUp(layers: number, change: (gcode: Bytes) => Bytes = (gcode) => gcode) {
  const clock = createSimClock(settle);
  const pair = createLinkPair(clock);
  const printer = runVirtualPrinter(pair.far, { clock, keepLog: true });
  const driver = createMarlinDriver({ open: async () => ok(pair.near), clock });
  const events: MachineEvent[] = [];
  driver.onEvent((event) => events.push(event));
  const sample = sampleJob(layers);
  const { count, layerStarts } = unwrap(prepareJob(sample.gcode));
  const pieces = piecesOf(change(sample.gcode));
  let given = 0;
  /** Nothing comes until then. */
  let cutUntilMs = 0;
  const source: StreamJob = {
    jobId: 'a',
    lines: count,
    layerStarts: [...layerStarts],
    pieceBytesMax: PIECE_BYTES,
    aheadMax: 4,
    async next(done, signal): Promise<Result<Bytes | undefined>> {
      expect(given - done).toBeLessThan(4);
      while (clock.monotonicMs() < cutUntilMs && !signal.aborted)
        await clock.sleep(50, signal).catch(() => undefined);
      return ok(pieces[given++]);
    },
  };
  const print = () => driver.printStream?.(source) ?? Promise.resolve(refuse(deviceFault('device.unknown')));
  const until = (condition: () => boolean) =>
    clock.drive(
      (async () => {
        for (let i = 0; i < 100_000 && !condition(); i++) await clock.sleep(10);
        expect(condition()).toBe(true);
      })(),
    );
  const layer = () => {
    const last = events.findLast((event) => event.type === 'progress');
    return last?.type === 'progress' ? last.progress.layer : 0;
  };
  const states = () => events.flatMap((event) => (event.type === 'state' ? [event.state] : []));
  const cut = (durationMs: number) => {
    cutUntilMs = clock.monotonicMs() + durationMs;
  };
  return { clock, driver, printer, sample, print, until, layer, states, cut };
}

type Stage = ReturnType<typeof setUp>;

async function printWith({ clock, driver, print }: Stage, during: () => Promise<void>): Promise<PrintEnd> {
  unwrap(await clock.drive(driver.connect()));
  const printing = print();
  await during();
  return unwrap(await clock.drive(printing));
}

function expectWhole({ printer, sample }: Stage, layers: number): void {
  const truth = printer.truth();
  expect(truth.extrudedMm).toBeCloseTo(sampleFilamentMm(layers), 6);
  expect([truth.nozzleTargetC, truth.bedTargetC, truth.fan]).toEqual([0, 0, 0]);
  const moves = (lines: readonly string[]) => lines.filter((line) => /^G1 X.* E[\d.]+ F1800$/.test(line));
  expect(moves(truth.log)).toEqual(moves(sample.lines));
}

describe('a streamed print', () => {
  test('does exactly what the whole file does', async () => {
    const stage = setUp(40);
    const end = await printWith(stage, async () => {});
    expect(end).toMatchObject({
      outcome: 'finished',
      progress: {
        linesAcknowledged: stage.sample.lines.length,
        linesTotal: stage.sample.lines.length,
        layer: 40,
      },
    });
    checkExecuted(stage.printer.truth().log, stage.sample.lines, true);
  });

  test('3 seconds without supply are not felt', async () => {
    const stage = setUp(60);
    const end = await printWith(stage, async () => {
      for (const layer of [3, 9, 15]) {
        await stage.until(() => stage.layer() >= layer);
        stage.cut(3_000);
      }
    });
    expect(end.outcome).toBe('finished');
    expect(stage.states()).not.toContain('pausing');
    expectWhole(stage, 60);
  });

  test('a minute without lines sets the nozzle aside; it goes on by itself once there are some', async () => {
    const stage = setUp(60);
    const end = await printWith(stage, async () => {
      await stage.until(() => stage.layer() >= 5);
      stage.cut(150_000);
      await stage.until(() => stage.driver.state === 'paused');
      expect(await stage.driver.resume()).toMatchObject({
        ok: false,
        fault: { code: 'device.stream.waiting' },
      });
    });
    expect(end.outcome).toBe('finished');
    expect(stage.states().filter((state) => state === 'paused')).toHaveLength(1);
    expectWhole(stage, 60);
  });

  test('a pause of the owner is not ended by the supply', async () => {
    const stage = setUp(40);
    const end = await printWith(stage, async () => {
      await stage.until(() => stage.layer() >= 5);
      unwrap(await stage.clock.drive(stage.driver.pause()));
      await stage.clock.drive(stage.clock.sleep(30_000));
      expect(stage.driver.state).toBe('paused');
      unwrap(await stage.clock.drive(stage.driver.resume()));
    });
    expect(end.outcome).toBe('finished');
    expectWhole(stage, 40);
  });

  test('a quarter of an hour without supply ends it, cold and aside', async () => {
    const stage = setUp(60);
    const end = await printWith(stage, async () => {
      await stage.until(() => stage.layer() >= 5);
      stage.cut(3_600_000);
    });
    expect(end).toMatchObject({ outcome: 'failed', fault: { code: 'device.stream.lost' } });
    const { nozzleTargetC, bedTargetC } = stage.printer.truth();
    expect([nozzleTargetC, bedTargetC, stage.driver.state]).toEqual([0, 0, 'idle']);
  });

  test.each([
    ['a forbidden command', 'M112'],
    ['a heat beyond the limit', 'M104 S999'],
    ['a line beyond the count', 'G1 X1\nG1 X2\nG1 X3'],
  ])('%s in a later piece ends it before it is sent', async (_name, line) => {
    const insert = (gcode: Bytes) => {
      const text = Buffer.from(gcode).toString();
      const at = text.indexOf(';LAYER_CHANGE', Math.floor(text.length * 0.8));
      return utf8ToBytes(`${text.slice(0, at)}${line}\n${text.slice(at)}`);
    };
    const stage = setUp(60, insert);
    const end = await printWith(stage, async () => {});
    expect(end).toMatchObject({ outcome: 'failed', fault: { code: 'device.stream.refused' } });
    const { log, nozzleTargetC, bedTargetC } = stage.printer.truth();
    expect(log).not.toContain('M104 S999');
    expect([nozzleTargetC, bedTargetC]).toEqual([0, 0]);
  });

  test.each(['cancel', 'disconnect'] as const)(
    '%s in the middle, while it waits, leaves it cold',
    async (how) => {
      const stage = setUp(60);
      const end = await printWith(stage, async () => {
        await stage.until(() => stage.layer() >= 5);
        stage.cut(150_000);
        await stage.until(() => (stage.driver.state as MachineState) === 'paused');
        await stage.clock.drive<unknown>((stage.driver as MachineDriver)[how]());
      });
      expect(end.outcome).toBe('cancelled');
      const { nozzleTargetC, bedTargetC } = stage.printer.truth();
      expect([nozzleTargetC, bedTargetC]).toEqual([0, 0]);
    },
  );

  test('memory holds a few pieces, older lines are gone, and at the end all are', () => {
    const { gcode } = sampleJob(80);
    const { count } = unwrap(prepareJob(gcode));
    const source = { lines: count, layerStarts: [], pieceBytesMax: PIECE_BYTES, aheadMax: 4 } as const;
    const limits = { nozzleCMax: 260, bedCMax: 100, chamberCMax: 80 };
    const job = new StreamedJob({ jobId: 'a', next: async () => ok(undefined), ...source }, limits);
    const pieces = piecesOf(gcode);
    const copies = pieces.map((piece) => Buffer.from(piece).toString('latin1'));
    for (const [index, piece] of pieces.entries()) {
      expect(job.hasRoom(job.count)).toBe(true);
      expect(job.load(piece)).toBeUndefined();
      expect(piece.every((byte) => byte === 0)).toBe(true);
      const held = Buffer.from(job.gcode).toString('latin1');
      const old = copies[index - 6]?.split('\n').filter((line) => / E/.test(line)) ?? [];
      for (const line of old) expect(held).not.toContain(line);
    }
    expect(job.gcode.length).toBe(PIECE_BYTES * 6);
    expect(job.finish()).toBeUndefined();
    job.wipe();
    expect(job.gcode.every((byte) => byte === 0)).toBe(true);
  });
});
