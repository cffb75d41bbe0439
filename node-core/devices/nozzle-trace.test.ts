// The nozzle in the live view against the one of the virtual printer: with and without reports of its position, on a
// printer slower than its file, with a print that stops in between, and with reports that do not tell the truth.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ok, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMarlinDriver } from './marlin.ts';
import { positionReports } from './marlin-scripts.ts';
import { NozzleTrace, type Place } from './nozzle-trace.ts';
import { parseNozzleReport, parseReply } from './replies.ts';
import type { MachineEvent } from './types.ts';
import {
  createLinkPair,
  createSimClock,
  runVirtualPrinter,
  type VirtualPrinterOptions,
} from './virtual/index.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
type Rows = {
  readonly rows: number;
  readonly moves: number;
  readonly moveMm: number;
  readonly rowMm: number;
};
const WIDE: Rows = { rows: 8, moves: 10, moveMm: 18, rowMm: 20 };
/** As an infill is: many moves of a millimetre, row beside row. */
const DENSE: Rows = { rows: 30, moves: 40, moveMm: 1, rowMm: 0.45 };
const NOZZLE_MM_PER_MIN = 1800;

/** Rows to and fro, each place passed once; `between` comes after the third row. */
function serpentine(between: readonly string[] = [], grid = WIDE): readonly string[] {
  const lines = ['M220 S60', 'G28', 'G1 Z0.2 F600', `G1 X10 Y10 F${NOZZLE_MM_PER_MIN}`];
  const yOf = (row: number) => (10 + row * grid.rowMm).toFixed(2);
  for (let row = 0; row < grid.rows; row++) {
    for (let move = 1; move <= grid.moves; move++) {
      const column = row % 2 === 0 ? move : grid.moves - move;
      lines.push(`G1 X${10 + column * grid.moveMm} Y${yOf(row)}`);
    }
    lines.push(`G1 Y${yOf(row + 1)}`);
    if (row === 2) lines.push(...between);
  }
  return lines;
}

/** Moves of the serpentine done where the nozzle is there: two come before it. */
function movesAt({ x, y }: Place, grid: Rows): number {
  const rows = (y - 10) / grid.rowMm;
  const row = Math.floor(rows + 1e-6);
  const part = rows - row;
  if (part > 1e-3) return 2 + row * (grid.moves + 1) + grid.moves + part;
  const along = (x - 10) / grid.moveMm;
  return 2 + row * (grid.moves + 1) + (row % 2 === 0 ? along : grid.moves - along);
}

type Watched = {
  /** By how much the picture was early (positive) or late, at each piece of news, milliseconds. */
  readonly earlyMs: readonly number[];
  readonly shown: readonly number[];
  readonly log: readonly string[];
  readonly terminal: readonly string[];
};

async function watch(
  options: Partial<VirtualPrinterOptions>,
  lines: readonly string[],
  during?: (
    driver: ReturnType<typeof createMarlinDriver>,
    clock: ReturnType<typeof createSimClock>,
  ) => Promise<void>,
  grid = WIDE,
): Promise<Watched> {
  const clock = createSimClock(settle);
  const pair = createLinkPair(clock);
  const printer = runVirtualPrinter(pair.far, { clock, keepLog: true, followsNozzle: true, ...options });
  const driver = createMarlinDriver({ open: async () => ok(pair.near), clock });
  const truth: { readonly atMs: number; readonly moves: number }[] = [];
  const news: { readonly atMs: number; readonly moves: number }[] = [];
  const terminal: string[] = [];
  let printing = true;
  driver.onEvent((event: MachineEvent) => {
    if (event.type === 'line' && event.direction === 'received') terminal.push(event.text);
    if (event.type === 'progress' && driver.state === 'printing')
      news.push({ atMs: clock.monotonicMs(), moves: event.progress.moveIndex });
  });
  unwrap(await clock.drive(driver.connect()));
  const sampling = (async () => {
    for (let more = true; more; ) {
      more = printing;
      const { nozzleMm, timeMs } = printer.truth();
      const moves = nozzleMm.y >= 10 && nozzleMm.x >= 10 - 1e-9 ? movesAt(nozzleMm, grid) : 0;
      truth.push({ atMs: timeMs, moves });
      await clock.sleep(20);
    }
  })();
  const print = (async () => {
    const end = unwrap(await driver.print({ jobId: 'a', gcode: utf8ToBytes(lines.join('\n')) }));
    printing = false;
    return end;
  })();
  await clock.drive(Promise.all([print, sampling, during?.(driver, clock)]));
  await clock.drive(driver.disconnect());
  const last = 2 + grid.rows * (grid.moves + 1);
  const begun = truth.find(({ moves }) => moves >= 3)?.atMs ?? Infinity;
  const finished = truth.find(({ moves }) => moves >= last - 0.01)?.atMs ?? Infinity;
  const within = news.filter(({ atMs }) => atMs > begun + 2000 && atMs < finished);
  expect(within.length).toBeGreaterThan(50);
  return {
    earlyMs: within.map(({ atMs, moves }) => whenAt(truth, moves, atMs) - atMs),
    shown: within.map(({ moves }) => moves),
    log: printer.truth().log,
    terminal,
  };
}

/** When the nozzle really was there: the moment nearest to `atMs` among those. */
function whenAt(
  truth: readonly { readonly atMs: number; readonly moves: number }[],
  moves: number,
  atMs: number,
) {
  let nearest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < truth.length; i++) {
    const [before, after] = [truth[i - 1], truth[i]];
    if (before === undefined || after === undefined) continue;
    if (before.moves > moves + 1e-3 || after.moves < moves - 1e-3) continue;
    for (const candidate of [before.atMs, after.atMs])
      if (Math.abs(candidate - atMs) < Math.abs(nearest - atMs)) nearest = candidate;
  }
  return nearest;
}

const worst = ({ earlyMs }: Watched) => Math.max(...earlyMs.map(Math.abs));
const backwards = ({ shown }: Watched) => Math.max(...shown.map((moves, i) => (shown[i - 1] ?? 0) - moves));

describe('the nozzle of a printer at 60 % of its file’s feed rate', () => {
  test('is within half a second of the truth where the printer reports it, and seconds early where not', async () => {
    const real = await watch({ positionReports: 'real' }, serpentine());
    const none = await watch({}, serpentine());
    expect(worst(real)).toBeLessThanOrEqual(500);
    expect(backwards(real)).toBeLessThan(0.5);
    expect(worst(none)).toBeGreaterThan(2000);
    expect(real.terminal.filter((line) => line.startsWith('X:'))).toEqual([]);
    expect(real.log.filter((line) => line.startsWith('M154'))).toEqual(['M154 S0', 'M154 S1', 'M154 S0']);
    expect(none.log.some((line) => line.startsWith('M154') || line.startsWith('M114'))).toBe(false);
  });

  test('is so in an infill, too, where the rows beside it are nearer than a report is exact in time', async () => {
    const real = await watch({ positionReports: 'real' }, serpentine([], DENSE), undefined, DENSE);
    expect(worst(real)).toBeLessThanOrEqual(500);
  });

  test('M114 tells where the steppers are, wherever it plans to be', async () => {
    const clock = createSimClock(settle);
    const pair = createLinkPair(clock);
    const printer = runVirtualPrinter(pair.far, { clock, positionReports: 'real' });
    const driver = createMarlinDriver({ open: async () => ok(pair.near), clock });
    unwrap(await clock.drive(driver.connect()));
    for (const line of ['G28', 'G1 X100 F600']) unwrap(await clock.drive(driver.send(line)));
    await clock.drive(clock.sleep(2_000));
    const said = unwrap(await clock.drive(driver.send('M114'))).find((line) => line.startsWith('X:'));
    expect(said).toMatch(/^X:100\.00 Y:0\.00 Z:0\.00 E:0\.00 Count X:\d+ Y:0 Z:0$/);
    const steps = Number(/Count X:(\d+)/.exec(said ?? '')?.[1]);
    expect(Math.abs(steps / 80 - printer.truth().nozzleMm.x)).toBeLessThan(1);
    expect(steps / 80).toBeLessThan(50);
    await clock.drive(driver.disconnect());
  });

  test('a long halt that the file asks for does not lead the picture away', async () => {
    const real = await watch({ positionReports: 'real' }, serpentine(['G4 S20']));
    expect(worst(real)).toBeLessThanOrEqual(500);
    expect(backwards(real)).toBeLessThan(0.5);
  });

  test('a pause sets the nozzle aside, and the picture goes on where it comes back', async () => {
    const real = await watch({ positionReports: 'real' }, serpentine(), async (driver, clock) => {
      await clock.sleep(40_000);
      unwrap(await driver.pause());
      await clock.sleep(30_000);
      unwrap(await driver.resume());
    });
    // The way back to the part is none of the file's moves, and is not waited for: 5 mm down at 60 % of 10 mm/s.
    expect(worst(real)).toBeLessThanOrEqual(500 + 850);
  });

  test('reports of where it plans to be make nothing worse', async () => {
    const planned = await watch({ positionReports: 'planned' }, serpentine());
    const none = await watch({}, serpentine());
    expect(worst(planned)).toBeLessThanOrEqual(worst(none) + 500);
  });

  test('a cancelled print leaves the reports off', async () => {
    const clock = createSimClock(settle);
    const pair = createLinkPair(clock);
    const printer = runVirtualPrinter(pair.far, { clock, keepLog: true, positionReports: 'real' });
    const driver = createMarlinDriver({ open: async () => ok(pair.near), clock });
    unwrap(await clock.drive(driver.connect()));
    const printing = driver.print({ jobId: 'a', gcode: utf8ToBytes(serpentine().join('\n')) });
    await clock.drive(clock.sleep(20_000));
    unwrap(await clock.drive(driver.cancel()));
    expect(unwrap(await clock.drive(printing)).outcome).toBe('cancelled');
    expect(printer.truth().log.filter((line) => line.startsWith('M154'))).toEqual([
      'M154 S0',
      'M154 S1',
      'M154 S0',
    ]);
    await clock.drive(driver.disconnect());
  });
});

describe('reports of the position', () => {
  test('are asked for only where they come by themselves', () => {
    expect(positionReports(['AUTOREPORT_TEMP', 'AUTOREPORT_POS'])).toEqual({
      on: 'M154 S1',
      off: 'M154 S0',
    });
    expect(positionReports(['AUTOREPORT_POSITION'])).toEqual({ on: 'M155 S1 C5', off: 'M155 S1 C1' });
    expect(positionReports(['AUTOREPORT_TEMP', 'EMERGENCY_PARSER'])).toBeUndefined();
  });

  test.each([
    ['X:1.50 Y:-2.00 Z:0.20 E:7.1 Count X:120 Y:-160 Z:80', { x: 1.5, y: -2, z: 0.2 }],
    ['X:1.50 Y:2.00 Z:0.20 E:7.10 Count X: 1.25 Y:2.00 Z:0.25 E:6.00', { x: 1.25, y: 2, z: 0.25 }],
    ['X:1.50Y:2.00Z:0.20E:7.10', { x: 1.5, y: 2, z: 0.2 }],
    ['X:1 Y:2 Z:3 E:0 Count A:80 B:160 Z:1200', { x: 1, y: 2, z: 3 }],
    ['X:1.50 Y:2.00 Z:0.20 A:4.00 E:7.10 Count X:120 Y:160 Z:80 A:9', { x: 1.5, y: 2, z: 0.2 }],
  ])('%s', (line, place) => {
    expect(parseReply(line).type).toBe('report');
    expect(parseNozzleReport(line)).toEqual(place);
  });

  test.each(['', 'X:', 'X:nan Y:1 Z:2', 'echo:X:1 Y:2 Z:3', 'ok X:1 Y:2 Z:3', 'E0:3000 RPM'])(
    'nothing in “%s”',
    (line) => {
      expect(parseNozzleReport(line)).toBeUndefined();
    },
  );

  test('whatever they say, the picture stays between the last place that fitted and the last acknowledged move', () => {
    const place = fc.record({
      x: fc.integer({ min: 0, max: 6 }),
      y: fc.integer({ min: 0, max: 6 }),
      z: fc.constantFrom(0, 5),
    });
    const step = fc.record({ place, isReport: fc.boolean(), passedMs: fc.integer({ min: 0, max: 2500 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
        const trace = new NozzleTrace();
        let [nowMs, moves, shown] = [0, 0, 0];
        let from: Place = { x: 0, y: 0, z: 0 };
        for (const { place: to, isReport, passedMs } of steps) {
          nowMs += passedMs;
          if (isReport) trace.report(to, nowMs);
          else {
            trace.moved(moves++, from, to, 600, nowMs);
            from = to;
          }
          const done = trace.movesDone(nowMs);
          if (done === undefined) continue;
          expect(done).toBeGreaterThanOrEqual(0);
          expect(done).toBeLessThanOrEqual(moves);
          if (!isReport) expect(done).toBeGreaterThanOrEqual(shown - 1e-9);
          shown = done;
        }
      }),
      { seed: 5, numRuns: 60 },
    );
  });
});
